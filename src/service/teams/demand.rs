//! What a team's calendars of patterns and holidays ask for, as pages show it: each entry with what comes next, before it
//! is stored and after, and taking one away.

use super::known;
use super::patterns::{NewPattern, calendar};
use crate::ical::check::{MAX_SIZE, Rules, check};
use crate::ical::occur::occurrences;
use crate::ical::recur::Budget;
use crate::ical::tree::{Component, Tree};
use crate::ids::TeamId;
use crate::roster::model::Team;
use crate::roster::pattern::demand;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Service, ServiceError, rights};
use crate::store::collections::CollectionKind;
use crate::store::{Connection, objects};
use crate::time::{Day, Instant, Window, Zone};
use serde_json::json;
use std::collections::BTreeMap;

/// Days ahead that are looked through for what comes next.
const AHEAD: i64 = 400;
/// Entries of one calendar that are looked at.
const MOST: u32 = 1000;

/// A pattern with what it asks for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternView {
    /// UID of its event.
    pub uid: String,
    /// What it is called.
    pub title: String,
    /// Its RRULE as it stands there; nothing where it asks once, or on listed dates.
    pub rule: Option<String>,
    /// Zone of its times.
    pub zone: Zone,
    /// What comes next, by start; nothing where it asks for no more.
    pub next: Vec<Occurrence>,
}

/// One occurrence of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When.
    pub window: Window,
    /// The roles it needs.
    pub roles: Vec<String>,
}

/// A holiday of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidayView {
    /// UID of its event.
    pub uid: String,
    /// As it is called.
    pub title: String,
    /// Its next day, today included.
    pub day: Day,
}

impl Service {
    /// A team's patterns by what comes next, each with as many coming occurrences; for its managers.
    pub async fn patterns(&self, actor: &Actor, team: &TeamId, each: usize) -> Result<Vec<PatternView>, ServiceError> {
        let (ctx, actor, id) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            let team = known(tx, &id)?;
            rights::manage(tx, &actor, &id, ctx.now)?;
            let calendar = calendar(tx, &id, CollectionKind::Pattern)?;
            let mut found = Vec::new();
            for object in objects::page(tx, &calendar.id, None, MOST, None)? {
                found.extend(Tree::parse(&object.body).ok().and_then(|tree| view(&tree, &team, ctx.now, each)));
            }
            found.sort_by(|a, b| {
                let first =
                    |view: &PatternView| view.next.first().map_or(Instant::FAR_FUTURE, |next| next.window.start);
                (first(a), &a.title, &a.uid).cmp(&(first(b), &b.title, &b.uid))
            });
            Ok(found)
        };
        self.store.read(read).await
    }

    /// What a pattern would ask for, without storing it; for the team's managers.
    pub async fn preview_pattern(
        &self,
        actor: &Actor,
        team: &TeamId,
        new: &NewPattern,
        count: usize,
    ) -> Result<PatternView, ServiceError> {
        let (ctx, actor, id, new) = (self.ctx(), actor.clone(), team.clone(), new.clone());
        let read = move |tx: &mut dyn Connection| {
            let team = known(tx, &id)?;
            rights::manage(tx, &actor, &id, ctx.now)?;
            let text = new.checked("preview", &team, ctx.now)?;
            check(text.as_bytes(), &Rules { components: &["VEVENT"], max_size: MAX_SIZE })?;
            let tree =
                Tree::parse(text.as_bytes()).map_err(|problem| ServiceError::invalid("rrule", problem.problem))?;
            let none = || ServiceError::invalid("rrule", "has more occurrences than can be counted");
            view(&tree, &team, ctx.now, count).ok_or_else(none)
        };
        self.store.read(read).await
    }

    /// The holidays of a team that are still to come, by day; for its managers.
    pub async fn holidays_of_team(&self, actor: &Actor, team: &TeamId) -> Result<Vec<HolidayView>, ServiceError> {
        let (ctx, actor, id) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            let team = known(tx, &id)?;
            rights::manage(tx, &actor, &id, ctx.now)?;
            let calendar = calendar(tx, &id, CollectionKind::Holidays)?;
            let ahead = Window::new(ctx.now, ctx.now.plus_days(AHEAD));
            let mut found = Vec::new();
            for object in objects::page(tx, &calendar.id, None, MOST, Some(ahead))? {
                let Ok(tree) = Tree::parse(&object.body) else { continue };
                let next = occurrences(&tree, ahead, team.zone, &mut Budget::default()).unwrap_or_default();
                let next = next.iter().filter(|one| one.all_day).min_by_key(|one| one.window);
                found.extend(next.map(|one| HolidayView {
                    uid: text(one.component, "UID"),
                    title: text(one.component, "SUMMARY"),
                    day: one.window.start.civil(team.zone).date(),
                }));
            }
            found.sort_by(|a, b| (a.day, &a.title, &a.uid).cmp(&(b.day, &b.title, &b.uid)));
            Ok(found)
        };
        self.store.read(read).await
    }

    /// Takes a pattern out of a team's calendar; what is published stays until the next publication. For the team's
    /// managers.
    pub async fn remove_pattern(&self, actor: &Actor, team: &TeamId, uid: &str) -> Result<(), ServiceError> {
        self.remove_team_object(actor, team, CollectionKind::Pattern, uid).await
    }

    /// Takes a holiday out of a team's calendar; for its managers.
    pub async fn remove_holiday(&self, actor: &Actor, team: &TeamId, uid: &str) -> Result<(), ServiceError> {
        self.remove_team_object(actor, team, CollectionKind::Holidays, uid).await
    }

    async fn remove_team_object(
        &self,
        actor: &Actor,
        team: &TeamId,
        kind: CollectionKind,
        uid: &str,
    ) -> Result<(), ServiceError> {
        let (id, uid) = (team.clone(), uid.to_owned());
        self.change_team(actor, team, move |tx, ctx, actor| {
            let calendar = calendar(tx, &id, kind)?;
            let found = objects::by_uid(tx, &calendar.id, &uid)?;
            let found = found.ok_or_else(|| ServiceError::NotFound(format!("an entry {uid} of {id}")))?;
            objects::delete(tx, &calendar.id, &found.head.name, ctx.now)?;
            let deed = Deed::new("team.object-removed", format!("team:{id}"));
            record(tx, ctx, actor, deed.before(json!({ "calendar": kind, "uid": uid })))?;
            Ok(())
        })
        .await
    }
}

/// An event with what it asks for; nothing where its recurrence can't be counted.
fn view(tree: &Tree, team: &Team, now: Instant, count: usize) -> Option<PatternView> {
    let ahead = Window::new(now, now.plus_days(AHEAD));
    let demands = demand(tree, team, ahead, &mut Budget::default()).ok()?;
    let mut next: BTreeMap<Window, Vec<String>> = BTreeMap::new();
    for one in &demands {
        next.entry(one.window).or_default().push(one.role.clone());
    }
    let events = || tree.calendar().children_named("VEVENT");
    let master = events().find(|event| event.property("RECURRENCE-ID").is_none()).or_else(|| events().next())?;
    Some(PatternView {
        uid: text(master, "UID"),
        title: text(master, "SUMMARY"),
        rule: master.property("RRULE").map(|rule| rule.value().to_owned()),
        zone: demands.first().map_or(team.zone, |one| one.zone),
        next: next.into_iter().take(count).map(|(window, roles)| Occurrence { window, roles }).collect(),
    })
}

fn text(component: Component, name: &str) -> String {
    component.property(name).map(|property| property.text().trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::import::holidays::Whose;
    use crate::service::testing::{operator, rota};
    use crate::time::resolve;

    fn nights() -> NewPattern {
        NewPattern {
            title: "Nights".to_owned(),
            start: "2026-12-07T18:00:00".parse().unwrap(),
            end: "2026-12-08T09:00:00".parse().unwrap(),
            zone: Zone::Europe__London,
            end_zone: None,
            rule: "FREQ=WEEKLY;BYDAY=MO,TU".to_owned(),
            roles: vec!["primary".to_owned()],
            turn: "week".to_owned(),
            site: None,
            at_work: false,
        }
    }

    #[tokio::test]
    async fn a_pattern_says_what_comes_before_it_is_stored_and_after() {
        let (_place, service) = rota().await;
        let team = TeamId::from("payments");
        let service = service.as_of(resolve("2026-12-01T12:00:00".parse().unwrap(), Zone::Europe__London));
        let said = service.preview_pattern(&operator(), &team, &nights(), 3).await.unwrap();
        let starts: Vec<_> = said.next.iter().map(|one| one.window.start.to_string()).collect();
        assert_eq!(starts, ["2026-12-07T18:00:00Z", "2026-12-08T18:00:00Z", "2026-12-14T18:00:00Z"]);
        assert_eq!(said.next[0].roles, ["primary"]);
        assert_eq!(service.patterns(&operator(), &team, 3).await.unwrap(), [], "nothing is stored yet");
        let uid = service.add_pattern(&operator(), &team, &nights()).await.unwrap();
        let stored = service.patterns(&operator(), &team, 3).await.unwrap();
        assert_eq!(stored, [PatternView { uid: uid.clone(), ..said }]);
        service.remove_pattern(&operator(), &team, &uid).await.unwrap();
        assert_eq!(service.patterns(&operator(), &team, 3).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_rule_that_is_none_is_refused_before_it_is_stored() {
        let (_place, service) = rota().await;
        let team = TeamId::from("payments");
        for rule in ["FREQ=SOMETIMES", "FREQ=DAILY\r\nX:1", ""] {
            let new = NewPattern { rule: rule.to_owned(), ..nights() };
            assert!(service.preview_pattern(&operator(), &team, &new, 3).await.is_err(), "{rule:?}");
        }
        let new = NewPattern { roles: vec!["captain".to_owned()], ..nights() };
        let said = service.preview_pattern(&operator(), &team, &new, 3).await.unwrap_err();
        assert!(matches!(said, ServiceError::NotFound(_)), "{said}");
    }

    #[tokio::test]
    async fn coming_holidays_are_listed_by_their_next_day() {
        let (_place, service) = rota().await;
        let service = service.as_of(resolve("2026-12-26T12:00:00".parse().unwrap(), Zone::Europe__London));
        let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n\
            BEGIN:VEVENT\r\nUID:xmas\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20241225\r\nRRULE:FREQ=YEARLY\r\n\
            SUMMARY:Christmas Day\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nUID:boxing\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261226\r\nSUMMARY:Boxing Day\r\nEND:VEVENT\r\n\
            END:VCALENDAR\r\n";
        let whose = Whose::Team("payments".into());
        service.import_holidays(&operator(), &whose, file.as_bytes(), true).await.unwrap();
        let found = service.holidays_of_team(&operator(), &"payments".into()).await.unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.day.to_string(), one.title.as_str())).collect();
        assert_eq!(told, [("2026-12-26".to_owned(), "Boxing Day"), ("2027-12-25".to_owned(), "Christmas Day")]);
    }
}
