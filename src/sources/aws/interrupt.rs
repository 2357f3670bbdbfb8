//! Ctrl-C while something runs on the side of AWS that has to be stopped.
//!
//! Whoever has something to stop holds an [`Interruption`] and looks at it between calls. While
//! nobody does, and at the second Ctrl-C, the process ends at once, as it would without this.
//!
//! Sample: `let interruption = Interruption::listen()?; ... interruption.pause(second).await?`.

use std::future::Future;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// SIGINT, which every system numbers so.
const SIGINT: i32 = 2;
/// What shells call an end by Ctrl-C.
const EXIT: i32 = 130;
/// How often a pause looks whether it shall end.
const LOOK: Duration = Duration::from_millis(100);

static PRESSED: AtomicBool = AtomicBool::new(false);
static LISTENING: AtomicUsize = AtomicUsize::new(0);
static HANDLER: OnceLock<bool> = OnceLock::new();

/// Ctrl-C was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted;

/// Takes Ctrl-C as a wish to stop, until it is dropped.
#[derive(Debug)]
pub(crate) struct Interruption(());

impl Interruption {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        LISTENING.fetch_add(1, Ordering::SeqCst);
        let listening = Self(());
        if *HANDLER.get_or_init(install) {
            Ok(listening)
        } else {
            Err(io::Error::other("cannot listen to Ctrl-C"))
        }
    }

    /// Whether to stop.
    pub(crate) fn check(&self) -> Result<(), Interrupted> {
        match PRESSED.load(Ordering::SeqCst) {
            true => Err(Interrupted),
            false => Ok(()),
        }
    }

    /// Waits so long, or until Ctrl-C.
    pub(crate) async fn pause(&self, length: Duration) -> Result<(), Interrupted> {
        let mut left = length;
        while !left.is_zero() {
            self.check()?;
            let part = left.min(LOOK);
            tokio::time::sleep(part).await;
            left = left.saturating_sub(part);
        }
        self.check()
    }

    /// Does the work; after Ctrl-C it has `grace` to end by itself.
    pub(crate) async fn or_after<F: Future>(
        &self,
        grace: Duration,
        work: F,
    ) -> Result<F::Output, Interrupted> {
        let overdue = async {
            while self.check().is_ok() {
                tokio::time::sleep(LOOK).await;
            }
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            done = work => Ok(done),
            () = overdue => Err(Interrupted),
        }
    }
}

impl Drop for Interruption {
    fn drop(&mut self) {
        LISTENING.fetch_sub(1, Ordering::SeqCst);
    }
}

fn install() -> bool {
    let pressed = || {
        let again = PRESSED.swap(true, Ordering::SeqCst);
        if again || LISTENING.load(Ordering::SeqCst) == 0 {
            // SAFETY: `_exit` may be called in a signal handler; nothing after it runs.
            unsafe { libc::_exit(EXIT) }
        }
    };
    // SAFETY: the handler only touches atomics and `_exit`, all of which are allowed in one.
    unsafe { signal_hook_registry::register(SIGINT, pressed) }.is_ok()
}
