//! A team of its own with one published shift in ten days, for tests in which everybody counts.

use crate::support::Server;
use chrono::{Days, Utc};
use serde_json::{Value, json};

/// The team's id.
pub const TEAM: &str = "watch";

/// The shift of a team whose people may all be asked.
pub struct Crew {
    /// The shift's slot.
    pub slot: String,
    /// Within the shift, as a query.
    pub at: String,
}

impl Crew {
    /// Makes the team of this name and its people, given by id and name, and publishes the shift.
    pub fn gather(server: &Server, name: &str, people: &[(String, String)]) -> Self {
        let team = json!({ "id": TEAM, "name": name, "email": "watch@oncall.example.org", "time_zone": "UTC" });
        server.api("POST", "/teams", &team).expect(201);
        server.api("PATCH", &format!("/teams/{TEAM}"), &json!({ "settings": { "reach": "all" } })).expect(200);
        for (id, name) in people {
            let person = json!({ "id": id, "name": name, "email": format!("{id}@example.org"), "time_zone": "UTC" });
            server.api("POST", "/people", &person).expect(201);
            server.api("PUT", &format!("/teams/{TEAM}/members/{id}"), &json!({})).expect(204);
        }
        let day = Utc::now().date_naive() + Days::new(10);
        let (start, end) = (format!("{day}T09:00"), format!("{day}T21:00"));
        let demand = ["--start", &start, "--end", &end, "--rrule", "FREQ=WEEKLY", "--roles", "primary"];
        server.command(&[["team", "pattern", "add", TEAM].as_slice(), demand.as_slice()].concat());
        let days = json!({ "from": day.to_string(), "to": (day + Days::new(1)).to_string() });
        let draft = server.api("POST", &format!("/teams/{TEAM}/rosters"), &days).expect(201).json();
        server.api("POST", &format!("/rosters/{}/publish", word(&draft, "id")), &json!({})).expect(200);
        Self { slot: word(&draft["slots"][0], "id").to_owned(), at: format!("{day}T10:00:00Z") }
    }
}

/// A text in a JSON object.
pub fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}
