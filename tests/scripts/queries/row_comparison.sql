-- Rows compared with rows, value by value: NULL is not equal to NULL.
CREATE TABLE y (k INTEGER, v INTEGER, c CHAR(3), t TIMESTAMP);
INSERT INTO y VALUES (1, 11, 'a', '1500-01-01'), (2, 12, 'b', '2500-01-01'), (3, 13, 'c', NULL), (NULL, 14, NULL, '2020-01-01');
SELECT k FROM y WHERE (k, v) = (1, 11) ORDER BY k;
SELECT k FROM y WHERE (k, v) = (2, NULL) ORDER BY k;
SELECT k FROM y WHERE (k, v) <> (2, NULL) ORDER BY k;
SELECT k FROM y WHERE (k, v) > (1, 11) ORDER BY k;
SELECT k FROM y WHERE (k, v) >= (2, 12) ORDER BY k;
SELECT k FROM y WHERE (k, v) < ('2', '13') ORDER BY k;
SELECT k FROM y WHERE (v, k, c) <= (12, 2, 'b') ORDER BY k;
SELECT k FROM y WHERE (k, v) IN ((1, 11), (3, 13), (2, NULL)) ORDER BY k;
SELECT k FROM y WHERE (k, v) NOT IN ((1, 11), (2, NULL)) ORDER BY k;
SELECT k FROM y WHERE ROW(k, v) = ROW(1, 11) ORDER BY k;
SELECT k FROM y WHERE (c, k) = ('a  ', 1) ORDER BY k;
SELECT k FROM y WHERE (t, k) > ('1500-01-01', 0) ORDER BY k;
SELECT k FROM y WHERE ((k, v), c) = ((2, 12), 'b') ORDER BY k;
SELECT k FROM y WHERE (k, v) = (1, 2, 3);
SELECT (1, NULL) = (1, NULL) AS a, (1, NULL) = (2, NULL) AS b, (1, NULL) < (2, NULL) AS c, (NULL, 1) < (1, 1) AS d;
SELECT (1, 2) IS DISTINCT FROM (1, 3) AS a, (1, NULL) IS NOT DISTINCT FROM (1, NULL) AS b, (1, NULL) IS NULL AS c, (1, NULL) IS NOT NULL AS d,
    (NULL, NULL) IS NULL AS e;
SELECT (1, 1.0) = (1.0, 1) AS a, (1, 'a') = (1, 'a') AS b, ('a', 1) < ('b', 0) AS c, NOT (1, 2) = (1, 3) AS d;
SELECT k, v FROM y WHERE (k, v) IN ((1, 11), (2, 13), (3, 13), (4, 14), (5, 15), (6, 16), (7, 17), (8, 18), (NULL, 14)) ORDER BY k;
SELECT k, v FROM y WHERE (k, v) NOT IN ((1, 11), (2, 13), (3, 14), (4, 13), (5, 15), (6, 16), (7, 17), (8, 18)) ORDER BY k;
SELECT k, (k, v) IN ((1, 11), (2, NULL), (3, 13), (4, 14), (5, 15), (6, 16), (7, 17), (8, 18)) AS found FROM y ORDER BY k;
UPDATE y SET v = 0 WHERE (k, v) IN ((1, 11), (2, 12)) RETURNING k;
DELETE FROM y WHERE (k, v) > (2, 0) RETURNING k;
