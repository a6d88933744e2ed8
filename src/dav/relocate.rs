//! COPY and MOVE: of objects to another name or calendar, and of a calendar to another name. Everything else stays
//! where it is, and once.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::object::insert;
use super::path::Place;
use super::{headers, states};
use crate::service::calendars::{CollectionPath, ObjectPath, Relocation, Target};
use hyper::{Response, StatusCode};

/// MOVE of an object within the homes one may write to.
pub async fn move_object(call: &Call, from: &ObjectPath) -> Result<Response<Body>, Fault> {
    let relocation = relocation(call, from).await?;
    let moved = call.service.move_object(&call.actor, &relocation).await;
    let outcome = moved.map_err(|error| call.fault(&error))?;
    Ok(arrived(outcome.created, &outcome.path.href()))
}

/// COPY of an object: as if what stands there were stored at the destination.
pub async fn copy_object(call: &Call, from: &ObjectPath) -> Result<Response<Body>, Fault> {
    let relocation = relocation(call, from).await?;
    let copied = call.service.copy_object(&call.actor, &relocation).await;
    let outcome = copied.map_err(|error| call.fault(&error))?;
    Ok(arrived(outcome.created, &outcome.path.href()))
}

/// MOVE of a calendar: it has another name then, and is the same calendar.
pub async fn move_calendar(call: &Call, from: &CollectionPath) -> Result<Response<Body>, Fault> {
    call.collection(from).await?;
    let Place::Target(Target::Collection(to)) = destination(call)? else {
        return Err(Fault::condition("C:calendar-collection-location-ok", "a calendar stays in a calendar home"));
    };
    let overwrite = headers::overwrite(&call.headers);
    let moved = call.service.move_collection(&call.actor, from, &to, overwrite).await;
    moved.map_err(|error| call.fault(&error))?;
    Ok(arrived(true, &to.href()))
}

async fn relocation(call: &Call, from: &ObjectPath) -> Result<Relocation, Fault> {
    let Place::Target(Target::Object(to)) = destination(call)? else {
        let message = "an object can only go to the name of an object in a calendar";
        return Err(Fault::new(StatusCode::FORBIDDEN, message));
    };
    if to == *from {
        return Err(Fault::new(StatusCode::FORBIDDEN, "the object is there already"));
    }
    let conditions = states::conditions(call).await?;
    Ok(Relocation { from: from.clone(), to, overwrite: headers::overwrite(&call.headers), conditions })
}

fn destination(call: &Call) -> Result<Place, Fault> {
    let public_url = call.service.host.public_url.as_str();
    let public_host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    headers::destination(&call.headers, public_host)
}

fn arrived(created: bool, href: &str) -> Response<Body> {
    let mut response = answer::empty(if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT });
    insert(response.headers_mut(), hyper::header::LOCATION, href);
    response
}
