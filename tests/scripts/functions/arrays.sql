-- Functions and operators of arrays.
SELECT array_remove(ARRAY[1, 2, 3, 2], 2), array_replace(ARRAY[1, 2, 1], 1, 3), array_remove(ARRAY['a', NULL, 'b'], NULL);
SELECT array_dims(ARRAY[[1, 2], [3, 4]]), array_dims(ARRAY[1, 2, 3]), array_dims(ARRAY[]::integer[]), array_dims(NULL::integer[]);
SELECT trim_array(ARRAY[1, 2, 3], 2), trim_array(ARRAY['a', 'b'], 0);
SELECT trim_array(ARRAY[1, 2, 3], 4);
SELECT cardinality(ARRAY[1, 2]), array_length(ARRAY[1, 2, 3], 1), array_ndims(ARRAY[[1]]), array_position(ARRAY['a', 'b'], 'b'), array_positions(ARRAY['A', 'A', 'B'], 'A');
SELECT ARRAY[1, 2] && ARRAY[2, 3], ARRAY[1, 2] && ARRAY[3], ARRAY['a'] && ARRAY['b', 'a'];

CREATE TABLE lists (id integer PRIMARY KEY, list integer[]);
INSERT INTO lists VALUES (1, '{1,2,3,2}'), (2, '{}'), (3, NULL), (4, '{2}');
SELECT id, array_remove(list, 2), trim_array(list, 0), array_dims(list), cardinality(list), list && ARRAY[3, 4] FROM lists ORDER BY id;
SELECT pg_typeof(cardinality(ARRAY[1])), pg_typeof(array_position(ARRAY[1], 1)), pg_typeof(array_append(ARRAY[1], 2));
