//! What a server on loopback hears: one HTTP request, as far as the tests' own servers need to read it.

use std::io::BufRead;

/// A request, whole.
pub struct Heard {
    /// `PUT`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As many bytes as its length says.
    pub body: Vec<u8>,
}

impl Heard {
    /// Reads one; none where nothing comes.
    pub fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return None;
        }
        let mut headers: Vec<(String, String)> = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            match line.trim_end().split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, text)| text.parse().expect("a length"))];
        reader.read_exact(&mut body).expect("a body");
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().expect("a method"), words.next().expect("a path"));
        Some(Self { method, path, headers, body })
    }
}
