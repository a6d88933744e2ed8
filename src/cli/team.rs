//! `dogwatch team`: teams, who belongs to them and what they need.

mod grant;
mod needs;
mod pair;
mod pattern;
mod pay;
mod rules;
mod show;

use super::secrets::{feed_url, life_document, life_text, revoke};
use super::user::gap_documents;
use super::{CommandError, Globals};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Membership;
use crate::service::people::Gap;
use crate::service::teams::NewTeam;
use crate::service::tokens::{NewFeed, SecretKind};
use crate::service::{Actor, Service};
use crate::time::Day;
use clap::{Args, Subcommand};
use grant::{Grant, Revoke};
use needs::{ContactCommand, QualificationCommand, RoleCommand};
use pair::Pair;
use pattern::PatternCommand;
use pay::Pay;
use rules::Rules;
use serde_json::json;

/// Teams, who belongs to them and what they need
#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// Add a team with its calendars and the roles primary, secondary and shadow
    Add(Add),
    /// List the teams
    List,
    /// Show a team with its people, roles and contacts
    Show {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
    },
    /// Who belongs to a team
    #[command(subcommand)]
    Member(MemberCommand),
    /// What people stand as
    #[command(subcommand)]
    Role(RoleCommand),
    /// What roles require
    #[command(subcommand)]
    Qualification(QualificationCommand),
    /// Say that a person has a qualification
    Grant(Grant),
    /// Take a qualification back from a person
    Revoke(Revoke),
    /// Say that two people must not stand the same watch
    Forbid(Pair),
    /// Take that back
    Allow(Pair),
    /// Whom to escalate to, in order
    #[command(subcommand)]
    Contact(ContactCommand),
    /// Recurring demand
    #[command(subcommand)]
    Pattern(PatternCommand),
    /// Private calendar links of a team's roster
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Show the team's switches as JSON, or take them from a file
    Settings(Document),
    /// Show how hours count as JSON, or take a new edition from a file
    Weights(Document),
    /// Show what shifts and call-outs pay, edition by edition, or take a new edition from a file
    Pay(Pay),
    /// Show a team's hard rules, or what a rule pack would change, and take it over with --apply
    ///
    /// A pack only tightens: where the team is stricter, its own rule stays. Published shifts stay as they are.
    Rules(Rules),
}

/// A team as typed.
#[derive(Debug, Args)]
pub struct Add {
    /// Id, for ever: lower-case letters, digits and hyphens
    #[arg(value_name = "TEAM")]
    id: String,
    /// Name as it is shown
    #[arg(long)]
    name: String,
    /// The roster's own mail address: organizer of its shifts
    #[arg(long)]
    email: String,
    /// Zone in which the team counts days, such as Europe/London
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
}

/// Who belongs to a team
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Make a person belong to a team, or change how: what is not named takes its default
    Add(AddMember),
    /// End a person's membership
    Remove {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// First day they don't belong to it; today where absent
        #[arg(long, value_name = "DAY")]
        on: Option<Day>,
    },
}

/// A membership as typed.
#[derive(Debug, Args)]
pub struct AddMember {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// Id or mail address
    #[arg(value_name = "LOGIN")]
    login: String,
    /// Plans, publishes and answers for members
    #[arg(long)]
    manager: bool,
    /// Stands no shifts
    #[arg(long)]
    no_shifts: bool,
    /// Share of full load in percent
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    fte: u32,
    /// Still learning: needs a partner who is not
    #[arg(long)]
    novice: bool,
    /// First day, such as 2026-12-01; stays as it is where absent
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// First day no longer
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
}

/// Private calendar links of a team's roster
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Make one and show it, once
    Add {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Where it is used
        #[arg(long)]
        label: String,
    },
    /// List a team's, without the secrets
    List {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
    },
    /// Make one useless at once
    Revoke {
        /// As listed
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// A JSON document of a team.
#[derive(Debug, Args)]
pub struct Document {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// What to set; what it leaves out takes its default
    #[arg(value_name = "FILE.json")]
    file: Option<std::path::PathBuf>,
}

impl TeamCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = match self {
            Self::Add(_) => globals.service_or_new().await?,
            _ => globals.service().await?,
        };
        match self {
            Self::Add(add) => add.run(globals, &service).await,
            Self::List => show::list(globals, &service).await,
            Self::Show { team } => show::show(globals, &service, &TeamId::new(team)).await,
            Self::Member(MemberCommand::Add(add)) => add.run(globals, &service).await,
            Self::Member(MemberCommand::Remove { team, login, on }) => {
                remove_member(globals, &service, (&TeamId::new(team), &login), on).await
            }
            Self::Role(command) => command.run(globals, &service).await,
            Self::Qualification(command) => command.run(globals, &service).await,
            Self::Grant(grant) => grant.run(globals, &service).await,
            Self::Revoke(revoke) => revoke.run(globals, &service).await,
            Self::Forbid(pair) => pair.run(globals, &service, true).await,
            Self::Allow(pair) => pair.run(globals, &service, false).await,
            Self::Contact(command) => command.run(globals, &service).await,
            Self::Pattern(command) => command.run(globals, &service).await,
            Self::Feed(command) => command.run(globals, &service).await,
            Self::Settings(document) => show::settings(globals, &service, document).await,
            Self::Weights(document) => show::weights(globals, &service, document).await,
            Self::Pay(pay) => pay.run(globals, &service).await,
            Self::Rules(rules) => rules.run(globals, &service).await,
        }
    }
}

impl Add {
    async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let new = NewTeam { id: self.id, name: self.name, email: self.email, zone: self.time_zone };
        let team = service.add_team(&Actor::operator(), &new).await?;
        let next = format!("dogwatch team member add {} LOGIN --manager", team.id);
        let roles: Vec<_> = team.roles.iter().map(|role| role.name.as_str()).collect();
        let text = format!("Added {} with the roles {}. Its first manager: {next}", team.id, roles.join(", "));
        globals.say(&text, &show::document(&team));
        Ok(())
    }
}

impl AddMember {
    async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let person = service.person_by_login(&Actor::operator(), &self.login).await?.id;
        let membership = Membership {
            team: TeamId::new(self.team),
            person,
            manager: self.manager,
            member: !self.no_shifts,
            from: self.from,
            until: self.until,
            fte: self.fte,
            novice: self.novice,
        };
        let gaps = service.change_member(&Actor::operator(), membership.clone()).await?;
        let sort = if membership.manager { "manager" } else { "member" };
        let text = format!("{} belongs to {} as {sort}, at {} %", membership.person, membership.team, membership.fte);
        let mut document = show::membership(&membership);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("gaps".to_owned(), gap_documents(&gaps));
        }
        globals.say(&with_gaps(text, &gaps), &document);
        Ok(())
    }
}

async fn remove_member(
    globals: &Globals,
    service: &Service,
    (team, login): (&TeamId, &str),
    on: Option<Day>,
) -> Result<(), CommandError> {
    let operator = Actor::operator();
    let person: PersonId = service.person_by_login(&operator, login).await?.id;
    let zone = service.team(&operator, team).await?.team.zone;
    let day = on.unwrap_or_else(|| service.ctx().now.civil(zone).date());
    let gaps = service.end_membership(&operator, team, &person, day).await?;
    let text = with_gaps(format!("{person} belongs to {team} no longer from {day} on."), &gaps);
    globals.say(&text, &json!({ "team": team, "person": person, "until": day, "gaps": gap_documents(&gaps) }));
    Ok(())
}

/// What was done, then what nobody stands any more because of it and what to do about that.
fn with_gaps(mut text: String, gaps: &[Gap]) -> String {
    for gap in gaps {
        text += &format!("\ngap: {gap}");
    }
    if !gaps.is_empty() {
        text += "\nPlan and publish these days again to fill the gaps.";
    }
    text
}

impl FeedCommand {
    async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        match self {
            Self::Add { team, label } => {
                let team = TeamId::new(team);
                let new = NewFeed { person: None, team: Some(team.clone()), label };
                let made = service.add_feed(&operator, new).await?;
                let url = feed_url(service, &made.secret);
                let text = format!("{url}\nShown this once. Revoke it with dogwatch team feed revoke {}", made.id);
                globals.say(&text, &json!({ "id": made.id, "team": team, "url": url }));
            }
            Self::List { team } => {
                let feeds = service.feeds_of_team(&operator, &TeamId::new(team)).await?;
                let rows = feeds.iter().map(|feed| {
                    let whose = feed.person.as_ref().map(|person| format!("  of {person}")).unwrap_or_default();
                    let text = format!("{}  {}{whose}{}", feed.id, feed.label, life_text(feed.life));
                    let document = json!({ "id": feed.id, "label": feed.label, "person": feed.person });
                    (text, life_document(document, feed.life))
                });
                globals.say_list(rows.collect(), "no feeds");
            }
            Self::Revoke { id } => revoke(globals, service, SecretKind::Feed, &id).await?,
        }
        Ok(())
    }
}
