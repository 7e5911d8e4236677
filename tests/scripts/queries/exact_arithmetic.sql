-- Shows that numbers which do not fit are refused, and that a cast to an integer rounds.

CREATE TABLE n (s SMALLINT, i INTEGER, b BIGINT, d NUMERIC(10,2), f DOUBLE PRECISION);
INSERT INTO n VALUES (32767, 2147483647, 9223372036854775807, 2.50, 2.5);
SELECT b + 1 FROM n;
SELECT b - -1 FROM n;
SELECT b * 2 FROM n;
SELECT i + i FROM n;
SELECT i * i FROM n;
SELECT s + s FROM n;
SELECT -b - 2 FROM n;
SELECT 9223372036854775807 + 1;
UPDATE n SET b = b + 1;
INSERT INTO n (b) SELECT b * b FROM n;
SELECT b - 1 AS b, i - 1 AS i, i::bigint + 1 AS wide, s::integer + 1 AS s FROM n;
SELECT sum(i - 1) AS total, count(*) AS count FROM n WHERE i - 1 > 0 GROUP BY i - 1 ORDER BY i - 1;
SELECT i FROM n WHERE i = 2147483646 + 1;

SELECT 1.5::int AS a, 2.5::int AS b, -1.5::int AS c, 1.4999::bigint AS d, -0.5::smallint AS e;
SELECT d::int AS numeric, f::int AS double, (f + 1)::int AS even, (-f)::int AS below FROM n;
SELECT CAST(1.5 + 1 AS integer) AS a, (3.7::double precision)::bigint AS b, '7'::int AS c;
SELECT 3000000000.4::int;
SELECT 1e20::bigint;
SELECT NULL::numeric::int IS NULL AS nothing;

CREATE TABLE c (a INTEGER CHECK (a + 1 > a), b INTEGER DEFAULT 2.5::int, g INTEGER GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO c (a) VALUES (7) RETURNING a, b, g;
INSERT INTO c (a) VALUES (2147483647);
