-- A literal in quotes is a boolean where it is compared with one, and what gives something else each time is asked once.

CREATE TABLE bills (id INTEGER PRIMARY KEY, paid BOOLEAN);
INSERT INTO bills VALUES (1, true), (2, false), (3, NULL);
SELECT id FROM bills WHERE paid = 't' ORDER BY id;
SELECT id FROM bills WHERE 'no' = paid OR paid <> 'off' ORDER BY id;
SELECT id FROM bills WHERE paid = 'perhaps';
CREATE SEQUENCE numbers;
SELECT coalesce(nextval('numbers'), 0), coalesce(NULL, nextval('numbers'), 7);
SELECT currval('numbers');
SELECT coalesce(CASE WHEN random() < 0 THEN 1 END, id, 9) FROM bills ORDER BY id;
