//! The Debian package: what is in it, and that it starts with the configuration that it brings.

use crate::support::{DOGWATCH, cluster, ended_within};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
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
    let data = folder.path().join("data");
    let mut serve = run(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = serve.env("DOGWATCH_DATA", &data).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.split("listening on http://").nth(1).map(str::to_owned));
    let address = address.unwrap_or_default();
    let healthy = run(&["healthcheck", "--listen", address.trim()]).output();
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let ended = ended_within(&mut child, Duration::from_secs(20));
    let _ = child.kill();
    let after = run(&["healthcheck", "--listen", address.trim()]).output().unwrap();
    // Only now: what fails here leaves no process behind.
    let healthy = healthy.unwrap();
    assert!(healthy.status.success() && healthy.stdout.starts_with(b"ready"), "{healthy:?} at {address}");
    assert!(ended.is_some_and(|status| status.success()), "it stops when it is told to");
    assert_eq!(after.status.code(), Some(1), "nobody answers any more");
}
