//! A service that misbehaves at random, the same way each time: quotas, throttling, outages, cut connections, tokens that end.
//!
//! Source: <https://learn.microsoft.com/graph/throttling-limits> (identity and access), <https://learn.microsoft.com/graph/throttling>

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{Call, Reply};

/// How a service misbehaves. The shares are of 1; what happens depends on `seed` and the order of the requests alone.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Hostility {
    /// Where chance begins.
    pub seed: u64,
    /// The share of requests, and of the items of a `$batch`, that are answered 429 without a reason.
    pub throttle: f64,
    /// The share of those 429 that say in `Retry-After` when to come back.
    pub retry_after: f64,
    /// The seconds they say, fractional as Graph's.
    pub retry_after_seconds: f64,
    /// The share of requests that are answered 503 or 504 with a page of HTML and not done.
    pub unavailable: f64,
    /// The share of connections that are cut before the request is done.
    pub cut_before: f64,
    /// The share of connections that are cut after the request took effect.
    pub cut_after: f64,
    /// The share of answers that break off in the middle, after the request took effect.
    pub half: f64,
    /// The milliseconds that every answer takes.
    pub latency_ms: u64,
    /// The share of answers that come later than that.
    pub slow: f64,
    /// How late, in milliseconds.
    pub slow_ms: u64,
    /// A token is refused (401) after so many requests; another one is taken.
    pub token_requests: Option<u32>,
    /// What an application may use up in a tenant; without it, no limit. All callers are one application in one tenant.
    pub quota: Option<Quota>,
}

/// Two buckets that fill steadily: 3,000 writes in 150 s and 3,500 to 8,000 resource units in 10 s are what is published.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quota {
    /// Most writes at once.
    pub writes: u32,
    /// Seconds in which as many writes come back.
    pub write_seconds: f64,
    /// Most resource units at once.
    pub units: u32,
    /// Seconds in which as many units come back.
    pub unit_seconds: f64,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            writes: 3000,
            write_seconds: 150.0,
            units: 3500,
            unit_seconds: 10.0,
        }
    }
}

/// What becomes of the connection of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Holds { delay: Duration, half: bool },
    CutBefore,
    CutAfter,
}

/// A hostility with its state.
#[derive(Debug)]
pub(crate) struct Hostile {
    rules: Hostility,
    chance: fastrand::Rng,
    writes: Bucket,
    units: Bucket,
    // Requests by token.
    uses: HashMap<String, u32>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    capacity: f64,
    per_second: f64,
    since: Instant,
}

impl Bucket {
    fn new(capacity: u32, seconds: f64) -> Self {
        let capacity = f64::from(capacity);
        Self {
            level: capacity,
            capacity,
            per_second: capacity / seconds,
            since: Instant::now(),
        }
    }

    // Takes `amount`, or tells after how many seconds there is enough.
    fn take(&mut self, amount: u32) -> Result<(), f64> {
        let filled = self.since.elapsed().as_secs_f64() * self.per_second;
        self.since = Instant::now();
        self.level = (self.level + filled).min(self.capacity);
        let missing = f64::from(amount) - self.level;
        if 0.0 < missing {
            return Err(missing / self.per_second);
        }
        self.level -= f64::from(amount);
        Ok(())
    }
}

impl Hostile {
    pub(crate) fn new(rules: Hostility) -> Self {
        let quota = rules.quota.clone().unwrap_or_default();
        Self {
            chance: fastrand::Rng::with_seed(rules.seed),
            writes: Bucket::new(quota.writes, quota.write_seconds),
            units: Bucket::new(quota.units, quota.unit_seconds),
            uses: HashMap::new(),
            rules,
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        self.chance.f64() < share
    }

    /// What becomes of the connection of a request.
    pub(crate) fn line(&mut self) -> Line {
        if self.happens(self.rules.cut_before) {
            return Line::CutBefore;
        }
        if self.happens(self.rules.cut_after) {
            return Line::CutAfter;
        }
        let slow = self.happens(self.rules.slow);
        let late = if slow { self.rules.slow_ms } else { 0 };
        Line::Holds {
            delay: Duration::from_millis(self.rules.latency_ms + late),
            half: self.happens(self.rules.half),
        }
    }

    /// The refusal of a request as a whole, before its items are looked at.
    pub(crate) fn refuse(&mut self, call: &Call) -> Option<Reply> {
        if let Some(most) = self.rules.token_requests {
            let token = call.header("authorization").unwrap_or_default().to_owned();
            let uses = self.uses.entry(token).or_default();
            *uses += 1;
            if most < *uses {
                return Some(Reply::error(
                    401,
                    "InvalidAuthenticationToken",
                    "Lifetime validation failed, the token is expired.",
                ));
            }
        }
        if self.happens(self.rules.unavailable) {
            let status = if self.chance.bool() { 503 } else { 504 };
            let mut reply = Reply::error(status, "", "");
            reply.raw = Some(format!(
                "<html><body><h1>{status}</h1>Try again later.</body></html>"
            ));
            return Some(reply);
        }
        None
    }

    /// The refusal of a single request or of one item of a batch, which costs `units` and, unless it reads, one write.
    pub(crate) fn throttle(&mut self, call: &Call, units: u32) -> Option<Reply> {
        if self.happens(self.rules.throttle) {
            let says = self.happens(self.rules.retry_after);
            let seconds = says.then_some(self.rules.retry_after_seconds);
            return Some(throttled(seconds, None));
        }
        self.rules.quota.as_ref()?;
        if call.method != "GET" {
            if let Err(seconds) = self.writes.take(1) {
                return Some(throttled(
                    Some(seconds),
                    Some(("Write", "WriteLimitExceeded")),
                ));
            }
        }
        let seconds = self.units.take(units).err()?;
        Some(throttled(
            Some(seconds),
            Some(("ReadWrite", "ResourceUnitLimitExceeded")),
        ))
    }
}

fn throttled(seconds: Option<f64>, limit: Option<(&str, &str)>) -> Reply {
    let mut reply = Reply::error(429, "TooManyRequests", "Please retry again later.");
    if let Some(seconds) = seconds {
        // Never too early: the service rounds up, here to a thousandth.
        let text = format!("{:.3}", (seconds * 1000.0).ceil() / 1000.0);
        reply.headers.push(("Retry-After".into(), text));
    }
    if let Some((scope, information)) = limit {
        let scope = format!("Tenant_Application/{scope}/emulator/emulator");
        reply.headers.push(("x-ms-throttle-scope".into(), scope));
        reply
            .headers
            .push(("x-ms-throttle-information".into(), information.into()));
        reply.headers.push((
            "x-ms-throttle-limit-percentage".into(),
            json!(1.0).to_string(),
        ));
    }
    reply
}
