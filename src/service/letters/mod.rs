//! What the messages of the outbox that go by mail say, read at the moment of sending: to whom, in which words they are
//! to be put is [`crate::mail`]'s to say. What has become pointless meanwhile is not sent.

mod facts;
mod invitations;
mod meetings;
mod reminded;
mod reply_address;
#[cfg(test)]
mod tests;

pub(super) use invitations::{Before, invite, invite_again};
pub use reply_address::{Purpose, Replies};

use super::links::LinkView;
use super::mailbox::is_bouncing;
use super::{Ctx, Service, ServiceError};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Contact;
use crate::roster::shift_event::Partner;
use crate::roster::swap::SwapState;
use crate::store::outbox::Message;
use crate::store::{Connection, StoreError, bounces, mailed, people, tokens};
use crate::time::{Day, Instant, Window, Zone};
use facts::Facts;

/// Days after which a message that was not sent is not news any more: mail was perhaps off all the while.
const NEWS_DAYS: i64 = 3;
/// Days for which a calendar app counts as used after it was seen.
const SEEN_DAYS: i64 = 30;

/// How this instance sends mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// From which address.
    pub from: String,
    /// Where answers come back to, if they do.
    pub replies: Option<Replies>,
}

/// A mail to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The left part of its Message-ID: the same whenever it is sent again.
    pub id: String,
    /// From whom: a name to show, and the address where it is not the instance's own.
    pub from: (String, Option<String>),
    /// To whom: address and name.
    pub to: (String, Option<String>),
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// Where reports go that it can't be delivered, where they are read.
    pub return_path: Option<String>,
    /// The person to whom it goes, where mail to them came back before.
    pub bouncing: Option<PersonId>,
    /// In which zone times are written.
    pub zone: Zone,
    /// What it says.
    pub news: News,
    /// The calendar part, where the mail program is to offer buttons.
    pub invitation: Option<Invitation>,
    /// Where to look and to change what one is told of.
    pub home: String,
}

/// A scheduling message inside a mail (RFC 6047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// METHOD, such as `REQUEST`.
    pub method: String,
    /// The whole iCalendar object.
    pub calendar: String,
    /// Of an event of a person's own `shifts`: whose, and which edition.
    pub of: Option<Edition>,
}

/// An event in a person's `shifts`, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Whose.
    pub person: PersonId,
    /// UID.
    pub uid: String,
    /// SEQUENCE.
    pub sequence: i64,
    /// When it is.
    pub window: Window,
}

/// A shift, as letters name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// The team's name.
    pub team: String,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
}

/// What a letter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A roster was published: what changed for the reader.
    Roster {
        /// The team's name.
        team: String,
        /// Each change, by start.
        changes: Vec<Piece>,
    },
    /// A shift of the reader's was written into the roster, moved, or taken out.
    Shift {
        /// What it is called in calendars.
        title: String,
        /// When.
        window: Window,
        /// What became of it.
        fate: Fate,
        /// Who stands with them.
        partners: Vec<Partner>,
        /// Whom to escalate to.
        contacts: Vec<Contact>,
        /// The way to ask for cover.
        cover: Option<String>,
    },
    /// The reader is asked to stand somebody's shift.
    Offer {
        /// What the link shows.
        offer: Box<LinkView>,
        /// The link.
        url: String,
    },
    /// A swap moved on.
    Swap {
        /// The shift.
        occasion: Occasion,
        /// Where it stands.
        state: SwapState,
        /// The reader has the shift, or will.
        taker: bool,
        /// The name of whoever else it is about.
        other: Option<String>,
    },
    /// A manager has to act on a swap.
    Manager {
        /// The shift.
        occasion: Occasion,
        /// Why.
        matter: Matter,
        /// Who asks for cover.
        requester: String,
        /// Why, in their words.
        reason: Option<String>,
        /// Where to act.
        url: String,
    },
    /// Nobody holds a shift any more.
    Gap {
        /// The shift.
        occasion: Occasion,
        /// Who held it.
        was: String,
        /// Where to act.
        url: String,
    },
    /// Somebody's availability says no to a shift of theirs.
    Collision {
        /// The shift.
        occasion: Occasion,
        /// Whose, where it isn't the reader's own.
        name: Option<String>,
        /// To which span they say no.
        no: Window,
        /// The way to ask for cover, or the team's page.
        url: String,
    },
    /// A month is to be confirmed.
    Month {
        /// The team's name.
        team: String,
        /// Its first day.
        first: Day,
        /// Where to do so.
        url: String,
    },
    /// A shift of the reader's begins within a day.
    Soon {
        /// The shift.
        occasion: Occasion,
        /// Its page.
        url: String,
        /// The way to ask for cover.
        cover: Option<String>,
    },
    /// A qualification of the reader's ends.
    Lapses {
        /// The name of the team that needs it.
        team: String,
        /// What.
        what: String,
        /// When.
        until: Instant,
        /// How it is renewed.
        how: String,
        /// Where.
        url: String,
    },
    /// Nobody holds a shift that is near.
    Unheld {
        /// The shift.
        occasion: Occasion,
        /// Where to act.
        url: String,
    },
    /// Shifts are to be acknowledged.
    Unanswered {
        /// The team's name.
        team: String,
        /// Each with the page on which it is done.
        shifts: Vec<(Occasion, String)>,
    },
    /// Somebody said something to their answer.
    Comment {
        /// The shift.
        occasion: Occasion,
        /// Who.
        name: String,
        /// What.
        comment: String,
    },
    /// Somebody asks for a qualification.
    Qualification {
        /// Who.
        name: String,
        /// The team's name.
        team: String,
        /// What they ask for.
        what: String,
        /// How it is obtained.
        how: String,
        /// Their word to it.
        note: String,
        /// Where to grant it.
        url: String,
    },
    /// Mail to somebody of a team comes back.
    Bounce {
        /// Who.
        name: String,
        /// Their address.
        address: String,
        /// Why, as the other side says.
        why: String,
        /// Where to look.
        url: String,
    },
    /// A meeting of somebody here, for somebody who is not.
    Meeting {
        /// What happens.
        method: String,
        /// Who sends it.
        name: String,
        /// SUMMARY.
        title: String,
        /// When, where that can be read.
        window: Option<Window>,
        /// LOCATION.
        place: String,
        /// PARTSTAT, where it is an answer.
        answer: Option<String>,
    },
}

/// What became of a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the reader's.
    Yours,
    /// It is no longer.
    Gone,
    /// They were asked about it, and are no longer.
    Over,
}

/// Why a manager has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Somebody agreed, and a manager has to approve.
    Approval,
    /// Nobody agreed in time.
    Deadline,
    /// The shift has begun, and nobody agreed.
    Uncovered,
    /// Everybody who was asked is silent.
    Silent,
}

/// A change of a published roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The shift.
    pub occasion: Occasion,
    /// What changed.
    pub what: What,
    /// The way to ask for cover, of a shift that is still to be stood.
    pub cover: Option<String>,
}

/// What changed about a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is the reader's.
    Yours,
    /// It is no longer.
    Gone,
    /// Its times.
    Times,
    /// Who stands with them.
    Partner,
    /// Something else.
    Details,
}

impl Service {
    /// Sends mail in this way.
    #[must_use]
    pub fn mailing(mut self, settings: Option<MailSettings>) -> Self {
        std::sync::Arc::make_mut(&mut self.host).mail = settings;
        self
    }

    /// How this instance sends mail, where it does.
    #[must_use]
    pub fn mail(&self) -> Option<&MailSettings> {
        self.host.mail.as_ref()
    }

    /// What a message of the outbox comes to; nothing where there is nothing to say any more, or nobody to say it to.
    pub async fn letter(&self, message: &Message) -> Result<Option<Letter>, ServiceError> {
        let (ctx, message) = (self.ctx(), message.clone());
        self.store.read(move |tx| letter(tx, &ctx, &message)).await
    }

    /// A letter has gone out: which edition of an event a person was sent is kept, so that what was never sent is not
    /// called off; and that their address takes mail again.
    pub async fn letter_sent(&self, letter: &Letter) -> Result<(), ServiceError> {
        let of = letter.invitation.clone().and_then(|part| part.of.map(|edition| (part.method, edition)));
        let bouncing = letter.bouncing.clone();
        if of.is_none() && bouncing.is_none() {
            return Ok(());
        }
        let keep = move |tx: &mut dyn Connection| {
            if let Some(person) = &bouncing {
                bounces::remove(tx, person)?;
            }
            let Some((method, edition)) = &of else { return Ok(()) };
            let event = (&edition.person, edition.uid.as_str());
            if method == "CANCEL" {
                return mailed::remove(tx, event);
            }
            mailed::put(tx, event, edition.sequence, edition.window.end)
        };
        Ok(self.store.write(keep).await?)
    }
}

fn letter(tx: &mut dyn Connection, ctx: &Ctx, message: &Message) -> Result<Option<Letter>, ServiceError> {
    let Some(settings) = &ctx.host.mail else { return Ok(None) };
    if message.at.plus_days(NEWS_DAYS) < ctx.now {
        return Ok(None);
    }
    let facts = Facts::read(&message.payload)?;
    if message.kind == "mail.meeting" {
        return meetings::letter(tx, ctx, (settings, message), &facts);
    }
    let Some(person) = people::by_email(tx, &message.recipient)?.filter(|person| !person.disabled) else {
        return Ok(None);
    };
    let Some(news) = facts.news(tx, ctx, (&message.kind, &person))? else { return Ok(None) };
    let invitation = match message.kind.as_str() {
        "mail.offer" => invitations::of_offer(tx, ctx, &person, &facts)?,
        "mail.invitation" => match invitations::of_row(tx, ctx, &person, &facts)? {
            Some(invitation) => Some(invitation),
            None => return Ok(None),
        },
        _ => None,
    };
    let reply_to = match (&settings.replies, &invitation) {
        (Some(replies), Some(_)) => Some(replies.of_person(tx, ctx, &person.id)?),
        _ => None,
    };
    let return_path = match &settings.replies {
        Some(replies) => Some(replies.of_bounces(tx, ctx, &person.id)?),
        None => None,
    };
    let bouncing = is_bouncing(tx, &person.id)?.then(|| person.id.clone());
    let from = facts.team_name(tx)?.map_or_else(|| "Dogwatch".to_owned(), |team| format!("{team} on-call"));
    Ok(Some(Letter {
        id: message.id.clone(),
        from: (from, None),
        to: (person.email.clone(), Some(person.name.clone())),
        reply_to,
        return_path,
        bouncing,
        zone: person.zone,
        news,
        invitation,
        home: format!("{}/me", ctx.host.public_url),
    }))
}

/// Whether somebody gets calendar parts by mail: only who answers in no calendar app here, for whoever does would find
/// everything twice, and answers that collide (Thunderbird, Evolution).
pub(super) fn is_invited_by_mail(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<bool, StoreError> {
    let answers = ctx.host.mail.as_ref().is_some_and(|mail| mail.replies.is_some());
    Ok(answers && !uses_caldav(tx, ctx, person)?)
}

/// Whether a calendar app of theirs was here lately, with a password that is still good.
fn uses_caldav(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<bool, StoreError> {
    let since = ctx.now.plus_days(-SEEN_DAYS);
    let passwords = tokens::app_passwords_of(tx, person)?;
    Ok(passwords.iter().any(|app| app.life.is_good(ctx.now) && app.life.last_used.is_some_and(|used| used >= since)))
}

/// Where a manager acts on a team's swaps and gaps.
fn board(ctx: &Ctx, team: &TeamId) -> String {
    format!("{}/board/{team}", ctx.host.public_url)
}
