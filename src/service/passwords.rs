//! People's passwords for pages: argon2id, so slow that guessing is dear and so bounded that it can't take the machine.

use super::ServiceError;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use tokio::sync::Semaphore;

/// Bytes that a password must have, and may have.
pub(super) const BYTES: std::ops::RangeInclusive<usize> = 10..=200;
/// How many may wait to be hashed; further ones are turned away.
const WAITING: usize = 32;
/// KiB, passes and lanes: about 50 ms.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// As many at a time as there are processors: each takes 19 MiB.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));
static QUEUE: AtomicUsize = AtomicUsize::new(0);

/// What comparing a password came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// It is the one; with a new hash where the stored one is of another cost than today's.
    Same(Option<String>),
    /// It is another, or there is none.
    Other,
    /// Too many are being compared already.
    Busy,
}

/// Refuses a password that is too short or too long.
pub(super) fn check(password: &str) -> Result<(), ServiceError> {
    if BYTES.contains(&password.len()) {
        return Ok(());
    }
    Err(ServiceError::invalid("password", "must have 10 to 200 characters"))
}

/// What is stored of a password.
pub(super) async fn hash(password: String) -> Result<String, ServiceError> {
    let hashed = queued(move || fresh(&password)).await;
    match hashed {
        None => Err(ServiceError::TooMany("too many passwords are being set at this moment; try again".to_owned())),
        Some(hash) => hash.ok_or_else(|| ServiceError::invalid("password", "can't be hashed")),
    }
}

/// Compares what somebody typed with what is stored. Where nothing is stored it takes as long.
pub(super) async fn compare(stored: Option<String>, typed: String) -> Compared {
    if typed.len() > *BYTES.end() {
        return Compared::Other;
    }
    let compared = queued(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| nobodys().to_owned());
        if argon2().verify_password(typed.as_bytes(), stored.as_str()).is_err() || !known {
            return Compared::Other;
        }
        let (memory, passes, lanes) = COST;
        let today = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$");
        Compared::Same(if stored.starts_with(&today) { None } else { fresh(&typed) })
    });
    compared.await.unwrap_or(Compared::Busy)
}

/// Runs slow work on a blocking thread when there is a place; nothing where too many wait for one.
async fn queued<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    struct Waiting;
    impl Drop for Waiting {
        fn drop(&mut self) {
            QUEUE.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let before = QUEUE.fetch_add(1, Ordering::Relaxed);
    let waiting = Waiting;
    if before >= WAITING {
        return None;
    }
    crate::store::let_go();
    let place = PLACES.acquire().await.ok()?;
    drop(waiting);
    let done = tokio::task::spawn_blocking(work).await.ok();
    drop(place);
    done
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn fresh(password: &str) -> Option<String> {
    argon2().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// The hash of a password that nobody has.
fn nobodys() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| fresh("nobody's, ever").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_compared_with_its_hash_and_an_old_hash_is_renewed() {
        let stored = hash("correct horse battery".to_owned()).await.unwrap();
        let compare = |stored: Option<&str>, typed: &str| compare(stored.map(str::to_owned), typed.to_owned());
        assert_eq!(compare(Some(&stored), "correct horse battery").await, Compared::Same(None));
        assert_eq!(compare(Some(&stored), "correct horse").await, Compared::Other);
        assert_eq!(compare(None, "nobody's, ever").await, Compared::Other);
        assert_eq!(compare(Some("no hash"), "x").await, Compared::Other);
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let cheap = cheap.hash_password(b"correct horse battery").unwrap().to_string();
        let renewed = compare(Some(&cheap), "correct horse battery").await;
        assert!(matches!(renewed, Compared::Same(Some(new)) if new.contains("m=19456,t=2,p=1")));
    }
}
