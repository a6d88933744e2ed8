//! Mail as a relay gets it: who is written to, in which parts, and what becomes of it when the relay says no.

use crate::support::Server;
use crate::support::mail_server::{Mail, MailServer};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks for cover of the next shift, and says whose it is.
fn ask_for_cover(server: &Server) -> (String, String) {
    let watch = server.coverable_watch();
    let (slot, holder) = (watch["slot"].as_str().unwrap(), watch["person"]["id"].as_str().unwrap());
    let asked = json!({ "reason": "<b>away</b>" });
    server.api("POST", &format!("/slots/{slot}/cover"), &asked).expect(200);
    (slot.to_owned(), holder.to_owned())
}

fn about(mails: &[Mail], subject: &str) -> Vec<Mail> {
    mails.iter().filter(|mail| mail.header("Subject").contains(subject)).cloned().collect()
}

#[test]
fn whoever_is_asked_gets_a_mail_with_the_link_and_nobody_with_a_calendar_app_a_calendar_part() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(""));
    let (_, holder) = ask_for_cover(&server);
    let asked = about(&relay.all(Duration::from_secs(3)), "Can you stand it?");
    assert!(!asked.is_empty());
    for mail in &asked {
        assert_eq!((mail.from.as_str(), mail.header("Auto-Submitted")), ("oncall@example.org", "auto-generated"));
        assert!(mail.header("Content-Type").starts_with("multipart/alternative"));
        assert!(mail.text.contains("/links/offer/") || mail.text.contains("/links/offe="), "{}", mail.text);
        assert!(!mail.text.contains("text/calendar"));
        assert!(!mail.headers.iter().any(|line| line.starts_with("Bcc")));
        let (_, html) = mail.text.split_once("text/html").expect("a part in HTML");
        assert!(!html.contains("<b>away</b>"), "{html}");
        assert!(!mail.to.starts_with(&holder));
    }
}

#[test]
fn a_mail_that_the_relay_does_not_take_now_comes_again_under_the_same_id_and_one_for_nobody_is_given_up() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(""));
    relay.answer(&["451 4.3.0 later", "550 5.1.1 nobody here"]);
    ask_for_cover(&server);
    let mails = relay.all(Duration::from_secs(12));
    assert!(!mails.is_empty(), "what was put off comes again");
    let mut ids: Vec<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), mails.len(), "each once");
    let outbox: Value = serde_json::from_str(&server.command(&["outbox", "--json"])).unwrap();
    let stuck = outbox["stuck"].as_array().unwrap();
    assert!(stuck.iter().any(|one| one["reason"].as_str().unwrap().contains("5.1.1")), "{outbox}");
}

/// A letter without the transfer encoding of its parts.
fn decoded(mail: &Mail) -> String {
    let joined = mail.text.replace("=\r\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&piece.as_bytes()[2..]);
            }
            None => bytes.extend_from_slice(format!("={piece}").as_bytes()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn checklist_36_what_people_typed_stands_in_mails_as_text() {
    const TYPED: [&str; 4] = ["person", "team", "reason", "comment"];
    let hostile = |what: &str| format!("\"><svg onload=alert('{what}')>");
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(""));
    let database = server.database();
    for table in ["person", "team"] {
        let sql = format!("UPDATE {table} SET name = '{}' || id", hostile(table).replace('\'', "''"));
        crate::support::execute(&server.data(), database.as_deref(), &sql);
    }
    let slot = server.coverable_watch()["slot"].as_str().unwrap().to_owned();
    let asked = json!({ "reason": hostile("reason") });
    let swap = server.api("POST", &format!("/slots/{slot}/cover"), &asked).expect(200).json();
    let offer = swap["offers"][0]["id"].as_str().unwrap();
    let answer = json!({ "answer": "disagree", "comment": hostile("comment") });
    server.api("POST", &format!("/offers/{offer}/answer"), &answer).expect(200);
    let day = |days| (chrono::Utc::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let days = json!({ "from": day(150), "to": day(157) });
    let draft = server.api("POST", "/teams/payments/rosters", &days).expect(201).json();
    let publish = format!("/rosters/{}/publish", draft["id"].as_str().unwrap());
    server.api("POST", &publish, &json!({ "reason": hostile("reason") })).expect(200);

    let mails = relay.all(Duration::from_secs(4));
    let mut shown = String::new();
    for mail in &mails {
        let text = decoded(mail);
        let (_, html) = text.split_once("text/html").expect("a part in HTML");
        let (html, _) = html.split_once("\r\n--").expect("its end");
        assert!(!html.contains("<svg"), "{html}");
        shown.push_str(html);
    }
    for what in TYPED {
        let words = format!("svg onload=alert(&#39;{what}&#39;)&#62;");
        assert!(shown.contains(&words), "{what} is in none of {} mails: {shown}", mails.len());
    }
}

#[test]
fn an_offer_that_is_gone_before_the_relay_has_taken_it_is_called_off_all_the_same() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(INBOUND));
    let thinking = relay.think();
    let watch = server.coverable_watch();
    let cover = format!("/slots/{}/cover", watch["slot"].as_str().unwrap());
    let swap = server.api("POST", &cover, &json!({ "reason": "away" })).expect(200).json();
    let asked =
        std::iter::repeat_with(|| relay.next()).find(|mail| mail.header("Subject").contains("Can you stand it?"));
    let asked = asked.expect("somebody is asked");
    let uid = property(&calendar(&asked), "UID");
    server.api("POST", &format!("/swaps/{}/withdraw", swap["id"].as_str().unwrap()), &json!({})).expect(200);
    // Time enough to say of what calls it off that there is nothing to call off.
    std::thread::sleep(Duration::from_millis(500));
    drop(thinking);
    let called_off = std::iter::repeat_with(|| relay.next()).take(20).find(|mail| {
        mail.to == asked.to && mail.text.contains("text/calendar") && calendar(mail).contains("METHOD:CANCEL")
    });
    assert_eq!(property(&calendar(&called_off.expect("it is called off")), "UID"), uid);
}

/// A conversation in LMTP, as Postfix has it.
pub struct Mta {
    reader: std::io::BufReader<std::net::TcpStream>,
}

impl Mta {
    pub fn of(server: &Server) -> Self {
        let line = |log: &str| Some(log.lines().find(|line| line.contains("taking mail in"))?.to_owned());
        let line = line(&server.log()).expect("it says where mail comes in");
        let at = line.find("127.0.0.1:").expect("an address");
        let address: String = line[at..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
        let stream = std::net::TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut mta = Self { reader: std::io::BufReader::new(stream) };
        assert!(mta.answer().starts_with("220"));
        assert!(mta.say("LHLO mx.example.org").contains("PIPELINING"));
        mta
    }

    fn answer(&mut self) -> String {
        use std::io::BufRead as _;
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "the connection ended");
            all.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return all;
            }
        }
    }

    fn say(&mut self, line: &str) -> String {
        use std::io::Write as _;
        self.reader.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.answer()
    }

    /// Hands a mail over to one recipient; the last answer.
    fn hand_over(&mut self, to: &str, mail: &str) -> String {
        self.begin(to, mail).unwrap_or_else(|| self.end())
    }

    /// The same but for the last line; an answer where it is refused before.
    pub fn begin(&mut self, to: &str, mail: &str) -> Option<String> {
        use std::io::Write as _;
        assert!(self.say("MAIL FROM:<somebody@example.org> BODY=8BITMIME").starts_with("250"));
        let taken = self.say(&format!("RCPT TO:<{to}>"));
        if !taken.starts_with("250") {
            return Some(taken);
        }
        assert!(self.say("DATA").starts_with("354"));
        let stuffed = mail.replace("\r\n.", "\r\n..");
        let stuffed = format!("{}\r\n", stuffed.trim_end_matches("\r\n"));
        self.reader.get_mut().write_all(stuffed.as_bytes()).unwrap();
        None
    }

    /// The last line, by which the mail is handed over.
    pub fn end(&mut self) -> String {
        self.say(".")
    }
}

/// An answer in the shape of a program, filled in.
pub struct Shape<'s> {
    pub name: &'s str,
    pub to: &'s str,
    pub from: &'s str,
    pub uid: &'s str,
    pub answer: &'s str,
    pub sequence: &'s str,
    pub results: &'s str,
    pub id: &'s str,
}

impl Shape<'_> {
    pub fn text(&self) -> String {
        let path = format!("{}/fixtures/mail/{}.eml", env!("CARGO_MANIFEST_DIR"), self.name);
        let mut text = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        for (mark, value) in [
            ("@RESULTS@", self.results),
            ("@TO@", self.to),
            ("@FROM@", self.from),
            ("@UID@", self.uid),
            ("@ANSWER@", self.answer),
            ("@SEQUENCE@", self.sequence),
            ("@STAMP@", "20261201T080000Z"),
            ("@ID@", self.id),
        ] {
            text = text.replace(mark, value);
        }
        while let Some(from) = text.find("@BASE64@\n") {
            let to = text.find("@END@\n").unwrap();
            let plain = text[from + 9..to].replace('\n', "\r\n");
            let encoded = crate::support::base64(plain.as_bytes());
            let lines: Vec<&str> =
                (0..encoded.len()).step_by(76).map(|at| &encoded[at..encoded.len().min(at + 76)]).collect();
            text = format!("{}{}\n{}", &text[..from], lines.join("\n"), &text[to + 6..]);
        }
        text.replace('\n', "\r\n")
    }
}

pub const INBOUND: &str =
    "reply_domain = \"roster.example.org\"\n[mail.inbound]\nlisten = \"127.0.0.1:0\"\nauthserv_id = \"mx.example.org\"";

pub fn passed(from: &str) -> String {
    let domain = from.split('@').nth(1).unwrap();
    format!(
        "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom={from};\n\tdmarc=pass (p=none dis=none) header.from={domain}"
    )
}

/// The calendar part of a mail, unfolded.
pub fn calendar(mail: &Mail) -> String {
    let at = mail.text.find("text/calendar").expect("a calendar part");
    let part = &mail.text[at..];
    let (head, body) = part.split_once("\r\n\r\n").unwrap();
    let body = body.split("\r\n--").next().unwrap();
    let plain = if head.contains("base64") {
        use base64ct::{Base64, Encoding as _};
        String::from_utf8(Base64::decode_vec(&body.replace("\r\n", "")).unwrap()).unwrap()
    } else if head.contains("quoted-printable") {
        body.replace("=\r\n", "").replace("=3D", "=")
    } else {
        body.to_owned()
    };
    plain.replace("\r\n ", "")
}

pub fn property(calendar: &str, name: &str) -> String {
    let event = &calendar[calendar.find("BEGIN:VEVENT").unwrap()..];
    let line = event.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {calendar}"));
    line[name.len()..].trim_start_matches(':').to_owned()
}

fn swaps(server: &Server, state: &str) -> usize {
    let found = server.api("GET", &format!("/teams/payments/swaps?state={state}"), &Value::Null).expect(200).json();
    found.as_array().unwrap().len()
}

fn rows(server: &Server, action: &str) -> usize {
    let found = server.command(&["audit", "--json"]);
    found.matches(&format!("\"{action}\"")).count()
}

#[test]
fn checklist_33_an_answer_in_googles_outlooks_or_apples_shape_counts_once_and_forged_ones_never() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(INBOUND));
    ask_for_cover(&server);
    let asked: Vec<Mail> = about(&relay.all(Duration::from_secs(3)), "Can you stand it?");
    let mail = asked.iter().find(|mail| mail.text.contains("text/calendar")).expect("nobody uses CalDAV yet");
    let calendar = calendar(mail);
    assert!(calendar.contains("METHOD:REQUEST") && mail.text.contains("method=REQUEST"));
    let (to, from) = (mail.header("Reply-To").to_owned(), mail.to.clone());
    assert!(calendar.contains(&format!("mailto:{to}")), "answers come back to the reader's own address");
    let (uid, sequence) = (property(&calendar, "UID"), property(&calendar, "SEQUENCE"));
    let good = passed(&from);
    let shape = Shape {
        name: "google",
        to: &to,
        from: &from,
        uid: &uid,
        answer: "DECLINED",
        sequence: &sequence,
        results: &good,
        id: "1",
    };
    let mut mta = Mta::of(&server);
    let forged = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org";
    let failed = format!("Authentication-Results: mx.example.org; dmarc=fail header.from=example.org\n{good}");
    for (id, results) in [("f1", forged), ("f2", "X-Nothing: none"), ("f3", &failed)] {
        let text = Shape { results, id, answer: "ACCEPTED", ..shape }.text();
        assert!(mta.hand_over(&to, &text).starts_with("250"), "nobody is answered");
    }
    assert_eq!((rows(&server, "mail.held"), swaps(&server, "taken")), (3, 0));
    for (id, sender) in [("f4", "mallory@example.com"), ("f5", "ada@example.org"), ("f6", "ben@example.org")] {
        if sender != from {
            let results = passed(sender);
            let text = Shape { from: sender, results: &results, id, answer: "ACCEPTED", ..shape }.text();
            mta.hand_over(&to, &text);
            mta.hand_over(&to, &text.replace(&format!("mailto:{sender}"), &format!("mailto:{from}")));
        }
    }
    assert!(mta.hand_over("oncall+0123@roster.example.org", &shape.text()).starts_with("550"));
    assert!(mta.hand_over("somebody@roster.example.org", &shape.text()).starts_with("550"));
    for name in ["person", "vacation"] {
        mta.hand_over(&to, &Shape { name, id: name, ..shape }.text());
    }
    let before = rows(&server, "offer.disagreed");
    assert_eq!((swaps(&server, "taken"), swaps(&server, "open"), before), (0, 1, 0));

    for name in ["outlook", "outlook"] {
        assert!(mta.hand_over(&to, &Shape { name, id: "2", ..shape }.text()).starts_with("250"));
    }
    let accepted = Shape { name: "apple", answer: "ACCEPTED", id: "3", ..shape }.text();
    for _ in 0..2 {
        assert!(mta.hand_over(&to, &accepted).starts_with("250"));
    }
    assert_eq!((swaps(&server, "taken"), swaps(&server, "open")), (1, 0), "{}", server.log());
    assert_eq!(rows(&server, "swap.taken"), 1, "each mail counts once");
    assert!(mta.say("QUIT").starts_with("221"));
    let log = server.log();
    assert!(!log.contains(to.split(['+', '@']).nth(1).unwrap()), "a reply address is a secret");
}
