//! The conditions of a write against what stands, inside the transaction that writes (RFC 9110 13.1, RFC 6638 8.3).

use super::requests::Conditions;
use crate::service::ServiceError;
use crate::time::Instant;

/// What stands under the name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    /// Its entity tag.
    pub etag: &'a str,
    /// Its Schedule-Tag, on a scheduling object.
    pub schedule_tag: Option<&'a str>,
    /// Entity tags it had since its Schedule-Tag changed last.
    pub former: &'a [String],
    /// When it was stored last.
    pub modified: Instant,
}

/// Refuses the write unless every condition holds.
pub(super) fn test(conditions: &Conditions, standing: Option<Standing<'_>>, token: &str) -> Result<(), ServiceError> {
    let holds = if_match(conditions, standing)
        && if_unmodified(conditions, standing)
        && if_none_match(conditions, standing)
        && if_tag(conditions, standing)
        && if_any(conditions, standing, token);
    if holds { Ok(()) } else { Err(ServiceError::PreconditionFailed) }
}

/// Thunderbird, Evolution and Outlook know only If-Match: on a scheduling object any tag since the last change of the
/// Schedule-Tag is as good as the present one, or their answers would fail whenever a colleague answers first.
fn if_match(conditions: &Conditions, standing: Option<Standing<'_>>) -> bool {
    let Some(list) = &conditions.if_match else { return true };
    standing.is_some_and(|s| {
        list.names(s.etag) || (s.schedule_tag.is_some() && s.former.iter().any(|former| list.names(former)))
    })
}

/// Whoever names a tag, too, means the tag (RFC 9110 13.1.4).
fn if_unmodified(conditions: &Conditions, standing: Option<Standing<'_>>) -> bool {
    let since = conditions.if_unmodified_since.filter(|_| conditions.if_match.is_none());
    since.zip(standing).is_none_or(|(since, standing)| !standing.modified.is_in_a_second_after(since))
}

fn if_none_match(conditions: &Conditions, standing: Option<Standing<'_>>) -> bool {
    let Some(list) = &conditions.if_none_match else { return true };
    !standing.is_some_and(|s| list.names(s.etag))
}

/// iOS sends the header with an empty value where it has no tag: that asks for nothing.
fn if_tag(conditions: &Conditions, standing: Option<Standing<'_>>) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    match conditions.if_schedule_tag_match.as_deref().map(bare) {
        None => true,
        Some(wanted) if wanted.is_empty() => true,
        Some(wanted) => standing.and_then(|s| s.schedule_tag).is_some_and(|tag| bare(tag) == wanted),
    }
}

/// One list of the If header with all its terms.
fn if_any(conditions: &Conditions, standing: Option<Standing<'_>>, token: &str) -> bool {
    let Some(lists) = &conditions.lists else { return true };
    let etag = standing.map(|s| s.etag);
    lists.iter().any(|list| list.iter().all(|term| term.holds(etag, token)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::calendars::{State, StateTerm, TagList};

    fn test(conditions: &Conditions, standing: Option<Standing<'_>>) -> Result<(), ServiceError> {
        super::test(conditions, standing, "token")
    }

    fn holds(conditions: &Conditions, schedule_tag: Option<&str>, former: &[&str]) -> bool {
        let former: Vec<String> = former.iter().map(|f| (*f).to_owned()).collect();
        test(conditions, Some(Standing { etag: "\"now\"", schedule_tag, former: &former, modified: MODIFIED })).is_ok()
    }

    const MODIFIED: Instant = Instant::from_millis(5_999);

    #[test]
    fn a_date_is_good_for_its_whole_second_and_a_tag_for_longer() {
        let since = |millis, if_match| Conditions {
            if_unmodified_since: Some(Instant::from_millis(millis)),
            if_match,
            ..Conditions::default()
        };
        assert!(holds(&since(5_000, None), None, &[]) && holds(&since(9_000, None), None, &[]));
        assert!(!holds(&since(4_000, None), None, &[]));
        assert!(holds(&since(4_000, Some(TagList::parse("\"now\""))), None, &[]));
        assert!(test(&since(4_000, None), None).is_ok(), "what isn't there has no date");
    }

    fn if_match(value: &str) -> Conditions {
        Conditions { if_match: Some(TagList::parse(value)), ..Conditions::default() }
    }

    fn if_none_match(value: &str) -> Conditions {
        Conditions { if_none_match: Some(TagList::parse(value)), ..Conditions::default() }
    }

    fn if_tag(value: &str) -> Conditions {
        Conditions { if_schedule_tag_match: Some(value.to_owned()), ..Conditions::default() }
    }

    #[test]
    fn if_match_wants_one_of_its_tags_or_anything_at_all() {
        for (value, wanted) in
            [("\"now\"", true), ("\"then\", W/\"now\"", true), ("\"then\"", false), ("*", true), ("", false)]
        {
            assert_eq!(holds(&if_match(value), None, &[]), wanted, "{value}");
        }
        assert!(test(&if_match("*"), None).is_err());
    }

    #[test]
    fn a_former_tag_is_good_on_scheduling_objects_alone() {
        assert!(holds(&if_match("\"then\""), Some("\"s\""), &["\"then\""]));
        assert!(!holds(&if_match("\"then\""), None, &["\"then\""]));
        assert!(!holds(&if_match("\"long ago\""), Some("\"s\""), &["\"then\""]));
    }

    #[test]
    fn one_list_must_hold_as_a_whole() {
        let term = |not, state| StateTerm { not, state };
        let now = || State::Etag("\"now\"".to_owned());
        let then = || State::Etag("\"then\"".to_owned());
        let token = |text: &str| State::SyncToken(text.to_owned());
        for (lists, wanted) in [
            (vec![vec![term(false, now())]], true),
            (vec![vec![term(false, then())], vec![term(false, now())]], true),
            (vec![vec![term(false, now()), term(false, then())]], false),
            (vec![vec![term(true, then()), term(false, token("token"))]], true),
            (vec![vec![term(false, token("older"))]], false),
            (vec![vec![term(true, State::Settled(false))]], true),
            (vec![vec![term(false, State::Settled(false))]], false),
            (Vec::new(), false),
        ] {
            let conditions = Conditions { lists: Some(lists.clone()), ..Conditions::default() };
            assert_eq!(holds(&conditions, None, &[]), wanted, "{lists:?}");
        }
        let conditions = Conditions { lists: Some(vec![vec![term(false, now())]]), ..Conditions::default() };
        assert!(test(&conditions, None).is_err(), "what isn't there has no tag");
    }

    #[test]
    fn if_none_match_wants_nothing_there_or_something_else() {
        assert!(!holds(&if_none_match("*"), None, &[]));
        assert!(!holds(&if_none_match("\"now\""), None, &[]));
        assert!(holds(&if_none_match("\"then\""), None, &[]));
        assert!(test(&if_none_match("*"), None).is_ok());
    }

    #[test]
    fn a_schedule_tag_must_be_the_present_one_unless_the_header_is_empty() {
        assert!(holds(&if_tag("\"s\""), Some("\"s\""), &[]));
        assert!(!holds(&if_tag("\"t\""), Some("\"s\""), &[]));
        assert!(holds(&if_tag(""), Some("\"s\""), &[]));
        assert!(holds(&if_tag("\"\""), None, &[]));
        assert!(!holds(&if_tag("\"s\""), None, &[]));
        assert!(test(&if_tag("\"s\""), None).is_err());
    }
}
