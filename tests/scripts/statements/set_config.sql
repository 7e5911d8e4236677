-- Settings as functions: current_setting reads one, set_config sets it for the session or the transaction.
SELECT current_setting('statement_timeout') AS before, set_config('statement_timeout', '5s', false) AS set;
SELECT current_setting('Statement_Timeout') AS after;
SET application_name = 'knots';
SELECT current_setting('application_name') AS name;
SELECT setting FROM pg_settings WHERE name = 'application_name';
BEGIN;
SELECT set_config('application_name', 'bends', true) AS set;
SELECT current_setting('application_name') AS name;
COMMIT;
SELECT current_setting('application_name') AS name;
BEGIN;
SELECT set_config('application_name', 'splices', false) AS set;
ROLLBACK;
SELECT current_setting('application_name') AS name;
SELECT set_config('my.own', 'yes', false) AS own;
SELECT current_setting('my.own') AS own;
-- What there is not.
SELECT current_setting('no.such', true) AS missing, current_setting('nosuch', true) IS NULL AS is_null;
SELECT current_setting('nosuch');
SELECT set_config('nosuch', '1', false);
SELECT set_config('statement_timeout', 'soon', false);
SELECT set_config(NULL, '1', false);
