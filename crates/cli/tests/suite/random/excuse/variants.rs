//! Schemas that mean the same, in which PostgreSQL may answer as bowline did.
//!
//! ```text
//!   the transaction, taken back, and run again with a variant of its schema, from its start or from the last statement on:
//!     keys judged at the end of the statement      ─┐
//!     references judged at the end of the statement ├──▶ PostgreSQL now answers as bowline did: excused
//!     foreign keys declared in another order        │
//!     rows stored in another order                 ─┘
//! ```
//!
//! Only what PostgreSQL leaves to the order of its triggers and rows is different in a variant.

use std::fmt::Write as _;

use bowline::TransactionStatus;

use super::super::engines::{Contents, Ending, Engine};
use super::super::modes;
use super::super::player::{Difference, JUDGE, Player};
use super::super::psql::Psql;
use super::Class;

/// What the variants have shown.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// The class of the first in which PostgreSQL answers as bowline did.
    pub(super) class: Option<Class>,
    /// Two of them accept the statement and leave different rows.
    pub(super) rows_differ: bool,
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

/// From where on a variant is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Start,
    /// What came before ran in the schema as it is; nothing of it may wait to be judged.
    LastStatement,
}

/// What came of a variant.
enum Ran {
    /// It cannot be made at this point.
    Impossible,
    /// PostgreSQL did not come to an end.
    Stopped,
    Ended {
        agrees: bool,
        /// The rows after the last statement, where it was accepted.
        contents: Option<Contents>,
    },
}

/// Tries variants until one explains the difference.
pub(super) fn try_all(player: &mut Player, difference: &Difference) -> Tried {
    let mut tried = Tried::default();
    let mut accepted: Option<Contents> = None;
    for variant in variants() {
        for since in [Since::Start, Since::LastStatement] {
            match run(player, difference, variant, since) {
                Ran::Impossible => {}
                // The others would not end either, and each takes its time.
                Ran::Stopped => return tried,
                Ran::Ended { agrees: true, .. } => {
                    tried.class = Some(variant.class);
                    return tried;
                }
                Ran::Ended { agrees: false, contents: None } => {}
                Ran::Ended { agrees: false, contents: Some(contents) } => {
                    let known = accepted.get_or_insert_with(|| contents.clone());
                    tried.rows_differ |= *known != contents;
                }
            }
        }
    }
    tried
}

fn variants() -> Vec<Variant> {
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
    variants
}

/// Runs the transaction, or its last statement, in a variant of its schema.
fn run(player: &mut Player, difference: &Difference, variant: Variant, since: Since) -> Ran {
    let begun = difference.before != TransactionStatus::Idle;
    let first = match since {
        Since::Start => usize::from(begun),
        Since::LastStatement => player.transaction.len() - 1,
    };
    if since == Since::LastStatement && (first < 2 || player.transaction[first].0 == "COMMIT") {
        return Ran::Impossible;
    }
    match since {
        Since::Start => {
            player.postgres.run_all(&["ROLLBACK", "BEGIN"]);
            let prepared = player.postgres.run(&preparation(variant));
            assert!(
                prepared.succeeded(),
                "a variant was believed to be well-formed: {prepared:?}\n{}",
                preparation(variant)
            );
        }
        Since::LastStatement => {
            player.rewind();
            let again = modes::again(&player.transaction, player.before.catalog());
            let mut statements = vec![preparation(variant)];
            statements.extend(again);
            let prepared = player.postgres.run_all(&statements.iter().map(String::as_str).collect::<Vec<_>>());
            // What waits to be judged keeps PostgreSQL from altering tables.
            if !prepared.iter().all(Ending::succeeded) {
                return Ran::Impossible;
            }
        }
    }
    let judged = player.postgres.run("SELECT string_agg(quote_ident(name), ', ') FROM bowline_judged").rows;
    let judged = judged.first().filter(|names| !names.is_empty() && !names.starts_with('\u{2400}'));
    if let Some(names) = judged {
        player.postgres.run(&format!("SET CONSTRAINTS {names} DEFERRED"));
    }
    let mut agrees = true;
    let mut accepts = false;
    for (statement, ours) in &player.transaction[first..] {
        let ending = run_judging(player.postgres, statement, judged.map(String::as_str), !begun);
        if ending.sqlstate == "57014" {
            return Ran::Stopped;
        }
        agrees &= ending.agrees(ours) && ours.tells(&ending);
        accepts = ending.succeeded();
    }
    let tables: Vec<String> = match &difference.our_contents {
        Some(ours) => ours.iter().map(|(table, _)| table.clone()).collect(),
        None => player.before.catalog().tables().map(|table| table.name.clone()).collect(),
    };
    let contents = accepts.then(|| player.postgres.contents(&tables));
    agrees &= difference.our_contents.is_none() || contents == difference.our_contents;
    player.postgres.run("ROLLBACK");
    Ran::Ended { agrees, contents }
}

/// Runs a statement, and judges at its end what is judged there in the variant; all, if the statement stands alone.
fn run_judging(postgres: &mut Psql, statement: &str, judged: Option<&str>, stands_alone: bool) -> Ending {
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
    if ending.succeeded() && stands_alone {
        let checked = postgres.run(JUDGE);
        if !checked.succeeded() {
            ending = checked;
        }
    }
    ending
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
