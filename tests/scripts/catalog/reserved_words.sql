-- Shows errors in the text of a statement: the place is marked, and a reserved word gets the hint to quote it.
-- bowline only: hints and carets of errors in the text.

CREATE TABLE Order (id INTEGER PRIMARY KEY);
CREATE TABLE user (id INTEGER PRIMARY KEY);
CREATE TABLE t (id INTEGER PRIMARY KEY, group TEXT);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, "group" TEXT);
INSERT INTO order VALUES (1, 'a');
INSERT INTO "order" VALUES (1, 'a');
SELECT * FROM order;
SELECT "group" FROM "order";
SELEKT 1;
CREATE TABLE broken (id INTEGER,, name TEXT);
INSERT INTO "order" VALUES (2, 'a'
;
SELECT 'unclosed FROM "order";
