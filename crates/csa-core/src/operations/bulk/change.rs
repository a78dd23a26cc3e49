//! One change of a run: what was asked for, and doing it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::book::Book;
use crate::assignment::Changes;
use crate::bulk::{canonical, digest, Outcome};
use crate::definition::Definitions;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Target};
use crate::operations::set::written;
use crate::operations::tenant::with_definitions;
use crate::operations::write::{assign, Keeper, Manner, Restore};
use crate::operations::{
    remove, EditAssignment, Item, RemoveAssignments, SetAssignments, Sink, Status, TargetParam,
};

/// What a caller adds to a run.
#[derive(Debug)]
pub(super) struct Entry {
    /// In one writing, for the journal.
    pub(super) json: Json,
    pub(super) text: Box<str>,
}

impl Entry {
    pub(super) fn new(json: &Json) -> Self {
        let json = canonical(json);
        let text = json.to_string().into();
        Self { json, text }
    }

    pub(super) fn digest(&self) -> u64 {
        digest(&self.text)
    }
}

/// A change that waits for its turn.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) number: u64,
    pub(super) target: Target,
    /// It may have been made already, by a run that ended before it knew: look first.
    pub(super) again: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    /// What was asked for, as text: many wait, few are at work.
    Entry(Box<str>, Fold),
    Restore(Box<Restore>),
}

/// Which changes of a target can become one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    Alone,
    Set {
        read_back: bool,
        skip_definition_check: bool,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    op: String,
    params: Json,
}

enum Work {
    Set(SetAssignments),
    Remove(RemoveAssignments),
    Edit(EditAssignment),
}

impl Work {
    fn parse(text: &str) -> Result<Self> {
        let wrong = |error: serde_json::Error| {
            Error::new(ErrorCode::InvalidRequest, format!("change: {error}"))
                .hint("a change is {\"op\": \"assignment.set\", \"params\": {…}} of one target, or assignment.remove or assignment.edit")
        };
        let Request { op, params } = serde_json::from_str(text).map_err(wrong)?;
        match op.as_str() {
            "assignment.set" => serde_json::from_value(params).map(Self::Set),
            "assignment.remove" => serde_json::from_value(params).map(Self::Remove),
            "assignment.edit" => serde_json::from_value(params).map(Self::Edit),
            _ => Err(serde::de::Error::custom(format!(
                "\"{op}\" does not change assignments"
            ))),
        }
        .map_err(wrong)
    }

    fn target(&self) -> Result<&TargetParam> {
        let targets = match self {
            Self::Set(set) => &set.targets,
            Self::Remove(remove) => &remove.targets,
            Self::Edit(edit) => &edit.targets,
        };
        match targets.as_slice() {
            [target] => Ok(target),
            _ => Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("a change has one target, this one has {}", targets.len()),
            )
            .hint("add a change for each target")),
        }
    }
}

impl Change {
    /// Reads what was asked for, with the key of its target.
    pub(super) fn parse(number: u64, text: Box<str>, again: bool) -> Result<(String, Self)> {
        let work = Work::parse(&text)?;
        let param = work.target()?;
        let target = param.target()?;
        let fold = match &work {
            Work::Set(set) => Fold::Set {
                read_back: set.read_back,
                skip_definition_check: set.skip_definition_check,
            },
            Work::Remove(_) | Work::Edit(_) => Fold::Alone,
        };
        let key = param.key();
        let what = What::Entry(text, fold);
        Ok((
            key,
            Self {
                number,
                target,
                again,
                what,
            },
        ))
    }

    /// Puts back what was there before a run.
    pub(super) fn restore(number: u64, target: Target, restore: Restore) -> Self {
        Self {
            number,
            target,
            again: false,
            what: What::Restore(Box::new(restore)),
        }
    }

    /// Whether both can become one write.
    pub(super) fn goes_with(&self, next: &Self) -> bool {
        match (&self.what, &next.what) {
            (What::Entry(_, one), What::Entry(_, other)) => *one != Fold::Alone && one == other,
            _ => false,
        }
    }

    /// The values to set, if it sets values and they can be told at once.
    pub(super) fn sets(&self, definitions: Option<&Definitions>) -> Option<Changes> {
        let What::Entry(
            text,
            Fold::Set {
                skip_definition_check,
                ..
            },
        ) = &self.what
        else {
            return None;
        };
        let Ok(Work::Set(set)) = Work::parse(text) else {
            return None;
        };
        let definitions = definitions.filter(|_| !skip_definition_check);
        set.changes(definitions).ok()
    }
}

/// What became of one change.
pub(super) struct Finished {
    pub(super) number: u64,
    pub(super) items: Vec<Item>,
    pub(super) outcome: Result<Outcome>,
}

/// What the changes of a run have in common.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) client: Client,
    pub(super) book: Arc<Book>,
    pub(super) keep_previous: bool,
    pub(super) skip_unchanged: bool,
}

// The warning that definitions can't be read is given once, by the run.
struct Nowhere;

impl Sink for Nowhere {
    async fn send(&self, _: Item) -> bool {
        true
    }
}

impl Site {
    /// Makes changes of one target that go together.
    pub(super) async fn perform(self: Arc<Self>, group: Vec<Change>) -> Vec<Finished> {
        if let [_, _, ..] = group.as_slice() {
            if let Some(finished) = self.set_at_once(&group).await {
                return finished;
            }
        }
        let mut finished = Vec::with_capacity(group.len());
        for change in group {
            let (outcome, items) = match self.alone(&change).await {
                Ok((outcome, items)) => (Ok(outcome), items),
                Err(error) => (Err(error.target(&change.target)), Vec::new()),
            };
            finished.push(Finished {
                number: change.number,
                items,
                outcome,
            });
        }
        finished
    }

    fn manner(&self, changes: &[&Change]) -> Result<Manner> {
        let mut manner = Manner {
            skip_unchanged: self.skip_unchanged || changes.iter().any(|change| change.again),
            keeper: None,
        };
        if let (true, Some(What::Entry(text, _))) =
            (self.keep_previous, changes.first().map(|c| &c.what))
        {
            let request: Request = serde_json::from_str(text).map_err(|error| {
                Error::new(
                    ErrorCode::Internal,
                    format!("a change can't be read again: {error}"),
                )
            })?;
            manner.keeper = Some(Keeper {
                book: Arc::clone(&self.book),
                changes: changes.iter().map(|change| change.number).collect(),
                target: request.params["targets"][0].clone(),
            });
        }
        Ok(manner)
    }

    async fn set_changes(&self, set: &SetAssignments) -> Result<Changes> {
        let skip = set.skip_definition_check;
        with_definitions(&self.client, &Nowhere, skip, |all| set.changes(all)).await
    }

    // Several sets of one target in one write; `None` if they have to go one by one.
    async fn set_at_once(&self, group: &[Change]) -> Option<Vec<Finished>> {
        let mut all = Changes::default();
        let (mut own, mut read_back) = (Vec::with_capacity(group.len()), false);
        for change in group {
            let What::Entry(text, _) = &change.what else {
                return None;
            };
            let Ok(Work::Set(set)) = Work::parse(text) else {
                return None;
            };
            let changes = self.set_changes(&set).await.ok()?;
            for (path, value) in changes.iter() {
                all.put(path, value.clone());
            }
            read_back |= set.read_back;
            own.push(changes);
        }
        all.check().ok()?;
        let target = &group.first()?.target;
        let manner = self.manner(&group.iter().collect::<Vec<_>>()).ok()?;
        match assign(&self.client, target, &all, &manner).await {
            Ok((info, done)) => {
                let mut finished = Vec::with_capacity(group.len());
                for (change, changes) in group.iter().zip(own) {
                    let mine = done_of(&done, &changes);
                    let (outcome, items) = self
                        .told(&change.target, info.clone(), &mine, &changes, read_back)
                        .await;
                    finished.push(Finished {
                        number: change.number,
                        items,
                        outcome: Ok(outcome),
                    });
                }
                Some(finished)
            }
            // One of them may be at fault: each is tried for itself.
            Err(error) if is_refusal(error.code()) => None,
            Err(error) => Some(
                group
                    .iter()
                    .map(|change| Finished {
                        number: change.number,
                        items: Vec::new(),
                        outcome: Err(error.clone().target(target)),
                    })
                    .collect(),
            ),
        }
    }

    async fn told(
        &self,
        target: &Target,
        info: crate::graph::TargetInfo,
        done: &Changes,
        wanted: &Changes,
        read_back: bool,
    ) -> (Outcome, Vec<Item>) {
        let mut items = written(&self.client, target, info, wanted, read_back).await;
        if !done.is_empty() {
            return (Outcome::Changed, items);
        }
        for item in &mut items {
            if let Item::Result {
                status,
                attributes,
                values,
                ..
            } = item
            {
                (*status, *attributes, *values) = (Status::Unchanged, Vec::new(), None);
            }
        }
        (Outcome::Unchanged, items)
    }

    async fn alone(&self, change: &Change) -> Result<(Outcome, Vec<Item>)> {
        let (client, target) = (&self.client, &change.target);
        let text = match &change.what {
            What::Entry(text, _) => text,
            What::Restore(restore) => {
                let plan = restore.plan(client, target).await?;
                plan.write(client, target).await?;
                let items = plan.warnings(target).collect();
                return Ok((
                    if plan.changes.is_empty() {
                        Outcome::Unchanged
                    } else {
                        Outcome::Undone
                    },
                    items,
                ));
            }
        };
        let manner = self.manner(&[change])?;
        let items = match Work::parse(text)? {
            Work::Set(set) => {
                let changes = self.set_changes(&set).await?;
                let (info, done) = assign(client, target, &changes, &manner).await?;
                return Ok(self
                    .told(target, info, &done, &changes, set.read_back)
                    .await);
            }
            Work::Remove(remove) => {
                let selection = remove.selection(client).await?;
                remove::remove(client, target.clone(), &selection, &manner).await?
            }
            Work::Edit(edit) => {
                let skip = edit.skip_definition_check;
                let parsed = with_definitions(client, &Nowhere, skip, |all| edit.edit(all)).await?;
                parsed.run(client, target, edit.read_back, &manner).await?
            }
        };
        let changed = |item: &Item| {
            matches!(
                item,
                Item::Result {
                    status: Status::Changed,
                    ..
                }
            )
        };
        let outcome = if items.iter().any(changed) {
            Outcome::Changed
        } else {
            Outcome::Unchanged
        };
        Ok((outcome, items))
    }
}

// What of `done` one change asked for.
fn done_of(done: &Changes, changes: &Changes) -> Changes {
    let mut mine = Changes::default();
    for (path, change) in done.iter().filter(|(path, _)| changes.get(path).is_some()) {
        mine.put(path, change.clone());
    }
    mine
}

// The service has looked at it and does not want it.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Rejected
            | ErrorCode::InvalidValue
            | ErrorCode::NotAllowed
            | ErrorCode::UnknownAttribute
            | ErrorCode::LimitExceeded
            | ErrorCode::Forbidden
    )
}
