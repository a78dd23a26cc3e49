//! Writing to one target, with what belongs to it: what was there before, and whether it was there already.

use std::sync::Arc;

use serde_json::{json, Value as Json};

use super::{Holdings, Item, Level};
use crate::assignment::{Assignments, Change, Changes, Clear};
use crate::attribute::AttributePath;
use crate::bulk::Before;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Request, Target, TargetInfo};
use crate::sign_in::Sight;
use crate::wire;

/// How targets are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Manner {
    /// Read first, and write only what differs.
    pub(super) skip_unchanged: bool,
    /// Where what was there goes before it is overwritten.
    pub(super) keeper: Option<Keeper>,
}

/// Notes what was there for some changes of a run.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) book: Arc<super::bulk::Book>,
    pub(super) changes: Vec<u64>,
    pub(super) target: Json,
}

impl Keeper {
    async fn keep(&self, held: &Holdings, changes: &Changes, client: &Client) -> Result<()> {
        if held.assignments.is_none() && client.settled_sight().await != Sight::Full {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "what is there before the change can't be seen, so it can't be kept; nothing was written",
            )
            .hint("needs CustomSecAttributeAssignment.Read.All, and for a person also the role Attribute Assignment Reader or Administrator; or go without -KeepPrevious (keep_previous)"));
        }
        let named = |path: &AttributePath| changes.get(path).is_some();
        let previous = match &held.assignments {
            Some(held) => held.filtered(named),
            None => Assignments::default(),
        };
        self.book
            .before(Before {
                changes: self.changes.clone(),
                target: self.target.clone(),
                previous: wire::write_assignments(&previous),
                written: wire::write(changes),
            })
            .await
    }
}

/// Reads what a target holds, with who it is.
///
/// Source: <https://learn.microsoft.com/graph/api/user-get>
pub(super) async fn read_target(client: &Client, target: &Target) -> Result<Holdings> {
    let select = [target.identity_properties(), &[wire::PROPERTY]]
        .concat()
        .join(",");
    let object = client
        .send_together(Request::get(target.path()).query("$select", select))
        .await?
        .json()?;
    Ok(Holdings {
        info: TargetInfo::of_object(target.type_name(), &object),
        assignments: wire::read(object.get(wire::PROPERTY).unwrap_or(&Json::Null))?,
    })
}

/// Writes to a target that was read.
pub(super) async fn rewrite(
    client: &Client,
    target: &Target,
    changes: &Changes,
    held: &Holdings,
    manner: &Manner,
) -> Result<()> {
    if let Some(keeper) = &manner.keeper {
        keeper.keep(held, changes, client).await?;
    }
    write_target(client, target, changes).await
}

/// Makes a target hold `changes`; gives who it is, as far as known, and what was written.
pub(super) async fn assign(
    client: &Client,
    target: &Target,
    changes: &Changes,
    manner: &Manner,
) -> Result<(TargetInfo, Changes)> {
    if !manner.skip_unchanged && manner.keeper.is_none() {
        write_target(client, target, changes).await?;
        return Ok((TargetInfo::of_target(target), changes.clone()));
    }
    let held = read_target(client, target).await?;
    let changes = if manner.skip_unchanged {
        held.lacking(changes, client).await
    } else {
        changes.clone()
    };
    if !changes.is_empty() {
        rewrite(client, target, &changes, &held, manner).await?;
    }
    Ok((held.info, changes))
}

impl Holdings {
    /// What of `changes` is not so yet, or can't be seen to be so.
    pub(super) async fn lacking(&self, changes: &Changes, client: &Client) -> Changes {
        let nothing = Assignments::default();
        let held = self.assignments.as_ref().unwrap_or(&nothing);
        let clears = changes
            .iter()
            .any(|(_, change)| matches!(change, Change::Clear(_)));
        let sure = clears && client.settled_sight().await == Sight::Full;
        changes.differing(held, sure)
    }
}

/// Source: <https://learn.microsoft.com/graph/api/user-update>
async fn write_target(client: &Client, target: &Target, changes: &Changes) -> Result<()> {
    let body = json!({ wire::PROPERTY: wire::write(changes) });
    let outcome = client
        .send_together(Request::patch(target.write_path(), body))
        .await
        .map(drop);
    // The service does not always say which attribute it means; where only one was sent there is no doubt.
    let mut attributes = changes.iter().map(|(path, _)| path);
    match (outcome, attributes.next(), attributes.next()) {
        (Err(error), Some(only), None) if error.code() != ErrorCode::NotFound => {
            Err(error.attribute(only))
        }
        (outcome, _, _) => outcome,
    }
}

/// Puts back what was there before a run: attributes that hold what the run wrote, and nothing that somebody changed since.
#[derive(Clone, Debug)]
pub(super) struct Restore {
    /// What was there, by attribute; an attribute without a value is cleared.
    pub(super) previous: Assignments,
    /// What the run wrote last.
    pub(super) written: Changes,
}

/// What can be put back.
pub(super) struct Restoration {
    pub(super) held: Holdings,
    pub(super) changes: Changes,
    /// Attributes that hold something else now.
    pub(super) changed_since: Vec<AttributePath>,
}

impl Restore {
    pub(super) async fn plan(&self, client: &Client, target: &Target) -> Result<Restoration> {
        let held = read_target(client, target).await?;
        if held.assignments.is_none() && client.settled_sight().await != Sight::Full {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "what is there now can't be seen, so it can't be told whether somebody changed it; nothing was written",
            )
            .hint("needs CustomSecAttributeAssignment.Read.All, and for a person also the role Attribute Assignment Reader or Administrator"));
        }
        let nothing = Assignments::default();
        let now = held.assignments.as_ref().unwrap_or(&nothing);
        let (mut changes, mut changed_since) = (Changes::default(), Vec::new());
        for (path, written) in self.written.iter() {
            let before = self.previous.get(&path);
            let holds = |value: Option<&_>| match (value, now.get(&path)) {
                (None, None) => true,
                (Some(one), Some(other)) => crate::attribute::Value::is_same(one, other),
                _ => false,
            };
            let as_written = match written {
                Change::Set(value) => Some(value),
                Change::Clear(_) => None,
            };
            if holds(before) {
                continue;
            }
            if !holds(as_written) {
                changed_since.push(path);
                continue;
            }
            let change = match (before, now.get(&path)) {
                (Some(value), _) => Change::Set(value.clone()),
                (None, Some(held)) => Change::Clear(Clear::of(held.value_type())),
                (None, None) => continue,
            };
            changes.put(path, change);
        }
        Ok(Restoration {
            held,
            changes,
            changed_since,
        })
    }
}

impl Restoration {
    /// What to say of each attribute that is left as it is.
    pub(super) fn warnings<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = Item> + 'a {
        self.changed_since.iter().map(move |path| Item::Log {
            level: Level::Warning,
            message: format!(
                "{target}: {path}: somebody changed it since the run; it is left as it is"
            ),
            change: None,
        })
    }

    pub(super) async fn write(&self, client: &Client, target: &Target) -> Result<()> {
        if self.changes.is_empty() {
            return Ok(());
        }
        write_target(client, target, &self.changes).await
    }
}
