use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Deserialize;

use super::book::Book;
use super::change::{Change, Site};
use super::engine::Engine;
use super::{check_service, checked_share, default_share, list};
use crate::assignment::{Assignments, Change as AttributeChange, Changes};
use crate::attribute::AttributePath;
use crate::bulk::{Journal, Outcome, Replay};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, Target};
use crate::operations::write::Restore;
use crate::operations::{in_order, Item, Sink, TargetParam};
use crate::wire;

/// `bulk.undo`: puts back what was there before a run that kept it. What somebody changed since is left as it is, with a
/// warning.
///
/// Parameters: `journal`; `plan`: only tell what would be written; `quotaShare`, `results`. Items: as `bulk.start`, or one
/// `plan` for each target that would be written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UndoRun {
    journal: PathBuf,
    #[serde(default)]
    plan: bool,
    #[serde(default = "default_share")]
    quota_share: f64,
    #[serde(default)]
    results: bool,
}

// All that a run wrote to one target.
struct Undoing {
    target: Target,
    changes: Vec<u64>,
    restore: Restore,
}

impl UndoRun {
    pub(in crate::operations) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let (journal, replay) = Journal::open(&self.journal)?;
        check_service(&self.journal, &replay, client)?;
        if !replay.header.keep_previous {
            return Err(Error::new(
                ErrorCode::Journal,
                format!(
                    "journal {} does not have what was there before the run",
                    self.journal.display()
                ),
            )
            .hint("a run that can be undone is begun with -KeepPrevious (keep_previous=True)"));
        }
        client.set_quota_share(checked_share(self.quota_share)?);
        let undoings = undoings(&replay)?;
        if self.plan {
            plan(&client.for_many(), undoings, sink).await;
            return Ok(());
        }
        let site = Site {
            client: client.for_many(),
            book: Book::open(journal),
            keep_previous: false,
            skip_unchanged: false,
        };
        let run = uuid::Uuid::new_v4().to_string();
        let (_listed, source) = list(&run);
        if !sink.send(Item::Run { run: run.clone() }).await {
            return Ok(());
        }
        let mut engine = Engine::new(run, site, sink, self.results);
        engine.undo((0..).zip(undoings).map(|(number, (target, undoing))| {
            let change = Change::restore(number, undoing.target, undoing.restore);
            (target, change, undoing.changes)
        }));
        engine.run(source).await
    }
}

// By target: the values before the first write, and those of the last.
fn undoings(replay: &Replay) -> Result<IndexMap<String, Undoing>> {
    let mut all: IndexMap<String, Undoing> = IndexMap::new();
    let is_undone = |number: &u64| {
        let change = usize::try_from(*number)
            .ok()
            .and_then(|n| replay.changes.get(n));
        change.is_some_and(|change| change.outcome == Some(Outcome::Undone))
    };
    for before in &replay.before {
        if before.changes.iter().all(is_undone) {
            continue;
        }
        let param: TargetParam =
            serde_json::from_value(before.target.clone()).map_err(|error| {
                Error::new(
                    ErrorCode::Journal,
                    format!("the journal names a target that is none: {error}"),
                )
            })?;
        let undoing = match all.entry(param.key()) {
            indexmap::map::Entry::Occupied(entry) => entry.into_mut(),
            indexmap::map::Entry::Vacant(entry) => entry.insert(Undoing {
                target: param.target()?,
                changes: Vec::new(),
                restore: Restore {
                    previous: Assignments::default(),
                    written: Changes::default(),
                },
            }),
        };
        undoing.changes.extend(&before.changes);
        let previous = wire::read(&before.previous)?.unwrap_or_default();
        let written = wire::read_changes(&before.written, None)?;
        for (path, change) in written.iter() {
            if undoing.restore.written.get(&path).is_none() {
                if let Some(value) = previous.get(&path) {
                    undoing.restore.previous.put(path.clone(), value.clone());
                }
            }
            undoing.restore.written.put(path, change.clone());
        }
    }
    // In the order in which the changes came.
    all.sort_unstable_by(|_, one, _, other| {
        one.changes.iter().min().cmp(&other.changes.iter().min())
    });
    Ok(all)
}

async fn plan(client: &Client, undoings: IndexMap<String, Undoing>, sink: &impl Sink) {
    let planned = |undoing: Undoing| {
        let client = client.clone();
        async move {
            let target = &undoing.target;
            match undoing.restore.plan(&client, target).await {
                Err(error) => vec![Item::Error {
                    change: None,
                    error: error.target(target),
                }],
                Ok(plan) => {
                    let mut items: Vec<_> = plan.warnings(target).collect();
                    if !plan.changes.is_empty() {
                        let nothing = Assignments::default();
                        let held = plan.held.assignments.as_ref().unwrap_or(&nothing);
                        let words: Vec<_> = plan
                            .changes
                            .iter()
                            .map(|(path, change)| in_words(&path, held, change))
                            .collect();
                        items.push(Item::Plan {
                            subject: target.to_string(),
                            change: words.join("; "),
                            value: None,
                        });
                    }
                    items
                }
            }
        }
    };
    in_order(undoings.into_values().map(planned).collect(), sink).await;
}

fn in_words(path: &AttributePath, held: &Assignments, change: &AttributeChange) -> String {
    let text = |value: Option<&crate::attribute::Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => serde_json::json!(value).to_string(),
    };
    let after = match change {
        AttributeChange::Set(value) => Some(value),
        AttributeChange::Clear(_) => None,
    };
    format!("{path} from {} to {}", text(held.get(path)), text(after))
}
