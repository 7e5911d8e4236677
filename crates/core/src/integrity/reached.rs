//! Referencing rows that a changed key reaches, with what they come from.

use arrow::array::{ArrayRef, BooleanArray};

/// Referencing rows that a change reaches, each with a row it comes from.
pub(super) struct Reached {
    /// Which columns of the key the arrays are.
    pub positions: Vec<usize>,
    pub new: Vec<ArrayRef>,
    pub changed: Vec<BooleanArray>,
    pub rows: Vec<u64>,
    pub sources: Vec<u64>,
    /// For each row, the position in the arrays.
    pub of_key: Vec<u32>,
}

impl Reached {
    pub fn new(positions: Vec<usize>, new: Vec<ArrayRef>, changed: Vec<BooleanArray>) -> Reached {
        Reached { positions, new, changed, rows: Vec::new(), sources: Vec::new(), of_key: Vec::new() }
    }

    pub fn push(&mut self, row: u64, source: u64, of_key: u32) {
        self.rows.push(row);
        self.sources.push(source);
        self.of_key.push(of_key);
    }
}
