-- Shows that a function's name has no OID, as psql's \sf asks for: functions have no rows in pg_proc.

SELECT 'nothing'::pg_catalog.regproc::pg_catalog.oid;
-- differs: PostgreSQL has several functions of that name, bowline tells of none
SELECT 'lower'::pg_catalog.regproc::pg_catalog.oid;
SELECT ('-'::regproc::oid)::text AS none;
