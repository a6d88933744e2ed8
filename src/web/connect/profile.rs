//! Accounts that need no typing: a configuration profile for Apple's devices, an address that opens DAVx⁵ with everything
//! filled in, and the same as a code to be photographed.

use crate::http::Problem;
use crate::service::Service;
use crate::web::fields::Fields;
use crate::web::frame::Viewer;
use crate::web::go::Answer;
use crate::web::texts::escape;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use axum::routing::post;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub fn routes() -> Router<Service> {
    Router::new().route("/me/connect/profile", post(download))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    password: String,
}

/// `POST /me/connect/profile`: the profile with a password that was just made, which has to be right.
async fn download(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Wanted>) -> Answer {
    let person = &viewer.visitor.person;
    let login = service.authenticate_basic(person.id.as_str(), &form.password).await?;
    login.filter(|login| login.person == person.id).ok_or_else(Problem::not_found)?;
    let profile = profile(service.public_url(), (person.id.as_str(), &person.email), &form.password);
    let headers = [
        (CONTENT_TYPE, "application/x-apple-aspen-config"),
        (CONTENT_DISPOSITION, "attachment; filename=\"dogwatch.mobileconfig\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, profile).into_response())
}

/// Whether it is TLS, the host with its port, and the path before everything else.
fn parts(public_url: &str) -> (bool, &str, &str) {
    let tls = public_url.starts_with("https://");
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    match rest.find('/') {
        Some(at) => (tls, rest.get(..at).unwrap_or(rest), rest.get(at..).unwrap_or_default()),
        None => (tls, rest, ""),
    }
}

/// A text as one segment of an address.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// An address that Android hands to DAVx⁵ (its manual, 7.1.2): it takes user name and password out of it.
pub fn login(public_url: &str, user: &str, password: &str) -> String {
    let (tls, authority, path) = parts(public_url);
    let scheme = if tls { "davx5" } else { "caldav" };
    format!("{scheme}://{}:{}@{authority}{path}/dav/", segment(user), segment(password))
}

/// A configuration profile with one CalDAV account (Apple's `com.apple.caldav.account`).
fn profile(public_url: &str, (person, email): (&str, &str), password: &str) -> String {
    let (tls, authority, path) = parts(public_url);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (authority, if tls { "443" } else { "80" }),
    };
    let principal = format!("{path}/dav/principals/users/{}/", segment(person));
    let identifier = format!("{host}.dogwatch.{person}");
    let text = |name: &str, value: &str| format!("<key>{name}</key><string>{}</string>\n", escape(value));
    let account = [
        text("PayloadType", "com.apple.caldav.account"),
        text("PayloadIdentifier", &format!("{identifier}.caldav")),
        text("PayloadUUID", &uuid::Uuid::now_v7().to_string().to_uppercase()),
        text("PayloadDisplayName", "Dogwatch"),
        "<key>PayloadVersion</key><integer>1</integer>\n".to_owned(),
        text("CalDAVAccountDescription", "Dogwatch"),
        text("CalDAVHostName", host),
        format!("<key>CalDAVPort</key><integer>{port}</integer>\n"),
        format!("<key>CalDAVUseSSL</key><{tls}/>\n"),
        text("CalDAVPrincipalURL", &principal),
        text("CalDAVUsername", email),
        text("CalDAVPassword", password),
    ];
    let whole = [
        text("PayloadType", "Configuration"),
        text("PayloadIdentifier", &identifier),
        text("PayloadUUID", &uuid::Uuid::now_v7().to_string().to_uppercase()),
        text("PayloadDisplayName", "Dogwatch"),
        text("PayloadDescription", "Adds your on-call calendars to Calendar."),
        "<key>PayloadVersion</key><integer>1</integer>\n".to_owned(),
    ];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\"><dict>\n{}<key>PayloadContent</key><array><dict>\n{}</dict></array>\n</dict></plist>\n",
        whole.concat(),
        account.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_server_account_and_principal() {
        let text = profile("https://calendar.example.org:8443/duty", ("ada", "a&b@example.org"), "dw-1");
        for line in [
            "<key>CalDAVHostName</key><string>calendar.example.org</string>",
            "<key>CalDAVPort</key><integer>8443</integer>",
            "<key>CalDAVUseSSL</key><true/>",
            "<key>CalDAVPrincipalURL</key><string>/duty/dav/principals/users/ada/</string>",
            "<key>CalDAVUsername</key><string>a&#38;b@example.org</string>",
            "<key>CalDAVPassword</key><string>dw-1</string>",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        let plain = profile("http://127.0.0.1", ("ada", "a@example.org"), "dw-1");
        assert!(plain.contains("<integer>80</integer>") && plain.contains("<key>CalDAVUseSSL</key><false/>"));
    }

    #[test]
    fn an_address_that_opens_davx5_holds_what_it_asks_for() {
        assert_eq!(
            login("https://calendar.example.org", "ada", "dw-1-x"),
            "davx5://ada:dw-1-x@calendar.example.org/dav/"
        );
        assert_eq!(login("http://127.0.0.1:80", "a b", "x@y"), "caldav://a%20b:x%40y@127.0.0.1:80/dav/");
    }
}
