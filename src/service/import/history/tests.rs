//! What an import of history enters, and what it refuses.

use super::*;
use crate::roster::requirement::Need;
use crate::service::reports::Asked;
use crate::service::teams::NewQualification;
use crate::service::testing::{operator, rota};
use crate::store::testing::Place;

const HEAD: &str = "team,person,role,start,end,points\n";

async fn refusal(csv: &str) -> String {
    let (_place, service) = rota().await;
    let refused = service.import_history(&operator(), csv.as_bytes(), true).await.unwrap_err().to_string();
    assert!(entries(&service, "ada").await.is_empty(), "something of {csv} was written");
    refused
}

async fn entries(service: &Service, person: &str) -> Vec<LedgerEntry> {
    let person = PersonId::from(person);
    service.store.read(move |tx| ledger::of_person_in(tx, &"payments".into(), &person)).await.unwrap()
}

async fn scene() -> (Place, Service, String) {
    let (place, service) = rota().await;
    let csv = format!(
        "\u{feff}{HEAD}payments,ada,primary,2025-10-07T09:00,2025-10-08T09:00,\n\
         payments,Ben@example.org,secondary,2025-10-07 09:00,2025-10-08 09:00,\n\
         payments,cleo,shadow,2025-10-07T08:00:00Z,2025-10-08T08:00:00Z,3.25\n"
    );
    (place, service, csv)
}

#[tokio::test]
async fn duties_are_rehearsed_then_entered_once_and_counted() {
    let (_place, service, csv) = scene().await;
    let rehearsed = service.import_history(&operator(), csv.as_bytes(), false).await.unwrap();
    assert!(!rehearsed.applied && entries(&service, "ada").await.is_empty());
    let said: Vec<_> = rehearsed.steps.iter().map(|step| (step.line, step.what.as_str())).collect();
    let wanted = [
        (2, "ada stood primary for payments 7 Oct 09:00-09:00, 24.5 points"),
        (3, "ben stood secondary for payments 7 Oct 09:00-09:00, 19.6 points"),
        (4, "cleo stood shadow for payments 7 Oct 09:00-09:00, 3.3 points"),
    ];
    assert_eq!(said, wanted);
    let applied = service.import_history(&operator(), csv.as_bytes(), true).await.unwrap();
    assert_eq!((applied.applied, &applied.steps), (true, &rehearsed.steps));
    assert!(applied.duties.iter().all(|row| row.outcome == Outcome::Created));
    let again = service.import_history(&operator(), csv.as_bytes(), true).await.unwrap();
    assert!(again.steps.is_empty() && again.duties.iter().all(|row| row.outcome == Outcome::Unchanged));
    let ada = entries(&service, "ada").await;
    assert_eq!((ada.len(), ada[0].kind, ada[0].points), (1, LedgerKind::History, 2_450));
    let asked = Asked { from: "2025-10-01".parse().unwrap(), to: "2025-11-01".parse().unwrap(), planned: false };
    let hours = service.hours_report(&operator(), &"payments".into(), asked).await.unwrap().found;
    assert_eq!(hours.iter().map(|line| line.minutes).collect::<Vec<_>>(), [1440; 3]);
    let pairs = service.pairs_report(&operator(), &"payments".into(), asked).await.unwrap().found;
    assert_eq!(pairs.len(), 3);
    let trail = service.store.read(|tx| crate::store::audit::of_object(tx, "team:payments")).await.unwrap();
    assert_eq!(trail.iter().filter(|row| row.event.action == "history.imported").count(), 1);
}

#[tokio::test]
async fn other_points_for_the_same_duty_replace_the_old_ones() {
    let (_place, service, csv) = scene().await;
    service.import_history(&operator(), csv.as_bytes(), true).await.unwrap();
    let csv = format!("{HEAD}payments,ada,primary,2025-10-07T09:00,2025-10-08T09:00,20\n");
    let plan = service.import_history(&operator(), csv.as_bytes(), true).await.unwrap();
    assert_eq!(plan.duties[0].outcome, Outcome::Updated);
    assert_eq!(entries(&service, "ada").await.iter().map(|entry| entry.points).collect::<Vec<_>>(), [2_000]);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_line_and_column() {
    let good = "payments,ada,primary,2025-10-07T09:00,2025-10-08T09:00,";
    for (csv, wanted) in [
        (
            format!("{HEAD}{good}\nsearch,ada,primary,2025-10-08T09:00,2025-10-09T09:00,\n"),
            "line 3, column team: team search",
        ),
        (format!("{HEAD}payments,zoe,primary,2025-10-08T09:00,2025-10-09T09:00,\n"), "line 2, column person:"),
        (format!("{HEAD}payments,ada,captain,2025-10-08T09:00,2025-10-09T09:00,\n"), "line 2, column role:"),
        (format!("{HEAD}payments,ada,primary,noon,2025-10-09T09:00,\n"), "line 2, column start: \"noon\""),
        (
            format!("{HEAD}payments,ada,primary,2025-10-08T09:00,2025-10-08T09:00,\n"),
            "line 2, column end: must come after",
        ),
        (
            format!("{HEAD}payments,ada,primary,2025-10-08T09:00,2025-11-18T09:00,\n"),
            "line 2, column end: must come after",
        ),
        (format!("{HEAD}payments,ada,primary,2099-10-08T09:00,2099-10-09T09:00,\n"), "line 2, column end: lies ahead"),
        (format!("{HEAD}{good}-1\n"), "line 2, column points:"),
        (format!("{HEAD}{good}1.234\n"), "line 2, column points:"),
        (
            format!("{HEAD}{good}\npayments,ada,secondary,2025-10-08T08:00,2025-10-08T10:00,\n"),
            "line 3, column start: ada stood primary 7 Oct",
        ),
        (format!("{HEAD}payments,ada\n"), "line 2: has 2 fields"),
        ("team,person,role,start\n".to_owned(), "line 1, column end: is missing"),
        ("team,who\n".to_owned(), "line 1, column who:"),
    ] {
        let said = refusal(&csv).await;
        assert!(said.starts_with(wanted), "{said} should start with {wanted}");
    }
}

#[tokio::test]
async fn imported_shifts_earn_qualifications() {
    let (_place, service, csv) = scene().await;
    let new = NewQualification {
        team: Some("payments".into()),
        name: "drilled".to_owned(),
        how: String::new(),
        url: None,
        roles: vec!["primary".to_owned()],
    };
    service.add_qualification(&operator(), &new).await.unwrap();
    let needs = vec![Need { role: "shadow".to_owned(), shifts: 1 }];
    service.set_needs(&operator(), &"payments".into(), "drilled", needs).await.unwrap();
    let plan = service.import_history(&operator(), csv.as_bytes(), false).await.unwrap();
    assert_eq!(plan.notes, ["cleo has earned drilled in payments"]);
    assert!(service.grants_of_team(&operator(), &"payments".into()).await.unwrap().is_empty(), "a rehearsal");
    service.import_history(&operator(), csv.as_bytes(), true).await.unwrap();
    assert_eq!(service.grants_of_team(&operator(), &"payments".into()).await.unwrap().len(), 1);
}
