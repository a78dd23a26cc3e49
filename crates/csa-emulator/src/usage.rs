//! What the callers have used up, counted as the service counts.

use serde::Serialize;
use serde_json::{json, Value as Json};

/// Counts since the start, or since they were deleted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usage {
    /// HTTP requests; a `$batch` is one.
    pub(crate) requests: u64,
    /// Requests that read, each item of a `$batch` for itself.
    pub(crate) reads: u64,
    /// Requests that write, likewise.
    pub(crate) writes: u64,
    /// Resource units.
    pub(crate) units: u64,
    /// Those of the reads and writes that were answered 429.
    pub(crate) throttled: u64,
}

impl Usage {
    /// Counts one read or write.
    pub(crate) fn add(&mut self, method: &str, units: u32, status: u16) {
        if method == "GET" {
            self.reads += 1;
        } else {
            self.writes += 1;
        }
        self.units += u64::from(units);
        self.throttled += u64::from(status == 429);
    }

    pub(crate) fn json(&self) -> Json {
        json!(self)
    }
}
