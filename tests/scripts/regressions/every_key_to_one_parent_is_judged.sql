-- Shows that each of several foreign keys to one parent, and each of several keys of that parent, holds it.

CREATE TABLE country (code CHAR(2) PRIMARY KEY, name TEXT UNIQUE, number INTEGER UNIQUE);
CREATE TABLE flight (
    id INTEGER PRIMARY KEY,
    origin CHAR(2) REFERENCES country,
    destination CHAR(2) REFERENCES country,
    via TEXT REFERENCES country (name),
    overflown INTEGER REFERENCES country (number)
);
INSERT INTO country VALUES ('AA', 'Aland', 1), ('BB', 'Bland', 2), ('CC', 'Cland', 3), ('DD', 'Dland', 4), ('EE', 'Eland', 5);
INSERT INTO flight VALUES (1, 'AA', 'BB', 'Cland', 4);
DELETE FROM country WHERE code = 'AA';
DELETE FROM country WHERE code = 'BB';
DELETE FROM country WHERE code = 'CC';
DELETE FROM country WHERE code = 'DD';
DELETE FROM country WHERE code = 'EE';
UPDATE country SET name = 'X' WHERE code = 'AA';
UPDATE country SET name = 'Y' WHERE code = 'CC';
UPDATE country SET number = 9 WHERE code = 'DD';
UPDATE country SET code = 'ZZ' WHERE code = 'DD';
INSERT INTO flight VALUES (2, 'ZZ', 'EE', NULL, NULL);
INSERT INTO flight VALUES (2, 'EE', 'ZZ', NULL, NULL);
INSERT INTO flight VALUES (2, 'ZZ', 'AA', 'Aland', NULL);
INSERT INTO flight VALUES (2, 'ZZ', 'AA', 'X', 5);
SELECT code, name, number FROM country ORDER BY code;
