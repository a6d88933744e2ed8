//! Follows the framing of the requests on one connection, beside hyper, for two things that hyper keeps to itself: when
//! a request's head begins, and whether it named both Content-Length and Transfer-Encoding (RFC 9112 6.3).

/// Bytes of one header line that are kept; a longer one can't be one of the two that matter.
const LINE: usize = 256;

/// Where in the stream of requests a connection is.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    line: Vec<u8>,
    line_number: usize,
    length: Option<u64>,
    lengths: bool,
    encoded: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte of a head.
    #[default]
    Between,
    /// Inside a head.
    Head,
    /// Inside a body of which so many bytes are to come.
    Body(u64),
    /// After a head whose body has no length: such a connection serves no further request, so nothing more is read.
    Last,
}

/// What a finished head said of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Content-Length, or no body.
    Known,
    /// Transfer-Encoding.
    Chunked,
    /// Both: the request must be refused, since a proxy before us may have read the other one.
    Contradictory,
}

impl Framing {
    /// Whether part of a head has come, and not all of it.
    #[must_use]
    pub fn in_head(&self) -> bool {
        self.state == State::Head
    }

    /// Takes the next bytes of the stream and reports each head that ends in them.
    pub fn feed(&mut self, mut bytes: &[u8], mut report: impl FnMut(Length)) {
        while !bytes.is_empty() {
            match self.state {
                State::Last => return,
                State::Body(left) => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let rest = left - here as u64;
                    self.state = if rest == 0 { State::Between } else { State::Body(rest) };
                    bytes = bytes.get(here..).unwrap_or_default();
                }
                State::Between | State::Head => {
                    let end = bytes.iter().position(|b| *b == b'\n');
                    let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
                    let room = LINE.saturating_sub(self.line.len()).min(line.len());
                    self.line.extend_from_slice(line.get(..room).unwrap_or_default());
                    self.state = State::Head;
                    if end.is_some() {
                        self.end_line(&mut report);
                    }
                    bytes = rest;
                }
            }
        }
    }

    fn end_line(&mut self, report: &mut impl FnMut(Length)) {
        let mut line = std::mem::take(&mut self.line);
        self.read_line(&line, report);
        line.clear();
        self.line = line;
    }

    fn read_line(&mut self, line: &[u8], report: &mut impl FnMut(Length)) {
        let text = line.trim_ascii();
        if text.is_empty() {
            // Empty lines before the request line belong to nobody (RFC 9112 2.2).
            if self.line_number == 0 {
                self.state = State::Between;
            } else {
                self.end_head(report);
            }
            return;
        }
        self.line_number += 1;
        if self.line_number == 1 {
            return;
        }
        let mut parts = text.splitn(2, |b| *b == b':');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encoded = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths = true;
            self.length = std::str::from_utf8(value.trim_ascii()).ok().and_then(|digits| digits.parse().ok());
        }
    }

    fn end_head(&mut self, report: &mut impl FnMut(Length)) {
        let length = match (self.encoded, self.lengths) {
            (true, true) => Length::Contradictory,
            (true, false) => Length::Chunked,
            (false, _) => Length::Known,
        };
        let state = match (length, self.length) {
            // hyper refuses a length that is no number.
            (Length::Known, None) if self.lengths => State::Last,
            (Length::Known, None | Some(0)) => State::Between,
            (Length::Known, Some(bytes)) => State::Body(bytes),
            _ => State::Last,
        };
        *self = Self { state, ..Self::default() };
        report(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the text in pieces of each size and expects the same reports from all.
    fn heads(text: &str) -> Vec<Length> {
        let of_size = |size: usize| {
            let (mut framing, mut heads) = (Framing::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                framing.feed(piece, |length| heads.push(length));
            }
            heads
        };
        let whole = of_size(usize::MAX);
        for size in 1..40 {
            assert_eq!(of_size(size), whole, "in pieces of {size}");
        }
        whole
    }

    #[test]
    fn both_lengths_are_seen_in_either_order() {
        let first = "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        let second = "POST / HTTP/1.1\r\ntransfer-ENCODING: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n";
        assert_eq!(heads(first), [Length::Contradictory]);
        assert_eq!(heads(second), [Length::Contradictory]);
    }

    #[test]
    fn a_body_is_not_read_as_a_head() {
        let body = "A: b\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n";
        let text = format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}GET / HTTP/1.1\r\n\r\n", body.len());
        assert_eq!(heads(&text), [Length::Known, Length::Known]);
    }

    #[test]
    fn empty_lines_before_a_request_are_skipped() {
        assert_eq!(heads("\r\n\r\nGET / HTTP/1.1\nHost: x\n\n"), [Length::Known]);
    }

    #[test]
    fn a_half_head_is_in_head_until_its_last_byte() {
        let mut framing = Framing::default();
        assert!(!framing.in_head());
        framing.feed(b"GET / HTTP/1.1\r\nHost: x\r\n\r", |_| ());
        assert!(framing.in_head());
        framing.feed(b"\n", |_| ());
        assert!(!framing.in_head());
    }

    #[test]
    fn a_long_header_line_keeps_no_memory() {
        let mut framing = Framing::default();
        framing.feed(b"GET / HTTP/1.1\r\nX: ", |_| ());
        framing.feed("a".repeat(100_000).as_bytes(), |_| ());
        assert!(framing.line.capacity() <= 2 * LINE);
    }
}
