//! GET, HEAD, PUT, DELETE and MOVE of calendar objects, and a calendar as one file.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::headers;
use super::path::Place;
use super::props::{content_type_of, http_date};
use crate::service::calendars::{CollectionPath, ObjectHead, ObjectPath, PutRequest, Target};
use hyper::header::{
    CACHE_CONTROL, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED,
};
use hyper::{HeaderMap, Response, StatusCode};

const SCHEDULE_TAG: HeaderName = HeaderName::from_static("schedule-tag");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// GET and HEAD of an object; the server leaves the body of a HEAD out.
pub async fn get(call: &Call, path: &ObjectPath) -> Result<Response<Body>, Fault> {
    let object = call.service.object(&call.actor, path).await.map_err(|error| call.fault(&error))?;
    let conditions = headers::conditions(&call.headers);
    if conditions.if_match.is_some_and(|list| !list.names(&object.head.etag)) {
        return Err(Fault::new(StatusCode::PRECONDITION_FAILED, "the object has another ETag"));
    }
    let unchanged = conditions.if_none_match.is_some_and(|list| list.names(&object.head.etag));
    let mut response = if unchanged {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let mut response = Response::new(answer::whole(object.body));
        insert(response.headers_mut(), CONTENT_TYPE, &content_type_of(&object.head.component));
        response
    };
    add_head(response.headers_mut(), &object.head);
    Ok(response)
}

fn add_head(headers: &mut HeaderMap, head: &ObjectHead) {
    insert(headers, ETAG, &head.etag);
    insert(headers, LAST_MODIFIED, &http_date(head.modified));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Some(tag) = &head.schedule_tag {
        insert(headers, SCHEDULE_TAG, tag);
    }
}

/// A value that is no header can only come from a damaged row; it is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// PUT. The ETag is in the answer only where the stored bytes are those that were sent: clients then don't read again.
pub async fn put(call: &Call, path: &ObjectPath) -> Result<Response<Body>, Fault> {
    if call.headers.contains_key(CONTENT_RANGE) {
        return Err(Fault::bad_request("a PUT of a part is not possible"));
    }
    let request = PutRequest {
        body: call.body.clone(),
        content_type: headers::text(&call.headers, CONTENT_TYPE.as_str()).map(str::to_owned),
        conditions: headers::conditions(&call.headers),
        schedule_reply: headers::schedule_reply(&call.headers),
    };
    let outcome = call.service.put_object(&call.actor, path, request).await.map_err(|error| call.fault(&error))?;
    let status = if outcome.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    if headers::preferences(&call.headers).representation {
        return representation(call, path, outcome.created).await;
    }
    let mut response = answer::empty(status);
    if let Some(etag) = &outcome.etag {
        insert(response.headers_mut(), ETAG, etag);
    }
    if let Some(tag) = &outcome.schedule_tag {
        insert(response.headers_mut(), SCHEDULE_TAG, tag);
    }
    Ok(response)
}

/// What stands there now, as `Prefer: return=representation` asks (RFC 8144 3.1).
async fn representation(call: &Call, path: &ObjectPath, created: bool) -> Result<Response<Body>, Fault> {
    let object = call.service.object(&call.actor, path).await.map_err(|error| call.fault(&error))?;
    let mut response = Response::new(answer::whole(object.body));
    *response.status_mut() = if created { StatusCode::CREATED } else { StatusCode::OK };
    let headers = response.headers_mut();
    insert(headers, CONTENT_TYPE, &content_type_of(&object.head.component));
    insert(headers, CONTENT_LOCATION, &path.href());
    headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("return=representation"));
    add_head(headers, &object.head);
    Ok(response)
}

/// DELETE of an object.
pub async fn delete(call: &Call, path: &ObjectPath) -> Result<Response<Body>, Fault> {
    let conditions = headers::conditions(&call.headers);
    let reply = headers::schedule_reply(&call.headers);
    let done = call.service.delete_object(&call.actor, path, &conditions, reply).await;
    done.map_err(|error| call.fault(&error))?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

/// DELETE of a calendar.
pub async fn delete_collection(call: &Call, path: &CollectionPath) -> Result<Response<Body>, Fault> {
    call.service.delete_collection(&call.actor, path).await.map_err(|error| call.fault(&error))?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

/// MOVE of an object to another name or calendar of the same home.
pub async fn move_to(call: &Call, from: &ObjectPath) -> Result<Response<Body>, Fault> {
    let public_url = call.service.host.public_url.as_str();
    let public_host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    let Place::Target(Target::Object(to)) = headers::destination(&call.headers, public_host)? else {
        return Err(Fault::new(StatusCode::FORBIDDEN, "an object can only be moved to the name of an object"));
    };
    if to == *from {
        return Err(Fault::new(StatusCode::FORBIDDEN, "the object is there already"));
    }
    let conditions = headers::conditions(&call.headers);
    let overwrite = headers::overwrite(&call.headers);
    let moved = call.service.move_object(&call.actor, from, &to, overwrite, &conditions).await;
    let outcome = moved.map_err(|error| call.fault(&error))?;
    let mut response = answer::empty(if outcome.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT });
    insert(response.headers_mut(), hyper::header::LOCATION, &outcome.path.href());
    Ok(response)
}
