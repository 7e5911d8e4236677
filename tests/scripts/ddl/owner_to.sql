-- Shows OWNER TO: the one role owns everything, and may be told so.
-- bowline only: PostgreSQL's role is called otherwise.

CREATE SCHEMA shop;
CREATE TABLE shop.t (id INTEGER GENERATED ALWAYS AS IDENTITY);
CREATE VIEW shop.v AS SELECT id FROM shop.t;
CREATE SEQUENCE shop.s;
CREATE INDEX i ON shop.t (id);
ALTER SCHEMA shop OWNER TO CURRENT_USER;
ALTER SCHEMA shop OWNER TO bowline;
ALTER TABLE shop.t OWNER TO bowline;
ALTER TABLE ONLY shop.t OWNER TO "bowline";
ALTER TABLE shop.v OWNER TO SESSION_USER;
ALTER VIEW shop.v OWNER TO CURRENT_ROLE;
ALTER SEQUENCE shop.s OWNER TO bowline;
ALTER TABLE IF EXISTS shop.nothing OWNER TO bowline;
ALTER TABLE shop.t OWNER TO ada;
ALTER VIEW shop.v OWNER TO "Bowline";
ALTER SEQUENCE shop.s OWNER TO ada;
ALTER SCHEMA shop OWNER TO ada;
ALTER SCHEMA nowhere OWNER TO bowline;
ALTER TABLE shop.nothing OWNER TO bowline;
ALTER VIEW shop.t OWNER TO bowline;
ALTER TABLE shop.t ADD COLUMN a INTEGER, OWNER TO bowline;
SELECT column_name FROM information_schema.columns WHERE table_name = 't';
ALTER TABLE shop.t OWNER TO CURRENT_USER, ADD COLUMN b INTEGER;
ALTER TABLE shop.t ADD COLUMN c INTEGER, OWNER TO ada;
SELECT column_name FROM information_schema.columns WHERE table_name = 't';
CREATE SCHEMA AUTHORIZATION bowline;
CREATE SCHEMA AUTHORIZATION CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS AUTHORIZATION bowline;
CREATE SCHEMA depot AUTHORIZATION bowline;
CREATE SCHEMA IF NOT EXISTS depot AUTHORIZATION SESSION_USER;
CREATE SCHEMA store AUTHORIZATION ada;
CREATE SCHEMA AUTHORIZATION ada;
SELECT nspname FROM pg_namespace WHERE nspname IN ('bowline', 'depot', 'store', 'ada') ORDER BY nspname;
