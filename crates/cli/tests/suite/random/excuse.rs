//! Differences that `docs/differences.md` lists, each proved by PostgreSQL itself.
//!
//! ```text
//!   the transaction, taken back, and run again with a variant of its schema:
//!     keys judged at the end of the statement      ─┐
//!     references judged at the end of the statement ├──▶ PostgreSQL now answers as bowline did: excused
//!     foreign keys declared in another order        │
//!     rows stored in another order                 ─┘
//!   the new rows of an INSERT ... ON CONFLICT in another order: PostgreSQL now refuses what bowline refused: excused
//!   bowline found two values for one column (27000), and variants of one transaction leave different rows: excused
//!   the naive model says what bowline says: excused, and counted apart
//! ```
//!
//! A variant means the same: only what PostgreSQL leaves to the order of its triggers and rows is different in it.

use std::fmt::Write as _;

use bowline::TransactionStatus;
use bowline::core::catalog::{ForeignKey, MatchType, TableId};
use bowline::core::integrity::check_foreign_key;
use bowline::core::rows::{Snapshot, Uninterrupted};

use super::engines::{Contents, Ending, Engine};
use super::oracle;
use super::player::{Difference, JUDGE, Player};

/// A kind of accepted difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Both refuse, and the violation PostgreSQL shows is one of those bowline found.
    OtherViolationShown,
    /// The error of an INSERT ... ON CONFLICT depends on the order of its new rows there.
    NewRowsInOrder,
    /// Uniqueness is judged row by row there.
    KeysRowByRow,
    /// References are judged when the query of an action ends there.
    ReferencesWithinActions,
    /// Both of these.
    KeysAndReferences,
    /// The outcome depends on the order of foreign keys or rows there.
    OrderOfActions,
    /// Two values for one column; the action that runs last wins there.
    TwoValues,
    /// PostgreSQL does not alter or truncate a table that has something deferred.
    AlteredWhileDeferred,
    /// A row that the transaction changed before, or that is NULL in part under MATCH FULL, is judged again there, also by a
    /// foreign key that is NOT VALID.
    OldOrphanJudged,
    /// TRUNCATE there overlooks a foreign key that is NOT ENFORCED, if no other trigger is on the table.
    TruncateNotEnforced,
    /// No variant explains it, but the naive model says what bowline says.
    ByTheModel(Shown),
}

/// How a difference shows that only the model explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    KeysRowByRow,
    ReferencesWithinActions,
    OrderOfActions,
    TwoValues,
}

/// What is judged at the end of the statement in a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timing {
    keys: bool,
    references: bool,
}

/// A schema that means the same.
#[derive(Debug, Clone, Copy)]
struct Variant {
    timing: Timing,
    /// How the foreign keys are ordered before they are declared again; `None` leaves them alone.
    order: &'static str,
    /// Rows are stored in random order.
    shuffles_rows: bool,
    class: Class,
}

const AS_IT_IS: Timing = Timing { keys: false, references: false };
const AT_END: Timing = Timing { keys: true, references: true };

/// RESTRICT first, then what deletes, then what writes, NO ACTION last.
const RULES_FIRST: &str =
    "position(c.confdeltype::text in 'rcnda'), position(c.confupdtype::text in 'rcnda'), c.conname";

/// How many random orders are tried, with and without checks at the end.
const RANDOM_ORDERS: usize = 6;

/// How many violations a statement may have beside the one that bowline shows.
const VIOLATIONS_MAX: usize = 4;

/// The class of a difference; `None` if nothing explains it. What PostgreSQL's transaction did is undefined then.
pub(super) fn explain(player: &mut Player, difference: &Difference) -> Option<Class> {
    if difference.unsound.is_some() {
        return None;
    }
    if shows_another_violation(difference) || has_both_violations(player, difference) {
        return Some(Class::OtherViolationShown);
    }
    if meets_new_rows_in_order(player, difference) {
        return Some(Class::NewRowsInOrder);
    }
    if truncates_unenforced(player, difference) {
        return Some(Class::TruncateNotEnforced);
    }
    if judges_old_orphan(player, difference) {
        return Some(Class::OldOrphanJudged);
    }
    if alters_while_deferred(player, difference) {
        return Some(Class::AlteredWhileDeferred);
    }
    let keys = Timing { keys: true, references: false };
    let references = Timing { keys: false, references: true };
    let by_time = [(keys, Class::KeysRowByRow), (references, Class::ReferencesWithinActions)];
    let by_time = by_time.into_iter().chain([(AT_END, Class::KeysAndReferences)]);
    let mut variants: Vec<Variant> =
        by_time.map(|(timing, class)| Variant { timing, order: "c.oid", shuffles_rows: false, class }).collect();
    for timing in [AS_IT_IS, references, AT_END] {
        let class = Class::OrderOfActions;
        variants.push(Variant { timing, order: RULES_FIRST, shuffles_rows: false, class });
        let shuffled = Variant { timing, order: "random()", shuffles_rows: true, class };
        variants.extend([shuffled; RANDOM_ORDERS]);
    }
    let mut results: Vec<Option<Contents>> = Vec::new();
    for variant in variants {
        let (agrees, contents) = run(player, difference, variant);
        if agrees {
            return Some(variant.class);
        }
        results.push(contents);
    }
    let outcomes_differ = results.iter().any(|contents| *contents != difference.their_contents);
    if difference.ours.sqlstate == "27000" && outcomes_differ && oracle::agrees(player, difference) != Some(false) {
        return Some(Class::TwoValues);
    }
    (oracle::agrees(player, difference) == Some(true)).then(|| Class::ByTheModel(by_the_model(difference)))
}

/// What PostgreSQL does otherwise than the rules say, by how it shows.
fn by_the_model(difference: &Difference) -> Shown {
    match (difference.ours.sqlstate.as_str(), difference.theirs.sqlstate.as_str()) {
        ("27000", _) => Shown::TwoValues,
        (_, "23505") => Shown::KeysRowByRow,
        (_, "23503") => Shown::ReferencesWithinActions,
        _ => Shown::OrderOfActions,
    }
}

/// Both refuse an INSERT ... ON CONFLICT of several rows, and PostgreSQL shows bowline's error when another row stands first.
fn meets_new_rows_in_order(player: &mut Player, difference: &Difference) -> bool {
    let Some((statement, ours)) = player.transaction.last().cloned() else { return false };
    let rows = statement.split_once(" VALUES (").and_then(|(head, rest)| {
        let (rows, tail) = rest.split_once(") ON CONFLICT")?;
        Some((head, rows.split("), (").map(str::to_owned).collect::<Vec<_>>(), tail))
    });
    let Some((head, mut rows, tail)) = rows else { return false };
    if ours.succeeded() || difference.theirs.succeeded() {
        return false;
    }
    (1..rows.len()).any(|_| {
        rows.rotate_left(1);
        player.rewind();
        let theirs = player.postgres.run(&format!("{head} VALUES ({}) ON CONFLICT{tail}", rows.join("), (")));
        theirs.sqlstate == ours.sqlstate && ours.tells(&theirs)
    })
}

/// bowline refuses a TRUNCATE, and all that references the tables from outside is NOT ENFORCED.
fn truncates_unenforced(player: &Player, difference: &Difference) -> bool {
    let Some((statement, _)) = player.transaction.last().filter(|(text, _)| text.starts_with("TRUNCATE")) else {
        return false;
    };
    if difference.ours.sqlstate != "0A000" || !difference.theirs.succeeded() {
        return false;
    }
    let words: Vec<&str> = statement.split([' ', ',']).collect();
    let catalog = player.before.catalog();
    let is_named = |id: TableId| words.contains(&catalog.table(id).name.as_str());
    let mut outside =
        catalog.foreign_keys().filter(|fk| is_named(fk.referenced_table) && !is_named(fk.table)).peekable();
    outside.peek().is_some() && outside.all(|fk| !fk.enforced)
}

/// In a transaction that ran other statements before, or of MATCH FULL, PostgreSQL names a foreign key that is NOT VALID, and the statement
/// left no more rows that break it than there were.
fn judges_old_orphan(player: &Player, difference: &Difference) -> bool {
    if !difference.ours.succeeded() || difference.theirs.sqlstate != "23503" {
        return false;
    }
    let is_again = player.transaction.len() >= 3;
    let (before, after) = (&player.before, player.bowline.snapshot());
    let is_named = |name: &str| difference.theirs.headlines.iter().any(|told| told.contains(&format!("\"{name}\"")));
    let orphans = |snapshot: &Snapshot, fk: &ForeignKey| {
        check_foreign_key(snapshot, fk, &Uninterrupted).expect("rows in memory can be read").len()
    };
    let mut named = before.catalog().foreign_keys().filter(|fk| !fk.validated && is_named(&fk.name));
    named.any(|fk| (is_again || fk.match_type == MatchType::Full) && orphans(&after, fk) <= orphans(before, fk))
}

/// PostgreSQL says that events are waiting, and answers as bowline does once they are judged, if they can be.
fn alters_while_deferred(player: &mut Player, difference: &Difference) -> bool {
    let Some((statement, ours)) = player.transaction.last().cloned() else { return false };
    if difference.theirs.sqlstate != "55006" {
        return false;
    }
    player.rewind();
    !player.postgres.run(JUDGE).succeeded() || player.postgres.run(&statement).agrees(&ours)
}

/// Both refuse for a violation, and bowline found the one that PostgreSQL shows, too.
fn shows_another_violation(difference: &Difference) -> bool {
    let is_violation = |sqlstate: &str| sqlstate.starts_with("23") || sqlstate == "27000";
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    is_violation(&ours.sqlstate)
        && is_violation(&theirs.sqlstate)
        && theirs.headlines.iter().all(|headline| ours.headlines.contains(headline))
}

/// Both refuse, and PostgreSQL shows bowline's error once the constraints it names are gone.
fn has_both_violations(player: &mut Player, difference: &Difference) -> bool {
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    if ours.succeeded() || !theirs.sqlstate.starts_with("23") {
        return false;
    }
    let mut shown = theirs.clone();
    let mut without = Vec::new();
    for _ in 0..VIOLATIONS_MAX {
        let Some(drop) = dropping(&shown.headlines) else { return false };
        without.push(drop);
        player.rewind();
        let drops = player.postgres.run_all(&without.iter().map(String::as_str).collect::<Vec<_>>());
        let Some((last, _)) = player.transaction.last().filter(|_| drops.iter().all(Ending::succeeded)) else {
            return false;
        };
        shown = player.postgres.run(last);
        if shown.succeeded() {
            shown = player.postgres.run(JUDGE);
        }
        if shown.sqlstate == ours.sqlstate {
            // The violation must be one that bowline found, not only one of its kind.
            let is_violation = ours.sqlstate.starts_with("23");
            return !is_violation || shown.headlines.iter().all(|headline| ours.headlines.contains(headline));
        }
    }
    false
}

/// The statement that takes the constraint of a headline away.
fn dropping(headlines: &[String]) -> Option<String> {
    let headline = headlines.first()?;
    let mut quoted = headline.split('"').skip(1).step_by(2);
    if headline.contains("not-null") {
        let (column, table) = (quoted.next()?, quoted.next()?);
        // Not through ALTER: the columns of a primary key are to stay one.
        return Some(format!(
            "UPDATE pg_attribute SET attnotnull = false WHERE attrelid = '{table}'::regclass AND attname = '{column}'"
        ));
    }
    let named = headline.split_once("constraint \"")?.1.split('"').next()?;
    Some(format!(
        "DO $do$ DECLARE r record; BEGIN
            FOR r IN SELECT conrelid::regclass::text AS tab FROM pg_constraint WHERE conname = '{named}' LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT {named} CASCADE', r.tab);
            END LOOP;
        END $do$"
    ))
}

/// Runs the transaction in a variant of its schema. Returns whether everything ends as in bowline, and the contents after
/// the last statement.
fn run(player: &mut Player, difference: &Difference, variant: Variant) -> (bool, Option<Contents>) {
    let postgres = &mut *player.postgres;
    postgres.run_all(&["ROLLBACK", "BEGIN"]);
    let prepared = postgres.run(&preparation(variant));
    assert!(prepared.succeeded(), "a variant was believed to be well-formed: {prepared:?}\n{}", preparation(variant));
    let judged = postgres.run("SELECT string_agg(quote_ident(name), ', ') FROM bowline_judged").rows;
    let judged = judged.first().filter(|names| !names.is_empty() && !names.starts_with('\u{2400}'));
    let mut agrees = true;
    let begun = difference.before != TransactionStatus::Idle;
    for (statement, ours) in &player.transaction[usize::from(begun)..] {
        let mut ending = postgres.run(if statement == "COMMIT" { JUDGE } else { statement });
        if statement == "COMMIT" && ending.succeeded() {
            ending.tag = "COMMIT".to_owned();
        }
        if let Some(names) = judged.filter(|_| ending.succeeded()) {
            let immediate = format!("SET CONSTRAINTS {names} IMMEDIATE");
            let checked = postgres.run_all(&[&immediate, &format!("SET CONSTRAINTS {names} DEFERRED")]).swap_remove(0);
            if !checked.succeeded() {
                ending = checked;
            }
        }
        if ending.succeeded() && !begun {
            let checked = postgres.run(JUDGE);
            if !checked.succeeded() {
                ending = checked;
            }
        }
        agrees &= ending.agrees(ours);
    }
    let mut contents = None;
    if let Some(ours) = &difference.our_contents {
        let tables: Vec<String> = ours.iter().map(|(table, _)| table.clone()).collect();
        contents = Some(player.postgres.contents(&tables));
        agrees &= contents == difference.our_contents;
    }
    player.postgres.run("ROLLBACK");
    (agrees, contents)
}

/// The statement that turns the schema into its variant. The names of what is judged at the end of each statement are in
/// `bowline_judged`.
fn preparation(variant: Variant) -> String {
    let mut body = String::from(
        "CREATE TEMP TABLE bowline_judged (name text) ON COMMIT DROP;
         CREATE TEMP TABLE bowline_keys ON COMMIT DROP AS
             SELECT c.conrelid::regclass::text AS tab, c.conname AS name, pg_get_constraintdef(c.oid) AS def,
                    c.condeferrable AS is_deferrable, row_number() OVER (ORDER BY ",
    );
    write!(
        body,
        "{}) AS n FROM pg_constraint c
             WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'f';
         FOR r IN SELECT * FROM bowline_keys LOOP
             EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, r.name);
         END LOOP;\n",
        variant.order
    )
    .expect("writing to a String succeeds");
    if variant.shuffles_rows {
        body.push_str(SHUFFLE);
    }
    if variant.timing.keys {
        body.push_str(KEYS_AT_END);
    }
    if variant.timing.references {
        body.push_str(
            "UPDATE bowline_keys SET def = regexp_replace(def, '( NOT VALID)?$', ' DEFERRABLE INITIALLY DEFERRED\\1')
                 WHERE NOT is_deferrable AND def NOT LIKE '%NOT ENFORCED%';
             INSERT INTO bowline_judged SELECT name FROM bowline_keys
                 WHERE NOT is_deferrable AND def NOT LIKE '%NOT ENFORCED%';\n",
        );
    }
    body.push_str(
        "FOR r IN SELECT * FROM bowline_keys ORDER BY n LOOP
             EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.tab, r.name, r.def);
         END LOOP;\n",
    );
    if variant.timing.keys {
        body.push_str(
            "UPDATE pg_index SET indimmediate = false FROM pg_constraint c
                 WHERE c.conindid = indexrelid AND c.contype IN ('p', 'u') AND c.condeferrable;\n",
        );
    }
    format!("DO $do$ DECLARE r record; BEGIN\n{body}END $do$")
}

const SHUFFLE: &str = "
    FOR r IN SELECT c.oid::regclass::text AS tab, string_agg(quote_ident(a.attname), ', ') AS cols
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
               AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' GROUP BY c.oid LOOP
        EXECUTE format('CREATE TEMP TABLE bowline_rows ON COMMIT DROP AS SELECT * FROM %s', r.tab);
        EXECUTE format('DELETE FROM %s', r.tab);
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM bowline_rows ORDER BY random()',
                       r.tab, r.cols, r.cols);
        DROP TABLE bowline_rows;
    END LOOP;
";

/// PostgreSQL refuses foreign keys to a deferrable key; told that the index is immediate while they are declared, it takes
/// them, and judges the key at the end all the same.
const KEYS_AT_END: &str = "
    FOR r IN SELECT conrelid::regclass::text AS tab, conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u') AND NOT condeferrable LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, r.conname);
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s DEFERRABLE INITIALLY DEFERRED', r.tab, r.conname, r.def);
        INSERT INTO bowline_judged VALUES (r.conname);
    END LOOP;
    UPDATE pg_index SET indimmediate = true FROM pg_constraint c
        WHERE c.conindid = indexrelid AND c.contype IN ('p', 'u') AND c.condeferrable;
";

/// Brings the engines to the same state after an excused difference. False where bowline has committed it.
pub(super) fn go_on(player: &mut Player, difference: &Difference) -> bool {
    player.take_back(difference)
}
