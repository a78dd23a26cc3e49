//! What the emulator got and answered.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde_json::{json, Map, Value as Json};

use crate::call::{Body, Call, Reply};

/// Keeps every request; with a file, also as one JSON line each.
#[derive(Debug, Default)]
pub(crate) struct Record {
    entries: Vec<Json>,
    log: Option<File>,
}

impl Record {
    pub(crate) fn new(log: Option<&Path>) -> io::Result<Self> {
        let log = log
            .map(|path| OpenOptions::new().create(true).append(true).open(path))
            .transpose()?;
        Ok(Self {
            entries: Vec::new(),
            log,
        })
    }

    /// Keeps one request with the status it got. The token is left out.
    pub(crate) fn add(&mut self, url: &str, call: &Call, reply: &Reply) {
        let headers: Map<_, _> = call
            .headers
            .iter()
            .filter(|(name, _)| name != "authorization")
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
        if let Some(log) = &mut self.log {
            // A full disk must not change what the emulator answers; the entry stays in memory.
            let _ = writeln!(log, "{entry}");
        }
        self.entries.push(entry);
    }

    pub(crate) fn entries(&self) -> Json {
        json!(self.entries)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
