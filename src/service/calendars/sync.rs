//! What happened in a calendar since a token (RFC 6578): one scan by change number over objects and tombstones.

use super::authorize::Access;
use super::reading::listed;
use super::targets::CollectionPath;
use super::views::{Changes, ObjectHead, sync_token};
use crate::service::{Actor, Service, ServiceError};
use crate::store::{Connection, collections, objects};

/// One entry of a delta: an object, or the name of one that is gone.
enum Entry {
    Changed(ObjectHead),
    Removed(String),
}

impl Service {
    /// What happened since `token` (RFC 6578); without a token everything that is there, which without a limit is left
    /// to [`Service::heads_page`]. `limit` is the client's: only
    /// where it is given the answer may be cut, and then its token goes on from the cut.
    pub async fn changes(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        token: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Changes, ServiceError> {
        let token = token.map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned);
        let epoch = self.host.epoch.clone();
        self.reading(actor, path, move |tx, access| {
            let since = token.as_deref().map(|token| since(tx, token, &epoch, access)).transpose()?;
            delta(tx, access, &epoch, since, limit)
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
    if since.is_none() && limit.is_none() {
        // However much it is, it is read page by page. What changes meanwhile comes again after this token.
        let token = sync_token(epoch, &access.row.id, access.row.change);
        return Ok(Changes { changed: Vec::new(), removed: Vec::new(), token, truncated: false, everything: true });
    }
    let wanted = limit.unwrap_or(u32::MAX).max(1);
    let mut entries = entries_since(tx, access, since, wanted.saturating_add(1))?;
    let cut = usize::try_from(wanted).unwrap_or(usize::MAX);
    let truncated = entries.len() > cut;
    entries.truncate(cut);
    let reached = entries.last().filter(|_| truncated).map_or(access.row.change, |(change, _)| *change);
    let token = sync_token(epoch, &access.row.id, reached);
    let mut changes = Changes { changed: Vec::new(), removed: Vec::new(), token, truncated, everything: false };
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
fn entries_since(
    tx: &mut dyn Connection,
    access: &Access,
    since: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Entry)>, ServiceError> {
    let mut entries = Vec::new();
    let collection = &access.row.id;
    for row in objects::changed_since(tx, collection, since.unwrap_or(-1), limit)? {
        entries.push((row.change, Entry::Changed(listed(tx, access, row)?)));
    }
    if let Some(since) = since {
        for row in objects::tombstones_since(tx, collection, since, limit)? {
            entries.push((row.change, Entry::Removed(row.name)));
        }
    }
    entries.sort_by_key(|(change, _)| *change);
    Ok(entries)
}
