//! Secrets of programs as text: a prefix that says what they are, a public part to look them up by, and 125 random bits
//! that can be typed, with a check character. Only SHA-256 of them is stored: so many bits can't be guessed.

use super::{ServiceError, random};
use sha2::{Digest, Sha256};

/// Crockford's base 32: no I, L, O or U, so that nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of the public part.
const ID: usize = 8;
/// Characters of the secret part, the last of them the check character.
const SECRET: usize = 26;

/// A secret in its parts.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret {
    prefix: String,
    /// The public part.
    pub(super) id: String,
    hidden: String,
}

impl Secret {
    /// Draws one.
    pub(super) fn draw(prefix: &str) -> Result<Self, ServiceError> {
        let bytes = random::<{ ID + SECRET }>()?;
        let text: String = bytes.iter().map(|byte| character(u32::from(*byte))).collect();
        let (id, secret) = text.split_at(ID);
        let mut drawn = Self { prefix: prefix.to_owned(), id: id.to_owned(), hidden: secret.to_owned() };
        drawn.hidden.pop();
        drawn.hidden.push(drawn.check());
        Ok(drawn)
    }

    /// Reads what somebody typed: in any case, with O for 0 and I or L for 1. Nothing where it can't be a secret.
    pub(super) fn parse(prefix: &str, typed: &str) -> Option<Self> {
        let typed = typed.trim().to_ascii_lowercase();
        let (id, secret) = typed.strip_prefix(prefix)?.strip_prefix('-')?.split_once('-')?;
        let read = Self { prefix: prefix.to_owned(), id: canonical(id, ID)?, hidden: canonical(secret, SECRET)? };
        read.hidden.ends_with(read.check()).then_some(read)
    }

    /// A well-formed secret with that public part, which is not the right one.
    #[cfg(test)]
    pub(super) fn guess(prefix: &str, id: &str) -> Self {
        let mut guess = Self { id: id.to_owned(), ..Self::none(prefix) };
        guess.hidden.pop();
        guess.hidden.push(guess.check());
        guess
    }

    /// What nobody has: stands where there is nothing to compare with.
    pub(super) fn none(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), id: "0".repeat(ID), hidden: "0".repeat(SECRET) }
    }

    /// As it is shown once.
    pub(super) fn text(&self) -> String {
        format!("{}-{}-{}", self.prefix, self.id, self.hidden)
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.text().as_bytes()).to_vec()
    }

    /// Odd weights: a single wrong character always shows, and nearly every exchange of two.
    fn check(&self) -> char {
        let body = self.hidden.chars().take(SECRET - 1);
        let values = self.id.chars().chain(body).map(value);
        character(values.zip((1_u32..).step_by(2)).map(|(value, weight)| value * weight).sum())
    }
}

/// 32 divides 256: every character is as likely as any other.
fn character(value: u32) -> char {
    ALPHABET.get((value % 32) as usize).map_or('0', |byte| char::from(*byte))
}

/// What each ASCII character stands for: this is looked up dozens of times for each request.
const VALUES: [Option<u8>; 128] = {
    let mut values = [None; 128];
    let mut at = 0;
    while at < ALPHABET.len() {
        #[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // The compiler does it.
        {
            values[ALPHABET[at] as usize] = Some(at as u8);
        }
        at += 1;
    }
    values
};

fn known(character: char) -> Option<u8> {
    VALUES.get(character as usize).copied().flatten()
}

fn value(character: char) -> u32 {
    known(character).map_or(0, u32::from)
}

fn canonical(typed: &str, length: usize) -> Option<String> {
    let read: Option<String> = typed
        .chars()
        .map(|c| match c {
            'o' => Some('0'),
            'i' | 'l' => Some('1'),
            c => known(c).map(|_| c),
        })
        .collect();
    read.filter(|read| read.len() == length)
}

/// A password for somebody to type: 100 bits in four groups.
pub fn draw_password() -> Result<String, ServiceError> {
    let text: Vec<char> = random::<20>()?.iter().map(|byte| character(u32::from(*byte))).collect();
    Ok(text.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// What is stored of such a one where it opens something by itself; nothing where what was typed can't be one.
pub(super) fn password_hash(typed: &str) -> Option<Vec<u8>> {
    let plain: String = typed.trim().to_ascii_lowercase().chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    canonical(&plain, 20).map(|text| Sha256::digest(text.as_bytes()).to_vec())
}

/// The secret in a feed's path: 160 bits without a public part.
pub(super) fn draw_feed() -> Result<String, ServiceError> {
    Ok(random::<32>()?.iter().map(|byte| character(u32::from(*byte))).collect())
}

/// What is stored of a feed's secret.
pub(super) fn feed_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_however_it_is_typed() {
        let drawn = Secret::draw("dw").unwrap();
        let text = drawn.text();
        assert_eq!(text.len(), 2 + 1 + 8 + 1 + 26);
        assert!(Secret::parse("dw", &text).unwrap() == drawn);
        let sloppy = format!(" {} ", text.to_uppercase().replace('0', "O").replace('1', "I"));
        assert_eq!(Secret::parse("dw", &sloppy).unwrap().hash(), drawn.hash());
        assert!(Secret::parse("dwt", &text).is_none());
    }

    #[test]
    fn a_single_wrong_character_shows() {
        let text = Secret::draw("dw").unwrap().text();
        for at in 3..text.len() {
            let wrong: String = text
                .char_indices()
                .map(|(i, c)| if i != at || c == '-' { c } else { character(value(c) + 7) })
                .collect();
            assert_eq!(Secret::parse("dw", &wrong).is_some(), wrong == text, "{wrong}");
        }
    }
}
