-- Casts between text and bytea, numbers and times at the ends of their ranges, digits that are rounded, and what jsonb makes of numbers.
SELECT '\x00ff10'::bytea, CAST('abc' AS bytea), 'a\\b\001'::bytea;
SELECT '\x00ff10'::bytea::text, ('\x41' || '42')::bytea;
CREATE TABLE raw (id INTEGER PRIMARY KEY, b BYTEA, t TEXT);
INSERT INTO raw VALUES (1, '\x00ff', '\x0102'), (2, 'text', 'text');
SELECT id, b::text, t::bytea FROM raw ORDER BY id;
SELECT id FROM raw WHERE b = '\x00ff';
SELECT id FROM raw WHERE b::text = '\x74657874';
UPDATE raw SET b = t::bytea WHERE id = 1;
SELECT b FROM raw WHERE id = 1;
SELECT '\x0'::bytea;
SELECT '\xzz'::bytea;
SELECT 1 AS small, 3000000000 AS large, 2147483647 + 0 AS sum, -2147483648 AS least;
SELECT 2147483647 + 1;
CREATE TABLE made AS SELECT 1 AS small, 3000000000 AS large, id + 1 AS next FROM raw;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'made' ORDER BY ordinal_position;
CREATE VIEW shown AS SELECT id * 2 AS twice, CASE WHEN id = 1 THEN 10 ELSE 20 END AS tens FROM raw;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'shown' ORDER BY ordinal_position;
SELECT '1e-46'::real;
SELECT '1e-400'::double precision;
SELECT '0e-400'::double precision, '1e-45'::real, '5e-324'::double precision;
SELECT '2024-01-01 00:00:00.1234565'::timestamp, '2024-12-31 23:59:59.9999999'::timestamp, '12:00:00.0000005'::time, '12:00:00.0000015'::time;
SELECT '2024-12-31 23:59:59.9999999+00'::timestamptz;
SELECT '1e5'::jsonb, '[-0, 1.50, 12e-3, -1.5E1]'::jsonb, '{"a": 0.10e1}'::jsonb;
SELECT '"\u0000"'::jsonb;
SELECT '1e400000'::jsonb;
-- differs: infinity is refused in dates, times, intervals and numerics
SELECT 'infinity'::date;
-- differs: infinity is refused in dates, times, intervals and numerics
SELECT '-infinity'::timestamp;
-- differs: infinity is refused in dates, times, intervals and numerics
SELECT 'infinity'::interval;
-- differs: infinity is refused in dates, times, intervals and numerics
SELECT 'NaN'::numeric;
