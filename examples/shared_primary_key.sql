-- Shows the two ways to keep a one-to-one relationship in two tables: a foreign key with UNIQUE, and a shared primary key.

CREATE TABLE person (person_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);

-- Pattern 1: a key of its own, and a unique foreign key.
CREATE TABLE passport (
    passport_id CHAR(9) PRIMARY KEY,
    person_id   INTEGER UNIQUE REFERENCES person (person_id) ON DELETE SET NULL
);

-- Pattern 2: the primary key is the foreign key.
CREATE TABLE person_profile (
    person_id INTEGER PRIMARY KEY REFERENCES person (person_id) ON DELETE CASCADE ON UPDATE CASCADE,
    biography TEXT NOT NULL
);

INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
INSERT INTO passport VALUES ('C01X00T47', 1), ('C01X00T48', 2), ('C01X00T49', NULL), ('C01X00T50', NULL);
INSERT INTO person_profile VALUES (1, 'Wrote the first program.'), (2, 'Found the first bug.');

-- At most one passport and one profile for each person; none without a person.
INSERT INTO passport VALUES ('C01X00T51', 1);
INSERT INTO person_profile VALUES (2, 'Compiled.');
INSERT INTO person_profile VALUES (4, 'Nobody.');

-- The profile follows its person; the passport only loses its holder.
DELETE FROM passport WHERE person_id = 2;
UPDATE person SET person_id = 20 WHERE person_id = 2;
DELETE FROM person WHERE person_id = 1;

SELECT p.person_id, p.name, f.biography
FROM person p LEFT JOIN person_profile f ON f.person_id = p.person_id ORDER BY p.person_id;
SELECT passport_id, person_id FROM passport ORDER BY passport_id;
