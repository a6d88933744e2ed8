//! Rows that contradict each other, however that came about: what damage or a mistake would leave, told in sentences.
//! Nothing here should ever be found.

use super::{Connection, Row, StoreError};

/// Flaws of one kind that are told, at most.
const TOLD: usize = 20;

/// Pages and indexes of a file that aren't as SQLite writes them; reads all of it.
pub fn pages(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let rows = tx.query("PRAGMA integrity_check(20)", &[])?;
    let said: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(said.into_iter().filter(|said| said != "ok").collect())
}

/// Rows of a file that refer to a row that isn't there.
pub fn references(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let rows = tx.query("PRAGMA foreign_key_check", &[])?;
    let told = |row: &Row| Ok(format!("a row of {} refers to one of {} that isn't there", row.text(0)?, row.text(2)?));
    rows.iter().take(TOLD).map(told).collect()
}

/// Members of collections whose change numbers would mislead a client that synchronises.
pub fn change_numbers(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for table in ["object", "tombstone"] {
        let ahead = format!(
            "SELECT m.collection, m.name FROM {table} AS m JOIN collection AS c ON c.id = m.collection
               WHERE m.change > c.change OR m.change < 1 ORDER BY m.collection, m.name"
        );
        found.extend(told(tx, &ahead, |row| {
            Ok(format!("{}/{} ({table}) has a change number that its calendar never had", row.text(0)?, row.text(1)?))
        })?);
    }
    let shared = "SELECT collection, change FROM (SELECT collection, change FROM object
        UNION ALL SELECT collection, change FROM tombstone) AS member GROUP BY collection, change
        HAVING COUNT(*) > 1 ORDER BY collection, change";
    found.extend(told(tx, shared, |row| {
        Ok(format!("two members of {} share the change number {}", row.text(0)?, row.int(1)?))
    })?);
    let both = "SELECT o.collection, o.name FROM object AS o
        JOIN tombstone AS t ON t.collection = o.collection AND t.name = o.name ORDER BY o.collection, o.name";
    found.extend(told(tx, both, |row| Ok(format!("{}/{} is there and deleted", row.text(0)?, row.text(1)?)))?);
    Ok(found)
}

/// Published slots for whose time not exactly one person, or nobody and so a gap, is responsible.
pub fn responsibility(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let without = "SELECT p.slot, p.roster FROM roster_slot AS p JOIN roster AS r ON r.id = p.roster
        JOIN slot AS s ON s.id = p.slot WHERE r.state = 'published' AND s.gone_ms IS NULL AND s.optional = 0
          AND NOT EXISTS (SELECT 1 FROM shift WHERE shift.slot = p.slot) ORDER BY p.slot";
    let mut found = told(tx, without, |row| {
        Ok(format!("slot {} of the published roster {} has no shift, and is no gap either", row.text(0)?, row.text(1)?))
    })?;
    let split = "SELECT slot, segment, start_ms, end_ms FROM shift
        WHERE slot IN (SELECT slot FROM shift GROUP BY slot HAVING COUNT(*) > 1) ORDER BY slot, start_ms, segment";
    let mut before: Option<(String, i64)> = None;
    for row in tx.query(split, &[])? {
        let (slot, start, end) = (row.text(0)?, row.int(2)?, row.int(3)?);
        let seam = before.filter(|(same, _)| *same == slot).map(|(_, end)| end);
        if let Some(seam) = seam.filter(|seam| *seam != start && found.len() < TOLD) {
            let what = if seam < start { "nobody" } else { "more than one person" };
            found.push(format!("for a part of slot {slot} {what} is responsible"));
        }
        before = Some((slot, end));
    }
    let empty = "SELECT slot, segment FROM shift WHERE end_ms <= start_ms ORDER BY slot, segment";
    found.extend(told(tx, empty, |row| Ok(format!("shift {}/{} ends before it starts", row.text(0)?, row.int(1)?)))?);
    Ok(found)
}

/// Swaps that were taken by nobody or more than once, or that the trail tells otherwise.
pub fn swaps(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let nobody = "SELECT id FROM swap WHERE state = 'taken' AND taker IS NULL ORDER BY id";
    let mut found = told(tx, nobody, |row| Ok(format!("swap {} is taken, and by nobody", row.text(0)?)))?;
    let counted = "SELECT s.id, COUNT(a.seq) FROM swap AS s
        LEFT JOIN audit AS a ON a.object = 'swap:' || s.id AND a.action = 'swap.taken' WHERE s.state = 'taken'
        GROUP BY s.id HAVING COUNT(a.seq) <> 1 ORDER BY s.id";
    found.extend(told(tx, counted, |row| {
        Ok(format!("swap {} is taken, and the audit trail tells {} takings", row.text(0)?, row.int(1)?))
    })?);
    let otherwise = "SELECT s.id, s.state FROM audit AS a JOIN swap AS s ON a.object = 'swap:' || s.id
        WHERE a.action = 'swap.taken' AND s.state <> 'taken' ORDER BY s.id";
    found.extend(told(tx, otherwise, |row| {
        Ok(format!("the audit trail tells that swap {} was taken, and it is {}", row.text(0)?, row.text(1)?))
    })?);
    Ok(found)
}

/// Editions of rosters of which the trail tells nothing.
pub fn unrecorded(tx: &mut dyn Connection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id, state FROM roster AS r WHERE state <> 'draft'
        AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.object = 'roster:' || r.id) ORDER BY id";
    told(tx, sql, |row| {
        Ok(format!("roster {} is {}, and the audit trail knows nothing of it", row.text(0)?, row.text(1)?))
    })
}

/// Every text with its entity tag and the size that listings tell, lent one by one.
pub fn texts(
    tx: &mut dyn Connection,
    take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const PAGE: usize = 100;
    let sql = format!(
        "SELECT collection, name, etag, size, body FROM object WHERE (collection, name) > ($1, $2)
         ORDER BY collection, name LIMIT {PAGE}"
    );
    let mut after = (String::new(), String::new());
    loop {
        let mut rows = tx.query(&sql, &[(&after.0).into(), (&after.1).into()])?;
        if let Some(last) = rows.last() {
            after = (last.text(0)?, last.text(1)?);
        }
        rows.iter_mut().try_for_each(&mut *take)?;
        if rows.len() < PAGE {
            return Ok(());
        }
    }
}

fn told(
    tx: &mut dyn Connection,
    sql: &str,
    say: impl Fn(&Row) -> Result<String, StoreError>,
) -> Result<Vec<String>, StoreError> {
    tx.query(&format!("{sql} LIMIT {TOLD}"), &[])?.iter().map(say).collect()
}
