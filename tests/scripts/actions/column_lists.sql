-- Shows SET NULL and SET DEFAULT with a column list: only those columns of a composite foreign key are written.

CREATE TABLE tenant_user (tenant INTEGER, id INTEGER, PRIMARY KEY (tenant, id));
CREATE TABLE post (
    tenant INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    author INTEGER,
    editor INTEGER DEFAULT 1,
    PRIMARY KEY (tenant, id),
    CONSTRAINT post_author FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET NULL (author),
    CONSTRAINT post_editor FOREIGN KEY (tenant, editor) REFERENCES tenant_user ON DELETE SET DEFAULT (editor)
);
INSERT INTO tenant_user VALUES (1, 1), (1, 2), (1, 3), (2, 2);
INSERT INTO post VALUES (1, 100, 2, 3), (1, 101, 3, 2), (2, 100, 2, NULL);
DELETE FROM tenant_user WHERE tenant = 1 AND id = 2;
SELECT tenant, id, author, editor FROM post ORDER BY tenant, id;
DELETE FROM tenant_user WHERE tenant = 1 AND id = 3;
SELECT tenant, id, author, editor FROM post ORDER BY tenant, id;
DELETE FROM tenant_user WHERE tenant = 1 AND id = 1;
-- Without a list, tenant would be set to NULL, which it refuses.
ALTER TABLE post DROP CONSTRAINT post_author;
ALTER TABLE post ADD CONSTRAINT post_author FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET NULL;
DELETE FROM tenant_user WHERE tenant = 2;
