//! What people are reminded of, as far as it is still so when the letter goes out.

use super::facts::{Facts, cover, moment, name};
use super::{Matter, News, Occasion, board};
use crate::ids::TeamId;
use crate::roster::model::{Answer, Person, Shift};
use crate::roster::swap::SwapState;
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, StoreError, people, shifts, swaps};
use crate::time::Day;

impl Facts {
    pub(super) fn reminder(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &Person,
    ) -> Result<Option<News>, ServiceError> {
        let (Some(id), Some(team)) = (&self.team, self.team_name(tx)?) else { return Ok(None) };
        match self.about.as_str() {
            "month" => {
                let Ok(first) = format!("{}-01", self.month).parse::<Day>() else { return Ok(None) };
                let url = format!("{}/me/availability?month={}", ctx.host.public_url, self.month);
                Ok(Some(News::Month { team, first, url }))
            }
            "shifts" => self.unanswered(tx, ctx, (person, &team)),
            "shift" => self.soon(tx, ctx, person),
            "offer" if self.offer.is_some() => self.offer(tx, ctx, person),
            "offer" => self.silent(tx, ctx, id),
            "qualification" => Ok(self.lapses(ctx, team)),
            "gap" => self.unheld(tx, ctx, id),
            about => Err(StoreError::Shape(format!("nobody knows what a reminder about {about} says")).into()),
        }
    }

    fn stands(&self, tx: &mut dyn Connection) -> Result<Option<Shift>, StoreError> {
        self.slot.as_ref().map_or(Ok(None), |slot| shifts::find(tx, slot, self.segment))
    }

    fn unanswered(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        (person, team): (&Person, &str),
    ) -> Result<Option<News>, ServiceError> {
        let mut waiting = Vec::new();
        for one in &self.shifts {
            let Some(slot) = &one.slot else { continue };
            let open = one
                .stands(tx)?
                .filter(|shift| shift.person.as_ref() == Some(&person.id) && shift.answer == Answer::NeedsAction);
            let Some(shift) = open else { continue };
            let page = format!("{}/me/shifts/{slot}/{}", ctx.host.public_url, one.segment);
            waiting.push((Occasion { team: team.to_owned(), role: shift.role, window: shift.window }, page));
        }
        Ok((!waiting.is_empty()).then(|| News::Unanswered { team: team.to_owned(), shifts: waiting }))
    }

    fn soon(&self, tx: &mut dyn Connection, ctx: &Ctx, person: &Person) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(shift)) = (self.occasion(tx)?, self.stands(tx)?) else { return Ok(None) };
        if shift.person.as_ref() != Some(&person.id) {
            return Ok(None);
        }
        let cover = cover(tx, ctx, person, (&shift.slot, shift.segment, shift.window))?;
        let url = format!("{}/me/shifts/{}/{}", ctx.host.public_url, shift.slot, shift.segment);
        Ok(Some(News::Soon { occasion, url, cover }))
    }

    /// A request for cover that nobody answers.
    fn silent(&self, tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(swap)) = (self.occasion(tx)?, &self.swap) else { return Ok(None) };
        let Some(swap) = swaps::find(tx, swap)?.filter(|swap| swap.state == SwapState::Open) else { return Ok(None) };
        let requester = name(tx, &swap.requester)?;
        let (matter, reason, url) = (Matter::Silent, swap.reason, board(ctx, team));
        Ok(Some(News::Manager { occasion, matter, requester, reason, url }))
    }

    fn lapses(&self, ctx: &Ctx, team: String) -> Option<News> {
        let until = moment(&self.until)?;
        let url = self.url.clone().filter(|url| url.starts_with("https://"));
        let url = url.unwrap_or_else(|| format!("{}/me", ctx.host.public_url));
        Some(News::Lapses { team, what: self.qualification.clone(), until, how: self.how.clone(), url })
    }

    fn unheld(&self, tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Option<News>, ServiceError> {
        let (Some(occasion), Some(shift)) = (self.occasion(tx)?, self.stands(tx)?) else { return Ok(None) };
        let holder = shift.person.as_ref().map_or(Ok(None), |person| people::find(tx, person))?;
        let held = holder.is_some_and(|person| !person.disabled);
        Ok((!held).then(|| News::Unheld { occasion, url: board(ctx, team) }))
    }
}
