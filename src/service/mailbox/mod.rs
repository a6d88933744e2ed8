//! Mail that comes in: answers to the invitations that went out. A mail is easily written in anybody's name, so that it
//! counts only where it came to the reader's own reply address, from the address that is known of them, and where our own
//! mail server vouches for its domain; of the rest the person is asked on their dashboard, or it is dropped.

mod answer;
mod bounces;
mod held;
#[cfg(test)]
mod tests;

pub use crate::store::held::Doubt;
pub(super) use bounces::is_bouncing;
pub use held::HeldMail;

use super::addresses::{self, Addressee, user_of};
use super::audit::{Deed, record};
use super::calendars::{MAX_OBJECT_BYTES, Receipt, meeting_arrived};
use super::letters::{Purpose, Replies};
use super::{Actor, Ctx, Service, ServiceError, Who, hex};
use crate::ical::build::normal_address;
use crate::ids::PersonId;
use crate::roster::model::{Channel, Person};
use crate::store::held as rows;
use crate::store::{Connection, StoreError, people};
use answer::Answer;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Mails that are held for one person at most.
const MOST_HELD: usize = 50;
/// Days for which mails are held, and are known when they come again.
pub(super) const HELD_DAYS: i64 = 30;

/// A mail as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// To which address of ours.
    pub recipient: String,
    /// From whom it says it is; nothing where it says that of nobody, or of several.
    pub from: Option<String>,
    /// What it is known by when it comes again.
    pub id: String,
    /// Our own mail server says that its domain has sent it (DMARC, RFC 7489).
    pub vouched: bool,
    /// A program says that it wrote it (RFC 3834).
    pub automatic: bool,
    /// Its calendar part.
    pub calendar: Option<Vec<u8>>,
    /// It reports that a mail can never be delivered, and why (RFC 3464).
    pub report: Option<String>,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Taken,
    /// The person is asked about it.
    Held(Doubt),
    /// Nothing follows from it, and why.
    Ignored(&'static str),
}

/// Whose reply address it came to.
enum Whose {
    /// That of somebody here, for what they are sent.
    Own(Person),
    /// That of a guest, for meetings of somebody here.
    Guest(Person, String),
}

impl Service {
    /// Whether an address has the shape of our reply addresses; whose it is depends on who writes.
    #[must_use]
    pub fn is_reply_address(&self, address: &str) -> bool {
        let replies = self.host.mail.as_ref().and_then(|mail| mail.replies.as_ref());
        replies.is_some_and(|replies| replies.tag(address).is_some())
    }

    /// Takes a mail in. Whatever becomes of it, nobody is answered.
    pub async fn receive_mail(&self, incoming: Incoming) -> Result<Verdict, ServiceError> {
        let ctx = self.ctx();
        self.store.write(move |tx| receive(tx, &ctx, &incoming)).await
    }
}

fn receive(tx: &mut dyn Connection, ctx: &Ctx, incoming: &Incoming) -> Result<Verdict, ServiceError> {
    let replies = ctx.host.mail.as_ref().and_then(|mail| mail.replies.as_ref());
    let tag = replies.and_then(|replies| replies.tag(&incoming.recipient));
    let Some(tag) = tag else { return Ok(Verdict::Ignored("it came to no address of ours")) };
    if let Some(why) = &incoming.report {
        return report(tx, ctx, &tag, why);
    }
    let from = incoming.from.as_deref().map(normal_address);
    let Some(from) = from else { return Ok(Verdict::Ignored("it does not say from whom it is")) };
    let Some(whose) = whose(tx, ctx, &tag, &from)? else {
        return Ok(Verdict::Ignored("nobody has this reply address, or not who writes"));
    };
    let Some(calendar) = incoming.calendar.as_deref().filter(|text| text.len() <= MAX_OBJECT_BYTES) else {
        return Ok(Verdict::Ignored("it holds no answer to an invitation"));
    };
    let known_by = hex(&Sha256::digest(format!("{}\n{}", incoming.id, tag)));
    if !rows::see(tx, &known_by, ctx.now)? {
        return Ok(Verdict::Ignored("it came before"));
    }
    match whose {
        Whose::Own(person) => own(tx, ctx, (&person, &from), incoming, calendar),
        Whose::Guest(person, guest) if incoming.vouched => {
            Ok(match meeting_arrived(tx, ctx, (&guest, &person.email), calendar)? {
                Receipt::Taken | Receipt::Answered | Receipt::Noted => Verdict::Taken,
                Receipt::Ignored(why) => Verdict::Ignored(why),
            })
        }
        Whose::Guest(person, guest) => hold(tx, ctx, (&person, &guest), Doubt::Unproven, (true, calendar)),
    }
}

/// An answer of somebody here, to a shift or an offer.
fn own(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, from): (&Person, &str),
    incoming: &Incoming,
    calendar: &[u8],
) -> Result<Verdict, ServiceError> {
    let answer = match Answer::read(calendar) {
        Ok(answer) => answer,
        Err(why) => return Ok(Verdict::Ignored(why)),
    };
    if !user_of(ctx, person).is(&answer.attendee) {
        return refuse(tx, ctx, (person, from), "it answers for somebody else");
    }
    if *from != person.email {
        return match addresses::find(tx, ctx, from)? {
            Addressee::Elsewhere => hold(tx, ctx, (person, from), Doubt::OtherAddress, (false, calendar)),
            _ => refuse(tx, ctx, (person, from), "somebody else here has sent it"),
        };
    }
    if !incoming.vouched {
        return hold(tx, ctx, (person, from), Doubt::Unproven, (false, calendar));
    }
    if incoming.automatic {
        return hold(tx, ctx, (person, from), Doubt::Automatic, (false, calendar));
    }
    let actor = Actor::person(person.id.clone(), Channel::Mail);
    answer::apply(tx, ctx, &actor, person, &answer)
}

/// Of a mail that went to somebody here: the return path says to whom.
fn report(tx: &mut dyn Connection, ctx: &Ctx, tag: &str, why: &str) -> Result<Verdict, ServiceError> {
    for (person, epoch) in people::link_epochs(tx)? {
        if Replies::is_tag(tag, &ctx.host.link_key, (&person, epoch), Purpose::Bounces)
            && let Some(person) = people::find(tx, &person)?
        {
            return bounces::note(tx, ctx, &person, why).map(|()| Verdict::Taken);
        }
    }
    Ok(Verdict::Ignored("it reports on no mail of ours"))
}

/// Whose address has this tag. Nothing is kept of tags: everybody's is tried, which takes microseconds each.
fn whose(tx: &mut dyn Connection, ctx: &Ctx, tag: &str, from: &str) -> Result<Option<Whose>, StoreError> {
    let key = &ctx.host.link_key;
    for (person, epoch) in people::link_epochs(tx)? {
        let named = (&person, epoch);
        let own = Replies::is_tag(tag, key, named, Purpose::Own);
        if !own && !Replies::is_tag(tag, key, named, Purpose::Meetings(from)) {
            continue;
        }
        let found = people::find(tx, &person)?;
        return Ok(found.map(|person| if own { Whose::Own(person) } else { Whose::Guest(person, from.to_owned()) }));
    }
    Ok(None)
}

fn hold(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, from): (&Person, &str),
    why: Doubt,
    (guest, calendar): (bool, &[u8]),
) -> Result<Verdict, ServiceError> {
    if rows::of_person(tx, &person.id)?.len() >= MOST_HELD {
        return Ok(Verdict::Ignored("too much is held for this person already"));
    }
    let held = rows::Held {
        id: ctx.fresh(),
        person: person.id.clone(),
        at: ctx.now,
        sender: from.chars().take(254).collect(),
        guest,
        why,
        calendar: calendar.to_vec(),
    };
    rows::insert(tx, &held)?;
    let deed = Deed::new("mail.held", format!("mail:{}", held.id)).subject(&person.id);
    record(tx, ctx, &by_mail(), deed.after(json!({ "from": held.sender, "why": why })))?;
    Ok(Verdict::Held(why))
}

/// What is certainly not theirs leaves a row in the trail and nothing else.
fn refuse(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, from): (&Person, &str),
    why: &'static str,
) -> Result<Verdict, ServiceError> {
    let from: String = from.chars().take(254).collect();
    let deed = Deed::new("mail.refused", format!("person:{}", person.id)).subject(&person.id);
    record(tx, ctx, &by_mail(), deed.after(json!({ "from": from, "why": why })))?;
    Ok(Verdict::Ignored(why))
}

fn by_mail() -> Actor {
    Actor { who: Who::System, channel: Channel::Mail, reads_only: false, on_call_phone: false }
}

/// Whom a held mail concerns may settle it.
fn theirs(actor: &Actor, person: &PersonId) -> bool {
    matches!(&actor.who, Who::Person(own) if own == person)
}
