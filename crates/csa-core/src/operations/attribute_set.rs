use serde::Deserialize;
use serde_json::{json, Map};

use super::declare::{changes, given, plan, plan_change, readable, unchanged, write};
use super::tenant::sets;
use super::{Item, Sink};
use crate::definition::{check_description, check_max_attributes, find_set, AttributeSet};
use crate::error::Result;
use crate::graph::definitions::SETS;
use crate::graph::{segment, Client, Request};

/// `attributeSet.get`: lists attribute sets.
///
/// Parameters: `attributeSets`: only these; `refresh`: read anew. Items: one `attributeSet` each.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetAttributeSets {
    #[serde(default)]
    attribute_sets: Vec<String>,
    #[serde(default)]
    refresh: bool,
}

/// `attributeSet.create` and `attributeSet.update`.
///
/// Parameters: `attributeSet`; `description`, `maxAttributesPerSet` (`null`: as many as the tenant); `plan`: check and tell what
/// would be sent, and send nothing. Items: one `attributeSet`, or one `plan`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteAttributeSet {
    #[serde(skip)]
    create: bool,
    attribute_set: String,
    // Outer `None`: not given. Inner `None`: null.
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    max_attributes_per_set: Option<Option<i32>>,
    #[serde(default)]
    plan: bool,
}

impl GetAttributeSets {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        if self.refresh {
            client.forget_definitions().await;
        }
        let names = sets(client, &self.attribute_sets).await?;
        let known = readable(client.attribute_sets().await?)?;
        for set in known
            .iter()
            .filter(|set| names.is_empty() || names.contains(&set.name))
        {
            if !sink.send(Item::AttributeSet(set.clone())).await {
                break;
            }
        }
        Ok(())
    }
}

impl WriteAttributeSet {
    pub(super) fn creating(mut self) -> Self {
        self.create = true;
        self
    }

    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        if self.create {
            self.create(client, sink).await
        } else {
            self.update(client, sink).await
        }
    }

    async fn create(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let set = AttributeSet {
            name: self.attribute_set.parse()?,
            description: self.description.flatten(),
            max_attributes_per_set: self.max_attributes_per_set.flatten(),
        };
        let existing = readable(client.attribute_sets().await?)?;
        set.check_new(&existing)?;
        let body = set.body();
        if self.plan {
            return plan(sink, &set.name, "Create attribute set", &body).await;
        }
        let answer = write(client, Request::post(SETS, body)).await?;
        sink.send(Item::AttributeSet(AttributeSet::read(&answer)?))
            .await;
        Ok(())
    }

    async fn update(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let name = sets(client, std::slice::from_ref(&self.attribute_set)).await?;
        let existing = readable(client.attribute_sets().await?)?;
        let before = find_set(&existing, &name[0])?;
        let mut after = before.clone();
        let mut body = Map::new();
        if let Some(description) = self.description {
            check_description(description.as_deref())?;
            body.insert("description".into(), json!(description));
            after.description = description;
        }
        if let Some(max) = self.max_attributes_per_set {
            check_max_attributes(max)?;
            body.insert("maxAttributesPerSet".into(), json!(max));
            after.max_attributes_per_set = max;
        }
        let Some(body) = changes(body, &json!(before)) else {
            return unchanged(sink, Item::AttributeSet(after), self.plan).await;
        };
        if self.plan {
            return plan_change(sink, &before.name, &body, &json!(before)).await;
        }
        let path = format!("{SETS}/{}", segment(before.name.as_str()));
        write(client, Request::patch(path, body)).await?;
        sink.send(Item::AttributeSet(after)).await;
        Ok(())
    }
}
