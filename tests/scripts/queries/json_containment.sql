-- Shows what a jsonb value contains (@>, <@) and which keys it has (?, ?|, ?&).

CREATE TABLE t (id INTEGER PRIMARY KEY, data JSONB);
INSERT INTO t VALUES
    (1, '{"name": "Ann", "tags": ["rope", "sea"], "size": {"width": 2.50, "height": null}}'),
    (2, '{"name": "Ben", "tags": []}'),
    (3, '["rope", 1, null]'),
    (4, '"rope"'),
    (5, 'null'),
    (6, NULL);
SELECT id FROM t WHERE data @> '{"tags": ["sea"]}';
SELECT id FROM t WHERE data @> '{"size": {"width": 2.5}}';
SELECT id FROM t WHERE data @> '{"size": {"height": null}}';
SELECT id, data @> '{}' AS an_object, data @> '[]' AS an_array, data @> '"rope"' AS a_rope FROM t ORDER BY id;
SELECT id FROM t WHERE '{"name": "Ben"}' <@ data;
SELECT id, data ? 'name' AS has_name, data ? 'rope' AS has_rope FROM t ORDER BY id;
SELECT id FROM t WHERE data ?| ARRAY['nothing', 'size'];
SELECT id FROM t WHERE data ?& '{name,tags}' ORDER BY id;
SELECT id FROM t WHERE data ?& ARRAY['name', 'size'];
SELECT id FROM t WHERE NOT data ? 'name' ORDER BY id;
SELECT '{"a": 1}'::jsonb ? NULL, NULL::jsonb @> '{}';

-- Elements in any order and number; an array inside an array is compared as such.
SELECT '[1, 2, [1, 3]]'::jsonb @> '[1, 1, 2]', '[1, 2, [1, 3]]'::jsonb @> '[1, 3]', '[1, 2, [1, 3]]'::jsonb @> '[[3]]';
SELECT '"rope"'::jsonb @> '["rope"]', '["rope"]'::jsonb @> '"rope"', '1e2'::jsonb @> '100.00', '{"a": {"b": 1}}'::jsonb @> '{"b": 1}';

-- Arrays have operators of the same names.
SELECT ARRAY[1, 2] @> ARRAY[1], ARRAY[3] <@ ARRAY[1, 2];

-- A json is not compared.
-- differs: the error's words
SELECT '{"a": 1}'::json @> '{}';
-- differs: the error's words
SELECT '{"a": 1}'::json ? 'a';
SELECT '{"a": 1}'::jsonb @> '{"a"';
