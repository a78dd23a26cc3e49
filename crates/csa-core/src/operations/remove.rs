use serde::Deserialize;

use super::tenant::{known_definition, sets};
use super::write::{read_target, rewrite, Manner};
use super::{for_each_target, AttributeParam, Holdings, Item, Level, Sink, Status, TargetParam};
use crate::assignment::{Change, Changes, Clear};
use crate::attribute::{AttributePath, AttributeSetName};
use crate::definition::AttributeDefinition;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Target};
use crate::sign_in::Sight;

/// `assignment.remove`: takes assignments away from each target.
///
/// Parameters: `targets`; one or more of `attributes` (`{attribute, attributeSet?}`), `attributeSets`, `all`. Items: one
/// `result` a target, `unchanged` when there was nothing to remove.
///
/// The target is read first: what it holds decides between `null` and `[]`. Graph shows nothing both when nothing is assigned
/// and when the caller may not see it. Unless the token settles which, a clearing write of what the definitions name is sent
/// all the same: harmless when there is nothing, refused by the service when the right is missing. So "nothing to remove" is
/// never said of what only could not be seen.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveAssignments {
    pub(super) targets: Vec<TargetParam>,
    #[serde(default)]
    attributes: Vec<AttributeParam>,
    #[serde(default)]
    attribute_sets: Vec<String>,
    #[serde(default)]
    all: bool,
}

pub(super) struct Selection {
    attributes: Vec<Named>,
    sets: Vec<AttributeSetName>,
    all: bool,
}

// An attribute that is named, and how its definition says to clear it, if it can be read.
struct Named {
    path: AttributePath,
    clear: Option<Clear>,
}

impl RemoveAssignments {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let selection = self.selection(client).await;
        for_each_target(&self.targets, sink, |target| async {
            let selection = selection.as_ref().map_err(Clone::clone)?;
            remove(client, target, selection, &Manner::default()).await
        })
        .await
    }

    pub(super) async fn selection(&self, client: &Client) -> Result<Selection> {
        if self.attributes.is_empty() && self.attribute_sets.is_empty() && !self.all {
            return Err(
                Error::new(ErrorCode::InvalidRequest, "nothing is named to remove")
                    .hint("name attributes or attribute sets, or say all"),
            );
        }
        let mut attributes = Vec::new();
        for param in &self.attributes {
            attributes.push(match known_definition(client, param).await? {
                Some(definition) => Named {
                    path: definition.path(),
                    clear: Some(Clear::of(definition.value_type)),
                },
                None => Named {
                    path: param.path()?,
                    clear: None,
                },
            });
        }
        Ok(Selection {
            attributes,
            sets: sets(client, &self.attribute_sets).await?,
            all: self.all,
        })
    }
}

pub(super) async fn remove(
    client: &Client,
    target: Target,
    selection: &Selection,
    manner: &Manner,
) -> Result<Vec<Item>> {
    let holdings = read_target(client, &target).await?;
    let held = selection.held(&holdings);
    let mut changes = Changes::default();
    for (path, clear) in &held {
        changes.insert(path.clone(), Change::Clear(*clear))?;
    }
    for (path, clear) in unseen(client, &holdings, selection).await? {
        if changes.get(&path).is_none() {
            changes.insert(path, Change::Clear(clear))?;
        }
    }
    let mut items = Vec::new();
    let is_held = |path: &AttributePath| held.iter().any(|(held, _)| held == path);
    for Named { path, .. } in &selection.attributes {
        if !is_held(path) {
            items.push(Item::Log {
                change: None,
                level: Level::Verbose,
                message: format!("{target}: {path}: nothing to remove"),
            });
        }
    }
    if held.is_empty() && selection.attributes.is_empty() {
        items.push(Item::Log {
            change: None,
            level: Level::Verbose,
            message: format!("{target}: nothing to remove"),
        });
    }
    if !changes.is_empty() {
        rewrite(client, &target, &changes, &holdings, manner).await?;
    }
    items.push(Item::Result {
        change: None,
        target: holdings.info,
        status: if held.is_empty() {
            Status::Unchanged
        } else {
            Status::Changed
        },
        attributes: held.iter().map(|(path, _)| path.to_string()).collect(),
        values: None,
    });
    Ok(items)
}

impl Selection {
    fn selects(&self, path: &AttributePath) -> bool {
        self.all
            || self.sets.contains(&path.set)
            || self.attributes.iter().any(|named| named.path == *path)
    }

    // What of the selection the target visibly holds.
    fn held(&self, holdings: &Holdings) -> Vec<(AttributePath, Clear)> {
        let Some(assignments) = &holdings.assignments else {
            return Vec::new();
        };
        assignments
            .iter()
            .filter(|(path, _)| self.selects(path))
            .map(|(path, value)| (path, Clear::of(value.value_type())))
            .collect()
    }
}

// What of the selection the target may hold unseen, from the definitions. A visible attribute of a set shows that the whole
// set can be seen, since directory roles are given by set.
async fn unseen(
    client: &Client,
    holdings: &Holdings,
    selection: &Selection,
) -> Result<Vec<(AttributePath, Clear)>> {
    let visible = |set: &AttributeSetName| {
        holdings
            .assignments
            .as_ref()
            .is_some_and(|held| held.has_set(set))
    };
    let named: Vec<_> = selection
        .attributes
        .iter()
        .filter(|named| !visible(&named.path.set))
        .collect();
    let sets: Vec<_> = selection.sets.iter().filter(|set| !visible(set)).collect();
    let all = selection.all && holdings.assignments.is_none();
    if named.is_empty() && sets.is_empty() && !all {
        return Ok(Vec::new());
    }
    match client.sight() {
        Sight::Full => return Ok(Vec::new()),
        Sight::None => {
            return Err(Error::new(ErrorCode::Forbidden, "this sign-in can't see custom security attributes, nothing was removed").hint(
                "needs the permission CustomSecAttributeAssignment.ReadWrite.All, and for a person also the role Attribute Assignment Administrator",
            ))
        }
        Sight::Unknown => {}
    }
    let mut found = Vec::new();
    for Named { path, clear } in named {
        let clear = clear.ok_or_else(|| undecided().attribute(path))?;
        found.push((path.clone(), clear));
    }
    if all || !sets.is_empty() {
        let definitions = client.definitions().await?.ok_or_else(undecided)?;
        let chosen = |d: &&AttributeDefinition| all || sets.contains(&&d.attribute_set);
        found.extend(
            definitions
                .iter()
                .filter(chosen)
                .map(|d| (d.path(), Clear::of(d.value_type))),
        );
    }
    Ok(found)
}

// It can't be told whether there is something to remove.
fn undecided() -> Error {
    Error::new(
        ErrorCode::Forbidden,
        "nothing is visible here, and without reading definitions it can't be told whether nothing is assigned or this sign-in may not see it; nothing was removed",
    )
    .hint("grant CustomSecAttributeDefinition.Read.All too, or check CustomSecAttributeAssignment.ReadWrite.All and the role Attribute Assignment Administrator")
}
