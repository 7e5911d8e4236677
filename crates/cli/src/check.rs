//! `bowline check`: prints every row that violates a foreign key, and says so by the exit code.

use std::fs;
use std::path::Path;

use bowline::{Database, Error, ResultSet};

use crate::arguments::{CheckArguments, Format};
use crate::client::{Client, Settings};
use crate::exit::Exit;
use crate::message::Message;
use crate::render::{self, Layout};

/// Every violating row of every foreign key, by a full check of the database.
const VIOLATIONS: &str = "SELECT * FROM bowline.violations";

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
    match client.quietly(|session| session.query(VIOLATIONS, &[])) {
        Ok(found) => report(&client, &found),
        Err(error) => {
            Message::from(&error).print();
            Exit::Failed
        }
    }
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
        .hint("Insert the referenced rows, or delete or change the rows listed.")
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
