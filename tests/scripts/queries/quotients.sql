-- Shows the digits of quotients of numerics: at least 16 that are significant, the last one rounded, and no zeros after them.

SELECT 1.0 / 3 AS a, 100.0 / 3 AS b, 0.001 / 7 AS c, 1e-6 / 7 AS d, -2 / 3.0 AS e, 12345678901234567890.123 / -7.13 AS f;
SELECT 10 / 4.0 = 2.5 AS exact, 5.02797279921331664759 / 0.71828182845904523537 = 7 AS digits,
       30000000000000000000000000000000000000.0 / 10000000000000000000000000000000000000 = 3 AS large,
       0.00000000000049382716 / nullif(0.00000000000012345679, 0) = 4 AS small;

CREATE TABLE t (id INTEGER PRIMARY KEY, n NUMERIC(10,2), u NUMERIC, i INTEGER, b BIGINT, f DOUBLE PRECISION);
INSERT INTO t VALUES (1, 10.40, 1.1, 3, 7, 0.5), (2, -7.01, 1234567890123456789.123, 3, 13, 2), (3, NULL, 3, 1, 1, 1);
SELECT id, n / i AS i, n / b AS b, n / u AS u, i / n AS n, n / f AS f FROM t ORDER BY id;

-- A cast to NUMERIC takes no digits away.
SELECT (1 / 3.0)::numeric AS q, 0.00000000000012345679::numeric AS n, CAST(u AS numeric) / 7 AS u, i::numeric / 7 AS i, (f / 3)::numeric(20,10) AS f
FROM t ORDER BY id;

-- What is computed of quotients is computed of all their digits.
SELECT id, n / i / b AS again, (n / i) * (n / b) AS times, n / i + 1 AS plus, n / i - u AS minus, -(n / i) AS minus FROM t WHERE id < 3 ORDER BY id;
SELECT 1 / 3.0 * 3 AS most, 2 / 3.0 * 3 AS more;
SELECT sum(n / b) AS sum, min(n / i) AS min, max(n / i) AS max, sum(n) / 7 AS mean FROM t;
SELECT sum(n / b) OVER (ORDER BY id) AS running FROM t ORDER BY id;
SELECT round(n / i, 2) AS two, round(n / i) AS whole, trunc(n / i) AS cut, ceil(n / i) AS up, floor(n / i) AS down, abs(n / i) AS positive
FROM t WHERE id < 3 ORDER BY id;
SELECT (n / i)::numeric(10,3) AS three, (n / i)::double precision AS float, (n / i)::integer AS int, (n / i)::text AS text, 'q' || n / i AS joined,
       pg_typeof(n / i) AS type
FROM t WHERE id < 3 ORDER BY id;
SELECT id FROM t WHERE n / i > 3 OR n / i = 12 ORDER BY id;
SELECT n / i AS q, count(*) FROM t GROUP BY n / i ORDER BY n / i;
SELECT a.id, b.id FROM t a JOIN t b ON a.n / a.i = b.n / b.i;
SELECT coalesce(n / i, 0.5) AS c, CASE WHEN id = 1 THEN n / i ELSE n END AS w, greatest(n / i, -1.5) AS g FROM t ORDER BY id;
SELECT array_agg(n / i ORDER BY id) AS all FROM t WHERE id < 3;
SELECT n / 3 AS q FROM t UNION SELECT u / 3 FROM t WHERE id = 1 ORDER BY 1;

-- Products of numerics without a declared scale have the digits of both.
SELECT u * u AS square, u * i AS times FROM t WHERE id < 3 ORDER BY id;

-- Kept in a column, a quotient has the digits of the column.
UPDATE t SET n = n / 3;
SELECT id, n FROM t ORDER BY id;
CREATE TABLE g (a NUMERIC(10,2), third NUMERIC(20,8) GENERATED ALWAYS AS (a / 3) STORED, CHECK (a / 3 < 100));
INSERT INTO g (a) VALUES (10), (20) RETURNING third;
INSERT INTO g (a) VALUES (1000);

SELECT n / 0 FROM t;
SELECT n / (i - 3) FROM t WHERE id = 1;
-- differs: a numeric has at most 38 digits before the point here.
SELECT 99999999999999999999999999999999999999.0 / 0.00000000000000000001;
