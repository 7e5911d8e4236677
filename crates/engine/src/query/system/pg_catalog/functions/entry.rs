//! An entry in the lists of functions.

use std::ops::RangeInclusive;

use super::super::cell::Cell;
use super::super::objects::Objects;
use crate::error::Error;

/// What a function computes.
pub(super) type Call = fn(&Objects, &[Cell]) -> std::result::Result<Cell, Error>;

/// A function.
pub(super) struct Entry {
    pub name: &'static str,
    /// How many arguments it takes.
    pub counts: RangeInclusive<usize>,
    /// The internal name of its result's type.
    pub returns: &'static str,
    /// NULL for a NULL argument.
    pub strict: bool,
    pub call: Call,
}

impl Entry {
    /// A function that is NULL where an argument is.
    pub const fn strict(name: &'static str, counts: RangeInclusive<usize>, returns: &'static str, call: Call) -> Entry {
        Entry { name, counts, returns, strict: true, call }
    }

    /// A function that makes something of a NULL.
    pub const fn lenient(
        name: &'static str,
        counts: RangeInclusive<usize>,
        returns: &'static str,
        call: Call,
    ) -> Entry {
        Entry { name, counts, returns, strict: false, call }
    }
}
