-- Shows names that need their quotes, through every action and message. Tools that build the SQL of an action as text lose them.

CREATE SCHEMA "Big Shop";
CREATE TABLE "Big Shop"."Customer's" ("Id" INTEGER PRIMARY KEY, "select" TEXT UNIQUE, "id" INTEGER UNIQUE);
CREATE TABLE "Big Shop"."Order" (
    "ID" INTEGER PRIMARY KEY,
    "Customer Id" INTEGER CONSTRAINT "Order's key" REFERENCES "Big Shop"."Customer's" ("Id") ON DELETE CASCADE ON UPDATE CASCADE,
    "from" TEXT DEFAULT 'none' REFERENCES "Big Shop"."Customer's" ("select") ON DELETE SET DEFAULT ON UPDATE CASCADE,
    "a""b" INTEGER REFERENCES "Big Shop"."Customer's" ("id") ON UPDATE SET NULL
);
INSERT INTO "Big Shop"."Customer's" VALUES (1, 'one', 11), (2, 'two', 22), (3, 'none', 33);
INSERT INTO "Big Shop"."Order" VALUES (1, 1, 'two', NULL), (2, 2, 'one', 11), (3, 3, 'two', 22);
INSERT INTO "Big Shop"."Order" VALUES (4, 9, 'two', NULL);
INSERT INTO "Big Shop"."Order" VALUES (4, 1, 'Two', NULL);
UPDATE "Big Shop"."Customer's" SET "Id" = 10, "select" = 'ten' WHERE "Id" = 1;
DELETE FROM "Big Shop"."Customer's" WHERE "Id" = 10;
UPDATE "Big Shop"."Customer's" SET "id" = 23 WHERE "Id" = 2;
SELECT * FROM "Big Shop"."Order" ORDER BY "ID";
UPDATE "Big Shop"."Order" SET "a""b" = NULL;
DELETE FROM "Big Shop"."Customer's" WHERE "Id" = 10;
DELETE FROM "Big Shop"."Customer's" WHERE "Id" = 2;
SELECT * FROM "Big Shop"."Order" ORDER BY "ID";
DELETE FROM "Big Shop".Order;
ALTER TABLE "Big Shop"."Order" RENAME COLUMN "Customer Id" TO "Customer.Id";
INSERT INTO "Big Shop"."Order" VALUES (5, 99, NULL, NULL);
