-- Shows a hierarchy in one table: employees and their managers, kept when a manager leaves (SET NULL), walked by WITH RECURSIVE.

CREATE TABLE employee (
    employee_id INTEGER PRIMARY KEY,
    name        VARCHAR(100) NOT NULL,
    title       VARCHAR(100) NOT NULL,
    manager_id  INTEGER,
    CONSTRAINT fk_employee_manager FOREIGN KEY (manager_id) REFERENCES employee (employee_id) ON DELETE SET NULL
);

-- Rows of one statement may reference each other in any order.
INSERT INTO employee (employee_id, name, title, manager_id) VALUES
    (6, 'Frank Lee', 'Sales Manager', 3),
    (4, 'David Brown', 'Senior Engineer', 2),
    (5, 'Eve Wilson', 'Engineer', 2),
    (2, 'Bob Smith', 'VP Engineering', 1),
    (3, 'Carol Jones', 'VP Sales', 1),
    (1, 'Alice Chen', 'CEO', NULL);

INSERT INTO employee VALUES (7, 'Grace Kim', 'Engineer', 70);

SELECT e.name AS employee, e.title, m.name AS manager
FROM employee e LEFT JOIN employee m ON e.manager_id = m.employee_id
ORDER BY e.employee_id;

WITH RECURSIVE tree AS (
    SELECT employee_id, name, 0 AS depth FROM employee WHERE manager_id IS NULL
    UNION ALL
    SELECT e.employee_id, e.name, t.depth + 1 FROM employee e JOIN tree t ON e.manager_id = t.employee_id
)
SELECT depth, employee_id, name FROM tree ORDER BY depth, employee_id;

-- A manager leaves; the reports stay, without a manager.
DELETE FROM employee WHERE employee_id = 2;
SELECT employee_id, name, manager_id FROM employee ORDER BY employee_id;

-- A manager cannot be changed to somebody who is not there.
UPDATE employee SET manager_id = 2 WHERE employee_id = 6;
