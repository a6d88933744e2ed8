//! Recurrence rules (RFC 5545 3.3.10) in civil time: a rule and a start give wall-clock starts; zones are attached
//! afterwards by [`crate::ical::occur`]. Every expansion jumps to its window first and is paid from a [`Budget`] of steps.
//!
//! - `rule`: the text of a rule as a value.
//! - `everyday`: plain rules, expanded by the `rrule` crate.
//! - `walk`, `days`: all other rules, period by period, with a count of every candidate looked at.

mod days;
mod everyday;
mod rule;
mod walk;

#[cfg(test)]
mod tests;

pub use rule::{Frequency, NthDay, Rule, RuleError, Until};

use crate::time::Civil;
use std::ops::{ControlFlow, Range};

/// How much one expansion may cost. A query gives each object a budget of its own; what is left says what was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Periods and candidates that may still be looked at.
    pub steps: u32,
    /// Instances that may still be returned.
    pub results: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 50_000, results: 3_000 }
    }
}

impl Budget {
    /// Pays for `steps` candidates.
    ///
    /// # Errors
    /// [`TooMany`] when the steps are used up.
    pub fn spend(&mut self, steps: u32) -> Result<(), TooMany> {
        self.steps = self.steps.checked_sub(steps).ok_or(TooMany)?;
        Ok(())
    }

    /// Pays for one instance returned.
    ///
    /// # Errors
    /// [`TooMany`] when as many as allowed were returned before.
    pub fn take_result(&mut self) -> Result<(), TooMany> {
        self.results = self.results.checked_sub(1).ok_or(TooMany)?;
        Ok(())
    }
}

/// An expansion would cost more steps or give more instances than its [`Budget`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recurrence has too many instances in this period")]
pub struct TooMany;

/// A rule that starts somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Series<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// DTSTART as the wall clock of its zone. It need not be an instance of the rule.
    pub start: Civil,
    /// DTSTART is a DATE: the parts of the rule that name times of day do not apply.
    pub all_day: bool,
}

impl Series<'_> {
    /// Calls `visit` with each start inside the window, earliest first, until it breaks off.
    ///
    /// # Errors
    /// [`TooMany`] when the steps of the budget are used up; results are the visitor's to count.
    pub fn walk<V>(&self, window: Range<Civil>, budget: &mut Budget, visit: V) -> Result<(), TooMany>
    where
        V: FnMut(Civil) -> ControlFlow<()>,
    {
        match everyday::Plain::of(self) {
            Some(plain) => plain.walk(window, budget, visit),
            None => walk::walk(self, window, budget, visit),
        }
    }

    /// The last start of a rule that ends by COUNT, if it has any instance.
    ///
    /// # Errors
    /// [`TooMany`] when counting costs more than the budget.
    pub fn last(&self, budget: &mut Budget) -> Result<Option<Civil>, TooMany> {
        let mut last = None;
        let everything = self.start..Civil::MAX;
        self.walk(everything, budget, |at| {
            last = Some(at);
            ControlFlow::Continue(())
        })?;
        Ok(last)
    }
}

/// The starts that a rule gives inside a window of wall-clock time, earliest first. DTSTART is among them only where
/// the rule itself gives it, and a UTC UNTIL is read as wall-clock time unless [`Rule::bind_until`] was called.
///
/// # Errors
/// [`TooMany`] when the budget is used up.
pub fn civil_starts(
    rule: &Rule,
    dtstart: Civil,
    window: Range<Civil>,
    budget: &mut Budget,
) -> Result<Vec<Civil>, TooMany> {
    let mut starts = Vec::new();
    let mut results = budget.results;
    let mut full = false;
    Series { rule, start: dtstart, all_day: false }.walk(window, budget, |at| {
        if results == 0 {
            full = true;
            return ControlFlow::Break(());
        }
        results -= 1;
        starts.push(at);
        ControlFlow::Continue(())
    })?;
    budget.results = results;
    if full { Err(TooMany) } else { Ok(starts) }
}
