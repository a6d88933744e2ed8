//! The server's own certificate, obtained from an authority by ACME (RFC 8555): who asks for it and when, what came of it,
//! and what any process shows meanwhile. Keys and accounts are sealed with the link key.

use super::audit::{Deed, record};
use super::{Actor, Ctx, Lead, Service, ServiceError, rights, seal};
use crate::certificate::renewal::{Held, again, is_due};
use crate::certificate::{Certificate, CertificateError};
use crate::store::{Connection, certificates as rows};
use crate::time::{Instant, MINUTE};
use serde_json::json;
use std::path::Path;

/// What the lease is called.
const NAME: &str = "certificate";
/// How long what an authority expects can be looked at: longer than it looks.
const CHALLENGE: i64 = 15 * MINUTE;

/// What is asked for, and of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where the authority says what it can do.
    pub directory: String,
    /// The names that a certificate is to be for.
    pub names: Vec<String>,
    /// Whose account it is: another contact, or another account outside of ACME, is another account.
    pub owner: String,
}

impl Wanted {
    fn written_names(&self) -> String {
        let mut names = self.names.clone();
        names.sort();
        names.dedup();
        names.join(" ")
    }

    fn account_purpose(&self) -> String {
        format!("acme account {} {}", self.directory, self.owner)
    }
}

/// A certificate that can be shown.
#[derive(Debug)]
pub struct Obtained {
    /// When it was obtained.
    pub at: Instant,
    /// It is for other names than those that are wanted by now, which are being asked for.
    pub former: bool,
    /// With its key.
    pub certificate: Certificate,
}

/// What an authority gave.
pub struct Issued {
    /// The certificate with those between it and the authority, in PEM.
    pub chain: String,
    /// Its key, in PEM.
    pub key: String,
}

/// The right to ask, once; the attempt is counted already.
pub struct Begun {
    /// Renewed.
    pub lead: Lead,
    /// What the account is reached by; nothing where there is none yet.
    pub account: Option<Vec<u8>>,
    /// Whether one is held already that goes on meanwhile.
    pub held: bool,
    failures: u32,
}

/// How it stands with a certificate, for whoever runs Dogwatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Until when the one that is held is good.
    pub until: Option<Instant>,
    /// Attempts in a row that brought nothing.
    pub failures: u32,
    /// Why the last brought nothing.
    pub problem: Option<String>,
    /// When the next is made after those.
    pub next: Option<Instant>,
}

impl Service {
    /// How it stands with the certificate for these names; for administrators.
    pub async fn certificate_progress(&self, actor: &Actor, wanted: &Wanted) -> Result<Progress, ServiceError> {
        let (actor, wanted) = (actor.clone(), wanted.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            let found = rows::find(tx, &wanted.directory, &wanted.written_names())?;
            let none = Progress { until: None, failures: 0, problem: None, next: None };
            Ok::<_, ServiceError>(found.map_or(none, |standing| Progress {
                until: standing.kept.map(|kept| kept.held.until),
                failures: standing.failures,
                problem: standing.problem,
                next: standing.next,
            }))
        };
        self.store.read(read).await
    }

    /// Ends the pause after a failure, for whoever has mended what was wrong; for administrators.
    pub async fn ask_again(&self, actor: &Actor, wanted: &Wanted) -> Result<(), ServiceError> {
        let (actor, wanted) = (actor.clone(), wanted.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok::<_, ServiceError>(rows::end_pause(tx, &wanted.directory, &wanted.written_names())?)
        };
        self.store.write(write).await
    }

    /// Takes the lead in asking for certificates, or keeps it; nothing where another process has it.
    pub async fn lead_certificates(&self, had: Option<Lead>) -> Result<Option<Lead>, ServiceError> {
        self.lead(NAME, had).await
    }

    /// Gives that lead up.
    pub async fn retire_certificates(&self) -> Result<(), ServiceError> {
        self.retire_lead(NAME).await
    }

    /// What is to be shown: the certificate for these names, or as long as there is none the newest for others.
    pub async fn certificate(&self, wanted: &Wanted) -> Result<Option<Obtained>, ServiceError> {
        let (ctx, wanted) = (self.ctx(), wanted.clone());
        let read = move |tx: &mut dyn Connection| {
            let names = wanted.written_names();
            let own = rows::find(tx, &wanted.directory, &names)?.and_then(|standing| standing.kept);
            let (kept, former) = match own {
                Some(kept) => (Some(kept), false),
                None => (rows::newest(tx)?, true),
            };
            let Some(kept) = kept else { return Ok(None) };
            let key = seal::open(&ctx.host.link_key, &key_purpose(&kept.names), &kept.sealed);
            let key = key.ok_or_else(|| {
                ServiceError::invalid("certificate", "its key can't be opened: has the link key changed?")
            })?;
            let certificate = parsed(&kept.chain, &key).map_err(|error| unusable(&error))?;
            Ok::<_, ServiceError>(Some(Obtained { at: kept.held.obtained, former, certificate }))
        };
        self.store.read(read).await
    }

    /// Begins to ask where it is time to; the attempt is counted before it is made, so that a process that falls in the
    /// midst of it does not ask again and again. Nothing where it is not time, or another process has the lead.
    pub async fn begin_order(&self, lead: Lead, wanted: &Wanted) -> Result<Option<Begun>, ServiceError> {
        let (ctx, wanted) = (self.ctx(), wanted.clone());
        let (looked, asked) = (ctx.clone(), wanted.clone());
        let due = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(standing(tx, &looked, &asked)?.2);
        if !self.store.read(due).await? {
            return Ok(None);
        }
        let write = move |tx: &mut dyn Connection| {
            let (held, failures, due) = standing(tx, &ctx, &wanted)?;
            let Some(lead) = lead.renewed(tx, ctx.now)?.filter(|_| due) else { return Ok(None) };
            let failures = failures.saturating_add(1);
            let next = again(failures, None, ctx.now);
            rows::set_pause(tx, (&wanted.directory, &wanted.written_names()), (failures, next), None)?;
            let sealed = rows::account(tx, &wanted.directory, &wanted.owner)?;
            let open = |sealed: Vec<u8>| seal::open(&ctx.host.link_key, &wanted.account_purpose(), &sealed);
            Ok::<_, ServiceError>(Some(Begun { lead, account: sealed.and_then(open), held: held.is_some(), failures }))
        };
        self.store.write(write).await
    }

    /// Why the last attempt brought nothing, and when the next is made; nothing where it went well.
    pub async fn order_problem(&self, wanted: &Wanted) -> Result<Option<(String, Instant)>, ServiceError> {
        let wanted = wanted.clone();
        let read = move |tx: &mut dyn Connection| {
            let standing = rows::find(tx, &wanted.directory, &wanted.written_names())?;
            Ok::<_, ServiceError>(standing.and_then(|standing| standing.problem.zip(standing.next)))
        };
        self.store.read(read).await
    }

    /// Keeps what an account is reached by, or forgets one that the authority doesn't know any more.
    pub async fn keep_account(&self, wanted: &Wanted, account: Option<Vec<u8>>) -> Result<(), ServiceError> {
        let (ctx, wanted) = (self.ctx(), wanted.clone());
        let sealed = account.map(|plain| seal::seal(&ctx.host.link_key, &wanted.account_purpose(), &plain));
        let sealed = sealed.transpose()?;
        let write = move |tx: &mut dyn Connection| {
            let whose = (wanted.directory.as_str(), wanted.owner.as_str());
            Ok::<_, ServiceError>(rows::set_account(tx, whose, sealed.as_deref(), ctx.now)?)
        };
        self.store.write(write).await
    }

    /// What an authority expects of names, for every process to show.
    pub async fn show_challenges(&self, challenges: Vec<(String, [u8; 32])>) -> Result<(), ServiceError> {
        let until = self.ctx().now.plus_millis(CHALLENGE);
        let write = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::set_challenges(tx, &challenges, until)?);
        self.store.write(write).await
    }

    /// What an authority expects of a name at this moment.
    pub async fn challenge(&self, name: &str) -> Result<Option<[u8; 32]>, ServiceError> {
        let (name, now) = (name.to_owned(), self.ctx().now);
        let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::challenge(tx, &name, now)?);
        Ok(self.store.read(read).await?.and_then(|digest| digest.try_into().ok()))
    }

    /// Keeps what was given, for every process to show, and the lead by it: until when it is good. Nothing where another
    /// process has taken over.
    pub async fn keep_certificate(
        &self,
        begun: &Begun,
        wanted: &Wanted,
        issued: &Issued,
    ) -> Result<Option<(Lead, Instant)>, ServiceError> {
        let (ctx, wanted, lead) = (self.ctx(), wanted.clone(), begun.lead);
        let certificate = parsed(&issued.chain, issued.key.as_bytes()).map_err(|error| unusable(&error))?;
        if let Some(missing) = wanted.names.iter().find(|name| !certificate.names(name)) {
            return Err(ServiceError::invalid("certificate", format!("what the authority gave is not for {missing}")));
        }
        let held = Held { from: certificate.from(), until: certificate.until(), obtained: ctx.now };
        let names = wanted.written_names();
        let sealed = seal::seal(&ctx.host.link_key, &key_purpose(&names), issued.key.as_bytes())?;
        let kept = rows::Kept { names, chain: issued.chain.clone(), sealed, held };
        let write = move |tx: &mut dyn Connection| {
            let Some(lead) = lead.renewed(tx, ctx.now)? else { return Ok(None) };
            rows::put(tx, &wanted.directory, &kept)?;
            rows::set_challenges(tx, &[], ctx.now)?;
            let said = json!({ "names": kept.names, "until": held.until.to_string() });
            record(tx, &ctx, &Actor::system(), Deed::new("certificate.obtained", "instance").after(said))?;
            Ok::<_, ServiceError>(Some((lead, held.until)))
        };
        self.store.write(write).await
    }

    /// Writes why an attempt brought nothing, and keeps the lead: when the next is made, where this process still has it.
    /// `asked` is for how many milliseconds the authority wants to be left alone.
    pub async fn order_failed(
        &self,
        begun: &Begun,
        wanted: &Wanted,
        problem: &str,
        asked: Option<i64>,
    ) -> Result<Option<(Lead, Instant)>, ServiceError> {
        let (ctx, wanted, problem) = (self.ctx(), wanted.clone(), problem.to_owned());
        let (lead, failures) = (begun.lead, begun.failures);
        let write = move |tx: &mut dyn Connection| {
            let Some(lead) = lead.renewed(tx, ctx.now)? else { return Ok(None) };
            let next = again(failures, asked, ctx.now);
            let which = (wanted.directory.as_str(), wanted.written_names());
            rows::set_pause(tx, (which.0, &which.1), (failures, next), Some(&problem))?;
            rows::set_challenges(tx, &[], ctx.now)?;
            Ok::<_, ServiceError>(Some((lead, next)))
        };
        self.store.write(write).await
    }
}

/// What is held and can be opened, how often asking has failed since, and whether it is time to ask.
fn standing(tx: &mut dyn Connection, ctx: &Ctx, wanted: &Wanted) -> Result<(Option<Held>, u32, bool), ServiceError> {
    let names = wanted.written_names();
    let Some(standing) = rows::find(tx, &wanted.directory, &names)? else { return Ok((None, 0, true)) };
    let opens = |kept: &rows::Kept| seal::open(&ctx.host.link_key, &key_purpose(&names), &kept.sealed).is_some();
    let held = standing.kept.filter(opens).map(|kept| kept.held);
    Ok((held, standing.failures, is_due(held, standing.next, ctx.now)))
}

/// What the key of a certificate is sealed for.
fn key_purpose(names: &str) -> String {
    format!("acme key {names}")
}

fn parsed(chain: &str, key: &[u8]) -> Result<Certificate, CertificateError> {
    let (certificate, secret) = (Path::new("the certificate of the authority"), Path::new("its key"));
    Certificate::of((certificate, chain.as_bytes()), (secret, key))
}

fn unusable(error: &CertificateError) -> ServiceError {
    ServiceError::invalid("certificate", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::service;
    use crate::time::HOUR;

    fn wanted(name: &str) -> Wanted {
        let directory = "https://authority.example.net/directory".to_owned();
        Wanted { directory, names: vec![name.to_owned()], owner: "mailto:ops@example.org".to_owned() }
    }

    fn issued() -> Issued {
        let chain = include_str!("../../fixtures/tls/server.pem").to_owned();
        Issued { chain, key: include_str!("../../fixtures/tls/server.key").to_owned() }
    }

    /// Asks as the one process that does.
    async fn begin(service: &Service, wanted: &Wanted) -> Option<Begun> {
        let lead = service.lead_certificates(None).await.unwrap().unwrap();
        service.begin_order(lead, wanted).await.unwrap()
    }

    #[tokio::test]
    async fn an_attempt_is_counted_before_it_is_made_and_the_next_waits_as_long_as_the_authority_asks_for() {
        let (_place, service) = service().await;
        let (now, wanted) = (service.ctx().now, wanted("localhost"));
        let at = |hours: i64| service.as_of(now.plus_millis(hours * HOUR));
        let first = begin(&at(0), &wanted).await.unwrap();
        assert!(!first.held && first.account.is_none());
        assert!(begin(&at(0), &wanted).await.is_none(), "though nobody said how it went");
        let asked = Some(3 * HOUR);
        let (_, next) = at(0).order_failed(&first, &wanted, "port 443", asked).await.unwrap().unwrap();
        assert_eq!(next, now.plus_hours(3));
        assert_eq!(service.order_problem(&wanted).await.unwrap(), Some(("port 443".to_owned(), next)));
        assert!(begin(&at(2), &wanted).await.is_none());
        service.keep_account(&wanted, Some(b"account".to_vec())).await.unwrap();
        let second = begin(&at(3), &wanted).await.unwrap();
        assert_eq!(second.account.as_deref(), Some(&b"account"[..]));
        assert_eq!(second.failures, 2);
        at(3).keep_certificate(&second, &wanted, &issued()).await.unwrap().unwrap();
        assert!(begin(&at(24 * 365), &wanted).await.is_none(), "it is good for a hundred years");
        assert_eq!(service.order_problem(&wanted).await.unwrap(), None);
        service.keep_account(&wanted, None).await.unwrap();
        let third = begin(&at(24 * 365 * 80), &wanted).await.unwrap();
        assert!(third.held && third.account.is_none() && third.failures == 1);
    }

    #[tokio::test]
    async fn what_was_obtained_is_shown_until_other_names_have_a_certificate_and_opens_with_one_key() {
        let (_place, service) = service().await;
        let (one, other) = (wanted("localhost"), wanted("127.0.0.1"));
        assert!(service.certificate(&one).await.unwrap().is_none());
        let begun = begin(&service, &one).await.unwrap();
        service.keep_certificate(&begun, &one, &issued()).await.unwrap().unwrap();
        let shown = service.certificate(&one).await.unwrap().unwrap();
        assert!(!shown.former && shown.certificate.names("localhost"));
        assert!(service.certificate(&other).await.unwrap().unwrap().former);
        let begun = begin(&service, &other).await.unwrap();
        assert!(!begun.held, "it is for other names");
        let wrong = wanted("calendar.example.org");
        let refused = service.keep_certificate(&begun, &wrong, &issued()).await.unwrap_err().to_string();
        assert!(refused.contains("not for calendar.example.org"), "{refused}");
        service.keep_certificate(&begun, &other, &issued()).await.unwrap().unwrap();
        assert!(!service.certificate(&other).await.unwrap().unwrap().former);

        let changed = service.clone().signing_with([9; 32]);
        let said = changed.certificate(&one).await.unwrap_err().to_string();
        assert!(said.contains("has the link key changed?"), "{said}");
        assert!(begin(&changed, &one).await.is_some(), "what can't be opened is asked for anew");
    }

    #[tokio::test]
    async fn what_an_authority_expects_is_shown_for_a_while() {
        let (_place, service) = service().await;
        service.show_challenges(vec![("a.example.org".to_owned(), [7; 32])]).await.unwrap();
        assert_eq!(service.challenge("a.example.org").await.unwrap(), Some([7; 32]));
        assert_eq!(service.challenge("b.example.org").await.unwrap(), None);
        let later = service.as_of(service.ctx().now.plus_hours(1));
        assert_eq!(later.challenge("a.example.org").await.unwrap(), None);
    }
}
