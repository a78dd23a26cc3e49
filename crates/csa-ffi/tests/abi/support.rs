//! The exported functions with Rust's types around them, and what the emulator recorded.

use csa::{CsaBuf, CsaStr};
use serde_json::{json, Value as Json};

pub(crate) const EMPTY: CsaBuf = CsaBuf {
    ptr: std::ptr::null_mut(),
    len: 0,
};

pub(crate) fn lend(bytes: &[u8]) -> CsaStr {
    CsaStr {
        ptr: bytes.as_ptr(),
        len: bytes.len() as u64,
    }
}

/// Copies a buffer and frees it.
pub(crate) fn take(buf: CsaBuf) -> String {
    if buf.ptr.is_null() {
        assert_eq!(buf.len, 0);
        return String::new();
    }
    // SAFETY: the library says that `len` bytes are at `ptr` until it is freed.
    let bytes = unsafe { std::slice::from_raw_parts(buf.ptr, buf.len as usize) }.to_vec();
    csa::csa_buf_free(buf);
    String::from_utf8(bytes).unwrap()
}

fn json_of(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Null)
}

pub(crate) fn open(config: &Json) -> (i32, u64, Json) {
    let (mut client, mut result) = (0, EMPTY);
    let text = config.to_string();
    let code = csa::csa_client_open(lend(text.as_bytes()), Some(&mut client), Some(&mut result));
    (code, client, json_of(&take(result)))
}

pub(crate) fn start(client: u64, request: &[u8]) -> (i32, u64, Json) {
    let (mut call, mut result) = (0, EMPTY);
    let code = csa::csa_call_start(client, lend(request), Some(&mut call), Some(&mut result));
    (code, call, json_of(&take(result)))
}

pub(crate) fn next(call: u64, timeout_ms: u32) -> (i32, Json) {
    let mut result = EMPTY;
    let code = csa::csa_call_next(call, timeout_ms, Some(&mut result));
    (code, json_of(&take(result)))
}

/// Runs an operation to its end: the items, then the error that ended it, if one did.
pub(crate) fn run(client: u64, request: &Json) -> Vec<Json> {
    let (code, call, error) = start(client, request.to_string().as_bytes());
    if code != csa::CSA_OK {
        assert_eq!(code, csa::CSA_FAILED);
        return vec![error];
    }
    let mut items = Vec::new();
    loop {
        match next(call, 30_000) {
            (csa::CSA_OK, item) => items.push(item),
            (csa::CSA_END, _) => break,
            (csa::CSA_FAILED, error) => {
                items.push(error);
                break;
            }
            (code, item) => panic!("{code} {item}"),
        }
    }
    assert_eq!(csa::csa_close(call), csa::CSA_OK);
    items
}

/// A client of a fresh sandbox; closed when dropped.
pub(crate) struct Sandbox {
    pub(crate) client: u64,
    pub(crate) url: String,
}

impl Sandbox {
    pub(crate) fn open() -> Self {
        Self::with(&json!({"sandbox": true}))
    }

    pub(crate) fn with(config: &Json) -> Self {
        let (code, client, info) = open(config);
        assert_eq!(code, csa::CSA_OK, "{info}");
        let root = info["graphUri"].as_str().unwrap();
        let url = root.strip_suffix("/v1.0").unwrap().to_owned();
        Self { client, url }
    }

    pub(crate) fn run(&self, op: &str, params: &Json) -> Vec<Json> {
        run(self.client, &json!({"op": op, "params": params}))
    }

    /// Takes what the emulator recorded since the last time, without the client's reading of what the tenant has.
    pub(crate) fn sent(&self) -> Vec<Json> {
        let own = |entry: &Json| {
            entry["method"] != "GET" || !entry["path"].as_str().unwrap().starts_with("/directory/")
        };
        self.sent_all().into_iter().filter(own).collect()
    }

    /// Takes all that the emulator recorded since the last time.
    pub(crate) fn sent_all(&self) -> Vec<Json> {
        let sent = http("GET", &format!("{}/emulator/requests", self.url), None);
        http("DELETE", &format!("{}/emulator/requests", self.url), None);
        serde_json::from_value(sent).unwrap()
    }

    pub(crate) fn fault(&self, fault: Json) {
        let url = format!("{}/emulator/faults", self.url);
        http("POST", &url, Some(json!([fault])));
    }

    pub(crate) fn tokens(&self, tokens: Json) {
        http(
            "PUT",
            &format!("{}/emulator/tokens", self.url),
            Some(tokens),
        );
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        csa::csa_close(self.client);
    }
}

/// An HTTP client; the emulator needs no TLS, but reqwest wants to know whose it would be.
pub(crate) fn reqwest_client() -> reqwest::Client {
    // A second one is refused, and that is fine: the first one is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// One request to the emulator's own paths.
pub(crate) fn http(method: &str, url: &str, body: Option<Json>) -> Json {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let request = reqwest_client().request(method.parse().unwrap(), url);
        let request = match body {
            Some(body) => request.body(body.to_string()),
            None => request,
        };
        let text = request.send().await.unwrap().text().await.unwrap();
        json_of(&text)
    })
}
