//! Bounds on what one client may ask for. The defaults suit a machine of two cores and a few hundred people.

use serde::Deserialize;
use std::time::Duration;

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $value:expr),+ $(,)?) => {
        /// Bounds on what one client may ask for; none of them may be zero unless its text says so.
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $($(#[$doc])* pub $name: $kind,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $value,)+ }
            }
        }

        impl Limits {
            /// Sets one limit by its name; the message says what is wrong with it.
            pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
                match name {
                    $(stringify!($name) => self.$name = super::environment::parsed(value)?,)+
                    _ => return Err(format!("unknown limit `{name}`")),
                }
                Ok(())
            }

            /// Each limit with its default, as a configuration file would name it.
            #[must_use]
            pub fn documented() -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), $value as u64),)+]
            }
        }
    };
}

limits! {
    /// Largest request body under the CalDAV paths, in bytes.
    dav_body_bytes: usize = 1 << 20,
    /// Largest JSON or form body, in bytes.
    json_body_bytes: usize = 256 << 10,
    /// Largest body of an import, in bytes.
    import_body_bytes: usize = 5 << 20,
    /// All header lines of one request together, in bytes.
    header_bytes: usize = 16 << 10,
    /// Header lines of one request.
    headers: usize = 64,
    /// Length of a request's target, in bytes.
    uri_bytes: usize = 4 << 10,
    /// From a new connection to the end of its TLS handshake, in seconds.
    handshake_seconds: u64 = 10,
    /// From the first byte of a request's head to its last, in seconds.
    header_seconds: u64 = 10,
    /// From the first byte of a body to its last, in seconds.
    body_seconds: u64 = 30,
    /// Slowest body, in bytes a second, counted after a grace of five seconds; 0 for no minimum.
    body_bytes_per_second: u64 = 1 << 10,
    /// What answering may take, in seconds.
    handler_seconds: u64 = 20,
    /// How long a connection may wait between requests, in seconds.
    idle_seconds: u64 = 75,
    /// How long a client may refuse to read an answer, in seconds.
    write_seconds: u64 = 30,
    /// How long a stopping server waits for requests that are under way, in seconds.
    drain_seconds: u64 = 20,
    /// Open connections.
    connections: usize = 4_096,
    /// Open connections of one address; loopback and trusted proxies are exempt.
    connections_per_address: usize = 64,
    /// Requests that are open at a time on one HTTP/2 connection.
    requests_at_once_per_connection: u32 = 100,
    /// Requests of one app password or token that are answered at a time; more wait.
    requests_at_once_per_token: usize = 32,
    /// Requests of one app password or token in a minute; 0 for no limit.
    requests_per_minute: u32 = 6_000,
    /// Requests above that rate that are let through at once.
    request_burst: u32 = 1_000,
    /// Wrong passwords in five minutes for one user name from one address.
    login_failures: u32 = 10,
    /// Wrong passwords in five minutes from one address.
    login_failures_per_address: u32 = 30,
    /// Unknown links and feeds asked for in a minute from one address.
    link_misses_per_minute: u32 = 30,
}

impl Limits {
    /// Refuses limits under which nothing works.
    pub(super) fn check(&self) -> Result<(), String> {
        let positive = [
            ("dav_body_bytes", self.dav_body_bytes),
            ("json_body_bytes", self.json_body_bytes),
            ("import_body_bytes", self.import_body_bytes),
            ("header_bytes", self.header_bytes),
            ("headers", self.headers),
            ("uri_bytes", self.uri_bytes),
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("requests_at_once_per_connection", self.requests_at_once_per_connection as usize),
            ("requests_at_once_per_token", self.requests_at_once_per_token),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("limits.{name} must be more than 0"));
        }
        let times = [
            ("handshake_seconds", self.handshake_seconds),
            ("header_seconds", self.header_seconds),
            ("body_seconds", self.body_seconds),
            ("handler_seconds", self.handler_seconds),
            ("idle_seconds", self.idle_seconds),
            ("write_seconds", self.write_seconds),
        ];
        match times.iter().find(|(_, value)| !(1..=3_600).contains(value)) {
            Some((name, _)) => Err(format!("limits.{name} must be from 1 to 3600")),
            None => Ok(()),
        }
    }

    /// What answering may take.
    #[must_use]
    pub fn handler_time(&self) -> Duration {
        Duration::from_secs(self.handler_seconds)
    }
}
