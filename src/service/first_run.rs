//! The beginning: while a server has no administrator, whoever holds its code makes the first one, and a first team if
//! they like. The code is printed where the server is started, and worth nothing once there is an administrator.

use super::audit::{Deed, record};
use super::people::{self, NewPerson};
use super::teams::{NewTeam, join};
use super::templates::{Arrangement, create as create_team};
use super::{Actor, Service, ServiceError, Who, passwords, rights};
use crate::ids::TeamId;
use crate::roster::model::{Channel, Membership, Person};
use crate::store::{Connection, StoreError, people as rows};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Letters of the code: none that are taken for one another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many it has: 100 bits.
const LENGTH: usize = 20;

/// What there is at the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstRun {
    /// Who administers; `admin` is taken as said.
    pub administrator: NewPerson,
    /// Their password for the pages.
    pub password: String,
    /// A first team, which they manage.
    pub team: Option<(NewTeam, Arrangement)>,
    /// They stand its shifts, too.
    pub stands: bool,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The administrator.
    pub administrator: Person,
    /// The team.
    pub team: Option<TeamId>,
}

impl Service {
    /// Whether nobody was ever made an administrator.
    pub async fn lacks_administrator(&self) -> Result<bool, ServiceError> {
        self.store.read(|tx| Ok::<_, ServiceError>(lacks_administrator(tx)?)).await
    }

    /// The code with which a browser may begin: the same on every server that shares the database, until there is an
    /// administrator.
    #[must_use]
    pub fn first_run_code(&self) -> String {
        let mut code = String::with_capacity(LENGTH + 3);
        // An HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.host.link_key) else { return code };
        mac.update(b"first run of ");
        mac.update(self.host.epoch.as_bytes());
        for (at, byte) in mac.finalize().into_bytes().into_iter().take(LENGTH).enumerate() {
            if at > 0 && at % 5 == 0 {
                code.push('-');
            }
            code.extend(LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter)));
        }
        code
    }

    /// Begins, for whoever holds the code.
    pub async fn first_run_by_code(&self, code: &str, first: &FirstRun) -> Result<Begun, ServiceError> {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
        };
        let (typed, wanted) = (plain(code), plain(&self.first_run_code()));
        if wanted.len() != LENGTH || !bool::from(typed.as_bytes().ct_eq(wanted.as_bytes())) {
            return Err(ServiceError::invalid("code", "is not the one that the server printed when it was started"));
        }
        let actor = Actor { who: Who::System, channel: Channel::Button, reads_only: false, on_call_phone: false };
        self.first_run(&actor, first).await
    }

    /// Makes the first administrator with a password, and a team if one is named: all of it, or nothing. For whoever
    /// sits at the machine; refused once there is an administrator.
    pub async fn first_run(&self, actor: &Actor, first: &FirstRun) -> Result<Begun, ServiceError> {
        passwords::check(&first.password)?;
        let hash = passwords::hash(first.password.clone()).await?;
        let person = Person { admin: true, ..first.administrator.checked()? };
        let (ctx, actor, first) = (self.ctx(), actor.clone(), first.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            if !lacks_administrator(tx)? {
                let message = "there is an administrator already; sign in, or use the command line";
                return Err(ServiceError::conflict("has-administrator", message));
            }
            people::create(tx, &ctx, &actor, &person)?;
            rows::set_web_password(tx, &person.id, Some(&hash))?;
            let team = match &first.team {
                Some((new, arrangement)) => {
                    let team = create_team(tx, &ctx, &actor, new, arrangement)?.id;
                    let membership = Membership {
                        team: team.clone(),
                        person: person.id.clone(),
                        manager: true,
                        member: first.stands,
                        from: None,
                        until: None,
                        fte: 100,
                        novice: false,
                    };
                    join(tx, &ctx, &actor, &membership, None)?;
                    Some(team)
                }
                None => None,
            };
            let deed = Deed::new("instance.begun", format!("person:{}", person.id)).subject(&person.id);
            record(tx, &ctx, &actor, deed.after(json!({ "administrator": person.id, "team": team })))?;
            Ok(Begun { administrator: person.clone(), team })
        };
        self.store.write(write).await
    }
}

fn lacks_administrator(tx: &mut dyn Connection) -> Result<bool, StoreError> {
    Ok(rows::all(tx)?.iter().all(|person| !person.admin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::sessions::SignIn;
    use crate::service::testing::{ada, operator, payments, service};

    fn first() -> FirstRun {
        FirstRun {
            administrator: ada(),
            password: "a long enough password".to_owned(),
            team: Some((payments(), Arrangement::Weekly)),
            stands: true,
        }
    }

    #[tokio::test]
    async fn the_code_makes_one_administrator_and_is_worth_nothing_afterwards() {
        let (_place, service) = service().await;
        let code = service.first_run_code();
        assert!(code.len() == 23 && code == service.first_run_code() && service.lacks_administrator().await.unwrap());
        for wrong in ["", "AAAAA-AAAAA-AAAAA-AAAAA", code.get(..22).unwrap()] {
            assert!(service.first_run_by_code(wrong, &first()).await.is_err(), "{wrong}");
        }
        let typed = code.to_lowercase().replace('-', " ");
        let begun = service.first_run_by_code(&typed, &first()).await.unwrap();
        assert!(begun.administrator.admin && begun.team == Some("payments".into()));
        let signed = service.sign_in("ada", "a long enough password", "", None).await.unwrap();
        assert!(matches!(signed, SignIn::In(_)));
        let team = service.team(&operator(), &"payments".into()).await.unwrap();
        assert!(team.members.len() == 1 && team.members[0].0.manager && team.members[0].0.member);
        assert!(!service.lacks_administrator().await.unwrap());
        let other = FirstRun {
            administrator: NewPerson { id: "eve".to_owned(), email: "eve@x.org".to_owned(), ..ada() },
            ..first()
        };
        let said = service.first_run_by_code(&code, &other).await.unwrap_err();
        assert!(matches!(said, ServiceError::Conflict { code: "has-administrator", .. }), "{said}");
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_team_leaves_no_administrator_behind() {
        let (_place, service) = service().await;
        let team = Some((NewTeam { zone: "Mars/Olympus".to_owned(), ..payments() }, Arrangement::Empty));
        let said = service.first_run(&operator(), &FirstRun { team, ..first() }).await.unwrap_err();
        assert!(said.to_string().contains("Mars"), "{said}");
        assert!(service.lacks_administrator().await.unwrap() && service.people(&operator()).await.unwrap().is_empty());
        let short = FirstRun { password: "short".to_owned(), ..first() };
        assert!(service.first_run(&operator(), &short).await.is_err());
    }
}
