//! calendar-multiget (RFC 4791 7.9): objects by their addresses, each with a row of its own, spelled as it was asked.

use super::rows::{RowPlan, Spent};
use super::{too_many, unsupported};
use crate::dav::answer::{self, Body, Outgoing};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::path::Place;
use crate::dav::xml::{DAV, Element};
use crate::service::calendars::{CollectionPath, CollectionView, MemberHrefs, Target};
use hyper::{Response, StatusCode};

const MAX_HREFS: usize = 1_000;
/// Objects read together.
const PAGE: usize = 100;

/// Answers the report.
pub async fn answer(call: Call, report: &Element) -> Result<Response<Body>, Fault> {
    let hrefs = report.children().filter(|child| child.is(DAV, "href")).map(|child| child.text().trim().to_owned());
    let hrefs: Vec<String> = hrefs.collect();
    if hrefs.len() > MAX_HREFS {
        return Err(too_many("at most 1,000 objects can be asked for at once"));
    }
    let path = match call.target() {
        Some(Target::Collection(path)) => path.clone(),
        Some(Target::Object(path)) => path.collection.clone(),
        _ => return Err(unsupported("calendar-multiget")),
    };
    let view = call.collection(&path).await?;
    let plan = RowPlan::of(&call, &view, report, None).await?;
    let multiget = Multiget { members: path.members(), call, view, path, plan };
    answer::stream_multistatus(move |out| async move { multiget.rows(out, &hrefs).await }).await
}

struct Multiget {
    call: Call,
    view: CollectionView,
    path: CollectionPath,
    members: MemberHrefs,
    plan: RowPlan,
}

impl Multiget {
    async fn rows(self, mut out: Outgoing, hrefs: &[String]) -> Result<Outgoing, Fault> {
        let mut spent = Spent::default();
        let mut waiting = hrefs;
        while !waiting.is_empty() {
            let part = waiting.get(..PAGE).unwrap_or(waiting);
            let names: Vec<Option<String>> = part.iter().map(|href| self.name_in(href)).collect();
            let is_ours: Vec<bool> = names.iter().map(Option::is_some).collect();
            let known = names.into_iter().flatten().collect();
            let objects = self.call.service.objects_named(&self.call.actor, &self.path, known).await;
            let objects = objects.map_err(|error| self.call.fault(&error))?;
            let there: Vec<bool> = objects.iter().map(Option::is_some).collect();
            let (found, cost) = self.plan.evaluate(objects.into_iter().flatten().collect(), spent).await?;
            spent = cost;
            // Without a filter every object that is there is found, in the order asked.
            let (mut there, mut found, mut answered) = (there.into_iter(), found.into_iter(), 0);
            for (href, is_ours) in part.iter().zip(is_ours) {
                let is_there = if is_ours { there.next() } else { Some(false) };
                // Where the texts were too many for once, the others come next.
                let Some(is_there) = is_there else { break };
                match if is_there { found.next() } else { None } {
                    Some(found) => self.plan.write(&mut out.xml, &self.call, &self.view, &found, href),
                    None => out.status_row(href, StatusCode::NOT_FOUND),
                }
                answered += 1;
                if !self.plan.is_expansion() {
                    out.flush().await;
                }
            }
            waiting = waiting.get(answered..).unwrap_or_default();
        }
        Ok(out)
    }

    /// The object's name, if the address is one of this calendar on this host.
    fn name_in(&self, href: &str) -> Option<String> {
        // Nearly every client sends back what it was given.
        if let Some(name) = self.members.plain_name(href) {
            return Some(name.to_owned());
        }
        match self.call.place_of(href) {
            Some(Place::Target(Target::Object(path))) if path.collection == self.path => Some(path.name),
            _ => None,
        }
    }
}
