//! Where tokens come from.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;

use super::azure::{AzureCli, ManagedIdentity};
use super::entra::{Application, Device};
use super::supply::Supply;
use super::{App, Mode};
use crate::error::{Error, ErrorCode, Result};

/// A token as its source gave it.
pub(super) struct Issued {
    pub(super) text: SecretString,
    /// How long it is good for from now on, if that is known.
    pub(super) lives: Option<Duration>,
}

impl Issued {
    /// A token with the time of day at which it ends, if that is known.
    pub(super) fn until(text: SecretString, ends: Option<DateTime<Utc>>) -> Self {
        let lives = ends.map(|ends| (ends - Utc::now()).to_std().unwrap_or_default());
        Self { text, lives }
    }
}

/// What a person has to do to sign in.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// The whole of it, as a sentence.
    pub message: String,
    /// The code to type.
    pub user_code: String,
    /// The page to type it at.
    pub verification_uri: String,
    /// How long the code is good for.
    pub expires_in_seconds: u64,
}

/// Who gets the [`Prompt`].
pub type Tell<'a> = &'a (dyn Fn(Prompt) + Send + Sync);

/// One kind of sign-in.
pub(super) enum Source {
    /// One token, and no other.
    Fixed,
    Made(Box<dyn Fn() -> SecretString + Send + Sync>),
    Application(Application),
    Device(Device),
    ManagedIdentity(ManagedIdentity),
    AzureCli(AzureCli),
    Supplied(Supply),
}

impl Source {
    pub(super) fn mode(&self) -> Mode {
        match self {
            Self::Fixed => Mode::AccessToken,
            Self::Made(_) => Mode::Sandbox,
            Self::Application(application) => application.mode(),
            Self::Device(_) => Mode::DeviceCode,
            Self::ManagedIdentity(_) => Mode::ManagedIdentity,
            Self::AzureCli(_) => Mode::AzureCli,
            Self::Supplied(_) => Mode::Supplied,
        }
    }

    pub(super) fn app(&self) -> Option<&App> {
        match self {
            Self::Application(application) => Some(application.app()),
            Self::Device(device) => Some(device.app()),
            _ => None,
        }
    }

    /// A new token; one that answers `challenge`, the JSON of a claims challenge, if there is one. Without `tell` nobody can be
    /// asked to do something.
    pub(super) async fn token(
        &self,
        challenge: Option<&str>,
        tell: Option<Tell<'_>>,
    ) -> Result<Issued> {
        match self {
            Self::Fixed => Err(Error::new(ErrorCode::Auth, "the access token has ended")
                .hint(self.mode().how_to_go_on())),
            Self::Made(make) => Ok(Issued {
                text: make(),
                lives: None,
            }),
            Self::Application(application) => application.token(challenge).await,
            Self::Device(device) => device.token(challenge, tell).await,
            Self::ManagedIdentity(identity) => identity.token().await,
            Self::AzureCli(cli) => cli.token().await,
            Self::Supplied(supply) => supply.token(challenge).await,
        }
    }
}
