//! The rows of pg_type and pg_range: the built-in types.

use super::cell::Cell;
use super::objects::{Objects, PG_CATALOG, ROLE};
use super::types::{BuiltIn, all};

/// The rows of pg_type.
pub(super) fn pg_type(_: &Objects) -> Vec<Vec<Cell>> {
    all().iter().map(row).collect()
}

fn row(known: &BuiltIn) -> Vec<Cell> {
    let words = &known.words;
    let truth = |at: usize| Cell::Bool(words[at] == "t");
    vec![
        known.oid.into(),
        known.name.into(),
        PG_CATALOG.into(),
        ROLE.into(),
        known.length.into(),
        truth(3),
        words[4].into(),
        words[5].into(),
        truth(6),
        true.into(),
        words[7].into(),
        0.into(),
        words[19].into(),
        known.element.into(),
        known.array.into(),
        words[10].into(),
        words[11].into(),
        words[12].into(),
        words[13].into(),
        words[14].into(),
        words[15].into(),
        "-".into(),
        known.alignment.into(),
        known.storage.into(),
        false.into(),
        0.into(),
        (-1).into(),
        0.into(),
        known.collation.into(),
        Cell::Null,
        Cell::Null,
        Cell::Null,
    ]
}

/// The rows of pg_range.
pub(super) fn pg_range(_: &Objects) -> Vec<Vec<Cell>> {
    const RANGES: [(u32, u32, u32, u32, &str, &str); 6] = [
        (3904, 23, 4451, 1978, "int4range_canonical", "int4range_subdiff"),
        (3906, 1700, 4532, 3125, "-", "numrange_subdiff"),
        (3908, 1114, 4533, 3128, "-", "tsrange_subdiff"),
        (3910, 1184, 4534, 3127, "-", "tstzrange_subdiff"),
        (3912, 1082, 4535, 3122, "daterange_canonical", "daterange_subdiff"),
        (3926, 20, 4536, 3124, "int8range_canonical", "int8range_subdiff"),
    ];
    let row = |(range, subtype, multirange, class, canonical, difference): &(u32, u32, u32, u32, &str, &str)| {
        vec![
            (*range).into(),
            (*subtype).into(),
            (*multirange).into(),
            0.into(),
            (*class).into(),
            (*canonical).into(),
            (*difference).into(),
        ]
    };
    RANGES.iter().map(row).collect()
}
