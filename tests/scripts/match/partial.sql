-- Shows MATCH PARTIAL: the columns that are not NULL must match some referenced row; a row all NULL references nothing.
-- bowline only: PostgreSQL refuses MATCH PARTIAL

CREATE TABLE room (building INTEGER, number INTEGER, PRIMARY KEY (building, number));
CREATE TABLE booking (
    id INTEGER PRIMARY KEY,
    building INTEGER,
    number INTEGER,
    CONSTRAINT fk_room FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL
);
INSERT INTO room VALUES (1, 10), (1, 11), (2, 10);
INSERT INTO booking VALUES (1, 1, 10), (2, 1, NULL), (3, NULL, 10), (4, NULL, NULL);
INSERT INTO booking VALUES (5, 3, NULL);
INSERT INTO booking VALUES (6, NULL, 12), (7, NULL, 12), (8, 3, NULL), (9, 2, 11);
UPDATE booking SET building = NULL, number = 11 WHERE id = 1;
UPDATE booking SET number = 12 WHERE id = 1;

-- Another match is enough; the last one is not let go.
DELETE FROM room WHERE building = 1 AND number = 11;
UPDATE booking SET building = 1, number = NULL WHERE id = 1;
DELETE FROM room WHERE building = 1 AND number = 11;
DELETE FROM room WHERE building = 1;
UPDATE room SET building = 5 WHERE building = 1;
UPDATE room SET number = 20 WHERE building = 2;
DELETE FROM room WHERE number = 10;
SELECT * FROM booking ORDER BY id;

-- Adding the constraint judges the rows there are.
ALTER TABLE booking DROP CONSTRAINT fk_room;
INSERT INTO booking VALUES (10, 7, NULL), (11, NULL, 7);
ALTER TABLE booking ADD CONSTRAINT fk_room FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL;
ALTER TABLE booking ADD CONSTRAINT fk_room FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL NOT VALID;
SELECT constraint_name, key, row_key, reason FROM bowline.violations;
SELECT constraint_name, match_option FROM information_schema.referential_constraints;
DELETE FROM booking WHERE id > 9;
