//! What is counted of writes while they happen.

use crate::measure::{Gauge, Times};

/// Numbers of one store of this process.
#[derive(Debug, Default)]
pub struct Writes {
    /// How long it takes from asking for a commit to having it on disk.
    pub commits: Times,
    /// Writes that have been handed over and not yet answered.
    pub waiting: Gauge,
}

/// One of them; dropped when it is answered.
pub(super) struct Waiting<'w>(&'w Writes);

impl Writes {
    /// Counts one more that waits.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.change(1);
        Waiting(self)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.change(-1);
    }
}
