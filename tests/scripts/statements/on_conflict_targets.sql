-- Shows what ON CONFLICT can name: the columns of a key in any order, also twice, or a constraint, which a mere unique index is not.

CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, CONSTRAINT k PRIMARY KEY (a, b));
CREATE UNIQUE INDEX by_c ON t (c);
INSERT INTO t VALUES (1, 1, 1);
INSERT INTO t VALUES (1, 1, 2) ON CONFLICT (b, a, b) DO NOTHING;
INSERT INTO t VALUES (2, 2, 1) ON CONFLICT (c, c) DO UPDATE SET b = 5 RETURNING *;
INSERT INTO t VALUES (1, 5, 9) ON CONFLICT ON CONSTRAINT k DO NOTHING;
INSERT INTO t VALUES (3, 3, 1) ON CONFLICT ON CONSTRAINT by_c DO NOTHING;
INSERT INTO t VALUES (3, 3, 1) ON CONFLICT (a) DO NOTHING;
-- differs: no index is over an expression
INSERT INTO t VALUES (3, 3, 1) ON CONFLICT (abs(c)) DO NOTHING;
-- differs: no index is over an expression
INSERT INTO t VALUES (3, 3, 1) ON CONFLICT (a, (b + 1)) DO NOTHING;
-- differs: no index is partial
INSERT INTO t VALUES (3, 3, 1) ON CONFLICT (c) WHERE c > 0 DO NOTHING;
