//! Outside calendars and what fills them.

use super::*;

#[test]
fn an_outside_calendar_is_due_until_it_was_asked_for_and_what_came_of_another_address_is_nothing_to_it() {
    seeded(|tx| {
        let calendar = calendar(tx)?;
        outside::insert(tx, &calendar, "https://a.example/1", None, NOW)?;
        assert!(outside::due(tx, NOW.plus_millis(-1), 9)?.is_empty());
        let asked = outside::due(tx, NOW, 9)?.remove(0);
        let known = outside::Validators { etag: Some("\"1\"".to_owned()), modified: None };
        let had = outside::Attempt::Had { known: known.clone(), skipped: 2 };
        assert!(outside::settle(tx, &asked, &had, (NOW, at(1)))?);
        let now = outside::find(tx, &calendar)?.unwrap();
        assert_eq!((now.fetched, now.next, now.skipped, &now.known), (Some(NOW), at(1), 2, &known));
        for failures in 1..3 {
            let missed = outside::Attempt::Missed(outside::Problem::NotReachable);
            assert!(outside::settle(tx, &now, &missed, (at(1), at(2)))?);
            let now = outside::find(tx, &calendar)?.unwrap();
            assert_eq!((now.failures, now.fetched, now.tried, now.skipped), (failures, Some(NOW), Some(at(1)), 2));
            assert_eq!(now.problem, Some(outside::Problem::NotReachable));
        }
        assert!(outside::settle(tx, &now, &outside::Attempt::Unchanged, (at(2), at(3)))?);
        let now = outside::find(tx, &calendar)?.unwrap();
        assert_eq!((now.failures, now.problem, now.fetched, now.known), (0, None, Some(at(2)), known));
        outside::set_url(tx, &calendar, "https://a.example/2", at(4))?;
        assert!(!outside::settle(tx, &asked, &had, (at(5), at(6)))?);
        let now = outside::of_person(tx, &PersonId::from("ada"))?.remove(0);
        assert_eq!((now.fetched, now.next, now.known), (None, at(4), outside::Validators::default()));
        assert!(people::disable(tx, &PersonId::from("ada"), at(4))?);
        assert!(outside::due(tx, at(9), 9)?.is_empty(), "whoever was shut out");
        Ok(())
    });
}

#[test]
fn objects_come_and_go_by_the_hundred_each_with_a_change_of_its_own() {
    seeded(|tx| {
        let calendar = calendar(tx)?;
        let before = collections::find(tx, &calendar)?.unwrap().change;
        let many = |from: i64| (from..from + 100).map(|n| object(&format!("{n:03}.ics"), hours(n, n + 1)));
        refill::add(tx, &calendar, many(0).collect(), NOW)?;
        let etags = refill::etags(tx, &calendar)?;
        assert_eq!(etags.len(), 100);
        let changed = objects::changed_since(tx, &calendar, Changes::since(before), 1_000)?;
        let numbers: Vec<i64> = changed.iter().map(|one| one.change).collect();
        assert_eq!(numbers, (before + 1..=before + 100).collect::<Vec<_>>());
        let names: Vec<String> = (0..70).map(|n| format!("{n:03}.ics")).collect();
        refill::remove(tx, &calendar, &names, NOW)?;
        refill::add(tx, &calendar, many(0).take(1).collect(), NOW)?;
        refill::remove(tx, &calendar, &names[..1], NOW)?;
        let gone = objects::tombstones_since(tx, &calendar, Changes::since(before), 1_000)?;
        assert_eq!((gone.len(), gone.last().map(|one| one.name.as_str())), (70, Some("000.ics")));
        assert_eq!(collections::find(tx, &calendar)?.unwrap().change, before + 172);
        assert_eq!(objects::count(tx, &calendar)?, 30);
        Ok(())
    });
}
