-- Within a transaction a name means what the path says when its statement comes.
CREATE SCHEMA s;
CREATE TABLE s.there (id INT PRIMARY KEY);
BEGIN;
SET LOCAL search_path = s;
LOCK TABLE there IN ACCESS SHARE MODE;
ANALYZE there;
SET LOCAL search_path = public;
LOCK TABLE there IN ACCESS SHARE MODE;
ROLLBACK;
BEGIN;
SET LOCAL search_path = s;
ROLLBACK;
ANALYZE there;
