-- Functions of texts: parts by place and by pattern.
SELECT substring('Thomas' FROM 2 FOR 3), substring('Thomas' FROM '...$'), substring('foobar' FROM 'o(.)b'), substr('alphabet', 3), substr('alphabet', 3, 2);
SELECT substring('äöü' FROM 2), substring('äöü' FROM 0 FOR 2), substring('äöü' FROM -1 FOR 4), substring('abc' FROM 9), substring('abc' FOR 2);
SELECT substring('abc' FROM 2 FOR -1);
SELECT regexp_split_to_array('hello world again', '\s+'), regexp_split_to_array('abc', ''), regexp_split_to_array('a,b,', ',');
SELECT regexp_substr('ABCDEF', 'c(.)(..)', 1, 1, 'i'), regexp_substr('ABCDEF', 'c(.)(..)', 1, 1, 'i', 2), regexp_substr('aXbX', 'X', 3), regexp_substr('abc', 'x');
SELECT regexp_instr('ABCDEF', 'c(.)(..)', 1, 1, 0, 'i'), regexp_instr('number of your street, town zip, FR', '[^,]+', 1, 2), regexp_instr('abc', 'b', 1, 1, 1), regexp_instr('abc', 'x');
SELECT regexp_instr('abc', 'b', 0);
SELECT regexp_count('123456789012', '\d\d\d', 2);
SELECT to_bin(5), to_oct(8), to_bin(-1), unistr('d\0061t\+000061'), casefold('ABC'), 'abc' ^@ 'ab';
SELECT to_hex(-1), to_hex(255), concat(1, true, NULL, 1.50, date '2020-01-01'), concat_ws('-', 1, NULL, true), concat_ws(NULL, 1);
SELECT e'a\nb' ~ 'a.b', 'abc' ~ 'a.c', e'a\nb' !~ 'a.b', 'x' ~ 'a.b';
SELECT 'an abc' ~ '\mabc\M', 'abcd' ~ '\mabc\M', 'abc' ~ '\Ya', regexp_replace(e'a\nb', 'a.b', 'X'), regexp_split_to_array('to be', '\y \y');
SELECT num_nulls(1, NULL, 'x', NULL), num_nonnulls(1, NULL, 'x');

CREATE TABLE words (id integer PRIMARY KEY, word text);
INSERT INTO words VALUES (1, 'Thomas'), (2, 'Änne'), (3, NULL), (4, '');
SELECT id, substr(word, 2, 2), substring(word FROM '[a-z]+'), num_nulls(word), length(word) FROM words ORDER BY id;
