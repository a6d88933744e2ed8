//! `dogwatch team rules`: a team's hard rules, and what a rule pack would make of them.

use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::model::Settings;
use crate::roster::packs::{BUILT_IN, Pack, changes};
use crate::service::teams::RulesEffect;
use crate::service::{Actor, Service};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

/// A team's hard rules.
#[derive(Debug, Args)]
pub struct Rules {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// sre, eu-rest, or a file of your own
    #[arg(long, value_name = "PACK|FILE.toml")]
    pack: Option<String>,
    /// Take the pack over
    #[arg(long, requires = "pack")]
    apply: bool,
}

impl Rules {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (operator, team) = (Actor::operator(), TeamId::new(self.team));
        let Some(pack) = self.pack else {
            let settings = service.team(&operator, &team).await?.team.settings;
            globals.say(
                &shown(&settings),
                &json!({ "packs": settings.packs, "min_rest_minutes": settings.min_rest_minutes,
                "spacing_days": settings.spacing_days, "caps": settings.caps }),
            );
            return Ok(());
        };
        let pack = read(&pack)?;
        let effect = service.team_rules(&operator, &team, &pack, self.apply).await?;
        globals.say(&text(&effect), &json!(effect));
        Ok(())
    }
}

fn read(pack: &str) -> Result<Pack, CommandError> {
    if let Some(known) = Pack::built_in(pack) {
        return Ok(known);
    }
    let file = Path::new(pack);
    if file.extension().is_none() {
        let names = BUILT_IN.map(|(name, _)| name).join(" and ");
        return Err(CommandError::Refused(format!("\"{pack}\" is no pack; {names} are, or name a file")));
    }
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
    Pack::read(&text).map_err(|problem| CommandError::Refused(format!("{}: {problem}", file.display())))
}

fn shown(settings: &Settings) -> String {
    let none = Settings { min_rest_minutes: 0, caps: Vec::new(), ..settings.clone() };
    let mut text = String::new();
    for rule in changes(&none, settings) {
        let _ = writeln!(text, "{}", rule.strip_suffix(", instead of 0 h").unwrap_or(&rule));
    }
    let packs = if settings.packs.is_empty() { "none".to_owned() } else { settings.packs.join(", ") };
    let names = BUILT_IN.map(|(name, _)| name).join(", ");
    text + &format!("packs: {packs} (there are {names}, and files of your own)")
}

fn text(effect: &RulesEffect) -> String {
    let mut text = format!("{}: {}\n", effect.pack, effect.title);
    let parts = [
        ("changes", &effect.changes),
        ("breaks", &effect.broken),
        ("warning", &effect.warnings),
        ("enforced", &effect.enforced),
        ("not enforced", &effect.not_enforced),
    ];
    for (what, sentences) in parts {
        for sentence in sentences {
            let _ = writeln!(text, "{what}: {sentence}");
        }
    }
    text += match (effect.unchanged, effect.applied) {
        (true, _) => "The team has it already: nothing changes.",
        (false, true) => "Done. Published shifts stay as they are.",
        (false, false) => "Nothing is written yet: run it again with --apply to do this.",
    };
    text
}
