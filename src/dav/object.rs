//! GET, HEAD, PUT and DELETE of calendar objects, and DELETE of a calendar.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::props::{CALENDAR_TYPE, http_date};
use super::{headers, states};
use crate::service::ServiceError;
use crate::service::calendars::{CollectionPath, ObjectHead, ObjectPath, PutRequest};
use crate::time::Instant;
use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    LAST_MODIFIED, LOCATION, VARY,
};
use hyper::{HeaderMap, Response, StatusCode};

const SCHEDULE_TAG: HeaderName = HeaderName::from_static("schedule-tag");

/// GET and HEAD of an object; the server leaves the body of a HEAD out.
pub async fn get(call: &Call, path: &ObjectPath) -> Result<Response<Body>, Fault> {
    let object = call.service.object(&call.actor, path).await.map_err(|error| call.fault(&error))?;
    let conditions = headers::conditions(&call.headers);
    let later_than =
        |since: Option<Instant>| since.is_some_and(|since| object.head.modified.is_in_a_second_after(since));
    // Tags say more than dates, which count where there are none (RFC 9110 13.2.2).
    let changed = match &conditions.if_match {
        Some(list) => !list.names(&object.head.etag),
        None => later_than(conditions.if_unmodified_since),
    };
    if changed {
        return Err(Fault::new(StatusCode::PRECONDITION_FAILED, "the object has changed"));
    }
    let since = headers::date(&call.headers, IF_MODIFIED_SINCE.as_str());
    let unchanged = match &conditions.if_none_match {
        Some(list) => list.names(&object.head.etag),
        None => since.is_some() && !later_than(since),
    };
    let mut response = if unchanged {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let wanted = headers::definitions(&call.headers);
        let settled = wanted.and_then(|wanted| wanted.settle(&object.body)).map_or(object.body, Bytes::from);
        let mut response = Response::new(answer::whole(settled));
        response.headers_mut().insert(VARY, HeaderValue::from_static("CalDAV-Timezones"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(CALENDAR_TYPE));
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
pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
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
        conditions: states::conditions(call).await?,
        schedule_reply: headers::schedule_reply(&call.headers),
    };
    let show = headers::preferences(&call.headers).representation;
    let outcome = match call.service.put_object(&call.actor, path, request).await {
        Ok(outcome) => outcome,
        // Whoever comes too late can see what stands there (RFC 8144 3.2).
        Err(ServiceError::PreconditionFailed) if show => {
            let standing = representation(call, path, StatusCode::PRECONDITION_FAILED).await?;
            return standing.ok_or_else(|| call.fault(&ServiceError::PreconditionFailed));
        }
        Err(error) => return Err(call.fault(&error)),
    };
    // What was taken and dropped has nothing to show.
    let status = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
    if show && let Some(stored) = representation(call, path, status).await? {
        return Ok(stored);
    }
    let mut response = answer::empty(if outcome.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT });
    if let Some(etag) = &outcome.etag {
        insert(response.headers_mut(), ETAG, etag);
    }
    if let Some(tag) = &outcome.schedule_tag {
        insert(response.headers_mut(), SCHEDULE_TAG, tag);
    }
    Ok(response)
}

/// POST to the address that `DAV:add-member` names (RFC 5995): as a PUT under a name of the server's choice.
pub async fn add_member(call: &Call, calendar: &CollectionPath) -> Result<Response<Body>, Fault> {
    let path = calendar.object(format!("{}.ics", call.service.ctx().fresh()));
    let mut response = put(call, &path).await?;
    insert(response.headers_mut(), LOCATION, &path.href());
    Ok(response)
}

/// What stands there now, if anything, as `Prefer: return=representation` asks (RFC 8144 3.1).
async fn representation(call: &Call, path: &ObjectPath, status: StatusCode) -> Result<Option<Response<Body>>, Fault> {
    let object = match call.service.object(&call.actor, path).await {
        Ok(object) => object,
        Err(ServiceError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(call.fault(&error)),
    };
    let mut response = Response::new(answer::whole(object.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(CALENDAR_TYPE));
    insert(headers, CONTENT_LOCATION, &path.href());
    headers.insert(answer::PREFERENCE_APPLIED, HeaderValue::from_static("return=representation"));
    add_head(headers, &object.head);
    Ok(Some(response))
}

/// DELETE of an object.
pub async fn delete(call: &Call, path: &ObjectPath) -> Result<Response<Body>, Fault> {
    let conditions = states::conditions(call).await?;
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
