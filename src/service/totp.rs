//! Codes of authenticator apps (RFC 6238 over RFC 4226): six digits from a secret and the half minute.

use crate::time::{Instant, SECOND};
use ring::hmac;
use subtle::ConstantTimeEq as _;

/// Bytes of a secret, as RFC 4226 recommends.
pub(super) const SECRET: usize = 20;
/// How long a code is shown.
const STEP: i64 = 30 * SECOND;
/// Codes of so many steps before and after are taken, too: clocks differ.
const DRIFT: i64 = 1;

/// The step of a moment.
pub(super) fn step(at: Instant) -> i64 {
    at.millis().div_euclid(STEP)
}

/// The code of a step (RFC 4226 5.3).
pub(super) fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0xf);
    let word = bytes.get(offset..offset + 4).unwrap_or(&[0; 4]);
    let number = word.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The step whose code this is, of those around a moment.
pub(super) fn step_of(secret: &[u8], typed: &str, now: Instant) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let steps = step(now) - DRIFT..=step(now) + DRIFT;
    let same = |step: &i64| bool::from(code(secret, *step).as_bytes().ct_eq(typed.as_bytes()));
    steps.rev().find(same)
}

/// A secret as apps take it: base 32 of RFC 4648 without padding.
pub(super) fn base32(secret: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |five: &[u8]| {
        let value = five.iter().fold(0_usize, |sum, bit| sum << 1 | usize::from(*bit)) << (5 - five.len());
        DIGITS.get(value).map_or('A', |digit| char::from(*digit))
    };
    bits.chunks(5).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238 appendix B, of whose eight digits these are the last six.
        for (second, expected) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let at = Instant::from_millis(second * SECOND);
            assert_eq!(code(b"12345678901234567890", step(at)), expected);
        }
    }

    #[test]
    fn a_code_counts_a_step_before_and_after_and_no_longer() {
        let secret = b"12345678901234567890";
        let now = Instant::from_millis(1_800_000_000_000);
        let shown = code(secret, step(now));
        for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = step_of(secret, &shown, now.plus_millis(away * STEP));
            assert_eq!(found, taken.then(|| step(now)), "{away}");
        }
        assert!(step_of(secret, &format!(" {} {}", &shown[..3], &shown[3..]), now).is_some());
        assert_eq!(step_of(secret, "", now), None);
    }

    #[test]
    fn a_secret_is_written_in_base_32() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(&[0; SECRET]), "A".repeat(32));
    }
}
