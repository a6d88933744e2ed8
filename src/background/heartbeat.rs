//! Tells receivers elsewhere that all is well, after trying whether it is: when Dogwatch falls, or the machine, or its
//! network, they raise the alarm. Of several processes one does it.

use crate::outbound::{Bounds, Client, Reach};
use crate::service::self_test::{Beat, SelfTest};
use crate::service::{Service, ServiceError};
use crate::time::SECOND;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Uri};
use std::fmt;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What a receiver may take, and how much of its answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 16 << 10 };
/// How long before a receiver that did not answer is told again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often a process that does not tell receivers looks whether nobody else does.
const LOOK: Duration = Duration::from_secs(10);
/// How long the right to tell lasts beyond the next beat, in milliseconds: so long nobody does when its holder falls.
const GRACE: i64 = 30 * SECOND;

/// Who is told, and how often.
#[derive(Clone)]
pub struct Heartbeat {
    /// Where they take a sign of life; often a secret.
    pub receivers: Vec<String>,
    /// How often.
    pub every: Duration,
    /// What is put behind an address where something is wrong; nothing is sent then where it is absent.
    pub fail_suffix: Option<String>,
    /// They are told who is on call, too, and these addresses of the snapshot.
    pub names: Option<Vec<String>>,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeat").field("every", &self.every).finish_non_exhaustive()
    }
}

/// Tells until told to stop.
pub async fn run(service: &Service, heartbeat: Heartbeat, mut stopped: watch::Receiver<bool>) {
    let mut heart = Heart { service, heartbeat, client: Client::new(Reach::everywhere()), leads: false };
    loop {
        let began = Instant::now();
        heart.beat().await;
        let pause = if heart.leads { heart.heartbeat.every } else { heart.heartbeat.every.min(LOOK) };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep_until(began + pause) => {}
        }
    }
    if heart.leads
        && let Err(error) = service.retire_heartbeat().await
    {
        tracing::warn!(%error, "the heartbeat stays claimed for a little while");
    }
}

struct Heart<'s> {
    service: &'s Service,
    heartbeat: Heartbeat,
    client: Client,
    leads: bool,
}

impl Heart<'_> {
    async fn beat(&mut self) {
        match self.lead().await {
            Ok(leads) => self.leads = leads,
            // A database that can't be written is nobody else's, and nobody else says so.
            Err(_) if self.service.reads_only() => self.leads = true,
            // Whoever had it has it as long as nobody can take it.
            Err(error) => tracing::warn!(%error, "it is not known who sends heartbeats"),
        }
        if !self.leads {
            return;
        }
        let test = self.service.self_test().await;
        let troubles = test.troubles();
        let mut beat = Beat { at: test.at, receivers: Vec::new(), troubles };
        if beat.troubles.is_empty() {
            let words = format!("{}: all is well, {} checks\n", self.service.public_url(), test.checks.len());
            beat.receivers = self.tell("", &format!("{words}{}", self.names(&test))).await;
        } else {
            let sent = self.heartbeat.fail_suffix.is_some();
            tracing::error!(troubles = ?beat.troubles, sent, "the self-test failed: no heartbeat");
            if let Some(suffix) = self.heartbeat.fail_suffix.clone() {
                let words = format!("{}: {}\n", self.service.public_url(), beat.troubles.join("\n"));
                beat.receivers = self.tell(&suffix, &format!("{words}{}", self.names(&test))).await;
            }
        }
        if let Err(error) = self.service.keep_beat(&beat).await {
            tracing::warn!(%error, "what became of the heartbeat was not noted");
        }
    }

    /// Who is on call, and where that can be read when we are down; nothing where nobody is to be named.
    fn names(&self, test: &SelfTest) -> String {
        let Some(places) = &self.heartbeat.names else { return String::new() };
        let snapshots = places.iter().map(|place| format!("snapshot: {place}/oncall.json"));
        test.on_call.iter().cloned().chain(snapshots).map(|line| line + "\n").collect()
    }

    async fn lead(&self) -> Result<bool, ServiceError> {
        let every = i64::try_from(self.heartbeat.every.as_millis()).unwrap_or(i64::MAX / 2);
        self.service.lead_heartbeat(self.service.ctx().now.plus_millis(every + GRACE)).await
    }

    /// Tells all of them at once: hosts, with what went wrong.
    async fn tell(&self, suffix: &str, words: &str) -> Vec<(String, Option<String>)> {
        let mut tellings = tokio::task::JoinSet::new();
        for (place, receiver) in self.heartbeat.receivers.iter().enumerate() {
            let url = format!("{}{suffix}", receiver.trim_end_matches('/'));
            let (client, words) = (self.client.clone(), Bytes::copy_from_slice(words.as_bytes()));
            tellings.spawn(async move { (place, tell(&client, &url, words).await) });
        }
        let mut told = tellings.join_all().await;
        told.sort_by_key(|(place, _)| *place);
        told.into_iter().map(|(_, told)| told).collect()
    }
}

async fn tell(client: &Client, url: &str, words: Bytes) -> (String, Option<String>) {
    let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let mut trouble = once(client, url, words.clone()).await.err();
    if trouble.is_some() {
        tokio::time::sleep(AGAIN).await;
        trouble = once(client, url, words).await.err();
    }
    if let Some(trouble) = &trouble {
        tracing::warn!(host, trouble, "a receiver of heartbeats was not told");
    }
    (host, trouble)
}

async fn once(client: &Client, url: &str, words: Bytes) -> Result<(), String> {
    let request = Request::post(url).header(CONTENT_TYPE, "text/plain; charset=utf-8").body(Full::new(words));
    let request = request.map_err(|_| "its address can't be used".to_owned())?;
    let answer = client.send(request, BOUNDS).await.map_err(|failure| failure.to_string())?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("it says {}", answer.status)) }
}
