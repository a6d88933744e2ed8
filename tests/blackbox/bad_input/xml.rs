//! Bodies of PROPFIND, REPORT, PROPPATCH and MKCALENDAR that are no XML, too much of it, or ask for what can't be.

use super::super::caldav::NAMES;
use super::{CALENDAR, Scene, assert_told, event};

/// Sends the body with every method that reads XML, and expects the same refusal of each.
fn refused_by_all(scene: &Scene, body: &str, words: &str) {
    let ada = scene.ada();
    for (method, path) in [
        ("PROPFIND", CALENDAR),
        ("REPORT", CALENDAR),
        ("PROPPATCH", CALENDAR),
        ("MKCALENDAR", "/dav/calendars/ada/new/"),
        ("MKCOL", "/dav/calendars/ada/new/"),
    ] {
        let reply = ada.send(method, path, &[("Depth", "0"), ("Content-Type", "application/xml")], body);
        assert_told(&reply, 400, "", words);
    }
    ada.send("PROPFIND", "/dav/calendars/ada/new/", &[("Depth", "0")], "").expect(404);
}

#[test]
fn checklist_1_a_doctype_is_refused_whatever_it_declares() {
    // 1
    let scene = Scene::new();
    let bomb: String = (1..10).map(|n| format!("<!ENTITY a{n} \"&a{0};&a{0};&a{0};&a{0};\">", n - 1)).collect();
    for declared in [
        r#"<!DOCTYPE l [<!ENTITY a "x">]>"#.to_owned(),
        r#"<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#.to_owned(),
        r#"<!DOCTYPE l SYSTEM "http://127.0.0.1:1/a.dtd">"#.to_owned(),
        format!("<!DOCTYPE l [<!ENTITY a0 \"x\">{bomb}<!ENTITY a \"&a9;\">]>"),
        "<!doctype l>".to_owned(),
    ] {
        let body = format!(r#"{declared}<propfind xmlns="DAV:"><prop>&a;</prop></propfind>"#);
        refused_by_all(&scene, &body, "the XML body is refused");
    }
    refused_by_all(&scene, r#"<propfind xmlns="DAV:"><prop>&a;</prop></propfind>"#, "never declared");
    scene.is_unharmed();
}

#[test]
fn checklist_2_3_too_deep_too_many_and_too_wide_are_told_apart() {
    // 2, 3
    let scene = Scene::new();
    let prefixes: String = (0..129).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect();
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
    for (body, words) in [
        ("<a>".repeat(300_000), "nested deeper than 32"),
        (format!("<propfind xmlns=\"DAV:\">{}", "<prop>".repeat(32)), "nested deeper than 32"),
        (format!("<propfind xmlns=\"DAV:\"{prefixes}/>"), "more than 128 namespace prefixes"),
        (format!("<propfind xmlns=\"DAV:\"{attributes}/>"), "more than 64 attributes"),
        (format!("<propfind xmlns=\"DAV:\"><prop>{}", "<x/>".repeat(20_001)), "more than 20000 elements"),
        (format!("{}<propfind xmlns=\"DAV:\"/>", "<?a b?>".repeat(100)), "processing instructions"),
    ] {
        refused_by_all(&scene, &body, words);
    }
    scene.is_unharmed();
}

#[test]
fn checklist_4_what_is_no_text_is_refused_with_its_place() {
    // 4
    let scene = Scene::new();
    let ada = scene.ada();
    let utf16: Vec<u8> = "<?xml version='1.0' encoding='utf-16'?><propfind xmlns='DAV:'/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (body, words) in [
        (b"<propfind xmlns=\"DAV:\"><prop>\xff\xfe</prop></propfind>".to_vec(), "invalid UTF-8 at byte 29"),
        (b"<propfind xmlns=\"DAV:\">\xc0\xaf</propfind>".to_vec(), "invalid UTF-8 at byte 23"),
        (b"<propfind xmlns=\"DAV:\">\xed\xa0\x80</propfind>".to_vec(), "invalid UTF-8 at byte 23"),
        (utf16, "refused"),
    ] {
        for method in ["PROPFIND", "REPORT", "PROPPATCH"] {
            assert_told(&ada.send_bytes(method, CALENDAR, &[("Depth", "0")], &body), 400, "", words);
        }
    }
    let named = "<?xml version='1.0' encoding='iso-8859-1'?><propfind xmlns='DAV:'/>";
    refused_by_all(&scene, named, "an encoding other than UTF-8");
    for held in ["\u{0}", "&#0;", "&#1;", "&#xFFFE;", "&#xD800;", "&#99999999;"] {
        refused_by_all(&scene, &format!("<propfind xmlns=\"DAV:\"><prop>{held}</prop></propfind>"), "refused");
    }
    scene.is_unharmed();
}

#[test]
fn checklist_5_what_is_cut_off_or_no_xml_is_refused() {
    // 5
    let scene = Scene::new();
    for body in [
        "text",
        "<",
        "<propfind xmlns=\"DAV:\"",
        "<propfind xmlns=\"DAV:\"><prop>",
        "<propfind xmlns=\"DAV:\"></prop>",
        "<a xmlns=\"DAV:\"/><b xmlns=\"DAV:\"/>",
        "<propfind xmlns=\"DAV:\"/>more",
        "<D:propfind/>",
        "<propfind xmlns=\"DAV:\"><a:b/></propfind>",
        "<propfind xmlns=\"DAV:\" a='1' a='2'/>",
        "{\"propfind\": true}",
    ] {
        refused_by_all(&scene, body, "the XML body is refused");
    }
    let ada = scene.ada();
    // Without a body some methods mean their default; a REPORT has none, and another root is none of them.
    ada.report(CALENDAR, "").expect(400);
    for body in [
        "<x xmlns='DAV:'/>",
        "<propfind xmlns='DAV:'><x/></propfind>",
        "<propfind xmlns='DAV:'><allprop/><propname/></propfind>",
    ] {
        ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], body).expect(400);
    }
    ada.send("PROPPATCH", CALENDAR, &[], "").expect(400);
    scene.is_unharmed();
}

#[test]
fn checklist_11_nobody_walks_the_whole_tree() {
    // 11
    let scene = Scene::new();
    for path in ["/", "/dav/", "/dav/calendars/ada/", CALENDAR] {
        let refused = scene.ada().send("PROPFIND", path, &[("Depth", "infinity")], "");
        assert_told(&refused, 403, "D:propfind-finite-depth", "Depth 0 or 1");
    }
    assert_told(&scene.ada().send("PROPFIND", CALENDAR, &[("Depth", "7")], ""), 400, "", "Depth must be 0, 1");
    scene.is_unharmed();
}

#[test]
fn checklist_12_13_addresses_elsewhere_are_not_found_each_and_nothing_is_told_of_them() {
    // 12, 13
    let scene = Scene::new();
    let ada = scene.ada();
    let multiget = |hrefs: &str| {
        let asked = "<prop><getetag/><C:calendar-data/></prop>";
        ada.report(CALENDAR, &format!("<C:calendar-multiget {NAMES}>{asked}{hrefs}</C:calendar-multiget>"))
    };
    scene.server.send(
        "PUT",
        "/dav/calendars/ben/calendar/secret.ics",
        &[("Authorization", &scene.server.basic("ben")), ("Content-Type", "text/calendar")],
        &event("secret", "SUMMARY:Only Ben's\r\n"),
    );
    let elsewhere = [
        "/dav/calendars/ben/calendar/secret.ics",
        "http://elsewhere.example/dav/calendars/ada/calendar/kept.ics",
        "/etc/passwd",
        "/dav/calendars/ada/calendar/..%2f..%2fben%2fcalendar%2fsecret.ics",
        "/dav/calendars/ada/calendar/../../ben/calendar/secret.ics",
        "/dav/principals/users/ben/",
        "::",
        "",
        "%",
    ];
    let hrefs: String = elsewhere.iter().map(|href| format!("<href>{href}</href>")).collect();
    let listed = multiget(&hrefs).expect(207).text();
    assert_eq!(listed.matches("HTTP/1.1 404").count(), elsewhere.len(), "{listed}");
    assert!(!listed.contains("Only Ben") && !listed.contains(" 200 "), "{listed}");
    let refused = multiget(&"<href>/x</href>".repeat(2_000));
    assert_told(&refused, 403, "D:number-of-matches-within-limits", "at most 1,000 objects");
    scene.is_unharmed();
}

#[test]
fn each_fault_of_a_report_has_its_precondition() {
    let scene = Scene::new();
    let ada = scene.ada();
    let query = |data: &str, rest: &str| {
        format!("<C:calendar-query {NAMES}><prop><C:calendar-data {data}/></prop>{rest}</C:calendar-query>")
    };
    let filter = |inner: &str| {
        format!(
            r#"<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inner}</C:comp-filter></C:comp-filter></C:filter>"#
        )
    };
    let text = |collation: &str| {
        filter(&format!(
            r#"<C:prop-filter name="SUMMARY"><C:text-match collation="{collation}">x</C:text-match></C:prop-filter>"#
        ))
    };
    for (body, element) in [
        (query("", ""), "C:valid-filter"),
        (query("", r#"<C:filter><C:comp-filter name="VEVENT"/></C:filter>"#), "C:valid-filter"),
        (query("", &filter(r#"<C:time-range start="yesterday"/>"#)), "C:valid-filter"),
        (query("", &filter(r#"<C:time-range start="20261202T000000Z" end="20261201T000000Z"/>"#)), "C:valid-filter"),
        (query("", &filter("<C:sounds-like/>")), "C:supported-filter"),
        (query("", &text("i;klingon")), "C:supported-collation"),
        (query(r#"content-type="application/calendar+json""#, &filter("")), "C:supported-calendar-data"),
        (query("", &format!("{}<C:timezone-id>Mars/Olympus</C:timezone-id>", filter(""))), "C:valid-timezone"),
        (query("", &format!("{}<C:timezone>Berlin</C:timezone>", filter(""))), "C:valid-calendar-data"),
        (query("", &format!("{}<C:timezone>{}</C:timezone>", filter(""), event("x", ""))), "C:valid-calendar-data"),
        (format!("<x {NAMES}/>"), "D:supported-report"),
    ] {
        assert_told(&ada.report(CALENDAR, &body), 403, element, "");
    }
    let sync = format!("<sync-collection {NAMES}><sync-token/><prop/></sync-collection>");
    assert_told(&ada.report("/dav/calendars/ada/", &sync), 403, "D:supported-report", "");
    scene.is_unharmed();
}
