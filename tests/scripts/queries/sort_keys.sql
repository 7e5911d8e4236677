-- What the keys of ORDER BY, GROUP BY and DISTINCT ON mean: positions, constants, results, and what is computed from the input.
CREATE TABLE t (a INTEGER, b INTEGER);
INSERT INTO t VALUES (1, 3), (2, 2), (3, 1);

-- A number is a position, also with a sign or in parentheses.
SELECT a FROM t ORDER BY 1 DESC;
SELECT a FROM t ORDER BY (1) DESC;
SELECT a FROM t ORDER BY -(-1) DESC;
SELECT a FROM t ORDER BY -1;
SELECT a FROM t ORDER BY 0;
SELECT a FROM t ORDER BY (2), a;
SELECT * FROM t ORDER BY 3;
SELECT DISTINCT a FROM t ORDER BY -1;
SELECT count(*) FROM t GROUP BY -1;
SELECT a, count(*) FROM t GROUP BY (1) ORDER BY 1;
SELECT a, b, count(*) FROM t GROUP BY ROLLUP (1, 2) ORDER BY 1, 2;
SELECT DISTINCT ON (1) a, b FROM t ORDER BY 1;
SELECT DISTINCT ON (3) a, b FROM t;
VALUES (1), (2) ORDER BY -1;

-- Another constant says nothing.
SELECT a FROM t ORDER BY 'x';
SELECT a FROM t ORDER BY 1.5;
SELECT a FROM t ORDER BY -1.5;
SELECT a FROM t ORDER BY true;
SELECT a FROM t ORDER BY NULL;
SELECT a FROM t ORDER BY 2147483648;
SELECT (SELECT a FROM t ORDER BY 'x' LIMIT 1);
SELECT count(*) FROM t GROUP BY 'x';
SELECT count(*) FROM t GROUP BY GROUPING SETS ((1.5));
SELECT DISTINCT ON ('x') a FROM t;
INSERT INTO t SELECT a, b FROM t ORDER BY 'y';

-- What is computed is the same for all rows, or not.
SELECT a FROM t ORDER BY 1 + 1, a DESC;
SELECT a FROM t ORDER BY +1, a DESC;
SELECT a FROM t ORDER BY 1::INTEGER, a DESC;
SELECT array_agg(a ORDER BY 7, a DESC) AS aggregate, array_agg(b ORDER BY -1, b) AS other FROM t;
SELECT a, rank() OVER (ORDER BY 'x') AS rank FROM t ORDER BY a;

-- It is computed from columns of the input, whatever the results are called.
SELECT -a AS a FROM t ORDER BY a;
SELECT -a AS a FROM t ORDER BY -a;
SELECT -a AS a FROM t ORDER BY a + 0;
SELECT b AS a FROM t ORDER BY a + 0;
SELECT b AS a, a AS b FROM t ORDER BY b + a * 10;
SELECT a AS x FROM t ORDER BY (x) DESC;
SELECT a AS x FROM t ORDER BY -x;
SELECT sum(a) AS a FROM t GROUP BY b ORDER BY sum(a) + 0;
SELECT * FROM (SELECT -a AS a FROM t ORDER BY -a LIMIT 1) s;

-- DISTINCT leaves what is in the select list.
SELECT DISTINCT a + 1 AS next FROM t ORDER BY a + 1;
SELECT DISTINCT a % 2 FROM t ORDER BY a % 2 DESC;
SELECT DISTINCT b AS a FROM t ORDER BY a + 0;
SELECT DISTINCT a FROM t ORDER BY b;
SELECT DISTINCT a FROM t ORDER BY 1 + 1;
SELECT DISTINCT a FROM t ORDER BY random();
SELECT DISTINCT a FROM t ORDER BY (SELECT 1);

-- The result of a set operation has nothing but its columns.
SELECT a AS x FROM t UNION SELECT b FROM t ORDER BY x DESC;
SELECT a AS x FROM t UNION ALL SELECT b FROM t ORDER BY 1 LIMIT 2;
SELECT a FROM t UNION SELECT b FROM t ORDER BY -1;
SELECT a FROM t UNION SELECT b FROM t ORDER BY 2;
SELECT a FROM t UNION SELECT b FROM t ORDER BY 'x';
SELECT a FROM t UNION SELECT b FROM t ORDER BY a + 1;
SELECT a FROM t UNION SELECT b FROM t ORDER BY b;
SELECT a FROM t UNION SELECT b FROM t ORDER BY t.a;
