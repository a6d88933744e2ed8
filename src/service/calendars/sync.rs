//! What happened in a calendar since a token (RFC 6578): one scan by change number over objects and tombstones.

use super::authorize::Access;
use super::reading::{Span, is_full, listed};
use super::targets::CollectionPath;
use super::views::{Changes, ObjectHead, Page, sync_token};
use crate::service::{Actor, Service, ServiceError};
use crate::store::{Connection, collections, objects};

/// Entries that a delta without a limit has at once; more are read page by page.
const AT_ONCE: u32 = 500;
/// Entries of one answer, however many a client wants.
const MOST: u32 = 5_000;

/// One entry of a delta: an object, or the name of one that is gone.
enum Entry {
    Changed(ObjectHead),
    Removed(String),
}

impl Service {
    /// What happened since `token` (RFC 6578); without a token everything that is there. `limit` is the client's: only
    /// where it is given the answer is cut, and then its token goes on from the cut. Without one, what is much is left to
    /// [`Service::heads_page`] and [`Service::removed_page`], up to the change number of the token: what changes while
    /// pages are read is left out of them and told from that token on, so that everything is told once.
    pub async fn changes(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        token: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Changes, ServiceError> {
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned);
        let epoch = self.host.epoch.clone();
        self.reading_few(actor, path, move |tx, access| {
            let since = token.as_deref().map(|token| since(tx, token, &epoch, access)).transpose()?;
            delta(tx, access, &epoch, since, limit)
        })
        .await
    }

    /// Names that went in a span of changes, in the order in which they did.
    pub async fn removed_page(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        span: Span,
        limit: u32,
    ) -> Result<Page<String, i64>, ServiceError> {
        self.reading(actor, path, move |tx, access| {
            let rows = objects::tombstones_since(tx, &access.row.id, span, limit)?;
            let next = rows.last().filter(|_| is_full(&rows, limit)).map(|row| row.change);
            Ok(Page { rows: rows.into_iter().map(|row| row.name).collect(), next })
        })
        .await
    }
}

/// The change number a token speaks of. A token of another calendar or epoch, from the future, or from before
/// tombstones that have been swept can't be answered truthfully.
fn since(tx: &mut dyn Connection, token: &str, epoch: &str, access: &Access) -> Result<i64, ServiceError> {
    let change = token.rsplit(':').next().and_then(|change| change.parse::<i64>().ok());
    let change = change.ok_or(ServiceError::InvalidSyncToken)?;
    let ours = sync_token(epoch, &access.row.id, change) == token;
    let known = collections::swept(tx, &access.row.id)?..=access.row.change;
    if ours && known.contains(&change) { Ok(change) } else { Err(ServiceError::InvalidSyncToken) }
}

fn delta(
    tx: &mut dyn Connection,
    access: &Access,
    epoch: &str,
    since: Option<i64>,
    limit: Option<u32>,
) -> Result<Changes, ServiceError> {
    let now = access.row.change;
    let span = Span { after: since.unwrap_or(-1), until: now };
    let token = |change| sync_token(epoch, &access.row.id, change);
    let pages = Changes { changed: vec![], removed: vec![], token: token(now), truncated: false, pages: Some(span) };
    if since.is_none() && limit.is_none() {
        return Ok(pages);
    }
    let wanted = limit.unwrap_or(AT_ONCE).clamp(1, MOST);
    let mut entries = entries(tx, access, span, wanted + 1)?;
    let cut = usize::try_from(wanted).unwrap_or(usize::MAX);
    let truncated = entries.len() > cut;
    if truncated && limit.is_none() {
        return Ok(pages);
    }
    entries.truncate(cut);
    let reached = entries.last().filter(|_| truncated).map_or(now, |(change, _)| *change);
    let mut changes = Changes { token: token(reached), truncated, pages: None, ..pages };
    for (_, entry) in entries {
        match entry {
            Entry::Changed(head) => changes.changed.push(head),
            Entry::Removed(name) => changes.removed.push(name),
        }
    }
    Ok(changes)
}

/// Objects and tombstones by change number, of which each has its own; whoever has no token has nothing that could be
/// gone.
fn entries(
    tx: &mut dyn Connection,
    access: &Access,
    span: Span,
    limit: u32,
) -> Result<Vec<(i64, Entry)>, ServiceError> {
    let mut entries = Vec::new();
    let collection = &access.row.id;
    for row in objects::changed_since(tx, collection, span, limit)? {
        entries.push((row.change, Entry::Changed(listed(tx, access, row)?)));
    }
    if span.after >= 0 {
        for row in objects::tombstones_since(tx, collection, span, limit)? {
            entries.push((row.change, Entry::Removed(row.name)));
        }
    }
    entries.sort_by_key(|(change, _)| *change);
    Ok(entries)
}
