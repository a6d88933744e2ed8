//! `dogwatch team`: who belongs to a team, what it needs, and whom to escalate to.

use super::Place;
use serde_json::{Value, json};

#[test]
fn a_team_is_added_joined_shown_and_left() {
    for place in Place::both() {
        place.payments();
        let said = place.refuses(1, "team add payments --name P --email p@example.org --time-zone UTC");
        assert!(said.contains("there is a team payments already"), "{said}");
        assert!(place.says("team list").contains("payments  Payments  payments@oncall.example.org  Europe/London"));
        place.says("team member add payments ben --fte 80 --novice --from 2026-01-05");
        let shown = place.json("team show payments");
        let members = shown["members"].as_array().unwrap();
        let of = |id: &str| members.iter().filter(|one| one["person"] == id).cloned().collect::<Vec<_>>();
        assert_eq!(of("ada")[0]["manager"], true);
        assert_eq!(of("ben").len(), 1, "{members:?}");
        let text = place.says("team show payments");
        assert!(
            text.contains("manager ada (Ada Okafor), 100 %") && text.contains("role primary: weight 100"),
            "{text}"
        );
        let done = place.json("team member remove payments ben --on 2026-02-01");
        assert_eq!(done, json!({ "team": "payments", "person": "ben", "until": "2026-02-01", "gaps": [] }));
        assert!(place.refuses(1, "team member remove payments nobody").contains("dogwatch user list"));
        assert!(place.refuses(1, "team show search").contains("dogwatch team list"));
        assert_eq!(place.run("team member add payments ada --fte 0").code, Some(2));
    }
}

#[test]
fn whoever_is_taken_out_leaves_gaps_that_are_named_at_once() {
    for place in [Place::demo(), Place::served_demo()] {
        let before = place.json("whois payments");
        let holder = before["on_call"][0]["person"]["id"].as_str().unwrap().to_owned();
        let done = place.json(&format!("team member remove payments {holder}"));
        let gaps = done["gaps"].as_array().unwrap();
        assert!(gaps.len() > 1, "{done}");
        let after = place.json("whois payments");
        assert_eq!(after["on_call"][0]["person"], Value::Null, "{after}");
        assert!(place.says("whois payments").contains("NOBODY"));
        assert_eq!(gaps[0]["role"], before["on_call"][0]["role"]);
        let trail = place.says("audit --team payments");
        assert!(trail.matches("shift.emptied").count() >= gaps.len(), "{trail}");
    }
}

#[test]
fn what_a_role_requires_is_granted_and_taken_back() {
    for place in Place::both() {
        place.payments();
        place.says("team role add payments lead --weight 120");
        place.says("team role remove payments shadow");
        let added = place.json("team qualification add payments PROD-ACCESS --how ask --role lead --role primary");
        let shown = place.json("team show payments");
        let roles = shown["roles"].as_array().unwrap();
        let names: Vec<_> = roles.iter().map(|role| role["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["primary", "secondary", "lead"]);
        assert_eq!(roles[2]["requires"], json!([added["id"]]));
        place.says("team role add payments lead --weight 130");
        assert_eq!(
            place.json("team show payments")["roles"][2]["requires"],
            json!([added["id"]]),
            "what it requires stays"
        );

        place.says("team grant payments ada@example.org PROD-ACCESS --until 2030-01-01 --evidence exam");
        let listed = place.json("team qualification list payments");
        assert_eq!(listed[0]["granted"][0]["person"], "ada");
        assert_eq!(listed[0]["granted"][0]["until"], "2030-01-01T00:00:00Z");
        assert!(place.says("team qualification list payments").contains("granted to: ada until 2030-01-01"));
        assert!(place.says("team revoke payments ada@example.org PROD-ACCESS").contains("has PROD-ACCESS no more"));
        assert_eq!(place.json("team qualification list payments")[0]["granted"], json!([]));
        assert!(place.refuses(1, "team revoke payments ada PROD-ACCESS").contains("a grant of PROD-ACCESS to ada"));
        let said = place.refuses(1, "team grant payments ada NONSENSE");
        assert!(said.contains("dogwatch team qualification list"), "{said}");
        place.refuses(1, "team qualification add payments DRILL --role captain");
    }
}

#[test]
fn a_pair_is_forbidden_and_allowed_again() {
    for place in Place::both() {
        place.payments();
        place.says("team forbid payments ben ada@example.org");
        place.says("team forbid payments ada ben");
        assert_eq!(place.json("team show payments")["forbidden_pairs"], json!([["ada", "ben"]]));
        assert!(place.says("team show payments").contains("never together: ada and ben"));
        assert_eq!(place.json("team allow payments ada ben")["forbidden"], false);
        assert!(place.refuses(1, "team allow payments ada ben").contains("a forbidden pair ada and ben"));
        place.refuses(2, "team forbid payments ada ada");
        assert_eq!(place.json("team show payments")["forbidden_pairs"], json!([]));
    }
}

#[test]
fn escalation_contacts_stand_in_order() {
    for place in Place::both() {
        place.payments();
        place.says("team contact add payments --name Desk --phone +442079460199");
        place.says("team contact add payments --person ada --phone +447700900101 --role primary");
        assert!(place.says("team show payments").contains("contact 2: Ada Okafor, +447700900101 (for primary)"));
        let on_call = place.json("whois payments");
        let names: Vec<_> = on_call["escalation"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        assert_eq!(names, ["Desk", "Ada Okafor"]);
        place.refuses(2, "team contact add payments --name Desk --phone 12");
        place.refuses(1, "team contact add payments --name Desk --phone +442079460199 --role captain");
        assert!(place.refuses(1, "team contact remove payments 3").contains("has 2 contacts"));
        place.says("team contact remove payments 1");
        assert_eq!(place.json("team show payments")["contacts"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_pattern_is_added_from_its_parts_or_a_file() {
    for place in Place::both() {
        place.payments();
        let parts = "--start 2027-01-04T09:00 --end 2027-01-05T09:00 --rrule FREQ=DAILY --turn week";
        assert!(place.says(&format!("team pattern add payments {parts}")).contains("dogwatch roster plan payments"));
        assert_eq!(place.run(&format!("team pattern add payments {parts} --roles captain")).code, Some(1));
        let said = place
            .refuses(1, "team pattern add payments --start 2027-01-04T09:00 --end 2027-01-05T09:00 --rrule FREQ=NEVER");
        assert!(said.contains("FREQ"), "{said}");
        let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:nights\r\nDTSTAMP:20260101T000000Z\r\n\
                     DTSTART;TZID=Europe/London:20270104T210000\r\nDTEND;TZID=Europe/London:20270105T090000\r\n\
                     RRULE:FREQ=WEEKLY\r\nCATEGORIES:primary\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let file = place.file("nights.ics", event.as_bytes());
        assert_eq!(place.json(&format!("team pattern add payments {file}"))["uid"], "nights");
        let broken = place.file("broken.ics", b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n");
        assert!(place.refuses(1, &format!("team pattern add payments {broken}")).contains("line 2"));
    }
}

#[test]
fn switches_and_weights_are_shown_and_taken_as_json() {
    for place in Place::both() {
        place.payments();
        let mut settings = place.json("team settings payments");
        settings["swap_deadline_hours"] = json!(24);
        let file = place.file("settings.json", settings.to_string().as_bytes());
        place.says(&format!("team settings payments {file}"));
        assert_eq!(place.json("team settings payments"), settings);
        let file = place.file("wrong.json", b"{\"aproval\": true}");
        let said = place.refuses(1, &format!("team settings payments {file}"));
        assert!(said.contains("wrong.json") && said.contains("aproval"), "{said}");
        let weights = place.json("team weights payments");
        let file = place.file("weights.json", weights.to_string().as_bytes());
        place.says(&format!("team weights payments {file}"));
    }
}
