//! `dogwatch roster plan`: a draft filled while somebody watches, who may stop it and keep what there is.

use super::{Period, checked, findings_text, table};
use crate::api::RecommendationDocument;
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::phrase;
use crate::roster::solve::changes::Why;
use crate::roster::solve::engine::Progress;
use crate::roster::verdict::Verdict;
use crate::service::planning::{Change, Recommendation, RosterState, RosterView, Watch};
use crate::service::{Actor, Service, ServiceError};
use serde_json::json;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// How often the line that tells of progress is written anew.
const TICK: Duration = Duration::from_millis(200);

/// Fills a draft for these days, anew where there is one already, and says how good it is.
pub async fn plan(globals: &Globals, service: &Service, period: &Period) -> Result<(), CommandError> {
    let (roster, said) = watched(globals, service, period).await?;
    let view = service.check_roster(&Actor::operator(), &roster.head.id).await?;
    let mut text = table(&roster);
    let _ = write!(text, "\n{}\n{}", findings_text(&view.findings, &view.report), said_text(&roster, &said));
    let mut document = checked(&roster, &view);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("recommendation".to_owned(), json!(RecommendationDocument::from(&said)));
    }
    globals.say(&text, &document);
    Ok(())
}

/// Solves, while a terminal shows how far it has come. Ctrl-C takes the best so far; a second one takes nothing.
async fn watched(
    globals: &Globals,
    service: &Service,
    period: &Period,
) -> Result<(RosterView, Recommendation), CommandError> {
    let latest: Arc<Mutex<Option<Progress>>> = Arc::default();
    let hears = Arc::clone(&latest);
    let watch = Watch::telling(move |progress| {
        *hears.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    });
    let listening = |error| CommandError::io("listen for signals", error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listening)?;
    let terminal = !globals.json && std::io::stderr().is_terminal();
    let (begun, mut interrupted) = (Instant::now(), false);
    let mut tick = tokio::time::interval(TICK);
    let solving = solve(service, period, &watch);
    tokio::pin!(solving);
    loop {
        tokio::select! {
            done = &mut solving => {
                if terminal {
                    draw("");
                }
                return done;
            }
            _ = tick.tick(), if terminal => {
                let latest = *latest.lock().unwrap_or_else(PoisonError::into_inner);
                draw(&latest.map(|progress| line(progress, begun.elapsed())).unwrap_or_default());
            }
            _ = interrupt.recv() => {
                if interrupted {
                    return Err(CommandError::Refused("interrupted; nothing was stored".to_owned()));
                }
                interrupted = true;
                watch.call_off();
            }
        }
    }
}

/// A new draft, or the one that stands for the same days solved anew.
async fn solve(
    service: &Service,
    period: &Period,
    watch: &Watch,
) -> Result<(RosterView, Recommendation), CommandError> {
    let (actor, team) = (Actor::operator(), TeamId::new(&period.team));
    match service.recommend_roster(&actor, &team, (period.from, period.to), watch).await {
        Err(ServiceError::Conflict { code: "draft-overlaps", message, .. }) => {
            let same = |head: &&crate::service::planning::RosterHead| {
                head.state == RosterState::Draft && (head.from, head.to) == (period.from, period.to)
            };
            let drafts = service.rosters(&actor, &team).await?;
            let draft = drafts.iter().find(same).ok_or(CommandError::Refused(message))?;
            Ok(service.recommend_again(&actor, &draft.id, None, watch).await?)
        }
        other => Ok(other?),
    }
}

/// Puts a line in place of the one before on the terminal; a reader that went away is no reason to fail.
fn draw(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "\r\u{1b}[K{line}").and_then(|()| out.flush());
}

fn line(progress: Progress, after: Duration) -> String {
    let verdict = Verdict::from(progress);
    let seconds = after.as_secs_f32();
    let known = match (verdict.gaps, verdict.bound, verdict.gap_permille()) {
        (0, Some(bound), Some(gap)) => format!(", best at least {bound} ({} % off)", phrase::points(gap * 10)),
        (0, Some(bound), None) => format!(", best at least {bound}"),
        (0, None, _) => String::new(),
        (gaps, ..) => format!(", {gaps} slots empty"),
    };
    format!("solving: cost {}{known}, {seconds:.1} s; Ctrl-C takes this", verdict.cost)
}

fn said_text(roster: &RosterView, said: &Recommendation) -> String {
    let mut text = format!("the roster {}\n", said.sentence());
    if said.verdict.is_none() {
        text = format!("{}\n", said.sentence());
    } else {
        text.push_str("  (10000: one mean turn above the fair share)\n");
    }
    for change in &said.moved {
        text.push_str(&handed_on(roster, change));
    }
    text
}

/// `24 Dec 18:00-09:00 primary: ada to ben, forced: unavailable …`
fn handed_on(roster: &RosterView, change: &Change) -> String {
    let moved = &change.moved;
    let Some(slot) = roster.slots.iter().find(|slot| slot.id == moved.slot) else { return String::new() };
    let to = moved.to.as_ref().map_or("nobody", |person| person.as_str());
    let why = match moved.why {
        Why::Forced(_) => format!("forced: {}", change.reasons.join("; ")),
        Why::MadeRoom(_) => format!("to make room: {}", change.reasons.join("; ")),
        Why::Chosen => "it costs less so".to_owned(),
    };
    format!("  {} {}: {} to {to}, {why}\n", phrase::span(slot.window, slot.zone), slot.role, moved.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_cost_bound_and_seconds() {
        let after = Duration::from_millis(1_250);
        let told = line(Progress { gaps: 0, cost: 4_000, bound: Some(3_900) }, after);
        assert_eq!(told, "solving: cost 4000, best at least 3900 (2.5 % off), 1.2 s; Ctrl-C takes this");
        let told = line(Progress { gaps: 3, cost: 4_000, bound: Some(3_900) }, after);
        assert_eq!(told, "solving: cost 4000, 3 slots empty, 1.2 s; Ctrl-C takes this");
    }
}
