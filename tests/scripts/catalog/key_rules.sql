-- Shows the rules of keys and columns at their declaration.

CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER PRIMARY KEY);
CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, PRIMARY KEY (b));
CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a, c));
CREATE TABLE t (a INTEGER, b INTEGER, UNIQUE (a, a));
CREATE TABLE t (a INTEGER, PRIMARY KEY (a, a));
CREATE TABLE t (a INTEGER, a TEXT);
CREATE TABLE t (a JSON PRIMARY KEY);
CREATE TABLE t (a INTEGER DEFAULT 'word');
CREATE TABLE t (a NO_SUCH_TYPE);
CREATE TABLE t (a INTEGER CHECK (b > 0));
CREATE TABLE t (a INTEGER CHECK (a + 1));
CREATE TABLE t (a VARCHAR(0));
CREATE TABLE t (a INTEGER NULL NOT NULL);
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public';

-- The columns of a primary key refuse NULL, those of a unique key do not.
CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a), UNIQUE (b));
INSERT INTO t VALUES (NULL, 1);
INSERT INTO t VALUES (1, NULL), (2, NULL);
SELECT column_name, is_nullable FROM information_schema.columns WHERE table_name = 't' ORDER BY column_name;
