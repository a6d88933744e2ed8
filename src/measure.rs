//! What is counted while it happens, without a lock: how often, and how long it took; and the text in which Prometheus
//! reads it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes that times are counted in, in microseconds; longer ones have a class of their own.
const BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// How often something happened.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// It happened once more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many there are at the moment.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// One more, or one less.
    pub fn change(&self, by: i64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// How many; never fewer than none, though another thread be between two changes.
    #[must_use]
    pub fn get(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

/// How long something takes, in classes from a tenth of a millisecond to ten seconds.
#[derive(Debug, Default)]
pub struct Times {
    classes: [AtomicU64; BOUNDS.len()],
    longer: AtomicU64,
    /// All of them together, in microseconds.
    sum: AtomicU64,
}

impl Times {
    /// It took so long once.
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < micros);
        self.classes.get(class).unwrap_or(&self.longer).fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }
}

/// A page in Prometheus' text format 0.0.4.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a metric of a kind: `counter`, `gauge` or `histogram`.
    pub fn begin(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String can't fail, here and below.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A value of the metric that was begun.
    #[allow(clippy::cast_precision_loss)] // beyond 2^53 nobody counts on the last digit
    pub fn count(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.value(name, labels, value as f64);
    }

    /// The same where it is no whole number.
    pub fn value(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"{}\"", if place == 0 { '{' } else { ',' }, Escaped(text));
        }
        let _ = writeln!(self.0, "{}{value}", if labels.is_empty() { " " } else { "} " });
    }

    /// Times as a histogram.
    pub fn times(&mut self, name: &str, labels: &[(&str, &str)], times: &Times) {
        let bucket = format!("{name}_bucket");
        let mut sum = 0;
        for (bound, class) in BOUNDS.iter().zip(&times.classes) {
            sum += class.load(Ordering::Relaxed);
            let bound = seconds(*bound).to_string();
            self.count(&bucket, &[labels, &[("le", &bound)]].concat(), sum);
        }
        sum += times.longer.load(Ordering::Relaxed);
        self.count(&bucket, &[labels, &[("le", "+Inf")]].concat(), sum);
        self.value(&format!("{name}_sum"), labels, seconds(times.sum.load(Ordering::Relaxed)));
        self.count(&format!("{name}_count"), labels, sum);
    }

    /// The page.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

#[allow(clippy::cast_precision_loss)] // after 285 years of microseconds
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// A label's value as the format wants it.
struct Escaped<'t>(&'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            other => f.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_counts_in_its_class_and_in_every_longer_one() {
        let times = Times::default();
        for micros in [0, 100, 101, 10_000_000, 10_000_001] {
            times.note(Duration::from_micros(micros));
        }
        let mut page = Page::default();
        page.times("x_seconds", &[("route", "/a")], &times);
        let text = page.into_text();
        let line = |rest: &str| text.lines().any(|line| line == format!("x_seconds{rest}"));
        assert!(line("_bucket{route=\"/a\",le=\"0.0001\"} 2"), "{text}");
        assert!(line("_bucket{route=\"/a\",le=\"0.00025\"} 3"), "{text}");
        assert!(line("_bucket{route=\"/a\",le=\"10\"} 4"), "{text}");
        assert!(line("_bucket{route=\"/a\",le=\"+Inf\"} 5"), "{text}");
        assert!(line("_count{route=\"/a\"} 5") && line("_sum{route=\"/a\"} 20.000202"), "{text}");
    }

    #[test]
    fn a_label_can_t_end_its_own_quotes() {
        let mut page = Page::default();
        page.begin("x", "gauge", "What it is.");
        page.value("x", &[("team", "a\"}\n\\b"), ("of", "c")], 0.5);
        page.count("x", &[], 3);
        let want = "# HELP x What it is.\n# TYPE x gauge\nx{team=\"a\\\"}\\n\\\\b\",of=\"c\"} 0.5\nx 3\n";
        assert_eq!(page.into_text(), want);
    }

    #[test]
    fn what_is_let_go_before_it_is_counted_is_none() {
        let gauge = Gauge::default();
        gauge.change(-1);
        assert_eq!(gauge.get(), 0);
        gauge.change(3);
        assert_eq!(gauge.get(), 2);
    }
}
