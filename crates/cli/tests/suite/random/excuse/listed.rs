//! Differences that show in one way only, each with what must be so for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline::core::catalog::{Catalog, ColumnId, ForeignKey, MatchType, ReferentialAction, Table, TableId};
use bowline::core::integrity::check_foreign_key;
use bowline::core::rows::{Snapshot, Uninterrupted};

use super::super::engines::{Ending, Engine};
use super::super::player::{Difference, JUDGE, Player};
use super::super::psql::Psql;
use super::super::{modes, oracle};
use super::{Class, dropping};

/// The class of a difference; `None` where it is none of these.
pub(super) fn explain(player: &mut Player, difference: &Difference) -> Option<Class> {
    if meets_new_rows_in_order(player, difference) {
        return Some(Class::NewRowsInOrder);
    }
    if leaves_out_deferrable_key(player, difference) {
        return Some(Class::DeferrableArbiter);
    }
    if judges_rows_as_they_come(player, difference) {
        return Some(Class::RowsAsTheyCome);
    }
    if truncates_unenforced(player, difference) {
        return Some(Class::TruncateNotEnforced);
    }
    if judges_old_orphan(player, difference) {
        return Some(Class::OldOrphanJudged);
    }
    if tells_other_part(player, difference) {
        return Some(Class::OtherPartTold);
    }
    if alters_while_deferred(player, difference) {
        return Some(Class::AlteredWhileDeferred);
    }
    if keeps_modes_of_released(player, difference) {
        return Some(Class::ModesOfReleased);
    }
    if judges_default_at_once(player, difference) {
        return Some(Class::SetDefaultAtOnce);
    }
    never_ends(player, difference).then_some(Class::NeverEnds)
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

/// PostgreSQL refuses for a CHECK or NOT NULL; without it, it does what bowline did, or the model does for a CHECK, and all
/// rows then obey it.
fn judges_rows_as_they_come(player: &mut Player, difference: &Difference) -> bool {
    does_without(player, difference) || obeys_in_the_end(player, difference)
}

/// PostgreSQL refuses for a CHECK. A query of bowline's finds no row that breaks it, and the model has the same rows.
fn obeys_in_the_end(player: &mut Player, difference: &Difference) -> bool {
    if !difference.ours.succeeded() || difference.theirs.sqlstate != "23514" {
        return false;
    }
    let catalog = player.before.catalog().clone();
    let checks = catalog.tables().flat_map(|table| table.checks.iter().map(move |check| (table, check)));
    let told = |table: &Table, name: &str| {
        let headline = format!("new row for relation \"{}\" violates check constraint \"{name}\"", table.name);
        difference.theirs.headlines == [headline]
    };
    let Some((table, check)) = checks.into_iter().find(|(table, check)| told(table, &check.name)) else { return false };
    let broken = player.bowline.run(&format!("SELECT * FROM {} WHERE NOT ({})", table.name, check.expression.0));
    broken.succeeded() && broken.rows.is_empty() && oracle::agrees(player, difference) == Some(true)
}

fn does_without(player: &mut Player, difference: &Difference) -> bool {
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    let Some((statement, _)) = player.transaction.last().cloned() else { return false };
    let Some(contents) = difference.our_contents.as_ref().filter(|_| ours.succeeded()) else { return false };
    let Some(drop) = dropping(&theirs.headlines).filter(|_| ["23502", "23514"].contains(&theirs.sqlstate.as_str()))
    else {
        return false;
    };
    player.rewind();
    let Some(query) = breaking(player.postgres, theirs) else { return false };
    if !player.postgres.run(&drop).succeeded() {
        return false;
    }
    let again = player.postgres.run(&statement);
    let tables: Vec<String> = contents.iter().map(|(table, _)| table.clone()).collect();
    if !again.agrees(ours) || player.postgres.contents(&tables) != *contents {
        return false;
    }
    let broken = player.postgres.run(&query);
    broken.succeeded() && broken.rows.is_empty()
}

/// The query for rows that break the CHECK or NOT NULL which an error names.
fn breaking(postgres: &mut Psql, theirs: &Ending) -> Option<String> {
    let mut quoted = theirs.headlines.first()?.split('"').skip(1).step_by(2);
    let (first, second) = (quoted.next()?, quoted.next()?);
    match theirs.sqlstate.as_str() {
        "23502" => Some(format!("SELECT 1 FROM {second} WHERE {first} IS NULL")),
        "23514" => {
            let condition = postgres.run(&format!(
                "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
                 WHERE conname = '{second}' AND conrelid = '{first}'::regclass"
            ));
            Some(format!("SELECT 1 FROM {first} WHERE NOT ({})", condition.rows.first()?))
        }
        _ => None,
    }
}

/// Of a TRUNCATE: bowline refuses it, and all that references the tables from outside is NOT ENFORCED; or PostgreSQL refuses it
/// though nothing does so, and a named table with nothing enforced upon it references another one.
fn truncates_unenforced(player: &Player, difference: &Difference) -> bool {
    let Some((statement, _)) = player.transaction.last().filter(|(text, _)| text.starts_with("TRUNCATE")) else {
        return false;
    };
    let (ours, theirs) = (&difference.ours, &difference.theirs);
    let words: Vec<&str> = statement.split([' ', ',']).collect();
    let catalog = player.before.catalog();
    let is_named = |id: TableId| words.contains(&catalog.table(id).name.as_str());
    let to_named: Vec<_> = catalog.foreign_keys().filter(|fk| is_named(fk.referenced_table)).collect();
    let (inside, outside): (Vec<_>, Vec<_>) = to_named.into_iter().partition(|fk| is_named(fk.table));
    if ours.sqlstate == "0A000" && theirs.succeeded() {
        return !outside.is_empty() && outside.iter().all(|fk| !fk.enforced);
    }
    let has_triggers =
        |id: TableId| catalog.foreign_keys().any(|fk| fk.enforced && (fk.table == id || fk.referenced_table == id));
    let is_missed = |fk: &&Arc<ForeignKey>| fk.table != fk.referenced_table && !has_triggers(fk.table);
    ours.succeeded() && theirs.sqlstate == "0A000" && outside.is_empty() && inside.iter().any(is_missed)
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

/// Both refuse an ALTER TABLE of several parts, and PostgreSQL refuses some of them alone with bowline's error.
fn tells_other_part(player: &mut Player, difference: &Difference) -> bool {
    let Some((statement, ours)) = player.transaction.last().cloned() else { return false };
    let altered = statement.strip_prefix("ALTER TABLE ").and_then(|rest| rest.split_once(' '));
    let Some((table, parts)) = altered.filter(|_| !ours.succeeded() && !difference.theirs.succeeded()) else {
        return false;
    };
    let mut starts: Vec<usize> = vec![0];
    for word in [", ADD ", ", DROP ", ", ALTER "] {
        starts.extend(parts.match_indices(word).map(|(at, _)| at));
    }
    starts.sort_unstable();
    let ends = starts.iter().skip(1).copied().chain([parts.len()]);
    let parts: Vec<&str> =
        starts.iter().zip(ends).map(|(start, end)| parts[*start..end].trim_start_matches(", ")).collect();
    // Every choice of parts but none and all, as bits.
    (1..(1_usize << parts.len()) - 1).any(|chosen| {
        let some: Vec<&str> =
            parts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, part)| *part).collect();
        player.rewind();
        let theirs = player.postgres.run(&format!("ALTER TABLE {table} {}", some.join(", ")));
        theirs.sqlstate == ours.sqlstate && ours.tells(&theirs)
    })
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

/// bowline refuses ON CONFLICT for a deferrable key that it may mean, and it may mean another one as well, which PostgreSQL
/// looks at first.
fn leaves_out_deferrable_key(player: &Player, difference: &Difference) -> bool {
    let Some((statement, _)) = player.transaction.last() else { return false };
    let Some((insert, target)) = statement.split_once(" ON CONFLICT") else { return false };
    if difference.ours.sqlstate != "55000" || target.starts_with(" ON CONSTRAINT") {
        return false;
    }
    let catalog = player.before.catalog();
    let is_named = |table: &Table| insert.starts_with(&format!("INSERT INTO {} (", table.name));
    let Some(table) = catalog.tables().find(|table| is_named(table)) else { return false };
    let columns = target.strip_prefix(" (").and_then(|rest| rest.split_once(')'));
    let columns: Option<BTreeSet<String>> = columns.map(|(names, _)| names.split(", ").map(str::to_owned).collect());
    let is_meant = |names: Vec<String>| columns.as_ref().is_none_or(|wanted| *wanted == names.into_iter().collect());
    let meant = table.keys.iter().filter(|key| is_meant(table.column_names(&key.columns)));
    let deferrable: BTreeSet<bool> = meant.map(|key| key.characteristics.deferrable).collect();
    deferrable.len() == 2
}

/// PostgreSQL has other modes than savepoints ought to have brought back, and answers as bowline does once it has these.
fn keeps_modes_of_released(player: &mut Player, difference: &Difference) -> bool {
    let Some((statement, ours)) = player.transaction.last().cloned() else { return false };
    let mended = modes::mended(&player.transaction, player.before.catalog());
    if mended.is_empty() {
        return false;
    }
    player.rewind();
    for statement in &mended {
        if !player.postgres.run(statement).succeeded() {
            return false;
        }
    }
    let theirs = player.postgres.run(if statement == "COMMIT" { JUDGE } else { &statement });
    if !theirs.succeeded() || statement == "COMMIT" {
        return theirs.sqlstate == ours.sqlstate && ours.tells(&theirs);
    }
    let tables: Vec<String> = player.before.catalog().tables().map(|table| table.name.clone()).collect();
    theirs.agrees(&ours)
        && difference.our_contents.as_ref().is_none_or(|rows| *rows == player.postgres.contents(&tables))
}

/// PostgreSQL refuses for a foreign key that is deferred and has SET DEFAULT, and the model says that the rows are as bowline
/// has them, if that foreign key waits.
fn judges_default_at_once(player: &mut Player, difference: &Difference) -> bool {
    if !difference.ours.succeeded() || difference.theirs.sqlstate != "23503" {
        return false;
    }
    let catalog = player.before.catalog().clone();
    let deferred = modes::deferred(&player.transaction, &catalog);
    let sets_default = |fk: &ForeignKey| {
        [&fk.on_delete, &fk.on_update].iter().any(|rule| rule.action == ReferentialAction::SetDefault)
    };
    let told = |fk: &ForeignKey| {
        let (referenced, table) = (&catalog.table(fk.referenced_table).name, &catalog.table(fk.table).name);
        format!(
            "update or delete on table \"{referenced}\" violates foreign key constraint \"{}\" on table \"{table}\"",
            fk.name
        )
    };
    let mut candidates = catalog.foreign_keys().filter(|fk| sets_default(fk) && deferred.contains(&fk.name));
    candidates.any(|fk| difference.theirs.headlines == [told(fk)]) && oracle::agrees(player, difference) == Some(true)
}

/// PostgreSQL had to be stopped, keys can chase each other around a cycle, and the model does not object to bowline's answer.
fn never_ends(player: &mut Player, difference: &Difference) -> bool {
    difference.theirs.sqlstate == "57014"
        && has_cascade_cycle(player.before.catalog())
        && oracle::agrees(player, difference) != Some(false)
}

/// Whether ON UPDATE CASCADE can bring the value of a column back to it; computed columns follow all of their table.
fn has_cascade_cycle(catalog: &Catalog) -> bool {
    type Place = (TableId, ColumnId);
    let mut ways: BTreeSet<(Place, Place)> = BTreeSet::new();
    for fk in catalog.foreign_keys().filter(|fk| fk.enforced && fk.on_update.action == ReferentialAction::Cascade) {
        for (own, referenced) in fk.columns.iter().zip(&fk.referenced_columns) {
            ways.insert(((fk.referenced_table, *referenced), (fk.table, *own)));
        }
    }
    for table in catalog.tables() {
        let (computed, stored): (Vec<_>, Vec<_>) = table.columns.iter().partition(|column| column.generated.is_some());
        for to in computed {
            ways.extend(stored.iter().map(|from| ((table.id, from.id), (table.id, to.id))));
        }
    }
    // Ways from where none leads to are on no cycle; what is left when there are no such ways is.
    loop {
        let reached: BTreeSet<Place> = ways.iter().map(|(_, to)| *to).collect();
        let count = ways.len();
        ways.retain(|(from, _)| reached.contains(from));
        if ways.len() == count {
            return !ways.is_empty();
        }
    }
}
