//! A snapshot as a page that needs nothing beside it: no script, no other file, no server. It says how old it is before
//! it says anything else.

use super::{Snapshot, Stand, TeamWatch, Validity};
use crate::time::{DAY, Day, Instant, Window};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// The page's style, for whoever has to allow it by its hash.
#[must_use]
pub const fn style() -> &'static str {
    STYLE
}

/// The page as it is read at a moment: for a file the one at which it was taken.
#[must_use]
pub fn page(snapshot: &Snapshot, at: Instant) -> String {
    let mut text = String::with_capacity(16 << 10);
    text.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    text.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n");
    // Writing to a String can't fail.
    let _ = write!(text, "<title>Who is on call</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n");
    text.push_str("<h1>Who is on call</h1>\n");
    text.push_str(&notice(snapshot, at));
    for team in &snapshot.teams {
        section(&mut text, snapshot, team, at);
    }
    if snapshot.teams.is_empty() {
        text.push_str("<p>There is no team in this snapshot.</p>\n");
    }
    let server = escape(&snapshot.server);
    let _ = write!(text, "<footer>Written by Dogwatch at {server}</footer>\n</main>\n</body>\n</html>\n");
    text
}

/// What it is, how old, and until when it says anything.
fn notice(snapshot: &Snapshot, at: Instant) -> String {
    let zone = snapshot.teams.first().map_or(crate::time::Zone::UTC, |team| team.zone);
    let write = |moment: Instant| moment.civil(zone).format("%a %-d %b %Y %H:%M");
    let class = if snapshot.validity(at) == Validity::Fresh { "notice" } else { "notice old" };
    let age = if at > snapshot.taken {
        let mut said = snapshot.age(at, zone);
        said.replace_range(..1, "A");
        said
    } else {
        format!("As of {} ({})", write(snapshot.taken), zone.name())
    };
    format!(
        "<p class=\"{class}\">A copy for when the server is away. <strong>{}</strong>, valid until {}. Whoever swapped \
         since then is not in it.</p>\n",
        escape(&age),
        write(snapshot.valid_until)
    )
}

fn section(text: &mut String, snapshot: &Snapshot, team: &TeamWatch, at: Instant) {
    let standing = team.at(at);
    let _ = write!(
        text,
        "<section>\n<h2>{}</h2>\n<p class=\"quiet\">Times in {}</p>\n",
        escape(&team.name),
        escape(team.zone.name())
    );
    if standing.on_call.is_empty() {
        text.push_str("<p>Nobody is planned at that moment.</p>\n");
    }
    text.push_str("<div class=\"cards\">\n");
    for stand in &standing.on_call {
        card(text, team, stand);
    }
    text.push_str("</div>\n");
    if !team.escalation.is_empty() {
        text.push_str("<h3>Escalation</h3>\n<ol>\n");
        for contact in &team.escalation {
            let role = contact.role.as_ref().map(|role| format!(" ({})", escape(role))).unwrap_or_default();
            let phone = contact.phone.as_deref().map(tel).unwrap_or_default();
            let _ = writeln!(text, "<li>{}{role} {phone}</li>", escape(&contact.name));
        }
        text.push_str("</ol>\n");
    }
    days(text, snapshot, team, at);
    text.push_str("</section>\n");
}

fn card(text: &mut String, team: &TeamWatch, stand: &Stand) {
    let holder = team.holder(stand);
    let gap = if holder.is_none() { " gap" } else { "" };
    let name = holder.map_or_else(|| "Nobody".to_owned(), |person| escape(&person.name));
    let paged = if stand.page { "" } else { " <small>not paged</small>" };
    let role = escape(&stand.role);
    let _ = write!(text, "<article class=\"card{gap}\">\n<h3>{role}{paged}</h3>\n<p class=\"who\">{name}</p>\n");
    if let Some(phone) = holder.and_then(|person| person.phone.as_deref()) {
        let _ = writeln!(text, "<p>{}</p>", tel(phone));
    }
    if let Some(email) = holder.and_then(|person| person.email.as_deref()) {
        let email = escape(email);
        let _ = writeln!(text, "<p><a href=\"mailto:{email}\">{email}</a></p>");
    }
    let _ = writeln!(text, "<p>until {}</p>", stand.end.civil(team.zone).format("%a %-d %b %H:%M"));
    if stand.cover_asked {
        text.push_str("<p>asks for cover</p>\n");
    }
    text.push_str("</article>\n");
}

/// What comes, day by day of the team's zone.
fn days(text: &mut String, snapshot: &Snapshot, team: &TeamWatch, at: Instant) {
    let ahead = Window::new(at, snapshot.valid_until);
    let mut days: BTreeMap<Day, Vec<&Stand>> = BTreeMap::new();
    for stand in team.shifts.iter().filter(|stand| stand.start > at && stand.window().overlaps(ahead)) {
        days.entry(stand.start.civil(team.zone).date()).or_default().push(stand);
    }
    if days.is_empty() {
        text.push_str("<p>Nothing further is planned.</p>\n");
        return;
    }
    text.push_str("<h3>Next</h3>\n<dl>\n");
    for (day, stands) in days {
        let _ = writeln!(text, "<dt>{}</dt>", day.format("%a %-d %b"));
        for stand in stands {
            let name = team.holder(stand).map_or_else(|| "Nobody".to_owned(), |person| escape(&person.name));
            let gap = if team.holder(stand).is_none() { " class=\"gap\"" } else { "" };
            let (from, to) = (stand.start.civil(team.zone), stand.end.civil(team.zone));
            // A night ends the next morning, which nobody has to be told.
            let end = if stand.window().millis() > DAY { to.format("%a %-d %b %H:%M") } else { to.format("%H:%M") };
            let _ = writeln!(
                text,
                "<dd{gap}><span>{} to {end}</span> <b>{name}</b> <small>{}</small></dd>",
                from.format("%H:%M"),
                escape(&stand.role)
            );
        }
    }
    text.push_str("</dl>\n");
}

fn tel(phone: &str) -> String {
    let phone = escape(phone);
    format!("<a href=\"tel:{phone}\">{phone}</a>")
}

/// Text as HTML shows it, also within quotes.
fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&#38;"),
            '<' => shown.push_str("&#60;"),
            '>' => shown.push_str("&#62;"),
            '"' => shown.push_str("&#34;"),
            '\'' => shown.push_str("&#39;"),
            c => shown.push(c),
        }
    }
    shown
}
