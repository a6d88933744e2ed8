//! Basic credentials (RFC 7617), read by the `headers` crate. The crate `basic-auth-raw`, after which this module is
//! named, can't be built any more: it wants Rocket 0.3 and a `ring` that was withdrawn.

use crate::config::Secret;
use headers::authorization::{Basic, Bearer};
use headers::{Authorization, HeaderMapExt as _};
use hyper::HeaderMap;

/// What a request says of who sends it.
pub enum Credentials {
    /// A user name and an app password.
    Basic {
        /// E-mail address or id.
        login: String,
        /// The password as sent.
        password: Secret<String>,
    },
    /// An API token.
    Bearer(Secret<String>),
}

/// Reads the Authorization header; `None` where it is absent, of another scheme, or not well formed.
pub fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    if let Some(Authorization(basic)) = headers.typed_get::<Authorization<Basic>>() {
        let password = Secret::new(basic.password().to_owned());
        return Some(Credentials::Basic { login: basic.username().to_owned(), password });
    }
    let Authorization(bearer) = headers.typed_get::<Authorization<Bearer>>()?;
    Some(Credentials::Bearer(Secret::new(bearer.token().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<Credentials> {
        credentials(&HeaderMap::from_iter([(hyper::header::AUTHORIZATION, value.parse().unwrap())]))
    }

    #[test]
    fn the_password_may_contain_colons() {
        let Some(Credentials::Basic { login, password }) = read("Basic YWRhOmE6Yg==") else { panic!("not basic") };
        assert_eq!((login.as_str(), password.expose().as_str()), ("ada", "a:b"));
    }

    #[test]
    fn the_scheme_is_compared_without_case() {
        assert!(matches!(read("bearer abc"), Some(Credentials::Bearer(token)) if token.expose() == "abc"));
        assert!(matches!(read("basic YWRhOmI="), Some(Credentials::Basic { .. })));
    }

    #[test]
    fn nonsense_is_nobody() {
        for value in ["Basic", "Basic !!!", "Basic YWRh", "Digest x", "", "Negotiate YWRhOmI="] {
            assert!(read(value).is_none(), "{value}");
        }
    }
}
