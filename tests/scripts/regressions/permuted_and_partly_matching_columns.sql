-- Shows composite keys column by column: GlueSQL kept only the first column of a composite foreign key, and others pair columns by their place
-- in the key rather than by the declaration.

CREATE TABLE seat (hall INTEGER, place INTEGER, rank INTEGER, PRIMARY KEY (hall, place), UNIQUE (rank, hall));
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY,
    p INTEGER,
    h INTEGER,
    r INTEGER,
    CONSTRAINT by_place FOREIGN KEY (p, h) REFERENCES seat (place, hall) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT by_rank FOREIGN KEY (h, r) REFERENCES seat (hall, rank)
);
INSERT INTO seat VALUES (1, 7, 70), (2, 8, 80), (7, 1, 10);
INSERT INTO ticket VALUES (1, 7, 1, 70), (2, 8, 2, NULL), (3, 1, 7, 10);
-- Each column is some seat's, but no seat has them together.
INSERT INTO ticket VALUES (4, 7, 2, NULL);
INSERT INTO ticket VALUES (4, 8, 1, NULL);
-- Right in the order of the key, wrong in the order of the declaration.
INSERT INTO ticket VALUES (4, 2, 8, NULL);
INSERT INTO ticket VALUES (4, NULL, 1, 80);
UPDATE ticket SET h = 2 WHERE id = 1;
-- One column of the key changes: only that one follows.
UPDATE seat SET place = 9 WHERE hall = 2;
SELECT id, p, h, r FROM ticket ORDER BY id;
UPDATE seat SET hall = 3, place = 10 WHERE hall = 2;
SELECT id, p, h, r FROM ticket ORDER BY id;
DELETE FROM seat WHERE hall = 7;
SELECT id, p, h, r FROM ticket ORDER BY id;
DELETE FROM seat WHERE hall = 3;
SELECT id, p, h, r FROM ticket ORDER BY id;
