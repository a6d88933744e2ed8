//! `dogwatch team grant` and `revoke`: who has what the roles require.

use crate::cli::{CommandError, Globals};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model;
use crate::service::{Actor, Service};
use crate::time::{Day, Zone, start_of_day};
use clap::Args;
use serde_json::{Value, json};

/// A grant as typed.
#[derive(Debug, Args)]
pub struct Grant {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// Id or mail address
    #[arg(value_name = "LOGIN")]
    login: String,
    /// Name or id of the qualification
    #[arg(value_name = "QUALIFICATION")]
    qualification: String,
    /// First day of validity, in the team's zone
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// First day no longer valid, in the team's zone
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// How it was shown
    #[arg(long, default_value = "")]
    evidence: String,
}

/// What is taken back.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// Id or mail address
    #[arg(value_name = "LOGIN")]
    login: String,
    /// Name or id of the qualification
    #[arg(value_name = "QUALIFICATION")]
    qualification: String,
}

impl Grant {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (operator, team) = (Actor::operator(), TeamId::new(self.team));
        let zone = service.team(&operator, &team).await?.team.zone;
        let grant = model::Grant {
            person: PersonId::new(self.login.as_str()),
            qualification: QualificationId::new(self.qualification.as_str()),
            from: self.from.map(|day| start_of_day(day, zone)),
            until: self.until.map(|day| start_of_day(day, zone)),
            evidence: self.evidence,
        };
        service.grant_qualification(&operator, Some(&team), grant).await?;
        let text = format!("{} has {}", self.login, self.qualification);
        let document = json!({ "person": self.login, "qualification": self.qualification, "from": self.from,
            "until": self.until });
        globals.say(&text, &document);
        Ok(())
    }
}

impl Revoke {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (team, pair) = (TeamId::new(self.team), (self.login.as_str(), self.qualification.as_str()));
        let name = service.revoke_grant(&Actor::operator(), Some(&team), pair).await?;
        let text = format!(
            "{} has {name} no more. Published shifts stay; dogwatch roster check {team} --from … --to … names them.",
            self.login
        );
        globals.say(&text, &json!({ "person": self.login, "qualification": name, "granted": false }));
        Ok(())
    }
}

/// `ada until 2026-12-01`, in the team's days.
pub(super) fn line(grant: &model::Grant, zone: Zone) -> String {
    let day = |at: crate::time::Instant| at.civil(zone).date();
    let from = grant.from.map(|at| format!(" from {}", day(at))).unwrap_or_default();
    let until = grant.until.map(|at| format!(" until {}", day(at))).unwrap_or_default();
    format!("{}{from}{until}", grant.person)
}

/// A grant without its qualification.
pub(super) fn document(grant: &model::Grant) -> Value {
    json!({ "person": grant.person, "from": grant.from.map(|at| at.to_string()),
        "until": grant.until.map(|at| at.to_string()), "evidence": grant.evidence })
}
