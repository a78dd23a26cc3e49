//! The token endpoint of Microsoft Entra and the endpoints of managed identities.
//!
//! Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>

mod assertion;
mod directory;

pub use directory::{Application, Directory, Federated, GitHub, Identity, Person};
pub(crate) use directory::{Grant, Issuer};

use std::time::{Duration, Instant};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use chrono::Utc;
use serde_json::{json, Value as Json};
use uuid::Uuid;

use crate::access::Token;
use crate::call::{decode_url, Body, Call, Reply};
use crate::store::Store;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
// What a form may show in the record: nothing that proves who somebody is.
const SHOWN: [&str; 5] = [
    "client_id",
    "scope",
    "grant_type",
    "claims",
    "client_assertion_type",
];

/// A refusal of the token endpoint.
#[derive(Debug)]
pub(crate) struct Refusal {
    error: &'static str,
    number: u32,
    reason: String,
}

impl Refusal {
    fn new(error: &'static str, number: u32, reason: impl Into<String>) -> Self {
        Self {
            error,
            number,
            reason: reason.into(),
        }
    }

    // Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    fn reply(&self) -> Reply {
        let (trace, correlation) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
        let time = Utc::now().format("%Y-%m-%d %H:%M:%SZ").to_string();
        let (number, reason) = (self.number, &self.reason);
        let description = format!("AADSTS{number}: {reason} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}");
        let status = if self.error == "invalid_client" {
            401
        } else {
            400
        };
        Reply::ok(
            status,
            json!({
                "error": self.error, "error_description": description, "error_codes": [number], "timestamp": time, "trace_id": trace,
                "correlation_id": correlation, "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
            }),
        )
    }
}

/// Whether a path is one of these endpoints.
pub(crate) fn is_endpoint(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path.as_slice(),
        [_, "oauth2", "v2.0", "token" | "devicecode"]
            | ["metadata", "identity", "oauth2", "token"]
            | ["msi" | "github", "token"]
    )
}

/// Answers a request to one of them; `call` has its whole path, `base` is the emulator's own URL.
pub(crate) fn answer(store: &mut Store, call: &Call, base: &str) -> Reply {
    if let Some(fault) = crate::faults::take(&mut store.faults, call) {
        return fault.reply();
    }
    let Some(mut issuer) = store.issuer.take() else {
        return Reply::bad_request("Nobody can sign in: PUT /emulator/sign-in first.");
    };
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let answer = match (call.method.as_str(), path.as_slice()) {
        ("POST", [tenant, "oauth2", "v2.0", end]) => {
            token_endpoint(store, &mut issuer, call, base, (tenant, end))
        }
        ("GET", ["metadata", ..]) => metadata(store, &issuer, call, ("metadata", "true")),
        ("GET", ["msi", ..]) => {
            let header = issuer.directory.identity_header.clone();
            metadata(store, &issuer, call, ("x-identity-header", &header))
        }
        ("GET", ["github", ..]) => Ok(github(&mut issuer, call)),
        _ => Ok(Reply::method_not_allowed()),
    };
    store.issuer = Some(issuer);
    answer.unwrap_or_else(|refusal| refusal.reply())
}

/// The body of a request as it may be kept.
pub(crate) fn without_secrets(call: &Call) -> Body {
    let fields = form(call).into_iter().map(|(name, value)| {
        let value = if SHOWN.contains(&name.as_str()) {
            value
        } else {
            "(left out)".to_owned()
        };
        (name, json!(value))
    });
    match &call.body {
        Body::None => Body::None,
        _ => Body::Json(Json::Object(fields.collect())),
    }
}

fn form(call: &Call) -> Vec<(String, String)> {
    match &call.body {
        Body::Other(text) => decode_url(&format!("?{text}")).1,
        _ => Vec::new(),
    }
}

fn token_endpoint(
    store: &mut Store,
    issuer: &mut Issuer,
    call: &Call,
    base: &str,
    (tenant, end): (&str, &str),
) -> Result<Reply, Refusal> {
    let fields = form(call);
    let field = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let grant = field("grant_type");
    // A person may sign in without a tenant.
    let person = end == "devicecode" || grant != "client_credentials";
    if tenant != issuer.directory.tenant_id
        && !(person && ["organizations", "common"].contains(&tenant))
    {
        return Err(Refusal::new(
            "invalid_request",
            90_002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            ),
        ));
    }
    let client_id = field("client_id");
    let application = issuer.application(client_id).cloned().ok_or_else(|| {
        Refusal::new(
            "unauthorized_client",
            700_016,
            format!("Application with identifier '{client_id}' was not found in the directory."),
        )
    })?;
    let claims: Json = serde_json::from_str(field("claims")).unwrap_or(Json::Null);
    match (end, grant) {
        ("devicecode", _) => device_code(issuer, &application, field("scope"), base),
        (_, "client_credentials") => {
            let audience = format!("{base}/{tenant}/oauth2/v2.0/token");
            check_application(
                issuer,
                &application,
                (field("client_secret"), field("client_assertion")),
                field("client_assertion_type"),
                &audience,
            )?;
            let resource = field("scope").strip_suffix("/.default").ok_or_else(|| {
                Refusal::new("invalid_scope", 1_002_012, "The provided value for scope is not valid. Client credential flows must have a scope value with /.default.")
            })?;
            let own = json!({"aud": resource, "appid": application.client_id, "roles": application.permissions});
            let text = issue(store, issuer, own, &application.permissions, claims);
            Ok(Reply::ok(
                200,
                json!({"token_type": "Bearer", "expires_in": issuer.directory.token_seconds, "ext_expires_in": issuer.directory.token_seconds, "access_token": text}),
            ))
        }
        (_, DEVICE_GRANT) => {
            let code = field("device_code").to_owned();
            let Some((owner, scope, polls)) = issuer.codes.get_mut(&code) else {
                return Err(Refusal::new(
                    "bad_verification_code",
                    70_019,
                    "The device code is not known.",
                ));
            };
            *polls += 1;
            if *polls <= issuer.directory.person.polls {
                return Err(Refusal::new(
                    "authorization_pending",
                    70_016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            if issuer.directory.person.declines {
                return Err(Refusal::new(
                    "authorization_declined",
                    65_004,
                    "User declined to consent to access the app.",
                ));
            }
            let (owner, scope) = (owner.clone(), scope.clone());
            issuer.codes.remove(&code);
            Ok(for_person(store, issuer, &owner, &scope, claims))
        }
        (_, "refresh_token") => {
            let held = issuer.refresh.get(field("refresh_token")).cloned();
            let (owner, scope) = held
                .filter(|(owner, _)| *owner == application.client_id)
                .ok_or_else(|| {
                    Refusal::new(
                        "invalid_grant",
                        700_082,
                        "The refresh token has expired due to inactivity.",
                    )
                })?;
            Ok(for_person(store, issuer, &owner, &scope, claims))
        }
        _ => Err(Refusal::new(
            "unsupported_grant_type",
            70_003,
            format!("The grant type '{grant}' is not supported."),
        )),
    }
}

fn check_application(
    issuer: &Issuer,
    application: &Application,
    (secret, shown): (&str, &str),
    assertion_type: &str,
    audience: &str,
) -> Result<(), Refusal> {
    if !secret.is_empty() {
        let good = application.secrets.iter().any(|held| held == secret);
        return good.then_some(()).ok_or_else(|| {
            Refusal::new("invalid_client", 7_000_215, format!("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.", application.client_id))
        });
    }
    if shown.is_empty() || assertion_type != ASSERTION_TYPE {
        return Err(Refusal::new("invalid_client", 7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
    }
    let claims = assertion::claims(shown).unwrap_or(Json::Null);
    if claims["iss"] == application.client_id.as_str() {
        return assertion::check(shown, application, audience);
    }
    let known = issuer
        .federated
        .get(shown)
        .filter(|(_, ends)| Instant::now() < *ends);
    let fits = known.is_some_and(|(token, _)| application.federated.contains(token));
    fits.then_some(()).ok_or_else(|| {
        Refusal::new(
            "invalid_client",
            700_213,
            format!(
                "No matching federated identity record found for presented assertion subject '{}'.",
                claims["sub"].as_str().unwrap_or_default()
            ),
        )
    })
}

fn device_code(
    issuer: &mut Issuer,
    application: &Application,
    scope: &str,
    base: &str,
) -> Result<Reply, Refusal> {
    if !application.public_client {
        return Err(Refusal::new("invalid_client", 7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
    }
    let (code, word) = (random(), format!("{:09}", fastrand::u32(..1_000_000_000)));
    issuer.codes.insert(
        code.clone(),
        (application.client_id.clone(), scope.to_owned(), 0),
    );
    let page = format!("{base}/device");
    Ok(Reply::ok(
        200,
        json!({
            "device_code": code, "user_code": word, "verification_uri": page, "expires_in": 900, "interval": issuer.directory.person.interval,
            "message": format!("To sign in, use a web browser to open the page {page} and enter the code {word} to authenticate."),
        }),
    ))
}

fn for_person(
    store: &mut Store,
    issuer: &mut Issuer,
    owner: &str,
    scope: &str,
    claims: Json,
) -> Reply {
    let granted = issuer
        .application(owner)
        .map(|it| it.permissions.clone())
        .unwrap_or_default();
    let wanted = |permission: &&String| {
        scope
            .split(' ')
            .any(|scope| scope.rsplit('/').next() == Some(permission))
    };
    let all = scope.split(' ').any(|scope| scope.ends_with("/.default"));
    let permissions: Vec<_> = granted
        .iter()
        .filter(|it| all || wanted(it))
        .cloned()
        .collect();
    let resource = scope
        .split(' ')
        .find_map(|scope| scope.rsplit_once('/'))
        .map_or("", |(resource, _)| resource);
    let own = json!({"aud": resource, "appid": owner, "scp": permissions.join(" "), "upn": issuer.directory.person.account});
    let text = issue(store, issuer, own, &permissions, claims);
    let refresh = random();
    issuer
        .refresh
        .insert(refresh.clone(), (owner.to_owned(), scope.to_owned()));
    Reply::ok(
        200,
        json!({
            "token_type": "Bearer", "scope": scope, "expires_in": issuer.directory.token_seconds, "access_token": text, "refresh_token": refresh,
        }),
    )
}

// Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
fn metadata(
    store: &mut Store,
    issuer: &Issuer,
    call: &Call,
    (header, value): (&str, &str),
) -> Result<Reply, Refusal> {
    let refused = |status: u16, reason: &str| {
        Ok(Reply::ok(
            status,
            json!({"error": "invalid_request", "error_description": reason}),
        ))
    };
    if call.header(header) != Some(value) || call.header("x-forwarded-for").is_some() {
        return refused(400, "Required metadata header not specified");
    }
    let (Some(resource), Some(_)) = (call.option("resource"), call.option("api-version")) else {
        return refused(
            400,
            "Identity not found: resource and api-version are required",
        );
    };
    let named =
        |name: &str, of: fn(&Identity) -> &String| call.option(name).map(|id| (id.to_owned(), of));
    let named = named("client_id", |it| &it.client_id)
        .or_else(|| named("object_id", |it| &it.object_id))
        .or_else(|| named("principal_id", |it| &it.object_id))
        .or_else(|| named("msi_res_id", |it| &it.resource_id));
    let found = issuer
        .directory
        .identities
        .iter()
        .find(|identity| match &named {
            Some((id, of)) => of(identity) == id,
            None => identity.system_assigned,
        });
    let Some(identity) = found.cloned() else {
        return refused(400, "Identity not found");
    };
    let own = json!({"aud": resource, "appid": identity.client_id, "oid": identity.object_id, "roles": identity.permissions});
    let text = issue(store, issuer, own, &identity.permissions, Json::Null);
    let ends = Utc::now().timestamp() + i64::try_from(issuer.directory.token_seconds).unwrap_or(0);
    Ok(Reply::ok(
        200,
        json!({
            "access_token": text, "client_id": identity.client_id, "expires_on": ends.to_string(), "resource": resource, "token_type": "Bearer",
        }),
    ))
}

// Source: https://docs.github.com/actions/reference/security/oidc
fn github(issuer: &mut Issuer, call: &Call) -> Reply {
    let github = issuer.directory.github.clone();
    let shown = call
        .header("authorization")
        .and_then(|text| text.split_once(' '))
        .map_or("", |(_, token)| token);
    if github.token.is_empty() || shown != github.token {
        return Reply::ok(401, json!({"message": "Unauthorized"}));
    }
    let audience = call.option("audience").unwrap_or_default().to_owned();
    let token = Federated {
        issuer: GITHUB_ISSUER.into(),
        subject: github.subject,
        audience,
    };
    Reply::ok(
        200,
        json!({"count": 1, "value": federated(issuer, token, Duration::from_secs(300))}),
    )
}

/// A token of another issuer, good for an hour: what `POST /emulator/federated-tokens` gives.
pub(crate) fn federated_token(issuer: &mut Issuer, token: Federated) -> String {
    federated(issuer, token, Duration::from_secs(3600))
}

fn federated(issuer: &mut Issuer, token: Federated, life: Duration) -> String {
    let now = Utc::now().timestamp();
    let claims = json!({"iss": token.issuer, "sub": token.subject, "aud": token.audience, "iat": now, "jti": Uuid::new_v4().to_string()});
    let text = jwt(&claims);
    issuer
        .federated
        .insert(text.clone(), (token, Instant::now() + life));
    text
}

fn issue(
    store: &mut Store,
    issuer: &Issuer,
    mut own: Json,
    permissions: &[String],
    claims: Json,
) -> String {
    let now = Utc::now().timestamp();
    let life = i64::try_from(issuer.directory.token_seconds).unwrap_or(0);
    own["tid"] = json!(issuer.directory.tenant_id);
    own["iat"] = json!(now);
    own["exp"] = json!(now + life);
    own["jti"] = json!(Uuid::new_v4().to_string());
    let text = jwt(&own);
    let grant = Grant {
        ends: Instant::now() + issuer.token_life(),
        claims,
    };
    let token = Token {
        permissions: permissions.to_vec(),
        grant: Some(grant),
        ..Token::default()
    };
    store.tokens.insert(text.clone(), token);
    text
}

// Signed by nobody: who gave it remembers it.
fn jwt(claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({"alg": "RS256", "typ": "JWT"})),
        part(claims),
        random()
    )
}

fn random() -> String {
    let mut bytes = [0; 48];
    fastrand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Store {
    /// Whether a token is still good, and has what a claims challenge wants.
    ///
    /// Source: <https://learn.microsoft.com/entra/identity-platform/claims-challenge>
    pub(crate) fn check_grant(&self, token: &Token) -> Result<(), Reply> {
        let Some((grant, issuer)) = token.grant.as_ref().zip(self.issuer.as_ref()) else {
            return Ok(());
        };
        if grant.ends <= Instant::now() {
            return Err(Reply::error(
                401,
                "InvalidAuthenticationToken",
                "Lifetime validation failed, the token is expired.",
            ));
        }
        let Some(challenge) = issuer
            .challenge
            .as_ref()
            .filter(|challenge| !answers(&grant.claims, challenge))
        else {
            return Ok(());
        };
        let mut reply = Reply::error(401, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp");
        let claims = base64::engine::general_purpose::STANDARD.encode(challenge.to_string());
        let authority = match issuer.directory.authorization_uri.as_str() {
            "" => "https://login.microsoftonline.com/common/oauth2/authorize",
            uri => uri,
        };
        let value = format!(
            "Bearer realm=\"\", authorization_uri=\"{authority}\", client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{claims}\""
        );
        reply.headers.push(("WWW-Authenticate".into(), value));
        Err(reply)
    }
}

// Whether a token that was asked for with `claims` has all of `challenge`.
fn answers(claims: &Json, challenge: &Json) -> bool {
    match (claims, challenge) {
        (Json::Object(claims), Json::Object(challenge)) => challenge
            .iter()
            .all(|(name, wanted)| claims.get(name).is_some_and(|has| answers(has, wanted))),
        _ => claims == challenge,
    }
}
