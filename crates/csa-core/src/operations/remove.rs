use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    for_each_target, read_target, write_target, AttributeParam, Holdings, Item, Level, Sink,
    Status, TargetParam,
};
use crate::assignment::{Change, Changes, Clear};
use crate::attribute::{AttributeName, AttributePath, AttributeSetName};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Pages, Request, Sight, Target};

const DEFINITIONS: &str = "/directory/customSecurityAttributeDefinitions";

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
    targets: Vec<TargetParam>,
    #[serde(default)]
    attributes: Vec<AttributeParam>,
    #[serde(default)]
    attribute_sets: Vec<String>,
    #[serde(default)]
    all: bool,
}

struct Selection {
    paths: Vec<AttributePath>,
    sets: Vec<AttributeSetName>,
    all: bool,
}

impl RemoveAssignments {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let selection = self.selection();
        for_each_target(&self.targets, sink, |target| async {
            remove(client, target, selection.as_ref().map_err(Clone::clone)?).await
        })
        .await
    }

    fn selection(&self) -> Result<Selection> {
        let selection = Selection {
            paths: self
                .attributes
                .iter()
                .map(AttributeParam::path)
                .collect::<Result<_>>()?,
            sets: self
                .attribute_sets
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_>>()?,
            all: self.all,
        };
        if selection.paths.is_empty() && selection.sets.is_empty() && !selection.all {
            return Err(
                Error::new(ErrorCode::InvalidRequest, "nothing is named to remove")
                    .hint("name attributes or attribute sets, or say all"),
            );
        }
        Ok(selection)
    }
}

async fn remove(client: &Client, target: Target, selection: &Selection) -> Result<Vec<Item>> {
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
    for path in selection
        .paths
        .iter()
        .filter(|path| !held.iter().any(|(held, _)| held == *path))
    {
        items.push(Item::Log {
            level: Level::Verbose,
            message: format!("{target}: {path}: nothing to remove"),
        });
    }
    if held.is_empty() && selection.paths.is_empty() {
        items.push(Item::Log {
            level: Level::Verbose,
            message: format!("{target}: nothing to remove"),
        });
    }
    if !changes.is_empty() {
        write_target(client, &target, &changes).await?;
    }
    items.push(Item::Result {
        target: holdings.info,
        status: if held.is_empty() {
            Status::Unchanged
        } else {
            Status::Changed
        },
        attributes: held.iter().map(|(path, _)| path.to_string()).collect(),
    });
    Ok(items)
}

impl Selection {
    fn selects(&self, path: &AttributePath) -> bool {
        self.all || self.sets.contains(&path.set) || self.paths.contains(path)
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
    let paths: Vec<_> = selection
        .paths
        .iter()
        .filter(|path| !visible(&path.set))
        .collect();
    let sets: Vec<_> = selection.sets.iter().filter(|set| !visible(set)).collect();
    let all = selection.all && holdings.assignments.is_none();
    if paths.is_empty() && sets.is_empty() && !all {
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
    for path in paths {
        let definition = client
            .send(&Request::get(format!(
                "{DEFINITIONS}/{}",
                path.definition_id()
            )))
            .await;
        let definition = definition
            .and_then(|answer| answer.json())
            .map_err(|error| undecided(error, Some(path)))?;
        found.push(definition_of(&definition)?);
    }
    for set in sets.into_iter().map(Some).chain(all.then_some(None)) {
        // One attribute tells whether the write is allowed; nothing is known to be there.
        let filter = set.map_or("status eq 'Available'".to_owned(), |set| {
            format!("attributeSet eq '{set}' and status eq 'Available'")
        });
        let mut pages = Pages::new(client, Request::get(DEFINITIONS).query("$filter", filter));
        while let Some(page) = pages.next().await.map_err(|error| undecided(error, None))? {
            for definition in &page {
                found.push(definition_of(definition)?);
            }
        }
    }
    Ok(found)
}

fn definition_of(json: &Json) -> Result<(AttributePath, Clear)> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    match (
        text("attributeSet"),
        text("name"),
        json.get("isCollection").and_then(Json::as_bool),
    ) {
        (Some(set), Some(attribute), Some(is_collection)) => Ok((
            AttributePath {
                set: AttributeSetName::from_service(set),
                attribute: AttributeName::from_service(attribute),
            },
            if is_collection {
                Clear::Empty
            } else {
                Clear::Null
            },
        )),
        _ => Err(Error::new(
            ErrorCode::Protocol,
            "an attribute definition lacks its name",
        )
        .hint("check the Graph root and what stands between you and it")),
    }
}

// Why it can't be told whether there is something to remove.
fn undecided(error: Error, path: Option<&AttributePath>) -> Error {
    let error = match error.code() {
        ErrorCode::NotFound => Error::new(ErrorCode::UnknownAttribute, "the tenant has no such attribute")
            .hint("check the names of the attribute set and the attribute"),
        ErrorCode::Forbidden => Error::new(
            ErrorCode::Forbidden,
            "nothing is visible here, and without reading definitions it can't be told whether nothing is assigned or this sign-in may not see it; nothing was removed",
        )
        .hint("grant CustomSecAttributeDefinition.Read.All too, or check CustomSecAttributeAssignment.ReadWrite.All and the role Attribute Assignment Administrator"),
        _ => error,
    };
    match path {
        Some(path) => error.attribute(path),
        None => error,
    }
}
