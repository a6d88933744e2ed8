//! A disk that fails under a server, as Linux has it: after an error ext4 lets nobody write any more, whoever has a file open
//! among them. The service manager, whose part the test plays, starts the server anew whenever it ends.

use super::{CONFIG, event};
use crate::manager::Ear;
use crate::support::sink::Sink;
use crate::support::{Reply, Server, cluster, copy_demo};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A file system in a file; unmounted when dropped.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// Nothing where this process may make none, or Linux can't be told to find an error in it.
    fn new() -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(disk.place()).unwrap();
        std::fs::File::create(disk.image()).unwrap().set_len(64 << 20).unwrap();
        let made = done(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()));
        let there = made && disk.mount() && disk.trigger().is_some_and(|file| file.exists());
        if !there {
            println!("left out: it needs root, ext4 and a loop device");
        }
        there.then_some(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn mount(&self) -> bool {
        done(Command::new("mount").args(["-o", "loop,errors=remount-ro"]).args([self.image(), self.place()]))
    }

    /// What is written there is an error that the kernel finds.
    fn trigger(&self) -> Option<PathBuf> {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
        let place = format!(" {} ", self.place().display());
        let device = mounts.lines().find(|line| line.contains(&place))?.split(' ').next()?.strip_prefix("/dev/")?;
        Some(Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error"))
    }

    fn fail(&self) {
        std::fs::write(self.trigger().unwrap(), "a test").unwrap();
        assert!(std::fs::write(self.place().join("more"), "").is_err(), "it can still be written");
    }

    /// As an administrator does it, while the server shows what it has.
    fn mend(&self) {
        assert!(done(Command::new("umount").arg(self.place())), "somebody holds a file of it");
        Command::new("e2fsck").arg("-p").arg(self.image()).output().unwrap();
        assert!(self.mount());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.place()).output();
    }
}

fn done(command: &mut Command) -> bool {
    command.output().is_ok_and(|done| done.status.success())
}

fn ask(server: &Server, method: &str, uid: &str, body: &str) -> Reply {
    let basic = server.basic("ada");
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar")];
    server.send(method, &format!("/dav/calendars/ada/availability/{uid}.ics"), &headers, body)
}

/// An event half of which is sent.
struct Begun {
    stream: TcpStream,
    rest: String,
}

impl Begun {
    fn new(server: &Server, uid: &str) -> Self {
        let (basic, body) = (server.basic("ada"), event(uid, 0));
        let (first, rest) = body.split_at(body.len() / 2);
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(
            stream,
            "PUT /dav/calendars/ada/availability/{uid}.ics HTTP/1.1\r\nHost: {}\r\nAuthorization: {basic}\r\n\
             Content-Type: text/calendar\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{first}",
            server.address,
            body.len()
        )
        .unwrap();
        Self { stream, rest: rest.to_owned() }
    }

    /// Sends the rest: the answer as it came.
    fn end(mut self) -> String {
        self.stream.write_all(self.rest.as_bytes()).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn reads_on(server: &Server) {
    assert_eq!(ask(server, "GET", "before", "").expect(200).text(), event("before", 0));
    server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200);
}

#[test]
fn checklist_39_a_disk_that_fails_under_a_server_is_read_on_and_written_again_when_it_is_mended() {
    if cluster::wanted() {
        return; // whose disk that is, is PostgreSQL's to look after
    }
    let Some(disk) = Disk::new() else { return };
    let (manager, receiver, data) = (Ear::file(), Sink::start(), disk.place().join("data"));
    copy_demo(&data);
    // What nobody has synced is lost with the disk.
    assert!(done(Command::new("sync").arg("-f").arg(&data)));
    // One beat at each start. What is temporary lies on the same disk.
    let heartbeat = "[heartbeat]\nevery_seconds = 3600\nfail_suffix = \"/fail\"";
    let config = format!("{CONFIG}{heartbeat}\nreceivers = [\"{}/beat\"]\n", receiver.origin);
    let temporary = data.to_str().unwrap().to_owned();
    let mut server =
        Server::over(&data, None, &config, &[("NOTIFY_SOCKET", manager.name.clone()), ("TMPDIR", temporary)]);
    assert_eq!(ask(&server, "PUT", "before", &event("before", 0)).status, 201);
    assert_eq!(receiver.next().path, "/beat");

    // Under way before, since any write of the server's own may be the first to fail.
    let begun = Begun::new(&server, "doubtful");
    disk.fail();
    let refused = begun.end();
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: "), "{refused}");
    manager.hears("STOPPING=1");
    assert!(!server.wait(Duration::from_secs(20)), "it does not end as if all were well");
    assert!(server.log().contains("no write can be trusted now"), "{}", server.log());

    server.start_again();
    reads_on(&server);
    let doubtful = ask(&server, "GET", "doubtful", "");
    assert!(doubtful.status == 404 || doubtful.text() == event("doubtful", 0), "{doubtful:?}");
    ask(&server, "PUT", "meanwhile", &event("meanwhile", 0)).expect(503);
    let ready = server.get("/readyz").expect(503).text();
    assert!(ready.contains("can only be read"), "{ready}");
    let heard = receiver.next();
    assert!(heard.path == "/beat/fail" && heard.text().contains("can only be read"), "{heard:?}");

    disk.mend();
    manager.hears("STOPPING=1");
    assert!(server.wait(Duration::from_secs(20)), "it ends, to be started anew");
    server.start_again();
    reads_on(&server);
    assert_eq!(ask(&server, "GET", "meanwhile", "").status, 404);
    assert_eq!(ask(&server, "PUT", "after", &event("after", 0)).status, 201);
    server.get("/readyz").expect(200);
    assert!(server.command(&["check"]).starts_with("All is well"));
}
