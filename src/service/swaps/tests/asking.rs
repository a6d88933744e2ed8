//! Asking for cover, and taking the request back.

use super::*;

#[tokio::test]
async fn a_declined_shift_opens_cover_and_stays_with_its_holder_as_tentative() {
    let house = House::with(5, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let swap = house.swap().await;
    assert_eq!((swap.state, swap.requester, swap.offers.len()), (SwapState::Open, id(0), 3));
    let event = house.event(0).await.unwrap();
    assert!(event.contains("SUMMARY:On call (cover asked for): Payments\\, primary"), "{event}");
    assert!(event.contains("PARTSTAT=TENTATIVE"), "{event}");
    let watch = &house.on_call().await.on_call[0];
    assert_eq!((watch.person.as_ref().unwrap().id.clone(), watch.cover_asked), (id(0), true));
    let asked = swap.offers[0].person.clone();
    let n: usize = asked.as_str()[1..].parse().unwrap();
    let offer = house.event(n).await.unwrap();
    assert!(offer.contains("SUMMARY:Cover? Payments\\, primary") && offer.contains("STATUS:TENTATIVE"), "{offer}");
    assert!(offer.contains("PARTSTAT=NEEDS-ACTION"), "{offer}");
    assert!(offer.contains("It counts ") && offer.contains("so your balance goes from "), "{offer}");
    assert_eq!(house.inbox(n).await, 1);
    house.puts(0, "DECLINED").await;
    assert_eq!(house.audited("swap.asked").await.len(), 1, "declining again is harmless");
}

#[tokio::test]
async fn whoever_declines_and_then_accepts_stands_it_after_all() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(0, "ACCEPTED").await;
    assert_eq!(house.swap().await.state, SwapState::Withdrawn);
    let event = house.event(0).await.unwrap();
    assert!(event.contains("SUMMARY:On call: Payments\\, primary") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(house.event(1).await.unwrap().contains("stands it after all"));
    house.puts(0, "DECLINED").await;
    assert_eq!(house.swap().await.state, SwapState::Open, "a new request may follow");
}
