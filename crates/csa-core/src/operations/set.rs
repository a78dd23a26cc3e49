use serde::Deserialize;
use serde_json::{json, Value as Json};

use super::tenant::with_definitions;
use super::write::{assign, read_target, Manner};
use super::{for_each_target, AttributeParam, Item, Sink, Status, TargetParam};
use crate::assignment::{Change, Changes};
use crate::attribute::{AttributePath, ValueType};
use crate::definition::{AttributeDefinition, Definitions};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Target, TargetInfo};
use crate::wire;

/// `assignment.set`: assigns the same values to each target, in one PATCH a target.
///
/// Parameters: `targets`; `values` (a list of `{attribute, attributeSet?, value, type?}`) or `customSecurityAttributes` (the
/// nested table of Graph, where `null` and `[]` remove); `readBack`: whether the targets are read again after the write;
/// `skipDefinitionCheck`: whether names and values go out as they are given. Items: one `result` a target, and one
/// `assignments` with `readBack`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetAssignments {
    pub(super) targets: Vec<TargetParam>,
    #[serde(default)]
    values: Vec<ValueParam>,
    custom_security_attributes: Option<Json>,
    #[serde(default)]
    pub(super) read_back: bool,
    #[serde(default)]
    pub(super) skip_definition_check: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValueParam {
    #[serde(flatten)]
    attribute: AttributeParam,
    value: Json,
    // Read from text here, so that a wrong type is an error of the value, not of the request.
    #[serde(rename = "type")]
    value_type: Option<String>,
}

impl SetAssignments {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let changes = with_definitions(client, sink, self.skip_definition_check, |all| {
            self.changes(all)
        })
        .await;
        for_each_target(&self.targets, sink, |target| {
            let changes = changes.clone();
            async move {
                let changes = changes?;
                let (info, _) = assign(client, &target, &changes, &Manner::default()).await?;
                Ok(written(client, &target, info, &changes, self.read_back).await)
            }
        })
        .await
    }

    pub(super) fn changes(&self, definitions: Option<&Definitions>) -> Result<Changes> {
        let mut changes = match &self.custom_security_attributes {
            Some(table) => wire::read_changes(table, definitions)?,
            None => Changes::default(),
        };
        for param in &self.values {
            let definition = definitions
                .map(|all| param.attribute.find(all))
                .transpose()?;
            let path = match definition {
                Some(definition) => definition.path(),
                None => param.attribute.path()?,
            };
            let value_type = param.value_type.as_deref().map(str::parse::<ValueType>);
            let value = value_type
                .transpose()
                .and_then(|given| AttributeDefinition::assignable(definition, &param.value, given))
                .map_err(|error| error.attribute(&path))?;
            changes.insert(path, Change::Set(value))?;
        }
        if changes.is_empty() {
            return Err(
                Error::new(ErrorCode::InvalidRequest, "no attribute is given")
                    .hint("give at least one attribute with a value"),
            );
        }
        changes.check()?;
        Ok(changes)
    }
}

/// What to tell of a write that is done: its result, and with `read_back` what the target holds now of it.
pub(super) async fn written(
    client: &Client,
    target: &Target,
    info: TargetInfo,
    changes: &Changes,
    read_back: bool,
) -> Vec<Item> {
    let attributes = changes.iter().map(|(path, _)| path.to_string()).collect();
    let value = |change: &Change| match change {
        Change::Set(value) => json!(value),
        Change::Clear(_) => Json::Null,
    };
    let values = client
        .logs_values()
        .then(|| changes.iter().map(|(_, change)| value(change)).collect());
    let result = |info| Item::Result {
        change: None,
        target: info,
        status: Status::Changed,
        attributes,
        values,
    };
    if !read_back {
        return vec![result(info)];
    }
    let holdings = match read_target(client, target).await {
        Ok(holdings) => holdings,
        // The write is done: say so, and that only reading it back failed.
        Err(error) => {
            let error = error.target(target);
            return vec![
                result(info),
                Item::Error {
                    change: None,
                    error,
                },
            ];
        }
    };
    let is_written = |path: &AttributePath| changes.get(path).is_some();
    let assignments = holdings
        .assignments
        .unwrap_or_default()
        .filtered(is_written);
    vec![
        result(holdings.info.clone()),
        Item::assignments(holdings.info, &assignments),
    ]
}
