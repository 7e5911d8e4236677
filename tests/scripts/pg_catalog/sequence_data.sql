-- Shows where sequences stand by pg_get_sequence_data(), and the functions that return rows of what there is not.

CREATE SEQUENCE a START WITH 5;
CREATE SEQUENCE b INCREMENT BY -1;
CREATE SEQUENCE c;
SELECT nextval('a'), nextval('a'), setval('c', 42, false);
SELECT seqrelid::regclass, last_value, is_called FROM pg_sequence, pg_get_sequence_data(seqrelid) ORDER BY seqrelid::regclass::text;
SELECT * FROM pg_get_sequence_data('a');
SELECT d.is_called FROM pg_get_sequence_data('b'::regclass) AS d;
BEGIN;
CREATE SEQUENCE d;
SELECT nextval('d'), nextval('d');
ALTER SEQUENCE a RESTART WITH 7;
SELECT seqrelid::regclass, last_value, is_called FROM pg_sequence, LATERAL pg_get_sequence_data(seqrelid) ORDER BY seqrelid::regclass::text;
ROLLBACK;
SELECT seqrelid::regclass, last_value, is_called FROM pg_sequence s, pg_get_sequence_data(s.seqrelid) ORDER BY seqrelid::regclass::text;
SELECT count(*) > 0 FROM pg_available_extensions() WHERE false;
SELECT e.name, default_version FROM pg_available_extensions() e WHERE e.name = 'nothing';
SELECT name, version, requires FROM pg_available_extension_versions() WHERE name = 'nothing';
SELECT getdatabaseencoding(), pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'pg_default';
SELECT srvname, option_name FROM pg_foreign_server, pg_options_to_table(srvoptions);
