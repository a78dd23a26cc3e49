use serde::Deserialize;
use serde_json::{json, Map};

use super::declare::{
    changes, definition, definition_path, given, plan, plan_change, readable, unchanged, write,
};
use super::tenant::{known_definition, sets};
use super::{AttributeParam, Item, Sink};
use crate::attribute::{AttributePath, ValueType};
use crate::definition::{
    check_active, check_description, find_set, AllowedValue, AttributeDefinition, Status,
};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::definitions::DEFINITIONS;
use crate::graph::{Client, Request};

/// `attribute.get`: lists definitions of attributes with their allowed values.
///
/// Parameters: `attributes` (`{attribute, attributeSet?}`), `attributeSets`, `status`, `type`: only these; `refresh`: read anew.
/// Items: one `attribute` each.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetAttributes {
    #[serde(default)]
    attributes: Vec<AttributeParam>,
    #[serde(default)]
    attribute_sets: Vec<String>,
    status: Option<String>,
    #[serde(rename = "type")]
    value_type: Option<String>,
    #[serde(default)]
    refresh: bool,
}

/// `attribute.create`.
///
/// Parameters: `attribute`, `attributeSet?`, `type`; `description`, `isSearchable` (true), `allowedValues`,
/// `usePreDefinedValuesOnly` (true if allowed values are given); `plan`. Items: one `attribute`, or one `plan`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateAttribute {
    attribute: String,
    attribute_set: Option<String>,
    #[serde(rename = "type")]
    value_type: String,
    description: Option<String>,
    is_searchable: Option<bool>,
    #[serde(default)]
    allowed_values: Vec<String>,
    use_pre_defined_values_only: Option<bool>,
    #[serde(default)]
    plan: bool,
}

/// `attribute.update`.
///
/// Parameters: `attribute`, `attributeSet?`; `description`, `status`, `usePreDefinedValuesOnly` (false only); `plan`. Items: one
/// `attribute`, or one `plan`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateAttribute {
    attribute: String,
    attribute_set: Option<String>,
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    status: Option<String>,
    use_pre_defined_values_only: Option<bool>,
    #[serde(default)]
    plan: bool,
}

impl GetAttributes {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        if self.refresh {
            client.forget_definitions().await;
        }
        let status = self
            .status
            .as_deref()
            .map(str::parse::<Status>)
            .transpose()?;
        let value_type = self
            .value_type
            .as_deref()
            .map(str::parse::<ValueType>)
            .transpose()?;
        let sets = sets(client, &self.attribute_sets).await?;
        let mut named = Vec::new();
        for param in &self.attributes {
            // One that is unknown does not hide the others.
            match known_definition(client, param).await {
                Ok(definition) => named.extend(definition.map(|d| d.path())),
                Err(error) if error.code() == ErrorCode::UnknownAttribute => {
                    sink.send(Item::Error {
                        change: None,
                        error,
                    })
                    .await;
                }
                Err(error) => return Err(error),
            }
        }
        let known = readable(client.definitions().await?)?;
        let wanted = |d: &&AttributeDefinition| {
            (sets.is_empty() || sets.contains(&d.attribute_set))
                && (self.attributes.is_empty() || named.contains(&d.path()))
                && status.is_none_or(|status| d.status == status)
                && value_type.is_none_or(|value_type| d.value_type == value_type)
        };
        for definition in known.iter().filter(wanted) {
            if !sink.send(Item::Attribute(definition.clone())).await {
                break;
            }
        }
        Ok(())
    }
}

impl CreateAttribute {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let path = AttributePath::new(self.attribute_set.as_deref(), &self.attribute)?;
        self.create(client, sink, &path)
            .await
            .map_err(|error| error.attribute(&path))
    }

    async fn create(&self, client: &Client, sink: &impl Sink, path: &AttributePath) -> Result<()> {
        let mut definition = AttributeDefinition {
            attribute_set: path.set.clone(),
            attribute: path.attribute.clone(),
            value_type: self.value_type.parse()?,
            description: self.description.clone(),
            status: Status::Available,
            is_searchable: self.is_searchable.unwrap_or(true),
            use_pre_defined_values_only: self
                .use_pre_defined_values_only
                .unwrap_or(!self.allowed_values.is_empty()),
            allowed_values: self
                .allowed_values
                .iter()
                .map(|value| AllowedValue {
                    value: value.clone(),
                    is_active: true,
                })
                .collect(),
        };
        let sets = readable(client.attribute_sets().await?)?;
        let definitions = readable(client.definitions().await?)?;
        definition.check_new(&definitions, &sets)?;
        // The set goes out in the tenant's casing.
        definition.attribute_set = find_set(&sets, &path.set)?.name.clone();
        let body = definition.body();
        if self.plan {
            return plan(sink, &definition.path(), "Create attribute", &body).await;
        }
        // The answer leaves the allowed values out; what was accepted is what was sent.
        write(client, Request::post(DEFINITIONS, body)).await?;
        sink.send(Item::Attribute(definition)).await;
        Ok(())
    }
}

impl UpdateAttribute {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let definition =
            definition(client, self.attribute_set.clone(), self.attribute.clone()).await?;
        let path = definition.path();
        self.update(client, sink, definition)
            .await
            .map_err(|error| error.attribute(path))
    }

    async fn update(
        self,
        client: &Client,
        sink: &impl Sink,
        before: AttributeDefinition,
    ) -> Result<()> {
        let mut after = before.clone();
        let mut body = Map::new();
        if let Some(description) = self.description {
            check_description(description.as_deref())?;
            body.insert("description".into(), json!(description));
            after.description = description;
        }
        if let Some(status) = &self.status {
            after.status = status.parse()?;
            body.insert("status".into(), json!(after.status));
        }
        if let Some(only) = self.use_pre_defined_values_only {
            if only && !before.use_pre_defined_values_only {
                return Err(Error::new(
                    ErrorCode::InvalidRequest,
                    "an attribute that takes any value can't be limited to allowed values later",
                )
                .hint("create another attribute with allowed values"));
            }
            after.use_pre_defined_values_only = only;
            body.insert("usePreDefinedValuesOnly".into(), json!(only));
        }
        let Some(body) = changes(body, &json!(before)) else {
            return unchanged(sink, Item::Attribute(after), self.plan).await;
        };
        if (before.status, after.status) == (Status::Deprecated, Status::Available) {
            let sets = readable(client.attribute_sets().await?)?;
            let definitions = readable(client.definitions().await?)?;
            check_active(&definitions, find_set(&sets, &before.attribute_set)?)?;
        }
        if self.plan {
            return plan_change(sink, &before.path(), &body, &json!(before)).await;
        }
        write(client, Request::patch(definition_path(&before), body)).await?;
        sink.send(Item::Attribute(after)).await;
        Ok(())
    }
}
