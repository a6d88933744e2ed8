//! What letters look like.

use super::*;
use crate::roster::model::Contact;
use crate::roster::shift_event::Partner;
use crate::roster::swap::SwapState;
use crate::service::letters::{Fate, Letter, Matter, News, Occasion, Piece, What};
use crate::time::{Instant, Window, Zone};

const HOSTILE: &str = "</p><svg onload=alert(1)>\r\nBcc: x@example.com\r\n\"'&";

fn window() -> Window {
    let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into();
    let (start, end): (Instant, Instant) = (at("2026-12-01T09:00:00Z"), at("2026-12-01T17:00:00Z"));
    Window::new(start, end)
}

fn occasion(text: &str) -> Occasion {
    Occasion { team: text.to_owned(), role: text.to_owned(), window: window() }
}

fn letter(news: News) -> Letter {
    Letter {
        id: "id".to_owned(),
        from: ("Dogwatch".to_owned(), None),
        to: ("ada@example.org".to_owned(), None),
        reply_to: None,
        return_path: None,
        bouncing: None,
        zone: Zone::Asia__Singapore,
        news,
        invitation: None,
        home: "https://calendar.example.org/me".to_owned(),
    }
}

fn piece(what: What, cover: bool) -> Piece {
    let cover = cover.then(|| "https://calendar.example.org/links/cover/x".to_owned());
    Piece { occasion: occasion("primary"), what, cover }
}

/// One of each, with the same text wherever people write one.
fn everything(text: &str) -> Vec<News> {
    let (word, url) = (text.to_owned(), "https://calendar.example.org/x".to_owned());
    let states = SwapState::ALL.into_iter().flat_map(|state| [(state, false), (state, true)]);
    let swaps =
        states.map(|(state, taker)| News::Swap { occasion: occasion(text), state, taker, other: Some(word.clone()) });
    let methods = [("REQUEST", None), ("CANCEL", None), ("REPLY", Some("DECLINED")), ("COUNTER", None)];
    let meetings = methods.map(|(method, answer)| News::Meeting {
        method: method.to_owned(),
        name: word.clone(),
        title: word.clone(),
        window: Some(window()),
        place: word.clone(),
        answer: answer.map(str::to_owned),
    });
    let matters = [Matter::Approval, Matter::Deadline, Matter::Uncovered, Matter::Silent].map(|matter| News::Manager {
        occasion: occasion(text),
        matter,
        requester: word.clone(),
        reason: Some(word.clone()),
        url: url.clone(),
    });
    let fates = [Fate::Yours, Fate::Gone, Fate::Over].map(|fate| News::Shift {
        title: word.clone(),
        window: window(),
        fate,
        partners: vec![Partner { name: word.clone(), role: word.clone(), phone: Some(word.clone()) }],
        contacts: vec![Contact { name: word.clone(), phone: word.clone(), role: None, person: None }],
        cover: Some(url.clone()),
    });
    let mut all: Vec<News> = swaps.chain(meetings).chain(matters).chain(fates).collect();
    all.extend([
        News::Roster { team: word.clone(), changes: vec![piece(What::Yours, true), piece(What::Gone, false)] },
        News::Gap { occasion: occasion(text), was: word.clone(), url: url.clone() },
        News::Collision { occasion: occasion(text), name: Some(word.clone()), no: window(), url: url.clone() },
        News::Collision { occasion: occasion(text), name: None, no: window(), url: url.clone() },
        News::Month { team: word.clone(), first: "2027-01-01".parse().unwrap(), url: url.clone() },
        News::Unanswered { team: word.clone(), shifts: vec![(occasion(text), url.clone())] },
        News::Soon { occasion: occasion(text), url: url.clone(), cover: Some(url.clone()) },
        News::Unheld { occasion: occasion(text), url: url.clone() },
        News::Lapses {
            team: word.clone(),
            what: word.clone(),
            until: window().start,
            how: word.clone(),
            url: url.clone(),
        },
        News::Comment { occasion: occasion(text), name: word.clone(), comment: word.clone() },
        News::Bounce { name: word.clone(), address: word.clone(), why: word.clone(), url: url.clone() },
        News::Qualification {
            name: word.clone(),
            team: word.clone(),
            what: word.clone(),
            how: word.clone(),
            note: word,
            url,
        },
    ]);
    all
}

#[test]
fn what_people_wrote_is_neither_markup_nor_a_header() {
    for news in everything(HOSTILE) {
        let composed = compose(&letter(news.clone())).unwrap();
        assert!(!composed.html.contains("<svg") && !composed.html.contains("</p><svg"), "{news:?}");
        assert!(composed.html.contains("&#60;svg") || composed.html.contains("&lt;svg") || !shows(&news), "{news:?}");
        assert!(!composed.subject.contains(['\r', '\n']) && !composed.subject.is_empty(), "{news:?}");
        assert!(composed.subject.chars().count() <= 200);
        assert!(!composed.text.lines().any(|line| line.starts_with("Bcc:")), "{}", composed.text);
    }
}

/// Whether the text stands anywhere in it: a reminder of a month names a team alone.
fn shows(news: &News) -> bool {
    !matches!(news, News::Roster { .. })
}

#[test]
fn every_letter_has_words_for_all_it_says() {
    for news in everything("Payments") {
        let composed = compose(&letter(news.clone())).unwrap();
        for text in [&composed.subject, &composed.text, &composed.html] {
            assert!(!text.contains("mail-") && !text.contains("{ $") && !text.contains("{$"), "{news:?}: {text}");
        }
        assert!(composed.text.contains("https://calendar.example.org/") || !composed.text.contains("rosters of"));
    }
}

#[test]
fn a_publication_is_one_mail_with_each_change_its_time_and_the_way_out() {
    let changes = vec![piece(What::Yours, true), piece(What::Gone, false), piece(What::Partner, true)];
    let composed = compose(&letter(News::Roster { team: "Payments".to_owned(), changes })).unwrap();
    assert_eq!(composed.subject, "Payments: 3 of your shifts changed");
    assert!(composed.text.contains("- Tue 1 Dec 2026, 17:00 to Wed 2 Dec 2026, 01:00 UTC+08\n  primary: now yours\n"));
    assert_eq!(composed.text.matches("Ask for cover: https://").count(), 2);
    let one = vec![piece(What::Times, true)];
    let composed = compose(&letter(News::Roster { team: "Payments".to_owned(), changes: one })).unwrap();
    assert_eq!(composed.subject, "Payments: one of your shifts changed");
}

#[test]
fn a_long_subject_is_cut_between_characters() {
    let line = compose::one_line(&"ü ".repeat(300), 200);
    assert_eq!(line.chars().count(), 200);
    assert!(line.ends_with('…'));
}
