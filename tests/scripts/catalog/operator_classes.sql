-- Operator classes of CREATE INDEX are kept and shown; they change no answer. The default of a type is not shown.
CREATE TABLE words (id integer PRIMARY KEY, word varchar(20), code char(3));
CREATE INDEX words_a ON words (word varchar_pattern_ops DESC, code);
CREATE INDEX words_b ON words (word text_pattern_ops NULLS FIRST);
CREATE INDEX words_c ON words (word text_ops);
CREATE INDEX words_d ON words (word pg_catalog.varchar_ops, id int4_ops);
CREATE UNIQUE INDEX words_e ON words (code bpchar_pattern_ops) INCLUDE (word);
CREATE INDEX words_f ON words USING hash (code bpchar_pattern_ops);
-- A class there is not, one of another type, and one where there is no place for it.
CREATE INDEX words_g ON words (word nosuch_ops);
CREATE INDEX words_g ON words (id varchar_pattern_ops);
ALTER TABLE words ADD UNIQUE (word varchar_pattern_ops);
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'words' ORDER BY indexname;
SELECT c.relname, i.indclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE i.indrelid = 'words'::regclass AND i.indexrelid <> 'words_f'::regclass ORDER BY c.relname;
INSERT INTO words VALUES (1, 'rope', 'r'), (2, 'knot', 'k');
INSERT INTO words VALUES (3, 'bend', 'k');
SELECT id FROM words WHERE word LIKE 'kn%';
CREATE TABLE copies (LIKE words INCLUDING INDEXES);
SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'copies_word%' ORDER BY indexdef;
