//! `bowline check`: prints every row that violates a foreign key, and says so by the exit code. Ctrl-C stops it, with nothing
//! printed that could be taken for its result.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bowline::{Database, Error, Progress, ResultSet, ScalarValue, Session};

use crate::arguments::{CheckArguments, Format};
use crate::client::{Client, Settings};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::message::Message;
use crate::progress::ProgressLine;
use crate::render::{self, Layout};

/// Every violating row of the foreign keys of a name, by a full check.
const VIOLATIONS: &str = "SELECT * FROM bowline.violations WHERE constraint_name = $1";
/// The SQLSTATE of a statement that was cancelled.
const CANCELED: &str = "57014";

/// Runs `bowline check`.
pub fn run(arguments: CheckArguments) -> Exit {
    let database = match open_existing(&arguments.database) {
        Ok(database) => database,
        Err(message) => {
            message.print();
            return Exit::Failed;
        }
    };
    let settings =
        Settings { format: arguments.format, layout: Layout::default(), timing: false, echo: false, keep_going: false };
    let mut client = Client::new(database.session(), settings);
    let (progress, interrupt) = (client.progress(), client.interrupt.clone());
    match client.quietly(|session| checked(session, &progress, &interrupt)) {
        Ok(checked) if client.interrupt.pressed() => stopped(&checked),
        Ok(checked) => report(&client, &checked.found),
        Err(error) => {
            Message::from(&error).print();
            Exit::Failed
        }
    }
}

/// What a check found, and how far it came.
struct Checked {
    found: ResultSet,
    /// How many names of foreign keys are done.
    done: usize,
    /// Of how many.
    total: usize,
}

/// Checks one foreign key after the other, in order of name, telling how far it is. Ctrl-C ends it, also within one.
fn checked(session: &mut Session, progress: &ProgressLine, interrupt: &Interrupt) -> Result<Checked, Error> {
    let names: BTreeSet<String> = session.snapshot().catalog().foreign_keys().map(|fk| fk.name.clone()).collect();
    let found = session.query("SELECT * FROM bowline.violations LIMIT 0", &[])?;
    let mut checked = Checked { found, done: 0, total: names.len() };
    for name in names {
        if interrupt.pressed() {
            break;
        }
        let (done, total) = (checked.done as u64, Some(checked.total as u64));
        progress.tell(&Progress { what: format!("checking {name}"), done, total });
        match session.query(VIOLATIONS, &[ScalarValue::from(name)]) {
            Ok(violations) => checked.found.batches.extend(violations.batches),
            Err(error) if error.sqlstate == CANCELED => break,
            Err(error) => return Err(error),
        }
        checked.done += 1;
    }
    Ok(checked)
}

/// Says that Ctrl-C ended the check. What was found is not printed, for it would pass for everything there is.
fn stopped(checked: &Checked) -> Exit {
    let Checked { found, done, total } = checked;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let count = found.row_count();
    Message::error("the check was stopped")
        .detail(format!(
            "{done} of {total} foreign key{} {} checked, with {count} violation{}.",
            plural(*total),
            if *done == 1 { "was" } else { "were" },
            plural(count)
        ))
        .print();
    Exit::Interrupted
}

fn report(client: &Client, found: &ResultSet) -> Exit {
    let count = found.row_count();
    if count == 0 && client.settings.format == Format::Table {
        client.print("no violations\n");
        return Exit::Done;
    }
    client.print(&render::result(found, client.settings.format, client.settings.layout));
    if count == 0 {
        return Exit::Done;
    }
    let plural = if count == 1 { "" } else { "s" };
    Message::error(format!("{count} violation{plural} found"))
        .hint("Mend the rows of a constraint with CALL bowline.repair('constraint', method), or insert the referenced rows.")
        .print();
    Exit::Refused
}

/// Opens a database that is there; unlike [`Database::open`] it never makes one.
fn open_existing(path: &Path) -> Result<Database, Message> {
    let name = path.display();
    let missing = Message::error(format!("there is no database at \"{name}\""));
    let mut entries = fs::read_dir(path)
        .map_err(|error| missing.clone().detail(format!("The directory cannot be read: {error}.")))?;
    if entries.next().is_none() {
        return Err(missing.detail("The directory is empty."));
    }
    Database::open(path).map_err(|error: Error| Message::from(&error))
}

#[cfg(test)]
mod tests {
    use bowline::Database;

    use super::{checked, stopped};
    use crate::exit::Exit;
    use crate::interrupt::Interrupt;
    use crate::progress::ProgressLine;

    #[test]
    fn ctrl_c_stops_between_constraints() {
        let mut session = Database::in_memory().expect("memory is there").session();
        let schema = "CREATE TABLE p (id INTEGER PRIMARY KEY);
            CREATE TABLE c (p INTEGER REFERENCES p, again INTEGER REFERENCES p)";
        session.execute(schema).expect("the schema is sound");
        let (progress, interrupt) = (ProgressLine::default(), Interrupt::default());
        let whole = checked(&mut session, &progress, &interrupt).expect("memory can be read");
        assert_eq!((whole.done, whole.total), (2, 2));

        // In a shell, Ctrl-C never ends the process.
        interrupt.enter_shell();
        interrupt.press();
        let none = checked(&mut session, &progress, &interrupt).expect("memory can be read");
        assert_eq!((none.done, none.total), (0, 2));
        assert_eq!(stopped(&none), Exit::Interrupted);
    }
}
