//! sync-collection: any token replays to the full listing.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Listing = BTreeMap<String, String>;

impl World {
    /// Applies what happened since the token to what a client has, page by page, and gives the new token.
    async fn replay(&self, known: &mut Listing, mut token: Option<String>, limit: Option<u32>) -> String {
        let path = calendar("ada", "calendar");
        loop {
            let changes = self.service.changes(&actor("ada"), &path, token.as_deref(), limit).await.unwrap();
            if let Some(limit) = limit {
                assert!(changes.changed.len() + changes.removed.len() <= usize::try_from(limit).unwrap());
            }
            if let Some(span) = changes.pages {
                known.extend(self.listing(span).await);
                let gone = self.service.removed_page(&actor("ada"), &path, span, 1000).await.unwrap();
                gone.rows.iter().for_each(|name| {
                    known.remove(name);
                });
            }
            known.extend(changes.changed.into_iter().map(|head| (head.name, head.etag)));
            changes.removed.iter().for_each(|name| {
                known.remove(name);
            });
            token = Some(changes.token);
            if !changes.truncated {
                return token.unwrap();
            }
        }
    }

    async fn listing(&self, span: Span) -> Listing {
        let page = self.service.heads_page(&actor("ada"), &calendar("ada", "calendar"), span, 1000).await.unwrap();
        page.rows.into_iter().map(|row| (row.name, row.etag)).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Move(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6_u8, 0..4_u8).prop_map(|(name, text)| Step::Put(name, text)),
        2 => (0..6_u8).prop_map(Step::Delete),
        1 => (0..6_u8, 0..6_u8).prop_map(|(from, to)| Step::Move(from, to)),
    ]
}

async fn take(world: &World, step: Step) {
    let path = |name: u8| object("ada", "calendar", &format!("{name}.ics"));
    // Steps may well be refused (nothing to delete, a UID conflict): a refusal changes nothing.
    match step {
        Step::Put(name, text) => {
            let body = event(&format!("u{name}"), &format!("SUMMARY:{text}\r\n"));
            let _ = world.put("ada", &path(name), &body).await;
        }
        Step::Delete(name) => {
            let _ = world.delete("ada", &path(name)).await;
        }
        Step::Move(from, to) => {
            let _ = world.service.move_object(&actor("ada"), &way(&path(from), &path(to), true)).await;
        }
    }
}

proptest! {
    #![proptest_config(crate::cases(24))]

    #[test]
    fn replaying_from_any_token_gives_the_full_listing(
        steps in proptest::collection::vec(step(), 1..30),
        limit in proptest::option::of(1..4_u32),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut clients = Vec::new();
            for step in steps {
                let mut known = Listing::new();
                let token = world.replay(&mut known, None, limit).await;
                assert_eq!(known, world.listing(Span::since(-1)).await);
                clients.push((known, token));
                take(&world, step).await;
            }
            for (mut known, token) in clients {
                world.replay(&mut known, Some(token), limit).await;
                assert_eq!(known, world.listing(Span::since(-1)).await);
            }
        });
    }
}

#[tokio::test]
async fn tokens_that_are_garbage_foreign_from_the_future_or_too_old_are_invalid() {
    let world = World::new().await;
    let path = calendar("ada", "calendar");
    world.put("ada", &object("ada", "calendar", "a.ics"), &event("a", "")).await.unwrap();
    let old = world.service.collection(&actor("ada"), &path).await.unwrap().sync_token();
    world.delete("ada", &object("ada", "calendar", "a.ics")).await.unwrap();
    let view = world.service.collection(&actor("ada"), &path).await.unwrap();
    let stem = view.sync_token().rsplit_once(':').unwrap().0.to_owned();
    let foreign = world.service.collection(&actor("ada"), &calendar("ada", "availability")).await.unwrap().sync_token();
    let other_epoch = view.sync_token().replace(&view.epoch, "0000");
    for bad in ["", "x", "data:,1:1", &format!("{stem}:99"), &format!("{stem}:-1"), &foreign, &other_epoch] {
        let changes = world.service.changes(&actor("ada"), &path, Some(bad), None).await;
        // An empty element is no token: the client asks for everything.
        assert_eq!(matches!(changes, Err(ServiceError::InvalidSyncToken)), !bad.is_empty(), "{bad}");
    }
    assert!(world.service.changes(&actor("ada"), &path, Some(&old), None).await.is_ok());
    world.service.store.write(|tx| crate::store::objects::sweep_tombstones(tx, Instant::FAR_FUTURE)).await.unwrap();
    let changes = world.service.changes(&actor("ada"), &path, Some(&old), None).await;
    assert!(matches!(changes, Err(ServiceError::InvalidSyncToken)));
    assert!(world.service.changes(&actor("ada"), &path, Some(&view.sync_token()), None).await.is_ok());
}
