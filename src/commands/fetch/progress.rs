//! Progress of a fetch: days stored of days asked, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over days.
pub(super) struct FetchProgress(ProgressBar);

impl FetchProgress {
    /// Starts a bar over so many days on standard error, unless it is quiet or no terminal.
    pub(super) fn start(days: usize, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let total = u64::try_from(days).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("fetching  {pos} of {len} days  {elapsed}  {msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(1));
        Self(bar)
    }

    /// Says that so many further days are done.
    pub(super) fn advance(&self, days: usize) {
        self.0.inc(u64::try_from(days).unwrap_or(u64::MAX));
    }
}

impl Drop for FetchProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
