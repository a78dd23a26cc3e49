//! What the operations on sets, definitions and allowed values share.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::tenant::known_definition;
use super::{AttributeParam, Item, Sink};
use crate::definition::AttributeDefinition;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::definitions::DEFINITIONS;
use crate::graph::{segment, Client, Request};

// A member that may be null, told from one that is not there.
pub(super) fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub(super) fn readable<T>(known: Option<T>) -> Result<T> {
    known.ok_or_else(|| {
        Error::new(
            ErrorCode::Forbidden,
            "this sign-in can't read attribute definitions",
        )
        .hint("needs the permission CustomSecAttributeDefinition.Read.All, and for a person also a role such as Attribute Definition Reader")
    })
}

pub(super) async fn definition(
    client: &Client,
    attribute_set: Option<String>,
    attribute: String,
) -> Result<AttributeDefinition> {
    let param = AttributeParam {
        attribute_set,
        attribute,
    };
    readable(known_definition(client, &param).await?)
}

pub(super) fn definition_path(definition: &AttributeDefinition) -> String {
    format!(
        "{DEFINITIONS}/{}",
        segment(&definition.path().definition_id())
    )
}

// Sends a change of what is declared; what was known of it is forgotten, however it ends.
pub(super) async fn write(client: &Client, request: Request) -> Result<Json> {
    let outcome = client.send(&request).await;
    client.forget_definitions().await;
    match outcome {
        Ok(answer) if answer.status() == 204 => Ok(Json::Null),
        Ok(answer) => answer.json(),
        Err(error) if error.code() == ErrorCode::Forbidden => Err(error.hint(
            "needs the permission CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition Administrator; Global Administrator does not include it",
        )),
        Err(error) if matches!(error.code(), ErrorCode::Unreachable | ErrorCode::Service) => Err(error.hint(
            "whether it was done is not known: look with -Refresh (refresh=True) before you try again",
        )),
        Err(error) => Err(error),
    }
}

// What of `body` differs from what is there; `None` if nothing does.
pub(super) fn changes(mut body: Map<String, Json>, before: &Json) -> Option<Json> {
    body.retain(|name, value| before.get(name.as_str()).unwrap_or(&Json::Null) != value);
    (!body.is_empty()).then_some(Json::Object(body))
}

pub(super) async fn unchanged(sink: &impl Sink, item: Item, plan: bool) -> Result<()> {
    if !plan {
        sink.send(item).await;
    }
    Ok(())
}

pub(super) async fn plan(
    sink: &impl Sink,
    subject: &(dyn std::fmt::Display + Sync),
    action: &str,
    body: &Json,
) -> Result<()> {
    sink.send(Item::Plan {
        subject: subject.to_string(),
        change: format!("{action} {body}"),
        value: None,
    })
    .await;
    Ok(())
}

pub(super) async fn plan_change(
    sink: &impl Sink,
    subject: &(dyn std::fmt::Display + Sync),
    body: &Json,
    before: &Json,
) -> Result<()> {
    let members = body.as_object().into_iter().flatten();
    let changes: Vec<_> = members
        .map(|(name, after)| {
            let before = before.get(name.as_str()).unwrap_or(&Json::Null);
            format!("{name} from {before} to {after}")
        })
        .collect();
    sink.send(Item::Plan {
        subject: subject.to_string(),
        change: format!("Change {}", changes.join(", ")),
        value: None,
    })
    .await;
    Ok(())
}
