//! The extended protocol: statements that are prepared, portals that run them with values, batches that end in Sync.
//!
//! ```text
//!   Parse ─▶ statement ─ Bind ─▶ portal ─ Execute ─▶ rows, up to a limit ─ Execute ─▶ the rest … ─ Sync
//! ```
//!
//! What stands between two Syncs is one transaction. A statement that Sync follows at once is a transaction of its own, which
//! the engine runs again if another got in its way.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use bowline::{Error, Kind, Prepared, TransactionStatus, script};

use crate::connection::Connection;
use crate::failure::{Failure, Then};
use crate::portals::{Lasts, Portal, State, Statement};
use crate::rows::{self, Sending};
use crate::simple::open_comment;
use crate::types::encode::Format;
use crate::types::{decode, field_of, type_of};
use crate::wire::backend;
use crate::wire::frontend::{self, Bind, Target};

/// The protocol counts parameters in two bytes.
const PARAMETERS_MAX: usize = u16::MAX as usize;

impl Connection {
    /// Prepares a statement.
    pub(crate) fn parse(&mut self, name: String, sql: &str, types: &[u32]) -> Result<(), Failure> {
        if name.is_empty() {
            // It goes, whatever becomes of the one that takes its place.
            self.statements.remove("");
        } else if self.statements.contains_key(&name) {
            return Err(Error::new("42P05", format!("prepared statement \"{name}\" already exists")).into());
        }
        let _clock = self.clock();
        if let Some(error) = open_comment(sql) {
            return Err(Failure::Placed(error, 0, sql.to_owned()));
        }
        let ranges: Vec<_> = script::statements(sql).take(2).collect();
        let prepared = match ranges.as_slice() {
            [] => None,
            [range] => {
                let given = types.iter().map(|oid| field_of(*oid)).collect::<Result<Vec<_>, _>>()?;
                match self.session.prepare(&sql[range.clone()], &given) {
                    Ok(prepared) => Some(Arc::new(prepared)),
                    Err(error) => return Err(Failure::Placed(error, range.start, sql.to_owned())),
                }
            }
            _ => {
                let message = "cannot insert multiple commands into a prepared statement";
                return Err(Error::new("42601", message).into());
            }
        };
        let count = prepared.as_ref().map_or(0, |prepared| prepared.parameters().len());
        if count > PARAMETERS_MAX {
            let message = format!("a statement has at most {PARAMETERS_MAX} parameters");
            return Err(Error::new("54000", message).into());
        }
        self.statements.insert(name, Statement { prepared });
        backend::bare(&mut self.io.output, b'1');
        Ok(())
    }

    /// Makes a portal of a statement and values.
    pub(crate) fn bind(&mut self, bind: Bind) -> Result<(), Failure> {
        let Some(statement) = self.statements.get(&bind.statement) else {
            return Err(no_statement(&bind.statement).into());
        };
        if !bind.portal.is_empty() && self.portals.contains_key(&bind.portal) {
            return Err(Error::new("42P03", format!("cursor \"{}\" already exists", bind.portal)).into());
        }
        let prepared = statement.prepared.clone();
        let fields = prepared.as_ref().map_or(&[][..], |prepared| prepared.parameters());
        if bind.values.len() != fields.len() {
            let (given, wanted) = (bind.values.len(), fields.len());
            let name = &bind.statement;
            let message = format!(
                "bind message supplies {given} parameters, but prepared statement \"{name}\" requires {wanted}"
            );
            return Err(Error::new("08P01", message).into());
        }
        let formats = &bind.formats;
        if formats.len() > 1 && formats.len() != bind.values.len() {
            let (formats, values) = (formats.len(), bind.values.len());
            let message = format!("bind message has {formats} parameter formats but {values} parameters");
            return Err(Error::new("08P01", message).into());
        }
        if let Some(prepared) = &prepared
            && prepared.kind()? != Kind::Transaction
        {
            self.session.check_alive()?;
        }
        let mut values = Vec::with_capacity(fields.len());
        for (at, (value, field)) in bind.values.iter().zip(fields).enumerate() {
            let code = formats.get(at).or(formats.first().filter(|_| formats.len() == 1)).copied().unwrap_or(0);
            values.push(decode::parameter(at + 1, value.as_deref(), Format::of(code)?, field)?);
        }
        let formats = bind.result_formats.iter().map(|code| Format::of(*code)).collect::<Result<Vec<_>, _>>()?;
        let columns = prepared.as_ref().and_then(|prepared| self.columns_of(prepared));
        if let Some(columns) = columns {
            rows::column_formats(&formats, columns.fields().len())?;
        }
        let (savepoints, lasts) = (self.session.savepoints_set(), Lasts::Transaction);
        self.portals.insert(bind.portal, Portal { prepared, values, formats, state: State::Ready, savepoints, lasts });
        backend::bare(&mut self.io.output, b'2');
        Ok(())
    }

    /// Tells what a statement takes, and what it or a portal returns.
    pub(crate) fn describe(&mut self, target: Target) -> Result<(), Failure> {
        let mut types = None;
        let (prepared, formats, own) = match &target {
            Target::Statement(name) => {
                let statement = self.statements.get(name).ok_or_else(|| no_statement(name))?;
                let prepared = statement.prepared.clone();
                let fields = prepared.as_ref().map_or(&[][..], |prepared| prepared.parameters());
                types = Some(fields.iter().map(|field| type_of(field).oid()).collect::<Vec<u32>>());
                (prepared, Vec::new(), None)
            }
            Target::Portal(name) => {
                let portal = self.portals.get(name).ok_or_else(|| no_portal(name))?;
                (portal.prepared.clone(), portal.formats.clone(), portal.columns())
            }
        };
        let columns = match &prepared {
            None => own,
            Some(prepared) => self.columns_of(prepared),
        };
        if columns.is_some() {
            // What it returns is not looked up in a failed transaction.
            self.session.check_alive()?;
        }
        if let Some(types) = types {
            backend::parameter_description(&mut self.io.output, &types);
        }
        match columns {
            Some(columns) => rows::describe(&mut self.io, &columns, &formats)?,
            None => backend::bare(&mut self.io.output, b'n'),
        }
        Ok(())
    }

    /// The columns that a statement returns.
    fn columns_of(&self, prepared: &Prepared) -> Option<SchemaRef> {
        self.fetched_columns(prepared).or_else(|| prepared.columns().cloned())
    }

    /// Runs a portal, for at most `rows_max` rows; 0 is all.
    pub(crate) fn execute(&mut self, name: &str, rows_max: usize) -> Result<(), Failure> {
        let mut portal = self.portals.remove(name).ok_or_else(|| no_portal(name))?;
        let done = self.run_portal(name, &mut portal, rows_max);
        // COMMIT and ROLLBACK drop all portals, that of their own statement too.
        if done.is_ok() {
            self.portals.insert(name.to_owned(), portal);
        }
        done
    }

    fn run_portal(&mut self, name: &str, portal: &mut Portal, rows_max: usize) -> Result<(), Failure> {
        let Some(prepared) = portal.prepared.clone() else {
            backend::bare(&mut self.io.output, b'I');
            return Ok(());
        };
        let clock = self.clock();
        let tag = match &mut portal.state {
            State::Spent => {
                self.session.check_alive()?;
                return Err(Error::new("55000", format!("portal \"{name}\" cannot be run")).into());
            }
            State::Done(tag) => {
                self.session.check_alive()?;
                let tag = tag.text(0);
                backend::command_complete(&mut self.io.output, &tag);
                return Ok(());
            }
            State::Running(_) => {
                self.session.check_alive()?;
                self.session.resumed();
                self.send_portal(portal, rows_max)?
            }
            State::Ready => {
                self.begin_unless_alone(&prepared);
                let answer = match self.session_statement(&prepared, &portal.values)? {
                    Some(answer) => answer,
                    None => match prepared.kind()? {
                        kind @ (Kind::CopyIn | Kind::CopyOut) => {
                            let copies_in = kind == Kind::CopyIn;
                            let tag = if copies_in { self.copy_in(&prepared)? } else { self.copy_out(&prepared)? };
                            portal.state = State::Spent;
                            clock.stop(&tag);
                            return Ok(());
                        }
                        _ => self.start(&prepared, &portal.values)?,
                    },
                };
                self.drop_portals_of_savepoints();
                self.notices(&answer.notices);
                match answer.rows {
                    Some(rows) => {
                        let sending = Sending::new(rows, answer.tag, &portal.formats)?;
                        portal.state = State::Running(Box::new(sending));
                        self.send_portal(portal, rows_max)?
                    }
                    None => {
                        portal.state = State::Spent;
                        Some(answer.tag.text(0))
                    }
                }
            }
        };
        match tag {
            Some(tag) => {
                backend::command_complete(&mut self.io.output, &tag);
                clock.stop(&tag);
            }
            None => backend::bare(&mut self.io.output, b's'),
        }
        Ok(())
    }

    /// Sends rows of a running portal; returns its tag when it has ended.
    fn send_portal(&mut self, portal: &mut Portal, rows_max: usize) -> Result<Option<String>, Failure> {
        let State::Running(sending) = &mut portal.state else { return Ok(None) };
        let sent = sending.send(&mut self.io, rows_max)?;
        self.session.finished()?;
        if !sent.ended {
            return Ok(None);
        }
        let tag = sending.tag.text(sent.rows);
        portal.state = State::Done(sending.tag.clone());
        Ok(Some(tag))
    }

    /// Starts a transaction for what stands up to Sync, unless this statement is all there is.
    fn begin_unless_alone(&mut self, prepared: &Prepared) {
        let is_idle = self.session.transaction_status() == TransactionStatus::Idle && !self.session.is_implicit();
        if is_idle && prepared.kind().is_ok_and(|kind| kind != Kind::Transaction) && !self.sync_follows() {
            self.session.begin_implicit();
        }
    }

    /// Whether Sync comes next among what has arrived, but for Close.
    fn sync_follows(&self) -> bool {
        let mut input = &self.io.input[..];
        while frontend::starts_with(input, b'C') {
            let Some(length) = frontend::whole_length(input) else { return false };
            input = &input[length..];
        }
        frontend::starts_with(input, b'S')
    }

    /// Forgets a statement or portal; one there is not is no error.
    pub(crate) fn close(&mut self, target: &Target) {
        match target {
            Target::Statement(name) => drop(self.statements.remove(name)),
            Target::Portal(name) => drop(self.portals.remove(name)),
        }
        backend::bare(&mut self.io.output, b'3');
    }

    /// Ends a batch: commits what was not begun explicitly.
    pub(crate) fn sync(&mut self) -> Then {
        self.skips_to_sync = false;
        let then = match self.end_implicit() {
            Ok(()) => Then::On,
            Err(error) => self.told_error(&error, None),
        };
        self.drop_portals();
        self.ready_unless(then)
    }
}

fn no_statement(name: &str) -> Error {
    let message = match name {
        "" => "unnamed prepared statement does not exist".to_owned(),
        name => format!("prepared statement \"{name}\" does not exist"),
    };
    Error::new("26000", message)
}

fn no_portal(name: &str) -> Error {
    Error::new("34000", format!("portal \"{name}\" does not exist"))
}
