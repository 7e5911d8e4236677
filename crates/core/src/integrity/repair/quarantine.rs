//! Keeps the rows a repair takes away: in a side table each, with when, for which constraint and why.
//!
//! ```text
//!   orders ──▶ orders_quarantine: the columns of orders, quarantined_at, constraint_name, reason
//! ```
//!
//! The side table is made when it is first needed. It has neither keys nor rules; whoever adds some is held to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};

use super::{RepairError, RepairRequest, Unfit};
use crate::catalog::{
    Catalog, Column, ColumnId, Event, ForeignKey, NotNull, Relation, RelationName, SqlType, Table, TableId,
    constraint_name,
};
use crate::integrity::check::{Orphan, Reason};
use crate::integrity::close::{Closed, close};
use crate::integrity::whole_rows::table_batch;
use crate::integrity::{ConstraintModes, Judge};
use crate::rows::{Delta, NewRows, Snapshot, TableDelta};

/// The side table's own columns.
const OWN_COLUMNS: [(&str, SqlType); 3] =
    [("quarantined_at", SqlType::TimestampTz), ("constraint_name", SqlType::Text), ("reason", SqlType::Text)];

/// Rows of one table that are taken away, and why each is.
#[derive(Default)]
struct Taken {
    rows: Vec<u64>,
    constraints: Vec<String>,
    reasons: Vec<String>,
}

/// Adds to a closed repair the rows it takes away, inserted into side tables. Returns which table's rows are where.
pub(super) fn keep(
    base: &Snapshot,
    request: &RepairRequest,
    orphans: &[Orphan],
    closed: &mut Closed,
    judge: &dyn Judge,
) -> Result<Vec<(RelationName, RelationName)>, RepairError> {
    let mut catalog = Catalog::clone(base.catalog());
    let mut sides = Vec::new();
    for (id, taken) in taken(base, request, orphans, closed) {
        let table = base.catalog().table(id).clone();
        sides.push((side_table(&mut catalog, &table)?, table, taken));
    }
    let declared = Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() };
    let with_sides = closed.after.apply(&declared)?;
    let mut inserted = Delta::default();
    let mut places = Vec::new();
    for (side, table, taken) in sides {
        let rows = kept_rows(base, request, &table, &side, &taken, judge)?;
        let mut changes = TableDelta::new(with_sides.rows(side.id).next_row());
        changes.insert(rows);
        inserted.tables.insert(side.id, changes);
        places.push((table.relation_name(), side.relation_name()));
    }
    let kept = close(&with_sides, inserted, &ConstraintModes::immediate(), judge)?;
    closed.delta.extend(declared);
    closed.delta.extend(kept.delta);
    closed.after = kept.after;
    Ok(places)
}

/// The rows that were taken away, by table.
fn taken(base: &Snapshot, request: &RepairRequest, orphans: &[Orphan], closed: &Closed) -> BTreeMap<TableId, Taken> {
    let repaired = request.foreign_key;
    let referenced = |fk: &ForeignKey| &base.catalog().table(fk.referenced_table).name;
    let mut all: BTreeMap<TableId, Taken> = BTreeMap::new();
    let of_table = all.entry(repaired.table).or_default();
    for orphan in orphans {
        of_table.rows.push(orphan.row);
        of_table.constraints.push(repaired.name.clone());
        of_table.reasons.push(match orphan.reason {
            Reason::Missing => format!("the key is not present in table \"{}\"", referenced(repaired)),
            Reason::PartlyNull => "MATCH FULL does not allow mixing of null and nonnull key values".to_owned(),
        });
    }
    for (_, node) in closed.trace.nodes() {
        let Some((fk, Event::Delete)) = &node.through else { continue };
        let of_table = all.entry(node.table.id).or_default();
        let reason = format!("the row it references in table \"{}\" was quarantined", referenced(fk));
        of_table.rows.extend(&node.deleted_rows);
        of_table.constraints.resize(of_table.rows.len(), fk.name.clone());
        of_table.reasons.resize(of_table.rows.len(), reason);
    }
    all.retain(|_, taken| !taken.rows.is_empty());
    all
}

/// The side table of a table, made if it is not there.
fn side_table(catalog: &mut Catalog, table: &Table) -> Result<Arc<Table>, Unfit> {
    let name = RelationName::new(&table.schema, constraint_name(&table.name, &[], "quarantine", &|_| false));
    if let Some((own, _)) = OWN_COLUMNS.iter().find(|(own, _)| table.column(own).is_some()) {
        return Err(Unfit::OwnColumn((*own).to_owned()));
    }
    let columns = table.columns.iter().map(|column| (column.name.as_str(), column.sql_type)).chain(OWN_COLUMNS);
    match catalog.relation(&name) {
        Some(Relation::Table(side)) => {
            for (wanted, sql_type) in columns {
                if side.column(wanted).is_none_or(|column| column.sql_type != sql_type) {
                    return Err(Unfit::SideColumn(name, wanted.to_owned(), sql_type));
                }
            }
            Ok(side)
        }
        Some(_) => Err(Unfit::NameTaken(name)),
        None => {
            let columns: Vec<Column> = columns.zip(1..).map(|((name, of), id)| plain(ColumnId(id), name, of)).collect();
            let side = Table {
                id: TableId(catalog.next_id_in(&name.schema)),
                schema: name.schema,
                name: name.name,
                next_column: columns.len() as u32 + 1,
                columns,
                keys: Vec::new(),
                checks: Vec::new(),
                indexes: Vec::new(),
                comment: Some(format!("Rows that bowline.repair took out of {}.", table.relation_name())),
            };
            catalog.put_table(side.clone());
            Ok(Arc::new(side))
        }
    }
}

/// A column that takes anything of its type.
fn plain(id: ColumnId, name: &str, sql_type: SqlType) -> Column {
    Column {
        id,
        name: name.to_owned(),
        sql_type,
        not_null: false,
        default: None,
        identity: None,
        generated: None,
        is_virtual: false,
        numbered_as: None,
        not_null_constraint: NotNull::default(),
        missing: None,
        comment: None,
    }
}

/// The rows as the side table keeps them.
fn kept_rows(
    base: &Snapshot,
    request: &RepairRequest,
    table: &Table,
    side: &Table,
    taken: &Taken,
    judge: &dyn Judge,
) -> Result<NewRows, RepairError> {
    let count = taken.rows.len();
    let mut values = base.rows(table.id).fetch(table, &taken.rows, &table.column_ids())?;
    // The side table computes nothing, so what the table computes where it is read is kept as it was.
    let whole = table_batch(table, values.clone(), count)?;
    for (position, column) in table.virtual_columns() {
        values[position] = judge.generated(table, column, &whole)?;
    }
    let when = TimestampMicrosecondArray::from(vec![request.now; count]).with_timezone("UTC");
    let own: [ArrayRef; 3] = [
        Arc::new(when),
        Arc::new(StringArray::from(taken.constraints.clone())),
        Arc::new(StringArray::from(taken.reasons.clone())),
    ];
    let names = table.columns.iter().map(|column| column.name.as_str()).chain(OWN_COLUMNS.map(|(name, _)| name));
    let id = |name: &str| side.column(name).expect("the side table was seen to have the column").id;
    let given = names.map(id).zip(values.into_iter().chain(own)).collect();
    let arrays = (request.complete)(side, given, count)?;
    Ok(NewRows::whole(side, table_batch(side, arrays, count)?))
}
