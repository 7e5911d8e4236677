-- Shows how a refusal inside a cascade says by which way the row was reached.

CREATE TABLE regions (id INTEGER PRIMARY KEY);
CREATE TABLE stores (id INTEGER PRIMARY KEY, region_id INTEGER CONSTRAINT stores_region_fkey REFERENCES regions ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE desks (id INTEGER PRIMARY KEY, store_id INTEGER CONSTRAINT desks_store_fkey REFERENCES stores ON DELETE CASCADE);
CREATE TABLE loans (id INTEGER PRIMARY KEY, desk_id INTEGER CONSTRAINT loans_desk_fkey REFERENCES desks ON DELETE RESTRICT);
CREATE TABLE keys (id INTEGER PRIMARY KEY, desk_id INTEGER CONSTRAINT keys_desk_fkey REFERENCES desks);
CREATE TABLE seats (id INTEGER PRIMARY KEY, desk_id INTEGER NOT NULL CONSTRAINT seats_desk_fkey REFERENCES desks ON DELETE SET NULL);
CREATE TABLE small (id INTEGER PRIMARY KEY, region_id INTEGER CHECK (region_id < 10) CONSTRAINT small_region_fkey REFERENCES regions ON UPDATE CASCADE);
INSERT INTO regions VALUES (1), (2), (3), (4);
INSERT INTO stores VALUES (10, 1), (20, 2), (30, 3);
INSERT INTO desks VALUES (100, 10), (200, 20), (300, 30);
INSERT INTO loans VALUES (1, 100);
INSERT INTO keys VALUES (1, 200);
INSERT INTO seats VALUES (1, 300);
INSERT INTO small VALUES (1, 4);
DELETE FROM regions WHERE id = 1;
DELETE FROM regions WHERE id = 2;
DELETE FROM regions WHERE id = 3;
UPDATE regions SET id = 40 WHERE id = 4;
SELECT count(*) FROM regions;
