-- How values may be written: intervals, whole numbers in other bases, uuids in groups, times of digits, zones that count for nothing.

SELECT interval '1-2' AS a, interval 'P1Y2M3DT4H' AS b, '1.3 year'::interval AS c, interval '1 day ago' AS d, interval '3 4:05' AS e;
SELECT interval '1.5 months' AS a, interval '-1 day 02:03' AS b, 'P0001-02-03T04:05:06'::interval AS c, '1 week 1.5 days'::interval AS d;
SELECT '1 foo'::interval;
SELECT '1 day 1 day'::interval;
SELECT '3000000000 days'::interval;
SELECT '1:60'::interval;

SELECT '0x1F'::integer AS a, '1_000'::bigint AS b, '-0b11'::smallint AS c, ' 0o17 '::integer AS d;
SELECT '0x1FFFFFFFFF'::integer;
SELECT '1__0'::integer;
SELECT '0x'::integer;

SELECT 'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11'::uuid;
SELECT '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}'::uuid;
SELECT 'a0eeb-c99-9c0b-4ef8-bb6d-6bb9-bd38-0a11'::uuid;

SELECT '040506'::time AS a, '0405'::time AS b, '040506.5'::time AS c, '04:05:06.789-08'::time AS d;
SELECT '12'::time;
SELECT '2020-01-01 10:00+02'::timestamp AS a, '2020-01-01 10:00:00Z'::timestamp AS b, '2020-01-01 00:30+02'::date AS c;
SELECT '2020-01-01 10:00+02'::timestamptz;
CREATE TABLE meetings (id INTEGER PRIMARY KEY, starts TIMESTAMP);
INSERT INTO meetings VALUES (1, '2020-01-01 10:00:00+02');
SELECT * FROM meetings;
SELECT '\x 0 1'::bytea;
