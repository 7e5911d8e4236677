-- Shows foreign keys in a circle that are judged at commit: rows that need each other are inserted and deleted in any order.

CREATE TABLE department (
    id      INTEGER PRIMARY KEY,
    manager INTEGER NOT NULL
);
CREATE TABLE employee (
    id         INTEGER PRIMARY KEY,
    department INTEGER NOT NULL CONSTRAINT employee_department REFERENCES department DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE department ADD CONSTRAINT department_manager FOREIGN KEY (manager) REFERENCES employee DEFERRABLE INITIALLY DEFERRED;

-- Alone, a statement is judged at its end.
INSERT INTO department VALUES (1, 10);
BEGIN;
INSERT INTO department VALUES (1, 10);
INSERT INTO employee VALUES (10, 1), (11, 1);
COMMIT;
SELECT * FROM department;
SELECT * FROM employee ORDER BY id;

-- What is missing at commit refuses the whole transaction.
BEGIN;
INSERT INTO department VALUES (2, 20);
INSERT INTO employee VALUES (21, 3), (22, 2);
SELECT count(*) FROM employee;
COMMIT;
SELECT count(*) FROM employee;

-- A new manager in place of the old one.
BEGIN;
DELETE FROM employee WHERE id = 10;
UPDATE department SET manager = 11 WHERE id = 1;
COMMIT;
BEGIN;
DELETE FROM employee WHERE id = 11;
DELETE FROM department WHERE id = 1;
COMMIT;
SELECT count(*) FROM department;
