//! `dogwatch team forbid` and `allow`: two people who must not stand the same watch.

use crate::cli::{CommandError, Globals};
use crate::ids::{PersonId, TeamId};
use crate::service::{Actor, Service};
use clap::Args;
use serde_json::json;

/// Two people of a team.
#[derive(Debug, Args)]
pub struct Pair {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// One of them, by id or mail address
    #[arg(value_name = "LOGIN")]
    one: String,
    /// The other
    #[arg(value_name = "OTHER")]
    other: String,
}

impl Pair {
    /// Forbids the pair, or allows it again.
    pub(super) async fn run(self, globals: &Globals, service: &Service, forbid: bool) -> Result<(), CommandError> {
        let (operator, team) = (Actor::operator(), TeamId::new(self.team));
        let pair = || (PersonId::new(self.one.as_str()), PersonId::new(self.other.as_str()));
        let text = if forbid {
            service.forbid_pair(&operator, &team, pair()).await?;
            format!("{} and {} stand no watch together from the next plan on", self.one, self.other)
        } else {
            service.allow_pair(&operator, &team, pair()).await?;
            format!("{} and {} may stand a watch together again", self.one, self.other)
        };
        globals.say(&text, &json!({ "team": team, "pair": [self.one, self.other], "forbidden": forbid }));
        Ok(())
    }
}
