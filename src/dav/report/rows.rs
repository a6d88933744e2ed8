//! Objects as rows of a report: matched against a filter, their text cut or expanded as asked. Costs are counted over
//! the whole report, and the work is done off the threads that serve connections.

use super::data;
use super::too_many;
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::headers;
use crate::dav::props::{Preferred, Scene, Subject, Wanted, write_row};
use crate::dav::write::Xml;
use crate::dav::xml::{CALDAV, Element};
use crate::ical::filter::{CompFilter, matches};
use crate::ical::property::Property;
use crate::ical::recur::{Budget, TooMany};
use crate::ical::subset::{CalendarData, render};
use crate::ical::tree::Tree;
use crate::ical::zone::{Definitions, known_zone, tzid_of};
use crate::service::calendars::{Candidate, CollectionView, ObjectHead, ObjectView, Sought};
use crate::time::Zone;
use hyper::StatusCode;

/// Steps of recurrence that one report may cost, over all its objects.
const STEPS: u64 = 20_000_000;
/// Bytes that expanded objects may have together.
const EXPANDED_BYTES: usize = 4 * 1024 * 1024;

/// What a report wants of each object.
#[derive(Clone)]
pub struct RowPlan {
    /// Properties of the row.
    pub wanted: Wanted,
    /// How the client would like its rows.
    pub preferred: Preferred,
    /// Which objects; all where there is none.
    filter: Option<CompFilter>,
    data: Option<CalendarData>,
    /// What the client says of time zones.
    definitions: Option<Definitions>,
    floating: Zone,
}

/// What a report has cost so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    steps: u64,
    instances: u32,
    bytes: usize,
}

/// An object that is part of the answer.
pub struct Found {
    /// The object without its text.
    pub head: ObjectHead,
    /// Its text as asked for.
    pub text: Option<String>,
}

/// What a look at an object gave.
enum Look {
    /// It does not match.
    Other,
    /// It does; its text, if that is wanted.
    Found(Option<String>),
}

impl RowPlan {
    /// Reads what is common to the reports on calendars; with a filter for the objects that match.
    pub async fn of(
        call: &Call,
        view: &CollectionView,
        report: &Element,
        filter: Option<CompFilter>,
    ) -> Result<Self, Fault> {
        let mut plan = Self {
            wanted: Wanted::of_parent(report),
            preferred: Preferred { minimal: headers::preferences(&call.headers).minimal },
            filter,
            data: data::parse(report)?,
            definitions: headers::definitions(&call.headers),
            floating: Zone::UTC,
        };
        if let Some(zone) = given_zone(report)? {
            plan.floating = zone;
        } else if plan.reads() {
            plan.floating = zone_of(call, view).await?;
        }
        Ok(plan)
    }

    /// Whether the objects' texts are needed at all.
    pub fn needs_text(&self) -> bool {
        self.data.is_some() || self.filter.is_some()
    }

    /// Whether the answer is bounded, and so must not begin before it is known that it can be given whole.
    pub fn is_expansion(&self) -> bool {
        self.data.as_ref().is_some_and(|data| data.expand.is_some())
    }

    /// Those of the objects that match, with their text, in their order; on a thread for long work where there is any.
    pub async fn evaluate(&self, objects: Vec<ObjectView>, spent: Spent) -> Result<(Vec<Found>, Spent), Fault> {
        if !self.reads() {
            return self.look_at_all(objects, spent);
        }
        let plan = self.clone();
        let work = tokio::task::spawn_blocking(move || plan.look_at_all(objects, spent));
        work.await.map_err(|_| failed())?
    }

    fn look_at_all(&self, objects: Vec<ObjectView>, mut spent: Spent) -> Result<(Vec<Found>, Spent), Fault> {
        let mut found = Vec::with_capacity(objects.len());
        for object in objects {
            if let Look::Found(text) = self.look_at(&object.body, self.filter.as_ref(), &mut spent)? {
                found.push(Found { head: object.head, text });
            }
        }
        Ok((found, spent))
    }

    /// The same for what a query found.
    pub async fn evaluate_candidates(
        &self,
        candidates: Vec<Candidate>,
        spent: Spent,
    ) -> Result<(Vec<Found>, Spent), Fault> {
        let unread = candidates.iter().any(|candidate| matches!(candidate, Candidate::Unread(_)));
        if !unread && !self.cuts() {
            return self.look_at_candidates(candidates, spent);
        }
        let plan = self.clone();
        let work = tokio::task::spawn_blocking(move || plan.look_at_candidates(candidates, spent));
        work.await.map_err(|_| failed())?
    }

    fn look_at_candidates(&self, candidates: Vec<Candidate>, mut spent: Spent) -> Result<(Vec<Found>, Spent), Fault> {
        let mut found = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let (head, look) = match candidate {
                Candidate::Touching(head, None) => (head, Look::Found(None)),
                Candidate::Touching(head, Some(body)) => (head, self.look_at(&body, None, &mut spent)?),
                Candidate::Unread(object) => {
                    (object.head, self.look_at(&object.body, self.filter.as_ref(), &mut spent)?)
                }
            };
            if let Look::Found(text) = look {
                found.push(Found { head, text });
            }
        }
        Ok((found, spent))
    }

    /// Whether objects must be read as calendars, and not only be handed on.
    fn reads(&self) -> bool {
        self.filter.is_some() || self.cuts()
    }

    /// Whether texts are cut, expanded, or given other time zones.
    fn cuts(&self) -> bool {
        self.data.as_ref().is_some_and(|data| self.definitions.is_some() || *data != CalendarData::default())
    }

    /// What of a calendar is looked at for the answer, where time narrows it.
    pub fn sought(&self) -> Option<Sought> {
        let filter = self.filter.as_ref()?;
        let events_only = filter.asks_only_for_events_in_time();
        Some(Sought { window: filter.bounds()?, events_only, texts: self.data.is_some() })
    }

    /// Whether the object matches, and its text, if that is wanted.
    fn look_at(&self, body: &[u8], filter: Option<&CompFilter>, spent: &mut Spent) -> Result<Look, Fault> {
        let plain = self.data.is_some() && !self.cuts();
        if filter.is_none() && !self.cuts() {
            return Ok(Look::Found(plain.then(|| stored(body))));
        }
        // What can't be read can't have been stored; should it be there all the same, it is better shown than hidden.
        let Ok(tree) = Tree::parse(body) else {
            return Ok(Look::Found(plain.then(|| stored(body))));
        };
        if let Some(filter) = filter {
            let mut budget = Budget::default();
            let outcome = matches(&tree, filter, self.floating, &mut budget);
            spent.pay(budget)?;
            // Too many to tell counts as a match: an object left out would look deleted.
            if outcome == Ok(false) {
                return Ok(Look::Other);
            }
        }
        match &self.data {
            None => Ok(Look::Found(None)),
            Some(_) if plain => Ok(Look::Found(Some(stored(body)))),
            Some(data) => self.rendered(&tree, data, spent).map(|text| Look::Found(Some(text))),
        }
    }

    fn rendered(&self, tree: &Tree<'_>, data: &CalendarData, spent: &mut Spent) -> Result<String, Fault> {
        let limit = || too_many("the expansion has too many instances: ask for a shorter period");
        let all = Budget::default();
        let mut budget = Budget { results: all.results.saturating_sub(spent.instances), ..all };
        let before = budget.results;
        let text = render(tree, data, self.floating, &mut budget).map_err(|TooMany| limit())?;
        // An expansion is in UTC, and whoever names the components they want names the time zones, too.
        let settle = self.definitions.filter(|_| data.expand.is_none() && data.comp.is_none());
        let text = settle.and_then(|settle| settle.settle(&text)).unwrap_or(text);
        spent.instances += before - budget.results;
        spent.pay(budget)?;
        spent.bytes += text.len();
        if self.is_expansion() && spent.bytes > EXPANDED_BYTES {
            return Err(limit());
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Writes the row of an object under the address the client knows it by.
    pub fn write(&self, xml: &mut Xml, call: &Call, view: &CollectionView, found: &Found, href: &str) {
        let subject = Subject::Object(view, &found.head, found.text.as_deref());
        let scene = Scene { viewer: &call.person, reads_only: call.actor.reads_only, push: call.push_key(), subject };
        write_row(xml, href, &scene, &self.wanted, self.preferred);
    }
}

fn failed() -> Fault {
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "the report failed")
}

fn stored(body: &[u8]) -> String {
    // Nearly always whole UTF-8, which is told much faster.
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body).into_owned(), str::to_owned)
}

impl Spent {
    fn pay(&mut self, left: Budget) -> Result<(), Fault> {
        self.steps += u64::from(Budget::default().steps - left.steps);
        if self.steps > STEPS {
            Err(too_many("the recurrences cost too much: ask for a shorter period"))
        } else {
            Ok(())
        }
    }
}

/// The TZID of a text that is what RFC 4791 9.8 wants of `CALDAV:timezone`: a whole calendar with one time zone alone.
fn only_zone(text: &str) -> Option<String> {
    let tree = Tree::parse(text.trim().as_bytes()).ok()?;
    let calendar = tree.calendar();
    let mut components = calendar.children();
    let (Some(zone), None) = (components.next(), components.next()) else { return None };
    let whole = calendar.property("VERSION").is_some() && calendar.property("PRODID").is_some();
    zone.property("TZID").filter(|_| whole && zone.is("VTIMEZONE")).map(Property::text)
}

/// The zone of the report in which days and floating times are to be read.
fn given_zone(report: &Element) -> Result<Option<Zone>, Fault> {
    if let Some(id) = report.child(CALDAV, "timezone-id") {
        let unknown = || Fault::condition("C:valid-timezone", "this time zone is not known");
        return known_zone(id.text().trim()).ok_or_else(unknown).map(Some);
    }
    let Some(zone) = report.child(CALDAV, "timezone") else { return Ok(None) };
    let unreadable = || {
        let why = "the time zone is no calendar with one VTIMEZONE, nothing else, a VERSION and a PRODID";
        Fault::condition("C:valid-calendar-data", why)
    };
    Ok(known_zone(&only_zone(&zone.text()).ok_or_else(unreadable)?))
}

/// The zone of a calendar, else of the home's owner.
async fn zone_of(call: &Call, view: &CollectionView) -> Result<Zone, Fault> {
    match view.timezone.as_deref().and_then(tzid_of).and_then(|id| known_zone(&id)) {
        Some(zone) => Ok(zone),
        None => call.service.zone_of(&view.path.home).await.map_err(|error| call.fault(&error)),
    }
}
