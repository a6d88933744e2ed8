//! Whatever comes: requests put together at random from what clients send, with bytes mutated. No answer is 5xx, no connection
//! is closed without an answer, everything that is answered as XML can be read, and what was there before stays.

use super::{CALENDAR, Scene};
use crate::support::{Reply, hostile, times};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

const PATHS: &[&str] = &[
    "/",
    "/dav/",
    "/dav/principals/users/ada/",
    "/dav/calendars/ada/",
    CALENDAR,
    "/dav/calendars/ada/inbox/",
    "/dav/calendars/ada/outbox/",
    "/dav/calendars/ada/team-payments-roster/",
    "/dav/calendars/ada/calendar/kept2.ics",
    "/dav/calendars/ada/new/",
];

const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "MOVE",
    "COPY",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "POST",
    "LOCK",
    "MKCALENDAR",
    "MKCOL",
    "PATCH",
    "TRACE",
    "BREW",
];

/// Tries so many inputs, or many more in the long run; what fails is made small and shown.
fn tried<S: Strategy>(few: usize, many: usize, inputs: &S, act: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let cases = u32::try_from(times(few, many)).unwrap();
    let config = Config { failure_persistence: None, max_shrink_iters: 200, cases, ..Config::default() };
    TestRunner::new(config).run(inputs, act).unwrap_or_else(|failed| panic!("{failed}"));
}

fn answered(reply: &Reply, allowed: &[u16]) -> Result<(), TestCaseError> {
    let fine = (200..500).contains(&reply.status) || allowed.contains(&reply.status);
    prop_assert!(fine, "{}: {}", reply.status, reply.text());
    Ok(())
}

#[test]
fn no_calendar_object_breaks_anything() {
    let scene = Scene::new();
    let ada = scene.ada();
    let calendar = "/dav/calendars/ada/random/";
    ada.make(calendar);
    let kind = [("Content-Type", "text/calendar")];
    let month = format!("<propfind {}><prop><getetag/></prop></propfind>", super::super::caldav::NAMES);
    tried(250, 10_000, &(hostile::calendar(), 0..5_u8), |(body, name)| {
        let path = format!("{calendar}{name}.ics");
        let stored = ada.send_bytes("PUT", &path, &kind, &body);
        answered(&stored, &[])?;
        if stored.status < 300 {
            let read = ada.get(&path);
            // Somebody's meeting may be given back with what the server adds to it, and says so by naming no ETag.
            if stored.header("etag").is_some() {
                prop_assert_eq!(&read.body, &body);
            }
            for report in hostile::XML.iter().filter(|report| report.contains("-query") || report.contains("multiget"))
            {
                answered(&ada.report(calendar, report), &[])?;
            }
            answered(&ada.send("PROPFIND", calendar, &[("Depth", "1")], &month), &[])?;
            answered(&ada.get(calendar), &[])?;
        }
        Ok(())
    });
    let left = ada.names(calendar);
    for name in left {
        answered(&ada.delete(&format!("{calendar}{name}")), &[]).unwrap();
    }
    scene.is_unharmed_but_for(&[]);
}

#[test]
fn no_xml_body_breaks_anything() {
    let scene = Scene::new();
    let ada = scene.ada();
    let methods =
        prop::sample::select(&["PROPFIND", "REPORT", "PROPPATCH", "MKCALENDAR", "MKCOL", "POST", "PUT", "ACL"][..]);
    let depth = prop::sample::select(&["0", "1", "infinity", "", "-1"][..]);
    let inputs = (methods, prop::sample::select(PATHS), depth, hostile::xml());
    tried(400, 20_000, &inputs, |(method, path, depth, body)| {
        let reply = ada.send_bytes(method, path, &[("Depth", depth), ("Content-Type", "application/xml")], &body);
        // 507 is how a quota or a client's own limit is told.
        answered(&reply, &[507])?;
        if path == "/dav/calendars/ada/new/" && reply.status == 201 {
            answered(&ada.delete(path), &[])?;
        }
        Ok(())
    });
    scene.is_unharmed();
}

#[test]
fn no_path_and_no_destination_breaks_anything() {
    let scene = Scene::new();
    let ada = scene.ada();
    let host = prop::sample::select(&["", "", "http://elsewhere.example", "//", "https:", "http://127.0.0.1"][..]);
    let inputs = (prop::sample::select(METHODS), hostile::path(), host, hostile::path());
    tried(400, 20_000, &inputs, |(method, path, host, to)| {
        let to = format!("{host}{to}");
        let reply = ada.send(method, &path, &[("Destination", &to), ("Depth", "0"), ("Overwrite", "T")], "");
        // A MOVE or COPY to another server is that server's (RFC 4918 9.9.4).
        answered(&reply, if matches!(method, "MOVE" | "COPY") { &[502] } else { &[] })
    });
    scene.is_unharmed();
}
