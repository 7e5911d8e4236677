-- SIMILAR TO: a pattern for the whole text, half LIKE's and half a regular expression's.
SELECT 'dd' SIMILAR TO 'd' AS a, 'd' SIMILAR TO 'd' AS b, 'abc' SIMILAR TO 'a%' AS c, 'abc' SIMILAR TO 'a_c' AS d;
SELECT 'abc' SIMILAR TO '%(b|d)%' AS a, 'abc' SIMILAR TO '(b|c)%' AS b, 'ab' SIMILAR TO 'a|ab' AS c, 'aaa' SIMILAR TO 'a{3}' AS d;
SELECT 'a.c' SIMILAR TO 'a.c' AS a, 'abc' SIMILAR TO 'a.c' AS b, 'a^$' SIMILAR TO 'a^$' AS c;
SELECT 'b' SIMILAR TO '[a-c]' AS a, 'd' SIMILAR TO '[^a-c]' AS b, 'a_' SIMILAR TO 'a[_%]' AS c, 'ab' SIMILAR TO 'a[_%]' AS d;
SELECT 'a_c' SIMILAR TO 'a\_c' AS a, 'abc' SIMILAR TO 'a\_c' AS b, 'a%' SIMILAR TO 'a#%' ESCAPE '#' AS c, '5' SIMILAR TO '\d' AS d;
SELECT 'x' NOT SIMILAR TO 'y' AS a, 'x' NOT SIMILAR TO 'x' AS b, NULL SIMILAR TO 'a' AS c, 'a' SIMILAR TO NULL AS d;
SELECT E'a\nb' SIMILAR TO 'a_b' AS newline, E'a\nb' SIMILAR TO 'a%' AS more;
-- differs: the pattern has to be known when the query is planned.
SELECT 'a' SIMILAR TO p FROM (VALUES ('a')) AS patterns (p);
