-- Shows UPDATE: expressions over the row as it was, subqueries, FROM, DEFAULT and RETURNING.

CREATE TABLE dept (id INTEGER PRIMARY KEY, name TEXT UNIQUE, budget INTEGER DEFAULT 100);
CREATE TABLE emp (id INTEGER PRIMARY KEY, name TEXT NOT NULL, dept_id INTEGER REFERENCES dept, pay INTEGER, bonus INTEGER);
INSERT INTO dept VALUES (1, 'Sales', 500), (2, 'Research', 800), (3, 'Empty', NULL);
INSERT INTO emp VALUES (10, 'Ann', 1, 50, 5), (11, 'Ben', 1, 60, 6), (12, 'Cid', 2, 70, 7), (13, 'Dee', NULL, 80, NULL);

UPDATE emp SET pay = pay + 1, bonus = pay WHERE dept_id = 1 RETURNING id, pay, bonus;
UPDATE emp SET pay = bonus, bonus = pay WHERE id = 12 RETURNING id, pay, bonus;
UPDATE emp SET (pay, bonus) = (1, 2) WHERE id = 13 RETURNING id, pay, bonus;
UPDATE dept SET budget = (SELECT sum(pay) FROM emp WHERE emp.dept_id = dept.id);
SELECT id, budget FROM dept ORDER BY id;
UPDATE dept SET budget = DEFAULT WHERE id = 3 RETURNING id, budget;
UPDATE emp SET pay = d.budget FROM dept d WHERE d.id = emp.dept_id AND d.name = 'Sales' RETURNING emp.id, pay, d.name;
UPDATE emp SET bonus = bonus FROM dept d WHERE d.id = emp.dept_id AND emp.id = 12 RETURNING *, d.budget + emp.bonus AS both_of_them;
UPDATE emp SET bonus = bonus FROM dept d WHERE d.id = emp.dept_id AND emp.id = 12 RETURNING 1 AS one;
UPDATE emp e SET name = upper(e.name) WHERE e.dept_id IN (SELECT id FROM dept WHERE name = 'Research') RETURNING e.name;
UPDATE emp SET pay = 0 WHERE false;
SELECT id, name, dept_id, pay, bonus FROM emp ORDER BY id;

-- Refused.
UPDATE emp SET dept_id = 9 WHERE id = 10;
UPDATE emp SET name = NULL WHERE id = 10;
UPDATE emp SET id = 11 WHERE id = 10;
UPDATE emp SET id = 1;
UPDATE emp SET nothing = 1;
UPDATE emp SET pay = 'much';
UPDATE emp SET pay = 1, pay = 2;
UPDATE nowhere SET a = 1;
UPDATE dept SET id = 5 WHERE id = 1;
SELECT id, name, dept_id, pay, bonus FROM emp ORDER BY id;
