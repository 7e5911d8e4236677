-- Shows SET NULL and SET DEFAULT of a composite foreign key: every referencing column is written, for a list of columns is refused.

CREATE TABLE tenant_user (tenant INTEGER, id INTEGER, PRIMARY KEY (tenant, id));
-- differs: a column list after SET NULL is not supported.
CREATE TABLE post (
    tenant INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    author INTEGER,
    PRIMARY KEY (tenant, id),
    CONSTRAINT post_author FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET NULL (author)
);
DROP TABLE IF EXISTS post;
-- differs: a column list after SET DEFAULT is not supported.
CREATE TABLE post (tenant INTEGER, author INTEGER DEFAULT 1, FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET DEFAULT (author));
DROP TABLE IF EXISTS post;
CREATE TABLE post (
    id     INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    author INTEGER,
    CONSTRAINT post_author FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET NULL
);
CREATE TABLE draft (
    id     INTEGER PRIMARY KEY,
    tenant INTEGER DEFAULT 1,
    editor INTEGER DEFAULT 1,
    CONSTRAINT draft_editor FOREIGN KEY (tenant, editor) REFERENCES tenant_user ON DELETE SET DEFAULT
);
INSERT INTO tenant_user VALUES (1, 1), (1, 2), (2, 2), (2, 3);
INSERT INTO post VALUES (100, 1, 2);
INSERT INTO draft VALUES (200, 2, 2), (201, 2, 3), (202, 2, NULL);
DELETE FROM tenant_user WHERE tenant = 2 AND id = 2;
SELECT id, tenant, editor FROM draft ORDER BY id;
-- The tenant would be set to NULL, which it refuses.
DELETE FROM tenant_user WHERE tenant = 1 AND id = 2;
SELECT id, tenant, author FROM post;
-- The default must be there.
DELETE FROM tenant_user WHERE tenant = 1 AND id = 1;
DELETE FROM tenant_user WHERE tenant = 2;
SELECT id, tenant, editor FROM draft ORDER BY id;
