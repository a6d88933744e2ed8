//! Every metric by name, kind and words, in the order of docs/metrics.md, which a test compares with this.

use super::machine::Seen;
use crate::http::answer::App;
use crate::http::tls::Shown;
use crate::measure::Page;
use crate::service::figures::Figures;
use crate::time::Instant;

/// The whole page. Of what the database did not say there is no value.
pub fn text(app: &App, seen: &Seen, figures: Option<&Figures>) -> String {
    let mut page = Page::default();
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    page.begin("dogwatch_build_info", "gauge", "1, with the version that runs.");
    page.count("dogwatch_build_info", &version, 1);
    requests(&mut page, app);
    database(&mut page, app, seen, figures.is_some());
    outbox(&mut page, figures);
    roster(&mut page, figures);
    watch(&mut page, seen, figures);
    certificate(&mut page, app);
    process(&mut page, seen);
    page.into_text()
}

fn one(page: &mut Page, (name, kind, help): (&str, &str, &str), value: Option<f64>) {
    page.begin(name, kind, help);
    if let Some(value) = value {
        page.value(name, &[], value);
    }
}

/// Each with its words and its value, where there is one.
fn gauges(page: &mut Page, rows: &[(&str, &str, Option<f64>)]) {
    rows.iter().for_each(|(name, help, value)| one(page, (name, "gauge", help), *value));
}

#[allow(clippy::cast_precision_loss)] // of bytes and counts nobody needs the last of sixteen digits
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss)]
fn whole(count: i64) -> f64 {
    count as f64
}

/// Seconds from a moment to another, not fewer than none.
fn seconds(from: Instant, to: Instant) -> f64 {
    whole((to.millis() - from.millis()).max(0)) / 1e3
}

fn requests(page: &mut Page, app: &App) {
    app.meter().write(page);
    let open = ("dogwatch_http_connections_open", "gauge", "Connections that are open.");
    one(page, open, Some(float(app.connections().open() as u64)));
    let refused = (
        "dogwatch_http_connections_refused_total",
        "counter",
        "Connections closed at once, for too many were open, in all or from one address.",
    );
    one(page, refused, Some(float(app.meter().refused_connections.get())));
    let name = "dogwatch_rate_limited_total";
    page.begin(name, "counter", "What was refused for coming too often, by what was counted.");
    for (what, counted) in app.gate().refused() {
        page.count(name, &[("limit", what)], counted);
    }
    let failed = ("dogwatch_sign_in_failures_total", "counter", "Wrong passwords, tokens and codes.");
    one(page, failed, Some(float(app.gate().failed_sign_ins())));
}

fn database(page: &mut Page, app: &App, seen: &Seen, answers: bool) {
    let up = ("dogwatch_database_up", "gauge", "1 where the database answered within two seconds, else 0.");
    one(page, up, Some(if answers { 1.0 } else { 0.0 }));
    let writes = app.service().writes();
    let name = "dogwatch_database_commit_duration_seconds";
    page.begin(name, "histogram", "From asking for a commit to having it on disk.");
    page.times(name, &[], &writes.commits);
    let waiting = ("dogwatch_database_writes_waiting", "gauge", "Writes handed over and not yet answered.");
    one(page, waiting, Some(float(writes.waiting.get())));
    gauges(
        page,
        &[
            ("dogwatch_database_bytes", "The database file (SQLite).", seen.database.map(float)),
            ("dogwatch_database_wal_bytes", "The write-ahead log beside it (SQLite).", seen.log.map(float)),
            ("dogwatch_disk_free_bytes", "Room on the disk of the data folder.", seen.free.map(float)),
            ("dogwatch_disk_size_bytes", "That disk.", seen.disk.map(float)),
        ],
    );
}

fn outbox(page: &mut Page, figures: Option<&Figures>) {
    let channels = figures.map(|figures| figures.outbox.as_slice()).unwrap_or_default();
    let mut all = |name, help, value: &dyn Fn(usize) -> Option<f64>| {
        page.begin(name, "gauge", help);
        for (place, channel) in channels.iter().enumerate() {
            if let Some(value) = value(place) {
                page.value(name, &[("channel", &channel.channel)], value);
            }
        }
    };
    let of = |place: usize| channels.get(place);
    all("dogwatch_outbox_messages", "Messages that wait to be delivered.", &|n| Some(whole(of(n)?.waiting)));
    all("dogwatch_outbox_failing", "Those of them that failed before.", &|n| Some(whole(of(n)?.failing)));
    all("dogwatch_outbox_dead_letters", "Messages that were given up.", &|n| Some(whole(of(n)?.given_up)));
    all(
        "dogwatch_outbox_oldest_age_seconds",
        "For how long the oldest message has waited; 0 where none waits.",
        &|n| Some(of(n)?.oldest.map_or(0.0, |oldest| figures.map_or(0.0, |figures| seconds(oldest, figures.at)))),
    );
}

fn roster(page: &mut Page, figures: Option<&Figures>) {
    let teams = figures.map(|figures| figures.teams.as_slice()).unwrap_or_default();
    let name = "dogwatch_roster_ahead_seconds";
    page.begin(name, "gauge", "For how much longer a team's roster is published.");
    for team in teams {
        page.value(name, &[("team", team.team.as_str())], whole(team.ahead) / 1e3);
    }
    let shortest = ("dogwatch_roster_ahead_shortest_seconds", "gauge", "The same of the team where it is shortest.");
    one(page, shortest, teams.iter().map(|team| team.ahead).min().map(|ahead| whole(ahead) / 1e3));
    let name = "dogwatch_roster_gaps";
    page.begin(name, "gauge", "Published shifts of the next 14 days that nobody stands, where somebody has to.");
    for team in teams {
        page.value(name, &[("team", team.team.as_str())], whole(team.gaps));
    }
    let open = ("dogwatch_swaps_open", "gauge", "Swaps that are open or await approval.");
    one(page, open, figures.map(|figures| whole(figures.open_swaps)));
    let oldest = (
        "dogwatch_swaps_oldest_age_seconds",
        "gauge",
        "For how long the oldest of them has been open; 0 where none is.",
    );
    let age = |figures: &Figures| figures.oldest_swap.map_or(0.0, |opened| seconds(opened, figures.at));
    one(page, oldest, figures.map(age));
}

fn watch(page: &mut Page, seen: &Seen, figures: Option<&Figures>) {
    let known = ("dogwatch_outside_calendars", "gauge", "Calendars of other servers that count for somebody.");
    one(page, known, figures.map(|figures| whole(figures.outside)));
    let failing = ("dogwatch_outside_calendars_failing", "gauge", "Those of them that were not had last time.");
    one(page, failing, figures.map(|figures| whole(figures.outside_failing)));
    let oldest = (
        "dogwatch_outside_calendars_oldest_age_seconds",
        "gauge",
        "Since when the one was had that was had longest ago.",
    );
    one(page, oldest, figures.and_then(|figures| Some(seconds(figures.outside_oldest?, figures.at))));
    let age = ("dogwatch_heartbeat_age_seconds", "gauge", "Since the last heartbeat of any server on this database.");
    one(page, age, figures.and_then(|figures| Some(seconds(figures.heartbeat?.0, figures.at))));
    let well = ("dogwatch_heartbeat_well", "gauge", "1 where all was well then, else 0.");
    let fine = |figures: &Figures| Some(if figures.heartbeat?.1 { 1.0 } else { 0.0 });
    one(page, well, figures.and_then(fine));
    let snapshot = ("dogwatch_snapshot_age_seconds", "gauge", "Since this server wrote its copy of who is on call.");
    one(page, snapshot, seen.snapshot_age);
}

fn certificate(page: &mut Page, app: &App) {
    let until = app.certificate().and_then(Shown::until);
    let name = "dogwatch_tls_certificate_expiry_time_seconds";
    let end = (name, "gauge", "Until when the certificate that is shown is good, in seconds since 1970.");
    one(page, end, until.map(|until| whole(until.millis()) / 1e3));
}

fn process(page: &mut Page, seen: &Seen) {
    let used = ("process_cpu_seconds_total", "counter", "Time of processors that was used.");
    one(page, used, Some(seen.processor));
    gauges(
        page,
        &[
            ("process_resident_memory_bytes", "Memory in use.", seen.resident.map(float)),
            ("process_resident_memory_max_bytes", "The most that ever was in use.", seen.resident_most.map(float)),
            ("process_open_fds", "Descriptors that are open.", seen.descriptors.map(float)),
            ("process_max_fds", "Descriptors that may be open.", seen.descriptors_most.map(float)),
            ("process_start_time_seconds", "When the process started, in seconds since 1970.", Some(seen.started)),
        ],
    );
}
