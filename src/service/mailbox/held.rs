//! What is held for a person, and what they say of it.

use super::answer::{self, Answer};
use super::{Doubt, Verdict, theirs};
use crate::ical::attendee::partstat;
use crate::ical::index::Index;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::model::{Channel, Person};
use crate::service::audit::{Deed, record};
use crate::service::calendars::{Receipt, meeting_arrived};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::held::{self as rows, Held};
use crate::store::{Connection, people};
use crate::time::{Instant, Window};
use serde_json::json;

/// A mail that the person is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMail {
    /// Identifier.
    pub id: String,
    /// When it came.
    pub at: Instant,
    /// The address that it says it is from.
    pub sender: String,
    /// It answers an invitation of the person's, rather than one to them.
    pub guest: bool,
    /// Why it is held.
    pub why: Doubt,
    /// What it is about.
    pub title: String,
    /// When that is.
    pub window: Option<Window>,
    /// PARTSTAT, such as `DECLINED`.
    pub answer: String,
}

impl Service {
    /// What is held for a person, the newest first; for the person.
    pub async fn held_mails(&self, actor: &Actor, person: &PersonId) -> Result<Vec<HeldMail>, ServiceError> {
        let (who, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            let person = owner(tx, &who, &person)?;
            let held = rows::of_person(tx, &person.id)?;
            held.iter().map(|held| view(tx, &person, held)).collect()
        };
        self.store.read(read).await
    }

    /// Says of a mail whether it counts; what becomes of it then. For the person alone: nobody else knows.
    pub async fn settle_held_mail(
        &self,
        actor: &Actor,
        (person, id): (&PersonId, &str),
        counts: bool,
    ) -> Result<Verdict, ServiceError> {
        let (ctx, who, person, id) = (self.ctx(), actor.clone(), person.clone(), id.to_owned());
        let settle = move |tx: &mut dyn Connection| {
            let person = owner(tx, &who, &person)?;
            let not_found = || ServiceError::NotFound(format!("held mail {id}"));
            let held = rows::find(tx, &person.id, &id)?.ok_or_else(not_found)?;
            if !rows::remove(tx, &person.id, &id)? {
                return Err(not_found());
            }
            let action = if counts { "mail.accepted" } else { "mail.discarded" };
            let deed = Deed::new(action, format!("mail:{id}")).subject(&person.id);
            record(tx, &ctx, &who, deed.after(json!({ "from": held.sender })))?;
            if !counts {
                return Ok(Verdict::Ignored("the person did not send it"));
            }
            count(tx, &ctx, (&who, &person), &held)
        };
        self.store.write(settle).await
    }
}

fn owner(tx: &mut dyn Connection, actor: &Actor, person: &PersonId) -> Result<Person, ServiceError> {
    rights::own(tx, actor, person, Scope::Roster)?;
    if !theirs(actor, person) {
        return Err(ServiceError::Forbidden("only whom a mail concerns knows whether it was theirs".to_owned()));
    }
    people::find(tx, person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))
}

fn count(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (actor, person): (&Actor, &Person),
    held: &Held,
) -> Result<Verdict, ServiceError> {
    if held.guest {
        return Ok(match meeting_arrived(tx, ctx, (&held.sender, &person.email), &held.calendar)? {
            Receipt::Taken | Receipt::Answered | Receipt::Noted => Verdict::Taken,
            Receipt::Ignored(why) => Verdict::Ignored(why),
        });
    }
    match Answer::read(&held.calendar) {
        Ok(answer) => {
            let actor = Actor { channel: Channel::Mail, ..actor.clone() };
            answer::apply(tx, ctx, &actor, person, &answer)
        }
        Err(why) => Ok(Verdict::Ignored(why)),
    }
}

/// Of an answer to a shift, what the shift is called comes from the calendar: a forger's title would say anything.
fn view(tx: &mut dyn Connection, person: &Person, held: &Held) -> Result<HeldMail, ServiceError> {
    let mut view = HeldMail {
        id: held.id.clone(),
        at: held.at,
        sender: held.sender.clone(),
        guest: held.guest,
        why: held.why,
        title: String::new(),
        window: None,
        answer: String::new(),
    };
    let Ok(tree) = Tree::parse(&held.calendar) else { return Ok(view) };
    let Some(event) = tree.calendar().children().find(|child| !child.is("VTIMEZONE")) else { return Ok(view) };
    view.answer = event.property("ATTENDEE").map(partstat).unwrap_or_default();
    let uid = event.property("UID").map(|uid| uid.text().trim().to_owned()).unwrap_or_default();
    let own = if held.guest { None } else { answer::object(tx, person, &uid)? };
    if let Some(object) = own {
        view.window = Some(object.head.extent);
        let known = Tree::parse(&object.body).ok();
        let summary = known.as_ref().and_then(|tree| {
            tree.calendar().children_named("VEVENT").next()?.property("SUMMARY").map(|summary| summary.text())
        });
        view.title = summary.unwrap_or_default();
    } else {
        view.title = event.property("SUMMARY").map(|summary| summary.text()).unwrap_or_default();
        view.window = Index::of(&tree).filter(|index| !index.recurring).map(|index| index.extent);
    }
    Ok(view)
}
