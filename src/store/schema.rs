//! The schema as numbered steps. A released step is never changed again; what comes later is a further step.
//!
//! Types are BIGINT, TEXT and BYTEA; times are UTC milliseconds, days `2026-12-01`, truth values 0 or 1, zones IANA
//! names, windows half open.

use super::migrate::Step;

/// Every step, in order; the first makes an empty database.
pub(super) const STEPS: &[Step] = &[
    FIRST,
    DRAFTS_KNOW_THEIR_BASE,
    PEOPLE_CONFIRM_MONTHS,
    CALENDARS_COUNT,
    SLOTS_AT_WORK,
    CALENDARS_ARE_SHARED,
    DEVICES_SUBSCRIBE,
    CALENDARS_COME_FROM_OUTSIDE,
    DUTIES_ARE_REPORTED,
    SWAPS_ARE_PROPOSED,
    BROWSERS_SIGN_IN,
    PEOPLE_HAVE_SECOND_FACTORS,
    PROVIDERS_KNOW_PEOPLE,
    SLOTS_HAVE_SITES,
    PEOPLE_ASK_TO_QUALIFY,
    ANSWERS_HAVE_COMMENTS,
    PEOPLE_CHOOSE_REMINDERS,
    EVENTS_ARE_MAILED,
    MAIL_COMES_IN,
    MAIL_BOUNCES,
    SOLVINGS_ARE_FOLLOWED,
    WEBHOOKS_ARE_TOLD,
    PAGERS_FOLLOW,
    CERTIFICATES_ARE_OBTAINED,
];

/// Every step that this program takes. In builds with debug assertions the environment variable `DOGWATCH_TEST_STEP` may
/// hold the statements of one more, with semicolons between them, so that tests have a newer program beside this one.
pub(super) fn steps() -> &'static [Step] {
    #[cfg(debug_assertions)]
    return &WITH_ONE_MORE;
    #[cfg(not(debug_assertions))]
    STEPS
}

#[cfg(debug_assertions)]
static WITH_ONE_MORE: std::sync::LazyLock<Vec<Step>> = std::sync::LazyLock::new(|| {
    let mut all = STEPS.to_vec();
    if let Ok(more) = std::env::var("DOGWATCH_TEST_STEP") {
        let statements: Vec<&'static str> = more.leak().split(';').map(str::trim).collect();
        all.push(statements.leak());
    }
    all
});

/// What SQLite calls our types; its tables check them.
pub(super) fn for_sqlite(statement: &str) -> String {
    let typed = statement.replace("BIGINT", "INTEGER").replace("BYTEA", "BLOB");
    if typed.starts_with("CREATE TABLE") { format!("{typed} STRICT") } else { typed }
}

/// What PostgreSQL is told: texts are ordered by their bytes, as SQLite orders them, whatever the locale of the
/// database. Paging by name rests on it.
pub(super) fn for_postgres(statement: &str) -> String {
    statement.replace(" TEXT", " TEXT COLLATE \"C\"")
}

/// CockroachDB orders texts by their bytes, and refuses a column that says so.
pub(super) fn for_cockroach(statement: &str) -> String {
    statement.to_owned()
}

const FIRST: Step = &[
    // What the instance is: its epoch, its link key.
    "CREATE TABLE instance (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE lease (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, expires_ms BIGINT NOT NULL,
       fence BIGINT NOT NULL)",
    // People and teams. `counter` is bumped by whoever decides something that spans several of a person's rows.
    "CREATE TABLE person (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, phone TEXT,
       zone TEXT NOT NULL, admin BIGINT NOT NULL, web_password TEXT, link_epoch BIGINT NOT NULL,
       counter BIGINT NOT NULL, disabled_ms BIGINT, created_ms BIGINT NOT NULL)",
    "CREATE TABLE team (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
       zone TEXT NOT NULL, settings TEXT NOT NULL, counter BIGINT NOT NULL, created_ms BIGINT NOT NULL)",
    "CREATE TABLE weights (team TEXT NOT NULL REFERENCES team (id), version BIGINT NOT NULL, json TEXT NOT NULL,
       PRIMARY KEY (team, version))",
    // Without a first day the membership is since ever, and `from_day` is empty.
    "CREATE TABLE membership (team TEXT NOT NULL REFERENCES team (id), person TEXT NOT NULL REFERENCES person (id),
       from_day TEXT NOT NULL, manager BIGINT NOT NULL, member BIGINT NOT NULL, until_day TEXT, fte BIGINT NOT NULL,
       novice BIGINT NOT NULL, PRIMARY KEY (team, person, from_day))",
    "CREATE INDEX membership_person ON membership (person)",
    "CREATE TABLE role (team TEXT NOT NULL REFERENCES team (id), name TEXT NOT NULL, ordinal BIGINT NOT NULL,
       weight BIGINT NOT NULL, paged BIGINT NOT NULL, optional BIGINT NOT NULL, PRIMARY KEY (team, name))",
    "CREATE TABLE qualification (id TEXT NOT NULL PRIMARY KEY, team TEXT REFERENCES team (id), name TEXT NOT NULL,
       how TEXT NOT NULL, url TEXT)",
    "CREATE INDEX qualification_name ON qualification (name)",
    "CREATE TABLE role_requirement (team TEXT NOT NULL, role TEXT NOT NULL,
       qualification TEXT NOT NULL REFERENCES qualification (id), PRIMARY KEY (team, role, qualification),
       FOREIGN KEY (team, role) REFERENCES role (team, name) ON DELETE CASCADE)",
    "CREATE TABLE qualification_grant (person TEXT NOT NULL REFERENCES person (id),
       qualification TEXT NOT NULL REFERENCES qualification (id), from_ms BIGINT, until_ms BIGINT,
       evidence TEXT NOT NULL, PRIMARY KEY (person, qualification))",
    "CREATE TABLE contact (team TEXT NOT NULL REFERENCES team (id), ordinal BIGINT NOT NULL, role TEXT,
       person TEXT REFERENCES person (id), name TEXT NOT NULL, phone TEXT NOT NULL, PRIMARY KEY (team, ordinal))",
    "CREATE TABLE forbidden_pair (team TEXT NOT NULL REFERENCES team (id), a TEXT NOT NULL REFERENCES person (id),
       b TEXT NOT NULL REFERENCES person (id), PRIMARY KEY (team, a, b))",
    // Calendars. `change` is the collection's last change number; objects and tombstones carry theirs.
    "CREATE TABLE collection (id TEXT NOT NULL PRIMARY KEY, person TEXT REFERENCES person (id),
       team TEXT REFERENCES team (id), name TEXT NOT NULL, kind TEXT NOT NULL, display_name TEXT NOT NULL,
       description TEXT, color TEXT, sort BIGINT, timezone TEXT, components TEXT NOT NULL, transparent BIGINT NOT NULL,
       change BIGINT NOT NULL, swept BIGINT NOT NULL DEFAULT 0, created_ms BIGINT NOT NULL, UNIQUE (person, name),
       UNIQUE (team, name))",
    // The body stands last, so that reading the other columns does not walk through it. What starts before `known_ms`
    // is told by `instances`; `lasting` is 1 where first and last are far apart.
    "CREATE TABLE object (collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE, name TEXT NOT NULL,
       uid TEXT NOT NULL, component TEXT NOT NULL, etag TEXT NOT NULL, schedule_tag TEXT, first_ms BIGINT NOT NULL,
       last_ms BIGINT NOT NULL, lasting BIGINT NOT NULL, recurring BIGINT NOT NULL, organizer TEXT,
       sequence BIGINT NOT NULL, change BIGINT NOT NULL, digest TEXT, size BIGINT NOT NULL,
       created_ms BIGINT NOT NULL, modified_ms BIGINT NOT NULL, known_ms BIGINT NOT NULL, instances BYTEA,
       body BYTEA NOT NULL, PRIMARY KEY (collection, name), UNIQUE (uid, collection))",
    // Holds all that a listing shows, so that listings don't walk over the bodies.
    "CREATE INDEX object_change ON object (collection, change, name, component, etag, schedule_tag, size, created_ms,
       modified_ms)",
    "CREATE INDEX object_time ON object (collection, lasting, last_ms, first_ms, name)",
    "CREATE TABLE tombstone (collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
       name TEXT NOT NULL, change BIGINT NOT NULL, deleted_ms BIGINT NOT NULL, PRIMARY KEY (collection, name))",
    "CREATE INDEX tombstone_change ON tombstone (collection, change)",
    "CREATE INDEX tombstone_deleted ON tombstone (deleted_ms)",
    "CREATE TABLE former_etag (collection TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL,
       PRIMARY KEY (collection, name, etag),
       FOREIGN KEY (collection, name) REFERENCES object (collection, name) ON DELETE CASCADE)",
    // For whom an object of a team's availability counts, and who said so.
    "CREATE TABLE concern (collection TEXT NOT NULL, name TEXT NOT NULL, person TEXT NOT NULL REFERENCES person (id),
       author TEXT NOT NULL REFERENCES person (id), PRIMARY KEY (collection, name, person),
       FOREIGN KEY (collection, name) REFERENCES object (collection, name) ON DELETE CASCADE)",
    "CREATE INDEX concern_person ON concern (person)",
    "CREATE TABLE property (path TEXT NOT NULL, name TEXT NOT NULL, xml TEXT NOT NULL, PRIMARY KEY (path, name))",
    // The roster.
    "CREATE TABLE slot (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id), pattern TEXT NOT NULL,
       occurrence TEXT NOT NULL, role TEXT NOT NULL, ordinal BIGINT NOT NULL, turn TEXT, start_ms BIGINT NOT NULL,
       end_ms BIGINT NOT NULL, zone TEXT NOT NULL, optional BIGINT NOT NULL, gone_ms BIGINT,
       UNIQUE (team, pattern, occurrence, role, ordinal))",
    "CREATE INDEX slot_time ON slot (team, start_ms, end_ms)",
    "CREATE INDEX slot_turn ON slot (turn)",
    "CREATE TABLE roster (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id),
       from_day TEXT NOT NULL, to_day TEXT NOT NULL, state TEXT NOT NULL, version BIGINT NOT NULL,
       based_on BIGINT, counter BIGINT NOT NULL, created_by TEXT NOT NULL, created_ms BIGINT NOT NULL,
       published_ms BIGINT, reason TEXT)",
    "CREATE INDEX roster_team ON roster (team, from_day)",
    "CREATE TABLE roster_slot (roster TEXT NOT NULL REFERENCES roster (id) ON DELETE CASCADE,
       slot TEXT NOT NULL REFERENCES slot (id), person TEXT REFERENCES person (id), pinned BIGINT NOT NULL,
       reason TEXT, PRIMARY KEY (roster, slot))",
    "CREATE TABLE shift (slot TEXT NOT NULL REFERENCES slot (id), segment BIGINT NOT NULL,
       team TEXT NOT NULL REFERENCES team (id), role TEXT NOT NULL, start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL,
       zone TEXT NOT NULL, person TEXT REFERENCES person (id), roster TEXT NOT NULL REFERENCES roster (id),
       sequence BIGINT NOT NULL, answer TEXT NOT NULL, hidden BIGINT NOT NULL, note TEXT,
       PRIMARY KEY (slot, segment))",
    "CREATE INDEX shift_team ON shift (team, start_ms, end_ms)",
    "CREATE INDEX shift_person ON shift (person, start_ms, end_ms)",
    // Swaps. At most one is alive for a shift, whatever the number of clicks.
    "CREATE TABLE swap (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id),
       slot TEXT NOT NULL REFERENCES slot (id), segment BIGINT NOT NULL,
       requester TEXT NOT NULL REFERENCES person (id), reason TEXT, state TEXT NOT NULL, version BIGINT NOT NULL,
       start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, opened_ms BIGINT NOT NULL, closed_ms BIGINT,
       taker TEXT REFERENCES person (id), together TEXT)",
    "CREATE UNIQUE INDEX swap_alive ON swap (slot, segment) WHERE state IN ('open', 'awaiting-approval')",
    "CREATE INDEX swap_team ON swap (team, state, start_ms)",
    "CREATE INDEX swap_state ON swap (state, end_ms)",
    "CREATE INDEX swap_together ON swap (together)",
    "CREATE TABLE offer (id TEXT NOT NULL PRIMARY KEY, swap TEXT NOT NULL REFERENCES swap (id),
       person TEXT NOT NULL REFERENCES person (id), state TEXT NOT NULL, rank BIGINT NOT NULL, sent_ms BIGINT NOT NULL,
       answered_ms BIGINT, channel TEXT, UNIQUE (swap, person))",
    "CREATE INDEX offer_person ON offer (person, state)",
    // As worked: what fairness looks back on.
    "CREATE TABLE ledger (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id), slot TEXT NOT NULL,
       segment BIGINT NOT NULL, person TEXT NOT NULL REFERENCES person (id), role TEXT NOT NULL,
       start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, points BIGINT NOT NULL, weights_version BIGINT NOT NULL,
       kind TEXT NOT NULL)",
    "CREATE INDEX ledger_team ON ledger (team, start_ms)",
    "CREATE INDEX ledger_person ON ledger (person, start_ms)",
    "CREATE INDEX ledger_slot ON ledger (slot, segment)",
    // Each audit row carries the hash of the one before; the head is the counter of the chain.
    "CREATE TABLE audit_head (id BIGINT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL)",
    "INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '')",
    "CREATE TABLE audit (seq BIGINT NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, actor TEXT NOT NULL, subject TEXT,
       channel TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, before TEXT, after TEXT, reason TEXT,
       prev_hash TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE INDEX audit_time ON audit (at_ms)",
    "CREATE INDEX audit_object ON audit (object, seq)",
    "CREATE TABLE outbox (id TEXT NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, kind TEXT NOT NULL,
       recipient TEXT NOT NULL, payload TEXT NOT NULL, dedupe TEXT NOT NULL UNIQUE, attempts BIGINT NOT NULL,
       next_ms BIGINT NOT NULL, done_ms BIGINT)",
    "CREATE INDEX outbox_due ON outbox (next_ms) WHERE done_ms IS NULL",
    // Secrets, as hashes.
    "CREATE TABLE app_password (id TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
       label TEXT NOT NULL, hash BYTEA NOT NULL, scope TEXT NOT NULL, phone_device BIGINT NOT NULL,
       created_ms BIGINT NOT NULL, expires_ms BIGINT, last_used_ms BIGINT, revoked_ms BIGINT)",
    "CREATE INDEX app_password_person ON app_password (person)",
    "CREATE TABLE api_token (id TEXT NOT NULL PRIMARY KEY, person TEXT REFERENCES person (id), label TEXT NOT NULL,
       hash BYTEA NOT NULL, scope TEXT NOT NULL, created_ms BIGINT NOT NULL, expires_ms BIGINT, last_used_ms BIGINT,
       revoked_ms BIGINT)",
    "CREATE TABLE feed (id TEXT NOT NULL PRIMARY KEY, hash BYTEA NOT NULL UNIQUE, person TEXT REFERENCES person (id),
       team TEXT REFERENCES team (id), label TEXT NOT NULL, created_ms BIGINT NOT NULL, last_used_ms BIGINT,
       revoked_ms BIGINT)",
    "CREATE INDEX feed_person ON feed (person)",
];

/// Whom a draft found in a slot when it decided about it, so that what was swapped meanwhile can be told from what the
/// draft changed.
const DRAFTS_KNOW_THEIR_BASE: Step = &["ALTER TABLE roster_slot ADD COLUMN base TEXT REFERENCES person (id)"];

/// Months, by their first day, of which people have said all there is to say.
const PEOPLE_CONFIRM_MONTHS: Step = &["CREATE TABLE confirmed_month (person TEXT NOT NULL REFERENCES person (id),
    month TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (person, month))"];

/// How people's own calendars count, where that is not the usual way.
const CALENDARS_COUNT: Step = &["CREATE TABLE calendar_count (collection TEXT NOT NULL PRIMARY KEY
    REFERENCES collection (id) ON DELETE CASCADE, counts_as TEXT NOT NULL)"];

/// Slots that are only for people at work then.
const SLOTS_AT_WORK: Step = &["ALTER TABLE slot ADD COLUMN at_work BIGINT NOT NULL DEFAULT 0"];

/// To whom the owner of a calendar grants what (somebody, a team's people, or everybody who signs in); who doesn't want to
/// see what is shared with them; and who answers for whom.
const CALENDARS_ARE_SHARED: Step = &[
    "CREATE TABLE calendar_grant (collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
       grantee TEXT NOT NULL, privileges TEXT NOT NULL, PRIMARY KEY (collection, grantee))",
    "CREATE INDEX calendar_grant_grantee ON calendar_grant (grantee)",
    "CREATE TABLE calendar_left (collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
       person TEXT NOT NULL REFERENCES person (id), PRIMARY KEY (collection, person))",
    "CREATE TABLE delegate (person TEXT NOT NULL REFERENCES person (id),
       delegate TEXT NOT NULL REFERENCES person (id), writes BIGINT NOT NULL, since_ms BIGINT NOT NULL,
       PRIMARY KEY (person, delegate))",
    "CREATE INDEX delegate_delegate ON delegate (delegate)",
];

/// Devices that want to hear of changes. A calendar that is `watched` has such, or had. What lies in the outbox knows its
/// channel, how often more was said in it, and what went wrong with it.
const DEVICES_SUBSCRIBE: Step = &[
    "CREATE TABLE push_subscription (id TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
       password TEXT NOT NULL REFERENCES app_password (id), topic TEXT NOT NULL, home TEXT, name TEXT,
       endpoint TEXT NOT NULL, public_key BYTEA NOT NULL, auth BYTEA NOT NULL, content BIGINT, property BIGINT NOT NULL,
       created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, UNIQUE (topic, endpoint))",
    "CREATE INDEX push_subscription_person ON push_subscription (person, endpoint)",
    "CREATE INDEX push_subscription_password ON push_subscription (password)",
    "CREATE INDEX push_subscription_expires ON push_subscription (expires_ms)",
    "ALTER TABLE collection ADD COLUMN watched BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail'",
    "ALTER TABLE outbox ADD COLUMN edition BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN given_up BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN reason TEXT",
    "DROP INDEX outbox_due",
    "CREATE INDEX outbox_due ON outbox (channel, next_ms) WHERE done_ms IS NULL",
    "CREATE INDEX outbox_failed ON outbox (at_ms) WHERE given_up = 1 OR attempts > 0",
];

/// Where the events of a person's outside calendars come from, when they are asked for next, and what became of it last.
const CALENDARS_COME_FROM_OUTSIDE: Step = &[
    "CREATE TABLE outside_calendar (collection TEXT NOT NULL PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
       url TEXT NOT NULL, every_ms BIGINT, etag TEXT, modified TEXT, next_ms BIGINT NOT NULL, tried_ms BIGINT,
       fetched_ms BIGINT, failures BIGINT NOT NULL, problem TEXT, skipped BIGINT NOT NULL)",
    "CREATE INDEX outside_calendar_next ON outside_calendar (next_ms)",
];

/// What reports read beside the ledger: call-outs, and the editions of each team's rate table. Shifts that earn a
/// qualification, and when one was taken back: what was stood before counts no more.
const DUTIES_ARE_REPORTED: Step = &[
    "CREATE TABLE call_out (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id), slot TEXT NOT NULL,
       segment BIGINT NOT NULL, person TEXT NOT NULL REFERENCES person (id), role TEXT NOT NULL,
       start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, note TEXT NOT NULL, recorded_by TEXT NOT NULL,
       recorded_ms BIGINT NOT NULL)",
    "CREATE INDEX call_out_team ON call_out (team, start_ms)",
    "CREATE INDEX call_out_person ON call_out (person, start_ms)",
    "CREATE TABLE pay_rates (team TEXT NOT NULL REFERENCES team (id), version BIGINT NOT NULL, from_day TEXT NOT NULL,
       json TEXT NOT NULL, PRIMARY KEY (team, version))",
    "CREATE TABLE qualification_need (qualification TEXT NOT NULL REFERENCES qualification (id), role TEXT NOT NULL,
       shifts BIGINT NOT NULL, PRIMARY KEY (qualification, role))",
    "CREATE TABLE qualification_taken_back (person TEXT NOT NULL REFERENCES person (id),
       qualification TEXT NOT NULL REFERENCES qualification (id), at_ms BIGINT NOT NULL,
       PRIMARY KEY (person, qualification))",
];

/// What changes hands when everybody to whom a proposal was put agrees, and offers that are such a question rather than
/// one for cover. Of a swap for `named_only` nobody is asked but those whom proposals name.
const SWAPS_ARE_PROPOSED: Step = &[
    "CREATE TABLE proposal_move (proposal TEXT NOT NULL, ordinal BIGINT NOT NULL, slot TEXT NOT NULL REFERENCES slot (id),
       segment BIGINT NOT NULL, start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL,
       giver TEXT NOT NULL REFERENCES person (id), taker TEXT NOT NULL REFERENCES person (id),
       PRIMARY KEY (proposal, ordinal))",
    "ALTER TABLE offer ADD COLUMN proposal TEXT",
    "ALTER TABLE swap ADD COLUMN named_only BIGINT NOT NULL DEFAULT 0",
];

/// Browsers in which somebody is signed in. `hash` is of the secret in the cookie; the one before it counts a little
/// longer where it was replaced under way. `rights` is what the person could do when the secret was drawn.
const BROWSERS_SIGN_IN: Step = &[
    "CREATE TABLE session (id TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
       hash BYTEA NOT NULL UNIQUE, former BYTEA, former_until_ms BIGINT, rights TEXT NOT NULL, browser TEXT NOT NULL,
       created_ms BIGINT NOT NULL, proven_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL)",
    "CREATE INDEX session_person ON session (person)",
    "CREATE INDEX session_former ON session (former)",
    "CREATE INDEX session_expires ON session (expires_ms)",
];

/// What the codes of authenticator apps are made from, sealed, and single codes for when the telephone is lost, as hashes.
const PEOPLE_HAVE_SECOND_FACTORS: Step = &[
    "CREATE TABLE second_factor (person TEXT NOT NULL PRIMARY KEY REFERENCES person (id), sealed BYTEA NOT NULL,
       confirmed_ms BIGINT, last_step BIGINT NOT NULL, failures BIGINT NOT NULL, failed_ms BIGINT)",
    "CREATE TABLE recovery_code (person TEXT NOT NULL REFERENCES person (id), hash BYTEA NOT NULL,
       PRIMARY KEY (person, hash))",
];

/// What a provider of OpenID Connect calls the people who have signed in by it.
const PROVIDERS_KNOW_PEOPLE: Step = &[
    "CREATE TABLE openid_account (issuer TEXT NOT NULL, subject TEXT NOT NULL,
       person TEXT NOT NULL REFERENCES person (id), since_ms BIGINT NOT NULL, PRIMARY KEY (issuer, subject))",
    "CREATE INDEX openid_account_person ON openid_account (person)",
];

/// Slots that are only for people of one site.
const SLOTS_HAVE_SITES: Step = &["ALTER TABLE slot ADD COLUMN site TEXT"];

/// What people have asked their managers for: a qualification that they need for a role of the team. Whoever is granted it
/// asks no more.
const PEOPLE_ASK_TO_QUALIFY: Step = &[
    "CREATE TABLE qualification_request (person TEXT NOT NULL REFERENCES person (id),
       qualification TEXT NOT NULL REFERENCES qualification (id), team TEXT NOT NULL REFERENCES team (id),
       note TEXT NOT NULL, asked_ms BIGINT NOT NULL, PRIMARY KEY (person, qualification, team))",
    "CREATE INDEX qualification_request_team ON qualification_request (team)",
];

/// What somebody says to their answer to an offer.
const ANSWERS_HAVE_COMMENTS: Step = &["ALTER TABLE offer ADD COLUMN comment TEXT"];

/// What people choose to be reminded of, and when they want to be left alone.
const PEOPLE_CHOOSE_REMINDERS: Step =
    &["CREATE TABLE reminder_choice (person TEXT NOT NULL PRIMARY KEY REFERENCES person (id), json TEXT NOT NULL)"];

/// Which edition of events in people's `shifts` they were sent by mail.
const EVENTS_ARE_MAILED: Step = &[
    "CREATE TABLE mailed_event (person TEXT NOT NULL REFERENCES person (id), uid TEXT NOT NULL, sequence BIGINT NOT NULL,
       end_ms BIGINT NOT NULL, PRIMARY KEY (person, uid))",
    "CREATE INDEX mailed_event_end ON mailed_event (end_ms)",
];

/// Mail that came in: what is held until its person says whether it was theirs, and what came before. Of an event that was
/// mailed, when the answer was written that counted last.
const MAIL_COMES_IN: Step = &[
    "CREATE TABLE held_mail (id TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id),
       at_ms BIGINT NOT NULL, sender TEXT NOT NULL, guest BIGINT NOT NULL, why TEXT NOT NULL, calendar BYTEA NOT NULL)",
    "CREATE INDEX held_mail_person ON held_mail (person, at_ms)",
    "CREATE TABLE seen_mail (id TEXT NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL)",
    "CREATE INDEX seen_mail_at ON seen_mail (at_ms)",
    "ALTER TABLE mailed_event ADD COLUMN answered_ms BIGINT",
];

/// Addresses of people from which mail came back.
const MAIL_BOUNCES: Step = &["CREATE TABLE bounce (person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    address TEXT NOT NULL, at_ms BIGINT NOT NULL, reason TEXT NOT NULL)"];

/// Searches for a roster, so that a manager can follow and stop one at whichever process.
const SOLVINGS_ARE_FOLLOWED: Step = &[
    "CREATE TABLE solving (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id), roster TEXT,
       begun_ms BIGINT NOT NULL, seen_ms BIGINT NOT NULL, ended BIGINT NOT NULL, called_off BIGINT NOT NULL,
       stage TEXT NOT NULL)",
    "CREATE INDEX solving_seen ON solving (seen_ms)",
];

/// Receivers of webhooks, of a team or of all. Where it is and what it is signed with are sealed; after a rotation the former
/// secret counts a while longer. Of each team that has such: who was on call and which gaps there were when that was told
/// last.
const WEBHOOKS_ARE_TOLD: Step = &[
    "CREATE TABLE webhook (id TEXT NOT NULL PRIMARY KEY, team TEXT REFERENCES team (id), name TEXT NOT NULL,
       host TEXT NOT NULL, url BYTEA NOT NULL, format TEXT NOT NULL, events TEXT NOT NULL, secret BYTEA NOT NULL,
       former BYTEA, former_until_ms BIGINT, paused BIGINT NOT NULL, created_ms BIGINT NOT NULL, told_ms BIGINT,
       failed_ms BIGINT, problem TEXT)",
    "CREATE INDEX webhook_team ON webhook (team)",
    "CREATE TABLE webhook_state (team TEXT NOT NULL PRIMARY KEY REFERENCES team (id), json TEXT NOT NULL)",
    "CREATE INDEX outbox_recipient ON outbox (recipient)",
];

/// Schedules at pagers that follow a role of a team, with the sealed key of the account; and the overrides that were made
/// there, or were about to be: what the pager calls them is known once it has answered.
const PAGERS_FOLLOW: Step = &[
    "CREATE TABLE pager (id TEXT NOT NULL PRIMARY KEY, team TEXT NOT NULL REFERENCES team (id), role TEXT NOT NULL,
       kind TEXT NOT NULL, schedule TEXT NOT NULL, url TEXT, sealed BYTEA NOT NULL, days BIGINT NOT NULL,
       created_ms BIGINT NOT NULL, synced_ms BIGINT, failed_ms BIGINT, problem TEXT, unmatched TEXT NOT NULL)",
    "CREATE INDEX pager_team ON pager (team)",
    "CREATE TABLE pager_override (pager TEXT NOT NULL REFERENCES pager (id) ON DELETE CASCADE, user_id TEXT NOT NULL,
       start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, far TEXT, PRIMARY KEY (pager, user_id, start_ms, end_ms))",
];

/// What a server proves itself with, obtained from an authority by ACME: accounts there and keys, sealed. Before the first
/// certificate for some names there are attempts. What is expected of a name at the moment any process can show.
const CERTIFICATES_ARE_OBTAINED: Step = &[
    "CREATE TABLE acme_account (directory TEXT NOT NULL, owner TEXT NOT NULL, sealed BYTEA NOT NULL,
       created_ms BIGINT NOT NULL, PRIMARY KEY (directory, owner))",
    "CREATE TABLE acme_certificate (directory TEXT NOT NULL, names TEXT NOT NULL, chain TEXT, sealed BYTEA,
       from_ms BIGINT, until_ms BIGINT, obtained_ms BIGINT, failures BIGINT NOT NULL, next_ms BIGINT, problem TEXT,
       PRIMARY KEY (directory, names))",
    "CREATE TABLE acme_challenge (name TEXT NOT NULL PRIMARY KEY, digest BYTEA NOT NULL, until_ms BIGINT NOT NULL)",
];
