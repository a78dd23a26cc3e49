//! The HTTP server around the tenant.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{to_bytes, Body as HttpBody};
use axum::extract::State;
use axum::http::{Request, Response};
use axum::serve::Listener;
use axum::Router;
use futures_util::{future, stream, StreamExt};
use serde_json::{json, Value as Json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::access::Tokens;
use crate::call::{decode_url, Body, Call, Reply};
use crate::faults::Fault;
use crate::hostility::{Hostile, Hostility, Line};
use crate::record::Record;
use crate::seed::Seed;
use crate::store::Store;
use crate::usage::Usage;
use crate::{batch, faults, router};

const MAX_BODY_BYTES: usize = 4 << 20;
const JSON_TYPE: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// How to start an emulator.
#[derive(Debug)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The tenant to start with; [`Seed::howto`] if none is given.
    pub seed: Option<Seed>,
    /// A file to which each request is appended as one JSON line.
    pub log: Option<PathBuf>,
    /// How the service misbehaves; without it, it does not.
    pub hostility: Option<Hostility>,
    /// Whether requests are kept in memory, for `GET /emulator/requests`.
    pub keep_requests: bool,
    /// Speaks https, with a certificate of its own authority, whose certificate goes to this file in PEM.
    #[cfg(feature = "sign-in")]
    pub tls: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: None,
            log: None,
            hostility: None,
            keep_requests: true,
            #[cfg(feature = "sign-in")]
            tls: None,
        }
    }
}

/// A running emulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Emulator {
    url: String,
    _stop: oneshot::Sender<()>,
}

impl Emulator {
    /// The root for Graph clients: `http://127.0.0.1:PORT/v1.0`, or https.
    pub fn graph_root(&self) -> String {
        format!("{}/v1.0", self.url())
    }

    /// The root of the server: `http://127.0.0.1:PORT`, or https.
    pub fn url(&self) -> &str {
        &self.url
    }
}

#[derive(Clone)]
struct Shared {
    store: Arc<Mutex<Store>>,
    url: Arc<str>,
}

/// Starts an emulator on a loopback port; needs a tokio runtime.
///
/// # Errors
///
/// The port is taken, the log file can't be opened, or the seed contradicts itself.
pub async fn start(options: Options) -> io::Result<Emulator> {
    let seed = options.seed.unwrap_or_else(Seed::howto);
    let mut store = seed
        .into_store()
        .map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
    store.record = Record::new(options.log.as_deref())?;
    store.record.keep_in_memory(options.keep_requests);
    store.hostile = options.hostility.map(Hostile::new);
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    #[cfg(feature = "sign-in")]
    if let Some(ca) = &options.tls {
        let url = format!("https://{address}");
        let listener = crate::tls::Secured::new(listener, ca)?;
        tokio::spawn(run(listener, app(store, &url), stopped));
        return Ok(Emulator { url, _stop: stop });
    }
    let url = format!("http://{address}");
    tokio::spawn(run(listener, app(store, &url), stopped));
    Ok(Emulator { url, _stop: stop })
}

fn app(store: Store, url: &str) -> Router {
    let shared = Shared {
        store: Arc::new(Mutex::new(store)),
        url: url.into(),
    };
    Router::new().fallback(serve).with_state(shared)
}

async fn run<L: Listener>(listener: L, app: Router, stopped: oneshot::Receiver<()>)
where
    L::Addr: std::fmt::Debug,
{
    tokio::select! {
        _ = axum::serve(listener, app) => {}
        _ = stopped => {}
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Store> {
    shared.store.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(State(shared): State<Shared>, request: Request<HttpBody>) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    let url = parts
        .uri
        .path_and_query()
        .map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let header = |name: &axum::http::HeaderName, value: &axum::http::HeaderValue| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| header(name, value))
        .collect();
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return respond(
            Reply::error(413, "BadRequest", "The request is too large."),
            &headers,
        );
    };
    let (path, query) = decode_url(&url);
    let mut call = Call {
        method: parts.method.as_str().to_owned(),
        root: shared.url.to_string(),
        path,
        query,
        headers,
        body: Body::parse(&bytes),
    };
    #[cfg(feature = "sign-in")]
    if crate::sign_in::is_endpoint(&call.path) {
        let mut store = lock(&shared);
        let reply = crate::sign_in::answer(&mut store, &call, &shared.url);
        call.body = crate::sign_in::without_secrets(&call);
        store.record.add(&url, &call, &reply);
        return respond(reply, &call.headers);
    }
    let version = if call.path.is_empty() {
        String::new()
    } else {
        call.path.remove(0)
    };
    if version == "emulator" {
        return respond(
            control(&shared, &call.method, &call.path, &bytes),
            &call.headers,
        );
    }
    call.root = format!("{}/{version}", shared.url);
    let (reply, delay, half) = {
        let mut store = lock(&shared);
        let line = store.hostile.as_mut().map(Hostile::line);
        if line == Some(Line::CutBefore) {
            // Recorded with status 0: never answered, never done.
            store.record.add(&url, &call, &Reply::ok(0, Json::Null));
            (None, Duration::ZERO, false)
        } else {
            let (reply, delay) = answer(&mut store, &call, &version);
            store.usage.requests += 1;
            store.record.add(&url, &call, &reply);
            match line {
                Some(Line::CutAfter) => (None, delay, false),
                Some(Line::Holds { delay: more, half }) => (Some(reply), delay + more, half),
                Some(Line::CutBefore) | None => (Some(reply), delay, false),
            }
        }
    };
    tokio::time::sleep(delay).await;
    match reply {
        Some(reply) if half => halved(respond(reply, &call.headers)).await,
        Some(reply) => respond(reply, &call.headers),
        // Ends the task of this connection, and with it the connection, without a word: what a cut line looks like.
        None => std::panic::resume_unwind(Box::new("the connection is cut")),
    }
}

// The first half of a body under the length of the whole; then the connection ends.
async fn halved(response: Response<HttpBody>) -> Response<HttpBody> {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if whole.is_empty() {
        std::panic::resume_unwind(Box::new("the connection is cut"));
    }
    parts
        .headers
        .insert(axum::http::header::CONTENT_LENGTH, whole.len().into());
    let half = whole.slice(..whole.len() / 2);
    let broken = stream::once(future::ready(Ok(half))).chain(stream::once(async {
        // Gives the half that is written the time to leave.
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err(io::Error::other("cut"))
    }));
    Response::from_parts(parts, HttpBody::from_stream(broken))
}

fn answer(store: &mut Store, call: &Call, version: &str) -> (Reply, Duration) {
    if !["v1.0", "beta"].contains(&version) {
        return (
            Reply::error(400, "BadRequest", format!("Invalid version: {version}.")),
            Duration::ZERO,
        );
    }
    let refused = store
        .hostile
        .as_mut()
        .and_then(|hostile| hostile.refuse(call));
    if let Some(refused) = refused {
        return (refused, Duration::ZERO);
    }
    if call.path == ["$batch"] && call.method == "POST" {
        if let Some(fault) = faults::take(&mut store.faults, call) {
            return (fault.reply(), Duration::from_millis(fault.delay_ms));
        }
        let refused = crate::access::Access::of(call, store).err();
        return (
            refused
                .map_or_else(|| batch::run(store, call), Err)
                .unwrap_or_else(|reply| reply),
            Duration::ZERO,
        );
    }
    let delay = store
        .faults
        .iter()
        .find(|fault| fault.fits(call))
        .map_or(0, |fault| fault.delay_ms);
    (router::answer(store, call), Duration::from_millis(delay))
}

// The emulator's own paths, for tests.
fn control(shared: &Shared, method: &str, path: &[String], body: &[u8]) -> Reply {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut store = lock(shared);
    let refused = |error: serde_json::Error| Reply::bad_request(error.to_string());
    match (method, path.as_slice()) {
        ("GET", ["requests"]) => Reply::ok(200, store.record.entries()),
        ("DELETE", ["requests"]) => {
            store.record.clear();
            Reply::no_content()
        }
        ("POST", ["faults"]) => match serde_json::from_slice::<Vec<Fault>>(body) {
            Ok(faults) => {
                store.faults.extend(faults);
                Reply::no_content()
            }
            Err(error) => refused(error),
        },
        ("PUT", ["tokens"]) => match serde_json::from_slice::<Tokens>(body) {
            Ok(tokens) => {
                store.tokens = tokens;
                Reply::no_content()
            }
            Err(error) => refused(error),
        },
        ("GET", ["use"]) => Reply::ok(200, store.usage.json()),
        ("DELETE", ["use"]) => {
            store.usage = Usage::default();
            Reply::no_content()
        }
        #[cfg(feature = "sign-in")]
        ("PUT", ["sign-in"]) => match serde_json::from_slice(body) {
            Ok(directory) => {
                store.issuer = Some(crate::sign_in::Issuer::new(directory));
                Reply::no_content()
            }
            Err(error) => refused(error),
        },
        #[cfg(feature = "sign-in")]
        ("PUT", ["challenge"]) => match (serde_json::from_slice(body), &mut store.issuer) {
            (Ok(challenge), Some(issuer)) => {
                issuer.challenge = challenge;
                Reply::no_content()
            }
            (Err(error), _) => refused(error),
            (_, None) => Reply::bad_request("PUT /emulator/sign-in first."),
        },
        #[cfg(feature = "sign-in")]
        ("POST", ["federated-tokens"]) => {
            match (serde_json::from_slice::<crate::sign_in::Federated>(body), &mut store.issuer) {
                (Ok(token), Some(issuer)) => Reply::ok(201, json!({"value": crate::sign_in::federated_token(issuer, token)})),
                (Err(error), _) => refused(error),
                (_, None) => Reply::bad_request("PUT /emulator/sign-in first."),
            }
        }
        ("PUT", ["hostility"]) => match serde_json::from_slice::<Option<Hostility>>(body) {
            Ok(hostility) => {
                store.hostile = hostility.map(Hostile::new);
                Reply::no_content()
            }
            Err(error) => refused(error),
        },
        _ => Reply::bad_request(
            "The emulator has GET and DELETE requests, GET and DELETE use, POST faults, PUT tokens, PUT hostility, PUT sign-in, PUT challenge, POST federated-tokens.",
        ),
    }
}

fn respond(mut reply: Reply, headers: &[(String, String)]) -> Response<HttpBody> {
    let request_id = Uuid::new_v4().to_string();
    let given = headers
        .iter()
        .find(|(name, _)| name == "client-request-id")
        .map(|(_, id)| id.clone());
    let client_request_id = given.unwrap_or_else(|| request_id.clone());
    reply.identify(&request_id, &client_request_id);
    let diagnostic = json!({"ServerInfo": {"DataCenter": "Emulator", "Slice": "E", "Ring": "0", "ScaleUnit": "000", "RoleInstance": "EMULATOR"}});
    let mut builder = Response::builder()
        .status(reply.status)
        .header("Cache-Control", "no-cache")
        .header("request-id", request_id)
        .header("client-request-id", client_request_id)
        .header("x-ms-resource-unit", reply.units.to_string())
        .header("x-ms-ags-diagnostic", diagnostic.to_string())
        .header("OData-Version", "4.0");
    let own_type = reply
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !own_type && (reply.raw.is_some() || reply.body.is_some()) {
        builder = builder.header(
            "Content-Type",
            if reply.raw.is_some() {
                "text/html"
            } else {
                JSON_TYPE
            },
        );
    }
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    let body = reply
        .raw
        .or_else(|| reply.body.as_ref().map(Json::to_string))
        .unwrap_or_default();
    builder.body(HttpBody::from(body)).unwrap_or_else(|_| {
        // Only a fault with an impossible header gets here.
        let mut response = Response::new(HttpBody::from(
            "a fault has a header that HTTP does not allow",
        ));
        *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}
