-- Shows SET NULL and SET DEFAULT with a list of columns: only those are written, the rest of the foreign key stays.

CREATE TABLE tenant_user (tenant INTEGER, id INTEGER, PRIMARY KEY (tenant, id));
CREATE TABLE post (
    tenant INTEGER NOT NULL,
    id     INTEGER NOT NULL,
    author INTEGER,
    PRIMARY KEY (tenant, id),
    CONSTRAINT post_author FOREIGN KEY (tenant, author) REFERENCES tenant_user ON DELETE SET NULL (author)
);
CREATE TABLE draft (
    id     INTEGER PRIMARY KEY,
    tenant INTEGER DEFAULT 9,
    editor INTEGER DEFAULT 1
);
ALTER TABLE draft ADD CONSTRAINT draft_editor FOREIGN KEY (tenant, editor) REFERENCES tenant_user
    ON UPDATE CASCADE ON DELETE SET DEFAULT (editor);
CREATE TABLE note (
    id     INTEGER PRIMARY KEY,
    tenant INTEGER,
    writer INTEGER,
    "By"   INTEGER,
    CONSTRAINT note_writer FOREIGN KEY (tenant, writer) REFERENCES tenant_user ON DELETE SET NULL (writer, tenant, writer) ON UPDATE RESTRICT,
    CONSTRAINT note_by FOREIGN KEY (tenant, "By") REFERENCES tenant_user ON UPDATE CASCADE ON DELETE SET NULL ("By") DEFERRABLE
);
INSERT INTO tenant_user VALUES (1, 1), (1, 2), (2, 1), (2, 2), (2, 3);
INSERT INTO post VALUES (1, 100, 2), (1, 101, 1), (2, 100, 2);
INSERT INTO draft VALUES (200, 2, 2), (201, 2, 3), (202, 2, NULL);
INSERT INTO note VALUES (300, 1, 2, 1), (301, 2, 1, 3);

DELETE FROM tenant_user WHERE (tenant, id) IN ((1, 2), (2, 2));
SELECT * FROM post ORDER BY tenant, id;
SELECT * FROM draft ORDER BY id;
SELECT * FROM note ORDER BY id;
DELETE FROM tenant_user WHERE tenant = 2 AND id = 3;
SELECT * FROM draft ORDER BY id;
SELECT * FROM note ORDER BY id;
-- The default must be there, in the tenant that stays.
DELETE FROM tenant_user WHERE tenant = 2 AND id = 1;
-- Without a list every column is written; the tenant of a post refuses NULL.
CREATE TABLE mail (
    id     INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    sender INTEGER,
    CONSTRAINT mail_sender FOREIGN KEY (tenant, sender) REFERENCES tenant_user ON DELETE SET NULL
);
INSERT INTO mail VALUES (400, 1, 1);
DELETE FROM tenant_user WHERE tenant = 1 AND id = 1;
-- Inline, in a column that is added.
CREATE TABLE city (id INTEGER PRIMARY KEY);
CREATE TABLE street (id INTEGER PRIMARY KEY, city INTEGER DEFAULT 7 REFERENCES city ON DELETE SET DEFAULT (city) NOT NULL);
ALTER TABLE street ADD COLUMN old_city INTEGER REFERENCES city ON DELETE SET NULL (old_city);
INSERT INTO city VALUES (1), (7);
INSERT INTO street VALUES (1, 1, 1);
DELETE FROM city WHERE id = 1;
SELECT * FROM street;
-- Refused.
CREATE TABLE t (a INTEGER, b INTEGER REFERENCES city ON DELETE SET NULL (a));
CREATE TABLE t (a INTEGER, b INTEGER REFERENCES city ON DELETE SET DEFAULT (c));
CREATE TABLE t (b INTEGER REFERENCES city ON UPDATE SET NULL (b));
CREATE TABLE t (b INTEGER REFERENCES city ON UPDATE SET DEFAULT (b));
CREATE TABLE t (b INTEGER REFERENCES city ON DELETE SET NULL ());
CREATE TABLE t (b INTEGER REFERENCES city ON DELETE CASCADE (b));
