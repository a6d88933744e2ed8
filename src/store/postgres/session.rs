//! One connection: its settings, its prepared statements, and its transaction as row functions see it.

use super::failure::{self, Failure};
use super::server::Server;
use super::values;
use crate::store::{Connection, Row, StoreError, Value};
use postgres::types::{ToSql, Type};
use postgres::{Client, SimpleQueryMessage, Statement};
use std::collections::HashMap;

/// Statements that a connection keeps prepared.
const PREPARED: usize = 512;

/// Limits of every transaction, and index scans where there is an index: a scan of a whole small table would count as
/// having read all of it, and conflict with every writer.
const SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s'; SET enable_seqscan = off";

/// A connection.
pub(in crate::store) struct Session {
    client: Client,
    statements: HashMap<String, Vec<Statement>>,
    failure: Option<Failure>,
    spoilt: bool,
}

impl Session {
    /// Connects, and makes sure that a commit is on disk before it is told.
    pub(super) fn open(server: &Server) -> Result<Self, StoreError> {
        let mut session = Self { client: server.connect()?, statements: HashMap::new(), failure: None, spoilt: false };
        session.run(SETTINGS).map_err(Failure::into_error)?;
        if session.setting("synchronous_commit")?.as_deref() == Some("off") {
            return Err(StoreError::Refused(
                "synchronous_commit is off for this database or user, so that a crash would lose acknowledged changes; \
                 set it to on"
                    .to_owned(),
            ));
        }
        Ok(session)
    }

    /// Refuses a server that may lose data, or that is no PostgreSQL of our age.
    pub(super) fn refuse_unsafe(&mut self) -> Result<(), StoreError> {
        for setting in ["fsync", "full_page_writes"] {
            if self.setting(setting)?.as_deref() == Some("off") {
                return Err(StoreError::Refused(format!(
                    "PostgreSQL runs with {setting} = off, and would lose acknowledged changes in a crash; set it to on"
                )));
            }
        }
        match self.setting("server_encoding")?.as_deref() {
            None | Some("UTF8") => Ok(()),
            Some(other) => {
                Err(StoreError::Refused(format!("the database is encoded in {other}; make one with ENCODING 'UTF8'")))
            }
        }
    }

    /// The value of a setting; nothing where the server knows none of that name.
    fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let found = self.client.simple_query(&format!("SHOW {name}"));
        match found {
            Ok(messages) => Ok(messages.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })),
            // Undefined object: a setting of PostgreSQL's own that a relative lacks.
            Err(problem) if problem.code().is_some_and(|code| code.code() == "42704") => Ok(None),
            Err(problem) => Err(self.failed(&problem).into_error()),
        }
    }

    /// Whether nothing can be done on it any more.
    pub(super) fn is_broken(&self) -> bool {
        self.spoilt || self.client.is_closed()
    }

    /// Whether the server is CockroachDB, whose columns can't name the collation that they all have.
    pub(super) fn is_cockroach(&mut self) -> Result<bool, StoreError> {
        let tx: &mut dyn Connection = self;
        let row = tx.query_one("SELECT version()", &[])?;
        Ok(row.map(|row| row.text(0)).transpose()?.is_some_and(|words| words.starts_with("CockroachDB")))
    }

    /// Statements without arguments or rows.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.client.batch_execute(sql).map_err(|problem| self.failed(&problem))
    }

    /// Begins a transaction.
    pub(super) fn begin(&mut self, sql: &str) -> Result<(), Failure> {
        self.failure = None;
        self.run(sql)
    }

    /// Commits, or says why nothing was; [`StoreError::Unknown`] where nobody can say whether it was.
    pub(super) fn commit(&mut self) -> Result<(), Failure> {
        let done = self.client.batch_execute("COMMIT");
        done.map_err(|problem| failure::of_commit(&problem).unwrap_or(Failure::Refused(StoreError::Unknown)))
    }

    /// Undoes the transaction; where even that fails, the connection is given up, and the server undoes it.
    pub(super) fn roll_back(&mut self) {
        self.spoilt |= self.client.batch_execute("ROLLBACK").is_err();
    }

    /// The failure of a statement since this was asked last. The server refuses whatever comes after it.
    pub(super) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn failed(&self, problem: &postgres::Error) -> Failure {
        failure::of_statement(problem, self.client.is_closed())
    }

    /// The statement prepared for values of these kinds.
    fn prepared(&mut self, sql: &str, args: &[Value]) -> Result<Statement, Failure> {
        let known = self.statements.get(sql).and_then(|all| all.iter().find(|one| values::fit(args, one.params())));
        if let Some(statement) = known {
            return Ok(statement.clone());
        }
        // An absent value says nothing about its type: the server finds out.
        let types: Vec<Type> = args.iter().map(|value| values::type_of(value).unwrap_or(Type::UNKNOWN)).collect();
        let statement = self.client.prepare_typed(sql, &types).map_err(|problem| self.failed(&problem))?;
        if statement.params().len() != args.len() {
            let (given, wanted) = (args.len(), statement.params().len());
            let wrong = format!("{given} arguments for a statement of {wanted}");
            return Err(Failure::Refused(StoreError::Shape(wrong)));
        }
        if self.statements.len() >= PREPARED {
            self.statements.clear();
        }
        self.statements.entry(sql.to_owned()).or_default().push(statement.clone());
        Ok(statement)
    }

    fn tell<T>(&mut self, outcome: Result<T, Failure>) -> Result<T, StoreError> {
        outcome.map_err(|failure| {
            self.failure.get_or_insert_with(|| failure.clone());
            failure.into_error()
        })
    }

    fn changed(&mut self, sql: &str, args: &[Value]) -> Result<u64, Failure> {
        let statement = self.prepared(sql, args)?;
        self.client.execute(&statement, &references(args)).map_err(|problem| self.failed(&problem))
    }

    fn rows(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, Failure> {
        let statement = self.prepared(sql, args)?;
        let found = self.client.query(&statement, &references(args)).map_err(|problem| self.failed(&problem))?;
        let row = |row: &postgres::Row| {
            (0..row.len()).map(|column| row.try_get(column)).collect::<Result<_, _>>().map(Row::new)
        };
        found.iter().map(row).collect::<Result<_, _>>().map_err(|problem| self.failed(&problem))
    }
}

fn references(args: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl Connection for Session {
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<u64, StoreError> {
        let outcome = self.changed(sql, args);
        self.tell(outcome)
    }

    fn query(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let outcome = self.rows(sql, args);
        self.tell(outcome)
    }
}
