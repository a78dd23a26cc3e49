//! What a person typed, matched to what the tenant has.

use super::{AttributeParam, Item, Level, Sink};
use crate::attribute::{AttributeName, AttributePath, AttributeSetName};
use crate::definition::{find_set, AttributeDefinition, Definitions};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;

impl AttributeParam {
    /// The attribute as it is written, for when no definitions can be read.
    pub(super) fn path(&self) -> Result<AttributePath> {
        AttributePath::new(self.attribute_set.as_deref(), &self.attribute)
    }

    /// The definition that is meant: by the full name, or by the attribute's alone where one set alone has it.
    pub(super) fn find<'a>(&self, definitions: &'a Definitions) -> Result<&'a AttributeDefinition> {
        if self.attribute_set.is_none() && !self.attribute.contains(['.', '/']) {
            return definitions.find_bare(&self.attribute.parse::<AttributeName>()?);
        }
        definitions.find(&self.path()?)
    }
}

/// Does `work` with the tenant's definitions, or without them if they are not to be used or this sign-in may not read them. What
/// is unknown or not allowed is looked up anew before it is called so.
pub(super) async fn with_definitions<T>(
    client: &Client,
    sink: &impl Sink,
    skip: bool,
    work: impl Fn(Option<&Definitions>) -> Result<T>,
) -> Result<T> {
    if skip {
        return work(None);
    }
    let Some(known) = client.definitions().await? else {
        warn_of_missing_definitions(client, sink).await;
        return work(None);
    };
    decided(client, &known, |all| work(Some(all))).await
}

// Does `work` with the known definitions, and again with those read anew if it fails for what may have changed.
async fn decided<T>(
    client: &Client,
    known: &Definitions,
    work: impl Fn(&Definitions) -> Result<T>,
) -> Result<T> {
    match work(known) {
        Err(error) if may_have_changed(&error) => match client.renewed_definitions().await {
            Ok(Some(new)) => work(&new),
            Ok(None) | Err(_) => Err(error),
        },
        outcome => outcome,
    }
}

fn may_have_changed(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::UnknownAttribute | ErrorCode::NotAllowed
    )
}

pub(super) async fn warn_of_missing_definitions(client: &Client, sink: &impl Sink) {
    if client.warn_of_missing_definitions() {
        let message = "this sign-in can't read attribute definitions: names and values are sent as they are given, and only the service checks them. Needs the permission CustomSecAttributeDefinition.Read.All, and for a person also a role such as Attribute Assignment Administrator";
        sink.send(Item::Log {
            change: None,
            level: Level::Warning,
            message: message.to_owned(),
        })
        .await;
    }
}

/// The attribute sets of those names, in the casing of the tenant where it can be read.
pub(super) async fn sets(client: &Client, names: &[String]) -> Result<Vec<AttributeSetName>> {
    let names: Vec<AttributeSetName> = names
        .iter()
        .map(|name| name.parse())
        .collect::<Result<_>>()?;
    if names.is_empty() {
        return Ok(names);
    }
    let find = |sets: &[_]| -> Result<Vec<AttributeSetName>> {
        names
            .iter()
            .map(|name| find_set(sets, name).map(|set| set.name.clone()))
            .collect()
    };
    let Some(known) = client.attribute_sets().await? else {
        return Ok(names);
    };
    match find(&known) {
        Err(error) if may_have_changed(&error) => match client.renewed_attribute_sets().await {
            Ok(Some(new)) => find(&new),
            Ok(None) | Err(_) => Err(error),
        },
        outcome => outcome,
    }
}

/// The attribute of a read or removal, in the casing of the tenant. Where definitions can't be read, as it is written: what the
/// target holds is matched without regard to case.
pub(super) async fn known_path(client: &Client, param: &AttributeParam) -> Result<AttributePath> {
    Ok(match known_definition(client, param).await? {
        Some(definition) => definition.path(),
        None => param.path()?,
    })
}

/// The definition of an attribute, if definitions can be read.
pub(super) async fn known_definition(
    client: &Client,
    param: &AttributeParam,
) -> Result<Option<AttributeDefinition>> {
    let Some(known) = client.definitions().await? else {
        return Ok(None);
    };
    decided(client, &known, |all| param.find(all).cloned())
        .await
        .map(Some)
}
