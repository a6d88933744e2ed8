//! The configuration: what is refused before anything starts, and with which words.

use super::{Place, run};
use crate::support::Server;

fn check(config: &str, variables: &[(&str, &str)]) -> super::Done {
    let place = Place::empty();
    let file = place.file("dogwatch.toml", config.as_bytes());
    run(&["check-config", "--config", &file], variables)
}

fn refused(config: &str, variables: &[(&str, &str)]) -> String {
    let done = check(config, variables);
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{config}: {done:?}");
    done.err
}

#[test]
fn init_writes_what_check_config_takes_and_never_overwrites() {
    let place = Place::empty();
    let file = place.file("x", b"").replace("/x", "/dogwatch.toml");
    let said = run(&["init", &file], &[]).well();
    assert!(said.contains(&format!("dogwatch serve --config {file}")), "{said}");
    let fine = run(&["check-config", "--config", &file, "--json"], &[]).well();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&fine).unwrap()["ok"], true);
    let before = std::fs::read(&file).unwrap();
    let again = run(&["init", &file], &[]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn init_writes_the_file_it_names_whatever_the_environment_names() {
    let place = Place::empty();
    let (named, other) = (place.file("a", b""), place.file("b", b""));
    std::fs::remove_file(&named).unwrap();
    run(&["init", &named], &[("DOGWATCH_CONFIG", &other)]).well();
    assert!(std::fs::read_to_string(&named).unwrap().contains("public_url"));
    assert_eq!(std::fs::read(&other).unwrap(), b"");
}

#[test]
fn what_is_wrong_in_the_file_is_named_with_its_line() {
    for (config, wanted) in [
        ("data = \"x\"\nlisten_to = 1\n", "line 2: unknown field `listen_to`"),
        ("\n[limits]\nconections = 5\n", "line 3: unknown field `conections`"),
        ("listen = \"nowhere\"\n", "line 1: "),
        ("listen = 8080\n", "line 1: "),
        ("data = \"a\"\ndata = \"b\"\n", "line 2: duplicate key"),
        ("\n\nlog = { level = \"loud\" }\n", "line 3: unknown variant `loud`"),
        ("[log\n", "line 1: "),
        ("trusted_proxies = [\"10.0.0.0/33\"]\n", "10.0.0.0/33"),
        ("public_url = \"calendar.example.org\"\n", "must be http:// or https://"),
        ("listen = \"0.0.0.0:80\"\n", "allow_plain_http"),
        ("[limits]\nconnections = 0\n", "limits.connections must be more than 0"),
    ] {
        let said = refused(config, &[]);
        assert!(said.contains(wanted), "{config}: {said}");
        assert!(said.starts_with("dogwatch: "), "{said}");
    }
}

#[test]
fn the_environment_overrides_the_file_and_is_refused_by_name() {
    let file = "listen = \"127.0.0.1:1\"\ndata = \"here\"\n";
    let said = check(file, &[("DOGWATCH_LISTEN", "127.0.0.1:2"), ("DOGWATCH_DATA", "there")]).well();
    assert!(said.contains("127.0.0.1:2") && said.contains("there"), "{said}");
    for (name, value) in [
        ("DOGWATCH_LISTEN", "x"),
        ("DOGWATCH_LOG_LEVEL", "loud"),
        ("DOGWATCH_ALLOW_PLAIN_HTTP", "perhaps"),
        ("DOGWATCH_LIMITS_CONECTIONS", "5"),
        ("DOGWATCH_TRUSTED_PROXIES", "10.0.0.0/33"),
    ] {
        let said = refused("", &[(name, value)]);
        assert!(said.contains(name), "{said}");
    }
    let said = check("", &[("DOGWATCH_LISTN", "127.0.0.1:2")]).well();
    assert!(said.contains("DOGWATCH_LISTN means nothing"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let done = run(&["check-config", "--config", "/nowhere/dogwatch.toml"], &[]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("can't read /nowhere/dogwatch.toml"), "{}", done.err);
    let done = run(&["serve"], &[("DOGWATCH_CONFIG", "/nowhere/dogwatch.toml")]);
    assert_eq!(done.code, Some(2));
}

#[test]
fn the_link_key_is_read_from_a_file_and_never_shown() {
    let place = Place::empty();
    let (short, long) = (place.file("short", b"abc"), place.file("long", &[b'k'; 64]));
    let key = |file: &str| format!("link_key_file = \"{file}\"\n");
    let said = refused(&key(&short), &[]);
    assert!(said.contains("at least 32 bytes") && said.contains(&short) && !said.contains("abc"), "{said}");
    assert!(refused(&key("/nowhere/key"), &[]).contains("/nowhere/key"));
    assert!(!check(&key(&long), &[]).well().contains("kkk"));
    check("", &[("DOGWATCH_LINK_KEY_FILE", "/dev/urandom")]).well();
}

#[test]
fn a_served_configuration_counts() {
    let server = Server::with_config("public_url = \"https://calendar.example.org\"\n[log]\nformat = \"json\"\n");
    server.get("/healthz").expect(200);
    assert!(server.get("/").expect(200).text().contains("https://calendar.example.org"));
    let log = server.log();
    let first = log.lines().next().unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(first).is_ok(), "{first}");
}

#[test]
fn an_environment_that_is_not_text_is_no_reason_to_end() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let mut command = std::process::Command::new(crate::support::DOGWATCH);
    let done = command.arg("check-config").env("ODD", odd).env("DOGWATCH_LOG_LEVEL", odd).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(said.starts_with("dogwatch: DOGWATCH_LOG_LEVEL: "), "{said}");
}
