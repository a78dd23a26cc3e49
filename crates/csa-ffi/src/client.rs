//! Clients: a connection to Graph, or to a sandbox inside this process.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use csa_core::graph::{self, Quota};
use csa_core::http::Http;
use csa_core::sign_in::{self, Cloud, Credential, Place};
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
    sign_in: Option<sign_in::Params>,
    cloud: Option<String>,
    graph_uri: Option<String>,
    authority: Option<String>,
    custom_ca_path: Option<PathBuf>,
    timeout_seconds: Option<u64>,
    quota: Option<QuotaConfig>,
    #[serde(default)]
    log_values: bool,
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
    // Where the JSON is wrong is told without quoting it: it may hold a secret.
    let config: Config = serde_json::from_str(config).map_err(|error| {
        invalid(format!(
            "config is malformed at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    let quota = config
        .quota
        .as_ref()
        .map_or_else(|| Ok(Quota::default()), QuotaConfig::checked)?;
    let timeout = config.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS);
    let custom_ca = config.custom_ca_path.as_deref().map(read_ca).transpose()?;
    let http = Http::new(Duration::from_secs(timeout.max(1)), custom_ca.as_deref())?;
    let log_values = config.log_values;
    let (sandbox, root, credential) = if config.sandbox {
        let emulator = start_sandbox(&config)?;
        let root = emulator.graph_root();
        let credential = Credential::renewable(|| sandbox_token().into());
        (Some(emulator), root, credential)
    } else {
        let (root, credential) = sign_in(config, &http)?;
        (None, root, credential)
    };
    // reqwest prepares its timers on the runtime it is used on.
    let _entered = runtime::get()?.enter();
    let graph = graph::Client::new(graph::Config {
        root,
        credential,
        http,
        quota,
        log_values,
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

fn invalid(reason: String) -> Error {
    Error::new(ErrorCode::InvalidRequest, reason)
        .hint("give {\"sandbox\": true}, or {\"signIn\": {\"mode\": …}}")
}

fn read_ca(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let path = path.display();
        Error::new(
            ErrorCode::InvalidRequest,
            format!("the file of certificates to trust, {path}, can't be read: {error}"),
        )
        .hint("check the path and who may read it")
    })
}

fn start_sandbox(config: &Config) -> Result<Emulator> {
    if config.sign_in.is_some()
        || config.graph_uri.is_some()
        || config.cloud.is_some()
        || config.authority.is_some()
    {
        return Err(invalid(
            "a sandbox takes no signIn, no cloud, no graphUri and no authority".into(),
        ));
    }
    let options = csa_emulator::Options {
        seed: Some(csa_emulator::Seed::howto().populated(config.sandbox_users)),
        ..csa_emulator::Options::default()
    };
    let started = runtime::get()?.block_on(csa_emulator::start(options));
    started.map_err(|error| {
        Error::new(
            ErrorCode::Internal,
            format!("the sandbox can't start: {error}"),
        )
        .hint("allow listening on 127.0.0.1")
    })
}

// The Graph root, and the sign-in for it.
fn sign_in(config: Config, http: &Http) -> Result<(String, Credential)> {
    let params = config
        .sign_in
        .ok_or_else(|| invalid("signIn is missing".into()))?;
    let cloud = match &config.cloud {
        Some(name) => Cloud::named(name)?,
        None => Cloud::Global,
    };
    let root = config
        .graph_uri
        .unwrap_or_else(|| format!("{}/v1.0", cloud.graph()));
    let authority = config.authority.or_else(|| params.authority());
    let authority = authority.as_deref().unwrap_or(cloud.authority());
    let place = Place::new(authority, &root)?;
    let credential = Credential::new(params.checked(cloud)?, place, http)?;
    Ok((root, credential))
}

// An unsigned token, each time another one, with the permissions that an application would have: the client reads them to tell "nothing assigned"
// from "not permitted", as with a real one.
fn sandbox_token() -> String {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let claims = json!({"jti": TOKENS.fetch_add(1, Ordering::Relaxed).to_string(), "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee", "roles": [
        "CustomSecAttributeAssignment.ReadWrite.All", "CustomSecAttributeDefinition.ReadWrite.All",
        "User.Read.All", "Application.Read.All",
    ]});
    let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
}
