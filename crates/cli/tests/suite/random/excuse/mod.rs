//! Differences that `docs/differences.md` lists, each proved by PostgreSQL itself, or by the naive model.
//!
//! ```text
//!   both refuse, and PostgreSQL shows a violation that bowline found too, or bowline's once its own is gone     ─┐
//!   a class of its own (`listed`), each with what must be so for it                                              ├──▶ excused
//!   PostgreSQL answers as bowline did in a schema that means the same (`variants`)                               │
//!   the naive model says what bowline says (`oracle`): counted apart                                            ─┘
//! ```

mod listed;
mod variants;

use super::engines::{Ending, Engine};
use super::oracle;
use super::player::{Difference, JUDGE, Player};

/// A kind of accepted difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Both refuse, and the violation PostgreSQL shows is one of those bowline found.
    OtherViolationShown,
    /// Both find a foreign key broken; one tells of the referencing row, the other of the referenced key.
    OtherSideShown,
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
    /// An ALTER TABLE fails for several of its parts, and another one is told there.
    OtherPartTold,
    /// PostgreSQL does not alter or truncate a table that has something deferred.
    AlteredWhileDeferred,
    /// A row that the transaction changed before, or that is NULL in part under MATCH FULL, is judged again there, also by a
    /// foreign key that is NOT VALID.
    OldOrphanJudged,
    /// TRUNCATE there overlooks a foreign key that is NOT ENFORCED, or the table that has it, if no other trigger is on the table.
    TruncateNotEnforced,
    /// CHECK and NOT NULL are judged there as each row comes, though an action deletes or mends the row.
    RowsAsTheyCome,
    /// ON CONFLICT there does not come to a deferrable key that it may mean.
    DeferrableArbiter,
    /// What SET DEFAULT leaves on the key that is gone is judged at once there, though its foreign key is deferred.
    SetDefaultAtOnce,
    /// PostgreSQL forgets the modes that a savepoint brings back when one after it, in which they were changed, is released.
    ModesOfReleased,
    /// Keys chase each other around a cycle of ON UPDATE CASCADE there until they are stopped.
    NeverEnds,
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
    if shows_other_side(player, difference) {
        return Some(Class::OtherSideShown);
    }
    if let Some(class) = listed::explain(player, difference) {
        return Some(class);
    }
    // A schema that means the same says nothing of what is done to a schema.
    let (last, _) = player.transaction.last()?;
    let words = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COMMIT", "SET CONSTRAINTS"];
    if !words.iter().any(|word| last.starts_with(word)) {
        return None;
    }
    let tried = variants::try_all(player, difference);
    if tried.class.is_some() {
        return tried.class;
    }
    let both = difference.ours.succeeded() && difference.theirs.succeeded();
    if both && !difference.ours.agrees(&difference.theirs) {
        // The model knows nothing of what is returned.
        return None;
    }
    if difference.ours.succeeded() && difference.theirs.sqlstate == "23514" {
        // Nor of CHECKs.
        return None;
    }
    let agrees = oracle::agrees(player, difference);
    if difference.ours.sqlstate == "27000" && tried.rows_differ && agrees != Some(false) {
        return Some(Class::TwoValues);
    }
    (agrees == Some(true)).then(|| Class::ByTheModel(by_the_model(difference)))
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

/// Both refuse for a violation, and bowline found the one that PostgreSQL shows, too.
fn shows_another_violation(difference: &Difference) -> bool {
    let is_violation = |sqlstate: &str| sqlstate.starts_with("23") || sqlstate == "27000";
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    is_violation(&ours.sqlstate)
        && is_violation(&theirs.sqlstate)
        && theirs.headlines.iter().all(|headline| ours.headlines.contains(headline))
}

/// Both refuse for one foreign key, which the statement breaks from both sides: where rows are changed, the model says so, too.
fn shows_other_side(player: &mut Player, difference: &Difference) -> bool {
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    let named = |ending: &Ending| {
        let headline = ending.headlines.first()?;
        let (side, rest) = headline.split_once(" violates foreign key constraint \"")?;
        Some((side.split(" on table").next()?.to_owned(), rest.split('"').next()?.to_owned()))
    };
    let (Some((our_side, our_fk)), Some((their_side, their_fk))) = (named(ours), named(theirs)) else { return false };
    if ours.sqlstate != "23503" || theirs.sqlstate != "23503" || our_fk != their_fk || our_side == their_side {
        return false;
    }
    let judges = ["COMMIT", "SET CONSTRAINTS"];
    player.transaction.last().is_some_and(|(last, _)| judges.iter().any(|word| last.starts_with(word)))
        || oracle::agrees(player, difference) == Some(true)
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

/// Brings the engines to the same state after an excused difference. False where bowline has committed it.
pub(super) fn go_on(player: &mut Player, difference: &Difference) -> bool {
    player.take_back(difference)
}
