//! One line for each request, and where lines go. Messages are constant, fields carry the rest; a path is named by its
//! template, for links and feeds carry their secret in it.

use crate::config::{Level, Log, LogFormat};
use hyper::Method;
use std::io::stderr;
use std::time::Duration;
use tracing_subscriber::filter::LevelFilter;

/// Sends log lines to standard error from now on; a second call changes nothing.
pub fn start_logging(log: &Log) {
    let level = match log.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    // Other crates log what they see, requests among it; only warnings of theirs are let through, and at no level those of
    // the protocols, which clients can call forth at will.
    let filter =
        tracing_subscriber::EnvFilter::new(format!("warn,dogwatch={level},hyper=off,hyper_util=off,h2=off,rustls=off"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // An error says that somebody else has set a logger before us, and that one stays.
    let _ = match log.format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
    };
}

/// What the line of one request says.
pub struct Line<'a> {
    /// Request id.
    pub request: &'a str,
    /// Method, if it is one we know.
    pub method: &'static str,
    /// Template of the path.
    pub route: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// From the end of the head to the beginning of the answer.
    pub took: Duration,
}

impl Line<'_> {
    /// Writes it.
    pub fn write(&self) {
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        let Self { request, method, route, status, .. } = self;
        if *status >= 500 {
            tracing::warn!(request, method, route, status, millis, "request failed");
        } else {
            tracing::info!(request, method, route, status, millis, "request answered");
        }
    }
}

/// The method if it is one we know; a client may send any text as a method, a secret too.
pub fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 19] = [
        "GET",
        "PROPFIND",
        "REPORT",
        "PUT",
        "POST",
        "HEAD",
        "OPTIONS",
        "DELETE",
        "PROPPATCH",
        "MKCALENDAR",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "ACL",
        "PATCH",
        "TRACE",
        "CONNECT",
    ];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER")
}
