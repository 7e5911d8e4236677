-- Shows each rule a foreign key must obey at its declaration, and the message that names the rule and the fix.

CREATE TABLE parent (
    a INTEGER PRIMARY KEY,
    b INTEGER NOT NULL,
    c TEXT NOT NULL,
    d INTEGER,
    UNIQUE (b, c)
);
CREATE TABLE keyless (x INTEGER, y INTEGER UNIQUE);

-- The referenced columns are exactly a candidate key.
CREATE TABLE child (x INTEGER REFERENCES parent (d));
CREATE TABLE child (x INTEGER REFERENCES parent (b));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent (a, b));
-- With the columns left out, the primary key is meant.
CREATE TABLE child (x INTEGER REFERENCES keyless);
-- The column counts agree.
CREATE TABLE child (x INTEGER, y TEXT, FOREIGN KEY (x, y) REFERENCES parent (a));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent);
CREATE TABLE child (x INTEGER, FOREIGN KEY (x) REFERENCES parent (b, c));
-- Each pair of types is comparable.
CREATE TABLE child (x TEXT REFERENCES parent);
CREATE TABLE child (x DATE REFERENCES parent (a));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent (b, c));
-- The tables and columns exist.
CREATE TABLE child (x INTEGER REFERENCES nowhere);
CREATE TABLE child (x INTEGER REFERENCES parent (z));
CREATE TABLE child (x INTEGER, FOREIGN KEY (z) REFERENCES parent);
-- Each pair of a column that is named twice is judged.
CREATE TABLE child (x INTEGER, FOREIGN KEY (x, x) REFERENCES parent (b, c));
-- A view is no table.
CREATE VIEW some_parents AS SELECT a FROM parent;
CREATE TABLE child (x INTEGER REFERENCES some_parents (a));

-- Nothing is left behind by a refused declaration.
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name;

-- What is right: any order of columns, integers of any width, text with varchar, numeric with integer.
CREATE TABLE child (
    x BIGINT REFERENCES parent,
    y VARCHAR(20),
    z SMALLINT,
    FOREIGN KEY (y, z) REFERENCES parent (c, b)
);
INSERT INTO parent VALUES (1, 2, 'three', 4);
INSERT INTO child VALUES (1, 'three', 2);
INSERT INTO child VALUES (1, 'three', 1);
