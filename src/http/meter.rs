//! What is counted of requests and connections: how long each route takes, by method and class of status, and what was
//! refused. Without a lock, and in as much memory as there are routes.

use crate::measure::{Counter, Page, Times};
use std::sync::OnceLock;
use std::time::Duration;

/// Places for routes, methods and classes of status; several times as many as there are.
const PLACES: usize = 2_048;
/// Places that are looked at before one counts as another.
const STEPS: usize = 32;

/// Counts requests and connections.
pub struct Meter {
    places: Box<[OnceLock<Box<Series>>]>,
    /// What finds no place.
    others: Times,
    /// Connections refused because too many were open.
    pub refused_connections: Counter,
}

/// Requests that count together.
struct Series {
    method: &'static str,
    route: String,
    class: u16,
    times: Times,
}

impl Meter {
    /// With nothing counted.
    pub fn new() -> Self {
        let places = (0..PLACES).map(|_| OnceLock::new()).collect();
        Self { places, others: Times::default(), refused_connections: Counter::default() }
    }

    /// A request was answered. `route` is the template of its path, of which there are not many.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let class = status / 100;
        let first = place_of(method, route, class);
        for step in 0..STEPS {
            let Some(place) = self.places.get((first + step) % PLACES) else { break };
            let new = || Box::new(Series { method, route: route.to_owned(), class, times: Times::default() });
            let series = place.get_or_init(new);
            if series.class == class && series.method == method && series.route == route {
                return series.times.note(took);
            }
        }
        self.others.note(took);
    }

    /// Writes the times of all routes.
    pub fn write(&self, page: &mut Page) {
        const NAME: &str = "dogwatch_http_request_duration_seconds";
        page.begin(NAME, "histogram", "From the end of a request's head to the beginning of its answer.");
        let mut known: Vec<&Series> = self.places.iter().filter_map(|place| place.get()).map(AsRef::as_ref).collect();
        known.sort_by_key(|series| (series.route.as_str(), series.method, series.class));
        for series in known {
            let class = format!("{}xx", series.class);
            page.times(NAME, &[("route", &series.route), ("method", series.method), ("status", &class)], &series.times);
        }
        page.times(NAME, &[("route", "other"), ("method", "other"), ("status", "other")], &self.others);
    }
}

/// Where to begin to look (FNV-1a; nobody outside chooses a template).
fn place_of(method: &str, route: &str, class: u16) -> usize {
    let bytes = route.bytes().chain(method.bytes()).chain(class.to_be_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    usize::try_from(hash % PLACES as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(meter: &Meter) -> String {
        let mut page = Page::default();
        meter.write(&mut page);
        page.into_text()
    }

    #[test]
    fn requests_count_by_route_method_and_class_of_status() {
        let meter = Meter::new();
        for status in [200, 204, 404] {
            meter.answered("GET", "/teams/{team}", status, Duration::from_millis(1));
        }
        meter.answered("PUT", "/teams/{team}", 204, Duration::from_millis(1));
        let text = text(&meter);
        let count = |labels: &str| {
            let begin = format!("dogwatch_http_request_duration_seconds_count{{route=\"/teams/{{team}}\",{labels}}} ");
            text.lines().find_map(|line| line.strip_prefix(&begin).map(str::to_owned))
        };
        assert_eq!(count("method=\"GET\",status=\"2xx\"").as_deref(), Some("2"));
        assert_eq!(count("method=\"GET\",status=\"4xx\"").as_deref(), Some("1"));
        assert_eq!(count("method=\"PUT\",status=\"2xx\"").as_deref(), Some("1"));
    }

    #[test]
    fn more_routes_than_there_are_places_count_together() {
        let meter = Meter::new();
        let many = 3 * PLACES;
        for n in 0..many {
            meter.answered("GET", &format!("/{n}"), 200, Duration::ZERO);
        }
        let counts = text(&meter)
            .lines()
            .filter_map(|line| {
                let (name, value) = line.rsplit_once(' ')?;
                name.contains("_count{").then(|| value.parse::<usize>().unwrap())
            })
            .collect::<Vec<_>>();
        assert!(counts.len() <= PLACES + 1);
        assert_eq!(counts.iter().sum::<usize>(), many, "none is lost");
    }
}
