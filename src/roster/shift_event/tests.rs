//! What shifts and offers look like as events.

use super::*;
use crate::roster::model::{Contact, Person, Shift, Team};
use crate::time::{HOUR, Instant, Window};
use chrono_tz::Europe::London;

const HOST: &str = "calendar.example.org";

fn person(id: &str, name: &str) -> Person {
    Person {
        id: id.into(),
        name: name.to_owned(),
        email: format!("{id}@example.org"),
        phone: Some("+447700900123".to_owned()),
        zone: London,
        admin: false,
        disabled: false,
    }
}

fn team() -> Team {
    let contact = |role: Option<&str>, name: &str, phone: &str| Contact {
        role: role.map(str::to_owned),
        person: None,
        name: name.to_owned(),
        phone: phone.to_owned(),
    };
    Team {
        id: "payments".into(),
        name: "Payments".to_owned(),
        email: format!("payments@{HOST}"),
        zone: London,
        settings: crate::roster::model::Settings::default(),
        weights: crate::roster::model::Weights::default(),
        roles: Vec::new(),
        contacts: vec![
            contact(None, "Duty manager", "+447700900001"),
            contact(Some("secondary"), "Database desk", "+447700900002"),
            contact(Some("primary"), "Vendor hotline", "+447700900003"),
        ],
        forbidden_pairs: Vec::new(),
    }
}

fn shift() -> Shift {
    let start = Instant::from_millis(1_796_119_200_000);
    Shift {
        slot: "slot1".into(),
        segment: 0,
        team: "payments".into(),
        role: "primary".to_owned(),
        window: Window::new(start, start.plus_millis(24 * HOUR)),
        zone: London,
        person: Some("ada".into()),
        roster: "r1".into(),
        sequence: 0,
        answer: Answer::NeedsAction,
        hidden: false,
        note: None,
    }
}

fn held<'a>(team: &'a Team, shift: &'a Shift, person: &'a Person) -> HeldShift<'a> {
    HeldShift {
        team,
        shift,
        person,
        partners: vec![Partner {
            name: "Ben Okafor".into(),
            role: "secondary".into(),
            phone: Some("+447700900124".into()),
        }],
        takes_over_from: Some("Cleo Lind".into()),
        hands_over_to: Some("Dan Iyer".into()),
        handed: None,
        cover: None,
        collisions: Vec::new(),
        page: format!("https://{HOST}/shifts/slot1"),
        link: Some(format!("https://{HOST}/links/cover/slot1/0/ada/00")),
    }
}

#[test]
fn a_shift_says_role_partner_contacts_neighbours_and_the_way_out() {
    let (team, shift, ada) = (team(), shift(), person("ada", "Ada Moreau"));
    let event = shift_event(&held(&team, &shift, &ada), HOST);
    assert_eq!(event.uid, "shift-slot1-ada@calendar.example.org");
    assert_eq!(event.summary, "On call: Payments, primary");
    let expected = "Role: primary\nWith: Ben Okafor (secondary), +447700900124\nTakes over from: Cleo Lind, 10:00\n\
                    Hands over to: Dan Iyer, 10:00\n\nEscalation:\n1. Duty manager, +447700900001\n\
                    2. Vendor hotline, +447700900003\n\n\
                    Can't make it: https://calendar.example.org/links/cover/slot1/0/ada/00\n\nHandover note:";
    assert_eq!(event.description, expected);
    assert_eq!(event.categories, ["ON-CALL", "PRIMARY"]);
    assert!(event.transparent);
}

#[test]
fn while_cover_is_asked_for_the_holder_reads_that_they_stay_responsible() {
    let (team, shift, ada) = (team(), Shift { answer: Answer::Tentative, ..shift() }, person("ada", "Ada Moreau"));
    let cover = Some(Cover { reason: Some("dentist".into()), whole_turn: false, proposed: false, promised: None });
    let event = shift_event(&HeldShift { cover, ..held(&team, &shift, &ada) }, HOST);
    assert_eq!(event.summary, "On call (cover asked for): Payments, primary");
    assert!(
        event
            .description
            .starts_with("Cover is asked for. Until somebody agrees you stay responsible.\nYour reason: dentist")
    );
    assert_eq!(event.attendee.unwrap().1, Answered::Tentative);
}

#[test]
fn the_teams_event_has_no_link_no_attendee_and_a_uid_of_its_own() {
    let (team, shift, ada) = (team(), shift(), person("ada", "Ada Moreau"));
    let event = roster_event(&held(&team, &shift, &ada), HOST);
    assert_eq!(event.uid, "roster-slot1@calendar.example.org");
    assert_eq!(event.summary, "primary: Ada Moreau");
    assert_eq!((event.organizer, event.attendee), (None, None));
    assert!(!event.description.contains("/links/"));
}

#[test]
fn a_part_of_a_slot_has_its_number_in_the_uid() {
    let (slot, ada) = ("slot1".into(), "ada".into());
    assert_eq!(shift_uid(&slot, 2, &ada, HOST), "shift-slot1.2-ada@calendar.example.org");
    assert_eq!(roster_uid(&slot, 2, HOST), "roster-slot1.2@calendar.example.org");
}

#[test]
fn an_offer_stands_under_the_uid_that_the_shift_would_have() {
    let (team, shift, ada, ben) = (team(), shift(), person("ada", "Ada Moreau"), person("ben", "Ben Okafor"));
    let offer = CoverOffer {
        team: &team,
        shift: &shift,
        person: &ben,
        requester: &ada,
        reason: Some("dentist".into()),
        load: vec!["Your load goes from 12 to 20 points.".into()],
        proposed: Vec::new(),
        beside: Vec::new(),
        until: shift.window.end,
        answered: Answered::NeedsAction,
        link: format!("https://{HOST}/links/offer/o1/ben/00"),
        page: format!("https://{HOST}/shifts/slot1"),
    };
    let event = offer_event(&offer, HOST);
    assert_eq!(event.uid, shift_uid(&shift.slot, 0, &ben.id, HOST));
    assert_eq!(event.summary, "Cover? Payments, primary");
    assert_eq!(event.status, Status::Tentative);
    for part in [
        "Ada Moreau asks for cover.",
        "Why: dentist",
        "from 12 to 20 points",
        "until Wed 2 Dec 2026 10:00",
        "/links/offer/",
    ] {
        assert!(event.description.contains(part), "{part} in {}", event.description);
    }
    let over = cancelled_offer(&offer, "Cleo Lind has it.", HOST);
    assert_eq!((over.uid.as_str(), over.status), (event.uid.as_str(), Status::Cancelled));
    assert_eq!(over.comment.as_deref(), Some("Dogwatch: Cleo Lind has it."));
    assert_ne!(over.digest().schedule, event.digest().schedule);
}

#[test]
fn only_time_role_holder_and_status_touch_the_schedule_digest() {
    let (team, shift, ada) = (team(), shift(), person("ada", "Ada Moreau"));
    let before = shift_event(&held(&team, &shift, &ada), HOST).digest();
    let again = shift_event(&held(&team, &shift, &ada), HOST).digest();
    assert_eq!(before, again);
    let partners = Vec::new();
    let alone = shift_event(&HeldShift { partners, ..held(&team, &shift, &ada) }, HOST).digest();
    assert_eq!(alone.schedule, before.schedule);
    assert_ne!(alone.text, before.text);
    let window = Window::new(shift.window.start.plus_hours(1), shift.window.end);
    let moved = Shift { window, ..shift };
    let moved = shift_event(&held(&team, &moved, &ada), HOST).digest();
    assert_ne!(moved.schedule, before.schedule);
    assert_eq!(Digest::parse(&moved.to_string()), Some(moved));
}

#[test]
fn what_stands_behind_the_heading_is_the_handover_note() {
    let (team, ada) = (team(), person("ada", "Ada Moreau"));
    assert_eq!(handover_note(&shift_event(&held(&team, &shift(), &ada), HOST).description), None);
    let shift = Shift { note: Some("Batch run is late;\nwatch the queue.".into()), ..shift() };
    let description = shift_event(&held(&team, &shift, &ada), HOST).description;
    assert_eq!(handover_note(&description), shift.note);
    assert_eq!(handover_note("Role: primary"), None);
}
