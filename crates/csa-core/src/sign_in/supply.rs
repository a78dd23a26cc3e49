//! Tokens that the caller gets when they are wanted: any object with a `get_token`, in the caller's own language.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::source::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::lock;

// A person may have to sign in for it.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// A token that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// The number that the answer has to name.
    pub request: u64,
    /// What for, such as `https://graph.microsoft.com/.default`.
    pub scope: String,
    /// The claims challenge to answer, as JSON.
    pub claims: Option<String>,
}

/// The meeting point of those who want tokens and the one who gets them.
#[derive(Debug)]
pub struct Supply {
    scope: String,
    next: AtomicU64,
    wanted: mpsc::UnboundedSender<Wanted>,
    heard: tokio::sync::Mutex<mpsc::UnboundedReceiver<Wanted>>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Issued>>>>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued")
            .field("lives", &self.lives)
            .finish_non_exhaustive()
    }
}

impl Supply {
    pub(super) fn new(scope: String) -> Self {
        let (wanted, heard) = mpsc::unbounded_channel();
        Self {
            scope,
            next: AtomicU64::new(1),
            wanted,
            heard: tokio::sync::Mutex::new(heard),
            waiting: Mutex::default(),
        }
    }

    /// The next token that is wanted; waits until one is.
    pub async fn wanted(&self) -> Option<Wanted> {
        self.heard.lock().await.recv().await
    }

    /// The token for `request`, good until `expires_on`. `false`: nobody waits for it any more.
    pub fn supply(
        &self,
        request: u64,
        token: SecretString,
        expires_on: Option<DateTime<Utc>>,
    ) -> bool {
        self.answer(request, Ok(Issued::until(token, expires_on)))
    }

    /// There is no token for `request`. `false`: nobody waits for it any more.
    pub fn fail(&self, request: u64, reason: &str) -> bool {
        let error = Error::new(
            ErrorCode::Auth,
            format!("the credential gave no token: {reason}"),
        );
        self.answer(
            request,
            Err(error.hint("check the credential, then connect again")),
        )
    }

    fn answer(&self, request: u64, answer: Result<Issued>) -> bool {
        let waiting = self.waiting().remove(&request);
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    pub(super) async fn token(&self, challenge: Option<&str>) -> Result<Issued> {
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(request, answer);
        // Nobody listening yet is as good as nobody answering.
        let _ = self.wanted.send(Wanted {
            request,
            scope: self.scope.clone(),
            claims: challenge.map(str::to_owned),
        });
        let outcome = tokio::time::timeout(LONGEST_WAIT, answered).await;
        self.waiting().remove(&request);
        match outcome {
            Ok(Ok(outcome)) => outcome,
            _ => Err(Error::new(
                ErrorCode::Auth,
                "the credential gave no token in 15 minutes",
            )
            .hint("check the credential, then connect again")),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Result<Issued>>>> {
        lock(&self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[tokio::test]
    async fn a_token_goes_to_the_one_who_wanted_it() {
        let supply = std::sync::Arc::new(Supply::new("https://g/.default".into()));
        let wants = |challenge: Option<&'static str>| {
            let supply = std::sync::Arc::clone(&supply);
            tokio::spawn(async move { supply.token(challenge).await })
        };
        let first = wants(None);
        let wanted = supply.wanted().await.unwrap();
        assert_eq!(
            (wanted.scope.as_str(), &wanted.claims),
            ("https://g/.default", &None)
        );
        assert!(supply.supply(
            wanted.request,
            "t".into(),
            Some(Utc::now() + chrono::TimeDelta::hours(1))
        ));
        let issued = first.await.unwrap().unwrap();
        assert_eq!(issued.text.expose_secret(), "t");
        assert!(issued.lives.unwrap() > Duration::from_secs(3590));
        assert!(!supply.supply(wanted.request, "late".into(), None));
        let second = wants(Some("{}"));
        let wanted = supply.wanted().await.unwrap();
        assert_eq!(wanted.claims.as_deref(), Some("{}"));
        assert!(supply.fail(wanted.request, "no"));
        assert_eq!(second.await.unwrap().err().unwrap().code(), ErrorCode::Auth);
    }
}
