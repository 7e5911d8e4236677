-- Shows columns that belong to several foreign keys at once, as in schemas where every key starts with the tenant. Engines that note the
-- referencing column instead of the constraint judge only one of them.

CREATE TABLE tenant (id INTEGER PRIMARY KEY);
CREATE TABLE person (tenant_id INTEGER REFERENCES tenant ON DELETE CASCADE, id INTEGER, PRIMARY KEY (tenant_id, id));
CREATE TABLE room (tenant_id INTEGER REFERENCES tenant ON DELETE CASCADE, id INTEGER, PRIMARY KEY (tenant_id, id));
CREATE TABLE booking (
    id INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant ON DELETE CASCADE,
    person_id INTEGER,
    room_id INTEGER,
    FOREIGN KEY (tenant_id, person_id) REFERENCES person,
    FOREIGN KEY (tenant_id, room_id) REFERENCES room ON DELETE CASCADE
);
INSERT INTO tenant VALUES (1), (2);
INSERT INTO person VALUES (1, 1), (2, 2);
INSERT INTO room VALUES (1, 1), (2, 1);
INSERT INTO booking VALUES (1, 1, 1, 1), (2, 2, 2, 1), (3, 2, NULL, NULL);
INSERT INTO booking VALUES (4, 1, 2, 1);
INSERT INTO booking VALUES (4, 1, 1, 2);
UPDATE booking SET tenant_id = 2 WHERE id = 1;
UPDATE booking SET tenant_id = 3 WHERE id = 3;
DELETE FROM person WHERE tenant_id = 1;
DELETE FROM room WHERE tenant_id = 1;
DELETE FROM person WHERE tenant_id = 1;
SELECT id, tenant_id, person_id, room_id FROM booking ORDER BY id;
DELETE FROM tenant WHERE id = 2;
SELECT (SELECT count(*) FROM booking) AS bookings, (SELECT count(*) FROM person) AS persons, (SELECT count(*) FROM room) AS rooms;
