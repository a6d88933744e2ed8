//! The one place that asks what time it is.

use crate::time::Instant;

/// Tells the time. In builds with debug assertions the environment variable `DOGWATCH_TEST_CLOCK` may name a file with
/// an offset in seconds, read at each call, so that tests can let time pass.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<Instant>,
    #[cfg(debug_assertions)]
    offset: Option<std::path::PathBuf>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self {
            fixed: None,
            #[cfg(debug_assertions)]
            offset: std::env::var_os("DOGWATCH_TEST_CLOCK").map(Into::into),
        }
    }

    /// The same, stopped at a moment.
    #[must_use]
    pub fn stopped_at(mut self, at: Instant) -> Self {
        self.fixed = Some(at);
        self
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        if let Some(at) = self.fixed {
            return at;
        }
        Instant::from(chrono::Utc::now()).plus_millis(self.offset_millis())
    }

    #[cfg(debug_assertions)]
    fn offset_millis(&self) -> i64 {
        let text = self.offset.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        text.and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0).saturating_mul(1000)
    }

    #[cfg(not(debug_assertions))]
    #[allow(clippy::unused_self)]
    fn offset_millis(&self) -> i64 {
        0
    }
}
