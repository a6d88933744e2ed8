//! calendar-query (RFC 4791 7.8): the objects of a calendar that match a filter. Answers whole, as a stream.

use super::filter;
use super::rows::{Found, RowPlan, Spent};
use super::unsupported;
use crate::dav::answer::{self, Body, Outgoing, Shown};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::xml::Element;
use crate::service::calendars::{CollectionPath, CollectionView, ObjectPath, Sought, Span, Target};
use hyper::Response;

/// Objects read and looked at together.
const PAGE: u32 = 200;
/// The same where their texts are not needed.
const HEADS: u32 = 1_000;

/// Answers the report on a calendar or on one object.
pub async fn answer(call: Call, report: &Element) -> Result<Response<Body>, Fault> {
    let filter = filter::parse(report)?;
    match call.target().cloned() {
        Some(Target::Collection(path)) => {
            let view = call.collection(&path).await?;
            let plan = RowPlan::of(&call, &view, report, Some(filter)).await?;
            let query = Query { call, view, path, plan };
            answer::stream_multistatus(move |out| async move { query.rows(out).await }).await
        }
        Some(Target::Object(path)) => {
            let view = call.collection(&path.collection).await?;
            let plan = RowPlan::of(&call, &view, report, Some(filter)).await?;
            one(&call, &view, &path, &plan).await
        }
        _ => Err(unsupported("calendar-query")),
    }
}

/// A query over a calendar.
struct Query {
    call: Call,
    view: CollectionView,
    path: CollectionPath,
    plan: RowPlan,
}

impl Query {
    async fn rows(self, out: Outgoing) -> Result<Outgoing, Fault> {
        match self.plan.sought() {
            Some(sought) => self.between(out, sought).await,
            None => self.all(out).await,
        }
    }

    /// Where time narrows the answer.
    async fn between(self, mut out: Outgoing, sought: Sought) -> Result<Outgoing, Fault> {
        let call = &self.call;
        let limit = if sought.texts || !sought.events_only { PAGE } else { HEADS };
        let (mut spent, mut after, mut shown) = (Spent::default(), None, Shown::default());
        loop {
            let is_first = after.is_none();
            let page = call.service.candidates_page(&call.actor, &self.path, sought, after, limit).await;
            let page = page.map_err(|error| call.fault(&error))?;
            let (mut found, cost) = self.plan.evaluate_candidates(page.rows, spent).await?;
            (spent, after) = (cost, page.next);
            if is_first && after.is_none() {
                // One page is one snapshot.
                self.write(&mut out, &found).await;
                return Ok(out);
            }
            found.retain(|found| shown.admits(&found.head.name, found.head.change > self.view.change));
            self.write(&mut out, &found).await;
            if after.is_none() {
                return self.changed_meanwhile(out, spent, shown).await;
            }
        }
    }

    /// Pages go by time: what changed while they were read may have moved from what was not read yet to where it had been
    /// read already. Without it an object would be left out that matched all the while.
    async fn changed_meanwhile(
        &self,
        mut out: Outgoing,
        mut spent: Spent,
        mut shown: Shown,
    ) -> Result<Outgoing, Fault> {
        let (call, mut span) = (&self.call, Span::since(self.view.change));
        loop {
            let page = call.service.heads_page(&call.actor, &self.path, span, PAGE).await;
            let page = page.map_err(|error| call.fault(&error))?;
            for head in page.rows {
                let object = call.service.objects_named(&call.actor, &self.path, vec![head.name]).await;
                let object = object.map_err(|error| call.fault(&error))?.into_iter().flatten().collect();
                let (mut found, cost) = self.plan.evaluate(object, spent).await?;
                spent = cost;
                found.retain(|found| shown.admits(&found.head.name, true));
                self.write(&mut out, &found).await;
            }
            match page.next {
                Some(reached) => span.after = reached,
                None => return Ok(out),
            }
        }
    }

    async fn all(self, mut out: Outgoing) -> Result<Outgoing, Fault> {
        let call = &self.call;
        let (mut spent, mut after) = (Spent::default(), None::<String>);
        loop {
            let page = call.service.objects_page(&call.actor, &self.path, after.as_deref(), PAGE).await;
            let page = page.map_err(|error| call.fault(&error))?;
            let (found, cost) = self.plan.evaluate(page.rows, spent).await?;
            spent = cost;
            self.write(&mut out, &found).await;
            after = page.next;
            if after.is_none() {
                return Ok(out);
            }
        }
    }

    async fn write(&self, out: &mut Outgoing, found: &[Found]) {
        let mut members = self.path.members();
        for found in found {
            self.plan.write(&mut out.xml, &self.call, &self.view, found, members.href(&found.head.name));
            if !self.plan.is_expansion() {
                out.flush().await;
            }
        }
    }
}

async fn one(call: &Call, view: &CollectionView, path: &ObjectPath, plan: &RowPlan) -> Result<Response<Body>, Fault> {
    let object = call.service.object(&call.actor, path).await.map_err(|error| call.fault(&error))?;
    let (found, _) = plan.evaluate(vec![object], Spent::default()).await?;
    Ok(answer::multistatus(|xml| {
        for found in &found {
            plan.write(xml, call, view, found, &path.href());
        }
    }))
}
