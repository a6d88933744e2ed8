//! How outside calendars are fetched: with what is known of them, as far as allowed, and without losing what was had.

use super::{add, all, event, had, once, published, refreshed};
use crate::support::Server;
use crate::support::ics_server::{Answer, CONFIG, IcsServer};
use serde_json::json;
use std::io::Write as _;
use std::net::TcpListener;
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
fn checklist_35_what_was_had_last_stays_where_nothing_better_is_had() {
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
fn checklist_34_a_server_inside_is_not_asked_even_where_a_redirect_leads_there() {
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
fn checklist_34_however_an_address_inside_is_written_not_one_packet_goes_there() {
    let listeners: Vec<_> = ["127.0.0.1:0", "[::1]:0"].iter().filter_map(|at| TcpListener::bind(at).ok()).collect();
    listeners.iter().for_each(|listener| listener.set_nonblocking(true).unwrap());
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    // The ports are allowed: what is refused is where it leads.
    let server = Server::with_demo(&format!("[outbound]\nports = {ports:?}\n"));
    let hosts = [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "[::]",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
    ];
    // What no judge of spellings sees through is seen when it is connected to.
    let mut later = Vec::new();
    for (n, host) in hosts.iter().enumerate() {
        let url = format!("https://{host}:{}/x.ics", ports[n % ports.len()]);
        let said = server.api("POST", "/people/ada/outside-calendars", &json!({ "url": url }));
        if said.status == 201 {
            later.push((said.json()["name"].as_str().unwrap().to_owned(), *host));
        } else {
            let text = said.expect(422).text();
            assert!(text.contains("not public") && !text.contains("127.0.0.1 "), "{host}: {text}");
        }
    }
    assert!(!later.is_empty() && later.len() < 5, "{later:?}");
    for (name, host) in &later {
        let now = once(&server, "ada", name, |now| !now["last_attempt"].is_null());
        assert_eq!((&now["problem"], &now["last_success"]), (&json!("not-reachable"), &json!(null)), "{host}: {now}");
    }
    assert!(listeners.iter().all(|listener| listener.accept().is_err()), "somebody connected");
    server.get("/readyz").expect(200);
}

#[test]
fn checklist_35_an_answer_without_end_or_packed_small_costs_little_memory_and_what_was_had_stays() {
    let server = Server::with_demo(CONFIG);
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[talk("a", 10), talk("b", 11)])));
    let name = add(&server, "ben", &elsewhere, "utilisation");
    once(&server, "ben", &name, had);
    let before = server.resident();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let line = vec![b'x'; 1 << 20];
    (0..256).for_each(|_| packed.write_all(&line).unwrap());
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 5 << 20, "{} bytes on their way, 256 MiB of them", bomb.len());
    for answer in [Answer::Drip, Answer::Packed(bomb), Answer::Drip] {
        elsewhere.answer(answer);
        let now = refreshed(&server, "ben", &name);
        assert!(now["problem"].is_string() && now["events"] == 2 && now["stale"] == true, "{now}");
        server.get("/readyz").expect(200);
    }
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 48 << 10, "{grown} KiB more");
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
