//! A snapshot of one invented team: what it says, how it is signed, and how it is shown.

use super::calendar::drafts;
use super::*;
use crate::ical::build;
use crate::ical::check::{MAX_SIZE, Rules, check};
use crate::ical::tree::Tree;
use crate::roster::sample::{LONDON, span};

const SEED: [u8; 32] = [7; 32];

fn stand(role: &str, (from, to): (&str, &str), person: Option<&str>) -> Stand {
    let window = span(from, to);
    Stand {
        role: role.to_owned(),
        start: window.start,
        end: window.end,
        person: person.map(PersonId::from),
        slot: Some(SlotId::new(format!("{role}-{from}"))),
        segment: 0,
        cover_asked: false,
        page: true,
    }
}

fn snapshot() -> Snapshot {
    let first = ("2026-12-01T09:00:00", "2026-12-02T09:00:00");
    let second = ("2026-12-02T09:00:00", "2026-12-03T09:00:00");
    let person = |name: &str, phone: Option<&str>| Reachable {
        name: name.to_owned(),
        email: Some(format!("{}@example.org", name.to_lowercase())),
        phone: phone.map(str::to_owned),
    };
    let taken = span("2026-12-01T10:00:00", "2026-12-01T11:00:00").start;
    let contact = Escalation {
        role: None,
        person: Some("dora".into()),
        name: "Dora <boss>".to_owned(),
        phone: Some("+447700900199".to_owned()),
    };
    Snapshot {
        server: "https://calendar.example.org".to_owned(),
        taken,
        valid_until: taken.plus_days(DAYS),
        public: false,
        teams: vec![TeamWatch {
            id: "payments".into(),
            name: "Payments".to_owned(),
            zone: LONDON,
            public_page: true,
            roles: vec!["primary".to_owned(), "secondary".to_owned()],
            people: BTreeMap::from([
                ("ada".into(), person("Ada", Some("+447700900101"))),
                ("ben".into(), person("Ben", None)),
            ]),
            shifts: vec![
                stand("secondary", first, None),
                stand("primary", first, Some("ada")),
                stand("primary", second, Some("ben")),
                Stand { slot: None, ..stand("secondary", second, None) },
            ],
            escalation: vec![contact],
        }],
    }
}

fn at(text: &str) -> Instant {
    span(text, text).start
}

fn who<'s>(stands: &[&'s Stand]) -> Vec<(&'s str, Option<&'s str>)> {
    stands.iter().map(|stand| (stand.role.as_str(), stand.person.as_ref().map(PersonId::as_str))).collect()
}

#[test]
fn a_moment_has_its_holders_by_rank_and_the_next_of_each_role() {
    let snapshot = snapshot();
    let team = &snapshot.teams[0];
    let now = team.at(at("2026-12-01T12:00:00"));
    assert_eq!(who(&now.on_call), [("primary", Some("ada")), ("secondary", None)]);
    assert_eq!(who(&now.next), [("primary", Some("ben")), ("secondary", None)]);
    let seam = team.at(at("2026-12-02T09:00:00"));
    assert_eq!(who(&seam.on_call)[0], ("primary", Some("ben")), "the minute of handover is whose shift begins");
    assert_eq!(seam.next, [] as [&Stand; 0]);
}

#[test]
fn what_it_is_worth_depends_on_when_it_is_read() {
    let snapshot = snapshot();
    let after = |millis: i64| snapshot.validity(snapshot.taken.plus_millis(millis));
    assert_eq!((after(0), after(FRESH)), (Validity::Fresh, Validity::Fresh));
    assert_eq!((after(FRESH + 1), after(DAYS * DAY - 1)), (Validity::Stale, Validity::Stale));
    assert_eq!(after(DAYS * DAY), Validity::Over);
    assert_eq!((after(-MINUTE), after(-HOUR)), (Validity::Fresh, Validity::Ahead));
    let said = |hours: i64| snapshot.age(snapshot.taken.plus_hours(hours), LONDON);
    assert_eq!(said(0), "as of Tue 1 Dec 2026 10:00 (Europe/London), 0 seconds old");
    assert!(said(5).ends_with("5 hours old: what changed since is not in it"), "{}", said(5));
    assert!(said(61 * 24).contains("61 days old: it says nothing of any moment after 30 Jan 2027 10:00"));
}

#[test]
fn it_says_the_same_a_minute_later_and_another_thing_after_a_change() {
    let first = snapshot();
    let mut endless = first.clone();
    endless.teams[0].shifts[3].end = endless.valid_until;
    let mut later = endless.clone();
    (later.taken, later.valid_until) = (later.taken.plus_millis(MINUTE), later.valid_until.plus_millis(MINUTE));
    later.teams[0].shifts[3].end = later.valid_until;
    assert_eq!(endless.says(), later.says());
    assert_ne!(first.says(), endless.says());
    later.teams[0].shifts[2].cover_asked = true;
    assert_ne!(endless.says(), later.says());
}

#[test]
fn what_is_asked_for_and_not_held_is_a_gap_for_as_long_as_that_lasts() {
    let day = |from: &str, to: &str| span(&format!("2026-12-{from}:00:00"), &format!("2026-12-{to}:00:00"));
    let all = day("01T00", "05T00");
    let asked = [day("01T09", "02T09"), day("02T09", "03T09")];
    assert_eq!(gaps(&asked, &asked, all), []);
    assert_eq!(gaps(&asked, &[day("01T09", "01T20"), day("01T20", "03T09")], all), [], "cut otherwise");
    assert_eq!(gaps(&asked, &[day("01T09", "02T09")], all), [day("02T09", "03T09")]);
    assert_eq!(gaps(&asked, &[], day("01T12", "01T13")), [day("01T12", "01T13")], "no farther than is looked");
    let two = [day("01T09", "02T09"), day("01T09", "02T09")];
    assert_eq!(gaps(&two, &two[..1], all), [day("01T09", "02T09")], "one of two");
    assert_eq!(gaps(&two, &[], all), two);
    assert_eq!(gaps(&[], &two, all), [], "nobody is missed whom nobody asked for");
}

#[test]
fn a_document_reads_back_and_its_signature_holds_however_it_is_laid_out() {
    let (snapshot, key) = (snapshot(), SigningKey::of(&SEED).unwrap());
    let text = write(&snapshot, &key).unwrap();
    let found = read(&text).unwrap();
    assert_eq!(found.snapshot, snapshot);
    assert_eq!(found.key, Some(key.public()));
    assert!(found.is_signed_by(&key.public()));
    let laid_out = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&text).unwrap()).unwrap();
    assert_ne!(laid_out, text);
    assert!(read(&laid_out).unwrap().is_signed_by(&key.public()));
    assert_eq!(text, write(&snapshot, &key).unwrap(), "the same again");
    assert!(text.contains(r#""taken":"2026-12-01T10:00:00Z""#), "{text}");
    let members: Vec<_> = text.match_indices("\"end\":").map(|(at, _)| at).collect();
    assert_eq!(members.len(), 4);
    assert!(text.find("\"format\"") < text.find("\"key\"") && text.find("\"key\"") < text.find("\"signature\""));
}

#[test]
fn whatever_is_changed_in_it_shows_and_so_does_another_key() {
    let (snapshot, key) = (snapshot(), SigningKey::of(&SEED).unwrap());
    let text = write(&snapshot, &key).unwrap();
    for (from, to) in [("\"ben\"", "\"bea\""), ("10:00:00Z", "10:00:01Z"), ("+447700900101", "+447700900102")] {
        let forged = text.replace(from, to);
        assert_ne!(forged, text);
        assert!(!read(&forged).unwrap().is_signed_by(&key.public()), "{from}");
    }
    // Something beside what we know is signed as well.
    let more = text.replace("\"public\":false", "\"note\":\"x\",\"public\":false");
    assert!(!read(&more).unwrap().is_signed_by(&key.public()));
    let other = SigningKey::of(&[8; 32]).unwrap();
    assert!(!read(&text).unwrap().is_signed_by(&other.public()));
    let unsigned = text.replace("\"signature\":\"", "\"signature\":\"!");
    assert!(!read(&unsigned).unwrap().is_signed_by(&key.public()));
}

#[test]
fn another_document_is_refused_in_words() {
    let said = |text: &str| read(text).unwrap_err().to_string();
    assert!(said("BEGIN:VCALENDAR").contains("no JSON"));
    assert!(said("{}").contains("dogwatch-oncall/1"));
    assert!(said(r#"{"format":"dogwatch-oncall/2"}"#).contains("later version"));
    assert!(said(r#"{"format":"dogwatch-oncall/1"}"#).contains("can't be read"));
    let text = write(&snapshot(), &SigningKey::of(&SEED).unwrap()).unwrap();
    assert!(said(&text.replace("Europe/London", "Europe/Lundun")).contains("\"Europe/Lundun\" is no time zone"));
    assert!(said(&text.replace("2026-12-01T10:00:00Z", "noon")).contains("\"noon\" is no time"));
}

#[test]
fn a_public_key_is_the_same_in_base64_and_in_pem() {
    // RFC 8032 7.1, test 1.
    let seed = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
        0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    let key = SigningKey::of(&seed).unwrap().public();
    assert_eq!(key.to_string(), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    assert_eq!(PublicKey::parse(&key.to_string()), Some(key));
    assert_eq!(PublicKey::parse(&key.pem()), Some(key));
    assert_eq!(PublicKey::parse("11qYAYKx"), None);
    assert_eq!(PublicKey::parse("not base64"), None);
}

#[test]
fn strangers_see_roles_names_and_times_of_teams_that_let_them() {
    let mut whole = snapshot();
    let hidden = TeamWatch { id: "platform".into(), public_page: false, ..whole.teams[0].clone() };
    whole.teams.push(hidden);
    let seen = whole.for_strangers();
    assert!(seen.public);
    assert_eq!(seen.teams.len(), 1);
    let text = write(&seen, &SigningKey::of(&SEED).unwrap()).unwrap() + &page(&seen, seen.taken) + &calendar(&seen);
    assert!(text.contains("Ada"));
    for secret in ["+44", "@example.org\"", "mailto:", "platform"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(seen.teams[0].shifts, whole.teams[0].shifts);
}

#[test]
fn each_event_of_the_calendar_could_be_stored_and_the_whole_can_be_read() {
    let snapshot = snapshot();
    let text = calendar(&snapshot);
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let events: Vec<_> = tree.calendar().children().filter(|child| child.is("VEVENT")).collect();
    assert_eq!(events.len(), 4);
    let summaries: Vec<_> = events.iter().map(|event| event.property("SUMMARY").unwrap().text()).collect();
    assert_eq!(summaries[..2], ["Payments, secondary: NOBODY", "Payments, primary: Ada"]);
    let rules = Rules { components: &["VEVENT"], max_size: MAX_SIZE };
    let mut uids = Vec::new();
    for draft in drafts(&snapshot) {
        check(build::event(&draft).as_bytes(), &rules).unwrap();
        uids.push(draft.uid);
    }
    uids.dedup();
    assert_eq!(uids.len(), 4, "{uids:?}");
    assert!(text.contains("As of 1 Dec 2026 10:00"), "{text}");
    assert!(text.contains("+447700900101"), "{text}");
}

#[test]
fn the_page_says_how_old_it_is_and_shows_what_people_typed_without_obeying_it() {
    let snapshot = snapshot();
    let fresh = page(&snapshot, snapshot.taken);
    assert!(fresh.contains("As of Tue 1 Dec 2026 10:00 (Europe/London)</strong>, valid until Sat 30 Jan 2027 10:00"));
    assert!(fresh.contains("<p class=\"who\">Ada</p>\n<p><a href=\"tel:+447700900101\">"), "{fresh}");
    assert!(fresh.contains("Dora &#60;boss&#62;"), "{fresh}");
    for active in ["<script", "src=", "href=\"http", "url(", "@import"] {
        assert!(!fresh.contains(active), "{active}");
    }
    let late = page(&snapshot, at("2026-12-02T12:00:00"));
    assert!(late.contains("notice old") && late.contains("26 hours old: what changed since"), "{late}");
    assert!(late.contains("<p class=\"who\">Ben</p>"), "the holders are those of the moment it is read");
}
