//! The line at the bottom of a terminal that tells how far a long statement is.
//!
//! It appears only when a statement takes longer than a moment, and leaves nothing behind.

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bowline::{Progress, Session};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::one_line::OneLine;

/// How long a statement may take before its progress is shown.
const QUIET: Duration = Duration::from_millis(300);
/// How often in a second it is drawn at most.
const DRAWN_HZ: u8 = 20;

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
            let Some(taken) = shown.started.map(|started| started.elapsed()).filter(|taken| *taken >= QUIET) else {
                return;
            };
            let known = shown.bar.take().filter(|bar| bar.length() == progress.total);
            let bar = known.unwrap_or_else(|| new_bar(progress.total));
            bar.set_prefix(left(taken, progress).unwrap_or_default());
            bar.set_message(progress.what.clone());
            bar.set_position(progress.done);
            // Shown only when it is all there: a half-made line would stay behind where Ctrl-C moves the cursor.
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::term_like_with_hz(Box::new(OneLine::default()), DRAWN_HZ));
                bar.tick();
            }
            shown.bar = Some(bar);
        });
    }

    fn with(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A line that is not shown yet. Its bar leaves room at the end, for the `^C` that a terminal writes behind it.
fn new_bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg}  {bar:30} {percent:>3}%  {prefix}",
        None => "{spinner} {msg}  {human_pos}  {elapsed}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style)
}

/// How long it will take still, if it goes on as it has gone since the statement began; nothing is said too early.
fn left(taken: Duration, progress: &Progress) -> Option<String> {
    let total = progress.total.filter(|total| progress.done > 0 && *total > progress.done)?;
    let seconds = taken.as_secs_f64() * (total - progress.done) as f64 / progress.done as f64;
    let seconds = seconds.ceil() as u64;
    Some(match seconds {
        0..=99 => format!("about {seconds} s left"),
        _ => format!("about {} min left", seconds.div_ceil(60)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bowline::Progress;

    use super::left;

    #[test]
    fn what_is_left_follows_from_what_was_done() {
        let after =
            |seconds, done, total| left(Duration::from_secs(seconds), &Progress { what: String::new(), done, total });
        assert_eq!(after(2, 10, Some(50)).as_deref(), Some("about 8 s left"));
        assert_eq!(after(60, 10, Some(50)).as_deref(), Some("about 4 min left"));
        assert_eq!(after(2, 0, Some(50)), None);
        assert_eq!(after(2, 50, Some(50)), None);
        assert_eq!(after(2, 10, None), None);
    }
}
