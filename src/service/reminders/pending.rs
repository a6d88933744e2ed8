//! What a team's people are to be reminded of now or soon: a month to confirm, a shift of tomorrow, an offer without an
//! answer, a qualification that lapses; and managers of gaps and of swaps that nobody takes. Read from what stands, so that
//! a reason that is gone leaves nothing behind.

use crate::ids::{OfferId, PersonId, QualificationId, SwapId, TeamId, TurnId};
use crate::roster::link::Link;
use crate::roster::model::{Membership, Shift, Team};
use crate::roster::quiet::Matter;
use crate::roster::reminder::{Reason, Reminder, Watch};
use crate::roster::swap::{OfferState, Swap, SwapState};
use crate::service::swaps::managers_of;
use crate::service::{Ctx, ServiceError, rights};
use crate::store::{Connection, StoreError, months, people, qualifications, shifts, slots, swaps, teams};
use crate::time::{DAY, HOUR, Instant, Window, start_of_day};
use chrono::{Datelike as _, Months, TimeDelta};
use serde_json::{Value as Json, json};

/// So many days before a month begins those are reminded who have not confirmed it.
const MONTH_DAYS: [i64; 3] = [7, 3, 1];
/// So many days before it ends somebody is reminded of a qualification.
const LAPSE_DAYS: [i64; 2] = [30, 7];
/// How long an offer may lie before its person is reminded.
const OFFER_LIES: i64 = 4 * HOUR;
/// How long a request for cover may lie before managers hear that nobody answers.
const SWAP_LIES: i64 = 24 * HOUR;
/// How far ahead gaps are told to managers, in days.
const GAP_DAYS: i64 = 14;
/// So long before it is due a reminder stands in calendars, because phones fetch only from time to time.
const AHEAD: i64 = 3 * DAY;

/// Something that one person is reminded of, from a moment on.
#[derive(Clone, Debug)]
pub(in crate::service) struct Pending {
    pub(in crate::service) person: PersonId,
    pub(in crate::service) matter: Matter,
    /// When it is due, be that past or not far off.
    pub(in crate::service) since: Instant,
    /// What goes out by mail and webhook once it is due, under a name by which it goes out once.
    pub(super) told: Option<(String, Json)>,
    /// What the on-call phone shows, which hears of shifts by the shifts themselves.
    pub(in crate::service) shown: Option<Reminder>,
}

/// All that waits for people of one team.
pub(in crate::service) fn pending(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &TeamId,
) -> Result<Vec<Pending>, ServiceError> {
    let Some(team) = teams::find(tx, team)? else { return Ok(Vec::new()) };
    let memberships = teams::memberships_of_team(tx, &team.id)?;
    let members = memberships.into_iter().filter(|one| rights::is_current(one, team.zone, ctx.now)).collect();
    let managers = managers_of(tx, ctx, &team.id)?;
    let mut round = Round { ctx, team: &team, members, managers, found: Vec::new() };
    round.months(tx)?;
    round.shifts(tx)?;
    round.swaps(tx)?;
    round.qualifications(tx)?;
    round.gaps(tx)?;
    Ok(round.found)
}

/// One team's, as far as it is found.
struct Round<'r> {
    ctx: &'r Ctx,
    team: &'r Team,
    members: Vec<Membership>,
    managers: Vec<PersonId>,
    found: Vec<Pending>,
}

impl Round<'_> {
    /// To each manager.
    fn managers(&mut self, one: impl Fn(PersonId) -> Pending) {
        self.found.extend(self.managers.iter().cloned().map(one));
    }

    fn watch(&self, shift: &Shift) -> Watch {
        Watch { team: self.team.name.clone(), role: shift.role.clone(), window: shift.window, zone: shift.zone }
    }

    fn board(&self) -> String {
        format!("{}/board/{}", self.ctx.host.public_url, self.team.id)
    }

    /// The next month, to members who have not confirmed it.
    fn months(&mut self, tx: &mut dyn Connection) -> Result<(), ServiceError> {
        let today = self.ctx.now.civil(self.team.zone).date();
        let Some(month) = today.with_day(1).map(|first| first + Months::new(1)) else { return Ok(()) };
        let zone = self.team.zone;
        let stages = stages(&MONTH_DAYS, self.ctx.now, |days| start_of_day(month - TimeDelta::days(days), zone));
        if stages.is_empty() {
            return Ok(());
        }
        let named = month.format("%Y-%m").to_string();
        for member in self.members.iter().filter(|one| one.member) {
            if months::of_person(tx, &member.person)?.iter().any(|(confirmed, _)| *confirmed == month) {
                continue;
            }
            self.found.extend(stages.iter().map(|(stage, since)| Pending {
                person: member.person.clone(),
                matter: Matter::Month,
                since: *since,
                told: Some((format!("{}/month/{named}/{stage}", self.team.id), json!({ "month": named }))),
                // It is confirmed once, for all teams.
                shown: Some(Reminder {
                    key: format!("month/{named}/{stage}"),
                    reason: Reason::Month(month),
                    url: format!("{}/me/availability?month={named}", self.ctx.host.public_url),
                }),
            }));
        }
        Ok(())
    }

    /// Shifts that begin within a day, to their holders; of a turn the first.
    fn shifts(&mut self, tx: &mut dyn Connection) -> Result<(), ServiceError> {
        let soon = Window::new(self.ctx.now, self.ctx.now.plus_millis(DAY));
        for shift in shifts::of_team(tx, &self.team.id, soon)? {
            let Some(person) = shift.person.clone().filter(|_| shift.window.start > self.ctx.now) else { continue };
            let name = format!("shift/{}/{}", turn(tx, &shift)?, shift.segment);
            self.found.push(Pending {
                person,
                matter: Matter::Shift,
                since: shift.window.start.plus_millis(-DAY),
                told: Some((name, facts(&shift))),
                shown: None,
            });
        }
        Ok(())
    }

    /// Offers that lie, to those who were asked; where all of them are silent for long, or the shift is near, managers
    /// hear of it.
    fn swaps(&mut self, tx: &mut dyn Connection) -> Result<(), ServiceError> {
        for swap in swaps::live_of_team(tx, &self.team.id)? {
            if swap.state != SwapState::Open || swap.window.start <= self.ctx.now {
                continue;
            }
            let Some(shift) = shifts::find(tx, &swap.slot, swap.segment)? else { continue };
            let who = people::find(tx, &swap.requester)?.map_or_else(|| swap.requester.to_string(), |who| who.name);
            self.offers(tx, (&swap, &shift), &who)?;
            self.open((&swap, &shift), who);
        }
        Ok(())
    }

    fn offers(
        &mut self,
        tx: &mut dyn Connection,
        (swap, shift): (&Swap, &Shift),
        who: &str,
    ) -> Result<(), ServiceError> {
        let of = swap.together.as_ref().unwrap_or(&swap.id);
        for offer in swaps::offers_of(tx, &swap.id)? {
            if offer.state != OfferState::Offered {
                continue;
            }
            let name = format!("offer/{of}/{}", offer.person);
            let epoch = people::link_epoch(tx, &offer.person)?;
            let link = Link::Offer { offer: offer.id.clone(), person: offer.person.clone() };
            self.found.push(Pending {
                matter: Matter::Offer,
                since: offer.sent.plus_millis(OFFER_LIES),
                shown: Some(Reminder {
                    key: format!("offer/{of}"),
                    reason: Reason::Offer(self.watch(shift), who.to_owned()),
                    url: format!("{}{}", self.ctx.host.public_url, link.path(&self.ctx.host.link_key, epoch)),
                }),
                told: Some((name, of_swap(&swap.id, Some(&offer.id), shift))),
                person: offer.person,
            });
        }
        Ok(())
    }

    fn open(&mut self, (swap, shift): (&Swap, &Shift), who: String) {
        let of = swap.together.as_ref().unwrap_or(&swap.id);
        let shown = |key: &str, reason| Reminder { key: format!("{key}/{of}"), reason, url: self.board() };
        let silent = shown("swap", Reason::Silent(self.watch(shift), who.clone()));
        let near = shown("near", Reason::Open(self.watch(shift), who));
        self.managers(|person| Pending {
            person,
            matter: Matter::Offer,
            since: swap.opened.plus_millis(SWAP_LIES),
            told: Some((format!("swap/{of}"), of_swap(&swap.id, None, shift))),
            shown: Some(silent.clone()),
        });
        let since = swap.window.start.plus_hours(-i64::from(self.team.settings.swap_deadline_hours));
        if since <= self.ctx.now.plus_millis(AHEAD) {
            // By mail the swap itself tells of it, whatever anybody chose.
            let (matter, told) = (Matter::Offer, None);
            self.managers(|person| Pending { person, matter, since, told: told.clone(), shown: Some(near.clone()) });
        }
    }

    /// Qualifications that end, to whoever has them and needs them in this team.
    fn qualifications(&mut self, tx: &mut dyn Connection) -> Result<(), ServiceError> {
        let now = self.ctx.now;
        let team = self.team;
        let needed = |id: &QualificationId| team.roles.iter().any(|role| role.requires.contains(id));
        for grant in qualifications::grants_of_team(tx, &self.team.id)? {
            let Some(until) = grant.until.filter(|until| *until > now && needed(&grant.qualification)) else {
                continue;
            };
            let stages = stages(&LAPSE_DAYS, now, |days| until.plus_days(-days));
            if stages.is_empty() {
                continue;
            }
            let Some(known) = qualifications::find(tx, &grant.qualification)? else { continue };
            let facts = json!({
                "qualification": known.name, "how": known.how, "url": known.url,
                "until": until.rfc3339(self.team.zone),
            });
            let url = known.url.filter(|url| url.starts_with("https://"));
            let url = url.unwrap_or_else(|| format!("{}/me", self.ctx.host.public_url));
            for (stage, since) in stages {
                let key = format!("qualification/{}/{}/{stage}", known.id, until.millis());
                let reason = Reason::Lapses(known.name.clone(), until, known.how.clone());
                self.found.push(Pending {
                    person: grant.person.clone(),
                    matter: Matter::Qualification,
                    since,
                    told: Some((key.clone(), facts.clone())),
                    shown: Some(Reminder { key, reason, url: url.clone() }),
                });
            }
        }
        Ok(())
    }

    /// Gaps in what is published, to managers; of a turn the first.
    fn gaps(&mut self, tx: &mut dyn Connection) -> Result<(), ServiceError> {
        let ahead = Window::new(self.ctx.now, self.ctx.now.plus_days(GAP_DAYS).plus_millis(AHEAD));
        let team = self.team;
        let optional = |shift: &Shift| team.roles.iter().any(|role| role.name == shift.role && role.optional);
        for shift in shifts::of_team(tx, &self.team.id, ahead)? {
            let held = match &shift.person {
                Some(person) => people::find(tx, person)?.is_some_and(|person| !person.disabled),
                None => false,
            };
            if !held && !optional(&shift) {
                let key = format!("gap/{}/{}", turn(tx, &shift)?, shift.segment);
                let (reason, url) = (Reason::Gap(self.watch(&shift)), self.board());
                let shown = Reminder { key, reason, url };
                self.managers(|person| Pending {
                    person,
                    matter: Matter::Gap,
                    since: shift.window.start.plus_days(-GAP_DAYS),
                    told: Some((shown.key.clone(), facts(&shift))),
                    shown: Some(shown.clone()),
                });
            }
        }
        Ok(())
    }
}

/// The stage that something is in by now, and the next one where it is in sight; each with the moment it begins.
fn stages(days: &[i64], now: Instant, begins: impl Fn(i64) -> Instant) -> Vec<(i64, Instant)> {
    let all = || days.iter().map(|days| (*days, begins(*days)));
    let current = all().filter(|(_, since)| *since <= now).min_by_key(|(days, _)| *days);
    let next = all().filter(|(_, since)| now < *since && *since <= now.plus_millis(AHEAD));
    current.into_iter().chain(next).collect()
}

/// What a shift is reminded of by: of a turn one message is enough.
fn turn(tx: &mut dyn Connection, shift: &Shift) -> Result<String, StoreError> {
    let turn = slots::find(tx, &shift.slot)?.and_then(|slot| slot.turn);
    Ok(turn.as_ref().map_or(shift.slot.as_str(), TurnId::as_str).to_owned())
}

fn facts(shift: &Shift) -> Json {
    json!({
        "slot": shift.slot, "segment": shift.segment, "role": shift.role,
        "start": shift.window.start.rfc3339(shift.zone), "end": shift.window.end.rfc3339(shift.zone),
    })
}

fn of_swap(swap: &SwapId, offer: Option<&OfferId>, shift: &Shift) -> Json {
    let mut facts = facts(shift);
    if let Json::Object(members) = &mut facts {
        members.insert("swap".to_owned(), json!(swap));
        members.insert("offer".to_owned(), json!(offer));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{LONDON, span};

    #[test]
    fn of_several_stages_the_one_that_has_come_and_the_next_in_sight_count() {
        let month = span("2027-01-01T00:00:00", "2027-01-02T00:00:00").start;
        let found = |now: &str| {
            let now = span(now, now).start;
            let stages =
                stages(&MONTH_DAYS, now, |days| start_of_day(month.plus_days(-days).civil(LONDON).date(), LONDON));
            stages.into_iter().map(|(stage, _)| stage).collect::<Vec<_>>()
        };
        assert_eq!(found("2026-12-20T23:59:00"), [] as [i64; 0]);
        assert_eq!(found("2026-12-23T12:00:00"), [7]);
        assert_eq!(found("2026-12-25T12:00:00"), [7]);
        assert_eq!(found("2026-12-27T12:00:00"), [7, 3]);
        assert_eq!(found("2026-12-28T12:00:00"), [7, 3, 1]);
        assert_eq!(found("2026-12-29T00:00:00"), [3, 1]);
        assert_eq!(found("2026-12-31T18:00:00"), [1]);
    }
}
