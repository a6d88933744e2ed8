//! Pages for people: what strangers see, what the policy is, that looking changes nothing, and what a session is worth on
//! other servers.

use crate::support::{Reply, Server};
use serde_json::Value;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Signs somebody of the demo in: the answer.
fn sign_in(server: &Server, person: &str, headers: &[(&str, &str)]) -> Reply {
    let facts = server.demo_facts();
    let people = facts["people"].as_array().unwrap();
    let password = people.iter().find(|one| one["id"] == person).unwrap()["web_password"].as_str().unwrap();
    let mut all = vec![FORM, ("Sec-Fetch-Site", "same-origin")];
    all.extend_from_slice(headers);
    server.send("POST", "/sign-in", &all, &format!("login={person}&password={password}&to=/account"))
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(reply: &Reply) -> String {
    let line = reply.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {reply:?}"));
    line.split(';').next().unwrap().to_owned()
}

fn account(server: &Server, cookie: &str) -> u16 {
    server.send("GET", "/account", &[("Cookie", cookie)], "").status
}

#[test]
fn strangers_see_who_is_on_call_and_only_the_team_sees_how_to_reach_them() {
    let server = Server::with_demo("");
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let person = &found["on_call"][0]["person"];
    let (name, phone) = (person["name"].as_str().unwrap(), person["phone"].as_str().unwrap());
    let shown = phone.replace('+', "&#43;");
    let has = |page: &str, phone: &str| page.contains(phone) || page.contains(&shown);
    let page = |headers: &[(&str, &str)]| server.send("GET", "/teams/payments", headers, "").expect(200).text();

    let priya = cookie(&sign_in(&server, "priya", &[]).expect(303));
    // A browser sends Basic by itself wherever it was once typed, so that it opens no page.
    let basic = server.basic("ada");
    for stranger in [page(&[]), page(&[("Cookie", &priya)]), page(&[("Authorization", &basic)])] {
        assert!(stranger.contains(name) && !has(&stranger, phone) && !stranger.contains("mailto:"));
    }
    let ada = cookie(&sign_in(&server, "ada", &[]).expect(303));
    let known = page(&[("Cookie", &ada)]);
    assert!(has(&known, phone) && known.contains("mailto:"));
}

#[test]
fn pages_carry_their_policy_and_need_no_script() {
    let server = Server::with_demo("");
    for path in ["/", "/teams/payments", "/teams/nobody", "/links/offer/a/b/c", "/sign-in", "/nowhere"] {
        let page = server.get(path);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("report-uri /csp-report"), "{path}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let referrer = if path.starts_with("/links") { "no-referrer" } else { "same-origin" };
        assert_eq!(page.header("referrer-policy"), Some(referrer));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.text().contains("<script"), "{path}");
    }
}

#[test]
fn what_pages_load_is_named_after_its_content_and_kept_for_good() {
    let server = Server::start();
    let page = server.get("/").expect(200).text();
    let style = page.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let found = server.send("GET", style, &[("Accept-Encoding", "gzip")], "").expect(200);
    assert!(found.header("content-type").unwrap().starts_with("text/css"));
    assert_eq!(found.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(found.header("content-encoding"), Some("gzip"));
    server.get("/static/style.0000000000000000.css").expect(404);
    server.get("/static/..%2f..%2fCargo.toml").expect(404);
}

#[test]
fn over_https_the_cookie_is_bound_to_the_host() {
    let server = Server::with_demo("public_url = \"https://calendar.example.org\"\n");
    let reply = sign_in(&server, "ada", &[]).expect(303);
    let line = reply.header("set-cookie").unwrap();
    let (value, flags) = line.split_once("; ").unwrap();
    assert_eq!(flags, "Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure");
    assert!(value.starts_with("__Host-dogwatch=") && value.len() == "__Host-dogwatch=".len() + 64, "{value}");
    assert_eq!(account(&server, value), 200);
    // Under the name that plain HTTP has, anybody on the way could have set it.
    assert_eq!(account(&server, &value.replace("__Host-dogwatch", "dogwatch-session")), 303);
    let origin = ("Origin", "https://calendar.example.org");
    server.send("POST", "/theme", &[FORM, origin], "theme=dark&to=/").expect(303);
    server.send("POST", "/theme", &[FORM, ("Origin", "http://calendar.example.org")], "theme=dark&to=/").expect(403);
}

#[test]
fn a_session_counts_on_every_server_and_ends_on_every_server() {
    let one = Server::with_demo("");
    let url = format!("public_url = \"http://{}\"\n", one.address);
    let other = one.beside(&url);
    let ada = cookie(&sign_in(&one, "ada", &[]).expect(303));
    assert_eq!((account(&one, &ada), account(&other, &ada)), (200, 200));
    let page = other.send("GET", "/account", &[("Cookie", &ada)], "").expect(200).text();
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let headers = [FORM, ("Sec-Fetch-Site", "same-origin"), ("Cookie", ada.as_str())];
    // The token that one server's page has is known to the other.
    one.send("POST", "/sign-out", &headers, &format!("csrf={token}")).expect(303);
    assert_eq!((account(&one, &ada), account(&other, &ada)), (303, 303));
}

#[test]
fn who_becomes_a_manager_or_is_shut_out_is_so_in_an_open_session() {
    let server = Server::with_demo("");
    let old = cookie(&sign_in(&server, "ben", &[]).expect(303));
    server.command(&["team", "member", "add", "payments", "ben", "--manager"]);
    let reply = server.send("GET", "/account", &[("Cookie", &old)], "").expect(200);
    let new = cookie(&reply);
    assert!(new != old && account(&server, &new) == 200);
    server.command(&["user", "disable", "ben"]);
    assert_eq!((account(&server, &new), account(&server, &old)), (303, 303));
}

#[test]
fn a_report_of_a_browser_is_logged_without_the_address_of_the_page() {
    let server = Server::start();
    let report = "{\"csp-report\":{\"document-uri\":\"http://x/links/offer/secret\",\"effective-directive\":\"img-src\",\
                  \"blocked-uri\":\"https://evil.example/canary?x\"}}";
    let kind = [("Content-Type", "application/csp-report")];
    server.send("POST", "/csp-report", &kind, report).expect(204);
    server.send("POST", "/csp-report", &kind, "nonsense").expect(400);
    let log = server.log();
    let line = log.lines().find(|line| line.contains("a page broke the policy")).expect("a line");
    assert!(line.contains("img-src") && line.contains("https://evil.example"), "{line}");
    assert!(!log.contains("secret") && !log.contains("canary"));
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
