-- Functions and operators of numbers.
SELECT mod(7, 3), mod(-7, 3), mod(7.5, 2), div(7, 2), div(-7.5, 2), sign(-8.4), sign(0), sign(2.5::float8);
SELECT div(1, 0);
SELECT ceil(1.5), ceil(-1.5), floor(1.5), floor(-1.5), round(1.5), round(-2.5), trunc(42.8), trunc(-42.8), ceil(2.0), floor(-2.0);
SELECT round(1.234, 2), round(-1.235, 2), round(1250, -2), trunc(42.4382, 2), trunc(1299.5, -2), round(1.5, 3);
SELECT round(2.5::float8), round(-2.5::float8), round(3.5::float8), trunc(-1.9::float8), ceil(-0.5::float8);
SELECT scale(8.41), min_scale(8.4100), trim_scale(8.4100);
SELECT width_bucket(5.35, 0.024, 10.06, 5), width_bucket(-1, 0, 10, 5), width_bucket(10, 0, 10, 5), width_bucket(5.0::float8, 10, 0, 4);
SELECT width_bucket(5, 0, 0, 5);
SELECT @ -5, @ 2.5, |/ 25.0, 5 & 3, 5 | 3, 5 # 3, ~ 5, 1 << 4, 8 >> 2;
SELECT 0x1F, 0o17, 0b101, 1_000, 0xFF + 1, -0x10, 0xffffffffff;
SELECT gcd(12, 8), lcm(4, 6);

CREATE TABLE prices (id integer PRIMARY KEY, price numeric(10,2), free numeric, bits integer);
INSERT INTO prices VALUES (1, 10.55, 1.25, 6), (2, -3.45, -0.5, 3), (3, NULL, NULL, NULL), (4, 2.00, 7, 1);
SELECT id, ceil(price), floor(price), round(price), round(price, 1), trunc(price, 1), sign(price), mod(price, 3), div(price, 2), bits & 1 FROM prices ORDER BY id;
SELECT id, ceil(free), floor(free), round(free), round(free, 1), trunc(free), scale(free) FROM prices ORDER BY id;
SELECT var_samp(price) = variance(price), round(variance(bits)::numeric, 4) FROM prices;
SELECT id, row_number() OVER (ORDER BY id), rank() OVER (ORDER BY bits), dense_rank() OVER (ORDER BY bits), ntile(2) OVER (ORDER BY id) FROM prices ORDER BY id;
