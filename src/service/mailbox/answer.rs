//! An answer out of a mail: read, and carried out as if the person's calendar app had stored it.

use super::Verdict;
use crate::ical::build::normal_address;
use crate::ical::edit::Edit;
use crate::ical::tree::Tree;
use crate::ical::value::{DateOrTime, date_or_time};
use crate::roster::model::Person;
use crate::schedule::Method;
use crate::service::addresses::user_of;
use crate::service::letters::invite_again;
use crate::service::render::{find, object_name};
use crate::service::swaps::{ShiftEdit, shift_object_changed};
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::{CollectionKind, Owner};
use crate::store::objects::{self, StoredObject};
use crate::store::{Connection, mailed};
use crate::time::Instant;

/// What a REPLY says (RFC 5546 3.2.3). Exchange leaves ORGANIZER out, and nothing here needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub uid: String,
    pub attendee: String,
    /// ACCEPTED, DECLINED or TENTATIVE.
    pub partstat: String,
    pub sequence: i64,
    pub stamp: Option<Instant>,
}

impl Answer {
    pub(super) fn read(calendar: &[u8]) -> Result<Self, &'static str> {
        let tree = Tree::parse(calendar).map_err(|_| "its calendar part can't be read")?;
        let method = tree.calendar().property("METHOD").and_then(|method| Method::named(method.value()));
        if method != Some(Method::Reply) {
            return Err("it is no answer");
        }
        let event = tree.calendar().children_named("VEVENT").next().ok_or("there is no event in it")?;
        let mut attendees = event.all("ATTENDEE");
        let attendee = attendees.next().ok_or("it is from nobody")?;
        if attendees.next().is_some() {
            return Err("it answers for several");
        }
        let uid = event.property("UID").map(|uid| uid.text().trim().to_owned()).filter(|uid| !uid.is_empty());
        let partstat = crate::ical::attendee::partstat(attendee);
        if !["ACCEPTED", "DECLINED", "TENTATIVE"].contains(&partstat.as_str()) {
            return Err("it says neither yes nor no");
        }
        let number = event.property("SEQUENCE").and_then(|number| number.value().trim().parse().ok());
        let stamp = event.property("DTSTAMP").and_then(|stamp| date_or_time(stamp).ok());
        Ok(Self {
            uid: uid.ok_or("it has no UID")?,
            attendee: normal_address(attendee.value()),
            partstat,
            sequence: number.unwrap_or(0),
            stamp: stamp.and_then(|stamp| if let DateOrTime::Utc(at) = stamp { Some(at) } else { None }),
        })
    }
}

/// The event that an answer is about, in the person's `shifts`.
pub(super) fn object(
    tx: &mut dyn Connection,
    person: &Person,
    uid: &str,
) -> Result<Option<StoredObject>, ServiceError> {
    let calendar = find(tx, &Owner::Person(person.id.clone()), CollectionKind::Shifts)?;
    let found = calendar.map(|calendar| objects::by_name(tx, &calendar, &object_name(uid))).transpose()?;
    Ok(found.flatten())
}

/// Carries an answer out; it changes nothing but the person's own word.
pub(super) fn apply(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &Person,
    answer: &Answer,
) -> Result<Verdict, ServiceError> {
    let Some(object) = object(tx, person, &answer.uid)? else {
        return Ok(Verdict::Ignored("there is no such shift or offer of theirs any more"));
    };
    if answer.sequence < object.head.sequence {
        return Ok(Verdict::Ignored("it answers an older version"));
    }
    if let Some(stamp) = answer.stamp
        && !mailed::answered(tx, (&person.id, &answer.uid), stamp)?
    {
        return Ok(Verdict::Ignored("a later answer came before"));
    }
    let Some(new) = answered(ctx, person, &object.body, &answer.partstat) else {
        return Ok(Verdict::Ignored("they are not asked there"));
    };
    let edit = ShiftEdit {
        person: &person.id,
        name: &object.head.name,
        old: Some(&object.body),
        new: Some(&new),
        reply: true,
    };
    shift_object_changed(tx, ctx, actor, &edit)?;
    if answer.partstat == "DECLINED" {
        // Mail programs hide what was declined; whoever still stands it gets it back.
        invite_again(tx, ctx, person, &answer.uid)?;
    }
    Ok(Verdict::Taken)
}

/// The object with the person's answer in it.
fn answered(ctx: &Ctx, person: &Person, body: &[u8], partstat: &str) -> Option<Vec<u8>> {
    let tree = Tree::parse(body).ok()?;
    let event = tree.calendar().children_named("VEVENT").next()?;
    let line = user_of(ctx, person).line_in(event)?;
    let mut edit = Edit::new(body);
    edit.set_param(line, "PARTSTAT", partstat);
    Some(edit.apply())
}
