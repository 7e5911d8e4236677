-- Shows RESTRICT in a diamond: it refuses at once, though the other arm would have deleted the referencing row.

CREATE TABLE top (id INTEGER PRIMARY KEY);
CREATE TABLE arm (id INTEGER PRIMARY KEY, top_id INTEGER REFERENCES top ON DELETE CASCADE);
CREATE TABLE bottom (
    id     INTEGER PRIMARY KEY,
    arm_id INTEGER REFERENCES arm ON DELETE CASCADE,
    top_id INTEGER REFERENCES top ON DELETE RESTRICT
);
INSERT INTO top VALUES (1), (2);
INSERT INTO arm VALUES (10, 1), (11, 2);
INSERT INTO bottom VALUES (100, 10, 1), (101, 11, NULL);
DELETE FROM top WHERE id = 1;
DELETE FROM top WHERE id = 2;
SELECT id FROM top ORDER BY id;
SELECT id FROM arm ORDER BY id;
SELECT id, arm_id, top_id FROM bottom ORDER BY id;

-- The same with NO ACTION goes through: at the end of the statement nothing references the row.
ALTER TABLE bottom DROP CONSTRAINT bottom_top_id_fkey;
ALTER TABLE bottom ADD CONSTRAINT bottom_top_id_fkey FOREIGN KEY (top_id) REFERENCES top ON DELETE NO ACTION;
-- differs: PostgreSQL judges NO ACTION before the other action has run.
DELETE FROM top WHERE id = 1;
-- differs: the row is still there.
SELECT count(*) FROM bottom;
