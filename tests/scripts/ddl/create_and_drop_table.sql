-- Shows CREATE TABLE [IF NOT EXISTS] and DROP TABLE [IF EXISTS] [CASCADE | RESTRICT].

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE parent (id INTEGER);
CREATE TABLE IF NOT EXISTS parent (other TEXT);
SELECT column_name FROM information_schema.columns WHERE table_name = 'parent';
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1);

-- A referenced table is held by the foreign keys on it.
DROP TABLE parent;
DROP TABLE parent RESTRICT;
-- CASCADE drops the foreign key, not the referencing rows.
DROP TABLE parent CASCADE;
SELECT id, parent_id FROM child ORDER BY id;
INSERT INTO child VALUES (11, 999);
DROP TABLE nowhere;
DROP TABLE IF EXISTS nowhere;

-- Tables that hold each other go together.
CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER);
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
DROP TABLE a;
DROP TABLE a, b;
-- A self-reference holds nothing.
CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree);
DROP TABLE tree;
DROP TABLE child;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name;

-- Made anew, it is empty.
CREATE TABLE child (id INTEGER);
SELECT count(*) FROM child;
