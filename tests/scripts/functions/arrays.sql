-- Functions and operators of arrays.
SELECT array_remove(ARRAY[1, 2, 3, 2], 2), array_replace(ARRAY[1, 2, 1], 1, 3), array_remove(ARRAY['a', NULL, 'b'], NULL);
SELECT array_dims(ARRAY[[1, 2], [3, 4]]), array_dims(ARRAY[1, 2, 3]), array_dims(ARRAY[]::integer[]), array_dims(NULL::integer[]);
SELECT trim_array(ARRAY[1, 2, 3], 2), trim_array(ARRAY['a', 'b'], 0);
SELECT trim_array(ARRAY[1, 2, 3], 4);
SELECT cardinality(ARRAY[1, 2]), array_length(ARRAY[1, 2, 3], 1), array_ndims(ARRAY[[1]]), array_position(ARRAY['a', 'b'], 'b'), array_positions(ARRAY['A', 'A', 'B'], 'A');
SELECT ARRAY[1, 2] && ARRAY[2, 3], ARRAY[1, 2] && ARRAY[3], ARRAY['a'] && ARRAY['b', 'a'];

SELECT id, array_remove(list, 2), array_replace(list, 2, 5), trim_array(list, 0), array_dims(list), cardinality(list), array_length(list, 1), list && ARRAY[3, 4] FROM (VALUES (1, '{1,2,3,2}'::integer[]), (2, '{}'::integer[]), (3, NULL), (4, ARRAY[2])) t (id, list) ORDER BY id;
SELECT array_remove(list, 2) FROM (VALUES (1, '{1,2,3,2}'::integer[]), (2, '{2,2,1}'::integer[]), (4, ARRAY[2])) t (id, list) WHERE id > 1 ORDER BY id;
SELECT array_remove(ARRAY[1, 2], NULL), array_replace(ARRAY[1, NULL], NULL, 2), array_length(ARRAY[]::integer[], 1), array_ndims(ARRAY[]::integer[]);
SELECT ARRAY(SELECT 1 UNION SELECT 3 UNION SELECT 2 ORDER BY 1 DESC), ARRAY(SELECT DISTINCT x FROM (VALUES (2), (1), (2)) t (x) ORDER BY x);
SELECT pg_typeof(cardinality(ARRAY[1])), pg_typeof(array_position(ARRAY[1], 1)), pg_typeof(array_length(ARRAY[1], 1)), pg_typeof(ARRAY[1.5]), pg_typeof(ARRAY['a']);
