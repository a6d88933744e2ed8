//! Calendar objects that may have something in a window: found by the index of times, told by what is stored of their
//! instances, and read only where that doesn't tell.

use super::objects::{LARGE, LASTING, Listed, Part, listed, listed_columns, shown};
use super::{Connection, StoreError};
use crate::ical::instances::Instances;
use crate::ids::CollectionId;
use crate::time::{Instant, Window};

/// An object that may touch a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Everything but the text.
    pub head: Listed,
    /// From its first moment to its last.
    pub extent: Window,
    /// Its instances, where they are known as far as was asked.
    pub instances: Option<Instances>,
    /// Its text, where the instances are not known or it was asked for.
    pub body: Option<Vec<u8>>,
}

impl Candidate {
    /// From where the next page goes on.
    pub fn reached(&self) -> Reached {
        Reached { lasting: self.extent.millis() > LASTING, extent: self.extent, name: self.head.name.clone() }
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
/// whose instances are not known up to its end. Fewer where texts are large.
pub fn within(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    window: Window,
    after: Option<&Reached>,
    (limit, texts): (u32, bool),
) -> Result<Part<Candidate>, StoreError> {
    let mut part = Part { rows: Vec::new(), more: false };
    let read_below = if texts { Instant::from_millis(i64::MAX) } else { window.end };
    for lasting in [false, true] {
        let reached = after.filter(|reached| reached.lasting == lasting);
        let left = limit.saturating_sub(u32::try_from(part.rows.len()).unwrap_or(limit));
        if left == 0 || reached.is_none() && after.is_some_and(|reached| reached.lasting) {
            continue;
        }
        let from = reached.map_or((window.start, Instant::FAR_PAST, ""), |p| (p.extent.end, p.extent.start, &p.name));
        let ends = if lasting { Instant::from_millis(i64::MAX) } else { window.end.plus_millis(LASTING) };
        let sql = concat!(
            "SELECT ",
            listed_columns!(),
            ", first_ms, last_ms, known_ms, CASE WHEN known_ms >= $1 THEN instances END,
               CASE WHEN known_ms < $2 AND size <= $3 THEN body END FROM object
             WHERE collection = $4 AND lasting = $5 AND last_ms >= $6 AND last_ms < $7 AND first_ms < $8
               AND (last_ms, first_ms, name) > ($9, $10, $11)
             ORDER BY last_ms, first_ms, name LIMIT $12"
        );
        let args = [
            window.end.into(),
            read_below.into(),
            LARGE.into(),
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
        for mut row in tx.query(sql, &args)? {
            let head = listed(&mut row)?;
            let (extent, until) = (row.window(8)?, row.instant(10)?);
            let instances = row.opt_take_bytes(11)?.and_then(|bytes| Instances::from_bytes(&bytes, until));
            let mut body = row.opt_take_bytes(12)?;
            if body.is_none() && (texts || until < window.end) {
                part.more = true;
                if !part.rows.is_empty() {
                    return Ok(part);
                }
                body = shown(tx, collection, &head.name)?.map(|shown| shown.body);
            }
            part.rows.push(Candidate { head, extent, instances, body });
            if part.more {
                return Ok(part);
            }
        }
    }
    part.more = part.rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(part)
}
