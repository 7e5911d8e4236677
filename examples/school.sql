-- Shows a school: students and courses joined many-to-many by enrolments with grades, and the four operations that would break it.

CREATE TABLE students (
    student_id SERIAL PRIMARY KEY,
    name       VARCHAR(100) NOT NULL,
    email      VARCHAR(255) NOT NULL UNIQUE
);

CREATE TABLE courses (
    course_id VARCHAR(10) PRIMARY KEY,
    title     VARCHAR(100) NOT NULL,
    credits   SMALLINT NOT NULL CHECK (credits BETWEEN 1 AND 12)
);

CREATE TABLE enrolments (
    student_id  INTEGER NOT NULL REFERENCES students (student_id),
    course_id   VARCHAR(10) NOT NULL REFERENCES courses (course_id),
    enrolled_on DATE NOT NULL,
    PRIMARY KEY (student_id, course_id)
);

CREATE TABLE grades (
    student_id INTEGER,
    course_id  VARCHAR(10),
    exam       SMALLINT,
    grade      CHAR(2) NOT NULL,
    PRIMARY KEY (student_id, course_id, exam),
    FOREIGN KEY (student_id, course_id) REFERENCES enrolments ON DELETE CASCADE
);

INSERT INTO students (name, email) VALUES
    ('Alice', 'alice@school.example'), ('Bob', 'bob@school.example'), ('Carol', 'carol@school.example')
RETURNING student_id, name;
INSERT INTO courses VALUES ('CS101', 'Introduction to Computing', 6), ('MATH200', 'Linear Algebra', 8), ('ART1', 'Drawing', 3);
INSERT INTO enrolments VALUES
    (1, 'CS101', '2026-09-01'), (1, 'MATH200', '2026-09-01'), (2, 'CS101', '2026-09-02'), (3, 'MATH200', '2026-09-03');
INSERT INTO grades VALUES (1, 'CS101', 1, 'A'), (1, 'CS101', 2, 'A-'), (2, 'CS101', 1, 'B+');

-- The four operations that can break referential integrity, each refused.
-- 1. INSERT of a referencing row: there is no student 9999.
INSERT INTO enrolments VALUES (9999, 'CS101', '2026-09-04');
-- 2. UPDATE of a referencing column: there is no course CS999.
UPDATE enrolments SET course_id = 'CS999' WHERE student_id = 3;
-- 3. DELETE of a referenced row: Alice is enrolled.
DELETE FROM students WHERE student_id = 1;
-- 4. UPDATE of a referenced key: CS101 has students.
UPDATE courses SET course_id = 'CS100' WHERE course_id = 'CS101';

-- Entity integrity: a key is unique and never NULL.
INSERT INTO courses VALUES ('ART1', 'Painting', 3);
INSERT INTO enrolments VALUES (NULL, 'ART1', '2026-09-05');

-- A student without enrolments can go; so can one whose enrolments went first.
DELETE FROM enrolments WHERE student_id = 2;
DELETE FROM students WHERE student_id = 2;

-- Who takes what, with the grades.
SELECT s.name, c.title, g.exam, g.grade
FROM students s
JOIN enrolments e ON e.student_id = s.student_id
JOIN courses c ON c.course_id = e.course_id
LEFT JOIN grades g ON g.student_id = e.student_id AND g.course_id = e.course_id
ORDER BY s.name, c.title, g.exam;

SELECT c.course_id, count(e.student_id) AS students
FROM courses c LEFT JOIN enrolments e ON e.course_id = c.course_id
GROUP BY c.course_id ORDER BY c.course_id;
