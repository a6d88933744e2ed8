//! What the operating system knows of this process, its disk and its files. Blocks; what can't be found out is left out.

use crate::config::{Config, Database};
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where to look.
pub struct Machine {
    data: PathBuf,
    database: Option<PathBuf>,
    snapshot: Option<PathBuf>,
    started: f64,
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Of the process: bytes in memory.
    pub resident: Option<u64>,
    /// The most there ever were.
    pub resident_most: Option<u64>,
    /// Its open descriptors.
    pub descriptors: Option<u64>,
    /// How many it may have.
    pub descriptors_most: Option<u64>,
    /// Seconds of processors that it has used.
    pub processor: f64,
    /// When it started, in seconds since 1970.
    pub started: f64,
    /// Bytes free for it on the disk of the data folder.
    pub free: Option<u64>,
    /// Bytes of that disk.
    pub disk: Option<u64>,
    /// Bytes of the database file.
    pub database: Option<u64>,
    /// Bytes of the log beside it.
    pub log: Option<u64>,
    /// Seconds since the snapshot was written.
    pub snapshot_age: Option<f64>,
}

impl Machine {
    /// As far as the configuration says where things lie.
    pub fn new(config: &Config) -> Self {
        let database = match &config.database {
            Database::File(name) => Some(config.data.join(name)),
            Database::Postgres(_) => None,
        };
        let snapshot = config.snapshot_folder().map(|folder| folder.join("oncall.json"));
        Self { data: config.data.clone(), database, snapshot, started: now() }
    }

    /// Looks.
    pub fn look(&self) -> Seen {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kibibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|count| count * 1024)
        };
        let disk = rustix::fs::statvfs(&self.data).ok();
        let disk = disk.as_ref();
        let log = self.database.as_ref().map(|file| {
            let mut log = file.clone().into_os_string();
            log.push("-wal");
            PathBuf::from(log)
        });
        Seen {
            resident: kibibytes("VmRSS:"),
            resident_most: kibibytes("VmHWM:"),
            // The folder that is being read is one of them.
            descriptors: fs::read_dir("/proc/self/fd").ok().map(|open| (open.count() as u64).saturating_sub(1)),
            descriptors_most: most_descriptors(),
            processor: processor(),
            started: self.started,
            free: disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            disk: disk.map(|disk| disk.f_blocks.saturating_mul(disk.f_frsize)),
            database: self.database.as_ref().and_then(|file| fs::metadata(file).ok()).map(|file| file.len()),
            // Without a log nothing lies in it.
            log: log.map(|file| fs::metadata(file).map_or(0, |file| file.len())),
            snapshot_age: self.snapshot.as_ref().and_then(|file| {
                let written = fs::metadata(file).ok()?.modified().ok()?;
                Some(SystemTime::now().duration_since(written).unwrap_or_default().as_secs_f64())
            }),
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn most_descriptors() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

#[allow(clippy::cast_precision_loss)] // nanoseconds and seconds of one process
fn processor() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}
