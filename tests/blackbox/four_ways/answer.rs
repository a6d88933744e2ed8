//! An answer by whatever way, of which all but the last bytes are sent first, so that several arrive at once.

use crate::mail::Mta;
use crate::support::{Reply, Server};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// An answer as somebody gives it.
pub(super) enum Answer {
    Http { method: &'static str, path: String, headers: [(&'static str, String); 2], body: String },
    Mail { to: String, text: String },
}

impl Answer {
    /// On its way, all but the last bytes of it.
    pub(super) fn ready(&self, server: &Server) -> Ready {
        match self {
            Self::Http { method, path, headers, body } => Ready::http(server, method, path, headers, body),
            Self::Mail { to, text } => {
                let mut mta = Box::new(Mta::of(server));
                assert_eq!(mta.begin(to, text), None);
                Ready::Lmtp(mta)
            }
        }
    }

    /// Given again for as long as it is put off: a database that is busy with the others may say so.
    pub(super) fn until_taken(&self, server: &Server, mut told: Told) -> (Told, usize) {
        for times in 0..10 {
            if !told.is_put_off() {
                return (told, times);
            }
            told = self.ready(server).go(Duration::ZERO).1;
        }
        panic!("put off for ever");
    }
}

/// An answer of which all but the last bytes are sent.
pub(super) enum Ready {
    Http(TcpStream, String),
    Lmtp(Box<Mta>),
}

/// What came back.
pub(super) enum Told {
    Http(Reply),
    Lmtp(String),
}

impl Told {
    pub(super) fn is_put_off(&self) -> bool {
        match self {
            Self::Http(reply) => reply.status == 503,
            Self::Lmtp(line) => line.starts_with('4'),
        }
    }
}

impl Ready {
    fn http(server: &Server, method: &str, path: &str, headers: &[(&str, String)], body: &str) -> Self {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", server.address);
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        let (most, last) = body.split_at(body.len() - 2);
        let text = format!("{head}Content-Length: {}\r\n\r\n{most}", body.len());
        let mut stream = TcpStream::connect(server.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(40))).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        stream.write_all(text.as_bytes()).expect("it is taken");
        Self::Http(stream, last.to_owned())
    }

    /// Sends the rest after so long: when, and what is answered.
    pub(super) fn go(self, after: Duration) -> (Instant, Told) {
        thread::sleep(after);
        match self {
            Self::Http(mut stream, last) => {
                let at = Instant::now();
                let _ = stream.write_all(last.as_bytes());
                let mut raw = Vec::new();
                let _ = stream.read_to_end(&mut raw);
                (at, Told::Http(Reply::parse(&raw)))
            }
            Self::Lmtp(mut mta) => (Instant::now(), Told::Lmtp(mta.end())),
        }
    }
}
