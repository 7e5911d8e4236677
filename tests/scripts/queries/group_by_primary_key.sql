-- Columns that the primary key of a GROUP BY determines may stand beside it without being named in it.
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL, code text UNIQUE);
CREATE TABLE posts (id integer PRIMARY KEY, tag_id integer REFERENCES tags, words integer);
CREATE TABLE later (id integer PRIMARY KEY DEFERRABLE, name text);
INSERT INTO tags VALUES (1, 'rope', 'r'), (2, 'knot', 'k'), (3, 'bend', 'b');
INSERT INTO posts VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5);
SELECT t.id, t.name, count(p.id) AS posts FROM tags t LEFT JOIN posts p ON p.tag_id = t.id GROUP BY t.id ORDER BY t.name;
SELECT t.name, sum(p.words) AS words FROM tags t JOIN posts p ON p.tag_id = t.id GROUP BY t.id HAVING count(*) > 1;
SELECT upper(t.name) AS name, t.code FROM tags t GROUP BY t.id ORDER BY t.code;
SELECT t.name, p.words FROM posts p JOIN tags t ON p.tag_id = t.id GROUP BY p.id, t.id ORDER BY p.words;
-- A unique column determines nothing, for it may be NULL; nor does a key that is judged at commit.
SELECT name FROM tags GROUP BY code;
SELECT name FROM later GROUP BY id;
SELECT t.name FROM tags t JOIN posts p ON p.tag_id = t.id GROUP BY p.id;
