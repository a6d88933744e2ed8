//! Which database is meant: a file in the data folder, or one of a PostgreSQL server by its URL.

use super::Secret;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A file name, or a URL that may hold a password and is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// A SQLite file, relative to the data folder.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(Secret<String>),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => Ok(Self::Postgres(Secret::new(text.to_owned()))),
            // The rest may hold a password.
            Some(scheme) => Err(format!(
                "{}:// is no database that Dogwatch knows: name a file, or postgres://user@host/database",
                scheme.escape_debug()
            )),
            None if text.is_empty() => Err("an empty name is no database".to_owned()),
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_postgresql_and_everything_else_a_file() {
        let parse = |text: &str| text.parse::<Database>();
        assert_eq!(parse("rota.db").unwrap(), Database::File("rota.db".into()));
        assert!(matches!(parse("postgres://ada@localhost/rota").unwrap(), Database::Postgres(_)));
        assert!(matches!(parse("postgresql:///rota?host=/run/postgresql").unwrap(), Database::Postgres(_)));
        assert!(parse("").is_err());
    }

    #[test]
    fn a_url_of_another_kind_is_refused_and_no_password_printed() {
        let refused = "mysql://ada:hunter2@localhost/rota".parse::<Database>().unwrap_err();
        assert!(refused.contains("mysql://") && !refused.contains("hunter2"), "{refused}");
        let url: Database = "postgres://ada:hunter2@localhost/rota".parse().unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
