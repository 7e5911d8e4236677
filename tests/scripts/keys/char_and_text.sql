-- Shows foreign keys between CHAR(n) and text: beside a CHAR key blanks at the end of a text do not count, beside a text key
-- those of a CHAR are not there.

CREATE TABLE padded (id CHAR(4) PRIMARY KEY);
CREATE TABLE to_padded (n INTEGER, id TEXT REFERENCES padded ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO padded VALUES ('ab'), ('cd');
INSERT INTO to_padded VALUES (1, 'ab'), (2, 'ab  '), (3, 'ab        '), (4, 'cd ');
INSERT INTO to_padded VALUES (5, ' ab');
UPDATE padded SET id = 'ef' WHERE id = 'ab';
SELECT n, id || '|' AS id FROM to_padded ORDER BY n;
DELETE FROM padded WHERE id = 'cd';
SELECT n, id || '|' AS id FROM to_padded ORDER BY n;

CREATE TABLE plain (id TEXT PRIMARY KEY);
CREATE TABLE to_plain (n INTEGER, id CHAR(4) REFERENCES plain);
INSERT INTO plain VALUES ('ab'), ('cd ');
INSERT INTO to_plain VALUES (1, 'ab');
INSERT INTO to_plain VALUES (2, 'cd');
DELETE FROM plain WHERE id = 'cd ';
DELETE FROM plain WHERE id = 'ab';

-- Together with another column, and found when it is added later.
CREATE TABLE pair (a CHAR(3), b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE to_pair (x VARCHAR(9), y INTEGER);
INSERT INTO pair VALUES ('k', 1);
INSERT INTO to_pair VALUES ('k   ', 1), ('k', 2), ('l ', 1);
ALTER TABLE to_pair ADD CONSTRAINT to_pair_fkey FOREIGN KEY (x, y) REFERENCES pair;
DELETE FROM to_pair WHERE y = 2 OR x <> 'k   ';
ALTER TABLE to_pair ADD CONSTRAINT to_pair_fkey FOREIGN KEY (x, y) REFERENCES pair;
DELETE FROM pair;
