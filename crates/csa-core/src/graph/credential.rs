//! The token that requests carry, and where the next one comes from.

use std::fmt;
use std::sync::{Arc, RwLock};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::error::{Error, ErrorCode, Result};

/// A bearer token, with a source of new ones where the sign-in has one.
pub struct Credential {
    token: RwLock<Arc<Token>>,
    renew: Option<Box<dyn Fn() -> SecretString + Send + Sync>>,
    // Who waits for a new token waits for one renewal, not for one each.
    renewing: Mutex<()>,
}

/// One token; a later one has a higher number.
pub(super) struct Token {
    text: SecretString,
    number: u64,
}

impl Token {
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Credential {
    /// A token that can't be renewed.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`] for text that is no token.
    pub fn token(text: SecretString) -> Result<Self> {
        check(&text)?;
        Ok(Self {
            token: RwLock::new(Arc::new(Token { text, number: 0 })),
            renew: None,
            renewing: Mutex::default(),
        })
    }

    /// A source of tokens, asked now and whenever the service takes the last one no more.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`] if what it gives is no token.
    pub fn renewable(source: impl Fn() -> SecretString + Send + Sync + 'static) -> Result<Self> {
        let first = Self::token(source())?;
        Ok(Self {
            renew: Some(Box::new(source)),
            ..first
        })
    }

    pub(super) fn current(&self) -> Arc<Token> {
        let token = self.token.read();
        Arc::clone(&token.unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// After a refusal of `refused`: whether there is another token now.
    pub(super) async fn renewed(&self, refused: &Token) -> bool {
        let Some(renew) = &self.renew else {
            return false;
        };
        let _one_at_a_time = self.renewing.lock().await;
        if self.current().number != refused.number {
            return true;
        }
        let text = renew();
        if check(&text).is_err() {
            return false;
        }
        let token = Arc::new(Token {
            text,
            number: refused.number + 1,
        });
        *self
            .token
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = token;
        true
    }
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
            .field("renewable", &self.renew.is_some())
            .finish_non_exhaustive()
    }
}
