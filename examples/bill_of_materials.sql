-- Shows a bill of materials: components made of components, two foreign keys to one table, and a CHECK against the shortest cycle.

CREATE TABLE component (
    component_id   INTEGER PRIMARY KEY,
    component_name VARCHAR(100) NOT NULL,
    unit_cost      NUMERIC(10,2) NOT NULL
);

CREATE TABLE assembly (
    parent_component_id INTEGER,
    child_component_id  INTEGER,
    quantity            INTEGER NOT NULL,
    PRIMARY KEY (parent_component_id, child_component_id),
    FOREIGN KEY (parent_component_id) REFERENCES component (component_id),
    FOREIGN KEY (child_component_id) REFERENCES component (component_id),
    CONSTRAINT assembly_not_of_itself CHECK (parent_component_id <> child_component_id)
);

INSERT INTO component VALUES (1, 'Bicycle', 0), (2, 'Wheel', 5.00), (3, 'Spoke', 0.20), (4, 'Frame', 80.00);
INSERT INTO assembly VALUES (1, 2, 2), (1, 4, 1), (2, 3, 36);

INSERT INTO assembly VALUES (3, 3, 1);
INSERT INTO assembly VALUES (1, 9, 1);
-- Held as a part, and held as an assembly.
DELETE FROM component WHERE component_id = 3;
DELETE FROM component WHERE component_id = 1;

WITH RECURSIVE parts AS (
    SELECT component_id, 1 AS quantity FROM component WHERE component_id = 1
    UNION ALL
    SELECT a.child_component_id, p.quantity * a.quantity
    FROM assembly a JOIN parts p ON a.parent_component_id = p.component_id
)
SELECT c.component_name, sum(p.quantity) AS pieces, sum(p.quantity * c.unit_cost) AS cost
FROM parts p JOIN component c ON c.component_id = p.component_id
GROUP BY c.component_name ORDER BY c.component_name;
