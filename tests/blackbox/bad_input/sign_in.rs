//! Wrong passwords by the thousand: they are slowed down, and whoever knows theirs works on.

use super::{CALENDAR, Scene};
use crate::support::{basic, times};

#[test]
fn checklist_41_ten_thousand_wrong_passwords_lock_nobody_out() {
    // 41
    let scene = Scene::new();
    let ada = scene.ada();
    let (mut refused, mut slowed) = (0, 0);
    for n in 0..times(400, 10_000) {
        // Somebody who is there, somebody who isn't, a password of the right form, an empty one.
        let login = match n % 4 {
            0 => basic("ada", &format!("wrong-{n}")),
            1 => basic(&format!("nobody-{n}"), "wrong"),
            2 => basic("ada@example.org", "dw-00000000-00000000000000000000000000"),
            _ => basic("", ""),
        };
        let reply = scene.server.send("PROPFIND", CALENDAR, &[("Authorization", &login), ("Depth", "0")], "");
        match reply.status {
            401 => {
                assert!(reply.header("www-authenticate").is_some_and(|told| told.starts_with("Basic ")));
                refused += 1;
            }
            // Thunderbird takes a calendar out of use at a 4xx.
            503 => {
                assert!(reply.header("retry-after").is_some());
                slowed += 1;
            }
            other => panic!("{other}: {}", reply.text()),
        }
        if n % 100 == 0 {
            ada.properties(CALENDAR, "<displayname/>").expect(207);
        }
    }
    assert!(refused > 0 && slowed > refused, "{refused} refused, {slowed} told to wait");
    scene.is_unharmed();
}

#[test]
fn who_is_unknown_is_told_what_everybody_is_told() {
    // 41
    let scene = Scene::new();
    let ask = |login: &str| {
        let reply = scene.server.send("GET", "/dav/", &[("Authorization", login)], "");
        (
            reply.status,
            reply.text().split("request").next().map(str::to_owned),
            reply.header("www-authenticate").map(str::to_owned),
        )
    };
    let known = ask(&basic("ada", "dw-00000000-00000000000000000000000000"));
    assert_eq!(known.0, 401);
    assert_eq!(known, ask(&basic("nobody", "dw-00000000-00000000000000000000000000")));
    for odd in ["Basic", "Basic !!!", "Basic YWRh", "Bearer", "Digest username=\"ada\"", "Basic \u{e9}", "basic  Og=="]
    {
        assert_eq!(ask(odd).0, 401, "{odd}");
    }
    scene.is_unharmed();
}
