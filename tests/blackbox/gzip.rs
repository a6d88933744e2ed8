//! Answers packed with gzip: who gets them, which never are, and what they cost the server.

use crate::caldav::{App, CALENDAR, event};
use crate::support::tls::{Http2, request, section};
use crate::support::{Reply, Server};
use flate2::read::GzDecoder;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const OWN: &str = "/dav/calendars/ada/large/";
const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");

fn is_packed(reply: &Reply) -> bool {
    reply.header("content-encoding") == Some("gzip")
}

fn unpacked(reply: &Reply) -> String {
    assert!(is_packed(reply), "{:?}", reply.headers);
    let mut plain = String::new();
    GzDecoder::new(&reply.body[..]).read_to_string(&mut plain).expect("gzip of text");
    plain
}

/// A calendar of so many events with so long texts, which don't pack well.
fn fill(ada: &App<'_>, events: u64, length: usize) {
    ada.make(OWN);
    std::thread::scope(|scope| {
        for worker in 0..8_u64 {
            scope.spawn(move || {
                for n in (worker..events).step_by(8) {
                    let noise = (0..).scan(n + 1, |state: &mut u64, _| {
                        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        Some(format!("{:x}", *state >> 33))
                    });
                    let mut text = String::from("DESCRIPTION:");
                    noise.take(length / 8).for_each(|word| text.push_str(&word));
                    let lines = text.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line) + "\r\n");
                    let folded = lines.collect::<Vec<_>>().join(" ");
                    ada.put(&format!("{OWN}{n}.ics"), &event(&format!("large-{n}"), &folded)).expect(201);
                }
            });
        }
    });
}

#[test]
fn the_client_s_word_decides_and_both_answers_are_the_same() {
    let server = Server::with_demo("");
    let login = server.basic("ada");
    let list = |accepted: Option<&str>| {
        let mut headers = vec![("Authorization", login.as_str()), ("Depth", "1")];
        headers.extend(accepted.map(|accepted| ("Accept-Encoding", accepted)));
        let reply = server.send("PROPFIND", "/dav/calendars/ada/", &headers, "").expect(207);
        assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
        reply
    };
    let plain = list(None);
    assert!(!is_packed(&plain));
    for (accepted, packed) in [
        ("gzip", true),
        ("deflate, gzip;q=0.4", true),
        ("*", true),
        ("gzip, identity;q=0", true),
        ("gzip;q=0", false),
        ("identity", false),
        ("identity, gzip;q=0.5", false),
        ("br", false),
    ] {
        let reply = list(Some(accepted));
        assert_eq!(is_packed(&reply), packed, "{accepted}");
        let text = if packed { unpacked(&reply) } else { reply.text() };
        assert_eq!(text, plain.text(), "{accepted}");
        let length = reply.header("content-length").expect("it is short").parse();
        assert_eq!(length, Ok(reply.body.len()));
        assert!(!packed || reply.body.len() * 2 < plain.body.len());
    }
}

#[test]
fn an_object_keeps_its_strong_tag_and_the_tag_its_use() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let path = format!("{CALENDAR}long.ics");
    let text = event("long", &format!("DESCRIPTION:{}\r\n", "long ".repeat(13)).repeat(40));
    ada.put(&path, &text).expect(201);
    let object = ada.send("GET", &path, &[GZIP], "").expect(200);
    assert!(!is_packed(&object) && object.text() == text);
    let tag = object.header("etag").unwrap();
    assert!(tag.starts_with('"'));
    ada.send("GET", &path, &[GZIP, ("If-None-Match", tag)], "").expect(304);
    ada.put_if(&path, &[GZIP, ("If-Match", tag)], &text.replace("long ", "other ")).expect(204);
    // Those inside of a packed listing are the same.
    let login = server.basic("ada");
    let ask = [GZIP, ("Depth", "1"), ("Authorization", login.as_str())];
    let listed = unpacked(&server.send("PROPFIND", CALENDAR, &ask, "").expect(207));
    let tag = ada.get(&path).header("etag").unwrap().to_owned();
    assert!(listed.contains(&tag), "{tag}: {listed}");
}

#[test]
fn a_feed_comes_packed_and_is_revalidated_by_its_weak_tag() {
    let server = Server::with_demo("");
    let made = server.api("POST", "/people/ada/feeds", &json!({ "label": "phone" })).expect(201);
    assert!(!is_packed(&made));
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let path = &url[url.find("/feeds/").unwrap()..];
    let feed = server.send("GET", path, &[GZIP], "").expect(200);
    assert_eq!(unpacked(&feed), server.get(path).text());
    let tag = feed.header("etag").unwrap();
    let same = server.send("GET", path, &[GZIP, ("If-None-Match", tag)], "").expect(304);
    assert_eq!((same.header("vary"), same.header("etag")), (Some("Accept-Encoding"), Some(tag)));
    assert!(!is_packed(&same));
    let head = server.send("HEAD", path, &[GZIP], "").expect(200);
    assert!(is_packed(&head) && head.body.is_empty() && head.header("content-length").is_none());
}

#[test]
fn texts_are_packed_and_what_shows_a_secret_is_not() {
    let server = Server::with_demo("");
    // Its name changes with its content.
    let front = server.get("/").text();
    let style = front.split('"').find(|text| text.starts_with("/static/style.")).expect("a stylesheet");
    // A page that shows no time, which passes between the two.
    for path in [style, "/api/v1/openapi.json", "/sign-in"] {
        let reply = server.send("GET", path, &[GZIP], "").expect(200);
        assert_eq!(unpacked(&reply), server.get(path).text(), "{path}");
    }
    let shifts = server.objects("ada", "shifts").join("");
    let links = shifts.split("/links/").skip(1).filter_map(|rest| rest.split(['\r', '\\', ' ', '"']).next());
    let mut pages = links.map(|link| server.send("GET", &format!("/links/{link}"), &[GZIP], ""));
    let page = pages.find(|page| page.status == 200).expect("a shift to come");
    assert!(!is_packed(&page) && page.body.len() > 1_024 && page.header("vary").is_none());
    let body = json!({ "label": "x".repeat(60) });
    let made = server.api_if("POST", "/people/ada/app-passwords", &body, &[("Accept-Encoding", "gzip, *;q=0")]);
    assert!(!is_packed(&made.expect(201)));
    // Two answers that are the same inside differ in length, by noise.
    let lengths: std::collections::BTreeSet<_> =
        (0..20).map(|_| server.send("GET", "/api/v1/openapi.json", &[GZIP], "").body.len()).collect();
    assert!(lengths.len() > 3, "{lengths:?}");
}

#[test]
fn large_listings_are_packed_as_they_go_out_in_bounded_memory() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    fill(&ada, 600, 6_000);
    let plain = ada.get(OWN).expect(200);
    let packed = ada.send("GET", OWN, &[GZIP], "").expect(200);
    assert_eq!(unpacked(&packed), plain.text());
    assert_eq!(packed.header("transfer-encoding"), Some("chunked"));
    assert!(plain.body.len() > 3 << 20, "{}", plain.body.len());
    // Nobody reads these.
    let before = server.resident();
    let login = server.basic("ada");
    let ask = format!("GET {OWN} HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\nAccept-Encoding: gzip\r\n\r\n");
    let mut held = Vec::new();
    for _ in 0..24 {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(ask.as_bytes()).unwrap();
        held.push(stream);
    }
    for stream in &mut held {
        let mut head = [0; 1024];
        let read = stream.read(&mut head).unwrap();
        let head = String::from_utf8_lossy(&head[..read]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert!(head.contains("content-encoding: gzip"), "{head}");
    }
    let grown = server.resident().saturating_sub(before);
    let all = held.len() * plain.body.len() / 1024;
    assert!(grown < all * 2 / 3, "{grown} KiB for {all} KiB");
    server.get("/readyz").expect(200);
}

#[tokio::test]
async fn http_2_carries_packed_answers_too() {
    let server = Server::with_demo(&section("server"));
    let login = server.basic("ada");
    let http2 = Http2::connect(server.address).await;
    let headers = [("authorization", login.as_str()), ("depth", "1"), ("accept-encoding", "gzip")];
    let listed = http2.ask(request("PROPFIND", "/dav/calendars/ada/shifts/", &headers), "").await.unwrap().expect(207);
    assert!(unpacked(&listed).ends_with("</D:multistatus>"));
    let head = http2.ask(request("HEAD", "/api/v1/openapi.json", &headers[2..]), "").await.unwrap().expect(200);
    assert!(is_packed(&head) && head.body.is_empty() && head.header("content-length").is_none());
}
