//! Who sends a push message (RFC 8292): a token for the push service, signed with the key that clients were shown.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hyper::Uri;
use serde_json::json;
use std::fmt;
use web_push_native::p256::ecdsa::signature::Signer as _;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

/// How long a token is good, in seconds; a day at most (RFC 8292 2).
const GOOD_FOR: i64 = 12 * 3600;

/// The key of an instance, the same on all its servers.
#[derive(Clone)]
pub struct VapidKey {
    key: SigningKey,
    public: String,
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl VapidKey {
    /// The key with these secret bytes; nothing where they are none of the curve's, which random ones always are.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        let key = SigningKey::from_slice(secret).ok()?;
        let public = Base64UrlUnpadded::encode_string(key.verifying_key().to_encoded_point(false).as_bytes());
        Some(Self { key, public })
    }

    /// The public half: an uncompressed point in base64url.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The Authorization header for a push service; `contact` is where its operator may complain.
    pub(super) fn authorization(&self, endpoint: &Uri, contact: Option<&str>, now_seconds: i64) -> String {
        let mut claims = json!({ "aud": origin(endpoint), "exp": now_seconds + GOOD_FOR });
        if let (Some(contact), Some(claims)) = (contact, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), contact.into());
        }
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let signed = format!("{}.{}", part(r#"{"typ":"JWT","alg":"ES256"}"#), part(&claims.to_string()));
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public)
    }
}

/// The origin of a URL (RFC 6454 6.1): the usual port is left out.
fn origin(uri: &Uri) -> String {
    let (scheme, host) = (uri.scheme_str().unwrap_or("https"), uri.host().unwrap_or_default());
    match uri.port_u16() {
        Some(port) if (scheme, port) != ("https", 443) && (scheme, port) != ("http", 80) => {
            format!("{scheme}://{host}:{port}")
        }
        _ => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use web_push_native::p256::ecdsa::VerifyingKey;
    use web_push_native::p256::ecdsa::signature::Verifier as _;

    #[test]
    fn a_push_service_can_check_the_token_by_the_key_that_clients_were_shown() {
        let key = VapidKey::from_bytes(&[7; 32]).unwrap();
        let said =
            key.authorization(&"https://push.example.net:8443/p/1".parse().unwrap(), Some("mailto:a@b.c"), 1_000);
        let (token, public) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let point = Base64UrlUnpadded::decode_vec(public).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
        VerifyingKey::from_sec1_bytes(&point).unwrap().verify(signed.as_bytes(), &signature).unwrap();
        let claims = Base64UrlUnpadded::decode_vec(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({ "aud": "https://push.example.net:8443", "exp": 44_200, "sub": "mailto:a@b.c" }));
    }

    #[test]
    fn the_audience_is_an_origin_without_its_usual_port() {
        assert_eq!(origin(&"https://push.example.net:443/x".parse().unwrap()), "https://push.example.net");
        assert_eq!(origin(&"http://127.0.0.1:80/x".parse().unwrap()), "http://127.0.0.1");
    }
}
