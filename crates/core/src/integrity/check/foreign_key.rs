//! Every violating row of one foreign key.

use super::{Orphan, bytes, chunks, integers, orphans};
use crate::catalog::ForeignKey;
use crate::rows::{Interrupt, RowsError, Snapshot};

/// Every violating row of a foreign key, by row id ascending; also of a foreign key that is NOT VALID or NOT ENFORCED.
///
/// Errors: rows could not be read, or `interrupt` said so.
pub fn check_foreign_key(
    snapshot: &Snapshot,
    fk: &ForeignKey,
    interrupt: &dyn Interrupt,
) -> Result<Vec<Orphan>, RowsError> {
    let catalog = snapshot.catalog();
    let (table, referenced) = (catalog.table(fk.table), catalog.table(fk.referenced_table));
    let types = table.column_types(&fk.columns);
    let referenced_types = referenced.column_types(&fk.referenced_columns);
    let referencing_rows = chunks::load(snapshot.rows(fk.table), table, &fk.columns, interrupt)?;
    let referenced_rows =
        chunks::load(snapshot.rows(fk.referenced_table), referenced, &fk.referenced_columns, interrupt)?;
    match (&types[..], &referenced_types[..]) {
        ([one], [other]) if one.is_integer() && other.is_integer() => {
            integers::orphans(&referencing_rows, &referenced_rows, interrupt)
        }
        _ => {
            let forms = bytes::forms(&types, &referenced_types);
            orphans::orphans(&referencing_rows, &referenced_rows, &forms, fk.match_type, interrupt)
        }
    }
}
