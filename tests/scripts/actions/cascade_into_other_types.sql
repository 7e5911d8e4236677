-- Shows that ON UPDATE CASCADE assigns the new key to a column of another type as any assignment does: numbers are rounded,
-- blanks at the end of a text may go, and what does not fit refuses the statement.

CREATE TABLE code (id CHAR(5) PRIMARY KEY);
CREATE TABLE short_code (n INTEGER, id CHAR(3) REFERENCES code ON UPDATE CASCADE);
CREATE TABLE varying_code (n INTEGER, id VARCHAR(4) REFERENCES code ON UPDATE CASCADE);
INSERT INTO code VALUES ('ab');
INSERT INTO short_code VALUES (1, 'ab');
UPDATE code SET id = 'cde';
SELECT n, id || '|' AS id FROM short_code;
UPDATE code SET id = 'abcde';
SELECT n, id || '|' AS id FROM short_code;
DROP TABLE short_code;
INSERT INTO varying_code VALUES (1, 'cde');
UPDATE code SET id = 'abcde';
UPDATE code SET id = 'abcd';
SELECT n, id || '|' AS id FROM varying_code;

CREATE TABLE price (amount NUMERIC(6,2) PRIMARY KEY);
CREATE TABLE rounded (n INTEGER, amount INTEGER REFERENCES price ON UPDATE CASCADE);
INSERT INTO price VALUES (1), (3);
INSERT INTO rounded VALUES (1, 1);
-- 2.5 is rounded to 3, which is there.
UPDATE price SET amount = 2.5 WHERE amount = 1;
SELECT n, amount FROM rounded;
-- 3.4 is rounded to 3 again, which is not there any more.
-- differs: PostgreSQL does not judge a reference that was set to the value it had, and is left with an orphan.
UPDATE price SET amount = 3.4 WHERE amount = 3;
SELECT n, amount FROM rounded;

CREATE TABLE wide (id BIGINT PRIMARY KEY);
CREATE TABLE narrow (id SMALLINT REFERENCES wide ON UPDATE CASCADE);
INSERT INTO wide VALUES (1);
INSERT INTO narrow VALUES (1);
UPDATE wide SET id = 100000;
UPDATE wide SET id = 100;
SELECT id FROM narrow;
