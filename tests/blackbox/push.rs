//! WebDAV-Push as a telephone sees it: it registers as DAVx5 does, and a push service on loopback brings it what the
//! server says.

use crate::support::push_service::{AUTH, CONFIG, Message, PUBLIC, PushService};
use crate::support::{Reply, Server, base64};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const NAMES: &str = "xmlns=\"DAV:\" xmlns:P=\"https://bitfire.at/webdav-push\"";

/// Somebody's telephone.
struct Phone<'s> {
    server: &'s Server,
    service: &'s PushService,
    login: String,
}

impl<'s> Phone<'s> {
    fn of(server: &'s Server, service: &'s PushService, person: &str) -> Self {
        Self { server, service, login: server.basic(person) }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("Authorization", self.login.as_str())];
        all.extend_from_slice(headers);
        self.server.send(method, path, &all, body)
    }

    fn post(&self, path: &str, body: &str) -> Reply {
        self.send("POST", path, &[("Content-Type", "application/xml; charset=utf-8")], body)
    }

    /// Registers in the words of DAVx5, which names neither triggers nor a content coding: where it is removed.
    fn register(&self, path: &str, endpoint: &str) -> String {
        let url = format!("{}/{endpoint}", self.service.origin);
        let expires = chrono::Utc::now() + chrono::Days::new(3);
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><n0:push-register \
             xmlns:n0=\"https://bitfire.at/webdav-push\"><n0:subscription><n0:web-push-subscription>\
             <n0:push-resource>{url}</n0:push-resource><n0:subscription-public-key type=\"p256dh\">{PUBLIC}\
             </n0:subscription-public-key><n0:auth-secret>{AUTH}</n0:auth-secret></n0:web-push-subscription>\
             </n0:subscription><n0:expires>{}</n0:expires></n0:push-register>",
            expires.format("%a, %d %b %Y %H:%M:%S GMT")
        );
        let reply = self.post(path, &body).expect(204);
        let until = reply.header("expires").expect("a date");
        assert!(until.ends_with(" GMT") && until == expires.format("%a, %d %b %Y %H:%M:%S GMT").to_string(), "{until}");
        reply.header("location").expect("an address").to_owned()
    }

    fn put(&self, path: &str, uid: &str, headers: &[(&str, &str)]) {
        let event = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let mut all = vec![("Content-Type", "text/calendar")];
        all.extend_from_slice(headers);
        self.send("PUT", &format!("{path}{uid}.ics"), &all, &event).expect(201);
    }

    fn properties(&self, path: &str, names: &str) -> Reply {
        let body = format!("<propfind {NAMES}><prop>{names}</prop></propfind>");
        self.send("PROPFIND", path, &[("Depth", "0")], &body).expect(207)
    }

    fn property(&self, path: &str, name: &str) -> String {
        let text = self.properties(path, name).text();
        let local = name.trim_matches(['<', '>', '/']).trim_start_matches("P:");
        let at = text.find(&format!("{local} xmlns=")).or_else(|| text.find(&format!("{local}>"))).expect("there");
        let rest = &text[at..];
        rest[rest.find('>').unwrap() + 1..rest.find("</").unwrap()].to_owned()
    }
}

fn path_of(url: &str) -> &str {
    &url[url.find("/dav/").unwrap()..]
}

const CALENDAR: &str = "/dav/calendars/ada/calendar/";

#[test]
fn a_change_by_another_client_reaches_the_telephone_within_seconds() {
    let (server, service) = (Server::with_demo(CONFIG), PushService::start());
    let phone = Phone::of(&server, &service, "ada");
    let url = phone.register(CALENDAR, "ada-phone");
    assert_eq!(url, phone.register(CALENDAR, "ada-phone"), "one registration for one address");
    let put = Instant::now();
    phone.put(CALENDAR, "by-a-desktop", &[]);
    let message = service.next();
    println!("delivered after {:?}", message.at - put);
    assert!(message.at - put < Duration::from_secs(5));
    assert_eq!(message.path, "/ada-phone");
    assert_eq!(message.text("topic").unwrap(), phone.property(CALENDAR, "<P:topic/>"));
    assert_eq!(message.text("D:sync-token").unwrap(), phone.property(CALENDAR, "<sync-token/>"));
    assert!(message.xml.contains("<push-message xmlns=\"https://bitfire.at/webdav-push\""), "{}", message.xml);
    let key = phone.property(CALENDAR, "<P:transports/>");
    let key = key.rsplit('>').next().unwrap();
    assert!(key.len() == 87 && message.header("authorization").ends_with(&format!(", k={key}")));
    assert!(message.header("ttl").parse::<u64>().unwrap() > 3600);
    assert_eq!((message.header("urgency"), message.header("content-encoding")), ("normal", "aes128gcm"));

    // What the telephone does itself it is not told of.
    let quiet = format!("\"{url}\"");
    phone.put(CALENDAR, "by-the-phone", &[("Push-Dont-Notify", &quiet)]);
    phone.put(CALENDAR, "by-the-phone-too", &[("Push-Dont-Notify", "*")]);
    assert!(service.is_silent(Duration::from_secs(3)));
    phone.send("DELETE", &format!("{CALENDAR}by-a-desktop.ics"), &[], "").expect(204);
    assert_eq!(service.next().text("D:sync-token").unwrap(), phone.property(CALENDAR, "<sync-token/>"));

    phone.send("DELETE", path_of(&url), &[], "").expect(204);
    phone.send("DELETE", path_of(&url), &[], "").expect(404);
    phone.put(CALENDAR, "unheard", &[]);
    assert!(service.is_silent(Duration::from_secs(3)));
}

#[test]
fn a_swap_offer_reaches_everybody_who_is_asked_within_seconds() {
    let (server, service) = (Server::with_demo(CONFIG), PushService::start());
    let watch = server.coverable_watch();
    let facts = server.demo_facts();
    let people: Vec<&str> = facts["people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for person in &people {
        let phone = Phone::of(&server, &service, person);
        phone.register(&format!("/dav/calendars/{person}/shifts/"), person);
    }
    let asked = Instant::now();
    let cover = format!("/slots/{}/cover", watch["slot"].as_str().unwrap());
    let swap = server.api("POST", &cover, &json!({ "reason": "dentist" })).expect(200).json();
    let offers = swap["offers"].as_array().unwrap();
    let mut missing: BTreeSet<String> =
        offers.iter().map(|offer| format!("/{}", offer["person"].as_str().unwrap())).collect();
    assert!(missing.len() >= 2, "{swap}");
    missing.insert(format!("/{}", watch["person"]["id"].as_str().unwrap()));
    while !missing.is_empty() {
        let message = service.next();
        assert_eq!(message.header("urgency"), "high");
        missing.remove(&message.path);
        assert!(asked.elapsed() < Duration::from_secs(10), "{missing:?}");
    }
    println!("everybody told after {:?}", asked.elapsed());
}

#[test]
fn a_push_service_that_fails_is_asked_again_and_one_that_knows_nobody_is_not() {
    let (server, service) = (Server::with_demo(CONFIG), PushService::start());
    let phone = Phone::of(&server, &service, "ada");
    let url = phone.register(CALENDAR, "secret-capability");
    service.answer(&["503 Service Unavailable", "429 Too Many Requests\r\nRetry-After: 4"]);
    phone.put(CALENDAR, "one", &[]);
    let (first, second) = (service.next(), service.next());
    assert_eq!((first.answered, second.answered), (503, 429));
    assert!(second.at - first.at >= Duration::from_secs(2), "not at once");
    let stuck = server.command(&["outbox", "--json"]);
    let stuck: Value = serde_json::from_str(&stuck).unwrap();
    assert!(stuck["stuck"][0]["reason"].as_str().unwrap().starts_with("the push service says "), "{stuck}");
    assert!(!stuck.to_string().contains("secret-capability"));
    let third = service.next();
    assert!(third.at - second.at >= Duration::from_secs(4), "as it asked");
    assert_eq!((third.answered, third.text("topic")), (201, first.text("topic")));
    assert!(service.is_silent(Duration::from_secs(3)), "and no more");

    service.answer(&["410 Gone"]);
    phone.put(CALENDAR, "two", &[]);
    assert_eq!(service.next().answered, 410);
    assert!(service.is_silent(Duration::from_secs(1)));
    phone.send("DELETE", path_of(&url), &[], "").expect(404);
    phone.put(CALENDAR, "three", &[]);
    assert!(service.is_silent(Duration::from_secs(3)));
    assert!(!server.log().contains("secret-capability"), "{}", server.log());
}

#[test]
fn what_was_not_delivered_is_delivered_after_a_restart() {
    let (mut server, service) = (Server::with_demo(CONFIG), PushService::start());
    service.answer(&["500 x"]);
    Phone::of(&server, &service, "ada").register(CALENDAR, "ada");
    Phone::of(&server, &service, "ada").put(CALENDAR, "before", &[]);
    let first = service.next();
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(20)));
    let again = server.beside(CONFIG);
    let second = service.next();
    assert_eq!((second.answered, second.text("topic")), (201, first.text("topic")));
    let phone = Phone { server: &again, service: &service, login: server.basic("ada") };
    phone.put(CALENDAR, "after", &[]);
    assert_eq!(service.next().text("D:sync-token").unwrap(), phone.property(CALENDAR, "<sync-token/>"));
}

#[test]
fn of_two_servers_one_delivers_and_each_message_once() {
    let service = PushService::start();
    let first = Server::with_demo(CONFIG);
    let second = first.beside(CONFIG);
    let phone = Phone::of(&first, &service, "ada");
    let mut topics = BTreeSet::new();
    let calendars: Vec<String> = (0..12).map(|n| format!("/dav/calendars/ada/push-{n}/")).collect();
    for (n, calendar) in calendars.iter().enumerate() {
        phone.send("MKCALENDAR", calendar, &[], "").expect(201);
        phone.register(calendar, &n.to_string());
        topics.insert(phone.property(calendar, "<P:topic/>"));
    }
    let put = Instant::now();
    for (n, calendar) in calendars.iter().enumerate() {
        let server = [&first, &second][n % 2];
        Phone { server, service: &service, login: phone.login.clone() }.put(calendar, "one", &[]);
    }
    let messages: Vec<Message> = calendars.iter().map(|_| service.next()).collect();
    println!("the last of {} after {:?}", messages.len(), messages.iter().map(|one| one.at - put).max());
    assert!(messages.iter().all(|message| message.at - put < Duration::from_secs(8)));
    let told: BTreeSet<String> = messages.iter().map(|message| message.text("topic").unwrap()).collect();
    assert_eq!(told, topics, "each one, and none twice");
    assert!(service.is_silent(Duration::from_secs(5)));
    // Whichever of them delivers, it hears of what the other wrote.
    for (n, server) in [&first, &second].into_iter().enumerate() {
        let put = Instant::now();
        Phone { server, service: &service, login: phone.login.clone() }.put(&calendars[n], "two", &[]);
        let message = service.next();
        println!("by server {n} after {:?}", message.at - put);
        assert!(message.at - put < Duration::from_secs(5));
    }
}

#[test]
fn where_the_server_that_delivers_has_fallen_the_other_delivers() {
    let service = PushService::start();
    let mut first = Server::with_demo(CONFIG);
    let login = first.basic("ada");
    Phone::of(&first, &service, "ada").register(CALENDAR, "ada");
    let second = first.beside(CONFIG);
    Phone::of(&first, &service, "ada").put(CALENDAR, "one", &[]);
    service.next();
    service.answer(&["500 x"]);
    Phone::of(&first, &service, "ada").put(CALENDAR, "two", &[]);
    assert_eq!(service.next().answered, 500);
    first.signal("KILL");
    first.wait(Duration::from_secs(5));
    let fell = Instant::now();
    let phone = Phone { server: &second, service: &service, login };
    phone.put(CALENDAR, "three", &[]);
    let message = service.next();
    println!("after the fall: {:?}", message.at - fell);
    assert_eq!(message.text("D:sync-token").unwrap(), phone.property(CALENDAR, "<sync-token/>"));
    assert!(service.is_silent(Duration::from_secs(3)), "one message for both");
}

#[test]
fn a_revoked_password_and_a_membership_that_ended_stop_the_messages() {
    let (server, service) = (Server::with_demo(CONFIG), PushService::start());
    let made = server.api("POST", "/people/ada/app-passwords", &json!({ "label": "new" })).expect(201).json();
    let login = format!("ada:{}", made["password"].as_str().unwrap());
    let login = format!("Basic {}", base64(login.as_bytes()));
    let lost = Phone { server: &server, service: &service, login };
    let kept = Phone::of(&server, &service, "ada");
    lost.register(CALENDAR, "lost");
    kept.register(CALENDAR, "kept");
    let team = "/dav/calendars/ada/team-payments-availability/";
    kept.register(team, "team");
    kept.put(CALENDAR, "one", &[]);
    let told: BTreeSet<String> = (0..2).map(|_| service.next().path).collect();
    assert_eq!(told, BTreeSet::from(["/kept".to_owned(), "/lost".to_owned()]));
    server.api("DELETE", &format!("/app-passwords/{}", made["id"].as_str().unwrap()), &Value::Null).expect(204);
    kept.put(CALENDAR, "two", &[]);
    assert_eq!(service.next().path, "/kept");
    // A colleague's absence is told to the team, and to nobody who was of the team.
    let bens = Phone::of(&server, &service, "ben");
    let absent = |uid: &str| {
        let event = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;VALUE=DATE:20270301\r\nSUMMARY:away\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let path = format!("/dav/calendars/ben/availability/{uid}.ics");
        bens.send("PUT", &path, &[("Content-Type", "text/calendar")], &event).expect(201);
    };
    absent("one");
    assert_eq!(service.next().path, "/team");
    server.command(&["team", "member", "remove", "payments", "ada"]);
    absent("two");
    assert!(service.is_silent(Duration::from_secs(4)));
}

#[test]
fn calendars_homes_and_people_say_what_can_be_heard_of_them() {
    let (server, service) = (Server::with_demo(CONFIG), PushService::start());
    let phone = Phone::of(&server, &service, "ada");
    let names = "<P:transports/><P:topic/><P:supported-triggers/>";
    let of = |path: &str| phone.properties(path, names).text();
    let calendar = of(CALENDAR);
    for part in [
        "<transports xmlns=\"https://bitfire.at/webdav-push\"><web-push><vapid-public-key type=\"p256ecdsa\">B",
        "<topic xmlns=\"https://bitfire.at/webdav-push\">",
        "<content-update><D:depth>1</D:depth></content-update><property-update><D:depth>0</D:depth></property-update>",
    ] {
        assert!(calendar.contains(part), "{calendar}");
    }
    assert!(of("/dav/calendars/ada/").contains("<content-update><D:depth>1</D:depth></content-update></supported"));
    assert!(of("/dav/principals/users/ada/").contains("\"><property-update><D:depth>0</D:depth></property-update></"));
    for elsewhere in ["/dav/", "/dav/principals/users/ben/", "/dav/principals/teams/payments/"] {
        assert!(!of(elsewhere).contains("HTTP/1.1 200"), "{elsewhere}");
    }
    for (path, there) in [
        (CALENDAR, true),
        ("/dav/calendars/ada/", true),
        ("/dav/", false),
        ("/dav/calendars/ada/calendar/x.ics", false),
    ] {
        let options = server.send("OPTIONS", path, &[], "").expect(200);
        assert_eq!(options.header("dav").unwrap().contains("webdav-push"), there, "{path}");
    }
    let patch = format!("<propertyupdate {NAMES}><set><prop><P:topic>mine</P:topic></prop></set></propertyupdate>");
    assert!(phone.send("PROPPATCH", CALENDAR, &[], &patch).expect(207).text().contains("cannot-modify-protected"));

    let off = server.beside("[push]\nenabled = false\n");
    let phone = Phone { server: &off, service: &service, login: server.basic("ada") };
    assert!(!phone.properties(CALENDAR, names).text().contains("HTTP/1.1 200"));
    assert!(!off.send("OPTIONS", CALENDAR, &[], "").header("dav").unwrap().contains("webdav-push"));
}

#[test]
fn what_is_refused_is_named_as_the_draft_names_it() {
    let (server, service) = (Server::with_demo(""), PushService::start());
    let phone = Phone::of(&server, &service, "ada");
    let register = |path: &str, url: &str, keys: &str, trigger: &str| {
        phone.post(
            path,
            &format!(
                "<push-register xmlns=\"https://bitfire.at/webdav-push\" xmlns:D=\"DAV:\"><subscription>\
                 <web-push-subscription><push-resource>{url}</push-resource>{keys}</web-push-subscription>\
                 </subscription>{trigger}</push-register>"
            ),
        )
    };
    let keys = format!(
        "<content-encoding>aes128gcm</content-encoding><subscription-public-key type=\"p256dh\">{PUBLIC}\
         </subscription-public-key><auth-secret>{AUTH}</auth-secret>"
    );
    let named = |reply: Reply, name: &str| {
        let reply = reply.expect(403);
        let element = format!("<{name} xmlns=\"https://bitfire.at/webdav-push\"/>");
        assert!(reply.text().contains(&element), "{}", reply.text());
    };
    let good = "https://up.example.net/yohd4yai5Phiz1wi";
    for url in
        ["http://up.example.net/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "ftp://x/", ""]
    {
        named(register(CALENDAR, url, &keys, ""), "invalid-subscription");
    }
    named(register(CALENDAR, &service.origin, &keys, ""), "invalid-subscription");
    named(register(CALENDAR, good, "", ""), "invalid-subscription");
    named(register(CALENDAR, good, &keys, "<trigger/>"), "no-supported-trigger");
    let property = "<trigger><property-update><D:depth>0</D:depth></property-update></trigger>";
    named(register("/dav/calendars/ada/", good, &keys, property), "no-supported-trigger");
    named(register("/dav/calendars/ben/calendar/", good, &keys, ""), "push-not-available");
    named(register("/dav/calendars/ada/calendar/x.ics", good, &keys, ""), "push-not-available");
    register("/dav/calendars/ada/nothing/", good, &keys, "").expect(404);
    phone.post(CALENDAR, "<propfind xmlns=\"DAV:\"/>").expect(400);
    phone.post(CALENDAR, "<push-register").expect(400);
    let made = register(CALENDAR, good, &keys, property).expect(204);
    let url = made.header("location").unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"));
    Phone::of(&server, &service, "ben").send("DELETE", path_of(&url), &[], "").expect(404);
    phone.send("GET", path_of(&url), &[], "").expect(405);
    server.send("DELETE", path_of(&url), &[], "").expect(401);
}
