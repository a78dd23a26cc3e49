//! When to try again, and after how long.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Answer, Method};
use crate::error::{ErrorCode, Result};

/// How often something is tried at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// When the service answers that it can't just now.
    answered: u32,
    /// When there is no answer: nobody is there who asked for patience.
    silent: u32,
}

/// For a request that somebody waits for.
pub(super) const ALONE: Patience = Patience {
    answered: 6,
    silent: 3,
};
/// For one of many, which would be hard to find again.
pub(super) const OF_MANY: Patience = Patience {
    answered: 12,
    silent: 8,
};

// The window of the service's quota of writes is 150 s.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// When the next try is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// After the time that the service asks for.
    Asked(Duration),
    /// After a time of our own choice.
    Backoff(Duration),
}

impl Next {
    pub(crate) fn wait(self) -> Duration {
        match self {
            Self::Asked(wait) | Self::Backoff(wait) => wait,
        }
    }
}

/// The next try after `tries` of them, or `None` if `outcome` is final. What must not happen twice is tried again only if the
/// service says that it did nothing (429).
///
/// Source: <https://learn.microsoft.com/graph/throttling>
pub(super) fn next_try(
    method: Method,
    outcome: &Result<Answer>,
    tries: u32,
    patience: Patience,
) -> Option<Next> {
    match outcome {
        Ok(answer) if answer.status() != 429 && !method.is_idempotent() => None,
        Err(_) if !method.is_idempotent() => None,
        Ok(answer) if matches!(answer.status(), 429 | 503 | 504) && tries < patience.answered => {
            after_busy(answer.header("retry-after"), tries)
        }
        Err(error) if error.code() == ErrorCode::Unreachable && tries < patience.silent => {
            Some(Next::Backoff(backoff(tries)))
        }
        _ => None,
    }
}

/// The next try after `tries` busy answers, the last of them with this `Retry-After`. `None`: it asks for too long a wait.
pub(crate) fn after_busy(retry_after: Option<&str>, tries: u32) -> Option<Next> {
    match retry_after.and_then(|text| parse_retry_after(text, Utc::now())) {
        Some(wait) if wait <= LONGEST_WAIT => Some(Next::Asked(wait)),
        Some(_) => None,
        None => Some(Next::Backoff(backoff(tries))),
    }
}

// Exponential with full jitter: clients that failed together do not come back together.
pub(crate) fn backoff(tries: u32) -> Duration {
    let ceiling = FIRST_BACKOFF
        .saturating_mul(1 << tries.min(10))
        .min(LONGEST_BACKOFF);
    ceiling.mul_f64(fastrand::f64())
}

/// `Retry-After`: seconds, whole or fractional as Graph sends them, or an HTTP date (RFC 9110, section 10.2.3).
fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(
        (date.with_timezone(&Utc) - now)
            .to_std()
            .unwrap_or(Duration::ZERO),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use reqwest::header::HeaderMap;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer> {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert("retry-after", text.parse().unwrap());
        }
        Ok(Answer::new(status, headers, Vec::new()))
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(parse_retry_after("10", now), Some(Duration::from_secs(10)));
        assert_eq!(
            parse_retry_after("2.128", now),
            Some(Duration::from_secs_f64(2.128))
        );
        assert_eq!(
            parse_retry_after("Thu, 01 Jan 2026 00:00:07 GMT", now),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            parse_retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        for text in ["-1", "NaN", "inf", "soon", "1e400"] {
            assert_eq!(parse_retry_after(text, now), None, "{text}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let next = |outcome: &Result<Answer>, tries| next_try(Method::Get, outcome, tries, ALONE);
        assert_eq!(
            next(&answer(429, Some("1.5")), 1),
            Some(Next::Asked(Duration::from_millis(1500)))
        );
        assert_eq!(next(&answer(429, Some("3600")), 1), None);
        assert_eq!(next(&answer(429, Some("1")), ALONE.answered), None);
        assert!(next(&answer(503, None), 1)
            .is_some_and(|next| next.wait() <= Duration::from_millis(500)));
        for status in [200, 204, 302, 400, 401, 403, 404, 500] {
            assert_eq!(next(&answer(status, Some("1")), 1), None, "{status}");
        }
        let cut = Err(Error::new(ErrorCode::Unreachable, "cut"));
        assert!(next(&cut, 1).is_some());
        assert_eq!(next(&cut, ALONE.silent), None);
        assert!(next_try(Method::Patch, &cut, ALONE.silent, OF_MANY).is_some());
    }

    #[test]
    fn what_must_not_happen_twice_is_tried_again_only_if_nothing_happened() {
        let next = |outcome: &Result<Answer>| next_try(Method::Post, outcome, 1, OF_MANY);
        assert!(next(&answer(429, None)).is_some());
        assert_eq!(next(&answer(503, Some("1"))), None);
        assert_eq!(next(&Err(Error::new(ErrorCode::Unreachable, "cut"))), None);
    }
}
