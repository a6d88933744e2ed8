//! Objects as rows of a report: matched against a filter, their text cut or expanded as asked. Costs are counted over
//! the whole report, and the work is done off the threads that serve connections.

use super::data;
use super::too_many;
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::headers;
use crate::dav::props::{Preferred, Scene, Subject, Wanted, tzid_of, write_row};
use crate::dav::write::Xml;
use crate::dav::xml::{CALDAV, Element};
use crate::ical::filter::{CompFilter, matches};
use crate::ical::recur::{Budget, TooMany};
use crate::ical::subset::{CalendarData, render};
use crate::ical::tree::Tree;
use crate::ical::zone::known_zone;
use crate::service::calendars::{CollectionView, ObjectView};
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
    /// The object.
    pub object: ObjectView,
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
    /// Reads what is common to the reports on calendars.
    pub async fn of(call: &Call, view: &CollectionView, report: &Element) -> Result<Self, Fault> {
        Ok(Self {
            wanted: Wanted::of_parent(report),
            preferred: Preferred { minimal: headers::preferences(&call.headers).minimal },
            filter: None,
            data: data::parse(report)?,
            floating: floating_zone(call, view, Some(report)).await?,
        })
    }

    /// The same for the objects that match.
    pub fn filtered(self, filter: CompFilter) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// Whether the objects' texts are needed at all.
    pub fn needs_text(&self) -> bool {
        self.data.is_some() || self.filter.is_some()
    }

    /// Whether the answer is bounded, and so must not begin before it is known that it can be given whole.
    pub fn is_expansion(&self) -> bool {
        self.data.as_ref().is_some_and(|data| data.expand.is_some())
    }

    /// Those of the objects that match, with their text, on a thread for long work.
    pub async fn evaluate(&self, objects: Vec<ObjectView>, spent: Spent) -> Result<(Vec<Found>, Spent), Fault> {
        let plan = self.clone();
        let work = tokio::task::spawn_blocking(move || {
            let mut spent = spent;
            let mut found = Vec::new();
            for object in objects {
                if let Look::Found(text) = plan.look_at(&object, &mut spent)? {
                    found.push(Found { object, text });
                }
            }
            Ok((found, spent))
        });
        work.await.map_err(|_| Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "the report failed"))?
    }

    /// Whether the object matches, and its text, if that is wanted.
    fn look_at(&self, object: &ObjectView, spent: &mut Spent) -> Result<Look, Fault> {
        let plain = self.data.as_ref().is_some_and(|data| *data == CalendarData::default());
        if self.filter.is_none() && (plain || self.data.is_none()) {
            return Ok(Look::Found(plain.then(|| stored(object))));
        }
        // What can't be read can't have been stored; should it be there all the same, it is better shown than hidden.
        let Ok(tree) = Tree::parse(&object.body) else {
            return Ok(Look::Found(plain.then(|| stored(object))));
        };
        if let Some(filter) = &self.filter {
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
            Some(_) if plain => Ok(Look::Found(Some(stored(object)))),
            Some(data) => self.rendered(&tree, data, spent).map(|text| Look::Found(Some(text))),
        }
    }

    fn rendered(&self, tree: &Tree<'_>, data: &CalendarData, spent: &mut Spent) -> Result<String, Fault> {
        let limit = || too_many("the expansion has too many instances: ask for a shorter period");
        let all = Budget::default();
        let mut budget = Budget { results: all.results.saturating_sub(spent.instances), ..all };
        let before = budget.results;
        let text = render(tree, data, self.floating, &mut budget).map_err(|TooMany| limit())?;
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
        let subject = Subject::Object(view, &found.object.head, found.text.as_deref());
        let scene = Scene { viewer: &call.person, subject };
        write_row(xml, href, &scene, &self.wanted, self.preferred);
    }
}

fn stored(object: &ObjectView) -> String {
    String::from_utf8_lossy(&object.body).into_owned()
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

/// The zone in which days and floating times are read: the report's, the calendar's, else the home owner's.
pub async fn floating_zone(call: &Call, view: &CollectionView, report: Option<&Element>) -> Result<Zone, Fault> {
    if let Some(id) = report.and_then(|report| report.child(CALDAV, "timezone-id")) {
        let unknown = || Fault::condition("C:valid-timezone", "this time zone is not known");
        return known_zone(id.text().trim()).ok_or_else(unknown);
    }
    let given = report.and_then(|report| report.child(CALDAV, "timezone")).and_then(|zone| tzid_of(&zone.text()));
    let of_calendar = || view.timezone.as_deref().and_then(tzid_of);
    if let Some(zone) = given.and_then(|id| known_zone(&id)).or_else(|| of_calendar().and_then(|id| known_zone(&id))) {
        return Ok(zone);
    }
    call.service.zone_of(&view.path.home).await.map_err(|error| call.fault(&error))
}
