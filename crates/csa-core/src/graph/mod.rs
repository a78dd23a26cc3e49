//! Requests to Microsoft Graph: alone or in batches, no faster than the quota, retried when that is safe, never sent elsewhere.

mod access;
mod answer;
mod batch;
mod credential;
pub(crate) mod definitions;
mod lane;
mod page;
mod quota;
mod request;
mod retry;
mod target;
mod token;

pub use answer::Answer;
pub use credential::Credential;
pub use lane::Tally;
pub use page::Pages;
pub use quota::{Pace, Quota, DEFAULT_SHARE};
pub(crate) use request::segment;
pub use request::{Method, Request};
pub use target::{AgentType, Target, TargetInfo};
pub use token::{Claims, Held, Right, Role, Sight};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use tokio::sync::Mutex;
use url::Url;

use crate::error::{Error, ErrorCode, Result};
use credential::Token;
use lane::Lane;
use quota::Pacer;
use retry::{next_try, Next, Patience};

/// Where requests go unless told otherwise.
pub const DEFAULT_ROOT: &str = "https://graph.microsoft.com/v1.0";

// A page of 999 users with 50 values each stays well below; anything larger is not an answer of Graph.
const MAX_BODY_BYTES: usize = 64 << 20;

/// What a [`Client`] needs to know.
#[derive(Debug)]
pub struct Config {
    /// Root of the service with its version, such as [`DEFAULT_ROOT`]. https, or http to a loopback address.
    pub root: String,
    /// The bearer token, or where tokens come from.
    pub credential: Credential,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// What may be used up; [`Quota::default`] is what is published.
    pub quota: Quota,
}

/// A connection to one Graph with one sign-in. Cheap to clone; shared by threads.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    tally: Arc<Tally>,
    patience: Patience,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    root: Url,
    credential: Credential,
    pacer: Pacer,
    reads: Lane,
    writes: Lane,
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
    /// query or a fragment.
    pub fn new(config: Config) -> Result<Self> {
        let root = parse_root(&config.root)?;
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
        let claims = Claims::of(config.credential.current().text());
        let inner = Inner {
            http,
            root,
            credential: config.credential,
            pacer: Pacer::new(config.quota),
            reads: Lane::default(),
            writes: Lane::default(),
            claims,
            definitions: definitions::Cache::default(),
            probes: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
            tally: Arc::default(),
            patience: retry::ALONE,
        })
    }

    /// The root that requests go to, without a trailing slash.
    pub fn root(&self) -> &str {
        self.inner.root.as_str()
    }

    /// What the token itself says about reading assignments.
    pub fn sight(&self) -> Sight {
        self.inner.claims.sight()
    }

    /// What the token says of itself.
    pub fn claims(&self) -> &Claims {
        &self.inner.claims
    }

    /// The same connection with a count of its own of what is sent.
    #[must_use]
    pub fn for_few(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            tally: Arc::default(),
            patience: self.patience,
        }
    }

    /// The same for many changes: more patient, since nobody waits for a single one.
    #[must_use]
    pub fn for_many(&self) -> Self {
        Self {
            patience: retry::OF_MANY,
            ..self.for_few()
        }
    }

    /// What was sent by this one and its clones.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// From now on nothing of what this one and its clones send together leaves; what has left is waited for.
    pub fn stop(&self) {
        self.tally.stop();
        for method in [Method::Get, Method::Patch] {
            Lane::look_after(&self.inner, method);
        }
    }

    /// Uses at most this part of the quota, above 0 and at most 1. For all who share the connection.
    pub fn set_quota_share(&self, share: f64) {
        self.inner.pacer.set_share(share);
    }

    /// How fast writes may go just now.
    pub fn pace(&self) -> Pace {
        self.inner.pacer.pace()
    }

    /// How long the service asks to wait before the next write, or read, if it does.
    pub fn pause_left(&self) -> Option<Duration> {
        let now = Instant::now();
        let (writes, reads) = (&self.inner.writes, &self.inner.reads);
        writes.pause_left(now).max(reads.pause_left(now))
    }

    /// So many objects of the tenant were seen: the quota of reads depends on its size.
    pub(crate) fn tenant_has(&self, objects: u64) {
        self.inner.pacer.tenant_has(objects);
    }

    /// Sends one request and reads the answer, trying again while that is safe and the service asks for it.
    ///
    /// Waits until the quota allows it, at most 5 minutes between two tries, and makes 6 at most. A GET or PATCH whose outcome
    /// is unknown is sent again: a PATCH sets values, so twice is the same as once. A POST is not. A token that is refused is
    /// renewed once, where that can be done.
    ///
    /// # Errors
    ///
    /// Every answer that is not 2xx, as [`Answer::into_error`] says; [`ErrorCode::Unreachable`]; [`ErrorCode::Refused`].
    pub async fn send(&self, request: &Request) -> Result<Answer> {
        let (inner, cost) = (&self.inner, request.cost());
        let lane = inner.lane(request.method);
        let (mut tries, mut renewed) = (0, false);
        loop {
            while let Some(wait) = lane
                .pause_left(Instant::now())
                .or_else(|| inner.pacer.take(cost, Instant::now()).err())
            {
                tokio::time::sleep(wait).await;
            }
            tries += 1;
            let (token, sent) = (inner.credential.current(), Instant::now());
            self.tally.sent();
            let outcome = inner.send_once(request, &token).await;
            if let Ok(answer) = &outcome {
                inner.pacer.heed(answer, cost, sent);
                if answer.status() == 401 && !renewed && inner.credential.renewed(&token).await {
                    renewed = true;
                    self.tally.retries();
                    continue;
                }
            }
            let Some(next) = next_try(request.method, &outcome, tries, self.patience) else {
                return outcome?.checked();
            };
            self.tally.retries();
            match next {
                Next::Asked(wait) if outcome.is_ok_and(|answer| answer.status() == 429) => {
                    self.tally.waits(lane.pause(wait, Instant::now()));
                }
                next => tokio::time::sleep(next.wait()).await,
            }
        }
    }

    /// Sends one of many requests: those that wait at the same time go in batches, each retried for
    /// itself. Dropped before it has left, it stays unsent. Only for GET and PATCH of one object.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn send_together(&self, request: Request) -> Result<Answer> {
        let answer = Lane::push(self, request);
        answer
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(
                    ErrorCode::Internal,
                    "the request was stopped before it was sent",
                ))
            })?
            .checked()
    }
}

impl Inner {
    async fn send_once(&self, request: &Request, token: &Token) -> Result<Answer> {
        let url = request.url(&self.root)?;
        let mut authorization =
            reqwest::header::HeaderValue::from_str(&format!("Bearer {}", token.text())).map_err(
                |_| Error::new(ErrorCode::InvalidRequest, "the access token can't be sent"),
            )?;
        authorization.set_sensitive(true);
        let mut builder = self
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
        let root = &self.root;
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

/// A panic elsewhere must not stop every later request.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
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
            credential: Credential::token(token.into())?,
            timeout: Duration::from_secs(5),
            quota: Quota::default(),
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
        assert!(Credential::token("two words".into()).is_err());
    }
}
