//! How the command ends, as its exit code tells: done, refused or failed.

use std::process::ExitCode;

/// How something ended; the worse of two is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: everything was done.
    Done,
    /// 1: a statement was refused, or violations were found.
    Refused,
    /// 2: a file, the database or the command line stood in the way.
    Failed,
    /// 130: Ctrl-C ended a script, as shells report it.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Failed => 2,
            Exit::Interrupted => 130,
        }
    }

    /// What an error of the engine means for the exit code: trouble of the system is a failure, all else a refusal.
    pub fn of(error: &bowline::Error) -> Exit {
        let class = error.sqlstate.get(..2).unwrap_or_default();
        match class {
            "53" | "58" | "XX" => Exit::Failed,
            _ => Exit::Refused,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
