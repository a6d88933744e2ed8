//! expand-property (RFC 3253 3.8): properties, and behind the addresses in them the properties of what is there, as deep as
//! is asked. macOS asks so for those whose delegate somebody is.

use super::resource::Resource;
use crate::dav::answer::{self, Body};
use crate::dav::call::Call;
use crate::dav::error::{Fault, status_line};
use crate::dav::path;
use crate::dav::props::{Wanted, find};
use crate::dav::write::{NAMESPACES, Xml};
use crate::dav::xml::{self, DAV, Element, Name, Node};
use hyper::{Response, StatusCode};
use std::future::Future;
use std::pin::Pin;

/// Resources that one answer may look at.
const MAX_RESOURCES: usize = 200;

/// A row on its way; rows hold rows.
type Row<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// Answers the report.
pub async fn answer(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    let resource = Resource::read(call, &call.place, &wanted(report)).await?;
    let mut out = Xml::document("D:multistatus");
    let mut looked_at = 0;
    row(call, &mut out, (&resource, report), &mut looked_at).await?;
    out.close("D:multistatus");
    Ok(answer::xml(StatusCode::MULTI_STATUS, out.take()))
}

fn asked(parent: &Element) -> impl Iterator<Item = &Element> {
    parent.children().filter(|child| child.is(DAV, "property"))
}

fn wanted(parent: &Element) -> Wanted {
    Wanted::of_names(asked(parent).filter_map(name_of))
}

/// Writes the row of one resource: what is there, what it withholds, and what it hasn't.
fn row<'a>(
    call: &'a Call,
    out: &'a mut Xml,
    (resource, parent): (&'a Resource, &'a Element),
    looked_at: &'a mut usize,
) -> Row<'a> {
    Box::pin(async move {
        let (mut missing, mut withheld) = (Vec::new(), Vec::new());
        out.open("D:response");
        out.href(&resource.href());
        out.raw("<D:propstat><D:prop>");
        for asked in asked(parent) {
            let Some(name) = name_of(asked) else { continue };
            let scene = resource.scene(call);
            let mut value = Xml::default();
            if scene.withholds(&name) {
                withheld.push(name);
            } else if !find(&name).is_some_and(|live| (live.write)(&scene, &mut value)) {
                missing.push(name);
            } else if self::asked(asked).next().is_none() {
                out.raw(&value.take());
            } else {
                expand(call, out, (&value.take(), asked), looked_at).await?;
            }
        }
        out.raw("</D:prop>");
        out.text("D:status", &status_line(StatusCode::OK));
        out.raw("</D:propstat>");
        write_absent(out, &withheld, StatusCode::FORBIDDEN);
        write_absent(out, &missing, StatusCode::NOT_FOUND);
        out.close("D:response");
        Ok(())
    })
}

fn write_absent(out: &mut Xml, names: &[Name], status: StatusCode) {
    if names.is_empty() {
        return;
    }
    out.raw("<D:propstat><D:prop>");
    for name in names {
        out.empty_name(name);
    }
    out.raw("</D:prop>");
    out.text("D:status", &status_line(status));
    out.raw("</D:propstat>");
}

/// Writes a property with a row in place of each address in it.
async fn expand(
    call: &Call,
    out: &mut Xml,
    (value, asked): (&str, &Element),
    looked_at: &mut usize,
) -> Result<(), Fault> {
    let parsed = xml::parse(format!("<D:x {NAMESPACES}>{value}</D:x>").as_bytes())?;
    let property = parsed.and_then(|root| root.children().next().cloned());
    let Some(property) = property else { return Ok(()) };
    let tag = value.trim_start_matches('<').split([' ', '/', '>']).next().unwrap_or_default().to_owned();
    out.open(&tag);
    for node in &property.nodes {
        let Node::Element(child) = node else { continue };
        if !child.is(DAV, "href") || *looked_at >= MAX_RESOURCES {
            continue;
        }
        *looked_at += 1;
        let href = child.text();
        let resource = match path::parse(href.trim()) {
            Ok(place) => Resource::read(call, &place, &wanted(asked)).await.ok(),
            Err(_) => None,
        };
        match resource {
            Some(resource) => row(call, out, (&resource, asked), looked_at).await?,
            None => Fault::not_found().write_row(out, href.trim()),
        }
    }
    out.close(&tag);
    Ok(())
}

fn name_of(property: &Element) -> Option<Name> {
    let local = property.attribute("name")?;
    Some(Name::new(property.attribute("namespace").unwrap_or(DAV), local))
}
