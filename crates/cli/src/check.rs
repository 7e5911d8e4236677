//! `bowline check`: prints every row that violates a foreign key, and says so by the exit code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bowline::{Database, Error, Progress, ResultSet, ScalarValue, Session};

use crate::arguments::{CheckArguments, Format};
use crate::client::{Client, Settings};
use crate::exit::Exit;
use crate::message::Message;
use crate::progress::ProgressLine;
use crate::render::{self, Layout};

/// Every violating row of the foreign keys of a name, by a full check.
const VIOLATIONS: &str = "SELECT * FROM bowline.violations WHERE constraint_name = $1";

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
    let progress = client.progress();
    match client.quietly(|session| violations(session, &progress)) {
        Ok(found) => report(&client, &found),
        Err(error) => {
            Message::from(&error).print();
            Exit::Failed
        }
    }
}

/// Checks one foreign key after the other, in order of name, telling how far it is.
fn violations(session: &mut Session, progress: &ProgressLine) -> Result<ResultSet, Error> {
    let names: BTreeSet<String> = session.snapshot().catalog().foreign_keys().map(|fk| fk.name.clone()).collect();
    let total = Some(names.len() as u64);
    let mut all = session.query("SELECT * FROM bowline.violations LIMIT 0", &[])?;
    for (done, name) in names.into_iter().enumerate() {
        progress.tell(&Progress { what: format!("checking {name}"), done: done as u64, total });
        all.batches.extend(session.query(VIOLATIONS, &[ScalarValue::from(name)])?.batches);
    }
    Ok(all)
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
