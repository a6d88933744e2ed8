//! Mail on its way to the relay: a message with its parts (RFC 2045, RFC 6047), and the SMTP of it (RFC 5321). The
//! relay is named by the configuration, so that nobody else's choice of address leads anywhere.

use crate::config::{Mail, Relay, Security};
use crate::time::Instant;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport as _, Message, Tokio1Executor};
use std::io;
use std::time::{Duration, SystemTime};

/// How long the relay may take for each step.
const PATIENCE: Duration = Duration::from_secs(30);
/// Answers by which a relay says that it doesn't take our sign-in: the operator mends that, no message is to blame.
const SIGN_IN: [u16; 5] = [454, 530, 534, 535, 538];

/// A mail as it is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Message-ID without its brackets.
    pub id: &'a str,
    /// When it was written.
    pub at: Instant,
    /// From whom: name and address.
    pub from: (&'a str, &'a str),
    /// Who sends it on their behalf, where that is another address (RFC 5322 3.6.2).
    pub sender: Option<&'a str>,
    /// To whom: name and address.
    pub to: (Option<&'a str>, &'a str),
    /// Where answers go.
    pub reply_to: Option<&'a str>,
    /// Where it goes when it can't be delivered.
    pub return_path: &'a str,
    /// One line.
    pub subject: &'a str,
    /// The text part.
    pub text: &'a str,
    /// The HTML part.
    pub html: &'a str,
    /// The calendar part: METHOD and object.
    pub calendar: Option<(&'a str, &'a str)>,
}

/// Why the relay has not taken a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// It may another time.
    #[error("{0}")]
    Later(String),
    /// It never will.
    #[error("{0}")]
    Never(String),
    /// It never will, since nobody has that address.
    #[error("{0}")]
    Nobody(String),
}

/// The server that takes our mail. Cheap to clone.
#[derive(Clone)]
pub struct MailRelay {
    inner: AsyncSmtpTransport<Tokio1Executor>,
}

impl MailRelay {
    /// The configured one, where there is one. Trusts the certificates that the system trusts.
    pub fn new(settings: &Mail) -> io::Result<Option<Self>> {
        let wrong = |problem: String| io::Error::new(io::ErrorKind::InvalidInput, problem);
        let Some(relay) = settings.relay().map_err(wrong)? else { return Ok(None) };
        let Relay { host, port, security } = relay;
        let tls = match security {
            Security::Tls => Tls::Wrapper(parameters(&host).map_err(wrong)?),
            Security::Starttls => Tls::Required(parameters(&host).map_err(wrong)?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(hello(settings.from.as_deref()));
        if let (Some(user), Some(password)) = (&settings.user, settings.password()?) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
        }
        Ok(Some(Self { inner: builder.build() }))
    }

    /// Hands a message over; it is the relay's from then on.
    pub async fn send(&self, post: &Post<'_>) -> Result<(), Undelivered> {
        let (envelope, message) = written(post).map_err(Undelivered::Never)?;
        self.inner.send_raw(&envelope, &message).await.map(drop).map_err(|error| judged(&error))
    }
}

/// Whom the relay is greeted as: the domain of our address.
fn hello(from: Option<&str>) -> ClientId {
    let domain = from.and_then(|from| from.rsplit_once('@')).map_or("localhost", |(_, domain)| domain);
    ClientId::Domain(domain.to_owned())
}

fn parameters(host: &str) -> Result<TlsParameters, String> {
    TlsParameters::builder(host.to_owned()).build_rustls().map_err(|error| error.to_string())
}

/// What an error means for the message.
fn judged(error: &smtp::Error) -> Undelivered {
    let said: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let code = error.status().map(u16::from);
    if !error.is_permanent() || code.is_some_and(|code| SIGN_IN.contains(&code)) {
        return Undelivered::Later(said);
    }
    // RFC 3463: 5.1.x is about the address, 5.2.x about the mailbox; without such a number the reply code has to do.
    let about = |prefix: &str| said.split_whitespace().any(|word| word.starts_with(prefix));
    let enhanced = said.split_whitespace().any(|word| word.starts_with("5.") && word.matches('.').count() == 2);
    let nobody = about("5.1.") || about("5.2.") || (!enhanced && matches!(code, Some(550 | 551 | 553)));
    if nobody { Undelivered::Nobody(said) } else { Undelivered::Never(said) }
}

/// The envelope and the text of a message; why it can't be written.
fn written(post: &Post<'_>) -> Result<(Envelope, Vec<u8>), String> {
    let address = |text: &str| text.parse::<Address>().map_err(|_| format!("{text} is no address"));
    let mailbox = |name: Option<&str>, text: &str| Ok::<_, String>(Mailbox::new(name.map(one_line), address(text)?));
    let envelope = Envelope::new(Some(address(post.return_path)?), vec![address(post.to.1)?]);
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}>", post.id)))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(post.at.millis()).unwrap_or(0)))
        .from(mailbox(Some(post.from.0), post.from.1)?)
        .to(mailbox(post.to.0, post.to.1)?)
        .subject(one_line(post.subject));
    if let Some(sender) = post.sender {
        builder = builder.sender(mailbox(None, sender)?);
    }
    if let Some(reply_to) = post.reply_to {
        builder = builder.reply_to(mailbox(None, reply_to)?);
    }
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "OOF, AutoReply")] {
        // Both names are ASCII without a colon.
        if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
            builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
        }
    }
    let mut parts = MultiPart::alternative()
        .singlepart(SinglePart::plain(post.text.to_owned()))
        .singlepart(SinglePart::html(post.html.to_owned()));
    if let Some((method, calendar)) = post.calendar {
        parts = parts.singlepart(calendar_part(method, calendar)?);
    }
    let message = builder.multipart(parts).map_err(|error| error.to_string())?;
    Ok((envelope.map_err(|error| error.to_string())?, message.formatted()))
}

/// RFC 6047 2.4: the method stands in the type, too.
fn calendar_part(method: &str, calendar: &str) -> Result<SinglePart, String> {
    let token: String = method.chars().filter(char::is_ascii_alphabetic).collect();
    let kind = format!("text/calendar; method={token}; charset=UTF-8; component=VEVENT");
    let kind = ContentType::parse(&kind).map_err(|error| error.to_string())?;
    Ok(SinglePart::builder().header(kind).body(calendar.to_owned()))
}

/// A header's text: no line ends, by which it would begin another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";

    fn post() -> Post<'static> {
        Post {
            id: "0190@calendar.example.org",
            at: Instant::from_millis(1_798_761_600_000),
            from: ("Payments on-call", "oncall@example.org"),
            sender: None,
            to: (Some("Ada Okafor"), "ada@example.org"),
            reply_to: Some("oncall+tag@roster.example.org"),
            return_path: "oncall@example.org",
            subject: "Can you stand it?",
            text: "Text\n",
            html: "<p>Text</p>",
            calendar: Some(("REQUEST", CALENDAR)),
        }
    }

    fn text(post: &Post<'_>) -> String {
        String::from_utf8(written(post).unwrap().1).unwrap()
    }

    #[test]
    fn a_mail_has_text_html_and_calendar_of_one_content_and_asks_for_no_automatic_answer() {
        let text = text(&post());
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "Message-ID: <0190@calendar.example.org>",
            "From: \"Payments on-call\" <oncall@example.org>",
            "To: \"Ada Okafor\" <ada@example.org>",
            "Reply-To: oncall+tag@roster.example.org",
            "Auto-Submitted: auto-generated",
            "Date: Fri, 01 Jan 2027 00:00:00 +0000",
        ] {
            assert!(head.lines().any(|known| known == line), "{line} in {head}");
        }
        assert!(head.contains("multipart/alternative"), "{head}");
        let at = |kind: &str| body.find(kind).unwrap_or_else(|| panic!("{kind} in {body}"));
        let calendar = at("text/calendar; method=REQUEST; charset=utf-8");
        assert!(at("text/plain") < at("text/html") && at("text/html") < calendar, "the last is what is shown first");
    }

    #[test]
    fn no_name_or_subject_begins_a_header() {
        let hostile = "x\r\nBcc: everybody@example.com\r\n\r\nbody";
        let post = Post {
            subject: hostile,
            from: (hostile, "oncall@example.org"),
            to: (Some(hostile), "a@b.example"),
            ..post()
        };
        let text = text(&post);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
        let written = written(&Post { to: (None, "a@b.example>\r\nRCPT TO:<c@d.example"), ..post });
        assert!(written.unwrap_err().contains("no address"));
    }

    #[test]
    fn what_is_not_ascii_travels_in_encoded_words_and_parts() {
        let text = text(&Post { subject: "Ça va? 好", text: "Grüße", ..post() });
        assert!(text.is_ascii() && text.contains("Subject: =?utf-8?"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 998), "RFC 5322 2.1.1");
    }
}
