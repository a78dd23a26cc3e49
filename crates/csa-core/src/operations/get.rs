use serde::Deserialize;

use super::{for_each_target, read_target, AttributeParam, Item, Level, Sink, TargetParam};
use crate::assignment::Assignments;
use crate::attribute::{AttributePath, AttributeSetName};
use crate::error::Result;
use crate::graph::{Client, Sight, Target, TargetInfo};
use crate::wire;

/// `assignment.get`: reads what each target holds.
///
/// Parameters: `targets`; `attributeSets` and `attributes` (`{attribute, attributeSet?}`), which narrow what is given back, in
/// any case of letters. Items: one `assignments` a target, empty if nothing is assigned; a warning if the token can't see any.
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
        let sets = self
            .attribute_sets
            .iter()
            .map(|name| name.parse())
            .collect::<Result<Vec<AttributeSetName>>>()?;
        let paths = self
            .attributes
            .iter()
            .map(AttributeParam::path)
            .collect::<Result<Vec<AttributePath>>>()?;
        let wanted = |path: &AttributePath| {
            (sets.is_empty() && paths.is_empty())
                || sets.contains(&path.set)
                || paths.contains(path)
        };
        for_each_target(&self.targets, sink, |target| get(client, target, &wanted)).await
    }
}

async fn get(
    client: &Client,
    target: Target,
    wanted: &impl Fn(&AttributePath) -> bool,
) -> Result<Vec<Item>> {
    let holdings = read_target(client, &target).await?;
    let mut items = Vec::new();
    if holdings.assignments.is_none() && client.sight() == Sight::None {
        items.push(Item::Log {
            level: Level::Warning,
            message: format!(
                "{target}: nothing visible: this sign-in lacks CustomSecAttributeAssignment.Read.All or the role Attribute Assignment Reader"
            ),
        });
    }
    let assignments = holdings.assignments.unwrap_or_default().filtered(wanted);
    items.push(Item::assignments(holdings.info, &assignments));
    Ok(items)
}

impl Item {
    pub(super) fn assignments(target: TargetInfo, assignments: &Assignments) -> Self {
        Self::Assignments {
            target,
            assignments: assignments.to_list(),
            custom_security_attributes: wire::write_assignments(assignments),
        }
    }
}
