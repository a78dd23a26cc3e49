//! What an access token says of itself.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// Whether the sign-in can see assignments. Graph answers `null` both for "nothing assigned" and for "may not see it".
///
/// Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-overview>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The sign-in may see assignments: `null` means nothing is assigned.
    Full,
    /// The token lacks the permission: `null` means nothing.
    None,
    /// A person's token that does not show the directory role, or a token that can't be read.
    Unknown,
}

/// A permission of Microsoft Graph, and the directory role that a person needs beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// The permissions of which one is enough, the least first.
    pub permissions: &'static [&'static str],
    /// The directory roles of which one is enough, the least first; none for rights that need no role.
    pub roles: &'static [Role],
}

/// A directory role, by name and by the id of its template, which tokens hold.
///
/// Source: <https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name.
    pub name: &'static str,
    /// The template id.
    pub template: &'static str,
}

const ASSIGNMENT_READER: Role = Role {
    name: "Attribute Assignment Reader",
    template: "ffd52fa5-98dc-465c-991d-fc073eb59f8f",
};
const ASSIGNMENT_ADMIN: Role = Role {
    name: "Attribute Assignment Administrator",
    template: "58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d",
};
const DEFINITION_READER: Role = Role {
    name: "Attribute Definition Reader",
    template: "1d336d2c-4ae8-42ef-9711-b3604ce3fc2c",
};
const DEFINITION_ADMIN: Role = Role {
    name: "Attribute Definition Administrator",
    template: "8424c6f0-a189-499e-bbd0-26c1753c96d4",
};

impl Right {
    /// Reading assignments.
    pub const READ_ASSIGNMENTS: Self = Self {
        permissions: &[
            "CustomSecAttributeAssignment.Read.All",
            "CustomSecAttributeAssignment.ReadWrite.All",
        ],
        roles: &[ASSIGNMENT_READER, ASSIGNMENT_ADMIN],
    };
    /// Assigning and removing.
    pub const WRITE_ASSIGNMENTS: Self = Self {
        permissions: &["CustomSecAttributeAssignment.ReadWrite.All"],
        roles: &[ASSIGNMENT_ADMIN],
    };
    /// Reading attribute sets, definitions and allowed values.
    pub const READ_DEFINITIONS: Self = Self {
        permissions: &[
            "CustomSecAttributeDefinition.Read.All",
            "CustomSecAttributeDefinition.ReadWrite.All",
        ],
        roles: &[
            DEFINITION_READER,
            ASSIGNMENT_READER,
            ASSIGNMENT_ADMIN,
            DEFINITION_ADMIN,
        ],
    };
    /// Creating and changing attribute sets, definitions and allowed values.
    pub const WRITE_DEFINITIONS: Self = Self {
        permissions: &["CustomSecAttributeDefinition.ReadWrite.All"],
        roles: &[DEFINITION_ADMIN],
    };
    /// Listing users.
    pub const FIND_USERS: Self = Self {
        permissions: &[
            "User.Read.All",
            "User.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        roles: &[],
    };
    /// Listing service principals.
    pub const FIND_SERVICE_PRINCIPALS: Self = Self {
        permissions: &[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ],
        roles: &[],
    };
}

/// The claims of an access token (RFC 7519) that say what it may do. The signature is not checked: nothing is allowed by this,
/// it only tells the answers of the service apart.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    // Permissions of an application (`roles`).
    application: Option<Vec<String>>,
    // Permissions given by a person (`scp`).
    delegated: Option<Vec<String>>,
    // Templates of the person's tenant-wide directory roles (`wids`).
    directory_roles: Option<Vec<String>>,
    // `tid`, `appid` or `azp`, `upn` or `preferred_username`, `exp`.
    tenant_id: Option<String>,
    client_id: Option<String>,
    account: Option<String>,
    expires_on: Option<DateTime<Utc>>,
}

/// What a token says about a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It has it.
    Yes,
    /// No permission of it.
    NoPermission,
    /// The permission, and none of the directory roles for the whole tenant; one for a set alone would not show.
    NoTenantRole,
    /// The permission; the directory roles do not show.
    RoleUnknown,
    /// The token can't be read.
    Unreadable,
}

impl Claims {
    pub(crate) fn of(token: &str) -> Self {
        let claims = token
            .split('.')
            .nth(1)
            .and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        let Some(claims) = claims.and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok())
        else {
            return Self::default();
        };
        let list = |name: &str| {
            let list = claims.get(name)?.as_array()?.iter();
            Some(list.filter_map(Json::as_str).map(str::to_owned).collect())
        };
        let scopes = claims.get("scp").and_then(Json::as_str);
        let text = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| claims.get(*name)?.as_str());
            found.next().map(str::to_owned)
        };
        Self {
            tenant_id: text(&["tid"]),
            client_id: text(&["appid", "azp"]),
            account: text(&["upn", "preferred_username"]),
            expires_on: claims
                .get("exp")
                .and_then(|end| DateTime::from_timestamp(end.as_i64()?, 0)),
            application: list("roles"),
            delegated: scopes.map(|text| text.split(' ').map(str::to_owned).collect()),
            directory_roles: list("wids"),
        }
    }

    /// The tenant that the token is of.
    pub fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    /// The application that the token was given to.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The user name of the person behind it; none for an application.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// When it ends.
    pub fn expires_on(&self) -> Option<DateTime<Utc>> {
        self.expires_on
    }

    /// The permissions in it: those of the person for this application, or those of the application.
    pub fn permissions(&self) -> &[String] {
        let held = self.delegated.as_ref().or(self.application.as_ref());
        held.map_or(&[], Vec::as_slice)
    }

    /// What the token says about `right`.
    pub fn held(&self, right: Right) -> Held {
        let any = |held: &[String], wanted: &[&str]| {
            let matches = |held: &String| wanted.iter().any(|w| held.eq_ignore_ascii_case(w));
            held.iter().any(matches)
        };
        let permissions = right.permissions;
        let roles: Vec<_> = right.roles.iter().map(|role| role.template).collect();
        match (&self.delegated, &self.application) {
            (None, None) => Held::Unreadable,
            (None, Some(held)) if any(held, permissions) => Held::Yes,
            (Some(held), _) if any(held, permissions) => match &self.directory_roles {
                _ if right.roles.is_empty() => Held::Yes,
                None => Held::RoleUnknown,
                Some(held) if any(held, &roles) => Held::Yes,
                Some(_) => Held::NoTenantRole,
            },
            _ => Held::NoPermission,
        }
    }

    /// Whether the token's bearer can see assignments.
    pub fn sight(&self) -> Sight {
        match self.held(Right::READ_ASSIGNMENTS) {
            Held::Yes => Sight::Full,
            Held::NoPermission => Sight::None,
            Held::NoTenantRole | Held::RoleUnknown | Held::Unreadable => Sight::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(claims: Json) -> Claims {
        Claims::of(&format!(
            "e30.{}.",
            URL_SAFE_NO_PAD.encode(claims.to_string())
        ))
    }

    #[test]
    fn the_claims_tell_what_can_be_seen() {
        let sight = |json| claims(json).sight();
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
        assert_eq!(Claims::of("opaque").sight(), Sight::Unknown);
        assert_eq!(Claims::of("a.b.c").sight(), Sight::Unknown);
    }

    #[test]
    fn a_person_needs_the_directory_role_too() {
        let held = |wids: Json| {
            claims(json!({"scp": "CustomSecAttributeAssignment.ReadWrite.All", "wids": wids}))
                .held(Right::WRITE_ASSIGNMENTS)
        };
        assert_eq!(held(json!([ASSIGNMENT_ADMIN.template])), Held::Yes);
        assert_eq!(
            held(json!([ASSIGNMENT_READER.template])),
            Held::NoTenantRole
        );
        assert_eq!(held(json!(null)), Held::RoleUnknown);
        let application = claims(json!({"roles": ["User.Read.All"]}));
        assert_eq!(application.held(Right::FIND_USERS), Held::Yes);
        assert_eq!(
            application.held(Right::WRITE_ASSIGNMENTS),
            Held::NoPermission
        );
    }
}
