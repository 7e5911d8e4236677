-- Shows window functions and WITH RECURSIVE over a hierarchy.

CREATE TABLE part (id INTEGER PRIMARY KEY, up INTEGER REFERENCES part, name TEXT, weight INTEGER);
INSERT INTO part VALUES (1, NULL, 'root', 0), (2, 1, 'left', 5), (3, 1, 'right', 7), (4, 2, 'leaf', 1), (5, 4, 'tip', 2);

SELECT id, weight, row_number() OVER (ORDER BY weight, id) AS place, rank() OVER (ORDER BY up NULLS FIRST) AS rank,
       sum(weight) OVER (PARTITION BY up ORDER BY id) AS running, lag(name) OVER (ORDER BY id) AS before
FROM part ORDER BY id;

WITH RECURSIVE below AS (
    SELECT id, name, 0 AS depth FROM part WHERE id = 2
    UNION ALL
    SELECT p.id, p.name, b.depth + 1 FROM part p JOIN below b ON p.up = b.id
)
SELECT id, name, depth FROM below ORDER BY depth, id;

WITH RECURSIVE above AS (
    SELECT id, up, name FROM part WHERE id = 5
    UNION ALL
    SELECT p.id, p.up, p.name FROM part p JOIN above a ON p.id = a.up
)
SELECT count(*) AS ancestors FROM above;

-- A recursive query decides what is deleted.
ALTER TABLE part DROP CONSTRAINT part_up_fkey;
ALTER TABLE part ADD CONSTRAINT part_up_fkey FOREIGN KEY (up) REFERENCES part ON DELETE CASCADE;
DELETE FROM part WHERE id IN (
    WITH RECURSIVE below AS (
        SELECT id FROM part WHERE id = 4 UNION ALL SELECT p.id FROM part p JOIN below b ON p.up = b.id
    )
    SELECT id FROM below
);
SELECT id, name FROM part ORDER BY id;
