//! What the emulator got and answered.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde_json::{json, Map, Value as Json};

use crate::call::{decode_url, Body, Call, Reply};

// What shows who somebody is.
const SECRET_HEADERS: [&str; 2] = ["authorization", "x-identity-header"];

/// Keeps every request; with a file, also as one JSON line each.
#[derive(Debug)]
pub(crate) struct Record {
    entries: Vec<Json>,
    kept: bool,
    log: Option<File>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            kept: true,
            log: None,
        }
    }
}

impl Record {
    pub(crate) fn new(log: Option<&Path>) -> io::Result<Self> {
        let log = log
            .map(|path| OpenOptions::new().create(true).append(true).open(path))
            .transpose()?;
        Ok(Self {
            log,
            ..Self::default()
        })
    }

    /// Keeps one request with the status it got. The token is left out.
    pub(crate) fn add(&mut self, url: &str, call: &Call, reply: &Reply) {
        let headers: Map<_, _> = call
            .headers
            .iter()
            .filter(|(name, _)| !SECRET_HEADERS.contains(&name.as_str()))
            .map(|(n, v)| (n.clone(), json!(v)))
            .collect();
        let query: Map<_, _> = call
            .query
            .iter()
            .map(|(n, v)| (n.clone(), json!(v)))
            .collect();
        let body = match &call.body {
            Body::None => Json::Null,
            Body::Json(json) => json.clone(),
            Body::Other(text) => json!(text),
        };
        let entry = json!({
            "method": call.method, "url": url, "path": format!("/{}", call.path.join("/")), "query": query,
            "headers": headers, "body": body, "status": reply.status,
        });
        self.keep(entry);
    }

    /// Keeps one item of a `$batch`, before the batch itself: `inBatch` is its id.
    pub(crate) fn add_item(&mut self, id: &str, url: &str, item: &Json, status: u16) {
        let (path, query) = decode_url(url);
        let query: Map<_, _> = query.into_iter().map(|(n, v)| (n, json!(v))).collect();
        self.keep(json!({
            "method": item["method"], "url": url, "path": format!("/{}", path.join("/")), "query": query,
            "headers": item["headers"], "body": item["body"], "status": status, "inBatch": id,
        }));
    }

    fn keep(&mut self, entry: Json) {
        if let Some(log) = &mut self.log {
            // A full disk must not change what the emulator answers; the entry stays in memory.
            let _ = writeln!(log, "{entry}");
        }
        if self.kept {
            self.entries.push(entry);
        }
    }

    /// Whether requests are kept in memory.
    pub(crate) fn keep_in_memory(&mut self, kept: bool) {
        self.kept = kept;
    }

    pub(crate) fn entries(&self) -> Json {
        json!(self.entries)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
