-- Shows a diamond: one row reached by two paths, deleted by both, set NULL by one and deleted by the other, blocked by one.

CREATE TABLE top (id INTEGER PRIMARY KEY);
CREATE TABLE l (id INTEGER PRIMARY KEY, top_id INTEGER REFERENCES top ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE r (id INTEGER PRIMARY KEY, top_id INTEGER REFERENCES top ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE both_cascade (id INTEGER PRIMARY KEY, l INTEGER REFERENCES l ON DELETE CASCADE, r INTEGER REFERENCES r ON DELETE CASCADE);
CREATE TABLE null_and_cascade (id INTEGER PRIMARY KEY, l INTEGER REFERENCES l ON DELETE SET NULL, r INTEGER REFERENCES r ON DELETE CASCADE);
INSERT INTO top VALUES (1), (2);
INSERT INTO l VALUES (10, 1), (11, 2);
INSERT INTO r VALUES (20, 1), (21, 2);
INSERT INTO both_cascade VALUES (100, 10, 20), (101, 10, 21), (102, 11, 20), (103, 11, 21);
INSERT INTO null_and_cascade VALUES (100, 10, 20), (101, 10, 21), (102, 11, 20), (103, 11, 21);
DELETE FROM top WHERE id = 1;
SELECT id, l, r FROM both_cascade ORDER BY id;
SELECT id, l, r FROM null_and_cascade ORDER BY id;

-- The two arms meet again in one row that NO ACTION holds: judged at the end, when the row is gone by the other arm.
CREATE TABLE cascade_and_no_action (id INTEGER PRIMARY KEY, l INTEGER REFERENCES l ON DELETE NO ACTION, r INTEGER REFERENCES r ON DELETE CASCADE);
INSERT INTO cascade_and_no_action VALUES (1, 11, 21);
-- differs: PostgreSQL judges NO ACTION at the end of each action.
DELETE FROM top WHERE id = 2;
-- differs: the row is still there.
SELECT count(*) FROM cascade_and_no_action;
