//! The listener: bounds each request, finds out who sends it, takes it to the room that answers, and gives each answer
//! its request id, security headers and one log line.
//!
//! `server` accepts, `tls` agrees on keys, `connection` speaks HTTP/1.1 or HTTP/2, `wire`, `framing` and `streams` watch
//! what the protocols' own code doesn't, `answer` leads one request through `intake` (bounds),
//! `sign_in` (who), `gate` (how often) and `route` (where to); `gzip` packs what comes back. Where the database
//! does not answer, `fallback` says who is on call; `offline` is a server of its own, for when all of it is away.
//! `meter` counts what happens, and `metrics` shows it at an address of its own.

mod accept;
mod answer;
mod basic_auth_raw;
mod connection;
mod connections;
mod fallback;
mod framing;
mod gate;
mod gzip;
mod health;
mod intake;
mod logging;
mod meter;
mod metrics;
mod offline;
mod problem;
mod refusal;
mod route;
mod server;
mod sign_in;
mod streams;
mod tls;
mod wire;

pub use answer::{App, Client, RequestId};
pub use gate::Gate;
pub use logging::start_logging;
pub use metrics::Metrics;
pub use offline::Offline;
pub use problem::Problem;
pub use server::Server;
pub use tls::{Renewal, Tls};

/// The body of an answer: whole, or streamed.
pub type Body = axum::body::Body;
