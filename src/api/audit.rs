//! The audit trail, for administrators.

use super::Answer;
use super::extract::{Caller, Params, invalid, moment};
use crate::service::Service;
use crate::service::audit::{From as Since, PAGE, Recorded};
use crate::time::Zone;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditDocument {
    /// Its place: 1, 2, 3 …
    seq: i64,
    #[schema(format = DateTime)]
    at: String,
    /// Who did it: `person:…`, `token:…`, `token:… for person:…`, `operator` or `system`.
    actor: String,
    /// For whom, where that is somebody else.
    subject: Option<String>,
    /// By which way.
    channel: Value,
    /// What, such as `swap.taken`.
    action: String,
    /// To what, such as `swap:…`.
    object: String,
    /// What was before.
    before: Option<Value>,
    /// What is now.
    after: Option<Value>,
    /// Why, in somebody's words.
    reason: Option<String>,
    /// SHA-256 over this row and the hash of the one before it, in hex.
    hash: String,
}

impl AuditDocument {
    fn of(row: Recorded) -> Self {
        let event = row.event;
        let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        Self {
            seq: row.seq,
            at: event.at.rfc3339(Zone::UTC),
            actor: event.actor,
            subject: event.subject,
            channel: serde_json::to_value(event.channel).unwrap_or_default(),
            action: event.action,
            object: event.object,
            before: json(event.before),
            after: json(event.after),
            reason: event.reason,
            hash: row.hash,
        }
    }
}

/// From where to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// What happened from this RFC 3339 time on, or what came after the row with this `seq`; everything where absent.
    since: Option<String>,
    /// At most so many rows, up to 1000.
    limit: Option<u32>,
}

/// The audit trail by place, at most 1000 rows; go on with `since` and the last row's `seq`
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Span),
    responses((status = 200, body = Vec<AuditDocument>)))]
pub async fn audit(
    State(service): State<Service>,
    Caller(actor): Caller,
    Params(span): Params<Span>,
) -> Answer<Vec<AuditDocument>> {
    let since = match span.since.as_deref() {
        None => Since::Place(0),
        Some(text) => match text.parse() {
            Ok(seq) => Since::Place(seq),
            Err(_) => Since::Moment(moment("since", text)?),
        },
    };
    let limit = span.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(invalid("limit", "must be from 1 to 1000"));
    }
    let rows = service.audit_since(&actor, since, limit).await?;
    Ok(axum::Json(rows.into_iter().map(AuditDocument::of).collect()))
}
