//! Who is on call from now on, gathered and signed for the hour in which nobody answers: what is written to disk and
//! sent elsewhere.

use super::planning::demands;
use super::{Ctx, Service, ServiceError};
use crate::ical::tree::Tree;
use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Shift, Team};
use crate::roster::snapshot::{
    DAYS, Escalation, Reachable, SigningKey, Snapshot, Stand, TeamWatch, calendar, gaps, page, plain, write,
};
use crate::store::outbox::{self, Message};
use crate::store::{Connection, StoreError, audit, people, shifts, swaps, teams};
use crate::time::{DAY, Instant, SECOND, Window};
use std::collections::{BTreeMap, BTreeSet};

/// Days that a shift lasts at most, as far as is looked for what nobody planned.
const LONGEST: i64 = 32;

/// The channel of the outbox by which it is sent to other places.
pub const CHANNEL: &str = "snapshot";
/// Which of several processes says in the outbox that it is to be sent: what the lease is called.
const SENDER: &str = "snapshot";

/// A snapshot in each of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `oncall.json`, signed.
    pub json: String,
    /// `oncall.ics`
    pub ics: String,
    /// `oncall.html`
    pub html: String,
}

impl Files {
    /// Each by its name, with what it is.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &'static str, &str); 3] {
        [
            ("oncall.json", "application/json", &self.json),
            ("oncall.ics", "text/calendar; charset=utf-8", &self.ics),
            ("oncall.html", "text/html; charset=utf-8", &self.html),
        ]
    }
}

impl Service {
    /// Who stands when in every team from this moment on, with addresses and numbers as far as each team lets them be
    /// told.
    pub async fn snapshot(&self) -> Result<Snapshot, ServiceError> {
        let ctx = self.ctx();
        self.store.read(move |tx| gather(tx, &ctx)).await
    }

    /// A snapshot in each of its forms, each read again before anybody else does.
    pub fn snapshot_files(&self, snapshot: &Snapshot) -> Result<Files, ServiceError> {
        let broken =
            |what: &str, why: String| StoreError::Shape(format!("{what} of the snapshot can't be read: {why}"));
        let key = &self.host.snapshot_key;
        let json = write(snapshot, key).map_err(|error| broken("the document", error.to_string()))?;
        let found = crate::roster::snapshot::read(&json).map_err(|error| broken("the document", error.to_string()))?;
        if found.snapshot != *snapshot || !found.is_signed_by(&key.public()) {
            return Err(broken("the document", "it is not what was written".to_owned()).into());
        }
        let ics = calendar(snapshot);
        Tree::parse(ics.as_bytes()).map_err(|error| broken("the calendar", error.to_string()))?;
        Ok(Files { json, ics, html: page(snapshot, snapshot.taken) })
    }

    /// Has it sent to these places; what waits for one of them already is sent once. Of several processes one says so.
    pub async fn send_snapshot(&self, places: Vec<String>) -> Result<(), ServiceError> {
        if places.is_empty() || self.lead(SENDER, None).await?.is_none() {
            return Ok(());
        }
        let ctx = self.ctx();
        let write = move |tx: &mut dyn Connection| {
            for place in &places {
                // Whoever brings it takes what is true then.
                let message = Message {
                    id: ctx.fresh(),
                    at: ctx.now,
                    kind: format!("{CHANNEL}.taken"),
                    recipient: place.clone(),
                    payload: "{}".to_owned(),
                    dedupe: format!("{CHANNEL}/{place}"),
                };
                outbox::say_again(tx, &message, "{}")?;
            }
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }

    /// What snapshots are signed with.
    #[must_use]
    pub fn snapshot_key(&self) -> &SigningKey {
        &self.host.snapshot_key
    }

    /// Signs snapshots with a key of the owner's instead of the one that was drawn.
    #[must_use]
    pub fn sealing_with(mut self, key: SigningKey) -> Self {
        std::sync::Arc::make_mut(&mut self.host).snapshot_key = key;
        self
    }

    /// The place of the last thing done that the trail tells: as long as it is the same, so is who is on call.
    pub async fn trail_place(&self) -> Result<i64, ServiceError> {
        self.store.read_few(|tx| Ok::<_, ServiceError>(audit::last(tx)?)).await
    }

    /// Waits until this process has done something that the trail tells.
    pub async fn stirred(&self) {
        self.store.stirred().await;
    }
}

fn gather(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Snapshot, ServiceError> {
    // To the second, as it is written.
    let taken = Instant::from_millis(ctx.now.millis().div_euclid(SECOND) * SECOND);
    let window = Window::new(taken, taken.plus_millis(DAYS * DAY));
    let asked: BTreeSet<(SlotId, u32)> = swaps::live(tx)?.into_iter().map(|swap| (swap.slot, swap.segment)).collect();
    let mut watches = Vec::new();
    for team in teams::all(tx)? {
        watches.push(watch(tx, &team, window, &asked)?);
    }
    watches.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let server = ctx.host.public_url.clone();
    Ok(Snapshot { server, taken, valid_until: window.end, public: false, teams: watches })
}

fn watch(
    tx: &mut dyn Connection,
    team: &Team,
    window: Window,
    asked: &BTreeSet<(SlotId, u32)>,
) -> Result<TeamWatch, ServiceError> {
    let published = shifts::of_team(tx, &team.id, window)?;
    let holders = holders(tx, team, &published)?;
    let role = |name: &str| team.roles.iter().find(|role| role.name == name);
    let paged = |name: &str| role(name).is_none_or(|role| role.paged);
    let mut stands = Vec::new();
    for shift in &published {
        // Somebody disabled holds nothing, whatever the roster says.
        let person = shift.person.clone().filter(|person| holders.contains_key(person));
        if person.is_some() || !role(&shift.role).is_some_and(|role| role.optional) {
            let cover_asked = asked.contains(&(shift.slot.clone(), shift.segment));
            let slot = Some(shift.slot.clone());
            stands.push(stand((plain(&shift.role), shift.window), person, (slot, shift.segment), cover_asked, paged));
        }
    }
    for (name, window) in unpublished(tx, team, &published, window)? {
        stands.push(stand((plain(&name), window), None, (None, 0), false, paged));
    }
    stands.sort_by(|a, b| (a.start, &a.role, &a.slot, a.segment).cmp(&(b.start, &b.role, &b.slot, b.segment)));
    let told = team.settings.contacts_in_snapshot;
    let escalation = team.contacts.iter().map(|contact| Escalation {
        role: contact.role.as_deref().map(plain),
        person: contact.person.clone(),
        name: plain(&contact.name),
        phone: Some(plain(&contact.phone)).filter(|_| told),
    });
    Ok(TeamWatch {
        id: team.id.clone(),
        name: plain(&team.name),
        zone: team.zone,
        public_page: team.settings.public_page,
        roles: team.roles.iter().map(|role| plain(&role.name)).collect(),
        people: holders,
        shifts: stands,
        escalation: escalation.collect(),
    })
}

fn stand(
    (role, window): (String, Window),
    person: Option<PersonId>,
    (slot, segment): (Option<SlotId>, u32),
    cover_asked: bool,
    paged: impl Fn(&str) -> bool,
) -> Stand {
    let page = paged(&role);
    Stand { role, start: window.start, end: window.end, person, slot, segment, cover_asked, page }
}

/// Everybody who holds something and may sign in.
fn holders(
    tx: &mut dyn Connection,
    team: &Team,
    published: &[Shift],
) -> Result<BTreeMap<PersonId, Reachable>, StoreError> {
    let ids: BTreeSet<&PersonId> = published.iter().filter_map(|shift| shift.person.as_ref()).collect();
    let told = team.settings.contacts_in_snapshot;
    let mut found = BTreeMap::new();
    for id in ids {
        if let Some(person) = people::find(tx, id)?.filter(|person| !person.disabled) {
            let reachable = Reachable {
                name: plain(&person.name),
                email: Some(plain(&person.email)).filter(|_| told),
                phone: person.phone.as_deref().map(plain).filter(|_| told),
            };
            found.insert(person.id, reachable);
        }
    }
    Ok(found)
}

/// What the team's patterns ask for beyond what is published, role by role.
fn unpublished(
    tx: &mut dyn Connection,
    team: &Team,
    published: &[Shift],
    window: Window,
) -> Result<Vec<(String, Window)>, ServiceError> {
    let wide = Window::new(window.start.plus_days(-LONGEST), window.end);
    let demands = match demands(tx, team, wide) {
        Ok(demands) => demands,
        // Who is published as on call is told whatever became of a pattern.
        Err(error @ ServiceError::TooMany(_)) => {
            tracing::warn!(%error, team = %team.id, "what is asked for is not known");
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut asked: BTreeMap<String, Vec<Window>> = BTreeMap::new();
    for demand in demands.into_iter().filter(|demand| !demand.optional) {
        asked.entry(demand.role).or_default().push(demand.window);
    }
    let mut found = Vec::new();
    for (role, windows) in asked {
        let stood: Vec<_> = published.iter().filter(|shift| shift.role == role).map(|shift| shift.window).collect();
        found.extend(gaps(&windows, &stood, window).into_iter().map(|gap| (role.clone(), gap)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::{Contact, Settings};
    use crate::roster::snapshot::read;
    use crate::service::Actor;
    use crate::service::testing::{operator, rota, stands};

    async fn told(service: &Service) -> TeamWatch {
        service.snapshot().await.unwrap().team(&"payments".into()).unwrap().clone()
    }

    #[tokio::test]
    async fn it_says_at_every_moment_what_the_server_says() {
        let (_place, service) = rota().await;
        let now = service.ctx().now;
        let hours = |from: i64, to: i64| Window::new(now.plus_hours(from), now.plus_hours(to));
        stands(&service, "a", "primary", hours(-4, 8), Some("ada")).await;
        stands(&service, "b", "primary", hours(8, 20), Some("ben")).await;
        stands(&service, "c", "secondary", hours(-4, 20), None).await;
        stands(&service, "d", "shadow", hours(0, 20), None).await;
        stands(&service, "far", "primary", hours(24 * 61, 24 * 62), Some("ada")).await;
        let ada = Actor::person("ada".into(), crate::roster::model::Channel::Button);
        service.ask_for_cover(&ada, &"a".into(), 0, None).await.unwrap();
        let team = told(&service).await;
        for hour in [1, 7, 8, 15, 30] {
            let at = now.plus_hours(hour);
            let answer = service.on_call(&operator(), &"payments".into(), Some(at)).await.unwrap();
            let live: Vec<_> = answer
                .on_call
                .iter()
                .map(|one| {
                    let person = one.person.as_ref();
                    (
                        one.role.clone(),
                        person.map(|p| p.id.clone()),
                        person.and_then(|p| p.phone.clone()),
                        one.cover_asked,
                        one.page,
                    )
                })
                .collect();
            let kept: Vec<_> = team
                .at(at)
                .on_call
                .iter()
                .map(|one| {
                    let phone = team.holder(one).and_then(|person| person.phone.clone());
                    (one.role.clone(), one.person.clone(), phone, one.cover_asked, one.page)
                })
                .collect();
            assert_eq!(kept, live, "at hour {hour}");
        }
        assert!(team.shifts.iter().all(|stand| stand.slot.as_ref().is_none_or(|slot| slot.as_str() != "far")));
    }

    #[tokio::test]
    async fn who_is_disabled_holds_nothing_and_contacts_are_told_as_far_as_the_team_lets_them() {
        let (_place, service) = rota().await;
        let now = service.ctx().now;
        let day = Window::new(now, now.plus_hours(24));
        stands(&service, "a", "primary", day, Some("ada")).await;
        stands(&service, "b", "secondary", day, Some("ben")).await;
        let contact =
            Contact { role: None, person: None, name: "Dora Quist".to_owned(), phone: "+447700900199".to_owned() };
        service.set_contacts(&operator(), &"payments".into(), vec![contact]).await.unwrap();
        let off = |tx: &mut dyn Connection| {
            Ok::<_, ServiceError>(people::disable(tx, &"ben".into(), Instant::from_millis(0))?)
        };
        service.store.write(off).await.unwrap();
        let team = told(&service).await;
        assert_eq!(team.people.keys().map(PersonId::as_str).collect::<Vec<_>>(), ["ada"]);
        assert_eq!(team.people[&"ada".into()].phone.as_deref(), Some("+447700900101"));
        assert_eq!(team.escalation[0].phone.as_deref(), Some("+447700900199"));
        let at = now.plus_hours(1);
        assert_eq!(team.at(at).on_call[1].person, None);
        let quiet = Settings { contacts_in_snapshot: false, ..Settings::default() };
        service.set_settings(&operator(), &"payments".into(), quiet).await.unwrap();
        let team = told(&service).await;
        let ada = &team.people[&"ada".into()];
        assert_eq!((ada.name.as_str(), &ada.email, &ada.phone), ("Ada Okafor", &None, &None));
        assert_eq!(team.escalation[0].phone, None);
    }

    #[tokio::test]
    async fn its_key_stays_the_instances_and_whoever_owns_another_may_use_that() {
        let (_place, service) = rota().await;
        let snapshot = service.snapshot().await.unwrap();
        let public = service.snapshot_key().public();
        let again = Service::open(service.store.clone(), "https://calendar.example.org", service.clock.clone());
        assert_eq!(again.await.unwrap().snapshot_key().public(), public);
        let files = service.snapshot_files(&snapshot).unwrap();
        assert!(read(&files.json).unwrap().is_signed_by(&public));
        let other = service.clone().sealing_with(SigningKey::of(&[3; 32]).unwrap());
        let found = read(&other.snapshot_files(&snapshot).unwrap().json).unwrap();
        assert!(!found.is_signed_by(&public) && found.is_signed_by(&other.snapshot_key().public()));
    }

    #[tokio::test]
    async fn what_the_trail_tells_stirs_and_what_it_does_not_does_not() {
        let (_place, service) = rota().await;
        let before = service.trail_place().await.unwrap();
        service.stirred().await;
        service.probe().await.unwrap();
        let silence = tokio::time::timeout(std::time::Duration::from_millis(50), service.stirred()).await;
        assert!(silence.is_err(), "nothing was done");
        service
            .set_settings(&operator(), &"payments".into(), Settings { approval: true, ..Settings::default() })
            .await
            .unwrap();
        service.stirred().await;
        assert!(service.trail_place().await.unwrap() > before);
    }
}
