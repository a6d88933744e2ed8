//! Absences that come after publication: the person and the team's managers are told, with the way to ask for cover, and
//! the notice goes with the absence.

use super::{assign, audited, candidates, drafted, get, list, moment, outbox, publish, put, remove, text};
use crate::support::Server;
use chrono::{Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// Coming shifts of a team as published, held by somebody, by start.
fn coming(server: &Server, team: &str) -> Vec<Value> {
    let rosters = get(server, &format!("/teams/{team}/rosters"));
    let published = list(&rosters).iter().find(|roster| roster["state"] == "published").unwrap();
    let roster = get(server, &format!("/rosters/{}", text(&published["id"])));
    let ahead = |slot: &&Value| moment(&slot["start"]) > Utc::now() && !slot["person"].is_null();
    list(&roster["slots"]).iter().filter(ahead).cloned().collect()
}

fn zone_of(server: &Server, person: &str) -> Tz {
    text(&get(server, &format!("/people/{person}"))["time_zone"]).parse().unwrap()
}

fn day(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// The person's own event of a shift.
fn event(server: &Server, person: &str, slot: &Value) -> String {
    let mark = format!("UID:shift-{}", text(&slot["id"]));
    server.objects(person, "shifts").into_iter().find(|event| event.contains(&mark)).expect("their shift")
}

fn notes(event: &str) -> usize {
    event.matches("Your availability says no").count()
}

fn collisions(server: &Server) -> Vec<(String, Value)> {
    let sent = outbox(server).into_iter().filter(|(kind, ..)| kind == "mail.collision");
    sent.map(|(_, to, payload)| (to, payload)).collect()
}

/// A shift of somebody who is no manager.
fn of_a_member(server: &Server, team: &str, manager: &str) -> Value {
    let all = coming(server, team).into_iter();
    all.filter(|slot| slot["role"] != "shadow").find(|slot| slot["person"] != manager).expect("a member's shift")
}

#[test]
fn the_person_and_the_managers_are_told_with_the_way_to_ask_for_cover() {
    let server = Server::with_demo("");
    let slot = of_a_member(&server, "payments", "ada");
    let person = text(&slot["person"]);
    let start = moment(&slot["start"]).with_timezone(&zone_of(&server, person));
    assert_eq!(notes(&event(&server, person, &slot)), 0);
    let lines = format!("DTSTART;VALUE=DATE:{}\nSUMMARY:Operation\nTRANSP:TRANSPARENT", day(start.date_naive()));
    put(&server, person, "availability", "away", &lines).expect(201);

    let told = event(&server, person, &slot);
    assert_eq!(notes(&told), 1, "{told}");
    assert!(told.contains("Can't make it: http"), "with the way to ask for cover: {told}");
    assert!(told.contains("SUMMARY:On call: Payments"), "still theirs: {told}");
    let sent = collisions(&server);
    let (own, managers): (Vec<_>, Vec<_>) = sent.iter().partition(|(to, _)| to.starts_with(&format!("{person}@")));
    let own = own.iter().find(|(_, payload)| payload["slot"] == slot["id"]).expect("a message");
    let link = text(&own.1["ask_for_cover"]);
    let manager = managers.iter().find(|(_, payload)| payload["slot"] == slot["id"]).expect("another");
    assert_eq!(manager.0, "ada@example.org");
    assert!(manager.1.get("ask_for_cover").is_none(), "the link is the person's alone");
    assert_eq!((&manager.1["person"], &manager.1["role"]), (&slot["person"], &slot["role"]));
    assert!(!format!("{sent:?}").contains("Operation"), "no titles");
    let rows = audited(&server, "shift.collision");
    let row = rows.iter().find(|row| text(&row["object"]).contains(text(&slot["id"]))).expect("a row");
    assert_eq!(row["actor"], format!("person:{person}"));
    assert!(!row.to_string().contains("Operation"));

    // They stay responsible until somebody has it; the link leads there.
    let path = format!("/{}", link.splitn(4, '/').nth(3).unwrap());
    server.get(&path).expect(200);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    server.send("POST", &path, &form, "answer=ask").expect(200);
    let open = get(&server, "/teams/payments/swaps?state=open");
    assert_eq!((&open[0]["slot"], &open[0]["requester"]), (&slot["id"], &slot["person"]));

    // Storing the same again tells nobody again.
    let (messages, rows) = (collisions(&server).len(), audited(&server, "shift.collision").len());
    put(&server, person, "availability", "away", &lines).expect(204);
    put(&server, person, "availability", "away", &format!("{lines}\nLOCATION:Ward 3")).expect(204);
    assert_eq!((collisions(&server).len(), audited(&server, "shift.collision").len()), (messages, rows));
}

#[test]
fn the_notice_goes_with_the_absence() {
    let server = Server::with_demo("");
    let slot = of_a_member(&server, "payments", "ada");
    let person = text(&slot["person"]);
    let start = moment(&slot["start"]).with_timezone(&zone_of(&server, person));
    let before = event(&server, person, &slot);
    let lines = |day: &str| format!("DTSTART;VALUE=DATE:{day}\nSUMMARY:Away");
    let (that, another) = (day(start.date_naive()), "20300601");
    for how in ["delete", "move", "avoid", "cancel"] {
        put(&server, person, "availability", how, &lines(&that)).expect(201);
        assert_eq!(notes(&event(&server, person, &slot)), 1, "{how}");
        match how {
            "delete" => remove(&server, person, "availability", how).expect(204),
            "move" => put(&server, person, "availability", how, &lines(another)).expect(204),
            "avoid" => {
                put(&server, person, "availability", how, &format!("{}\nCATEGORIES:AVOID", lines(&that))).expect(204)
            }
            _ => put(&server, person, "availability", how, &format!("{}\nSTATUS:CANCELLED", lines(&that))).expect(204),
        };
        assert_eq!(notes(&event(&server, person, &slot)), 0, "{how}");
    }
    let line = |event: &str, name: &str| event.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let after = event(&server, person, &slot);
    assert_eq!(line(&after, "SEQUENCE"), line(&before, "SEQUENCE"), "only the text was another");
}

#[test]
fn each_day_of_a_recurring_absence_is_noticed_and_its_exceptions_are_not() {
    let server = Server::with_demo("");
    let all = coming(&server, "payments");
    let member = text(&of_a_member(&server, "payments", "ada")["person"]).to_owned();
    let zone = zone_of(&server, &member);
    let theirs: Vec<&Value> = all.iter().filter(|slot| slot["person"] == member.as_str()).collect();
    let first = moment(&theirs[0]["start"]).with_timezone(&zone).date_naive();
    // Every day but the first of their shifts and the day it ends.
    let out: Vec<String> = (0..5).map(|n| day(first + Days::new(n))).collect();
    let until = day(first + Days::new(60));
    let lines = format!(
        "DTSTART;VALUE=DATE:{}\nRRULE:FREQ=DAILY;UNTIL={until}\nEXDATE;VALUE=DATE:{}\nSUMMARY:Expedition",
        out[0],
        out.join(",")
    );
    put(&server, &member, "availability", "expedition", &lines).expect(201);
    let told = collisions(&server);
    for slot in &theirs {
        let (start, end) = (moment(&slot["start"]), moment(&slot["end"]));
        let free_until = first + Days::new(5);
        let collides = end.with_timezone(&zone).date_naive() >= free_until
            && end > free_until.and_hms_opt(0, 0, 0).unwrap().and_local_timezone(zone).unwrap()
            && start.with_timezone(&zone).date_naive() <= first + Days::new(60);
        assert_eq!(notes(&event(&server, &member, slot)), usize::from(collides), "{slot}");
        let own = told.iter().filter(|(to, payload)| to.starts_with(&member) && payload["slot"] == slot["id"]);
        assert_eq!(own.count(), usize::from(collides), "one message a shift: {slot}");
    }
    assert!(theirs.iter().any(|slot| notes(&event(&server, &member, slot)) == 1), "{theirs:?}");
    remove(&server, &member, "availability", "expedition").expect(204);
    assert!(theirs.iter().all(|slot| notes(&event(&server, &member, slot)) == 0));
}

#[test]
fn a_whole_day_is_a_day_of_the_persons_own_zone() {
    let server = Server::with_demo("");
    // Singapore stands 00:00 to 08:00 of London: from eight in the morning or nine, its own time, of the same day.
    let all = coming(&server, "platform");
    let slot = all.iter().filter(|slot| slot["role"] == "apac").find(|slot| slot["person"] != "priya").unwrap();
    let person = text(&slot["person"]);
    let zone = zone_of(&server, person);
    assert_eq!(zone, chrono_tz::Asia::Singapore);
    let (start, end) = (moment(&slot["start"]), moment(&slot["end"]));
    let here = start.with_timezone(&zone).date_naive();
    assert_eq!(end.with_timezone(&zone).date_naive(), here, "one day there");
    let away = |day_off: NaiveDate| format!("DTSTART;VALUE=DATE:{}\nSUMMARY:Away", day(day_off));
    put(&server, person, "availability", "before", &away(here - Days::new(1))).expect(201);
    assert_eq!(notes(&event(&server, person, slot)), 0, "the day before ends at midnight there");
    put(&server, person, "availability", "after", &away(here + Days::new(1))).expect(201);
    assert_eq!(notes(&event(&server, person, slot)), 0);
    put(&server, person, "availability", "that", &away(here)).expect(201);
    assert_eq!(notes(&event(&server, person, slot)), 1);

    // Grace stands for London from New York: her day begins there five hours late, while her shift still runs.
    let draft = drafted(&server, "payments", 60, 74);
    let slot = list(&draft["slots"]).iter().find(|slot| slot["role"] == "secondary").unwrap();
    let grace = json!({ "person": "grace", "pin": true, "reason": "her turn" });
    assign(&server, &draft, slot, &grace).expect(200);
    publish(&server, &draft, &json!({ "reason": "open" })).expect(200);
    let zone = zone_of(&server, "grace");
    let last = moment(&slot["end"]).with_timezone(&chrono_tz::Europe::London).date_naive();
    put(&server, "grace", "availability", "last", &away(last)).expect(201);
    let hers = |(to, told): &(String, Value)| to.starts_with("grace@") && told["slot"] == slot["id"];
    let (_, told) = collisions(&server).into_iter().find(hers).expect("a message");
    let midnight = last.and_hms_opt(0, 0, 0).unwrap().and_local_timezone(zone).unwrap();
    assert_eq!(moment(&told["unavailable_from"]), midnight);
    assert_eq!(moment(&told["unavailable_until"]), moment(&slot["end"]));
}

#[test]
fn what_a_manager_enters_for_a_member_counts_and_is_told_as_the_managers_deed() {
    let server = Server::with_demo("");
    let slot = of_a_member(&server, "payments", "ada");
    let person = text(&slot["person"]);
    let start = moment(&slot["start"]).to_utc().format("%Y%m%dT%H%M%SZ");
    let lines = format!(
        "DTSTART:{start}\nDURATION:PT3H\nSUMMARY:Court\nATTENDEE:mailto:{person}@example.org\n\
         ORGANIZER:mailto:ada@example.org"
    );
    put(&server, "ada", "team-payments-availability", "court", &lines).expect(201);
    assert_eq!(notes(&event(&server, person, &slot)), 1);
    let row = audited(&server, "shift.collision").last().unwrap().clone();
    assert_eq!(
        (&row["actor"], &row["subject"]),
        (&Value::from("person:ada"), &Value::from(format!("person:{person}")))
    );
    assert!(collisions(&server).iter().any(|(to, _)| to.starts_with(person)));
    remove(&server, "ada", "team-payments-availability", "court").expect(204);
    assert_eq!(notes(&event(&server, person, &slot)), 0);
}

#[test]
fn an_out_of_office_in_another_calendar_collides_and_a_meeting_does_not() {
    let server = Server::with_demo("");
    let slot = of_a_member(&server, "payments", "ada");
    let person = text(&slot["person"]);
    let start = moment(&slot["start"]).to_utc().format("%Y%m%dT%H%M%SZ");
    let meeting = format!("DTSTART:{start}\nDURATION:PT1H\nSUMMARY:Review");
    put(&server, person, "calendar", "meeting", &meeting).expect(201);
    assert_eq!(notes(&event(&server, person, &slot)), 0, "one meeting excludes nobody");
    let away = format!("{meeting}\nX-MICROSOFT-CDO-BUSYSTATUS:OOF");
    put(&server, person, "calendar", "meeting", &away).expect(204);
    assert_eq!(notes(&event(&server, person, &slot)), 1);
    // The board says so, too, without the title.
    let rosters = get(&server, "/teams/payments/rosters");
    let published = list(&rosters).iter().find(|roster| roster["state"] == "published").unwrap();
    let check = get(&server, &format!("/rosters/{}/check", text(&published["id"])));
    let finding = list(&check["findings"]).iter().find(|finding| finding["slot"] == slot["id"]).expect("a finding");
    assert!(text(&finding["text"]).contains("unavailable") && text(&finding["text"]).ends_with("(out of office)"));
    let out = candidates(&server, published, &slot).into_iter().find(|one| one["person"] == person).unwrap();
    assert_eq!(out["level"], "excluded");
    assert!(!out.to_string().contains("Review"));
}

#[test]
fn an_absence_that_is_too_much_to_read_keeps_its_person_from_standing() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 100);
    let on = |slot: &Value, person: &str| {
        let all = candidates(&server, &draft, slot);
        let found = all.into_iter().find(|one| one["person"] == person).expect("a candidate");
        (text(&found["level"]).to_owned(), found["reasons"].to_string())
    };
    let mut primaries = list(&draft["slots"]).iter().filter(|slot| slot["role"] == "primary");
    let slot = primaries.find(|slot| on(slot, "grace").0 != "excluded").expect("a shift that Grace may stand");
    let is = |person: &str| on(slot, person);
    let start = (moment(&slot["start"]) - chrono::TimeDelta::days(3)).to_utc().format("%Y%m%dT%H%M%SZ");
    let often = format!("DTSTART:{start}\nDURATION:PT10M\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50");
    // Where it says that somebody is away it is refused: no plan could read it.
    let refused = put(&server, "grace", "availability", "often", &often).expect(403).text();
    assert!(refused.contains("max-instances") && refused.contains("line 9"), "{refused}");
    put(&server, "grace", "calendar", "often", &often).expect(201);
    assert_ne!(is("grace").0, "excluded", "meetings are no absence, however many");
    put(&server, "grace", "calendar", "often", &format!("{often}\nX-MICROSOFT-CDO-BUSYSTATUS:OOF")).expect(204);
    let (level, reasons) = is("grace");
    assert_eq!(level, "excluded");
    assert!(reasons.contains("an entry in their calendar could not be read"), "{reasons}");
}

#[test]
fn a_draft_after_leave_says_how_good_it_is_and_what_forced_each_change() {
    let server = Server::with_demo("");
    let first = drafted(&server, "payments", 35, 63);
    let said = &first["recommendation"];
    assert!(said["cost"].is_i64() && said["proved_best"].is_boolean(), "{said}");
    if let Some(bound) = said["bound"].as_i64() {
        assert!(bound <= said["cost"].as_i64().unwrap() && said["gap_percent"].is_number(), "{said}");
    }
    assert_eq!(list(&said["changes"]), &[] as &[Value], "nothing was published before");
    publish(&server, &first, &json!({})).expect(200);
    let slot = list(&first["slots"]).iter().find(|slot| slot["role"] == "primary").unwrap().clone();
    let person = text(&slot["person"]).to_owned();
    let start = moment(&slot["start"]).with_timezone(&zone_of(&server, &person));
    let lines = format!("DTSTART;VALUE=DATE:{}\nSUMMARY:Operation", day(start.date_naive()));
    put(&server, &person, "availability", "away", &lines).expect(201);

    let again = drafted(&server, "payments", 35, 63);
    let changes = list(&again["recommendation"]["changes"]);
    let forced = changes.iter().find(|change| change["slot"] == slot["id"]).expect("their shift moves");
    assert_eq!((&forced["from"], &forced["why"]), (&json!(person), &json!("forced")), "{forced}");
    assert!(text(&forced["reasons"][0]).starts_with("unavailable "), "{forced}");
    assert!(!again.to_string().contains("Operation"), "no titles");
    for change in changes {
        let now = list(&again["slots"]).iter().find(|one| one["id"] == change["slot"]).unwrap();
        assert_eq!(now["person"], change["to"]);
    }
    // solved again, and told again
    let path = format!("/rosters/{}/solve", text(&again["id"]));
    let solved = server.api("POST", &path, &Value::Null).expect(200).json();
    assert_eq!(solved["recommendation"]["changes"], again["recommendation"]["changes"]);
}
