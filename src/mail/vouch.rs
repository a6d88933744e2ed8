//! What our own mail server found out about a mail (Authentication-Results, RFC 8601): only its own words count, since
//! anybody can write such a line.

/// Whether the server of this name says that the domain of `from` has sent the mail (DMARC, RFC 7489). `lines` are the
/// values of all Authentication-Results, from the top. Where its name stands on several verdicts, one is forged: our
/// server takes such lines out before it writes its own.
pub(super) fn is_vouched<'t>(lines: impl Iterator<Item = &'t str>, server: &str, from: &str) -> bool {
    let Some((_, domain)) = from.rsplit_once('@') else { return false };
    let verdicts: Vec<Verdict> = lines.filter_map(|line| read(line, server)).flatten().collect();
    let [one] = verdicts.as_slice() else { return false };
    one.result == "pass" && one.of.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(domain))
}

/// A DMARC verdict.
struct Verdict {
    result: String,
    /// The domain that it is about.
    of: Option<String>,
}

/// The DMARC verdicts of a line, where this server has written it.
fn read(line: &str, server: &str) -> Option<Vec<Verdict>> {
    let line = without_comments(line);
    let mut parts = line.split(';');
    // Behind the name a version may stand.
    let name = parts.next()?.split_whitespace().next()?;
    if !name.eq_ignore_ascii_case(server) {
        return None;
    }
    Some(parts.filter_map(verdict).collect())
}

fn verdict(part: &str) -> Option<Verdict> {
    let mut words = part.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    if !method.split('/').next()?.eq_ignore_ascii_case("dmarc") {
        return None;
    }
    let of = words.find_map(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case("header.from").then(|| value.trim_matches('"').to_owned())
    });
    Some(Verdict { result: result.to_ascii_lowercase(), of })
}

/// Comments may stand between words, and in each other. Each is a space: what stands before and behind one are two words,
/// or a name that is not ours would become ours.
fn without_comments(line: &str) -> String {
    let (mut plain, mut depth, mut escaped) = (String::with_capacity(line.len()), 0_u32, false);
    for c in line.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if depth > 0 => escaped = true,
            '(' => {
                depth += 1;
                plain.push(' ');
            }
            ')' if depth > 0 => depth -= 1,
            c if depth == 0 => plain.push(if c.is_control() { ' ' } else { c }),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vouched(lines: &[&str]) -> bool {
        is_vouched(lines.iter().copied(), "mx.example.org", "Ada@Example.com")
    }

    #[test]
    fn no_comment_and_no_escape_joins_words_to_a_name_of_ours() {
        for forged in [
            "mx.exam(x)ple.org; dmarc=pass header.from=example.com",
            "mx.exam\\xple.org; dmarc=pass header.from=example.com",
            "mx).example.org; dmarc=pass header.from=example.com",
            "mx.example.org; dm(x)arc=pass header.from=example.com",
            "mx.example.org; dmarc=pass header.from=exam(x)ple.com",
            "mx.example.org; dmarc=pa\\xss header.from=example.com",
        ] {
            assert!(!vouched(&[forged]), "{forged}");
        }
        assert!(vouched(&["mx.example.org(a (nested \\) one)) 1; dmarc=pass(p=none)header.from=example.com"]));
    }

    #[test]
    fn our_own_server_vouches_for_the_domain_of_the_sender() {
        assert!(vouched(&["mx.example.org; dmarc=pass (p=none dis=none) header.from=example.com"]));
        assert!(vouched(&["MX.example.org 1;\r\n\tspf=pass smtp.mailfrom=x; dmarc=pass header.from=\"example.com\""]));
        assert!(vouched(&[
            "mx.example.org; dkim=pass header.d=example.com",
            "mx.example.org; dmarc=pass header.from=example.com"
        ]));
    }

    #[test]
    fn anybody_elses_word_is_nothing() {
        for lines in [
            &["mx.example.com; dmarc=pass header.from=example.com"][..],
            &["mx.example.org.evil.example; dmarc=pass header.from=example.com"],
            &["evil (; mx.example.org); dmarc=pass header.from=example.com"],
            &["mx.example.org; dmarc=fail header.from=example.com"],
            &["mx.example.org; dmarc=none header.from=example.com"],
            &["mx.example.org; dmarc=pass header.from=evil.example"],
            &["mx.example.org; dmarc=pass"],
            &["mx.example.org; spf=pass; dkim=pass header.d=example.com"],
            &["mx.example.org; none"],
            &[],
        ] {
            assert!(!vouched(lines), "{lines:?}");
        }
    }

    #[test]
    fn two_verdicts_under_our_name_are_a_forgery() {
        let (real, forged) = (
            "mx.example.org; dmarc=fail header.from=example.com",
            "mx.example.org; dmarc=pass header.from=example.com",
        );
        assert!(!vouched(&[real, forged]) && !vouched(&[forged, real]) && !vouched(&[forged, forged]));
    }
}
