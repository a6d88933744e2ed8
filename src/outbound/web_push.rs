//! A message through a push service (RFC 8030), encrypted for the device that reads it (RFC 8291).

use super::vapid::VapidKey;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use hyper::{Request, Uri};
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

/// The device at the end of a push service.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    key: PublicKey,
    auth: [u8; 16],
}

/// Keys that nothing can be encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(&'static str);

/// How soon a device should be woken (RFC 8030 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// When it is awake anyway, or soon.
    Normal,
    /// At once.
    High,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// What the device reads: XML.
    pub body: String,
    /// Seconds for which the push service keeps it for a device that is away.
    pub ttl: i64,
    /// How soon it matters.
    pub urgency: Urgency,
    /// Replaces what waits under the same word, of at most 32 characters of base64url (RFC 8030 5.4).
    pub topic: String,
}

impl Receiver {
    /// The device with this public key (an uncompressed point of P-256) and authentication secret.
    pub fn new(key: &[u8], auth: &[u8]) -> Result<Self, Unusable> {
        let uncompressed = Some(key).filter(|key| key.len() == 65);
        let key = uncompressed.and_then(|key| PublicKey::from_sec1_bytes(key).ok());
        Ok(Self {
            key: key.ok_or(Unusable("the public key is no uncompressed point of P-256"))?,
            auth: auth.try_into().map_err(|_| Unusable("the authentication secret has not 16 bytes"))?,
        })
    }

    /// The request that brings it a message.
    pub fn request(
        &self,
        endpoint: &Uri,
        push: &Push,
        (key, contact): (&VapidKey, Option<&str>),
        now_seconds: i64,
    ) -> Result<Request<Full<Bytes>>, Unusable> {
        let body = encrypt(push.body.clone().into_bytes(), &self.key, &Auth::from(self.auth));
        let body = body.map_err(|_| Unusable("the message can't be encrypted"))?;
        let urgency = match push.urgency {
            Urgency::Normal => "normal",
            Urgency::High => "high",
        };
        Request::post(endpoint.clone())
            .header(HeaderName::from_static("ttl"), push.ttl)
            .header(HeaderName::from_static("urgency"), urgency)
            .header(HeaderName::from_static("topic"), &push.topic)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/xml; charset=\"utf-8\"")
            .header(AUTHORIZATION, key.authorization(endpoint, contact, now_seconds))
            .body(Full::new(body.into()))
            .map_err(|_| Unusable("the message has headers that can't be sent"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use http_body_util::BodyExt as _;
    use web_push_native::decrypt;
    use web_push_native::p256::SecretKey;

    fn unbase64(text: &str) -> Vec<u8> {
        Base64UrlUnpadded::decode_vec(text).unwrap()
    }

    /// The device of RFC 8291 section 5.
    const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
    const PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn read(body: Vec<u8>) -> Vec<u8> {
        let auth: [u8; 16] = unbase64(AUTH).try_into().unwrap();
        decrypt(body, &SecretKey::from_slice(&unbase64(PRIVATE)).unwrap(), &Auth::from(auth)).unwrap()
    }

    #[test]
    fn the_library_reads_the_example_of_the_rfc() {
        let message = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
             AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(read(unbase64(message)), b"When I grow up, I want to be a watermelon");
    }

    #[tokio::test]
    async fn what_is_sent_is_read_by_the_device_alone() {
        let device = Receiver::new(&unbase64(PUBLIC), &unbase64(AUTH)).unwrap();
        let push =
            Push { body: "<push-message/>".to_owned(), ttl: 60, urgency: Urgency::High, topic: "abc".to_owned() };
        let key = VapidKey::from_bytes(&[7; 32]).unwrap();
        let endpoint = "https://push.example.net/p/1".parse().unwrap();
        let request = device.request(&endpoint, &push, (&key, None), 0).unwrap();
        let header = |name: &str| request.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!((header("ttl"), header("urgency"), header("topic")), ("60".into(), "high".into(), "abc".into()));
        assert_eq!(header("content-encoding"), "aes128gcm");
        let body = request.into_body().collect().await.unwrap().to_bytes().to_vec();
        assert!(!body.windows(4).any(|window| window == b"push"));
        assert_eq!(read(body), b"<push-message/>");
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let (key, auth) = (unbase64(PUBLIC), unbase64(AUTH));
        assert!(Receiver::new(&key, &auth[..15]).is_err());
        assert!(Receiver::new(&key[..64], &auth).is_err());
        let mut off_the_curve = key.clone();
        off_the_curve[64] ^= 1;
        assert!(Receiver::new(&off_the_curve, &auth).is_err());
    }
}
