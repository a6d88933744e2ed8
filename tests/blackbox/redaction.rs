//! Secrets go through the whole house, and none of them comes out: not in a log of either form, in metrics, in what
//! commands print, nor in any table of the database.

use crate::support::sink::Sink;
use crate::support::{DOGWATCH, Server, cluster, push_service};
use serde_json::{Value, json};
use std::process::Command;

fn config() -> String {
    format!("{}[log]\nlevel = \"debug\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n", push_service::CONFIG)
}

/// Sends canaries everywhere, and real secrets where they belong; what of all that must never be seen again.
fn go_through_the_house(server: &Server) -> Vec<String> {
    let facts = server.demo_facts();
    let made = server.api("POST", "/people/ada/feeds", &json!({ "label": "of ada" })).expect(201).json();
    let url = made["url"].as_str().unwrap();
    let token = url[url.find("/feeds/").unwrap() + 7..].trim_end_matches(".ics").to_owned();
    server.get(&format!("/feeds/{token}.ics")).expect(200);
    server.get("/feeds/canary-unknown-feed.ics").expect(404);
    server.get("/links/offer/canary-offer/ada/canary-code?canary-query=1").expect(404);
    server.send("POST", "/links/cover/canary-slot/0/ada/canary-code", &[], "answer=ask").expect(422);
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", "canary-cookie=1")];
    server
        .send("POST", "/links/cover/canary-slot/0/ada/canary-code", &form, "answer=ask&reason=canary-why")
        .expect(404);
    server.send("GET", "/dav/", &[("Authorization", "Basic Y2FuYXJ5LWxvZ2luOmNhbmFyeS1wYXNz")], "").expect(401);
    server.send("GET", "/api/v1/teams", &[("Authorization", "Bearer canary-bearer")], "").expect(401);
    server.send("CANARY-METHOD", "/canary-path", &[], "");
    let basic = server.basic("ada");
    server.send("GET", "/teams/payments", &[("Authorization", &basic)], "").expect(200);
    let made = server.api("POST", "/people/ada/app-passwords", &json!({ "label": "telephone" })).expect(201).json();
    let person = facts["people"].as_array().unwrap().iter().find(|person| person["id"] == "ada").unwrap().clone();
    let signing = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let web = person["web_password"].as_str().unwrap();
    let signed_in = server.send("POST", "/sign-in", &signing, &format!("login=ada&password={web}"));
    let cookie = signed_in.header("set-cookie").and_then(|line| line.split(['=', ';']).nth(1)).unwrap_or_default();
    assert!(cookie.len() > 20, "somebody signs in: {} {}", signed_in.status, signed_in.text());
    let sink = Sink::start();
    sink.answer(&["500 x", "307 x\r\nLocation: http://127.0.0.1:9/canary-elsewhere"]);
    let new = json!({ "url": format!("{}/canary-hook?canary-key=1", sink.origin) });
    let hook = server.api("POST", "/teams/payments/webhooks", &new).expect(201).json();
    let test = format!("/teams/payments/webhooks/{}/test", hook["id"].as_str().unwrap());
    server.api("POST", &test, &json!({})).expect(202);
    for _ in 0..2 {
        assert_eq!(sink.next().path, "/canary-hook?canary-key=1");
    }
    let listed = server.api("GET", "/teams/payments/webhooks", &Value::Null).expect(200).text();
    assert!(listed.contains("the receiver says ") && !listed.contains("canary"), "{listed}");
    let secrets = [
        hook["secret"].as_str().unwrap().trim_start_matches("whsec_"),
        facts["admin_token"].as_str().unwrap(),
        person["app_password"].as_str().unwrap(),
        made["password"].as_str().unwrap(),
        web,
        cookie,
        &token,
        "canary",
        "Y2FuYXJ5",
        &basic[6..],
    ];
    secrets.iter().map(|secret| secret.to_lowercase()).collect()
}

fn nothing_of(secrets: &[String], place: &str, text: &str) {
    let text = text.to_lowercase();
    for secret in secrets {
        let at = text.find(secret.as_str());
        assert!(at.is_none(), "{secret} in {place}: …{}", at.map_or("", |at| &text[at.saturating_sub(80).min(at)..]));
    }
}

/// All bytes of all tables, as text.
fn database(server: &Server) -> String {
    if let Some(database) = server.database() {
        let names = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
        let tables = cluster::rows(&database.url(), names);
        let all = tables.iter().map(|table| {
            let rows = cluster::rows(&database.url(), &format!("SELECT row_to_json(t)::text FROM {} t", table[0]));
            rows.concat().concat()
        });
        return all.collect();
    }
    // A secret in clear would stand in the file, or in the log beside it.
    let read = |name: &str| std::fs::read(server.data().join(name)).unwrap_or_default();
    let bytes = [read("dogwatch.db"), read("dogwatch.db-wal")].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn checklist_42_no_secret_and_no_path_that_is_one_comes_out_anywhere() {
    let server = Server::with_demo(&config());
    let secrets = go_through_the_house(&server);
    let log = server.log();
    assert!(log.contains("route=\"/feeds/{file}\"") || log.contains("/feeds/{file}"), "{log}");
    nothing_of(&secrets, "the log", &log);
    nothing_of(&secrets, "the metrics", &crate::metrics::page(&server));
    for words in [&["audit", "export"][..], &["audit", "--json"], &["outbox", "--json"], &["check-config", "--json"]] {
        nothing_of(&secrets, &format!("{words:?}"), &server.command(words));
    }
    nothing_of(&secrets, "the database", &database(&server));
}

#[test]
fn checklist_42_nor_in_a_log_of_json() {
    if cluster::wanted() {
        return; // whatever the rows lie in, the log is the same
    }
    let server = Server::with_demo(&config().replace("\"debug\"", "\"debug\"\nformat = \"json\""));
    let secrets = go_through_the_house(&server);
    let log = server.log();
    assert!(log.contains("\"route\":\"/feeds/{file}\"") && log.contains("\"route\":\"/links/{*path}\""), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "each line is a document");
    nothing_of(&secrets, "the log", &log);
}

#[test]
fn a_configuration_that_is_refused_does_not_repeat_what_may_be_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.toml");
    for text in [
        "[heartbeat]\nreceivers = [\"http://hc.example.org/canary-receiver\"]\n",
        "database = \"postgres://dogwatch:canary-password@db.example.org/x?sslmode=canary\"\n",
        "[mail]\nrelay = \"smtp://user:canary-password@mx.example.org\"\nfrom = \"oncall@example.org\"\n",
    ] {
        std::fs::write(&file, text).unwrap();
        let done = Command::new(DOGWATCH).args(["check-config", "--config"]).arg(&file).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        assert!(!done.status.success(), "{text}");
        assert!(!String::from_utf8_lossy(&said).contains("canary"), "{}", String::from_utf8_lossy(&said));
    }
}
