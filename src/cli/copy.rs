//! `dogwatch copy`: carries everything from one database to another, between SQLite and PostgreSQL too.

use super::location::{location, named, open};
use super::{CommandError, Globals};
use crate::service::Service;
use crate::store::copy::{copy, refuse_backup};
use crate::store::{Location, Store};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;

/// Copy everything into an empty database, and prove it.
#[derive(Debug, Args)]
pub struct Copy {
    /// File or postgres:// URL to copy from; the configured database where absent
    #[arg(long, value_name = "DATABASE", required_unless_present = "to")]
    from: Option<String>,
    /// File or postgres:// URL to copy to, which holds nothing yet; the configured database where absent
    #[arg(long, value_name = "DATABASE")]
    to: Option<String>,
}

impl Copy {
    /// Copies, compares row counts and checksums of each table, and says them.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let config = globals.load()?;
        let place = |name: Option<String>| match name {
            Some(name) => named(&config, &name),
            None => location(&config),
        };
        let (source, target) = (place(self.from)?, place(self.to)?);
        let have = source.schema()?;
        if have == 0 {
            return Err(CommandError::Refused(format!("there is no database of Dogwatch's at {source}")));
        }
        if usize::try_from(have).is_ok_and(|have| have < Store::newest_schema()) {
            return Err(CommandError::Refused(format!(
                "{source} has schema {have}, and this version of Dogwatch copies schema {}; run dogwatch migrate on it",
                Store::newest_schema()
            )));
        }
        let from = open(&source)?;
        refuse_backup(&from).await?;
        refuse_served(&source, &from).await?;
        let to = open(&target)?;
        refuse_served(&target, &to).await?;
        let sums = copy(&from, &to).await?;
        to.settle().await?;

        let rows: u64 = sums.iter().map(|sum| sum.rows).sum();
        let mut text = format!("{target} holds what {source} holds: {rows} rows, table by table the same.\n");
        for sum in &sums {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{:>9} {:<20} {}", sum.rows, sum.table, sum.checksum);
        }
        let tables: Vec<_> =
            sums.iter().map(|sum| json!({ "table": sum.table, "rows": sum.rows, "checksum": sum.checksum })).collect();
        let document = json!({ "from": source.to_string(), "to": target.to_string(), "rows": rows, "tables": tables });
        globals.say(text.trim_end(), &document);
        Ok(())
    }
}

/// What a server writes while it is copied from would be missing.
async fn refuse_served(location: &Location, store: &Store) -> Result<(), CommandError> {
    if Service::is_served(store).await? {
        return Err(CommandError::Refused(format!(
            "a server works on {location}; stop it first (after a crash its claim ends within a minute)"
        )));
    }
    Ok(())
}
