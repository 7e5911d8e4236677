-- Values of one type that become one are of that type afterwards, with its name and length.
CREATE TABLE items (id integer PRIMARY KEY, name varchar(20), short varchar(5), data json, key uuid);
CREATE VIEW results AS SELECT
  CASE WHEN id > 1 THEN name END AS one, CASE WHEN id > 1 THEN name ELSE short END AS two,
  coalesce(name, 'none') AS three, coalesce(key, NULL) AS four, nullif(short, '') AS five,
  CASE id WHEN 1 THEN data ELSE '{}' END AS six, (SELECT max(name) FROM items) AS seven,
  greatest(name, short) AS eight
  FROM items;
CREATE VIEW grouped AS SELECT key, count(*) AS many, min(name) AS first FROM items GROUP BY key
  UNION ALL SELECT key, id, name FROM items;
SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns
  WHERE table_name IN ('results', 'grouped') ORDER BY table_name, ordinal_position;
