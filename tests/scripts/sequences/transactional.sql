-- Shows that sequences move only when something else does: a restart is part of its transaction, EXPLAIN moves nothing, and
-- a sequence that is made and rolled back leaves no trace.

CREATE TABLE a (id SERIAL PRIMARY KEY, note TEXT);
CREATE SEQUENCE s;
INSERT INTO a (note) VALUES ('one'), ('two') RETURNING id;
-- A default is a call of nextval.
SELECT currval('a_id_seq'), lastval();

-- Values that are taken are taken, also where the transaction is rolled back.
BEGIN;
INSERT INTO a (note) VALUES ('three') RETURNING id;
ROLLBACK;
INSERT INTO a (note) VALUES ('four') RETURNING id;

-- A restart is rolled back.
BEGIN;
TRUNCATE a RESTART IDENTITY;
INSERT INTO a (note) VALUES ('restarted') RETURNING id;
INSERT INTO a (note) VALUES ('restarted') RETURNING id;
ROLLBACK;
INSERT INTO a (note) VALUES ('five') RETURNING id;
SELECT id, note FROM a ORDER BY id;

-- To a savepoint too; values taken since are not taken again.
BEGIN;
SAVEPOINT before;
TRUNCATE a RESTART IDENTITY;
INSERT INTO a (note) VALUES ('restarted') RETURNING id;
SAVEPOINT inside;
INSERT INTO a (note) VALUES ('restarted') RETURNING id;
ROLLBACK TO inside;
INSERT INTO a (note) VALUES ('goes on') RETURNING id;
ROLLBACK TO before;
INSERT INTO a (note) VALUES ('six') RETURNING id;
COMMIT;

-- And committed with the transaction.
BEGIN;
TRUNCATE a RESTART IDENTITY;
INSERT INTO a (note) VALUES ('first again') RETURNING id;
COMMIT;
INSERT INTO a (note) VALUES ('second again') RETURNING id;
TRUNCATE a RESTART IDENTITY;
INSERT INTO a (note) VALUES ('first once more') RETURNING id;
TRUNCATE a;
INSERT INTO a (note) VALUES ('goes on') RETURNING id;

-- EXPLAIN changes nothing.
SELECT nextval('s');
-- differs: EXPLAIN shows what the write would do.
EXPLAIN INSERT INTO a (note) VALUES ('not taken');
-- differs: EXPLAIN shows what the write would do.
EXPLAIN INSERT INTO a (id, note) VALUES (nextval('s') + 100, 'not taken');
SELECT currval('s'), lastval(), currval('a_id_seq');
INSERT INTO a (note) VALUES ('next') RETURNING id;
SELECT nextval('s');

-- A table that is rolled back takes its sequence with it.
BEGIN;
CREATE TABLE b (id SERIAL PRIMARY KEY, note TEXT);
INSERT INTO b (note) VALUES ('one'), ('two') RETURNING id;
SAVEPOINT more;
CREATE TABLE c (id SERIAL PRIMARY KEY, note TEXT);
INSERT INTO c (note) VALUES ('one') RETURNING id;
ROLLBACK TO more;
INSERT INTO b (note) VALUES ('three') RETURNING id;
ROLLBACK;
CREATE TABLE b (id SERIAL PRIMARY KEY, note TEXT);
INSERT INTO b (note) VALUES ('one') RETURNING id;
BEGIN;
CREATE TABLE c (id SERIAL PRIMARY KEY, note TEXT);
INSERT INTO c (note) VALUES ('one') RETURNING id;
COMMIT;
INSERT INTO c (note) VALUES ('two') RETURNING id;

-- setval is not part of the transaction, for a sequence that was there before it.
BEGIN;
SELECT setval('s', 50);
ROLLBACK;
SELECT nextval('s');
