//! Somebody who stores, changes and removes events without pause, and remembers what was sent, and what was acknowledged.

use crate::support::{Reply, Server};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Names under which one scribe keeps events.
const NAMES: u64 = 8;

/// Numbers that look random, the same for the same seed (Marsaglia's xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// One change as it was sent: what the event says from then on, nothing where it was removed.
#[derive(Clone, Debug)]
pub struct Change {
    name: String,
    text: Option<String>,
    etag: Option<String>,
    acked: Option<Instant>,
}

/// One person with one calendar, who does one thing at a time.
pub struct Scribe {
    pub person: String,
    basic: String,
    dice: Dice,
    count: u64,
    padding: usize,
    /// Changes of which the server could not say whether they happened.
    pub doubts: usize,
    /// Whatever was sent since it was last looked at, in order.
    changes: Vec<Change>,
    /// What each event says, as far as it was looked at.
    settled: BTreeMap<String, String>,
    token: String,
}

impl Scribe {
    /// `padding` makes each event longer by so many bytes.
    pub fn new(server: &Server, person: &str, seed: u64, padding: usize) -> Self {
        let mut scribe = Self {
            person: person.to_owned(),
            basic: server.basic(person),
            dice: Dice::new(seed),
            count: 0,
            padding,
            doubts: 0,
            changes: Vec::new(),
            settled: BTreeMap::new(),
            token: String::new(),
        };
        scribe.token = scribe.sync(server.address, "").expect("it synchronises").1;
        scribe
    }

    pub fn path(&self, name: &str) -> String {
        format!("/dav/calendars/{}/availability/{name}.ics", self.person)
    }

    /// How many changes were acknowledged since it was last looked at.
    pub fn acknowledged(&self) -> usize {
        self.changes.iter().filter(|change| change.acked.is_some()).count()
    }

    /// Changes something; false where the server doesn't answer any more.
    pub fn write(&mut self, address: SocketAddr) -> bool {
        self.count += 1;
        let name = format!("{}-{}", self.person, self.dice.below(NAMES));
        let there = self.now(&name).is_some();
        let text = (!there || self.dice.below(3) > 0).then(|| event(&name, self.count, self.padding));
        // Before it is sent: from now on it may have happened.
        self.changes.push(Change { name: name.clone(), text: text.clone(), etag: None, acked: None });
        let headers = [("Authorization", self.basic.as_str()), ("Content-Type", "text/calendar")];
        let (method, body) = text.as_ref().map_or(("DELETE", ""), |text| ("PUT", text));
        let reply = attempt(address, method, &self.path(&name), &headers, body);
        let change = self.changes.last_mut().expect("it was just put there");
        match reply.as_ref().map(|reply| reply.status) {
            Some(201 | 204) => {
                change.acked = Some(Instant::now());
                change.etag = reply.and_then(|reply| reply.header("etag").map(str::to_owned));
                true
            }
            Some(503 | 507) => {
                // It was said that nothing was written, or that nobody knows.
                if reply.is_some_and(|reply| reply.text().contains("during a commit")) {
                    return self.settle_doubt(address);
                }
                self.changes.pop().is_some()
            }
            Some(0) | None => false,
            Some(_) => panic!("{method} {name}: {reply:?}"),
        }
    }

    /// Looks whether the last change happened, as the answer says one should.
    fn settle_doubt(&mut self, address: SocketAddr) -> bool {
        let name = self.changes.last().map(|change| change.name.clone()).unwrap_or_default();
        for _ in 0..200 {
            let headers = [("Authorization", self.basic.as_str())];
            let Some(reply) = attempt(address, "GET", &self.path(&name), &headers, "") else { return false };
            let there = (reply.status == 200).then(|| reply.text());
            if matches!(reply.status, 200 | 404) {
                let change = self.changes.last_mut().expect("it is in doubt");
                if change.text == there {
                    change.acked = Some(Instant::now());
                } else {
                    self.changes.pop();
                }
                self.doubts += 1;
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{name} can't be read for ten seconds");
    }

    /// What an event says after the last change that was sent; only asked while nothing is in doubt.
    fn now(&self, name: &str) -> Option<&String> {
        match self.changes.iter().rev().find(|change| change.name == name) {
            Some(change) => change.text.as_ref(),
            None => self.settled.get(name),
        }
    }

    /// Compares what a server holds with what was acknowledged until `until`, and nothing that was never sent: what came
    /// later may be there or not. Afterwards that is what everything starts from.
    pub fn verify(&mut self, server: &Server, until: Option<Instant>) {
        let told = |change: &Change| change.acked.is_some_and(|at| until.is_none_or(|until| at < until));
        let names: BTreeSet<String> =
            self.changes.iter().map(|change| change.name.clone()).chain(self.settled.keys().cloned()).collect();
        let listed = self.listed(server);
        let strange: Vec<_> = listed.iter().filter(|name| !names.contains(*name)).collect();
        assert!(strange.is_empty(), "never sent by {}: {strange:?}", self.person);
        let mut found = BTreeMap::new();
        for name in &names {
            let of_name: Vec<_> = self.changes.iter().filter(|change| change.name == *name).collect();
            let last = of_name.iter().rposition(|change| told(change));
            let open = &of_name[last.map_or(0, |last| last + 1)..];
            let certain = match last {
                Some(last) => of_name[last].text.as_ref(),
                None => self.settled.get(name),
            };
            let reply = server.send("GET", &self.path(name), &[("Authorization", self.basic.as_str())], "");
            let there = (reply.status == 200).then(|| reply.text());
            assert!(there.is_some() || reply.status == 404, "{name}: {reply:?}");
            let fits = there.as_ref() == certain || open.iter().any(|change| change.text == there);
            assert!(
                fits,
                "{name} of {}: acknowledged {certain:?}\nin doubt {:?}\nfound {there:?}",
                self.person,
                open.iter().map(|change| &change.text).collect::<Vec<_>>()
            );
            if let (Some(last), true) = (last, there.as_ref() == certain)
                && let Some(etag) = &of_name[last].etag
            {
                assert_eq!(reply.header("etag"), Some(etag.as_str()), "the acknowledged tag of {name}");
            }
            if let Some(there) = there {
                found.insert(name.clone(), there);
            }
        }
        self.settled = found;
    }

    /// Whether whoever synchronises from the last token hears of every change that was acknowledged since.
    pub fn verify_sync(&mut self, server: &Server) {
        let (told, token) = self.sync(server.address, &self.token).expect("the token counts");
        let missed: Vec<_> =
            self.changes.iter().filter(|change| change.acked.is_some() && !told.contains(&change.name)).collect();
        assert!(missed.is_empty(), "a client of {} would never hear of {missed:?}: {told:?}", self.person);
        self.token = token;
        self.changes.clear();
    }

    /// The status of a synchronisation from the last token.
    pub fn sync_status(&self, server: &Server) -> u16 {
        self.report(server.address, &self.token).map_or(0, |reply| reply.status)
    }

    fn report(&self, address: SocketAddr, token: &str) -> Option<Reply> {
        let body = format!(
            "<sync-collection xmlns=\"DAV:\"><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/>\
             </prop></sync-collection>"
        );
        let path = format!("/dav/calendars/{}/availability/", self.person);
        let headers = [("Authorization", self.basic.as_str()), ("Content-Type", "application/xml")];
        attempt(address, "REPORT", &path, &headers, &body)
    }

    /// Names that were changed or removed since a token, and the next token.
    fn sync(&self, address: SocketAddr, token: &str) -> Option<(BTreeSet<String>, String)> {
        let reply = self.report(address, token)?;
        let text = (reply.status == 207).then(|| reply.text())?;
        let token = text.split("sync-token>").nth(1)?.split('<').next()?.to_owned();
        Some((names(&text), token))
    }

    fn listed(&self, server: &Server) -> BTreeSet<String> {
        let path = format!("/dav/calendars/{}/availability/", self.person);
        let headers = [("Authorization", self.basic.as_str()), ("Depth", "1")];
        let all = names(&server.send("PROPFIND", &path, &headers, "").expect(207).text());
        let own = format!("{}-", self.person);
        all.into_iter().filter(|name| name.starts_with(&own)).collect()
    }
}

fn names(listing: &str) -> BTreeSet<String> {
    let hrefs = listing.split(['<', '>']).filter_map(|part| part.strip_suffix(".ics"));
    hrefs.filter_map(|href| href.rsplit('/').next().map(str::to_owned)).collect()
}

fn event(name: &str, count: u64, padding: usize) -> String {
    let filler: String = (0..padding / 60).map(|line| format!("X-FILLER:{line:04}{}\r\n", "x".repeat(46))).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{name} says {count}\r\n{filler}END:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}

/// One request; nothing where nobody listens. Status 0 where nobody can say whether it happened.
pub fn attempt(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(40))).ok()?;
    let mut raw = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        raw.push_str(&format!("{name}: {value}\r\n"));
    }
    raw.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let _ = stream.write_all(raw.as_bytes());
    let mut told = Vec::new();
    let _ = stream.read_to_end(&mut told);
    let reply = Reply::parse(&told);
    // Half a status line says nothing.
    Some(if reply.status < 100 { Reply { status: 0, ..reply } } else { reply })
}
