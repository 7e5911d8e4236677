-- Shows foreign keys of several columns: to a composite primary key, with the referenced columns left out, and in another column order.

CREATE TABLE course (
    department_code VARCHAR(10),
    course_number   INTEGER,
    course_name     VARCHAR(100) NOT NULL,
    PRIMARY KEY (department_code, course_number)
);

CREATE TABLE section (
    section_id      INTEGER PRIMARY KEY,
    department_code VARCHAR(10) NOT NULL,
    course_number   INTEGER NOT NULL,
    semester        VARCHAR(20) NOT NULL,
    CONSTRAINT fk_section_course FOREIGN KEY (department_code, course_number)
        REFERENCES course (department_code, course_number)
);

CREATE TABLE invoice (
    invoice_id  INTEGER,
    ref_num     INTEGER,
    description VARCHAR(60) NOT NULL,
    PRIMARY KEY (invoice_id, ref_num)
);

-- The pairs are written the other way round: ref_num pairs with ref_num all the same.
CREATE TABLE invoice_item (
    item_id    INTEGER PRIMARY KEY,
    item_name  VARCHAR(60) NOT NULL,
    invoice_id INTEGER,
    ref_num    INTEGER,
    FOREIGN KEY (ref_num, invoice_id) REFERENCES invoice (ref_num, invoice_id) ON DELETE CASCADE ON UPDATE CASCADE
);

INSERT INTO course VALUES ('CS', 101, 'Programming'), ('CS', 102, 'Algorithms'), ('MATH', 101, 'Analysis');
INSERT INTO section VALUES (1, 'CS', 101, 'Spring'), (2, 'MATH', 101, 'Spring');
-- Each half is there, the pair is not.
INSERT INTO section VALUES (3, 'MATH', 102, 'Autumn');
UPDATE section SET course_number = 102 WHERE section_id = 1;
DELETE FROM course WHERE department_code = 'CS';
DELETE FROM course WHERE department_code = 'CS' AND course_number = 101;
SELECT section_id, department_code, course_number FROM section ORDER BY section_id;

INSERT INTO invoice VALUES (1, 10, 'January'), (1, 11, 'January, corrected'), (2, 10, 'February');
INSERT INTO invoice_item VALUES (1, 'Paper', 1, 10), (2, 'Ink', 1, 11), (3, 'Pens', 2, 10);
-- MATCH SIMPLE: a NULL in any of the columns means there is no reference.
INSERT INTO invoice_item VALUES (4, 'Stamps', 7, NULL);
INSERT INTO invoice_item VALUES (5, 'Glue', 7, 10);
UPDATE invoice SET ref_num = 12 WHERE invoice_id = 1 AND ref_num = 11;
DELETE FROM invoice WHERE invoice_id = 2;
SELECT item_id, item_name, invoice_id, ref_num FROM invoice_item ORDER BY item_id;

-- What is referenced must be a whole candidate key.
CREATE TABLE payment (payment_id INTEGER PRIMARY KEY, invoice_id INTEGER REFERENCES invoice (invoice_id));
CREATE TABLE payment (payment_id INTEGER PRIMARY KEY, invoice_id INTEGER REFERENCES invoice);
