//! Who may do what. Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-manage>

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Reply};
use crate::store::Store;

/// What one bearer token may do. While no token is configured, any token may do everything.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Graph permissions, such as `CustomSecAttributeAssignment.ReadWrite.All`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Directory roles of the person behind a delegated token, such as `Attribute Assignment Reader`; without this the token
    /// is an application's, for which the permissions suffice.
    pub roles: Option<Vec<String>>,
    /// The attribute sets that the roles are given for; without this, all.
    pub attribute_sets: Option<Vec<String>>,
    /// The token is past its end: 401.
    #[serde(default)]
    pub expired: bool,
    /// Of a token that the emulator's own sign-in gave.
    #[cfg(feature = "sign-in")]
    #[serde(skip)]
    pub(crate) grant: Option<crate::sign_in::Grant>,
}

/// Tokens by their text.
pub(crate) type Tokens = IndexMap<String, Token>;

/// What the caller may do.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    Everything,
    As(Token),
}

const ASSIGNMENT_ADMIN: &str = "Attribute Assignment Administrator";
const ASSIGNMENT_READER: &str = "Attribute Assignment Reader";
const DEFINITION_ADMIN: &str = "Attribute Definition Administrator";
const DEFINITION_READER: &str = "Attribute Definition Reader";

impl Access {
    /// Who calls, or 401.
    pub(crate) fn of(call: &Call, store: &Store) -> Result<Self, Reply> {
        let tokens = &store.tokens;
        let unauthorized = |message: &str| {
            let mut reply = Reply::error(401, "InvalidAuthenticationToken", message);
            reply
                .headers
                .push(("WWW-Authenticate".into(), "Bearer realm=\"\"".into()));
            Err(reply)
        };
        let header = call.header("authorization").unwrap_or_default();
        let token = match header.split_once(' ') {
            Some((scheme, token))
                if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
            {
                token.trim()
            }
            _ => return unauthorized("Access token is empty."),
        };
        match tokens.get(token) {
            _ if tokens.is_empty() && !store.has_sign_in() => Ok(Self::Everything),
            None => unauthorized("Access token validation failure. Invalid audience."),
            Some(token) if token.expired => {
                unauthorized("Lifetime validation failed, the token is expired.")
            }
            Some(token) => {
                #[cfg(feature = "sign-in")]
                store.check_grant(token)?;
                Ok(Self::As(token.clone()))
            }
        }
    }

    fn allows(&self, permissions: &[&str], roles: &[&str]) -> bool {
        let any = |held: &[String], wanted: &[&str]| {
            held.iter()
                .any(|h| wanted.iter().any(|w| h.eq_ignore_ascii_case(w)))
        };
        match self {
            Self::Everything => true,
            Self::As(token) => {
                any(&token.permissions, permissions)
                    && token.roles.as_ref().is_none_or(|held| any(held, roles))
            }
        }
    }

    fn covers(&self, set: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::As(token) => token
                .attribute_sets
                .as_ref()
                .is_none_or(|sets| sets.iter().any(|s| s == set)),
        }
    }

    pub(crate) fn reads_assignments(&self) -> bool {
        self.allows(
            &[
                "CustomSecAttributeAssignment.Read.All",
                "CustomSecAttributeAssignment.ReadWrite.All",
            ],
            &[ASSIGNMENT_READER, ASSIGNMENT_ADMIN],
        )
    }

    pub(crate) fn reads_assignments_of(&self, set: &str) -> bool {
        self.reads_assignments() && self.covers(set)
    }

    pub(crate) fn writes_assignments(&self) -> bool {
        self.allows(
            &["CustomSecAttributeAssignment.ReadWrite.All"],
            &[ASSIGNMENT_ADMIN],
        )
    }

    pub(crate) fn writes_assignments_of(&self, set: &str) -> bool {
        self.writes_assignments() && self.covers(set)
    }

    pub(crate) fn reads_definitions(&self) -> bool {
        self.allows(
            &[
                "CustomSecAttributeDefinition.Read.All",
                "CustomSecAttributeDefinition.ReadWrite.All",
            ],
            &[
                DEFINITION_READER,
                DEFINITION_ADMIN,
                ASSIGNMENT_READER,
                ASSIGNMENT_ADMIN,
            ],
        )
    }

    pub(crate) fn writes_definitions(&self) -> bool {
        self.allows(
            &["CustomSecAttributeDefinition.ReadWrite.All"],
            &[DEFINITION_ADMIN],
        )
    }

    /// Whether objects of this collection can be listed; reading one by id needs no more than a right to its attributes.
    pub(crate) fn lists(&self, collection: &str) -> bool {
        let own = if collection == "users" {
            ["User.Read.All", "User.ReadWrite.All"]
        } else {
            ["Application.Read.All", "Application.ReadWrite.All"]
        };
        self.has([
            own[0],
            own[1],
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ])
    }

    /// Whether ordinary properties can be changed.
    pub(crate) fn writes_objects(&self, collection: &str) -> bool {
        let own = if collection == "users" {
            "User.ReadWrite.All"
        } else {
            "Application.ReadWrite.All"
        };
        self.has([own, "Directory.ReadWrite.All"])
    }

    fn has<const N: usize>(&self, permissions: [&str; N]) -> bool {
        match self {
            Self::Everything => true,
            Self::As(token) => token
                .permissions
                .iter()
                .any(|held| permissions.iter().any(|p| held.eq_ignore_ascii_case(p))),
        }
    }
}
