//! Queries that nest deeply or read many tables: their planning takes time by their size, and they run to their end.

use bowline::{Database, Session};

use crate::library::number;

/// Does it with the stack that a server gives its threads, and rows (1, 1) and (2, 2).
fn with_rows(work: fn(&mut Session)) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(move || work(&mut session()));
    thread.expect("a thread can be started").join().expect("it succeeds");
}

fn session() -> Session {
    let mut session = Database::in_memory().expect("memory is there").session();
    session
        .execute("CREATE TABLE t (a BIGINT, b BIGINT); INSERT INTO t VALUES (1, 1), (2, 2)")
        .expect("they are sound");
    session
}

fn answer(session: &mut Session, sql: &str) -> i64 {
    number(session, sql).unwrap_or_else(|error| panic!("{error}: {sql}"))
}

#[test]
fn subqueries_nest_deeply() {
    with_rows(|session| {
        let nested = |inner: &str, around: &dyn Fn(usize, String) -> String| {
            (1..=40).fold(inner.to_owned(), |sql, at| around(at, sql))
        };
        let scalar = nested("SELECT max(a) FROM t", &|_, sql| format!("SELECT ({sql}) + 1"));
        assert_eq!(answer(session, &scalar), 42);
        let exists = nested("SELECT 1", &|_, sql| format!("SELECT 1::bigint WHERE EXISTS ({sql})"));
        assert_eq!(answer(session, &exists), 1);
        let correlated = nested("SELECT a FROM t t0", &|at, sql| {
            let link = if at == 1 { "WHERE" } else { "AND" };
            format!("SELECT a FROM t t{at} WHERE EXISTS ({sql} {link} t{}.a = t{at}.a)", at - 1)
        });
        assert_eq!(answer(session, &format!("SELECT sum(a)::bigint FROM ({correlated}) s")), 3);
        let within = nested("SELECT a FROM t", &|_, sql| format!("SELECT a FROM t WHERE a IN ({sql})"));
        assert_eq!(answer(session, &format!("SELECT sum(a)::bigint FROM ({within}) s")), 3);
    });
}

/// What stands where it may not is refused at any depth.
#[test]
fn a_wrong_subquery_is_found_in_the_depth() {
    with_rows(|session| {
        for depth in [0, 1, 5, 40] {
            let wrong = "SELECT a FROM t WHERE a = (SELECT x.a, x.b FROM t x)".to_owned();
            let sql = (0..depth).fold(wrong, |sql, _| format!("SELECT a FROM t WHERE a IN ({sql})"));
            let error = session.execute(&sql).expect_err("two columns are no value");
            assert!(
                ["42601", "42803", "0A000", "42804"].contains(&error.sqlstate.as_str()),
                "{depth}: {error} {}",
                error.sqlstate
            );
        }
    });
}

#[test]
fn calls_and_windows_pile_up() {
    with_rows(|session| {
        let first = (0..100).fold("nullif(a, a)".to_owned(), |sql, _| format!("coalesce({sql}, nullif(b, b))"));
        assert_eq!(answer(session, &format!("SELECT coalesce({first}, 7) FROM t LIMIT 1")), 7);
        let last = (0..60).fold("a".to_owned(), |sql, _| format!("coalesce(nullif(b, b), {sql})"));
        assert_eq!(answer(session, &format!("SELECT sum({last})::bigint FROM t")), 3);
        // Each value is written twice, and here nothing can be taken together.
        let apart = (0..40).fold("a".to_owned(), |sql, _| format!("coalesce(1 + {sql}, 0)"));
        let error = session.execute(&format!("SELECT {apart} FROM t")).expect_err("it would not end");
        assert_eq!((error.sqlstate.as_str(), error.message.as_str()), ("54001", "statement is too complex"));
        let windows: Vec<String> =
            (0..60).map(|at| format!("sum(a) OVER (PARTITION BY b ORDER BY a + {at})")).collect();
        let sum = format!("SELECT (max(s.w))::bigint FROM (SELECT {} AS w FROM t) s", windows.join(" + "));
        assert_eq!(answer(session, &sum), 120);
    });
}

/// As deep as a statement may nest: each join hands the rows of those below on.
#[test]
fn many_joins_run_to_their_end() {
    with_rows(|session| {
        let joined =
            |how: &str| -> String { (1..230).map(|at| format!(" {how} t t{at} ON t{at}.a = t{}.a", at - 1)).collect() };
        for how in ["LEFT JOIN", "JOIN"] {
            assert_eq!(answer(session, &format!("SELECT count(*) FROM t t0{}", joined(how))), 2, "{how}");
        }
    });
}

/// Tables that are named in an order in which hardly one has a key with the one before.
#[test]
fn many_tables_are_joined_by_their_keys() {
    with_rows(|session| {
        let mut order: Vec<usize> = (0..120).collect();
        order.sort_by_key(|at| (at * 77) % 120);
        let tables: Vec<String> = order.iter().map(|at| format!("t t{at}")).collect();
        let keys: Vec<String> = (1..120).map(|at| format!("t{at}.a = t{}.a", at - 1)).collect();
        let sql = format!("SELECT t119.b + t0.a FROM {} WHERE {} AND t60.b > 1", tables.join(", "), keys.join(" AND "));
        assert_eq!(answer(session, &sql), 4);
        // What has no key is paired, and what is asked of both is asked.
        let sql = format!(
            "SELECT count(*) FROM t x, {}, t y WHERE {} AND x.a + y.a = t0.a + t1.a AND x.b < y.b",
            tables.join(", "),
            keys.join(" AND ")
        );
        assert_eq!(answer(session, &sql), 0);
    });
}

#[test]
fn what_is_mentioned_twice_is_planned_twice() {
    with_rows(|session| {
        session.execute("CREATE VIEW v0 AS SELECT a, b FROM t").expect("it is sound");
        for at in 1..=9 {
            let view = format!("CREATE VIEW v{at} AS SELECT x.a, y.b FROM v{} x JOIN v{} y USING (a)", at - 1, at - 1);
            session.execute(&view).expect("it is sound");
        }
        assert_eq!(answer(session, "SELECT sum(b)::bigint FROM v7"), 3);
        let both = (1..=5).fold("v9".to_owned(), |sql, _| format!("(SELECT x.a FROM {sql} x JOIN {sql} y USING (a))"));
        let error = session.execute(&format!("SELECT * FROM {both} z")).expect_err("it has too many operators");
        assert_eq!((error.sqlstate.as_str(), error.message.as_str()), ("54001", "statement is too complex"));
        let parts: Vec<String> =
            (1..=40).map(|at| format!("p{at} AS (SELECT a FROM p{0}, p{0} AS x)", at - 1)).collect();
        let with = format!("WITH p0 AS (SELECT a FROM t), {} SELECT 1 FROM t", parts.join(", "));
        let error = session.execute(&with).expect_err("it has too many operators");
        assert_eq!((error.sqlstate.as_str(), error.message.as_str()), ("54001", "statement is too complex"));
    });
}

/// As many as PostgreSQL takes.
#[test]
fn a_select_list_has_an_end() {
    with_rows(|session| {
        let list = |count: usize| vec!["a"; count].join(", ");
        session.execute(&format!("SELECT {} FROM t", list(1664))).expect("it is not too long");
        let error = session.execute(&format!("SELECT 1 FROM (SELECT {} FROM t) x", list(1665)));
        let error = error.expect_err("it is too long");
        let message = "target lists can have at most 1664 entries";
        assert_eq!((error.sqlstate.as_str(), error.message.as_str()), ("54011", message));
    });
}
