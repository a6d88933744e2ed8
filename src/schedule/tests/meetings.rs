//! Drives the scenario files in `fixtures/scheduling/meetings`: people store, change and remove their copies, messages
//! go between them, and the file says what each must see. `fixtures/scheduling/README.md` has the directives.

use super::super::*;
use crate::time::Instant;
use std::collections::BTreeMap;
use std::path::Path;

const PEOPLE: [&str; 4] = ["ada", "ben", "cleo", "dan"];

#[derive(Default)]
struct World {
    copies: BTreeMap<String, String>,
    kept: BTreeMap<String, String>,
    /// What the last step sent: to whom, as what, the text.
    sent: Vec<(String, String, String)>,
    before: BTreeMap<String, String>,
    refused: bool,
    ignored: Option<&'static str>,
    steps: i64,
}

fn address(name: &str) -> String {
    let domain = if PEOPLE.contains(&name) || name == "crew" { "example.org" } else { "example.com" };
    format!("{name}@{domain}")
}

fn user(name: &str) -> User {
    User::new([address(name)])
}

fn name_of(address: &str) -> String {
    let plain = untagged(address).unwrap_or_else(|| address.to_owned());
    plain.split('@').next().unwrap_or_default().to_owned()
}

fn known(text: &str) -> BTreeMap<String, Known> {
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let mut known = BTreeMap::new();
    for component in tree.calendar().children() {
        let lines = component.all("ATTENDEE");
        for address in lines.flat_map(|line| {
            let group = line.param("MEMBER").map(|group| normal_address(&group));
            group.into_iter().chain([normal_address(line.value())])
        }) {
            let name = name_of(&address);
            let what = if name == "crew" {
                let members = ["ben", "cleo"].map(|name| (name.to_uppercase(), format!("{name}@example.org")));
                Known::Group(members.to_vec())
            } else if PEOPLE.contains(&name.as_str()) && address.ends_with("@example.org") {
                Known::Local
            } else {
                Known::Elsewhere
            };
            known.insert(address, what);
        }
    }
    known
}

fn unfolded(text: &[u8]) -> String {
    String::from_utf8(text.to_vec()).unwrap().replace("\r\n ", "")
}

impl World {
    fn now(&self) -> Instant {
        Instant::from_millis(1_796_000_000_000 + self.steps * 60_000)
    }

    fn organizer(text: &str) -> Option<String> {
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let line = tree.calendar().children().find_map(|c| c.property("ORGANIZER"));
        line.map(|line| name_of(&normal_address(line.value())))
    }

    fn put(&mut self, who: &str, text: &str) {
        let old = self.copies.get(who).cloned();
        if Self::organizer(text).as_deref() == Some(who)
            || old.as_deref().and_then(Self::organizer).as_deref() == Some(who)
        {
            let known: BTreeMap<_, _> = [old.as_deref(), Some(text)].into_iter().flatten().flat_map(known).collect();
            let old = old.as_deref().map(str::as_bytes);
            let text = expand_groups(old, text.as_bytes(), &known).unwrap();
            let known: BTreeMap<_, _> =
                known.into_iter().chain(self::known(&String::from_utf8(text.clone()).unwrap())).collect();
            let organized = organize(&user(who), old, Some(&text), &known, self.now()).unwrap();
            let text = self.tell(&organized.told, &organized.text, &known);
            self.copies.insert(who.to_owned(), text);
            return;
        }
        let Some(old) = old else {
            let reply = introduce(&user(who), text.as_bytes(), self.now()).unwrap();
            self.copies.insert(who.to_owned(), text.to_owned());
            reply.into_iter().for_each(|reply| self.answer(who, text, &reply));
            return;
        };
        match attend(&user(who), old.as_bytes(), text.as_bytes(), self.now()).unwrap() {
            Err(OtherOrganizer) => self.refused = true,
            Ok(attended) => {
                self.copies.insert(who.to_owned(), String::from_utf8(attended.text).unwrap());
                attended.reply.into_iter().for_each(|reply| self.answer(who, &old, &reply));
            }
        }
    }

    fn delete(&mut self, who: &str, reply: bool) {
        let old = self.copies.remove(who).expect("there is a copy");
        if Self::organizer(&old).as_deref() == Some(who) {
            let organized = organize(&user(who), Some(old.as_bytes()), None, &known(&old), self.now()).unwrap();
            self.tell(&organized.told, b"", &BTreeMap::new());
        } else if let Some(message) = leave(&user(who), old.as_bytes(), self.now()).unwrap().filter(|_| reply) {
            self.answer(who, &old, &message);
        }
    }

    fn tell(&mut self, told: &[Told], text: &[u8], known: &BTreeMap<String, Known>) -> String {
        let mut status = BTreeMap::new();
        for told in told {
            if matches!(known.get(&told.address), Some(Known::Group(_))) {
                continue;
            }
            let name = name_of(&told.address);
            let local = PEOPLE.contains(&name.as_str());
            for message in told.beside.iter().filter(|_| local).chain(&told.messages) {
                self.sent.push((name.clone(), message.method.name().to_owned(), unfolded(&message.text)));
                Tree::parse(&message.text).unwrap();
            }
            if !told.messages.is_empty() {
                status.insert(told.address.clone(), if local { "1.2" } else { "1.0" });
            }
            if local {
                let copy = self.copies.get(&name).map(String::as_bytes);
                if let Some(text) = follow(&user(&name), copy, told).unwrap() {
                    self.copies.insert(name, String::from_utf8(text).unwrap());
                }
            }
        }
        if text.is_empty() {
            return String::new();
        }
        String::from_utf8(with_status(text, &status).unwrap()).unwrap()
    }

    fn answer(&mut self, who: &str, copy: &str, reply: &Message) {
        let organizer = Self::organizer(copy).expect("an organizer");
        self.sent.push((organizer.clone(), "REPLY".to_owned(), unfolded(&reply.text)));
        self.replied(&organizer, &reply.text, who);
    }

    fn replied(&mut self, organizer: &str, message: &[u8], who: &str) {
        let Some(object) = self.copies.get(organizer).cloned() else { return };
        match receive_reply(object.as_bytes(), message).unwrap() {
            Received::Stored(text) => {
                let told = pass_on(&user(organizer), object.as_bytes(), &text, &user(who), self.now()).unwrap();
                let text = self.tell(&told, &text, &BTreeMap::new());
                self.copies.insert(organizer.to_owned(), text);
            }
            Received::Ignored(why) => self.ignored = Some(why),
            other => panic!("{other:?}"),
        }
    }

    fn message(&mut self, who: &str, text: &str) {
        let method = text.lines().find_map(|line| line.strip_prefix("METHOD:")).expect("a METHOD").to_owned();
        let copy = self.copies.get(who).cloned();
        let received = match (method.as_str(), &copy) {
            ("REPLY", Some(_)) => return self.replied(who, text.as_bytes(), "nobody"),
            ("REPLY" | "REFRESH" | "COUNTER", None) => Received::Ignored("there is no such event"),
            ("REFRESH", Some(copy)) => ask(copy.as_bytes(), text.as_bytes(), Method::Refresh).unwrap(),
            ("COUNTER", Some(copy)) => ask(copy.as_bytes(), text.as_bytes(), Method::Counter).unwrap(),
            _ => deliver(&user(who), copy.as_deref().map(str::as_bytes), text.as_bytes(), self.now()).unwrap(),
        };
        match received {
            Received::Stored(text) => drop(self.copies.insert(who.to_owned(), String::from_utf8(text).unwrap())),
            Received::Answered(message) => {
                self.sent.push(("sender".to_owned(), message.method.name().to_owned(), unfolded(&message.text)));
            }
            Received::Noted => {}
            Received::Ignored(why) => self.ignored = Some(why),
        }
    }

    fn change(text: &str, what: &str) -> String {
        let (from, to) = what.split_once(" => ").expect("FROM => TO");
        let text = unfolded(text.as_bytes());
        assert!(text.contains(from), "nothing to change: {from}\n{text}");
        text.replace(from, &to.replace("\\r", "\r\n"))
    }

    fn expect(&self, what: &str) -> bool {
        let mut words = what.splitn(4, ' ');
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (third, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let text = match first {
            "copy" => self.copies.get(second).map(|text| unfolded(text.as_bytes())),
            "sent" => self.sent.iter().rev().find(|(to, ..)| to == second).map(|(_, _, text)| text.clone()),
            "refused" => return self.refused,
            "ignored" => return self.ignored.is_some(),
            "same" => {
                let plain = |world: &BTreeMap<String, String>| world.get(second).map(|text| unfolded(text.as_bytes()));
                return plain(&self.copies) == plain(&self.before);
            }
            name => {
                let methods: Vec<&str> =
                    self.sent.iter().filter(|(to, ..)| to == name).map(|(_, method, _)| method.as_str()).collect();
                let wanted: Vec<&str> = what.split(' ').skip(1).filter(|word| *word != "nothing").collect();
                return methods == wanted;
            }
        };
        match (text, third) {
            (None, kind) => kind == "none",
            (Some(text), "has") => text.contains(rest),
            (Some(text), "lacks") => !text.contains(rest),
            (Some(text), "line") => text.lines().filter(|line| *line == rest).count() == 1,
            (Some(text), "count") => {
                let (count, needle) = rest.split_once(' ').expect("a number and a text");
                text.matches(needle).count() == count.parse::<usize>().unwrap()
            }
            (Some(_), _) => false,
        }
    }

    fn step(&mut self) {
        (self.sent, self.refused, self.ignored) = (Vec::new(), false, None);
        self.before.clone_from(&self.copies);
        self.steps += 1;
    }

    fn act(&mut self, directive: &str, body: &str) -> Result<(), String> {
        let mut words = directive.splitn(3, ' ');
        let (verb, who, rest) =
            (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if verb == "expect" {
            let what = directive.split_once(' ').map_or("", |(_, what)| what);
            return if self.expect(what) { Ok(()) } else { Err(self.report(what)) };
        }
        self.step();
        let standing = |world: &Self| world.copies.get(who).cloned().expect("a copy");
        match verb {
            "put" => self.put(who, body),
            "change" => self.put(who, &Self::change(&standing(self), rest)),
            "keep" => drop(self.kept.insert(who.to_owned(), standing(self))),
            "change-kept" => self.put(who, &Self::change(&self.kept[who].clone(), rest)),
            "delete" => self.delete(who, rest != "silently"),
            "forget" => drop(self.copies.remove(who)),
            "message" => self.message(who, body),
            other => return Err(format!("unknown directive {other}")),
        }
        for (who, copy) in &self.copies {
            crate::ical::check::check(
                copy.as_bytes(),
                &crate::ical::check::Rules { components: &["VEVENT", "VTODO"], max_size: 65_536 },
            )
            .map_err(|refusal| format!("{who}'s copy is no calendar object: {refusal}\n{copy}"))?;
        }
        Ok(())
    }

    fn report(&self, what: &str) -> String {
        let copies: String = self.copies.iter().map(|(who, text)| format!("--- {who}\n{text}")).collect();
        let sent: String =
            self.sent.iter().map(|(who, method, text)| format!("--- {method} to {who}\n{text}")).collect();
        format!("expected {what}; ignored {:?}\n{sent}\n=== copies\n{copies}", self.ignored)
    }
}

fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut world = World::default();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "anew" {
            world = World::default();
            continue;
        }
        let mut body = String::new();
        while let Some((_, next)) = lines.next_if(|(_, next)| next.starts_with("  ")) {
            body.push_str(&next[2..]);
            body.push_str("\r\n");
        }
        if !body.is_empty() && !body.starts_with("BEGIN:VCALENDAR") {
            body = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Client//EN\r\n{body}END:VCALENDAR\r\n");
        }
        world.act(line, &body).map_err(|problem| format!("{}:{}: {problem}", path.display(), number + 1))?;
    }
    Ok(())
}

#[test]
fn each_scenario_of_a_meeting_ends_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scheduling/meetings");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the scenarios are there");
    let failed: Vec<String> = files.iter().filter_map(|file| run(file).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
