//! Bad input, one file for each topic: whatever comes is refused in words that help, nothing is lost, and the server goes on
//! answering others. Numbers in tests' names, here and elsewhere, are those of the list below.
//!
//!  1 DOCTYPE · 2 deep XML · 3 many xmlns · 4 no UTF-8 · 5 empty or cut off · 11 Depth: infinity · 12 2,000 addresses
//!    · 13 addresses elsewhere: `xml`
//!  6 two lengths · 7 a head that drips · 8 a body that drips · 9 a long header: `http` · 10 streams reset: `tls::http2`
//! 14 a large object · 15 nesting · 16 folds · 17 NUL · 18 UIDs · 24 zones · 25 overrides: `calendar`
//! 19 SECONDLY · 20 a large COUNT · 21 30 February · 22 lists that multiply · 23 far years: `recurrence`
//! 26 paths that climb · 27 a foreign Destination: `paths`
//! 28 a stale If-Match: `caldav::objects`, `two_servers` · 29 sync tokens: `caldav::sync`
//! 30 looking at links · 31 links pressed twice, revoked, settled otherwise: `links` · 32 fifty agree at once: `race`
//! 33 forged, repeated and late answers by mail: `mail` · 34 addresses inside · 35 calendars without end: `outside`
//! 36 markup in every text: `texts` · 37 a bad row, cells that look like formulas: `cli::import`
//! 38 killed, and without the page cache · 39 disks and databases that fail · 40 clocks, and PostgreSQL that falls: `durability`
//! 41 wrong passwords: `sign_in` · 42 secrets in log and database: `redaction`

mod calendar;
mod http;
mod paths;
mod random;
mod recurrence;
mod sign_in;
mod texts;
mod xml;

use super::caldav::{App, CALENDAR, event};
use super::support::{Reply, Server};

/// A server on which Ada has an event that nobody may lose, and Ben goes on working.
struct Scene {
    server: Server,
    kept: String,
}

impl Scene {
    fn new() -> Self {
        Self::with_config("")
    }

    fn with_config(config: &str) -> Self {
        let server = Server::with_demo(config);
        let kept = event("kept", "SUMMARY:Nobody loses this\r\n");
        App::of(&server, "ada").put(&format!("{CALENDAR}kept.ics"), &kept).expect(201);
        Self { server, kept }
    }

    fn ada(&self) -> App<'_> {
        App::of(&self.server, "ada")
    }

    /// That nothing but these stands in Ada's calendar besides her event, and that others are served as ever.
    fn is_unharmed_but_for(&self, more: &[&str]) {
        let ada = self.ada();
        let mut names = [&["kept.ics"], more].concat();
        names.sort_unstable();
        assert_eq!(ada.names(CALENDAR), names);
        assert_eq!(ada.get(&format!("{CALENDAR}kept.ics")).expect(200).text(), self.kept);
        self.serves_others();
    }

    fn is_unharmed(&self) {
        self.is_unharmed_but_for(&[]);
    }

    fn serves_others(&self) {
        let ben = App::of(&self.server, "ben");
        ben.properties("/dav/calendars/ben/calendar/", "<displayname/>").expect(207);
        self.server.get("/readyz").expect(200);
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// That a refusal has this status and says why in words: beside the precondition (RFC 4918 16), or as text where there is none.
fn assert_told(reply: &Reply, status: u16, condition: &str, words: &str) {
    let (said, kind) = (reply.text(), reply.header("content-type").unwrap_or_default());
    assert_eq!(reply.status, status, "{said}");
    if condition.is_empty() {
        assert!(kind.starts_with("text/plain"), "{kind}: {said}");
    } else {
        assert!(kind.starts_with("application/xml") && said.contains(&format!("<{condition}")), "{condition}: {said}");
    }
    assert!(said.contains(words), "{words}: {said}");
}
