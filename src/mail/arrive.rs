//! A mail as it arrived (RFC 5322, RFC 2045), read as far as it may be an answer. The parser takes any bytes; what it
//! can't make sense of is no answer.

use super::vouch::is_vouched;
use crate::service::mailbox::Incoming;
use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders as _};
use sha2::{Digest as _, Sha256};

/// Reads a mail that came to an address of ours. `server` is how our own mail server names itself where it vouches.
pub(super) fn incoming(text: &[u8], recipient: &str, server: Option<&str>) -> Option<Incoming> {
    let message = MessageParser::default().parse(text)?;
    let from = sender(&message);
    let vouched = match (server, &from) {
        (Some(server), Some(from)) => is_vouched(results(&message).iter().map(String::as_str), server, from),
        _ => false,
    };
    let automatic = message
        .header_raw("Auto-Submitted")
        .is_some_and(|said| !said.trim().split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("no"));
    let id = message
        .message_id()
        .map(str::to_owned)
        .unwrap_or_else(|| Sha256::digest(text).iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}")));
    let recipient = recipient.to_owned();
    Some(Incoming { recipient, from, id, vouched, automatic, calendar: calendar(&message) })
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
    addresses.next().is_none().then_some(address)
}

/// What stands in every Authentication-Results, from the top.
fn results(message: &Message<'_>) -> Vec<String> {
    let raw = message.raw_message();
    let named = message.headers().iter().filter(|header| header.name().eq_ignore_ascii_case("Authentication-Results"));
    let value = |from: u32, to: u32| raw.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?);
    let text = named.filter_map(|header| value(header.offset_start, header.offset_end));
    text.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
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
