//! Who can sign in: applications, managed identities, persons.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Who can sign in at the emulator. With one, only the tokens that it gave are taken.
///
/// `PUT /emulator/sign-in` takes this as JSON. The token endpoint is `/{tenantId}/oauth2/v2.0/token`, with `/devicecode` beside it; the managed
/// identities are asked for at `/metadata/identity/oauth2/token` (a virtual machine) and `/msi/token` (App Service, Automation), a job
/// of GitHub Actions at `/github/token`. `POST /emulator/federated-tokens` gives tokens of other issuers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Directory {
    /// The tenant.
    pub tenant_id: String,
    /// Its applications.
    pub applications: Vec<Application>,
    /// The managed identities of the machine.
    pub identities: Vec<Identity>,
    /// What `X-IDENTITY-HEADER` has to be at `/msi/token`.
    pub identity_header: String,
    /// What a person does who got a device code.
    pub person: Person,
    /// What a job of GitHub Actions has to show, and who it is.
    pub github: GitHub,
    /// How long tokens are good for.
    pub token_seconds: u64,
    /// What the claims challenges point to; the emulator itself if empty.
    pub authorization_uri: String,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            tenant_id: "aaaabbbb-0000-cccc-1111-dddd2222eeee".into(),
            applications: Vec::new(),
            identities: Vec::new(),
            identity_header: String::new(),
            person: Person::default(),
            github: GitHub::default(),
            token_seconds: 3600,
            authorization_uri: String::new(),
        }
    }
}

/// An application: how it may show who it is, and what it may do.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Application {
    /// Its client id.
    pub client_id: String,
    /// Its client secrets.
    pub secrets: Vec<String>,
    /// Its certificates, in PEM.
    pub certificates: Vec<String>,
    /// Whose tokens it may show.
    pub federated: Vec<Federated>,
    /// Whether a person may sign in with a device code.
    pub public_client: bool,
    /// Its permissions, or those that a person gives it.
    pub permissions: Vec<String>,
}

/// A token of another issuer that stands for an application.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Federated {
    /// Who gave it.
    pub issuer: String,
    /// Who it is about.
    pub subject: String,
    /// Who it is for.
    pub audience: String,
}

/// A managed identity.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Identity {
    /// Its client id.
    pub client_id: String,
    /// The object id of its service principal.
    pub object_id: String,
    /// Its Azure resource id.
    pub resource_id: String,
    /// Whether it is the resource's own: the one that is meant when none is named.
    pub system_assigned: bool,
    /// Its permissions.
    pub permissions: Vec<String>,
}

/// A person at a browser.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Person {
    /// The user name.
    pub account: String,
    /// How often is asked before the person has done something.
    pub polls: u32,
    /// The seconds between two times.
    pub interval: u64,
    /// Whether the person declines.
    pub declines: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            account: "admin@contoso.com".into(),
            polls: 1,
            interval: 1,
            declines: false,
        }
    }
}

/// A job of GitHub Actions.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct GitHub {
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub token: String,
    /// Who its tokens are about.
    pub subject: String,
}

/// A directory with what it has given out.
#[derive(Debug, Default)]
pub(crate) struct Issuer {
    pub(crate) directory: Directory,
    /// Tokens of other issuers, and when they end.
    pub(crate) federated: HashMap<String, (Federated, Instant)>,
    /// Device codes: the application, the scopes, how often was asked.
    pub(crate) codes: HashMap<String, (String, String, u32)>,
    /// Refresh tokens: the application and the scopes.
    pub(crate) refresh: HashMap<String, (String, String)>,
    /// What tokens have to have from now on, as in a claims challenge.
    pub(crate) challenge: Option<Json>,
}

/// What was given out, for the side that checks it.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) ends: Instant,
    pub(crate) claims: Json,
}

impl Issuer {
    pub(crate) fn new(directory: Directory) -> Self {
        Self {
            directory,
            ..Self::default()
        }
    }

    pub(crate) fn application(&self, client_id: &str) -> Option<&Application> {
        let applications = &self.directory.applications;
        applications
            .iter()
            .find(|it| it.client_id.eq_ignore_ascii_case(client_id))
    }

    pub(crate) fn token_life(&self) -> Duration {
        Duration::from_secs(self.directory.token_seconds)
    }
}
