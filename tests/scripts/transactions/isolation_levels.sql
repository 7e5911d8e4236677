-- Shows which isolation level is told: that which was asked for. Every one of them runs as snapshot isolation.

BEGIN ISOLATION LEVEL READ COMMITTED;
SHOW transaction_isolation;
COMMIT;
BEGIN ISOLATION LEVEL READ UNCOMMITTED, READ ONLY;
SHOW TRANSACTION ISOLATION LEVEL;
SELECT current_setting('transaction_isolation');
ROLLBACK;
BEGIN;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SHOW transaction_isolation;
COMMIT;

-- The default is that of transactions to come.
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
SHOW transaction_isolation;
SHOW default_transaction_isolation;
START TRANSACTION;
SET default_transaction_isolation = 'repeatable read';
SHOW transaction_isolation;
COMMIT;
SHOW transaction_isolation;
BEGIN;
SET default_transaction_isolation = 'read committed';
ROLLBACK;
SHOW transaction_isolation;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SHOW transaction_isolation;
SET transaction_isolation TO DEFAULT;

-- differs: SERIALIZABLE is refused.
BEGIN ISOLATION LEVEL SERIALIZABLE;
-- differs: SERIALIZABLE is refused.
SET default_transaction_isolation = 'serializable';
-- differs: SERIALIZABLE is not among the levels.
SET default_transaction_isolation = 'none';
