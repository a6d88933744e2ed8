//! Shifts that run, and what time does to requests.

use super::*;

#[tokio::test]
async fn a_shift_taken_while_it_runs_is_split_and_both_parts_are_booked() {
    let house = House::starting_in(4, Settings::default(), -2).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "ACCEPTED").await;
    let slot = house.slot.clone();
    let parts = house.write(move |tx| Ok(shifts::of_slot(tx, &slot)?)).await;
    let holders: Vec<_> = parts.iter().map(|part| part.person.clone().unwrap()).collect();
    assert_eq!(holders, [id(0), id(1)]);
    assert_eq!(parts[0].window.end, parts[1].window.start);
}

#[tokio::test]
async fn time_passing_twice_changes_nothing_the_second_time() {
    let house = House::with(6, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.service.advance().await.unwrap();
    let before = house.object(1).await.unwrap().1.change;
    house.service.advance().await.unwrap();
    assert_eq!(house.object(1).await.unwrap().1.change, before);
}
