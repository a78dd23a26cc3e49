//! Signing in: where access tokens come from, and when the next one is due.
//!
//! [`Params`] (what a caller gives) -> [`SignIn`] (checked) -> `source` (one module a kind of sign-in) -> [`Credential`] (the token that
//! requests carry, renewed in time).

mod azure;
mod certificate;
mod claims;
mod cloud;
mod credential;
mod entra;
mod federated;
mod params;
mod source;
mod supply;

pub use certificate::Certificate;
pub use claims::{Claims, Held, Right, Role, Sight};
pub use cloud::Cloud;
pub use credential::Credential;
pub(crate) use credential::Token;
pub use federated::Federation;
pub use params::Params;
pub use source::{Prompt, Tell};
pub use supply::{Supply, Wanted};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::Result;
use crate::http::{checked_url, Http};
use source::Source;

/// The ways to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// A token that somebody else got.
    AccessToken,
    /// An application with a secret.
    ClientSecret,
    /// An application with a certificate.
    ClientCertificate,
    /// An application with a token of another issuer.
    WorkloadIdentity,
    /// The identity of the Azure resource that this runs on.
    ManagedIdentity,
    /// Whoever `az login` signed in.
    AzureCli,
    /// A person, at a browser elsewhere.
    DeviceCode,
    /// One of the above, by the variables of the environment.
    EnvironmentVariable,
    /// Tokens that the caller gets when they are wanted.
    Supplied,
    /// The sandbox needs none.
    Sandbox,
}

impl Mode {
    /// Whether a claims challenge of continuous access evaluation can be answered.
    ///
    /// Source: <https://learn.microsoft.com/entra/identity-platform/claims-challenge>
    pub fn answers_challenges(self) -> bool {
        matches!(
            self,
            Self::ClientSecret
                | Self::ClientCertificate
                | Self::WorkloadIdentity
                | Self::DeviceCode
                | Self::Supplied
        )
    }

    /// What to do when the sign-in has ended and can't be renewed.
    pub fn how_to_go_on(self) -> &'static str {
        match self {
            Self::AccessToken | Self::Sandbox => "sign in again; a sign-in that lasts is one with a certificate, a secret, a managed or workload identity, or a device code in place of a bare access token; a run with a journal then goes on with Resume-CsaOperation or client.resume",
            Self::AzureCli => "run az login again (with what the service asks for, --claims-challenge, where az says so), then connect again; a run with a journal goes on with Resume-CsaOperation or client.resume",
            _ => "connect again; a run with a journal then goes on with Resume-CsaOperation or client.resume",
        }
    }
}

/// How to sign in, with what it takes.
#[derive(Debug)]
pub enum SignIn {
    /// A token that somebody else got.
    AccessToken(SecretString),
    /// An application that shows a secret.
    ClientSecret(App, SecretString),
    /// An application that signs with the key of a certificate.
    ClientCertificate(App, Certificate),
    /// An application that shows a token of another issuer.
    WorkloadIdentity(App, Federation),
    /// A managed identity; the resource's own unless a user-assigned one is named by its client id.
    ManagedIdentity(Option<String>),
    /// `az account get-access-token`, of this tenant if one is given.
    AzureCli(Option<String>),
    /// A person who opens a page and types a code; what the token shall allow.
    DeviceCode(App, Vec<String>),
    /// Tokens from the caller, as they are wanted.
    Supplied,
}

/// An application (its client id) in a tenant (its id, or a domain).
#[derive(Clone, Debug)]
pub struct App {
    /// The tenant.
    pub tenant_id: String,
    /// The application.
    pub client_id: String,
}

/// Where to sign in, and for what.
#[derive(Clone, Debug)]
pub struct Place {
    authority: Url,
    resource: String,
}

impl Place {
    /// `authority` is where one signs in, such as `https://login.microsoftonline.com`; `graph_root` what for.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorCode::InvalidRequest`]: not https, and no loopback address.
    pub fn new(authority: &str, graph_root: &str) -> Result<Self> {
        let example = Cloud::Global.authority();
        let root = checked_url(graph_root, "Graph root", crate::graph::DEFAULT_ROOT)?;
        Ok(Self {
            authority: checked_url(authority, "authority", example)?,
            resource: root.origin().ascii_serialization(),
        })
    }

    /// Where one signs in, without a trailing slash.
    pub fn authority(&self) -> &str {
        self.authority.as_str().trim_end_matches('/')
    }

    /// What a token of an application shall allow: all that the application was given.
    fn scope(&self) -> String {
        format!("{}/.default", self.resource)
    }
}

impl Credential {
    /// Prepares a sign-in; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorCode::InvalidRequest`]: an access token that is none. [`crate::ErrorCode::Internal`]: no TLS on this system.
    pub fn new(sign_in: SignIn, place: Place, http: &Http) -> Result<Self> {
        use entra::{Application, Device, Endpoint, Proof};
        let endpoint = |app: App| Endpoint::new(app, place.clone(), http.clone());
        let application = |app, proof| Source::Application(Application::new(endpoint(app), proof));
        Ok(Self::of(match sign_in {
            SignIn::AccessToken(text) => return Self::token(text),
            SignIn::ClientSecret(app, secret) => application(app, Proof::Secret(secret)),
            SignIn::ClientCertificate(app, certificate) => {
                application(app, Proof::Certificate(certificate))
            }
            SignIn::WorkloadIdentity(app, federation) => {
                application(app, Proof::Federated(federation))
            }
            SignIn::DeviceCode(app, scopes) => Source::Device(Device::new(endpoint(app), &scopes)),
            SignIn::ManagedIdentity(id) => {
                Source::ManagedIdentity(azure::ManagedIdentity::new(id, place.scope(), http)?)
            }
            SignIn::AzureCli(tenant_id) => {
                Source::AzureCli(azure::AzureCli::new(tenant_id, place.scope()))
            }
            SignIn::Supplied => Source::Supplied(Supply::new(place.scope())),
        }))
    }
}
