//! The terminal as the progress line sees it: one line, with the cursor right behind what was written.
//!
//! On Ctrl-C a terminal writes `^C` where the cursor is. At the right edge, where the library leaves the cursor after filling
//! the line with spaces, that would start a new line and leave the old one standing above.

use std::fmt::Write as _;
use std::io::{self, Write as _, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

/// More columns than any line has. What does not fit is cut off by the terminal.
const WIDTH: u16 = 1000;
/// Back to the start of the line, and all of it erased.
const ERASE: &str = "\r\x1b[2K";

/// One line of the terminal behind stderr.
#[derive(Debug, Default)]
pub struct OneLine {
    /// Written at the next flush.
    pending: Mutex<String>,
}

impl OneLine {
    fn pending(&self) -> MutexGuard<'_, String> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a control sequence that takes a count.
    fn control(&self, count: usize, direction: char) -> io::Result<()> {
        match count {
            0 => Ok(()),
            _ => write!(self.pending(), "\x1b[{count}{direction}").map_err(io::Error::other),
        }
    }
}

impl TermLike for OneLine {
    fn width(&self) -> u16 {
        WIDTH
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.control(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.control(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.control(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.control(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.pending().push('\n');
        Ok(())
    }

    /// Spaces alone only fill the line, and are left out. The terminal is told not to go on in the next line.
    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.trim_start_matches(' ').is_empty() {
            return Ok(());
        }
        write!(self.pending(), "\x1b[?7l{text}\x1b[?7h").map_err(io::Error::other)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.pending().push_str(ERASE);
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let pending = std::mem::take(&mut *self.pending());
        let mut out = stderr().lock();
        out.write_all(pending.as_bytes())?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use indicatif::TermLike;

    use super::{ERASE, OneLine};

    #[test]
    fn the_cursor_stays_behind_the_text() {
        let line = OneLine::default();
        line.clear_line().expect("nothing is written yet");
        line.write_str("half way").expect("nothing is written yet");
        line.write_str("      ").expect("nothing is written yet");
        assert_eq!(*line.pending(), format!("{ERASE}\x1b[?7lhalf way\x1b[?7h"));
    }
}
