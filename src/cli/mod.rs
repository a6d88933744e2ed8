//! Every command of the `dogwatch` binary: one file each, with the arguments it takes and what it does.

mod audit;
mod backup;
mod bench_solve;
mod callout;
mod certificate;
mod check;
mod check_config;
mod copy;
mod demo;
mod handover;
mod healthcheck;
mod import;
mod init;
mod location;
mod manager;
mod migrate;
mod outbox;
mod output;
mod pager;
mod report;
mod restore;
mod roster;
mod secrets;
mod selftest;
mod serve;
mod serve_snapshot;
mod snapshot;
mod swap;
mod team;
mod token;
mod user;
mod webhook;
mod whois;

pub use output::CommandError;

use crate::config::{Config, Mail};
use crate::outbound::{Provider, Reach};
use crate::roster::quiet::QuietHours;
use crate::service::letters::{MailSettings, Replies};
use crate::service::{Clock, Service};
use crate::store::Store;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// On-call rosters that live in people's own calendars.
#[derive(Debug, Parser)]
#[command(name = "dogwatch", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Globals {
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE", env = "DOGWATCH_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder for everything that is kept
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve calendars, pages and the API
    Serve(serve::Serve),
    /// Serve a demo organisation
    Demo(demo::Demo),
    /// Write a commented configuration file, and make the first administrator and team
    Init(init::Init),
    /// Say whether a configuration file would be taken
    CheckConfig(check_config::CheckConfig),
    /// Plan, look at, check and publish a team's roster
    Roster(roster::Roster),
    /// What people of a team stood: hours, balances, company, pay
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Say when somebody was called out on a shift
    #[command(subcommand)]
    Callout(callout::CallOutCommand),
    /// Search ways out of a shift, and propose one
    #[command(subcommand)]
    Swap(swap::SwapCommand),
    /// Read and leave handover notes
    #[command(subcommand)]
    Handover(handover::HandoverCommand),
    /// Say who is on call
    Whois(whois::Whois),
    /// Answer who is on call from a snapshot, without a database
    ServeSnapshot(serve_snapshot::ServeSnapshot),
    /// The snapshot of who is on call, and the key it is signed with
    #[command(subcommand)]
    Snapshot(snapshot::SnapshotCommand),
    /// Add people, list them, and make their passwords
    #[command(subcommand)]
    User(user::UserCommand),
    /// Teams, who belongs to them and what they need
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Tokens of the JSON API
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Programs elsewhere that hear of what happens
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Schedules at pagers that follow a role
    #[command(subcommand)]
    Pager(pager::PagerCommand),
    /// Import people, rosters, holidays, or what was stood before, from files
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Who did what
    Audit(audit::Audit),
    /// Try whether Dogwatch does what it is there for
    Selftest(selftest::Selftest),
    /// Ask a running server whether it is ready
    Healthcheck(healthcheck::Healthcheck),
    /// Say what waits to be delivered, and what can't be
    Outbox(outbox::Outbox),
    /// Say until when the certificate is good that [tls.acme] asks for, and why there is no other
    Certificate(certificate::Certificate),
    /// Bring the database to the schema of this version
    Migrate(migrate::Migrate),
    /// Copy everything into an empty database, and prove it
    Copy(copy::Copy),
    /// Write everything into one file, while servers run
    Backup(backup::Backup),
    /// Make a backup the database again
    Restore(restore::Restore),
    /// Look whether the database holds what it should
    Check(check::Check),
    /// Solve a problem of oncall-bench/1
    BenchSolve(bench_solve::BenchSolve),
}

impl Command {
    async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        match self {
            Self::Serve(command) => command.run(globals).await,
            Self::Demo(command) => command.run(globals).await,
            Self::Init(command) => command.run(globals).await,
            Self::CheckConfig(command) => command.run(globals),
            Self::Roster(command) => command.run(globals).await,
            Self::Report(command) => command.run(globals).await,
            Self::Callout(command) => command.run(globals).await,
            Self::Swap(command) => command.run(globals).await,
            Self::Handover(command) => command.run(globals).await,
            Self::Whois(command) => command.run(globals).await,
            Self::ServeSnapshot(command) => command.run(globals).await,
            Self::Snapshot(command) => command.run(globals).await,
            Self::User(command) => command.run(globals).await,
            Self::Team(command) => command.run(globals).await,
            Self::Token(command) => command.run(globals).await,
            Self::Webhook(command) => command.run(globals).await,
            Self::Pager(command) => command.run(globals).await,
            Self::Import(command) => command.run(globals).await,
            Self::Audit(command) => command.run(globals).await,
            Self::Selftest(command) => command.run(globals).await,
            Self::Healthcheck(command) => command.run(globals).await,
            Self::Outbox(command) => command.run(globals).await,
            Self::Certificate(command) => command.run(globals).await,
            Self::Migrate(command) => command.run(globals),
            Self::Copy(command) => command.run(globals).await,
            Self::Backup(command) => command.run(globals).await,
            Self::Restore(command) => command.run(globals).await,
            Self::Check(command) => command.run(globals).await,
            Self::BenchSolve(command) => command.run(),
        }
    }
}

/// Parses the arguments and does what they say; the process ends with the code.
#[must_use]
pub fn main() -> ExitCode {
    let Cli { globals, command } = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failure(&globals, &CommandError::io("start threads", error)),
    };
    let outcome = runtime.block_on(command.run(&globals));
    // What still runs on blocking threads has been answered for already.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&globals, &error),
    }
}

impl Globals {
    /// The configuration: file, then environment, then `--data`.
    pub fn load(&self) -> Result<Config, CommandError> {
        let mut config = Config::load(self.config.as_deref(), environment())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }

    /// The service over the configured store, for a command beside a server that may be running. Links are made with
    /// the address under which the server was last started, unless the configuration names one.
    ///
    /// A database that isn't there is not made: somebody who calls from another folder would find an empty one.
    pub async fn service(&self) -> Result<Service, CommandError> {
        let config = self.load()?;
        let location = location::location(&config)?;
        if location.schema()? == 0 {
            return Err(CommandError::Refused(match location.path() {
                Some(file) => format!(
                    "there is no database at {}; name its folder with --data, or the configuration with --config",
                    file.display()
                ),
                None => format!("{location} holds nothing of Dogwatch's yet; dogwatch migrate makes its tables"),
            }));
        }
        self.service_of(&config).await
    }

    /// The same for a command that may be the first one; makes the database where there is none, and says so.
    pub async fn service_or_new(&self) -> Result<Service, CommandError> {
        let config = self.load()?;
        let location = location::location(&config)?;
        if location.schema()? == 0 {
            output::remark(&format!("making a new database at {location}"));
        }
        self.service_of(&config).await
    }

    async fn service_of(&self, config: &Config) -> Result<Service, CommandError> {
        let store = open_store(config)?;
        let announced = match config.public_url {
            Some(_) => None,
            None => Service::announced(&store).await?,
        };
        let public_url = announced.unwrap_or_else(|| config.base_url(config.listen));
        open_service(store, config, &public_url).await
    }
}

/// The environment as far as it is text; the library's own reading of it panics where it is not.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

/// Opens the configured store, making it where it is missing.
pub fn open_store(config: &Config) -> Result<Store, CommandError> {
    location::open(&location::location(config)?)
}

/// Opens the service, with the owner's link key where a file is named for it.
pub async fn open_service(store: Store, config: &Config, public_url: &str) -> Result<Service, CommandError> {
    let service = Service::open(store, public_url, Clock::system()).await?;
    let service = service.pushing(config.push.enabled, config.push.contact.clone());
    let service = service.reaching(Reach::new(&config.outbound));
    let service = service.mailing(mail_settings(&config.mail));
    let unreadable = |error| CommandError::io("read openid.client_secret_file", error);
    let service = service.trusting(Provider::new(&config.openid).map_err(unreadable)?);
    let quiet = config.reminders.quiet_hours.parse::<QuietHours>();
    let quiet = quiet.map_err(|why| CommandError::Usage(format!("reminders.quiet_hours: {why}")))?;
    let service = service.reminding(config.reminders.enabled.then_some(quiet));
    let service = match snapshot::own_key(config)? {
        Some(key) => service.sealing_with(key),
        None => service,
    };
    Ok(match config.link_key()? {
        Some(key) => service.signing_with(*key.expose()),
        None => service,
    })
}

/// How mail is sent, where a relay is named.
fn mail_settings(mail: &Mail) -> Option<MailSettings> {
    let from = mail.from.clone().filter(|_| mail.relay.is_some())?;
    let local = from.split('@').next().unwrap_or_default().to_owned();
    let replies = mail.reply_domain.clone().map(|domain| Replies { local, domain });
    Some(MailSettings { from, replies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }
}
