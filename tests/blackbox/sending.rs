//! The snapshot on its way to other places: by PUT with a token, and to storage that speaks S3, again and again until it
//! has arrived.

use crate::support::Server;
use crate::support::sink::{Sink, Taken};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn secret(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, format!("{text}\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The three files, in whatever order they come.
fn files(sink: &Sink) -> Vec<Taken> {
    let mut taken: Vec<Taken> = (0..3).map(|_| sink.next()).collect();
    taken.sort_by(|a, b| a.path.cmp(&b.path));
    taken
}

fn paths(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|one| one.path.as_str()).collect()
}

#[test]
fn it_is_put_with_a_token_and_without_addresses_at_the_start_and_after_a_change() {
    let (sink, folder) = (Sink::start(), tempfile::tempdir().unwrap());
    let token = secret(folder.path(), "token", "canary-token");
    let place = format!("[[snapshot.send]]\nurl = \"{}/oncall/\"\ntoken_file = \"{token}\"\n", sink.origin);
    let server = Server::with_demo(&place);
    let first = files(&sink);
    assert_eq!(paths(&first), ["/oncall/oncall.html", "/oncall/oncall.ics", "/oncall/oncall.json"]);
    for one in &first {
        assert_eq!((one.method.as_str(), one.header("authorization")), ("PUT", "Bearer canary-token"));
        assert!(!one.text().contains("+44"), "{}", one.path);
    }
    assert_eq!(first[1].header("content-type"), "text/calendar; charset=utf-8");
    let document: Value = serde_json::from_slice(&first[2].body).unwrap();
    assert_eq!(document["snapshot"]["public"], true);

    let shifts = document["snapshot"]["teams"][0]["shifts"].as_array().unwrap();
    let held = shifts.iter().find(|shift| !shift["person"].is_null() && shift["cover_asked"] == false).unwrap();
    server.api("POST", &format!("/slots/{}/cover", held["slot"].as_str().unwrap()), &json!({})).expect(200);
    let second = files(&sink);
    let document: Value = serde_json::from_slice(&second[2].body).unwrap();
    assert!(document["snapshot"].to_string().contains("\"cover_asked\":true"));
    assert!(sink.within(Duration::from_secs(4)).is_none(), "nothing further has changed");
    assert!(!server.log().contains("canary-token"));
}

#[test]
fn storage_that_speaks_s3_gets_signed_requests_and_all_of_it_where_that_is_wanted() {
    let (sink, folder) = (Sink::start(), tempfile::tempdir().unwrap());
    let key = secret(folder.path(), "key", "canary-secret-key");
    let place = format!(
        "[[snapshot.send]]\nurl = \"{}/bucket/on call\"\nregion = \"eu-central-1\"\naccess_key = \"AKEXAMPLE\"\n\
         secret_key_file = \"{key}\"\ncontacts = true\n",
        sink.origin
    )
    .replace("on call", "on%20call");
    let server = Server::with_demo(&place);
    let taken = files(&sink);
    assert_eq!(paths(&taken)[2], "/bucket/on%20call/oncall.json");
    assert!(taken[2].text().contains("+44"), "addresses, as the place is trusted with them");
    for one in &taken {
        let line = one.header("authorization");
        let day = &one.header("x-amz-date")[..8];
        let scope = format!("AWS4-HMAC-SHA256 Credential=AKEXAMPLE/{day}/eu-central-1/s3/aws4_request,");
        assert!(line.starts_with(&scope), "{line}");
        assert!(line.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature="), "{line}");
        assert_eq!(format!("http://{}", one.header("host")), sink.origin);
        assert_eq!(one.header("x-amz-content-sha256").len(), 64);
    }
    assert!(!server.log().contains("canary-secret-key"));
}

#[test]
fn a_place_that_fails_is_tried_again_until_it_takes_it() {
    let sink = Sink::start();
    sink.answer(&["503 x", "500 x"]);
    let server = Server::with_demo(&format!("[[snapshot.send]]\nurl = \"{}/x\"\n", sink.origin));
    let (first, second) = (sink.next(), sink.next());
    assert_eq!(first.path, second.path);
    assert!(second.at - first.at >= Duration::from_secs(2), "not at once");
    let stuck: Value = serde_json::from_str(&server.command(&["outbox", "--json"])).unwrap();
    assert!(stuck["stuck"][0]["reason"].as_str().unwrap().starts_with("oncall.json: it says 50"), "{stuck}");
    assert_eq!(paths(&files(&sink)), ["/x/oncall.html", "/x/oncall.ics", "/x/oncall.json"]);
}
