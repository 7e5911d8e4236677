-- JSON made of values, and what is asked of JSON.
SELECT json_build_array(1, 'a', NULL, true, 1.5, ARRAY[1, 2]), json_build_object('a', 1, 'b', 'x"y', 'c', NULL, 'd', '{"e":1}'::json), json_build_array();
SELECT json_build_object('a');
SELECT json_build_object(NULL, 1);
SELECT to_json('x'::text), to_json(1), to_json(date '2024-05-05'), to_json(timestamp '2024-05-05 10:00:00.5'), to_json(timestamptz '2024-05-05 10:00:00+00'), to_json(ARRAY['a', 'b']), to_json('{"a": 1}'::json), to_json('NaN'::float8);
SELECT row_to_json(ROW(1, 'a'));
SELECT json_array_length('[1,[2,3],{}]'::json), json_array_length('[]'), json_typeof('1'::json), json_typeof('{}'::json), json_typeof('[]'::json), json_typeof('"x"'::json), json_typeof('true'::json), json_typeof('null'::json);
SELECT json_array_length('{}'::json);
SELECT json_extract_path_text('{"a":{"b":1}}'::json, 'a', 'b'), json_extract_path('{"a":[10,20]}'::json, 'a', '1');
SELECT json_object('{a,1,b,NULL}'::text[]);
SELECT jsonb_build_object('bb', 1, 'a', 2), to_jsonb(1.50), jsonb_build_array(1, '{"b":1,"a":2}'::jsonb), jsonb_typeof('[]'::jsonb), jsonb_array_length('[1]'::jsonb);

SELECT '{"a": 1}'::jsonb || '{"b":2,"a":3}', '[1]'::jsonb || '2', '{}'::jsonb || '{}'::jsonb, '{"a":1}'::jsonb || '[2]'::jsonb, 'x' || '{"a":1}';

CREATE TABLE pets (id integer PRIMARY KEY, kind text, name text, born date, data jsonb);
INSERT INTO pets VALUES (1, 'cat', 'Tom', '2020-01-02', '{"legs": 4}'), (2, 'cat', NULL, NULL, NULL), (3, 'bird', 'Tweety', '2021-03-04', '[1]');
SELECT kind, json_agg(name ORDER BY id), json_agg(data ORDER BY id), json_object_agg(id, name ORDER BY id) FROM pets GROUP BY kind ORDER BY kind;
SELECT json_agg(name) FILTER (WHERE id > 5), jsonb_agg(born ORDER BY id) FROM pets;
SELECT json_agg(json_build_object('id', id, 'name', name) ORDER BY id DESC) FROM pets;
SELECT jsonb_object_agg(id, kind ORDER BY id) FROM pets;
SELECT json_object_agg(name, id ORDER BY id) FROM pets;
SELECT json_agg(x ORDER BY x) FROM (VALUES (ARRAY[1, 2]), (ARRAY[3])) t (x);
