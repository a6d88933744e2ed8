//! What other people's programs send: mails with answers, and files of people.

use crate::mail::arrive::incoming;
use crate::service::ServiceError;
use crate::service::import::{MAX_ROWS, sheet};
use std::collections::BTreeSet;

const SERVER: &str = "mx.example.org";

/// Nothing in a mail makes our own server vouch for it but what our own server wrote: neither where its name does not
/// stand, nor where its own line above all others says no.
pub fn itip_mail(data: &[u8]) {
    let read = |text: &[u8]| incoming(text, "oncall+00@roster.example.org", Some(SERVER));
    if let Some(mail) = read(data) {
        assert_eq!(read(data).as_ref(), Some(&mail), "the same mail is read otherwise");
        assert!(!mail.id.is_empty() || mail.from.is_none() || !mail.vouched);
        if let Some(from) = &mail.from {
            assert!(!from.contains(['\r', '\n', '\0']), "{from:?}");
        }
        let lower = data.to_ascii_lowercase();
        let named = lower.windows(SERVER.len()).any(|part| part == SERVER.as_bytes());
        assert!(!mail.vouched || (named && mail.from.is_some()), "vouched for by nobody: {mail:?}");
        assert!(mail.calendar.as_ref().is_none_or(|part| part.len() <= data.len() * 3 + 16));
        assert!(incoming(data, "x@y", None).is_none_or(|mail| !mail.vouched), "nobody is there to vouch");
    }
    let failed = format!("Authentication-Results: {SERVER}; dmarc=fail header.from=example.com\r\n");
    if let Some(mail) = read(&[failed.as_bytes(), data].concat()) {
        assert!(!mail.vouched, "our own server said no: {mail:?}");
    }
}

/// A file is read whole, each line once and under its number, or refused with a line that it has; what was read, written
/// as a file again, reads the same.
pub fn csv_import(data: &[u8]) {
    let last = data.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count() as u64 + 1;
    let lines = match sheet::read(data) {
        Ok(lines) => lines,
        Err(ServiceError::Invalid { field, message }) => {
            let number = field.strip_prefix("line ").and_then(|rest| rest.split(',').next()?.parse::<u64>().ok());
            let number = number.unwrap_or_else(|| panic!("{field}: {message}"));
            assert!((1..=last).contains(&number), "{field} of {last}: {message}");
            return;
        }
        Err(ServiceError::TooMany(_)) => return,
        Err(other) => panic!("{other}"),
    };
    assert!(lines.len() <= MAX_ROWS);
    let ids: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids.len(), lines.len(), "somebody stands there twice");
    assert!(lines.windows(2).all(|pair| pair[0].number < pair[1].number), "out of order");
    assert!(lines.iter().all(|line| (2..=last).contains(&line.number)));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "name", "email", "time_zone", "phone"]).unwrap();
    for line in &lines {
        let phone = line.phone.as_deref().unwrap_or_default();
        writer.write_record([&line.id, &line.name, &line.email, &line.time_zone, phone]).unwrap();
    }
    let again = sheet::read(&writer.into_inner().unwrap()).unwrap_or_else(|problem| panic!("{problem}"));
    let of = |lines: &[sheet::Line]| -> Vec<[String; 4]> {
        lines.iter().map(|line| [&line.id, &line.name, &line.email, &line.time_zone].map(Clone::clone)).collect()
    };
    assert_eq!(of(&again), of(&lines));
}
