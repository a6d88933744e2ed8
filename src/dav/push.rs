//! WebDAV-Push (the draft `webdav-push` of bitfire, as of May 2026): registration by POST, its removal, the header by
//! which a device is not told of what it did itself, and the message.
//!
//! DAVx5 sends neither `trigger` nor `content-encoding`; both are taken for the usual ones then.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::headers;
use super::props::http_date;
use super::write::Xml;
use super::xml::{DAV, Element, PUSH};
use crate::ids::{PersonId, TokenId};
use crate::service::calendars::{NewSubscription, PushNotice, Target, Triggers};
use crate::service::{Quiet, Service, ServiceError};
use crate::time::Instant;
use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding as _};
use hyper::header::{CONTENT_TYPE, EXPIRES, HeaderValue, LOCATION};
use hyper::{HeaderMap, Method, Response, StatusCode};

/// Where registrations are.
const REGISTRATIONS: &str = "/dav/push/";
const DONT_NOTIFY: &str = "push-dont-notify";

/// The registration that a path names.
pub fn registration(path: &str) -> Option<&str> {
    path.strip_prefix(REGISTRATIONS).filter(|id| !id.is_empty() && !id.contains('/'))
}

/// Whether a POST may be a registration: a body in XML, which nothing else is posted in.
pub fn is_register(method: &Method, headers: &HeaderMap) -> bool {
    let kind = headers::text(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    *method == Method::POST && matches!(kind.as_str(), "application/xml" | "text/xml")
}

/// Answers the POST of a `push-register`.
pub async fn register(call: &Call, target: &Target) -> Result<Response<Body>, Fault> {
    let root = call.xml()?.filter(|root| root.is(PUSH, "push-register"));
    let root = root.ok_or_else(|| Fault::bad_request("what is posted here as XML is a push-register"))?;
    let new = read(&root)?;
    let password = call.token.as_deref().map(TokenId::new);
    let password =
        password.ok_or_else(|| condition("push-not-available", "a subscription belongs to an app password"))?;
    let made = call.service.subscribe(&call.actor, &password, target, new).await;
    let made = made.map_err(|error| fault(call, &error))?;
    let mut response = answer::empty(StatusCode::NO_CONTENT);
    // An address that can't be a header is none that we could have been reached by.
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Fault::bad_request("the public URL is odd"));
    response.headers_mut().insert(LOCATION, value(&made.url)?);
    response.headers_mut().insert(EXPIRES, value(&http_date(made.expires))?);
    Ok(response)
}

/// Answers a request for a registration: only its owner may do anything with it, and that is to remove it.
pub async fn unregister(call: &Call, id: &str) -> Result<Response<Body>, Fault> {
    if call.method != Method::DELETE {
        return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, "a registration can only be deleted"));
    }
    call.service.unsubscribe(&call.actor, id).await.map_err(|error| call.fault(&error))?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

/// A refusal that the draft names.
fn condition(name: &str, why: impl Into<String>) -> Fault {
    Fault::with(StatusCode::FORBIDDEN, format!("<{name} xmlns=\"{PUSH}\"/>"), why)
}

fn fault(call: &Call, error: &ServiceError) -> Fault {
    match error {
        ServiceError::Conflict {
            code: code @ ("invalid-subscription" | "push-not-available" | "no-supported-trigger"),
            message,
            ..
        } => condition(code, message),
        ServiceError::NeedPrivileges { .. } | ServiceError::Forbidden(_) => {
            condition("push-not-available", error.to_string())
        }
        other => call.fault(other),
    }
}

fn read(root: &Element) -> Result<NewSubscription, Fault> {
    let bad = |why: &str| condition("invalid-subscription", why);
    let subscription = root.child(PUSH, "subscription").and_then(|one| one.child(PUSH, "web-push-subscription"));
    let subscription = subscription.ok_or_else(|| bad("there is no web-push-subscription"))?;
    let text = |name: &str| subscription.child(PUSH, name).map(|child| child.text().trim().to_owned());
    if text("content-encoding").is_some_and(|coding| coding != "aes128gcm") {
        return Err(bad("messages are encrypted with aes128gcm only"));
    }
    let key = subscription.child(PUSH, "subscription-public-key");
    if key.and_then(|key| key.attribute("type")).is_some_and(|kind| kind != "p256dh") {
        return Err(bad("the public key must be of the type p256dh"));
    }
    let bytes = |name: &str| text(name).and_then(|text| unbase64(&text));
    Ok(NewSubscription {
        endpoint: text("push-resource").ok_or_else(|| bad("there is no push-resource"))?,
        public_key: bytes("subscription-public-key")
            .ok_or_else(|| bad("messages are sent encrypted only, and there is no readable subscription-public-key"))?,
        auth: bytes("auth-secret").ok_or_else(|| bad("there is no readable auth-secret"))?,
        triggers: root.child(PUSH, "trigger").map(triggers),
        expires: root.child(PUSH, "expires").and_then(|expires| date(expires.text().trim())),
    })
}

fn triggers(trigger: &Element) -> Triggers {
    let depth = |update: &Element| match update.child(DAV, "depth").map(|depth| depth.text()).as_deref().map(str::trim)
    {
        Some("0") => 0,
        _ => 1,
    };
    Triggers {
        content: trigger.child(PUSH, "content-update").map(depth),
        property: trigger.child(PUSH, "property-update").is_some(),
    }
}

/// Base64 in any of its alphabets, with padding or without: clients differ.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let decoded =
        [Base64UrlUnpadded::decode_vec, Base64Url::decode_vec, Base64::decode_vec, Base64Unpadded::decode_vec];
    decoded.iter().find_map(|decode| decode(text).ok())
}

/// An IMF-fixdate (RFC 9110 5.6.7).
fn date(text: &str) -> Option<Instant> {
    let read = chrono::NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT").ok()?;
    Some(Instant::from(read.and_utc()))
}

/// Whom a request asks not to be told of what it does. Addresses that are no registrations of ours are left aside; whose
/// they are is looked at when somebody is told.
pub fn quiet(headers: &HeaderMap, service: &Service, person: &PersonId) -> Option<Quiet> {
    let lines: Vec<&str> = headers.get_all(DONT_NOTIFY).iter().filter_map(|line| line.to_str().ok()).collect();
    let all = lines.iter().any(|line| line.split(',').any(|item| item.trim() == "*"));
    let own = service.registrations();
    let named =
        || lines.iter().flat_map(|line| quoted(line)).filter_map(|url| Some(url.strip_prefix(&own)?.to_owned()));
    let subscriptions = if all { None } else { Some(named().collect::<Vec<_>>()) };
    let means_something = all || subscriptions.as_ref().is_some_and(|all| !all.is_empty());
    means_something.then(|| Quiet { person: person.clone(), subscriptions })
}

/// The quoted strings of a list (RFC 9110 5.6.4).
fn quoted(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = line.chars();
    while chars.by_ref().any(|c| c == '"') {
        let mut text = String::new();
        loop {
            match chars.next() {
                Some('"') => break,
                Some('\\') => text.extend(chars.next()),
                Some(c) => text.push(c),
                None => return found,
            }
        }
        found.push(text);
    }
    found
}

/// The message about a change, as its receiver reads it.
#[must_use]
pub fn message(notice: &PushNotice) -> String {
    let mut xml = Xml::default();
    xml.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<push-message xmlns=\"");
    xml.raw(PUSH);
    xml.raw("\" xmlns:D=\"DAV:\">");
    xml.text("topic", &notice.topic);
    if notice.content {
        xml.open("content-update");
        if let Some(token) = &notice.sync_token {
            xml.text("D:sync-token", token);
        }
        xml.close("content-update");
    }
    if notice.property {
        xml.empty("property-update");
    }
    xml.close("push-message");
    xml.take()
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    const KEYS: &str = "<subscription-public-key type=\"p256dh\">BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTB\
        Hm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4</subscription-public-key><auth-secret>BTBZMqHH6r4Tts7J_aSIgg</auth-secret>";

    fn register(inner: &str, rest: &str) -> Result<NewSubscription, Fault> {
        let text = format!(
            "<push-register xmlns=\"{PUSH}\" xmlns:D=\"DAV:\"><subscription><web-push-subscription>\
             <push-resource>https://up.example.net/x</push-resource>{inner}</web-push-subscription></subscription>{rest}\
             </push-register>"
        );
        read(&parse(text.as_bytes()).unwrap().unwrap())
    }

    #[test]
    fn what_davx5_leaves_out_is_taken_for_the_usual() {
        let new = register(KEYS, "<expires>Wed, 20 Dec 2023 10:03:31 GMT</expires>").unwrap();
        assert_eq!((new.public_key.len(), new.auth.len(), new.triggers), (65, 16, None));
        assert_eq!(http_date(new.expires.unwrap()), "Wed, 20 Dec 2023 10:03:31 GMT");
    }

    #[test]
    fn triggers_are_as_deep_as_they_are_asked_for() {
        let new = |trigger: &str| register(KEYS, &format!("<trigger>{trigger}</trigger>")).unwrap().triggers.unwrap();
        let both = new("<content-update><D:depth>infinity</D:depth></content-update><property-update/>");
        assert_eq!(both, Triggers { content: Some(1), property: true });
        let alone = new("<content-update><D:depth>0</D:depth></content-update>");
        assert_eq!(alone, Triggers { content: Some(0), property: false });
        assert_eq!(new("<other/>"), Triggers { content: None, property: false });
    }

    #[test]
    fn a_subscription_that_nothing_could_be_sent_to_is_refused() {
        for inner in
            ["", "<content-encoding>aesgcm</content-encoding>", "<auth-secret>BTBZMqHH6r4Tts7J_aSIgg</auth-secret>"]
        {
            let fault = register(inner, "").unwrap_err();
            assert!(
                fault.condition.unwrap().starts_with("<invalid-subscription xmlns=\"https://bitfire.at/"),
                "{inner}"
            );
        }
        let padded = KEYS.replace("aSIgg<", "aSIgg==<");
        assert_eq!(register(&padded, "").unwrap().auth.len(), 16);
    }

    #[test]
    fn quoted_addresses_are_found_in_a_list() {
        assert_eq!(quoted("\"https://a/1\", \"https://a/2,x\""), ["https://a/1", "https://a/2,x"]);
        assert_eq!(quoted("\"a\\\"b\", nothing, \"open"), ["a\"b"]);
    }
}
