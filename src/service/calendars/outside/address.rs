//! Addresses of outside calendars, as people type them and calendar apps send them.

use crate::outbound::{Blocked, Reach};
use crate::service::ServiceError;

/// The address behind what was typed, judged: `webcal:` has no meaning of its own and is taken for `https:`.
pub(super) fn judged(reach: &Reach, typed: &str) -> Result<String, Blocked> {
    let typed = typed.trim();
    let webcal = |scheme: &str| ["webcal", "webcals"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let url = match typed.split_once(':') {
        Some((scheme, rest)) if webcal(scheme) => format!("https:{rest}"),
        _ => typed.to_owned(),
    };
    reach.judge(&url)?;
    Ok(url)
}

/// The same, with a refusal for whoever typed it.
pub(super) fn typed(reach: &Reach, text: &str) -> Result<String, ServiceError> {
    judged(reach, text).map_err(|blocked| ServiceError::invalid("url", blocked.to_string()))
}

/// The host of an address, for whom the rest is none of their business.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// What of an address is shown to others than whose calendar it is: often knowing all of it is the right to read it.
pub(super) fn shortened(url: &str) -> String {
    let scheme = url.split("://").next().unwrap_or_default();
    format!("{scheme}://{}/…", host(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webcal_means_https() {
        for typed in ["webcal://a.example/x.ics", "WEBCALS://a.example/x.ics", " https://a.example/x.ics\n"] {
            assert_eq!(judged(&Reach::default(), typed).unwrap(), "https://a.example/x.ics", "{typed}");
        }
    }

    #[test]
    fn what_is_not_spoken_to_is_refused_in_words() {
        for (typed, why) in [
            ("http://a.example/x.ics", "https://"),
            ("webcal://ada:secret@a.example/", "user name"),
            ("webcal://localhost/x", "not public"),
            ("webcal://169.254.169.254/x", "not public"),
            ("webcal://a.example:8443/x", "port"),
            ("webcal:a.example", "https://"),
            ("file:///etc/passwd", "no URL"),
            ("", "no URL"),
        ] {
            let said = judged(&Reach::default(), typed).unwrap_err().to_string();
            assert!(said.contains(why), "{typed}: {said}");
        }
    }

    #[test]
    fn others_see_the_host_alone() {
        assert_eq!(shortened("https://a.example:444/private-token/x.ics?key=1"), "https://a.example:444/…");
        assert_eq!(host("https://a.example?key=1"), "a.example");
    }
}
