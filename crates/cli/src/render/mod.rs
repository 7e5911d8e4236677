//! Prints rows: as a table, as CSV or as JSON.

mod csv;
mod grid;
mod json;
mod table;

use bowline::ResultSet;

use crate::arguments::Format;

pub use grid::Grid;
pub use table::Layout;

/// The only column of an EXPLAIN, whose lines are printed as they are.
const PLAN_COLUMN: &str = "QUERY PLAN";

/// A whole result as text that ends with a line break.
pub fn result(result: &ResultSet, format: Format, layout: Layout) -> String {
    match format {
        Format::Table if is_plan(result) => plan(result),
        Format::Table => Grid::of(result).table(layout),
        Format::Csv => csv::render(&Grid::of(result)),
        Format::Json => json::render(result),
    }
}

fn is_plan(result: &ResultSet) -> bool {
    matches!(&result.schema.fields()[..], [only] if only.name() == PLAN_COLUMN)
}

fn plan(result: &ResultSet) -> String {
    let lines = Grid::of(result).rows.into_iter().flatten().flatten();
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
