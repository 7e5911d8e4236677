-- Shows repair by set null: the referencing columns of orphans, all of them unless the delete rule lists some; refused for NOT NULL.
-- bowline only: CALL bowline.repair.

CREATE TABLE country (code TEXT PRIMARY KEY);
CREATE TABLE city (id INTEGER PRIMARY KEY, country TEXT UNIQUE, label TEXT GENERATED ALWAYS AS (coalesce(country, 'none')) STORED);
CREATE TABLE guide (id INTEGER PRIMARY KEY, country TEXT REFERENCES city (country) ON UPDATE CASCADE);
INSERT INTO country VALUES ('nl'), ('be');
INSERT INTO city VALUES (1, 'nl'), (2, 'xx'), (3, 'yy'), (4, NULL);
INSERT INTO guide VALUES (1, 'nl'), (2, 'xx');
ALTER TABLE city ADD CONSTRAINT city_country_fkey FOREIGN KEY (country) REFERENCES country NOT VALID;
EXPLAIN CALL bowline.repair('city_country_fkey', 'set null');
CALL bowline.repair('city_country_fkey', 'set null');
SELECT id, country, label FROM city ORDER BY id;
SELECT id, country FROM guide ORDER BY id;

CREATE TABLE account (tenant INTEGER, id INTEGER, PRIMARY KEY (tenant, id));
CREATE TABLE post (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, author INTEGER);
INSERT INTO account VALUES (1, 1);
INSERT INTO post VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, NULL);
ALTER TABLE post ADD CONSTRAINT post_author_fkey FOREIGN KEY (tenant, author) REFERENCES account NOT VALID;
CALL bowline.repair('post_author_fkey', 'set null');
SELECT id, tenant, author FROM post ORDER BY id;
ALTER TABLE post ALTER COLUMN tenant DROP NOT NULL;
CALL bowline.repair('post_author_fkey', 'Set  NULL');
SELECT id, tenant, author FROM post ORDER BY id;
