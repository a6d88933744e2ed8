//! Places that the operator named to put files at: whatever takes an HTTP PUT, and storage that speaks S3.

use super::sigv4::{Signed, hashed};
use crate::config::{Destination, Secret};
use crate::time::Instant;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use std::fmt;

/// A place to put files at.
pub struct Place {
    /// What it is called in the outbox: its address.
    pub name: String,
    /// Addresses and telephone numbers may be put there.
    pub contacts: bool,
    url: String,
    proof: Proof,
}

/// What shows that we may.
enum Proof {
    Nothing,
    Bearer(Secret<String>),
    S3 { region: String, access_key: String, secret_key: Secret<String> },
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A file to be put there.
#[derive(Clone, Copy, Debug)]
pub struct Deposit<'f> {
    /// Its name.
    pub name: &'f str,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub text: &'f str,
}

impl Place {
    /// What is configured; reads the secrets.
    pub fn new(config: &Destination) -> std::io::Result<Self> {
        let proof = match (config.secret()?, &config.region) {
            (Some(secret_key), Some(region)) => {
                Proof::S3 { region: region.clone(), access_key: config.access_key.clone(), secret_key }
            }
            (Some(token), None) => Proof::Bearer(token),
            (None, _) => Proof::Nothing,
        };
        let url = config.url.trim_end_matches('/').to_owned();
        Ok(Self { name: url.clone(), contacts: config.contacts, url, proof })
    }

    /// The request that puts a file there; `now` is what the signature names.
    pub fn request(&self, file: Deposit<'_>, now: Instant) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let url: hyper::Uri = format!("{}/{}", self.url, file.name).parse()?;
        let body = Bytes::copy_from_slice(file.text.as_bytes());
        let mut request = Request::put(url.clone()).header(CONTENT_TYPE, file.kind);
        match &self.proof {
            Proof::Nothing => {}
            Proof::Bearer(token) => request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose())),
            Proof::S3 { region, access_key, secret_key } => {
                let (at, sum) = (now.utc().format("%Y%m%dT%H%M%SZ").to_string(), hashed(&body));
                let host = url.authority().map(ToString::to_string).unwrap_or_default();
                let headers = [("host", host.as_str()), ("x-amz-content-sha256", &sum), ("x-amz-date", &at)];
                let signed = Signed { method: "PUT", path: url.path(), headers: &headers, body: &sum, at: &at, region };
                let proof = signed.authorization(access_key, secret_key.expose());
                request = request.header("host", host.as_str()).header("x-amz-content-sha256", sum.as_str());
                request = request.header("x-amz-date", at.as_str()).header(AUTHORIZATION, proof);
            }
        }
        request.body(Full::new(body))
    }
}
