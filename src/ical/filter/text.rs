//! CALDAV:text-match: does a text contain another, under a collation (RFC 4790, RFC 5051).

use super::{Collation, TextMatch};

impl TextMatch {
    /// Whether a value matches, negation included.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        let found = match self.collation {
            Collation::Octet => value.contains(&self.text),
            Collation::AsciiCasemap => contains_ignoring_ascii_case(value, &self.text),
            Collation::UnicodeCasemap => casemap(value).contains(&casemap(&self.text)),
        };
        found != self.negate
    }
}

fn contains_ignoring_ascii_case(value: &str, wanted: &str) -> bool {
    let (value, wanted) = (value.as_bytes(), wanted.as_bytes());
    wanted.is_empty() || value.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}

/// Upper case first, so that letters with two lower cases meet, then lower. Without the decomposition of RFC 5051: a
/// composed and a decomposed accent stay different.
fn casemap(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(collation: Collation, value: &str, text: &str) -> bool {
        let matched = TextMatch { text: text.into(), collation, negate: false };
        let negated = TextMatch { negate: true, ..matched.clone() };
        assert_ne!(matched.holds(value), negated.holds(value));
        matched.holds(value)
    }

    #[test]
    fn collations_differ_in_whose_case_they_ignore() {
        use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
        assert!(holds(AsciiCasemap, "On call: Payments", "PAY") && !holds(Octet, "On call: Payments", "PAY"));
        assert!(!holds(AsciiCasemap, "ÄRZTE", "ärzte") && holds(UnicodeCasemap, "ÄRZTE", "ärzte"));
        assert!(holds(UnicodeCasemap, "ΣΊΣΥΦΟΣ", "σίσυφος"));
        assert!(holds(Octet, "é", "é") && holds(AsciiCasemap, "anything", ""));
    }
}
