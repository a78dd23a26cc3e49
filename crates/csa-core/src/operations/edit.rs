use std::time::Duration;

use serde::Deserialize;
use serde_json::{json, Value as Json};

use super::tenant::with_definitions;
use super::write::{read_target, rewrite, Manner};
use super::{for_each_target, AttributeParam, Holdings, Item, Sink, Status, TargetParam};
use crate::assignment::{Assignments, Change, Changes, Clear};
use crate::attribute::{AttributePath, Value, ValueType, MAX_VALUES_PER_OBJECT};
use crate::definition::{AttributeDefinition, Definitions};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Target};

const MAX_WRITES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// `assignment.edit`: adds single values to a collection, or takes them out.
///
/// Parameters: `targets`; `attribute`, `attributeSet?`; `add`, `remove`: a value or a list each; `readBack`;
/// `skipDefinitionCheck`. Items: one `result` a target, `unchanged` if it held all of `add` and none of `remove`; one
/// `assignments` with `readBack`.
///
/// Graph replaces a collection as a whole and has no ETag for it. So the target is read, changed, written and read back; if
/// what was added or removed is not there then, another writer came between, and it is done again, five times at most. Order is
/// kept, what is added comes last. A writer that overwrites the value later is not noticed, and one that wrote between the read
/// and the write is overwritten: where two programs edit one attribute of one object at once, let one of them do it.
///
/// Who may write an attribute may see it, so nothing unseen is overwritten: the service refuses the write.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditAssignment {
    pub(super) targets: Vec<TargetParam>,
    attribute_set: Option<String>,
    attribute: String,
    add: Option<Json>,
    remove: Option<Json>,
    #[serde(default)]
    pub(super) read_back: bool,
    #[serde(default)]
    pub(super) skip_definition_check: bool,
}

#[derive(Clone)]
pub(super) struct Edit {
    path: AttributePath,
    // Of the definition, if it can be read.
    value_type: Option<ValueType>,
    add: Vec<Json>,
    remove: Vec<Json>,
    element: ValueType,
}

impl EditAssignment {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let edit = with_definitions(client, sink, self.skip_definition_check, |all| {
            self.edit(all)
        })
        .await;
        for_each_target(&self.targets, sink, |target| {
            let edit = edit.clone();
            async move {
                edit?
                    .run(client, &target, self.read_back, &Manner::default())
                    .await
            }
        })
        .await
    }

    pub(super) fn edit(&self, definitions: Option<&Definitions>) -> Result<Edit> {
        let param = AttributeParam {
            attribute_set: self.attribute_set.clone(),
            attribute: self.attribute.clone(),
        };
        let definition = definitions.map(|all| param.find(all)).transpose()?;
        let path = match definition {
            Some(definition) => definition.path(),
            None => param.path()?,
        };
        let of_attribute = |error: Error| error.attribute(&path);
        let values = |json: &Option<Json>| -> Result<Option<Value>> {
            let list = match json {
                None | Some(Json::Null) => return Ok(None),
                Some(list @ Json::Array(_)) => list.clone(),
                Some(single) => Json::Array(vec![single.clone()]),
            };
            value_of_list(definition, &list).map(Some)
        };
        let add = values(&self.add).map_err(of_attribute)?;
        let remove = values(&self.remove).map_err(of_attribute)?;
        let ((Some(any), _) | (None, Some(any))) = (&add, &remove) else {
            return Err(of_attribute(
                Error::new(
                    ErrorCode::InvalidRequest,
                    "no value is given to add or remove",
                )
                .hint("give at least one"),
            ));
        };
        let element = any.value_type();
        if let (Some(definition), Some(add)) = (definition, &add) {
            if !definition.value_type.is_collection() {
                return Err(of_attribute(single_valued(definition.value_type)));
            }
            definition.check_assignable(add)?;
        }
        let (add, remove) = (elements(add.as_ref()), elements(remove.as_ref()));
        if let Some(both) = add.iter().find(|value| remove.contains(value)) {
            return Err(of_attribute(
                Error::new(
                    ErrorCode::InvalidRequest,
                    format!("{both} is given both to add and to remove"),
                )
                .hint("give it once"),
            ));
        }
        Ok(Edit {
            value_type: definition.map(|definition| definition.value_type),
            path,
            add,
            remove,
            element,
        })
    }
}

// Several values in the type of one element of the attribute, as a collection.
fn value_of_list(definition: Option<&AttributeDefinition>, list: &Json) -> Result<Value> {
    match definition {
        None => Value::from_json(list, None),
        Some(definition) if definition.value_type.is_collection() => definition.value(list, None),
        // Taking a value away from a single-valued attribute.
        Some(definition) => match list.as_array().map(Vec::as_slice) {
            Some([single]) => definition.value(single, None),
            _ => Err(single_valued(definition.value_type)),
        },
    }
}

fn single_valued(value_type: ValueType) -> Error {
    Error::new(
        ErrorCode::InvalidValue,
        format!("the attribute is defined as {value_type}: it holds one value, none can be added"),
    )
    .hint("assign the value instead (-Value, value)")
}

fn elements(value: Option<&Value>) -> Vec<Json> {
    match value.map(|value| serde_json::json!(value)) {
        None => Vec::new(),
        Some(Json::Array(list)) => list,
        Some(single) => vec![single],
    }
}

impl Edit {
    pub(super) async fn run(
        &self,
        client: &Client,
        target: &Target,
        read_back: bool,
        manner: &Manner,
    ) -> Result<Vec<Item>> {
        let mut writes = 0;
        loop {
            let holdings = read_target(client, target).await?;
            let held = holdings.assignments.clone().unwrap_or_default();
            let Some(change) = self.change(&held)? else {
                return Ok(self.outcome(client, holdings, writes, read_back));
            };
            if writes == MAX_WRITES {
                return Err(Error::new(
                    ErrorCode::Conflict,
                    format!("another writer keeps changing the value: it was written {writes} times and never stayed"),
                )
                .attribute(&self.path)
                .hint("look at what the target holds now, and try again when the other writer is done"));
            }
            if 0 < writes {
                // A read by id may lag behind a write for a moment.
                let ceiling = FIRST_PAUSE * (1 << (writes - 1));
                tokio::time::sleep(ceiling.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            let mut changes = Changes::default();
            changes.insert(self.path.clone(), change)?;
            rewrite(client, target, &changes, &holdings, manner).await?;
            writes += 1;
        }
    }

    // What to write, or `None` if the target holds what it shall.
    fn change(&self, held: &Assignments) -> Result<Option<Change>> {
        let before = held.get(&self.path);
        let held_type = before.map(Value::value_type).or(self.value_type);
        let of_attribute = |error: Error| error.attribute(&self.path);
        if let (Some(held), false) = (held_type, self.add.is_empty()) {
            if !held.is_collection() {
                return Err(of_attribute(single_valued(held)));
            }
            if held != self.element {
                return Err(of_attribute(
                    Error::new(
                        ErrorCode::InvalidValue,
                        format!("the attribute holds {held}, and {} is given", self.element),
                    )
                    .hint("give values of the type of the attribute"),
                ));
            }
        }
        let before = elements(before);
        let mut after = before.clone();
        after.retain(|value| !self.remove.contains(value));
        for value in &self.add {
            if !after.contains(value) {
                after.push(value.clone());
            }
        }
        if after == before {
            return Ok(None);
        }
        if after.is_empty() {
            return Ok(Some(Change::Clear(
                held_type.map_or(Clear::Empty, Clear::of),
            )));
        }
        let others: usize = held
            .iter()
            .filter(|(path, _)| *path != self.path)
            .map(|(_, value)| value.count())
            .sum();
        let total = others + after.len();
        if MAX_VALUES_PER_OBJECT < total && before.len() < after.len() {
            return Err(of_attribute(
                Error::new(
                    ErrorCode::LimitExceeded,
                    format!("the target would hold {total} values, an object can hold {MAX_VALUES_PER_OBJECT}"),
                )
                .hint("remove values that are not needed first; each element of a collection counts as one"),
            ));
        }
        let list = Json::Array(after);
        Value::from_json(&list, held_type.or(Some(self.element)))
            .map(|value| Some(Change::Set(value)))
            .map_err(of_attribute)
    }

    fn outcome(
        &self,
        client: &Client,
        holdings: Holdings,
        writes: u32,
        read_back: bool,
    ) -> Vec<Item> {
        let changed = 0 < writes;
        let held = holdings.assignments.unwrap_or_default();
        let values = (changed && client.logs_values()).then(|| vec![json!(held.get(&self.path))]);
        let mut items = vec![Item::Result {
            change: None,
            target: holdings.info.clone(),
            status: if changed {
                Status::Changed
            } else {
                Status::Unchanged
            },
            attributes: if changed {
                vec![self.path.to_string()]
            } else {
                Vec::new()
            },
            values,
        }];
        if read_back {
            let of_attribute = held.filtered(|path| *path == self.path);
            items.push(Item::assignments(holdings.info, &of_attribute));
        }
        items
    }
}
