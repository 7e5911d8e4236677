-- Shows RESTRICT and chains of deletions under MATCH PARTIAL: also what an action deletes may have been the last match.
-- bowline only: PostgreSQL refuses MATCH PARTIAL

CREATE TABLE site (id INTEGER PRIMARY KEY);
CREATE TABLE room (
    building INTEGER, number INTEGER, site_id INTEGER CONSTRAINT fk_site REFERENCES site ON DELETE CASCADE,
    PRIMARY KEY (building, number)
);
CREATE TABLE booking (
    id INTEGER PRIMARY KEY, building INTEGER, number INTEGER,
    CONSTRAINT fk_room FOREIGN KEY (building, number) REFERENCES room MATCH PARTIAL ON DELETE RESTRICT ON UPDATE RESTRICT
);
INSERT INTO site VALUES (1), (2);
INSERT INTO room VALUES (1, 10, 1), (1, 11, 2), (2, 10, 1);
INSERT INTO booking VALUES (1, 1, NULL);
DELETE FROM site WHERE id = 1;
SELECT * FROM room;
DELETE FROM site WHERE id = 2;
EXPLAIN DELETE FROM site WHERE id = 2;
UPDATE room SET building = 7;
UPDATE room SET number = 7;
SELECT * FROM room;
