//! `pg_sequence` and `pg_sequences`.

use bowline_core::catalog::{Sequence, SqlType};

use super::cell::Cell;
use super::objects::Objects;
use super::types;

/// The rows of pg_sequence.
pub(super) fn pg_sequence(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |sequence: &Sequence| {
        vec![
            objects.sequence(sequence.id).into(),
            type_of(objects, sequence).into(),
            sequence.start.into(),
            sequence.increment.into(),
            sequence.max.into(),
            sequence.min.into(),
            sequence.cache.into(),
            sequence.cycle.into(),
        ]
    };
    objects.catalog.sequences().map(|sequence| row(sequence)).collect()
}

/// The rows of pg_sequences.
pub(super) fn pg_sequences(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |sequence: &Sequence| {
        vec![
            (&sequence.name.schema).into(),
            (&sequence.name.name).into(),
            objects.role().into(),
            type_of(objects, sequence).into(),
            sequence.start.into(),
            sequence.min.into(),
            sequence.max.into(),
            sequence.increment.into(),
            sequence.cycle.into(),
            sequence.cache.into(),
            objects.last_value(sequence.id).into(),
        ]
    };
    objects.catalog.sequences().map(|sequence| row(sequence)).collect()
}

/// What `pg_get_sequence_data()` returns, for every sequence.
pub(super) fn data(objects: &Objects) -> Vec<Vec<Cell>> {
    let row = |sequence: &Sequence| {
        let standing = objects.standings.get(&sequence.id);
        let (last, called) = standing.map_or((sequence.start, false), |state| (state.last, state.called));
        vec![objects.sequence(sequence.id).into(), last.into(), called.into()]
    };
    objects.catalog.sequences().map(|sequence| row(sequence)).collect()
}

/// The OID of a sequence's type: as declared, or that of the column that owns it, if it has the sequence's values.
fn type_of(objects: &Objects, sequence: &Sequence) -> u32 {
    if let Some(declared) = sequence.sql_type {
        return types::of(declared).0;
    }
    let owner = sequence.owner.map(|(table, column)| objects.catalog.table(table).column_by_id(column).sql_type);
    let fits = |sql_type: &SqlType| {
        let bounds = match sql_type {
            SqlType::SmallInt => i64::from(i16::MIN)..=i64::from(i16::MAX),
            SqlType::Integer => i64::from(i32::MIN)..=i64::from(i32::MAX),
            _ => return false,
        };
        bounds.contains(&sequence.min) && bounds.contains(&sequence.max)
    };
    types::of(owner.filter(fits).unwrap_or(SqlType::BigInt)).0
}
