//! The certificate that proves to an authority that a name leads here (TLS-ALPN-01, RFC 8737): nobody's but its own, with
//! the digest of what the authority expects.

use super::CertificateError;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::path::Path;
use std::sync::Arc;

/// What an authority offers in ALPN, and alone, when it looks whether a name leads here (RFC 8737 6.2).
pub const PROTOCOL: &[u8] = b"acme-tls/1";

/// What a listener answers with to an authority that looks after this name.
pub fn answer(name: &str, digest: &[u8; 32]) -> Result<Arc<ServerConfig>, CertificateError> {
    let broken = |problem: &dyn std::fmt::Display| CertificateError::Malformed {
        path: Path::new("certificate for a challenge").to_owned(),
        problem: problem.to_string(),
    };
    let mut asked = CertificateParams::new([name.to_owned()]).map_err(|error| broken(&error))?;
    asked.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate().map_err(|error| broken(&error))?;
    let signed = asked.self_signed(&key).map_err(|error| broken(&error))?;
    let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| broken(&error))?;
    let secret = default_provider().key_provider.load_private_key(secret).map_err(|error| broken(&error))?;
    // Nobody looks whether they belong together: whoever reads certificates refuses this one for its critical extension.
    let pair = CertifiedKey::new(vec![signed.der().clone()], secret);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| broken(&error))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_refused() {
        assert!(answer("calendar.example.org", &[7; 32]).is_ok());
        assert!(answer("kalendär.example.org", &[7; 32]).is_err(), "names of hosts are ASCII");
    }
}
