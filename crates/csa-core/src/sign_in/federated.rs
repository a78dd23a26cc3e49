//! Tokens of another issuer, which an application shows in place of a secret.
//!
//! Source: <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::error::{Error, ErrorCode, Result};
use crate::http::{is_safe, Http};

const MOST_BYTES: usize = 64 << 10;

/// Where the token of the other issuer comes from; it is fetched anew each time, since it lives for minutes.
#[derive(Debug)]
pub enum Federation {
    /// A file that is kept up to date, as in Kubernetes (`AZURE_FEDERATED_TOKEN_FILE`).
    File(PathBuf),
    /// A job of GitHub Actions with `permissions: id-token: write`.
    ///
    /// Source: <https://docs.github.com/actions/reference/security/oidc>
    GitHub {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: String,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: SecretString,
        /// What the token must be made out to.
        audience: &'static str,
    },
}

#[derive(Deserialize)]
struct Answer {
    value: SecretString,
}

impl Federation {
    pub(super) async fn token(&self, http: &Http) -> Result<SecretString> {
        match self {
            Self::File(path) => read(path).await,
            Self::GitHub {
                url,
                token,
                audience,
            } => ask(http, url, token, audience).await,
        }
    }
}

async fn read(path: &Path) -> Result<SecretString> {
    let file = path.to_owned();
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
    let text = match text {
        Ok(Ok(text)) => SecretString::from(text),
        Ok(Err(error)) => {
            return Err(failed(&format!(
                "the federated token file {} can't be read: {error}",
                path.display()
            )))
        }
        Err(_) => return Err(failed("the federated token file was not read")),
    };
    let token = text.expose_secret().trim();
    if token.is_empty() {
        return Err(failed(&format!(
            "the federated token file {} is empty",
            path.display()
        )));
    }
    Ok(token.into())
}

async fn ask(http: &Http, url: &str, token: &SecretString, audience: &str) -> Result<SecretString> {
    let mut url = Url::parse(url)
        .ok()
        .filter(is_safe)
        .ok_or_else(|| failed("ACTIONS_ID_TOKEN_REQUEST_URL is no https URL"))?;
    url.query_pairs_mut().append_pair("audience", audience);
    let request = http
        .request(reqwest::Method::GET, url)
        .bearer_auth(token.expose_secret());
    let answer = http.exchange(request, MOST_BYTES).await?;
    if answer.status != 200 {
        return Err(failed(&format!(
            "GitHub gave no token: HTTP {}",
            answer.status
        )));
    }
    let answer: Answer = serde_json::from_slice(&answer.body)
        .map_err(|_| failed("GitHub gave no token: the answer has no value"))?;
    Ok(answer.value)
}

fn failed(reason: &str) -> Error {
    Error::new(ErrorCode::Auth, reason).hint(
        "in GitHub Actions the job needs \"permissions: id-token: write\"; elsewhere check AZURE_FEDERATED_TOKEN_FILE",
    )
}
