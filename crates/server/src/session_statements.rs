//! Statements about the connection's own statements and cursors: PREPARE, EXECUTE, DECLARE, FETCH, CLOSE, DISCARD.
//!
//! A cursor is a portal under its name, and a statement that PREPARE made is one that Parse could have made: both protocols
//! find them.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use bowline::{Answer, Discard, Error, Kind, Prepared, ScalarValue, Tag, TransactionStatus};

use crate::connection::Connection;
use crate::failure::Failure;
use crate::portals::{Lasts, Portal, Statement};
use crate::rows::Sending;

impl Connection {
    /// Carries out a statement that is about the connection; `None` if it is for the engine.
    pub(crate) fn session_statement(
        &mut self,
        prepared: &Prepared,
        values: &[ScalarValue],
    ) -> Result<Option<Answer>, Failure> {
        let kind = prepared.kind()?;
        if matches!(kind, Kind::Transaction | Kind::CopyIn | Kind::CopyOut | Kind::Other) {
            return Ok(None);
        }
        self.session.check_alive()?;
        let tag = match kind {
            Kind::Prepare(name) => {
                if self.statements.contains_key(&name) {
                    return Err(Error::new("42P05", format!("prepared statement \"{name}\" already exists")).into());
                }
                let inner = self.session.prepare_within(prepared)?;
                self.statements.insert(name, Statement { prepared: Some(Arc::new(inner)) });
                "PREPARE"
            }
            Kind::Execute(name) => {
                let statement = self.statements.get(&name).and_then(|statement| statement.prepared.clone());
                let inner = statement.ok_or_else(|| no_statement(&name))?;
                let values = self.session.execute_values(prepared, values, inner.parameters())?;
                return Ok(Some(self.session.start(&inner, &values)?));
            }
            Kind::Deallocate(Some(name)) => {
                self.statements.remove(&name).ok_or_else(|| no_statement(&name))?;
                "DEALLOCATE"
            }
            Kind::Deallocate(None) => {
                self.statements.clear();
                "DEALLOCATE ALL"
            }
            Kind::Declare { cursor, holds } => {
                self.declare(cursor, holds, prepared, values)?;
                "DECLARE CURSOR"
            }
            Kind::Fetch { cursor, rows } => return Ok(Some(self.fetch(&cursor, rows)?)),
            Kind::Close(Some(name)) => {
                self.portals.remove(&name).ok_or_else(|| no_cursor(&name))?;
                "CLOSE CURSOR"
            }
            Kind::Close(None) => {
                self.portals.retain(|name, _| name.is_empty());
                "CLOSE CURSOR ALL"
            }
            Kind::Discard(what) => self.discard(what)?,
            Kind::Unlisten => "UNLISTEN",
            Kind::Transaction | Kind::CopyIn | Kind::CopyOut | Kind::Other => return Ok(None),
        };
        Ok(Some(Answer { tag: Tag::Whole(tag.to_owned()), rows: None, notices: Vec::new() }))
    }

    /// The columns a FETCH returns, or an EXECUTE, which are those of what it names.
    pub(crate) fn fetched_columns(&self, prepared: &Prepared) -> Option<SchemaRef> {
        match prepared.kind().ok()? {
            Kind::Fetch { cursor, .. } => self.portals.get(&cursor)?.columns(),
            Kind::Execute(name) => self.statements.get(&name)?.prepared.as_ref()?.columns().cloned(),
            _ => None,
        }
    }

    fn declare(
        &mut self,
        name: String,
        holds: bool,
        prepared: &Prepared,
        values: &[ScalarValue],
    ) -> Result<(), Failure> {
        let is_alone = self.is_alone();
        if is_alone && !holds {
            let error = Error::new("25P01", "DECLARE CURSOR can only be used in transaction blocks");
            return Err(error.with_hint("Start one with BEGIN.").into());
        }
        if self.portals.contains_key(&name) {
            return Err(Error::new("42P03", format!("cursor \"{name}\" already exists")).into());
        }
        let query = prepared.cursor_query().ok_or_else(|| Error::new("42601", "a cursor has a query"))?;
        let answer = self.session.start(&query, values)?;
        let mut rows = answer.rows.ok_or_else(|| Error::new("42601", "a cursor has a query"))?;
        if holds {
            // What it finds, and whether it fails, is settled before its transaction ends.
            let mut batches = Vec::new();
            while let Some(batch) = rows.next_batch()? {
                batches.push(batch);
            }
            rows = rows.these(batches);
        }
        self.session.finished()?;
        let lasts = match (holds, is_alone) {
            (false, _) => Lasts::Transaction,
            (true, false) => Lasts::IfCommitted,
            (true, true) => Lasts::Session,
        };
        let sending = Sending::new(rows, Tag::Counted("FETCH"), &[])?;
        self.portals.insert(name, Portal::cursor(sending, self.session.savepoints_set(), lasts));
        Ok(())
    }

    /// The next rows of a cursor, which are gathered: there are as many as somebody asked for.
    fn fetch(&mut self, cursor: &str, rows: Option<usize>) -> Result<Answer, Failure> {
        let portal = self.portals.get_mut(cursor).ok_or_else(|| no_cursor(cursor))?;
        self.session.resumed();
        let taken = portal.take(rows);
        let finished = self.session.finished();
        let taken = taken?;
        finished?;
        Ok(Answer { tag: Tag::Counted("FETCH"), rows: Some(taken), notices: Vec::new() })
    }

    fn discard(&mut self, what: Discard) -> Result<&'static str, Failure> {
        Ok(match what {
            Discard::All => {
                if self.session.transaction_status() != TransactionStatus::Idle || self.session.is_implicit() {
                    return Err(Error::new("25001", "DISCARD ALL cannot run inside a transaction block").into());
                }
                self.statements.clear();
                self.portals.clear();
                self.session.discard();
                "DISCARD ALL"
            }
            Discard::Plans => "DISCARD PLANS",
            Discard::Sequences => {
                self.session.discard_sequences();
                "DISCARD SEQUENCES"
            }
            Discard::Temporary => {
                self.session.discard_temporary()?;
                "DISCARD TEMP"
            }
        })
    }
}

fn no_statement(name: &str) -> Error {
    Error::new("26000", format!("prepared statement \"{name}\" does not exist"))
}

fn no_cursor(name: &str) -> Error {
    Error::new("34000", format!("cursor \"{name}\" does not exist"))
}
