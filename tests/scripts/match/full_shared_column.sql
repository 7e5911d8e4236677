-- Shows a MATCH FULL key that shares a column with another key: what the other key's action writes into that column may leave
-- the FULL key partly NULL, which is refused, whatever the action.

CREATE TABLE tenant (id INTEGER PRIMARY KEY);
CREATE TABLE project (tenant_id INTEGER, id INTEGER, PRIMARY KEY (tenant_id, id));
INSERT INTO tenant VALUES (1), (2), (3);
INSERT INTO project VALUES (1, 10), (2, 10), (3, 10);

CREATE TABLE task_null (
    id INTEGER PRIMARY KEY, tenant_id INTEGER CONSTRAINT fk_tenant_null REFERENCES tenant ON DELETE SET NULL ON UPDATE SET NULL, project_id INTEGER,
    CONSTRAINT fk_project_null FOREIGN KEY (tenant_id, project_id) REFERENCES project MATCH FULL ON DELETE SET NULL ON UPDATE SET NULL
);
INSERT INTO task_null VALUES (1, 1, 10), (2, NULL, NULL);
DELETE FROM tenant WHERE id = 1;
UPDATE tenant SET id = 9 WHERE id = 1;
-- Both keys set NULL: the FULL key is NULL as a whole.
DELETE FROM project WHERE tenant_id = 1;
SELECT * FROM task_null ORDER BY id;
DELETE FROM tenant WHERE id = 1;
DROP TABLE task_null;

CREATE TABLE task_default (
    id INTEGER PRIMARY KEY, tenant_id INTEGER DEFAULT NULL CONSTRAINT fk_tenant_default REFERENCES tenant ON DELETE SET DEFAULT ON UPDATE SET DEFAULT, project_id INTEGER,
    CONSTRAINT fk_project_default FOREIGN KEY (tenant_id, project_id) REFERENCES project MATCH FULL ON DELETE SET DEFAULT ON UPDATE SET DEFAULT
);
INSERT INTO task_default VALUES (1, 2, 10);
DELETE FROM tenant WHERE id = 2;
UPDATE tenant SET id = 9 WHERE id = 2;
DELETE FROM project WHERE tenant_id = 2;
SELECT * FROM task_default;
DROP TABLE task_default;

-- A UNIQUE key may hold NULL, which CASCADE then writes into one column.
CREATE TABLE plan (tenant_id INTEGER, id INTEGER, UNIQUE (tenant_id, id));
CREATE TABLE step (
    id INTEGER PRIMARY KEY, tenant_id INTEGER, plan_id INTEGER,
    CONSTRAINT fk_plan FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id) MATCH FULL ON UPDATE CASCADE
);
INSERT INTO plan VALUES (3, 10);
INSERT INTO step VALUES (1, 3, 10);
UPDATE plan SET id = NULL;
UPDATE plan SET tenant_id = NULL, id = NULL;
SELECT * FROM step;
