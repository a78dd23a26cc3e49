//! Requests to Microsoft Graph: one target or page at a time, retried when that is safe, never sent elsewhere.

mod access;
mod answer;
pub(crate) mod definitions;
mod page;
mod request;
mod retry;
mod target;
mod token;

pub use answer::Answer;
pub use page::Pages;
pub(crate) use request::segment;
pub use request::{Method, Request};
pub use target::{AgentType, Target, TargetInfo};
pub use token::{Claims, Held, Right, Role, Sight};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use crate::error::{Error, ErrorCode, Result};

/// Where requests go unless told otherwise.
pub const DEFAULT_ROOT: &str = "https://graph.microsoft.com/v1.0";

// A page of 999 users with 50 values each stays well below; anything larger is not an answer of Graph.
const MAX_BODY_BYTES: usize = 64 << 20;

/// What a [`Client`] needs to know.
#[derive(Debug)]
pub struct Config {
    /// Root of the service with its version, such as [`DEFAULT_ROOT`]. https, or http to a loopback address.
    pub root: String,
    /// The bearer token.
    pub access_token: SecretString,
    /// Longest wait for one answer.
    pub timeout: Duration,
}

/// A connection to one Graph with one sign-in. Cheap to clone; shared by threads.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    root: Url,
    access_token: SecretString,
    claims: Claims,
    definitions: definitions::Cache,
    // Lists that were asked for to see whether they can be read.
    probes: Mutex<HashMap<&'static str, bool>>,
}

impl Client {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`]: a root that is not https (http is taken for loopback addresses only), has a user name, a
    /// query or a fragment, or an empty or unprintable token.
    pub fn new(config: Config) -> Result<Self> {
        let root = parse_root(&config.root)?;
        let token = config.access_token.expose_secret();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                "the access token is empty or has characters no token has",
            )
            .hint("pass the bare token, without \"Bearer \" and without line breaks"));
        }
        // Installing a second time fails, and that is fine: the first one is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("entra-csa/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the token to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.timeout.min(Duration::from_secs(10)))
            .timeout(config.timeout)
            .build()
            .map_err(|error| {
                Error::new(
                    ErrorCode::Internal,
                    format!("the HTTP client can't start: {error}"),
                )
                .hint("check the proxy variables and the system's certificate store")
            })?;
        let claims = Claims::of(token);
        Ok(Self(Arc::new(Inner {
            http,
            root,
            access_token: config.access_token,
            claims,
            definitions: definitions::Cache::default(),
            probes: Mutex::default(),
        })))
    }

    /// The root that requests go to, without a trailing slash.
    pub fn root(&self) -> &str {
        self.0.root.as_str()
    }

    /// What the token itself says about reading assignments.
    pub fn sight(&self) -> Sight {
        self.0.claims.sight()
    }

    /// What the token says of itself.
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// Sends one request and reads the answer, trying again while that is safe and the service asks for it.
    ///
    /// Waits at most 60 s between two tries and makes 6 at most. A GET or PATCH whose outcome is unknown is sent again: a PATCH
    /// sets values, so twice is the same as once. A POST is not.
    ///
    /// # Errors
    ///
    /// Every answer that is not 2xx, as [`Answer::into_error`] says; [`ErrorCode::Unreachable`]; [`ErrorCode::Refused`].
    pub async fn send(&self, request: &Request) -> Result<Answer> {
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.send_once(request).await;
            match retry::wait_before_next(request.method, &outcome, tries) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return outcome?.checked(),
            }
        }
    }

    async fn send_once(&self, request: &Request) -> Result<Answer> {
        let url = request.url(&self.0.root)?;
        let mut authorization = reqwest::header::HeaderValue::from_str(&format!(
            "Bearer {}",
            self.0.access_token.expose_secret()
        ))
        .map_err(|_| Error::new(ErrorCode::InvalidRequest, "the access token can't be sent"))?;
        authorization.set_sensitive(true);
        let mut builder = self
            .0
            .http
            .request(request.method.into(), url)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header("client-request-id", uuid::Uuid::new_v4().to_string());
        if request.eventual {
            builder = builder.header("ConsistencyLevel", "eventual");
        }
        if let Some(body) = &request.body {
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let mut response = builder
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if MAX_BODY_BYTES < body.len() + chunk.len() {
                return Err(Error::new(
                    ErrorCode::Protocol,
                    format!("the answer is larger than {MAX_BODY_BYTES} bytes"),
                )
                .hint("ask for less, or check that the Graph root is right"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer::new(
            response.status().as_u16(),
            response.headers().clone(),
            body,
        ))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        // The source chain holds the cause ("Connection refused"); the URL is left out, it may hold values.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let cause = if error.is_timeout() {
            "no answer in time".to_owned()
        } else {
            cause.to_string()
        };
        let root = &self.0.root;
        Error::new(
            ErrorCode::Unreachable,
            format!(
                "{} can't be reached: {cause}",
                root.origin().ascii_serialization()
            ),
        )
        .hint("check the network, the proxy variables and the Graph root")
    }
}

fn parse_root(text: &str) -> Result<Url> {
    let refuse = |reason: &str| {
        Err(Error::new(
            ErrorCode::InvalidRequest,
            format!("Graph root \"{text}\" {reason}"),
        )
        .hint("use a root like https://graph.microsoft.com/v1.0; http only for a loopback address"))
    };
    let Ok(root) = Url::parse(text.trim_end_matches('/')) else {
        return refuse("is not a URL");
    };
    let loopback = match root.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match root.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return refuse("is not https"),
    }
    if !root.username().is_empty()
        || root.password().is_some()
        || root.query().is_some()
        || root.fragment().is_some()
    {
        return refuse("has more than a host and a path");
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(root: &str, token: &str) -> Result<Client> {
        Client::new(Config {
            root: root.into(),
            access_token: token.into(),
            timeout: Duration::from_secs(5),
        })
    }

    #[test]
    fn only_https_and_loopback_are_taken_as_root() {
        for root in [
            "https://graph.microsoft.us/v1.0/",
            "http://127.0.0.1:80/v1.0",
            "http://[::1]:1/v1.0",
            "http://localhost:1",
        ] {
            assert!(client(root, "t").is_ok(), "{root}");
        }
        for root in [
            "http://graph.microsoft.com/v1.0",
            "ftp://127.0.0.1",
            "graph",
            "https://u:p@h/v1.0",
            "https://h/v1.0?x",
            "http://127.0.0.1.evil.org",
        ] {
            assert_eq!(
                client(root, "t").unwrap_err().code(),
                ErrorCode::InvalidRequest,
                "{root}"
            );
        }
    }

    #[test]
    fn a_token_is_never_printed() {
        let client = client(DEFAULT_ROOT, "s3cr3t").unwrap();
        assert!(!format!("{client:?}").contains("s3cr3t"));
        assert!(Client::new(Config {
            root: DEFAULT_ROOT.into(),
            access_token: "two words".into(),
            timeout: Duration::ZERO
        })
        .is_err());
    }
}
