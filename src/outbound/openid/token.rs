//! ID tokens: JSON Web Tokens that a provider signed (RFC 7515, 7518, 7519), judged as OpenID Connect Core 3.1.3.7 says.
//! Two algorithms are taken, and which one a key is for is said by the key, never by the token alone.

use crate::time::{Instant, MINUTE};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

/// Clocks differ by so much at most.
const SKEW: i64 = MINUTE;

/// What a provider says of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who, for ever, at this provider.
    #[serde(rename = "sub")]
    pub subject: String,
    /// Their mail address.
    pub email: Option<String>,
    /// Whether the provider knows that it is theirs.
    #[serde(default, deserialize_with = "truth")]
    pub email_verified: bool,
    /// Their name.
    pub name: Option<String>,
    /// Their zone, by its IANA name.
    pub zoneinfo: Option<String>,
    /// When they proved who they are, in seconds since 1970.
    pub auth_time: Option<i64>,
}

/// Some providers say it in a text.
fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value == Value::Bool(true) || value == "true")
}

/// What a token must say to be believed.
pub struct Wanted<'w> {
    /// Who says it.
    pub issuer: &'w str,
    /// To whom.
    pub client: &'w str,
    /// In which round.
    pub nonce: &'w str,
    /// When.
    pub now: Instant,
}

/// The keys of a provider (RFC 7517).
#[derive(Debug, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Frame {
    iss: String,
    aud: Value,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
}

impl Keys {
    /// Whether a token was signed by a key that is known.
    pub fn has_key_of(&self, token: &str) -> bool {
        let header = token.split('.').next().and_then(decoded::<Header>);
        header.is_some_and(|header| self.fitting(&header).next().is_some())
    }

    fn fitting<'k>(&'k self, header: &'k Header) -> impl Iterator<Item = &'k Key> {
        let kind = match header.alg.as_str() {
            "RS256" => "RSA",
            "ES256" => "EC",
            _ => "",
        };
        self.keys.iter().filter(move |key| {
            key.kty == kind
                && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
                && key.alg.as_deref().is_none_or(|alg| alg == header.alg)
                && (header.kid.is_none() || key.kid == header.kid)
        })
    }
}

impl Key {
    fn signed(&self, message: &[u8], signed: &[u8]) -> bool {
        let bytes = |part: &Option<String>| Base64UrlUnpadded::decode_vec(part.as_deref()?.trim_end_matches('=')).ok();
        let verified = match self.kty.as_str() {
            "RSA" => bytes(&self.n).zip(bytes(&self.e)).map(|(n, e)| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signed)
            }),
            "EC" if self.crv.as_deref() == Some("P-256") => bytes(&self.x).zip(bytes(&self.y)).map(|(x, y)| {
                let point = [&[4][..], &x, &y].concat();
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, signed)
            }),
            _ => None,
        };
        matches!(verified, Some(Ok(())))
    }
}

/// What a token says, if it is to be believed; else why not.
pub fn verify(token: &str, keys: &Keys, wanted: &Wanted<'_>) -> Result<Claims, &'static str> {
    let (message, signed) = token.rsplit_once('.').ok_or("no token")?;
    let (header, payload) = message.split_once('.').ok_or("no token")?;
    let header: Header = decoded(header).ok_or("its header can't be read")?;
    if header.crit.is_some() {
        return Err("it has extensions that must be understood");
    }
    let signed = Base64UrlUnpadded::decode_vec(signed).map_err(|_| "its signature can't be read")?;
    if !keys.fitting(&header).any(|key| key.signed(message.as_bytes(), &signed)) {
        return Err("its signature is not by a key of the provider, RS256 or ES256");
    }
    let frame: Frame = decoded(payload).ok_or("it lacks a claim")?;
    let audience: Vec<&str> = match &frame.aud {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let at = |seconds: i64| Instant::from_millis(seconds.saturating_mul(1000));
    match () {
        () if frame.iss != wanted.issuer => Err("it is by another issuer"),
        () if !audience.contains(&wanted.client) => Err("it is for another client"),
        () if audience.len() > 1 && frame.azp.as_deref() != Some(wanted.client) => Err("it is for several clients"),
        () if frame.azp.is_some_and(|azp| azp != wanted.client) => Err("it was given to another client"),
        () if at(frame.exp).plus_millis(SKEW) <= wanted.now => Err("it has expired"),
        () if at(frame.iat).plus_millis(-SKEW) > wanted.now => Err("it is from later than now"),
        () if frame.nonce.as_deref() != Some(wanted.nonce) => Err("it is of another round"),
        () => decoded(payload).ok_or("it lacks a claim"),
    }
}

fn decoded<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    const NOW: Instant = Instant::from_millis(1_800_000_000_000);

    struct Signer {
        pair: EcdsaKeyPair,
        keys: Keys,
    }

    fn encoded(bytes: &[u8]) -> String {
        Base64UrlUnpadded::encode_string(bytes)
    }

    fn signer() -> Signer {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref()[1..].to_vec();
        let key = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": encoded(&point[..32]),
            "y": encoded(&point[32..]) });
        Signer { pair, keys: serde_json::from_value(json!({ "keys": [key] })).unwrap() }
    }

    impl Signer {
        fn token(&self, header: &Value, claims: &Value) -> String {
            let message =
                format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
            let signed = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            format!("{message}.{}", encoded(signed.as_ref()))
        }

        fn says(&self, change: (&str, Value)) -> Result<Claims, &'static str> {
            let mut claims = json!({ "iss": "https://id.example.org", "aud": "dogwatch", "exp": 1_800_000_300,
                "iat": 1_800_000_000, "nonce": "n", "sub": "42", "email": "ada@example.org", "email_verified": "true" });
            claims[change.0] = change.1;
            verify(&self.token(&json!({ "alg": "ES256", "kid": "k" }), &claims), &self.keys, &wanted())
        }
    }

    fn wanted() -> Wanted<'static> {
        Wanted { issuer: "https://id.example.org", client: "dogwatch", nonce: "n", now: NOW }
    }

    #[test]
    fn a_token_is_believed_only_as_it_was_asked_for() {
        let signer = signer();
        let good = signer.says(("x", Value::Null)).unwrap();
        assert_eq!((good.subject.as_str(), good.email_verified), ("42", true));
        assert!(signer.says(("aud", json!(["dogwatch"]))).is_ok());
        for (claim, value) in [
            ("iss", json!("https://evil.example")),
            ("aud", json!("another")),
            ("aud", json!(["dogwatch", "another"])),
            ("azp", json!("another")),
            ("exp", json!(1_799_999_900)),
            ("iat", json!(1_800_000_100)),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("sub", Value::Null),
        ] {
            assert!(signer.says((claim, value.clone())).is_err(), "{claim} {value}");
        }
        assert!(!signer.says(("email_verified", json!("no"))).unwrap().email_verified);
    }

    #[test]
    fn a_token_that_nobody_signed_is_not_believed() {
        let signer = self::signer();
        let claims = json!({ "iss": "https://id.example.org", "aud": "dogwatch", "exp": 1_800_000_300, "iat": 1_800_000_000,
            "nonce": "n", "sub": "42" });
        let token = signer.token(&json!({ "alg": "ES256", "kid": "k" }), &claims);
        assert!(verify(&token, &signer.keys, &wanted()).is_ok() && signer.keys.has_key_of(&token));
        let other = self::signer();
        assert!(verify(&token, &other.keys, &wanted()).is_err());
        let message = token.rsplit_once('.').unwrap().0;
        assert!(verify(&format!("{message}."), &signer.keys, &wanted()).is_err());
        for header in [
            json!({ "alg": "none" }),
            json!({ "alg": "HS256", "kid": "k" }),
            json!({ "alg": "RS256", "kid": "k" }),
            json!({ "alg": "ES256", "kid": "other" }),
            json!({ "alg": "ES256", "kid": "k", "crit": ["b64"] }),
        ] {
            assert!(verify(&signer.token(&header, &claims), &signer.keys, &wanted()).is_err(), "{header}");
        }
        for nonsense in ["", ".", "..", "a.b.c", "e30.e30.e30"] {
            assert!(verify(nonsense, &signer.keys, &wanted()).is_err());
        }
    }
}
