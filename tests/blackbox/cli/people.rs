//! `dogwatch user` and `dogwatch token`: people, and the secrets by which they and their programs get in.

use super::Place;
use crate::support::{Server, basic};
use serde_json::{Value, json};

fn signs_in(server: &Server, user: &str, password: &str) -> u16 {
    server.send("PROPFIND", "/dav/", &[("Authorization", &basic(user, password)), ("Depth", "0")], "").status
}

#[test]
fn people_are_added_listed_and_disabled() {
    for place in Place::both() {
        let words = ["user", "add", "ada", "--name", "Ada Okafor", "--email", "Ada@Example.org"];
        let more = ["--time-zone", "Europe/London", "--phone", "+44 7700 900101", "--admin"];
        let said = place.run_words(&[&words[..], &more[..]].concat()).well();
        assert!(said.contains("dogwatch user app-password add ada"), "what to do next: {said}");
        let listed = place.json("user list");
        assert_eq!(
            listed,
            json!([{ "id": "ada", "name": "Ada Okafor", "email": "ada@example.org", "phone": "+447700900101",
                "time_zone": "Europe/London", "admin": true, "disabled": false }])
        );
        assert!(place.says("user list").contains("ada  Ada Okafor  ada@example.org  Europe/London  (administrator)"));
        let done = place.json("user disable ada@example.org");
        assert_eq!(done, json!({ "id": "ada", "disabled": true, "gaps": [] }));
        assert!(place.says("user list").contains("(disabled)"));
        place.says("user disable ada");
    }
}

#[test]
fn what_is_wrong_with_a_person_is_said_with_the_field() {
    let place = Place::empty();
    let add = |id: &str, email: &str, zone: &str, phone: &str| {
        format!("user add {id} --name A --email {email} --time-zone {zone} --phone {phone}")
    };
    for (line, wanted) in [
        (add("Ada!", "a@example.org", "UTC", "+447700900101"), "id: \"Ada!\" must be"),
        (add("ada", "a", "UTC", "+447700900101"), "email: \"a\" is not a mail address"),
        (
            add("ada", "a@example.org", "Europe/Londn", "+447700900101"),
            "time_zone: \"Europe/Londn\" is not a time zone",
        ),
        (add("ada", "a@example.org", "UTC", "07700"), "phone: \"07700\" must be in international form"),
    ] {
        let said = place.refuses(2, &line);
        assert!(said.lines().any(|said| said.starts_with(&format!("dogwatch: {wanted}"))), "{line}: {said}");
    }
    place.says(&add("ada", "a@example.org", "UTC", "+447700900101"));
    assert!(place.refuses(1, &add("ada", "b@example.org", "UTC", "+447700900101")).contains("person ada already"));
    assert!(place.refuses(1, &add("ben", "A@example.org", "UTC", "+447700900101")).contains("belongs to person ada"));
    let said = place.refuses(1, "user app-password add nobody --label x");
    assert!(said.contains("person nobody not found; dogwatch user list"), "{said}");
}

#[test]
fn an_app_password_is_shown_once_and_ends_at_once() {
    let place = Place::served();
    place.payments();
    let server = place.server.as_ref().unwrap();
    let made = place.json("user app-password add ada@example.org --label Phone");
    let (id, password) = (made["id"].as_str().unwrap(), made["password"].as_str().unwrap());
    assert!(password.starts_with(&format!("dw-{id}-")), "{made}");
    let printed = place.says("user app-password add ada --label Laptop --read-only");
    let laptop = printed.lines().next().unwrap();
    assert_eq!((signs_in(server, "ada", password), signs_in(server, "ada@example.org", laptop)), (207, 207));
    let put = |password: &str| {
        let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20260101T000000Z\r\n\
                     DTSTART;VALUE=DATE:20270101\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let headers = [("Authorization", basic("ada", password)), ("Content-Type", "text/calendar".to_owned())];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        server.send("PUT", "/dav/calendars/ada/availability/x.ics", &headers, event).status
    };
    assert_eq!((put(laptop), put(password)), (403, 201));

    let listed = place.says("user app-password list ada");
    assert!(listed.contains("Phone") && listed.contains("Laptop"), "{listed}");
    assert!(!listed.contains(password) && !listed.contains(laptop), "{listed}");
    let documents = place.json("user app-password list ada");
    assert_eq!(documents.as_array().unwrap().len(), 2);
    assert!(!documents.to_string().contains(&password[12..]));
    assert!(!place.says("audit").contains(&password[12..]), "nor does the trail tell it");

    assert_eq!(place.says(&format!("user app-password revoke {id}")), format!("{id} is revoked\n"));
    assert_eq!((signs_in(server, "ada", password), signs_in(server, "ada", laptop)), (401, 207));
    assert!(place.refuses(1, "user app-password revoke 00000000").contains("not found"));
    place.says("user disable ada");
    assert_eq!(signs_in(server, "ada", laptop), 401);
    assert!(place.refuses(1, "user app-password add ada --label again").contains("who may sign in"));
}

#[test]
fn a_private_calendar_link_is_made_and_revoked() {
    let place = Place::served_demo();
    let server = place.server.as_ref().unwrap();
    for (add, list, revoke) in [
        ("user feed add ada --label Google", "user feed list ada", "user feed revoke"),
        ("user feed add ada --label wall --team payments", "user feed list ada", "user feed revoke"),
        ("team feed add payments --label wall", "team feed list payments", "team feed revoke"),
    ] {
        let made = place.json(add);
        let url = made["url"].as_str().unwrap();
        let path = url.strip_prefix(&format!("http://{}", server.address)).expect("the server's own address");
        assert!(server.get(path).expect(200).text().contains("BEGIN:VEVENT"));
        assert!(!place.json(list).to_string().contains(path), "shown once");
        place.says(&format!("{revoke} {}", made["id"].as_str().unwrap()));
        server.get(path).expect(404);
    }
}

#[test]
fn a_token_of_the_api_reaches_as_far_as_its_scope_until_it_is_revoked() {
    let place = Place::served();
    place.payments();
    let server = place.server.as_ref().unwrap();
    let made = place.json("token add --scope read --label wall");
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let get = |path: &str| server.send("GET", path, &[("Authorization", &bearer)], "").status;
    assert_eq!((get("/api/v1/teams/payments/on-call"), get("/api/v1/people")), (200, 403));
    let own = place.json("token add --scope admin --label own --person ada");
    assert_eq!(own["person"], "ada");
    let listed = place.json("token list");
    let labels: Vec<&Value> = listed.as_array().unwrap().iter().map(|token| &token["label"]).collect();
    assert!(labels.contains(&&json!("wall")) && labels.contains(&&json!("own")), "{listed}");
    assert!(!listed.to_string().contains(&made["token"].as_str().unwrap()[13..]));
    place.says(&format!("token revoke {}", made["id"].as_str().unwrap()));
    assert_eq!(get("/api/v1/teams/payments/on-call"), 401);
    assert!(place.says("token list").contains("revoked"));
}
