//! The token endpoint of Microsoft Entra: applications, and persons with a device code. The protocol is oauth2's (RFC 6749, RFC 8628, RFC 7523).
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::time::Duration;

use chrono::Utc;
use futures_util::future::BoxFuture;
use futures_util::FutureExt;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl, EndpointNotSet,
    EndpointSet, ErrorResponse, ErrorResponseType, HttpRequest, HttpResponse, RefreshToken,
    RequestTokenError, Scope, StandardDeviceAuthorizationResponse, StandardErrorResponse,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{json, Value as Json};
use tokio::sync::Mutex;
use url::Url;

use super::certificate::Certificate;
use super::federated::Federation;
use super::source::{Issued, Prompt, Tell};
use super::{App, Mode, Place};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::retry;
use crate::http::Http;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const MOST_BYTES: usize = 1 << 20;
const LONGEST_REASON: usize = 500;
// A token endpoint that is away for a moment must not end a run of hours.
const MOST_TRIES: u32 = 6;

type OAuth = BasicClient<EndpointNotSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The token endpoint of a tenant, for one application.
pub(super) struct Endpoint {
    app: App,
    place: Place,
    http: Http,
    oauth: OAuth,
}

/// What an application shows to be who it is.
pub(super) enum Proof {
    Secret(SecretString),
    Certificate(Certificate),
    Federated(Federation),
}

/// An application that signs in as itself.
pub(super) struct Application {
    endpoint: Endpoint,
    proof: Proof,
}

/// A person who signs in at a browser elsewhere.
pub(super) struct Device {
    endpoint: Endpoint,
    scopes: Vec<Scope>,
    refresh: Mutex<Option<SecretString>>,
}

impl Endpoint {
    pub(super) fn new(app: App, place: Place, http: Http) -> Self {
        let url = |name: &str| {
            let mut url = place.authority.clone();
            // An http or https URL always has a path to extend.
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty()
                    .extend([app.tenant_id.as_str(), "oauth2", "v2.0", name]);
            }
            url
        };
        let oauth = BasicClient::new(ClientId::new(app.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(url("token")))
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(url("devicecode")));
        Self {
            app,
            place,
            http,
            oauth,
        }
    }

    // One request to the authority, tried again while that may help: asking for a token changes nothing.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string())
            .map_err(|_| Error::new(ErrorCode::Internal, "the token endpoint has no valid URL"))?;
        let mut tries = 0;
        loop {
            tries += 1;
            let request = self.http.request(head.method.clone(), url.clone());
            let request = request.headers(head.headers.clone()).body(body.clone());
            let outcome = self.http.exchange(request, MOST_BYTES).await;
            let wait = match &outcome {
                Ok(answer) if matches!(answer.status, 429 | 500..=599) => {
                    let asked = answer.headers.get("retry-after");
                    retry::after_busy(asked.and_then(|text| text.to_str().ok()), tries)
                        .map(retry::Next::wait)
                }
                Err(error) if error.code() == ErrorCode::Unreachable => Some(retry::backoff(tries)),
                _ => None,
            };
            match wait.filter(|_| tries < MOST_TRIES) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    let answer = outcome?;
                    let mut response = HttpResponse::new(answer.body);
                    *response.status_mut() =
                        reqwest::StatusCode::from_u16(answer.status).unwrap_or_default();
                    *response.headers_mut() = answer.headers;
                    return Ok(response);
                }
            }
        }
    }

    fn error<T: ErrorResponseType>(
        &self,
        error: RequestTokenError<Error, StandardErrorResponse<T>>,
        mode: Mode,
    ) -> Error
    where
        StandardErrorResponse<T>: ErrorResponse,
    {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(answer) => {
                let code = serde_json::to_value(answer.error()).ok();
                let code = code
                    .as_ref()
                    .and_then(Json::as_str)
                    .unwrap_or("error")
                    .to_owned();
                refusal(
                    &code,
                    answer.error_description().map_or("", String::as_str),
                    &self.app,
                    mode,
                )
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Error::new(
                ErrorCode::Protocol,
                format!(
                    "{} gave no token: its answer can't be understood",
                    self.place.authority()
                ),
            )
            .hint("check the authority and what stands between you and it"),
        }
    }
}

fn issued(answer: &BasicTokenResponse) -> Issued {
    Issued {
        text: answer.access_token().secret().as_str().into(),
        lives: answer.expires_in(),
    }
}

impl<'c> AsyncHttpClient<'c> for Endpoint {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}

impl Application {
    pub(super) fn new(endpoint: Endpoint, proof: Proof) -> Self {
        Self { endpoint, proof }
    }

    pub(super) fn app(&self) -> &App {
        &self.endpoint.app
    }

    pub(super) fn mode(&self) -> Mode {
        match self.proof {
            Proof::Secret(_) => Mode::ClientSecret,
            Proof::Certificate(_) => Mode::ClientCertificate,
            Proof::Federated(_) => Mode::WorkloadIdentity,
        }
    }

    pub(super) async fn token(&self, challenge: Option<&str>) -> Result<Issued> {
        let endpoint = &self.endpoint;
        let (secret, assertion) = match &self.proof {
            Proof::Secret(secret) => (Some(secret), None),
            Proof::Certificate(certificate) => {
                let audience = endpoint.oauth.token_uri().as_str();
                (
                    None,
                    Some(certificate.assertion(audience, &endpoint.app.client_id, Utc::now())?),
                )
            }
            Proof::Federated(federation) => (None, Some(federation.token(&endpoint.http).await?)),
        };
        let mut oauth = endpoint.oauth.clone();
        if let Some(secret) = secret {
            oauth = oauth.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        let mut request = oauth
            .exchange_client_credentials()
            .add_scope(Scope::new(endpoint.place.scope()))
            .add_extra_param("claims", capabilities(challenge));
        if let Some(assertion) = &assertion {
            request = request
                .add_extra_param("client_assertion_type", ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion.expose_secret());
        }
        let answer = request.request_async(endpoint).await;
        let answer = answer.map_err(|error| endpoint.error(error, self.mode()))?;
        Ok(issued(&answer))
    }
}

impl Device {
    /// `scopes` are permissions of Graph, such as `User.Read.All`.
    pub(super) fn new(endpoint: Endpoint, scopes: &[String]) -> Self {
        let resource = &endpoint.place.resource;
        let full = |scope: &String| {
            if scope.contains("://") {
                scope.clone()
            } else {
                format!("{resource}/{scope}")
            }
        };
        let scopes = scopes.iter().map(full).chain(["offline_access".to_owned()]);
        Self {
            scopes: scopes.map(Scope::new).collect(),
            endpoint,
            refresh: Mutex::default(),
        }
    }

    pub(super) fn app(&self) -> &App {
        &self.endpoint.app
    }

    pub(super) async fn token(
        &self,
        challenge: Option<&str>,
        tell: Option<Tell<'_>>,
    ) -> Result<Issued> {
        let mut refresh = self.refresh.lock().await;
        let answer = match refresh.as_ref() {
            Some(token) => self.refreshed(token, challenge).await?,
            None => self.asked(tell).await?,
        };
        // Entra gives a new one each time; the old one stays good where it does not.
        if let Some(token) = answer.refresh_token() {
            *refresh = Some(token.secret().as_str().into());
        }
        Ok(issued(&answer))
    }

    async fn refreshed(
        &self,
        token: &SecretString,
        challenge: Option<&str>,
    ) -> Result<BasicTokenResponse> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let request = self.endpoint.oauth.exchange_refresh_token(&token);
        let request = request
            .add_scopes(self.scopes.iter().cloned())
            .add_extra_param("claims", capabilities(challenge));
        let answer = request.request_async(&self.endpoint).await;
        answer.map_err(|error| self.endpoint.error(error, Mode::DeviceCode))
    }

    async fn asked(&self, tell: Option<Tell<'_>>) -> Result<BasicTokenResponse> {
        let tell = tell.ok_or_else(|| {
            Error::new(
                ErrorCode::Auth,
                "nobody has signed in with a device code yet",
            )
            .hint("run the sign-in of the connection first")
        })?;
        let endpoint = &self.endpoint;
        let request = endpoint
            .oauth
            .exchange_device_code()
            .add_scopes(self.scopes.iter().cloned());
        let code = request.request_async(endpoint).await;
        let code: StandardDeviceAuthorizationResponse =
            code.map_err(|error| endpoint.error(error, Mode::DeviceCode))?;
        let (page, word) = (
            code.verification_uri().to_string(),
            code.user_code().secret().clone(),
        );
        tell(Prompt {
            message: format!("To sign in, open {page} in a browser and enter the code {word}."),
            user_code: word,
            verification_uri: page,
            expires_in_seconds: code.expires_in().as_secs(),
        });
        let request = endpoint
            .oauth
            .exchange_device_access_token(&code)
            .add_extra_param("claims", capabilities(None));
        let most = Duration::from_secs(code.expires_in().as_secs());
        let answer = request
            .request_async(endpoint, tokio::time::sleep, Some(most))
            .await;
        answer.map_err(|error| endpoint.error(error, Mode::DeviceCode))
    }
}

// What the token shall have: that this client answers challenges, and what a challenge wants.
// Source: https://learn.microsoft.com/entra/identity-platform/claims-challenge
fn capabilities(challenge: Option<&str>) -> String {
    let challenge = challenge.and_then(|text| serde_json::from_str::<Json>(text).ok());
    let mut claims = challenge
        .filter(Json::is_object)
        .unwrap_or_else(|| json!({}));
    if !claims["access_token"].is_object() {
        claims["access_token"] = json!({});
    }
    claims["access_token"]["xms_cc"] = json!({"values": ["cp1"]});
    claims.to_string()
}

// "AADSTS7000215: Invalid client secret provided. … Trace ID: … Correlation ID: … Timestamp: …"
// Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
fn refusal(code: &str, description: &str, app: &App, mode: Mode) -> Error {
    let reason = description.split(" Trace ID:").next().unwrap_or_default();
    let reason = reason
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .trim_end_matches('.');
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let number = reason
        .split(':')
        .next()
        .filter(|word| word.starts_with("AADSTS"));
    let trace = description
        .split("Trace ID: ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let tenant = &app.tenant_id;
    let hint = match (code, number.unwrap_or_default()) {
        (_, "AADSTS7000215") => "give the value of the client secret, not its id".to_owned(),
        (_, "AADSTS7000222") => "the client secret has ended: create another one".to_owned(),
        (_, "AADSTS700016" | "AADSTS90002" | "AADSTS900023") => format!("check the tenant ({tenant}), the client id ({}) and the cloud", app.client_id),
        (_, "AADSTS700027" | "AADSTS7000271") => "add this certificate to the application in Microsoft Entra".to_owned(),
        (_, "AADSTS700024") => "set the clock of this machine: the assertion is not valid at the service's time".to_owned(),
        (_, "AADSTS700213" | "AADSTS70021" | "AADSTS700211" | "AADSTS700212") => "issuer, subject and audience of the token must match a federated credential of the application to the letter".to_owned(),
        (_, "AADSTS7000218") => "allow public client flows in the application's authentication settings, or use an application that allows them".to_owned(),
        (_, "AADSTS65001") => "an administrator has to consent to the permissions first".to_owned(),
        (_, "AADSTS53003" | "AADSTS50076" | "AADSTS50079") => "conditional access wants more than this kind of sign-in gives: use another one, or ask for an exception".to_owned(),
        ("authorization_declined" | "access_denied", _) => "the sign-in was declined in the browser; connect again".to_owned(),
        ("expired_token", _) => "the code was not used in time; connect again".to_owned(),
        ("invalid_grant", _) => mode.how_to_go_on().to_owned(),
        _ => "check the tenant, the client id and what the application shows; the message is the service's own".to_owned(),
    };
    let reason = if reason.is_empty() { code } else { &reason };
    let error = Error::new(ErrorCode::Auth, format!("sign-in failed: {reason}")).hint(hint);
    let graph_code = number.unwrap_or(code).to_owned();
    error.answered(None, Some(graph_code), trace.map(str::to_owned))
}
