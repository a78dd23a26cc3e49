//! The one error shape: `{code, message, hint, status, graphCode, requestId, target, attribute}`.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, for programs. The camelCase form is stable across languages and versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The call itself is malformed: unknown operation, missing or misspelt parameter, bad JSON.
    InvalidRequest,
    /// A name breaks a documented rule; nothing was sent.
    InvalidName,
    /// A value has the wrong type or breaks a documented rule; nothing was sent.
    InvalidValue,
    /// The attribute takes no new values, or not this one: it is deprecated, or the value is no active allowed value; nothing
    /// was sent.
    NotAllowed,
    /// The target is not an object id, UPN or app id; nothing was sent.
    InvalidTarget,
    /// A filter can't be built or split; nothing was sent.
    InvalidFilter,
    /// A documented limit is exceeded; nothing was sent.
    LimitExceeded,
    /// The tenant has no such attribute set or attribute.
    UnknownAttribute,
    /// The target does not exist, or the caller may not see it (HTTP 404).
    NotFound,
    /// Another writer kept changing the same value.
    Conflict,
    /// The sign-in lacks a permission or a directory role (HTTP 403).
    Forbidden,
    /// The access token is missing, expired or not for this Graph (HTTP 401).
    Auth,
    /// Still refused after the last retry (HTTP 429).
    Throttled,
    /// No answer: name not found, connection refused or cut, timeout.
    Unreachable,
    /// The answer pointed to another host, scheme or port; the token was not sent there.
    Refused,
    /// The answer can't be understood.
    Protocol,
    /// The service refused the request (other HTTP 4xx).
    Rejected,
    /// The service failed (HTTP 5xx) and went on failing.
    Service,
    /// The journal of a run can't be read or written, is damaged, in use, or of another run.
    Journal,
    /// The library itself failed; please report it.
    Internal,
}

impl ErrorCode {
    /// Every code, for tables in the bindings and tests of completeness.
    pub const ALL: [Self; 20] = [
        Self::InvalidRequest,
        Self::InvalidName,
        Self::InvalidValue,
        Self::NotAllowed,
        Self::InvalidTarget,
        Self::InvalidFilter,
        Self::LimitExceeded,
        Self::UnknownAttribute,
        Self::NotFound,
        Self::Conflict,
        Self::Forbidden,
        Self::Auth,
        Self::Throttled,
        Self::Unreachable,
        Self::Refused,
        Self::Protocol,
        Self::Rejected,
        Self::Service,
        Self::Journal,
        Self::Internal,
    ];
}

/// An error: a code for programs, sentences for people, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    code: ErrorCode,
    reason: String,
    hint: Option<String>,
    status: Option<u16>,
    graph_code: Option<String>,
    request_id: Option<String>,
    target: Option<String>,
    attribute: Option<String>,
}

impl Error {
    /// An error of `code`; `reason` is a lower-case sentence without a final period.
    #[cold]
    pub fn new(code: ErrorCode, reason: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            reason: reason.into(),
            hint: None,
            status: None,
            graph_code: None,
            request_id: None,
            target: None,
            attribute: None,
        }))
    }

    /// Puts what it is about before the reason.
    #[must_use]
    pub fn context(mut self, subject: &str) -> Self {
        self.0.reason = format!("{subject}: {}", self.0.reason);
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Names the target, unless one is named already.
    #[must_use]
    pub fn target(mut self, target: impl fmt::Display) -> Self {
        self.0.target.get_or_insert_with(|| target.to_string());
        self
    }

    /// The same without a target, for others that fail for the same reason.
    #[must_use]
    pub(crate) fn without_target(mut self) -> Self {
        self.0.target = None;
        self.0.attribute = None;
        self
    }

    /// Names the attribute (`Engineering.Project`), unless one is named already.
    #[must_use]
    pub fn attribute(mut self, attribute: impl fmt::Display) -> Self {
        self.0
            .attribute
            .get_or_insert_with(|| attribute.to_string());
        self
    }

    /// Adds what the service said: HTTP status, its own error code, its request id.
    #[must_use]
    pub fn answered(
        mut self,
        status: impl Into<Option<u16>>,
        graph_code: Option<String>,
        request_id: Option<String>,
    ) -> Self {
        self.0.status = status.into();
        self.0.graph_code = graph_code;
        self.0.request_id = request_id;
        self
    }

    /// The code, for programs.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What went wrong, without target and attribute.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The HTTP status, if the service answered.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }
}

/// `target: attribute: reason`, in one line.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for subject in [&self.0.target, &self.0.attribute].into_iter().flatten() {
            write!(f, "{subject}: ")?;
        }
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for Error {}

/// Always all eight members; what is not known is `null`.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Details {
            code,
            hint,
            status,
            graph_code,
            request_id,
            target,
            attribute,
            ..
        } = &*self.0;
        let mut object = serializer.serialize_struct("Error", 8)?;
        object.serialize_field("code", code)?;
        object.serialize_field("message", &self.to_string())?;
        object.serialize_field("hint", hint)?;
        object.serialize_field("status", status)?;
        object.serialize_field("graphCode", graph_code)?;
        object.serialize_field("requestId", request_id)?;
        object.serialize_field("target", target)?;
        object.serialize_field("attribute", attribute)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_every_member_of_the_shape() {
        let error = Error::new(ErrorCode::Forbidden, "insufficient privileges")
            .hint("ask for a role")
            .target("joe@contoso.com")
            .attribute("Engineering.Project")
            .answered(
                403,
                Some("Authorization_RequestDenied".into()),
                Some("r1".into()),
            );
        insta::assert_json_snapshot!(error, @r#"
        {
          "code": "forbidden",
          "message": "joe@contoso.com: Engineering.Project: insufficient privileges",
          "hint": "ask for a role",
          "status": 403,
          "graphCode": "Authorization_RequestDenied",
          "requestId": "r1",
          "target": "joe@contoso.com",
          "attribute": "Engineering.Project"
        }
        "#);
    }

    #[test]
    fn the_first_target_named_is_kept() {
        let error = Error::new(ErrorCode::NotFound, "gone")
            .target("a")
            .target("b");
        assert_eq!(error.to_string(), "a: gone");
    }
}
