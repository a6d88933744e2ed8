//! Who is told of what, who is not, and who never again.

use super::*;
use crate::ids::TokenId;
use crate::roster::model::{Channel, Membership};
use crate::service::calendars::{CollectionPath, Conditions, Extent, Grantee, ObjectPath, PutRequest};
use crate::service::testing::{operator, phone_of, rota};
use crate::service::tokens::SecretKind;
use crate::store::outbox;
use crate::store::testing::Place;
use base64ct::{Base64UrlUnpadded, Encoding as _};

const KEY: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

/// Ada, Ben and Cleo of the payments team, Ada and Ben with a telephone each.
struct World {
    service: Service,
    phones: [TokenId; 2],
    _place: Place,
}

fn who(person: &str) -> Actor {
    Actor::person(PersonId::from(person), Channel::Calendar)
}

fn calendar(home: &str, name: &str) -> Target {
    Target::Collection(CollectionPath::new(PersonId::from(home), name))
}

fn new(endpoint: &str) -> NewSubscription {
    NewSubscription {
        endpoint: format!("https://up.example.net/{endpoint}"),
        public_key: Base64UrlUnpadded::decode_vec(KEY).unwrap(),
        auth: vec![1; 16],
        triggers: None,
        expires: None,
    }
}

impl World {
    async fn new() -> Self {
        let (place, service) = rota().await;
        let mut phones = Vec::new();
        for person in ["ada", "ben"] {
            phones.push(service.add_app_password(&operator(), phone_of(&PersonId::from(person))).await.unwrap().id);
        }
        Self { service, phones: phones.try_into().unwrap(), _place: place }
    }

    async fn subscribe(&self, person: &str, target: &Target, new: NewSubscription) -> Result<Subscribed, ServiceError> {
        let phone = &self.phones[usize::from(person == "ben")];
        self.service.subscribe(&who(person), phone, target, new).await
    }

    async fn put(&self, service: &Service, person: &str, name: &str, uid: &str) {
        let body = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n\
             DTSTART:20261201T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let request = PutRequest {
            body: body.into(),
            content_type: None,
            conditions: Conditions::default(),
            schedule_reply: true,
        };
        let path: ObjectPath = CollectionPath::new(PersonId::from(person), name).object(format!("{uid}.ics"));
        service.put_object(&who(person), &path, request).await.unwrap();
    }

    /// What waits in the outbox: subscription and payload.
    async fn waits(&self) -> Vec<(String, String)> {
        let read = |tx: &mut dyn Connection| Ok::<_, ServiceError>(outbox::due(tx, "push", Instant::FAR_FUTURE, 100)?);
        let due = self.service.store.read(read).await.unwrap();
        due.into_iter().map(|due| (due.message.recipient, due.message.payload)).collect()
    }
}

fn id_of(subscribed: &Subscribed) -> String {
    subscribed.url.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn each_change_is_told_once_to_each_subscriber_but_to_whoever_made_it() {
    let world = World::new().await;
    let calendar = calendar("ada", "calendar");
    let one = id_of(&world.subscribe("ada", &calendar, new("one")).await.unwrap());
    let two = id_of(&world.subscribe("ada", &calendar, new("two")).await.unwrap());
    world.put(&world.service, "ben", "calendar", "bens").await;
    assert_eq!(world.waits().await, []);
    let quiet = |person: &str, ids: Option<Vec<String>>| {
        world.service.quietly(Quiet { person: PersonId::from(person), subscriptions: ids })
    };
    world.put(&quiet("ada", None), "ada", "calendar", "zero").await;
    assert_eq!(world.waits().await, []);
    world.put(&quiet("ada", Some(vec![one.clone()])), "ada", "calendar", "first").await;
    assert_eq!(world.waits().await, [(two.clone(), "\"content\"".to_owned())]);
    // Nobody silences somebody else's device.
    world.put(&quiet("ben", Some(vec![one.clone()])), "ada", "calendar", "second").await;
    assert_eq!(world.waits().await.len(), 2);
    world.put(&world.service, "ada", "calendar", "third").await;
    assert_eq!(world.waits().await.len(), 2);
}

#[tokio::test]
async fn a_subscription_is_renewed_under_its_address_and_bounded_in_time() {
    let world = World::new().await;
    let calendar = calendar("ada", "calendar");
    let now = world.service.ctx().now;
    let first = world.subscribe("ada", &calendar, new("one")).await.unwrap();
    let shorter = NewSubscription { expires: Some(now.plus_days(2)), ..new("one") };
    let second = world.subscribe("ada", &calendar, shorter).await.unwrap();
    assert_eq!(first.url, second.url);
    assert!(second.url.starts_with("https://calendar.example.org/dav/push/"));
    assert_eq!(second.expires.millis() / 1000, now.plus_days(2).millis() / 1000);
    for (asked, days) in [(now.plus_days(90), 7), (now.plus_days(-1), 0)] {
        let told = world.subscribe("ada", &calendar, NewSubscription { expires: Some(asked), ..new("one") }).await;
        assert_eq!((told.unwrap().expires.millis() + 1000 - now.millis()) / DAY, days);
    }
    world.service.unsubscribe(&who("ben"), &id_of(&first)).await.unwrap_err();
    world.service.unsubscribe(&who("ada"), &id_of(&first)).await.unwrap();
    world.service.unsubscribe(&who("ada"), &id_of(&first)).await.unwrap_err();
}

#[tokio::test]
async fn what_can_not_be_had_is_refused_by_its_name() {
    let world = World::new().await;
    let code = |outcome: Result<Subscribed, ServiceError>| match outcome.unwrap_err() {
        ServiceError::Conflict { code, .. } => code,
        other => panic!("{other}"),
    };
    let (mine, home) = (calendar("ada", "calendar"), Target::Home(PersonId::from("ada")));
    let inside = NewSubscription { endpoint: "https://127.0.0.1/x".to_owned(), ..new("x") };
    assert_eq!(code(world.subscribe("ada", &mine, inside).await), "invalid-subscription");
    let keyless = NewSubscription { public_key: vec![4; 65], ..new("x") };
    assert_eq!(code(world.subscribe("ada", &mine, keyless).await), "invalid-subscription");
    let nothing = NewSubscription { triggers: Some(Triggers { content: None, property: false }), ..new("x") };
    assert_eq!(code(world.subscribe("ada", &mine, nothing).await), "no-supported-trigger");
    let property = NewSubscription { triggers: Some(Triggers { content: None, property: true }), ..new("x") };
    assert_eq!(code(world.subscribe("ada", &home, property).await), "no-supported-trigger");
    let foreign = Target::Home(PersonId::from("ben"));
    assert_eq!(code(world.subscribe("ada", &foreign, new("x")).await), "push-not-available");
    let team = calendar("ada", "team-payments-roster");
    world.subscribe("ada", &team, new("x")).await.unwrap();
    let roster = calendar("ben", "team-payments-roster");
    assert_eq!(code(world.subscribe("ben", &roster, new("x")).await), "invalid-subscription");
    let off = world.service.clone().pushing(false, None);
    assert_eq!(code(off.subscribe(&who("ada"), &world.phones[0], &mine, new("x")).await), "push-not-available");
}

#[tokio::test]
async fn whoever_may_not_see_it_any_more_hears_nothing_and_has_no_subscription() {
    let world = World::new().await;
    let told = async |id: &str| world.service.push_notice(id, "\"content\"").await.unwrap();
    let availability = calendar("ben", "team-payments-availability");
    let team = id_of(&world.subscribe("ben", &availability, new("team")).await.unwrap());
    let own = id_of(&world.subscribe("ben", &calendar("ben", "calendar"), new("own")).await.unwrap());
    let notice = told(&team).await.unwrap();
    assert!(notice.sync_token.unwrap().contains(&notice.topic));
    let yesterday = world.service.ctx().now.plus_days(-1).utc().date_naive();
    world.service.end_membership(&operator(), &"payments".into(), &"ben".into(), yesterday).await.unwrap();
    assert!(told(&team).await.is_none() && told(&own).await.is_some());
    assert!(world.service.unsubscribe(&who("ben"), &team).await.is_err(), "it has ended");

    world.service.revoke_secret(&operator(), SecretKind::AppPassword, &world.phones[1]).await.unwrap();
    assert!(told(&own).await.is_none());
    let mine = id_of(&world.subscribe("ada", &calendar("ada", "calendar"), new("mine")).await.unwrap());
    world.put(&world.service, "ada", "calendar", "one").await;
    assert_eq!(world.waits().await.len(), 1);
    world.service.disable_person(&operator(), &"ada".into()).await.unwrap();
    assert_eq!(world.waits().await, [], "what was still to be said goes with it");
    assert!(told(&mine).await.is_none());
}

#[tokio::test]
async fn a_colleague_hears_of_a_shared_calendar_for_as_long_as_it_is_shared() {
    let world = World::new().await;
    let home = id_of(&world.subscribe("ben", &Target::Home(PersonId::from("ben")), new("home")).await.unwrap());
    let (whose, with) = ((&PersonId::from("ada"), "calendar"), Grantee::Person(PersonId::from("ben")));
    world.service.share_calendar(&who("ada"), whose, &with, Extent::Read).await.unwrap();
    assert_eq!(world.waits().await, [(home, "\"content\"".to_owned())], "it came to the home");
    let shared = world.service.shared_with(&who("ben"), &PersonId::from("ben")).await.unwrap();
    let there = calendar("ben", &shared[0].name);
    let heard = id_of(&world.subscribe("ben", &there, new("shared")).await.unwrap());
    world.put(&world.service, "ada", "calendar", "one").await;
    assert!(world.waits().await.iter().any(|(id, _)| *id == heard));
    assert!(world.service.push_notice(&heard, "\"content\"").await.unwrap().is_some());
    world.service.unshare_calendar(&who("ada"), whose, &with).await.unwrap();
    assert!(world.service.push_notice(&heard, "\"both\"").await.unwrap().is_none());
    assert!(world.waits().await.iter().all(|(id, _)| *id != heard), "and what was to be said is not");
}

#[tokio::test]
async fn homes_tell_of_calendars_and_calendars_of_their_properties() {
    let world = World::new().await;
    let home = id_of(&world.subscribe("ada", &Target::Home(PersonId::from("ada")), new("home")).await.unwrap());
    let person = id_of(&world.subscribe("ada", &Target::Person(PersonId::from("ada")), new("person")).await.unwrap());
    let path = CollectionPath::new(PersonId::from("ada"), "leave");
    world
        .service
        .make_collection(&who("ada"), &path, crate::service::calendars::NewCollection::default())
        .await
        .unwrap();
    assert_eq!(world.waits().await, [(home.clone(), "\"content\"".to_owned())]);
    let leave = id_of(&world.subscribe("ada", &Target::Collection(path.clone()), new("leave")).await.unwrap());
    let name = crate::service::calendars::PropertyChange { name: "{DAV:}displayname".to_owned(), value: None };
    world.service.patch_properties(&who("ada"), &path, vec![name]).await.unwrap();
    world.put(&world.service, "ada", "leave", "one").await;
    let waits = world.waits().await;
    assert!(waits.contains(&(leave.clone(), "\"both\"".to_owned())), "{waits:?}");
    world.service.delete_collection(&who("ada"), &path).await.unwrap();
    let notice = world.service.push_notice(&leave, "\"both\"").await.unwrap().expect("a last word");
    assert_eq!(notice.sync_token, None);

    let member = Membership {
        team: "platform".into(),
        person: "ada".into(),
        manager: false,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    let platform = crate::service::teams::NewTeam {
        id: "platform".to_owned(),
        name: "Platform".to_owned(),
        email: "platform@oncall.example.org".to_owned(),
        zone: "Europe/London".to_owned(),
    };
    world.service.add_team(&operator(), &platform).await.unwrap();
    world.service.put_member(&operator(), member).await.unwrap();
    assert!(world.waits().await.contains(&(person, "\"property\"".to_owned())));
}

#[tokio::test]
async fn a_person_has_only_so_many_and_expired_ones_are_swept() {
    let world = World::new().await;
    let (mine, names) = (calendar("ada", "calendar"), ["calendar", "shifts"]);
    for n in 0..MAX_SUBSCRIPTIONS {
        let target = calendar("ada", names[usize::try_from(n % 2).unwrap()]);
        world.subscribe("ada", &target, new(&n.to_string())).await.unwrap();
    }
    assert!(matches!(world.subscribe("ada", &mine, new("more")).await, Err(ServiceError::TooMany(_))));
    world.subscribe("ada", &mine, new("0")).await.unwrap();
    let later = world.service.as_of(world.service.ctx().now.plus_days(8));
    world.put(&later, "ada", "calendar", "late").await;
    assert_eq!(world.waits().await, [], "nobody is told after their time");
    later.advance().await.unwrap();
    let read = |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::count_of(tx, &PersonId::from("ada"))?);
    assert_eq!(world.service.store.read(read).await.unwrap(), 0);
}
