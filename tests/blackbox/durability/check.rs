//! `dogwatch check`: it passes what is sound, and finds each thing that should never be.

use crate::cli::Place;
use serde_json::Value;

fn flaws(place: &Place, arguments: &[&str]) -> Vec<(String, String)> {
    let done = place.run_words(&[&["check", "--json"], arguments].concat());
    let document: Value = serde_json::from_str(&done.out).unwrap_or_else(|_| panic!("{done:?}"));
    let flaws = document["flaws"].as_array().unwrap();
    assert_eq!(done.code, Some(i32::from(!flaws.is_empty())), "{done:?}");
    assert_eq!(document["sound"], flaws.is_empty());
    let text = |flaw: &Value, field: &str| flaw[field].as_str().unwrap().to_owned();
    flaws.iter().map(|flaw| (text(flaw, "kind"), text(flaw, "what"))).collect()
}

/// What a check finds after a statement behind Dogwatch's back, of kinds without a blank between.
fn after(sql: &str) -> Vec<(String, String)> {
    let place = Place::demo();
    place.execute(sql);
    flaws(&place, &[])
}

fn kinds(flaws: &[(String, String)]) -> Vec<&str> {
    let mut kinds: Vec<_> = flaws.iter().map(|(kind, _)| kind.as_str()).collect();
    kinds.dedup();
    kinds
}

const UPCOMING: &str = "SELECT slot FROM shift WHERE person IS NOT NULL ORDER BY end_ms DESC, slot LIMIT 1";

#[test]
fn a_sound_database_passes_served_or_not() {
    for place in [Place::demo(), Place::served_demo()] {
        assert_eq!(flaws(&place, &[]), []);
        assert!(place.says("check").starts_with("All is well"));
    }
}

#[test]
fn a_text_that_changed_under_its_tag_is_found() {
    let found = after(
        "UPDATE object SET size = size + 1 WHERE collection = (SELECT id FROM collection WHERE kind = 'availability'
           AND person IS NOT NULL AND id IN (SELECT collection FROM object) ORDER BY id LIMIT 1)",
    );
    assert_eq!(kinds(&found), ["objects"], "{found:?}");
    assert!(found[0].1.contains("not the one that was stored"));
}

#[test]
fn change_numbers_that_would_mislead_a_client_are_found() {
    let found = after("UPDATE collection SET change = change - 1 WHERE id IN (SELECT collection FROM object)");
    assert_eq!(kinds(&found), ["objects"], "{found:?}");
    assert!(found[0].1.contains("never had"), "{found:?}");
}

#[test]
fn a_shift_that_changed_hands_without_its_calendars_is_found_and_they_are_mended() {
    let place = Place::demo();
    place.execute(&format!(
        "UPDATE shift SET person = (SELECT MIN(m.person) FROM membership AS m WHERE m.team = shift.team
           AND m.person <> shift.person) WHERE slot = ({UPCOMING})"
    ));
    let found = flaws(&place, &[]);
    assert_eq!(kinds(&found), ["calendars"], "{found:?}");
    let told: Vec<_> = found.iter().map(|(_, what)| what.as_str()).collect();
    for wanted in ["should not be there any more", "is missing", "does not say what it should"] {
        assert!(told.iter().any(|what| what.contains(wanted)), "{wanted}: {told:?}");
    }
    assert_eq!(flaws(&place, &["--mend"]), []);
    assert_eq!(flaws(&place, &[]), []);
    assert!(place.says("audit").contains("calendar.mended"));
}

#[test]
fn a_published_slot_without_anybody_and_without_a_gap_is_found() {
    let found = after(&format!("DELETE FROM shift WHERE slot = ({UPCOMING})"));
    assert!(kinds(&found).contains(&"responsibility"), "{found:?}");
    assert!(found.iter().any(|(_, what)| what.contains("is no gap either")), "{found:?}");
}

#[test]
fn a_time_for_which_two_are_responsible_is_found() {
    let found = after(&format!(
        "INSERT INTO shift (slot, segment, team, role, start_ms, end_ms, zone, person, roster, sequence, answer, hidden)
           SELECT slot, segment + 1, team, role, start_ms + 3600000, end_ms, zone, person, roster, sequence, answer, 0
           FROM shift WHERE slot = ({UPCOMING})"
    ));
    assert!(found.iter().any(|(_, what)| what.contains("more than one person is responsible")), "{found:?}");
}

#[test]
fn a_swap_that_was_taken_without_a_trace_is_found() {
    let place = Place::demo();
    place.execute(
        "INSERT INTO swap (id, team, slot, segment, requester, state, version, start_ms, end_ms, opened_ms, closed_ms, taker)
           SELECT 'doubled', team, slot, segment, person, 'taken', 2, start_ms, end_ms, 0, 0, person FROM shift
           WHERE person IS NOT NULL ORDER BY end_ms DESC, slot LIMIT 1",
    );
    let found = flaws(&place, &[]);
    assert_eq!(kinds(&found), ["swaps"], "{found:?}");
    assert!(found[0].1.contains("the audit trail tells 0 takings"), "{found:?}");
}

#[test]
fn a_trail_that_was_changed_or_lacks_a_publication_is_found() {
    let found = after("UPDATE audit SET actor = 'person:nobody' WHERE seq = 5");
    assert_eq!(kinds(&found), ["audit"], "{found:?}");
    assert!(found[0].1.contains("row 5 of the audit trail"), "{found:?}");
    let found = after("UPDATE audit SET object = 'roster:other' WHERE object LIKE 'roster:%'");
    assert!(found.iter().any(|(_, what)| what.contains("knows nothing of it")), "{found:?}");
}
