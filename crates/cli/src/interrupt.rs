//! Ctrl-C: cancels the statement that runs, and ends a script that runs none.
//!
//! While a line is typed, the terminal hands Ctrl-C to the editor as a key and nothing here happens.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::Poll;
use std::{process, thread};

use bowline::CancelHandle;

use crate::exit::Exit;

/// What Ctrl-C means at the moment. Clones share it.
#[derive(Clone, Default)]
pub struct Interrupt {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    running: Mutex<Option<CancelHandle>>,
    pressed: AtomicBool,
    in_shell: AtomicBool,
}

impl Interrupt {
    /// Listens from now on. Without a way to listen, Ctrl-C ends the process as it does anywhere.
    ///
    /// Waits until the handler is in place: the line editor takes the signal while a line is typed and puts back afterwards
    /// what was there before, which must be this handler.
    pub fn listen() -> Interrupt {
        let interrupt = Interrupt::default();
        let listener = interrupt.clone();
        let (ready, in_place) = mpsc::channel();
        thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async {
                loop {
                    let mut pressed = pin!(tokio::signal::ctrl_c());
                    // The first poll installs the handler.
                    let first = poll_fn(|context| Poll::Ready(pressed.as_mut().poll(context))).await;
                    // Nobody waits any more after the first time.
                    let _ = ready.send(());
                    let heard = match first {
                        Poll::Ready(heard) => heard,
                        Poll::Pending => pressed.await,
                    };
                    if heard.is_err() {
                        return;
                    }
                    listener.press();
                }
            });
        });
        // An error means that the thread gave up.
        let _ = in_place.recv();
        interrupt
    }

    /// From now on Ctrl-C never ends the process.
    pub fn enter_shell(&self) {
        self.shared.in_shell.store(true, Ordering::SeqCst);
    }

    /// A statement begins, which this handle cancels.
    pub fn begin(&self, handle: CancelHandle) {
        self.shared.pressed.store(false, Ordering::SeqCst);
        *self.running() = Some(handle);
    }

    /// The statement has ended.
    pub fn end(&self) {
        *self.running() = None;
    }

    /// Whether Ctrl-C was pressed since the statement began.
    pub fn pressed(&self) -> bool {
        self.shared.pressed.load(Ordering::SeqCst)
    }

    /// Ctrl-C was pressed.
    pub fn press(&self) {
        let again = self.shared.pressed.swap(true, Ordering::SeqCst);
        let running = self.running().clone();
        let in_shell = self.shared.in_shell.load(Ordering::SeqCst);
        match running {
            Some(handle) if in_shell || !again => handle.cancel(),
            // A script that waits for its input, or does not hear the first Ctrl-C, ends here. Commits are atomic.
            _ if !in_shell => process::exit(Exit::Interrupted.code().into()),
            _ => {}
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<CancelHandle>> {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Interrupt;

    #[test]
    fn the_handler_is_in_place_when_listen_returns() {
        let _interrupt = Interrupt::listen();
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells the status of a process");
        let caught =
            status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("the status names caught signals");
        let caught = u64::from_str_radix(caught.trim(), 16).expect("a mask in hexadecimal");
        assert_eq!(caught >> 1 & 1, 1, "SIGINT was believed to be caught");
    }
}
