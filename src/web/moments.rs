//! Times as people read them: in the order, with the names and on the clock that their browser asks for, and always with
//! the zone.

use super::texts::{Markup, Tongue, escape};
use crate::time::{DAY, Day, HOUR, Instant, MINUTE, Window, Zone};
use chrono::{Locale, NaiveDate, NaiveDateTime};
use std::fmt::Write as _;

/// How somebody reads dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    locale: Locale,
    /// Its language, where that is not the page's.
    lang: Option<String>,
    order: Order,
    half_days: bool,
}

/// What stands first in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Day,
    Month,
    Year,
}

impl Manner {
    /// By the first tag (`en-GB`) of a list that is known; of a page in this language.
    pub fn of<'t>(mut tags: impl Iterator<Item = &'t str>, tongue: Tongue) -> Self {
        let known = tags.find_map(|tag| Some((locale(tag)?, tag)));
        let (locale, tag) = known.unwrap_or((Locale::en_GB, "en-GB"));
        let language = tag.split('-').next().unwrap_or(tag);
        let lang = (!language.eq_ignore_ascii_case(tongue.tag())).then(|| tag.to_owned());
        // The 25th of November 2022, three in the afternoon, shows how the locale orders such things.
        let probe = NaiveDate::from_ymd_opt(2022, 11, 25).unwrap_or_default();
        let date = probe.format_localized("%x", locale).to_string();
        let at = |number: &str| date.find(number).unwrap_or(usize::MAX);
        let order = match (at("25"), at("11"), at("22")) {
            (day, _, year) if year < day => Order::Year,
            (day, month, _) if month < day => Order::Month,
            _ => Order::Day,
        };
        let afternoon = probe.and_hms_opt(15, 0, 0).unwrap_or_default().and_utc();
        let half_days = !afternoon.format_localized("%X", locale).to_string().contains("15");
        Self { locale, lang, order, half_days }
    }

    fn written(&self, civil: NaiveDateTime, pattern: &str) -> String {
        civil.and_utc().format_localized(pattern, self.locale).to_string()
    }

    /// `Tue 1 Dec 2026`
    fn long_day(&self, day: Day) -> String {
        let pattern = match self.order {
            Order::Day => "%a %-d %b %Y",
            Order::Month => "%a, %b %-d, %Y",
            Order::Year => "%x (%a)",
        };
        self.written(day.and_time(chrono::NaiveTime::MIN), pattern)
    }

    /// `Tue 1 Dec`
    fn short_day(&self, day: Day) -> String {
        let pattern = match self.order {
            Order::Day => "%a %-d %b",
            Order::Month => "%a, %b %-d",
            Order::Year => "%m-%d (%a)",
        };
        self.written(day.and_time(chrono::NaiveTime::MIN), pattern)
    }

    /// `09:00`
    fn clock(&self, civil: NaiveDateTime) -> String {
        self.written(civil, if self.half_days { "%-I:%M %p" } else { "%H:%M" })
    }

    fn element(&self, datetime: &str, zone: Option<Zone>, text: &str) -> Markup {
        let mut html = format!("<time datetime=\"{}\"", escape(datetime));
        if let Some(lang) = &self.lang {
            let _ = write!(html, " lang=\"{}\"", escape(lang));
        }
        if let Some(zone) = zone {
            let _ = write!(html, " title=\"{}\"", escape(zone.name()));
        }
        let _ = write!(html, ">{}</time>", escape(text));
        Markup(html)
    }

    /// `Tue 1 Dec 2026, 09:00 GMT`
    pub fn moment(&self, at: Instant, zone: Zone) -> Markup {
        self.element(&at.rfc3339(zone), Some(zone), &self.moment_text(at, zone))
    }

    /// The same without markup.
    pub fn moment_text(&self, at: Instant, zone: Zone) -> String {
        let civil = at.civil(zone);
        format!("{}, {} {}", self.long_day(civil.date()), self.clock(civil), abbreviation(at, zone))
    }

    /// `09:00 GMT`, where the day stands beside it.
    pub fn time_of_day(&self, at: Instant, zone: Zone) -> Markup {
        let text = format!("{} {}", self.clock(at.civil(zone)), abbreviation(at, zone));
        self.element(&at.rfc3339(zone), Some(zone), &text)
    }

    /// `09:00`, where the zone stands over all of a table.
    pub fn time(&self, at: Instant, zone: Zone) -> Markup {
        self.element(&at.rfc3339(zone), Some(zone), &self.clock(at.civil(zone)))
    }

    /// `Tue 1 Dec 2026, 09:00 to 17:00 GMT`; both days where they differ, both zones where the clock changes between.
    pub fn span(&self, window: Window, zone: Zone, tongue: Tongue) -> Markup {
        self.between(window, zone, tongue, Self::long_day)
    }

    /// The same without the year.
    pub fn short_span(&self, window: Window, zone: Zone, tongue: Tongue) -> Markup {
        self.between(window, zone, tongue, Self::short_day)
    }

    /// The same as [`Manner::span`] without markup.
    pub fn span_text(&self, window: Window, zone: Zone, tongue: Tongue) -> String {
        let (from, until) = self.ends(window, zone, Self::long_day);
        format!("{from} {} {until}", tongue.text("moments-to"))
    }

    fn between(&self, window: Window, zone: Zone, tongue: Tongue, day: fn(&Self, Day) -> String) -> Markup {
        let (from, until) = self.ends(window, zone, day);
        let from = self.element(&window.start.rfc3339(zone), Some(zone), &from);
        let until = self.element(&window.end.rfc3339(zone), Some(zone), &until);
        Markup(format!("{from} {} {until}", escape(&tongue.text("moments-to").to_string())))
    }

    fn ends(&self, window: Window, zone: Zone, day: fn(&Self, Day) -> String) -> (String, String) {
        let (start, end) = (window.start.civil(zone), window.end.civil(zone));
        let one_day = start.date() == end.date() && window.millis() <= DAY;
        let (first, last) = (abbreviation(window.start, zone), abbreviation(window.end, zone));
        let mut from = format!("{}, {}", day(self, start.date()), self.clock(start));
        if first != last {
            let _ = write!(from, " {first}");
        }
        let until = if one_day { self.clock(end) } else { format!("{}, {}", day(self, end.date()), self.clock(end)) };
        (from, format!("{until} {last}"))
    }

    /// `Tue 1 Dec 2026`
    pub fn day(&self, day: Day) -> Markup {
        self.element(&day.to_string(), None, &self.long_day(day))
    }

    /// `December 2026`
    pub fn month(&self, first: Day) -> Markup {
        self.element(&first.format("%Y-%m").to_string(), None, &self.month_text(first))
    }

    /// The same without markup.
    pub fn month_text(&self, first: Day) -> String {
        self.written(first.and_time(chrono::NaiveTime::MIN), "%B %Y")
    }

    /// `Tue`
    pub fn weekday(&self, day: Day) -> String {
        self.written(day.and_time(chrono::NaiveTime::MIN), "%a")
    }
}

/// `in 3 hours`, `2 days ago`, `now`; in the largest unit that fits.
pub fn relative(at: Instant, now: Instant, tongue: Tongue) -> Markup {
    let away = at.millis() - now.millis();
    let (minutes, hours, days) = (away.abs() / MINUTE, away.abs() / HOUR, away.abs() / DAY);
    let text = match (away >= 0, days, hours, minutes) {
        (_, 0, 0, 0) => tongue.text("moments-now"),
        (true, 0, 0, n) => tongue.text("moments-in-minutes").with("n", n),
        (true, 0, n, _) => tongue.text("moments-in-hours").with("n", n),
        (true, n, ..) => tongue.text("moments-in-days").with("n", n),
        (false, 0, 0, n) => tongue.text("moments-minutes-ago").with("n", n),
        (false, 0, n, _) => tongue.text("moments-hours-ago").with("n", n),
        (false, n, ..) => tongue.text("moments-days-ago").with("n", n),
    };
    Markup(format!("<time datetime=\"{at}\">{}</time>", escape(&text.to_string())))
}

/// `2 d 3 h`, `45 min`
pub fn duration(millis: i64, tongue: Tongue) -> String {
    let (days, hours, minutes) = (millis / DAY, millis % DAY / HOUR, millis % HOUR / MINUTE);
    let part = |n: i64, text: super::texts::Text| (n > 0).then(|| text.with("n", n).to_string());
    let parts = [
        part(days, tongue.text("moments-days")),
        part(hours, tongue.text("moments-hours")),
        part(minutes, tongue.text("moments-minutes")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { tongue.text("moments-minutes").with("n", 0_i64).to_string() } else { parts.join(" ") }
}

/// `GMT`, `CEST`; where a zone has no letters of its own, `UTC+08`.
pub fn abbreviation(at: Instant, zone: Zone) -> String {
    let text = at.zoned(zone).format("%Z").to_string();
    if text.starts_with(['+', '-']) { format!("UTC{text}") } else { text }
}

/// The locale of a tag; of a language alone that of the country which most people mean by it.
fn locale(tag: &str) -> Option<Locale> {
    const USUAL: &[(&str, &str)] = &[
        ("ar", "EG"),
        ("cs", "CZ"),
        ("da", "DK"),
        ("el", "GR"),
        ("en", "US"),
        ("et", "EE"),
        ("fa", "IR"),
        ("he", "IL"),
        ("hi", "IN"),
        ("ja", "JP"),
        ("ko", "KR"),
        ("nb", "NO"),
        ("sl", "SI"),
        ("sv", "SE"),
        ("uk", "UA"),
        ("vi", "VN"),
        ("zh", "CN"),
    ];
    let mut parts = tag.split('-');
    let language = parts.next()?.to_ascii_lowercase();
    // A script may stand between: zh-Hant-TW.
    let region = parts.find(|part| part.len() == 2).map(str::to_ascii_uppercase);
    let usual = || USUAL.iter().find(|(known, _)| *known == language).map(|(_, region)| (*region).to_owned());
    let own = || language.to_ascii_uppercase();
    let named = |region: String| Locale::try_from(format!("{language}_{region}").as_str()).ok();
    region.and_then(named).or_else(|| named(usual().unwrap_or_else(own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Asia, Europe::London};

    fn at(text: &str) -> Instant {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
    }

    fn manner(tag: &str) -> Manner {
        Manner::of(std::iter::once(tag), Tongue::default())
    }

    fn plain(markup: Markup) -> String {
        let mut text = String::new();
        let mut inside = false;
        for c in markup.0.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn a_moment_is_written_as_its_reader_writes_and_names_its_zone() {
        let noon = at("2026-12-01T15:00:00Z");
        for (tag, written) in [
            ("en-GB", "Tue 1 Dec 2026, 15:00 GMT"),
            ("en-US", "Tue, Dec 1, 2026, 3:00 PM GMT"),
            ("en", "Tue, Dec 1, 2026, 3:00 PM GMT"),
            ("de", "Di 1 Dez 2026, 15:00 GMT"),
            ("sv-SE", "2026-12-01 (tis), 15:00 GMT"),
            ("tlh", "Tue 1 Dec 2026, 15:00 GMT"),
        ] {
            assert_eq!(plain(manner(tag).moment(noon, London)), written, "{tag}");
        }
        assert_eq!(plain(manner("en-GB").time_of_day(noon, Asia::Singapore)), "23:00 UTC+08");
        let html = manner("de-DE").moment(noon, London).0;
        assert!(
            html.starts_with(
                "<time datetime=\"2026-12-01T15:00:00+00:00\" lang=\"de-DE\" title=\"Europe&#47;London\">"
            ) || html
                .starts_with("<time datetime=\"2026-12-01T15:00:00+00:00\" lang=\"de-DE\" title=\"Europe/London\">")
        );
        assert!(!manner("en-US").moment(noon, London).0.contains("lang="));
    }

    #[test]
    fn a_span_names_both_days_where_they_differ_and_both_zones_where_the_clock_changes() {
        let manner = manner("en-GB");
        let span = |from: &str, to: &str| plain(manner.span(Window::new(at(from), at(to)), London, Tongue::default()));
        assert_eq!(span("2026-07-01T08:00:00Z", "2026-07-01T16:00:00Z"), "Wed 1 Jul 2026, 09:00 to 17:00 BST");
        assert_eq!(
            span("2026-12-01T17:00:00Z", "2026-12-02T09:00:00Z"),
            "Tue 1 Dec 2026, 17:00 to Wed 2 Dec 2026, 09:00 GMT"
        );
        assert_eq!(
            span("2026-10-24T16:00:00Z", "2026-10-25T09:00:00Z"),
            "Sat 24 Oct 2026, 17:00 BST to Sun 25 Oct 2026, 09:00 GMT"
        );
        let short = manner.short_span(
            Window::new(at("2026-12-01T17:00:00Z"), at("2026-12-02T09:00:00Z")),
            London,
            Tongue::default(),
        );
        assert_eq!(plain(short), "Tue 1 Dec, 17:00 to Wed 2 Dec, 09:00 GMT");
    }

    #[test]
    fn how_far_away_something_is_stands_in_the_largest_unit() {
        let now = at("2026-12-01T12:00:00Z");
        let away = |millis: i64| plain(relative(now.plus_millis(millis), now, Tongue::default()));
        assert_eq!(away(90 * MINUTE), "in 1 hour");
        assert_eq!(away(-2 * DAY), "2 days ago");
        assert_eq!(away(MINUTE), "in 1 minute");
        assert_eq!(away(-1), "now");
        assert_eq!(duration(DAY + 3 * HOUR + 5 * MINUTE, Tongue::default()), "1 d 3 h 5 min");
        assert_eq!(duration(0, Tongue::default()), "0 min");
    }
}
