//! What an attendee stores or removes: merged into what the organizer says, and read as an answer (RFC 6638 3.2.2),
//! which goes into the organizer's object and from there, in silence, into the copies of the others.

use super::super::draft::Draft;
use super::arrange::{DELIVERED, is_over, mail, tell};
use super::copies::{self, Copy};
use super::{Edit, Party, Settled, inbox, is_same, not_invited, not_theirs, read};
use crate::ical::property::Property;
use crate::ical::tree::Tree;
use crate::roster::model::Person;
use crate::schedule::{
    Message, Method, Received, User, attend, introduce, leave, pass_on, receive_reply, seen, with_organizer,
    with_organizer_status, with_status,
};
use crate::service::addresses::user_of;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::Connection;
use crate::store::objects::StoredObject;

/// Where the organizer has a calendar here.
pub(super) fn stored(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    edit: &Edit<'_>,
    (sent, organizer): (&Draft, &Person),
) -> Result<Settled, ServiceError> {
    let kept = edit.old.and_then(|old| old.head.schedule_tag.clone());
    let theirs = find_theirs(tx, ctx, party, organizer)?;
    let base = match (edit.old, &theirs) {
        (Some(old), _) => Some(old.body.clone()),
        // Their copy was removed, on another device perhaps, and is stored again.
        (None, Some(theirs)) => read(seen(&party.user, &theirs.object.body))?,
        (None, None) => None,
    };
    let Some(base) = base else {
        // Nobody here has sent that: somebody's answer would reach nobody. What is over, as from another server, or is
        // kept without the server's help, says nothing to anybody.
        if !is_over(ctx, sent.index.extent) && awaits_answer(&party.user, &sent.body)? {
            return Err(not_invited());
        }
        return Ok(Settled { draft: sent.clone(), schedule_tag: Some(sent.etag.clone()) });
    };
    let spelled = spelled_alike(tx, ctx, &base, &sent.body)?;
    let attended = read(attend(&party.user, &base, &spelled, ctx.now))?.map_err(|_| not_theirs())?;
    let mut text = attended.text;
    if let Some(reply) = attended.reply {
        inbox::settle(tx, ctx, &party.person.id, party.uid, &[Method::Request])?;
        if let (true, Some(theirs)) = (edit.reply, theirs)
            && receive(
                tx,
                ctx,
                (party.actor, party.uid),
                (&party.user, party.person.id.as_str()),
                (organizer, &theirs),
                &reply,
            )?
        {
            text = read(with_organizer_status(&text, DELIVERED))?;
        }
    }
    let draft = if text == sent.body { sent.clone() } else { Draft::of(&text)? };
    let schedule_tag = kept.or_else(|| Some(draft.etag.clone()));
    Ok(Settled { draft, schedule_tag })
}

/// Where only mail reaches the organizer: what they say comes by way of the client, so that it is stored as it is.
pub(super) fn stored_for_guest(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    edit: &Edit<'_>,
    sent: &Draft,
) -> Result<(), ServiceError> {
    let tree = read(Tree::parse(&sent.body))?;
    let organizer = tree.calendar().children().find_map(|component| component.property("ORGANIZER"));
    let Some(organizer) = organizer.filter(|line| edit.reply && is_served(*line)) else { return Ok(()) };
    let reply = match edit.old {
        None => read(introduce(&party.user, &sent.body, ctx.now))?,
        Some(old) => {
            let attended = read(attend(&party.user, &old.body, &sent.body, ctx.now))?.map_err(|_| not_theirs())?;
            match attended.reply {
                Some(_) if old.head.sequence != sent.index.sequence => {
                    read(introduce(&party.user, &sent.body, ctx.now))?
                }
                reply => reply,
            }
        }
    };
    let Some(reply) = reply else { return Ok(()) };
    mail(tx, ctx, party, &crate::ical::build::normal_address(organizer.value()), &reply)
}

/// Removed: a no, unless they don't want to say so. Without an organizer here it goes by mail.
pub(super) fn removed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    (edit, old): (&Edit<'_>, &StoredObject),
    organizer: Option<&Person>,
) -> Result<(), ServiceError> {
    inbox::settle(tx, ctx, &party.person.id, party.uid, &[Method::Request, Method::Cancel])?;
    if !edit.reply || is_over(ctx, old.head.extent) {
        return Ok(());
    }
    let Some(reply) = read(leave(&party.user, &old.body, ctx.now))? else { return Ok(()) };
    match (organizer, &old.head.organizer) {
        (Some(organizer), _) => {
            let Some(theirs) = find_theirs(tx, ctx, party, organizer)? else { return Ok(()) };
            let from = (&party.user, party.person.id.as_str());
            receive(tx, ctx, (party.actor, party.uid), from, (organizer, &theirs), &reply).map(drop)
        }
        (None, Some(address)) => {
            let tree = read(Tree::parse(&old.body))?;
            let line = tree.calendar().children().find_map(|component| component.property("ORGANIZER"));
            if line.is_some_and(is_served) { mail(tx, ctx, party, address, &reply) } else { Ok(()) }
        }
        (None, None) => Ok(()),
    }
}

/// Whether the text says that the server is to bring this person's answer to the organizer.
fn awaits_answer(person: &User, text: &[u8]) -> Result<bool, ServiceError> {
    let tree = read(Tree::parse(text))?;
    let served =
        tree.calendar().children().find_map(|component| component.property("ORGANIZER")).is_some_and(is_served);
    Ok(served && tree.calendar().children().any(|component| person.line_in(component).is_some()))
}

/// Whether the server is to send what goes to this address (RFC 6638 7.1).
fn is_served(line: Property<'_>) -> bool {
    line.param("SCHEDULE-AGENT").is_none_or(|agent| agent.trim().eq_ignore_ascii_case("SERVER"))
}

/// The organizer's own object.
fn find_theirs(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    organizer: &Person,
) -> Result<Option<Copy>, ServiceError> {
    let user = user_of(ctx, organizer);
    let found = copies::find(tx, &organizer.id, party.uid)?;
    Ok(found.filter(|copy| copy.object.head.organizer.as_deref().is_some_and(|address| user.is(address))))
}

/// The text with the organizer spelled as the base has it: Apple writes the href of a principal, DAVx5 a mail address.
fn spelled_alike(tx: &mut dyn Connection, ctx: &Ctx, base: &[u8], sent: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let (base, tree) = (read(Tree::parse(base))?, read(Tree::parse(sent))?);
    let organizer = |tree: &Tree<'_>| {
        let line = tree.calendar().children().find_map(|component| component.property("ORGANIZER"));
        line.map(|line| line.value().trim().to_owned())
    };
    let (Some(known), Some(named)) = (organizer(&base), organizer(&tree)) else { return Ok(sent.to_vec()) };
    if known == named || !is_same(tx, ctx, &known, &named)? {
        return Ok(sent.to_vec());
    }
    read(with_organizer(sent, &known))
}

/// Takes an answer into the organizer's object and passes it on; false where it says nothing to it. `from` is whoever
/// answers, and a name for them among those who do.
pub(super) fn receive(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (actor, uid): (&Actor, &str),
    from: (&User, &str),
    (organizer, theirs): (&Person, &Copy),
    reply: &Message,
) -> Result<bool, ServiceError> {
    let old = theirs.object.body.as_slice();
    let text = match read(receive_reply(old, &reply.text))? {
        Received::Stored(text) => text,
        Received::Ignored(why) => {
            tracing::debug!(uid, why, "an answer is ignored");
            return Ok(false);
        }
        Received::Answered(_) | Received::Noted => return Ok(false),
    };
    let user = user_of(ctx, organizer);
    let told = read(pass_on(&user, old, &text, from.0, ctx.now))?;
    let party = Party { actor, person: organizer.clone(), user, uid };
    let status = tell(tx, ctx, &party, &told)?;
    let text = read(with_status(&text, &status))?;
    // An answer leaves the Schedule-Tag; a delegate is more than an answer (RFC 6638 3.2.10).
    let more = told.iter().any(|told| !told.messages.is_empty());
    copies::write(tx, ctx, actor, (organizer, Some(theirs)), (&text, more))?;
    inbox::note(tx, ctx, &organizer.id, (uid, from.1), reply)?;
    Ok(true)
}
