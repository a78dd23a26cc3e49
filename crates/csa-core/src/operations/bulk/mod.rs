//! Many changes in one run: in as a stream, out as they are done, with a journal that outlasts a crash.
//!
//! `bulk.start` is the run itself: its items tell what becomes of the changes, and its end is the end of the run. Meanwhile
//! other calls add changes (`bulk.add`, which waits while too many wait already), say that no more will come (`bulk.end`) or stop
//! it (`bulk.stop`).

mod book;
mod change;
mod engine;
mod sweep;
mod undo;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use super::tenant::warn_of_missing_definitions;
use super::{Item, Sink};
use crate::bulk::{state_folder, Header, Journal, Outcome, Replay};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Client, DEFAULT_SHARE};
pub(super) use book::Book;
use change::Site;
use engine::{Command, Engine, Source, LARGE};
pub use undo::UndoRun;

/// `bulk.start`: begins a run of many changes.
///
/// Parameters: `changes`, as [`AddChanges`] takes them; `complete`: no more will come; `journal`: a file, begun now or gone on
/// with; `autoJournal`: in the user's state folder once there are more than 100 changes; `keepPrevious`: note what was there
/// before, so that it can be put back (needs `journal`); `skipUnchanged`: read first, write what differs; `quotaShare`: the part
/// of the service's quota to use, above 0 and at most 1; `results`: an item for each change, not for failures alone; `command`:
/// what began it, for people.
///
/// Items: `run`; `result`, `assignments`, `log` and `error` with the number of their `change`, counted from 0; `progress`;
/// `summary` last.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartRun {
    #[serde(default)]
    changes: Vec<Json>,
    #[serde(default)]
    complete: bool,
    journal: Option<PathBuf>,
    #[serde(default)]
    auto_journal: bool,
    #[serde(default)]
    keep_previous: bool,
    #[serde(default)]
    skip_unchanged: bool,
    #[serde(default = "default_share")]
    quota_share: f64,
    #[serde(default)]
    results: bool,
    command: Option<String>,
}

/// `bulk.add`: adds changes to a run. Waits while too many wait to be made.
///
/// Parameters: `run`; `changes`: a list of `{"op", "params"}` with `assignment.set`, `assignment.remove` or `assignment.edit` and
/// their parameters, of one target each. Items: `added`, once they are in the journal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddChanges {
    run: String,
    changes: Vec<Json>,
}

/// `bulk.end` and `bulk.stop`: parameter `run`. No items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRun {
    run: String,
}

/// `bulk.resume`: goes on with a run of which there is a journal: what is not confirmed is looked at and, if need be, made.
///
/// Parameters: `journal`, without it the last unfinished run of the user's state folder on this service; `quotaShare`,
/// `results`. Items: as [`StartRun`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeRun {
    journal: Option<PathBuf>,
    #[serde(default = "default_share")]
    quota_share: f64,
    #[serde(default)]
    results: bool,
}

/// `bulk.list`: the runs of which there are journals, the oldest first.
///
/// Parameters: `journals`: files; without them, those of the user's state folder. Items: `journal`; `error` for one that can't be
/// read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRuns {
    journals: Option<Vec<PathBuf>>,
}

/// How far a run is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Changes that are done, failed ones too.
    pub done: u64,
    /// Changes that failed.
    pub failed: u64,
    /// All changes before this number are done, and nothing more will be told of them.
    pub done_before: u64,
    /// Changes that have come.
    pub taken: u64,
    /// Whether these are all.
    pub input_ended: bool,
    /// Changes done a second, lately.
    pub per_second: f64,
    /// Seconds until all are done, by the service's quota and what was seen so far; `None`: can't be told yet.
    pub seconds_left: Option<f64>,
    /// Seconds for which the service asked to wait, if it did.
    pub waiting_seconds: Option<f64>,
}

/// What a run did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its id.
    pub run: String,
    /// Its journal, if it has one.
    pub journal: Option<String>,
    /// Changes that came.
    pub changes: u64,
    /// Written, or put back.
    pub changed: u64,
    /// There already.
    pub unchanged: u64,
    /// Not made.
    pub failed: u64,
    /// Confirmed by an earlier run with this journal.
    pub skipped: u64,
    /// Not begun when it was stopped.
    pub unsent: u64,
    /// Sent, and without an answer when it was stopped.
    pub unknown: u64,
    /// Requests sent again, each item of a batch for itself.
    pub retried: u64,
    /// HTTP requests; a batch is one.
    pub requests: u64,
    /// Seconds for which the service asked to wait.
    pub seconds_waited: f64,
    /// Seconds it took.
    pub seconds: f64,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Whether all changes had come.
    pub input_ended: bool,
}

/// A run of which there is a journal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalInfo {
    run: String,
    journal: String,
    started: String,
    graph_uri: String,
    command: Option<String>,
    state: RunState,
    changes: u64,
    changed: u64,
    unchanged: u64,
    failed: u64,
    undone: u64,
    // Neither confirmed nor failed.
    left: u64,
    keep_previous: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum RunState {
    Running,
    Complete,
    Unfinished,
    // Unfinished, and part of what was to come is not in the journal.
    InputCutOff,
    Undone,
}

fn default_share() -> f64 {
    DEFAULT_SHARE
}

struct Handle {
    commands: mpsc::Sender<Command>,
    stop: watch::Sender<bool>,
}

// The runs of this process by id: calls that add to a run find it here.
static RUNS: LazyLock<Mutex<HashMap<String, Handle>>> = LazyLock::new(Mutex::default);

fn runs() -> MutexGuard<'static, HashMap<String, Handle>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

// A run that is listed; dropped, it is not any more.
struct Listed(String);

impl Drop for Listed {
    fn drop(&mut self) {
        runs().remove(&self.0);
    }
}

fn list(run: &str) -> (Listed, Source) {
    // One command waits while another is obeyed.
    let ((commands, receiver), (stop, stopped)) = (mpsc::channel(1), watch::channel(false));
    runs().insert(run.to_owned(), Handle { commands, stop });
    let source = Source {
        commands: receiver,
        stop: stopped,
    };
    (Listed(run.to_owned()), source)
}

fn no_such_run(run: &str) -> Error {
    Error::new(
        ErrorCode::InvalidRequest,
        format!("there is no run \"{run}\", or it has ended"),
    )
    .hint("add to a run between its start and its end")
}

fn checked_share(share: f64) -> Result<f64> {
    if 0.0 < share && share <= 1.0 {
        return Ok(share);
    }
    Err(Error::new(
        ErrorCode::InvalidRequest,
        format!("a quota share of {share} is not above 0 and at most 1"),
    )
    .hint("0.9 leaves a tenth for others who sign in as the same application"))
}

impl StartRun {
    pub(super) fn checked(self) -> Result<Self> {
        checked_share(self.quota_share)?;
        if self.keep_previous && self.journal.is_none() {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                "what was there before can only be kept in a journal",
            )
            .hint("give -Journal FILE (journal=) too"));
        }
        Ok(self)
    }

    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let run = Uuid::new_v4().to_string();
        let header = Header::new(
            run.clone(),
            client.root().to_owned(),
            self.command,
            self.keep_previous,
        );
        let (book, replay) = match self.journal {
            Some(path) => {
                let (journal, replay) = Journal::open_or_create(&path, &header)?;
                if let Some(replay) = &replay {
                    check(&path, replay, client)?;
                    if replay.header.keep_previous != self.keep_previous {
                        return Err(mismatch(
                            &path,
                            "was begun with another -KeepPrevious (keep_previous)",
                        ));
                    }
                }
                (Book::open(journal), replay)
            }
            None if self.auto_journal => (Book::waiting(header), None),
            None => (Book::none(), None),
        };
        let is_small = self.complete && self.changes.len() as u64 <= LARGE;
        let site = Site {
            client: if is_small {
                client.for_few()
            } else {
                client.for_many()
            },
            book,
            keep_previous: self.keep_previous,
            skip_unchanged: self.skip_unchanged,
        };
        client.set_quota_share(self.quota_share);
        let (_listed, mut source) = list(&run);
        if !sink.send(Item::Run { run: run.clone() }).await {
            return Ok(());
        }
        prepare(client, &mut source, sink).await;
        let mut engine = Engine::new(run.clone(), site, sink, self.results);
        if let Some(replay) = replay {
            engine.expect(replay);
        }
        engine.take(&self.changes).await?;
        if self.complete {
            engine.end().await?;
        }
        engine.run(source).await
    }
}

// Reads the definitions before the first change asks for them, and says once if they can't be read.
async fn prepare(client: &Client, source: &mut Source, sink: &impl Sink) {
    tokio::select! {
        definitions = client.definitions() => {
            if let Ok(None) = definitions {
                warn_of_missing_definitions(client, sink).await;
            }
        }
        () = engine::stopped(&mut source.stop) => {}
    }
}

// A journal is of use only where its changes belong.
fn check_service(path: &Path, replay: &Replay, client: &Client) -> Result<()> {
    let (its, ours) = (&replay.header.graph_uri, client.root());
    if its == ours {
        return Ok(());
    }
    let reason = format!("is of a run on {its}, and this connection is to {ours}");
    Err(mismatch(path, &reason))
}

// Whether a run can go on with its journal.
fn check(path: &Path, replay: &Replay, client: &Client) -> Result<()> {
    check_service(path, replay, client)?;
    if 0 < replay.count(Outcome::Undone) {
        return Err(mismatch(path, "is of a run that was undone"));
    }
    Ok(())
}

fn mismatch(path: &Path, reason: &str) -> Error {
    Error::new(
        ErrorCode::Journal,
        format!("journal {} {reason}", path.display()),
    )
    .hint("give a new file for a new run")
}

impl AddChanges {
    pub(super) async fn run(self, sink: &impl Sink) -> Result<()> {
        let commands = runs().get(&self.run).map(|handle| handle.commands.clone());
        let commands = commands.ok_or_else(|| no_such_run(&self.run))?;
        let (answer, answered) = oneshot::channel();
        let sent = commands.send(Command::Add(self.changes, answer)).await;
        sent.map_err(|_| no_such_run(&self.run))?;
        let changes = answered.await.map_err(|_| no_such_run(&self.run))??;
        sink.send(Item::Added { changes }).await;
        Ok(())
    }
}

impl NameRun {
    pub(super) async fn end(self) -> Result<()> {
        let commands = runs().get(&self.run).map(|handle| handle.commands.clone());
        let commands = commands.ok_or_else(|| no_such_run(&self.run))?;
        commands
            .send(Command::End)
            .await
            .map_err(|_| no_such_run(&self.run))
    }

    pub(super) fn stop(self) -> Result<()> {
        let runs = runs();
        let handle = runs.get(&self.run).ok_or_else(|| no_such_run(&self.run))?;
        handle.stop.send_replace(true);
        Ok(())
    }
}

impl ResumeRun {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let path = match self.journal {
            Some(path) => path,
            None => last_unfinished(client)?,
        };
        let (journal, replay) = Journal::open(&path)?;
        check(&path, &replay, client)?;
        client.set_quota_share(checked_share(self.quota_share)?);
        let site = Site {
            client: client.for_many(),
            keep_previous: replay.header.keep_previous,
            skip_unchanged: false,
            book: Book::open(journal),
        };
        let run = replay.header.run.clone();
        let (_listed, mut source) = list(&run);
        if !sink.send(Item::Run { run: run.clone() }).await {
            return Ok(());
        }
        prepare(client, &mut source, sink).await;
        let input_ended = replay.input_ended;
        let mut engine = Engine::new(run, site, sink, self.results);
        engine.go_on(replay).await?;
        if !input_ended {
            let message = format!("journal {}: the run ended before all its changes had come; this goes on with those that did. For the others run the same command again with this journal: what is done is not done again", path.display());
            sink.send(Item::Log {
                change: None,
                level: super::Level::Warning,
                message,
            })
            .await;
        }
        engine.run(source).await
    }
}

fn last_unfinished(client: &Client) -> Result<PathBuf> {
    let mut unfinished: Vec<_> = journals()?
        .into_iter()
        .filter_map(|path| Some((Journal::read(&path).ok()?, path)))
        .filter(|((replay, in_use), _)| {
            !in_use && !replay.is_complete() && replay.header.graph_uri == client.root()
        })
        .map(|((replay, _), path)| (replay.header.started, path))
        .collect();
    unfinished.sort_unstable();
    unfinished.pop().map(|(_, path)| path).ok_or_else(|| {
        Error::new(ErrorCode::Journal, format!("there is no unfinished run on {}", client.root()))
            .hint("give the file of its journal; Get-CsaOperation (client.runs) lists those that are known")
    })
}

fn journals() -> Result<Vec<PathBuf>> {
    let folder = state_folder()?;
    let entries = std::fs::read_dir(&folder).map_err(|error| {
        Error::new(
            ErrorCode::Journal,
            format!("{} can't be read: {error}", folder.display()),
        )
        .hint("check the rights of the folder")
    })?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
        .collect())
}

impl ListRuns {
    pub(super) async fn run(self, sink: &impl Sink) -> Result<()> {
        let paths = match self.journals {
            Some(paths) => paths,
            None => journals()?,
        };
        let mut infos = Vec::new();
        for path in paths {
            match Journal::read(&path) {
                Ok((replay, in_use)) => infos.push(info(&path, replay, in_use)),
                Err(error) => {
                    let error = error.target(path.display());
                    if !sink
                        .send(Item::Error {
                            change: None,
                            error,
                        })
                        .await
                    {
                        return Ok(());
                    }
                }
            }
        }
        infos.sort_unstable_by(|one, other| one.started.cmp(&other.started));
        for info in infos {
            if !sink.send(Item::Journal(info)).await {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn info(path: &Path, replay: Replay, in_use: bool) -> JournalInfo {
    let (changed, unchanged) = (
        replay.count(Outcome::Changed),
        replay.count(Outcome::Unchanged),
    );
    let (undone, failed) = (replay.count(Outcome::Undone), replay.failed());
    let changes = replay.changes.len() as u64;
    JournalInfo {
        journal: path.display().to_string(),
        state: match () {
            () if in_use => RunState::Running,
            () if 0 < undone => RunState::Undone,
            () if replay.is_complete() => RunState::Complete,
            () if replay.input_ended => RunState::Unfinished,
            () => RunState::InputCutOff,
        },
        changes,
        changed,
        unchanged,
        failed,
        undone,
        left: changes - changed - unchanged - undone - failed,
        run: replay.header.run,
        started: replay.header.started,
        graph_uri: replay.header.graph_uri,
        command: replay.header.command,
        keep_previous: replay.header.keep_previous,
    }
}
