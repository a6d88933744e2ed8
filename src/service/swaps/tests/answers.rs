//! Answers to offers: the first yes, the late one, the wrong one, the changed one; by whatever channel.

use super::*;

#[tokio::test]
async fn accepting_an_offer_moves_shift_calendars_ledger_and_answer_at_once() {
    let house = House::with(4, Settings::default()).await;
    house.stores(0, None).await;
    let before = house.object(1).await.unwrap().1;
    house.puts(1, "ACCEPTED").await;
    assert_eq!(house.swap().await.taker, Some(id(1)));
    let (body, head) = house.object(1).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("SUMMARY:On call: Payments\\, primary") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(head.sequence > before.sequence);
    assert_eq!(house.event(0).await, None);
    let other = house.event(2).await.unwrap();
    assert!(other.contains("STATUS:CANCELLED") && other.contains("Person 1 has it."), "{other}");
    assert_eq!((house.inbox(1).await, house.inbox(2).await), (0, 0));
    assert_eq!(house.on_call().await.on_call[0].person.as_ref().unwrap().id, id(1));
    let slot = house.slot.clone();
    let rows = house.write(move |tx| Ok(rows::of_shift(tx, &slot, 0)?)).await;
    assert_eq!(rows.iter().map(|row| row.person.clone()).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(house.audited("swap.taken").await[0].event.channel, Channel::Calendar);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_agree_at_once_one_has_it_and_the_others_are_told_who() {
    let settings = Settings { reach: Reach::All, ..Settings::default() };
    let house = House::with(51, settings).await;
    house.puts(0, "DECLINED").await;
    let offers = house.swap().await.offers;
    assert_eq!(offers.len(), 50);
    let answers = offers.into_iter().map(|offer| {
        let service = house.service.clone();
        tokio::spawn(async move {
            let actor = Actor::person(offer.person, Channel::Api);
            service.answer_offer(&actor, &offer.id, Reply::Agree).await
        })
    });
    let (mut won, mut told) = (0, Vec::new());
    for answer in answers.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => won += 1,
            Err(ServiceError::Conflict { code: "taken", detail, .. }) => told.push(detail["taker"].clone()),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won, told.len()), (1, 49));
    let taker = house.swap().await.taker.unwrap();
    assert!(told.iter().all(|who| who == taker.as_str()));
    assert_eq!(house.audited("swap.taken").await.len(), 1);
    assert_eq!(house.on_call().await.on_call[0].person.as_ref().unwrap().id, taker);
}

#[tokio::test]
async fn a_late_yes_is_taken_back_in_the_calendar_and_a_repeated_one_is_harmless() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "ACCEPTED").await;
    let stale = house.object(2).await.unwrap();
    house.puts(2, "ACCEPTED").await;
    let (body, head) = house.object(2).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("STATUS:CANCELLED") && !event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(head.change > stale.1.change, "the client hears of it");
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    let again = house.service.answer_offer(&as_person(1), &offer.id, Reply::Agree).await.unwrap();
    assert_eq!(again.taker, Some(id(1)));
    assert_eq!(house.audited("swap.taken").await.len(), 1);
}

#[tokio::test]
async fn nobody_answers_for_somebody_else_without_a_right_to_it() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    let foreign = house.service.answer_offer(&as_person(2), &offer.id, Reply::Agree).await;
    assert!(matches!(foreign, Err(ServiceError::Forbidden(_))), "{foreign:?}");
    let who = Who::Token { id: "t1".into(), label: "ops".into(), scope: crate::service::Scope::Admin, person: None };
    let token = Actor { who, channel: Channel::Api, reads_only: false, on_call_phone: false };
    house.service.answer_offer(&token, &offer.id, Reply::Agree).await.unwrap();
    let row = house.audited("swap.taken").await.remove(0).event;
    assert_eq!((row.actor.as_str(), row.subject.as_deref()), ("token:t1", Some("person:p1")));
}

#[tokio::test]
async fn a_no_may_become_a_yes_while_the_request_is_open() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "DECLINED").await;
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    assert_eq!(offer.state, OfferState::Disagreed);
    assert_eq!(house.inbox(1).await, 0);
    let seen = house.event(1).await.unwrap();
    assert!(seen.contains("SUMMARY:Cover? ") && seen.contains("PARTSTAT=DECLINED"), "{seen}");
    house.puts(1, "ACCEPTED").await;
    assert_eq!(house.swap().await.taker, Some(id(1)));
}

#[tokio::test]
async fn a_signed_link_describes_and_only_a_button_acts() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let event = house.event(1).await.unwrap();
    let at = event.find("/links/offer/").unwrap();
    let path: String = event[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect();
    for _ in 0..3 {
        let view = house.service.open_link(&path).await.unwrap();
        assert!(view.open && view.load.len() == 2);
    }
    assert_eq!(house.swap().await.state, SwapState::Open);
    let view = house.service.answer_by_link(&path, Reply::Agree, None).await.unwrap();
    assert_eq!((view.swap, view.holder.as_deref()), (Some(SwapState::Taken), Some("Person 1")));
    house.service.answer_by_link(&path, Reply::Agree, None).await.unwrap();
    assert_eq!(house.audited("swap.taken").await.len(), 1);
    let forged = format!("{}0", &path[..path.len() - 1]);
    let forged = if forged == path { format!("{}1", &path[..path.len() - 1]) } else { forged };
    assert!(matches!(house.service.open_link(&forged).await, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn an_offer_is_accepted_however_the_client_names_its_person() {
    let own = |n: usize| format!("/dav/principals/users/{}/", id(n));
    let absolute = format!(":https://calendar.example.org{}", own(1));
    let spellings = [format!(":{}", own(1)), absolute, format!(";EMAIL={}:urn:uuid:1", person(1).email)];
    for spelling in spellings {
        let house = House::with(4, Settings::default()).await;
        house.puts(0, "DECLINED").await;
        let text = house.event(1).await.unwrap();
        let email = person(1).email;
        let line = text.lines().find(|line| line.starts_with("ATTENDEE") && line.contains(&email)).unwrap();
        let answered = format!("ATTENDEE;PARTSTAT=ACCEPTED{spelling}");
        house.stores(1, Some(text.replace(line, &answered).into_bytes())).await;
        assert_eq!(house.swap().await.taker, Some(id(1)), "{spelling}");
    }
}
