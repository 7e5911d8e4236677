//! Tables in the look of psql: centred headers, numbers at the right, `+` where a value goes on in the next line.
//!
//! ```text
//!  id | name
//! ----+------
//!   1 | Ada
//! (1 row)
//! ```
//!
//! Source: psql's aligned and expanded formats, byte for byte, so that outputs can be compared.

use std::iter::repeat_n;

use unicode_width::UnicodeWidthStr;

use super::grid::Grid;

/// How rows are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// A line for each row.
    #[default]
    Aligned,
    /// A line for each value.
    Expanded,
}

const TAB: usize = 8;

impl Grid {
    /// The grid as psql prints it, with an empty line after it.
    pub fn table(&self, layout: Layout) -> String {
        match layout {
            Layout::Expanded if !self.rows.is_empty() => expanded(self),
            _ => aligned(self),
        }
    }
}

fn aligned(grid: &Grid) -> String {
    let names: Vec<String> = grid.columns.iter().map(|column| cell_lines(&column.name).join(" ")).collect();
    let rows: Vec<Vec<Vec<String>>> = grid.rows.iter().map(|row| row.iter().map(value_lines).collect()).collect();
    let mut widths: Vec<usize> = names.iter().map(|name| name.width()).collect();
    for row in &rows {
        for (width, lines) in widths.iter_mut().zip(row) {
            *width = lines.iter().map(|line| line.width()).fold(*width, usize::max);
        }
    }
    let mut out = String::new();
    let total = widths.iter().sum::<usize>() + 3 * widths.len().saturating_sub(1) + 2;
    if let Some(title) = &grid.title {
        pad(&mut out, total.saturating_sub(title.width()) / 2);
        out.push_str(title);
        out.push('\n');
    }
    write_header(&mut out, &names, &widths);
    for row in &rows {
        write_row(&mut out, grid, row, &widths);
    }
    write_footer(&mut out, grid);
    out
}

fn write_header(out: &mut String, names: &[String], widths: &[usize]) {
    if widths.is_empty() {
        return out.push_str("--\n");
    }
    for (position, (name, width)) in names.iter().zip(widths).enumerate() {
        out.push_str(if position > 0 { "|" } else { "" });
        let space = width - name.width();
        pad(out, 1 + space / 2);
        out.push_str(name);
        pad(out, 1 + space - space / 2);
    }
    out.push('\n');
    for (position, width) in widths.iter().enumerate() {
        out.push_str(if position > 0 { "+" } else { "" });
        out.extend(repeat_n('-', width + 2));
    }
    out.push('\n');
}

fn write_row(out: &mut String, grid: &Grid, row: &[Vec<String>], widths: &[usize]) {
    let height = row.iter().map(Vec::len).max().unwrap_or(0);
    for line_number in 0..height {
        for (position, (lines, width)) in row.iter().zip(widths).enumerate() {
            out.push_str(if position > 0 { "|" } else { "" });
            let line = lines.get(line_number).map_or("", String::as_str);
            let space = width - line.width();
            let goes_on = line_number + 1 < lines.len();
            let last = position + 1 == row.len();
            out.push(' ');
            if grid.columns[position].right_aligned {
                pad(out, space);
                out.push_str(line);
            } else {
                out.push_str(line);
                pad(out, if last && !goes_on { 0 } else { space });
            }
            out.push_str(match (goes_on, last) {
                (true, _) => "+",
                (false, true) => "",
                (false, false) => " ",
            });
        }
        out.push('\n');
    }
}

fn write_footer(out: &mut String, grid: &Grid) {
    if grid.counted {
        let count = grid.rows.len();
        let plural = if count == 1 { "" } else { "s" };
        out.push_str(&format!("({count} row{plural})\n"));
    }
    out.push('\n');
}

fn expanded(grid: &Grid) -> String {
    let names: Vec<String> = grid.columns.iter().map(|column| cell_lines(&column.name).join(" ")).collect();
    let name_width = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let values: Vec<Vec<Vec<String>>> = grid.rows.iter().map(|row| row.iter().map(value_lines).collect()).collect();
    let value_width = values.iter().flatten().flatten().map(|line| line.width()).max().unwrap_or(0);
    let mut out = String::new();
    if let Some(title) = &grid.title {
        out.push_str(title);
        out.push('\n');
    }
    for (number, row) in values.iter().enumerate() {
        write_record_header(&mut out, number + 1, name_width, value_width);
        for (name, lines) in names.iter().zip(row) {
            for (line_number, line) in lines.iter().enumerate() {
                let name = if line_number == 0 { name } else { "" };
                out.push_str(name);
                pad(&mut out, name_width - name.width());
                out.push_str(" | ");
                out.push_str(line);
                if line_number + 1 < lines.len() {
                    pad(&mut out, value_width - line.width());
                    out.push('+');
                }
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
            }
        }
    }
    out.push('\n');
    out
}

/// `-[ RECORD 1 ]-+------`, as wide as the record below it.
fn write_record_header(out: &mut String, number: usize, name_width: usize, value_width: usize) {
    let label = format!("-[ RECORD {number} ]");
    out.push_str(&label);
    let used = label.len();
    if used < name_width + 1 {
        out.extend(repeat_n('-', name_width + 1 - used));
    }
    let used = used.max(name_width + 1);
    if used == name_width + 1 {
        out.push('+');
        out.extend(repeat_n('-', value_width + 1));
    } else {
        out.extend(repeat_n('-', (name_width + 3 + value_width).saturating_sub(used)));
    }
    out.push('\n');
}

fn value_lines(value: &Option<String>) -> Vec<String> {
    value.as_ref().map_or_else(|| vec![String::new()], |text| cell_lines(text))
}

/// The lines of a value. Control characters are spelled out, so that data never drives the terminal.
fn cell_lines(text: &str) -> Vec<String> {
    text.split('\n').map(printable).collect()
}

fn printable(line: &str) -> String {
    if !line.contains(char::is_control) {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => {
                let column = out.width();
                pad(&mut out, TAB - column % TAB);
            }
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn pad(out: &mut String, width: usize) {
    out.extend(repeat_n(' ', width));
}

#[cfg(test)]
mod tests {
    use super::Layout;
    use crate::render::grid::{Grid, GridColumn};

    fn grid(columns: &[(&str, bool)], rows: &[&[Option<&str>]]) -> Grid {
        let columns = columns.iter().map(|(name, right)| GridColumn { name: (*name).into(), right_aligned: *right });
        let rows = rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect());
        Grid { title: None, columns: columns.collect(), rows: rows.collect(), counted: true }
    }

    #[test]
    fn looks_like_psql() {
        let grid = grid(
            &[("id", true), ("name", false), ("note", false)],
            &[
                &[Some("1"), Some("Ada Löv"), Some("x")],
                &[Some("20"), None, Some("a\nlonger")],
                &[None, Some("中"), None],
            ],
        );
        let expected = " id |  name   |  note  
----+---------+--------
  1 | Ada Löv | x
 20 |         | a     +
    |         | longer
    | 中      | 
(3 rows)

";
        assert_eq!(grid.table(Layout::Aligned), expected);
    }

    #[test]
    fn counts_and_empties() {
        assert_eq!(grid(&[("a", false)], &[]).table(Layout::Aligned), " a \n---\n(0 rows)\n\n");
        assert_eq!(grid(&[], &[&[]]).table(Layout::Aligned), "--\n(1 row)\n\n");
        let titled = Grid { title: Some("T".into()), counted: false, ..grid(&[("long", false)], &[]) };
        assert_eq!(titled.table(Layout::Expanded), "  T\n long \n------\n\n");
    }

    #[test]
    fn data_never_drives_the_terminal() {
        let grid = grid(&[("a", false)], &[&[Some("\x1b[31m\tb\r")]]);
        assert!(grid.table(Layout::Aligned).contains(" \\x1B[31m        b\\r\n"), "{grid:?}");
    }

    #[test]
    fn expanded_has_a_line_for_each_value() {
        let grid = grid(&[("id", true), ("a_long_column_name", false)], &[&[Some("1"), Some("x\ny")]]);
        let expected = "-[ RECORD 1 ]------+--
id                 | 1
a_long_column_name | x+
                   | y

";
        assert_eq!(grid.table(Layout::Expanded), expected);
    }
}
