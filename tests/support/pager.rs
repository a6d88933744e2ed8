//! A pager on loopback, as far as Dogwatch speaks to one: users, and the overrides of schedules, by the public APIs of
//! PagerDuty (REST 2) and Opsgenie (`/v2`). It fails as it is told.

use super::heard::Heard;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The key that both accounts have.
pub const KEY: &str = "pager-canary-key";

/// How a request goes wrong.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// It is answered so, a status line's end and further header lines, and not done.
    Says(&'static str),
    /// It is done, and the answer is lost.
    Lost,
}

#[derive(Default)]
struct State {
    /// Mail addresses that it knows.
    users: Vec<String>,
    /// By schedule.
    overrides: Vec<(String, Value)>,
    drawn: usize,
    /// For the next requests that would change something.
    troubles: VecDeque<Trouble>,
    /// Method and path of what was asked.
    asked: Vec<String>,
}

/// The pager; its threads end with the process.
pub struct FarPager {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    state: Arc<Mutex<State>>,
}

impl FarPager {
    /// Listens on a port of its own, and knows people by these mail addresses.
    pub fn start(users: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        let state = Arc::new(Mutex::new(State { users, ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { origin, state }
    }

    /// How the next requests go that would change something.
    pub fn fails(&self, troubles: &[Trouble]) {
        self.state.lock().expect("no panic").troubles.extend(troubles.iter().cloned());
    }

    /// Somebody puts an override there by hand.
    pub fn put_by_hand(&self, schedule: &str, one: Value) {
        self.state.lock().expect("no panic").overrides.push((schedule.to_owned(), one));
    }

    /// What stands in a schedule.
    pub fn overrides(&self, schedule: &str) -> Vec<Value> {
        let state = self.state.lock().expect("no panic");
        state.overrides.iter().filter(|(of, _)| of == schedule).map(|(_, one)| one.clone()).collect()
    }

    /// How many requests there were whose method and path begin so.
    pub fn asked(&self, begins: &str) -> usize {
        self.state.lock().expect("no panic").asked.iter().filter(|one| one.starts_with(begins)).count()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let Some(heard) = Heard::read(&mut reader) else { return };
    let answer = {
        let mut state = state.lock().expect("no panic");
        state.asked.push(format!("{} {}", heard.method, heard.path));
        let trouble = if heard.method == "GET" { None } else { state.troubles.pop_front() };
        match trouble {
            Some(Trouble::Says(status)) => Some((status.to_owned(), Value::Null)),
            Some(Trouble::Lost) => {
                state.answer(&heard);
                None
            }
            None => Some(state.answer(&heard)),
        }
    };
    let Some((status, body)) = answer else { return };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let sent = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let _ = reader.get_mut().write_all(sent.as_bytes());
}

fn plain(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl State {
    fn answer(&mut self, heard: &Heard) -> (String, Value) {
        let (path, query) = heard.path.split_once('?').unwrap_or((&heard.path, ""));
        let parts: Vec<String> = path.trim_matches('/').split('/').map(plain).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let proof = heard.headers.iter().find(|(name, _)| name == "authorization").map_or("", |(_, value)| value);
        let wanted = if parts[0] == "v2" { format!("GenieKey {KEY}") } else { format!("Token token={KEY}") };
        if proof != wanted {
            return ("401 Unauthorized".to_owned(), json!({ "message": "no" }));
        }
        let body: Value = serde_json::from_slice(&heard.body).unwrap_or(Value::Null);
        match parts.as_slice() {
            ["users"] => self.search(query),
            ["schedules", id, "overrides"] if heard.method == "GET" => {
                assert!(query.contains("since=20") && query.contains("until=20"), "{query}");
                ok(json!({ "overrides": self.of(id) }))
            }
            ["schedules", id, "overrides"] => self.duty_make(id, &body["overrides"][0]),
            ["schedules", _, "overrides", one] => self.take("id", one, "204 No Content"),
            ["v2", "users", address] if self.users.iter().any(|user| user == address) => {
                ok(json!({ "data": { "id": format!("u-{address}"), "username": address } }))
            }
            ["v2", "schedules", _, "overrides", ..] if query != "scheduleIdentifierType=id" => {
                ("422 Unprocessable Entity".to_owned(), json!({ "message": query }))
            }
            ["v2", "schedules", id, "overrides"] if heard.method == "GET" => ok(json!({ "data": self.of(id) })),
            ["v2", "schedules", id, "overrides"] => self.genie_make(id, body),
            ["v2", "schedules", id, "overrides", alias] if heard.method == "PUT" => {
                let (known, _) = self.take("alias", alias, "200 OK");
                if known.starts_with("404") {
                    return (known, Value::Null);
                }
                self.genie_make(id, body)
            }
            ["v2", "schedules", _, "overrides", alias] => self.take("alias", alias, "200 OK"),
            _ => ("404 Not Found".to_owned(), Value::Null),
        }
    }

    fn of(&self, schedule: &str) -> Vec<Value> {
        self.overrides.iter().filter(|(of, _)| of == schedule).map(|(_, one)| one.clone()).collect()
    }

    /// Finds whatever holds the text, as the real one does.
    fn search(&self, query: &str) -> (String, Value) {
        let wanted = query.split('&').find_map(|pair| pair.strip_prefix("query=")).map(plain).unwrap_or_default();
        let found = self.users.iter().filter(|user| user.contains(&wanted));
        let mut users: Vec<Value> = found.map(|user| json!({ "id": format!("P-{user}"), "email": user })).collect();
        users.insert(0, json!({ "id": "P-other", "email": format!("x{wanted}") }));
        ok(json!({ "users": users, "more": false }))
    }

    fn duty_make(&mut self, schedule: &str, asked: &Value) -> (String, Value) {
        self.drawn += 1;
        let made = json!({ "id": format!("Q{}", self.drawn), "start": asked["start"], "end": asked["end"],
            "user": { "id": asked["user"]["id"], "type": "user_reference" } });
        self.overrides.push((schedule.to_owned(), made.clone()));
        ("201 Created".to_owned(), json!([{ "status": 201, "override": made }]))
    }

    fn genie_make(&mut self, schedule: &str, asked: Value) -> (String, Value) {
        let alias = asked["alias"].clone();
        // Under the same alias it is the same one.
        self.overrides.retain(|(_, one)| one["alias"] != alias);
        self.overrides.push((schedule.to_owned(), asked));
        ("201 Created".to_owned(), json!({ "data": { "alias": alias } }))
    }

    fn take(&mut self, by: &str, id: &str, done: &str) -> (String, Value) {
        let before = self.overrides.len();
        self.overrides.retain(|(_, one)| one[by] != id);
        let status = if self.overrides.len() < before { done } else { "404 Not Found" };
        (status.to_owned(), if done.starts_with("204") { Value::Null } else { json!({ "result": "x" }) })
    }
}

fn ok(body: Value) -> (String, Value) {
    ("200 OK".to_owned(), body)
}
