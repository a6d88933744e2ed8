//! What reports find in the ledger, and who sees which lines of them.

use super::*;
use crate::roster::model::Channel;
use crate::roster::report::pay::{Rate, Rates};
use crate::roster::report::spread::Spread;
use crate::roster::report::standing::Dimension;
use crate::service::testing::{operator, rota, slot_of};
use crate::store::ledger::LedgerKind;
use crate::store::testing::Place;
use crate::time::resolve;

fn wall(text: &str) -> Instant {
    resolve(text.parse().unwrap(), Zone::Europe__London)
}

/// Who stood which slot as what, from and until when, with hundredths of points.
type Duty<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, i64);

/// Payments with these duties in its ledger.
async fn with(duties: &[Duty<'_>]) -> (Place, Service) {
    let (place, service) = rota().await;
    let entry = |(person, slot, role, from, to, points): &Duty<'_>| LedgerEntry {
        id: format!("{slot}-{person}-{from}"),
        team: "payments".into(),
        slot: SlotId::from(*slot),
        segment: 0,
        person: PersonId::from(*person),
        role: (*role).to_owned(),
        window: Window::new(wall(from), wall(to)),
        points: *points,
        weights_version: 1,
        kind: LedgerKind::Shift,
    };
    let entries: Vec<LedgerEntry> = duties.iter().map(entry).collect();
    let write = move |tx: &mut dyn Connection| {
        for entry in &entries {
            let parts = entries.iter().filter(|part| part.slot == entry.slot);
            let start = parts.clone().map(|part| part.window.start).min().unwrap();
            let end = parts.map(|part| part.window.end).max().unwrap();
            slots::put(tx, &slot_of(entry.slot.as_str(), &entry.role, Window::new(start, end)))?;
            ledger::insert(tx, entry)?;
        }
        Ok::<_, ServiceError>(())
    };
    service.store.write(write).await.unwrap();
    (place, service)
}

const DUTIES: &[Duty<'static>] = &[
    // over the end of September, on a Tuesday
    ("ada", "a", "primary", "2025-09-30T09:00:00", "2025-10-01T09:00:00", 2_450),
    ("ben", "b", "secondary", "2025-09-30T09:00:00", "2025-10-01T09:00:00", 1_960),
    // taken over at noon of a Saturday
    ("ada", "c", "primary", "2025-10-04T09:00:00", "2025-10-04T12:00:00", 450),
    ("ben", "c", "primary", "2025-10-04T12:00:00", "2025-10-05T09:00:00", 3_150),
];

fn month(from: &str, to: &str) -> Asked {
    Asked { from: from.parse().unwrap(), to: to.parse().unwrap(), planned: false }
}

fn payments() -> TeamId {
    TeamId::from("payments")
}

#[tokio::test]
async fn months_share_a_shift_between_them_and_everybody_has_a_line() {
    let (_place, service) = with(DUTIES).await;
    let september = service.hours_report(&operator(), &payments(), month("2025-09-01", "2025-10-01")).await.unwrap();
    let october = service.hours_report(&operator(), &payments(), month("2025-10-01", "2025-11-01")).await.unwrap();
    let both = service.hours_report(&operator(), &payments(), month("2025-09-01", "2025-11-01")).await.unwrap();
    let line = |report: &Reported<Vec<HoursLine>>, person: usize| report.found[person].clone();
    assert_eq!(
        both.found.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(),
        ["Ada Okafor", "Ben Hale", "Cleo Marsh"]
    );
    assert_eq!((line(&september, 0).minutes, line(&october, 0).minutes), (15 * 60, 12 * 60));
    for person in 0..3 {
        let (one, two, all) = (line(&september, person), line(&october, person), line(&both, person));
        assert_eq!(one.points + two.points, all.points);
        assert_eq!(one.minutes + two.minutes, all.minutes);
        for class in 0..5 {
            assert_eq!(one.classes[class] + two.classes[class], all.classes[class]);
        }
    }
    assert_eq!((line(&both, 0).points, line(&both, 1).points, line(&both, 2).points), (2_900, 5_110, 0));
    assert_eq!(both.until, wall("2025-11-01T00:00:00"));
}

#[tokio::test]
async fn what_is_still_to_be_stood_counts_only_where_it_is_asked_for() {
    let (_place, service) = with(DUTIES).await;
    let then = service.as_of(wall("2025-09-30T12:00:00"));
    let asked = month("2025-09-01", "2025-11-01");
    let stood = then.hours_report(&operator(), &payments(), asked).await.unwrap();
    assert_eq!(stood.found.iter().map(|line| line.minutes).collect::<Vec<_>>(), [180, 180, 0]);
    assert_eq!(stood.until, wall("2025-09-30T12:00:00"));
    let planned = then.hours_report(&operator(), &payments(), Asked { planned: true, ..asked }).await.unwrap();
    assert_eq!(planned.found.iter().map(|line| line.minutes).collect::<Vec<_>>(), [27 * 60, 45 * 60, 0]);
    let before = service.as_of(wall("2025-08-01T00:00:00"));
    let nothing = before.hours_report(&operator(), &payments(), asked).await.unwrap();
    assert!(nothing.found.iter().all(|line| line.minutes == 0 && line.shifts == 0));
}

#[tokio::test]
async fn a_member_sees_their_own_lines_and_the_spread_of_all() {
    let (_place, service) = with(DUTIES).await;
    let (ada, asked) = (Actor::person("ada".into(), Channel::Api), month("2025-09-01", "2025-11-01"));
    let all = service.standing_report(&operator(), &payments(), asked).await.unwrap();
    let own = service.standing_report(&ada, &payments(), asked).await.unwrap();
    assert!(own.own && !all.own);
    for (own, all) in own.found.iter().zip(&all.found) {
        assert_eq!(own.lines.iter().map(|line| line.person.as_str()).collect::<Vec<_>>(), ["ada"]);
        assert_eq!((own.spread, all.lines.len()), (all.spread, 3));
        assert_eq!(all.lines.iter().map(|line| line.balance).sum::<i64>(), 0);
    }
    assert_eq!(all.found[0].dimension, Dimension::Points);
    assert_ne!(all.found[0].spread, Spread::default());
    let hours = service.hours_report(&ada, &payments(), asked).await.unwrap();
    assert_eq!(hours.found.iter().map(|line| line.person.as_str()).collect::<Vec<_>>(), ["ada"]);
    let pairs = service.pairs_report(&Actor::person("cleo".into(), Channel::Api), &payments(), asked).await.unwrap();
    assert!(pairs.found.is_empty());
    let pairs = service.pairs_report(&ada, &payments(), asked).await.unwrap();
    let (pair, names) = &pairs.found[0];
    assert_eq!((pair.times, pair.minutes, names.clone()), (1, 24 * 60, ["Ada Okafor", "Ben Hale"].map(str::to_owned)));
    let stranger = Actor::person("zoe".into(), Channel::Api);
    assert!(matches!(service.pay_report(&stranger, &payments(), asked).await, Err(ServiceError::Forbidden(_))));
    let backwards = month("2025-11-01", "2025-11-01");
    assert!(matches!(service.pay_report(&ada, &payments(), backwards).await, Err(ServiceError::Invalid { .. })));
}

#[tokio::test]
async fn who_stood_for_a_team_without_belonging_to_it_is_reported_too() {
    let (_place, service) = with(DUTIES).await;
    service
        .add_team(
            &operator(),
            &crate::service::teams::NewTeam {
                id: "search".to_owned(),
                name: "Search".to_owned(),
                email: "search@oncall.example.org".to_owned(),
                zone: "Europe/London".to_owned(),
            },
        )
        .await
        .unwrap();
    let entry = LedgerEntry {
        id: "x".to_owned(),
        team: "search".into(),
        slot: "x".into(),
        segment: 0,
        person: "ada".into(),
        role: "primary".to_owned(),
        window: Window::new(wall("2025-10-07T09:00:00"), wall("2025-10-07T17:00:00")),
        points: 400,
        weights_version: 1,
        kind: LedgerKind::Shift,
    };
    service.store.write(move |tx| ledger::insert(tx, &entry)).await.unwrap();
    let asked = month("2025-10-01", "2025-11-01");
    let found = service.hours_report(&operator(), &"search".into(), asked).await.unwrap().found;
    assert_eq!(found.iter().map(|line| (line.person.as_str(), line.minutes)).collect::<Vec<_>>(), [("ada", 480)]);
}

#[tokio::test]
async fn pay_goes_by_the_edition_of_the_day_and_rates_are_checked_and_audited() {
    let (_place, service) = with(DUTIES).await;
    let rates = |flat| Rates {
        roles: BTreeMap::from([("primary".to_owned(), Rate { flat, ..Rate::default() })]),
        ..Rates::default()
    };
    let set = |from: Option<&str>, rates: Rates| {
        let from = from.map(|day| day.parse().unwrap());
        let (service, operator) = (service.clone(), operator());
        async move { service.set_pay_rates(&operator, &payments(), from, rates).await }
    };
    assert_eq!(set(None, rates(100)).await.unwrap().from, None);
    let second = set(Some("2025-10-01"), rates(80)).await.unwrap();
    assert_eq!((second.version, second.from.unwrap().to_string()), (2, "2025-10-01".to_owned()));
    let third = set(None, rates(1)).await.unwrap();
    assert_eq!(third.from, Some(service.ctx().now.civil(Zone::Europe__London).date()), "from today on");
    assert!(matches!(set(None, rates(-1)).await, Err(ServiceError::Invalid { .. })));
    let misspelt = Rates { roles: BTreeMap::from([("primry".to_owned(), Rate::default())]), ..Rates::default() };
    assert!(matches!(set(None, misspelt).await, Err(ServiceError::NotFound(_))));
    let found = service.pay_report(&operator(), &payments(), month("2025-09-01", "2025-11-01")).await.unwrap().found;
    let lines: Vec<_> = found.iter().map(|l| (l.person.as_str(), l.role.as_str(), l.edition, l.units)).collect();
    let wanted = [
        ("ada", "primary", Some(1), 100),
        // three of the Saturday's 24 hours
        ("ada", "primary", Some(2), 10),
        ("ben", "primary", Some(2), 70),
        ("ben", "secondary", Some(1), 0),
    ];
    assert_eq!(lines, wanted);
    // September has its part of the shift that goes on into October, and October the rest
    let september =
        service.pay_report(&operator(), &payments(), month("2025-09-01", "2025-10-01")).await.unwrap().found;
    assert_eq!(september[0].units, 63);
    let ada = Actor::person("ada".into(), Channel::Api);
    assert!(matches!(service.pay_rates(&ada, &payments()).await, Err(ServiceError::Forbidden(_))));
    assert_eq!(service.pay_rates(&operator(), &payments()).await.unwrap().len(), 3);
    let trail = service.store.read(|tx| crate::store::audit::of_object(tx, "team:payments")).await.unwrap();
    assert_eq!(trail.iter().filter(|row| row.event.action == "team.pay-rates").count(), 3);
}
