-- Shows keys across types and spellings: integer, bigint and numeric; CHAR(n) with trailing blanks; quoted names.

CREATE TABLE "Order Head" ("Id" BIGINT PRIMARY KEY, "select" NUMERIC(8,2) UNIQUE, code CHAR(6) UNIQUE, "code" TEXT);
CREATE TABLE "Order Head" ("Id" BIGINT PRIMARY KEY, "select" NUMERIC(8,2) UNIQUE, "Code" CHAR(6) UNIQUE, code TEXT UNIQUE);
CREATE TABLE "order line" (
    n INTEGER PRIMARY KEY,
    "Id" INTEGER REFERENCES "Order Head" ON UPDATE CASCADE ON DELETE CASCADE,
    price INTEGER REFERENCES "Order Head" ("select") ON UPDATE CASCADE,
    "Code" CHAR(6) REFERENCES "Order Head" ("Code") ON UPDATE CASCADE,
    wide CHAR(8) REFERENCES "Order Head" ("Code"),
    code TEXT REFERENCES "Order Head" (code)
);
INSERT INTO "Order Head" VALUES (1, 10, 'ab', 'ab'), (2, 20.5, 'cd ', 'cd '), (3000000000, 30, NULL, NULL);
INSERT INTO "order line" VALUES (1, 1, 10, 'ab', 'ab', 'ab');
INSERT INTO "order line" VALUES (2, 2, NULL, 'cd    ', 'cd', 'cd');
INSERT INTO "order line" VALUES (2, 2, NULL, 'cd    ', 'cd', 'cd ');
INSERT INTO "order line" VALUES (3, 2, 20, NULL, NULL, NULL);
INSERT INTO "order line" VALUES (3, 2, NULL, 'CD', NULL, NULL);
INSERT INTO "order line" (n, "Id") VALUES (4, 3000000000);
INSERT INTO "order line" (n, id) VALUES (4, 1);
INSERT INTO "Order head" VALUES (9, 9, 'x', 'x');
UPDATE "Order Head" SET "Id" = 3000000001 WHERE "Id" = 2;
UPDATE "Order Head" SET "Id" = 22, "Code" = 'ef' WHERE "Id" = 2;
UPDATE "Order Head" SET "Code" = 'ab  ' WHERE "Id" = 1;
SELECT n, "Id", price, "Code", code FROM "order line" ORDER BY n;
UPDATE "Order Head" SET "select" = 12 WHERE "Id" = 1 RETURNING "select";
SELECT n, "Id", price FROM "order line" ORDER BY n;
DELETE FROM "Order Head" AS "H" WHERE "H"."Id" = 1 RETURNING "H"."Id";
SELECT n, "Id", price FROM "order line" ORDER BY n;
