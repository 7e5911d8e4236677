-- What the server tells of itself, and identifiers that are new each time.
SELECT uuidv7() < uuidv7(), uuid_extract_version(uuidv7()), uuid_extract_version('41db1265-8bc1-4ab3-992f-885799a4af1d'::uuid), uuid_extract_timestamp('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'::uuid);
SELECT pg_client_encoding(), pg_postmaster_start_time() <= now(), pg_size_bytes('1 kB'), pg_size_bytes('1.5 MB'), pg_column_size(1::integer), pg_column_size(1::bigint);
SELECT pg_size_bytes('1 parsec');
SELECT pg_sleep(0.01) IS NOT NULL;
