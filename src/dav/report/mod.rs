//! REPORT: the root element of the body names the report. A missing Depth, and Depth 0 on a calendar, mean its members.

mod access;
mod data;
mod expand;
mod filter;
mod freebusy;
mod multiget;
mod query;
mod resource;
mod rows;
mod search;
mod sync;

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::headers::{self, Depth};
use super::xml::{CALDAV, CALENDARSERVER, DAV, Element};
use hyper::{Response, StatusCode};

/// Reports that are defined for Depth 0 alone (RFC 3744 9).
const NEVER_DEEP: [&str; 4] =
    ["acl-principal-prop-set", "principal-match", "principal-property-search", "principal-search-property-set"];

/// Answers a REPORT.
pub async fn answer(call: Call) -> Result<Response<Body>, Fault> {
    let depth = headers::depth(&call.headers)?;
    let minimal = headers::preferences(&call.headers).minimal;
    let root = call.xml()?.ok_or_else(|| Fault::bad_request("a REPORT needs a body"))?;
    if depth.is_some_and(|depth| depth != Depth::Zero) && NEVER_DEEP.iter().any(|name| root.is(DAV, name)) {
        return Err(Fault::bad_request(format!("{} is asked with Depth 0", root.name.local)));
    }
    let answer = by_name(call, root).await?;
    let shortened = minimal && answer.status() == StatusCode::MULTI_STATUS;
    Ok(if shortened { answer::minimal(answer) } else { answer })
}

async fn by_name(call: Call, root: Element) -> Result<Response<Body>, Fault> {
    match (root.name.namespace.as_ref(), root.name.local.as_str()) {
        (CALDAV, "calendar-query") => query::answer(call, &root).await,
        (CALDAV, "calendar-multiget") => multiget::answer(call, &root).await,
        (CALDAV, "free-busy-query") => freebusy::answer(&call, &root).await,
        (DAV, "sync-collection") => sync::answer(call, &root).await,
        (DAV, "expand-property") => expand::answer(&call, &root).await,
        (DAV, "principal-property-search") => search::by_properties(&call, &root).await,
        (CALENDARSERVER, "calendarserver-principal-search") => search::by_tokens(&call, &root).await,
        (DAV, "principal-search-property-set") => search::property_set(&call),
        (DAV, "acl-principal-prop-set") => access::principals(&call, &root).await,
        (DAV, "principal-match") => access::matching(call, &root).await,
        _ => Err(unsupported(&root.name.local)),
    }
}

/// The resource does not have this report.
fn unsupported(name: &str) -> Fault {
    Fault::condition("D:supported-report", format!("there is no report {name} here"))
}

/// More than is answered at once.
fn too_many(message: &str) -> Fault {
    Fault::condition("D:number-of-matches-within-limits", message)
}
