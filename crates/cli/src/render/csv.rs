//! Comma-separated values: a header, then the rows. NULL is empty, an empty string is `""`.
//!
//! Source: RFC 4180, with line feeds alone, as PostgreSQL writes them.

use super::grid::Grid;

/// The grid as CSV.
pub fn render(grid: &Grid) -> String {
    let mut out = String::new();
    write_record(&mut out, grid.columns.iter().map(|column| Some(column.name.as_str())));
    for row in &grid.rows {
        write_record(&mut out, row.iter().map(Option::as_deref));
    }
    out
}

fn write_record<'a>(out: &mut String, values: impl Iterator<Item = Option<&'a str>>) {
    for (position, value) in values.enumerate() {
        out.push_str(if position > 0 { "," } else { "" });
        match value {
            Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            }
            Some(text) => out.push_str(text),
            None => {}
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::render::grid::{Grid, GridColumn};

    #[test]
    fn quotes_where_needed_and_tells_null_from_empty() {
        let column = |name: &str| GridColumn { name: name.to_owned(), right_aligned: false };
        let rows = vec![vec![None, Some("a,\"b\"".to_owned())], vec![Some(String::new()), Some("x\ny".to_owned())]];
        let grid = Grid { columns: vec![column("a"), column("b c")], rows, ..Grid::default() };
        assert_eq!(render(&grid), "a,b c\n,\"a,\"\"b\"\"\"\n\"\",\"x\ny\"\n");
    }
}
