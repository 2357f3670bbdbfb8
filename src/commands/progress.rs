//! Progress of long reads: a bar on a terminal, nothing in a pipe, nothing when it is quick.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes read of bytes found.
pub(super) struct ReadingProgress(ProgressBar);

impl ReadingProgress {
    /// Starts a bar over `bytes` on standard error, unless it is quiet or no terminal.
    pub(super) fn start(bytes: u64, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("reading logs  {bytes} of {total_bytes}  {eta} left")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        Self(bar)
    }

    /// Says that so many further bytes were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

impl Drop for ReadingProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
