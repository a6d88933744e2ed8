//! What Prometheus reads: exactly what docs/metrics.md tells of, with no name and no secret in it.

use crate::support::{Server, send};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;

const DOCUMENT: &str = include_str!("../../docs/metrics.md");
const ALERTS: &str = include_str!("../../docs/alerts.yml");

/// Where a server shows its metrics.
pub fn address(server: &Server) -> SocketAddr {
    let log = server.log();
    let line = log.lines().find(|line| line.contains("showing metrics")).expect("it says where");
    let at = line.find("127.0.0.1:").expect("an address");
    let text = line[at..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect::<String>();
    text.parse().expect("an address")
}

/// The page.
pub fn page(server: &Server) -> String {
    let reply = send(address(server), "GET", "/metrics", &[], b"").expect(200);
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    reply.text()
}

/// The value of a line that begins so.
pub fn value(page: &str, series: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// Names in backquotes at the beginning of the document's rows, with kind.
fn documented() -> BTreeSet<(String, String)> {
    let row = |line: &str| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
    };
    DOCUMENT.lines().filter_map(row).collect()
}

fn labels(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned)).collect()
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there_and_none_names_anybody() {
    let server = Server::with_demo("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let facts = server.demo_facts();
    let basic = server.basic("ada");
    let ask = [("Authorization", basic.as_str()), ("Depth", "0")];
    server.send("PROPFIND", "/dav/calendars/ada/", &ask, "").expect(207);
    server.send("GET", "/dav/", &[("Authorization", "Basic Y2FuYXJ5OmNhbmFyeQ==")], "").expect(401);
    server.send("CANARY", "/canary", &[], "");
    let made = server.api("POST", "/people/ada/feeds", &serde_json::json!({ "label": "canary" })).expect(201).json();
    let url = made["url"].as_str().unwrap();
    server.get(&url[url.find("/feeds/").unwrap()..]).expect(200);
    server.api("GET", "/people/ada", &Value::Null).expect(200);
    let page = page(&server);

    let shown = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let shown: BTreeSet<_> = shown.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    assert_eq!(shown, documented());
    let rule_names = ALERTS.split(|c: char| !c.is_ascii_lowercase() && c != '_').filter(|w| w.starts_with("dogwatch_"));
    for name in rule_names {
        let known = shown.iter().any(|(known, _)| known == name.trim_end_matches("_bucket"));
        assert!(known, "alerts.yml asks for {name}");
    }

    assert_eq!(value(&page, "dogwatch_database_up"), Some(1.0));
    assert_eq!(value(&page, "dogwatch_sign_in_failures_total"), Some(1.0));
    let route =
        "dogwatch_http_request_duration_seconds_count{route=\"/dav/{*path}\",method=\"PROPFIND\",status=\"2xx\"}";
    assert_eq!(value(&page, route), Some(1.0), "{page}");
    assert!(value(&page, "dogwatch_database_commit_duration_seconds_count").unwrap() > 0.0);
    for team in ["payments", "platform"] {
        let ahead = value(&page, &format!("dogwatch_roster_ahead_seconds{{team=\"{team}\"}}")).unwrap();
        assert!(ahead > 3600.0 && ahead < 100.0 * 86400.0, "{ahead}");
    }
    assert!(value(&page, "process_resident_memory_bytes").unwrap() > 1e6);
    assert!(value(&page, "dogwatch_disk_free_bytes").is_some());

    // A label is a team's id, a route's template or a word of ours.
    let people = facts["people"].as_array().unwrap().iter();
    let mut secrets: Vec<String> = ["id", "name", "email", "app_password"]
        .iter()
        .flat_map(|key| people.clone().filter_map(|person| Some(person[*key].as_str()?.to_lowercase())))
        .collect();
    secrets.extend([facts["admin_token"].as_str().unwrap().to_lowercase(), "canary".to_owned()]);
    for label in labels(&page) {
        let label = label.to_lowercase();
        let words: Vec<&str> = label.split(|c: char| !c.is_alphanumeric()).collect();
        for secret in &secrets {
            assert!(label != *secret && !words.contains(&secret.as_str()), "{label} names {secret}");
        }
    }

    assert_eq!(send(address(&server), "GET", "/", &[], b"").status, 404, "nothing else is there");
    assert_eq!(send(address(&server), "POST", "/metrics", &[], b"").status, 405);
    server.get("/metrics").expect(404);
}
