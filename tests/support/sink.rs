//! A server on loopback that takes whatever is sent to it, answers as it is told, and remembers all of it.

use super::heard::Heard;
use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One request.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `PUT`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Instant,
}

impl Taken {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The server; its threads end with the process.
pub struct Sink {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    answers: Arc<Mutex<VecDeque<String>>>,
    taken: Receiver<Taken>,
}

impl Sink {
    /// Listens on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, taken) = channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let script = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, sender) = (Arc::clone(&script), sender.clone());
                std::thread::spawn(move || serve(stream, &script, &sender));
            }
        });
        Self { origin, answers, taken }
    }

    /// What the next requests are answered with, a status line's end and further header lines; else `200 x`.
    pub fn answer(&self, answers: &[&str]) {
        self.answers.lock().expect("no panic").extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    /// The next request; panics where none comes in time.
    pub fn next(&self) -> Taken {
        self.taken.recv_timeout(Duration::from_secs(40)).expect("a request")
    }

    /// The next request, if one comes within so long.
    pub fn within(&self, long: Duration) -> Option<Taken> {
        self.taken.recv_timeout(long).ok()
    }
}

fn serve(stream: TcpStream, script: &Mutex<VecDeque<String>>, sender: &Sender<Taken>) {
    let mut reader = BufReader::new(stream);
    let Some(Heard { method, path, headers, body }) = Heard::read(&mut reader) else { return };
    let answer = script.lock().expect("no panic").pop_front().unwrap_or_else(|| "200 x".to_owned());
    let _ = sender.send(Taken { method, path, headers, body, at: Instant::now() });
    let sent = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = reader.get_mut().write_all(sent.as_bytes());
}
