//! A mail as it arrived (RFC 5322, RFC 2045), read as far as it may be an answer. The parser takes any bytes; what it
//! can't make sense of is no answer.

use super::vouch::is_vouched;
use crate::service::hex;
use crate::service::mailbox::Incoming;
use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders as _};
use sha2::{Digest as _, Sha256};

/// Reads a mail that came to an address of ours. `server` is how our own mail server names itself where it vouches.
pub(crate) fn incoming(text: &[u8], recipient: &str, server: Option<&str>) -> Option<Incoming> {
    let message = MessageParser::default().parse(text)?;
    let from = sender(&message);
    let vouched = match (server, &from) {
        (Some(server), Some(from)) => is_vouched(results(&message).iter().map(String::as_str), server, from),
        _ => false,
    };
    let automatic = message
        .header_raw("Auto-Submitted")
        .is_some_and(|said| !said.trim().split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("no"));
    let id = message.message_id().map_or_else(|| hex(&Sha256::digest(text)), str::to_owned);
    let recipient = recipient.to_owned();
    let (calendar, report) = (calendar(&message), report(&message));
    Some(Incoming { recipient, from, id, vouched, automatic, calendar, report })
}

/// The one address that it is from. With several nobody could say whom DMARC was asked about (RFC 7489 6.6.1).
fn sender(message: &Message<'_>) -> Option<String> {
    let mut headers = message.headers().iter().filter(|header| header.name == HeaderName::From);
    headers.next()?;
    if headers.next().is_some() {
        return None;
    }
    let mut addresses = message.from()?.iter();
    let address = addresses.next()?.address()?.trim().to_owned();
    // Nobody has such an address, and not every database keeps such a text.
    let readable = !address.contains(char::is_control);
    (readable && addresses.next().is_none()).then_some(address)
}

/// What stands in every Authentication-Results, from the top.
fn results(message: &Message<'_>) -> Vec<String> {
    let raw = message.raw_message();
    let named = message.headers().iter().filter(|header| header.name().eq_ignore_ascii_case("Authentication-Results"));
    let value = |from: u32, to: u32| raw.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?);
    let text = named.filter_map(|header| value(header.offset_start, header.offset_end));
    text.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

/// Why a mail can't ever be delivered, where this is the report of it (RFC 3464 2.3).
fn report(message: &Message<'_>) -> Option<String> {
    let is_status = |part: &&mail_parser::MessagePart<'_>| {
        part.content_type().is_some_and(|kind| {
            let sub = kind.subtype().unwrap_or_default();
            kind.ctype().eq_ignore_ascii_case("message") && sub.eq_ignore_ascii_case("delivery-status")
        })
    };
    let status = message.parts.iter().find(is_status)?;
    let text = String::from_utf8_lossy(status.contents()).into_owned();
    let field = |name: &str| {
        let found =
            text.lines().filter_map(|line| line.split_once(':')).find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let failed = field("Action")?.eq_ignore_ascii_case("failed") && field("Status")?.starts_with('5');
    failed.then(|| field("Diagnostic-Code").or_else(|| field("Status")).unwrap_or_default())
}

/// The first calendar part, or what is attached as one.
fn calendar(message: &Message<'_>) -> Option<Vec<u8>> {
    let is_calendar = |part: &&mail_parser::MessagePart<'_>| {
        part.content_type().is_some_and(|kind| {
            let (main, sub) = (kind.ctype(), kind.subtype().unwrap_or_default());
            (main.eq_ignore_ascii_case("text") && sub.eq_ignore_ascii_case("calendar"))
                || (main.eq_ignore_ascii_case("application") && sub.eq_ignore_ascii_case("ics"))
        })
    };
    message.parts.iter().find(is_calendar).map(|part| part.contents().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Authentication-Results: mx.example.org;\r\n dmarc=pass header.from=example.com\r\n\
        From: Ada <ada@example.com>\r\nTo: oncall+x@roster.example.org\r\nMessage-ID: <1@example.com>\r\n\
        Content-Type: text/calendar; method=REPLY; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        QkVHSU46VkNBTEVOREFSDQo=\r\n";

    fn read(text: &str) -> Incoming {
        incoming(text.as_bytes(), "oncall+x@roster.example.org", Some("mx.example.org")).unwrap()
    }

    #[test]
    fn an_address_with_a_control_character_is_nobodys() {
        for from in ["a\0da@example.com", "ada@exa\u{7}mple.com"] {
            assert_eq!(read(&MAIL.replace("ada@example.com", from)).from, None, "{from:?}");
        }
    }

    #[test]
    fn a_calendar_part_is_decoded_and_its_sender_vouched_for() {
        let mail = read(MAIL);
        assert_eq!(mail.calendar.as_deref(), Some(&b"BEGIN:VCALENDAR\r\n"[..]));
        assert_eq!((mail.from.as_deref(), mail.id.as_str()), (Some("ada@example.com"), "1@example.com"));
        assert!(mail.vouched && !mail.automatic);
    }

    #[test]
    fn who_says_two_names_is_nobody_and_what_a_program_says_is_known_as_that() {
        let two = MAIL.replace("From: Ada <ada@example.com>", "From: ada@example.com\r\nFrom: ben@example.com");
        assert_eq!(read(&two).from, None);
        let both = MAIL.replace("From: Ada <ada@example.com>", "From: ada@example.com, ben@example.com");
        assert_eq!(read(&both).from, None);
        assert!(read(&format!("Auto-Submitted: auto-replied\r\n{MAIL}")).automatic);
        assert!(!read(&format!("Auto-Submitted: no\r\n{MAIL}")).automatic);
    }

    #[test]
    fn a_report_says_why_a_mail_is_lost_and_one_of_a_delay_says_nothing() {
        let dsn = "From: MAILER-DAEMON@mx.example.org\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n \
            boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: \
            message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; \
            ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n";
        assert_eq!(read(dsn).report.as_deref(), Some("smtp; 550 5.1.1 no such user"));
        assert_eq!(read(&dsn.replace("failed", "delayed").replace("Status: 5", "Status: 4")).report, None);
        assert_eq!(read(MAIL).report, None);
    }

    #[test]
    fn without_a_server_of_ours_nobody_is_vouched_for() {
        assert!(!incoming(MAIL.as_bytes(), "x", None).unwrap().vouched);
        let no_id = MAIL.replace("Message-ID: <1@example.com>\r\n", "");
        assert_eq!(read(&no_id).id, read(&no_id).id);
        assert_eq!(read(&no_id).id.len(), 64);
    }

    proptest::proptest! {
        #![proptest_config(crate::cases(256))]
        #[test]
        fn whatever_comes_is_read_or_not(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = incoming(&text, "x", Some("mx.example.org"));
            let _ = incoming(&[MAIL.as_bytes(), &text].concat(), "x", Some("mx.example.org"));
        }
    }
}
