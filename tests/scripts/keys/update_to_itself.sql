-- Shows that an update which leaves the key equal fires nothing, whatever the rule.

CREATE TABLE parent (id INTEGER PRIMARY KEY, amount NUMERIC(10,2) UNIQUE, note TEXT);
CREATE TABLE restricted (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE RESTRICT);
CREATE TABLE nulled (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE SET NULL);
CREATE TABLE priced (id INTEGER PRIMARY KEY, amount NUMERIC(10,2) REFERENCES parent (amount) ON UPDATE SET NULL);
INSERT INTO parent VALUES (1, 1.50, 'x'), (2, 2.50, 'y');
INSERT INTO restricted VALUES (10, 1);
INSERT INTO nulled VALUES (20, 1);
INSERT INTO priced VALUES (30, 1.50);
UPDATE parent SET id = id;
UPDATE parent SET id = 1, note = 'z' WHERE id = 1;
UPDATE parent SET note = note || '!';
UPDATE parent SET amount = 1.5 WHERE id = 1;
SELECT id, parent_id FROM nulled ORDER BY id;
SELECT id, amount FROM priced ORDER BY id;
UPDATE parent SET id = 3 WHERE id = 1;
UPDATE parent SET id = 4 WHERE id = 2;
SELECT id, amount, note FROM parent ORDER BY id;
