//! What somebody's calendar apps see of Dogwatch, and whether they can answer: for whoever asks why there is no Accept
//! button.

use super::addresses::user_of;
use super::calendars::{CollectionKind, CollectionView, Privilege};
use super::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::ical::attendee::partstat;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::store::collections;
use crate::store::{Connection, objects, people};
use crate::time::{Instant, Window};

/// Events that are looked at.
const LOOKED_AT: u32 = 200;

/// What apps see of a person's calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCheck {
    /// The address by which apps must know the person.
    pub email: String,
    /// The calendars, as a new device lists them.
    pub calendars: Vec<Seen>,
    /// Shifts and offers to come that wait for an answer, by title.
    pub waiting: Vec<String>,
    /// Those that were answered.
    pub answered: usize,
    /// Those in which the person is not named by an address of theirs: no app lets them be answered.
    pub astray: usize,
}

/// A calendar as an app sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// As it is shown.
    pub name: String,
    /// What it is for.
    pub kind: CollectionKind,
    /// It comes from a team, or from somebody who shares it.
    pub mounted: bool,
    /// What is in it may be changed, which in `Shifts` means: answered.
    pub writes: bool,
    /// New events may be put into it.
    pub adds: bool,
}

impl Service {
    /// What a person's apps see; for the person and administrators.
    pub async fn client_check(&self, actor: &Actor, person: &PersonId) -> Result<ClientCheck, ServiceError> {
        let (ctx, who, whose) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &whose, Scope::Read)?;
            let person = people::find(tx, &whose)?.ok_or_else(|| ServiceError::NotFound(format!("person {whose}")))?;
            let check = ClientCheck {
                email: person.email.clone(),
                calendars: Vec::new(),
                waiting: Vec::new(),
                answered: 0,
                astray: 0,
            };
            questions(tx, &ctx, &person, check)
        };
        let check = self.store.read(read).await?;
        let calendars = self.home(actor, person).await?.into_iter().filter_map(seen).collect();
        Ok(ClientCheck { calendars, ..check })
    }
}

/// What an app lists as a calendar.
fn seen(view: CollectionView) -> Option<Seen> {
    let listed = !matches!(view.kind, CollectionKind::Inbox | CollectionKind::Outbox);
    listed.then(|| Seen {
        kind: view.kind,
        mounted: view.mounted,
        writes: view.privileges.allows(Privilege::WriteContent),
        adds: view.privileges.allows(Privilege::Bind),
        name: view.display_name,
    })
}

/// Looks at what stands in `Shifts`, as it is stored.
fn questions(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    mut check: ClientCheck,
) -> Result<ClientCheck, ServiceError> {
    let own = collections::of_person(tx, &person.id)?;
    let Some(shifts) = own.into_iter().find(|row| row.kind == CollectionKind::Shifts) else { return Ok(check) };
    let (user, ahead) = (user_of(ctx, person), Window::new(ctx.now, Instant::FAR_FUTURE));
    for object in objects::page(tx, &shifts.id, None, LOOKED_AT, Some(ahead))? {
        let Ok(tree) = Tree::parse(&object.body) else { continue };
        let Some(event) = tree.calendar().children_named("VEVENT").next() else { continue };
        if event.property("STATUS").is_some_and(|status| status.value() == "CANCELLED") {
            continue;
        }
        match user.line_in(event).map(|line| partstat(line)) {
            None => check.astray += 1,
            Some(answer) if answer == "NEEDS-ACTION" => {
                check.waiting.extend(event.property("SUMMARY").map(|summary| summary.text()));
            }
            Some(_) => check.answered += 1,
        }
    }
    Ok(check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::Channel;
    use crate::service::render::render_people;
    use crate::service::testing::{rota, stands};

    #[tokio::test]
    async fn what_waits_for_an_answer_is_told_apart_from_what_was_answered() {
        let (_place, service) = rota().await;
        let start = service.ctx().now.plus_hours(48);
        let day = |hours: i64| Window::new(start.plus_hours(hours), start.plus_hours(hours + 8));
        stands(&service, "one", "primary", day(0), Some("ada")).await;
        stands(&service, "two", "primary", day(24), Some("ada")).await;
        let ctx = service.ctx();
        let render = move |tx: &mut dyn Connection| render_people(tx, &ctx, &["ada".into()], &[]);
        service.store.write(render).await.unwrap();
        let ada = Actor::person("ada".into(), Channel::Button);
        service.acknowledge_shift(&ada, &"one".into(), 0).await.unwrap();
        let check = service.client_check(&ada, &"ada".into()).await.unwrap();
        assert_eq!((check.waiting.len(), check.answered, check.astray), (1, 1, 0), "{check:?}");
        assert_eq!(check.email, "ada@example.org");
        let of = |kind| check.calendars.iter().find(|seen| seen.kind == kind).unwrap();
        assert!(of(CollectionKind::Shifts).writes && !of(CollectionKind::Shifts).adds);
        assert!(of(CollectionKind::Availability).adds && !of(CollectionKind::Roster).writes);
        let refused = service.client_check(&ada, &"ben".into()).await;
        assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    }
}
