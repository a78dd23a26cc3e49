//! Whom a request is about.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::request::segment;
use crate::error::{Error, ErrorCode, Result};

/// A user or a service principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A user, by object id or UPN, as the caller wrote it.
    User(String),
    /// A service principal, by object id.
    ServicePrincipal(Uuid),
    /// A service principal, by the app id it has in every tenant.
    App(Uuid),
    /// An agent, which is a service principal too, by object id.
    Agent(AgentType, Uuid),
}

/// The agents that have assignments of their own.
///
/// Source: <https://learn.microsoft.com/graph/api/agentidentity-update>,
/// <https://learn.microsoft.com/graph/api/agentidentityblueprintprincipal-update>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentType {
    /// An agent identity.
    Identity,
    /// The principal of an agent identity blueprint.
    BlueprintPrincipal,
}

impl Target {
    /// A user, by object id or UPN (guests: `anna_fabrikam.com#EXT#@contoso.com`).
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidTarget`] for text that is neither; nothing is sent, since `/users/` of nobody means everybody.
    pub fn user(text: &str) -> Result<Self> {
        let upn = text.contains('@') && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if upn || Uuid::parse_str(text).is_ok() {
            return Ok(Self::User(text.to_owned()));
        }
        Err(invalid(
            text,
            "an object id or a UPN like joe@contoso.com",
            "to find it by another property, filter users first",
        ))
    }

    /// A service principal, by object id.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidTarget`] for text that is no GUID.
    pub fn service_principal(text: &str) -> Result<Self> {
        Uuid::parse_str(text).map(Self::ServicePrincipal).map_err(|_| {
            invalid(text, "the object id (a GUID) of a service principal", "the object id stands in Enterprise applications; for the client id use the app id")
        })
    }

    /// A service principal, by app id.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidTarget`] for text that is no GUID.
    pub fn app(text: &str) -> Result<Self> {
        Uuid::parse_str(text).map(Self::App).map_err(|_| {
            invalid(
                text,
                "an app id (a GUID)",
                "the app id is also called client id",
            )
        })
    }

    /// An agent, by object id.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidTarget`] for text that is no GUID.
    pub fn agent(agent: AgentType, text: &str) -> Result<Self> {
        Uuid::parse_str(text)
            .map(|id| Self::Agent(agent, id))
            .map_err(|_| {
                invalid(
                    text,
                    "the object id (a GUID) of an agent",
                    "the object id stands in Agent identities of the Entra admin center",
                )
            })
    }

    /// The path that changes it: agents are changed by the path of their type.
    pub fn write_path(&self) -> String {
        let type_name = match self {
            Self::Agent(AgentType::Identity, _) => "agentIdentity",
            Self::Agent(AgentType::BlueprintPrincipal, _) => "agentIdentityBlueprintPrincipal",
            Self::User(_) | Self::ServicePrincipal(_) | Self::App(_) => return self.path(),
        };
        format!("{}/microsoft.graph.{type_name}", self.path())
    }

    /// The path below the Graph root that reads it, percent-encoded.
    ///
    /// Source: <https://learn.microsoft.com/graph/api/user-get> (UPN with a leading `$`, guests)
    pub fn path(&self) -> String {
        match self {
            Self::User(upn) if upn.starts_with('$') => {
                format!("/users('{}')", segment(&upn.replace('\'', "''")))
            }
            Self::User(key) => format!("/users/{}", segment(key)),
            Self::ServicePrincipal(id) | Self::Agent(_, id) => format!("/servicePrincipals/{id}"),
            Self::App(id) => format!("/servicePrincipals(appId='{id}')"),
        }
    }

    /// The type of the object: `user` or `servicePrincipal`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ServicePrincipal(_) | Self::App(_) | Self::Agent(..) => "servicePrincipal",
        }
    }

    /// The properties that tell people which object it is.
    pub fn identity_properties(&self) -> &'static [&'static str] {
        match self {
            Self::User(_) => &["id", "displayName", "userPrincipalName"],
            Self::ServicePrincipal(_) | Self::App(_) | Self::Agent(..) => {
                &["id", "displayName", "appId"]
            }
        }
    }
}

/// What the caller wrote, to name the target in errors.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(text) => f.write_str(text),
            Self::ServicePrincipal(id) | Self::App(id) | Self::Agent(_, id) => write!(f, "{id}"),
        }
    }
}

fn invalid(text: &str, expected: &str, hint: &str) -> Error {
    Error::new(
        ErrorCode::InvalidTarget,
        format!("\"{text}\" is not {expected}"),
    )
    .target(if text.is_empty() { "(empty)" } else { text })
    .hint(hint)
}

/// What is known of a target: what the service said, else what the caller wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetInfo {
    /// `user` or `servicePrincipal`.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// The object id, if known.
    pub id: Option<String>,
    /// The display name, if known.
    pub display_name: Option<String>,
    /// The UPN, if it is a user and known.
    pub user_principal_name: Option<String>,
    /// The app id, if it is a service principal and known.
    pub app_id: Option<String>,
}

impl TargetInfo {
    /// What an object of the service says of itself.
    pub fn of_object(type_name: &'static str, object: &Json) -> Self {
        let text = |name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
        Self {
            type_name,
            id: text("id"),
            display_name: text("displayName"),
            user_principal_name: text("userPrincipalName"),
            app_id: text("appId"),
        }
    }

    /// What the caller wrote.
    pub fn of_target(target: &Target) -> Self {
        let mut info = Self {
            type_name: target.type_name(),
            ..Self::default()
        };
        match target {
            Target::User(text) if text.contains('@') => {
                info.user_principal_name = Some(text.clone())
            }
            Target::User(text) => info.id = Some(text.clone()),
            Target::ServicePrincipal(id) | Target::Agent(_, id) => info.id = Some(id.to_string()),
            Target::App(id) => info.app_id = Some(id.to_string()),
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        let path = |text| Target::user(text).unwrap().path();
        insta::assert_snapshot!(path("joe@contoso.com"), @"/users/joe@contoso.com");
        insta::assert_snapshot!(path("anna_fabrikam.com#EXT#@contoso.com"), @"/users/anna_fabrikam.com%23EXT%23@contoso.com");
        insta::assert_snapshot!(path("o'brien@contoso.com"), @"/users/o'brien@contoso.com");
        insta::assert_snapshot!(path("$o'x@contoso.com"), @"/users('$o''x@contoso.com')");
        insta::assert_snapshot!(path("a/../b?@x"), @"/users/a%2F..%2Fb%3F@x");
        insta::assert_snapshot!(Target::app("33DD33DD-ee44-ff55-aa66-77bb77bb77bb").unwrap().path(),
            @"/servicePrincipals(appId='33dd33dd-ee44-ff55-aa66-77bb77bb77bb')");
        let agent =
            Target::agent(AgentType::Identity, "33dd33dd-ee44-ff55-aa66-77bb77bb77bb").unwrap();
        insta::assert_snapshot!(agent.path(), @"/servicePrincipals/33dd33dd-ee44-ff55-aa66-77bb77bb77bb");
        insta::assert_snapshot!(agent.write_path(), @"/servicePrincipals/33dd33dd-ee44-ff55-aa66-77bb77bb77bb/microsoft.graph.agentIdentity");
    }

    #[test]
    fn text_that_names_nobody_is_refused() {
        insta::assert_snapshot!(Target::user("").unwrap_err(), @r#"(empty): "" is not an object id or a UPN like joe@contoso.com"#);
        for text in ["..", "Joe", "me", "a b@contoso.com", " "] {
            assert_eq!(
                Target::user(text).unwrap_err().code(),
                ErrorCode::InvalidTarget,
                "{text:?}"
            );
        }
        insta::assert_snapshot!(Target::service_principal("app").unwrap_err(), @r#"app: "app" is not the object id (a GUID) of a service principal"#);
        insta::assert_snapshot!(Target::app("").unwrap_err(), @r#"(empty): "" is not an app id (a GUID)"#);
    }
}
