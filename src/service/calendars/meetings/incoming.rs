//! Scheduling messages that no calendar object says: those that mail brings from people elsewhere (RFC 6047), and what
//! somebody here posts to the outbox (RFC 5546 3.2.6 to 3.2.8). Whoever sends must be whom the message names, or it is
//! ignored: anybody can write a mail in anybody's name.

use super::super::authorize::reach;
use super::super::privileges::Privilege;
use super::super::{CollectionPath, MAX_OBJECT_BYTES};
use super::answer::receive;
use super::arrange::mail;
use super::copies::{self, Copy};
use super::{Party, inbox, read};
use crate::ical::build::normal_address;
use crate::ical::property::Property;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::model::{Channel, Person};
use crate::schedule::{Message, Method, Received, User, ask, deliver};
use crate::service::addresses::{self, Addressee, user_of};
use crate::service::{Actor, Ctx, Service, ServiceError, Who};
use crate::store::{Connection, people};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It has changed somebody's calendar.
    Taken,
    /// The sender gets an answer.
    Answered,
    /// Whom it concerns can read it in their inbox.
    Noted,
    /// Nothing has happened, and why.
    Ignored(&'static str),
}

/// What became of a posted message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The address as it was written.
    pub recipient: String,
    /// REQUEST-STATUS (RFC 5546 3.6).
    pub status: String,
}

/// A message, and what it says of itself.
struct Letter<'t> {
    message: Message,
    uid: String,
    /// Exchange leaves it out of answers.
    organizer: Option<Property<'t>>,
    attendees: Vec<Property<'t>>,
}

impl Service {
    /// Takes a scheduling message from outside. `from` is who has sent it, `to` for whom it came; both as addresses,
    /// and the caller has made sure of them.
    pub async fn receive_meeting(&self, from: &str, to: &str, text: Vec<u8>) -> Result<Receipt, ServiceError> {
        let (from, to, ctx) = (normal_address(from), normal_address(to), self.ctx());
        self.store.write(move |tx| arrived(tx, &ctx, (&from, &to), &text)).await
    }

    /// Sends what somebody, or a delegate of theirs, posts to the outbox of their home: a question for the present state (REFRESH), a proposal (COUNTER),
    /// or the answer to one (DECLINECOUNTER). Everything else is said by storing and removing objects.
    pub async fn post_meeting(
        &self,
        actor: &Actor,
        home: &PersonId,
        text: Vec<u8>,
    ) -> Result<Vec<Delivery>, ServiceError> {
        let (actor, home, ctx) = (actor.clone(), home.clone(), self.ctx());
        self.store.write(move |tx| posted(tx, &ctx, (&actor, &home), &text)).await
    }
}

/// Takes a message from outside, inside the caller's transaction; `way` is from whom and to whom, and the caller has made
/// sure of both.
pub(in crate::service) fn arrived(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    way: (&str, &str),
    text: &[u8],
) -> Result<Receipt, ServiceError> {
    let (from, to) = way;
    let Addressee::Person(person) = addresses::find(tx, ctx, to)? else {
        return Ok(Receipt::Ignored("nobody here has this address"));
    };
    if addresses::find(tx, ctx, from)? != Addressee::Elsewhere {
        return Ok(Receipt::Ignored("people here invite and answer in their calendars"));
    }
    let Ok(tree) = Tree::parse(text) else { return Ok(Receipt::Ignored("it is no calendar")) };
    let letter = match Letter::of(&tree) {
        Ok(letter) if text.len() <= MAX_OBJECT_BYTES => letter,
        Ok(_) => return Ok(Receipt::Ignored("it is too large")),
        Err(why) => return Ok(Receipt::Ignored(why)),
    };
    let actor = Actor { who: Who::System, channel: Channel::Mail, reads_only: false, on_call_phone: false };
    let party = Party { actor: &actor, user: user_of(ctx, &person), person, uid: &letter.uid };
    if letter.message.method.is_organizers() {
        if !letter.organizer.is_some_and(|organizer| is_sent_by(organizer, from)) {
            return Ok(Receipt::Ignored("the sender is not the ORGANIZER"));
        }
        to_attendee(tx, ctx, &party, &letter)
    } else {
        if !letter.attendees.first().is_some_and(|attendee| is_sent_by(*attendee, from)) {
            return Ok(Receipt::Ignored("the sender is not the ATTENDEE"));
        }
        to_organizer(tx, ctx, &party, &letter)
    }
}

/// REQUEST, ADD, CANCEL and DECLINECOUNTER of an organizer elsewhere.
fn to_attendee(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    letter: &Letter<'_>,
) -> Result<Receipt, ServiceError> {
    let found = copies::find(tx, &party.person.id, party.uid)?;
    let copy = found.filter(|copy| copy.object.head.organizer.is_some());
    let standing = copy.as_ref().map(|copy| copy.object.body.as_slice());
    match read(deliver(&party.user, standing, &letter.message.text, ctx.now))? {
        Received::Stored(text) => {
            if !copies::write(tx, ctx, party.actor, (&party.person, copy.as_ref()), (&text, true))? {
                return Ok(Receipt::Ignored("it is no whole event, or no calendar of theirs takes it"));
            }
            inbox::deliver(tx, ctx, &party.person.id, party.uid, [&letter.message])?;
            Ok(Receipt::Taken)
        }
        Received::Answered(answer) => {
            let organizer = letter.organizer.map(|line| normal_address(line.value())).unwrap_or_default();
            mail(tx, ctx, party, &organizer, &answer)?;
            Ok(Receipt::Answered)
        }
        Received::Noted => {
            inbox::note(tx, ctx, &party.person.id, (party.uid, ""), &letter.message)?;
            Ok(Receipt::Noted)
        }
        Received::Ignored(why) => Ok(Receipt::Ignored(why)),
    }
}

/// REPLY, REFRESH and COUNTER of an attendee elsewhere.
fn to_organizer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    letter: &Letter<'_>,
) -> Result<Receipt, ServiceError> {
    let Some(own) = own_object(tx, party)? else { return Ok(Receipt::Ignored("they organise no such event")) };
    let Some(attendee) = letter.attendees.first() else { return Ok(Receipt::Ignored("it is from nobody")) };
    let from = normal_address(attendee.value());
    if letter.message.method == Method::Reply {
        let sender = User::new([&from]);
        let about = (party.actor, party.uid);
        let taken = receive(tx, ctx, about, (&sender, &from), (&party.person, &own), &letter.message)?;
        return Ok(if taken { Receipt::Taken } else { Receipt::Ignored("it answers nothing that stands") });
    }
    match read(ask(&own.object.body, &letter.message.text, letter.message.method))? {
        Received::Answered(answer) => {
            mail(tx, ctx, party, &from, &answer)?;
            note_proposal(tx, ctx, party, &from, &letter.message)?;
            Ok(Receipt::Answered)
        }
        Received::Ignored(why) => Ok(Receipt::Ignored(why)),
        Received::Stored(_) | Received::Noted => Ok(Receipt::Noted),
    }
}

fn posted(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (actor, home): (&Actor, &PersonId),
    text: &[u8],
) -> Result<Vec<Delivery>, ServiceError> {
    let bad = |why: &str| ServiceError::conflict("valid-scheduling-message", why.to_owned());
    let outbox = reach(tx, ctx, actor, &CollectionPath::new(home.clone(), "outbox"))?;
    outbox.allow(Privilege::ScheduleSend)?;
    let person = people::find(tx, home)?.ok_or_else(|| ServiceError::NotFound(format!("person {home}")))?;
    let tree = Tree::parse(text).map_err(|malformed| ServiceError::invalid("body", malformed.to_string()))?;
    let letter = Letter::of(&tree).map_err(bad)?;
    let party = Party { actor, user: user_of(ctx, &person), person, uid: &letter.uid };
    let recipients: Vec<String> = match letter.message.method {
        Method::Refresh | Method::Counter => {
            if !letter.attendees.first().is_some_and(|own| party.user.is(own.value())) {
                return Err(bad("the first ATTENDEE of a REFRESH or COUNTER is whoever sends it"));
            }
            letter.organizer.map(|line| line.value().trim().to_owned()).into_iter().collect()
        }
        Method::DeclineCounter => {
            if !letter.organizer.is_some_and(|line| party.user.is(line.value())) {
                return Err(ServiceError::conflict("organizer-allowed", "the ORGANIZER is somebody else"));
            }
            letter.attendees.iter().map(|line| line.value().trim().to_owned()).collect()
        }
        _ => {
            return Err(bad(
                "only REFRESH, COUNTER, DECLINECOUNTER and free/busy can be posted; invitations and answers \
                            are sent by storing the event, what is called off by removing it",
            ));
        }
    };
    let mut deliveries = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let status = match addresses::find(tx, ctx, &recipient)? {
            Addressee::Person(other) => hand_over(tx, ctx, &party, &other, &letter)?,
            Addressee::Elsewhere => {
                mail(tx, ctx, &party, &normal_address(&recipient), &letter.message)?;
                "1.0;Pending".to_owned()
            }
            Addressee::Team(_) | Addressee::Nobody => "3.7;Invalid calendar user".to_owned(),
        };
        deliveries.push(Delivery { recipient, status });
    }
    Ok(deliveries)
}

/// A posted message, to somebody here; gives its status.
fn hand_over(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    from: &Party<'_>,
    to: &Person,
    letter: &Letter<'_>,
) -> Result<String, ServiceError> {
    let message = &letter.message;
    let done = "2.0;Success".to_owned();
    if message.method == Method::DeclineCounter {
        if own_object(tx, from)?.is_none() {
            return Ok("5.3;there is no such event of yours".to_owned());
        }
        inbox::note(tx, ctx, &to.id, (from.uid, ""), message)?;
        return Ok(done);
    }
    let organizer = Party { actor: from.actor, user: user_of(ctx, to), person: to.clone(), uid: from.uid };
    let Some(own) = own_object(tx, &organizer)? else { return Ok("5.3;there is no such event".to_owned()) };
    let answer = match read(ask(&own.object.body, &message.text, message.method))? {
        Received::Answered(answer) => answer,
        Received::Ignored(why) => return Ok(format!("5.3;{why}")),
        Received::Stored(_) | Received::Noted => return Ok(done),
    };
    if message.method == Method::Counter {
        note_proposal(tx, ctx, &organizer, from.person.id.as_str(), message)?;
        inbox::note(tx, ctx, &from.person.id, (from.uid, ""), &answer)?;
        return Ok(done);
    }
    let copy = copies::find(tx, &from.person.id, from.uid)?.filter(|copy| copy.object.head.organizer.is_some());
    let standing = copy.as_ref().map(|copy| copy.object.body.as_slice());
    if let Received::Stored(text) = read(deliver(&from.user, standing, &answer.text, ctx.now))? {
        copies::write(tx, ctx, from.actor, (&from.person, copy.as_ref()), (&text, false))?;
    }
    inbox::deliver(tx, ctx, &from.person.id, from.uid, [&answer])?;
    Ok(done)
}

/// A proposal is turned down at once, because a meeting is moved by moving it; who could do so finds it in the inbox.
fn note_proposal(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    organizer: &Party<'_>,
    from: &str,
    message: &Message,
) -> Result<(), ServiceError> {
    if message.method == Method::Counter {
        inbox::note(tx, ctx, &organizer.person.id, (organizer.uid, from), message)?;
    }
    Ok(())
}

/// The person's own object, of which they are the organizer.
fn own_object(tx: &mut dyn Connection, party: &Party<'_>) -> Result<Option<Copy>, ServiceError> {
    let found = copies::find(tx, &party.person.id, party.uid)?;
    let own = |copy: &Copy| copy.object.head.organizer.as_deref().is_some_and(|address| party.user.is(address));
    Ok(found.filter(own))
}

impl<'t> Letter<'t> {
    fn of(tree: &'t Tree<'t>) -> Result<Self, &'static str> {
        let calendar = tree.calendar();
        let method = calendar.property("METHOD").ok_or("it has no METHOD")?;
        let method = Method::named(method.value()).ok_or("this METHOD is not taken")?;
        let lead = calendar.children().find(|child| !child.is("VTIMEZONE")).ok_or("there is nothing in it")?;
        let uid = lead.property("UID").map(|uid| uid.text().trim().to_owned()).filter(|uid| !uid.is_empty());
        let organizer = lead.property("ORGANIZER");
        if organizer.is_none() && method != Method::Reply {
            return Err("it has no ORGANIZER");
        }
        Ok(Self {
            message: Message { method, text: tree.text().to_vec() },
            uid: uid.ok_or("it has no UID")?,
            organizer,
            attendees: lead.all("ATTENDEE").collect(),
        })
    }
}

/// Whether an address speaks for a calendar user: it is theirs, or is named as sending for them (RFC 5545 3.2.18).
fn is_sent_by(line: Property<'_>, from: &str) -> bool {
    let user = User::new([line.value()]);
    user.is(from) || line.param("SENT-BY").is_some_and(|sender| normal_address(&sender) == from)
}
