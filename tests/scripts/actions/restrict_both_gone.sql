-- Shows that RESTRICT looks at what is left after the rows the statement names: a self-referencing table can be emptied.

CREATE TABLE held (id INTEGER PRIMARY KEY, up INTEGER REFERENCES held ON DELETE RESTRICT);
INSERT INTO held VALUES (1, NULL), (2, 1), (3, 3);
DELETE FROM held WHERE id = 3;
DELETE FROM held WHERE id IN (1, 2);
SELECT count(*) FROM held;
