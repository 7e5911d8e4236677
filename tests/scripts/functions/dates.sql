-- Functions and operators of dates, times and intervals.
SELECT extract(year FROM date '2024-05-05'), extract(dow FROM date '2024-05-05'), extract(isodow FROM date '2024-05-05'), extract(week FROM date '2024-05-05'), extract(quarter FROM date '2024-05-05'), extract(doy FROM date '2024-05-05'), extract(julian FROM date '2024-05-05');
SELECT extract(hour FROM timestamp '2001-02-16 20:38:40.12'), extract(second FROM timestamp '2001-02-16 20:38:40.12'), extract(milliseconds FROM timestamp '2001-02-16 20:38:40.12'), extract(microseconds FROM timestamp '2001-02-16 20:38:40.12'), extract(epoch FROM timestamp '2001-02-16 20:38:40.12');
SELECT extract(century FROM date '2000-12-31'), extract(century FROM date '2001-01-01'), extract(millennium FROM date '2001-01-01'), extract(decade FROM date '1999-01-01'), extract(isoyear FROM date '2021-01-01');
SELECT extract(day FROM interval '40 days 2 hours'), extract(epoch FROM interval '1 year 1 mon 1 day 00:00:01.5'), extract(month FROM interval '14 months'), extract(hour FROM interval '-30 hours');
SELECT extract(hour FROM time '20:38:40'), extract(timezone FROM timestamptz '2001-02-16 20:38:40+00'), extract(epoch FROM date '2001-02-16');
SELECT date_part('hour', timestamp '2001-02-16 20:38:40'), date_part('second', time '20:38:40.5'), date_part('epoch', interval '1 day');
SELECT extract(hour FROM date '2001-02-16');
SELECT extract(fortnight FROM date '2001-02-16');
SELECT date_part('day', time '10:00');
SELECT age(timestamp '2001-04-10', timestamp '1957-06-13'), age(date '2024-02-29', date '2023-03-31'), age(timestamp '1957-06-13', timestamp '2001-04-10 12:00'), age(date '2024-03-31', date '2024-02-29');
SELECT justify_days(interval '1 year 65 days'), justify_hours(interval '50 hours'), justify_interval(interval '1 month -1 hour'), justify_days(interval '-65 days');
SELECT isfinite(date '2001-02-16'), isfinite(interval '1 day');
SELECT make_time(8, 15, 23.5), make_timestamp(2013, 7, 15, 8, 15, 23.5), make_timestamptz(2013, 7, 15, 8, 15, 23.5), make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'America/New_York');
SELECT make_time(25, 0, 0);
SELECT make_timestamp(2013, 13, 15, 8, 15, 23.5);
SELECT interval '1 second' * 900, 2 * interval '1 month 3 days', interval '1 month' * 1.5, interval '1 hour' / 1.5, interval '1 year' / 7, interval '1 day' * -0.5;
SELECT interval '1 day' / 0;
SELECT date '2001-10-01' - date '2001-09-28', date '2001-10-01' - 7, date '2001-09-28' + 7;
SELECT timezone('UTC', timestamp '2001-01-01'), timezone('America/Denver', timestamptz '2001-01-01 12:00:00+00');
SELECT (date '2001-02-16', date '2001-12-21') OVERLAPS (date '2001-10-30', date '2002-10-30'), (date '2001-02-16', interval '100 days') OVERLAPS (date '2001-10-30', date '2002-10-30'), (date '2001-10-29', interval '1 day') OVERLAPS (date '2001-10-30', interval '1 day');
SELECT date 'epoch', timestamp 'epoch', 'allballs'::time, date 'today' = current_date, 'tomorrow'::date - 'yesterday'::date, timestamp 'now' IS NOT NULL;

CREATE TABLE days (id integer PRIMARY KEY, d date, t timestamp, z timestamptz, i interval);
INSERT INTO days VALUES (1, '2024-02-29', '2024-02-29 13:14:15.5', '2024-02-29 13:14:15.5+00', '1 day'), (2, '1999-12-31', '1999-12-31 23:59:59', '1999-12-31 23:59:59+00', '-2 months'), (3, NULL, NULL, NULL, NULL);
SELECT id, extract(year FROM d), extract(day FROM t), extract(hour FROM z), extract(epoch FROM i), date_part('month', d) FROM days ORDER BY id;
SELECT extract(year FROM d) AS year, count(*) FROM days WHERE extract(month FROM d) > 1 GROUP BY 1 ORDER BY 1;
SELECT id, d - date '1999-01-01', i * 2, age(t, timestamp '1999-12-31') FROM days ORDER BY id;
