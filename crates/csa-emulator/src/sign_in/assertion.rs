//! Whether an assertion is what it says: signed by a certificate of the application, for this endpoint, now. As with the service it may be
//! shown again until it ends.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use chrono::Utc;
use ring::signature::{UnparsedPublicKey, RSA_PSS_2048_8192_SHA256};
use serde_json::Value as Json;
use x509_parser::prelude::{parse_x509_pem, FromDer, X509Certificate};

use super::directory::Application;
use super::Refusal;

// How far a client's clock may be off.
const SKEW_SECONDS: i64 = 300;
const LONGEST_LIFE_SECONDS: i64 = 24 * 3600;

/// The claims of a JWT, without regard to its signature.
pub(super) fn claims(token: &str) -> Option<Json> {
    part(token, 1)
}

fn part(token: &str, index: usize) -> Option<Json> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Checks the assertion of `application` for `audience`.
pub(super) fn check(
    assertion: &str,
    application: &Application,
    audience: &str,
) -> Result<(), Refusal> {
    let bad = |number, reason: &str| Refusal::new("invalid_client", number, reason);
    let unsigned = || {
        bad(700_027, "The certificate with identifier used to sign the client assertion is not registered on application.")
    };
    let header =
        part(assertion, 0).ok_or_else(|| bad(50_027, "JWT token is invalid or malformed."))?;
    let claims =
        claims(assertion).ok_or_else(|| bad(50_027, "JWT token is invalid or malformed."))?;
    if header["alg"] != "PS256" || header["typ"] != "JWT" {
        return Err(bad(
            5_002_738,
            "Invalid JWT token. The algorithm is not supported.",
        ));
    }
    let thumbprint = header["x5t#S256"].as_str().ok_or_else(unsigned)?;
    let certificates = application
        .certificates
        .iter()
        .filter_map(|text| Some(parse_x509_pem(text.as_bytes()).ok()?.1.contents));
    let mut certificates = certificates.filter(|der| {
        let digest = ring::digest::digest(&ring::digest::SHA256, der);
        URL_SAFE_NO_PAD.encode(digest) == thumbprint
    });
    let certificate = certificates.next().ok_or_else(unsigned)?;
    let (signed, signature) = assertion.rsplit_once('.').ok_or_else(unsigned)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| unsigned())?;
    let (_, certificate) = X509Certificate::from_der(&certificate).map_err(|_| unsigned())?;
    UnparsedPublicKey::new(
        &RSA_PSS_2048_8192_SHA256,
        &certificate.public_key().subject_public_key.data,
    )
    .verify(signed.as_bytes(), &signature)
    .map_err(|_| bad(700_027, "Client assertion contains an invalid signature."))?;
    if claims["aud"] != audience {
        return Err(bad(
            700_023,
            "Client assertion audience claim does not match Realm issuer.",
        ));
    }
    let time = |name: &str| claims[name].as_i64().unwrap_or(0);
    let (now, starts, ends) = (Utc::now().timestamp(), time("nbf"), time("exp"));
    if now + SKEW_SECONDS < starts
        || ends + SKEW_SECONDS < now
        || LONGEST_LIFE_SECONDS < ends - starts
    {
        return Err(bad(
            700_024,
            "Client assertion is not within its valid time range.",
        ));
    }
    if claims["iss"] != claims["sub"] || claims["sub"] != application.client_id.as_str() {
        return Err(bad(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    if !claims["jti"].is_string() {
        return Err(bad(50_027, "JWT token is invalid or malformed."));
    }
    Ok(())
}
