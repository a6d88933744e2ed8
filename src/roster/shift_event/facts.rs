//! What the texts of a shift or offer are made of. Loaded by `service`.

use super::Answered;
use crate::roster::model::{Person, Shift, Team};
use crate::time::{Instant, Window};

/// Somebody who stands watch at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// As it is shown.
    pub name: String,
    /// As what they stand.
    pub role: String,
    /// E.164 text.
    pub phone: Option<String>,
}

/// That cover is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Why, in the holder's words.
    pub reason: Option<String>,
    /// The whole turn is asked for at once.
    pub whole_turn: bool,
    /// Only those whom a proposal names are asked.
    pub proposed: bool,
    /// Who agreed already, while a manager has to approve.
    pub promised: Option<String>,
}

/// A handover note and who left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who left it.
    pub from: String,
    /// The note.
    pub text: String,
}

/// A published shift with everything its events say.
#[derive(Clone, Debug)]
pub struct HeldShift<'a> {
    /// The team, with its contacts and switches.
    pub team: &'a Team,
    /// The shift.
    pub shift: &'a Shift,
    /// Who holds it.
    pub person: &'a Person,
    /// Who stands with them, the most important role first.
    pub partners: Vec<Partner>,
    /// Who hands over to them at the start.
    pub takes_over_from: Option<String>,
    /// To whom they hand over at the end.
    pub hands_over_to: Option<String>,
    /// What the one before left for them.
    pub handed: Option<Note>,
    /// Cover is asked for.
    pub cover: Option<Cover>,
    /// Where their own availability says no.
    pub collisions: Vec<Window>,
    /// Page of the shift, absolute.
    pub page: String,
    /// "Can't make it", absolute and signed; only in their own copy.
    pub link: Option<String>,
}

/// Where one person hands a role over to another.
#[derive(Clone, Copy, Debug)]
pub struct Seam<'a> {
    /// The team.
    pub team: &'a Team,
    /// The shift that begins.
    pub shift: &'a Shift,
    /// Who goes.
    pub from: &'a Person,
    /// Who comes.
    pub to: &'a Person,
    /// What the one who goes left for the one who comes.
    pub note: Option<&'a str>,
    /// When they talk.
    pub meeting: Window,
}

/// A swap as put to one person, with everything its event says.
#[derive(Clone, Debug)]
pub struct CoverOffer<'a> {
    /// The team.
    pub team: &'a Team,
    /// The shift that is offered.
    pub shift: &'a Shift,
    /// Who is asked.
    pub person: &'a Person,
    /// Who asks.
    pub requester: &'a Person,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// How agreeing changes the person's load, in sentences.
    pub load: Vec<String>,
    /// Shifts that go along with it: whoever takes one takes all.
    pub beside: Vec<Window>,
    /// What a proposal comes to, in sentences: what the person gives in return, who has to agree too. Of a request for
    /// cover nothing.
    pub proposed: Vec<String>,
    /// Until when an answer counts.
    pub until: Instant,
    /// What they answered so far.
    pub answered: Answered,
    /// Agree or disagree, absolute and signed.
    pub link: String,
    /// Page of the shift, absolute.
    pub page: String,
}
