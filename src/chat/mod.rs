//! What happened, as a line or two in a chat: the bodies that Slack and its kin take, in the words of `web`'s texts. A wire
//! format only: what happened comes from `service::webhooks`, and `background` brings it.

use crate::service::webhooks::{Event, Format};
use crate::time::{Instant, Window, Zone};
use crate::web::moments::Manner;
use crate::web::texts::{Text, Tongue};
use serde_json::{Value as Json, json};

/// Changes that are listed one by one.
const LISTED: usize = 10;
/// Longest text, in characters: Slack takes 3000 in a section.
const LONGEST: usize = 2900;

/// The body of a message for a receiver of this format; `says` is what happened, as `docs/webhooks.md` tells it.
#[must_use]
pub fn body(format: Format, says: &Json) -> Json {
    match format {
        Format::Dogwatch => says.clone(),
        Format::Slack => {
            let text = Page::of(says, for_slack).text();
            json!({ "text": text, "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": text } }] })
        }
        Format::Chat => json!({ "text": Page::of(says, for_chat).text() }),
    }
}

/// As Slack wants it: three characters are escaped, so that no name mentions a channel or looks like a link.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// For chats that have rules of their own: nothing mentions anybody, or everybody.
fn for_chat(text: &str) -> String {
    text.replace('@', "@\u{200b}").replace('<', "<\u{200b}")
}

/// What is told, and how that which people wrote is kept from being read as markup.
struct Page<'s> {
    says: &'s Json,
    data: &'s Json,
    tongue: Tongue,
    zone: Zone,
    escape: fn(&str) -> String,
}

impl<'s> Page<'s> {
    fn of(says: &'s Json, escape: fn(&str) -> String) -> Self {
        let zone =
            says.pointer("/team/zone").and_then(Json::as_str).and_then(|zone| zone.parse().ok()).unwrap_or(Zone::UTC);
        Self { says, data: &says["data"], tongue: Tongue::default(), zone, escape }
    }

    fn text(&self) -> String {
        let lines = self.lines().join("\n");
        if lines.chars().count() <= LONGEST { lines } else { lines.chars().take(LONGEST).chain(['…']).collect() }
    }

    fn lines(&self) -> Vec<String> {
        let Ok(event) = serde_json::from_value::<Event>(self.says["type"].clone()) else { return Vec::new() };
        match event {
            Event::RosterPublished => vec![self.published()],
            Event::ShiftChanged => self.changed(),
            Event::Handover => list(&self.data["roles"]).map(|role| self.handover(role)).collect(),
            Event::GapOpened => vec![self.about(self.tongue.text("chat-gap-opened"), &self.data["shift"]).to_string()],
            Event::GapClosed => vec![self.closed()],
            Event::Reminder => vec![self.reminder()],
            Event::Test => {
                vec![self.tongue.text("chat-test").with("name", self.plain(&self.data["webhook"])).to_string()]
            }
            swap => vec![self.swap(swap)],
        }
    }

    fn published(&self) -> String {
        let text = self.of_team(self.tongue.text("chat-roster-published"));
        let text = text.with("from", self.day("from")).with("to", self.day("to"));
        text.with("n", self.data["changes"].as_i64().unwrap_or_default()).to_string()
    }

    fn day(&self, member: &str) -> String {
        self.plain(&self.data[member])
    }

    fn changed(&self) -> Vec<String> {
        let all: Vec<&Json> = list(&self.data["changes"]).collect();
        let title = self.of_team(self.tongue.text("chat-shift-changed")).with("n", all.len()).to_string();
        let line = |change: &&Json| {
            let (before, after) = (&change["before"], &change["after"]);
            let text = self.about(self.tongue.text("chat-change"), if after.is_null() { before } else { after });
            text.with("before", self.name(&before["person"])).with("after", self.name(&after["person"])).to_string()
        };
        std::iter::once(title).chain(all.iter().take(LISTED).map(line)).collect()
    }

    fn handover(&self, role: &Json) -> String {
        let names = |member: &str| {
            let all: Vec<String> = list(&role[member]).map(|person| self.name(person)).collect();
            if all.is_empty() { self.tongue.text("chat-nobody").to_string() } else { all.join(", ") }
        };
        let text = self.of_team(self.tongue.text("chat-handover")).with("role", self.plain(&role["role"]));
        text.with("outgoing", names("outgoing")).with("incoming", names("incoming")).to_string()
    }

    fn closed(&self) -> String {
        let filled = self.data["why"] == "filled";
        let text = if filled { self.tongue.text("chat-gap-filled") } else { self.tongue.text("chat-gap-closed") };
        self.about(text, &self.data["shift"]).with("person", self.name(&self.data["person"])).to_string()
    }

    fn swap(&self, event: Event) -> String {
        let text = match event {
            Event::SwapOpened => self.tongue.text("chat-swap-opened"),
            Event::SwapPromised => self.tongue.text("chat-swap-promised"),
            Event::SwapTaken => self.tongue.text("chat-swap-taken"),
            Event::SwapReopened => self.tongue.text("chat-swap-reopened"),
            Event::SwapWithdrawn => self.tongue.text("chat-swap-withdrawn"),
            Event::SwapExpired => self.tongue.text("chat-swap-expired"),
            Event::SwapUncovered => self.tongue.text("chat-swap-uncovered"),
            _ => self.tongue.text("chat-swap-void"),
        };
        let text = self.about(text, &self.data["shift"]).with("requester", self.name(&self.data["requester"]));
        text.with("taker", self.name(&self.data["taker"])).to_string()
    }

    fn reminder(&self) -> String {
        let text = match self.data["about"].as_str().unwrap_or_default() {
            "month" => self.tongue.text("chat-remind-month").with("month", self.plain(&self.data["month"])),
            "shift" => self.about(self.tongue.text("chat-remind-shift"), self.data),
            "offer" => self.about(self.tongue.text("chat-remind-offer"), self.data),
            "qualification" => {
                let text = self.tongue.text("chat-remind-qualification");
                text.with("qualification", self.plain(&self.data["qualification"]))
                    .with("until", self.when(&self.data["until"], None))
            }
            _ => self.about(self.tongue.text("chat-remind-gap"), self.data),
        };
        self.of_team(text).with("person", self.name(&self.data["person"])).to_string()
    }

    /// With the team's name.
    fn of_team(&self, text: Text) -> Text {
        text.with("team", self.plain(self.says.pointer("/team/name").unwrap_or(&Json::Null)))
    }

    /// With what is known of a shift.
    fn about(&self, text: Text, shift: &Json) -> Text {
        let when = self.when(&shift["start"], Some(&shift["end"]));
        self.of_team(text).with("role", self.plain(&shift["role"])).with("when", when)
    }

    /// A moment, or what lies between two, on the team's clock.
    fn when(&self, start: &Json, end: Option<&Json>) -> String {
        let moment = |value: &Json| {
            let at = chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
            Some(Instant::from(at.to_utc()))
        };
        let manner = Manner::of(std::iter::empty(), self.tongue);
        match (moment(start), end.and_then(moment)) {
            (Some(start), Some(end)) if start <= end => {
                manner.span_text(Window::new(start, end), self.zone, self.tongue)
            }
            (Some(start), _) => manner.moment_text(start, self.zone),
            (None, _) => self.plain(start),
        }
    }

    /// A person's name; where there is nobody, that.
    fn name(&self, person: &Json) -> String {
        match person["name"].as_str().or(person["id"].as_str()) {
            Some(name) => self.escaped(name),
            None => self.tongue.text("chat-nobody").to_string(),
        }
    }

    fn plain(&self, value: &Json) -> String {
        self.escaped(value.as_str().unwrap_or_default())
    }

    /// One line, and no markup.
    fn escaped(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (self.escape)(&line)
    }
}

fn list(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(event: &str, data: Json) -> Json {
        let team = json!({ "id": "payments", "name": "Pay & <Co>", "zone": "Europe/London" });
        json!({ "version": 1, "type": event, "id": "1", "timestamp": "2026-12-01T09:00:00Z", "team": team, "data": data })
    }

    fn swap(name: &str) -> Json {
        let shift = json!({ "slot": "a", "segment": 0, "role": "primary", "start": "2026-12-01T09:00:00Z",
            "end": "2026-12-01T21:00:00Z" });
        json!({ "swap": "s", "requester": { "id": "ada", "name": name }, "taker": { "id": "ben", "name": "Ben Hale" },
            "shift": shift })
    }

    #[test]
    fn slack_is_told_in_a_line_whose_three_characters_are_escaped() {
        let body = body(Format::Slack, &says("swap.taken", swap("<!channel> & Ada")));
        let text = body["text"].as_str().unwrap();
        let wanted = "Pay &amp; &lt;Co&gt;: Ben Hale has taken primary from &lt;!channel&gt; &amp; Ada, \
                      Tue 1 Dec 2026, 09:00 to 21:00 GMT";
        assert_eq!(text, wanted);
        let section = json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
        assert_eq!(body["blocks"], json!([section]));
    }

    #[test]
    fn no_name_mentions_everybody_in_a_chat() {
        let body = body(Format::Chat, &says("swap.opened", swap("@channel <users/all>\n/shout")));
        let text = body["text"].as_str().unwrap();
        assert!(!text.contains("@channel") && !text.contains("<users") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn every_event_has_words_of_its_own_and_says_who_and_when() {
        let (ada, ben) = (json!({ "id": "ada", "name": "Ada" }), json!({ "id": "ben", "name": "Ben" }));
        let shift = json!({ "slot": "a", "segment": 0, "role": "primary", "start": "2026-07-01T09:00:00Z",
            "end": "2026-07-02T09:00:00Z", "person": ada });
        let roles = json!([{ "role": "primary", "outgoing": [ada], "incoming": [ben] },
            { "role": "secondary", "outgoing": [ben], "incoming": [] }]);
        let data = json!({
            "roster": "r", "version": 3, "from": "2026-07-01", "to": "2026-08-01", "changes": 2, "at": "x",
            "roles": roles, "shift": shift, "why": "filled", "person": ben, "requester": ada, "taker": ben,
            "about": "shift", "role": "primary", "start": "2026-07-01T09:00:00Z", "end": "2026-07-02T09:00:00Z",
            "webhook": "here",
        });
        let mut seen = std::collections::BTreeSet::new();
        for event in Event::CHOICE.into_iter().chain([Event::Test]) {
            let mut data = data.clone();
            if event == Event::ShiftChanged {
                data["changes"] = json!([{ "before": null, "after": shift }]);
            }
            let text = body(Format::Chat, &says(event.as_str(), data))["text"].as_str().unwrap().to_owned();
            assert!(!text.is_empty() && !text.contains("chat-") && !text.contains('{'), "{event:?}: {text}");
            assert!(seen.insert(text.clone()), "{text}");
        }
        let handover = seen.iter().find(|text| text.contains("secondary")).unwrap();
        assert_eq!(handover.lines().count(), 2);
        assert!(handover.contains("nobody") && handover.contains("Ben"), "{handover}");
        assert!(seen.iter().any(|text| text.contains("1 Jul 2026, 10:00")), "on the team's clock: {seen:?}");
    }

    #[test]
    fn a_long_list_is_cut() {
        let shift = json!({ "role": "primary", "start": "2026-07-01T09:00:00Z", "end": "2026-07-02T09:00:00Z",
            "person": { "id": "ada", "name": "A".repeat(400) } });
        let changes: Vec<Json> = (0..100).map(|_| json!({ "before": shift, "after": null })).collect();
        let text = body(Format::Slack, &says("shift.changed", json!({ "changes": changes })))["text"].to_string();
        assert!(text.contains("100 shifts") && text.chars().count() < 3000);
    }
}
