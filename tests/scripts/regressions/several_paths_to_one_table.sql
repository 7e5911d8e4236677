-- Shows actions that reach one table by several paths. SQL Server refuses to declare them (error 1785), cycles too; people write triggers instead.

CREATE TABLE tenant (id INTEGER PRIMARY KEY);
CREATE TABLE project (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE);
CREATE TABLE member (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE);
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    project_id INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    author_id INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
    owner_id INTEGER REFERENCES member ON DELETE SET NULL
);
INSERT INTO tenant VALUES (1), (2);
INSERT INTO project VALUES (10, 1), (20, 2);
INSERT INTO member VALUES (100, 1), (101, 1), (200, 2);
INSERT INTO task VALUES (1, 1, 10, 100, 101), (2, 1, 10, 101, 100), (3, 2, 20, 200, 200), (4, 2, 20, 200, NULL);
DELETE FROM member WHERE id = 101;
SELECT id, author_id, owner_id FROM task ORDER BY id;
DELETE FROM tenant WHERE id = 1;
SELECT id, author_id, owner_id FROM task ORDER BY id;
-- Deleted by one path, set NULL by another: deleted.
DELETE FROM member WHERE id = 200;
SELECT count(*) FROM task;
SELECT id FROM project ORDER BY id;

-- A cycle of cascades: every row hangs on the other.
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg_id INTEGER);
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen_id INTEGER REFERENCES hen ON DELETE CASCADE);
ALTER TABLE hen ADD CONSTRAINT hen_egg_fkey FOREIGN KEY (egg_id) REFERENCES egg ON DELETE CASCADE;
INSERT INTO hen VALUES (1, NULL), (2, NULL);
INSERT INTO egg VALUES (1, 1), (2, 1), (3, 2);
UPDATE hen SET egg_id = 2 WHERE id = 2;
UPDATE hen SET egg_id = 3 WHERE id = 1;
DELETE FROM egg WHERE id = 1;
DELETE FROM egg WHERE id = 2;
SELECT (SELECT count(*) FROM hen) AS hens, (SELECT count(*) FROM egg) AS eggs;
