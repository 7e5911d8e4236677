-- Shows MERGE: rows of a source update, delete or insert rows of a table, each by the first clause that fits.

CREATE TABLE region (id INTEGER PRIMARY KEY);
CREATE TABLE stock (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'unnamed', amount INTEGER CHECK (amount >= 0), region_id INTEGER CONSTRAINT fk_region REFERENCES region);
CREATE TABLE item (id INTEGER PRIMARY KEY, stock_id INTEGER CONSTRAINT fk_stock REFERENCES stock ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE delivery (id INTEGER, amount INTEGER, name TEXT);
INSERT INTO region VALUES (1), (2);
INSERT INTO stock VALUES (1, 'apples', 10, 1), (2, 'pears', 5, 1), (3, 'plums', 1, NULL);
INSERT INTO item VALUES (10, 1), (20, 2), (30, 3);
INSERT INTO delivery VALUES (1, 5, 'apples'), (3, -1, NULL), (4, 7, 'figs');

MERGE INTO stock AS s USING delivery AS d ON s.id = d.id
  WHEN MATCHED AND s.amount + d.amount = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET amount = s.amount + d.amount
  WHEN NOT MATCHED THEN INSERT (id, name, amount) VALUES (d.id, d.name, d.amount);
SELECT * FROM stock ORDER BY id;
SELECT * FROM item ORDER BY id;

-- Names without a table mean the source where there is no row of the target.
MERGE INTO stock USING (SELECT 5 AS id, 'kiwis' AS name) AS d ON stock.id = d.id WHEN NOT MATCHED THEN INSERT VALUES (id, name, 1, 2);
MERGE INTO stock USING (VALUES (6), (7)) AS d (key) ON id = key
  WHEN NOT MATCHED AND key = 6 THEN INSERT (id) VALUES (key)
  WHEN NOT MATCHED THEN INSERT (id, name, region_id) VALUES (key, DEFAULT, 2);
SELECT * FROM stock ORDER BY id;
MERGE INTO stock USING (VALUES (6, NULL), (7, 'limes')) AS d (key, label) ON id = key
  WHEN MATCHED AND label IS NULL THEN DO NOTHING
  WHEN MATCHED THEN UPDATE SET (name, region_id) = (label, DEFAULT)
  WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO stock USING (VALUES (6), (8)) AS d (key) ON id = key WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
SELECT * FROM stock ORDER BY id;

-- Keys that change and go fire the actions, once for the whole statement.
MERGE INTO stock USING (VALUES (1, 101), (2, NULL)) AS d (key, new_key) ON id = key
  WHEN MATCHED AND new_key IS NULL THEN DELETE
  WHEN MATCHED THEN UPDATE SET id = new_key;
SELECT * FROM item ORDER BY id;
-- differs: PostgreSQL judges the keys row by row, so that a swap collides.
MERGE INTO stock USING (VALUES (4, 5), (5, 4)) AS d (key, new_key) ON id = key WHEN MATCHED THEN UPDATE SET id = new_key;
-- differs: the statement before.
SELECT id, name FROM stock ORDER BY id;

-- differs: back again.
MERGE INTO stock USING (VALUES (4, 5), (5, 4)) AS d (key, new_key) ON id = key WHEN MATCHED THEN UPDATE SET id = new_key;

-- Violations of all clauses are found at the end.
MERGE INTO stock USING (VALUES (101), (200)) AS d (key) ON id = key WHEN MATCHED THEN UPDATE SET amount = -5 WHEN NOT MATCHED THEN INSERT (id) VALUES (key);
MERGE INTO stock USING (VALUES (300, 9)) AS d (key, place) ON id = key WHEN NOT MATCHED THEN INSERT (id, region_id) VALUES (key, place);
MERGE INTO region USING (VALUES (2)) AS d (key) ON id = key WHEN MATCHED THEN DELETE;
SELECT count(*) FROM stock;

-- A row is changed once.
MERGE INTO stock USING (VALUES (101), (101)) AS d (key) ON id = key WHEN MATCHED THEN UPDATE SET name = 'twice';
MERGE INTO stock USING (VALUES (101), (101)) AS d (key) ON id = key WHEN MATCHED THEN DO NOTHING;
MERGE INTO stock USING (VALUES (400), (400)) AS d (key) ON id = key WHEN NOT MATCHED THEN INSERT (id) VALUES (key);
-- Values are computed for the rows a clause fits alone.
MERGE INTO stock USING (VALUES (101, 0), (401, 2)) AS d (key, part) ON id = key WHEN MATCHED AND part > 0 THEN UPDATE SET amount = 10 / part WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (key, 10 / part);
MERGE INTO stock USING stock AS same ON stock.id = same.id + 1000 WHEN NOT MATCHED THEN INSERT (id, name) VALUES (same.id + 1000, same.name);
SELECT id, name FROM stock ORDER BY id;
WITH d AS (SELECT 401 AS key) MERGE INTO stock USING d ON id = key WHEN MATCHED THEN DELETE;

-- What cannot be said.
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN NOT MATCHED THEN INSERT (id) VALUES (stock.id);
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN NOT MATCHED THEN INSERT (id) VALUES (region_id);
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN MATCHED THEN UPDATE SET amount = amount;
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN MATCHED THEN UPDATE SET quantity = 1;
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN DO NOTHING;
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN NOT MATCHED THEN DELETE;
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN MATCHED THEN INSERT VALUES (1);
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1, 2);
MERGE INTO stock USING delivery ON stock.id = delivery.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (1);
MERGE INTO stock USING stock ON stock.id = stock.id WHEN MATCHED THEN DELETE;
MERGE INTO stock USING nowhere ON stock.id = nowhere.id WHEN MATCHED THEN DELETE;
MERGE INTO nowhere USING delivery ON nowhere.id = delivery.id WHEN MATCHED THEN DELETE;
SELECT count(*) FROM stock;
