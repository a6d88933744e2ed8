//! The first administrator and team: from arguments, or from questions on a terminal.

use crate::cli::CommandError;
use crate::service::first_run::FirstRun;
use crate::service::people::NewPerson;
use crate::service::teams::NewTeam;
use crate::service::templates::Arrangement;
use crate::service::{ServiceError, fields};
use clap::{Args, ValueEnum};
use std::io::{BufRead, Write};

/// Who begins, and with which team.
#[derive(Clone, Debug, Default, Args)]
pub struct First {
    /// Ask nothing: take what the arguments say
    #[arg(long)]
    pub yes: bool,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME")]
    pub admin_name: Option<String>,
    /// Their mail address
    #[arg(long, value_name = "ADDRESS")]
    pub admin_email: Option<String>,
    /// Their id, for ever; the address before its @ where absent
    #[arg(long, value_name = "ID")]
    pub admin_id: Option<String>,
    /// Their time zone and the team's, such as Europe/London; UTC where absent
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Take their password from standard input instead of drawing one
    #[arg(long)]
    pub password_stdin: bool,
    /// Id of a first team, which they manage
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
    /// Its name; its id where absent
    #[arg(long, value_name = "NAME", requires = "team")]
    pub team_name: Option<String>,
    /// The roster's own mail address
    #[arg(long, value_name = "ADDRESS", requires = "team")]
    pub team_email: Option<String>,
    /// How the team divides its time
    #[arg(long, value_enum, requires = "team", default_value_t)]
    pub arrangement: Template,
    /// Zones of the sites that follow the sun, such as Asia/Singapore,Europe/London
    #[arg(long, requires = "team", value_name = "ZONES", default_value = "")]
    pub sites: String,
    /// They stand no shifts
    #[arg(long, requires = "team")]
    pub no_shifts: bool,
}

/// How a team divides its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// A week each, from Monday to Monday
    #[default]
    Weekly,
    /// Monday to Friday, and the weekend between
    WeekdayWeekend,
    /// Three parts of eight hours a day
    FollowTheSun,
    /// No pattern yet
    Empty,
}

impl Template {
    fn arrangement(self, sites: &str) -> Result<Arrangement, ServiceError> {
        let word = match self {
            Self::Weekly => Arrangement::Weekly.word(),
            Self::WeekdayWeekend => Arrangement::WeekdayWeekend.word(),
            Self::FollowTheSun => Arrangement::FollowTheSun(Vec::new()).word(),
            Self::Empty => Arrangement::Empty.word(),
        };
        Arrangement::parse(word, sites)
    }
}

impl First {
    /// Whether an administrator is asked for at all.
    pub fn is_wanted(&self) -> bool {
        self.admin_name.is_some() || self.admin_email.is_some()
    }

    /// What the arguments say, with a password that was drawn or typed.
    pub fn first_run(&self, password: String) -> Result<FirstRun, CommandError> {
        let need = |value: &Option<String>, name: &str| {
            value.clone().ok_or_else(|| CommandError::Usage(format!("--{name} is needed to make an administrator")))
        };
        let email = need(&self.admin_email, "admin-email")?;
        let zone = self.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
        let id = self.admin_id.clone().unwrap_or_else(|| usual_id(&email));
        let administrator = NewPerson {
            id,
            name: need(&self.admin_name, "admin-name")?,
            email,
            phone: None,
            zone: zone.clone(),
            admin: true,
        };
        let team = match &self.team {
            Some(id) => {
                let name = self.team_name.clone().unwrap_or_else(|| id.clone());
                let new = NewTeam { id: id.clone(), name, email: need(&self.team_email, "team-email")?, zone };
                Some((new, self.arrangement.arrangement(&self.sites)?))
            }
            None => None,
        };
        Ok(FirstRun { administrator, password, team, stands: !self.no_shifts })
    }
}

/// What stands before the @, as far as it can be an id.
fn usual_id(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let kept: String = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    kept.trim_matches('-').to_owned()
}

/// Asks what the arguments leave open. An empty answer takes what stands in brackets; nothing where whoever answers
/// wants no administrator now, or ends the input.
pub fn ask(given: &First, input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<Option<First>> {
    let mut questions = Questions { input, output };
    let mut first = given.clone();
    if !first.is_wanted() && !questions.yes("Make the first administrator now?")? {
        return Ok(None);
    }
    let checked = |check: fn(&str, &str) -> Result<String, ServiceError>| {
        move |text: &str| check("this", text).map_err(|error| error.to_string())
    };
    if first.admin_name.is_none() {
        first.admin_name = questions.ask("Your name", "", checked(fields::name))?;
    }
    if first.admin_email.is_none() {
        first.admin_email = questions.ask("Your mail address", "", checked(fields::email))?;
    }
    let usual = usual_id(first.admin_email.as_deref().unwrap_or_default());
    if first.admin_id.is_none() {
        first.admin_id = questions.ask("Your id, for ever", &usual, checked(fields::slug))?;
    }
    if first.time_zone.is_none() {
        let zone =
            |text: &str| fields::zone("this", text).map(|zone| zone.name().to_owned()).map_err(|e| e.to_string());
        first.time_zone = questions.ask("Time zone", "Europe/London", zone)?;
    }
    if first.team.is_none() && questions.yes("Make a first team?")? {
        first.team_name = questions.ask("Name of the team", "", checked(fields::name))?;
        let usual = usual_id(first.team_name.as_deref().unwrap_or_default());
        first.team = questions.ask("Id of the team, for ever", &usual, checked(fields::slug))?;
        first.team_email = questions.ask("Mail address of its roster", "", checked(fields::email))?;
        let known = |text: &str| match text {
            "1" | "2" | "3" | "4" => Ok(text.to_owned()),
            _ => Err("answer 1, 2, 3 or 4".to_owned()),
        };
        questions.say("  1  weekly: Monday 09:00 to Monday 09:00\n  2  weekdays, and weekends between")?;
        questions.say("  3  follow the sun: three parts of eight hours a day")?;
        questions.say("  4  another way: patterns are made later")?;
        let answer = questions.ask("How does it divide its time", "1", known)?;
        first.arrangement = match answer.as_deref() {
            Some("2") => Template::WeekdayWeekend,
            Some("3") => Template::FollowTheSun,
            Some("4") => Template::Empty,
            _ => Template::Weekly,
        };
        if first.arrangement == Template::FollowTheSun {
            let zones = |text: &str| match first.arrangement.arrangement(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(error) => Err(error.to_string()),
            };
            let question = "Zones of its sites, with commas between (none: three parts of the team's own day)";
            first.sites = questions.ask(question, "", zones)?.unwrap_or_default();
        }
        first.no_shifts = !questions.yes("Do you stand shifts in it, too?")?;
    }
    Ok(first.admin_email.is_some().then_some(first))
}

struct Questions<'a, I, O> {
    input: &'a mut I,
    output: &'a mut O,
}

impl<I: BufRead, O: Write> Questions<'_, I, O> {
    fn say(&mut self, text: &str) -> std::io::Result<()> {
        writeln!(self.output, "{text}")
    }

    /// One line; nothing at the end of the input.
    fn line(&mut self, question: &str) -> std::io::Result<Option<String>> {
        write!(self.output, "{question}: ")?;
        self.output.flush()?;
        let mut line = String::new();
        let read = self.input.read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim().to_owned()))
    }

    fn yes(&mut self, question: &str) -> std::io::Result<bool> {
        let answer = self.line(&format!("{question} [Y/n]"))?;
        Ok(answer.is_some_and(|answer| answer.is_empty() || answer.to_ascii_lowercase().starts_with('y')))
    }

    /// Asks until the answer is one, or the input ends.
    fn ask(
        &mut self,
        question: &str,
        usual: &str,
        check: impl Fn(&str) -> Result<String, String>,
    ) -> std::io::Result<Option<String>> {
        let shown = if usual.is_empty() { question.to_owned() } else { format!("{question} [{usual}]") };
        while let Some(answer) = self.line(&shown)? {
            let answer = if answer.is_empty() { usual } else { &answer };
            match check(answer) {
                Ok(answer) => return Ok(Some(answer)),
                Err(why) => self.say(&why)?,
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(given: &First, typed: &str) -> (Option<First>, String) {
        let mut said = Vec::new();
        let first = ask(given, &mut typed.as_bytes(), &mut said).unwrap();
        (first, String::from_utf8(said).unwrap())
    }

    #[test]
    fn questions_come_again_until_they_are_answered_and_offer_what_is_usual() {
        let typed =
            "\nAda Okafor\nnobody\nAda.O@example.org\n\nEurope/Dublin\ny\nPayments\n\npay@oncall.example.org\n2\nn\n";
        let (first, said) = asked(&First::default(), typed);
        let first = first.unwrap().first_run("a long password".to_owned()).unwrap();
        assert!(said.contains("not a mail address") && said.contains("Your id, for ever [ada-o]"), "{said}");
        assert_eq!((first.administrator.id.as_str(), first.administrator.zone.as_str()), ("ada-o", "Europe/Dublin"));
        let (team, arrangement) = first.team.unwrap();
        assert_eq!((team.id.as_str(), arrangement, first.stands), ("payments", Arrangement::WeekdayWeekend, false));
    }

    #[test]
    fn whoever_wants_none_or_goes_away_makes_none() {
        assert!(asked(&First::default(), "n\n").0.is_none());
        assert!(asked(&First::default(), "").0.is_none());
        assert!(asked(&First::default(), "y\nAda\n").0.is_none());
    }

    #[test]
    fn what_the_arguments_say_is_not_asked() {
        let given = First {
            admin_name: Some("Ada".to_owned()),
            admin_email: Some("ada@example.org".to_owned()),
            time_zone: Some("UTC".to_owned()),
            ..First::default()
        };
        let (first, said) = asked(&given, "\nn\n");
        assert!(first.unwrap().team.is_none() && !said.contains("name") && !said.contains("zone"), "{said}");
    }
}
