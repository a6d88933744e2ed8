//! Importing holidays: into a team's holiday calendar, or into a calendar of a person's own that counts as holidays. Looked
//! at first, applied wholly or not at all.

use super::{MAX_BYTES, MAX_ROWS};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::holidays::{Holiday, read};
use crate::roster::model::CountsAs;
use crate::service::audit::{Deed, record};
use crate::service::calendars::{MAX_COLLECTIONS, holidays_changed};
use crate::service::people::by_login;
use crate::service::teams::{known, store_object, team_calendar};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::{Connection, counts, objects};
use serde::Serialize;
use serde_json::json;

/// Whose holidays they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of everybody in a team.
    Team(TeamId),
    /// Of one person, by id or address.
    Person(String),
}

/// A holiday that comes, or is written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Line of the file, from 1.
    pub line: usize,
    /// Its first day.
    pub day: String,
    /// As it is called.
    pub title: String,
    /// Whether it stands there already, otherwise.
    pub changed: bool,
}

/// What an import of holidays does, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HolidaysPlan {
    /// `team payments` or `person ada`.
    pub of: String,
    /// Holidays in the file.
    pub rows: usize,
    /// What comes or changes, by day.
    pub added: Vec<Added>,
    /// What else is to be known, as sentences.
    pub notes: Vec<String>,
    /// Whether it was done.
    pub applied: bool,
}

impl Service {
    /// Reads a calendar of holidays and says what that adds; with `apply` it is done, in one transaction. For the
    /// managers of the team, or the person and administrators.
    pub async fn import_holidays(
        &self,
        actor: &Actor,
        whose: &Whose,
        file: &[u8],
        apply: bool,
    ) -> Result<HolidaysPlan, ServiceError> {
        if file.len() > MAX_BYTES {
            return Err(ServiceError::TooMany(format!("the file has more than {MAX_BYTES} bytes; import it in parts")));
        }
        let text = std::str::from_utf8(file).map_err(|_| ServiceError::invalid("file", "is not UTF-8"))?;
        let wrong = |problem: crate::ical::line::Malformed| {
            ServiceError::invalid(format!("line {}", problem.line), problem.problem)
        };
        let file = read(text).map_err(wrong)?;
        if file.holidays.len() > MAX_ROWS {
            return Err(ServiceError::TooMany(format!("the file has more than {MAX_ROWS} holidays")));
        }
        let (ctx, actor, whose) = (self.ctx(), actor.clone(), whose.clone());
        let write = move |tx: &mut dyn Connection| {
            let mut plan = import(tx, &ctx, &actor, &whose, &file.holidays)?;
            if file.timed > 0 {
                plan.notes.push(format!("{} events have times and are left out: a holiday is a whole day", file.timed));
            }
            plan.applied = apply;
            Ok((plan, apply))
        };
        self.rehearse(write).await
    }
}

fn import(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    whose: &Whose,
    holidays: &[Holiday],
) -> Result<HolidaysPlan, ServiceError> {
    let (calendar, person, of) = match whose {
        Whose::Team(team) => {
            known(tx, team)?;
            rights::manage(tx, actor, team, ctx.now)?;
            (team_calendar(tx, team, CollectionKind::Holidays)?, None, format!("team {team}"))
        }
        Whose::Person(login) => {
            let person = by_login(tx, login)?.id;
            rights::own(tx, actor, &person, Scope::Roster)?;
            (own_calendar(tx, ctx, &person)?, Some(person.clone()), format!("person {person}"))
        }
    };
    let mut added = Vec::new();
    for holiday in holidays {
        let old = objects::by_uid(tx, &calendar.id, &holiday.uid)?;
        if old.as_ref().is_some_and(|old| old.body == holiday.object.as_bytes()) {
            continue;
        }
        store_object(tx, ctx, &calendar, holiday.object.as_bytes()).map_err(|problem| match problem {
            ServiceError::Store(broken) => ServiceError::Store(broken),
            other => ServiceError::invalid(format!("line {}", holiday.line), other.to_string()),
        })?;
        let (day, title) = (holiday.day.to_string(), holiday.title.clone());
        added.push(Added { line: holiday.line, day, title, changed: old.is_some() });
    }
    if !added.is_empty() {
        let mut deed = Deed::new("holidays.imported", format!("calendar:{}", calendar.id));
        if let Some(person) = &person {
            deed = deed.subject(person);
        }
        record(tx, ctx, actor, deed.after(json!({ "of": of, "holidays": added.len() })))?;
        if let Some(person) = &person {
            holidays_changed(tx, ctx, actor, person)?;
        }
    }
    Ok(HolidaysPlan { of, rows: holidays.len(), added, notes: Vec::new(), applied: false })
}

/// The calendar of a person's own that holds imported holidays; made where it is not there.
fn own_calendar(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<Collection, ServiceError> {
    let owner = Owner::Person(person.clone());
    if let Some(found) = collections::by_name(tx, &owner, NAME)? {
        if found.kind != CollectionKind::Calendar || counts::of_calendar(tx, &found.id)? != CountsAs::Holidays {
            let message = format!("{person} has a calendar \"{NAME}\" that doesn't count as holidays");
            return Err(ServiceError::conflict("calendar-exists", message));
        }
        return Ok(found);
    }
    let own = collections::of_person(tx, person)?;
    if own.iter().filter(|calendar| calendar.kind == CollectionKind::Calendar).count() >= MAX_COLLECTIONS {
        return Err(ServiceError::TooMany(format!("a person has at most {MAX_COLLECTIONS} calendars")));
    }
    let calendar = Collection {
        id: CollectionId::new(ctx.fresh()),
        owner,
        name: NAME.to_owned(),
        kind: CollectionKind::Calendar,
        display_name: "Holidays".to_owned(),
        description: None,
        color: None,
        order: None,
        timezone: None,
        components: vec!["VEVENT".to_owned()],
        transparent: true,
        change: 0,
        created: ctx.now,
    };
    collections::insert(tx, &calendar)?;
    counts::set(tx, &calendar.id, CountsAs::Holidays)?;
    Ok(calendar)
}

/// The last segment of its path.
const NAME: &str = "holidays";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{operator, rota};

    const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n\
        BEGIN:VEVENT\r\nUID:xmas\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\n\
        SUMMARY:Christmas Day\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:boxing\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261226\r\nSUMMARY:Boxing Day\r\nEND:VEVENT\r\n\
        END:VCALENDAR\r\n";

    async fn of_team(service: &Service) -> usize {
        let count = |tx: &mut dyn Connection| {
            let calendar = team_calendar(tx, &"payments".into(), CollectionKind::Holidays)?;
            Ok::<_, ServiceError>(objects::page(tx, &calendar.id, None, 10, None)?.len())
        };
        service.store.read(count).await.unwrap()
    }

    #[tokio::test]
    async fn holidays_of_a_team_are_rehearsed_stored_and_stored_once() {
        let (_place, service) = rota().await;
        let team = Whose::Team("payments".into());
        let rehearsed = service.import_holidays(&operator(), &team, FILE.as_bytes(), false).await.unwrap();
        assert_eq!((rehearsed.added.len(), of_team(&service).await), (2, 0));
        assert_eq!((rehearsed.added[0].day.as_str(), rehearsed.added[0].line), ("2026-12-25", 4));
        assert!(service.import_holidays(&operator(), &team, FILE.as_bytes(), true).await.unwrap().applied);
        assert_eq!(of_team(&service).await, 2);
        let again = service.import_holidays(&operator(), &team, FILE.as_bytes(), true).await.unwrap();
        assert_eq!(again.added, []);
        let moved = FILE.replace("20261226", "20261228");
        let changed = service.import_holidays(&operator(), &team, moved.as_bytes(), true).await.unwrap();
        assert!(changed.added.len() == 1 && changed.added[0].changed, "{changed:?}");
    }

    #[tokio::test]
    async fn holidays_of_a_person_count_as_such_and_one_bad_event_leaves_nothing() {
        let (_place, service) = rota().await;
        let ada = Whose::Person("ada@example.org".to_owned());
        let bad = FILE.replace("RRULE:FREQ=YEARLY", "RRULE:FREQ=SOMETIMES");
        let said = service.import_holidays(&operator(), &ada, bad.as_bytes(), true).await.unwrap_err().to_string();
        assert!(said.contains("line 4"), "{said}");
        assert!(!service.counted_calendars(&operator(), &"ada".into()).await.unwrap().iter().any(|c| c.name == NAME));
        assert!(service.import_holidays(&operator(), &ada, FILE.as_bytes(), true).await.unwrap().applied);
        let counted = service.counted_calendars(&operator(), &"ada".into()).await.unwrap();
        assert!(counted.iter().any(|c| c.name == NAME && c.counts_as == CountsAs::Holidays), "{counted:?}");
    }
}
