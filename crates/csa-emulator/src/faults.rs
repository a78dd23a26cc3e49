//! Answers made up on request: throttling, outages, redirects.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::call::{Call, Reply};

/// An answer to give in place of the real one, a number of times, to the requests it fits (alone or in a `$batch`).
///
/// `POST /emulator/faults` takes a list of these.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Only requests of this method.
    pub method: Option<String>,
    /// Only requests whose decoded path contains this.
    pub path: Option<String>,
    /// The status to answer.
    pub status: u16,
    /// `Retry-After`: seconds or an HTTP date.
    pub retry_after: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: indexmap::IndexMap<String, String>,
    /// The body: JSON, or text that is sent as HTML. Without it, the error body of Graph.
    pub body: Option<Json>,
    /// How many requests get it.
    #[serde(default = "once")]
    pub times: u32,
    /// Milliseconds before the answer, for a slow service.
    #[serde(default)]
    pub delay_ms: u64,
}

fn once() -> u32 {
    1
}

/// The fault that `call` meets, counted down.
pub(crate) fn take(faults: &mut Vec<Fault>, call: &Call) -> Option<Fault> {
    let index = faults.iter().position(|fault| fault.fits(call))?;
    let fault = faults[index].clone();
    faults[index].times = faults[index].times.saturating_sub(1);
    faults.retain(|fault| 0 < fault.times);
    Some(fault)
}

impl Fault {
    pub(crate) fn fits(&self, call: &Call) -> bool {
        let path = || format!("/{}", call.path.join("/"));
        self.method
            .as_ref()
            .is_none_or(|method| method.eq_ignore_ascii_case(&call.method))
            && self
                .path
                .as_ref()
                .is_none_or(|part| path().contains(part.as_str()))
    }

    pub(crate) fn reply(&self) -> Reply {
        let (code, message) = match self.status {
            429 => ("TooManyRequests", "Please retry again later."),
            503 => (
                "serviceNotAvailable",
                "The service is temporarily unavailable.",
            ),
            504 => ("UnknownError", ""),
            _ => (
                "Service_InternalServerError",
                "Encountered an internal server error.",
            ),
        };
        let mut reply = Reply::error(self.status, code, message);
        match &self.body {
            Some(Json::String(html)) => reply.raw = Some(html.clone()),
            Some(json) => reply.body = Some(json.clone()),
            None => {}
        }
        reply.headers.extend(
            self.retry_after
                .iter()
                .map(|v| ("Retry-After".to_owned(), v.clone())),
        );
        reply
            .headers
            .extend(self.headers.iter().map(|(n, v)| (n.clone(), v.clone())));
        reply
    }
}
