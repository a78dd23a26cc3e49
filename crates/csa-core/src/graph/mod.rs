//! Requests to Microsoft Graph: alone or in batches, no faster than the quota, retried when that is safe, never sent elsewhere.

mod access;
mod answer;
mod batch;
pub(crate) mod definitions;
mod lane;
mod page;
mod quota;
mod request;
pub(crate) mod retry;
mod target;

pub use answer::Answer;
pub use lane::Tally;
pub use page::Pages;
pub use quota::{Pace, Quota, DEFAULT_SHARE};
pub(crate) use request::segment;
pub use request::{Method, Request};
pub use target::{AgentType, Target, TargetInfo};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use tokio::sync::Mutex;
use url::Url;

use crate::error::{Error, ErrorCode, Result};
use crate::http::{checked_url, Http};
use crate::sign_in::{Claims, Credential, Sight, Token};
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
    /// What sends the requests.
    pub http: Http,
    /// What may be used up; [`Quota::default`] is what is published.
    pub quota: Quota,
    /// Whether values may be told where things are logged, not only names.
    pub log_values: bool,
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
    http: Http,
    root: Url,
    credential: Credential,
    log_values: bool,
    pacer: Pacer,
    reads: Lane,
    writes: Lane,
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
        let root = checked_url(&config.root, "Graph root", DEFAULT_ROOT)?;
        let inner = Inner {
            http: config.http,
            root,
            credential: config.credential,
            log_values: config.log_values,
            pacer: Pacer::new(config.quota),
            reads: Lane::default(),
            writes: Lane::default(),
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

    pub(crate) fn root_url(&self) -> &Url {
        &self.inner.root
    }

    /// The sign-in.
    pub fn credential(&self) -> &Credential {
        &self.inner.credential
    }

    /// Whether values may be told where things are logged.
    pub(crate) fn logs_values(&self) -> bool {
        self.inner.log_values
    }

    /// What the latest token says about reading assignments.
    pub fn sight(&self) -> Sight {
        self.claims().sight()
    }

    /// What the latest token says of itself; nothing before there is one.
    pub fn claims(&self) -> Claims {
        self.inner.credential.claims()
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
            let (token, sent) = (inner.credential.current().await?, Instant::now());
            self.tally.sent();
            let mut outcome = inner.send_once(request, &token).await;
            if let Ok(answer) = &outcome {
                inner.pacer.heed(answer, cost, sent);
                if answer.status() == 401 && !renewed {
                    match inner
                        .credential
                        .renewed(&token, answer.claims_challenge().as_deref())
                        .await
                    {
                        Ok(true) => {
                            renewed = true;
                            self.tally.retries();
                            continue;
                        }
                        Ok(false) => {}
                        Err(error) => outcome = Err(error),
                    }
                }
            }
            let Some(next) = next_try(request.method, &outcome, tries, self.patience) else {
                return inner.checked(outcome?);
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
        let answer = Lane::push(self, request).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorCode::Internal,
                "the request was stopped before it was sent",
            ))
        });
        self.inner.checked(answer?)
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
        let answer = self.http.exchange(builder, MAX_BODY_BYTES).await?;
        Ok(Answer::new(answer.status, answer.headers, answer.body))
    }

    // A refused token is the end of a sign-in that has no other: what to do then depends on its kind.
    fn checked(&self, answer: Answer) -> Result<Answer> {
        answer.checked().map_err(|error| match error.status() {
            Some(401) => error.hint(self.credential.mode().how_to_go_on()),
            _ => error,
        })
    }
}

/// A panic elsewhere must not stop every later request.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(root: &str, token: &str) -> Result<Client> {
        Client::new(Config {
            root: root.into(),
            credential: Credential::token(token.into())?,
            http: Http::new(Duration::from_secs(5), None)?,
            quota: Quota::default(),
            log_values: false,
        })
    }

    #[test]
    fn a_token_is_never_printed() {
        let client = client(DEFAULT_ROOT, "s3cr3t").unwrap();
        assert!(!format!("{client:?}").contains("s3cr3t"));
    }
}
