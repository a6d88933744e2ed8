//! Publishing again touches what changed and nothing else.

use super::{
    assign, calendars, drafted, get, list, moment, outbox, publish, same, settled, somebody_else, tags, text, touched,
};
use crate::support::Server;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn without_a_change_no_calendar_is_touched_and_nobody_is_told() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 1, 40);
    let first = publish(&server, &roster, &json!({ "reason": "more" })).expect(200).json();
    let (before, told) = (calendars(&server), outbox(&server).len());
    let again = publish(&server, &roster, &json!({ "reason": "again" })).expect(200).json();
    assert_eq!((&again["changes"], &again["version"]), (&json!([]), &first["version"]));
    assert_eq!(again["slots"], first["slots"]);
    // A new draft of the same days, too.
    let second = drafted(&server, "payments", 1, 40);
    let done = publish(&server, &second, &json!({ "reason": "the same" })).expect(200).json();
    assert_eq!((&done["changes"], &done["version"]), (&json!([]), &first["version"]));
    assert_eq!(touched(&before, &calendars(&server)), Vec::<String>::new());
    assert_eq!(outbox(&server).len(), told);
    assert_eq!(get(&server, &format!("/rosters/{}", text(&roster["id"])))["state"], "historic");
}

/// People who stand with a slot, or hand over to it or take over from it.
fn beside(roster: &Value, slot: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (start, end) = (moment(&slot["start"]), moment(&slot["end"]));
    let (mut partners, mut seams) = (BTreeSet::new(), BTreeSet::new());
    for other in list(&roster["slots"]).iter().filter(|other| other["id"] != slot["id"] && !other["person"].is_null()) {
        let (from, to) = (moment(&other["start"]), moment(&other["end"]));
        if from < end && start < to {
            partners.insert(text(&other["person"]).to_owned());
        } else if other["role"] == slot["role"] && (to == start || from == end) {
            seams.insert(text(&other["person"]).to_owned());
        }
    }
    (partners, seams)
}

#[test]
fn one_changed_slot_touches_exactly_whose_shift_partner_or_handover_changed() {
    let server = Server::with_demo("");
    let draft = settled(&server);
    let slots = list(&draft["slots"]);
    let pick = |slot: &&Value| slot["role"] != "shadow" && !slot["person"].is_null() && slot["person"] != "ada";
    let (slot, other) = slots
        .iter()
        .filter(pick)
        .skip(6)
        .find_map(|slot| Some((slot, somebody_else(&server, &draft, slot)?)))
        .expect("somebody else could stand one of them");
    assign(&server, &draft, slot, &json!({ "person": other, "pin": true })).expect(200);
    let (before, told) = (calendars(&server), outbox(&server).len());
    let done = publish(&server, &draft, &json!({ "reason": "a trade" })).expect(200).json();
    assert_eq!(list(&done["changes"]).len(), 1, "{}", done["changes"]);
    let change = &done["changes"][0];
    assert_eq!((&change["slot"], &change["change"]), (&slot["id"], &json!("moved")));
    assert_eq!((&change["before"]["person"], &change["after"]["person"]), (&slot["person"], &json!(other)));

    let holder = text(&slot["person"]).to_owned();
    let (partners, seams) = beside(&done, slot);
    let both = BTreeSet::from([holder.clone(), other.clone()]);
    let mut expected: BTreeSet<String> = both.iter().chain(&partners).chain(&seams).cloned().collect();
    expected.insert("team payments".to_owned());
    assert_eq!(touched(&before, &calendars(&server)), expected.into_iter().collect::<Vec<_>>());

    // Told by message: whose shift or partner changed, each once.
    let sent = outbox(&server).split_off(told);
    let to: Vec<String> = sent.iter().map(|(_, to, _)| to.replace("@example.org", "")).collect();
    assert_eq!(to.iter().cloned().collect::<BTreeSet<_>>(), both.union(&partners).cloned().collect());
    assert_eq!(to.len(), both.union(&partners).count(), "once each");
    let news = |person: &str| {
        let (_, _, payload) = sent.iter().find(|(_, to, _)| to.starts_with(&format!("{person}@"))).unwrap();
        payload["changes"][0]["news"].clone()
    };
    assert_eq!((news(&holder), news(&other)), (json!("no longer yours"), json!("yours")));

    // In the roster calendar only that one event is another.
    let (team, now) = ("team payments", tags(&server, "ada", "team-payments-roster"));
    let differ: Vec<_> = now.iter().filter(|(href, tag)| before[team].get(*href) != Some(*tag)).collect();
    assert_eq!(differ.iter().filter(|(href, _)| href.contains(text(&slot["id"]))).count(), 1);
}

#[test]
fn an_event_that_changes_hands_goes_and_comes_and_the_others_keep_their_uid_and_revision() {
    let server = Server::with_demo("");
    let draft = settled(&server);
    let slots = list(&draft["slots"]);
    let (slot, other) = slots
        .iter()
        .filter(|slot| slot["role"] == "secondary" && !slot["person"].is_null())
        .find_map(|slot| Some((slot, somebody_else(&server, &draft, slot)?)))
        .expect("somebody else could stand one of them");
    let partner = slots.iter().find(|one| one["role"] == "primary" && one["start"] == slot["start"]).unwrap();
    let (holder, partner_id) = (text(&slot["person"]), text(&partner["person"]));
    let event = |person: &str, slot: &Value| {
        server
            .objects(person, "shifts")
            .into_iter()
            .find(|event| event.contains(&format!("shift-{}", text(&slot["id"]))))
    };
    let line = |event: &str, name: &str| event.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let before = event(partner_id, partner).unwrap();
    assign(&server, &draft, slot, &json!({ "person": other, "pin": true })).expect(200);
    let done = publish(&server, &draft, &json!({ "reason": "a trade" })).expect(200).json();
    assert_eq!(same(&done, slot).unwrap()["person"], other.as_str());
    assert!(event(holder, slot).is_none(), "gone from who had it");
    let gained = event(&other, slot).unwrap();
    assert!(gained.contains("PARTSTAT=NEEDS-ACTION") && gained.contains("STATUS:CONFIRMED"), "{gained}");
    let after = event(partner_id, partner).unwrap();
    for kept in ["UID", "SEQUENCE", "DTSTART", "ATTENDEE"] {
        assert_eq!(line(&after, kept), line(&before, kept), "only the text is another");
    }
    let name = |id: &str| text(&get(&server, &format!("/people/{id}"))["name"]).to_owned();
    assert!(after.contains(&format!("With: {} (secondary)", name(&other))), "{after}");
    assert!(!after.contains(&format!("With: {} (secondary)", name(holder))), "{after}");
}

#[test]
fn new_contacts_reach_whoever_stands_for_the_team_and_nobody_else() {
    let server = Server::with_demo("");
    let before = calendars(&server);
    let desk = json!({ "contacts": [{ "name": "Night desk", "phone": "+442079460188" }] });
    server.api("PATCH", "/teams/payments", &desk).expect(200);
    let after = calendars(&server);
    let rosters = get(&server, "/teams/payments/rosters");
    let roster = get(&server, &format!("/rosters/{}", text(&rosters[0]["id"])));
    let lately = chrono::Utc::now();
    let slots = list(&roster["slots"]).iter().filter(|slot| moment(&slot["end"]) > lately);
    let mut holders: BTreeSet<String> = slots.filter_map(|slot| slot["person"].as_str()).map(str::to_owned).collect();
    holders.insert("team payments".to_owned());
    assert_eq!(touched(&before, &after), holders.into_iter().collect::<Vec<_>>());
    let events = server.objects("ada", "team-payments-roster");
    assert!(events.iter().any(|event| event.contains("Night desk")));
}
