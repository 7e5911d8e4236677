-- Functions of bytea.
SELECT length('abc'::bytea), octet_length('\x00ff'::bytea), bit_length('abc'::bytea), length('äbc'), octet_length('äbc'), bit_length('äbc');
SELECT get_byte('abc'::bytea, 1), set_byte('abc'::bytea, 1, 65), bit_count('abc'::bytea);
SELECT get_byte('abc'::bytea, 3);
SELECT set_byte('abc'::bytea, -1, 0);
SELECT convert_from('\xc3a4'::bytea, 'UTF8'), convert_to('ä', 'UTF8');
SELECT convert_from('\x61ff'::bytea, 'UTF8');
SELECT substring('abc'::bytea FROM 2), substring('abc'::bytea FROM 0 FOR 2), substr('abcdef'::bytea, 2, 3);
SELECT substring('abc'::bytea FROM 2 FOR -1);

CREATE TABLE files (id integer PRIMARY KEY, content bytea);
INSERT INTO files VALUES (1, '\x0001ff'), (2, ''), (3, NULL);
SELECT id, length(content), octet_length(content), substr(content, 2) FROM files ORDER BY id;
