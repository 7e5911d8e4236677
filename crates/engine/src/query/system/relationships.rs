//! `bowline.relationships`: every foreign key as a relationship of the entity-relationship model.

use bowline_core::catalog::{Catalog, Relationship, relationships};

use super::lazy::Definition;
use super::rows::{Kind, Value};

/// One row for each foreign key, by referencing table and name.
pub(super) const RELATIONSHIPS: Definition = Definition {
    schema: "bowline",
    name: "relationships",
    columns: &[
        ("constraint_name", Kind::Text),
        ("referencing_schema", Kind::Text),
        ("referencing_table", Kind::Text),
        ("referencing_columns", Kind::Text),
        ("referenced_schema", Kind::Text),
        ("referenced_table", Kind::Text),
        ("referenced_columns", Kind::Text),
        ("cardinality", Kind::Text),
        ("self_referencing", Kind::Boolean),
        ("mandatory", Kind::Boolean),
        ("match_type", Kind::Text),
        ("on_delete", Kind::Text),
        ("on_update", Kind::Text),
        ("deferrable", Kind::Boolean),
        ("initially_deferred", Kind::Boolean),
        ("validated", Kind::Boolean),
        ("enforced", Kind::Boolean),
    ],
    rows: |catalog| relationships(catalog).iter().map(|relationship| row(catalog, relationship)).collect(),
};

fn row(catalog: &Catalog, relationship: &Relationship) -> Vec<Value> {
    let key = &relationship.foreign_key;
    let (table, referenced) = (catalog.table(key.table), catalog.table(key.referenced_table));
    vec![
        Value::from(&key.name),
        Value::from(&table.schema),
        Value::from(&table.name),
        Value::from(table.column_names(&key.columns).join(", ")),
        Value::from(&referenced.schema),
        Value::from(&referenced.name),
        Value::from(referenced.column_names(&key.referenced_columns).join(", ")),
        Value::from(relationship.cardinality.to_string()),
        Value::from(relationship.self_referencing),
        Value::from(relationship.mandatory),
        Value::from(key.match_type.to_string()),
        Value::from(key.on_delete.action.to_string()),
        Value::from(key.on_update.action.to_string()),
        Value::from(key.characteristics.deferrable),
        Value::from(key.characteristics.initially_deferred),
        Value::from(key.validated),
        Value::from(key.enforced),
    ]
}
