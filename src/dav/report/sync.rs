//! sync-collection (RFC 6578): what has changed since a token. Old Apple clients leave the level out; Depth is ignored.

use super::rows::{RowPlan, Spent};
use super::unsupported;
use crate::dav::answer::{self, Body, Outgoing};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::props::{Scene, Subject, write_row};
use crate::dav::xml::{DAV, Element};
use crate::service::calendars::{Changes, CollectionPath, CollectionView, MemberHrefs, ObjectHead, Span, Target};
use hyper::{Response, StatusCode};

/// Objects whose text is read together.
const PAGE: usize = 100;
/// Objects that are listed together.
const HEADS: u32 = 500;

/// Answers the report on a calendar.
pub async fn answer(call: Call, report: &Element) -> Result<Response<Body>, Fault> {
    let Some(Target::Collection(path)) = call.target().cloned() else {
        return Err(unsupported("sync-collection"));
    };
    let token = report.child(DAV, "sync-token").map(|token| token.text().trim().to_owned());
    let token = token.filter(|token| !token.is_empty());
    level_of(report)?;
    let limit = limit_of(report)?;
    let view = call.collection(&path).await?;
    let plan = RowPlan::of(&call, &view, report, None).await?;
    let changes = call.service.changes(&call.actor, &path, token.as_deref(), limit).await;
    let changes = changes.map_err(|error| call.fault(&error))?;
    let sync = Sync { members: path.members(), call, view, path, plan };
    answer::stream_multistatus(move |out| async move { sync.rows(out, changes).await }).await
}

/// Calendars hold no collections, so that both levels mean the same (RFC 6578 6.3).
fn level_of(report: &Element) -> Result<(), Fault> {
    let level = report.child(DAV, "sync-level").map(|level| level.text().trim().to_ascii_lowercase());
    match level.as_deref() {
        None | Some("1" | "infinite" | "infinity") => Ok(()),
        Some(_) => Err(Fault::bad_request("sync-level is 1 or infinite")),
    }
}

/// The client's own limit (RFC 5323 5.17).
fn limit_of(report: &Element) -> Result<Option<u32>, Fault> {
    let Some(count) = report.child(DAV, "limit").and_then(|limit| limit.child(DAV, "nresults")) else {
        return Ok(None);
    };
    match count.text().trim().parse::<u32>() {
        Ok(count) if count > 0 => Ok(Some(count)),
        _ => Err(Fault::bad_request("nresults is a number above 0")),
    }
}

struct Sync {
    call: Call,
    view: CollectionView,
    path: CollectionPath,
    members: MemberHrefs,
    plan: RowPlan,
}

impl Sync {
    async fn rows(mut self, mut out: Outgoing, changes: Changes) -> Result<Outgoing, Fault> {
        for name in &changes.removed {
            out.status_row(self.members.href(name), StatusCode::NOT_FOUND);
            out.flush().await;
        }
        let mut spent = Spent::default();
        self.list(&mut out, &changes.changed, &mut spent).await?;
        if let Some(span) = changes.pages {
            // Nothing can be gone for whoever had nothing.
            if span.after >= 0 {
                self.removed(&mut out, span).await?;
            }
            self.changed(&mut out, span, &mut spent).await?;
        }
        if changes.truncated {
            let more = Fault::with(
                StatusCode::INSUFFICIENT_STORAGE,
                "<D:number-of-matches-within-limits/>",
                "there is more: go on from the sync token",
            );
            more.write_row(&mut out.xml, &self.path.href());
        }
        out.xml.text("D:sync-token", &changes.token);
        Ok(out)
    }

    async fn removed(&mut self, out: &mut Outgoing, mut span: Span) -> Result<(), Fault> {
        loop {
            let page = self.call.service.removed_page(&self.call.actor, &self.path, span, HEADS).await;
            let page = page.map_err(|error| self.call.fault(&error))?;
            for name in &page.rows {
                out.status_row(self.members.href(name), StatusCode::NOT_FOUND);
                out.flush().await;
            }
            match page.next {
                Some(reached) => span.after = reached,
                None => return Ok(()),
            }
        }
    }

    async fn changed(&mut self, out: &mut Outgoing, mut span: Span, spent: &mut Spent) -> Result<(), Fault> {
        loop {
            let page = self.call.service.heads_page(&self.call.actor, &self.path, span, HEADS).await;
            let page = page.map_err(|error| self.call.fault(&error))?;
            self.list(out, &page.rows, spent).await?;
            match page.next {
                Some(reached) => span.after = reached,
                None => return Ok(()),
            }
        }
    }

    async fn list(&mut self, out: &mut Outgoing, heads: &[ObjectHead], spent: &mut Spent) -> Result<(), Fault> {
        if self.plan.needs_text() {
            return self.list_with_texts(out, heads, spent).await;
        }
        for head in heads {
            self.row(out, head);
            out.flush().await;
        }
        Ok(())
    }

    fn row(&mut self, out: &mut Outgoing, head: &ObjectHead) {
        let scene = Scene {
            viewer: &self.call.person,
            reads_only: self.call.actor.reads_only,
            push: self.call.push_key(),
            subject: Subject::Object(&self.view, head, None),
        };
        let href = self.members.href(&head.name);
        write_row(&mut out.xml, href, &scene, &self.plan.wanted, self.plan.preferred);
    }

    async fn list_with_texts(
        &mut self,
        out: &mut Outgoing,
        heads: &[ObjectHead],
        spent: &mut Spent,
    ) -> Result<(), Fault> {
        let mut waiting = heads;
        while !waiting.is_empty() {
            let part = waiting.get(..PAGE).unwrap_or(waiting);
            let names = part.iter().map(|head| head.name.clone()).collect();
            let objects = self.call.service.objects_named(&self.call.actor, &self.path, names).await;
            let objects = objects.map_err(|error| self.call.fault(&error))?;
            // Where the texts were too many for once, the others come next.
            waiting = waiting.get(objects.len()..).unwrap_or_default();
            let (found, cost) = self.plan.evaluate(objects.into_iter().flatten().collect(), *spent).await?;
            *spent = cost;
            for found in &found {
                let href = self.members.href(&found.head.name);
                self.plan.write(&mut out.xml, &self.call, &self.view, found, href);
                out.flush().await;
            }
        }
        Ok(())
    }
}
