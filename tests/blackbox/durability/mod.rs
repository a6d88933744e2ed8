//! Nothing that was acknowledged is lost, doubled or misattributed.

mod backup;
mod check;
mod kill;
mod scribe;

use crate::support::Server;

/// No limit on how often one asks: these tests ask often.
const CONFIG: &str = "[limits]\nrequests_per_minute = 0\n";

/// Everybody in the demo.
fn people(server: &Server) -> Vec<String> {
    let facts = server.demo_facts();
    let people = facts["people"].as_array().expect("people");
    people.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
}
