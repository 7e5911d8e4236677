-- Shows JSON made of values and of rows.

SELECT to_json(1), to_json(1.50), to_json(true), to_json('a "b"'::text), to_json(NULL::integer), to_jsonb('x'::text);
SELECT to_json(DATE '2026-02-28'), to_json(TIMESTAMP '2026-02-28 01:02:03.5'), to_json(TIMESTAMPTZ '2026-02-28 01:02:03+00');
SELECT json_build_array(1, 'x', NULL, true, '{"a": 1}'::json), json_build_array();
SELECT json_build_object('a', 1, 'b', '[1, 2]'::jsonb, 'c', ARRAY['x', 'y'], 'd', 2.50), json_build_object();
SELECT jsonb_build_object('bb', 1, 'a', '{"z":1,"y":2}'::json), jsonb_build_array(1, '{"b":1,"a":2}'::json);
SELECT json_build_object('a');
SELECT json_build_object(NULL, 1);

CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, data JSONB);
CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, user_id INTEGER REFERENCES users);
INSERT INTO users VALUES (1, 'Ann', '{"k": [1]}'), (2, 'Ben', NULL);
INSERT INTO posts VALUES (10, 'Knots', 1), (11, NULL, 1);
SELECT json_agg(id ORDER BY id DESC), jsonb_agg(name ORDER BY id), json_agg(data ORDER BY id) FROM users;
SELECT json_agg(id) FILTER (WHERE id > 5), coalesce(json_agg(id) FILTER (WHERE id > 5), '[]'::json) FROM users;
SELECT json_object_agg(name, id ORDER BY id), jsonb_object_agg(name, data ORDER BY id) FROM users;
-- The rows that refer to each row, as mappers ask for them.
SELECT u.id, p.data AS posts FROM users u LEFT JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_array(p.id, p.title) ORDER BY p.id), '[]'::json) AS data FROM posts p WHERE p.user_id = u.id
    ) p ON true ORDER BY u.id;
SELECT u.name, (SELECT json_agg(json_build_object('title', p.title) ORDER BY p.id) FROM posts p WHERE p.user_id = u.id) AS posts
    FROM users u ORDER BY u.id;
