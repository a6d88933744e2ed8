//! A mail server on loopback that takes whatever it is sent, or answers as it is told to.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, RwLock, RwLockWriteGuard};
use std::time::Duration;

/// A mail as it was handed over.
#[derive(Clone, Debug)]
pub struct Mail {
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: String,
    /// Header lines, unfolded.
    pub headers: Vec<String>,
    /// All of it, as it came.
    pub text: String,
}

impl Mail {
    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{}:", name.to_ascii_lowercase());
        let found = self.headers.iter().find(|line| line.to_ascii_lowercase().starts_with(&start));
        found.map_or("", |line| line[start.len()..].trim())
    }
}

/// Where one mail waits, if it is to.
#[derive(Default)]
struct Gate {
    lock: RwLock<()>,
    once: AtomicBool,
}

impl Gate {
    fn pass(&self, mail: &str) {
        if mail.contains("Subject: Can you stand it?") && self.once.swap(false, Ordering::Relaxed) {
            drop(self.lock.read());
        }
    }
}

/// The server; its thread ends with the process.
pub struct MailServer {
    /// `smtp://127.0.0.1:PORT`
    pub url: String,
    answers: Arc<Mutex<VecDeque<String>>>,
    thinks: Arc<Gate>,
    mails: Receiver<Mail>,
}

impl MailServer {
    /// Listens on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let (sender, mails) = channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let script = Arc::clone(&answers);
        let thinks = Arc::new(Gate::default());
        let gate = Arc::clone(&thinks);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, gate, sender) = (Arc::clone(&script), Arc::clone(&gate), sender.clone());
                std::thread::spawn(move || serve(&stream, &script, &gate, &sender));
            }
        });
        Self { url, answers, thinks, mails }
    }

    /// What a server must be told, so that it sends by this one; with further lines of `[mail]`.
    pub fn config(&self, further: &str) -> String {
        format!("[mail]\nrelay = \"{}\"\nfrom = \"oncall@example.org\"\n{further}\n", self.url)
    }

    /// What the next recipients are answered with, such as `550 5.1.1 nobody`; else they are taken.
    pub fn answer(&self, answers: &[&str]) {
        self.answers.lock().expect("no panic").extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    /// As long as this is kept, the next mail that asks somebody is not answered.
    pub fn think(&self) -> RwLockWriteGuard<'_, ()> {
        self.thinks.once.store(true, Ordering::Relaxed);
        self.thinks.lock.write().expect("no panic")
    }

    /// The next mail; panics where none comes in time.
    pub fn next(&self) -> Mail {
        self.mails.recv_timeout(Duration::from_secs(40)).expect("a mail")
    }

    /// What has come and was not looked at.
    pub fn rest(&self) -> Vec<Mail> {
        self.mails.try_iter().collect()
    }

    /// The next mails, until none comes for so long.
    pub fn all(&self, silence: Duration) -> Vec<Mail> {
        let mut found = vec![self.next()];
        found.extend(std::iter::from_fn(|| self.mails.recv_timeout(silence).ok()));
        found
    }
}

fn serve(stream: &TcpStream, script: &Mutex<VecDeque<String>>, gate: &Gate, sender: &Sender<Mail>) {
    let mut reader = BufReader::new(stream);
    let mut out = stream;
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    say("220 mail.example.org");
    let (mut from, mut to) = (String::new(), String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-mail.example.org\r\n250 8BITMIME".to_owned(),
            "MAIL" => {
                from = address();
                "250 ok".to_owned()
            }
            "RCPT" => {
                to = address();
                script.lock().expect("no panic").pop_front().unwrap_or_else(|| "250 ok".to_owned())
            }
            "DATA" => {
                say("354 go on");
                let text = data(&mut reader);
                let headers = unfolded(&text);
                let _ = sender.send(Mail { from: from.clone(), to: to.clone(), headers, text: text.clone() });
                gate.pass(&text);
                "250 taken".to_owned()
            }
            "QUIT" => {
                say("221 bye");
                return;
            }
            _ => "250 ok".to_owned(),
        };
        say(&answer);
    }
}

fn data(reader: &mut impl std::io::BufRead) -> String {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == ".\r\n" {
            return text;
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn unfolded(text: &str) -> Vec<String> {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}
