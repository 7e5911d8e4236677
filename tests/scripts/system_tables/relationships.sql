-- Shows bowline.relationships: each foreign key with its cardinality, rules and whether it is mandatory.
-- bowline only: a table of its own.

CREATE TABLE student (id INTEGER PRIMARY KEY, mentor INTEGER CONSTRAINT fk_mentor REFERENCES student ON DELETE SET NULL);
CREATE TABLE course (id INTEGER PRIMARY KEY);
CREATE TABLE enrolment (
    student INTEGER CONSTRAINT fk_enrolment_student REFERENCES student ON DELETE CASCADE,
    course INTEGER CONSTRAINT fk_enrolment_course REFERENCES course ON UPDATE CASCADE,
    PRIMARY KEY (student, course)
);
CREATE TABLE locker (id INTEGER PRIMARY KEY, student INTEGER UNIQUE CONSTRAINT fk_locker REFERENCES student);
CREATE TABLE profile (student INTEGER PRIMARY KEY CONSTRAINT fk_profile REFERENCES student ON DELETE CASCADE);
CREATE TABLE fine (id INTEGER PRIMARY KEY, student INTEGER NOT NULL CONSTRAINT fk_fine REFERENCES student ON DELETE RESTRICT);
CREATE TABLE grade (
    student INTEGER, course INTEGER, n INTEGER, grade TEXT, PRIMARY KEY (student, course, n),
    CONSTRAINT fk_grade FOREIGN KEY (student, course) REFERENCES enrolment ON DELETE CASCADE
);
SELECT * FROM bowline.relationships ORDER BY constraint_name;
SELECT cardinality, count(*) FROM bowline.relationships GROUP BY cardinality ORDER BY cardinality;
INSERT INTO bowline.relationships SELECT * FROM bowline.relationships;
DELETE FROM bowline.relationships;
DROP TABLE bowline.relationships;
CREATE TABLE bowline.mine (id INTEGER);
