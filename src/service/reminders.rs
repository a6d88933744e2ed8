//! What a team's people have not answered, and managers who remind them of it: months to confirm, shifts to acknowledge.
//! What they are reminded of without anybody's doing is in `pending`; `due` sends it, and `render` shows it on phones.

mod due;
mod pending;

pub(super) use due::{remind_team, teams_to_remind};
pub(super) use pending::{Pending, pending};

use super::audit::{Deed, record};
use super::{Actor, Ctx, Service, ServiceError, outbox, rights};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Answer, Person, Shift};
use crate::store::{Connection, people, shifts};
use crate::time::{Day, Instant, Window, Zone};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A coming shift whose holder has not acknowledged it.
#[derive(Clone, Debug, PartialEq)]
pub struct Unanswered {
    /// The shift.
    pub shift: Shift,
    /// Its holder, as shown.
    pub name: String,
}

impl Service {
    /// The coming shifts of a team that their holders have not acknowledged, by start; for its managers.
    pub async fn unanswered(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Unanswered>, ServiceError> {
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage_known(tx, &who, &team, ctx.now)?;
            let waiting = waiting(tx, &ctx, &team)?;
            Ok(waiting.into_iter().map(|(shift, person)| Unanswered { shift, name: person.name }).collect())
        };
        self.store.read(read).await
    }

    /// Reminds those of a team who have not confirmed a month, or one of them; once a day each. Answers how many were
    /// reminded; for managers.
    pub async fn remind_of_month(
        &self,
        actor: &Actor,
        team: &TeamId,
        month: Day,
        only: Option<&PersonId>,
    ) -> Result<usize, ServiceError> {
        let open = self.team_month(actor, team, month).await?;
        let open: BTreeSet<PersonId> = open.into_iter().filter(|one| one.at.is_none()).map(|one| one.person).collect();
        let wanted: Vec<PersonId> = open.into_iter().filter(|who| only.is_none_or(|only| only == who)).collect();
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let write = move |tx: &mut dyn Connection| {
            let zone = rights::manage_known(tx, &who, &team, ctx.now)?;
            let month = month.format("%Y-%m").to_string();
            let mut told = Vec::new();
            for person in &wanted {
                let Some(person) = people::find(tx, person)?.filter(|person| !person.disabled) else { continue };
                let facts = json!({ "about": "month", "team": team, "person": person.id, "month": month });
                if remind(tx, &ctx, (&person, zone), &facts, &format!("{team}/month/{month}"))? {
                    told.push(person.id);
                }
            }
            reminded(tx, &ctx, &who, &team, (json!({ "month": month }), &told))
        };
        self.store.write(write).await
    }

    /// Reminds those of a team who have not acknowledged coming shifts, or one of them, in one message each; once a day.
    /// Answers how many were reminded; for managers.
    pub async fn remind_of_shifts(
        &self,
        actor: &Actor,
        team: &TeamId,
        only: Option<&PersonId>,
    ) -> Result<usize, ServiceError> {
        let (ctx, who, team, only) = (self.ctx(), actor.clone(), team.clone(), only.cloned());
        let write = move |tx: &mut dyn Connection| {
            let zone = rights::manage_known(tx, &who, &team, ctx.now)?;
            let mut open: BTreeMap<PersonId, (Person, Vec<Json>)> = BTreeMap::new();
            for (shift, person) in waiting(tx, &ctx, &team)? {
                if only.as_ref().is_none_or(|only| *only == person.id) {
                    let fact = json!({
                        "slot": shift.slot, "segment": shift.segment, "role": shift.role,
                        "start": shift.window.start.rfc3339(shift.zone), "end": shift.window.end.rfc3339(shift.zone),
                    });
                    open.entry(person.id.clone()).or_insert((person, Vec::new())).1.push(fact);
                }
            }
            let mut told = Vec::new();
            for (id, (person, facts)) in open {
                let facts = json!({ "about": "shifts", "team": team, "person": id, "shifts": facts });
                if remind(tx, &ctx, (&person, zone), &facts, &format!("{team}/shifts"))? {
                    told.push(id);
                }
            }
            reminded(tx, &ctx, &who, &team, (json!("shifts"), &told))
        };
        self.store.write(write).await
    }
}

/// Coming shifts without an answer, with their holders.
fn waiting(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Vec<(Shift, Person)>, ServiceError> {
    let mut waiting = Vec::new();
    for shift in shifts::of_team(tx, team, Window::new(ctx.now, Instant::FAR_FUTURE))? {
        if shift.answer != Answer::NeedsAction || shift.window.start <= ctx.now {
            continue;
        }
        let Some(holder) = shift.person.clone() else { continue };
        if let Some(person) = people::find(tx, &holder)?.filter(|person| !person.disabled) {
            waiting.push((shift, person));
        }
    }
    Ok(waiting)
}

/// One message for each matter, person and day of the team's.
fn remind(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, zone): (&Person, Zone),
    facts: &Json,
    matter: &str,
) -> Result<bool, ServiceError> {
    let today = ctx.now.civil(zone).date();
    Ok(outbox::send(tx, ctx, ("mail.reminder", &person.email), facts, &format!("{matter}/{today}"))?)
}

/// One message for each matter and person.
fn remind_once(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    facts: &Json,
    matter: &str,
) -> Result<bool, ServiceError> {
    Ok(outbox::send(tx, ctx, ("mail.reminder", &person.email), facts, matter)?)
}

fn reminded(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
    (about, people): (Json, &[PersonId]),
) -> Result<usize, ServiceError> {
    if !people.is_empty() {
        let deed = Deed::new("team.reminded", format!("team:{team}"));
        record(tx, ctx, actor, deed.after(json!({ "about": about, "people": people })))?;
    }
    Ok(people.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{operator, rota, stands};
    use crate::store::outbox::to_recipient;

    async fn mails(service: &Service, person: &str) -> Vec<Json> {
        let address = format!("{person}@example.org");
        let found = service.store.read(move |tx| to_recipient(tx, &address)).await.unwrap();
        let reminders = found.into_iter().filter(|due| due.message.kind == "mail.reminder");
        reminders.map(|due| serde_json::from_str(&due.message.payload).unwrap()).collect()
    }

    #[tokio::test]
    async fn whoever_has_not_confirmed_a_month_is_reminded_once_a_day() {
        let (_place, service) = rota().await;
        let (team, month) = (TeamId::from("payments"), "2027-01-01".parse().unwrap());
        service.confirm_month(&operator(), &"ben".into(), month, true).await.unwrap();
        assert_eq!(service.remind_of_month(&operator(), &team, month, None).await.unwrap(), 2);
        assert_eq!(service.remind_of_month(&operator(), &team, month, None).await.unwrap(), 0, "the same day");
        assert_eq!((mails(&service, "ada").await.len(), mails(&service, "ben").await.len()), (1, 0));
        assert_eq!(mails(&service, "cleo").await[0]["month"], "2027-01");
        let tomorrow = service.as_of(service.ctx().now.plus_days(1));
        assert_eq!(tomorrow.remind_of_month(&operator(), &team, month, Some(&"ada".into())).await.unwrap(), 1);
        assert_eq!((mails(&service, "ada").await.len(), mails(&service, "cleo").await.len()), (2, 1));
        let ada = Actor::person("ada".into(), crate::roster::model::Channel::Button);
        let refused = service.remind_of_month(&ada, &team, month, None).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn shifts_that_nobody_has_acknowledged_are_told_to_their_holders_in_one_message() {
        let (_place, service) = rota().await;
        let team = TeamId::from("payments");
        let day = |days: i64| {
            let start = service.ctx().now.plus_days(days);
            Window::new(start, start.plus_hours(8))
        };
        stands(&service, "gone", "primary", day(-1), Some("ada")).await;
        for (slot, days, who) in [("a", 1, Some("ada")), ("b", 2, Some("ada")), ("c", 3, Some("ben")), ("d", 4, None)] {
            stands(&service, slot, "primary", day(days), who).await;
        }
        let answer = |tx: &mut dyn Connection| shifts::set_answer(tx, &"c".into(), 0, Answer::Accepted);
        service.store.write(answer).await.unwrap();
        let open = service.unanswered(&operator(), &team).await.unwrap();
        let open: Vec<_> = open.iter().map(|one| (one.shift.slot.as_str(), one.name.as_str())).collect();
        assert_eq!(open, [("a", "Ada Okafor"), ("b", "Ada Okafor")]);
        assert_eq!(service.remind_of_shifts(&operator(), &team, None).await.unwrap(), 1);
        assert_eq!(service.remind_of_shifts(&operator(), &team, None).await.unwrap(), 0);
        let told = mails(&service, "ada").await;
        assert_eq!((told.len(), told[0]["shifts"].as_array().unwrap().len()), (1, 2));
    }
}
