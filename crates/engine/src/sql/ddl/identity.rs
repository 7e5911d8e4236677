//! Identity columns of a table that is there: ADD GENERATED, SET GENERATED and sequence options, RESTART, DROP IDENTITY.

use std::sync::Arc;

use bowline_core::catalog::{Catalog, CatalogError, Identity, RelationName, Sequence, SequenceId, Table};
use bowline_core::rows::Delta;
use datafusion::sql::sqlparser::ast::{GeneratedAs, ObjectName, SequenceOptions};

use super::super::scope::Scope;
use super::super::{identity_names, names};
use super::create_table::owned_sequence;
use super::sequence;
use crate::error::Error;
use crate::outcome::Notice;

/// `ADD GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY [(options)]`.
pub(super) fn add(
    scope: &Scope,
    table: &Arc<Table>,
    name: &str,
    generated_as: Option<&GeneratedAs>,
    options: &[SequenceOptions],
) -> Result<Delta, Error> {
    let always = match generated_as {
        Some(GeneratedAs::Always) => true,
        Some(GeneratedAs::ByDefault) => false,
        _ => {
            return Err(Error::new("42601", "ADD GENERATED takes ALWAYS or BY DEFAULT")
                .with_hint("Write ADD GENERATED ALWAYS AS IDENTITY."));
        }
    };
    let mut altered = Table::clone(table);
    let position = altered.position(names::column(table, name)?.id);
    let column = altered.columns[position].clone();
    let of = |what: &str| format!("column \"{name}\" of relation \"{}\" {what}", table.name);
    if !column.sql_type.is_integer() {
        return Err(Error::new("22023", "identity column type must be smallint, integer, or bigint")
            .with_hint("Change the type of the column first."));
    }
    if !column.not_null {
        return Err(Error::new("55000", of("must be declared NOT NULL before identity can be added"))
            .with_hint("Use ALTER COLUMN ... SET NOT NULL first."));
    }
    if column.identity.is_some() {
        return Err(
            Error::new("55000", of("is already an identity column")).with_hint("Use SET GENERATED to change it.")
        );
    }
    if column.generated.is_some() {
        return Err(Error::new("55000", of("already has a default value")).with_hint("Drop its expression first."));
    }
    if column.default.is_some() {
        return Err(Error::new("55000", of("already has a default value")).with_hint("Drop the default first."));
    }
    let mut catalog = Catalog::clone(scope.catalog());
    let sequence = owned_sequence(&mut catalog, &altered, column.id, column.sql_type, options)?;
    if let Some(said) = identity_names::of(scope.sql, name) {
        rename(&mut catalog, &altered, sequence, &said)?;
    }
    altered.columns[position].identity = Some(Identity { always, sequence });
    catalog.put_table(altered);
    Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
}

/// `SEQUENCE NAME`. Errors: 55000 for another schema than the table's, 42P07 for a name that is taken.
fn rename(catalog: &mut Catalog, table: &Table, sequence: SequenceId, said: &ObjectName) -> Result<(), Error> {
    let parts = names::parts(said)?;
    let name = match parts.as_slice() {
        [name] => RelationName::new(&table.schema, name),
        [schema, name] if *schema == table.schema => RelationName::new(schema, name),
        _ => {
            return Err(Error::new("55000", "sequence must be in same schema as table it is linked to")
                .with_hint("Name it without a schema."));
        }
    };
    let made = Sequence::clone(catalog.sequence(sequence));
    if made.name != name && catalog.relation(&name).is_some() {
        return Err(CatalogError::Exists { kind: "relation", name: name.name }.into());
    }
    catalog.put_sequence(Sequence { name, ..made });
    Ok(())
}

/// `SET GENERATED ...`, `SET option`, `RESTART` and `DROP IDENTITY`, as words. Errors: 55000 for a column that is no identity.
pub(super) fn change(scope: &mut Scope, table: &Arc<Table>, name: &str, words: &[&str]) -> Result<Delta, Error> {
    let mut altered = Table::clone(table);
    let position = altered.position(names::column(table, name)?.id);
    let column = altered.columns[position].clone();
    let Some(identity) = column.identity else {
        let message = format!("column \"{name}\" of relation \"{}\" is not an identity column", table.name);
        if words == ["drop", "identity", "if", "exists"] {
            scope.notice(Notice::plain(format!("{message}, skipping")));
            return Ok(Delta::default());
        }
        return Err(Error::new("55000", message).with_hint("Use ADD GENERATED ... AS IDENTITY to make it one."));
    };
    let mut catalog = Catalog::clone(scope.catalog());
    if let ["drop", "identity", ..] = words {
        altered.columns[position].identity = None;
        catalog.remove_sequence(identity.sequence);
    } else {
        let changes = sequence::Changes::of(words)?;
        if let Some(always) = changes.always {
            altered.columns[position].identity = Some(Identity { always, ..identity });
        }
        let changed = changes.over(catalog.sequence(identity.sequence), column.sql_type)?;
        restart(scope, &changed, changes.restart)?;
        catalog.put_sequence(changed);
    }
    catalog.put_table(altered);
    Ok(Delta { catalog: Some(Arc::new(catalog)), ..Delta::default() })
}

/// `RESTART [WITH value]`: the next value is this one, or the start. Errors: 22023 outside the bounds.
pub(super) fn restart(scope: &Scope, sequence: &Sequence, restart: Option<Option<i64>>) -> Result<(), Error> {
    let Some(first) = restart.map(|value| value.unwrap_or(sequence.start)) else { return Ok(()) };
    let (bound, side, limit) = match first < sequence.min {
        true => ("MINVALUE", "less", sequence.min),
        false => ("MAXVALUE", "greater", sequence.max),
    };
    if !(sequence.min..=sequence.max).contains(&first) {
        return Err(Error::new("22023", format!("RESTART value ({first}) cannot be {side} than {bound} ({limit})"))
            .with_hint("Give a value within the bounds of the sequence."));
    }
    scope.sequences.restart_at(sequence, first);
    Ok(())
}
