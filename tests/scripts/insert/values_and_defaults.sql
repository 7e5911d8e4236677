-- Shows INSERT: VALUES, column lists, DEFAULT, DEFAULT VALUES, SELECT and RETURNING.

CREATE TABLE region (code TEXT PRIMARY KEY DEFAULT 'none', name TEXT DEFAULT 'unnamed');
CREATE TABLE city (
    id     SERIAL PRIMARY KEY,
    name   TEXT NOT NULL,
    region TEXT DEFAULT 'none' REFERENCES region,
    people INTEGER CHECK (people >= 0)
);
INSERT INTO region DEFAULT VALUES RETURNING *;
INSERT INTO region VALUES ('n', 'North'), ('s', DEFAULT) RETURNING code, name, upper(name) AS upper;
INSERT INTO city (name) VALUES ('Alpha') RETURNING id, name, region, people;
INSERT INTO city (people, name, region) VALUES (100, 'Beta', 'n'), (200, 'Gamma', NULL), (300, 'Delta', DEFAULT);
INSERT INTO city (name, people) SELECT name || '2', people * 2 FROM city WHERE people IS NOT NULL ORDER BY id RETURNING name, people;
SELECT id, name, region, people FROM city ORDER BY id;

-- Refused, each for its own reason.
INSERT INTO city (name, region) VALUES ('Nowhere', 'x');
INSERT INTO city (name, people) VALUES ('Negative', -1);
INSERT INTO city (people) VALUES (1);
INSERT INTO city (id, name) VALUES (1, 'Again');
INSERT INTO city (name, nothing) VALUES ('a', 1);
INSERT INTO city (name, name) VALUES ('a', 'b');
INSERT INTO city (name, people) VALUES ('a');
INSERT INTO city (name) VALUES ('a', 2);
INSERT INTO city (name, people) VALUES ('a', 'many');
INSERT INTO nowhere VALUES (1);
INSERT INTO region VALUES ('a'), ('b', 'c');

-- One bad row refuses the whole statement.
INSERT INTO city (id, name, region) VALUES (100, 'Good', 'n'), (101, 'Bad', 'x'), (102, 'Good too', 's');
INSERT INTO city (id, name) VALUES (103, 'Twice'), (103, 'Twice');
SELECT count(*) FROM city WHERE id >= 100;

-- Columns left out at the end get their defaults.
INSERT INTO region VALUES ('w');
SELECT code, name FROM region ORDER BY code;
INSERT INTO region SELECT 'e', 'East' WHERE false;
SELECT count(*) FROM region;
