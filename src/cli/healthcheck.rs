//! `dogwatch healthcheck`: asks a running server whether it is ready, for whoever starts containers.

use super::{CommandError, Globals};
use crate::outbound::{Bounds, Client, Reach};
use bytes::Bytes;
use clap::Args;
use http_body_util::Full;
use hyper::Request;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// What it may take, and how much of the answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(4), bytes: 64 << 10 };

/// Ask a running server whether it is ready
///
/// Ends with 0 where it is, else with 1. A server with TLS is asked at its public_url.
#[derive(Debug, Args)]
pub struct Healthcheck {
    /// Where it listens, if that is not what the configuration says
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Healthcheck {
    /// Asks once.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let config = globals.load()?;
        let listen = here(self.listen.unwrap_or(config.listen));
        let base = if config.tls.is_spoken() { config.base_url(listen) } else { format!("http://{listen}") };
        let url = format!("{base}/readyz");
        let unusable = |_| CommandError::Refused(format!("{url} can't be asked"));
        let request = Request::get(&url).body(Full::new(Bytes::new())).map_err(unusable)?;
        let answer = Client::new(Reach::everywhere()).send(request, BOUNDS).await;
        let answer = answer.map_err(|failure| CommandError::Refused(format!("{url}: {failure}")))?;
        let said = String::from_utf8_lossy(&answer.body).trim().to_owned();
        if !answer.status.is_success() {
            return Err(CommandError::Refused(said));
        }
        globals.say(&said, &json!({ "ready": true }));
        Ok(())
    }
}

/// The address at which somebody on this machine reaches what listens on all of them.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_asked_on_this_machine() {
        for (listen, asked) in [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:1", "[::1]:1"), ("192.0.2.1:9", "192.0.2.1:9")] {
            assert_eq!(here(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
