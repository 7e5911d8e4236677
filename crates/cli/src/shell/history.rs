//! The shell's history, kept in the person's data directory (`$XDG_DATA_HOME/bowline/history`).

use std::path::PathBuf;
use std::{env, fs};

use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

use crate::message::Message;

/// Where the history is kept; nowhere if the person has no data directory.
pub struct History {
    file: Option<PathBuf>,
}

impl History {
    /// Reads what earlier shells have kept.
    pub fn load<H: Helper>(editor: &mut Editor<H, FileHistory>) -> History {
        let file = data_directory().and_then(|directory| match fs::create_dir_all(&directory) {
            Ok(()) => Some(directory.join("history")),
            Err(error) => {
                let warning = format!("the history is not kept: cannot make \"{}\": {error}", directory.display());
                Message::warning(warning).print();
                None
            }
        });
        if let Some(file) = file.as_ref().filter(|file| file.exists())
            && let Err(error) = editor.load_history(file)
        {
            Message::warning(format!("could not read the history in \"{}\": {error}", file.display())).print();
        }
        History { file }
    }

    /// Keeps an input, at once: shells may run side by side, or end suddenly.
    pub fn add<H: Helper>(&self, editor: &mut Editor<H, FileHistory>, input: &str) {
        let added = editor.add_history_entry(input).unwrap_or(false);
        if let Some(file) = &self.file
            && added
        {
            // Losing a line of history is not worth a message after every statement.
            let _ = editor.append_history(file);
        }
    }
}

/// Source: XDG Base Directory Specification.
fn data_directory() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local").join("share")))?;
    Some(base.join("bowline"))
}
