//! A server on loopback that keeps somebody's calendar: it answers as it is told, and remembers what it was asked.

use super::heard::Heard;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What networks a server must be told of, so that it speaks to this one.
pub const CONFIG: &str = "[outbound]\nprivate_networks = [\"127.0.0.1\"]\n";

/// A request, name and value of its headers in lower case.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How requests are answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With this text, or a 304 where it is known by its ETag.
    Calendar(String),
    /// With this status line's end and these header lines.
    Status(String),
    /// With bytes that never end.
    Drip,
    /// With these bytes, which are said to be packed.
    Packed(Vec<u8>),
}

/// The server; its threads end with the process.
pub struct IcsServer {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    answer: Arc<Mutex<Answer>>,
    requests: Receiver<Request>,
}

impl IcsServer {
    /// Listens on a port of its own.
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, requests) = channel();
        let answer = Arc::new(Mutex::new(answer));
        let how = Arc::clone(&answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (how, sender) = (Arc::clone(&how), sender.clone());
                std::thread::spawn(move || serve(stream, &how, &sender));
            }
        });
        Self { origin, answer, requests }
    }

    /// How it answers from now on.
    pub fn answer(&self, answer: Answer) {
        *self.answer.lock().expect("no panic") = answer;
    }

    /// The next request; panics where none comes in time.
    pub fn next(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(40)).expect("a request")
    }

    /// Whether none comes for so long.
    pub fn is_silent(&self, long: Duration) -> bool {
        self.requests.recv_timeout(long).is_err()
    }
}

fn serve(stream: TcpStream, how: &Mutex<Answer>, sender: &Sender<Request>) {
    let mut reader = BufReader::new(stream);
    let Some(Heard { path, headers, .. }) = Heard::read(&mut reader) else { return };
    let request = Request { path, headers };
    let answer = how.lock().expect("no panic").clone();
    let known = request.header("if-none-match").map(str::to_owned);
    let _ = sender.send(request);
    let stream = reader.get_mut();
    match answer {
        Answer::Calendar(text) => {
            let tag = format!("\"{}-{}\"", text.len(), text.bytes().map(u64::from).sum::<u64>());
            let (status, body) = if known == Some(tag.clone()) { ("304 x", "") } else { ("200 x", text.as_str()) };
            let head = format!(
                "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Type: text/calendar\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + body).as_bytes());
        }
        Answer::Status(status) => {
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
        }
        Answer::Packed(bytes) => {
            let head = format!(
                "HTTP/1.1 200 x\r\nContent-Type: text/calendar\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                bytes.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &bytes].concat());
        }
        Answer::Drip => {
            let line = "X-PADDING:no end of it\r\n".repeat(1_000);
            let mut open = stream.write_all(b"HTTP/1.1 200 x\r\nConnection: close\r\n\r\nBEGIN:VCALENDAR\r\n").is_ok();
            while open {
                open = stream.write_all(line.as_bytes()).is_ok();
            }
        }
    }
}
