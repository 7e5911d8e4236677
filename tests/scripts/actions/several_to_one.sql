-- Shows several foreign keys from one table to one parent, each with its own rules; every one of them is judged.

CREATE TABLE person (id INTEGER PRIMARY KEY);
CREATE TABLE message (
    id        INTEGER PRIMARY KEY,
    sender    INTEGER NOT NULL REFERENCES person ON DELETE CASCADE ON UPDATE CASCADE,
    receiver  INTEGER REFERENCES person ON DELETE SET NULL ON UPDATE CASCADE,
    moderator INTEGER REFERENCES person ON DELETE RESTRICT ON UPDATE CASCADE
);
INSERT INTO person VALUES (1), (2), (3), (4);
INSERT INTO message VALUES (10, 1, 2, NULL), (11, 2, 1, 3), (12, 2, 2, NULL), (13, 4, 1, 3);
INSERT INTO message VALUES (14, 1, 9, NULL);
INSERT INTO message VALUES (14, 1, 1, 9);
INSERT INTO message VALUES (14, 9, 8, 7);
DELETE FROM person WHERE id = 3;
-- Sender and receiver at once: the row is deleted, not set NULL.
DELETE FROM person WHERE id = 1;
SELECT id, sender, receiver, moderator FROM message ORDER BY id;
-- Both columns of one row change.
UPDATE person SET id = 20 WHERE id = 2;
SELECT id, sender, receiver, moderator FROM message ORDER BY id;
DELETE FROM person WHERE id = 20;
SELECT id, sender, receiver, moderator FROM message ORDER BY id;
