//! The course of a run: changes in, requests out, outcomes noted, until everything is done or somebody stops it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot, watch};

use super::change::{Change, Entry, Finished, Site};
use super::{Progress, Summary};
use crate::bulk::{Line, Outcome, Queue, Recorded, Replay};
use crate::error::{Error, ErrorCode, Result};
use crate::operations::{Item, Level, Sink, AT_ONCE};

// So many changes are taken in before they are made: what has come is safe in the journal, and memory has a bound.
const MOST_WAITING: usize = 50_000;
// Pipelines beyond this size have a journal without being asked.
pub(super) const LARGE: u64 = 100;
// How long requests that have left are waited for after a stop.
const GRACE: Duration = Duration::from_millis(300);
const PROGRESS_EVERY: Duration = Duration::from_millis(250);
const RATE_OVER: Duration = Duration::from_secs(10);
// After so many changes in a row without an answer, or with "not now" to the last try, the others need not try.
const MOST_SILENT: u32 = 20;

/// What callers of a run ask of it.
pub(super) enum Command {
    /// Changes to make; the answer is how many have been taken.
    Add(Vec<Json>, oneshot::Sender<Result<u64>>),
    /// No more will come.
    End,
}

/// Where the changes come from.
pub(super) struct Source {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) stop: watch::Receiver<bool>,
}

/// A run.
pub(super) struct Engine<'a, S> {
    run: String,
    site: Arc<Site>,
    sink: &'a S,
    // Whether each change has an item.
    results: bool,
    queue: Queue<Change>,
    jobs: FuturesUnordered<BoxFuture<'static, (String, Vec<Finished>)>>,
    at_work: HashMap<String, Vec<u64>>,
    // What a journal says of changes that will come again.
    known: VecDeque<Recorded>,
    // Changes of the journal that would overwrite later ones.
    overtaken: HashSet<u64>,
    // Changes that stand for others: those that one restoration undoes.
    undoes: HashMap<u64, Vec<u64>>,
    counts: Counts,
    // Which changes are done, from the first one that is not.
    done: VecDeque<bool>,
    done_before: u64,
    input_ended: bool,
    swept: bool,
    silent: u32,
    // Why nothing more can be sent.
    halted: Option<Error>,
    began: Instant,
    recent: VecDeque<(Instant, u64)>,
    // Nobody takes items any more.
    unheard: bool,
}

#[derive(Debug, Default)]
struct Counts {
    taken: u64,
    changed: u64,
    unchanged: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    fn done(&self) -> u64 {
        self.changed + self.unchanged + self.failed + self.skipped
    }
}

impl<'a, S: Sink> Engine<'a, S> {
    pub(super) fn new(run: String, site: Site, sink: &'a S, results: bool) -> Self {
        Self {
            run,
            swept: !site.skip_unchanged,
            site: Arc::new(site),
            sink,
            results,
            queue: Queue::default(),
            jobs: FuturesUnordered::new(),
            at_work: HashMap::new(),
            known: VecDeque::new(),
            overtaken: HashSet::new(),
            undoes: HashMap::new(),
            counts: Counts::default(),
            done: VecDeque::new(),
            done_before: 0,
            input_ended: false,
            silent: 0,
            halted: None,
            began: Instant::now(),
            recent: VecDeque::new(),
            unheard: false,
        }
    }

    /// The caller will give the changes of `replay` again: what is confirmed is not made again.
    pub(super) fn expect(&mut self, replay: Replay) {
        self.overtaken = replay.overtaken();
        self.known = replay.changes.into();
    }

    /// Takes over what a journal has.
    pub(super) async fn go_on(&mut self, replay: Replay) -> Result<()> {
        self.input_ended = true;
        self.overtaken = replay.overtaken();
        for recorded in replay.changes {
            let number = self.counts.taken;
            self.counts.taken += 1;
            match recorded.entry {
                None => {
                    self.counts.skipped += 1;
                    self.mark(number);
                }
                Some(text) => self.enqueue(number, text, true).await?,
            }
        }
        Ok(())
    }

    /// Takes restorations, each of which stands for several changes.
    pub(super) fn undo(
        &mut self,
        restorations: impl IntoIterator<Item = (String, Change, Vec<u64>)>,
    ) {
        self.input_ended = true;
        for (target, change, changes) in restorations {
            self.counts.taken += 1;
            self.undoes.insert(change.number, changes);
            self.queue.push(target, change);
        }
    }

    fn mark(&mut self, number: u64) {
        let Ok(index) = usize::try_from(number - self.done_before) else {
            return;
        };
        if self.done.len() <= index {
            self.done.resize(index + 1, false);
        }
        self.done[index] = true;
        while self.done.front() == Some(&true) {
            self.done.pop_front();
            self.done_before += 1;
        }
    }

    async fn tell(&mut self, item: Item) {
        if !self.unheard {
            self.unheard = !self.sink.send(item).await;
        }
    }

    /// Takes changes in: notes them, and queues them.
    pub(super) async fn take(&mut self, entries: &[Json]) -> Result<u64> {
        let (mut lines, mut fresh) = (Vec::new(), Vec::with_capacity(entries.len()));
        for json in entries {
            let entry = Entry::new(json);
            let number = self.counts.taken;
            self.counts.taken += 1;
            let again = match self.known.pop_front() {
                None => {
                    lines.push(Line::Change {
                        number,
                        entry: entry.json,
                    });
                    false
                }
                Some(recorded) if recorded.digest != entry.digest() => {
                    self.counts.taken -= 1;
                    return Err(self.other_run(number));
                }
                Some(Recorded {
                    outcome: Some(_), ..
                }) => {
                    self.counts.skipped += 1;
                    self.mark(number);
                    continue;
                }
                Some(_) => true,
            };
            fresh.push((number, entry.text, again));
        }
        self.site.book.append(lines, true).await?;
        for (number, text, again) in fresh {
            self.enqueue(number, text, again).await?;
        }
        if LARGE < self.counts.taken && self.site.book.is_waiting() {
            if let Err(error) = self.site.book.write_down().await {
                self.tell(Item::Log {
                    change: None,
                    level: Level::Warning,
                    message: format!(
                        "this run has no journal, if it ends in the middle it can't go on: {error}"
                    ),
                })
                .await;
            }
        }
        Ok(self.counts.taken)
    }

    fn other_run(&self, number: u64) -> Error {
        let path = self.site.book.path().unwrap_or_default();
        Error::new(
            ErrorCode::Journal,
            format!("journal {} is of another run: its change {} is not the one given now", path.display(), number + 1),
        )
        .hint("give a new file for a new run; Resume-CsaOperation (client.resume) goes on with the old one")
    }

    async fn enqueue(&mut self, number: u64, text: Box<str>, again: bool) -> Result<()> {
        let parsed = match self.overtaken.contains(&number) {
            true => {
                Change::parse(number, text, again).and_then(|(_, change)| Err(overtaken(&change)))
            }
            false => Change::parse(number, text, again),
        };
        match parsed {
            Ok((key, change)) => {
                self.queue.push(key, change);
                Ok(())
            }
            Err(error) => {
                self.settle(vec![Finished {
                    number,
                    items: Vec::new(),
                    outcome: Err(error),
                }])
                .await
            }
        }
    }

    /// Runs until everything is done, or it is stopped.
    pub(super) async fn run(mut self, source: Source) -> Result<()> {
        let Source {
            mut commands,
            mut stop,
        } = source;
        let mut tick = tokio::time::interval(PROGRESS_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut deadline = None;
        loop {
            let stopping = deadline.is_some();
            if !stopping {
                self.begin(&mut stop).await?;
            }
            let idle =
                self.jobs.is_empty() && (stopping || (self.input_ended && self.queue.is_empty()));
            if idle || self.unheard {
                break;
            }
            // What was looked at together is made before more comes to be looked at.
            let looked_at = self.site.skip_unchanged && self.swept && !self.queue.is_empty();
            let takes =
                !stopping && !self.input_ended && !looked_at && self.queue.len() < MOST_WAITING;
            tokio::select! {
                Some(first) = self.jobs.next(), if !self.jobs.is_empty() => self.finish(first, stopping).await?,
                () = stopped(&mut stop), if !stopping => {
                    self.site.client.stop();
                    deadline = Some(tokio::time::Instant::now() + GRACE);
                }
                () = until(deadline), if stopping => break,
                command = commands.recv(), if takes => self.obey(command).await?,
                _ = tick.tick() => self.progress().await,
            }
        }
        self.conclude(deadline.is_some()).await
    }

    async fn obey(&mut self, command: Option<Command>) -> Result<()> {
        match command {
            Some(Command::Add(entries, answer)) => {
                let taken = self.take(&entries).await;
                let failed = taken.clone().err();
                // Whoever asked may be gone; the changes are taken all the same.
                let _ = answer.send(taken);
                return failed.map_or(Ok(()), Err);
            }
            Some(Command::End) | None => self.end().await?,
        }
        Ok(())
    }

    /// No more changes will come.
    pub(super) async fn end(&mut self) -> Result<()> {
        self.input_ended = true;
        if let Some(left) = self.known.front() {
            let missing = if left.outcome.is_some() {
                ""
            } else {
                ", not all of them made"
            };
            self.tell(Item::Log {
                change: None,
                level: Level::Warning,
                message: format!(
                    "the journal has {} changes more than were given now{missing}",
                    self.known.len()
                ),
            })
            .await;
        }
        let changes = self.counts.taken;
        self.site
            .book
            .append(vec![Line::InputEnded { changes }], false)
            .await
    }

    // Begins what may begin.
    async fn begin(&mut self, stop: &mut watch::Receiver<bool>) -> Result<()> {
        if !self.swept {
            if !self.input_ended && self.queue.len() < MOST_WAITING {
                return Ok(());
            }
            self.swept = true;
            self.sweep(stop).await?;
        }
        while self.jobs.len() < AT_ONCE {
            let Some((target, group)) = self.queue.begin(Change::goes_with) else {
                break;
            };
            if let Some(error) = self.halted.clone() {
                let failed = |change: Change| Finished {
                    number: change.number,
                    items: Vec::new(),
                    outcome: Err(error.clone().target(change.target)),
                };
                self.settle(group.into_iter().map(failed).collect()).await?;
                self.queue.finish(&target);
                continue;
            }
            let numbers = group.iter().map(|change| change.number).collect();
            self.at_work.insert(target.clone(), numbers);
            let site = Arc::clone(&self.site);
            self.jobs
                .push(async move { (target, site.perform(group).await) }.boxed());
        }
        if self.site.skip_unchanged && self.queue.is_empty() && !self.input_ended {
            // What comes next is looked at together again.
            self.swept = false;
        }
        Ok(())
    }

    // Takes what has finished, with all else that has in the meantime.
    async fn finish(&mut self, first: (String, Vec<Finished>), stopping: bool) -> Result<()> {
        let mut next = Some(first);
        let mut all = Vec::new();
        while let Some((target, finished)) = next {
            self.queue.finish(&target);
            self.at_work.remove(&target);
            for one in finished {
                match &one.outcome {
                    Err(error) if error.code() == ErrorCode::Auth => {
                        self.halted.get_or_insert(error.clone().without_target().hint(
                            "nothing more was sent: sign in again, then go on with Resume-CsaOperation (client.resume), or run it again",
                        ));
                    }
                    Err(error) if is_silence(error.code()) => self.silent += 1,
                    _ => self.silent = 0,
                }
                if self.silent == MOST_SILENT {
                    self.halted = one
                        .outcome
                        .as_ref()
                        .err()
                        .cloned()
                        .map(Error::without_target);
                }
                // A stop keeps requests from leaving: those changes are as if nobody had begun them.
                let unsent =
                    |error: &Error| error.code() == ErrorCode::Internal || is_silence(error.code());
                if stopping && one.outcome.as_ref().is_err_and(unsent) {
                    continue;
                }
                all.push(one);
            }
            next = self.jobs.next().now_or_never().flatten();
        }
        self.settle(all).await
    }

    // Notes outcomes, then tells them.
    async fn settle(&mut self, finished: Vec<Finished>) -> Result<()> {
        let mut lines = Vec::new();
        for outcome in [Outcome::Changed, Outcome::Unchanged, Outcome::Undone] {
            let is_it = |one: &&Finished| one.outcome == Ok(outcome);
            let numbers =
                finished
                    .iter()
                    .filter(is_it)
                    .flat_map(|one| match self.undoes.get(&one.number) {
                        None => vec![one.number],
                        Some(changes) => changes.clone(),
                    });
            let changes: Vec<u64> = numbers.collect();
            // That a restoration had nothing to do says nothing about the changes.
            let is_told = self.undoes.is_empty() || outcome == Outcome::Undone;
            if !changes.is_empty() && is_told {
                lines.push(Line::Done { changes, outcome });
            }
        }
        for one in &finished {
            if let (Err(error), true) = (&one.outcome, self.undoes.is_empty()) {
                let (change, error) = (one.number, serde_json::json!(error));
                lines.push(Line::Failed { change, error });
            }
        }
        self.site.book.append(lines, false).await?;
        for Finished {
            number,
            items,
            outcome,
        } in finished
        {
            self.mark(number);
            match outcome {
                Ok(Outcome::Changed | Outcome::Undone) => self.counts.changed += 1,
                Ok(Outcome::Unchanged) => self.counts.unchanged += 1,
                Err(error) => {
                    self.counts.failed += 1;
                    self.tell(Item::Error {
                        change: Some(number),
                        error,
                    })
                    .await;
                }
            }
            for item in items {
                if self.results || !matches!(item, Item::Result { .. }) {
                    self.tell(item.of_change(number)).await;
                }
            }
        }
        self.site
            .client
            .tenant_has(self.counts.changed + self.counts.unchanged);
        Ok(())
    }

    // Looks at everybody in pages, where that costs less than to look at each: what is there already is done.
    async fn sweep(&mut self, stop: &mut watch::Receiver<bool>) -> Result<()> {
        let client = self.site.client.clone();
        let Some(mut pages) = super::sweep::Pages::if_worthwhile(&client, self.queue.len()).await
        else {
            return Ok(());
        };
        let definitions = match self.site.client.definitions().await {
            Ok(definitions) => definitions,
            // Each change will say so.
            Err(_) => return Ok(()),
        };
        loop {
            let page = tokio::select! {
                page = pages.next() => page,
                () = stopped(stop) => return Ok(()),
            };
            let Some(page) = page else {
                return Ok(());
            };
            let mut finished = Vec::new();
            for (keys, held) in page {
                for key in keys {
                    let Some(waiting) = self.queue.waiting_for(&key) else {
                        continue;
                    };
                    let mut wanted = crate::assignment::Changes::default();
                    let sets: Option<Vec<_>> = waiting
                        .iter()
                        .map(|change| change.sets(definitions.as_deref()))
                        .collect();
                    let Some(sets) = sets else { continue };
                    for (path, change) in sets.iter().flat_map(|set| set.iter()) {
                        wanted.put(path, change.clone());
                    }
                    if !held.lacking(&wanted, &self.site.client).await.is_empty() {
                        continue;
                    }
                    finished.extend(self.queue.take(&key).into_iter().map(|change| Finished {
                        number: change.number,
                        items: vec![Item::Result {
                            change: None,
                            target: held.info.clone(),
                            status: crate::operations::Status::Unchanged,
                            attributes: Vec::new(),
                            values: None,
                        }],
                        outcome: Ok(Outcome::Unchanged),
                    }));
                }
            }
            self.settle(finished).await?;
            if self.unheard {
                return Ok(());
            }
            self.progress().await;
        }
    }

    async fn progress(&mut self) {
        let now = Instant::now();
        let done = self.counts.done();
        self.recent.push_back((now, done));
        while self
            .recent
            .front()
            .is_some_and(|(then, _)| RATE_OVER < now - *then)
        {
            self.recent.pop_front();
        }
        let per_second = self.recent.front().map_or(0.0, |(then, before)| {
            let time = (now - *then).as_secs_f64();
            if time == 0.0 {
                0.0
            } else {
                (done - before) as f64 / time
            }
        });
        let left = self.counts.taken.saturating_sub(done) as f64;
        let pace = self.site.client.pace();
        // With what may go at once used up, the quota sets the speed.
        let by_quota = if self.site.skip_unchanged {
            0.0
        } else {
            (left - pace.writes).max(0.0) / pace.writes_per_second
        };
        let by_rate = if per_second == 0.0 {
            0.0
        } else {
            left / per_second
        };
        let waiting = self.site.client.pause_left().map(|left| left.as_secs_f64());
        let known = per_second != 0.0 || 0.0 < by_quota;
        let progress = Progress {
            done,
            failed: self.counts.failed,
            done_before: self.done_before,
            taken: self.counts.taken,
            input_ended: self.input_ended,
            per_second,
            seconds_left: (known && self.input_ended)
                .then(|| by_quota.max(by_rate) + waiting.unwrap_or(0.0)),
            waiting_seconds: waiting,
        };
        self.tell(Item::Progress(progress)).await;
    }

    async fn conclude(mut self, stopped: bool) -> Result<()> {
        let mut unknown: Vec<u64> = std::mem::take(&mut self.at_work)
            .into_values()
            .flatten()
            .collect();
        unknown.sort_unstable();
        let undone = self.undoes.len();
        if stopped && undone == 0 {
            let line = Line::Stopped {
                unknown: unknown.clone(),
            };
            self.site.book.append(vec![line], true).await?;
        }
        let tally = self.site.client.tally();
        let counts = &self.counts;
        let summary = Summary {
            run: std::mem::take(&mut self.run),
            journal: self.site.book.path().map(|path| path.display().to_string()),
            changes: counts.taken,
            changed: counts.changed,
            unchanged: counts.unchanged,
            failed: counts.failed,
            skipped: counts.skipped,
            unsent: counts.taken - counts.done() - unknown.len() as u64,
            unknown: unknown.len() as u64,
            retried: tally.retried(),
            requests: tally.requests(),
            seconds_waited: tally.waited().as_secs_f64(),
            seconds: self.began.elapsed().as_secs_f64(),
            stopped,
            input_ended: self.input_ended,
        };
        self.tell(Item::Summary(summary)).await;
        Ok(())
    }
}

pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // The other end is held by the register of runs for as long as this one is in it.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn overtaken(change: &Change) -> Error {
    Error::new(
        ErrorCode::Conflict,
        "this change failed before, and a later one of the same target was made since, which it could overwrite; it was not sent",
    )
    .target(&change.target)
    .hint("look at what the target holds, and make the change anew if it is still wanted")
}

// No word about the change itself.
fn is_silence(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unreachable | ErrorCode::Throttled | ErrorCode::Service
    )
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
