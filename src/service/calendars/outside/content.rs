//! The text of an outside calendar into what is kept of it, within bounds; and what has to happen to what is kept
//! already, so that only what changed is touched.

use super::super::draft::{etag, short_hash};
use super::super::{COMPONENTS, MAX_OBJECT_BYTES};
use crate::ical::attendee::User;
use crate::ical::check::{Rules, check};
use crate::ical::stream::{Skeleton, read};
use crate::store::objects::NewObject;
use crate::store::outside::Problem;
use crate::time::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// Events of one outside calendar, beside those that are over.
const MAX_OBJECTS: usize = 5_000;
/// Bytes that they may come to: a zone that is described with each event multiplies.
const MAX_BYTES: usize = 10 << 20;
/// What reading may take, on a busy machine too; rules that are dear to expand are each within their budget, and many.
const MAX_TIME: Duration = Duration::from_secs(20);
/// Days after which what is over is left out: no plan and no free/busy looks so far back.
const PAST_DAYS: i64 = 62;

/// What is kept of a text.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The objects, in the order of their names.
    pub(super) objects: Vec<NewObject>,
    /// Events that can't be read.
    pub(super) skipped: u32,
}

impl Content {
    /// Reads a text that makes `owner` busy; UIDs are this instance's own.
    pub(super) fn read(text: &[u8], owner: &User, (host, now): (&str, Instant)) -> Result<Self, Problem> {
        let end = std::time::Instant::now() + MAX_TIME;
        // A title in another encoding is no reason to know less: titles are not kept.
        let stream = read(&String::from_utf8_lossy(text), owner).map_err(|_| Problem::NoCalendar)?;
        let over = now.plus_days(-PAST_DAYS);
        let (mut content, mut bytes) = (Self::default(), 0);
        content.skipped = u32::try_from(stream.skipped).unwrap_or(u32::MAX);
        for skeleton in &stream.objects {
            match object(skeleton, host) {
                Some(object) if object.extent.end < over => {}
                Some(object) => {
                    bytes += object.body.len();
                    content.objects.push(object);
                }
                None => content.skipped = content.skipped.saturating_add(1),
            }
            if content.objects.len() > MAX_OBJECTS || bytes > MAX_BYTES || std::time::Instant::now() > end {
                return Err(Problem::TooMuch);
            }
        }
        content.objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(content)
    }
}

fn object(skeleton: &Skeleton, host: &str) -> Option<NewObject> {
    let hash = short_hash(&[skeleton.identity.as_bytes()]);
    let uid = format!("outside-{hash}@{host}");
    let body = skeleton.text(&uid).into_bytes();
    let index = check(&body, &Rules { components: &COMPONENTS, max_size: MAX_OBJECT_BYTES }).ok()?.index;
    Some(NewObject {
        name: format!("{hash}.ics"),
        uid,
        component: index.component,
        etag: etag(&body),
        schedule_tag: None,
        extent: index.extent,
        recurring: index.recurring,
        organizer: None,
        sequence: 0,
        digest: None,
        instances: index.instances,
        body,
    })
}

/// What makes what is kept into what is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// New ones.
    pub added: Vec<NewObject>,
    /// Ones that are another text now.
    pub changed: Vec<NewObject>,
    /// Names of those that are gone.
    pub removed: Vec<String>,
}

impl Difference {
    /// From what is kept (names with their entity tags) to what is wanted.
    pub(super) fn between(mut known: BTreeMap<String, String>, wanted: Vec<NewObject>) -> Self {
        let mut difference = Self::default();
        for object in wanted {
            match known.remove(&object.name) {
                Some(etag) if etag == object.etag => {}
                Some(_) => difference.changed.push(object),
                None => difference.added.push(object),
            }
        }
        difference.removed = known.into_keys().collect();
        difference
    }
}
