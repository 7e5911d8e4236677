-- Times and numbers written and read by patterns.
SELECT to_char(timestamp '2002-04-20 17:31:12.66', 'YYYY-MM-DD HH24:MI:SS'), to_char(timestamp '2002-04-20 17:31:12.66', 'HH12:MI:SS AM'), to_char(timestamp '2002-04-20 17:31:12.66', 'MS US FF1 FF4 SSSS');
SELECT '[' || to_char(date '2002-04-02', 'Day, DD Month YYYY') || ']', to_char(date '2002-04-02', 'FMDay, FMDDth FMMonth YYYY'), to_char(date '2002-04-02', 'DY Mon D ID DDD W WW IW IYYY Q CC J RM');
SELECT to_char(timestamp '2002-04-20 00:31:12', 'HH:MI p.m. "at" YYY YY Y Y,YYY'), to_char(timestamptz '2002-04-20 17:31:12+00', 'TZ tz OF TZH:TZM BC');
SELECT to_char(interval '15h 2m 12s', 'HH24:MI:SS'), to_char(interval '1 year 14 months 3 days', 'YYYY MM DD');
SELECT to_char(interval '1 day', 'Day');
SELECT to_date('05 Dec 2000', 'DD Mon YYYY'), to_date('20001205', 'YYYYMMDD'), to_date('2000-12-5', 'YYYY-MM-DD'), to_date('2024 366', 'YYYY DDD'), to_date('5/12/99', 'DD/MM/YY'), to_date('2005-W52-6', 'IYYY-"W"IW-ID');
SELECT to_timestamp('05 Dec 2000', 'DD Mon YYYY'), to_timestamp('2000-12-05 03:04:05.25 PM', 'YYYY-MM-DD HH12:MI:SS.MS AM'), to_timestamp('2000-12-05 15:04 +02', 'YYYY-MM-DD HH24:MI TZH'), to_timestamp(1284352323);
SELECT to_date('2000-13-05', 'YYYY-MM-DD');
SELECT to_date('2000-xx-05', 'YYYY-MM-DD');
SELECT to_date('05 Foo 2000', 'DD Mon YYYY');
SELECT to_timestamp('2000-12-05 13:00 PM', 'YYYY-MM-DD HH12:MI AM');
SELECT '[' || to_char(125, '999') || ']', '[' || to_char(125.8, '999D9') || ']', '[' || to_char(-125.8, '999D99S') || ']', '[' || to_char(-12, '99999') || ']', '[' || to_char(1485, '9,999') || ']', '[' || to_char(85, '9,999') || ']';
SELECT '[' || to_char(12, '9990999.9') || ']', '[' || to_char(12, 'FM9990999.9') || ']', '[' || to_char(-0.1, '99.99') || ']', '[' || to_char(-0.1, 'FM9.99') || ']', '[' || to_char(0.1, '0.9') || ']', '[' || to_char(0, '9.99') || ']';
SELECT '[' || to_char(485, '9 9 9') || ']', '[' || to_char(482, '999th') || ']', '[' || to_char(-485, '999MI') || ']', '[' || to_char(485, 'FM999MI') || ']', '[' || to_char(485, 'PL999') || ']', '[' || to_char(-485, 'SG999') || ']', '[' || to_char(-485, '9SG99') || ']', '[' || to_char(-485, '999PR') || ']', '[' || to_char(485, '999PR') || ']';
SELECT '[' || to_char(1234, '99.9') || ']', '[' || to_char(485.8, '"Pre:"999" Post:" .999') || ']', '[' || to_char(12.45, '99V9') || ']', '[' || to_char(5, 'S999') || ']', '[' || to_char(-12345.678, 'FM999,999.00') || ']', '[' || to_char(0.5::float8, 'FM990.00') || ']';
SELECT to_number('12,454.8-', '99G999D9S'), to_number('1,234', '9,999'), to_number('-17', 'S99');
