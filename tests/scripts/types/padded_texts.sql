-- CHAR(n): blanks at the end do not count where values are compared, and do where they are matched with a pattern.
CREATE TABLE c (id INTEGER, d CHAR(3), v VARCHAR(5), t TEXT);
INSERT INTO c VALUES (1, 'd', 'd', 'd'), (2, 'dd', 'd ', 'd '), (3, NULL, NULL, NULL);
SELECT id FROM c WHERE d = 'd ' ORDER BY id;
SELECT id FROM c WHERE d IN ('d ', 'x') ORDER BY id;
SELECT id FROM c WHERE d = v ORDER BY id;
SELECT id FROM c WHERE d = t ORDER BY id;
SELECT id FROM c WHERE d = 'd '::TEXT ORDER BY id;
SELECT 'a'::CHAR(3) = 'a ' AS literal, 'a'::CHAR(3) = 'a '::TEXT AS text, 'a'::CHAR(3) = 'a '::VARCHAR AS varying, 'a '::CHAR(3) || '|' AS shown;

-- An array of literals is one of texts; an array in quotes is of what it is compared with.
SELECT id FROM c WHERE d = ANY (ARRAY['d']) ORDER BY id;
SELECT id FROM c WHERE d = ANY (ARRAY['d ']) ORDER BY id;
SELECT id FROM c WHERE d <> ALL (ARRAY['d ']) ORDER BY id;
SELECT id FROM c WHERE d = ANY (ARRAY['d ']::CHAR(3)[]) ORDER BY id;
SELECT id FROM c WHERE d = ANY ('{d,"dd "}') ORDER BY id;

-- What is made of CHAR is CHAR.
SELECT id FROM c WHERE coalesce(d, 'x') = 'd ' ORDER BY id;
SELECT id FROM c WHERE coalesce(d, 'x  ') = 'x' ORDER BY id;
SELECT id FROM c WHERE CASE WHEN id = 1 THEN d END = 'd ' ORDER BY id;
SELECT id FROM c WHERE CASE WHEN id = 1 THEN d ELSE 'y ' END = 'y' ORDER BY id;
SELECT id FROM c WHERE nullif(d, 'x') = 'd ' ORDER BY id;
SELECT id FROM c WHERE nullif(d, 'd ') IS NULL ORDER BY id;
SELECT id FROM c WHERE greatest(d, 'a') = 'd ' ORDER BY id;
SELECT id FROM c WHERE (SELECT max(d) FROM c) = 'dd ' ORDER BY id;
SELECT CASE d WHEN 'd ' THEN 1 ELSE 0 END AS is_d FROM c ORDER BY id;

-- Patterns meet the blanks.
SELECT id FROM c WHERE d LIKE 'd' ORDER BY id;
SELECT id FROM c WHERE d LIKE 'd  ' ORDER BY id;
SELECT id FROM c WHERE d LIKE 'd__' ORDER BY id;
SELECT id FROM c WHERE d LIKE '%d' ORDER BY id;
SELECT id FROM c WHERE d LIKE 'd%' ORDER BY id;
SELECT id FROM c WHERE d NOT LIKE 'd  ' ORDER BY id;
SELECT id FROM c WHERE d ILIKE 'D  ' ORDER BY id;
SELECT id FROM c WHERE d ~ '^d$' ORDER BY id;
SELECT id FROM c WHERE d ~ '^d  $' ORDER BY id;
SELECT id FROM c WHERE d SIMILAR TO 'd' ORDER BY id;
SELECT id FROM c WHERE d SIMILAR TO 'd +' ORDER BY id;
SELECT id FROM c WHERE d::TEXT LIKE 'd' ORDER BY id;

-- So do these functions; others take it for a text.
SELECT length(d), octet_length(d), concat(d, '|') AS concat, d || '|' AS joined, upper(d) || '|' AS upper, reverse(d) AS reverse FROM c WHERE id = 1;
CREATE TABLE checked (code CHAR(4) CHECK (code LIKE 'a___'), CHECK (coalesce(code, 'no ') <> 'no'));
INSERT INTO checked VALUES ('ab');
INSERT INTO checked VALUES ('b');
INSERT INTO checked VALUES (NULL);
