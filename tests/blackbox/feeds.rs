//! Private feeds: unchanged ones cost nothing, revoked ones look as if they had never been.

use crate::support::Server;
use serde_json::{Value, json};

#[test]
fn a_feed_is_served_revalidated_and_revoked() {
    let server = Server::with_demo("");
    let made = server.api("POST", "/people/ada/feeds", &json!({ "label": "phone" })).expect(201).json();
    let url = made["url"].as_str().unwrap();
    let path = &url[url.find("/feeds/").unwrap()..];
    let feed = server.get(path).expect(200);
    assert!(feed.header("content-type").unwrap().starts_with("text/calendar"));
    assert_eq!(feed.header("x-robots-tag"), Some("noindex"));
    let text = feed.text();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.contains("BEGIN:VEVENT"), "{text}");
    assert!(!text.contains("/links/"), "a feed may be passed on; a link would act for its owner");
    let tag = feed.header("etag").unwrap();
    assert!(tag.starts_with("W/\""), "weak: it may come packed");
    let again = server.send("GET", path, &[("If-None-Match", tag)], "").expect(304);
    assert!(again.body.is_empty());
    assert!(server.send("HEAD", path, &[], "").expect(200).body.is_empty());

    let listed = server.api("GET", "/people/ada/feeds", &Value::Null).expect(200).json();
    assert!(!listed.to_string().contains(path.trim_start_matches("/feeds/").trim_end_matches(".ics")));
    server.api("DELETE", &format!("/feeds/{}", made["id"].as_str().unwrap()), &Value::Null).expect(204);
    let without_id = |text: String| text.lines().filter(|line| !line.starts_with("request ")).collect::<String>();
    let revoked = server.get(path).expect(404).text();
    let unknown = server.get("/feeds/0123456789abcdefghjkmnpqrs.ics").expect(404).text();
    assert_eq!(without_id(revoked), without_id(unknown));
}

#[test]
fn a_team_has_a_feed_of_its_roster() {
    let server = Server::with_demo("");
    let made = server.api("POST", "/teams/payments/feeds", &json!({ "label": "wall" })).expect(201).json();
    let url = made["url"].as_str().unwrap();
    let feed = server.get(&url[url.find("/feeds/").unwrap()..]).expect(200).text();
    assert!(feed.matches("BEGIN:VEVENT").count() > 10);
}
