//! Dead properties: what clients set on resources and read back, and we don't interpret.

use super::{Connection, StoreError};

/// The properties of a path: name as `{namespace}local`, and the whole element as XML; by name.
pub fn of_path(tx: &mut dyn Connection, path: &str) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.query("SELECT name, xml FROM property WHERE path = $1 ORDER BY name", &[path.into()])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// The properties of all paths below one that ends with a slash: path, name and the whole element as XML; by path and
/// name.
pub fn below(tx: &mut dyn Connection, path: &str) -> Result<Vec<(String, String, String)>, StoreError> {
    // '0' is the character after the slash.
    let end = format!("{}0", path.trim_end_matches('/'));
    let sql = "SELECT path, name, xml FROM property WHERE path > $1 AND path < $2 ORDER BY path, name";
    let rows = tx.query(sql, &[path.into(), end.into()])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.text(2)?))).collect()
}

/// One property of a path.
pub fn find(tx: &mut dyn Connection, path: &str, name: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT xml FROM property WHERE path = $1 AND name = $2", &[path.into(), name.into()])?;
    row.map(|row| row.text(0)).transpose()
}

/// Sets a property.
pub fn set(tx: &mut dyn Connection, path: &str, name: &str, xml: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO property (path, name, xml) VALUES ($1, $2, $3)
         ON CONFLICT (path, name) DO UPDATE SET xml = excluded.xml",
        &[path.into(), name.into(), xml.into()],
    )?;
    Ok(())
}

/// Removes a property; removing what is not there is no error (RFC 4918 14.23).
pub fn remove(tx: &mut dyn Connection, path: &str, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM property WHERE path = $1 AND name = $2", &[path.into(), name.into()])?;
    Ok(())
}

/// Gives all properties of a path to another, which has none.
pub fn move_all(tx: &mut dyn Connection, from: &str, to: &str) -> Result<(), StoreError> {
    remove_all(tx, to)?;
    tx.execute("UPDATE property SET path = $1 WHERE path = $2", &[to.into(), from.into()])?;
    Ok(())
}

/// Removes all properties of every path that ends so: what people set of a calendar of somebody else.
pub fn remove_elsewhere(tx: &mut dyn Connection, end: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM property WHERE path LIKE $1", &[format!("%{end}").into()])?;
    Ok(())
}

/// Removes all properties of a path.
pub fn remove_all(tx: &mut dyn Connection, path: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM property WHERE path = $1", &[path.into()])?;
    Ok(())
}
