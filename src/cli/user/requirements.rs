//! `dogwatch user requirements`: what somebody needs for the roles of their teams.

use crate::api::TeamRequirementsDocument;
use crate::cli::{CommandError, Globals};
use crate::roster::requirement::{Requirement, Standing};
use crate::service::{Actor, Service};
use crate::time::Zone;
use std::fmt::Write as _;

/// Shows it, role by role.
pub(super) async fn show(globals: &Globals, service: &Service, login: &str) -> Result<(), CommandError> {
    let operator = Actor::operator();
    let person = service.person_by_login(&operator, login).await?;
    let found = service.requirements(&operator, &person.id).await?;
    let mut text = String::new();
    for team in &found {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", team.team);
        for role in &team.roles {
            let may = if role.eligible { "may stand it" } else { "may not stand it yet" };
            let _ = writeln!(text, "  {}: {may}", role.role);
            for requirement in &role.requirements {
                let _ = writeln!(text, "    {}", sentence(requirement, team.zone));
            }
        }
    }
    if found.is_empty() {
        text = format!("{} stands shifts in no team", person.id);
    }
    let documents: Vec<_> = found.iter().map(TeamRequirementsDocument::from).collect();
    let documents = serde_json::to_value(documents).map_err(|error| CommandError::Refused(error.to_string()))?;
    globals.say(&text, &documents);
    Ok(())
}

fn sentence(requirement: &Requirement, zone: Zone) -> String {
    let name = &requirement.qualification.name;
    let day = |at: crate::time::Instant| at.civil(zone).date();
    let mut text = match requirement.standing {
        Standing::Met => format!("{name}: met"),
        Standing::Lapsing(at) => format!("{name}: met, lapses on {}", day(at)),
        Standing::Coming(at) => format!("{name}: from {} on", day(at)),
        Standing::Lapsed(at) => format!("{name}: lapsed on {}", day(at)),
        Standing::Missing => format!("{name}: missing"),
    };
    if matches!(requirement.standing, Standing::Met | Standing::Coming(_)) {
        return text;
    }
    let how = [Some(&requirement.qualification.how), requirement.qualification.url.as_ref()];
    for how in how.into_iter().flatten().filter(|how| !how.is_empty()) {
        let _ = write!(text, "; {how}");
    }
    let stood = requirement.progress.iter().map(|one| format!("{} of {} {} shifts", one.have, one.need, one.role));
    let stood: Vec<String> = stood.collect();
    if !stood.is_empty() {
        let _ = write!(text, "; stood {}", crate::roster::phrase::list(&stood));
    }
    text
}
