//! What an import takes and refuses.

use super::*;
use crate::service::audit::From;
use crate::service::teams::NewQualification;
use crate::service::testing::{operator, payments, rota, service};
use std::fmt::Write as _;

const HEAD: &str = "id,name,email,phone,time_zone,teams,roles,fte,joined\n";
const TWO: &str = "ada,Ada Okafor,ada@example.org,+44 7700 900101,Europe/London,payments:manager,primary;secondary,80,2026-01-05\n\
    ben,\"Whitlock, Ben\",ben@example.org,,Europe/London,payments,secondary,,\n";

async fn ready() -> (crate::store::testing::Place, Service) {
    let (folder, service) = service().await;
    service.add_team(&operator(), &payments()).await.unwrap();
    (folder, service)
}

async fn refusal(csv: &str) -> String {
    let (_folder, service) = ready().await;
    let refused = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap_err().to_string();
    assert!(service.people(&operator()).await.unwrap().is_empty(), "something of {csv} was written");
    refused
}

#[tokio::test]
async fn an_import_is_only_a_rehearsal_until_it_is_applied() {
    let (_folder, service) = ready().await;
    let csv = format!("\u{feff}{HEAD}{TWO}");
    let rehearsed = service.import_people(&operator(), csv.as_bytes(), false).await.unwrap();
    assert!(service.people(&operator()).await.unwrap().is_empty());
    assert!(!rehearsed.applied && rehearsed.rows == 2);
    let applied = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    assert!(applied.applied);
    assert_eq!(applied.steps, rehearsed.steps);
    assert!(applied.people.iter().all(|row| row.outcome == Outcome::Created), "{applied:?}");
    let said: Vec<_> = applied.steps.iter().map(|step| (step.line, step.what.as_str())).collect();
    assert_eq!(
        said,
        [
            (2, "add ada (Ada Okafor, ada@example.org)"),
            (2, "ada belongs to payments from 2026-01-05 as manager, at 80 %"),
            (2, "primary in payments requires the new qualification \"payments primary\" of everybody"),
            (2, "ada may stand primary in payments"),
            (2, "secondary in payments requires the new qualification \"payments secondary\" of everybody"),
            (2, "ada may stand secondary in payments"),
            (3, "add ben (Whitlock, Ben, ben@example.org)"),
            (3, "ben belongs to payments as member, at 100 %"),
            (3, "ben may stand secondary in payments"),
        ]
    );
}

#[tokio::test]
async fn an_import_done_twice_changes_nothing_the_second_time() {
    let (_folder, service) = ready().await;
    let csv = format!("{HEAD}{TWO}");
    service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let rows = service.audit_since(&operator(), From::Place(0), 1000).await.unwrap().len();
    let again = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    assert!(again.steps.is_empty(), "{again:?}");
    assert!(again.people.iter().all(|row| row.outcome == Outcome::Unchanged), "{again:?}");
    assert_eq!(service.audit_since(&operator(), From::Place(0), 1000).await.unwrap().len(), rows);
    assert_eq!(service.audit_break(&operator()).await.unwrap(), None);
}

#[tokio::test]
async fn one_bad_line_among_many_leaves_nothing_and_is_named_with_its_column() {
    let mut csv = HEAD.to_owned();
    for number in 0..200 {
        let _ = writeln!(csv, "p{number},Person {number},p{number}@example.org,,Europe/London,payments,,,");
    }
    csv += "last,Last,last@example.org,,Europe/Nowhere,payments,,,\n";
    let said = refusal(&csv).await;
    assert!(said.starts_with("line 202, column time_zone: \"Europe/Nowhere\""), "{said}");
}

#[tokio::test]
async fn what_is_wrong_is_named_by_line_and_column() {
    let ada = "ada,Ada,ada@example.org,,Europe/London";
    for (csv, wanted) in [
        (format!("{HEAD}{ada},payments,,,\nben,Ben,ADA@example.org,,Europe/London,,,,\n"), "line 3, column email:"),
        (format!("{HEAD}{ada},payments,,,\nada,Ben,ben@example.org,,Europe/London,,,,\n"), "line 3, column id:"),
        (format!("{HEAD}{ada},search,,,\n"), "line 2, column teams: team search"),
        (format!("{HEAD}{ada},payments:boss,,,\n"), "line 2, column teams: \"boss\""),
        (format!("{HEAD}{ada},payments,captain,,\n"), "line 2, column roles:"),
        (format!("{HEAD}{ada},,primary,,\n"), "line 2, column roles:"),
        (format!("{HEAD}{ada},payments,,120,\n"), "line 2, column fte:"),
        (format!("{HEAD}{ada},payments,,,5 Jan\n"), "line 2, column joined:"),
        (format!("{HEAD}{ada},payments,,\n"), "line 2: has 8 fields"),
        (format!("{HEAD}Ada!,Ada,ada@example.org,,Europe/London,,,,\n"), "line 2, column id:"),
        (format!("{HEAD}ada,Ada,ada,,Europe/London,,,,\n"), "line 2, column email:"),
        (format!("{HEAD}ada,Ada,payments@oncall.example.org,,Europe/London,,,,\n"), "line 2, column email:"),
        (format!("{HEAD}ada,Ada,ada@example.org,0123,Europe/London,,,,\n"), "line 2, column phone:"),
        ("id,name,mail,time_zone\n".to_owned(), "line 1, column mail:"),
        ("id,name,email\n".to_owned(), "line 1, column time_zone: is missing"),
    ] {
        let said = refusal(&csv).await;
        assert!(said.starts_with(wanted), "{said} should start with {wanted}");
    }
}

#[tokio::test]
async fn too_many_lines_are_refused() {
    let mut csv = "id,name,email,time_zone\n".to_owned();
    for number in 0..=MAX_ROWS {
        let _ = writeln!(csv, "p{number},P,p{number}@example.org,UTC");
    }
    assert!(refusal(&csv).await.contains("more than 10000 lines"));
}

#[tokio::test]
async fn a_role_that_requires_something_already_gets_no_further_requirement() {
    let (_folder, service) = ready().await;
    let new = NewQualification {
        team: Some(TeamId::from("payments")),
        name: "database drill".to_owned(),
        how: "ask for the next drill".to_owned(),
        url: None,
        roles: vec!["primary".to_owned()],
    };
    let drill = service.add_qualification(&operator(), &new).await.unwrap();
    let csv = format!("{HEAD}ada,Ada,ada@example.org,,Europe/London,payments,primary,,\n");
    service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let of_team = service.qualifications(&operator(), Some(&TeamId::from("payments"))).await.unwrap();
    assert_eq!(of_team.iter().map(|known| &known.id).collect::<Vec<_>>(), [&drill]);
    let held =
        service.store.read(|tx| crate::store::qualifications::grants_of_person(tx, &"ada".into())).await.unwrap();
    assert_eq!(held.iter().map(|grant| &grant.qualification).collect::<Vec<_>>(), [&drill]);
}

#[tokio::test]
async fn an_import_changes_a_membership_that_is_there_and_takes_nothing_away() {
    let (_folder, service) = ready().await;
    let csv = format!("{HEAD}ada,Ada,ada@example.org,,Europe/London,payments:manager,,80,2026-01-05\n");
    service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let csv = "id,name,email,time_zone,teams\nada,Ada,ada@example.org,Europe/London,payments\n";
    let again = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    assert!(again.steps.is_empty(), "{again:?}");
    let csv = format!("{HEAD}ada,Ada,ada@example.org,,Europe/London,payments,,60,2025-07-01\n");
    let moved = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    assert_eq!(moved.steps[0].what, "ada belongs to payments from 2025-07-01 as manager, at 60 %");
    assert_eq!(service.team(&operator(), &"payments".into()).await.unwrap().members.len(), 1);
}

#[tokio::test]
async fn an_import_names_those_who_may_not_stand_a_role_any_more() {
    let (_folder, service) = rota().await;
    let csv = format!("{HEAD}ada,Ada Okafor,ada@example.org,,Europe/London,payments,primary,,\n");
    let plan = service.import_people(&operator(), csv.as_bytes(), false).await.unwrap();
    let wanted = "ben and cleo may not stand primary in payments any more until somebody grants \"payments primary\"";
    assert_eq!(plan.notes, [wanted]);
    service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let again = service.import_people(&operator(), csv.as_bytes(), false).await.unwrap();
    assert!(again.steps.is_empty() && again.notes.is_empty(), "{again:?}");
}

#[tokio::test]
async fn lines_are_counted_as_an_editor_counts_them() {
    for (end, blank) in [("\n", ""), ("\r\n", ""), ("\r", ""), ("\n", "\n"), ("\r\n", "\r\n")] {
        let good = "ada,\"Ada\nOkafor\",ada@example.org,,Europe/London,,,,";
        let bad = "ben,Ben,ben@example.org,,Europe/Nowhere,,,,";
        let csv = format!("{}{end}{blank}{}{end}{bad}{end}", HEAD.trim_end(), good.replace("\"Ada\nOkafor\"", "Ada"));
        let said = refusal(&csv).await;
        let line = if blank.is_empty() { 3 } else { 4 };
        assert!(said.starts_with(&format!("line {line}, column time_zone:")), "{end:?} {blank:?}: {said}");
        let short = csv.replace(",Europe/Nowhere,,,,", ",Europe/London");
        assert!(refusal(&short).await.starts_with(&format!("line {line}: has 5 fields")), "{end:?} {blank:?}");
        let two_lines = format!("{HEAD}{good}\n{bad}\n");
        assert!(refusal(&two_lines).await.starts_with("line 2, column name:"), "a name in two lines");
    }
}

#[tokio::test]
async fn whoever_had_left_comes_back_today_and_only_once() {
    let (_folder, service) = ready().await;
    let csv = format!("{HEAD}ada,Ada,ada@example.org,,Europe/London,payments,,,2020-01-05\n");
    service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let (team, day) = (TeamId::from("payments"), "2021-01-01".parse().unwrap());
    service.end_membership(&operator(), &team, &"ada".into(), day).await.unwrap();
    let back = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    let today = service.ctx().now.civil(chrono_tz::Europe::London).date();
    assert_eq!(back.steps[0].what, format!("ada belongs to payments from {today} as member, at 100 %"));
    let again = service.import_people(&operator(), csv.as_bytes(), true).await.unwrap();
    assert!(again.steps.is_empty(), "{again:?}");
}
