//! A provider of OpenID Connect: where it is asked (discovery), what is sent there (authorization code with PKCE, state and
//! nonce), and what it says of somebody (an ID token). Whose account that is, is not decided here.

mod token;

pub use token::Claims;

use super::{Bounds, Client, Reach};
use crate::config::{OpenId, Secret};
use crate::time::{HOUR, Instant, MINUTE};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use token::Keys;
use tokio::sync::Mutex;

/// What is escaped in a form (RFC 3986 2.3).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(8), bytes: 256 << 10 };
/// How long what a provider says of itself is believed.
const FRESH: i64 = HOUR;
/// How often its keys are asked for again at most, where a token names one that isn't known.
const AGAIN: i64 = MINUTE;

/// Why somebody is not signed in by the provider; for the log, for it is nothing that they could mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// It did not answer, or not as one.
    #[error("the provider does not answer: {0}")]
    Unreachable(String),
    /// It answered with something that must not be believed.
    #[error("the provider's answer is not good: {0}")]
    Refused(String),
}

/// One round to the provider and back.
#[derive(Clone, Debug)]
pub struct Round {
    /// Where it sends the browser back to.
    pub redirect: String,
    /// Comes back with the browser.
    pub state: String,
    /// Comes back inside the ID token.
    pub nonce: String,
    /// Its hash goes out first, itself with the code (RFC 7636).
    pub verifier: String,
    /// Somebody who is signed in there already is to prove it again.
    pub anew: bool,
}

/// The provider of the configuration.
pub struct Provider {
    issuer: String,
    client_id: String,
    secret: Option<Secret<String>>,
    name: Option<String>,
    register: bool,
    client: Client,
    known: Mutex<Option<Known>>,
}

struct Known {
    at: Instant,
    about: About,
    keys: Keys,
}

/// What a provider says of itself (OpenID Connect Discovery 1.0, 3).
#[derive(Clone, Debug, Deserialize)]
struct About {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    /// The provider that is configured, if one is.
    pub fn new(config: &OpenId) -> std::io::Result<Option<Self>> {
        let Some(issuer) = config.issuer.clone() else { return Ok(None) };
        Ok(Some(Self {
            issuer,
            client_id: config.client_id.clone(),
            secret: config.client_secret()?,
            name: config.name.clone(),
            register: config.register,
            client: Client::new(Reach::everywhere()),
            known: Mutex::default(),
        }))
    }

    /// As it calls itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// As people call it; its host where nobody says.
    #[must_use]
    pub fn name(&self) -> &str {
        let host = || self.issuer.split("://").nth(1).and_then(|rest| rest.split('/').next());
        self.name.as_deref().or_else(host).unwrap_or(&self.issuer)
    }

    /// Whether people whom only the provider knows are added.
    #[must_use]
    pub const fn registers(&self) -> bool {
        self.register
    }

    /// Where a browser is sent to.
    pub async fn authorization(&self, round: &Round, now: Instant) -> Result<String, Unknown> {
        let mut known = self.known.lock().await;
        let about = self.about(&mut known, now, FRESH).await?.about.clone();
        drop(known);
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(round.verifier.as_bytes()));
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", round.redirect.as_str()),
            ("scope", "openid email profile"),
            ("state", round.state.as_str()),
            ("nonce", round.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        if round.anew {
            pairs.extend([("prompt", "login"), ("max_age", "0")]);
        }
        let sign = if about.authorization_endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{}{sign}{}", about.authorization_endpoint, form(&pairs)))
    }

    /// What the provider says of whoever came back with a code.
    pub async fn claims(&self, round: &Round, code: &str, now: Instant) -> Result<Claims, Unknown> {
        let mut known = self.known.lock().await;
        let about = self.about(&mut known, now, FRESH).await?.about.clone();
        let tokens: Tokens = read(&self.redeem(&about, round, code).await?)?;
        let wanted = token::Wanted { issuer: &self.issuer, client: &self.client_id, nonce: &round.nonce, now };
        let keys = &self.about(&mut known, now, FRESH).await?.keys;
        let refused = |why: &'static str| Unknown::Refused(why.to_owned());
        if !keys.has_key_of(&tokens.id_token) {
            // They change from time to time.
            let keys = &self.about(&mut known, now, AGAIN).await?.keys;
            return token::verify(&tokens.id_token, keys, &wanted).map_err(refused);
        }
        token::verify(&tokens.id_token, keys, &wanted).map_err(refused)
    }

    async fn redeem(&self, about: &About, round: &Round, code: &str) -> Result<Bytes, Unknown> {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", round.redirect.as_str()),
            ("code_verifier", round.verifier.as_str()),
        ];
        let methods = &about.token_endpoint_auth_methods_supported;
        let basic = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&about.token_endpoint)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        match &self.secret {
            Some(secret) if basic => {
                let pair = [self.client_id.as_str(), secret.expose()].map(|part| utf8_percent_encode(part, FORM));
                let pair = format!("{}:{}", pair[0], pair[1]);
                request = request.header(AUTHORIZATION, format!("Basic {}", Base64::encode_string(pair.as_bytes())));
            }
            Some(secret) => pairs.extend([("client_id", self.client_id.as_str()), ("client_secret", secret.expose())]),
            None => pairs.push(("client_id", &self.client_id)),
        }
        self.send(request.body(Full::from(form(&pairs)))).await
    }

    /// What is known of the provider, asked for again where it is older than that.
    async fn about<'k>(&self, known: &'k mut Option<Known>, now: Instant, age: i64) -> Result<&'k Known, Unknown> {
        let found = match known.take() {
            Some(found) if now < found.at.plus_millis(age) => found,
            _ => {
                let base = self.issuer.trim_end_matches('/');
                let about: About = read(&self.get(&format!("{base}/.well-known/openid-configuration")).await?)?;
                let secure = |url: &str| url.starts_with("https://") || self.issuer.starts_with("http://");
                if about.issuer != self.issuer {
                    return Err(Unknown::Refused(format!("it calls itself {}", about.issuer)));
                }
                if ![&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri]
                    .into_iter()
                    .all(|url| secure(url))
                {
                    return Err(Unknown::Refused("it wants to be asked in clear text".to_owned()));
                }
                let keys = read(&self.get(&about.jwks_uri).await?)?;
                Known { at: now, about, keys }
            }
        };
        Ok(known.insert(found))
    }

    async fn get(&self, url: &str) -> Result<Bytes, Unknown> {
        self.send(Request::get(url).header(ACCEPT, "application/json").body(Full::default())).await
    }

    async fn send(&self, request: Result<Request<Full<Bytes>>, hyper::http::Error>) -> Result<Bytes, Unknown> {
        let request = request.map_err(|error| Unknown::Refused(error.to_string()))?;
        let path = request.uri().path().to_owned();
        let answer = self.client.send(request, BOUNDS).await;
        let answer = answer.map_err(|failure| Unknown::Unreachable(failure.to_string()))?;
        if answer.status == StatusCode::OK {
            return Ok(answer.body);
        }
        Err(Unknown::Refused(format!("{} at {path}", answer.status)))
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, FORM));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Unknown> {
    serde_json::from_slice(body).map_err(|error| Unknown::Refused(error.to_string()))
}
