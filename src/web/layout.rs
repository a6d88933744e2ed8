//! What all pages share: the frame, how times are written, and how a refusal looks.

use crate::http::Problem;
use crate::time::{DAY, Window, Zone};
use askama::Template;
use axum::response::Html;

/// The frame around a page's content. The content is a rendered template: what people wrote is escaped already.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{ title }} · Dogwatch</title>
<link rel="stylesheet" href="/static/dogwatch.css">
</head>
<body>
<header><a href="/">Dogwatch</a></header>
<main>
{{ content|safe }}
</main>
</body>
</html>
"#
)]
struct Frame<'a> {
    title: &'a str,
    content: &'a str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ title }}</h1>
<p>{{ detail }}</p>
<p class="small">Request <code>{{ request }}</code></p>"#
)]
struct Refused<'a> {
    title: &'a str,
    detail: &'a str,
    request: &'a str,
}

/// A page with its title.
pub fn page(title: &str, content: &impl Template) -> Result<Html<String>, Problem> {
    framed(title, content).map(Html).map_err(|error| {
        tracing::error!(%error, "page not rendered");
        Problem::internal()
    })
}

fn framed(title: &str, content: &impl Template) -> askama::Result<String> {
    Frame { title, content: &content.render()? }.render()
}

/// A refusal as a page.
#[must_use]
pub fn problem_page(problem: &Problem, request: &str) -> String {
    let content = Refused { title: problem.title(), detail: &problem.detail, request };
    framed(problem.title(), &content).unwrap_or_else(|_| "<!doctype html><title>Refused</title>".to_owned())
}

/// `Tue 1 Dec 2026, 09:00 to 17:00 (Europe/London)`; both days where they differ.
pub fn when(window: Window, zone: Zone) -> String {
    let (start, end) = (window.start.civil(zone), window.end.civil(zone));
    let same_day = start.date() == end.date() && window.millis() <= DAY;
    let end = if same_day { end.format("%H:%M") } else { end.format("%a %-d %b %Y, %H:%M") };
    format!("{} to {end} ({})", start.format("%a %-d %b %Y, %H:%M"), zone.name())
}

/// `Tue 1 Dec, 17:00 to Wed 2 Dec, 09:00`, on a page that names the zone elsewhere.
pub fn short(window: Window, zone: Zone) -> String {
    let (start, end) = (window.start.civil(zone), window.end.civil(zone));
    let end = if start.date() == end.date() { end.format("%H:%M") } else { end.format("%a %-d %b, %H:%M") };
    format!("{} to {end}", start.format("%a %-d %b, %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    #[test]
    fn a_span_names_both_days_where_they_differ() {
        let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into();
        let day = Window::new(at("2026-07-01T08:00:00Z"), at("2026-07-01T16:00:00Z"));
        assert_eq!(when(day, London), "Wed 1 Jul 2026, 09:00 to 17:00 (Europe/London)");
        let night = Window::new(at("2026-12-01T17:00:00Z"), at("2026-12-02T09:00:00Z"));
        assert_eq!(when(night, London), "Tue 1 Dec 2026, 17:00 to Wed 2 Dec 2026, 09:00 (Europe/London)");
        assert_eq!(short(day, London), "Wed 1 Jul, 09:00 to 17:00");
        assert_eq!(short(night, London), "Tue 1 Dec, 17:00 to Wed 2 Dec, 09:00");
    }

    #[test]
    fn what_people_wrote_is_shown_and_not_obeyed() {
        let problem = Problem::new(axum::http::StatusCode::CONFLICT, "x", "<svg onload=alert(1)>");
        let page = problem_page(&problem, "\"><script>");
        assert!(!page.contains("<svg") && !page.contains("<script>"));
        assert!(page.contains("&#60;svg onload=alert(1)&#62;"));
    }
}
