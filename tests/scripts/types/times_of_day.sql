-- Shows times and timestamps that are written without seconds, as values and as keys.

CREATE TABLE slot (at TIMESTAMP PRIMARY KEY, opens TIME, seen TIMESTAMPTZ);
CREATE TABLE booking (at TIMESTAMP REFERENCES slot, day DATE);
INSERT INTO slot VALUES ('2024-01-02 12:30', '08:15', '2024-01-02 12:30+02');
INSERT INTO slot VALUES ('2024-01-02 12:45:30.5', '08:15:07', '2024-01-02 12:30:15+02:30');
INSERT INTO booking VALUES ('2024-01-02 12:30', '2024-01-02');
INSERT INTO booking VALUES ('2024-01-02 12:31', '2024-01-02');
SELECT at, opens, seen FROM slot ORDER BY at;
SELECT at FROM booking WHERE at = '2024-01-02 12:30';
DELETE FROM slot WHERE at = '2024-01-02 12:30';
