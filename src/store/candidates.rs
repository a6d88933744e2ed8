//! Calendar objects that may have something in a window: found by the index of times, told by what is stored of their
//! instances, and read only where that doesn't tell.

use super::objects::{COLUMNS, LASTING, Object, head};
use super::{Connection, StoreError};
use crate::ical::instances::Instances;
use crate::ids::CollectionId;
use crate::time::{Instant, Window};

/// An object that may touch a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Everything but the text.
    pub head: Object,
    /// Its instances, where they are known as far as was asked.
    pub instances: Option<Instances>,
    /// Its text, where the instances are not known or it was asked for.
    pub body: Option<Vec<u8>>,
}

impl Candidate {
    /// From where the next page goes on.
    pub fn reached(&self) -> Reached {
        let extent = self.head.extent;
        Reached { lasting: extent.millis() > LASTING, extent, name: self.head.name.clone() }
    }
}

/// How far a listing of candidates has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    lasting: bool,
    extent: Window,
    name: String,
}

/// At most `limit` objects that may touch a window, after another one; with `texts` all their texts, else only of those
/// whose instances are not known up to its end.
pub fn within(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    window: Window,
    after: Option<&Reached>,
    (limit, texts): (u32, bool),
) -> Result<Vec<Candidate>, StoreError> {
    let mut found = Vec::new();
    let read_below = if texts { Instant::from_millis(i64::MAX) } else { window.end };
    for lasting in [false, true] {
        let reached = after.filter(|reached| reached.lasting == lasting);
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
        if left == 0 || reached.is_none() && after.is_some_and(|reached| reached.lasting) {
            continue;
        }
        let from = reached.map_or((window.start, Instant::FAR_PAST, ""), |p| (p.extent.end, p.extent.start, &p.name));
        let ends = if lasting { Instant::from_millis(i64::MAX) } else { window.end.plus_millis(LASTING) };
        let sql = format!(
            "SELECT {COLUMNS}, known_ms, instances, CASE WHEN known_ms < $1 THEN body END FROM object
             WHERE collection = $2 AND lasting = $3 AND last_ms >= $4 AND last_ms < $5 AND first_ms < $6
               AND (last_ms, first_ms, name) > ($7, $8, $9)
             ORDER BY last_ms, first_ms, name LIMIT $10"
        );
        let args = [
            read_below.into(),
            collection.into(),
            lasting.into(),
            from.0.into(),
            ends.into(),
            window.end.into(),
            from.0.into(),
            from.1.into(),
            from.2.into(),
            left.into(),
        ];
        for mut row in tx.query(&sql, &args)? {
            let (until, bytes) = (row.instant(16)?, row.opt_bytes(17)?);
            let instances = bytes.filter(|_| until >= window.end).and_then(|b| Instances::from_bytes(&b, until));
            let body = if texts || until < window.end { Some(row.take_bytes(18)?) } else { None };
            found.push(Candidate { head: head(&row)?, instances, body });
        }
    }
    Ok(found)
}
