-- Shows UNIQUE and PRIMARY KEY that are judged at commit: two rows may hold one key for a while, and nothing relies on it.

CREATE TABLE item (
    id       INTEGER PRIMARY KEY,
    place    INTEGER CONSTRAINT item_place UNIQUE DEFERRABLE INITIALLY DEFERRED,
    code     TEXT,
    CONSTRAINT item_code UNIQUE (code) DEFERRABLE
);
INSERT INTO item VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');

-- A swap in two statements.
BEGIN;
UPDATE item SET place = 2 WHERE id = 1;
SELECT id FROM item WHERE place = 2 ORDER BY id;
SELECT count(*), count(DISTINCT place) FROM item;
UPDATE item SET place = 1 WHERE id = 2;
COMMIT;
SELECT id, place FROM item ORDER BY place;
-- A duplicate at commit.
BEGIN;
INSERT INTO item VALUES (4, 1, 'd'), (5, 2, 'e'), (6, 2, 'f');
COMMIT;
-- Alone, it is judged at its end.
INSERT INTO item VALUES (4, 1, 'd');
-- Initially immediate: at the end of the statement.
BEGIN;
UPDATE item SET code = 'b' WHERE id = 1;
ROLLBACK;
BEGIN;
SET CONSTRAINTS item_code DEFERRED;
UPDATE item SET code = 'b' WHERE id = 1;
SET CONSTRAINTS item_code IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS item_code DEFERRED;
UPDATE item SET code = 'b' WHERE id = 1;
UPDATE item SET code = 'a' WHERE id = 2;
SET CONSTRAINTS item_code IMMEDIATE;
COMMIT;
SELECT id, code FROM item ORDER BY id;
-- Joins and groups over a key that stands twice.
CREATE TABLE sale (id INTEGER PRIMARY KEY, place INTEGER, amount INTEGER);
INSERT INTO sale VALUES (1, 1, 10), (2, 1, 20), (3, 3, 5);
BEGIN;
INSERT INTO item VALUES (7, 1, 'g');
SELECT i.place, i.code, sum(s.amount) FROM sale s JOIN item i ON i.place = s.place GROUP BY i.place, i.code ORDER BY i.code;
SELECT i.place, i.id, count(*) FROM sale s JOIN item i ON i.place = s.place GROUP BY i.place, i.id ORDER BY i.id;
DELETE FROM item WHERE place = 1 AND id <> 7;
COMMIT;
SELECT id, place FROM item ORDER BY id;
-- It is no arbiter of ON CONFLICT, and nothing can reference it.
INSERT INTO item VALUES (7, 9, 'z') ON CONFLICT (place) DO NOTHING;
INSERT INTO item VALUES (8, 9, 'z') ON CONFLICT DO NOTHING;
-- differs: PostgreSQL finds 7 held before it comes to the deferrable keys.
INSERT INTO item VALUES (7, 9, 'z') ON CONFLICT DO NOTHING;
INSERT INTO item VALUES (7, 9, 'z') ON CONFLICT (id) DO NOTHING;
INSERT INTO item VALUES (7, 9, 'z') ON CONFLICT ON CONSTRAINT item_code DO UPDATE SET place = 9;
-- Columns mean every key over them.
CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b), CONSTRAINT pair_turned UNIQUE (b, a) DEFERRABLE);
INSERT INTO pair VALUES (1, 2) ON CONFLICT (a, b) DO NOTHING;
INSERT INTO pair VALUES (1, 2) ON CONFLICT (b, a) DO UPDATE SET a = 3;
INSERT INTO pair VALUES (1, 2) ON CONFLICT ON CONSTRAINT pair_pkey DO UPDATE SET a = 3;
CREATE TABLE line (place INTEGER REFERENCES item (place));
CREATE TABLE chapter (id INTEGER PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, title TEXT);
CREATE TABLE page (chapter INTEGER REFERENCES chapter);
-- A primary key: NULL is refused at once.
BEGIN;
INSERT INTO chapter VALUES (1, 'one'), (1, 'uno');
SELECT title FROM chapter WHERE id = 1 ORDER BY title;
UPDATE chapter SET id = 2 WHERE title = 'uno';
COMMIT;
BEGIN;
INSERT INTO chapter VALUES (NULL, 'none');
ROLLBACK;
SELECT id, title FROM chapter ORDER BY id;
