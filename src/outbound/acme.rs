//! An authority that gives certificates by ACME (RFC 8555): an account there, an order, and the proof that its names lead
//! here (TLS-ALPN-01, RFC 8737). When one is asked for, and who shows the proof, is not decided here.

use super::{Bounds, Client, Reach};
use crate::config;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use http_body_util::{BodyExt as _, Full};
use hyper::http::Response;
use hyper::{Request, StatusCode};
use instant_acme::{
    Account, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, ExternalAccountKey, HttpClient,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem, RetryPolicy,
};
use std::fmt::Display;
use std::io::{Error as IoError, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What one request may take.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(30), bytes: 256 << 10 };
/// How often the authority is asked whether it has looked by now, and for how long.
const POLLS: RetryPolicy =
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).backoff(1.5).timeout(Duration::from_secs(120));
/// Characters of what an authority says that are kept.
const WORDS: usize = 500;

/// Why there is no certificate, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ungiven {
    /// The authority can't be spoken to.
    #[error("{0}: is tls.acme.directory right, and does tls.acme.ca_file have its authority where the system doesn't?")]
    Unreachable(String),
    /// It doesn't know the account any more, which is made anew.
    #[error("the authority does not know our account ({0}); another is made at the next attempt")]
    Stranger(String),
    /// It wants an account that was made beforehand.
    #[error("{0}: set tls.acme.external_account_id and external_account_key_file to what the authority says")]
    External(String),
    /// It has been asked too often.
    #[error("{0}: the authority wants to be left alone for a while")]
    TooOften(String),
    /// It did not find a name here.
    #[error(
        "{name}: {problem}: port 443 of that name must lead here from outside, with no proxy on the way that ends TLS"
    )]
    Elsewhere {
        /// Which.
        name: String,
        /// What the authority found.
        problem: String,
    },
    /// Something else.
    #[error("{0}")]
    Refused(String),
}

/// The authority of the configuration.
pub struct Authority {
    directory: String,
    contact: Option<String>,
    external: Option<(String, Vec<u8>)>,
    client: Client,
    /// For how long it wants to be left alone, as it said last.
    asked: Arc<Mutex<Option<Duration>>>,
}

/// An account at an authority.
pub struct Registered(Account);

/// An order, with what the authority expects of its names.
pub struct Placed {
    order: Order,
    /// Names that are yet to be proven, with the digest that is expected of each.
    pub challenges: Vec<(String, [u8; 32])>,
}

/// A certificate with those between it and the authority, and its key, in PEM.
pub struct Given {
    /// The chain.
    pub chain: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// Reads the files that the configuration names.
    pub fn new(config: &config::Acme) -> std::io::Result<Self> {
        // Whoever runs Dogwatch chose it: it may lie in their own network.
        let reach = Reach::everywhere();
        let client = match &config.ca_file {
            Some(file) => Client::trusting_file(reach, file)?,
            None => Client::new(reach),
        };
        let key = config.external_account_key()?.map(|text| {
            let decoded = Base64UrlUnpadded::decode_vec(text.expose().trim().trim_end_matches('='));
            decoded.map_err(|_| IoError::new(ErrorKind::InvalidData, "the key of an account is base64url"))
        });
        Ok(Self {
            directory: config.directory.clone(),
            contact: config.contact.clone(),
            external: config.external_account_id.clone().zip(key.transpose()?),
            client,
            asked: Arc::default(),
        })
    }

    /// For how long the authority wants to be left alone, if it said so in its last answer.
    #[must_use]
    pub fn asked(&self) -> Option<Duration> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account that is reached by what was kept of it; a new one where there is nothing, with what to keep.
    pub async fn account(&self, kept: Option<&[u8]>) -> Result<(Registered, Option<Vec<u8>>), Ungiven> {
        let wire = Wire { client: self.client.clone(), asked: Arc::clone(&self.asked) };
        let builder = Account::builder_with_http(Box::new(wire));
        if let Some(credentials) = kept.and_then(|kept| serde_json::from_slice(kept).ok()) {
            let account = builder.from_credentials(credentials).await.map_err(ungiven)?;
            return Ok((Registered(account), None));
        }
        let contact: Vec<&str> = self.contact.as_deref().into_iter().collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let external = self.external.as_ref().map(|(id, key)| ExternalAccountKey::new(id.clone(), key));
        let made = builder.create(&new, self.directory.clone(), external.as_ref()).await;
        let (account, credentials) = made.map_err(ungiven)?;
        let keep = serde_json::to_vec(&credentials).map_err(|error| Ungiven::Refused(error.to_string()))?;
        Ok((Registered(account), Some(keep)))
    }
}

impl Registered {
    /// Asks for a certificate for these names.
    pub async fn order(&self, names: &[String]) -> Result<Placed, Ungiven> {
        let names: Vec<_> = names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = self.0.new_order(&NewOrder::new(&names)).await.map_err(ungiven)?;
        let mut challenges = Vec::new();
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(ungiven)?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = authorization.identifier().to_string();
            let none = || Ungiven::Refused(format!("{name}: the authority knows no proof by TLS-ALPN-01 (RFC 8737)"));
            let challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or_else(none)?;
            let digest = challenge.key_authorization().digest().as_ref().try_into();
            challenges.push((name, digest.map_err(|_| Ungiven::Refused("no SHA-256".to_owned()))?));
        }
        Ok(Placed { order, challenges })
    }
}

impl Placed {
    /// Has the authority look, now that every process shows what it expects, and takes the certificate.
    pub async fn finish(mut self) -> Result<Given, Ungiven> {
        let mut authorizations = self.order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(ungiven)?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            if let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) {
                challenge.set_ready().await.map_err(ungiven)?;
            }
        }
        match self.order.poll_ready(&POLLS).await {
            Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
            Ok(_) => return Err(self.unproven().await.unwrap_or_else(|| refused("the order is not valid"))),
            Err(error) => return Err(self.unproven().await.unwrap_or_else(|| ungiven(error))),
        }
        let key = self.order.finalize().await.map_err(ungiven)?;
        let chain = self.order.poll_certificate(&POLLS).await.map_err(ungiven)?;
        Ok(Given { chain, key })
    }

    /// The name that the authority did not find here, with what it found.
    async fn unproven(&mut self) -> Option<Ungiven> {
        let mut authorizations = self.order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.ok()?;
            authorization.refresh().await.ok()?;
            let problem = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref());
            if let Some(problem) = problem {
                return Some(Ungiven::Elsewhere {
                    name: authorization.identifier().to_string(),
                    problem: words(problem),
                });
            }
        }
        None
    }
}

fn refused(problem: impl Display) -> Ungiven {
    Ungiven::Refused(problem.to_string())
}

/// What an authority's answer means for whoever runs Dogwatch.
fn ungiven(error: Error) -> Ungiven {
    let problem = match error {
        Error::Api(problem) => problem,
        Error::Other(error) if error.is::<super::Failure>() => return Ungiven::Unreachable(error.to_string()),
        Error::Json(_) => return Ungiven::Unreachable("what answers there does not speak ACME".to_owned()),
        error => return refused(error),
    };
    let said = words(&problem);
    let kind = problem.r#type.as_deref().and_then(|kind| kind.strip_prefix("urn:ietf:params:acme:error:"));
    match kind {
        Some("accountDoesNotExist") => Ungiven::Stranger(said),
        Some("externalAccountRequired") => Ungiven::External(said),
        Some("rateLimited") => Ungiven::TooOften(said),
        _ => Ungiven::Refused(said),
    }
}

/// What an authority says, on one line and not at any length.
fn words(problem: &Problem) -> String {
    let all = problem.to_string();
    all.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect()
}

/// The house's own client, as ACME asks for one.
struct Wire {
    client: Client,
    asked: Arc<Mutex<Option<Duration>>>,
}

impl HttpClient for Wire {
    fn request(
        &self,
        request: Request<BodyWrapper<bytes::Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (client, asked) = (self.client.clone(), Arc::clone(&self.asked));
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Its kind of error has no values.
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let sent = client.send(Request::from_parts(parts, Full::new(body)), BOUNDS).await;
            let answer = sent.map_err(|failure| Error::Other(Box::new(failure)))?;
            let busy = matches!(answer.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            *asked.lock().unwrap_or_else(PoisonError::into_inner) = answer.retry_after().filter(|_| busy);
            let (mut parts, ()) = Response::new(()).into_parts();
            (parts.status, parts.headers) = (answer.status, answer.headers);
            Ok(BytesResponse { parts, body: Box::new(answer.body) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str) -> Error {
        let text =
            format!("{{\"type\":\"urn:ietf:params:acme:error:{kind}\",\"detail\":\"two\\nlines\",\"status\":400}}");
        Error::Api(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn what_an_authority_says_is_told_with_what_to_do_about_it() {
        for (kind, advice) in [
            ("accountDoesNotExist", "another is made"),
            ("externalAccountRequired", "tls.acme.external_account_id"),
            ("rateLimited", "left alone"),
            ("rejectedIdentifier", "rejectedIdentifier"),
        ] {
            let told = ungiven(problem(kind)).to_string();
            assert!(told.contains(advice) && told.contains("two lines"), "{told}");
        }
        let late = ungiven(Error::Other(Box::new(crate::outbound::Failure::Late))).to_string();
        assert!(late.contains("tls.acme.directory"), "{late}");
    }
}
