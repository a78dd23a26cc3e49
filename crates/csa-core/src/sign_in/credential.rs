//! The token that requests carry, and when the next one is due.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::source::{Issued, Source, Tell};
use super::supply::Supply;
use super::{App, Claims, Mode};
use crate::error::{Error, ErrorCode, Result};

// A token is renewed this long before its end, or a fifth of its life if that is less.
const MARGIN: Duration = Duration::from_secs(300);
// While a token is still good, a renewal that failed is tried again after so long.
const NEXT_TRY: Duration = Duration::from_secs(30);

/// What requests carry: a token of a sign-in, renewed before it ends and when the service takes it no more.
pub struct Credential {
    source: Source,
    held: RwLock<Option<Arc<Token>>>,
    // Who waits for a new token waits for one renewal, not for one each.
    renewing: Mutex<()>,
}

/// One token; a later one has a higher number.
pub(crate) struct Token {
    text: SecretString,
    number: u64,
    claims: Claims,
    // By this machine's own count: its clock may be wrong.
    due: Option<Instant>,
    ends: Option<Instant>,
    expires_on: Option<DateTime<Utc>>,
}

impl Token {
    pub(crate) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    fn new(issued: Issued, number: u64, now: Instant) -> Result<Self> {
        check(&issued.text)?;
        let claims = Claims::of(issued.text.expose_secret());
        // What is over as it comes is not: this machine's clock is ahead. The service will say when it is.
        let lives = issued.lives.filter(|lives| !lives.is_zero());
        let by_clock = lives.and_then(|lives| TimeDelta::from_std(lives).ok());
        Ok(Self {
            due: lives.map(|lives| now + lives - MARGIN.min(lives / 5)),
            ends: lives.map(|lives| now + lives),
            expires_on: claims
                .expires_on()
                .or_else(|| Utc::now().checked_add_signed(by_clock?)),
            text: issued.text,
            number,
            claims,
        })
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    fn has_ended(&self, now: Instant) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }
}

impl Credential {
    /// A token that can't be renewed.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`] for text that is no token.
    pub fn token(text: SecretString) -> Result<Self> {
        let token = Token::new(Issued { text, lives: None }, 0, Instant::now())?;
        let credential = Self::of(Source::Fixed);
        credential.hold(token);
        Ok(credential)
    }

    /// A source of tokens that is asked whenever the service takes the last one no more.
    pub fn renewable(source: impl Fn() -> SecretString + Send + Sync + 'static) -> Self {
        Self::of(Source::Made(Box::new(source)))
    }

    pub(super) fn of(source: Source) -> Self {
        Self {
            source,
            held: RwLock::default(),
            renewing: Mutex::default(),
        }
    }

    /// How the sign-in is done.
    pub fn mode(&self) -> Mode {
        self.source.mode()
    }

    /// The application that signs in, where that is given.
    pub fn app(&self) -> Option<&App> {
        self.source.app()
    }

    /// What the latest token says of itself; nothing before there is one.
    pub fn claims(&self) -> Claims {
        self.held()
            .map(|token| token.claims.clone())
            .unwrap_or_default()
    }

    /// When the latest token ends, as far as that is known.
    pub fn expires_on(&self) -> Option<DateTime<Utc>> {
        self.held()?.expires_on
    }

    /// The other end of [`super::SignIn::Supplied`].
    pub fn supply(&self) -> Option<&Supply> {
        match &self.source {
            Source::Supplied(supply) => Some(supply),
            _ => None,
        }
    }

    /// Gets a first token, unless there is one. `tell` gets what a person has to do for it.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Auth`]: the sign-in is refused, with what to do; [`ErrorCode::Unreachable`].
    pub async fn sign_in(&self, tell: Tell<'_>) -> Result<()> {
        let _one_at_a_time = self.renewing.lock().await;
        match self.held() {
            Some(_) => Ok(()),
            None => self.renew(None, Some(tell)).await,
        }
    }

    /// A token that is good for now.
    ///
    /// # Errors
    ///
    /// Those of [`Self::sign_in`].
    pub(crate) async fn current(&self) -> Result<Arc<Token>> {
        let is_good = |token: &Arc<Token>| !token.is_due(Instant::now());
        if let Some(token) = self.held().filter(is_good) {
            return Ok(token);
        }
        let _one_at_a_time = self.renewing.lock().await;
        let before = self.held();
        if let Some(token) = before.clone().filter(is_good) {
            return Ok(token);
        }
        match (self.renew(None, None).await, before) {
            (Ok(()), _) => {}
            (Err(_), Some(token)) if !token.has_ended(Instant::now()) => self.postpone(&token),
            (Err(error), _) => return Err(error),
        }
        self.held().ok_or_else(no_token)
    }

    /// After a refusal of `refused`, perhaps with a claims challenge: whether there is another token now. `false`: this kind of
    /// sign-in has no other.
    ///
    /// # Errors
    ///
    /// Those of [`Self::sign_in`]; [`ErrorCode::Auth`] if the challenge can't be answered.
    pub(crate) async fn renewed(&self, refused: &Token, challenge: Option<&str>) -> Result<bool> {
        let _one_at_a_time = self.renewing.lock().await;
        if self
            .held()
            .is_some_and(|token| token.number != refused.number)
        {
            return Ok(true);
        }
        if challenge.is_some() && !self.mode().answers_challenges() {
            return Err(Error::new(
                ErrorCode::Auth,
                "the service wants a new sign-in (a claims challenge of continuous access evaluation), which this kind of sign-in can't make",
            )
            .hint(self.mode().how_to_go_on()));
        }
        if matches!(self.source, Source::Fixed) {
            return Ok(false);
        }
        self.renew(challenge, None).await.map(|()| true)
    }

    async fn renew(&self, challenge: Option<&str>, tell: Option<Tell<'_>>) -> Result<()> {
        let issued = self.source.token(challenge, tell).await?;
        let number = self.held().map_or(0, |token| token.number + 1);
        self.hold(Token::new(issued, number, Instant::now())?);
        Ok(())
    }

    fn postpone(&self, token: &Token) {
        self.hold(Token {
            text: token.text.clone(),
            claims: token.claims.clone(),
            due: Some(Instant::now() + NEXT_TRY),
            ..*token
        });
    }

    fn held(&self) -> Option<Arc<Token>> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn hold(&self, token: Token) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(token));
    }
}

fn no_token() -> Error {
    Error::new(ErrorCode::Internal, "the sign-in gave no token")
}

fn check(token: &SecretString) -> Result<()> {
    let text = token.expose_secret();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::InvalidRequest,
        "the access token is empty or has characters no token has",
    )
    .hint("pass the bare token, without \"Bearer \" and without line breaks"))
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("mode", &self.mode())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn issued(text: &str, seconds: u64) -> Issued {
        Issued {
            text: text.into(),
            lives: Some(Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn a_token_is_due_before_it_ends_and_one_that_seems_over_is_used() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let hour = Token::new(issued("t", 3600), 0, now).unwrap();
        assert!(!hour.is_due(now + 3299 * second) && hour.is_due(now + 3300 * second));
        assert!(!hour.has_ended(now + 3599 * second) && hour.has_ended(now + 3600 * second));
        let short = Token::new(issued("t", 10), 0, now).unwrap();
        assert!(!short.is_due(now + 7 * second) && short.is_due(now + 8 * second));
        let skewed = Token::new(issued("t", 0), 0, now).unwrap();
        assert!(!skewed.is_due(now + 9999 * second));
    }

    #[tokio::test]
    async fn all_who_wait_get_the_token_of_one_renewal() {
        static ASKED: AtomicU32 = AtomicU32::new(0);
        let credential = Arc::new(Credential::renewable(|| {
            format!("t{}", ASKED.fetch_add(1, Ordering::SeqCst)).into()
        }));
        let first = credential.current().await.unwrap();
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                let (credential, first) = (Arc::clone(&credential), Arc::clone(&first));
                tokio::spawn(async move { credential.renewed(&first, None).await })
            })
            .collect();
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(true));
        }
        assert_eq!(credential.current().await.unwrap().text(), "t1");
        assert_eq!(ASKED.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_token_that_is_still_good_survives_a_renewal_that_fails() {
        let hour = Duration::from_secs(3600);
        let credential = Credential::of(Source::Supplied(Supply::new("scope".into())));
        let supply = credential.supply().unwrap();
        let refuse = async {
            let wanted = supply.wanted().await.unwrap();
            assert!(supply.fail(wanted.request, "away for a moment"));
        };
        let now = Instant::now();
        let due = Token::new(issued("old", 3600), 0, now).unwrap();
        credential.hold(Token {
            due: Some(now),
            ..due
        });
        let (token, ()) = tokio::join!(credential.current(), refuse);
        assert_eq!(token.unwrap().text(), "old");
        // The next try is some time off: nobody is asked.
        let token = credential.current().await.unwrap();
        assert!(!token.is_due(Instant::now()) && token.ends < Some(now + 2 * hour));
        // One that has ended does not.
        let ended = Token::new(issued("old", 3600), 1, now).unwrap();
        credential.hold(Token {
            due: Some(now),
            ends: Some(now),
            ..ended
        });
        let refuse = async {
            let wanted = supply.wanted().await.unwrap();
            assert!(supply.fail(wanted.request, "away for good"));
        };
        let (token, ()) = tokio::join!(credential.current(), refuse);
        assert_eq!(token.err().unwrap().code(), ErrorCode::Auth);
    }

    #[tokio::test]
    async fn a_bare_token_is_not_renewed_and_answers_no_challenge() {
        let credential = Credential::token("t".into()).unwrap();
        let token = credential.current().await.unwrap();
        assert_eq!(credential.renewed(&token, None).await, Ok(false));
        let error = credential.renewed(&token, Some("{}")).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Auth);
        assert!(Credential::token("two words".into()).is_err());
    }
}
