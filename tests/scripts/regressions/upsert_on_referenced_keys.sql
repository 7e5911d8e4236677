-- Shows upserts on a referenced table: the row that is there is updated, never replaced. SQLite's INSERT OR REPLACE and MySQL's REPLACE
-- delete it first, which fires ON DELETE and takes the referencing rows with it; DuckDB has refused upserts as false violations.

CREATE TABLE product (id INTEGER PRIMARY KEY, sku TEXT UNIQUE, price INTEGER);
CREATE TABLE line (id INTEGER PRIMARY KEY, product_id INTEGER REFERENCES product ON DELETE CASCADE ON UPDATE CASCADE, sku TEXT REFERENCES product (sku) ON DELETE CASCADE);
INSERT INTO product VALUES (1, 'a', 10), (2, 'b', 20);
INSERT INTO line VALUES (100, 1, 'a'), (101, 2, 'b'), (102, 1, NULL);
INSERT INTO product VALUES (1, 'a', 11) ON CONFLICT (id) DO UPDATE SET price = excluded.price;
INSERT INTO product VALUES (3, 'a', 12) ON CONFLICT (sku) DO UPDATE SET price = excluded.price RETURNING id, sku, price;
INSERT INTO product VALUES (1, 'z', 0), (4, 'd', 40) ON CONFLICT DO NOTHING;
-- The referenced key itself, unchanged, changed to a free one, and to one that sku still holds.
INSERT INTO product VALUES (2, 'b', 21) ON CONFLICT (id) DO UPDATE SET id = excluded.id, sku = excluded.sku, price = excluded.price;
INSERT INTO product VALUES (2, 'b', 0) ON CONFLICT (id) DO UPDATE SET id = 20;
INSERT INTO product VALUES (20, 'q', 0) ON CONFLICT (id) DO UPDATE SET sku = excluded.sku;
SELECT id, sku, price FROM product ORDER BY id;
SELECT id, product_id, sku FROM line ORDER BY id;
-- An upsert of the referencing side.
INSERT INTO line VALUES (100, 4, 'd') ON CONFLICT (id) DO UPDATE SET product_id = excluded.product_id, sku = excluded.sku;
INSERT INTO line VALUES (100, 9, 'd') ON CONFLICT (id) DO UPDATE SET product_id = excluded.product_id;
INSERT INTO line VALUES (100, 9, 'd') ON CONFLICT (id) DO NOTHING;
SELECT id, product_id, sku FROM line ORDER BY id;
