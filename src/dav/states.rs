//! The If header (RFC 4918 10.4): lists of states, of which one must hold. There are no locks here, so that a token is either
//! the sync token of a calendar (RFC 6578 5) or nobody's. What is said of the object that a request writes is tested in
//! the transaction that writes; the rest is settled before.

use super::call::Call;
use super::error::Fault;
use super::headers;
use super::path::Place;
use crate::service::calendars::{Conditions, State, StateTerm, Target};
use hyper::StatusCode;

/// Lists of one header.
const MAX_LISTS: usize = 20;

/// A state as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Written {
    Etag(String),
    Token(String),
}

/// One list: of what it speaks, where that isn't the resource of the request, and its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    of: Option<String>,
    terms: Vec<(bool, Written)>,
}

/// The conditions of a request that writes an object, those of If among them.
pub async fn conditions(call: &Call) -> Result<Conditions, Fault> {
    let conditions = headers::conditions(&call.headers);
    Ok(Conditions { lists: lists(call, writes_object(call)).await?, ..conditions })
}

/// Refuses a request whose If doesn't hold; those that write an object have it tested there.
pub async fn check(call: &Call) -> Result<(), Fault> {
    if writes_object(call) {
        return Ok(());
    }
    let Some(lists) = lists(call, false).await? else { return Ok(()) };
    if lists.iter().any(|list| list.iter().all(|term| term.holds(None, ""))) {
        return Ok(());
    }
    Err(Fault::new(StatusCode::PRECONDITION_FAILED, "no list of the If header holds"))
}

fn writes_object(call: &Call) -> bool {
    let writes = matches!(call.method.as_str(), "PUT" | "DELETE" | "MOVE" | "COPY" | "POST");
    writes && matches!(call.target(), Some(Target::Object(_)))
}

async fn lists(call: &Call, later: bool) -> Result<Option<Vec<Vec<StateTerm>>>, Fault> {
    let Some(value) = call.headers.get("if") else { return Ok(None) };
    let value = value.to_str().map_err(|_| Fault::bad_request("the If header can't be read"))?;
    let mut lists = Vec::new();
    for list in parse(value)? {
        let place = match &list.of {
            Some(of) => call.place_of(of),
            None => Some(call.place.clone()),
        };
        let mut terms = Vec::with_capacity(list.terms.len());
        for (not, written) in list.terms {
            terms.push(StateTerm { not, state: state(call, place.as_ref(), written, later).await });
        }
        lists.push(terms);
    }
    Ok(Some(lists))
}

/// What a term says: later, of the object that is written or of its calendar; else at once.
async fn state(call: &Call, place: Option<&Place>, written: Written, later: bool) -> State {
    let own = match (&call.place, later) {
        (Place::Target(Target::Object(own)), true) => Some(own),
        _ => None,
    };
    match (place, own, written) {
        (Some(Place::Target(Target::Object(path))), Some(own), Written::Etag(tag)) if path == own => State::Etag(tag),
        (Some(Place::Target(Target::Collection(path))), Some(own), Written::Token(token))
            if *path == own.collection =>
        {
            State::SyncToken(token)
        }
        (Some(Place::Target(Target::Object(path))), _, Written::Etag(tag)) => {
            let found = call.service.object(&call.actor, path).await;
            State::Settled(found.is_ok_and(|object| object.head.etag == tag))
        }
        (Some(Place::Target(Target::Collection(path))), _, Written::Token(token)) => {
            let found = call.service.collection(&call.actor, path).await;
            State::Settled(found.is_ok_and(|view| view.sync_token() == token))
        }
        _ => State::Settled(false),
    }
}

fn parse(value: &str) -> Result<Vec<List>, Fault> {
    let broken = || Fault::bad_request("the If header is malformed (RFC 4918 10.4.2)");
    let (mut lists, mut of, mut rest) = (Vec::new(), None, value.trim());
    while !rest.is_empty() {
        if let Some(tag) = rest.strip_prefix('<') {
            let (uri, after) = tag.split_once('>').ok_or_else(broken)?;
            // A list without a resource can't come before one with.
            if (of.is_none() && !lists.is_empty()) || !after.trim_start().starts_with('(') {
                return Err(broken());
            }
            of = Some(uri.to_owned());
            rest = after.trim_start();
            continue;
        }
        let (terms, after) = terms(rest.strip_prefix('(').ok_or_else(broken)?).ok_or_else(broken)?;
        lists.push(List { of: of.clone(), terms });
        rest = after.trim_start();
        if lists.len() > MAX_LISTS {
            return Err(Fault::bad_request(format!("an If header has at most {MAX_LISTS} lists")));
        }
    }
    if lists.is_empty() { Err(broken()) } else { Ok(lists) }
}

/// The terms up to the closing parenthesis, and what comes behind it.
fn terms(mut rest: &str) -> Option<(Vec<(bool, Written)>, &str)> {
    let mut terms = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            return (!terms.is_empty()).then_some((terms, after));
        }
        let not = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"));
        if not {
            rest = rest.get(3..)?.trim_start();
        }
        let (written, after) = if let Some(token) = rest.strip_prefix('<') {
            let (token, after) = token.split_once('>')?;
            (Written::Token(token.to_owned()), after)
        } else {
            let (tag, after) = rest.strip_prefix('[')?.split_once(']')?;
            let tag = tag.trim();
            (Written::Etag(tag.strip_prefix("W/").unwrap_or(tag).to_owned()), after)
        };
        terms.push((not, written));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(tag: &str) -> Written {
        Written::Etag(tag.to_owned())
    }

    #[test]
    fn lists_with_and_without_a_resource_are_read() {
        let lists = parse("([\"a\"] Not <urn:x>) (<urn:y>)").unwrap();
        let token = |token: &str| Written::Token(token.to_owned());
        assert_eq!(lists[0].terms, [(false, etag("\"a\"")), (true, token("urn:x"))]);
        assert_eq!((lists.len(), &lists[1].of), (2, &None));
        let lists = parse("</a> ([W/\"1\"]) (NOT [\"2\"]) <http://h/b>(<t>)").unwrap();
        assert_eq!(lists[0].terms, [(false, etag("\"1\""))]);
        assert_eq!(lists[1], List { of: Some("/a".to_owned()), terms: vec![(true, etag("\"2\""))] });
        assert_eq!(lists[2].of.as_deref(), Some("http://h/b"));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for bad in [
            "",
            "x",
            "(",
            "()",
            "([\"a\"]",
            "</a>",
            "</a> </b> (<t>)",
            "(<t>) </a> (<t>)",
            "(a)",
            "(Not)",
            "(<t)",
            "(é)",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&"(<t>)".repeat(21)).is_err());
    }
}
