//! Who may enter where: every route of pages, API and feeds by everybody who might come, as tests/authorization.txt says.
//! The routes are read from the sources, so that one which isn't listed fails.

use crate::support::{DOGWATCH, Reply, Server, variables};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The columns of the table.
const COLUMNS: [&str; 7] = ["anonymous", "other", "member", "manager", "administrator", "feed", "revoked"];
/// Who stands for a column: Ben's own things are asked for, in Payments, which Ada manages; Priya is in another team.
const PEOPLE: [(&str, &str); 4] =
    [("other", "priya"), ("member", "ben"), ("manager", "ada"), ("administrator", "root")];
const PASSWORD: &str = "an administrator's password";

/// One line of the table.
#[derive(Debug)]
struct Line {
    method: String,
    path: String,
    cells: Vec<String>,
    body: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> Vec<Line> {
    let text = fs::read_to_string(root().join("tests/authorization.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (head, body) = line.split_once(" | ").unwrap_or((line, ""));
            let words: Vec<String> = head.split_whitespace().map(str::to_owned).collect();
            assert_eq!(words.len(), 2 + COLUMNS.len(), "{line}");
            let cells = words[2..].to_vec();
            Line { method: words[0].clone(), path: words[1].clone(), cells, body: body.trim().to_owned() }
        })
        .collect()
}

/// Every `.route("/path", get(…).post(…))` below a folder of the sources.
fn routes(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            routes(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split(".route(").skip(1) {
                let route = rest.split('"').nth(1).expect("a path as a literal").to_owned();
                let mut depth = 1;
                let ends = |c: char| {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    depth == 0
                };
                let call = &rest[..rest.find(ends).expect("a closed call")];
                for (word, method) in
                    [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE"), ("patch(", "PATCH")]
                {
                    if call.contains(word) {
                        found.insert((method.to_owned(), route.clone()));
                    }
                }
            }
        }
    }
}

#[test]
fn every_route_is_in_the_table_and_the_table_has_no_other() {
    let mut known = BTreeSet::new();
    for room in ["src/web", "src/api", "src/feed"] {
        routes(&root().join(room), &mut known);
    }
    let listed: BTreeSet<_> = table().into_iter().map(|line| (line.method, line.path)).collect();
    let missing: Vec<_> = known.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&known).collect();
    assert!(missing.is_empty(), "add to tests/authorization.txt who may use {missing:?}");
    assert!(gone.is_empty(), "tests/authorization.txt lists what is no route any more: {gone:?}");
}

/// A served demo with everybody who comes, and what they ask for.
struct House {
    server: Server,
    /// Authorization headers by column.
    bearers: BTreeMap<&'static str, String>,
    /// Cookies by column.
    cookies: BTreeMap<&'static str, String>,
    link: String,
    slot: String,
    qualification: String,
    count: Cell<u32>,
}

fn command_with(server: &Server, arguments: &[&str], given: &str) {
    let mut command = Command::new(DOGWATCH);
    command.args(arguments).arg("--data").arg(server.data()).envs(variables(server.database().as_deref()));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

impl House {
    fn new() -> Self {
        let server = Server::with_demo(
            "[limits]\nrequests_per_minute = 0\nlogin_failures = 100000\nlogin_failures_per_address = 100000\n",
        );
        let add = ["user", "add", "root", "--name", "Robin Root", "--email", "root@example.org", "--time-zone", "UTC"];
        server.command(&[&add[..], &["--admin"]].concat());
        command_with(&server, &["user", "password", "root", "--stdin"], PASSWORD);
        let token = |person: &str, scope: &str| {
            let made =
                server.command(&["--json", "token", "add", "--scope", scope, "--label", "t", "--person", person]);
            serde_json::from_str::<Value>(&made).unwrap()
        };
        let mut bearers = BTreeMap::new();
        for (column, person) in PEOPLE {
            let scope = if column == "administrator" { "admin" } else { "roster" };
            bearers.insert(column, format!("Bearer {}", token(person, scope)["token"].as_str().unwrap()));
        }
        let revoked = token("root", "admin");
        server.command(&["token", "revoke", revoked["id"].as_str().unwrap()]);
        bearers.insert("revoked", format!("Bearer {}", revoked["token"].as_str().unwrap()));
        let feed = server.api("POST", "/people/ben/feeds", &json!({ "label": "feed" })).expect(201).json();
        let feed = feed["url"].as_str().unwrap().rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned();
        bearers.insert("feed", format!("Bearer {feed}"));
        let (slot, link) = bens_shift(&server);
        let qualification = a_qualification(&server);
        let mut house =
            Self { server, bearers, cookies: BTreeMap::new(), link, slot, qualification, count: Cell::new(0) };
        house.sign_in();
        let ended = house.sign_in_as("root");
        house.post("/sign-out", &ended, "");
        house.cookies.insert("revoked", ended);
        house.cookies.insert("feed", format!("dogwatch-session={feed}"));
        house
    }

    fn sign_in(&mut self) {
        for (column, person) in PEOPLE {
            let cookie = self.sign_in_as(person);
            self.cookies.insert(column, cookie);
        }
    }

    fn sign_in_as(&self, person: &str) -> String {
        let facts = self.server.demo_facts();
        let known = facts["people"].as_array().unwrap().iter().find(|one| one["id"] == person).cloned();
        let password =
            known.map_or_else(|| PASSWORD.to_owned(), |one| one["web_password"].as_str().unwrap().to_owned());
        let form = format!("login={person}&password={}", password.replace(' ', "+"));
        let reply = self.post("/sign-in", "", &form).expect(303);
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// A form from a page of our own, with the token that a session's pages carry.
    fn post(&self, path: &str, cookie: &str, form: &str) -> Reply {
        let account = self.server.send("GET", "/account", &[("Cookie", cookie)], "").text();
        let token = account.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.filter(|_| !path.starts_with("/links/") && path != "/csp-report");
        let form = token.map_or_else(|| form.to_owned(), |token| format!("{form}&csrf={token}"));
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Cookie", cookie),
        ];
        self.server.send("POST", path, &headers, &form)
    }

    fn api(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.server.api(method, path, body);
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.text());
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    /// What stands for a part of a path in braces; things are made where there is none any more.
    fn part(&self, name: &str, method: &str, route: &str) -> String {
        let own = |value: &Value, member: &str| value[member].as_str().unwrap().to_owned();
        match name {
            "team" => "payments".to_owned(),
            "person" if route.contains("/members/") || route.ends_with("/disable") => self.newcomer(),
            "person" if route.starts_with("/admin/") => self.newcomer(),
            "person" => "ben".to_owned(),
            "slot" if route.starts_with("/api/v1/rosters/") || route.starts_with("/board/") => self.draft().1,
            "roster" => self.draft().0,
            "job" => self.solving(),
            "slot" => self.slot.clone(),
            "qualification" => self.qualification.clone(),
            "month" => "2031-01".to_owned(),
            "with" => {
                if method == "DELETE" {
                    let path = "/people/ben/calendars/calendar/shares/person:ada";
                    self.api("PUT", path, &json!({ "access": "read" }));
                }
                "person:ada".to_owned()
            }
            "delegate" => {
                if method == "DELETE" {
                    self.api("PUT", "/people/ben/delegates/chloe", &json!({ "access": "read" }));
                }
                "chloe".to_owned()
            }
            "id" if route.starts_with("/api/v1/rosters/") => self.draft().0,
            "id" if route.starts_with("/api/v1/app-passwords/") || route.starts_with("/me/connect/devices/") => {
                own(&self.api("POST", "/people/ben/app-passwords", &json!({ "label": "x" })), "id")
            }
            "id" if route.starts_with("/api/v1/feeds/") || route.starts_with("/me/connect/links/") => {
                own(&self.api("POST", "/people/ben/feeds", &json!({ "label": "x" })), "id")
            }
            "id" if route.starts_with("/api/v1/call-outs/") => self.call_out(),
            "swap" => own(&self.swap(), "id"),
            "offer" => own(&self.swap()["offers"][0], "id"),
            "name" if route.contains("/outside-calendars/") || route.contains("/outside/") => self.outside(),
            "name" if route.contains("/shared-calendars/") => self.shared(),
            "name" => "calendar".to_owned(),
            "session" => {
                self.sign_in_as("ben");
                let page = self.server.send("GET", "/account", &[("Cookie", &self.cookies["member"])], "").text();
                page.split("/account/sessions/").nth(1).unwrap().split('/').next().unwrap().to_owned()
            }
            "file" if route.starts_with("/static/") => {
                let page = self.server.get("/").text();
                page.split("\"/static/").nth(1).unwrap().split('"').next().unwrap().to_owned()
            }
            "file" if route.contains("/reports/") => "hours.csv".to_owned(),
            "pager" => self.pager(),
            "webhook" if route.contains("/teams/") => self.webhook("/teams/payments/webhooks"),
            "webhook" => self.webhook("/webhooks"),
            "segment" => "0".to_owned(),
            "secret" => own(&self.api("POST", "/people/ben/app-passwords", &json!({ "label": "x" })), "id"),
            "token" => {
                let made = self.server.command(&["--json", "token", "add", "--scope", "read", "--label", "t"]);
                own(&serde_json::from_str(&made).unwrap(), "id")
            }
            // Mail alone brings one: nobody has it.
            "mail" => "none".to_owned(),
            "file" => format!("{}.ics", self.bearers["feed"].trim_start_matches("Bearer ")),
            "*path" => self.link.trim_start_matches("/links/").to_owned(),
            other => panic!("nobody knows what stands for {{{other}}} in {route}"),
        }
    }

    fn number(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    fn newcomer(&self) -> String {
        let id = format!("newcomer-{}", self.number());
        let person = json!({ "id": id, "name": "New Comer", "email": format!("{id}@example.org"), "time_zone": "UTC" });
        self.api("POST", "/people", &person);
        self.api("PUT", &format!("/teams/payments/members/{id}"), &json!({}));
        id
    }

    /// A draft of Payments and one of its slots.
    fn draft(&self) -> (String, String) {
        let rosters = self.api("GET", "/teams/payments/rosters", &Value::Null);
        let rosters = rosters.as_array().unwrap().clone();
        let draft = rosters.iter().find(|roster| roster["state"] == "draft").map(|roster| roster["id"].clone());
        let draft = draft.unwrap_or_else(|| {
            let last = rosters.iter().map(|roster| roster["to"].as_str().unwrap()).max().unwrap();
            let from: chrono::NaiveDate = last.parse().unwrap();
            let days = json!({ "from": from.to_string(), "to": (from + chrono::Days::new(7)).to_string() });
            self.api("POST", "/teams/payments/rosters", &days)["id"].clone()
        });
        let id = draft.as_str().unwrap().to_owned();
        let slots = self.api("GET", &format!("/rosters/{id}"), &Value::Null)["slots"].clone();
        (id, slots[0]["id"].as_str().unwrap().to_owned())
    }

    /// A solving of that draft, as Ada begins it on a page; again where the one before has just changed the draft.
    fn solving(&self) -> String {
        let cookie = &self.cookies["manager"];
        for _ in 0..10 {
            let path = format!("/board/payments/{}", self.draft().0);
            let board = self.server.send("GET", &path, &[("Cookie", cookie)], "").expect(200).text();
            let counter = board.split("data-counter=\"").nth(1).unwrap().split('"').next().unwrap();
            let begun = self.post(&format!("{path}/solve"), cookie, &format!("counter={counter}")).expect(303);
            if let Some((_, job)) = begun.header("location").unwrap().split_once("/solving/") {
                return job.to_owned();
            }
        }
        panic!("the draft changes each time before it is solved");
    }

    /// Ben's request for cover.
    fn swap(&self) -> Value {
        self.api("POST", &format!("/slots/{}/cover", self.slot), &json!({}))
    }

    /// A call-out in a shift that Ben has stood.
    fn call_out(&self) -> String {
        let now = chrono::Utc::now();
        let span = [now - chrono::TimeDelta::days(60), now];
        let [from, until] = span.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let path = format!("/people/ben/call-outs?from={from}&until={until}");
        if let Some(id) = self.api("GET", &path, &Value::Null)[0]["id"].as_str() {
            return id.to_owned();
        }
        for hour in 1..24 * 30 {
            let at = |minutes: i64| {
                let at = now - chrono::TimeDelta::hours(hour) + chrono::TimeDelta::minutes(minutes);
                at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
            };
            let new = json!({ "start": at(0), "end": at(10), "note": "x" });
            let reply = self.server.api("POST", "/people/ben/call-outs", &new);
            if reply.status == 201 {
                return reply.json()["id"].as_str().unwrap().to_owned();
            }
        }
        panic!("Ben has stood no shift in a month");
    }

    fn outside(&self) -> String {
        let listed = self.api("GET", "/people/ben/outside-calendars", &Value::Null);
        if let Some(name) = listed[0]["name"].as_str() {
            return name.to_owned();
        }
        let new = json!({ "url": "https://calendar.example.net/busy.ics" });
        self.api("POST", "/people/ben/outside-calendars", &new)["name"].as_str().unwrap().to_owned()
    }

    fn pager(&self) -> String {
        let listed = self.api("GET", "/teams/payments/pagers", &Value::Null);
        if let Some(id) = listed[0]["id"].as_str() {
            return id.to_owned();
        }
        // At an address that no name server knows.
        let new = json!({ "kind": "opsgenie", "role": "primary", "schedule": "x", "key": "x",
            "url": "https://pager.example.net", "days": 0 });
        self.api("POST", "/teams/payments/pagers", &new)["id"].as_str().unwrap().to_owned()
    }

    fn webhook(&self, path: &str) -> String {
        let listed = self.api("GET", path, &Value::Null);
        if let Some(id) = listed[0]["id"].as_str() {
            return id.to_owned();
        }
        let new = json!({ "url": "https://hooks.example.net/x" });
        self.api("POST", path, &new)["id"].as_str().unwrap().to_owned()
    }

    fn shared(&self) -> String {
        self.api("PUT", "/people/ada/calendars/calendar/shares/person:ben", &json!({ "access": "read" }));
        let listed = self.api("GET", "/people/ben/shared-calendars", &Value::Null);
        listed[0]["name"].as_str().unwrap().to_owned()
    }

    fn path(&self, method: &str, route: &str) -> String {
        let mut path = String::new();
        for (at, piece) in route.split(['{', '}']).enumerate() {
            if at % 2 == 0 { path.push_str(piece) } else { path.push_str(&self.part(piece, method, route)) }
        }
        path
    }

    /// What somebody of a column is told: `+` where they are let in.
    fn told(&self, line: &Line, column: &'static str) -> String {
        let mut path = self.path(&line.method, &line.path);
        let mut body = line.body.replace("$n", &self.number().to_string()).replace("$slot", &self.slot);
        if body.contains("$planned") {
            body = body.replace("$planned", &self.draft().1);
        }
        if matches!(line.method.as_str(), "GET" | "DELETE") && !body.is_empty() {
            path.push_str(&format!("?{}", std::mem::take(&mut body)));
        }
        let reply = if line.path.starts_with("/api/") {
            let bearer = self.bearers.get(column).map_or("", String::as_str);
            let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
            let from = usize::from(column == "anonymous");
            self.server.send(&line.method, &path, &headers[from..], &body)
        } else {
            let cookie = self.cookies.get(column).map_or("", String::as_str);
            if line.method == "POST" {
                self.post(&path, cookie, &body)
            } else {
                self.server.send(&line.method, &path, &[("Cookie", cookie)], "")
            }
        };
        assert!(
            reply.status < 500 && !matches!(reply.status, 400 | 429),
            "{} {path} for {column}: {} {}",
            line.method,
            reply.status,
            reply.text()
        );
        if std::env::var_os("DOGWATCH_TABLE").is_some() && reply.status == 422 && path.starts_with("/api/") {
            println!("  {} {path} for {column}: {}", line.method, reply.json()["detail"]);
        }
        match reply.status {
            401 | 403 | 404 => reply.status.to_string(),
            303 if reply.header("location").is_some_and(|to| to.starts_with("/sign-in?")) => "sign-in".to_owned(),
            _ => "+".to_owned(),
        }
    }
}

/// A slot that Ben will stand, and the path of the link in its event.
fn bens_shift(server: &Server) -> (String, String) {
    let events = server.objects("ben", "shifts");
    let cover = events.iter().filter_map(|event| {
        let path = &event[event.find("/links/cover/")?..];
        let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '/'))?;
        Some((path[..end].split('/').nth(3)?.to_owned(), path[..end].to_owned()))
    });
    let mut ahead = cover.filter(|(slot, path)| {
        let asked = format!("/slots/{slot}/swap-options?kind=cover");
        server.get(path).status == 200 && server.api("GET", &asked, &Value::Null).status == 200
    });
    ahead.next().expect("Ben has a shift to come")
}

fn a_qualification(server: &Server) -> String {
    let team = server.api("GET", "/teams/payments", &Value::Null).expect(200).json();
    let requires = team["roles"].as_array().unwrap().iter().find_map(|role| role["requires"][0].as_str());
    requires.expect("a role that requires something").to_owned()
}

#[test]
fn everybody_is_let_in_exactly_where_the_table_says() {
    let mut house = House::new();
    let mut wrong = Vec::new();
    let shows = std::env::var_os("DOGWATCH_TABLE").is_some();
    for line in table() {
        let mut told = Vec::new();
        for column in COLUMNS {
            told.push(house.told(&line, column));
            if line.path == "/sign-out" {
                house.sign_in();
            }
        }
        if shows {
            let body = if line.body.is_empty() { String::new() } else { format!(" | {}", line.body) };
            println!("{} {} {}{body}", line.method, line.path, told.join(" "));
        }
        if told != line.cells {
            wrong.push(format!("{} {}: {} and not {}", line.method, line.path, told.join(" "), line.cells.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "anonymous, other, member, manager, administrator, feed, revoked:\n{}", wrong.join("\n"));
}
