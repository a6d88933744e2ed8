//! What a mail may do, and in whose name.

use super::*;
use crate::roster::swap::SwapState;
use crate::service::letters::{Letter, MailSettings, Replies};
use crate::service::render::render_people;
use crate::service::testing::{operator, rota, stands};
use crate::store::outbox::to_recipient;
use crate::store::shifts;
use crate::store::testing::Place;
use crate::time::Window;

async fn house() -> (Place, Service) {
    let (place, service) = rota().await;
    let replies = Replies { local: "oncall".to_owned(), domain: "roster.example.org".to_owned() };
    let settings = MailSettings { from: "oncall@example.org".to_owned(), replies: Some(replies) };
    let service = service.mailing(Some(settings));
    let start = service.ctx().now.plus_hours(72);
    stands(&service, "one", "primary", Window::new(start, start.plus_hours(8)), Some("ada")).await;
    let ctx = service.ctx();
    service.store.write(move |tx| render_people(tx, &ctx, &["ada".into()], &[])).await.unwrap();
    (place, service)
}

/// The last mail to somebody of a kind, as sent.
async fn sent(service: &Service, person: &str, kind: &str) -> Letter {
    let address = format!("{person}@example.org");
    let rows = service.store.read(move |tx| to_recipient(tx, &address)).await.unwrap();
    let row = rows.into_iter().rfind(|due| due.message.kind == kind).unwrap();
    let letter = service.letter(&row.message).await.unwrap().unwrap();
    service.letter_sent(&letter).await.unwrap();
    letter
}

/// What a mail program answers to a letter.
fn answer(letter: &Letter, partstat: &str) -> Incoming {
    let of = letter.invitation.as_ref().unwrap().of.as_ref().unwrap();
    let (uid, sequence, who) = (&of.uid, of.sequence, &letter.to.0);
    let calendar = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         SEQUENCE:{sequence}\r\nDTSTAMP:20261201T090000Z\r\nDTSTART:20300101T000000Z\r\nSUMMARY:Forged\r\n\
         ATTENDEE;PARTSTAT={partstat}:mailto:{who}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Incoming {
        recipient: letter.reply_to.clone().unwrap(),
        from: Some(who.clone()),
        id: format!("{partstat}@mail.example"),
        vouched: true,
        automatic: false,
        calendar: Some(calendar.into_bytes()),
        report: None,
    }
}

async fn receive(service: &Service, mail: &Incoming) -> Verdict {
    service.receive_mail(mail.clone()).await.unwrap()
}

async fn states(service: &Service) -> Vec<SwapState> {
    let swaps = service.swaps(&operator(), &"payments".into(), None).await.unwrap();
    swaps.iter().map(|swap| swap.state).collect()
}

async fn holder(service: &Service) -> String {
    let shift = service.store.read(|tx| shifts::find(tx, &"one".into(), 0)).await.unwrap().unwrap();
    shift.person.unwrap().to_string()
}

#[tokio::test]
async fn a_no_by_mail_asks_for_cover_and_a_yes_takes_the_shift_over() {
    let (_place, service) = house().await;
    let shift = sent(&service, "ada", "mail.invitation").await;
    assert_eq!(receive(&service, &answer(&shift, "DECLINED")).await, Verdict::Taken);
    assert_eq!(states(&service).await, [SwapState::Open]);
    assert_eq!(holder(&service).await, "ada", "until somebody agrees");
    let again = sent(&service, "ada", "mail.invitation").await;
    assert!(again.invitation.as_ref().unwrap().calendar.contains("cover asked for"), "mail programs hide a no");

    let offer = sent(&service, "ben", "mail.offer").await;
    assert_eq!(receive(&service, &answer(&offer, "ACCEPTED")).await, Verdict::Taken);
    assert_eq!((states(&service).await, holder(&service).await), (vec![SwapState::Taken], "ben".to_owned()));
    let trail = service.store.read(|tx| crate::store::audit::after(tx, 0, 1_000)).await.unwrap();
    let taken = trail.iter().filter(|row| row.event.action == "swap.taken").collect::<Vec<_>>();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].event.actor.as_str(), taken[0].event.channel), ("person:ben", Channel::Mail));
}

#[tokio::test]
async fn checklist_33_a_forged_answer_changes_nothing() {
    let (_place, service) = house().await;
    let letter = sent(&service, "ada", "mail.invitation").await;
    let real = answer(&letter, "DECLINED");
    let text = String::from_utf8(real.calendar.clone().unwrap()).unwrap();
    let with = |from: &str, to: &str| Some(text.replace(from, to).into_bytes());
    let forged = [
        ("no tag", Incoming { recipient: "oncall@roster.example.org".to_owned(), ..real.clone() }),
        ("another tag", Incoming { recipient: real.recipient.replace("oncall+", "oncall+0"), ..real.clone() }),
        ("a colleague", Incoming { from: Some("ben@example.org".to_owned()), ..real.clone() }),
        ("nobody", Incoming { from: None, ..real.clone() }),
        ("for a colleague", Incoming { calendar: with("mailto:ada@", "mailto:ben@"), ..real.clone() }),
        ("no answer", Incoming { calendar: with("METHOD:REPLY", "METHOD:CANCEL"), ..real.clone() }),
        ("a proposal", Incoming { calendar: with("METHOD:REPLY", "METHOD:COUNTER"), ..real.clone() }),
        ("another event", Incoming { calendar: with("UID:shift-one", "UID:shift-two"), ..real.clone() }),
        ("no calendar", Incoming { calendar: None, ..real.clone() }),
        ("too much", Incoming { calendar: Some(vec![b'x'; MAX_OBJECT_BYTES + 1]), ..real.clone() }),
        ("nonsense", Incoming { calendar: Some(b"BEGIN:VEVENT".to_vec()), ..real.clone() }),
    ];
    for (what, mail) in forged {
        let mail = Incoming { id: format!("{what}@forger.example"), ..mail };
        let verdict = receive(&service, &mail).await;
        assert!(matches!(verdict, Verdict::Ignored(_)), "{what}: {verdict:?}");
    }
    for (doubt, mail) in [
        (Doubt::Unproven, Incoming { vouched: false, ..real.clone() }),
        (Doubt::OtherAddress, Incoming { from: Some("ada@home.example".to_owned()), ..real.clone() }),
        (Doubt::Automatic, Incoming { automatic: true, ..real.clone() }),
    ] {
        let mail = Incoming { id: format!("{doubt:?}@forger.example"), ..mail };
        assert_eq!(receive(&service, &mail).await, Verdict::Held(doubt));
    }
    assert!(states(&service).await.is_empty() && holder(&service).await == "ada");
    assert_eq!(receive(&service, &real).await, Verdict::Taken, "the true one counts");
}

#[tokio::test]
async fn checklist_33_the_same_mail_counts_once_and_an_older_answer_not_at_all() {
    let (_place, service) = house().await;
    let letter = sent(&service, "ada", "mail.invitation").await;
    let real = answer(&letter, "ACCEPTED");
    let text = String::from_utf8(real.calendar.clone().unwrap()).unwrap();
    assert_eq!(receive(&service, &real).await, Verdict::Taken);
    assert_eq!(receive(&service, &real).await, Verdict::Ignored("it came before"));
    let earlier = text.replace("20261201T090000Z", "20261201T085959Z").replace("ACCEPTED", "DECLINED");
    let late = Incoming { calendar: Some(earlier.into_bytes()), id: "late@mail.example".to_owned(), ..real.clone() };
    assert_eq!(receive(&service, &late).await, Verdict::Ignored("a later answer came before"));
    let acknowledged = service.store.read(|tx| crate::store::audit::after(tx, 0, 1_000)).await.unwrap();
    assert_eq!(acknowledged.iter().filter(|row| row.event.action == "shift.acknowledged").count(), 1);

    // The shift moves: what was said to the former time says nothing of the new one.
    let start = service.ctx().now.plus_hours(96);
    stands(&service, "one", "primary", Window::new(start, start.plus_hours(8)), Some("ada")).await;
    let ctx = service.ctx();
    service.store.write(move |tx| render_people(tx, &ctx, &["ada".into()], &[])).await.unwrap();
    let old = Incoming { id: "old@mail.example".to_owned(), ..answer(&letter, "DECLINED") };
    assert_eq!(receive(&service, &old).await, Verdict::Ignored("it answers an older version"));
}

#[tokio::test]
async fn whoever_is_asked_about_a_held_mail_settles_it_and_nobody_else_does() {
    let (_place, service) = house().await;
    let letter = sent(&service, "ada", "mail.invitation").await;
    let held = |id: &str| Incoming { vouched: false, id: id.to_owned(), ..answer(&letter, "DECLINED") };
    for id in ["one", "two"] {
        assert_eq!(receive(&service, &held(id)).await, Verdict::Held(Doubt::Unproven));
    }
    let (ada, ben) = (Actor::person("ada".into(), Channel::Button), Actor::person("ben".into(), Channel::Button));
    let person = PersonId::from("ada");
    let list = service.held_mails(&ada, &person).await.unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!((list[0].title.as_str(), list[0].answer.as_str()), ("On call: Payments, primary", "DECLINED"));
    assert!(service.held_mails(&ben, &person).await.is_err());
    assert!(service.held_mails(&operator(), &person).await.is_err(), "an administrator does not know either");
    assert!(service.settle_held_mail(&ben, (&person, &list[0].id), true).await.is_err());

    service.settle_held_mail(&ada, (&person, &list[0].id), false).await.unwrap();
    assert!(states(&service).await.is_empty());
    let counted = service.settle_held_mail(&ada, (&person, &list[1].id), true).await.unwrap();
    assert_eq!((counted, states(&service).await), (Verdict::Taken, vec![SwapState::Open]));
    assert!(service.settle_held_mail(&ada, (&person, &list[1].id), true).await.is_err(), "it is settled");
    assert!(service.held_mails(&ada, &person).await.unwrap().is_empty());
}

#[tokio::test]
async fn mail_that_comes_back_is_told_to_the_managers_until_the_address_takes_mail_or_is_another() {
    let (_place, service) = house().await;
    let team = crate::ids::TeamId::from("payments");
    let membership = crate::roster::model::Membership {
        team: team.clone(),
        person: "cleo".into(),
        manager: true,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.put_member(&operator(), membership).await.unwrap();
    let letter = sent(&service, "ada", "mail.invitation").await;
    let return_path = letter.return_path.clone().unwrap();
    assert_ne!(Some(&return_path), letter.reply_to.as_ref());
    let report = Incoming {
        recipient: return_path,
        from: Some("mailer-daemon@mx.example.org".to_owned()),
        report: Some("550 5.1.1 no such user".to_owned()),
        ..Incoming::default()
    };
    let elsewhere = Incoming { recipient: letter.reply_to.clone().unwrap(), ..report.clone() };
    assert!(
        matches!(receive(&service, &elsewhere).await, Verdict::Ignored(_)),
        "an answer's address is none for reports"
    );
    for _ in 0..2 {
        assert_eq!(receive(&service, &report).await, Verdict::Taken);
    }
    assert_eq!(service.bouncing(&operator(), &team).await.unwrap(), [PersonId::from("ada")]);
    let rows = service.store.read(|tx| to_recipient(tx, "cleo@example.org")).await.unwrap();
    assert_eq!(rows.iter().filter(|due| due.message.kind == "mail.bounce").count(), 1, "once a day");
    let told = sent(&service, "cleo", "mail.bounce").await;
    assert!(matches!(&told.news, crate::service::letters::News::Bounce { name, .. } if name == "Ada Okafor"));
    sent(&service, "ada", "mail.invitation").await;
    assert!(service.bouncing(&operator(), &team).await.unwrap().is_empty(), "mail was taken again");
    service.mail_bounced("ada@example.org", "550").await.unwrap();
    assert_eq!(service.bouncing(&operator(), &team).await.unwrap().len(), 1);
}
