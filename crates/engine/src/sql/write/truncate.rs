//! TRUNCATE: empties tables at once. Fires no referential action; refused while other tables reference them.

use std::collections::BTreeSet;

use bowline_core::catalog::TableId;
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{CascadeOption, Truncate, TruncateIdentityOption};

use super::super::names;
use super::super::scope::{Done, Scope};
use crate::error::Error;
use crate::outcome::{Notice, Outcome};

/// Runs `TRUNCATE t, … [RESTART IDENTITY] [CASCADE]`.
pub(in crate::sql) fn truncate(scope: &mut Scope, truncate: Truncate) -> Result<Done, Error> {
    if truncate.partitions.is_some() || truncate.on_cluster.is_some() {
        return Err(Error::unsupported("this form of TRUNCATE is not supported", "Use TRUNCATE table, ... [CASCADE]."));
    }
    let mut emptied: BTreeSet<TableId> = BTreeSet::new();
    for target in &truncate.table_names {
        match names::table(scope, &target.name) {
            Ok(table) => {
                emptied.insert(table.id);
            }
            Err(error) if truncate.if_exists && error.sqlstate == "42P01" => {
                scope.notice(Notice::plain(format!("{}, skipping", error.message)));
            }
            Err(error) => return Err(error),
        }
    }
    let cascade = truncate.cascade == Some(CascadeOption::Cascade);
    let mut open: Vec<TableId> = emptied.iter().copied().collect();
    while let Some(id) = open.pop() {
        let catalog = scope.catalog().clone();
        for fk in catalog.foreign_keys_to(id).into_iter().filter(|fk| !emptied.contains(&fk.table)) {
            let (table, referenced) = (catalog.table(fk.table), catalog.table(id));
            if !cascade {
                return Err(Error::new("0A000", "cannot truncate a table referenced in a foreign key constraint")
                    .with_detail(format!(
                        "Table \"{}\" references \"{}\" through \"{}\".",
                        table.name, referenced.name, fk.name
                    ))
                    .with_hint(format!(
                        "Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.",
                        table.name
                    )));
            }
        }
        let more: Vec<TableId> =
            catalog.foreign_keys_to(id).iter().map(|fk| fk.table).filter(|table| !emptied.contains(table)).collect();
        for table in more {
            if emptied.insert(table) {
                scope.notice(Notice::plain(format!("truncate cascades to table \"{}\"", catalog.table(table).name)));
                open.push(table);
            }
        }
    }
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
