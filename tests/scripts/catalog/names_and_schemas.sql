-- Shows how names fold and quote, and foreign keys between schemas.

CREATE SCHEMA sales;
CREATE SCHEMA sales;
CREATE SCHEMA IF NOT EXISTS sales;
CREATE TABLE Customer (CustomerID INT PRIMARY KEY, "FullName" TEXT);
CREATE TABLE "Customer" (id INTEGER PRIMARY KEY);
CREATE TABLE customer (id INTEGER);
CREATE TABLE sales.orders (
    id INTEGER PRIMARY KEY,
    customer INTEGER REFERENCES public.customer (customerid) ON DELETE CASCADE,
    other INTEGER REFERENCES "Customer"
);
INSERT INTO CUSTOMER (customerid, "FullName") VALUES (1, 'Alice');
INSERT INTO customer (customerid, fullname) VALUES (2, 'Bob');
INSERT INTO "Customer" VALUES (7);
INSERT INTO sales.orders VALUES (10, 1, 7);
INSERT INTO sales.orders VALUES (11, 1, 8);
INSERT INTO orders VALUES (12, 1, 7);
INSERT INTO nowhere.orders VALUES (12, 1, 7);
SELECT c."FullName", o.id FROM sales.orders o JOIN customer c ON c.customerid = o.customer ORDER BY o.id;
DELETE FROM customer WHERE customerid = 1;
SELECT count(*) FROM sales.orders;
DROP SCHEMA sales;
DROP SCHEMA sales CASCADE;
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_schema IN ('public', 'sales') ORDER BY table_name;
DROP SCHEMA nowhere;
DROP SCHEMA IF EXISTS nowhere;
