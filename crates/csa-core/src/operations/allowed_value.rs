use serde::Deserialize;
use serde_json::json;

use super::declare::{definition, definition_path, unchanged, write};
use super::{Item, Sink};
use crate::definition::{check_allowed_count, given_twice, AttributeDefinition};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{segment, Client, Request};

/// `allowedValue.add` and `allowedValue.update`.
///
/// Parameters: `attribute`, `attributeSet?`; `values`; `isActive` (to add: true); `plan`. One request a value: the form that
/// changes several through the definition fails in practice. Items: one `allowedValue` each (`attributeSet`, `attribute`,
/// `value`, `isActive`), or one `plan`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteAllowedValues {
    #[serde(skip)]
    add: bool,
    attribute: String,
    attribute_set: Option<String>,
    values: Vec<String>,
    is_active: Option<bool>,
    #[serde(default)]
    plan: bool,
}

impl WriteAllowedValues {
    pub(super) fn adding(mut self) -> Self {
        self.add = true;
        self
    }

    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let definition =
            definition(client, self.attribute_set.clone(), self.attribute.clone()).await?;
        self.write(client, sink, &definition)
            .await
            .map_err(|error| error.attribute(definition.path()))
    }

    async fn write(
        &self,
        client: &Client,
        sink: &impl Sink,
        definition: &AttributeDefinition,
    ) -> Result<()> {
        self.check(definition)?;
        let is_active = self.is_active.unwrap_or(true);
        let base = format!("{}/allowedValues", definition_path(definition));
        for value in &self.values {
            let known = definition.allowed_values.iter().find(|v| v.value == *value);
            let same = known.is_some_and(|known| known.is_active == is_active);
            let item = Item::AllowedValue {
                attribute_set: definition.attribute_set.clone(),
                attribute: definition.attribute.clone(),
                value: value.clone(),
                is_active,
            };
            if !self.add && same {
                unchanged(sink, item, self.plan).await?;
                continue;
            }
            let body = if self.add {
                json!({"id": value, "isActive": is_active})
            } else {
                json!({"isActive": is_active})
            };
            if self.plan {
                let action = if self.add { "Add" } else { "Change" };
                sink.send(Item::Plan {
                    subject: definition.path().to_string(),
                    change: format!("{action} allowed value \"{value}\" {body}"),
                    value: Some(value.clone()),
                })
                .await;
                continue;
            }
            let request = if self.add {
                Request::post(base.clone(), body)
            } else {
                Request::patch(format!("{base}/{}", segment(value)), body)
            };
            // One that is refused does not stop the others.
            let item = match write(client, request).await {
                Ok(_) => item,
                Err(error) => Item::Error {
                    change: None,
                    error: error
                        .attribute(definition.path())
                        .context(&format!("allowed value \"{value}\"")),
                },
            };
            if !sink.send(item).await {
                break;
            }
        }
        Ok(())
    }

    fn check(&self, definition: &AttributeDefinition) -> Result<()> {
        if self.values.is_empty() {
            return Err(
                Error::new(ErrorCode::InvalidRequest, "no allowed value is given")
                    .hint("give at least one"),
            );
        }
        for (i, value) in self.values.iter().enumerate() {
            if self.values[..i].contains(value) {
                return Err(given_twice(value));
            }
            let known = definition.allowed_values.iter().any(|v| v.value == *value);
            match (self.add, known) {
                (true, true) => {
                    return Err(Error::new(
                        ErrorCode::InvalidRequest,
                        format!("\"{value}\" is an allowed value already"),
                    )
                    .hint("leave it out; Set-CsaAllowedValue or client.allowed_values.update switches it on or off"))
                }
                (true, false) => definition.check_new_allowed(value)?,
                (false, true) => {}
                (false, false) => return Err(definition.not_an_allowed_value(value)),
            }
        }
        if self.add {
            check_allowed_count(definition.allowed_values.len() + self.values.len())?;
        }
        Ok(())
    }
}
