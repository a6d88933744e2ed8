//! How often: wrong passwords and unknown links from one address, and requests of one token. Nothing here locks an
//! account; what counts is forgotten when its window ends or the process does. Of several processes on one database each
//! counts for itself.

use crate::config::Limits;
use crate::measure::Counter;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// More entries than this are swept; memory stays bounded however many addresses there are.
const MOST_ENTRIES: usize = 50_000;
/// Failed sign-ins are counted over this span.
const LOGIN_SPAN: Duration = Duration::from_secs(300);
/// Unknown links are counted over this span.
const LINK_SPAN: Duration = Duration::from_secs(60);

/// Counts what may be refused.
pub struct Gate {
    logins: Tally,
    login_addresses: Tally,
    links: Tally,
    reports: Tally,
    tokens: Mutex<HashMap<String, Flow>>,
    at_once: usize,
    burst: f64,
    per_second: f64,
    failed_sign_ins: Counter,
    refused: Refused,
}

/// What was refused for coming too often.
#[derive(Default)]
struct Refused {
    requests: Counter,
    sign_ins: Counter,
    links: Counter,
    reports: Counter,
}

/// What one token has under way and has left.
struct Flow {
    places: Arc<Semaphore>,
    left: f64,
    counted: Instant,
}

impl Gate {
    /// With the limits of the configuration.
    pub fn new(limits: &Limits) -> Self {
        Self {
            logins: Tally::new(limits.login_failures, LOGIN_SPAN),
            login_addresses: Tally::new(limits.login_failures_per_address, LOGIN_SPAN),
            links: Tally::new(limits.link_misses_per_minute, LINK_SPAN),
            reports: Tally::new(limits.link_misses_per_minute, LINK_SPAN),
            tokens: Mutex::default(),
            at_once: limits.requests_at_once_per_token,
            burst: f64::from(limits.request_burst.max(1)),
            per_second: f64::from(limits.requests_per_minute) / 60.0,
            failed_sign_ins: Counter::default(),
            refused: Refused::default(),
        }
    }

    /// Counts a wrong password; the seconds to wait where there were too many.
    pub fn login_failed(&self, address: IpAddr, login: &str) -> Option<u64> {
        self.failed_sign_ins.add();
        let one = self.logins.count((address, login.trim().to_ascii_lowercase()));
        let all = self.login_addresses.count(address);
        counted(one.max(all), &self.refused.sign_ins)
    }

    /// Whether there were too many wrong passwords for this user name from this address, or from this address at all: the
    /// seconds to wait. People's own passwords are short enough to be guessed at, so that none is compared then.
    pub fn login_closed(&self, address: IpAddr, login: &str) -> Option<u64> {
        let one = self.logins.over((address, login.trim().to_ascii_lowercase()));
        counted(one.max(self.login_addresses.over(address)), &self.refused.sign_ins)
    }

    /// How often something was refused for coming too often, by what was counted.
    pub fn refused(&self) -> [(&'static str, u64); 4] {
        let Refused { requests, sign_ins, links, reports } = &self.refused;
        [("requests", requests.get()), ("sign-in", sign_ins.get()), ("links", links.get()), ("reports", reports.get())]
    }

    /// How often a password, a token or a code was wrong.
    pub fn failed_sign_ins(&self) -> u64 {
        self.failed_sign_ins.get()
    }

    /// Counts a browser's report about a page; the seconds to wait where there were too many.
    pub fn reported(&self, address: IpAddr) -> Option<u64> {
        counted(self.reports.count(address), &self.refused.reports)
    }

    /// Counts an unknown link or feed.
    pub fn link_missed(&self, address: IpAddr) {
        self.links.count(address);
    }

    /// Whether this address has asked for too many unknown links: the seconds to wait.
    pub fn links_closed(&self, address: IpAddr) -> Option<u64> {
        counted(self.links.over(address), &self.refused.links)
    }

    /// Takes a place among the token's requests, waiting for one if need be. Where the token is over its rate: the
    /// seconds to wait.
    pub async fn enter(&self, token: &str) -> Result<Option<OwnedSemaphorePermit>, u64> {
        let places = {
            let mut tokens = lock(&self.tokens);
            if tokens.len() > MOST_ENTRIES {
                tokens.retain(|_, flow| flow.places.available_permits() < self.at_once);
            }
            let now = Instant::now();
            let fresh = || Flow { places: Arc::new(Semaphore::new(self.at_once)), left: self.burst, counted: now };
            let flow = tokens.entry(token.to_owned()).or_insert_with(fresh);
            if self.per_second > 0.0 {
                let refilled = flow.left + now.duration_since(flow.counted).as_secs_f64() * self.per_second;
                (flow.left, flow.counted) = (refilled.min(self.burst), now);
                if flow.left < 1.0 {
                    self.refused.requests.add();
                    return Err(1);
                }
                flow.left -= 1.0;
            }
            Arc::clone(&flow.places)
        };
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Ok(Some(place));
        }
        crate::store::let_go();
        // Never closed, so this fails never; no place is no reason to refuse.
        Ok(places.acquire_owned().await.ok())
    }
}

/// The seconds to wait, and one refusal more where there are any.
fn counted(wait: Option<u64>, refusals: &Counter) -> Option<u64> {
    if wait.is_some() {
        refusals.add();
    }
    wait
}

/// Counts events by key in windows of fixed length. Keys are kept as hashes: nothing of a user name stays in memory.
struct Tally {
    most: u32,
    span: Duration,
    hasher: RandomState,
    counts: Mutex<HashMap<u64, (Instant, u32)>>,
}

impl Tally {
    fn new(most: u32, span: Duration) -> Self {
        Self { most, span, hasher: RandomState::new(), counts: Mutex::default() }
    }

    fn count(&self, key: impl Hash) -> Option<u64> {
        let now = Instant::now();
        let mut counts = lock(&self.counts);
        if counts.len() > MOST_ENTRIES {
            counts.retain(|_, (since, _)| now.duration_since(*since) < self.span);
        }
        if counts.len() > MOST_ENTRIES {
            counts.clear();
        }
        let (since, count) = counts.entry(self.hasher.hash_one(key)).or_insert((now, 0));
        if now.duration_since(*since) >= self.span {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        (*count > self.most).then(|| left(*since, self.span, now))
    }

    fn over(&self, key: impl Hash) -> Option<u64> {
        let now = Instant::now();
        let counts = lock(&self.counts);
        let (since, count) = counts.get(&self.hasher.hash_one(key))?;
        let over = *count > self.most && now.duration_since(*since) < self.span;
        over.then(|| left(*since, self.span, now))
    }
}

/// Whole seconds until the window ends, at least one.
fn left(since: Instant, span: Duration, now: Instant) -> u64 {
    span.saturating_sub(now.duration_since(since)).as_secs() + 1
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn the_eleventh_wrong_password_is_told_to_wait() {
        let gate = Gate::new(&Limits::default());
        let answers: Vec<_> = (0..11).map(|_| gate.login_failed(HERE, "ada")).collect();
        assert!(answers[..10].iter().all(Option::is_none));
        assert!(answers[10].is_some_and(|seconds| (1..=301).contains(&seconds)));
        assert!(gate.login_failed(HERE, "bob").is_none());
        assert!(gate.login_failed(THERE, "ada").is_none());
    }

    #[test]
    fn after_too_many_wrong_passwords_none_is_compared_for_that_name_from_there() {
        let gate = Gate::new(&Limits::default());
        for _ in 0..10 {
            assert!(gate.login_closed(HERE, "ada").is_none());
            gate.login_failed(HERE, "Ada ");
        }
        assert!(gate.login_failed(HERE, "ada").is_some());
        assert!(gate.login_closed(HERE, " ADA").is_some());
        assert!(gate.login_closed(HERE, "ben").is_none() && gate.login_closed(THERE, "ada").is_none());
    }

    #[test]
    fn many_names_from_one_address_count_together() {
        let gate = Gate::new(&Limits::default());
        let refused = (0..40).filter(|n| gate.login_failed(HERE, &format!("person-{n}")).is_some()).count();
        assert_eq!(refused, 10);
    }

    #[test]
    fn unknown_links_close_for_the_address_that_tries_them() {
        let gate = Gate::new(&Limits::default());
        assert!(gate.links_closed(HERE).is_none());
        (0..31).for_each(|_| gate.link_missed(HERE));
        assert!(gate.links_closed(HERE).is_some());
        assert!(gate.links_closed(THERE).is_none());
    }

    #[tokio::test]
    async fn a_token_over_its_rate_is_told_to_wait_and_others_are_not() {
        let limits = Limits { requests_per_minute: 1, request_burst: 3, ..Limits::default() };
        let gate = Gate::new(&limits);
        for _ in 0..3 {
            assert!(gate.enter("one").await.is_ok());
        }
        assert!(gate.enter("one").await.is_err());
        assert!(gate.enter("two").await.is_ok());
    }

    #[tokio::test]
    async fn what_is_refused_is_counted_by_what_it_was() {
        let limits = Limits { requests_per_minute: 1, request_burst: 1, ..Limits::default() };
        let gate = Gate::new(&limits);
        (0..12).for_each(|_| _ = gate.login_failed(HERE, "ada"));
        assert!(gate.enter("one").await.is_ok() && gate.enter("one").await.is_err());
        (0..31).for_each(|_| gate.link_missed(HERE));
        gate.links_closed(HERE);
        assert_eq!(gate.failed_sign_ins(), 12);
        assert_eq!(gate.refused(), [("requests", 1), ("sign-in", 2), ("links", 1), ("reports", 0)]);
    }

    #[tokio::test]
    async fn a_request_beyond_the_limit_waits_for_its_place() {
        let limits = Limits { requests_at_once_per_token: 1, ..Limits::default() };
        let gate = Gate::new(&limits);
        let held = gate.enter("one").await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(20), gate.enter("one")).await;
        assert!(second.is_err());
        drop(held);
        assert!(gate.enter("one").await.is_ok());
    }
}
