//! Receivers of webhooks: where they are, what they want to hear of and what it is signed with; and of each team what its
//! receivers were told last.

use super::words::{from_json, to_json, variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{TeamId, WebhookId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that a receiver may want to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Event {
    /// An edition of a roster was published.
    #[serde(rename = "roster.published")]
    RosterPublished,
    /// Published shifts came, went, or changed their time, role or holder.
    #[serde(rename = "shift.changed")]
    ShiftChanged,
    /// Somebody else is on call from now on.
    #[serde(rename = "handover")]
    Handover,
    /// Cover for a shift is asked for.
    #[serde(rename = "swap.opened")]
    SwapOpened,
    /// Somebody has agreed, and a manager has to approve it.
    #[serde(rename = "swap.promised")]
    SwapPromised,
    /// A shift has changed hands.
    #[serde(rename = "swap.taken")]
    SwapTaken,
    /// A promise came to nothing: cover is asked for again.
    #[serde(rename = "swap.reopened")]
    SwapReopened,
    /// Whoever asked for cover stands the shift after all.
    #[serde(rename = "swap.withdrawn")]
    SwapWithdrawn,
    /// Nobody took it in time.
    #[serde(rename = "swap.expired")]
    SwapExpired,
    /// The shift begins soon, and nobody has taken it.
    #[serde(rename = "swap.uncovered")]
    SwapUncovered,
    /// The shift it was about is not that person's any more.
    #[serde(rename = "swap.void")]
    SwapVoid,
    /// A shift within the next fourteen days has nobody.
    #[serde(rename = "gap.opened")]
    GapOpened,
    /// It has somebody again, is over, or is not asked for any more.
    #[serde(rename = "gap.closed")]
    GapClosed,
    /// Somebody is reminded of something.
    #[serde(rename = "reminder")]
    Reminder,
    /// Somebody tries whether the receiver hears.
    #[serde(rename = "test")]
    Test,
}

impl Event {
    /// All that a receiver may choose; a test it always hears of.
    pub const CHOICE: [Self; 14] = [
        Self::RosterPublished,
        Self::ShiftChanged,
        Self::Handover,
        Self::SwapOpened,
        Self::SwapPromised,
        Self::SwapTaken,
        Self::SwapReopened,
        Self::SwapWithdrawn,
        Self::SwapExpired,
        Self::SwapUncovered,
        Self::SwapVoid,
        Self::GapOpened,
        Self::GapClosed,
        Self::Reminder,
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RosterPublished => "roster.published",
            Self::ShiftChanged => "shift.changed",
            Self::Handover => "handover",
            Self::SwapOpened => "swap.opened",
            Self::SwapPromised => "swap.promised",
            Self::SwapTaken => "swap.taken",
            Self::SwapReopened => "swap.reopened",
            Self::SwapWithdrawn => "swap.withdrawn",
            Self::SwapExpired => "swap.expired",
            Self::SwapUncovered => "swap.uncovered",
            Self::SwapVoid => "swap.void",
            Self::GapOpened => "gap.opened",
            Self::GapClosed => "gap.closed",
            Self::Reminder => "reminder",
            Self::Test => "test",
        }
    }
}

/// A receiver. It has no `Debug`: where it is may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Whose events it hears of; of every team where there is none.
    pub team: Option<TeamId>,
    /// As it is shown.
    pub name: String,
    /// The host in its address: all of that which is shown.
    pub host: String,
    /// Its address, sealed: often knowing it is the right to use it.
    pub url: Vec<u8>,
    /// What it is sent.
    pub format: Format,
    /// What it wants to hear of.
    pub events: BTreeSet<Event>,
    /// What is signed with, sealed.
    pub secret: Vec<u8>,
    /// What was signed with before, sealed, and until when it still is.
    pub former: Option<(Vec<u8>, Instant)>,
    /// It hears of nothing for now.
    pub paused: bool,
    /// When it was made.
    pub created: Instant,
    /// How it does.
    pub health: Health,
}

/// What became of the last messages to a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it took one last.
    pub told: Option<Instant>,
    /// When it did not take one last.
    pub failed: Option<Instant>,
    /// Why not; nothing since it took one.
    pub problem: Option<String>,
}

/// What a receiver is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// What happened, for programs.
    #[default]
    Dogwatch,
    /// A line for people, as incoming webhooks of Slack take it.
    Slack,
    /// The same as other chats take it: `{"text": …}`.
    Chat,
}

impl Format {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dogwatch => "dogwatch",
            Self::Slack => "slack",
            Self::Chat => "chat",
        }
    }
}

const WEBHOOK: &str = "SELECT id, team, name, host, url, format, events, secret, former, former_until_ms, paused,
    created_ms, told_ms, failed_ms, problem FROM webhook";

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: WebhookId::new(row.text(0)?),
        team: row.opt_text(1)?.map(TeamId::new),
        name: row.text(2)?,
        host: row.text(3)?,
        url: row.bytes(4)?,
        format: variant(row, 5)?,
        events: from_json(&row.text(6)?)?,
        secret: row.bytes(7)?,
        former: row.opt_bytes(8)?.zip(row.opt_instant(9)?),
        paused: row.boolean(10)?,
        created: row.instant(11)?,
        health: Health { told: row.opt_instant(12)?, failed: row.opt_instant(13)?, problem: row.opt_text(14)? },
    })
}

/// Adds a receiver, or writes it anew; how it does stays.
pub fn put(tx: &mut dyn Connection, webhook: &Webhook) -> Result<(), StoreError> {
    let (former, until) = webhook.former.clone().unzip();
    let args: [Value; 12] = [
        (&webhook.id).into(),
        webhook.team.as_ref().into(),
        (&webhook.name).into(),
        (&webhook.host).into(),
        webhook.url.clone().into(),
        word(&webhook.format)?.into(),
        to_json(&webhook.events)?.into(),
        webhook.secret.clone().into(),
        former.into(),
        until.into(),
        webhook.paused.into(),
        webhook.created.into(),
    ];
    tx.execute(
        "INSERT INTO webhook (id, team, name, host, url, format, events, secret, former, former_until_ms, paused,
           created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, host = excluded.host, url = excluded.url,
           format = excluded.format, events = excluded.events, secret = excluded.secret, former = excluded.former,
           former_until_ms = excluded.former_until_ms, paused = excluded.paused",
        &args,
    )?;
    Ok(())
}

/// One receiver.
pub fn find(tx: &mut dyn Connection, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
    let row = tx.query_one(&format!("{WEBHOOK} WHERE id = $1"), &[id.into()])?;
    row.map(|row| webhook(&row)).transpose()
}

/// The receivers of a team, or those of the whole instance, by when they were made.
pub fn of(tx: &mut dyn Connection, team: Option<&TeamId>) -> Result<Vec<Webhook>, StoreError> {
    let rows = match team {
        Some(team) => tx.query(&format!("{WEBHOOK} WHERE team = $1 ORDER BY created_ms, id"), &[team.into()])?,
        None => tx.query(&format!("{WEBHOOK} WHERE team IS NULL ORDER BY created_ms, id"), &[])?,
    };
    rows.iter().map(webhook).collect()
}

/// Every receiver that is to hear of something that happens in a team: its own, and those of the instance.
pub fn hearing(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Webhook>, StoreError> {
    let sql = format!("{WEBHOOK} WHERE paused = 0 AND (team = $1 OR team IS NULL) ORDER BY created_ms, id");
    tx.query(&sql, &[team.into()])?.iter().map(webhook).collect()
}

/// The teams with receivers of their own, and whether there are such for all of them; paused ones count not.
pub fn teams_heard(tx: &mut dyn Connection) -> Result<(Vec<TeamId>, bool), StoreError> {
    let rows = tx.query("SELECT DISTINCT team FROM webhook WHERE paused = 0", &[])?;
    let all = rows.iter().map(|row| row.opt_text(0)).collect::<Result<Vec<_>, _>>()?;
    let everybody = all.iter().any(Option::is_none);
    Ok((all.into_iter().flatten().map(TeamId::new).collect(), everybody))
}

/// Removes a receiver.
pub fn remove(tx: &mut dyn Connection, id: &WebhookId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM webhook WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Notes that a receiver took a message.
pub fn note_told(tx: &mut dyn Connection, id: &WebhookId, now: Instant) -> Result<(), StoreError> {
    tx.execute("UPDATE webhook SET told_ms = $1, problem = NULL WHERE id = $2", &[now.into(), id.into()])?;
    Ok(())
}

/// Notes that a receiver did not take a message, and why; `pause` where it is to be told nothing more.
pub fn note_failed(
    tx: &mut dyn Connection,
    id: &WebhookId,
    (now, problem): (Instant, &str),
    pause: bool,
) -> Result<(), StoreError> {
    let sql = "UPDATE webhook SET failed_ms = $1, problem = $2 WHERE id = $3";
    tx.execute(sql, &[now.into(), problem.into(), id.into()])?;
    if pause {
        tx.execute("UPDATE webhook SET paused = 1 WHERE id = $1", &[id.into()])?;
    }
    Ok(())
}

/// What a team's receivers were told last, as JSON.
pub fn state(tx: &mut dyn Connection, team: &TeamId) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT json FROM webhook_state WHERE team = $1", &[team.into()])?;
    row.map(|row| row.text(0)).transpose()
}

/// The teams of which something was told.
pub fn states(tx: &mut dyn Connection) -> Result<Vec<TeamId>, StoreError> {
    let rows = tx.query("SELECT team FROM webhook_state ORDER BY team", &[])?;
    rows.iter().map(|row| row.text(0).map(TeamId::new)).collect()
}

/// Writes it in place of what it was when it was read; false where somebody else was faster.
pub fn set_state(tx: &mut dyn Connection, team: &TeamId, before: Option<&str>, now: &str) -> Result<bool, StoreError> {
    let changed = if let Some(before) = before {
        let sql = "UPDATE webhook_state SET json = $1 WHERE team = $2 AND json = $3";
        tx.execute(sql, &[now.into(), team.into(), before.into()])?
    } else {
        let sql = "INSERT INTO webhook_state (team, json) VALUES ($1, $2) ON CONFLICT (team) DO NOTHING";
        tx.execute(sql, &[team.into(), now.into()])?
    };
    Ok(changed == 1)
}

/// Forgets it.
pub fn forget_state(tx: &mut dyn Connection, team: &TeamId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM webhook_state WHERE team = $1", &[team.into()])?;
    Ok(())
}
