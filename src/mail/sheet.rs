//! What stands in a letter, for each kind of news: a title, sentences, what people wrote, a list, and where to act.

mod reminded;

use crate::roster::swap::SwapState;
use crate::service::letters::{Fate, Letter, Matter, News, Occasion, Piece, What};
use crate::service::links::LinkView;
use crate::time::{Window, Zone};
use crate::web::moments::Manner;
use crate::web::texts::{Text, Tongue};

/// A letter as plain sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The subject, and what stands above.
    pub title: String,
    /// First sentences.
    pub lead: Vec<String>,
    /// What somebody wrote.
    pub quotes: Vec<String>,
    /// A list of shifts.
    pub items: Vec<Item>,
    /// Further sentences.
    pub more: Vec<String>,
    /// Where to act.
    pub action: Option<Action>,
    /// Why this came.
    pub footer: String,
}

/// A shift in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// When it is.
    pub when: String,
    /// What about it.
    pub what: String,
    /// Where to act on it.
    pub action: Option<Action>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// How a reader is written to.
struct Hand {
    tongue: Tongue,
    manner: Manner,
    zone: Zone,
}

impl Sheet {
    /// The sheet of a letter.
    pub fn of(letter: &Letter, tongue: Tongue) -> Self {
        let hand = Hand { tongue, manner: Manner::of(std::iter::empty(), tongue), zone: letter.zone };
        let mut sheet = hand.sheet(&letter.news);
        let footer = match &letter.news {
            News::Meeting { name, .. } => hand.tongue.text("mail-footer-meeting").with("name", name),
            _ => hand.tongue.text("mail-footer").with("home", &letter.home),
        };
        sheet.footer = footer.to_string();
        sheet
    }
}

impl Hand {
    fn sheet(&self, news: &News) -> Sheet {
        match news {
            News::Roster { team, changes } => self.roster(team, changes),
            News::Shift { .. } => self.shift(news),
            News::Offer { offer, url } => self.offer(offer, url),
            News::Swap { occasion, state, taker, other } => self.swap(occasion, *state, (*taker, other.as_deref())),
            News::Manager { .. } => self.manager(news),
            News::Month { .. }
            | News::Unanswered { .. }
            | News::Soon { .. }
            | News::Lapses { .. }
            | News::Unheld { .. } => self.reminder(news),
            News::Gap { occasion, was, url } => Sheet {
                lead: vec![self.tongue.text("mail-gap-lead").with("was", was).to_string()],
                action: Some(self.action(self.tongue.text("mail-board"), url)),
                ..self.about(self.tongue.text("mail-gap-title"), occasion)
            },
            News::Collision { occasion, name, no, url } => {
                self.collision(occasion, name.as_deref(), (*no, url.as_str()))
            }
            News::Comment { occasion, name, comment } => Sheet {
                quotes: vec![comment.clone()],
                ..self.about(self.tongue.text("mail-comment-title").with("name", name), occasion)
            },
            News::Qualification { .. } => self.qualification(news),
            News::Bounce { name, address, why, url } => {
                let text = |text: Text| text.with("name", name).with("address", address).to_string();
                Sheet {
                    title: text(self.tongue.text("mail-bounce-title")),
                    lead: vec![text(self.tongue.text("mail-bounce-lead"))],
                    quotes: vec![why.clone()],
                    action: Some(self.action(self.tongue.text("mail-look"), url)),
                    ..Sheet::default()
                }
            }
            News::Meeting { .. } => self.meeting(news),
        }
    }

    fn span(&self, window: Window) -> String {
        self.manner.span_text(window, self.zone, self.tongue)
    }

    #[allow(clippy::unused_self)] // reads as the others do
    fn action(&self, label: Text, url: &str) -> Action {
        Action { label: label.to_string(), url: url.to_owned() }
    }

    /// Under a title that names the shift, the shift.
    fn about(&self, title: Text, occasion: &Occasion) -> Sheet {
        let Occasion { team, role, window } = occasion;
        let item = Item { when: self.span(*window), what: format!("{team}, {role}"), action: None };
        let title = title.with("team", team).with("role", role);
        Sheet { title: title.to_string(), items: vec![item], ..Sheet::default() }
    }

    fn cover(&self, url: Option<&String>) -> Option<Action> {
        url.map(|url| self.action(self.tongue.text("mail-cover"), url))
    }

    fn roster(&self, team: &str, changes: &[Piece]) -> Sheet {
        let what = |piece: &Piece| match piece.what {
            What::Yours => self.tongue.text("mail-roster-yours"),
            What::Gone => self.tongue.text("mail-roster-gone"),
            What::Times => self.tongue.text("mail-roster-times"),
            What::Partner => self.tongue.text("mail-roster-partner"),
            What::Details => self.tongue.text("mail-roster-details"),
        };
        let item = |piece: &Piece| Item {
            when: self.span(piece.occasion.window),
            what: what(piece).with("role", &piece.occasion.role).to_string(),
            action: self.cover(piece.cover.as_ref()),
        };
        let title = self.tongue.text("mail-roster-title").with("team", team).with("n", changes.len());
        Sheet {
            title: title.to_string(),
            lead: vec![self.tongue.text("mail-roster-lead").to_string()],
            items: changes.iter().map(item).collect(),
            ..Sheet::default()
        }
    }

    fn shift(&self, news: &News) -> Sheet {
        let News::Shift { title, window, fate, partners, contacts, cover } = news else { return Sheet::default() };
        let tongue = self.tongue;
        let (subject, lead) = match fate {
            Fate::Yours => (tongue.text("mail-shift-yours"), tongue.text("mail-shift-yours-lead")),
            Fate::Gone => (tongue.text("mail-shift-gone"), tongue.text("mail-shift-gone-lead")),
            Fate::Over => (tongue.text("mail-shift-over"), tongue.text("mail-shift-over-lead")),
        };
        let (subject, when) = (subject.with("title", title), self.span(*window));
        let with = |partner: &crate::roster::shift_event::Partner| {
            let text = match &partner.phone {
                Some(phone) => self.tongue.text("mail-shift-with-phone").with("phone", phone),
                None => self.tongue.text("mail-shift-with"),
            };
            text.with("name", &partner.name).with("role", &partner.role).to_string()
        };
        let contact = |(place, contact): (usize, &crate::roster::model::Contact)| {
            let text = self.tongue.text("mail-shift-contact").with("place", place);
            text.with("name", &contact.name).with("phone", &contact.phone).to_string()
        };
        let more = partners.iter().map(with).chain((1..).zip(contacts).map(contact)).collect();
        Sheet {
            title: self.tongue.text("mail-when").with("title", subject).with("when", &when).to_string(),
            lead: vec![lead.to_string()],
            items: vec![Item { when, what: title.clone(), action: None }],
            more,
            action: self.cover(cover.as_ref()),
            ..Sheet::default()
        }
    }

    fn offer(&self, offer: &LinkView, url: &str) -> Sheet {
        let when = self.span(offer.window);
        let title = self.tongue.text("mail-offer-title").with("team", &offer.team).with("role", &offer.role);
        let requester = offer.requester.clone().unwrap_or_else(|| self.tongue.text("mail-somebody").to_string());
        let (lead, first) = if offer.proposed.is_empty() {
            let first = self.tongue.text("mail-offer-first").to_string();
            (self.tongue.text("mail-offer-lead"), Some(first))
        } else {
            (self.tongue.text("mail-offer-proposes"), None)
        };
        let reason = offer.reason.as_ref().map(|reason| self.tongue.text("mail-reason").with("reason", reason));
        let beside = offer.turn.iter().map(|window| self.tongue.text("mail-together").with("when", self.span(*window)));
        let item = Item { when: when.clone(), what: format!("{}, {}", offer.team, offer.role), action: None };
        let mut more: Vec<String> = beside.map(|text| text.to_string()).collect();
        more.extend(offer.proposed.iter().chain(&offer.load).cloned());
        more.extend(first);
        more.push(self.tongue.text("mail-no-buttons").to_string());
        Sheet {
            title: title.with("when", when).to_string(),
            lead: vec![lead.with("requester", requester).to_string()],
            quotes: reason.map(|reason| reason.to_string()).into_iter().collect(),
            items: vec![item],
            more,
            action: Some(self.action(self.tongue.text("mail-answer"), url)),
            ..Sheet::default()
        }
    }

    fn swap(&self, occasion: &Occasion, state: SwapState, (taker, other): (bool, Option<&str>)) -> Sheet {
        let tongue = self.tongue;
        let (title, lead) = match (state, taker) {
            (SwapState::Open, _) => (tongue.text("mail-swap-open"), tongue.text("mail-swap-open-lead")),
            (SwapState::AwaitingApproval, false) => {
                (tongue.text("mail-swap-approval"), tongue.text("mail-swap-approval-lead"))
            }
            (SwapState::AwaitingApproval, true) => {
                (tongue.text("mail-swap-approval"), tongue.text("mail-swap-approval-taker"))
            }
            (SwapState::Taken, false) => (tongue.text("mail-swap-taken"), tongue.text("mail-swap-taken-lead")),
            (SwapState::Taken, true) => {
                (tongue.text("mail-swap-taken-taker"), tongue.text("mail-swap-taken-taker-lead"))
            }
            (SwapState::Withdrawn, _) => (tongue.text("mail-swap-withdrawn"), tongue.text("mail-swap-withdrawn-lead")),
            (SwapState::Expired, _) => (tongue.text("mail-swap-expired"), tongue.text("mail-swap-expired-lead")),
            (SwapState::Void, _) => (tongue.text("mail-swap-void"), tongue.text("mail-swap-void-lead")),
        };
        let other = other.map_or_else(|| self.tongue.text("mail-somebody").to_string(), str::to_owned);
        Sheet {
            lead: vec![lead.with("other", &other).to_string()],
            ..self.about(title.with("other", &other), occasion)
        }
    }

    fn manager(&self, news: &News) -> Sheet {
        let News::Manager { occasion, matter, requester, reason, url } = news else { return Sheet::default() };
        let (title, lead) = match matter {
            Matter::Approval => {
                (self.tongue.text("mail-manager-approval"), self.tongue.text("mail-manager-approval-lead"))
            }
            Matter::Deadline => {
                (self.tongue.text("mail-manager-deadline"), self.tongue.text("mail-manager-deadline-lead"))
            }
            Matter::Silent => (self.tongue.text("mail-manager-silent"), self.tongue.text("mail-manager-silent-lead")),
            Matter::Uncovered => {
                (self.tongue.text("mail-manager-uncovered"), self.tongue.text("mail-manager-uncovered-lead"))
            }
        };
        let reason = reason.as_ref().map(|reason| self.tongue.text("mail-reason").with("reason", reason).to_string());
        Sheet {
            lead: vec![lead.with("requester", requester).to_string()],
            quotes: reason.into_iter().collect(),
            action: Some(self.action(self.tongue.text("mail-board"), url)),
            ..self.about(title, occasion)
        }
    }

    fn collision(&self, occasion: &Occasion, name: Option<&str>, (no, url): (Window, &str)) -> Sheet {
        let more = vec![self.tongue.text("mail-collision-no").with("when", self.span(no)).to_string()];
        let (title, lead, label) = match name {
            None => (
                self.tongue.text("mail-collision-own"),
                self.tongue.text("mail-collision-own-lead"),
                self.tongue.text("mail-cover"),
            ),
            Some(name) => (
                self.tongue.text("mail-collision-title").with("name", name),
                self.tongue.text("mail-collision-lead").with("name", name),
                self.tongue.text("mail-board"),
            ),
        };
        Sheet {
            lead: vec![lead.to_string()],
            more,
            action: Some(self.action(label, url)),
            ..self.about(title, occasion)
        }
    }

    fn qualification(&self, news: &News) -> Sheet {
        let News::Qualification { name, team, what, how, note, url } = news else { return Sheet::default() };
        let text = |text: Text| text.with("name", name).with("team", team).with("what", what).to_string();
        let how = (!how.is_empty()).then(|| self.tongue.text("mail-qualification-how").with("how", how).to_string());
        Sheet {
            title: text(self.tongue.text("mail-qualification-title")),
            lead: vec![text(self.tongue.text("mail-qualification-lead"))],
            quotes: Some(note.clone()).filter(|note| !note.is_empty()).into_iter().collect(),
            more: how.into_iter().collect(),
            action: Some(self.action(self.tongue.text("mail-qualification-open"), url)),
            ..Sheet::default()
        }
    }

    fn meeting(&self, news: &News) -> Sheet {
        let News::Meeting { method, name, title, window, place, answer } = news else { return Sheet::default() };
        let tongue = self.tongue;
        let (subject, lead) = match (method.as_str(), answer.as_deref()) {
            ("REQUEST" | "ADD", _) => (tongue.text("mail-meeting-request"), tongue.text("mail-meeting-request-lead")),
            ("CANCEL", _) => (tongue.text("mail-meeting-cancel"), tongue.text("mail-meeting-cancel-lead")),
            ("REPLY", Some("ACCEPTED")) => {
                (tongue.text("mail-meeting-accepted"), tongue.text("mail-meeting-accepted-lead"))
            }
            ("REPLY", Some("DECLINED")) => {
                (tongue.text("mail-meeting-declined"), tongue.text("mail-meeting-declined-lead"))
            }
            ("REPLY", Some("TENTATIVE")) => {
                (tongue.text("mail-meeting-tentative"), tongue.text("mail-meeting-tentative-lead"))
            }
            ("COUNTER", _) => (tongue.text("mail-meeting-counter"), tongue.text("mail-meeting-counter-lead")),
            ("DECLINECOUNTER", _) => {
                (tongue.text("mail-meeting-declinecounter"), tongue.text("mail-meeting-declinecounter-lead"))
            }
            _ => (tongue.text("mail-meeting-other"), tongue.text("mail-meeting-other-lead")),
        };
        let title = if title.trim().is_empty() { self.tongue.text("mail-untitled").to_string() } else { title.clone() };
        let item = |window: &Window| Item { when: self.span(*window), what: title.clone(), action: None };
        let place =
            (!place.is_empty()).then(|| self.tongue.text("mail-meeting-place").with("place", place).to_string());
        Sheet {
            title: subject.with("title", &title).to_string(),
            lead: vec![lead.with("name", name).to_string()],
            items: window.iter().map(item).collect(),
            more: place.into_iter().collect(),
            ..Sheet::default()
        }
    }
}
