//! The table of privileges as it is, and what grants and delegations come to.

use super::*;
use CollectionKind::{
    Availability, Calendar, Holidays, Inbox, Outbox, Outside, Pattern, Roster, Shifts, TeamAvailability,
};

fn names(kind: CollectionKind, standing: Standing) -> String {
    granted(kind, standing).words()
}

#[test]
fn the_table_of_privileges_is_this_one() {
    let all = "read write-properties write-content bind unbind read-free-busy";
    let acl = &format!("{all} read-acl write-acl");
    let deputy = &format!("{all} read-acl");
    let look = "read read-free-busy read-acl";
    let answer = "read write-content unbind read-free-busy read-acl";
    for (kind, own, theirs, seen) in [
        (Calendar, acl.as_str(), deputy.as_str(), look),
        (Availability, acl, deputy, look),
        (Shifts, "read write-properties write-content unbind read-free-busy read-acl write-acl", answer, look),
        (
            Inbox,
            "read write-properties unbind schedule-deliver read-acl",
            "read unbind schedule-deliver read-acl",
            "read schedule-deliver read-acl",
        ),
        (Outbox, "read schedule-send read-acl", "read schedule-send read-acl", "read read-acl"),
        (Outside, "read write-properties read-free-busy read-acl", "", ""),
        (Roster, "", "", ""),
        (Pattern, "", "", ""),
    ] {
        assert_eq!(names(kind, Standing::Own), own, "{kind:?}");
        assert_eq!(names(kind, Standing::Deputy), theirs, "{kind:?}");
        assert_eq!(names(kind, Standing::Observer), seen, "{kind:?}");
        for standing in [Standing::Stranger, Standing::Guest] {
            assert_eq!(names(kind, standing), "", "{kind:?}");
        }
    }
    let look = "read write-properties read-free-busy";
    for (kind, member, manager) in
        [(Roster, look, look), (TeamAvailability, all, all), (Pattern, "", all), (Holidays, "", all), (Shifts, "", "")]
    {
        assert_eq!(names(kind, Standing::Member), member, "{kind:?}");
        assert_eq!(names(kind, Standing::Manager), manager, "{kind:?}");
    }
}

#[test]
fn only_all_four_together_are_write() {
    assert!(granted(Calendar, Standing::Own).allows_write());
    assert!(!granted(Shifts, Standing::Own).allows_write());
    assert!(!granted(Roster, Standing::Manager).allows_write());
}

#[test]
fn a_set_reads_back_from_its_words_and_knows_no_others() {
    for kind in [Calendar, Inbox, Outbox] {
        assert_eq!(Privileges::of_words(&supported(kind).words()), supported(kind));
    }
    assert_eq!(Privileges::of_words("read unlock "), Privileges::of(&[Privilege::Read]));
}

fn grant(to: Grantee, privileges: Privileges) -> Grant {
    Grant { to, privileges }
}

fn ask(kind: CollectionKind, grants: &[Grant], change: impl Fn(&mut Facts<'_>)) -> (Standing, String) {
    let (subject, owner, teams) =
        (PersonId::from("ben"), Owner::Person(PersonId::from("ada")), [TeamId::from("payments")]);
    let mut facts = Facts {
        subject: &subject,
        kind,
        owner: &owner,
        team: None,
        delegate: None,
        grants,
        teams: &teams,
        mounted: false,
        reads_only: false,
    };
    change(&mut facts);
    let (standing, privileges) = decide(&facts);
    (standing, privileges.words())
}

#[test]
fn grants_to_somebody_to_their_teams_and_to_everybody_add_up() {
    let everything = supported(Calendar);
    let look = "read read-free-busy";
    let person = |id: &str| Grantee::Person(PersonId::from(id));
    let team = |id: &str| Grantee::Team(TeamId::from(id));
    for (to, expected) in [
        (person("ben"), look),
        (person("cleo"), ""),
        (team("payments"), look),
        (team("search"), ""),
        (Grantee::Everybody, look),
    ] {
        let (standing, words) = ask(Calendar, &[grant(to.clone(), Privileges::READING)], |_| {});
        assert_eq!(words, expected, "{to}");
        assert_eq!(standing == Standing::Guest, !expected.is_empty(), "{to}");
    }
    let two = [grant(person("ben"), Privileges::READING), grant(team("payments"), Privileges::WRITING)];
    let (_, words) = ask(Calendar, &two, |_| {});
    assert_eq!(words, "read write-properties write-content bind unbind read-free-busy");
    // Nobody answers shifts or says when somebody can't by a mere grant, nor gets into their inbox.
    for (kind, expected) in [(Shifts, "read read-free-busy read-acl"), (Inbox, ""), (Roster, "")] {
        assert_eq!(ask(kind, &[grant(person("ben"), everything)], |_| {}).1, expected, "{kind:?}");
    }
}

#[test]
fn whoever_is_named_stands_in_for_the_owner_and_needs_no_grant() {
    assert_eq!(ask(Shifts, &[], |_| {}).0, Standing::Stranger);
    let (standing, words) = ask(Shifts, &[], |facts| facts.delegate = Some(true));
    assert_eq!((standing, words.contains("write-content")), (Standing::Deputy, true));
    let (standing, words) = ask(Shifts, &[], |facts| facts.delegate = Some(false));
    assert_eq!((standing, words.contains("write")), (Standing::Observer, false));
    let (_, words) = ask(Calendar, &[], |facts| facts.delegate = Some(true));
    assert!(!words.contains("write-acl"), "{words}");
}

#[test]
fn in_ones_own_home_a_calendar_of_somebody_else_can_be_named_and_coloured() {
    let grants = [grant(Grantee::Everybody, Privileges::READING)];
    assert_eq!(ask(Calendar, &grants, |facts| facts.mounted = true).1, "read write-properties read-free-busy");
    assert_eq!(ask(Calendar, &[], |facts| facts.mounted = true).1, "");
    let quiet = |facts: &mut Facts<'_>| (facts.mounted, facts.reads_only) = (true, true);
    assert_eq!(ask(Calendar, &grants, quiet).1, "read read-free-busy");
}
