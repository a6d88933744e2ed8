//! What the instance hands out or stores so that nobody else can read or change it: sealed with a key that is derived from
//! the link key, and for one purpose each.

use super::{ServiceError, random};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

/// Bytes sealed for a purpose: 12 bytes of nonce, then what AES-256-GCM makes of them.
pub(super) fn seal(key: &[u8; 32], purpose: &str, plain: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let nonce = random::<NONCE_LEN>()?;
    let mut sealed = plain.to_vec();
    let broken = || ServiceError::invalid("secret", "can't be sealed");
    cipher(key)
        .ok_or_else(broken)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose.as_bytes()), &mut sealed)
        .map_err(|_| broken())?;
    Ok([&nonce[..], &sealed].concat())
}

/// What was sealed for this purpose; nothing where it was for another, or the key is another.
pub(super) fn open(key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut rest = rest.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = cipher(key)?.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut rest).ok()?;
    Some(plain.to_vec())
}

/// A key of its own, so that what signs links seals nothing.
fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"dogwatch seals with this");
    UnboundKey::new(&AES_256_GCM, derived.as_ref()).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_for_one_person_opens_for_no_other_and_under_no_other_key() {
        let sealed = seal(&[7; 32], "ada", b"secret").unwrap();
        assert_ne!(sealed, seal(&[7; 32], "ada", b"secret").unwrap());
        assert_eq!(open(&[7; 32], "ada", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(open(&[7; 32], "ben", &sealed), None);
        assert_eq!(open(&[8; 32], "ada", &sealed), None);
        assert_eq!(open(&[7; 32], "ada", &sealed[..5]), None);
    }
}
