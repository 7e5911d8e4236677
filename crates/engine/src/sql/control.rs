//! The statements that the session itself carries out: about its transaction, and about the shape of the database.

use datafusion::sql::sqlparser::ast::{Ident, Set, Statement, TransactionAccessMode, TransactionMode};

use super::dialect;
use super::lock_table::{self, LockTable};
use super::maintenance::{self, Maintenance};
use super::names::folded;
use super::set_constraints::SetConstraints;
use crate::error::Error;
use crate::settings::isolation_level;

/// A statement the session carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// `tag`: `BEGIN` or `START TRANSACTION`, as it was said.
    Begin {
        modes: Modes,
        tag: &'static str,
    },
    Commit,
    Rollback,
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    SetConstraints(SetConstraints),
    Maintain(Maintenance),
    Lock(LockTable),
    SetTransaction(Modes),
}

/// How a transaction begins or goes on; what is `None` is as the defaults say, or as it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    pub read_only: Option<bool>,
    /// As SHOW tells it: every level runs as snapshot isolation.
    pub isolation: Option<&'static str>,
}

impl Control {
    /// The control a statement asks for; `None` if it is about something else. Errors: modes that are not had.
    pub fn of(sql: &str, statement: &Statement) -> Result<Option<Control>, Error> {
        Ok(Some(match statement {
            Statement::StartTransaction { modes, begin, modifier, statements, exception, .. } => {
                if modifier.is_some() || !statements.is_empty() || exception.is_some() {
                    return Err(Error::unsupported(
                        "this form of BEGIN is not supported",
                        "Use BEGIN or START TRANSACTION.",
                    ));
                }
                let tag = if *begin { "BEGIN" } else { "START TRANSACTION" };
                Control::Begin { modes: begin_modes(modes)?, tag }
            }
            Statement::Commit { chain, modifier, .. } => {
                refuse_chain(*chain)?;
                if modifier.is_some() {
                    return Err(Error::unsupported("this form of COMMIT is not supported", "Use COMMIT."));
                }
                Control::Commit
            }
            Statement::Rollback { chain, savepoint } => {
                refuse_chain(*chain)?;
                match savepoint {
                    None => Control::Rollback,
                    Some(name) => Control::RollbackTo(name_of(name)),
                }
            }
            Statement::Savepoint { name } => Control::Savepoint(name_of(name)),
            Statement::ReleaseSavepoint { name } => Control::Release(name_of(name)),
            Statement::Set(Set::SingleAssignment { variable, .. })
                if variable.to_string().eq_ignore_ascii_case("constraints") =>
            {
                return Ok(dialect::set_constraints_of(sql).map(Control::SetConstraints));
            }
            Statement::Set(Set::SetTransaction { modes, snapshot: None, session: false }) => {
                Control::SetTransaction(begin_modes(modes)?)
            }
            Statement::Vacuum(_) => {
                let lock = || lock_table::of(sql).map(Control::Lock);
                return Ok(maintenance::of(sql).map(Control::Maintain).or_else(lock));
            }
            _ => return Ok(None),
        }))
    }

    /// PostgreSQL's command tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Control::Begin { tag, .. } => tag,
            Control::Commit => "COMMIT",
            Control::Rollback => "ROLLBACK",
            Control::Savepoint(_) => "SAVEPOINT",
            Control::RollbackTo(_) => "ROLLBACK",
            Control::Release(_) => "RELEASE",
            Control::SetConstraints(_) => "SET CONSTRAINTS",
            Control::Maintain(maintenance) => maintenance.verb,
            Control::Lock(_) => "LOCK TABLE",
            Control::SetTransaction(_) => "SET",
        }
    }
}

/// Errors: 0A000 for SERIALIZABLE.
fn begin_modes(modes: &[TransactionMode]) -> Result<Modes, Error> {
    let mut begin = Modes::default();
    for mode in modes {
        match mode {
            TransactionMode::AccessMode(access) => begin.read_only = Some(*access == TransactionAccessMode::ReadOnly),
            TransactionMode::IsolationLevel(level) => begin.isolation = Some(isolation_level(&level.to_string())?),
        }
    }
    Ok(begin)
}

fn refuse_chain(chain: bool) -> Result<(), Error> {
    match chain {
        false => Ok(()),
        true => Err(Error::unsupported("AND CHAIN is not supported", "Start the next transaction with BEGIN.")),
    }
}

fn name_of(name: &Ident) -> String {
    folded(name)
}
