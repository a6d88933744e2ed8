//! free-busy-query (RFC 4791 7.10): when a calendar, or all that counts in a home, says busy. The answer is iCalendar.

use super::filter::time_range;
use super::unsupported;
use crate::dav::answer::{self, Body};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::xml::{CALDAV, Element};
use crate::ical::freebusy::vfreebusy;
use crate::service::ServiceError;
use crate::service::calendars::{Target, home_href, principal_href};
use hyper::{Response, StatusCode};

/// Answers the report.
pub async fn answer(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    let range = report.child(CALDAV, "time-range");
    let range = range.ok_or_else(|| Fault::bad_request("a free-busy-query has a time-range"))?;
    let window = time_range(range).map_err(|fault| Fault::bad_request(fault.message))?;
    let busy = match call.target() {
        Some(Target::Collection(path)) => call.service.free_busy(&call.actor, path, window).await,
        Some(Target::Home(home)) if call.service.home(&call.actor, home).await.is_ok() => {
            let all = call.service.free_busy_of(&call.actor, &principal_href(home), window).await;
            all.map(|all| all.into_iter().next().map(|own| own.times).unwrap_or_default())
        }
        Some(Target::Home(home)) => {
            Err(ServiceError::NeedPrivileges { href: home_href(home), privilege: "read-free-busy" })
        }
        _ => return Err(unsupported("free-busy-query")),
    };
    let busy = busy.map_err(|error| call.fault(&error))?;
    let text = vfreebusy(window, &busy, call.service.ctx().now, &[]);
    Ok(answer::typed(StatusCode::OK, "text/calendar; charset=utf-8; component=vfreebusy", answer::whole(text)))
}
