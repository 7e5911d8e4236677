//! The simple protocol: a text of statements, run one after the other.
//!
//! Several statements in one text are one transaction, unless BEGIN and COMMIT among them say otherwise. The whole text is
//! parsed before anything of it runs.

use bowline::{Error, Kind, Prepared, script};

use crate::connection::Connection;
use crate::failure::{Failure, Then};
use crate::report::Text;
use crate::rows::Sending;
use crate::wire::backend;

/// What is wrong with a text of which a comment has no end, if one has none.
pub(crate) fn open_comment(sql: &str) -> Option<Error> {
    let start = script::open_comment(sql)?;
    let message = format!("unterminated /* comment at or near \"{}\"", &sql[start..]);
    Some(Error::new("42601", message).with_position(start))
}

impl Connection {
    /// Runs a text, and tells that the next can come.
    pub(crate) fn query(&mut self, sql: &str) -> Then {
        // Both last until the next statement only.
        self.statements.remove("");
        self.portals.remove("");
        if let Some(error) = open_comment(sql) {
            self.session.fail();
            let then = self.told_error(&error, Some(Text { sql, start: 0 }));
            self.ready_after_refusal();
            return then;
        }
        let ranges: Vec<_> = script::statements(sql).collect();
        if ranges.is_empty() {
            backend::bare(&mut self.io.output, b'I');
            self.ready();
            return Then::On;
        }
        let mut statements = Vec::with_capacity(ranges.len());
        for range in &ranges {
            match Prepared::parse(&sql[range.clone()]) {
                Ok(prepared) => statements.push(prepared),
                Err(error) => {
                    self.session.fail();
                    let then = self.told_error(&error, Some(Text { sql, start: range.start }));
                    if then == Then::On {
                        self.ready_after_refusal();
                    }
                    return then;
                }
            }
        }
        let several = statements.len() > 1;
        let mut then = Then::On;
        for (prepared, range) in statements.iter().zip(&ranges) {
            if several && prepared.kind().is_ok_and(|kind| kind != Kind::Transaction) {
                self.session.begin_implicit();
            }
            match self.run_simple(prepared) {
                Ok(()) => {}
                Err(Failure::Gone) => return Then::Close,
                Err(Failure::Sql(error) | Failure::Placed(error, ..)) => {
                    self.session.fail();
                    then = self.told_error(&error, Some(Text { sql, start: range.start }));
                    break;
                }
            }
        }
        if let Err(error) = self.end_implicit() {
            then = self.told_error(&error, None);
        }
        self.drop_portals();
        self.ready_unless(then)
    }

    /// Tells that the next statement can come, unless the connection closes.
    pub(crate) fn ready_unless(&mut self, then: Then) -> Then {
        if then == Then::On {
            self.ready();
        }
        then
    }

    /// Runs one statement and answers it.
    fn run_simple(&mut self, prepared: &Prepared) -> Result<(), Failure> {
        let clock = self.clock();
        if let Some(done) = self.session_statement(prepared, &[])? {
            let tag = self.answer_rows(done)?;
            clock.stop(&tag);
            return Ok(());
        }
        let tag = match prepared.kind()? {
            Kind::CopyIn => self.copy_in(prepared)?,
            Kind::CopyOut => self.copy_out(prepared)?,
            _ => {
                let answer = self.start(prepared, &[])?;
                self.drop_portals_of_savepoints();
                self.answer_rows(answer)?
            }
        };
        clock.stop(&tag);
        Ok(())
    }

    /// Sends an answer whole; returns its tag.
    fn answer_rows(&mut self, answer: bowline::Answer) -> Result<String, Failure> {
        self.notices(&answer.notices);
        let tag = match answer.rows {
            None => answer.tag.text(0),
            Some(rows) => {
                let mut sending = Sending::new(rows, answer.tag, &[])?;
                sending.describe(&mut self.io, &[])?;
                let sent = sending.send(&mut self.io, 0)?;
                self.session.finished()?;
                sending.tag.text(sent.rows)
            }
        };
        backend::command_complete(&mut self.io.output, &tag);
        Ok(tag)
    }
}
