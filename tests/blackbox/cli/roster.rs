//! `dogwatch roster` and `dogwatch whois`: a manager's month, and who is on call.

use super::Place;
use serde_json::{Value, json};

/// The month that the demo leaves open, as arguments.
fn open_month(place: &Place) -> (String, String, String) {
    let text = std::fs::read_to_string(place.data().join("demo.json")).unwrap();
    let facts: Value = serde_json::from_str(&text).unwrap();
    let of = |key: &str| facts["open"][key].as_str().unwrap().to_owned();
    let (from, to) = (of("from"), of("to"));
    (from.clone(), to.clone(), format!("--from {from} --to {to}"))
}

#[test]
fn a_month_is_planned_shown_checked_and_published() {
    for place in [Place::demo(), Place::served_demo()] {
        let (from, to, days) = open_month(&place);
        assert!(place.refuses(1, &format!("roster show payments {days}")).contains("plan one first"));
        let planned = place.json(&format!("roster plan payments {days}"));
        assert_eq!((&planned["state"], &planned["from"], &planned["to"]), (&json!("draft"), &json!(from), &json!(to)));
        let slots = planned["slots"].as_array().unwrap();
        assert!(slots.iter().any(|slot| slot["person"].is_string() && slot["turn"].is_string()), "{planned}");
        assert!(planned["report"]["lines"].as_array().is_some_and(|lines| lines.len() > 3), "{planned}");

        assert!(planned["recommendation"]["cost"].is_i64(), "{planned}");
        let told = place.says(&format!("roster plan payments {days}"));
        let sentence = planned["recommendation"]["text"].as_str().unwrap();
        assert!(told.contains(&format!("the roster {sentence}")) && !told.contains("solving"), "{told}");

        let again = place.json(&format!("roster plan payments {days}"));
        assert_eq!(again["id"], planned["id"], "planned anew, not twice");
        let shown = place.json(&format!("roster show payments {days}"));
        assert_eq!(shown["slots"], again["slots"]);
        let text = place.says(&format!("roster show payments {days}"));
        assert!(text.starts_with(&format!("payments {from} to {to}, draft (version 0, roster ")), "{text}");
        let checked = place.says(&format!("roster check payments {days}"));
        assert!(
            checked.contains("required slots are empty") && checked.contains("load against fair share"),
            "{checked}"
        );

        let done = place.json(&format!("roster publish payments {days} --reason next"));
        assert_eq!((&done["state"], &done["version"]), (&json!("published"), &json!(2)));
        assert!(done["changed"].as_u64().unwrap() > 10, "{done}");
        let repeated = place.json(&format!("roster publish payments {days}"));
        assert_eq!((&repeated["version"], &repeated["changed"]), (&json!(2), &json!(0)));
        assert!(place.says(&format!("roster show payments {days}")).contains(", published (version 2"));

        let first = done["slots"].as_array().unwrap().iter().find(|slot| slot["role"] == "primary").unwrap().clone();
        let at = place.json(&format!("whois payments --at {}", first["start"].as_str().unwrap()));
        let watch = at["on_call"].as_array().unwrap().iter().find(|watch| watch["slot"] == first["id"]).unwrap();
        assert_eq!(watch["person"]["id"], first["person"]);
        if let Some(server) = &place.server {
            let basic = server.basic(first["person"].as_str().unwrap());
            let calendar = format!("/dav/calendars/{}/shifts/", first["person"].as_str().unwrap());
            let listed = server.send("PROPFIND", &calendar, &[("Authorization", &basic), ("Depth", "1")], "");
            assert!(listed.expect(207).text().contains(first["id"].as_str().unwrap()), "it is in their calendar");
        }
    }
}

#[test]
fn days_that_make_no_period_are_refused() {
    let place = Place::demo();
    for (line, code) in [
        ("roster plan payments --from 2027-02-01 --to 2027-01-01", 2),
        ("roster plan payments --from 2027-01-01 --to 2027-01-01", 2),
        ("roster plan payments --from 2027-01-01 --to 2099-01-01", 2),
        ("roster plan payments --from 2027-02-30 --to 2027-03-01", 2),
        ("roster plan nobody --from 2027-01-01 --to 2027-02-01", 1),
        ("roster publish payments --from 2031-01-01 --to 2031-02-01", 1),
    ] {
        let said = place.refuses(code, line);
        assert!(!said.is_empty() && !said.contains("panicked"), "{line}: {said}");
    }
}

#[test]
fn who_is_on_call_is_told_now_and_at_any_time() {
    for place in [Place::demo(), Place::served_demo()] {
        let now = place.json("whois payments");
        let watch = &now["on_call"][0];
        let text = place.says("whois payments");
        let person = &watch["person"];
        for part in ["name", "phone", "email"] {
            assert!(text.contains(person[part].as_str().unwrap()), "{part}: {text}");
        }
        assert!(text.starts_with("Payments, ") && text.contains("next:") && text.contains("escalation:"), "{text}");

        let start = chrono::DateTime::parse_from_rfc3339(watch["start"].as_str().unwrap()).unwrap();
        let exact = place.json(&format!("whois payments --at {}", start.to_rfc3339()));
        assert_eq!(exact["on_call"][0]["slot"], watch["slot"]);
        let wall = place.json(&format!("whois payments --at {}", start.format("%Y-%m-%dT%H:%M")));
        assert_eq!(wall["on_call"], exact["on_call"], "the same on the team's own clock");
        let before =
            place.json(&format!("whois payments --at {}", (start - chrono::TimeDelta::seconds(1)).to_rfc3339()));
        assert_ne!(before["on_call"][0]["slot"], watch["slot"], "the minute of handover belongs to whoever takes over");
        let far = place.says("whois payments --at 2050-01-01T00:00:00Z");
        assert!(far.contains("NOBODY"), "the pattern asks for somebody then, too: {far}");
        let long_ago = place.says("whois payments --at 2001-01-01T00:00:00Z");
        assert!(long_ago.contains("nobody is planned"), "{long_ago}");
    }
}

#[test]
fn a_change_is_weighed_and_a_roster_explained_before_anything_is_done() {
    let place = Place::served_demo();
    let (_, _, days) = open_month(&place);
    let planned = place.json(&format!("roster plan payments {days}"));
    let slots = planned["slots"].as_array().unwrap();
    let slot = slots.iter().find(|slot| slot["role"] == "primary" && slot["person"].is_string()).unwrap();
    let (id, start) = (slot["id"].as_str().unwrap(), slot["start"].as_str().unwrap());
    let seen = place.json(&format!("roster explain payments {days} {id}"));
    assert_eq!(&seen["slot"], slot);
    let candidates = seen["candidates"].as_array().unwrap();
    let holder = candidates.iter().find(|one| one["person"] == slot["person"]).unwrap();
    assert_eq!(holder["effect"]["cost"]["more"], 0);
    assert!(candidates.iter().all(|one| !one["reasons"].as_array().unwrap().is_empty()), "{seen}");
    let excluded = candidates.iter().find(|one| one["level"] == "excluded").expect("somebody is excluded");

    let person = excluded["person"].as_str().unwrap();
    let told = place.json(&format!("roster what-if payments {days} --assign {id}={person}"));
    for member in ["findings", "cost", "people"] {
        assert_eq!(told[member], excluded["effect"][member]);
    }
    assert_eq!(told["slots"], json!([{ "slot": id, "person": person }]));
    assert!(told["findings"].as_array().unwrap().iter().any(|finding| finding["person"] == person), "{told}");
    let word = format!("{}/primary", &start[..10]);
    let same = place.json(&format!("roster what-if payments {days} --assign {word}={person}"));
    assert_eq!(same, told, "a day and a role name the slot as well");
    let emptied = place.says(&format!("roster what-if payments {days} --assign {word}="));
    assert!(emptied.contains(" to nobody\n! nobody") && emptied.contains("costs the team"), "{emptied}");
    let pair = planned["slots"].as_array().unwrap().iter().filter(|one| one["start"] == start).collect::<Vec<_>>();
    let exchange =
        format!("--exchange {}={} --whole-turn", pair[0]["id"].as_str().unwrap(), pair[1]["id"].as_str().unwrap());
    let told = place.json(&format!("roster what-if payments {days} {exchange}"));
    assert!(told["slots"].as_array().unwrap().len() >= 2, "{told}");
    assert!(place.refuses(2, &format!("roster what-if payments {days}")).contains("--assign"));
    assert_eq!(place.json(&format!("roster show payments {days}"))["slots"], planned["slots"], "nothing is stored");

    let whole = place.json(&format!("roster explain payments {days}"));
    assert!(whole["after"]["max"].as_i64() >= whole["after"]["median"].as_i64(), "{whole}");
    assert!(whole["people"].as_array().is_some_and(|people| people.len() > 2), "nothing was published: {whole}");
    let text = place.says(&format!("roster explain payments {days}"));
    assert!(text.contains("as published: least") && text.contains("as it is here: least"), "{text}");
    let unknown = format!("{id}=nobody");
    for (code, wish) in [(1, "2099-01-01/primary=ada"), (1, "nonsense"), (2, &unknown)] {
        let said = place.refuses(code, &format!("roster what-if payments {days} --assign {wish}"));
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn what_publishing_would_change_is_told_and_an_earlier_version_comes_back_as_a_draft() {
    let place = Place::demo();
    let (_, _, days) = open_month(&place);
    let planned = place.json(&format!("roster plan payments {days}"));
    let count = planned["slots"].as_array().unwrap().iter().filter(|slot| slot["person"].is_string()).count();
    let told = place.json(&format!("roster diff payments {days}"));
    let added = told["changes"].as_array().unwrap();
    assert!(added.len() >= count && added.iter().all(|change| change["change"] == "added"), "{told}");
    assert!(place.refuses(1, "roster restore payments 9").contains("no version 9"));
    let done = place.json(&format!("roster publish payments {days}"));
    assert_eq!(done["changed"], added.len());
    assert!(place.says(&format!("roster diff payments {days}")).contains("nothing differs"));

    let restored = place.json("roster restore payments 2");
    assert_eq!(restored["state"], "draft");
    let holders = |roster: &Value| {
        let slots = roster["slots"].as_array().unwrap().iter();
        slots.map(|slot| (slot["id"].clone(), slot["person"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(holders(&restored), holders(&done));
    assert!(place.says(&format!("roster diff payments {days}")).contains(", draft: nothing differs"));
    assert!(!place.refuses(1, "roster restore payments 2").is_empty(), "one draft at a time");
}
