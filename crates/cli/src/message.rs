//! Errors, warnings and notices on stderr: headline, the place in the SQL, detail, hint.
//!
//! ```text
//! error:  insert or update on table "orders" violates foreign key constraint "orders_customer_fkey"
//! detail: Key (customer_id)=(42) is not present in table "customers".
//! hint:   Insert the customer first, set customer_id to NULL, or defer the constraint until commit.
//! ```

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use bowline::{Error, Notice, Severity};

/// Something to tell the reader.
#[derive(Debug, Clone)]
pub struct Message {
    kind: Kind,
    headline: String,
    place: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Message {
    /// An error: a headline without a full stop.
    pub fn error(headline: impl Into<String>) -> Message {
        Message { kind: Kind::Error, headline: headline.into(), place: None, detail: None, hint: None }
    }

    /// A warning: a headline without a full stop.
    pub fn warning(headline: impl Into<String>) -> Message {
        Message { kind: Kind::Warning, ..Message::error(headline) }
    }

    /// Adds a sentence that tells more.
    pub fn detail(self, detail: impl Into<String>) -> Message {
        Message { detail: Some(detail.into()), ..self }
    }

    /// Adds a sentence that tells what to do.
    pub fn hint(self, hint: impl Into<String>) -> Message {
        Message { hint: Some(hint.into()), ..self }
    }

    /// Adds the place in the SQL.
    pub fn place(self, place: Option<String>) -> Message {
        Message { place, ..self }
    }

    /// Prints it on stderr, in colour on a terminal. A reader who has gone is no reason to fail.
    pub fn print(&self) {
        let _ = anstream::stderr().lock().write_all(self.styled().as_bytes());
    }

    fn styled(&self) -> String {
        let (label, color) = match self.kind {
            Kind::Error => ("error:", AnsiColor::Red),
            Kind::Warning => ("warning:", AnsiColor::Yellow),
            Kind::Notice => ("notice:", AnsiColor::Cyan),
        };
        let color = Style::new().bold().fg_color(Some(color.into()));
        let mut out = String::new();
        write_part(&mut out, color, label, &self.headline);
        if let Some(place) = &self.place {
            out.push_str(place);
            out.push('\n');
        }
        for (label, text) in [("detail:", &self.detail), ("hint:", &self.hint)] {
            if let Some(text) = text {
                write_part(&mut out, Style::new().bold(), label, text);
            }
        }
        out
    }
}

impl From<&Error> for Message {
    fn from(error: &Error) -> Message {
        Message { detail: error.detail.clone(), hint: error.hint.clone(), ..Message::error(&error.message) }
    }
}

impl From<&Notice> for Message {
    fn from(notice: &Notice) -> Message {
        let kind = match notice.severity {
            Severity::Notice => Kind::Notice,
            Severity::Warning => Kind::Warning,
        };
        let (headline, detail, hint) = (notice.message.clone(), notice.detail.clone(), notice.hint.clone());
        Message { kind, headline, place: None, detail, hint }
    }
}

/// `label: text`, with the text in one column and its further lines below it.
fn write_part(out: &mut String, style: Style, label: &str, text: &str) {
    let padding = " ".repeat(8usize.saturating_sub(label.len()).max(1));
    let text = text.replace('\n', "\n        ");
    writeln!(out, "{style}{label}{style:#}{padding}{text}").expect("writing to a string was believed not to fail");
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn the_parts_stand_in_one_column() {
        let message = Message::error("no").detail("First.\nSecond.").hint("Do.").place(Some("line 1: x".to_owned()));
        let plain = anstream::adapter::strip_str(&message.styled()).to_string();
        assert_eq!(plain, "error:  no\nline 1: x\ndetail: First.\n        Second.\nhint:   Do.\n");
    }
}
