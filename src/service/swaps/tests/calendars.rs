//! What an answer leaves alone in the copies that people have.

use super::*;

#[tokio::test]
async fn rendering_again_touches_nothing() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let before = [house.object(0).await.unwrap().1, house.object(1).await.unwrap().1];
    let ctx = house.service.ctx();
    house.write(move |tx| render_people(tx, &ctx, &[id(0), id(1)], &["payments".into()])).await;
    let after = [house.object(0).await.unwrap().1, house.object(1).await.unwrap().1];
    assert_eq!(before.map(|o| (o.etag, o.change)), after.map(|o| (o.etag, o.change)));
}

#[tokio::test]
async fn alarms_and_the_tag_survive_an_answer() {
    let house = House::with(4, Settings::default()).await;
    let before = house.object(0).await.unwrap().1;
    let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:mine\r\nEND:VALARM\r\nEND:VEVENT";
    let edited = house.event(0).await.unwrap().replace("END:VEVENT", alarm).replace("NEEDS-ACTION", "ACCEPTED");
    house.stores(0, Some(edited.into_bytes())).await;
    let (body, after) = house.object(0).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("TRIGGER:-PT15M") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert_eq!((after.schedule_tag, after.sequence), (before.schedule_tag, before.sequence));
    assert_ne!(after.etag, before.etag);
}

#[tokio::test]
async fn whoever_gives_away_what_they_took_finds_no_older_offer_of_it() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "ACCEPTED").await;
    house.puts(1, "DECLINED").await;
    house.puts(2, "ACCEPTED").await;
    house.puts(2, "DECLINED").await;
    house.puts(0, "ACCEPTED").await;
    for n in [1, 2] {
        let told = house.event(n).await;
        assert!(told.as_ref().is_none_or(|event| event.contains("Person 0 has it.")), "{told:?}");
    }
}
