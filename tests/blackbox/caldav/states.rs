//! The If header (RFC 4918 10.4): entity tags, sync tokens and tokens of locks that nobody has, on every method that writes.

use super::{App, CALENDAR, NAMES, event};
use crate::support::{Reply, Server};

impl App<'_> {
    fn put_where(&self, path: &str, condition: &str, body: &str) -> u16 {
        self.put_if(path, &[("If", condition)], body).status
    }

    fn sync_token(&self) -> String {
        let told = self.properties(CALENDAR, "<sync-token/>").expect(207).text();
        told.split("<D:sync-token>").nth(1).unwrap().split('<').next().unwrap().to_owned()
    }
}

fn etag(reply: &Reply) -> String {
    reply.header("etag").unwrap().to_owned()
}

#[test]
fn a_put_is_done_where_one_list_holds_as_a_whole() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let path = &format!("{CALENDAR}x.ics");
    let tag = etag(&ada.put(path, &event("x", "")).expect(201));
    let same = &event("x", "");
    for (condition, status) in [
        (format!("([{tag}])"), 204),
        ("([\"other\"])".to_owned(), 412),
        (format!("([\"other\"]) ([{tag}])"), 204),
        (format!("([{tag}] [\"other\"])"), 412),
        (format!("(Not [\"other\"] [{tag}])"), 204),
        (format!("(Not [{tag}])"), 412),
        ("(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>)".to_owned(), 412),
        ("(Not <DAV:no-lock>)".to_owned(), 204),
        ("(<DAV:no-lock>)".to_owned(), 412),
        (format!("<{path}> ([{tag}])"), 204),
        (format!("<http://{}{path}> ([\"other\"])", server.address), 412),
        (format!("<http://elsewhere.example{path}> ([{tag}])"), 412),
        (format!("<{CALENDAR}y.ics> ([{tag}])"), 412),
        (format!("<{CALENDAR}y.ics> (Not [{tag}])"), 204),
        ("()".to_owned(), 400),
        ("nonsense".to_owned(), 400),
        (format!("([{tag}]"), 400),
    ] {
        assert_eq!(ada.put_where(path, &condition, same), status, "{condition}");
    }
    // What isn't there has no tag.
    let new = &format!("{CALENDAR}new.ics");
    assert_eq!(ada.put_where(new, "([\"any\"])", &event("new", "")), 412);
    assert_eq!(ada.put_where(new, "(Not [\"any\"])", &event("new", "")), 201);
    // Beside the other conditions it is one more.
    let both = [("If", "(Not <DAV:no-lock>)"), ("If-Match", "\"other\"")];
    ada.put_if(path, &both, same).expect(412);
}

#[test]
fn the_sync_token_of_a_calendar_is_a_state_of_it() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let before = ada.sync_token();
    let condition = |token: &str| format!("<{CALENDAR}> (<{token}>)");
    assert_eq!(ada.put_where(&format!("{CALENDAR}a.ics"), &condition(&before), &event("a", "")), 201);
    assert_eq!(ada.put_where(&format!("{CALENDAR}b.ics"), &condition(&before), &event("b", "")), 412);
    let now = ada.sync_token();
    let set = format!("<propertyupdate {NAMES}><set><prop><displayname>x</displayname></prop></set></propertyupdate>");
    for (token, status) in [(&before, 412), (&now, 207)] {
        ada.send("PROPPATCH", CALENDAR, &[("If", &format!("(<{token}>)"))], &set).expect(status);
    }
    let acl = format!("<acl {NAMES}/>");
    ada.send("ACL", CALENDAR, &[("If", &condition(&before))], &acl).expect(412);
    ada.send("ACL", CALENDAR, &[("If", &condition(&now))], &acl).expect(200);
}

#[test]
fn whatever_writes_or_reads_heeds_it() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let path = &format!("{CALENDAR}x.ics");
    let tag = etag(&ada.put(path, &event("x", "")).expect(201));
    let (good, bad) = (format!("([{tag}])"), "([\"other\"])");
    let to = format!("{CALENDAR}y.ics");
    for method in ["GET", "COPY", "MOVE", "DELETE", "PROPFIND"] {
        let send =
            |condition: &str| ada.send(method, path, &[("If", condition), ("Destination", &to), ("Depth", "0")], "");
        send(bad).expect(412);
        ada.get(path).expect(200);
    }
    for method in ["GET", "MOVE"] {
        let reply = ada.send(method, path, &[("If", &good), ("Destination", &to)], "");
        assert!(reply.status < 300, "{method}: {}", reply.status);
    }
    ada.send("DELETE", &to, &[("If", &good)], "").expect(204);
    ada.make("/dav/calendars/ada/own/");
    ada.send("DELETE", "/dav/calendars/ada/own/", &[("If", bad)], "").expect(412);
    ada.send("DELETE", "/dav/calendars/ada/own/", &[("If", "(Not <DAV:no-lock>)")], "").expect(204);
}
