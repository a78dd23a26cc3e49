//! One request and one answer of Graph, whether alone or in a `$batch`.

use percent_encoding::percent_decode_str;
use serde_json::{json, Value as Json};
use uuid::Uuid;

/// A request, decoded.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Scheme, host and version: `http://127.0.0.1:4711/v1.0`.
    pub(crate) root: String,
    /// Decoded path segments below the version.
    pub(crate) path: Vec<String>,
    /// Decoded query options, in order.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Json(Json),
    /// What is no JSON, as text.
    Other(String),
}

impl Body {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::None;
        }
        match serde_json::from_slice(bytes) {
            Ok(json) => Self::Json(json),
            Err(_) => Self::Other(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<&serde_json::Map<String, Json>, Reply> {
        match &self.body {
            Body::Json(Json::Object(object)) => Ok(object),
            _ => Err(Reply::error(
                400,
                "BadRequest",
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
            )),
        }
    }

    /// Whether both halves of an advanced query are there: the header (or its option) and `$count=true`.
    pub(crate) fn is_advanced(&self) -> bool {
        self.is_eventual()
            && self
                .option("$count")
                .is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn is_eventual(&self) -> bool {
        let level = self
            .header("ConsistencyLevel")
            .or_else(|| self.option("ConsistencyLevel"));
        level.is_some_and(|v| v.eq_ignore_ascii_case("eventual"))
    }
}

/// Splits and decodes `path?query`; paths are split before they are decoded, so an encoded slash stays in its segment.
pub(crate) fn decode_url(url: &str) -> (Vec<String>, Vec<(String, String)>) {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = path
        .split('/')
        .filter(|s| !s.is_empty())
        .map(decode)
        .collect();
    let query = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // In a query `+` is a space; a literal plus is %2B.
            (
                decode(&name.replace('+', " ")),
                decode(&value.replace('+', " ")),
            )
        })
        .collect();
    (path, query)
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Json>,
    /// A body that is no JSON, for faults.
    pub(crate) raw: Option<String>,
    pub(crate) units: u32,
}

impl Reply {
    pub(crate) fn ok(status: u16, body: Json) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
            raw: None,
            units: 1,
        }
    }

    pub(crate) fn no_content() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: None,
            raw: None,
            units: 1,
        }
    }

    pub(crate) fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        let request_id = Uuid::new_v4().to_string();
        let date = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string();
        Self::ok(
            status,
            json!({"error": {"code": code, "message": message.into(),
                "innerError": {"date": date, "request-id": request_id, "client-request-id": request_id}}}),
        )
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::error(400, "Request_BadRequest", message)
    }

    pub(crate) fn unsupported_query(message: impl Into<String>) -> Self {
        Self::error(400, "Request_UnsupportedQuery", message)
    }

    pub(crate) fn forbidden() -> Self {
        Self::error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    pub(crate) fn not_found(what: &str) -> Self {
        let message = format!("Resource '{what}' does not exist or one of its queried reference-property objects are not present.");
        Self::error(404, "Request_ResourceNotFound", message)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::error(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    /// Puts the ids of the request, which the body of an error repeats.
    pub(crate) fn identify(&mut self, request_id: &str, client_request_id: &str) {
        if let Some(inner) = self
            .body
            .as_mut()
            .and_then(|body| body.pointer_mut("/error/innerError"))
        {
            inner["request-id"] = json!(request_id);
            inner["client-request-id"] = json!(client_request_id);
        }
    }
}
