-- Shows the referential actions of MATCH PARTIAL: they reach a row when it has lost the last row that it matches.
-- bowline only: PostgreSQL refuses MATCH PARTIAL

CREATE TABLE room (building INTEGER, number INTEGER, PRIMARY KEY (building, number));
CREATE TABLE cascading (
    id INTEGER PRIMARY KEY, building INTEGER, number INTEGER,
    CONSTRAINT fk_cascading FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE nulling (
    id INTEGER PRIMARY KEY, building INTEGER, number INTEGER,
    CONSTRAINT fk_nulling FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL ON DELETE SET NULL ON UPDATE SET NULL
);
CREATE TABLE defaulting (
    id INTEGER PRIMARY KEY, building INTEGER DEFAULT 9, number INTEGER,
    CONSTRAINT fk_defaulting FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL ON DELETE SET DEFAULT ON UPDATE SET DEFAULT
);
INSERT INTO room VALUES (1, 10), (1, 11), (2, 10), (9, 90);
INSERT INTO cascading VALUES (1, 1, 10), (2, 1, NULL), (3, NULL, 10), (4, NULL, NULL);
INSERT INTO nulling SELECT * FROM cascading;
INSERT INTO defaulting SELECT * FROM cascading;

-- One of several matches goes: only the row that means it wholly is reached.
EXPLAIN DELETE FROM room WHERE building = 1 AND number = 10;
BEGIN;
DELETE FROM room WHERE building = 1 AND number = 10;
SELECT * FROM cascading ORDER BY id;
SELECT * FROM nulling ORDER BY id;
SELECT * FROM defaulting ORDER BY id;
-- The last ones go.
EXPLAIN DELETE FROM room WHERE building = 1;
DELETE FROM room WHERE building = 1;
DELETE FROM room WHERE building = 2;
SELECT * FROM cascading ORDER BY id;
SELECT * FROM nulling ORDER BY id;
SELECT * FROM defaulting ORDER BY id;
ROLLBACK;

-- All matches change alike: their new value is written into the columns that are not NULL.
BEGIN;
EXPLAIN UPDATE room SET building = 3 WHERE building = 1;
UPDATE room SET building = 3 WHERE building = 1;
SELECT * FROM cascading ORDER BY id;
SELECT * FROM nulling ORDER BY id;
SELECT * FROM defaulting ORDER BY id;
ROLLBACK;

-- One is deleted in the same transaction, the other changes.
BEGIN;
DELETE FROM room WHERE building = 1 AND number = 10;
UPDATE room SET building = 4 WHERE building = 1;
SELECT * FROM cascading ORDER BY id;
ROLLBACK;

-- They change to different values: there is no one value to write.
UPDATE room SET building = number WHERE building = 1;

-- A change of a column in which the row is NULL is no loss to it.
UPDATE room SET number = 12 WHERE building = 1 AND number = 11;
SELECT * FROM cascading ORDER BY id;
