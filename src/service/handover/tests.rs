//! Notes over a store, and the events at the seams: who writes, who reads, and what stands in which calendar.

use super::*;
use crate::service::people::NewPerson;
use crate::service::render::find;
use crate::service::swaps::{ShiftEdit, shift_object_changed};
use crate::service::testing::{ada, operator, rota, stands};
use crate::store::collections::{CollectionKind, Owner};
use crate::store::{audit, objects};
use crate::time::{Instant, Zone, resolve};

/// Ada until 12:00 tomorrow, then Ben; the team wants half an hour at the seam.
async fn scene(minutes: u32) -> (crate::store::testing::Place, Service, Instant) {
    let (place, service) = rota().await;
    let day = service.ctx().now.civil(Zone::Europe__London).date() + chrono::TimeDelta::days(1);
    let seam = resolve(day.and_hms_opt(12, 0, 0).unwrap(), Zone::Europe__London);
    stands(&service, "s1", "primary", Window::new(seam.plus_hours(-12), seam), Some("ada")).await;
    stands(&service, "s2", "primary", Window::new(seam, seam.plus_hours(12)), Some("ben")).await;
    let mut settings = service.team(&operator(), &"payments".into()).await.unwrap().team.settings;
    settings.handover_minutes = minutes;
    service.set_settings(&operator(), &"payments".into(), settings).await.unwrap();
    (place, service, seam)
}

fn person(id: &str) -> Actor {
    Actor::person(id.into(), crate::roster::model::Channel::Api)
}

/// The texts of somebody's `shifts`, unfolded, by name.
async fn calendar(service: &Service, person: &str) -> Vec<(String, String)> {
    let owner = Owner::Person(person.into());
    let read = move |tx: &mut dyn Connection| {
        let calendar = find(tx, &owner, CollectionKind::Shifts)?.unwrap();
        let all = objects::page(tx, &calendar, None, 100, None)?;
        Ok::<_, ServiceError>(all.into_iter().map(|one| (one.head.name, one.body)).collect::<Vec<_>>())
    };
    let all = service.store.read(read).await.unwrap();
    all.into_iter().map(|(name, body)| (name, String::from_utf8(body).unwrap().replace("\r\n ", ""))).collect()
}

async fn seam_of(service: &Service, person: &str) -> Vec<(String, String)> {
    calendar(service, person).await.into_iter().filter(|(name, _)| name.starts_with("handover-")).collect()
}

async fn edit(service: &Service, person: &str, name: &str, (old, new): (&str, Option<&str>)) {
    let (ctx, who, name) = (service.ctx(), super::tests::person(person), name.to_owned());
    let (id, old, new) = (PersonId::from(person), old.to_owned(), new.map(str::to_owned));
    let write = move |tx: &mut dyn Connection| {
        let new = new.as_ref().map(String::as_bytes);
        let edit = ShiftEdit { person: &id, name: &name, old: Some(old.as_bytes()), new, reply: true };
        shift_object_changed(tx, &ctx, &who, &edit)
    };
    service.store.write(write).await.unwrap();
}

#[tokio::test]
async fn whoever_goes_leaves_a_note_and_whoever_comes_reads_it_in_their_shift() {
    let (_place, service, _) = scene(0).await;
    let left = service.leave_handover(&person("ada"), &"s1".into(), None, Some(" Queue is slow ".to_owned())).await;
    assert_eq!(left.unwrap().shift.note.as_deref(), Some("Queue is slow"));
    let seen = service.handover(&person("ben"), &"s2".into(), None).await.unwrap();
    let before = seen.before.unwrap();
    assert_eq!((before.name.as_str(), before.note.as_deref()), ("Ada Okafor", Some("Queue is slow")));
    let theirs = calendar(&service, "ben").await;
    assert_eq!(theirs.len(), 1, "no event at the seam where the team wants none");
    assert!(theirs[0].1.contains("Note from Ada Okafor: Queue is slow"), "{}", theirs[0].1);
    let rows = service.store.read(|tx| audit::after(tx, 0, 1000)).await.unwrap();
    let noted: Vec<_> = rows.iter().filter(|row| row.event.action == "shift.note").collect();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].event.actor, "person:ada");
    assert!(!format!("{noted:?}").contains("Queue"), "the trail says that, not what");
    // the same again is nothing new, and nothing takes it back
    service.leave_handover(&person("ada"), &"s1".into(), None, Some("Queue is slow".to_owned())).await.unwrap();
    service.leave_handover(&person("ada"), &"s1".into(), None, Some("  ".to_owned())).await.unwrap();
    let rows = service.store.read(|tx| audit::after(tx, 0, 1000)).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.event.action == "shift.note").count(), 2);
    assert!(!calendar(&service, "ben").await[0].1.contains("Note from"));
}

#[tokio::test]
async fn only_the_holder_and_managers_write_and_only_the_team_reads() {
    let (_place, service, _) = scene(0).await;
    let outside = NewPerson { id: "zoe".to_owned(), email: "zoe@example.org".to_owned(), ..ada() };
    service.add_person(&operator(), &outside).await.unwrap();
    let note = || Some("Take care".to_owned());
    let write = async |who: &Actor| service.leave_handover(who, &"s1".into(), None, note()).await;
    assert!(matches!(write(&person("ben")).await, Err(ServiceError::Forbidden(_))));
    assert!(matches!(write(&person("zoe")).await, Err(ServiceError::NotFound(_))));
    write(&operator()).await.unwrap();
    let read = async |who: &Actor| service.handover(who, &"s1".into(), None).await;
    assert_eq!(read(&person("cleo")).await.unwrap().shift.note, note());
    assert!(matches!(read(&person("zoe")).await, Err(ServiceError::NotFound(_))));
    let long = Some("x".repeat(LONGEST + 1));
    let refused = service.leave_handover(&person("ada"), &"s1".into(), None, long).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })));
}

#[tokio::test]
async fn a_team_that_wants_it_finds_an_event_at_the_seam_in_both_calendars() {
    let (_place, service, seam) = scene(30).await;
    for who in ["ada", "ben"] {
        let found = seam_of(&service, who).await;
        assert_eq!(found.len(), 1, "{who}: {found:?}");
        let (name, text) = &found[0];
        assert!(name.starts_with(&format!("handover-s2-{who}@")), "{name}");
        assert!(text.contains("SUMMARY:Handover: Payments\\, primary\\, Ada Okafor to Ben Hale"), "{text}");
        assert!(!text.contains("ATTENDEE") && !text.contains("ORGANIZER"), "nobody answers it: {text}");
    }
    assert!(seam_of(&service, "cleo").await.is_empty());
    // another holder: the event is theirs, and gone from where it was
    stands(&service, "s2", "primary", Window::new(seam, seam.plus_hours(12)), Some("cleo")).await;
    let ctx = service.ctx();
    let all = ["ada", "ben", "cleo"].map(PersonId::from);
    let render = move |tx: &mut dyn Connection| render_people(tx, &ctx, &all, &[]);
    service.store.write(render).await.unwrap();
    assert!(seam_of(&service, "ben").await.is_empty());
    assert!(seam_of(&service, "cleo").await[0].1.contains("to Cleo Marsh"));
    let mut settings = service.team(&operator(), &"payments".into()).await.unwrap().team.settings;
    settings.handover_minutes = 0;
    service.set_settings(&operator(), &"payments".into(), settings.clone()).await.unwrap();
    assert!(seam_of(&service, "ada").await.is_empty(), "switched off, it goes");
    settings.handover_minutes = 900;
    let refused = service.set_settings(&operator(), &"payments".into(), settings).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })));
}

#[tokio::test]
async fn what_the_one_who_goes_writes_into_the_event_is_the_note_and_nobody_else_changes_it() {
    let (_place, service, _) = scene(30).await;
    let (name, old) = seam_of(&service, "ada").await.remove(0);
    let new = old.replace("Handover note:", "Handover note: Backlog 40");
    edit(&service, "ada", &name, (&old, Some(&new))).await;
    let (theirs, text) = seam_of(&service, "ben").await.remove(0);
    assert!(text.contains("Handover note: Backlog 40"), "{text}");
    assert!(seam_of(&service, "ada").await[0].1.contains("Handover note: Backlog 40"));
    let forged = text.replace("Backlog 40", "All well");
    edit(&service, "ben", &theirs, (&text, Some(&forged))).await;
    assert!(seam_of(&service, "ben").await[0].1.contains("Backlog 40"), "put back");
    assert_eq!(service.handover(&person("ada"), &"s1".into(), None).await.unwrap().shift.note.unwrap(), "Backlog 40");
    edit(&service, "ben", &theirs, (&text, None)).await;
    assert_eq!(seam_of(&service, "ben").await.len(), 1, "removed, it comes back: the team wants it");
}
