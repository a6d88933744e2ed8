//! Wanted events against stored ones: what differs is written, what is superfluous goes, the rest stays untouched.

use super::board::horizon;
use super::wanted::Placed;
use crate::ical::build::event;
use crate::ical::tree::Tree;
use crate::ids::CollectionId;
use crate::roster::reminder::is_reminder;
use crate::roster::shift_event::{Digest, Status};
use crate::schedule::{Personal, graft};
use crate::service::{Ctx, ServiceError};
use crate::store::objects::{self, NewObject, Object, StoredObject};
use crate::store::{Connection, StoreError};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What became of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is as it was.
    Untouched,
    /// It says something else about the same appointment.
    Retold,
    /// It is new, or time, role or status changed: an invitation of its own.
    Invited,
}

/// Brings a collection in line with what is wanted, and says what happened to each wanted object. Objects that ended
/// before the horizon are left alone.
pub(super) fn settle(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    collection: &CollectionId,
    wanted: &BTreeMap<String, Placed>,
    rewrite: &BTreeSet<String>,
) -> Result<Vec<(String, Outcome)>, ServiceError> {
    let mut stored = objects::heads_within(tx, collection, horizon(ctx.now))?;
    stored.retain(|old| !is_reminder(&old.name));
    bring(tx, ctx, collection, (&stored, wanted), rewrite)
}

/// The same of those among its objects that are given.
pub(super) fn bring(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    collection: &CollectionId,
    (stored, wanted): (&[Object], &BTreeMap<String, Placed>),
    rewrite: &BTreeSet<String>,
) -> Result<Vec<(String, Outcome)>, ServiceError> {
    for old in stored.iter().filter(|old| !wanted.contains_key(&old.name)) {
        objects::delete(tx, collection, &old.name, ctx.now)?;
    }
    let known = digests(stored);
    let mut outcomes = Vec::new();
    for (name, placed) in wanted {
        let outcome = if is_told(ctx, placed, known.get(name.as_str()).copied()) && !rewrite.contains(name) {
            Outcome::Untouched
        } else {
            write(tx, ctx, collection, name, placed)?
        };
        outcomes.push((name.clone(), outcome));
    }
    Ok(outcomes)
}

/// The digests under which objects were written, by name.
pub(super) fn digests(stored: &[Object]) -> BTreeMap<&str, &str> {
    stored.iter().filter_map(|old| Some((old.name.as_str(), old.digest.as_deref()?))).collect()
}

/// Whether what was written under this digest needs no writing anew.
pub(super) fn is_told(ctx: &Ctx, placed: &Placed, known: Option<&str>) -> bool {
    let digest = placed.wanted.digest();
    // What has ended is not told anew: that its link is gone would otherwise touch every calendar.
    let past = placed.wanted.window.end <= ctx.now;
    let known = known.and_then(Digest::parse);
    known.is_some_and(|known| known == digest || past && known.schedule == digest.schedule)
}

/// Whether a stored text is what would be written now, beside what its person added and answered.
pub(super) fn is_as_wanted(ctx: &Ctx, placed: &Placed, stored: &StoredObject) -> bool {
    let known = stored.head.digest.as_deref();
    if !is_told(ctx, placed, known) {
        return false;
    }
    let digest = placed.wanted.digest();
    if known.and_then(Digest::parse).is_some_and(|known| known != digest) {
        // It has ended, and says what it said then.
        return true;
    }
    let text = event(&placed.wanted.draft(stored.head.sequence, ctx.now)).into_bytes();
    let (Ok(wanted), Ok(found)) = (Tree::parse(&text), Tree::parse(&stored.body)) else { return false };
    let (Some(wanted), Some(found)) = (own_lines(&wanted), own_lines(&found)) else { return false };
    wanted.is_subset(&found)
}

/// What Dogwatch alone says in an event: not when it was written, and nothing that whoever answers it may change.
fn own_lines(tree: &Tree<'_>) -> Option<BTreeSet<(String, String)>> {
    let theirs = ["DTSTAMP", "TRANSP", "ATTENDEE", "CATEGORIES", "LAST-MODIFIED", "CREATED"];
    let mut events = tree.calendar().children_named("VEVENT");
    let lines = events.next()?.properties().map(|line| (line.name().to_ascii_uppercase(), line.value().to_owned()));
    Some(lines.filter(|(name, _)| !theirs.contains(&name.as_str())).collect())
}

fn write(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    collection: &CollectionId,
    name: &str,
    placed: &Placed,
) -> Result<Outcome, ServiceError> {
    let old = objects::by_name(tx, collection, name)?;
    let before = old.as_ref().and_then(|old| Digest::parse(old.head.digest.as_deref()?));
    let digest = placed.wanted.digest();
    let moved = before.as_ref().is_none_or(|before| before.schedule != digest.schedule);
    let sequence = match &old {
        Some(old) => placed.floor.max(old.head.sequence + i64::from(moved)),
        None => placed.floor,
    };
    let text = event(&placed.wanted.draft(sequence, ctx.now)).into_bytes();
    let body = match &old {
        // Alarms are Dogwatch's own where it writes any, and nobody adds to those events.
        Some(old) if placed.wanted.status != Status::Cancelled && placed.wanted.alarms.is_empty() => {
            keep_personal(text, old, before.as_ref())
        }
        _ => text,
    };
    let etag = tag(&body);
    // RFC 6638 3.2.10: the tag stays while only the attendee's own answer changes; what was written anew because an
    // answer came to nothing must reach the client, so it is a new one too.
    let answer_only = before.as_ref().is_some_and(|before| before.text == digest.text && before != &digest);
    let schedule_tag = match old.as_ref().and_then(|old| old.head.schedule_tag.clone()) {
        Some(tag) if answer_only => Some(tag),
        _ => placed.wanted.organizer.is_some().then(|| etag.clone()),
    };
    let new = NewObject {
        name: name.to_owned(),
        uid: placed.wanted.uid.clone(),
        component: "VEVENT".to_owned(),
        etag,
        schedule_tag,
        extent: placed.wanted.window,
        recurring: false,
        organizer: placed.wanted.organizer.as_ref().map(|organizer| organizer.email.to_lowercase()),
        sequence,
        digest: Some(digest.to_string()),
        instances: None,
        body,
    };
    let former = old.map(|old| old.head.etag);
    objects::put(tx, collection, new, ctx.now)?;
    match former.filter(|_| answer_only) {
        Some(former) => objects::add_former_etag(tx, collection, name, &former)?,
        None => objects::clear_former_etags(tx, collection, name)?,
    }
    Ok(if moved { Outcome::Invited } else { Outcome::Retold })
}

/// The new text with the person's alarms, categories and the like. A stored text that can't be read has none.
fn keep_personal(text: Vec<u8>, old: &StoredObject, before: Option<&Digest>) -> Vec<u8> {
    let personal = Personal { transp: chose_transp(old, before), stamp: false };
    graft(&text, &old.body, personal).unwrap_or(text)
}

/// Whether TRANSP in the stored copy is the person's own choice: it isn't what was written.
fn chose_transp(old: &StoredObject, before: Option<&Digest>) -> bool {
    let Ok(tree) = Tree::parse(&old.body) else { return false };
    let mut events = tree.calendar().children_named("VEVENT");
    let Some(transp) = events.next().and_then(|event| event.property("TRANSP")) else { return false };
    before.is_some_and(|before| before.transparent != transp.value().trim().eq_ignore_ascii_case("TRANSPARENT"))
}

/// A strong entity tag: 128 bits of the hash of the bytes.
pub(super) fn tag(body: &[u8]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in Sha256::digest(body).iter().take(16) {
        write!(tag, "{byte:02x}").expect("a String takes everything");
    }
    tag.push('"');
    tag
}

/// Puts a scheduling message into an inbox (RFC 6638 4.1), in place of an older one of the same UID.
pub(super) fn deliver(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    inbox: &CollectionId,
    name: &str,
    placed: &Placed,
) -> Result<(), StoreError> {
    let mut draft = placed.wanted.draft(placed.floor, ctx.now);
    draft.method = Some("REQUEST");
    let body = event(&draft).into_bytes();
    let new = NewObject {
        name: name.to_owned(),
        uid: placed.wanted.uid.clone(),
        component: "VEVENT".to_owned(),
        etag: tag(&body),
        schedule_tag: None,
        extent: placed.wanted.window,
        recurring: false,
        organizer: placed.wanted.organizer.as_ref().map(|organizer| organizer.email.to_lowercase()),
        sequence: placed.floor,
        digest: None,
        instances: None,
        body,
    };
    objects::put(tx, inbox, new, ctx.now)?;
    Ok(())
}
