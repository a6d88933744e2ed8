//! calendar-query (RFC 4791 7.8): the objects of a calendar that match a filter. Answers whole, as a stream.

use super::filter;
use super::rows::{RowPlan, Spent};
use super::unsupported;
use crate::dav::answer::{self, Body, Outgoing};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::xml::Element;
use crate::service::calendars::{CollectionPath, CollectionView, ObjectPath, Target};
use crate::time::Window;
use hyper::Response;

/// Objects read and looked at together.
const PAGE: u32 = 200;

/// Answers the report on a calendar or on one object.
pub async fn answer(call: Call, report: &Element) -> Result<Response<Body>, Fault> {
    let filter = filter::parse(report)?;
    match call.target().cloned() {
        Some(Target::Collection(path)) => {
            let view = call.collection(&path).await?;
            let bounds = filter.bounds();
            let plan = RowPlan::of(&call, &view, report).await?.filtered(filter);
            let query = Query { call, view, path, plan };
            answer::stream_multistatus(move |out| async move { query.pages(out, bounds).await }).await
        }
        Some(Target::Object(path)) => {
            let view = call.collection(&path.collection).await?;
            let plan = RowPlan::of(&call, &view, report).await?.filtered(filter);
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
    async fn pages(self, mut out: Outgoing, bounds: Option<Window>) -> Result<Outgoing, Fault> {
        let call = &self.call;
        let mut spent = Spent::default();
        let mut after: Option<String> = None;
        loop {
            let page = call.service.objects_page(&call.actor, &self.path, after.as_deref(), PAGE, bounds).await;
            let page = page.map_err(|error| call.fault(&error))?;
            let (found, cost) = self.plan.evaluate(page.rows, spent).await?;
            spent = cost;
            for found in &found {
                let href = self.path.object(found.object.head.name.as_str()).href();
                self.plan.write(&mut out.xml, call, &self.view, found, &href);
                if !self.plan.is_expansion() {
                    out.flush().await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(out);
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
