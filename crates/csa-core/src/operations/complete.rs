use std::time::Duration;

use serde::Deserialize;

use super::{AttributeParam, Completion, Item, Sink};
use crate::definition::{AttributeDefinition, Definitions, Status};
use crate::error::Result;
use crate::graph::Client;

// A prompt that hangs for longer feels broken.
const PATIENCE: Duration = Duration::from_millis(400);

/// `definition.complete`: what can stand where something is typed.
///
/// Parameters: `of`: `attributeSet`, `attribute` or `allowedValue`; `typed`: what is there already; `attributeSet`, `attribute`:
/// where it belongs to; `inactive`: whether deprecated attributes and inactive values are given too. Items: one `completions`.
///
/// Answers from what is remembered. What is not known yet is read in the background, and waited for 400 ms at most: then there
/// are no completions this time. Nothing that goes wrong is an error.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Complete {
    of: Of,
    #[serde(default)]
    typed: String,
    attribute_set: Option<String>,
    attribute: Option<String>,
    #[serde(default)]
    inactive: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Of {
    AttributeSet,
    Attribute,
    AllowedValue,
}

impl Complete {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let completions = match self.of {
            Of::AttributeSet => self.sets(client).await,
            Of::Attribute => definitions(client).await.map(|all| self.attributes(&all)),
            Of::AllowedValue => definitions(client).await.map(|all| self.values(&all)),
        };
        let completions = completions.unwrap_or_default();
        sink.send(Item::Completions { completions }).await;
        Ok(())
    }

    async fn sets(&self, client: &Client) -> Option<Vec<Completion>> {
        let client = client.clone();
        let sets = soon(async move { client.attribute_sets().await }).await?;
        let begun = sets
            .iter()
            .filter(|set| begins(set.name.as_str(), &self.typed));
        Some(
            begun
                .map(|set| Completion {
                    text: set.name.to_string(),
                    description: set.description.clone().unwrap_or_default(),
                })
                .collect(),
        )
    }

    fn attributes(&self, definitions: &Definitions) -> Vec<Completion> {
        let typed = self.typed.replace('/', ".");
        let offered = |definition: &AttributeDefinition| {
            let bare = definition.attribute.as_str();
            match &self.attribute_set {
                Some(set) => (definition.attribute_set.as_str().to_lowercase()
                    == set.to_lowercase()
                    && begins(bare, &typed))
                .then(|| bare.to_owned()),
                None => {
                    let full = definition.path().to_string();
                    (begins(&full, &typed) || begins(bare, &typed)).then_some(full)
                }
            }
        };
        definitions
            .iter()
            .filter(|d| self.inactive || d.status == Status::Available)
            .filter_map(|d| {
                Some(Completion {
                    text: offered(d)?,
                    description: format!(
                        "{}: {}",
                        d.value_type,
                        d.description.as_deref().unwrap_or_default()
                    ),
                })
            })
            .collect()
    }

    fn values(&self, definitions: &Definitions) -> Vec<Completion> {
        let Some(attribute) = &self.attribute else {
            return Vec::new();
        };
        let param = AttributeParam {
            attribute_set: self.attribute_set.clone(),
            attribute: attribute.clone(),
        };
        let Ok(definition) = param.find(definitions) else {
            return Vec::new();
        };
        definition
            .allowed_values
            .iter()
            .filter(|value| self.inactive || value.is_active)
            .filter(|value| begins(&value.value, &self.typed))
            .map(|value| Completion {
                text: value.value.clone(),
                description: if value.is_active {
                    "active"
                } else {
                    "not active"
                }
                .to_owned(),
            })
            .collect()
    }
}

fn begins(name: &str, typed: &str) -> bool {
    name.to_lowercase().starts_with(&typed.to_lowercase())
}

async fn definitions(client: &Client) -> Option<std::sync::Arc<Definitions>> {
    let client = client.clone();
    soon(async move { client.definitions().await }).await
}

// What a read gives within the time that a person waits. It goes on after that, so that the next time has it.
async fn soon<T: Send + 'static>(
    read: impl std::future::Future<Output = Result<Option<T>>> + Send + 'static,
) -> Option<T> {
    let reading = tokio::spawn(read);
    tokio::time::timeout(PATIENCE, reading)
        .await
        .ok()?
        .ok()?
        .ok()?
}
