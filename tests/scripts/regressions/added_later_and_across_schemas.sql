-- Shows foreign keys that are added to filled tables, dropped, added again, and reach into another schema: DuckDB has none of it, SQLite only by
-- rebuilding the table.

CREATE SCHEMA sales;
CREATE TABLE customer (id INTEGER PRIMARY KEY);
CREATE TABLE sales.orders (id INTEGER PRIMARY KEY, customer_id INTEGER);
INSERT INTO customer VALUES (1);
INSERT INTO sales.orders VALUES (10, 1), (11, 2);
ALTER TABLE sales.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customer ON DELETE CASCADE;
ALTER TABLE sales.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customer ON DELETE CASCADE NOT VALID;
INSERT INTO sales.orders VALUES (12, 3);
UPDATE sales.orders SET id = 110 WHERE id = 11;
UPDATE sales.orders SET customer_id = 1 WHERE id = 110;
ALTER TABLE sales.orders VALIDATE CONSTRAINT orders_customer_fkey;
ALTER TABLE sales.orders DROP CONSTRAINT orders_customer_fkey;
DELETE FROM customer;
SELECT id, customer_id FROM sales.orders ORDER BY id;
ALTER TABLE sales.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customer ON DELETE CASCADE;
INSERT INTO customer VALUES (1);
ALTER TABLE sales.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customer ON DELETE CASCADE;
DELETE FROM customer;
SELECT count(*) FROM sales.orders;
DROP SCHEMA sales;
DROP TABLE customer;
DROP SCHEMA sales CASCADE;
DROP TABLE customer;
