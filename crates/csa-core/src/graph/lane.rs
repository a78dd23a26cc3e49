//! Many requests at a time: in batches, paced, each retried for itself. There is one lane for reads and one for writes, since
//! the service counts them apart: when it asks for patience with one of them, the other goes on.
//!
//! Source: <https://learn.microsoft.com/graph/json-batching>, <https://learn.microsoft.com/graph/throttling>

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::{oneshot, Notify};

use super::batch::{self, MAX_ITEMS};
use super::quota::{Cost, Pacer};
use super::retry::{next_try, Next, Patience};
use super::{lock, Answer, Client, Inner, Method, Request};
use crate::error::{Error, ErrorCode, Result};

// Fewer requests than these go one by one: a batch of them saves nothing.
const FEWEST_OF_A_BATCH: usize = 4;
// Batches on their way at once: as many as make it faster, up to here.
const FIRST_LIMIT: f64 = 4.0;
const MAX_LIMIT: f64 = 16.0;
// Requests that are made at the same moment arrive one after the other; so long the first one waits for the others.
const LINGER: Duration = Duration::from_millis(2);

/// What became of requests, counted for one caller.
#[derive(Debug, Default)]
pub struct Tally {
    requests: AtomicU64,
    retried: AtomicU64,
    waited_ms: AtomicU64,
    stopped: AtomicBool,
}

impl Tally {
    /// HTTP requests sent; a batch is one.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that were sent again, each item of a batch for itself.
    pub fn retried(&self) -> u64 {
        self.retried.load(Ordering::Relaxed)
    }

    /// How long the service asked to wait.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::Relaxed))
    }

    /// From now on nothing more leaves.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn sent(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retries(&self) {
        self.retried.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn waits(&self, time: Duration) {
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(time, Ordering::Relaxed);
    }
}

/// Requests on their way to the service.
#[derive(Debug, Default)]
pub(super) struct Lane {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Job>,
    // Whether a task looks after the waiting ones.
    served: bool,
    in_flight: usize,
    limit: f64,
    // Until something goes wrong for the first time, the limit grows with each answer, then with each round of answers: as the
    // congestion window of TCP does (RFC 5681).
    untroubled: bool,
    paused_until: Option<Instant>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            served: false,
            in_flight: 0,
            limit: FIRST_LIMIT,
            untroubled: true,
            paused_until: None,
        }
    }
}

/// One request of many.
#[derive(Debug)]
pub(super) struct Job {
    request: Request,
    tally: Arc<Tally>,
    patience: Patience,
    // Closed when nobody waits any more: then it is not sent.
    answer: oneshot::Sender<Result<Answer>>,
    tries: u32,
    renewals: u32,
    since: Instant,
    not_before: Instant,
    // Not in a batch: the service did not take the batch it was in.
    alone: bool,
}

// A token may end while a request is on its way, and the next one too.
const MAX_RENEWALS: u32 = 3;

enum Step {
    Send(Vec<Job>),
    Sleep(Duration),
    // Until an answer comes.
    Full,
    Idle,
}

impl Lane {
    /// Queues a request of `client`; its answer comes to the receiver. If that is dropped before the request has left, it stays unsent.
    pub(super) fn push(client: &Client, request: Request) -> oneshot::Receiver<Result<Answer>> {
        let (answer, receiver) = oneshot::channel();
        let (method, now) = (request.method, Instant::now());
        let inner = &client.inner;
        lock(&inner.lane(method).state).waiting.push_back(Job {
            request,
            tally: Arc::clone(&client.tally),
            patience: client.patience,
            answer,
            tries: 0,
            renewals: 0,
            since: now,
            not_before: now,
            alone: false,
        });
        Self::look_after(inner, method);
        receiver
    }

    // Sees to it that a task serves the lane while something waits in it.
    pub(super) fn look_after(inner: &Arc<Inner>, method: Method) {
        let lane = inner.lane(method);
        let unserved = {
            let mut state = lock(&lane.state);
            !state.waiting.is_empty() && !std::mem::replace(&mut state.served, true)
        };
        if unserved {
            tokio::spawn(serve(Arc::clone(inner), method));
        } else {
            lane.changed.notify_one();
        }
    }

    /// How long the service asks to wait from now on, if it does.
    pub(super) fn pause_left(&self, now: Instant) -> Option<Duration> {
        let until = lock(&self.state).paused_until?;
        Some(until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// Sends nothing more for `wait`; tells by how much that is longer than what was asked for before.
    pub(super) fn pause(&self, wait: Duration, now: Instant) -> Duration {
        let mut state = lock(&self.state);
        let before = state.paused_until.map_or(now, |until| until.max(now));
        let until = before.max(now + wait);
        state.paused_until = Some(until);
        until - before
    }

    fn step(&self, pacer: &Pacer, now: Instant) -> Step {
        let mut state = lock(&self.state);
        let state = &mut *state;
        // What is dropped here tells its sender so.
        state
            .waiting
            .retain(|job| !job.answer.is_closed() && !job.tally.is_stopped());
        let Some(first) = state.waiting.front() else {
            state.served = false;
            return Step::Idle;
        };
        if state.limit as usize <= state.in_flight {
            return Step::Full;
        }
        if let Some(until) = state.paused_until.filter(|until| now < *until) {
            return Step::Sleep(until - now);
        }
        let cost = first.request.cost();
        let ready = state.waiting.iter().filter(|job| job.not_before <= now);
        let count = ready.take(MAX_ITEMS.min(pacer.most(cost))).count();
        if count == 0 {
            let due = state.waiting.iter().map(|job| job.not_before).min();
            return Step::Sleep(due.map_or(LINGER, |due| due - now));
        }
        let age = now.saturating_duration_since(first.since);
        if count < MAX_ITEMS && age < LINGER {
            return Step::Sleep(LINGER - age);
        }
        // A whole batch is waited for: twenty at once cost one request, twenty one by one cost twenty.
        let all = Cost {
            writes: cost.writes * count as f64,
            units: cost.units * count as f64,
        };
        if let Err(wait) = pacer.take(all, now) {
            return Step::Sleep(wait);
        }
        let mut jobs = Vec::with_capacity(count);
        let mut rest = VecDeque::with_capacity(state.waiting.len());
        for job in state.waiting.drain(..) {
            if jobs.len() < count && job.not_before <= now {
                jobs.push(job);
            } else {
                rest.push_back(job);
            }
        }
        state.waiting = rest;
        state.in_flight += 1;
        Step::Send(jobs)
    }

    // Takes back what has to be sent again, and learns how much at once is good.
    fn landed(&self, again: Vec<Job>, went_well: bool) {
        let mut state = lock(&self.state);
        state.in_flight -= 1;
        state.untroubled &= went_well;
        state.limit = match (went_well, state.untroubled) {
            (true, true) => (state.limit + 1.0).min(MAX_LIMIT),
            (true, false) => (state.limit + 1.0 / state.limit).min(MAX_LIMIT),
            (false, _) => (state.limit / 2.0).max(1.0),
        };
        for job in again.into_iter().rev() {
            state.waiting.push_front(job);
        }
    }
}

async fn serve(inner: Arc<Inner>, method: Method) {
    let lane = inner.lane(method);
    loop {
        match lane.step(&inner.pacer, Instant::now()) {
            Step::Idle => return,
            Step::Full => lane.changed.notified().await,
            Step::Sleep(time) => {
                let _ = tokio::time::timeout(time, lane.changed.notified()).await;
            }
            Step::Send(jobs) => {
                tokio::spawn(send(Arc::clone(&inner), method, jobs));
            }
        }
    }
}

async fn send(inner: Arc<Inner>, method: Method, jobs: Vec<Job>) {
    let sent = Instant::now();
    let token = match inner.credential.current().await {
        Ok(token) => token,
        Err(error) => {
            let outcomes = jobs.iter().map(|_| Err(error.clone())).collect();
            inner.settle(method, jobs, outcomes, (sent, false));
            return Lane::look_after(&inner, method);
        }
    };
    let one_by_one = jobs.len() < FEWEST_OF_A_BATCH || jobs.iter().any(|job| job.alone);
    let outcomes = if one_by_one {
        for job in &jobs {
            job.tally.sent();
        }
        join_all(jobs.iter().map(|job| inner.send_once(&job.request, &token))).await
    } else {
        for (position, job) in jobs.iter().enumerate() {
            let others = &jobs[..position];
            if !others
                .iter()
                .any(|other| Arc::ptr_eq(&other.tally, &job.tally))
            {
                job.tally.sent();
            }
        }
        let requests: Vec<_> = jobs.iter().map(|job| &job.request).collect();
        match inner.send_once(&batch::request(&requests), &token).await {
            Ok(answer) if matches!(answer.status(), 200..=299 | 424) => {
                batch::answers(jobs.len(), answer)
                    .into_iter()
                    .map(|answer| answer.ok_or_else(unanswered))
                    .collect()
            }
            Ok(answer) if matches!(answer.status(), 401 | 429 | 503 | 504) => {
                jobs.iter().map(|_| Ok(answer.clone())).collect()
            }
            Err(error) if error.code() == ErrorCode::Unreachable => {
                jobs.iter().map(|_| Err(error.clone())).collect()
            }
            // The batch itself is not taken: each of its requests may be good on its own.
            Ok(_) | Err(_) => {
                let alone = jobs.into_iter().map(|job| Job { alone: true, ..job });
                inner.lane(method).landed(alone.collect(), true);
                return Lane::look_after(&inner, method);
            }
        }
    };
    let is_refused =
        |outcome: &Result<Answer>| matches!(outcome, Ok(answer) if answer.status() == 401);
    let renewed = if outcomes.iter().any(is_refused) {
        let challenge = outcomes.iter().flatten().find_map(Answer::claims_challenge);
        inner.credential.renewed(&token, challenge.as_deref()).await
    } else {
        Ok(false)
    };
    let (renewed, outcomes) = match renewed {
        Ok(renewed) => (renewed, outcomes),
        // Why there is no other token says more than that the old one is not taken.
        Err(error) => {
            let told = |outcome| match outcome {
                refused if is_refused(&refused) => Err(error.clone()),
                outcome => outcome,
            };
            (false, outcomes.into_iter().map(told).collect())
        }
    };
    inner.settle(method, jobs, outcomes, (sent, renewed));
    Lane::look_after(&inner, method);
}

fn unanswered() -> Error {
    Error::new(
        ErrorCode::Unreachable,
        "the answer of the batch leaves this request out",
    )
    .hint("try again; a change that was made already is not made twice")
}

impl Inner {
    pub(super) fn lane(&self, method: Method) -> &Lane {
        match method {
            Method::Get => &self.reads,
            Method::Patch | Method::Post => &self.writes,
        }
    }

    // Hands out the final answers; the others are queued again.
    fn settle(
        &self,
        method: Method,
        jobs: Vec<Job>,
        outcomes: Vec<Result<Answer>>,
        (sent, renewed): (Instant, bool),
    ) {
        let (lane, now) = (self.lane(method), Instant::now());
        let (mut again, mut went_well, mut longest) = (Vec::new(), true, Duration::ZERO);
        for (mut job, outcome) in jobs.into_iter().zip(outcomes) {
            job.tries += 1;
            let mut asks_all = false;
            if let Ok(answer) = &outcome {
                self.pacer.heed(answer, job.request.cost(), sent);
                asks_all = answer.status() == 429;
                if answer.status() == 401 && renewed && job.renewals < MAX_RENEWALS {
                    job.renewals += 1;
                    job.tries -= 1;
                    job.tally.retries();
                    again.push(job);
                    continue;
                }
            }
            let next = next_try(method, &outcome, job.tries, job.patience);
            let Some(next) = next.filter(|_| !job.tally.is_stopped()) else {
                // Nobody waits any more if this fails.
                let _ = job.answer.send(outcome);
                continue;
            };
            went_well = false;
            job.tally.retries();
            if let Next::Asked(wait) = next {
                longest = longest.max(wait);
                if asks_all {
                    job.tally.waits(lane.pause(wait, now));
                }
            }
            job.not_before = now + next.wait();
            again.push(job);
        }
        for job in &mut again {
            if now < job.not_before {
                job.not_before = job.not_before.max(now + longest);
            }
        }
        lane.landed(again, went_well);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Quota;

    fn job(since: Instant) -> (Job, oneshot::Receiver<Result<Answer>>) {
        let (answer, receiver) = oneshot::channel();
        let job = Job {
            request: Request::get("/users/a"),
            tally: Arc::default(),
            patience: crate::graph::retry::ALONE,
            answer,
            tries: 0,
            renewals: 0,
            since,
            not_before: since,
            alone: false,
        };
        (job, receiver)
    }

    fn lane(jobs: usize, since: Instant) -> (Lane, Vec<oneshot::Receiver<Result<Answer>>>) {
        let lane = Lane::default();
        let (jobs, receivers): (VecDeque<_>, Vec<_>) = (0..jobs).map(|_| job(since)).unzip();
        lock(&lane.state).waiting = jobs;
        (lane, receivers)
    }

    #[test]
    fn twenty_go_at_once_and_few_wait_a_moment_for_more() {
        let (pacer, now) = (Pacer::new(Quota::default()), Instant::now());
        let (many, _receivers) = lane(25, now);
        assert!(matches!(many.step(&pacer, now), Step::Send(jobs) if jobs.len() == 20));
        assert!(matches!(many.step(&pacer, now), Step::Sleep(time) if time <= LINGER));
        assert!(matches!(many.step(&pacer, now + LINGER), Step::Send(jobs) if jobs.len() == 5));
        assert!(matches!(many.step(&pacer, now + LINGER), Step::Idle));
    }

    #[test]
    fn a_pause_holds_everything_back_and_grows_only() {
        let (pacer, now) = (Pacer::new(Quota::default()), Instant::now());
        let (lane, _receivers) = lane(20, now);
        let second = Duration::from_secs(1);
        assert_eq!(lane.pause(3 * second, now), 3 * second);
        assert_eq!(lane.pause(second, now), Duration::ZERO);
        assert_eq!(lane.pause_left(now), Some(3 * second));
        assert!(matches!(lane.step(&pacer, now), Step::Sleep(time) if time == 3 * second));
        assert!(matches!(lane.step(&pacer, now + 3 * second), Step::Send(_)));
    }

    #[test]
    fn what_nobody_waits_for_is_not_sent() {
        let (pacer, now) = (Pacer::new(Quota::default()), Instant::now());
        let (lane, mut receivers) = lane(30, now);
        receivers.truncate(10);
        let step = lane.step(&pacer, now + LINGER);
        assert!(matches!(step, Step::Send(jobs) if jobs.len() == 10));
    }

    #[test]
    fn no_more_are_on_their_way_than_go_well() {
        let (pacer, now) = (Pacer::new(Quota::default()), Instant::now());
        let (lane, _receivers) = lane(200, now);
        let sent = (0..).take_while(|_| matches!(lane.step(&pacer, now), Step::Send(_)));
        assert_eq!(sent.count(), FIRST_LIMIT as usize);
        lane.landed(Vec::new(), false);
        assert!(matches!(lane.step(&pacer, now), Step::Full));
    }
}
