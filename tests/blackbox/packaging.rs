//! The Debian package and the container's image: what is in them, and that a server starts from each with what it brings.

use crate::support::{DOGWATCH, cluster, ended_within};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn said(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}{error}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8(done.stdout).unwrap()
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Builds it; nothing where the tools for it are not there.
fn package(folder: &Path) -> Option<PathBuf> {
    if let Some(missing) = ["dpkg-deb", "python3", "strip"].into_iter().find(|program| !is_there(program)) {
        println!("left out: {missing} is not there");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/deb");
    let name = said(Command::new(script).arg(DOGWATCH).arg(folder).env("DEB_COMPRESSION", "none"));
    Some(PathBuf::from(name.trim()))
}

#[test]
fn the_package_holds_all_of_it_and_starts_with_the_configuration_it_brings() {
    if cluster::wanted() {
        return; // it is the same package
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(package) = package(folder.path()) else { return };
    let listed = said(Command::new("dpkg-deb").arg("--contents").arg(&package));
    let files: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(" ./").nth(1)).collect();
    for file in [
        "usr/bin/dogwatch",
        "usr/lib/systemd/system/dogwatch.service",
        "etc/dogwatch/dogwatch.toml",
        "usr/share/man/man1/dogwatch.1.gz",
        "usr/share/doc/dogwatch/copyright",
        "usr/share/doc/dogwatch/changelog.gz",
        "usr/share/doc/dogwatch/install.md",
        "usr/share/doc/dogwatch/alerts.yml",
        "usr/share/doc/dogwatch/dogwatch.cdx.json",
    ] {
        assert!(files.contains(file), "{file} is not in {listed}");
    }
    assert!(listed.lines().all(|line| line.contains(" root/root ")), "all of it is root's: {listed}");

    let place = folder.path().join("installed");
    said(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&place));
    said(Command::new("dpkg-deb").arg("-e").arg(&package).arg(place.join("DEBIAN")));
    let conffiles = std::fs::read_to_string(place.join("DEBIAN/conffiles")).unwrap();
    assert_eq!(conffiles, "/etc/dogwatch/dogwatch.toml\n");
    let parts = std::fs::read_to_string(place.join("usr/share/doc/dogwatch/dogwatch.cdx.json")).unwrap();
    let parts: serde_json::Value = serde_json::from_str(&parts).unwrap();
    assert_eq!(parts["bomFormat"], "CycloneDX");
    let known = |name: &str| parts["components"].as_array().unwrap().iter().any(|part| part["name"] == name);
    assert!(known("rusqlite") && known("rustls") && !known("proptest"), "what tests need is not in it");

    let (binary, config) = (place.join("usr/bin/dogwatch"), place.join("etc/dogwatch/dogwatch.toml"));
    let run = |words: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(words).arg("--config").arg(&config).env_clear();
        command
    };
    assert!(said(&mut run(&["check-config"])).contains("/var/lib/dogwatch"));
    // As the unit gives it a folder.
    let mut serve = run(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("DOGWATCH_DATA", folder.path().join("data"));
    serves_and_stops(serve, |address| run(&["healthcheck", "--listen", address]));
}

/// The server is ready when its own command asks, stops when it is told to, and is then not ready.
fn serves_and_stops(mut serve: Command, healthcheck: impl Fn(&str) -> Command) {
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.split("listening on http://").nth(1).map(str::to_owned));
    let address = address.unwrap_or_default();
    let healthy = healthcheck(address.trim()).output();
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let ended = ended_within(&mut child, Duration::from_secs(20));
    let _ = child.kill();
    let after = healthcheck(address.trim()).output().unwrap();
    // Only now: what fails here leaves no process behind.
    let healthy = healthy.unwrap();
    assert!(healthy.status.success() && healthy.stdout.starts_with(b"ready"), "{healthy:?} at {address}");
    assert!(ended.is_some_and(|status| status.success()), "it stops when it is told to");
    assert_eq!(after.status.code(), Some(1), "nobody answers any more");
}

/// A program in what the image is made of, as nobody in particular and with what its Containerfile sets.
fn inside(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("chroot");
    command.args(["--userspec=65532:65532".as_ref(), root.as_os_str(), "/usr/bin/dogwatch".as_ref()]).args(words);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs([("DOGWATCH_DATA", "/data"), ("DOGWATCH_LOG_FORMAT", "json")]);
    command
}

#[test]
fn the_image_holds_all_that_a_server_needs_and_nothing_else() {
    if cluster::wanted() || said(Command::new("id").arg("-u")) != "0\n" || !is_there("strip") {
        println!("left out: it needs root and binutils");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/container");
    said(Command::new(&script).args(["--lay-out", DOGWATCH]).arg(folder.path()));
    let (root, own) = (folder.path().join("root"), folder.path().join("own/data"));
    let files = said(Command::new("find").arg(&root).args(["-type", "f", "-printf", "%P\n"]));
    let files: BTreeSet<&str> = files.lines().collect();
    assert!(files.contains("usr/bin/dogwatch") && files.contains("etc/ssl/certs/ca-certificates.crt"), "{files:?}");
    assert!(
        files.len() < 12 && !files.iter().any(|file| file.ends_with("/sh")),
        "nothing that is not needed: {files:?}"
    );
    let placed = root.join("data");
    std::fs::rename(own, &placed).unwrap();
    std::os::unix::fs::chown(&placed, Some(65532), Some(65532)).unwrap();
    assert_eq!(std::fs::metadata(&placed).unwrap().permissions().mode() & 0o777, 0o700);
    serves_and_stops(inside(&root, &["serve", "--listen", "127.0.0.1:0"]), |address| {
        inside(&root, &["healthcheck", "--listen", address])
    });
    assert!(placed.join("dogwatch.db").exists());
    let others = said(Command::new("find").arg(&root).args(["-user", "65532", "-not", "-path", "*/data*"]));
    assert_eq!(others, "", "it writes nowhere but to its data");
}
