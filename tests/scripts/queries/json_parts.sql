-- Parts of JSON values: -> and #> as JSON, ->> and #>> as text.
CREATE TABLE events (id integer PRIMARY KEY, data json, shape jsonb);
INSERT INTO events VALUES
  (1, '{"kind": "knot", "at": [1, {"x":  2.50}, null], "a b": "c\u00e9d"}', '{"z": 1, "b": [true, null]}'),
  (2, '[10, "20", {"k": []}]', '"plain"'), (3, NULL, 'null');
SELECT id, data -> 'kind' AS json, data ->> 'kind' AS text FROM events ORDER BY id;
SELECT id, data -> 1 AS first, data ->> -1 AS last, data -> 7 AS none FROM events ORDER BY id;
SELECT data #> '{at,1}' AS json, data #>> '{at,1,x}' AS text, data #>> '{at,2}' AS nothing FROM events WHERE id = 1;
SELECT data #> ARRAY['at', '0'] AS json, data #> '{}' IS NULL AS whole, data ->> 'a b' AS text FROM events WHERE id = 1;
SELECT id, shape -> 'b' -> 0 AS truth, shape ->> 'z' AS number, shape ->> 'b' AS text FROM events ORDER BY id;
SELECT id FROM events WHERE CAST(data ->> 'kind' AS text) = 'knot' AND (shape ->> 'z')::integer + 1 = 2;
SELECT '{"a": 1, "a": 2}'::json -> 'a' AS last, '{"a": 1}'::json -> NULL AS none;
CREATE VIEW parts AS SELECT data -> 'kind' AS a, shape -> 'b' AS b, shape ->> 'b' AS c FROM events;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'parts' ORDER BY ordinal_position;
-- Other ways to say a limit, a length of time and all bits turned.
SELECT id FROM events ORDER BY id FETCH FIRST (1 + 1) ROWS ONLY;
SELECT id FROM events ORDER BY id OFFSET (1) ROWS FETCH NEXT (1) ROW ONLY;
SELECT make_interval(days => 10, hours => 2) AS a, make_interval(1, 2, 3, 4, 5, 6, 7.5) AS b, make_interval(secs => 90.25) AS c;
SELECT ~ id AS turned, ~ 5 AS five FROM events ORDER BY id;
SELECT make_interval(years => 2147483647);
