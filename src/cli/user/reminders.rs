//! `dogwatch user reminders`: what somebody is reminded of, and when they are left alone.

use crate::cli::{CommandError, Globals};
use crate::roster::quiet::{Choice, Matter, QuietHours};
use crate::service::{Actor, Service};
use clap::Args;
use serde_json::json;

/// What a person is reminded of; without further arguments it is only shown
#[derive(Debug, Args)]
pub struct Reminders {
    /// Id or mail address
    #[arg(value_name = "LOGIN")]
    login: String,
    /// When they are left alone, on their own clock: 22:00-07:00; `default` for the configuration's
    #[arg(long, value_name = "HOURS")]
    quiet: Option<String>,
    /// What they are not reminded of: month, shift, offer, qualification, gap; several with commas, or `nothing`
    #[arg(long, value_name = "MATTERS")]
    without: Option<String>,
}

impl Reminders {
    /// Changes what is typed, and shows what is so then.
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        let person = service.person_by_login(&operator, &self.login).await?;
        let mut choice = service.reminder_choice(&operator, &person.id).await?;
        if let Some(hours) = &self.quiet {
            choice.quiet = match hours.as_str() {
                "default" => None,
                hours => Some(hours.parse::<QuietHours>().map_err(CommandError::Usage)?),
            };
        }
        if let Some(words) = &self.without {
            let matter = |word: &str| {
                Matter::parse(word).ok_or_else(|| CommandError::Usage(format!("{word} is nothing to be reminded of")))
            };
            let words = words.split(',').map(str::trim).filter(|word| *word != "nothing");
            choice.without = words.map(matter).collect::<Result<_, _>>()?;
        }
        service.choose_reminders(&operator, &person.id, choice.clone()).await?;
        let document = json!({ "person": person.id, "quiet": choice.quiet, "without": choice.without });
        globals.say(&text(person.id.as_str(), &choice), &document);
        Ok(())
    }
}

fn text(person: &str, choice: &Choice) -> String {
    let quiet = choice.quiet.map_or_else(|| "as configured".to_owned(), |hours| hours.to_string());
    let of: Vec<_> = Matter::ALL.iter().filter(|matter| !choice.without.contains(matter)).map(|m| m.word()).collect();
    let of = if of.is_empty() { "nothing".to_owned() } else { of.join(", ") };
    format!("{person} is reminded of {of}; left alone {quiet}")
}
