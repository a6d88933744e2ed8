//! Secrets go through the whole house and none of them comes out in the log.

use crate::support::Server;
use serde_json::json;

#[test]
fn no_secret_and_no_path_that_is_one_is_logged() {
    let server = Server::with_demo("[log]\nlevel = \"debug\"\nformat = \"json\"\n");
    let facts = server.demo_facts();
    let made = server.api("POST", "/people/ada/feeds", &json!({ "label": "canary-label" })).expect(201).json();
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

    let log = server.log();
    assert!(log.contains("\"route\":\"/feeds/{file}\"") && log.contains("\"route\":\"/links/{*path}\""), "{log}");
    let app_password = facts["people"][0]["app_password"].as_str().unwrap();
    let secrets = [facts["admin_token"].as_str().unwrap(), app_password, &token, "canary", "Y2FuYXJ5", &basic[6..]];
    for secret in secrets {
        assert!(!log.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {log}");
    }
}
