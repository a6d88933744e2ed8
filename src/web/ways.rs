//! Ways out of a shift, to choose from: who could take it, give one in return, or stand a part of it. The dashboard and the
//! page behind "can't make it" links show the same.

use super::frame::View;
use super::texts::Text;
use crate::ids::PersonId;
use crate::roster::recommend::Level;
use crate::service::ServiceError;
use crate::service::swaps::{MoveView, NewMove, NewProposal, OptionKind, OptionView, Options, Wanting};
use crate::time::{Civil, Instant, Window, Zone, resolve};
use serde::Deserialize;

/// Ways out that are shown; whoever wants more asks everybody.
const SHOWN: usize = 8;

/// Which ways out somebody looks for, in the query of a page.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Sought {
    #[serde(default)]
    way: String,
    #[serde(default)]
    turn: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// Which sort of way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One colleague takes it.
    Cover,
    /// For one of theirs.
    Exchange,
    /// Round in threes.
    Cycle,
    /// A colleague stands a part of it, or several stand all of it.
    Part,
}

impl Way {
    /// Each in the order of the page.
    pub const ALL: [Self; 4] = [Self::Cover, Self::Exchange, Self::Cycle, Self::Part];

    /// Its word in the query.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::Exchange => "exchange",
            Self::Cycle => "cycle",
            Self::Part => "part",
        }
    }

    /// What it is called.
    pub fn name(self, view: &View) -> Text {
        match self {
            Self::Cover => view.t("ways-cover"),
            Self::Exchange => view.t("ways-exchange"),
            Self::Cycle => view.t("ways-cycle"),
            Self::Part => view.t("ways-part"),
        }
    }
}

impl Sought {
    /// The sort that is looked for, if any.
    pub fn way(&self) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.word() == self.way)
    }

    /// What that means to a search. Times are typed in the zone of whoever types them.
    pub fn wanting(&self, zone: Zone) -> Option<Wanting> {
        let way = self.way()?;
        let part = (moment(&self.from, zone), moment(&self.until, zone));
        let kind = match way {
            Way::Exchange => OptionKind::Exchange,
            Way::Cycle => OptionKind::Cycle,
            Way::Part if part == (None, None) => OptionKind::Part,
            Way::Cover | Way::Part => OptionKind::Cover,
        };
        let part = if way == Way::Part { part } else { (None, None) };
        Some(Wanting { kind, part, whole_turn: way != Way::Part && !self.turn.is_empty() })
    }
}

fn moment(text: &str, zone: Zone) -> Option<Instant> {
    // As the field for a local time sends it: without seconds, or with them where there are any.
    let civil = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let civil = civil.iter().find_map(|pattern| Civil::parse_from_str(text, pattern).ok())?;
    Some(resolve(civil, zone))
}

/// What was found, as it is shown.
#[derive(Clone, Debug)]
pub struct Ways {
    /// The sort that was looked for.
    pub way: Option<Way>,
    /// There is more of its turn to give away.
    pub has_turn: bool,
    /// Of the whole turn.
    pub whole_turn: bool,
    /// From when on, as it is typed into a field.
    pub from: String,
    /// Until when.
    pub until: String,
    /// Earliest and latest that may be typed.
    pub bounds: (String, String),
    /// The ways, best first.
    pub options: Vec<WayOut>,
    /// Why there is nothing to choose from.
    pub trouble: Option<String>,
}

/// One way out.
#[derive(Clone, Debug)]
pub struct WayOut {
    /// Who would have to agree.
    pub who: String,
    /// How warmly the one who covers is recommended.
    pub level: Option<Text>,
    /// What it does to whom.
    pub told: Vec<String>,
    /// What changes hands, for the form.
    pub moves: Vec<String>,
}

impl Ways {
    /// Whether the sort of this word is looked for.
    pub fn is(&self, word: &str) -> bool {
        self.way.is_some_and(|way| way.word() == word)
    }

    /// Whether parts are looked for.
    pub fn by_parts(&self) -> bool {
        self.way == Some(Way::Part)
    }

    /// What is shown of a search for ways out of a shift. What can't be searched is said; other failures are passed on.
    pub fn of(
        view: &View,
        (window, has_turn): (Window, bool),
        sought: &Sought,
        found: Option<Result<Options, ServiceError>>,
    ) -> Result<Self, ServiceError> {
        let field = |at: Instant| at.civil(view.zone()).format("%Y-%m-%dT%H:%M").to_string();
        let bounds = (field(window.start), field(window.end));
        let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
        let mut ways = Self {
            way: sought.way(),
            has_turn,
            whole_turn: !sought.turn.is_empty(),
            from: or(&sought.from, &bounds.0),
            until: or(&sought.until, &bounds.1),
            bounds,
            options: Vec::new(),
            trouble: None,
        };
        match found {
            None => {}
            Some(Ok(found)) => {
                let names = &found.names;
                let name = |person: &PersonId| names.get(person).cloned().unwrap_or_else(|| person.to_string());
                ways.options = found.options.iter().take(SHOWN).map(|one| WayOut::of(view, one, &name)).collect();
                if ways.options.is_empty() {
                    ways.trouble = Some(view.t("ways-none").to_string());
                }
            }
            Some(Err(error @ (ServiceError::Conflict { .. } | ServiceError::Invalid { .. }))) => {
                ways.trouble = Some(error.to_string());
            }
            Some(Err(error)) => return Err(error),
        }
        Ok(ways)
    }
}

impl WayOut {
    fn of(view: &View, option: &OptionView, name: &dyn Fn(&PersonId) -> String) -> Self {
        let giver = option.moves.first().map(|first| first.from.clone());
        let mut who: Vec<String> = Vec::new();
        for one in option.moves.iter().filter(|one| Some(&one.to) != giver.as_ref()) {
            let name = name(&one.to);
            if !who.contains(&name) {
                who.push(name);
            }
        }
        Self {
            who: who.join(", "),
            level: option.level.map(|level| match level {
                Level::Recommended => view.t("ways-recommended"),
                Level::Possible => view.t("ways-possible"),
                Level::Reluctant => view.t("ways-reluctant"),
                Level::Excluded => view.t("ways-excluded"),
            }),
            told: option.people.iter().map(|(_, text)| text.clone()).collect(),
            moves: option.moves.iter().map(written).collect(),
        }
    }
}

/// A move as a form carries it; whoever reads it checks everything again.
fn written(one: &MoveView) -> String {
    format!("{}|{}|{}|{}|{}", one.slot, one.window.start.millis(), one.window.end.millis(), one.from, one.to)
}

fn read(text: &str) -> Option<NewMove> {
    let parts: Vec<&str> = text.split('|').collect();
    let [slot, start, end, from, to] = parts[..] else { return None };
    let at = |text: &str| text.parse().ok().map(Instant::from_millis);
    let window = Window::new(at(start)?, at(end)?);
    Some(NewMove { slot: slot.into(), window: Some(window), from: Some(from.into()), to: to.into() })
}

/// The proposal that a form sends.
pub fn proposal(form: &[(String, String)]) -> Result<NewProposal, ServiceError> {
    let of = |name: &'static str| form.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str());
    let moves: Option<Vec<NewMove>> = of("move").map(read).collect();
    let moves = moves.ok_or_else(|| ServiceError::invalid("move", "is not one that the page offered"))?;
    Ok(NewProposal { moves, reason: reason(of("reason").next()) })
}

/// A reason as typed; nothing where it is empty.
pub fn reason(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_move_comes_back_from_the_form_as_it_was_offered() {
        let window = Window::new(Instant::from_millis(1_000), Instant::from_millis(2_000));
        let zone = Zone::UTC;
        let one = MoveView {
            slot: "s1".into(),
            role: "primary".to_owned(),
            window,
            zone,
            from: "ada".into(),
            to: "ben".into(),
        };
        let form = [field("move", &written(&one)), field("reason", "  ")];
        let expected = NewMove { slot: "s1".into(), window: Some(window), from: Some("ada".into()), to: "ben".into() };
        assert_eq!(proposal(&form).unwrap(), NewProposal { moves: vec![expected], reason: None });
        for broken in ["", "s1|1|2|ada", "s1|x|2|ada|ben", "a|1|2|b|c|d"] {
            assert!(proposal(&[field("move", broken)]).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_part_is_looked_for_in_the_zone_of_whoever_types_it() {
        let sought = |way: &str, from: &str| Sought { way: way.to_owned(), from: from.to_owned(), ..Sought::default() };
        let zone = Zone::Asia__Singapore;
        let wanting = sought("part", "2026-12-01T17:00").wanting(zone).unwrap();
        assert_eq!((wanting.kind, wanting.part.0), (OptionKind::Cover, Some(Instant::from_millis(1_796_115_600_000))));
        assert_eq!(sought("part", "").wanting(zone).unwrap().kind, OptionKind::Part);
        assert_eq!(sought("cover", "2026-12-01T17:00").wanting(zone).unwrap().part, (None, None));
        assert_eq!(sought("x", "").wanting(zone), None);
    }
}
