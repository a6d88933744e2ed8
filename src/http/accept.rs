//! Which coding a client wants its answer in (Accept-Encoding, RFC 9110 12.5.3).

use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;

/// What a client says of the codings that we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codings {
    /// It takes gzip, and not less gladly than the plain answer.
    pub gzip: bool,
    /// It doesn't take the plain answer.
    pub packed_only: bool,
}

impl Codings {
    /// Reads the header. Whoever sends none gets a plain answer: old programs say nothing and unpack nothing.
    pub fn of(headers: &HeaderMap) -> Self {
        if !headers.contains_key(ACCEPT_ENCODING) {
            return Self::default();
        }
        let (mut gzip, mut identity, mut any) = (None, None, None);
        let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        for item in lines.flat_map(|line| line.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let weight = (parts.next().unwrap_or_default(), parts.find_map(weight).unwrap_or(1_000));
            match weight {
                (name, weight) if is(name, "gzip") || is(name, "x-gzip") => gzip = gzip.max(Some(weight)),
                (name, weight) if is(name, "identity") => identity = Some(weight),
                ("*", weight) => any = Some(weight),
                _ => {}
            }
        }
        let weight = gzip.or(any).unwrap_or(0);
        // What isn't named is taken after what is.
        let gzip = weight > 0 && identity.is_none_or(|plain| weight >= plain);
        Self { gzip, packed_only: gzip && identity.or(any) == Some(0) }
    }
}

fn is(name: &str, known: &str) -> bool {
    name.eq_ignore_ascii_case(known)
}

/// A weight in thousandths; one that is none refuses.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !is(name.trim(), "q") {
        return None;
    }
    let weight = value.trim().parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight));
    // From 0 to 1000.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some((weight.unwrap_or(0.0) * 1_000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codings(lines: &[&str]) -> (bool, bool) {
        let headers = lines.iter().map(|line| (ACCEPT_ENCODING, line.parse().unwrap()));
        let Codings { gzip, packed_only } = Codings::of(&headers.collect());
        (gzip, packed_only)
    }

    #[test]
    fn the_client_s_word_decides() {
        for (line, gzip) in [
            ("gzip", true),
            ("GZip;Q=0.001", true),
            ("x-gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("deflate;q=1, gzip ; q=0.5", true),
            ("*", true),
            ("br, *;q=0.1", true),
            ("gzip;q=1.0, identity;q=0.5", true),
            ("gzip, identity", true),
            ("gzip;q=0.5, identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000, *", false),
            ("*;q=0", false),
            ("identity", false),
            ("deflate, br", false),
            ("gzip;q=2", false),
            ("gzip;q=one", false),
            ("gzip;q=NaN", false),
            ("", false),
        ] {
            assert_eq!(codings(&[line]), (gzip, false), "{line}");
        }
        assert_eq!(codings(&[]), (false, false));
        assert_eq!(codings(&["br", "gzip"]), (true, false));
    }

    #[test]
    fn a_plain_answer_may_be_refused() {
        assert_eq!(codings(&["gzip, identity;q=0"]), (true, true));
        assert_eq!(codings(&["gzip, *;q=0"]), (true, true));
        assert_eq!(codings(&["identity;q=0"]), (false, false));
    }
}
