use serde::Deserialize;

use super::{Item, Sink};
use crate::error::Result;
use crate::graph::definitions::SETS;
use crate::graph::Client;
use crate::sign_in::{Held, Right};

/// `access.test`: what this sign-in may do.
///
/// No parameters. Items: one `access` for each of reading and writing assignments, reading and writing definitions, finding
/// users and finding service principals.
///
/// Told by the token's claims; reading definitions and finding objects are tried out too, which the service answers for certain.
/// Nothing is written: whether a token that can't be read may write can't be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestAccess {}

impl TestAccess {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        client.credential().current().await?;
        for (capability, right, probe) in [
            ("read assignments", Right::READ_ASSIGNMENTS, None),
            ("write assignments", Right::WRITE_ASSIGNMENTS, None),
            ("read definitions", Right::READ_DEFINITIONS, Some(SETS)),
            ("write definitions", Right::WRITE_DEFINITIONS, None),
            ("find users", Right::FIND_USERS, Some("/users")),
            (
                "find service principals",
                Right::FIND_SERVICE_PRINCIPALS,
                Some("/servicePrincipals"),
            ),
        ] {
            let tried = match probe {
                Some(path) => client.reads(path).await,
                None => None,
            };
            let item = access(capability, right, client.claims().held(right), tried);
            if !sink.send(item).await {
                break;
            }
        }
        Ok(())
    }
}

fn access(capability: &'static str, right: Right, held: Held, tried: Option<bool>) -> Item {
    let permission = right.permissions[0];
    let role = right.roles.first().map(|role| role.name);
    let allowed = tried.or(match held {
        Held::Yes => Some(true),
        Held::NoPermission => Some(false),
        Held::NoTenantRole | Held::RoleUnknown | Held::Unreadable => None,
    });
    let the_permission = || format!("the permission {permission}");
    let the_role = || role.map(|role| format!("the role {role}"));
    let missing = match (allowed, held) {
        (Some(true), _) => None,
        (_, Held::NoPermission) => Some(the_permission()),
        (_, Held::NoTenantRole) => {
            the_role().map(|role| format!("{role} (unless it is given for single attribute sets)"))
        }
        (Some(false), Held::RoleUnknown | Held::Yes) => {
            the_role().or_else(|| Some(the_permission()))
        }
        (None, Held::RoleUnknown) => the_role()
            .map(|role| format!("perhaps {role}: the token does not list directory roles")),
        (Some(false), Held::Unreadable) => Some(match the_role() {
            Some(role) => format!("{} or, for a person, {role}", the_permission()),
            None => the_permission(),
        }),
        (None, _) => Some("can't be told: the token can't be read".to_owned()),
    };
    Item::Access {
        capability,
        allowed,
        missing,
        permission,
        role,
    }
}
