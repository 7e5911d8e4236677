-- Shows DELETE: conditions, subqueries, USING, RETURNING, and several rows of which one is held.

CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE album (id INTEGER PRIMARY KEY, artist_id INTEGER REFERENCES artist, year INTEGER);
CREATE TABLE banned (name TEXT);
INSERT INTO artist VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cid'), (4, 'Dee');
INSERT INTO album VALUES (10, 1, 1999), (11, 1, 2001), (12, 2, 2005);
INSERT INTO banned VALUES ('Cid'), ('Nobody');

DELETE FROM artist WHERE id IN (1, 3);
DELETE FROM artist;
DELETE FROM album WHERE year < 2000 RETURNING id, artist_id, 2026 - year AS age;
DELETE FROM artist USING banned WHERE artist.name = banned.name RETURNING artist.id, banned.name;
DELETE FROM artist a WHERE NOT EXISTS (SELECT 1 FROM album b WHERE b.artist_id = a.id) RETURNING a.name;
DELETE FROM album WHERE id = 999;
DELETE FROM nowhere;
DELETE FROM album WHERE nothing = 1;
SELECT id, name FROM artist ORDER BY id;
DELETE FROM album;
DELETE FROM artist;
SELECT count(*) FROM artist;
