//! Clients: a connection to Graph, or to a sandbox inside this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use csa_core::graph::{self, Credential, Quota, DEFAULT_ROOT};
use csa_core::{Error, ErrorCode, Result};
use csa_emulator::Emulator;
use serde::Deserialize;
use serde_json::{json, Value as Json};

use crate::{handles, runtime};

const DEFAULT_TIMEOUT_SECONDS: u64 = 100;

/// What a client handle stands for.
pub(crate) struct Client {
    graph: graph::Client,
    // Stops with the client.
    _sandbox: Option<Emulator>,
}

impl Client {
    pub(crate) fn graph(&self) -> &graph::Client {
        &self.graph
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    #[serde(default)]
    sandbox: bool,
    #[serde(default)]
    sandbox_users: u32,
    graph_uri: Option<String>,
    access_token: Option<String>,
    timeout_seconds: Option<u64>,
    quota: Option<QuotaConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuotaConfig {
    writes: Option<f64>,
    write_seconds: Option<f64>,
    units: Option<f64>,
    unit_seconds: Option<f64>,
}

impl QuotaConfig {
    fn checked(&self) -> Result<Quota> {
        let given = [
            ("writes", self.writes),
            ("writeSeconds", self.write_seconds),
            ("units", self.units),
            ("unitSeconds", self.unit_seconds),
        ];
        let wrong = |value: f64| !(0.001..=1e12).contains(&value);
        if let Some((name, _)) = given.iter().find(|(_, value)| value.is_some_and(wrong)) {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("quota: {name} is not above 0"),
            )
            .hint("leave the quota out to use the published one: 3000 writes in 150 seconds"));
        }
        let published = Quota::default();
        Ok(Quota {
            writes: self.writes.unwrap_or(published.writes),
            write_seconds: self.write_seconds.unwrap_or(published.write_seconds),
            units: self.units,
            unit_seconds: self.unit_seconds.unwrap_or(published.unit_seconds),
        })
    }
}

/// Opens a client; gives its handle and what it is connected to.
pub(crate) fn open(config: &str) -> Result<(u64, Json)> {
    let invalid = |reason: String| {
        Error::new(ErrorCode::InvalidRequest, reason)
            .hint("give {\"sandbox\": true}, or {\"graphUri\": …, \"accessToken\": …}")
    };
    // Where the JSON is wrong is told without quoting it: it may hold a token.
    let config: Config = serde_json::from_str(config).map_err(|error| {
        invalid(format!(
            "config is malformed at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    let timeout = Duration::from_secs(
        config
            .timeout_seconds
            .unwrap_or(DEFAULT_TIMEOUT_SECONDS)
            .max(1),
    );
    let quota = config
        .quota
        .as_ref()
        .map_or_else(|| Ok(Quota::default()), QuotaConfig::checked)?;
    let (sandbox, root, credential) = match config {
        Config {
            sandbox: true,
            graph_uri: None,
            access_token: None,
            ..
        } => {
            let emulator = runtime::get()?
                .block_on(csa_emulator::start(csa_emulator::Options {
                    seed: Some(csa_emulator::Seed::howto().populated(config.sandbox_users)),
                    ..csa_emulator::Options::default()
                }))
                .map_err(|error| {
                    Error::new(
                        ErrorCode::Internal,
                        format!("the sandbox can't start: {error}"),
                    )
                    .hint("allow listening on 127.0.0.1")
                })?;
            let root = emulator.graph_root();
            (
                Some(emulator),
                root,
                Credential::renewable(|| sandbox_token().into())?,
            )
        }
        Config { sandbox: true, .. } => {
            return Err(invalid(
                "a sandbox takes no graphUri and no accessToken".into(),
            ))
        }
        Config {
            access_token: None, ..
        } => return Err(invalid("accessToken is missing".into())),
        Config {
            graph_uri,
            access_token: Some(token),
            ..
        } => (
            None,
            graph_uri.unwrap_or_else(|| DEFAULT_ROOT.to_owned()),
            Credential::token(token.into())?,
        ),
    };
    // reqwest prepares its timers on the runtime it is used on.
    let _entered = runtime::get()?.enter();
    let graph = graph::Client::new(graph::Config {
        root,
        credential,
        timeout,
        quota,
    })?;
    let info = json!({"graphUri": graph.root(), "sandbox": sandbox.is_some()});
    Ok((
        handles::add_client(Client {
            graph,
            _sandbox: sandbox,
        }),
        info,
    ))
}

// An unsigned token, each time another one, with the permissions that an application would have: the client reads them to tell "nothing assigned"
// from "not permitted", as with a real one.
fn sandbox_token() -> String {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let claims = json!({"jti": TOKENS.fetch_add(1, Ordering::Relaxed).to_string(), "roles": [
        "CustomSecAttributeAssignment.ReadWrite.All", "CustomSecAttributeDefinition.ReadWrite.All",
        "User.Read.All", "Application.Read.All",
    ]});
    let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
}
