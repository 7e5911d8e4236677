-- Shows a hierarchy that is deleted from the top: removing a category removes its subcategories (CASCADE).

CREATE TABLE category (
    category_id        INTEGER PRIMARY KEY,
    category_name      VARCHAR(100) NOT NULL,
    parent_category_id INTEGER,
    CONSTRAINT fk_category_parent FOREIGN KEY (parent_category_id) REFERENCES category (category_id) ON DELETE CASCADE
);

INSERT INTO category VALUES
    (1, 'Electronics', NULL), (2, 'Computers', 1), (3, 'Laptops', 2), (4, 'Desktops', 2), (5, 'Phones', 1), (6, 'Books', NULL);

WITH RECURSIVE path AS (
    SELECT category_id, CAST(category_name AS TEXT) AS path FROM category WHERE parent_category_id IS NULL
    UNION ALL
    SELECT c.category_id, p.path || ' > ' || c.category_name
    FROM category c JOIN path p ON c.parent_category_id = p.category_id
)
SELECT path FROM path ORDER BY path;

DELETE FROM category WHERE category_id = 2;
SELECT category_id, category_name, parent_category_id FROM category ORDER BY category_id;

DELETE FROM category WHERE category_id = 1;
SELECT category_id, category_name, parent_category_id FROM category ORDER BY category_id;
