//! A calendar app that stores, changes, moves and removes at random beside a model of what must come of it: every status, every
//! body, and from every sync token ever given the way to what stands at the end.

use super::{App, NAMES, event, xml};
use crate::support::{Server, times};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

const CALENDARS: [&str; 2] = ["/dav/calendars/ada/one/", "/dav/calendars/ada/two/"];

/// What must hold for a step to be done.
#[derive(Clone, Copy, Debug)]
enum If {
    Any,
    Nothing,
    Current,
    Stale,
}

#[derive(Clone, Debug)]
enum Step {
    Put { place: (usize, u8), uid: u8, text: u8, condition: If },
    Delete { place: (usize, u8), condition: If },
    Move { from: (usize, u8), to: (usize, u8), overwrite: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..2_usize, 0..4_u8);
    let condition =
        prop_oneof![3 => Just(If::Any), 1 => Just(If::Nothing), 2 => Just(If::Current), 1 => Just(If::Stale)];
    prop_oneof![
        5 => (place(), 0..5_u8, 0..3_u8, condition.clone())
            .prop_map(|(place, uid, text, condition)| Step::Put { place, uid, text, condition }),
        2 => (place(), condition).prop_map(|(place, condition)| Step::Delete { place, condition }),
        2 => (place(), place(), any::<bool>()).prop_map(|(from, to, overwrite)| Step::Move { from, to, overwrite }),
    ]
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    uid: u8,
    body: String,
    etag: String,
}

type Calendar = BTreeMap<u8, Stored>;

struct Model<'s> {
    app: App<'s>,
    calendars: [Calendar; 2],
}

fn path((calendar, name): (usize, u8)) -> String {
    format!("{}{name}.ics", CALENDARS[calendar])
}

impl Model<'_> {
    fn at(&self, (calendar, name): (usize, u8)) -> Option<&Stored> {
        self.calendars[calendar].get(&name)
    }

    /// Whether another object of the calendar than these has the UID.
    fn is_taken(&self, uid: u8, calendar: usize, but: &[u8]) -> bool {
        self.calendars[calendar].iter().any(|(name, stored)| !but.contains(name) && stored.uid == uid)
    }

    fn headers(&self, place: (usize, u8), condition: If) -> Option<(&'static str, String)> {
        match condition {
            If::Any => None,
            If::Nothing => Some(("If-None-Match", "*".to_owned())),
            If::Current => {
                Some(("If-Match", self.at(place).map_or("\"none\"".to_owned(), |stored| stored.etag.clone())))
            }
            If::Stale => Some(("If-Match", "\"stale\"".to_owned())),
        }
    }

    fn holds(&self, place: (usize, u8), condition: If) -> bool {
        match condition {
            If::Any => true,
            If::Nothing => self.at(place).is_none(),
            If::Current => self.at(place).is_some(),
            If::Stale => false,
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Put { place, uid, text, condition } => self.put(place, uid, text, condition),
            Step::Delete { place, condition } => self.delete(place, condition),
            Step::Move { from, to, overwrite } => self.moves(from, to, overwrite),
        }
    }

    fn put(&mut self, place: (usize, u8), uid: u8, text: u8, condition: If) -> Result<(), TestCaseError> {
        let body = event(&format!("uid-{uid}"), &format!("SUMMARY:{text}\r\n"));
        let header = self.headers(place, condition);
        let headers: Vec<_> = header.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = self.app.put_if(&path(place), &headers, &body);
        let conflict =
            self.is_taken(uid, place.0, &[place.1]) || self.at(place).is_some_and(|stored| stored.uid != uid);
        let wanted = match (self.holds(place, condition), conflict, self.at(place)) {
            (false, ..) => 412,
            (true, true, _) => 403,
            (true, false, None) => 201,
            (true, false, Some(_)) => 204,
        };
        prop_assert_eq!(reply.status, wanted, "{}", reply.text());
        if wanted < 300 {
            let etag = reply.header("etag").expect("what was sent was stored").to_owned();
            self.calendars[place.0].insert(place.1, Stored { uid, body, etag });
        }
        Ok(())
    }

    fn delete(&mut self, place: (usize, u8), condition: If) -> Result<(), TestCaseError> {
        let header = self.headers(place, condition);
        let headers: Vec<_> = header.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = self.app.send("DELETE", &path(place), &headers, "");
        if self.at(place).is_none() {
            prop_assert!(matches!(reply.status, 404 | 412), "{}: {}", reply.status, reply.text());
            return Ok(());
        }
        let wanted = if self.holds(place, condition) { 204 } else { 412 };
        prop_assert_eq!(reply.status, wanted, "{}", reply.text());
        if wanted == 204 {
            self.calendars[place.0].remove(&place.1);
        }
        Ok(())
    }

    fn moves(&mut self, from: (usize, u8), to: (usize, u8), overwrite: bool) -> Result<(), TestCaseError> {
        let word = if overwrite { "T" } else { "F" };
        let reply = self.app.move_to(&path(from), &path(to), &[("Overwrite", word)]);
        if from == to {
            prop_assert_eq!(reply.status, 403, "{}", reply.text());
            return Ok(());
        }
        let Some(moved) = self.at(from).cloned() else {
            prop_assert_eq!(reply.status, 404, "{}", reply.text());
            return Ok(());
        };
        let same = if from.0 == to.0 { vec![from.1, to.1] } else { vec![to.1] };
        let wanted = match self.at(to) {
            Some(_) if !overwrite => 412,
            // Only an object of the same UID is replaced.
            Some(other) if other.uid != moved.uid => 403,
            _ if self.is_taken(moved.uid, to.0, &same) => 403,
            // RFC 4791 5.3.2.1, no-uid-conflict: nothing is overwritten by what has another UID.
            Some(there) if there.uid != moved.uid => 403,
            Some(_) => 204,
            None => 201,
        };
        prop_assert_eq!(reply.status, wanted, "{}", reply.text());
        if wanted < 300 {
            self.calendars[from.0].remove(&from.1);
            self.calendars[to.0].insert(to.1, moved);
        }
        Ok(())
    }

    /// What a client knows after it has followed a token to the end, in pages of two.
    fn follow(
        &self,
        calendar: usize,
        mut known: BTreeMap<String, String>,
        mut token: String,
    ) -> (BTreeMap<String, String>, String) {
        loop {
            let body = format!(
                "<sync-collection {NAMES}><sync-token>{token}</sync-token><sync-level>1</sync-level>\
                 <limit><nresults>2</nresults></limit><prop><getetag/></prop></sync-collection>"
            );
            let page = self.app.report(CALENDARS[calendar], &body).expect(207).text();
            for row in page.split("<D:response>").skip(1) {
                let name = xml::names(&format!("<D:response>{row}")).remove(0);
                if let Some(etag) = row.split("<D:getetag>").nth(1) {
                    let etag = etag.split('<').next().unwrap_or_default().to_owned();
                    known.insert(name, etag);
                } else if row.contains(" 404 ") {
                    known.remove(&name);
                }
            }
            let end = page.split("<D:sync-token>").nth(1).unwrap();
            token = end.chars().take_while(|c| *c != '<').collect();
            if !page.contains(" 507 ") {
                return (known, token);
            }
        }
    }

    fn listing(&self, calendar: usize) -> BTreeMap<String, String> {
        self.calendars[calendar].iter().map(|(name, stored)| (format!("{name}.ics"), stored.etag.clone())).collect()
    }
}

#[test]
fn a_client_at_random_is_answered_as_a_model_says_and_every_token_leads_to_what_is_there() {
    let server = Server::with_demo("[limits]\nrequests_per_minute = 0\n");
    let cases = u32::try_from(times(6, 200)).unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 50, ..Config::default() };
    let tried = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        let mut model = Model { app: App::of(&server, "ada"), calendars: [Calendar::new(), Calendar::new()] };
        CALENDARS.iter().for_each(|calendar| model.app.make(calendar));
        let mut kept = Vec::new();
        let checked = steps.iter().try_for_each(|step| {
            model.take(step)?;
            for calendar in 0..2 {
                let (known, token) = model.follow(calendar, BTreeMap::new(), String::new());
                prop_assert_eq!(&known, &model.listing(calendar), "after {:?}", step);
                kept.push((calendar, known, token));
            }
            Ok(())
        });
        let read = checked.and_then(|()| {
            for (calendar, known, token) in kept {
                prop_assert_eq!(model.follow(calendar, known, token).0, model.listing(calendar));
            }
            for (calendar, objects) in model.calendars.iter().enumerate() {
                for (name, stored) in objects {
                    let reply = model.app.get(&path((calendar, *name)));
                    prop_assert_eq!(reply.text(), stored.body.as_str());
                    prop_assert_eq!(reply.header("etag"), Some(stored.etag.as_str()));
                }
            }
            Ok(())
        });
        CALENDARS.iter().for_each(|calendar| drop(model.app.delete(calendar)));
        read
    });
    tried.unwrap_or_else(|failed| panic!("{failed}"));
}
