//! The line at the bottom of a terminal that tells how far a long statement is.
//!
//! It appears only when a statement takes longer than a moment, and leaves nothing behind.

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bowline::{Progress, Session};
use indicatif::{ProgressBar, ProgressStyle};

/// How long a statement may take before its progress is shown.
const QUIET: Duration = Duration::from_millis(300);

/// Shows the progress of one statement at a time.
#[derive(Clone, Default)]
pub struct ProgressLine {
    shared: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    started: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl ProgressLine {
    /// Shows the progress of a session's statements, if messages go to a terminal.
    pub fn follow(session: &mut Session) -> ProgressLine {
        let line = ProgressLine::default();
        if stderr().is_terminal() {
            let shown = line.clone();
            session.on_progress(Some(Arc::new(move |progress| shown.report(&progress))));
        }
        line
    }

    /// Shows how far work of this program itself is, if messages go to a terminal.
    pub fn tell(&self, progress: &Progress) {
        if stderr().is_terminal() {
            self.report(progress);
        }
    }

    /// A statement begins.
    pub fn begin(&self) {
        self.with(|shown| shown.started = Some(Instant::now()));
    }

    /// The statement has ended: clears the line.
    pub fn end(&self) {
        self.with(|shown| {
            shown.started = None;
            if let Some(bar) = shown.bar.take() {
                bar.finish_and_clear();
            }
        });
    }

    fn report(&self, progress: &Progress) {
        self.with(|shown| {
            let due = shown.started.is_some_and(|started| started.elapsed() >= QUIET);
            if !due {
                return;
            }
            let bar = shown.bar.get_or_insert_with(ProgressBar::no_length);
            match (progress.total, bar.length()) {
                (total, known) if total == known && bar.message() == progress.what => {}
                (total, _) => {
                    bar.set_style(style(total.is_some()));
                    bar.set_message(progress.what.clone());
                    if let Some(total) = total {
                        bar.set_length(total);
                    }
                }
            }
            bar.set_position(progress.done);
        });
    }

    fn with(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn style(bounded: bool) -> ProgressStyle {
    let template = match bounded {
        true => "{msg}  {wide_bar}  {human_pos} of {human_len}  {eta} left",
        false => "{spinner} {msg}  {human_pos}  {elapsed}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
