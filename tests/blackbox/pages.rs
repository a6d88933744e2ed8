//! Pages for people: what strangers see, what the policy is, and that looking changes nothing.

use crate::support::Server;
use serde_json::Value;

#[test]
fn strangers_see_who_is_on_call_and_only_who_signed_in_sees_how_to_reach_them() {
    let server = Server::with_demo("");
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let person = &found["on_call"][0]["person"];
    let (name, phone) = (person["name"].as_str().unwrap(), person["phone"].as_str().unwrap());
    let shown = phone.replace('+', "&#43;");
    let has = |page: &str, phone: &str| page.contains(phone) || page.contains(&shown);

    let stranger = server.get("/teams/payments").expect(200).text();
    assert!(stranger.contains(name) && !has(&stranger, phone) && !stranger.contains("mailto:"));
    let known =
        server.send("GET", "/teams/payments", &[("Authorization", &server.basic("ada"))], "").expect(200).text();
    assert!(has(&known, phone) && known.contains("mailto:"));
    let challenge = server.get("/teams/payments?signin=1").expect(401);
    assert!(challenge.header("www-authenticate").unwrap().starts_with("Basic"));
    server.send("GET", "/teams/payments", &[("Authorization", "Basic YWRhOndyb25n")], "").expect(401);
}

#[test]
fn pages_carry_their_policy_and_need_no_script() {
    let server = Server::with_demo("");
    for path in ["/", "/teams/payments", "/teams/nobody", "/links/offer/a/b/c"] {
        let page = server.get(path);
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.text().contains("<script"), "{path}");
    }
    let style = server.get("/static/dogwatch.css").expect(200);
    assert!(style.header("content-type").unwrap().starts_with("text/css"));
}

#[test]
fn a_shift_has_a_page() {
    let server = Server::with_demo("");
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let watch = &found["on_call"][0];
    let page = server.get(&format!("/shifts/{}", watch["slot"].as_str().unwrap())).expect(200).text();
    assert!(page.contains(watch["person"]["name"].as_str().unwrap()));
    server.get("/shifts/unknown").expect(404);
}
