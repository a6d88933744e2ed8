//! `dogwatch bench-solve INSTANCE.json`: the solver on a problem of oncall-bench/1, so that it can be compared with others.

use super::{CommandError, output};
use crate::roster::solve::bench::{self, Bench};
use crate::roster::solve::engine::{Control, Progress, Task, run};
use clap::Args;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Solve a problem of oncall-bench/1
///
/// Prints a line of JSON at each improvement: seconds since the file was read, cost, lower bound (null until there is one) and
/// required slots that are still empty.
#[derive(Debug, Args)]
pub struct BenchSolve {
    /// The problem
    #[arg(value_name = "INSTANCE")]
    instance: PathBuf,
    /// Seconds until it stops; it stops sooner where the roster is proved to be the best
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    time: f64,
    /// Moves that each thread tries, instead of as many as the time allows: the same roster each time
    #[arg(long, value_name = "MOVES")]
    work: Option<u64>,
    /// Threads
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Luck of the search
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Search only, without a lower bound
    #[arg(long)]
    no_bound: bool,
    /// Where the roster goes
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl BenchSolve {
    /// Reads, solves, writes.
    pub fn run(self) -> Result<(), CommandError> {
        let text = fs::read_to_string(&self.instance)
            .map_err(|error| CommandError::io(format!("read {}", self.instance.display()), error))?;
        let begun = Instant::now();
        let time = Duration::try_from_secs_f64(self.time)
            .map_err(|_| CommandError::Usage("--time takes a number of seconds".to_owned()))?;
        let bench = bench::read(&text)
            .map_err(|error| CommandError::Refused(format!("{}: {error}", self.instance.display())))?;
        let tell = |progress: Progress| output::line(&document(begun, progress).to_string());
        let control = Control { progress: &tell, stop: &|| begun.elapsed() >= time };
        let task = Task {
            seed: self.seed,
            work: self.work.unwrap_or(u64::MAX),
            threads: self.threads.clamp(1, 64),
            bound: !self.no_bound,
        };
        let kept = bench.published.as_deref().unwrap_or_default();
        let outcome = run(&bench.instance, kept, task, &control);
        let mut last = document(begun, outcome.progress);
        if let Value::Object(fields) = &mut last {
            fields.insert("final".to_owned(), true.into());
        }
        output::line(&last.to_string());
        self.write(&bench, &outcome.holders)
    }

    fn write(&self, bench: &Bench, holders: &[Option<u32>]) -> Result<(), CommandError> {
        let Some(path) = &self.out else { return Ok(()) };
        let text = serde_json::to_string(&bench.solution(holders));
        let text = text.map_err(|error| CommandError::Refused(error.to_string()))?;
        fs::write(path, text).map_err(|error| CommandError::io(format!("write {}", path.display()), error))
    }
}

#[allow(clippy::cast_precision_loss)] // nobody waits 2^53 milliseconds
fn document(begun: Instant, progress: Progress) -> Value {
    json!({
        "seconds": begun.elapsed().as_millis() as f64 / 1_000.0,
        "cost": progress.cost,
        "bound": progress.bound,
        "gaps": progress.gaps,
    })
}
