//! The instance itself: whether its store takes writes, and under which address it was last served.

use super::render::render_people;
use super::{Actor, Service, ServiceError};
use crate::outbound::{Provider, Reach};
use crate::store::{Connection, Store, audit, backup, instance, lease, people, sessions, teams};
use crate::time::Instant;
use serde_json::json;

/// The address that links in calendars name, in the instance's values.
const SHOWN: &str = "shown_url";

/// Makes the present of what was a backup until now, if it was one. What happened after it was made is unknown to it:
/// clients that have seen that must read their calendars anew, whoever signed in must do so again, and no server that
/// ran then leads anything now.
pub(super) fn begin_anew(tx: &mut dyn Connection, now: Instant, fresh_epoch: &str) -> Result<(), ServiceError> {
    let Some(backup) = backup::take_mark(tx)? else { return Ok(()) };
    instance::set(tx, "epoch", fresh_epoch)?;
    sessions::end_all(tx)?;
    lease::end_all(tx)?;
    let event = audit::Event {
        at: now,
        actor: Actor::operator().audit_name(),
        subject: None,
        channel: Actor::operator().channel,
        action: "instance.restored".to_owned(),
        object: "instance".to_owned(),
        before: None,
        after: Some(json!({ "backup": Instant::from_millis(backup.at).to_string() }).to_string()),
        reason: None,
    };
    audit::append(tx, &event)?;
    Ok(())
}

impl Service {
    /// Writes one row and waits until it is on disk. A disk that was full must have room again.
    pub async fn probe(&self) -> Result<(), ServiceError> {
        self.store.room().await?;
        let now = self.clock.now().to_string();
        self.store.write(move |tx| Ok::<_, ServiceError>(instance::set(tx, "probed", &now)?)).await
    }

    /// Leaves the address under which this instance is served, so that commands beside the server make the same links.
    /// Where calendars still name another one, all that Dogwatch wrote in them is told anew.
    pub async fn announce(&self) -> Result<(), ServiceError> {
        let url = self.host.public_url.clone();
        let announce = move |tx: &mut dyn Connection| {
            let shown = match instance::find(tx, SHOWN)? {
                Some(shown) => Some(shown),
                None => instance::find(tx, "public_url")?,
            };
            let shown = shown.unwrap_or_else(|| url.clone());
            instance::set(tx, SHOWN, &shown)?;
            instance::set(tx, "public_url", &url)?;
            Ok::<_, ServiceError>(shown != url)
        };
        if self.store.write(announce).await? { self.show_address().await } else { Ok(()) }
    }

    /// One transaction for each person and team: what can't be done for one does not hold up the others, and is tried
    /// again at the next start.
    async fn show_address(&self) -> Result<(), ServiceError> {
        tracing::info!(url = self.host.public_url, "the address has changed; calendars are told");
        let everybody = |tx: &mut dyn Connection| Ok::<_, ServiceError>((people::all(tx)?, teams::all(tx)?));
        let (people, teams) = self.store.read(everybody).await?;
        let people = people.into_iter().map(|person| (vec![person.id], Vec::new()));
        let mut everywhere = true;
        for (people, teams) in people.chain(teams.into_iter().map(|team| (Vec::new(), vec![team.id]))) {
            let (ctx, whose) = (self.ctx(), format!("{people:?} {teams:?}"));
            let render = move |tx: &mut dyn Connection| render_people(tx, &ctx, &people, &teams);
            if let Err(error) = self.store.write(render).await {
                tracing::warn!(%error, whose, "a calendar still names the former address");
                everywhere = false;
            }
        }
        let url = self.host.public_url.clone();
        let shown = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(instance::set(tx, SHOWN, &url)?);
        if everywhere { self.store.write(shown).await } else { Ok(()) }
    }

    /// Where people and calendar apps reach this instance, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.host.public_url
    }

    /// The address under which the instance in this store was last served.
    pub async fn announced(store: &Store) -> Result<Option<String>, ServiceError> {
        store.read(|tx| Ok::<_, ServiceError>(instance::find(tx, "public_url")?)).await
    }

    /// Speaks to these servers where somebody else chose the address.
    #[must_use]
    pub fn reaching(mut self, reach: Reach) -> Self {
        std::sync::Arc::make_mut(&mut self.host).reach = reach;
        self
    }

    /// Reminds people of what is due, but for these hours; of nothing where there are none.
    #[must_use]
    pub fn reminding(mut self, quiet: Option<crate::roster::quiet::QuietHours>) -> Self {
        std::sync::Arc::make_mut(&mut self.host).reminding = quiet;
        self
    }

    /// When people who chose nothing else are left alone.
    #[must_use]
    pub fn quiet_hours(&self) -> crate::roster::quiet::QuietHours {
        self.host.reminding.unwrap_or_default()
    }

    /// Lets people sign in by a provider of OpenID Connect, too.
    #[must_use]
    pub fn trusting(mut self, provider: Option<Provider>) -> Self {
        std::sync::Arc::make_mut(&mut self.host).provider = provider.map(std::sync::Arc::new);
        self
    }

    /// To which servers it speaks where somebody else chose the address.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        &self.host.reach
    }

    /// The host of its own address, as it stands in identifiers.
    #[must_use]
    pub fn host_name(&self) -> &str {
        &self.host.host
    }

    /// Signs links with a key of the owner's instead of the one that was drawn.
    #[must_use]
    pub fn signing_with(mut self, link_key: [u8; 32]) -> Self {
        std::sync::Arc::make_mut(&mut self.host).link_key = link_key;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Clock;
    use crate::service::calendars::CollectionPath;
    use crate::service::testing::{operator, rota, stands};
    use crate::time::Window;

    /// The text of Ada's one shift, and of the one event of her team's roster.
    async fn told(service: &Service) -> (String, String) {
        let ada = crate::service::Actor::person("ada".into(), crate::roster::model::Channel::Calendar);
        let mut texts = Vec::new();
        for calendar in ["shifts", "team-payments-roster"] {
            let path = CollectionPath::new("ada".into(), calendar);
            let page = service.objects_page(&ada, &path, None, 10).await.unwrap();
            assert_eq!(page.rows.len(), 1);
            texts.push(String::from_utf8(page.rows[0].body.to_vec()).unwrap().replace("\r\n ", ""));
        }
        let roster = texts.pop().unwrap();
        (texts.pop().unwrap(), roster)
    }

    fn line<'t>(text: &'t str, name: &str) -> &'t str {
        text.lines().find(|line| line.starts_with(name)).unwrap()
    }

    #[tokio::test]
    async fn a_new_address_is_told_to_every_calendar_once() {
        let (_folder, service) = rota().await;
        service.announce().await.unwrap();
        let start = service.ctx().now.plus_hours(48);
        stands(&service, "s1", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
        let ctx = service.ctx();
        let render = move |tx: &mut dyn Connection| render_people(tx, &ctx, &["ada".into()], &["payments".into()]);
        service.store.write(render).await.unwrap();
        let (before, _) = told(&service).await;
        assert!(before.contains("https://calendar.example.org/links/cover/"), "{before}");

        let moved = Service::open(service.store.clone(), "https://calendar.example.org:8443", Clock::system());
        let moved = moved.await.unwrap();
        moved.announce().await.unwrap();
        let (shift, roster) = told(&moved).await;
        for text in [&shift, &roster] {
            assert!(text.contains("https://calendar.example.org:8443/"), "{text}");
            assert!(!text.contains("https://calendar.example.org/"), "{text}");
        }
        assert_eq!(line(&shift, "UID:"), line(&before, "UID:"));
        assert_eq!(line(&shift, "SEQUENCE:"), line(&before, "SEQUENCE:"), "nothing about the shift has changed");

        // Once is enough: nothing is rendered at a start that changes nothing.
        let lose = |tx: &mut dyn Connection| {
            let shifts = crate::store::shifts::of_person(tx, &"ada".into(), Window::ALWAYS)?;
            shifts.iter().try_for_each(|shift| {
                let other = crate::roster::model::Shift { person: Some("ben".into()), ..shift.clone() };
                Ok::<_, ServiceError>(crate::store::shifts::put(tx, &other)?)
            })
        };
        moved.store.write(lose).await.unwrap();
        moved.announce().await.unwrap();
        assert_eq!(told(&moved).await, (shift, roster));
        assert!(!moved.people(&operator()).await.unwrap().is_empty());
    }
}
