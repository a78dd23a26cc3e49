//! The certificate of an application, and what it signs.

use std::fmt;
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use chrono::{DateTime, Utc};
use p12_keystore::Pkcs12Archive;
use pkcs8::EncryptedPrivateKeyInfoRef;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKey};
use ring::signature::RSA_PSS_SHA256;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde_json::json;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::{Error, ErrorCode, Result};

// How far this machine's clock may be off, either way.
const SKEW: Duration = Duration::from_secs(300);

/// A certificate with its RSA key (2048 to 4096 bits).
pub struct Certificate {
    key: Box<KeyPair>,
    thumbprint: [u8; 32],
}

impl Certificate {
    /// Reads a PFX (PKCS #12, RFC 7292) or PEM file that has the certificate and its key; a key may be encrypted with `password`.
    /// A PEM file may have further certificates.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`]: neither PFX nor PEM, a wrong password, no key or no certificate that belongs to it, not RSA, past
    /// its end.
    pub fn read(bytes: &[u8], password: Option<&SecretString>) -> Result<Self> {
        let (keys, certificates) = if bytes.windows(11).any(|text| text == b"-----BEGIN ") {
            from_pem(bytes, password)?
        } else {
            from_pfx(bytes, password)?
        };
        let pairs = keys.into_iter().find_map(|key| {
            let own = certificates.iter().find_map(|der| {
                let (_, certificate) = X509Certificate::from_der(der).ok()?;
                is_of(&certificate, key.public()).then_some((der, certificate))
            });
            own.map(|own| (key, own))
        });
        let Some((key, (der, certificate))) = pairs else {
            return Err(invalid(
                "has no private key with the certificate that belongs to it",
                "export the certificate together with its key",
            ));
        };
        let ends = certificate.validity().not_after.timestamp();
        if ends < Utc::now().timestamp() {
            let day = DateTime::from_timestamp(ends, 0)
                .unwrap_or_default()
                .format("%Y-%m-%d");
            return Err(invalid(
                &format!("ended on {day}"),
                "use the one that replaced it, and add that to the application too",
            ));
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, der);
        Ok(Self {
            key: Box::new(key),
            thumbprint: digest.as_ref().try_into().unwrap_or_default(),
        })
    }

    /// A signed statement to `audience` that this is `client_id`, good for 5 minutes and the same time before, in case this machine's clock is
    /// off.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Internal`]: no random numbers.
    ///
    /// Source: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>, RFC 7515
    pub(super) fn assertion(
        &self,
        audience: &str,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<SecretString> {
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(self.thumbprint)});
        let claims = json!({
            "aud": audience, "iss": client_id, "sub": client_id, "jti": uuid::Uuid::new_v4().to_string(),
            "iat": now.timestamp(), "nbf": (now - SKEW).timestamp(), "exp": (now + SKEW).timestamp(),
        });
        let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| Error::new(ErrorCode::Internal, "the assertion can't be signed"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

// A public key is the same in a certificate (RFC 5280, 4.1.2.7) and at its private key: an RSAPublicKey of RFC 8017.
fn is_of(certificate: &X509Certificate<'_>, public: &PublicKey) -> bool {
    *certificate.public_key().subject_public_key.data == *public.as_ref()
}

type Parts = (Vec<KeyPair>, Vec<Vec<u8>>);

fn from_pfx(bytes: &[u8], password: Option<&SecretString>) -> Result<Parts> {
    let password = password.map_or("", |password| password.expose_secret());
    let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|_| {
        invalid(
            "is neither PEM nor a PFX that this password opens",
            "check the file and -CertificatePassword or certificate_password",
        )
    })?;
    let keys = archive.keys.into_iter().map(|bag| {
        let key = SecretBox::new(Box::new(bag.key.as_der().to_vec()));
        KeyPair::from_pkcs8(key.expose_secret()).map_err(|_| not_rsa())
    });
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec());
    Ok((keys.collect::<Result<_>>()?, certificates.collect()))
}

fn from_pem(bytes: &[u8], password: Option<&SecretString>) -> Result<Parts> {
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for block in Pem::iter_from_buffer(bytes) {
        let Ok(Pem { label, contents }) = block else {
            return Err(invalid(
                "has a PEM block that can't be read",
                "write the key anew in PKCS #8: openssl pkcs8 -topk8 -in key.pem",
            ));
        };
        let contents = SecretBox::new(Box::new(contents));
        let der = contents.expose_secret();
        match label.as_str() {
            "CERTIFICATE" => certificates.push(der.clone()),
            "PRIVATE KEY" => keys.push(KeyPair::from_pkcs8(der).map_err(|_| not_rsa())?),
            "RSA PRIVATE KEY" => keys.push(KeyPair::from_der(der).map_err(|_| not_rsa())?),
            "ENCRYPTED PRIVATE KEY" => {
                let password = password.ok_or_else(|| {
                    invalid(
                        "has an encrypted key",
                        "give its password as -CertificatePassword or certificate_password",
                    )
                })?;
                let key = EncryptedPrivateKeyInfoRef::try_from(der.as_slice())
                    .and_then(|key| key.decrypt(password.expose_secret()))
                    .map_err(|_| {
                        invalid(
                            "has a key that this password does not open",
                            "check -CertificatePassword or certificate_password",
                        )
                    })?;
                keys.push(KeyPair::from_pkcs8(key.as_bytes()).map_err(|_| not_rsa())?);
            }
            label if label.ends_with("PRIVATE KEY") => return Err(not_rsa()),
            // Parameters, requests and the like.
            _ => {}
        }
    }
    Ok((keys, certificates))
}

fn not_rsa() -> Error {
    invalid(
        "has a private key that is not RSA of 2048 to 4096 bits",
        "Microsoft Entra takes RSA certificates of applications only",
    )
}

fn invalid(reason: &str, hint: &str) -> Error {
    Error::new(
        ErrorCode::InvalidRequest,
        format!("the certificate file {reason}"),
    )
    .hint(hint)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}
