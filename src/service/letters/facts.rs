//! What a row of the outbox holds, and what it means to its reader.

use super::{Fate, Matter, News, Occasion, Piece, What, board};
use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::link::Link;
use crate::roster::model::{Contact, Person, Shift};
use crate::roster::shift_event::shift_uid;
use crate::roster::swap::SwapState;
use crate::service::links;
use crate::service::render::Board;
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, StoreError, people, shifts, teams};
use crate::time::{Instant, Window};
use serde::Deserialize;

/// The fields of a row; each kind has its own of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    pub team: Option<TeamId>,
    pub role: String,
    pub slot: Option<SlotId>,
    pub segment: u32,
    pub start: String,
    pub end: String,
    pub requester: Option<PersonId>,
    pub taker: Option<PersonId>,
    pub person: Option<PersonId>,
    pub was: Option<PersonId>,
    pub reason: Option<String>,
    pub state: Option<SwapState>,
    pub matter: String,
    pub offer: Option<OfferId>,
    pub comment: String,
    pub unavailable_from: String,
    pub unavailable_until: String,
    pub ask_for_cover: Option<String>,
    pub about: String,
    pub month: String,
    pub shifts: Vec<Facts>,
    pub changes: Vec<Facts>,
    pub news: String,
    pub name: String,
    pub note: String,
    pub how: String,
    pub qualification_name: String,
    pub uid: String,
    pub title: String,
    pub sequence: i64,
    pub asked: bool,
    pub method: String,
    pub from: String,
    pub calendar: String,
    pub swap: Option<SwapId>,
    pub qualification: String,
    pub url: Option<String>,
    pub until: String,
}

impl Facts {
    pub(super) fn read(payload: &str) -> Result<Self, StoreError> {
        serde_json::from_str(payload).map_err(|error| StoreError::Shape(format!("a message of the outbox: {error}")))
    }

    /// What a row of this kind says to a person; nothing where it says nothing any more.
    pub(super) fn news(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        (kind, person): (&str, &Person),
    ) -> Result<Option<News>, ServiceError> {
        match kind {
            "mail.roster" => self.roster(tx, ctx, person),
            "mail.invitation" => self.shift(tx, ctx, person),
            "mail.offer" => self.offer(tx, ctx, person),
            "mail.swap" => self.swap(tx, person),
            "mail.manager" => self.manager(tx, ctx),
            "mail.gap" => self.gap(tx, ctx),
            "mail.collision" => self.collision(tx, ctx, person),
            "mail.reminder" => self.reminder(tx, ctx, person),
            "mail.comment" => self.comment(tx),
            "mail.bounce" => Ok(self.bounce(ctx)),
            "mail.qualification" => self.qualification(tx, ctx),
            _ => Err(StoreError::Shape(format!("nobody knows what a message of kind {kind} says")).into()),
        }
    }

    /// As the team is shown.
    pub(super) fn team_name(&self, tx: &mut dyn Connection) -> Result<Option<String>, StoreError> {
        let Some(team) = &self.team else { return Ok(None) };
        Ok(teams::find(tx, team)?.map(|team| team.name))
    }

    pub(super) fn window(&self) -> Option<Window> {
        Some(Window::new(moment(&self.start)?, moment(&self.end)?))
    }

    pub(super) fn occasion(&self, tx: &mut dyn Connection) -> Result<Option<Occasion>, StoreError> {
        let (Some(team), Some(window)) = (self.team_name(tx)?, self.window()) else { return Ok(None) };
        Ok(Some(Occasion { team, role: self.role.clone(), window }))
    }

    fn roster(&self, tx: &mut dyn Connection, ctx: &Ctx, person: &Person) -> Result<Option<News>, ServiceError> {
        let Some(team) = self.team_name(tx)? else { return Ok(None) };
        let by_mail = super::is_invited_by_mail(tx, ctx, &person.id)?;
        let mut changes = Vec::new();
        for change in &self.changes {
            let Some(window) = change.window() else { continue };
            let what = match change.news.as_str() {
                "yours" => What::Yours,
                "no longer yours" => What::Gone,
                "other times" => What::Times,
                "partner" => What::Partner,
                _ => What::Details,
            };
            let occasion = Occasion { team: team.clone(), role: change.role.clone(), window };
            let cover = match (&change.slot, what) {
                (_, What::Gone) | (None, _) => None,
                (Some(slot), _) => cover(tx, ctx, person, (slot, change.segment, window))?,
            };
            changes.push(Piece { occasion, what, cover });
        }
        changes.sort_by_key(|piece| piece.occasion.window.start);
        // One shift that moves is told by its invitation.
        let told = |piece: &Piece| matches!(piece.what, What::Yours | What::Gone | What::Times);
        let alone = changes.len() == 1 && changes.first().is_some_and(told);
        let nothing = changes.is_empty() || (by_mail && alone);
        Ok((!nothing).then_some(News::Roster { team, changes }))
    }

    fn shift(&self, tx: &mut dyn Connection, ctx: &Ctx, person: &Person) -> Result<Option<News>, ServiceError> {
        let Some(window) = self.window() else { return Ok(None) };
        let (mut partners, mut contacts, mut ask) = (Vec::new(), Vec::new(), None);
        let fate = match (self.method.as_str(), self.asked) {
            ("CANCEL", true) => Fate::Over,
            ("CANCEL", false) => Fate::Gone,
            _ => Fate::Yours,
        };
        if fate == Fate::Yours {
            let uid = |shift: &Shift| shift_uid(&shift.slot, shift.segment, &person.id, &ctx.host.host);
            let theirs = shifts::of_person(tx, &person.id, window)?;
            let shift = theirs.into_iter().find(|shift| uid(shift) == self.uid);
            let Some(shift) = shift else { return Ok(None) };
            let board = Board::load(tx, ctx, &shift.team)?;
            partners = board.held(&shift, ctx).map(|held| held.partners).unwrap_or_default();
            let concerns = |contact: &&Contact| contact.role.as_deref().is_none_or(|only| only == shift.role);
            contacts = board.team.contacts.iter().filter(concerns).cloned().collect();
            ask = cover(tx, ctx, person, (&shift.slot, shift.segment, window))?;
        }
        Ok(Some(News::Shift { title: self.title.clone(), window, fate, partners, contacts, cover: ask }))
    }

    pub(super) fn offer(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &Person,
    ) -> Result<Option<News>, ServiceError> {
        let Some(offer) = self.offer.clone() else { return Ok(None) };
        let link = Link::Offer { offer, person: person.id.clone() };
        let url = url(tx, ctx, &link)?;
        match links::view(tx, ctx, link) {
            Ok(view) => Ok(view.open.then(|| News::Offer { offer: Box::new(view), url })),
            Err(ServiceError::NotFound(_) | ServiceError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn swap(&self, tx: &mut dyn Connection, person: &Person) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(state)) = (self.occasion(tx)?, self.state) else { return Ok(None) };
        let taker = self.taker.as_ref() == Some(&person.id);
        let other = if taker { self.requester.as_ref() } else { self.taker.as_ref() };
        let other = other.filter(|other| **other != person.id);
        let other = other.map(|other| name(tx, other)).transpose()?;
        Ok(Some(News::Swap { occasion, state, taker, other }))
    }

    fn manager(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(team), Some(requester)) = (self.occasion(tx)?, &self.team, &self.requester) else {
            return Ok(None);
        };
        let matter = match self.matter.as_str() {
            "swap.approval" => Matter::Approval,
            "swap.deadline" => Matter::Deadline,
            _ => Matter::Uncovered,
        };
        let (requester, url) = (name(tx, requester)?, board(ctx, team));
        Ok(Some(News::Manager { occasion, matter, requester, reason: self.reason.clone(), url }))
    }

    fn gap(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(team), Some(was)) = (self.occasion(tx)?, &self.team, &self.was) else {
            return Ok(None);
        };
        Ok(Some(News::Gap { occasion, was: name(tx, was)?, url: board(ctx, team) }))
    }

    fn collision(&self, tx: &mut dyn Connection, ctx: &Ctx, person: &Person) -> Result<Option<News>, ServiceError> {
        let no = moment(&self.unavailable_from).zip(moment(&self.unavailable_until));
        let (Some(occasion), Some((from, until)), Some(whose), Some(team)) =
            (self.occasion(tx)?, no, &self.person, &self.team)
        else {
            return Ok(None);
        };
        let own = *whose == person.id;
        let url = self.ask_for_cover.clone().filter(|_| own).unwrap_or_else(|| board(ctx, team));
        let whose = if own { None } else { Some(name(tx, whose)?) };
        Ok(Some(News::Collision { occasion, name: whose, no: Window::new(from, until), url }))
    }

    fn comment(&self, tx: &mut dyn Connection) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(person)) = (self.occasion(tx)?, &self.person) else { return Ok(None) };
        Ok(Some(News::Comment { occasion, name: name(tx, person)?, comment: self.comment.clone() }))
    }

    fn bounce(&self, ctx: &Ctx) -> Option<News> {
        let url = format!("{}/teams/{}/manage/members", ctx.host.public_url, self.team.as_ref()?);
        let (name, address, why) = (self.name.clone(), self.from.clone(), self.note.clone());
        Some(News::Bounce { name, address, why, url })
    }

    fn qualification(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<Option<News>, ServiceError> {
        let (Some(id), Some(team)) = (&self.team, self.team_name(tx)?) else { return Ok(None) };
        Ok(Some(News::Qualification {
            name: self.name.clone(),
            team,
            what: self.qualification_name.clone(),
            how: self.how.clone(),
            note: self.note.clone(),
            url: format!("{}/teams/{id}/manage/qualifications", ctx.host.public_url),
        }))
    }
}

/// The way to ask for cover of a shift that the person holds and that has not ended.
pub(super) fn cover(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    (slot, segment, window): (&SlotId, u32, Window),
) -> Result<Option<String>, StoreError> {
    let stands = shifts::find(tx, slot, segment)?;
    if window.end <= ctx.now || stands.is_none_or(|shift| shift.person.as_ref() != Some(&person.id)) {
        return Ok(None);
    }
    let link = Link::Cover { slot: slot.clone(), segment, person: person.id.clone() };
    url(tx, ctx, &link).map(Some)
}

fn url(tx: &mut dyn Connection, ctx: &Ctx, link: &Link) -> Result<String, StoreError> {
    let epoch = people::link_epoch(tx, link.person())?;
    Ok(format!("{}{}", ctx.host.public_url, link.path(&ctx.host.link_key, epoch)))
}

pub(super) fn name(tx: &mut dyn Connection, person: &PersonId) -> Result<String, StoreError> {
    Ok(people::find(tx, person)?.map_or_else(|| person.to_string(), |person| person.name))
}

/// A moment as rows have it (RFC 3339).
pub(super) fn moment(text: &str) -> Option<Instant> {
    Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc().into())
}
