//! Calendar apps by the thousand, as their servers see them: each asks for the tags of its calendars once a period, on a
//! connection of its own, and a few people store something meanwhile. Only the standard library, so that `rustc -O` alone
//! makes it: what it costs must not be taken for the server's.
//!
//! `driver USERS SERVERS APPS PERIOD WRITES SECONDS THREADS`: a file of `person user:password` lines, addresses with commas
//! between, and numbers. Says one line of JSON: what was asked, what was answered, and how long that took. Time counts from
//! the moment at which something was due, so that a server that falls behind can't hide it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Of a hundred apps so many keep their connection.
const KEEP: u64 = 10;
const TAGS: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\" xmlns:CS=\"http://calendarserver.org/ns/\">\
                    <prop><CS:getctag/><sync-token/></prop></propfind>";

struct Person {
    name: String,
    basic: String,
}

/// What falls due: an app's poll, or somebody's change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Poll(u64),
    Write(u64),
}

/// Answers that came, in microseconds, and those that did not.
#[derive(Default)]
struct Seen {
    polls: Vec<u32>,
    writes: Vec<u32>,
    late: u32,
    failed: u64,
    statuses: BTreeMap<u16, u64>,
}

struct Plan {
    due: Mutex<BinaryHeap<Reverse<(Instant, Job)>>>,
    bell: Condvar,
    end: Instant,
    period: Duration,
    pause: Duration,
    count: AtomicU64,
    /// Connections that apps keep until their next poll.
    kept: Mutex<HashMap<u64, TcpStream>>,
}

impl Plan {
    /// The next job, when it is due; nothing at the end.
    fn next(&self) -> Option<(Instant, Job)> {
        let mut due = self.due.lock().unwrap();
        loop {
            let now = Instant::now();
            if now >= self.end {
                self.bell.notify_all();
                return None;
            }
            match due.peek() {
                Some(Reverse((at, _))) if *at <= now => {
                    let Reverse((at, job)) = due.pop().unwrap();
                    let again = match job {
                        Job::Poll(_) => at + self.period,
                        Job::Write(_) => at + self.pause,
                    };
                    due.push(Reverse((again, job)));
                    self.bell.notify_one();
                    return Some((at, job));
                }
                Some(Reverse((at, _))) => {
                    let wait = (*at - now).min(self.end - now);
                    due = self.bell.wait_timeout(due, wait).unwrap().0;
                }
                None => due = self.bell.wait_timeout(due, self.end - now).unwrap().0,
            }
        }
    }
}

/// One request; whether the answer came whole, and its status.
fn ask(stream: &mut TcpStream, head: &str, body: &str, buffer: &mut Vec<u8>) -> std::io::Result<u16> {
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    buffer.clear();
    let mut piece = [0_u8; 16 << 10];
    loop {
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            let whole = match length {
                Some(length) => buffer.len() >= end + 4 + length,
                None if text.contains("transfer-encoding: chunked") => buffer.ends_with(b"0\r\n\r\n"),
                None => true,
            };
            if whole {
                return Ok(status);
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => buffer.extend_from_slice(&piece[..read]),
        }
    }
}

fn connect(server: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

fn event(uid: &str, count: u64) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Load//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n\
         DTSTART:20270{}{:02}T090000Z\r\nDURATION:PT1H\r\nSUMMARY:Away {count}\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        1 + count % 9,
        1 + count % 28,
        "a line of a plan\\n".repeat(12),
    )
}

fn work(plan: &Plan, people: &[Person], servers: &[String]) -> Seen {
    let mut seen = Seen::default();
    let mut buffer = Vec::new();
    while let Some((at, job)) = plan.next() {
        seen.late = seen.late.max(micros(at));
        let (Job::Poll(number) | Job::Write(number)) = job;
        let (person, server) = (&people[number as usize % people.len()], &servers[number as usize % servers.len()]);
        let keeps = number % 100 < KEEP && matches!(job, Job::Poll(_));
        let held = if keeps { plan.kept.lock().unwrap().remove(&number) } else { None };
        let mut stream = match held.map_or_else(|| connect(server), Ok) {
            Ok(stream) => stream,
            Err(_) => {
                seen.failed += 1;
                continue;
            }
        };
        let mut ok = true;
        let mut one = |method: &str, path: &str, kind: &str, body: &str, seen: &mut Seen, from: Instant| {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Basic {}\r\nUser-Agent: DAVx5/4.5 (load)\r\n\
                 Content-Type: {kind}\r\nDepth: 0\r\n",
                person.basic
            );
            match ask(&mut stream, &head, body, &mut buffer) {
                Ok(status) => {
                    *seen.statuses.entry(status).or_default() += 1;
                    if status == 207 || status == 201 || status == 204 { Some(micros(from)) } else { None }
                }
                Err(_) => {
                    seen.failed += 1;
                    ok = false;
                    None
                }
            }
        };
        match job {
            Job::Poll(_) => {
                let mut from = at;
                for calendar in ["shifts", "availability", "calendar"].iter().take(2 + number as usize % 2) {
                    let path = format!("/dav/calendars/{}/{calendar}/", person.name);
                    let took = one("PROPFIND", &path, "application/xml", TAGS, &mut seen, from);
                    seen.polls.extend(took);
                    from = Instant::now();
                }
            }
            Job::Write(_) => {
                let count = plan.count.fetch_add(1, Ordering::Relaxed);
                let uid = format!("load-{number}-{}", count % 40);
                let path = format!("/dav/calendars/{}/availability/{uid}.ics", person.name);
                let took = one("PUT", &path, "text/calendar", &event(&uid, count), &mut seen, at);
                seen.writes.extend(took);
            }
        }
        if keeps && ok {
            plan.kept.lock().unwrap().insert(number, stream);
        }
    }
    seen
}

fn micros(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)
}

fn line(name: &str, all: &mut [u32], seconds: f64) -> String {
    all.sort_unstable();
    let at = |share: f64| {
        all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    let ms = |micros: u32| f64::from(micros) / 1000.0;
    format!(
        "\"{name}\": {{\"count\": {}, \"per_second\": {:.1}, \"p50_ms\": {:.2}, \"p95_ms\": {:.2}, \"p99_ms\": {:.2}, \"max_ms\": {:.2}}}",
        all.len(),
        all.len() as f64 / seconds,
        ms(at(0.5)),
        ms(at(0.95)),
        ms(at(0.99)),
        ms(all.last().copied().unwrap_or(0))
    )
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [users, servers, apps, period, writes, seconds, threads] = arguments.as_slice() else {
        panic!("driver USERS SERVERS APPS PERIOD WRITES SECONDS THREADS");
    };
    let people: Vec<Person> = std::fs::read_to_string(users)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, login)| Person { name: name.to_owned(), basic: base64(login.as_bytes()) })
        .collect();
    let servers: Vec<String> = servers.split(',').map(str::to_owned).collect();
    let number = |text: &String| text.parse::<f64>().unwrap();
    let (period, seconds, writes) = (Duration::from_secs_f64(number(period)), number(seconds), number(writes));
    let apps: u64 = apps.parse().unwrap();
    let begin = Instant::now() + Duration::from_millis(200);
    let mut due = BinaryHeap::new();
    for app in 0..apps {
        // Spread over the period by a number that no period divides.
        let phase = (app as f64 * 0.618_033_988_749_895).fract();
        due.push(Reverse((begin + period.mul_f64(phase), Job::Poll(app))));
    }
    // Twenty writers at most, each with an equal share.
    let writers = (writes.ceil() as u64).min(20);
    let pause = Duration::from_secs_f64(if writes > 0.0 { writers as f64 / writes } else { 1.0 });
    for writer in 0..writers {
        due.push(Reverse((begin + pause.mul_f64(writer as f64 / writers as f64), Job::Write(writer * 7919))));
    }
    let plan = Arc::new(Plan {
        due: Mutex::new(due),
        bell: Condvar::new(),
        end: begin + Duration::from_secs_f64(seconds),
        period,
        pause,
        count: AtomicU64::new(0),
        kept: Mutex::default(),
    });
    let (people, servers) = (Arc::new(people), Arc::new(servers));
    let runners: Vec<_> = (0..threads.parse::<usize>().unwrap())
        .map(|_| {
            let (plan, people, servers) = (Arc::clone(&plan), Arc::clone(&people), Arc::clone(&servers));
            std::thread::spawn(move || work(&plan, &people, &servers))
        })
        .collect();
    let mut all = Seen::default();
    for runner in runners {
        let seen = runner.join().unwrap();
        all.polls.extend(seen.polls);
        all.writes.extend(seen.writes);
        all.failed += seen.failed;
        all.late = all.late.max(seen.late);
        seen.statuses.into_iter().for_each(|(status, count)| *all.statuses.entry(status).or_default() += count);
    }
    let statuses: Vec<String> = all.statuses.iter().map(|(status, count)| format!("\"{status}\": {count}")).collect();
    println!(
        "{{{}, {}, \"failed\": {}, \"begun_late_ms\": {:.1}, \"statuses\": {{{}}}}}",
        line("polls", &mut all.polls, seconds),
        line("writes", &mut all.writes, seconds),
        all.failed,
        f64::from(all.late) / 1000.0,
        statuses.join(", ")
    );
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
