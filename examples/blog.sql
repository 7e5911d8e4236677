-- Shows a blog: authors own their posts, categories may go, and comments form threads that reference themselves.

CREATE TABLE users (id SERIAL PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE);
CREATE TABLE categories (id SERIAL PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE);
CREATE TABLE posts (
    id          SERIAL PRIMARY KEY,
    title       VARCHAR(200) NOT NULL,
    author_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    category_id INTEGER REFERENCES categories (id) ON DELETE SET NULL
);
CREATE TABLE comments (
    id        SERIAL PRIMARY KEY,
    post_id   INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    author_id INTEGER REFERENCES users (id) ON DELETE SET NULL,
    parent_id INTEGER REFERENCES comments (id) ON DELETE CASCADE,
    body      TEXT NOT NULL
);

INSERT INTO users (name) VALUES ('Ann'), ('Ben'), ('Cid');
INSERT INTO categories (name) VALUES ('Sailing'), ('Knots');
INSERT INTO posts (title, author_id, category_id) VALUES
    ('The king of knots', 1, 2), ('Reefing early', 2, 1), ('Why rope frays', 1, NULL)
RETURNING id, title;
INSERT INTO comments (post_id, author_id, parent_id, body) VALUES
    (1, 2, NULL, 'A bowline, surely?'), (1, 1, 1, 'Of course.'), (1, 3, 2, 'Not a reef knot.'), (2, 1, NULL, 'Wise.');

SELECT p.title, u.name AS author, c.name AS category
FROM posts p JOIN users u ON u.id = p.author_id LEFT JOIN categories c ON c.id = p.category_id
ORDER BY p.id;

-- A category goes: its posts stay.
DELETE FROM categories WHERE name = 'Knots';
-- A user goes: the comments stay, without an author; the posts would go too, but Cid has none.
DELETE FROM users WHERE name = 'Cid';
SELECT id, post_id, author_id, parent_id FROM comments ORDER BY id;
-- A comment goes, and the thread below it.
DELETE FROM comments WHERE id = 2;
-- An author goes, with posts, and the comments on them.
DELETE FROM users WHERE name = 'Ann';
SELECT id, title, author_id, category_id FROM posts ORDER BY id;
SELECT id, post_id, author_id, parent_id, body FROM comments ORDER BY id;

INSERT INTO posts (title, author_id) VALUES ('Written by nobody', 1);
