//! How outside calendars are fetched: with what is known of them, as far as allowed, and without losing what was had.

use super::{add, all, event, had, once, published, refreshed};
use crate::support::Server;
use crate::support::ics_server::{Answer, CONFIG, IcsServer};
use serde_json::json;
use std::time::Duration;

fn talk(uid: &str, hour: u32) -> String {
    event(uid, &format!("DTSTART:20300301T{hour}0000Z\nDURATION:PT1H"))
}

#[test]
fn what_has_not_changed_is_not_read_and_of_what_has_only_that_is_touched() {
    let server = Server::with_demo(CONFIG);
    let first = published(&[
        talk("a", 10),
        talk("b", 11),
        talk("c", 12),
        "BEGIN:VEVENT\r\nnonsense\r\nEND:VEVENT\r\n".to_owned(),
    ]);
    let elsewhere = IcsServer::start(Answer::Calendar(first));
    let name = add(&server, "ben", &elsewhere, "utilisation");
    let now = once(&server, "ben", &name, had);
    assert_eq!((&now["events"], &now["skipped"], &now["stale"]), (&json!(3), &json!(1), &json!(false)), "{now}");
    let asked = elsewhere.next();
    assert_eq!((asked.path.as_str(), asked.header("if-none-match")), ("/cal.ics?key=secret", None));
    assert!(asked.header("user-agent").unwrap().starts_with("Dogwatch/") && asked.header("cookie").is_none());
    let ben = crate::caldav::App::of(&server, "ben");
    let path = format!("/dav/calendars/ben/{name}/");
    let tokens = || ben.properties(&path, "<CS:getctag/>").expect(207).text();
    let etags = || ben.propfind(&path, "1", "<getetag/>").expect(207).text();
    let (token, before) = (tokens(), etags());
    let texts = server.objects("ben", &name).concat();
    assert!(!texts.contains("Merger") && !texts.contains("UID:a"), "only when, not what: {texts}");

    let now = refreshed(&server, "ben", &name);
    assert!(elsewhere.next().header("if-none-match").is_some());
    assert_eq!((&now["events"], &now["problem"]), (&json!(3), &json!(null)));
    assert_eq!(tokens(), token, "a 304 is no change");

    // Stamped anew, and two of them otherwise: one moved, one gone, one new.
    let second =
        published(&[talk("a", 10), talk("b", 15), talk("d", 12)]).replace("20261101T000000Z", "20261102T000000Z");
    elsewhere.answer(Answer::Calendar(second));
    let now = refreshed(&server, "ben", &name);
    assert_eq!((&now["events"], &now["skipped"]), (&json!(3), &json!(0)));
    let after = etags();
    let kept = |text: &str| {
        text.split("<D:getetag>").skip(1).map(|tag| tag.split('<').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (before, after) = (kept(&before), kept(&after));
    assert_eq!(before.iter().filter(|tag| after.contains(tag)).count(), 1, "{before:?} {after:?}");
    assert_ne!(tokens(), token);

    server.command(&["user", "outside", "remove", "ben", &name]);
    assert!(all(&server, "ben").is_empty());
    ben.properties(&path, "<CS:getctag/>").expect(404);
    assert!(!server.log().contains("key=secret"), "{}", server.log());
}

#[test]
fn what_was_had_last_stays_where_nothing_better_is_had() {
    let server = Server::with_demo(CONFIG);
    let good = published(&[talk("a", 10), talk("b", 11)]);
    let elsewhere = IcsServer::start(Answer::Calendar(good.clone()));
    let name = add(&server, "ben", &elsewhere, "utilisation");
    once(&server, "ben", &name, had);
    let page = "<!DOCTYPE html><title>Sign in</title>".to_owned();
    let half = good.split_at(good.find("UID:b").unwrap()).0.to_owned();
    let many: Vec<String> =
        (0..5_001).map(|n| event(&n.to_string(), "DTSTART:20300301T100000Z\nDURATION:PT1H")).collect();
    for (answer, problem) in [
        (Answer::Status("404 Not Found".to_owned()), "not-reachable"),
        (Answer::Status("302 x\r\nLocation: http://127.0.0.2:1/".to_owned()), "not-reachable"),
        (Answer::Status("302 x\r\nLocation: file:///etc/passwd".to_owned()), "not-reachable"),
        (Answer::Status("302 x\r\nLocation: /again".to_owned()), "not-reachable"),
        (Answer::Status("200 x".to_owned()), "no-calendar"),
        (Answer::Calendar(page), "no-calendar"),
        (Answer::Calendar(half), "no-calendar"),
        (Answer::Calendar(published(&many)), "too-much"),
        (Answer::Drip, "too-much"),
    ] {
        elsewhere.answer(answer.clone());
        let now = refreshed(&server, "ben", &name);
        assert_eq!(
            (&now["problem"], &now["stale"], &now["events"]),
            (&json!(problem), &json!(true), &json!(2)),
            "{now}"
        );
    }
    let text = server.command(&["user", "outside", "list", "ben"]);
    assert!(text.contains("then: more than is taken") && text.contains("2 events"), "{text}");
    elsewhere.answer(Answer::Calendar(good));
    let now = refreshed(&server, "ben", &name);
    assert_eq!((&now["problem"], &now["stale"]), (&json!(null), &json!(false)), "{now}");
}

#[test]
fn a_server_inside_is_not_asked_even_where_a_redirect_leads_there() {
    // Reaches loopback by 127.0.0.1 alone, as little as anything else inside.
    let server = Server::with_demo(CONFIG);
    let inside = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let leads = format!("302 x\r\nLocation: http://{}/secret", inside.local_addr().unwrap());
    let elsewhere = IcsServer::start(Answer::Status(leads));
    let name = add(&server, "ben", &elsewhere, "utilisation");
    let now = once(&server, "ben", &name, |now| !now["last_attempt"].is_null());
    assert_eq!((&now["problem"], &now["last_success"]), (&json!("not-reachable"), &json!(null)));
    assert!(inside.accept().is_err(), "somebody connected");
    let text = now.to_string();
    assert!(
        !text.contains("127.0.0.2") && !text.contains("private"),
        "no more than a class of what went wrong: {text}"
    );
}

#[test]
fn of_two_servers_one_asks_and_where_it_has_fallen_the_other_does() {
    let mut first = Server::with_demo(CONFIG);
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[talk("a", 10)])));
    let name = add(&first, "ben", &elsewhere, "utilisation");
    once(&first, "ben", &name, had);
    elsewhere.next();
    let second = first.beside(CONFIG);
    refreshed(&second, "ben", &name);
    elsewhere.next();
    assert!(elsewhere.is_silent(Duration::from_secs(4)), "one request, not one of each");
    first.signal("KILL");
    first.wait(Duration::from_secs(5));
    refreshed(&second, "ben", &name);
    elsewhere.next();
}

#[test]
fn whoever_is_shut_out_has_nothing_asked_for() {
    let server = Server::with_demo(CONFIG);
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[talk("a", 10)])));
    let name = add(&server, "ben", &elsewhere, "utilisation");
    once(&server, "ben", &name, had);
    elsewhere.next();
    server.command(&["user", "disable", "ben"]);
    server.command(&["user", "outside", "refresh", "ben", &name]);
    assert!(elsewhere.is_silent(Duration::from_secs(5)));
}
