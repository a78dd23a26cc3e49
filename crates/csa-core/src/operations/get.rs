use serde::Deserialize;

use super::tenant::{known_path, sets};
use super::write::read_target;
use super::{for_each_target, AttributeParam, Item, Level, Sink, TargetParam};
use crate::assignment::Assignments;
use crate::attribute::{AttributePath, AttributeSetName};
use crate::error::Result;
use crate::graph::{Client, Target, TargetInfo};
use crate::sign_in::Sight;
use crate::wire;

/// `assignment.get`: reads what each target holds.
///
/// Parameters: `targets`; `attributeSets` and `attributes` (`{attribute, attributeSet?}`), which narrow what is given back, in
/// any case of letters. Items: one `assignments` a target, empty if nothing is assigned; a warning if it may be that the sign-in
/// can't see any.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetAssignments {
    targets: Vec<TargetParam>,
    #[serde(default)]
    attribute_sets: Vec<String>,
    #[serde(default)]
    attributes: Vec<AttributeParam>,
}

impl GetAssignments {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let selection = self.selection(client).await;
        for_each_target(&self.targets, sink, |target| async {
            get(client, target, selection.as_ref().map_err(Clone::clone)?).await
        })
        .await
    }

    async fn selection(&self, client: &Client) -> Result<Selection> {
        let mut paths = Vec::new();
        for param in &self.attributes {
            paths.push(known_path(client, param).await?);
        }
        let sets = sets(client, &self.attribute_sets).await?;
        Ok(Selection { paths, sets })
    }
}

// What of a target's assignments is wanted; with nothing named, all.
struct Selection {
    paths: Vec<AttributePath>,
    sets: Vec<AttributeSetName>,
}

impl Selection {
    fn selects(&self, path: &AttributePath) -> bool {
        (self.sets.is_empty() && self.paths.is_empty())
            || self.sets.contains(&path.set)
            || self.paths.contains(path)
    }
}

async fn get(client: &Client, target: Target, selection: &Selection) -> Result<Vec<Item>> {
    let holdings = read_target(client, &target).await?;
    let mut items = Vec::new();
    if holdings.assignments.is_none() {
        let warning = match client.settled_sight().await {
            Sight::Full => None,
            Sight::None => Some("nothing visible: this sign-in lacks CustomSecAttributeAssignment.Read.All or the role Attribute Assignment Reader"),
            Sight::Unknown => Some("nothing visible: nothing is assigned, or this sign-in lacks CustomSecAttributeAssignment.Read.All or the role Attribute Assignment Reader for it"),
        };
        items.extend(warning.map(|text| Item::Log {
            change: None,
            level: Level::Warning,
            message: format!("{target}: {text}"),
        }));
    }
    let assignments = holdings
        .assignments
        .unwrap_or_default()
        .filtered(|path| selection.selects(path));
    items.push(Item::assignments(holdings.info, &assignments));
    Ok(items)
}

impl Item {
    pub(super) fn assignments(target: TargetInfo, assignments: &Assignments) -> Self {
        Self::Assignments {
            change: None,
            target,
            assignments: assignments.to_list(),
            custom_security_attributes: wire::write_assignments(assignments),
        }
    }
}
