-- Shows format(): values as they are, as names and as literals, by place and with widths.

SELECT format('Hello %s, %s%%', 'World', 10);
SELECT format('INSERT INTO %I VALUES (%L, %L)', 'Foo bar', 'O''Reilly', NULL);
SELECT format('%I %I %I', 'plain', 'Select', 'order'), format('%L', E'a\\b'), format('[%s]', NULL);
SELECT format('%2$s %1$s %s', 'one', 'two'), format('%3$s, %2$s, %1$s', 'a', 'b', 'c');
SELECT format('|%10s|%-10s|%*s|%-*s|%*s|', 'right', 'left', 7, 'seven', 7, 'seven', -7, 'left');
SELECT format('|%1$*2$s|%-3s|', 'a', 5, 'b');
SELECT format('|%2$10L|%1$-10I|', 'Name', 'it''s');
SELECT format('%s %s %s %s', 1, 1.50, true, DATE '2024-02-29'), format('%s', TIMESTAMP '2024-02-29 12:00:00'), format('%L', ARRAY[1, 2]);
SELECT format('nothing'), format(NULL), format(NULL, 1), format('');
CREATE TABLE t (name TEXT, n INTEGER);
INSERT INTO t VALUES ('a', 1), ('B', NULL), (NULL, 3);
SELECT format('%L-%s', name, n) FROM t ORDER BY n;
SELECT format(name, n) FROM t ORDER BY n;

SELECT format('%s %s', 1);
SELECT format('%3$s', 1, 2);
SELECT format('%q', 1);
SELECT format('%', 1);
SELECT format('%1$', 1);
SELECT format('%0$s', 1);
SELECT format('%1$*0$s', 1);
SELECT format('%1$*1s', 1);
SELECT format('%I', NULL);
SELECT format('%99999999999s', 1);
