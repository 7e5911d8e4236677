-- Shows INSERT ... ON CONFLICT DO NOTHING and DO UPDATE, beside foreign keys.

CREATE TABLE owner (id INTEGER PRIMARY KEY);
CREATE TABLE item (
    id INTEGER PRIMARY KEY, code TEXT UNIQUE, stock INTEGER NOT NULL DEFAULT 0, owner_id INTEGER REFERENCES owner
);
INSERT INTO owner VALUES (1), (2);
INSERT INTO item VALUES (1, 'a', 10, 1), (2, 'b', 20, 2);

INSERT INTO item VALUES (1, 'x', 99, 1), (3, 'c', 30, 1) ON CONFLICT DO NOTHING;
INSERT INTO item VALUES (4, 'a', 99, 1) ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO item VALUES (4, 'a', 99, 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO item VALUES (5, 'a', 99, 1) ON CONFLICT (code) DO NOTHING;
INSERT INTO item VALUES (6, 'z', 1, 1), (6, 'y', 2, 1) ON CONFLICT (id) DO NOTHING;
SELECT id, code, stock, owner_id FROM item ORDER BY id;

INSERT INTO item VALUES (1, 'a', 5, 1), (7, 'g', 7, 2)
ON CONFLICT (id) DO UPDATE SET stock = item.stock + excluded.stock RETURNING id, code, stock;
INSERT INTO item (id, code, stock) VALUES (9, 'b', 1)
ON CONFLICT (code) DO UPDATE SET stock = excluded.stock, owner_id = 1 WHERE item.stock > 100;
INSERT INTO item (id, code, stock) VALUES (9, 'b', 1)
ON CONFLICT ON CONSTRAINT item_code_key DO UPDATE SET stock = excluded.stock WHERE item.stock = 20;
SELECT id, code, stock, owner_id FROM item ORDER BY id;

-- Refused: the row updated references nobody; two new rows meet one old row; no such key.
INSERT INTO item VALUES (1, 'a', 5, 9) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id;
INSERT INTO item VALUES (8, 'h', 5, 9) ON CONFLICT DO NOTHING;
INSERT INTO item VALUES (1, 'a', 1, 1), (1, 'a', 2, 1) ON CONFLICT (id) DO UPDATE SET stock = excluded.stock;
INSERT INTO item VALUES (1, 'a', 1, 1) ON CONFLICT (stock) DO NOTHING;
INSERT INTO item VALUES (1, 'b', 1, 1) ON CONFLICT (id) DO UPDATE SET code = excluded.code;
SELECT id, code, stock, owner_id FROM item ORDER BY id;
