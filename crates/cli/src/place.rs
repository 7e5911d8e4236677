//! Shows where in the SQL an error is: the line, and a caret below the word.
//!
//! ```text
//! shop.sql:12: SELECT nam FROM customer
//!                     ^
//! ```

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest excerpt of a line, in columns of a terminal.
const WIDTH_MAX: usize = 100;
/// How far right the caret may stand before the line is cut at its start.
const CARET_MAX: usize = 60;
const CUT: &str = "...";

/// Where SQL text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Typed in the shell or given by `-c`: the reader has it in sight.
    Typed,
    /// The standard input.
    Stdin,
    /// A file, by the name it was given.
    File(String),
}

/// A text that is run, with where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The whole text.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Source {
    /// Shows where in this text something is about a statement. With a position in the statement, the line and a
    /// caret. Without, the line it begins on, unless the reader has it in sight.
    pub fn place(&self, statement: Range<usize>, position: Option<usize>) -> Option<String> {
        if position.is_none() && self.origin == Origin::Typed {
            return None;
        }
        let mut at = (statement.start + position.unwrap_or(0)).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_number = before.matches('\n').count() + 1;
        let label = match &self.origin {
            Origin::File(name) => format!("{name}:{line_number}: "),
            Origin::Typed | Origin::Stdin => format!("line {line_number}: "),
        };
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let (excerpt, caret) = clipped(line, at - line_start);
        Some(match position {
            Some(_) => format!("{label}{excerpt}\n{}^", " ".repeat(label.width() + caret)),
            None => format!("{label}{excerpt}"),
        })
    }
}

/// A line cut to fit, and the column of its byte `at` in what is left.
fn clipped(line: &str, at: usize) -> (String, usize) {
    // A tab takes one column here, so that the caret stands where it should.
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let before: String = line.chars().map(printable).scan(0, |bytes, c| take_below(bytes, c, at)).collect();
    let after: String = line.chars().skip(before.chars().count()).map(printable).collect();
    let start = if before.width() > CARET_MAX { before.width() - CARET_MAX + CUT.len() } else { 0 };
    let before = match start {
        0 => before,
        _ => format!("{CUT}{}", without_columns(&before, start)),
    };
    let caret = before.width();
    let whole = format!("{before}{after}");
    if whole.width() <= WIDTH_MAX {
        return (whole.trim_end().to_owned(), caret);
    }
    (format!("{}{CUT}", columns(&whole, WIDTH_MAX - CUT.len())), caret)
}

fn take_below(bytes: &mut usize, c: char, end: usize) -> Option<char> {
    let below = *bytes < end;
    *bytes += c.len_utf8();
    below.then_some(c)
}

/// The first columns of a text.
fn columns(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    &text[..end.map_or(text.len(), |(end, _)| end)]
}

/// A text without its first columns.
fn without_columns(text: &str, width: usize) -> &str {
    &text[columns(text, width).len()..]
}

#[cfg(test)]
mod tests {
    use super::{Origin, Source};

    fn place(origin: Origin, text: &str, word: &str) -> String {
        let at = text.find(word).expect("the word is in the text");
        let source = Source { text: text.to_owned(), origin };
        source.place(0..text.len(), Some(at)).expect("a position has a place")
    }

    #[test]
    fn the_caret_stands_below_the_word() {
        let shown = place(Origin::Typed, "SELECT a,\n\t'é' || x\nFROM t", "x");
        assert_eq!(shown, "line 2:  'é' || x\n                ^");
        let shown = place(Origin::File("a.sql".to_owned()), "SELEC", "SELEC");
        assert_eq!(shown, "a.sql:1: SELEC\n         ^");
    }

    #[test]
    fn a_position_at_the_end_is_after_the_last_word() {
        let source = Source { text: "SELECT (".to_owned(), origin: Origin::Typed };
        assert_eq!(source.place(0..8, Some(8)).as_deref(), Some("line 1: SELECT (\n                ^"));
        assert_eq!(source.place(0..8, Some(999)).as_deref(), Some("line 1: SELECT (\n                ^"));
    }

    #[test]
    fn without_a_position_the_line_is_told_where_it_is_not_in_sight() {
        let text = "SELECT 1;\nINSERT INTO t\nVALUES (1)".to_owned();
        let mut source = Source { text, origin: Origin::Typed };
        assert_eq!(source.place(10..34, None), None);
        source.origin = Origin::File("a.sql".to_owned());
        assert_eq!(source.place(10..34, None).as_deref(), Some("a.sql:2: INSERT INTO t"));
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let long = format!("SELECT {}wrong{}", "a, ".repeat(100), ", b".repeat(100));
        let shown = place(Origin::Typed, &long, "wrong");
        let (line, caret) = shown.split_once('\n').expect("a line and a caret");
        assert!(line.len() <= 8 + 100 && line.ends_with("..."), "{shown}");
        assert!(line[caret.len() - 1..].starts_with("wrong"), "{shown}");
    }
}
