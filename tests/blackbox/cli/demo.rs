//! `dogwatch demo`: keeps what is there, and never mixes itself with anything else.

use super::Place;
use crate::support::{Server, cluster};

#[test]
fn started_again_it_keeps_accounts_and_what_was_done() {
    if cluster::wanted() {
        return; // the demo keeps a file, whatever the tests run on
    }
    let place = Place::demo();
    let facts = || -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(place.data().join("demo.json")).unwrap()).unwrap()
    };
    let before = facts();
    place.says("user add zoe --name Zoe --email zoe@example.org --time-zone UTC");
    let people = place.json("user list");
    let again = Server::demo_over(&place.data());
    let after = facts();
    assert_eq!((&before["people"], &before["admin_token"]), (&after["people"], &after["admin_token"]));
    assert_eq!(after["base_url"], format!("http://{}", again.address), "where it is served now");
    assert_eq!(place.json("user list"), people);
    let token = format!("Bearer {}", after["admin_token"].as_str().unwrap());
    again.send("GET", "/api/v1/teams/payments/on-call", &[("Authorization", &token)], "").expect(200);
}

#[test]
fn it_refuses_a_folder_with_other_people_in_it() {
    if cluster::wanted() {
        return;
    }
    let place = Place::empty();
    place.payments();
    let said = place.refuses(1, "demo --listen 127.0.0.1:0");
    assert!(said.contains("name an empty folder with --data"), "{said}");
    assert_eq!(place.json("user list").as_array().unwrap().len(), 2);
}
