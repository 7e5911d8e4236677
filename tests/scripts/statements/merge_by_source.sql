-- Shows what MERGE can since PostgreSQL 17: rows of the target without a partner, and RETURNING.
-- bowline only: the PostgreSQL that is compared with may be older.

CREATE TABLE stock (id INTEGER PRIMARY KEY, name TEXT, amount INTEGER);
CREATE TABLE item (id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stock_id INTEGER CONSTRAINT fk_stock REFERENCES stock ON DELETE SET NULL);
CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
INSERT INTO stock VALUES (1, 'apples', 10), (2, 'pears', 5), (3, 'plums', 0);
INSERT INTO item (stock_id) VALUES (1), (2), (3);
MERGE INTO stock AS t USING (VALUES (1, 4), (9, 1)) AS s (id, amount) ON t.id = s.id
  WHEN MATCHED THEN UPDATE SET amount = t.amount + s.amount
  WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (id, 'new', amount)
  WHEN NOT MATCHED BY SOURCE AND amount = 0 THEN DELETE
  WHEN NOT MATCHED BY SOURCE THEN UPDATE SET name = name || '?'
  RETURNING merge_action(), t.id, t.name, t.amount, s.amount AS came;
SELECT * FROM stock ORDER BY id;
SELECT * FROM item ORDER BY id;
MERGE INTO stock AS t USING (VALUES (1)) AS s (key) ON t.id = s.key WHEN MATCHED THEN DELETE RETURNING *;
MERGE INTO stock AS t USING (VALUES (1)) AS s (key) ON t.id = s.key WHEN NOT MATCHED THEN DO NOTHING RETURNING merge_action();
MERGE INTO item USING (VALUES (50, 2)) AS s (id, stock) ON item.id = s.id WHEN NOT MATCHED THEN INSERT (id, stock_id) VALUES (id, stock);
MERGE INTO item USING (VALUES (50, 2)) AS s (id, stock) ON item.id = s.id WHEN NOT MATCHED THEN INSERT (id, stock_id) OVERRIDING SYSTEM VALUE VALUES (id, stock) RETURNING item.*;
MERGE INTO item USING (VALUES (51, 2)) AS s (id, stock) ON item.id = s.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES RETURNING item.id, stock_id;
WITH m AS (MERGE INTO stock USING (VALUES (2), (20)) AS s (key) ON id = key
  WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (key, 'twenty') RETURNING merge_action() AS act, stock.id)
INSERT INTO log SELECT id, act FROM m RETURNING *;
SELECT * FROM stock ORDER BY id;
SELECT * FROM item ORDER BY id;
MERGE INTO stock USING (VALUES (2)) AS s (key) ON id = key WHEN NOT MATCHED BY SOURCE AND key = 1 THEN DELETE;
MERGE INTO stock USING (VALUES (2)) AS s (key) ON id = key WHEN NOT MATCHED BY SOURCE THEN UPDATE SET amount = s.key;
