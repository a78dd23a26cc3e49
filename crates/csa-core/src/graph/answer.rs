//! One answer of the service.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::Engine;
use reqwest::header::HeaderMap;
use serde_json::Value as Json;

use crate::error::{Error, ErrorCode, Result};

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Bytes(Vec<u8>),
    // Of an item of a batch.
    Json(Json),
}

impl Answer {
    pub(super) fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            body: Body::Bytes(body),
        }
    }

    /// The answer to one item of a batch.
    pub(super) fn of_item(status: u16, headers: HeaderMap, body: Json) -> Self {
        Self {
            status,
            headers,
            body: Body::Json(body),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Protocol`] if it is none.
    pub fn json(self) -> Result<Json> {
        let bytes = match self.body {
            Body::Json(json) => return Ok(json),
            Body::Bytes(ref bytes) => bytes,
        };
        serde_json::from_slice(bytes).map_err(|error| {
            Error::new(
                ErrorCode::Protocol,
                format!("the answer is not JSON: {error}"),
            )
            .hint("check the Graph root and what stands between you and it")
            .answered(
                self.status,
                None,
                self.header("request-id").map(str::to_owned),
            )
        })
    }

    /// What a new token must have for the request to be taken, as JSON (a claims challenge of continuous access evaluation).
    ///
    /// Source: <https://learn.microsoft.com/entra/identity-platform/claims-challenge>, RFC 9110 section 11.6.1
    pub(super) fn claims_challenge(&self) -> Option<String> {
        let header = self
            .header("www-authenticate")
            .filter(|_| self.status == 401)?;
        if !header.contains("insufficient_claims") {
            return None;
        }
        let (_, rest) = header.split_once("claims=\"")?;
        let (text, _) = rest.split_once('"')?;
        let text = text.trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .or_else(|_| STANDARD_NO_PAD.decode(text))
            .ok()?;
        let json: Json = serde_json::from_slice(&bytes).ok()?;
        json.is_object().then(|| json.to_string())
    }

    pub(super) fn checked(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            Ok(self)
        } else {
            Err(self.into_error())
        }
    }

    /// The error that an answer outside 2xx means.
    ///
    /// Source: <https://learn.microsoft.com/graph/errors>
    pub fn into_error(self) -> Error {
        let body: Json = match &self.body {
            Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or(Json::Null),
            Body::Json(json) => json.clone(),
        };
        let inner = body.get("error").unwrap_or(&body);
        let text = |name: &str| {
            inner
                .get(name)
                .and_then(Json::as_str)
                .filter(|text| !text.is_empty())
        };
        let graph_code = text("code").map(str::to_owned);
        let request_id = self.header("request-id").map(str::to_owned).or_else(|| {
            let nested = inner
                .get("innerError")
                .or_else(|| inner.get("innererror"))?;
            nested.get("request-id")?.as_str().map(str::to_owned)
        });
        let reason = match text("message") {
            Some(message) => message.trim_end_matches('.').to_owned(),
            None if (300..400).contains(&self.status) => {
                "the service redirected the request".to_owned()
            }
            None => format!("the service answered HTTP {} without a reason", self.status),
        };
        let (code, hint) = classify(self.status, &reason);
        let mut error = Error::new(code, reason.clone()).hint(hint).answered(
            self.status,
            graph_code,
            request_id,
        );
        if let Some(attribute) = parameter_name(&reason) {
            error = error.attribute(attribute);
        }
        error
    }
}

fn classify(status: u16, reason: &str) -> (ErrorCode, &'static str) {
    match status {
        // Graph has one code (Request_BadRequest) for all of these; only its words tell them apart.
        400 if reason.contains("ttributes not found on tenant") || (reason.contains("AttributeSet") && reason.contains("does not exist")) => (
            ErrorCode::UnknownAttribute,
            "check the names of the attribute set and the attribute, upper and lower case too",
        ),
        400 if reason.contains("Collection of values expected") => (
            ErrorCode::InvalidValue,
            "the attribute is a collection: give an array, even of one element, such as -Value @('Baker') or [\"Baker\"]",
        ),
        400 if reason.contains("value expected for attribute") => (
            ErrorCode::InvalidValue,
            "give one value of the type that the attribute is defined with, no array; to remove a value use Remove-CsaAssignment or remove",
        ),
        400 if reason.contains("ParameterName: '") => {
            (ErrorCode::InvalidValue, "give a value that the attribute's definition allows; the message is the service's own")
        }
        400 if reason.contains("CustomSecurityAttributeValue") => (
            ErrorCode::InvalidFilter,
            "check the names of the attribute set and the attribute, and that the attribute is searchable",
        ),
        401 => (ErrorCode::Auth, "sign in again: the access token is missing, expired or not for this Graph"),
        403 => (
            ErrorCode::Forbidden,
            "needs the permission CustomSecAttributeAssignment.ReadWrite.All (to read: .Read.All), and for a person also the role Attribute Assignment Administrator (to read: Reader); Global Administrator does not include it",
        ),
        404 => (
            ErrorCode::NotFound,
            "check the object id or UPN, and that the object is in this tenant; an object created seconds ago may need a moment",
        ),
        429 => (ErrorCode::Throttled, "wait some minutes, or send less at a time"),
        300..=399 => (ErrorCode::Refused, "nothing was sent there; check the Graph root"),
        500..=599 => (ErrorCode::Service, "the service failed; try again later and report the request id to Microsoft"),
        _ => (ErrorCode::Rejected, "correct the request; the message is the service's own"),
    }
}

// The service names the attribute as <Set>_<Attribute>, of a value or of a filter; names have no underscore of their own.
fn parameter_name(reason: &str) -> Option<String> {
    let (_, rest) = ["ParameterName: '", "specified for property '"]
        .iter()
        .find_map(|before| reason.split_once(before))?;
    let (name, _) = rest.split_once('\'')?;
    let (set, attribute) = name.split_once('_')?;
    Some(format!("{set}.{attribute}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(status: u16, body: &str) -> Error {
        Answer::new(status, HeaderMap::new(), body.as_bytes().to_vec()).into_error()
    }

    fn graph(status: u16, code: &str, message: &str) -> Error {
        error(status, &json!({"error": {"code": code, "message": message, "innererror": {"request-id": "r-1"}}}).to_string())
    }

    #[test]
    fn every_status_has_its_error() {
        let errors = [
            graph(400, "Request_BadRequest", "Custom Security attributes not found on tenant"),
            graph(400, "Request_BadRequest", "'Non empty string value expected for attribute.'. ParameterName: 'Engineering_ProjectDate' ParameterValue: ''."),
            graph(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'A_B' of resource 'CustomSecurityAttributeValue'."),
            graph(400, "Request_BadRequest", "'Collection of values expected for attribute.'. ParameterName: 'Engineering_Project' ParameterValue: 'Baker'."),
            graph(400, "Request_BadRequest", "'Integer value expected for attribute.'. ParameterName: 'Engineering_NumVendors' ParameterValue: 'eight'."),
            graph(400, "Request_BadRequest", "'Value is not one of the predefined values.'. ParameterName: 'Engineering_Project' ParameterValue: 'x'."),
            graph(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
            graph(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
            graph(404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present."),
            graph(409, "Conflict", "Conflict."),
            graph(429, "", "Please retry again later."),
            error(302, ""),
            error(503, "<html>Service Unavailable</html>"),
            error(400, "[1]"),
        ];
        insta::assert_json_snapshot!(errors);
    }
}
