-- Shows the privileges that objects have where none are told, and the roles there are.
-- bowline only: PostgreSQL's role is called otherwise, and it has more that begin with pg_.

SELECT k, acldefault(k, 10) FROM (VALUES ('c'), ('r'), ('s'), ('d'), ('f'), ('l'), ('T'), ('L'), ('n'), ('p'), ('t'), ('F'), ('S')) v (k);
SELECT acldefault('x', 10);
SELECT acldefault('r', NULL);
SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace ORDER BY nspname;
SELECT oid, rolname, rolsuper, rolcanlogin FROM pg_roles ORDER BY oid;
SELECT pg_get_userbyid(10), pg_get_userbyid(6171), pg_get_userbyid(99), 'pg_database_owner'::regrole::oid, to_regrole('nobody');
