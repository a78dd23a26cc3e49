//! What an access token says of itself.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::Value as Json;

/// Whether the sign-in can see assignments. Graph answers `null` both for "nothing assigned" and for "may not see it".
///
/// Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-overview>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// An application's token with the permission: `null` means nothing is assigned.
    Full,
    /// The token lacks the permission: `null` means nothing.
    None,
    /// A person's token, where a directory role decides too, or one that can't be read.
    Unknown,
}

impl Sight {
    /// Reads the claims of a JWT (RFC 7519). The signature is not checked: nothing is allowed by this, it only tells
    /// the answers of the service apart.
    pub(super) fn of(token: &str) -> Self {
        let claims = token
            .split('.')
            .nth(1)
            .and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        let Some(claims) = claims.and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok())
        else {
            return Self::Unknown;
        };
        let permits = |name: &str| {
            [
                "CustomSecAttributeAssignment.Read.All",
                "CustomSecAttributeAssignment.ReadWrite.All",
            ]
            .iter()
            .any(|permission| permission.eq_ignore_ascii_case(name))
        };
        let roles = claims.get("roles").and_then(Json::as_array);
        let scopes = claims.get("scp").and_then(Json::as_str);
        match (roles, scopes) {
            (_, Some(scopes)) if scopes.split(' ').any(permits) => Self::Unknown,
            (_, Some(_)) => Self::None,
            (Some(roles), None) if roles.iter().filter_map(Json::as_str).any(permits) => Self::Full,
            (Some(_), None) => Self::None,
            (None, None) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sight(claims: Json) -> Sight {
        Sight::of(&format!(
            "e30.{}.",
            URL_SAFE_NO_PAD.encode(claims.to_string())
        ))
    }

    #[test]
    fn the_claims_tell_what_can_be_seen() {
        assert_eq!(
            sight(json!({"roles": ["User.Read.All", "CustomSecAttributeAssignment.Read.All"]})),
            Sight::Full
        );
        assert_eq!(
            sight(json!({"roles": ["Directory.ReadWrite.All"]})),
            Sight::None
        );
        assert_eq!(
            sight(json!({"scp": "openid CustomSecAttributeAssignment.ReadWrite.All"})),
            Sight::Unknown
        );
        assert_eq!(sight(json!({"scp": "User.Read"})), Sight::None);
        assert_eq!(sight(json!({})), Sight::Unknown);
        assert_eq!(Sight::of("opaque"), Sight::Unknown);
        assert_eq!(Sight::of("a.b.c"), Sight::Unknown);
    }
}
