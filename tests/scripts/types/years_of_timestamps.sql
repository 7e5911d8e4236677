-- Timestamps of all years, together with dates and literals.
CREATE TABLE t (id INTEGER, t TIMESTAMP, z TIMESTAMPTZ, d DATE);
INSERT INTO t VALUES (1, '2500-01-01 10:00', '2500-01-01 10:00+00', '2500-01-01'),
    (2, '1500-01-01', '1500-01-01 00:00+00', '1500-01-01'), (3, '2020-01-01', '2020-01-01 00:00+00', '2020-01-01'), (4, NULL, NULL, NULL);
SELECT id, greatest(t, '2300-01-01'), least(t, '1600-01-01', NULL) FROM t ORDER BY id;
SELECT id, greatest(t, d), least(t, d) FROM t ORDER BY id;
SELECT id, greatest(z, '2600-01-01 12:00+02') FROM t ORDER BY id;
SELECT id, nullif(t, '1500-01-01') AS literal, nullif(t, d) AS date FROM t ORDER BY id;
SELECT id, CASE t WHEN '1500-01-01' THEN 'a' WHEN '2500-01-01 10:00' THEN 'b' ELSE 'c' END FROM t ORDER BY id;
SELECT id, CASE t WHEN d THEN 'same' ELSE 'other' END AS one, CASE d WHEN t THEN 'same' ELSE 'other' END AS other FROM t ORDER BY id;
SELECT id, CASE WHEN id = 1 THEN t ELSE d END AS date, CASE WHEN id = 1 THEN t ELSE '1400-01-01' END AS literal FROM t ORDER BY id;
SELECT id, coalesce(t, '1500-01-01') AS t, coalesce(z, '1500-01-01') AS z, coalesce(d, '1500-01-01') AS d FROM t ORDER BY id;
SELECT id, coalesce(t, d), coalesce(d, t), coalesce(z, d) FROM t ORDER BY id;
SELECT id FROM t WHERE t = d ORDER BY id;
SELECT id FROM t WHERE t IN (d, '2500-01-01 10:00') ORDER BY id;
SELECT id FROM t WHERE t IN (SELECT d FROM t) ORDER BY id;
SELECT id FROM t WHERE d IN (SELECT t FROM t) ORDER BY id;
SELECT id FROM t WHERE t NOT IN (SELECT d FROM t WHERE d IS NOT NULL) ORDER BY id;
SELECT id FROM t WHERE t BETWEEN d AND '2600-01-01' ORDER BY id;
SELECT id FROM t WHERE d BETWEEN '1400-01-01' AND t ORDER BY id;
SELECT t FROM t UNION SELECT d FROM t ORDER BY 1;
SELECT d FROM t UNION ALL SELECT t FROM t ORDER BY 1;
SELECT t FROM t UNION SELECT '1400-01-01' ORDER BY 1;
SELECT t FROM t EXCEPT SELECT d FROM t ORDER BY 1;
SELECT one.id FROM t AS one JOIN t AS other ON one.t = other.d ORDER BY 1;
SELECT one.id FROM t AS one JOIN (SELECT d AS t FROM t) AS other USING (t) ORDER BY 1;
SELECT pg_typeof(coalesce(d, t)), pg_typeof(greatest(t, '2300-01-01')), pg_typeof(CASE WHEN true THEN d ELSE t END) FROM t LIMIT 1;
SELECT m, count(*) FROM (SELECT coalesce(d, t) AS m FROM t) AS made GROUP BY m HAVING m < '2600-01-01' ORDER BY m DESC;
CREATE VIEW v AS SELECT id, coalesce(t, '1300-01-01') AS t, greatest(t, d) AS g FROM t;
SELECT * FROM v ORDER BY id;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'v' ORDER BY 1;
CREATE TABLE checked (t TIMESTAMP CHECK (greatest(t, '2300-01-01') <> '2400-01-01'), g TIMESTAMP GENERATED ALWAYS AS (coalesce(t, '1500-01-01')) STORED);
INSERT INTO checked VALUES ('2500-01-01'), (NULL) RETURNING *;
INSERT INTO checked VALUES ('2400-01-01');

-- A literal in coalesce is of the type of the other values.
CREATE TABLE n (a INTEGER, e BOOLEAN, f UUID);
INSERT INTO n VALUES (1, true, '11111111-1111-1111-1111-111111111111'), (NULL, NULL, NULL);
SELECT coalesce(a, '5') + 1 AS a, coalesce(e, 'f') AS e, coalesce(f, '22222222-2222-2222-2222-222222222222') AS f FROM n ORDER BY 1;
SELECT coalesce(a, 'x') FROM n;
SELECT coalesce(NULL, '5') AS a, coalesce(NULL, 5) AS b, pg_typeof(coalesce(NULL, '5')) AS t;
