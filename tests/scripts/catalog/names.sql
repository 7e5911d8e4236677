-- Shows names that need quotes, names that are too long, foreign keys across schemas, and several of one table to another.

CREATE TABLE "Order" ("Id" SERIAL PRIMARY KEY, "select" INTEGER UNIQUE, "two words" TEXT);
CREATE TABLE "order" ("Id" INTEGER PRIMARY KEY, "ORDER" INTEGER REFERENCES "Order", other INTEGER REFERENCES "Order" ("select"));
INSERT INTO "Order" ("select", "two words") VALUES (5, 'x');
INSERT INTO "order" VALUES (1, 1, 5);
INSERT INTO "order" VALUES (2, 2, 6);
INSERT INTO order VALUES (1);
INSERT INTO Order VALUES (1);
INSERT INTO "ORDER" VALUES (1);
SELECT id FROM "Order";
SELECT "Id", "select", "two words" FROM "Order";
ALTER TABLE "Order" ALTER "select" TYPE BIGINT;
ALTER TABLE "Order" DROP COLUMN "select";
ALTER TABLE "Order" DROP COLUMN "Id" CASCADE;
ALTER TABLE "Order" RENAME COLUMN "two words" TO "a ""quoted"" name";
SELECT "a ""quoted"" name" FROM "Order";
DROP TABLE "Order", "order";
DROP TABLE "Order" CASCADE;

-- Names are cut at 63 bytes, between characters.
CREATE TABLE a_name_that_is_much_longer_than_sixty_three_bytes_and_therefore_is_cut (a_column_with_a_name_that_is_much_longer_than_sixty_three_bytes_too INTEGER PRIMARY KEY);
INSERT INTO a_name_that_is_much_longer_than_sixty_three_bytes_and_therefore VALUES (1);
SELECT * FROM a_name_that_is_much_longer_than_sixty_three_bytes_and_therefore_in_another_way;
CREATE TABLE refers (a INTEGER REFERENCES a_name_that_is_much_longer_than_sixty_three_bytes_and_therefore_is_cut);
INSERT INTO refers VALUES (2);
CREATE TABLE "ääääääääääääääääääääääääääääääääääää" (x INTEGER UNIQUE, CONSTRAINT "a constraint whose name is longer than sixty-three bytes, quoted as it is" CHECK (x > 0));
INSERT INTO "äääääääääääääääääääääääääääääää" VALUES (0);
SELECT constraint_name FROM information_schema.table_constraints
WHERE table_schema = 'public' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;

-- Across schemas.
CREATE SCHEMA "Sales";
CREATE TABLE "Sales".customers (id INTEGER PRIMARY KEY);
CREATE TABLE customers (id INTEGER PRIMARY KEY);
CREATE TABLE bills (
    customer INTEGER REFERENCES "Sales".customers ON DELETE CASCADE ON UPDATE CASCADE,
    payer INTEGER CONSTRAINT payer REFERENCES "Sales".customers (id) ON DELETE SET NULL ON UPDATE CASCADE,
    here INTEGER REFERENCES customers
);
INSERT INTO "Sales".customers VALUES (1), (2), (3);
INSERT INTO customers VALUES (7);
INSERT INTO bills VALUES (1, 2, 7), (2, 3, 7), (3, 3, NULL);
INSERT INTO bills VALUES (7, 1, 7);
INSERT INTO bills VALUES (1, 1, 1);
UPDATE "Sales".customers SET id = id + 10;
SELECT customer, payer, here FROM bills ORDER BY customer;
DELETE FROM "Sales".customers WHERE id = 13;
SELECT customer, payer, here FROM bills ORDER BY customer;
DROP TABLE "Sales".customers;
DROP SCHEMA "Sales" CASCADE;
INSERT INTO bills VALUES (99, 99, 7);
INSERT INTO bills VALUES (99, 99, 99);
CREATE TABLE nowhere.t (id INTEGER);
CREATE TABLE t (id INTEGER REFERENCES nowhere.t);

-- Names that clash are numbered.
CREATE TABLE n (a INTEGER CHECK (a > 0) CHECK (a < 10), b INTEGER UNIQUE, UNIQUE (b), FOREIGN KEY (a) REFERENCES customers, FOREIGN KEY (a) REFERENCES customers, CHECK (a > b), CHECK (a <> b));
SELECT constraint_name FROM information_schema.table_constraints
WHERE table_name = 'n' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;
CREATE TABLE m (n_a_check INTEGER, CONSTRAINT n_a_check CHECK (n_a_check > 0), CONSTRAINT n_b_key UNIQUE (n_a_check));
CREATE TABLE m (n_a_check INTEGER, CONSTRAINT n_a_check CHECK (n_a_check > 0), CONSTRAINT n_a_check UNIQUE (n_a_check));
CREATE TABLE m (n_a_check INTEGER, CONSTRAINT n_a_check CHECK (n_a_check > 0));
CREATE UNIQUE INDEX m_index ON m (n_a_check);
ALTER TABLE m ADD CONSTRAINT m_index CHECK (n_a_check < 100);
ALTER TABLE m ADD CONSTRAINT m_index UNIQUE (n_a_check);
ALTER TABLE m ADD CONSTRAINT n_a_check FOREIGN KEY (n_a_check) REFERENCES customers;
