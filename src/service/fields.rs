//! Fields as people type them, checked once for every way in: command line, import and API.

use super::ServiceError;
use crate::ids::is_slug;
use crate::time::{Day, Zone};

/// An identifier of a person or team.
pub fn slug(field: &str, text: &str) -> Result<String, ServiceError> {
    if is_slug(text) {
        return Ok(text.to_owned());
    }
    let wanted = "must be 1 to 63 lower-case letters a to z, digits and inner hyphens, such as \"ada\"";
    Err(ServiceError::invalid(field, format!("\"{text}\" {wanted}")))
}

/// A name as it is shown.
pub fn name(field: &str, text: &str) -> Result<String, ServiceError> {
    let name = text.trim();
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(ServiceError::invalid(field, "must be 1 to 200 bytes of text in one line"));
    }
    Ok(name.to_owned())
}

/// A mail address, in lower case.
pub fn email(field: &str, text: &str) -> Result<String, ServiceError> {
    let email = text.trim().to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | ';' | ':' | '\\' | '(' | ')');
    let shaped = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    if shaped && email.len() <= 254 && email.chars().all(plain) {
        return Ok(email);
    }
    Err(ServiceError::invalid(field, format!("\"{}\" is not a mail address like ada@example.org", text.trim())))
}

/// A telephone number in E.164, `+447700900123`; spaces, hyphens, dots and brackets are dropped.
pub fn phone(field: &str, text: &str) -> Result<String, ServiceError> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect();
    let digits = kept.strip_prefix('+').unwrap_or_default();
    if (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0') {
        return Ok(kept);
    }
    let wanted = "must be in international form, such as +44 7700 900123";
    Err(ServiceError::invalid(field, format!("\"{}\" {wanted}", text.trim())))
}

/// An IANA time zone.
pub fn zone(field: &str, text: &str) -> Result<Zone, ServiceError> {
    let wanted = "is not a time zone; use an IANA name such as Europe/London";
    text.trim().parse().map_err(|_| ServiceError::invalid(field, format!("\"{}\" {wanted}", text.trim())))
}

/// A day, `2026-12-01`.
pub fn day(field: &str, text: &str) -> Result<Day, ServiceError> {
    let wanted = "is not a day; write it as 2026-12-01";
    text.trim().parse().map_err(|_| ServiceError::invalid(field, format!("\"{}\" {wanted}", text.trim())))
}

/// A share of full load in percent: `80`, `80%` or `0.8`.
pub fn fte(field: &str, text: &str) -> Result<u32, ServiceError> {
    let typed = text.trim().trim_end_matches('%').trim();
    let percent = match typed.split_once('.') {
        Some((whole, part)) if part.len() <= 2 && (typed.len() < 4 || whole.len() == 1) => {
            format!("{whole}{part:0<2}").parse().ok()
        }
        Some(_) => None,
        None => typed.parse::<u32>().ok(),
    };
    match percent {
        Some(percent @ 1..=100) => Ok(percent),
        _ => Err(ServiceError::invalid(field, format!("\"{}\" must be a percentage from 1 to 100", text.trim()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_kept_in_international_form() {
        assert_eq!(phone("phone", "+44 (7700) 900-123").unwrap(), "+447700900123");
        for wrong in ["07700 900123", "+0123456789", "+44", "+44x7700900123", ""] {
            assert!(phone("phone", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_compared_in_lower_case_and_carries_nothing_else() {
        assert_eq!(email("email", " Ada@Example.org ").unwrap(), "ada@example.org");
        for wrong in ["ada", "a b@example.org", "Ada <ada@example.org>", "a@b@c", "@x", "a@", "a@x\r\nBcc:b@x"] {
            assert!(email("email", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_a_percentage_however_it_is_written() {
        for (text, percent) in [("80", 80), ("80%", 80), ("0.8", 80), ("0.85", 85), ("1.0", 100), ("100", 100)] {
            assert_eq!(fte("fte", text).unwrap(), percent, "{text}");
        }
        for wrong in ["0", "101", "80.5", "much", "-1", "1.5", ""] {
            assert!(fte("fte", wrong).is_err(), "{wrong}");
        }
    }
}
