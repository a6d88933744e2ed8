//! Sheets of reminders: what is due because time passes.

use super::{Hand, Item, Sheet};
use crate::service::letters::{News, Occasion};
use crate::time::{Day, Instant};
use crate::web::texts::Text;

impl Hand {
    pub(super) fn reminder(&self, news: &News) -> Sheet {
        match news {
            News::Month { team, first, url } => self.month(team, *first, url),
            News::Unanswered { team, shifts } => self.unanswered(team, shifts),
            News::Soon { occasion, url, cover } => Sheet {
                lead: vec![self.tongue.text("mail-soon-lead").to_string()],
                more: cover
                    .iter()
                    .map(|url| self.tongue.text("mail-soon-cover").with("url", url).to_string())
                    .collect(),
                action: Some(self.action(self.tongue.text("mail-soon-open"), url)),
                ..self.about(self.tongue.text("mail-soon-title").with("when", self.span(occasion.window)), occasion)
            },
            News::Lapses { team, what, until, how, url } => self.lapses((team, what), *until, (how, url)),
            News::Unheld { occasion, url } => Sheet {
                lead: vec![self.tongue.text("mail-unheld-lead").to_string()],
                action: Some(self.action(self.tongue.text("mail-board"), url)),
                ..self.about(self.tongue.text("mail-gap-title"), occasion)
            },
            _ => Sheet::default(),
        }
    }

    fn month(&self, team: &str, first: Day, url: &str) -> Sheet {
        let month = self.manner.month_text(first);
        let text = |text: Text| text.with("team", team).with("month", &month).to_string();
        Sheet {
            title: text(self.tongue.text("mail-month-title")),
            lead: vec![text(self.tongue.text("mail-month-lead"))],
            action: Some(self.action(self.tongue.text("mail-month-open"), url)),
            ..Sheet::default()
        }
    }

    fn unanswered(&self, team: &str, shifts: &[(Occasion, String)]) -> Sheet {
        let item = |(occasion, url): &(Occasion, String)| Item {
            when: self.span(occasion.window),
            what: occasion.role.clone(),
            action: Some(self.action(self.tongue.text("mail-unanswered-open"), url)),
        };
        let title = self.tongue.text("mail-unanswered-title").with("team", team).with("n", shifts.len());
        Sheet {
            title: title.to_string(),
            lead: vec![self.tongue.text("mail-unanswered-lead").to_string()],
            items: shifts.iter().map(item).collect(),
            ..Sheet::default()
        }
    }

    fn lapses(&self, (team, what): (&str, &str), until: Instant, (how, url): (&str, &str)) -> Sheet {
        let until = self.manner.moment_text(until, self.zone);
        let text = |text: Text| text.with("team", team).with("what", what).with("until", &until).to_string();
        let how = (!how.is_empty()).then(|| self.tongue.text("mail-qualification-how").with("how", how).to_string());
        Sheet {
            title: text(self.tongue.text("mail-lapses-title")),
            lead: vec![text(self.tongue.text("mail-lapses-lead"))],
            more: how.into_iter().collect(),
            action: Some(self.action(self.tongue.text("mail-lapses-open"), url)),
            ..Sheet::default()
        }
    }
}
