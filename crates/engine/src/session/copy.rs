//! COPY over a connection: rows that somebody sends, and rows to send.

use bowline_core::integrity::ConstraintModes;
use datafusion::arrow::datatypes::SchemaRef;

use super::{Prepared, Session, State, aborted};
use crate::answer::{Answer, Rows};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::sql::{self, CopyIn, CopyInput, CopyOptions, Done, Scope};

impl Session {
    /// What a `COPY ... FROM STDIN` is going to read. Errors: names and options that are wrong; 25P02.
    pub fn copy_in(&mut self, prepared: &Prepared) -> Result<CopyIn, Error> {
        let snapshot = match &self.state {
            State::Failed(_) => Err(aborted()),
            _ => Ok(self.snapshot()),
        };
        let found = snapshot.and_then(|snapshot| {
            let modes = ConstraintModes::immediate();
            let scope = self.scope(prepared.sql(), snapshot, &modes, &[]);
            sql::copy_in(&scope, prepared.statement())
        });
        found.map_err(|error| self.failed_with(error, prepared.sql()))
    }

    /// Runs a `COPY ... FROM STDIN` over what is sent. Errors: those of the rows, and whatever `input` fails with.
    pub fn copy_sent(&mut self, prepared: &Prepared, input: CopyInput<'_>) -> Result<Outcome, Error> {
        self.cancel.start();
        let copied = self.copied(prepared, input);
        self.cancel.finish();
        copied.map_err(|error| self.failed_with(error, prepared.sql()))
    }

    /// The rows that a `COPY ... TO STDOUT` sends, to be read as those of [`Session::start`].
    pub fn copy_out(&mut self, prepared: &Prepared) -> Result<(Rows, CopyOptions), Error> {
        self.cancel.start();
        let snapshot = self.snapshot();
        let modes = ConstraintModes::immediate();
        let scope = self.scope(prepared.sql(), snapshot, &modes, &[]);
        let started = sql::copy_out(&scope, prepared.statement()).and_then(|(query, options)| {
            let columns: Option<&SchemaRef> = None;
            let answer: Answer = self.opened(&query, &[], columns)?;
            Ok((answer.rows.expect("a query has rows"), options))
        });
        started.map_err(|error| self.failed_with(error, prepared.sql()))
    }

    /// What was sent cannot be sent again, so a conflict is not retried here.
    fn copied(&mut self, prepared: &Prepared, input: CopyInput<'_>) -> Result<Outcome, Error> {
        let mut input = Some(input);
        let run = &mut |scope: &mut Scope| -> Result<Done, Error> {
            let input = input.take().expect("what is sent is read once");
            sql::copy_sent(scope, prepared.statement(), input)
        };
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Failed(transaction) => {
                self.state = State::Failed(transaction);
                Err(aborted())
            }
            State::Open(mut transaction) => {
                let outcome = self.run_with(&mut transaction, prepared.sql(), &[], run);
                self.state = State::Open(transaction);
                outcome
            }
            State::Idle => {
                let mut transaction = self.begun();
                transaction.is_block = false;
                transaction.modes = ConstraintModes::immediate();
                let outcome = self.run_with(&mut transaction, prepared.sql(), &[], run)?;
                self.committed(transaction)?;
                Ok(outcome)
            }
        }
    }
}
