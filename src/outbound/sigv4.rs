//! Signature Version 4, as S3 and what is compatible with it want requests signed: one HMAC over what is asked for, with a
//! key that is good for one day, region and service.

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What is escaped in a path, which keeps its slashes.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What is signed: a request without a query.
pub(super) struct Signed<'r> {
    pub method: &'r str,
    /// As it is sent.
    pub path: &'r str,
    /// All that are signed, names in lower case, in their order.
    pub headers: &'r [(&'r str, &'r str)],
    /// SHA-256 of the body, in hex.
    pub body: &'r str,
    /// `20261201T090000Z`
    pub at: &'r str,
    pub region: &'r str,
}

impl Signed<'_> {
    /// The value of `Authorization`.
    pub(super) fn authorization(&self, access_key: &str, secret_key: &str) -> String {
        let day = self.at.split('T').next().unwrap_or_default();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let names = self.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let path = canonical(self.path);
        let request = format!("{}\n{path}\n\n{lines}\n{names}\n{}", self.method, self.body);
        let said = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.at, hashed(request.as_bytes()));
        let mut key = mac(format!("AWS4{secret_key}").as_bytes(), day);
        for part in [self.region, "s3", "aws4_request"] {
            key = mac(&key, part);
        }
        let signature = hex(&mac(&key, &said));
        format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope},SignedHeaders={names},Signature={signature}")
    }
}

/// SHA-256 in hex.
pub(super) fn hashed(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Each byte escaped once, however the path was typed.
fn canonical(path: &str) -> String {
    let plain: Vec<u8> = percent_decode_str(path).collect();
    utf8_percent_encode(&String::from_utf8_lossy(&plain), PATH).to_string()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// The worked examples of "Authenticating Requests: Using the Authorization Header" in the reference of S3.
    fn signature(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let signed = Signed { method, path, headers, body, at: "20130524T000000Z", region: "us-east-1" };
        let line = signed.authorization("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        line.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[test]
    fn the_worked_examples_come_out() {
        let host = ("host", "examplebucket.s3.amazonaws.com");
        let date = ("x-amz-date", "20130524T000000Z");
        let headers = [host, ("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY), date];
        let get = signature("GET", "/test.txt", &headers, EMPTY);
        assert_eq!(get, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

        let body = hashed(b"Welcome to Amazon S3.");
        assert_eq!(body, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            host,
            ("x-amz-content-sha256", body.as_str()),
            date,
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        let put = signature("PUT", "/test%24file.text", &headers, &body);
        assert_eq!(put, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        assert_eq!(put, signature("PUT", "/test$file.text", &headers, &body), "however it is typed");
    }
}
