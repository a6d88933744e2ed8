//! Where our own mail server hands over what came for reply addresses: LMTP (RFC 2033), and SMTP for whoever greets with
//! EHLO. On loopback, within narrow bounds, and nobody ever gets mail from here: what isn't understood is dropped.

use super::arrive::incoming;
use crate::service::Service;
use crate::service::mailbox::Verdict;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Connections at a time.
const CONNECTIONS: usize = 16;
/// Longest line, in bytes: RFC 5321 4.5.3.1.6 allows 1,000 in a text; some senders don't count.
const LINE: u64 = 8 << 10;
/// Largest mail, in bytes: an answer has a few kilobytes, and a text beside it.
const SIZE: usize = 512 << 10;
/// Recipients of one mail.
const RECIPIENTS: usize = 20;
/// How long the other side may think about a line.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may last.
const SESSION: Duration = Duration::from_secs(600);
/// Commands of one connection.
const COMMANDS: usize = 1_000;

/// The listener.
pub struct Door {
    listener: TcpListener,
    server: Option<String>,
}

impl Door {
    /// Binds. `server` is the name by which our own mail server vouches for senders.
    pub async fn bind(address: SocketAddr, server: Option<String>) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, server })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes mail in until told to stop.
    pub async fn run(self, service: Service, mut stopped: watch::Receiver<bool>) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let server = self.server.map(Arc::from);
        loop {
            let stream = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection with mail could not be taken");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
            };
            let Ok(seat) = Arc::clone(&room).try_acquire_owned() else { continue };
            let session = Session { service: service.clone(), server: server.clone() };
            tokio::spawn(async move {
                let _seat = seat;
                match timeout(SESSION, session.run(stream)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::debug!(%error, "a connection with mail broke"),
                    Err(_) => tracing::debug!("a connection with mail took too long"),
                }
            });
        }
    }
}

struct Session {
    service: Service,
    server: Option<Arc<str>>,
}

/// What was said so far.
#[derive(Default)]
struct Said {
    lmtp: bool,
    greeted: bool,
    from: bool,
    recipients: Vec<String>,
}

/// What came behind DATA.
enum Data {
    Whole(Vec<u8>),
    TooLong,
}

impl Session {
    async fn run(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        say(&mut stream, "220 dogwatch takes answers").await?;
        let mut said = Said::default();
        for _ in 0..COMMANDS {
            let Some(line) = line(&mut stream).await? else { return Ok(()) };
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            match verb.as_str() {
                "QUIT" => return say(&mut stream, "221 2.0.0 bye").await,
                "DATA" if said.from && !said.recipients.is_empty() => {
                    say(&mut stream, "354 end with a dot on a line").await?;
                    let answers = match data(&mut stream).await? {
                        Data::Whole(text) => self.take(&text, &said).await,
                        Data::TooLong => vec!["552 5.3.4 larger than any answer is"; said.answers()],
                    };
                    for answer in answers {
                        say(&mut stream, answer).await?;
                    }
                    said = Said { lmtp: said.lmtp, greeted: true, ..Said::default() };
                }
                _ => {
                    let answer = self.command(&verb, rest, &mut said);
                    say(&mut stream, &answer).await?;
                }
            }
        }
        say(&mut stream, "421 4.7.0 enough for one connection").await
    }

    fn command(&self, verb: &str, rest: &str, said: &mut Said) -> String {
        let answer = match verb {
            "LHLO" | "EHLO" | "HELO" => {
                *said = Said { lmtp: verb == "LHLO", greeted: true, ..Said::default() };
                if verb == "HELO" {
                    return "250 dogwatch".to_owned();
                }
                return format!(
                    "250-dogwatch\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE {SIZE}"
                );
            }
            "NOOP" => "250 2.0.0 ok",
            "RSET" => {
                *said = Said { lmtp: said.lmtp, greeted: said.greeted, ..Said::default() };
                "250 2.0.0 ok"
            }
            "VRFY" => "252 2.1.5 try it",
            "MAIL" if !said.greeted => "503 5.5.1 greet first",
            "MAIL" => match address(rest, "FROM:") {
                Some(_) => {
                    said.from = true;
                    said.recipients.clear();
                    "250 2.1.0 ok"
                }
                None => "501 5.5.4 MAIL FROM:<address>",
            },
            "RCPT" if !said.from => "503 5.5.1 MAIL first",
            "RCPT" if said.recipients.len() >= RECIPIENTS => "452 4.5.3 too many recipients",
            "RCPT" => match address(rest, "TO:") {
                // Refused here, the sender hears of it from the server that has the mail; nobody is written to from here.
                Some(to) if self.service.is_reply_address(to) => {
                    said.recipients.push(to.to_owned());
                    "250 2.1.5 ok"
                }
                Some(_) => "550 5.1.1 no such address here",
                None => "501 5.5.4 RCPT TO:<address>",
            },
            "DATA" => "503 5.5.1 MAIL and RCPT first",
            _ => "500 5.5.2 not known here",
        };
        answer.to_owned()
    }

    /// One answer a recipient to LMTP, one for all to SMTP.
    async fn take(&self, text: &[u8], said: &Said) -> Vec<&'static str> {
        let mut answers = Vec::with_capacity(said.recipients.len());
        for recipient in &said.recipients {
            answers.push(self.take_for(text, recipient).await);
        }
        if said.lmtp {
            return answers;
        }
        let put_off = answers.iter().copied().find(|answer| answer.starts_with('4'));
        vec![put_off.unwrap_or("250 2.0.0 taken")]
    }

    async fn take_for(&self, text: &[u8], recipient: &str) -> &'static str {
        let Some(mail) = incoming(text, recipient, self.server.as_deref()) else {
            tracing::info!(why = "it can't be read", "a mail is ignored");
            return "250 2.0.0 taken";
        };
        match self.service.receive_mail(mail).await {
            Ok(Verdict::Taken) => tracing::info!("an answer by mail is taken"),
            Ok(Verdict::Held(why)) => tracing::info!(?why, "a mail is held"),
            Ok(Verdict::Ignored(why)) => tracing::info!(why, "a mail is ignored"),
            Err(error) => {
                tracing::warn!(%error, "a mail could not be taken in; it comes again");
                return "451 4.3.0 not now";
            }
        }
        "250 2.0.0 taken"
    }
}

impl Said {
    fn answers(&self) -> usize {
        if self.lmtp { self.recipients.len() } else { 1 }
    }
}

/// The address of `FROM:<address> SIZE=…`; the empty one of bounces too.
fn address<'l>(rest: &'l str, word: &str) -> Option<&'l str> {
    let (head, tail) = rest.trim_start().split_at_checked(word.len())?;
    let path = tail.trim_start().strip_prefix('<')?;
    let (address, _) = path.split_once('>')?;
    (head.eq_ignore_ascii_case(word) && !address.contains(char::is_whitespace)).then_some(address)
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), text: &str) -> io::Result<()> {
    let all = format!("{text}\r\n");
    timeout(PATIENCE, stream.write_all(all.as_bytes())).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A line with its end; nothing at the end of the connection. One that is too long breaks the connection.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut bounded = stream.take(LINE);
    let read = bounded.read_until(b'\n', &mut line);
    timeout(PATIENCE, read).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// What comes until the dot (RFC 5321 4.5.2). Of what is too long the rest is read and forgotten.
async fn data(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Data> {
    let (mut text, mut too_long) = (Vec::new(), false);
    loop {
        let Some(line) = line(stream).await? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        // Only CR LF ends a line: with a bare LF a mail could be smuggled in behind another one.
        if line == b".\r\n" {
            return Ok(if too_long { Data::TooLong } else { Data::Whole(text) });
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        too_long |= text.len() + line.len() > SIZE;
        if !too_long {
            text.extend_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> io::Result<Data> {
        data(&mut BufReader::new(text.as_bytes())).await
    }

    #[tokio::test]
    async fn dots_are_taken_off_and_only_a_whole_line_end_ends_a_mail() {
        let Ok(Data::Whole(text)) = read("a\r\n..b\r\n.\n.c\r\n\n.\r\nQUIT\r\n").await else { panic!("no mail") };
        assert_eq!(String::from_utf8(text).unwrap(), "a\r\n.b\r\n\nc\r\n\n");
        assert!(read("a\r\n").await.is_err(), "it broke off");
    }

    #[tokio::test]
    async fn what_is_too_long_is_not_kept() {
        let long = format!("{}.\r\n", "0123456789\r\n".repeat(SIZE / 10));
        assert!(matches!(read(&long).await, Ok(Data::TooLong)));
        assert!(read(&format!("{}\r\n.\r\n", "x".repeat(9 << 10))).await.is_err());
    }

    #[test]
    fn an_address_is_what_stands_in_brackets() {
        assert_eq!(address("FROM:<ada@example.org> SIZE=5", "FROM:"), Some("ada@example.org"));
        assert_eq!(address("from: <>", "FROM:"), Some(""));
        for wrong in ["ada@example.org", "FROM:ada@example.org", "TO:<ada@example.org>", "FROM:<a b>", "FROM:<a", ""] {
            assert_eq!(address(wrong, "FROM:"), None, "{wrong}");
        }
    }
}
