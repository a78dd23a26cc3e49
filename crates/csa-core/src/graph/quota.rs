//! Pacing: never faster than the service's own quota, so that it has no reason to refuse.
//!
//! The service has a token bucket for writes and one for resource units, by application and tenant. Here are the same two, a
//! share of their size, with the same beginning: full. They learn: a refusal empties them and slows them down for a while.
//!
//! Source: <https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{lock, Answer};

/// What an application may use up in a tenant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Most writes at once.
    pub writes: f64,
    /// Seconds in which as many writes come back.
    pub write_seconds: f64,
    /// Most resource units at once; without it, what is published for the size of the tenant, as far as it shows.
    pub units: Option<f64>,
    /// Seconds in which as many units come back.
    pub unit_seconds: f64,
}

/// 3,000 writes in 150 s, and in 10 s 3,500 resource units, 5,000 from 50 users on, 8,000 beyond 500.
impl Default for Quota {
    fn default() -> Self {
        Self {
            writes: 3000.0,
            write_seconds: 150.0,
            units: None,
            unit_seconds: 10.0,
        }
    }
}

/// The part of the quota that is used unless told otherwise; the rest is for others who sign in as the same application.
pub const DEFAULT_SHARE: f64 = 0.9;

// Requests take different times to arrive: the service may count a few as earlier than they left. So much of a bucket stays.
const RESERVE: f64 = 0.01;
const SLOWER: f64 = 0.7;
const SLOWEST: f64 = 0.02;
// So long without a refusal, and it is tried a step faster again.
const CALM: Duration = Duration::from_secs(30);

/// What a request costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    pub(super) writes: f64,
    pub(super) units: f64,
}

/// The two buckets.
#[derive(Debug)]
pub(super) struct Pacer(Mutex<State>);

#[derive(Debug)]
struct State {
    quota: Quota,
    share: f64,
    // Below 1 after refusals.
    pace: f64,
    refused: Option<Instant>,
    writes: Bucket,
    units: Bucket,
    largest_tenant: u64,
}

#[derive(Debug)]
struct Bucket {
    capacity: f64,
    per_second: f64,
    level: f64,
    since: Instant,
}

impl Bucket {
    fn new(capacity: f64, seconds: f64, now: Instant) -> Self {
        Self {
            capacity,
            per_second: capacity / seconds,
            level: f64::INFINITY,
            since: now,
        }
    }

    // What part of the whole is to be used, at what pace.
    fn fill(&mut self, share: f64, pace: f64, now: Instant) {
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        self.since = now;
        let most = self.most(share);
        self.level = (self.level + passed * self.per_second * share * pace).min(most);
    }

    fn most(&self, share: f64) -> f64 {
        self.capacity * share * (1.0 - RESERVE)
    }

    fn resize(&mut self, capacity: f64, seconds: f64) {
        self.capacity = capacity;
        self.per_second = capacity / seconds;
    }
}

/// What the pacing allows, for those who estimate how long something takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Writes that may go at once.
    pub writes: f64,
    /// Writes a second after that.
    pub writes_per_second: f64,
}

impl Pacer {
    pub(super) fn new(quota: Quota) -> Self {
        let now = Instant::now();
        Self(Mutex::new(State {
            share: DEFAULT_SHARE,
            pace: 1.0,
            refused: None,
            writes: Bucket::new(quota.writes, quota.write_seconds, now),
            units: Bucket::new(quota.units.unwrap_or(3500.0), quota.unit_seconds, now),
            largest_tenant: 0,
            quota,
        }))
    }

    pub(super) fn set_share(&self, share: f64) {
        let mut state = lock(&self.0);
        let state = &mut *state;
        state.fill(Instant::now());
        let before = std::mem::replace(&mut state.share, share);
        // What becomes free at once is free now; what is taken away was perhaps used already.
        for bucket in [&mut state.writes, &mut state.units] {
            bucket.level += bucket.most(share) - bucket.most(before);
        }
    }

    /// How many of requests of `cost` there is room for at most, ever.
    pub(super) fn most(&self, cost: Cost) -> usize {
        let state = lock(&self.0);
        let of = |bucket: &Bucket, cost: f64| {
            if cost == 0.0 {
                f64::INFINITY
            } else {
                bucket.most(state.share) / cost
            }
        };
        // `as` saturates: infinity is as many as there can be.
        of(&state.writes, cost.writes)
            .min(of(&state.units, cost.units))
            .max(1.0) as usize
    }

    /// Takes `cost`, or tells how long it takes until there is enough.
    pub(super) fn take(&self, cost: Cost, now: Instant) -> Result<(), Duration> {
        let mut state = lock(&self.0);
        state.fill(now);
        let (share, pace) = (state.share, state.pace);
        let missing = |bucket: &Bucket, cost: f64| {
            // What is more than a full bucket has to go when the bucket is full.
            let missing = cost.min(bucket.most(share)) - bucket.level;
            (missing / (bucket.per_second * share * pace)).max(0.0)
        };
        let wait = missing(&state.writes, cost.writes).max(missing(&state.units, cost.units));
        if 0.0 < wait {
            return Err(Duration::from_secs_f64(wait.min(3600.0)) + Duration::from_millis(1));
        }
        state.writes.level -= cost.writes;
        state.units.level -= cost.units;
        Ok(())
    }

    /// Learns from the answer to a request that was `sent` then: how near the limit it says to be, and a refusal.
    pub(super) fn heed(&self, answer: &Answer, cost: Cost, sent: Instant) {
        let now = Instant::now().max(sent);
        let used = answer
            .header("x-ms-throttle-limit-percentage")
            .and_then(|text| text.parse::<f64>().ok());
        let refused = answer.status() == 429;
        let mut state = lock(&self.0);
        if !refused && used.is_none_or(|used| used <= state.share.max(0.8)) {
            return;
        }
        state.fill(now);
        if refused {
            let limit = answer.header("x-ms-throttle-information").unwrap_or("");
            if limit.starts_with("ResourceUnit") || cost.writes == 0.0 {
                state.units.level = state.units.level.min(0.0);
            } else {
                state.writes.level = state.writes.level.min(0.0);
            }
        }
        // What had left before the last step down says nothing about that step.
        if state.refused.is_none_or(|then| then < sent) {
            state.pace = (state.pace * SLOWER).max(SLOWEST);
            state.refused = Some(now);
        }
    }

    /// So many objects of the tenant were seen: larger tenants have a larger quota of resource units.
    pub(super) fn tenant_has(&self, objects: u64) {
        let mut state = lock(&self.0);
        if objects <= state.largest_tenant || state.quota.units.is_some() {
            return;
        }
        state.largest_tenant = objects;
        let units = match objects {
            0..50 => 3500.0,
            50..=500 => 5000.0,
            _ => 8000.0,
        };
        let seconds = state.quota.unit_seconds;
        state.fill(Instant::now());
        state.units.resize(units, seconds);
    }

    pub(super) fn pace(&self) -> Pace {
        let mut state = lock(&self.0);
        state.fill(Instant::now());
        Pace {
            writes: state.writes.level.max(0.0),
            writes_per_second: state.writes.per_second * state.share * state.pace,
        }
    }
}

impl State {
    fn fill(&mut self, now: Instant) {
        let calm = self
            .refused
            .is_some_and(|then| CALM < now.saturating_duration_since(then));
        if calm && self.pace < 1.0 {
            self.pace = (self.pace / SLOWER).min(1.0);
            self.refused = Some(now);
        }
        self.writes.fill(self.share, self.pace, now);
        self.units.fill(self.share, self.pace, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    const WRITE: Cost = Cost {
        writes: 1.0,
        units: 1.0,
    };

    fn burst(pacer: &Pacer, now: Instant) -> u32 {
        (0..).take_while(|_| pacer.take(WRITE, now).is_ok()).count() as u32
    }

    fn pacer(share: f64) -> Pacer {
        let pacer = Pacer::new(Quota::default());
        pacer.set_share(share);
        pacer
    }

    fn refusal() -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-ms-throttle-information",
            "WriteLimitExceeded".parse().unwrap(),
        );
        Answer::new(429, headers, Vec::new())
    }

    #[test]
    fn the_first_burst_uses_the_share_then_the_steady_rate() {
        let (pacer, start) = (pacer(0.9), Instant::now());
        assert_eq!(burst(&pacer, start), 2673);
        assert_eq!(burst(&pacer, start + Duration::from_secs(10)), 180);
        let wait = pacer.take(WRITE, start + Duration::from_secs(10));
        assert!(wait.is_err_and(|wait| wait <= Duration::from_millis(60)));
    }

    #[test]
    fn a_share_counts_at_once() {
        let (pacer, start) = (pacer(0.9), Instant::now());
        assert!(pacer.take(WRITE, start).is_ok());
        pacer.set_share(1.0);
        assert!((2969..=2970).contains(&burst(&pacer, start)));
        pacer.set_share(0.5);
        assert_eq!(burst(&pacer, start + Duration::from_secs(100)), 0);
    }

    #[test]
    fn a_refusal_empties_the_bucket_and_slows_it_down() {
        let (pacer, start) = (pacer(1.0), Instant::now());
        pacer.heed(&refusal(), WRITE, start);
        // Of the same moment: no second step down.
        pacer.heed(&refusal(), WRITE, start);
        let second = |n| start + Duration::from_secs(n);
        let begun = pacer.pace().writes;
        assert!(begun < 1.0, "{begun}");
        assert!((139..=140).contains(&burst(&pacer, second(10))));
        // After a calm time it is as fast as before.
        burst(&pacer, second(60));
        assert!((199..=200).contains(&burst(&pacer, second(70))));
    }

    #[test]
    fn nearness_to_the_limit_slows_down_only_beyond_the_share() {
        let near = |used: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-ms-throttle-limit-percentage", used.parse().unwrap());
            Answer::new(204, headers, Vec::new())
        };
        let pacer = pacer(0.9);
        pacer.heed(&near("0.9"), WRITE, Instant::now());
        assert!((pacer.pace().writes_per_second - 18.0).abs() < 1e-9);
        pacer.heed(&near("1.2"), WRITE, Instant::now());
        assert!((pacer.pace().writes_per_second - 12.6).abs() < 1e-9);
    }

    #[test]
    fn a_tenant_with_many_people_has_more_units() {
        let pacer = pacer(1.0);
        let read = Cost {
            writes: 0.0,
            units: 1.0,
        };
        let rate = || {
            let start = Instant::now() + Duration::from_secs(1000);
            while pacer.take(read, start).is_ok() {}
            (0..)
                .take_while(|_| pacer.take(read, start + Duration::from_secs(1)).is_ok())
                .count()
        };
        assert_eq!(rate(), 350);
        pacer.tenant_has(501);
        let pacer_of_many = pacer.0.lock().unwrap().units.per_second;
        assert_eq!(pacer_of_many, 800.0);
    }

    #[test]
    fn what_is_larger_than_the_bucket_goes_when_it_is_full() {
        let pacer = Pacer::new(Quota {
            writes: 5.0,
            ..Quota::default()
        });
        let now = Instant::now();
        let many = Cost {
            writes: 20.0,
            units: 20.0,
        };
        assert!(pacer.take(many, now).is_ok());
        assert!(pacer.take(WRITE, now).is_err());
    }
}
