//! `dogwatch team role`, `qualification` and `contact`.

use super::grant;
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::model::{Contact, Role};
use crate::roster::phrase;
use crate::roster::requirement::Need;
use crate::service::teams::NewQualification;
use crate::service::{Actor, Service, fields};
use clap::Subcommand;
use serde_json::json;

/// What people stand as
#[derive(Debug, Subcommand)]
pub enum RoleCommand {
    /// Add a role, or change it; what it requires stays
    Add {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Name of the role
        #[arg(value_name = "ROLE")]
        role: String,
        /// Factor of the burden, in hundredths
        #[arg(long, default_value_t = 100)]
        weight: i64,
        /// Whoever stands it is not to be paged
        #[arg(long)]
        unpaged: bool,
        /// May stay empty without being a gap
        #[arg(long)]
        optional: bool,
    },
    /// Remove a role
    Remove {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Name of the role
        #[arg(value_name = "ROLE")]
        role: String,
    },
}

/// What roles require
#[derive(Debug, Subcommand)]
pub enum QualificationCommand {
    /// Add a qualification
    Add {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Name, such as PROD-ACCESS
        #[arg(value_name = "NAME")]
        name: String,
        /// How to obtain or renew it
        #[arg(long, default_value = "")]
        how: String,
        /// Where, beginning with https://
        #[arg(long)]
        url: Option<String>,
        /// A role that requires it; may be given again
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Say which shifts earn a qualification; who stood them already has it at once
    Earn {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Its name or id
        #[arg(value_name = "NAME")]
        name: String,
        /// So many shifts of a role, such as shadow=2, all of which are needed; without any it can't be earned
        #[arg(value_name = "ROLE=SHIFTS", value_parser = need)]
        needs: Vec<Need>,
    },
    /// List what the team's roles may require, and who has it
    List {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
    },
}

/// Whom to escalate to, in order
#[derive(Debug, Subcommand)]
pub enum ContactCommand {
    /// Add a contact at the end
    Add {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// Name as it is shown; a person's own where absent
        #[arg(long, required_unless_present = "person")]
        name: Option<String>,
        /// Telephone number; a person's own where absent
        #[arg(long, required_unless_present = "person")]
        phone: Option<String>,
        /// Somebody with an account, by id or mail address
        #[arg(long, value_name = "LOGIN")]
        person: Option<String>,
        /// Only for this role
        #[arg(long)]
        role: Option<String>,
    },
    /// Remove a contact by its place, from 1
    Remove {
        /// The team's id
        #[arg(value_name = "TEAM")]
        team: String,
        /// As `team show` numbers them
        #[arg(value_name = "PLACE")]
        place: usize,
    },
}

impl RoleCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        match self {
            Self::Add { team, role, weight, unpaged, optional } => {
                let team = TeamId::new(team);
                let known = service.team(&operator, &team).await?.team.roles;
                let requires = known.into_iter().find(|known| known.name == role).map(|known| known.requires);
                let paged = !unpaged;
                let new = Role { name: role, weight, paged, optional, requires: requires.unwrap_or_default() };
                service.put_role(&operator, &team, new.clone()).await?;
                let document = json!({ "team": team, "role": new.name, "weight": weight, "paged": paged,
                    "optional": optional });
                globals.say(&format!("{team} has the role {}", new.name), &document);
            }
            Self::Remove { team, role } => {
                service.remove_role(&operator, &TeamId::new(team.as_str()), &role).await?;
                globals.say(&format!("{team} has no role {role} any more"), &json!({ "team": team, "role": null }));
            }
        }
        Ok(())
    }
}

impl QualificationCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        match self {
            Self::Add { team, name, how, url, roles } => {
                let new = NewQualification { team: Some(TeamId::new(team)), name, how, url, roles };
                let id = service.add_qualification(&operator, &new).await?;
                globals.say(&format!("added {} ({id})", new.name), &json!({ "id": id, "name": new.name }));
            }
            Self::Earn { team, name, needs } => {
                let team = TeamId::new(team);
                let earning = service.set_needs(&operator, &team, &name, needs.clone()).await?;
                let mut text = match stood(&needs).as_str() {
                    "" => format!("{} is not earned by shifts", earning.name),
                    stood => format!("{} is earned by standing {stood} shifts for {team}", earning.name),
                };
                for person in &earning.granted {
                    text += &format!("\n{person} has it now");
                }
                let document = json!({ "qualification": earning.name, "needs": needs, "granted": earning.granted });
                globals.say(&text, &document);
            }
            Self::List { team } => {
                let team = TeamId::new(team);
                let known = service.qualifications(&operator, Some(&team)).await?;
                let needs = service.needs(&operator, &team).await?;
                let zone = service.team(&operator, &team).await?.team.zone;
                let grants = service.grants_of_team(&operator, &team).await?;
                let rows = known.iter().map(|known| {
                    let of: Vec<_> = grants.iter().filter(|grant| grant.qualification == known.id).collect();
                    let holders: Vec<_> = of.iter().map(|one| grant::line(one, zone)).collect();
                    let holders = if holders.is_empty() { "nobody".to_owned() } else { holders.join(", ") };
                    let mut how = if known.how.is_empty() { String::new() } else { format!("  {}", known.how) };
                    let needs = needs.get(&known.id).map(Vec::as_slice).unwrap_or_default();
                    if !needs.is_empty() {
                        how += &format!("  earned by {} shifts", stood(needs));
                    }
                    let holders_of = of.iter().map(|one| grant::document(one)).collect::<Vec<_>>();
                    let document = json!({ "id": known.id, "name": known.name, "team": known.team, "how": known.how,
                        "url": known.url, "granted": holders_of, "needs": needs });
                    (format!("{}  {}{how}  granted to: {holders}", known.id, known.name), document)
                });
                globals.say_list(rows.collect(), "no qualifications");
            }
        }
        Ok(())
    }
}

/// `shadow=2`
fn need(text: &str) -> Result<Need, String> {
    let typed = text.split_once('=').and_then(|(role, shifts)| Some((role, shifts.parse().ok()?)));
    let (role, shifts) = typed.ok_or_else(|| "write it as shadow=2".to_owned())?;
    Ok(Need { role: role.to_owned(), shifts })
}

/// `2 shadow and 1 secondary`
fn stood(needs: &[Need]) -> String {
    phrase::list(&needs.iter().map(|need| format!("{} {}", need.shifts, need.role)).collect::<Vec<_>>())
}

impl ContactCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        let (team, contacts) = match self {
            Self::Add { team, name, phone, person, role } => {
                let team = TeamId::new(team);
                let mut contacts = service.team(&operator, &team).await?.team.contacts;
                let person = match person {
                    Some(login) => Some(service.person_by_login(&operator, &login).await?),
                    None => None,
                };
                let own = |text: Option<String>, own: Option<String>| text.or(own).unwrap_or_default();
                let name = own(name, person.as_ref().map(|person| person.name.clone()));
                let phone = own(phone, person.as_ref().and_then(|person| person.phone.clone()));
                let phone = fields::phone("phone", &phone)?;
                contacts.push(Contact { role, person: person.map(|person| person.id), name, phone });
                (team, contacts)
            }
            Self::Remove { team, place } => {
                let team = TeamId::new(team);
                let mut contacts = service.team(&operator, &team).await?.team.contacts;
                if place == 0 || place > contacts.len() {
                    let message = format!("{team} has {} contacts: there is none at {place}", contacts.len());
                    return Err(CommandError::Refused(message));
                }
                contacts.remove(place - 1);
                (team, contacts)
            }
        };
        service.set_contacts(&operator, &team, contacts.clone()).await?;
        let rows = (1..).zip(&contacts).map(|(place, contact)| {
            let text = format!("{place}  {}  {}", contact.name, contact.phone);
            (text, json!({ "name": contact.name, "phone": contact.phone, "role": contact.role }))
        });
        globals.say_list(rows.collect(), "no contacts");
        Ok(())
    }
}
