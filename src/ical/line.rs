//! Bytes to logical lines (RFC 5545 3.1): unfolds bytes, not characters, and remembers where each line stands.
//! Lenient where real files need it: bare LF, a byte order mark, blank lines, no final newline.

use std::borrow::Cow;
use std::ops::Range;

/// Pieces that one logical line may be folded into: enough for 600 KB folded at 75 octets, and no room for a body
/// that is nothing but folds.
pub const MAX_FOLDS: usize = 8_192;

/// Text that cannot be read as iCalendar, with the physical line to look at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Malformed {
    /// Physical line, counted from 1.
    pub line: usize,
    /// What is wrong, as a sentence part without a full stop.
    pub problem: String,
}

impl Malformed {
    /// A problem at a physical line.
    pub fn new(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

/// One logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Physical line at which it begins, counted from 1.
    pub number: usize,
    /// Its bytes in the text, folds and final newline included.
    pub span: Range<usize>,
    /// Its content, unfolded.
    pub text: Cow<'a, str>,
}

/// The logical lines of a text, blank ones left out. Ends after the first error.
pub fn lines(text: &[u8]) -> Lines<'_> {
    let at = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    Lines { text, at, number: 0 }
}

/// Iterator over logical lines; see [`lines`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    /// The content of the physical line at the cursor, which moves past its newline. CRs before the LF belong to the
    /// newline: text-mode writers on Windows produce CR CR LF.
    fn physical(&mut self) -> Result<&'a [u8], Malformed> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (mut content, taken) = match rest.iter().position(|b| *b == b'\n') {
            Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
            None => (rest, rest.len()),
        };
        self.at += taken;
        self.number += 1;
        while let [before @ .., b'\r'] = content {
            content = before;
        }
        match content.iter().find(|b| matches!(b, 0 | b'\r')) {
            Some(0) => Err(Malformed::new(self.number, "a NUL character")),
            Some(_) => Err(Malformed::new(self.number, "a carriage return inside the line")),
            None => Ok(content),
        }
    }

    fn continues(&self) -> bool {
        matches!(self.text.get(self.at), Some(b' ' | b'\t'))
    }

    fn logical(&mut self) -> Result<Option<Line<'a>>, Malformed> {
        let (start, first) = loop {
            let start = self.at;
            if start >= self.text.len() {
                return Ok(None);
            }
            let content = self.physical()?;
            if !content.iter().all(|b| matches!(b, b' ' | b'\t')) {
                break (start, content);
            }
        };
        let number = self.number;
        if matches!(first, [b' ' | b'\t', ..]) {
            return Err(Malformed::new(number, "continues a line, but no line stands before it"));
        }
        let mut unfolded = Cow::Borrowed(first);
        while self.continues() {
            let piece = self.physical()?;
            if self.number - number > MAX_FOLDS {
                return Err(Malformed::new(number, format!("folded into more than {MAX_FOLDS} pieces")));
            }
            unfolded.to_mut().extend_from_slice(piece.get(1..).unwrap_or_default());
        }
        let span = start..self.at;
        let text = match unfolded {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|e| e.valid_up_to()),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|e| e.utf8_error().valid_up_to()),
        };
        match text {
            Ok(text) => Ok(Some(Line { number, span, text })),
            Err(valid) => Err(Malformed::new(self.line_of(number, start, valid), "not UTF-8")),
        }
    }

    /// The physical line that holds byte `offset` of the unfolded line that begins at `start`.
    fn line_of(&self, number: usize, start: usize, offset: usize) -> usize {
        let mut walk = Lines { text: self.text, at: start, number: number - 1 };
        let mut left = offset;
        while let Ok(piece) = walk.physical() {
            let fold = usize::from(walk.number > number);
            let length = piece.len().saturating_sub(fold);
            if left < length || walk.at >= self.at {
                break;
            }
            left -= length;
        }
        walk.number
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.logical();
        if found.is_err() {
            self.at = self.text.len();
        }
        found.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        lines(bytes).map(|l| l.unwrap().text.into_owned()).collect()
    }

    fn problem(bytes: &[u8]) -> String {
        lines(bytes).find_map(Result::err).unwrap().to_string()
    }

    #[test]
    fn a_fold_may_split_a_character() {
        assert_eq!(texts(b"SUMMARY:caf\xC3\r\n \xA9 au\r\n\t lait\r\n"), ["SUMMARY:café au lait"]);
    }

    #[test]
    fn a_mark_blank_lines_bare_newlines_and_a_missing_last_one_are_tolerated() {
        assert_eq!(texts(b"\xEF\xBB\xBF\r\n  \nA:1\n\nB:2\r\r\n \r\nC:3"), ["A:1", "B:2", "C:3"]);
    }

    #[test]
    fn spans_cover_everything_but_blanks() {
        let text = b"A:1\r\n b\r\n\r\nC:3\n";
        let spans: Vec<_> = lines(text).map(|l| l.unwrap().span).collect();
        assert_eq!(spans, [0..9, 11..15]);
    }

    #[test]
    fn errors_name_the_physical_line() {
        assert_eq!(problem(b"A:1\r\n b\r\n c\0\r\n"), "line 3: a NUL character");
        assert_eq!(problem(b"A:1\nB:x\ry\n"), "line 2: a carriage return inside the line");
        assert_eq!(problem(b"A:1\r\n b\r\n c\xFF\r\n d\r\n"), "line 3: not UTF-8");
        assert_eq!(problem(b"A:\xFF1\r\n b\r\n"), "line 1: not UTF-8");
        assert_eq!(problem(b" A:1\n"), "line 1: continues a line, but no line stands before it");
    }

    #[test]
    fn a_body_of_nothing_but_folds_is_refused_at_once() {
        let body = [b"A:".as_slice(), &b"\n ".repeat(300_000)].concat();
        assert!(problem(&body).contains("folded into more than"));
    }
}
