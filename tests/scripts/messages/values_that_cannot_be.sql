-- What functions and clauses say of values that they cannot take.

SELECT 'a' ~ '(';
SELECT regexp_replace('a', '[', 'b');
SELECT 'a' ~ '*';
SELECT sqrt(-1);
SELECT power(0, -1);
SELECT substring('abc' FROM 1 FOR -1);
SELECT 1 LIMIT -1;
SELECT 1 OFFSET -1;
-- differs: what a pattern refers back to is not had
SELECT 'aa' ~ '(a)\1';
SELECT ln(0);
SELECT ln(-1.5);
SELECT log(0), log(10);
SELECT chr(0);
SELECT chr(-1);
SELECT length(repeat('ab', 1000000000));
SELECT lpad('a', 2000000000);
SELECT rpad(name, 268435456) FROM (VALUES ('a'), ('b')) v (name);
SELECT repeat(name, times) FROM (VALUES ('a', 3), ('bc', 0), (NULL, 2), ('d', NULL), ('e', -1)) v (name, times);
SELECT repeat(name, 2000000000) FROM (VALUES ('a'), (NULL)) v (name);
SELECT ln(1) AS a, log(100) AS b, chr(97) AS c, lpad('x', 3, '.') AS d, ln(NULL) AS e;
