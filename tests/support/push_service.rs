//! A push service on loopback with a device behind it that reads what it is sent, and checks who sent it.

use super::heard::Heard;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use web_push_native::p256::SecretKey;
use web_push_native::p256::ecdsa::signature::Verifier as _;
use web_push_native::p256::ecdsa::{Signature, VerifyingKey};
use web_push_native::{Auth, decrypt};

/// The device's keys: those of RFC 8291 section 5.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
/// The public one.
pub const PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
/// Its authentication secret.
pub const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// What networks a server must be told of, so that it speaks to this service.
pub const CONFIG: &str = "[outbound]\nprivate_networks = [\"127.0.0.0/8\"]\n";

/// One message, decrypted.
#[derive(Clone, Debug)]
pub struct Message {
    /// The path it was posted to.
    pub path: String,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What the device reads.
    pub xml: String,
    /// When it came.
    pub at: Instant,
    /// What it was answered.
    pub answered: u16,
}

impl Message {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The text of an element, by its name with its prefix.
    pub fn text(&self, name: &str) -> Option<String> {
        let from = self.xml.find(&format!("<{name}>"))? + name.len() + 2;
        let to = self.xml[from..].find(&format!("</{name}>"))?;
        Some(self.xml[from..from + to].to_owned())
    }
}

/// The service; its thread ends with the process.
pub struct PushService {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    answers: Arc<Mutex<VecDeque<String>>>,
    messages: Receiver<Message>,
}

impl PushService {
    /// Listens on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, messages) = channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (script, audience) = (Arc::clone(&answers), origin.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, audience, sender) = (Arc::clone(&script), audience.clone(), sender.clone());
                std::thread::spawn(move || serve(stream, &script, &audience, &sender));
            }
        });
        Self { origin, answers, messages }
    }

    /// What the next messages are answered with: a status line's end and further header lines; else `201 Created`.
    pub fn answer(&self, answers: &[&str]) {
        self.answers.lock().expect("no panic").extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    /// The next message; panics where none comes in time.
    pub fn next(&self) -> Message {
        self.messages.recv_timeout(Duration::from_secs(40)).expect("a message")
    }

    /// Whether none comes for so long.
    pub fn is_silent(&self, long: Duration) -> bool {
        match self.messages.recv_timeout(long) {
            Ok(message) => {
                eprintln!("{message:?}");
                false
            }
            Err(_) => true,
        }
    }
}

fn serve(stream: std::net::TcpStream, script: &Mutex<VecDeque<String>>, audience: &str, sender: &Sender<Message>) {
    let mut reader = BufReader::new(stream);
    let Some(Heard { path, headers, body, .. }) = Heard::read(&mut reader) else { return };
    let mut message = Message { path, headers, xml: String::new(), at: Instant::now(), answered: 0 };
    check_signature(&message, audience);
    let key = SecretKey::from_slice(&unbase64(PRIVATE)).expect("a key");
    let auth: [u8; 16] = unbase64(AUTH).try_into().expect("16 bytes");
    message.xml = String::from_utf8(decrypt(body, &key, &Auth::from(auth)).expect("it is for us")).expect("UTF-8");
    let answer = script.lock().expect("no panic").pop_front().unwrap_or_else(|| "201 Created".to_owned());
    message.answered = answer[..3].parse().expect("a status");
    let sent = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = sender.send(message);
    let _ = reader.get_mut().write_all(sent.as_bytes());
}

/// Panics unless the message is signed for this service with the key that it names (RFC 8292).
fn check_signature(message: &Message, audience: &str) {
    let said = message.header("authorization").strip_prefix("vapid t=").expect("a token");
    let (token, key) = said.split_once(", k=").expect("a key");
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let key = VerifyingKey::from_sec1_bytes(&unbase64(key)).expect("a point");
    key.verify(signed.as_bytes(), &Signature::from_slice(&unbase64(signature)).expect("64 bytes"))
        .expect("it is right");
    let claims: serde_json::Value = serde_json::from_slice(&unbase64(signed.split_once('.').unwrap().1)).expect("JSON");
    assert_eq!(claims["aud"], audience, "{claims}");
}

fn unbase64(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).expect("base64url")
}
