//! Who looks after schedules at pagers, when they are compared, and what is ours there.

use super::*;
use crate::outbound::Override;
use crate::roster::model::Channel;
use crate::service::testing::{operator, rota, stands};
use crate::time::Window;
use std::collections::BTreeMap;

fn new() -> NewPager {
    NewPager {
        kind: Kind::PagerDuty,
        role: "primary".to_owned(),
        schedule: "PI7DH85".to_owned(),
        key: "secret-key".to_owned(),
        url: None,
        days: 30,
    }
}

fn hours(service: &Service, from: i64, to: i64) -> Window {
    let now = service.ctx().now;
    Window::new(now.plus_hours(from), now.plus_hours(to))
}

/// Messages that wait for a schedule.
async fn waiting(service: &Service, id: &PagerId) -> i64 {
    let id = id.to_string();
    service.store.read(move |tx| messages::counts(tx, &id)).await.unwrap().0
}

/// Everything that waits is delivered.
async fn deliver(service: &Service, id: &PagerId) {
    let lead = service.lead_delivery(None).await.unwrap().unwrap();
    let later = service.as_of(service.ctx().now.plus_hours(1));
    let (due, _) = later.due(vec!["pager"], 10).await.unwrap();
    let done = due.into_iter().map(|due| (due, crate::service::delivery::Outcome::Delivered)).collect();
    service.settle(lead, done).await.unwrap().unwrap();
    service.pager_compared(id, Ok(Vec::new())).await.unwrap();
}

#[tokio::test]
async fn only_managers_name_schedules_and_the_key_is_sealed() {
    let (_place, service) = rota().await;
    let team = TeamId::from("payments");
    let ada = Actor::person("ada".into(), Channel::Button);
    let refused = service.add_pager(&ada, &team, new()).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    for (wrong, field) in [
        (NewPager { role: "captain".to_owned(), ..new() }, "role"),
        (NewPager { key: "two words".to_owned(), ..new() }, "key"),
        (NewPager { url: Some("http://10.0.0.1".to_owned()), ..new() }, "url"),
        (NewPager { days: 1000, ..new() }, "days"),
    ] {
        let refused = service.add_pager(&operator(), &team, wrong).await;
        assert!(matches!(&refused, Err(ServiceError::Invalid { field: said, .. }) if said == field), "{refused:?}");
    }
    let made = service.add_pager(&operator(), &team, new()).await.unwrap();
    let id = made.id.clone();
    let row = service.store.read(move |tx| rows::find(tx, &id)).await.unwrap().unwrap();
    assert!(!row.key.windows(6).any(|part| part == b"secret"));
    assert_eq!(service.pager_job(made.id.as_str()).await.unwrap().unwrap().key, "secret-key");
    service.remove_pager(&operator(), &team, &made.id).await.unwrap();
    assert!(service.pager_job(made.id.as_str()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_schedule_is_compared_when_it_comes_when_the_roster_changes_and_every_hour() {
    let (_place, service) = rota().await;
    stands(&service, "a", "primary", hours(&service, 500, 512), Some("ada")).await;
    let id = service.add_pager(&operator(), &"payments".into(), new()).await.unwrap().id;
    assert_eq!(waiting(&service, &id).await, 1);
    deliver(&service, &id).await;
    assert_eq!(waiting(&service, &id).await, 0);
    service.advance().await.unwrap();
    assert_eq!(waiting(&service, &id).await, 0, "it was just now");
    let ada = Actor::person("ada".into(), Channel::Button);
    let swap = service.ask_for_cover(&ada, &"a".into(), 0, None).await.unwrap();
    assert_eq!(waiting(&service, &id).await, 0, "she still has it");
    service.assign_swap(&operator(), &swap.id, &"ben".into(), None).await.unwrap();
    assert_eq!(waiting(&service, &id).await, 1);
    deliver(&service, &id).await;
    service.as_of(service.ctx().now.plus_hours(2)).advance().await.unwrap();
    assert_eq!(waiting(&service, &id).await, 1, "an hour has passed");
}

#[tokio::test]
async fn an_override_whose_answer_was_lost_is_ours_and_what_others_made_is_not() {
    let (_place, service) = rota().await;
    let window = hours(&service, 48, 60);
    stands(&service, "a", "primary", window, Some("ada")).await;
    stands(&service, "b", "primary", hours(&service, 60, 72), Some("ben")).await;
    stands(&service, "c", "secondary", hours(&service, 60, 72), Some("cleo")).await;
    let id = service.add_pager(&operator(), &"payments".into(), new()).await.unwrap().id;
    let users = BTreeMap::from([("ada".into(), "U1".to_owned())]);
    let job = service.pager_job(id.as_str()).await.unwrap().unwrap();
    assert_eq!(job.unmatched(&users), ["ben".into()]);
    let steps = job.steps(&users, &[]);
    let [Step::Create(wanted)] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!((wanted.key.as_str(), wanted.user.as_str(), wanted.window), ("dogwatch-a-0", "U1", window));
    service.pager_makes(&id, wanted, None).await.unwrap();
    let far = |id: &str, user: &str, window| Override { id: id.to_owned(), key: None, user: user.to_owned(), window };
    let there = [far("Q1", "U1", window), far("Q2", "U9", window)];
    let job = service.pager_job(id.as_str()).await.unwrap().unwrap();
    assert_eq!(job.steps(&users, &there), []);
    // Ada's shift goes to somebody whom the pager doesn't know: hers goes, by whatever name.
    assert_eq!(job.steps(&BTreeMap::new(), &there), [Step::Remove("Q1".to_owned())]);
    service.pager_makes(&id, wanted, Some("Q1".to_owned())).await.unwrap();
    service.pager_removed(&id, "Q1").await.unwrap();
    let job = service.pager_job(id.as_str()).await.unwrap().unwrap();
    assert_eq!(job.steps(&BTreeMap::new(), &there), [], "and then it is nobody's of ours");
}
