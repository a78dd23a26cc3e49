//! The sign-ins of azure_identity: managed identities and the Azure CLI.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::error::{Error as AzureError, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, Transport, Url,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId,
};
use chrono::DateTime;

use super::source::Issued;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{innermost, Http};

const MOST_BYTES: usize = 1 << 20;
const LONGEST_REASON: usize = 500;
// Where every Azure machine finds its metadata, and the variable by which the Azure libraries find it elsewhere.
const METADATA_HOST: &str = "169.254.169.254";
const METADATA_VARIABLE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// The identity of the Azure resource that this runs on: a virtual machine (IMDS), App Service, Functions, Container Apps or Automation
/// (`IDENTITY_ENDPOINT` and `IDENTITY_HEADER`).
///
/// Source: <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
/// <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>
pub(super) struct ManagedIdentity {
    client_id: Option<String>,
    scope: String,
    wire: Arc<Wire>,
}

/// Whoever is signed in with `az login`.
pub(super) struct AzureCli {
    tenant_id: Option<String>,
    scope: String,
}

impl ManagedIdentity {
    pub(super) fn new(client_id: Option<String>, scope: String, http: &Http) -> Result<Self> {
        let metadata = std::env::var(METADATA_VARIABLE).ok();
        let wire = Wire {
            http: http.on_this_machine()?,
            metadata: metadata.and_then(|text| Url::parse(&text).ok()),
        };
        Ok(Self {
            client_id,
            scope,
            wire: Arc::new(wire),
        })
    }

    // A new credential for each token: azure_identity's own memory of tokens would give one again that the service has refused.
    pub(super) async fn token(&self) -> Result<Issued> {
        let user_assigned_id = self.client_id.clone().map(UserAssignedId::ClientId);
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id,
            client_options: ClientOptions {
                transport: Some(Transport::new(Arc::clone(&self.wire) as Arc<dyn HttpClient>)),
                ..ClientOptions::default()
            },
        };
        let hint = "run this on an Azure resource that has a managed identity, and name a user-assigned one by its client id";
        let credential = ManagedIdentityCredential::new(Some(options));
        ask(credential, &self.scope, hint).await
    }
}

impl AzureCli {
    pub(super) fn new(tenant_id: Option<String>, scope: String) -> Self {
        Self { tenant_id, scope }
    }

    pub(super) async fn token(&self) -> Result<Issued> {
        let options = AzureCliCredentialOptions {
            tenant_id: self.tenant_id.clone(),
            ..AzureCliCredentialOptions::default()
        };
        let hint = "install the Azure CLI, run az login, then connect again";
        ask(AzureCliCredential::new(Some(options)), &self.scope, hint).await
    }
}

async fn ask<C: TokenCredential>(
    credential: azure_core::Result<Arc<C>>,
    scope: &str,
    hint: &str,
) -> Result<Issued> {
    let token = async { credential?.get_token(&[scope], None).await };
    let token = token.await.map_err(|error| failed(&error, hint))?;
    let ends = DateTime::from_timestamp(token.expires_on.unix_timestamp(), 0);
    Ok(Issued::until(token.token.secret().into(), ends))
}

// What is at the bottom says what happened; what is around it, which class of azure_identity noticed.
fn failed(error: &AzureError, hint: &str) -> Error {
    let text = innermost(error);
    let line = text.lines().find(|line| !line.trim().is_empty());
    let reason = line.unwrap_or_default().trim().trim_end_matches('.');
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    Error::new(ErrorCode::Auth, format!("sign-in failed: {reason}")).hint(hint)
}

/// Carries the requests of azure_identity.
struct Wire {
    http: Http,
    metadata: Option<Url>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut url = request.url().clone();
        if let Some(metadata) = self
            .metadata
            .as_ref()
            .filter(|_| url.host_str() == Some(METADATA_HOST))
        {
            let _ = url.set_scheme(metadata.scheme());
            let _ = url.set_host(metadata.host_str());
            let _ = url.set_port(metadata.port());
        }
        let method = request
            .method()
            .as_str()
            .parse()
            .map_err(|_| wire_error("no such method"))?;
        let Body::Bytes(body) = request.body() else {
            return Err(wire_error("the body is a stream"));
        };
        let mut builder = self.http.request(method, url).body(body.clone());
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        // Nobody there: trying again, as is done for busy answers, would take minutes to say so.
        let answer = self
            .http
            .exchange(builder, MOST_BYTES)
            .await
            .map_err(|error| wire_error(error.to_string()))?;
        let mut headers = Headers::new();
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(AsyncRawResponse::from_bytes(
            answer.status.into(),
            headers,
            answer.body,
        ))
    }
}

fn wire_error(reason: impl Into<std::borrow::Cow<'static, str>>) -> AzureError {
    AzureError::with_message(ErrorKind::Other, reason)
}
