//! TRUNCATE: empties tables at once. Fires no referential action; refused while other tables reference them.

use std::collections::BTreeSet;
use std::sync::Arc;

use bowline_core::catalog::{ForeignKey, TableId};
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{CascadeOption, Truncate, TruncateIdentityOption};

use super::super::guard;
use super::super::names;
use super::super::scope::{Done, Scope};
use super::super::trace_tree::{Line, aligned, plural, root_line};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs `TRUNCATE t, … [RESTART IDENTITY] [CASCADE]`.
pub(in crate::sql) fn truncate(scope: &mut Scope, truncate: Truncate) -> Result<Done, Error> {
    if truncate.partitions.is_some() || truncate.on_cluster.is_some() {
        return Err(Error::unsupported("this form of TRUNCATE is not supported", "Use TRUNCATE table, ... [CASCADE]."));
    }
    let mut emptied: BTreeSet<TableId> = BTreeSet::new();
    for target in &truncate.table_names {
        match names::table(scope.catalog(), &target.name) {
            Ok(table) => {
                emptied.insert(table.id);
            }
            Err(error) if truncate.if_exists && error.sqlstate == "42P01" => {
                scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            }
            Err(error) => return Err(error),
        }
    }
    let named: Vec<TableId> = emptied.iter().copied().collect();
    let reached = cascade(scope, &mut emptied, truncate.cascade == Some(CascadeOption::Cascade))?;
    refuse_too_many(scope, &named, &reached)?;
    let mut delta = Delta::default();
    for id in &emptied {
        let table = scope.catalog().table(*id).clone();
        let mut changes = scope.changes_to(&table);
        changes.removed = scope.rows(*id).live_rows();
        delta.tables.insert(*id, changes);
    }
    if truncate.identity == Some(TruncateIdentityOption::Restart) {
        let catalog = scope.catalog();
        for sequence in catalog.sequences().filter(|s| s.owner.is_some_and(|(table, _)| emptied.contains(&table))) {
            scope.sequences.restart(sequence);
        }
    }
    scope.apply(Outcome::command("TRUNCATE TABLE"), delta)
}

/// Adds the tables that reference those emptied, and those that reference them in turn. Returns the foreign key that each was reached
/// through, in rounds, each in the order in which the tables were made. Errors: 0A000 if there are any without CASCADE.
fn cascade(scope: &mut Scope, emptied: &mut BTreeSet<TableId>, asked: bool) -> Result<Vec<Arc<ForeignKey>>, Error> {
    let catalog = scope.catalog().clone();
    let mut reached = Vec::new();
    loop {
        let from_outside =
            |fk: &&Arc<ForeignKey>| emptied.contains(&fk.referenced_table) && !emptied.contains(&fk.table);
        let mut found: Vec<_> = catalog.foreign_keys().filter(from_outside).collect();
        found.sort_by_key(|fk| (fk.table, fk.id));
        found.dedup_by_key(|fk| fk.table);
        let Some(first) = found.first() else { return Ok(reached) };
        if !asked {
            let (table, referenced) = (&catalog.table(first.table).name, &catalog.table(first.referenced_table).name);
            return Err(Error::new("0A000", "cannot truncate a table referenced in a foreign key constraint")
                .with_detail(format!("Table \"{table}\" references \"{referenced}\" through \"{}\".", first.name))
                .with_hint(format!("Truncate table \"{table}\" at the same time, or use TRUNCATE ... CASCADE.")));
        }
        for fk in found {
            emptied.insert(fk.table);
            scope.notice(Notice::plain(format!("truncate cascades to table \"{}\"", catalog.table(fk.table).name)));
            reached.push(fk.clone());
        }
    }
}

/// Refuses to empty more rows of the tables reached than the session allows. Errors: 54000.
fn refuse_too_many(scope: &Scope, named: &[TableId], reached: &[Arc<ForeignKey>]) -> Result<(), Error> {
    let live = |id: TableId| scope.rows(id).live_count() as u64;
    let Some(exceeded) = guard::exceeded(scope, || reached.iter().map(|fk| live(fk.table)).sum()) else {
        return Ok(());
    };
    let mut lines = Vec::new();
    for id in named {
        let title = format!("truncate {}", scope.catalog().table(*id).relation_name());
        lines.push(root_line(title, live(*id), plural("row", live(*id)).to_owned()));
        branches(scope, *id, "", reached, &mut lines);
    }
    Err(exceeded.error("truncate", &aligned(&lines)).with_hint(exceeded.hint("table by table")))
}

/// The lines of the tables that were reached from one.
fn branches(scope: &Scope, from: TableId, indent: &str, reached: &[Arc<ForeignKey>], lines: &mut Vec<Line>) {
    let here: Vec<&Arc<ForeignKey>> = reached.iter().filter(|fk| fk.referenced_table == from).collect();
    for (position, fk) in here.iter().enumerate() {
        let (branch, below) = if position + 1 == here.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let rows = scope.rows(fk.table).live_count() as u64;
        lines.push(Line {
            table: format!("{indent}{branch}{}", scope.catalog().table(fk.table).relation_name()),
            constraint: fk.name.clone(),
            rule: "on truncate cascade".to_owned(),
            count: Some(rows),
            effect: format!("{} deleted", plural("row", rows)),
        });
        branches(scope, fk.table, &format!("{indent}{below}"), reached, lines);
    }
}
