-- Shows the type of a sequence: it bounds the values, is kept, and can be changed.

CREATE SEQUENCE small AS SMALLINT;
CREATE SEQUENCE plain;
CREATE SEQUENCE down AS INTEGER INCREMENT -1;
CREATE TABLE t (a SERIAL, b BIGINT GENERATED ALWAYS AS IDENTITY, c SMALLSERIAL);
SELECT sequencename, data_type, min_value, max_value FROM pg_sequences ORDER BY sequencename;
SELECT sequence_name, data_type, numeric_precision FROM information_schema.sequences ORDER BY sequence_name;

-- Bounds that were the type's become those of the new one.
ALTER SEQUENCE small AS INTEGER;
ALTER SEQUENCE down AS SMALLINT;
ALTER SEQUENCE plain AS INTEGER MAXVALUE 100;
SELECT sequencename, data_type, min_value, max_value FROM pg_sequences WHERE sequencename IN ('down', 'plain', 'small') ORDER BY sequencename;
ALTER SEQUENCE plain AS BIGINT;
ALTER SEQUENCE plain MAXVALUE 5000000000;
ALTER SEQUENCE plain AS INTEGER;
ALTER SEQUENCE plain AS TEXT;
SELECT sequencename, data_type, max_value FROM pg_sequences WHERE sequencename = 'plain';

-- The sequence of a column can have another type than the column.
ALTER SEQUENCE t_a_seq AS BIGINT;
SELECT sequencename, data_type, max_value FROM pg_sequences WHERE sequencename = 't_a_seq';
CREATE SEQUENCE owned OWNED BY t.a;
SELECT data_type FROM pg_sequences WHERE sequencename = 'owned';
