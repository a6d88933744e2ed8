//! What a configuration may say, and how it is told what is wrong with it.

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("dogwatch.toml"))
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(parse("").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    assert!(refusal("data = \"x\"\n\nlisten_on = \"y\"\n").contains("line 3: unknown field `listen_on`"));
    assert!(refusal("[limits]\nbody = 3\n").contains("line 2: unknown field `body`"));
    assert!(refusal("[colours]\n").contains("line 1: unknown field `colours`"));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_line() {
    assert!(refusal("\nlisten = \"nowhere\"").contains("line 2:"));
    assert!(refusal("[limits]\nconnections = -1").contains("line 2:"));
    assert!(refusal("trusted_proxies = [\"10.0.0.0/33\"]").contains("10.0.0.0/33"));
}

#[test]
fn the_environment_overrides_the_file() {
    let variables = [
        ("DOGWATCH_LISTEN", "127.0.0.1:0"),
        ("DOGWATCH_LOG_FORMAT", "json"),
        ("DOGWATCH_LIMITS_CONNECTIONS", "7"),
        ("DOGWATCH_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("DOGWATCH_CORPORA", "/somewhere"),
    ];
    let config = Config::load(None, variables.map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter()).unwrap();
    assert_eq!(config.listen.port(), 0);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.limits.connections, 7);
    assert_eq!(config.trusted_proxies.len(), 2);
}

#[test]
fn a_wrong_override_is_refused_by_name() {
    let load = |name: &str, value: &str| {
        Config::load(None, std::iter::once((name.to_owned(), value.to_owned()))).unwrap_err().to_string()
    };
    assert!(load("DOGWATCH_LOG_LEVEL", "loud").contains("DOGWATCH_LOG_LEVEL: unknown variant"));
    assert!(load("DOGWATCH_LIMITS_CONECTIONS", "5").contains("unknown limit"));
}

#[test]
fn a_variable_that_means_nothing_is_named() {
    let names = ["DOGWATCH_LISTEN", "DOGWATCH_LISTN", "DOGWATCH_CONFIG", "HOME", "DOGWATCH_LIMITS_CONNECTIONS"];
    let variables = names.into_iter().map(|name| (name.to_owned(), "1".to_owned()));
    assert_eq!(Config::unknown_variables(variables), ["DOGWATCH_LISTN"]);
}

#[test]
fn a_public_address_needs_a_proxy_or_a_clear_word() {
    let public = Config { listen: "0.0.0.0:80".parse().unwrap(), ..Config::default() };
    assert!(public.check().is_err());
    assert!(Config { allow_plain_http: true, ..public.clone() }.check().is_ok());
    assert!(Config { trusted_proxies: vec!["10.0.0.1".parse().unwrap()], ..public.clone() }.check().is_ok());
    let tls = Tls { certificate_file: Some("chain.pem".into()), key_file: Some("key.pem".into()), ..Tls::default() };
    assert!(Config { tls, ..public }.check().is_ok());
}

#[test]
fn a_certificate_comes_with_its_key_and_leaves_no_plain_http() {
    let check = |text: &str| parse(text).unwrap().check().map_err(|error| error.to_string());
    let pair = "[tls]\ncertificate_file = \"chain.pem\"\nkey_file = \"key.pem\"\n";
    check(pair).unwrap();
    check(&format!("public_url = \"https://a.example\"\n{pair}")).unwrap();
    assert!(check(&format!("public_url = \"http://a.example\"\n{pair}")).unwrap_err().contains("https://"));
    assert!(check("[tls]\nkey_file = \"key.pem\"\n").unwrap_err().contains("certificate_file"));
    assert!(check("[tls]\ncertificate_file = \"chain.pem\"\n").unwrap_err().contains("key_file"));
    assert_eq!(parse(pair).unwrap().base_url("127.0.0.1:9".parse().unwrap()), "https://127.0.0.1:9");
}

#[test]
fn a_certificate_that_is_asked_for_has_names_and_an_operator_who_agrees() {
    let check = |text: &str| parse(text).unwrap().check().map_err(|error| error.to_string());
    let acme = "[tls.acme]\nnames = [\"a.example.org\"]\nagree_to_terms = true\n";
    check(acme).unwrap();
    let read = parse(acme).unwrap();
    assert_eq!(read.base_url("127.0.0.1:9".parse().unwrap()), "https://127.0.0.1:9");
    assert!(read.tls.acme.unwrap().directory.contains("letsencrypt"));
    check(&format!("public_url = \"https://A.example.org:8443\"\n{acme}contact = \"mailto:ops@example.org\"\n"))
        .unwrap();
    check(&format!("{acme}directory = \"http://127.0.0.1:14000/dir\"\n")).unwrap();
    for (wrong, said) in [
        (acme.replace("[\"a.example.org\"]", "[]"), "names must say"),
        (acme.replace("true", "false"), "agree_to_terms must be true"),
        (format!("{acme}contact = \"ops@example.org\"\n"), "must begin with mailto:"),
        (format!("{acme}directory = \"http://ca.example.org/dir\"\n"), "tls.acme.directory must be https://"),
        (format!("{acme}external_account_id = \"x\"\n"), "needs external_account_key_file"),
        (format!("{acme}external_account_key_file = \"x\"\n"), "needs external_account_id"),
        (format!("[tls]\nkey_file = \"key.pem\"\n{acme}"), "not both"),
        (format!("public_url = \"https://b.example.org\"\n{acme}"), "must have b.example.org"),
        (format!("public_url = \"http://a.example.org\"\n{acme}"), "must be https://"),
    ] {
        let refused = check(&wrong).unwrap_err();
        assert!(refused.contains(said), "{wrong}: {refused}");
    }
    for name in
        ["*.example.org", "A.example.org", "192.0.2.1", "a_b.example.org", "-a.example.org", "a..b", "", "[::1]"]
    {
        let refused = check(&acme.replace("a.example.org", name)).unwrap_err();
        assert!(refused.contains("the name of a host"), "{name}: {refused}");
    }
    assert!(refusal(&format!("{acme}domains = []\n")).contains("unknown field `domains`"));
}

#[test]
fn a_provider_has_a_name_for_dogwatch_and_is_not_asked_in_clear_text() {
    let check = |text: &str| parse(text).unwrap().check().map_err(|error| error.to_string());
    check("[openid]\nissuer = \"https://id.example.org\"\nclient_id = \"dogwatch\"\n").unwrap();
    check("[openid]\nissuer = \"http://127.0.0.1:9400\"\nclient_id = \"dogwatch\"\n").unwrap();
    let refused = check("[openid]\nissuer = \"http://id.example.org\"\nclient_id = \"dogwatch\"\n").unwrap_err();
    assert!(refused.contains("https://"), "{refused}");
    assert!(check("[openid]\nissuer = \"https://id.example.org\"\n").unwrap_err().contains("client_id"));
    assert!(check("[openid]\nclient_id = \"dogwatch\"\n").unwrap_err().contains("issuer"));
}

#[test]
fn a_receiver_is_told_in_clear_text_on_this_machine_only_and_its_address_is_not_repeated() {
    let check = |text: &str| parse(text).unwrap().check().map_err(|error| error.to_string());
    check("[heartbeat]\nreceivers = [\"https://hc.example.org/5f1e\", \"http://127.0.0.1:9/x\"]\n").unwrap();
    let said = check("[heartbeat]\nreceivers = [\"http://hc.example.org/5f1e\"]\n").unwrap_err();
    assert!(said.contains("receivers, number 1 must be https://") && !said.contains("5f1e"), "{said}");
    assert!(check("[heartbeat]\nevery_seconds = 0\n").unwrap_err().contains("at least 1"));
}

#[test]
fn a_place_for_snapshots_takes_a_token_or_keys_and_all_of_them() {
    let check = |text: &str| {
        let place = format!("[[snapshot.send]]\nurl = \"https://store.example.org/bucket\"\n{text}");
        parse(&place).unwrap().check().map_err(|error| error.to_string())
    };
    check("").unwrap();
    check("token_file = \"t\"\n").unwrap();
    let keys = "region = \"eu-central-1\"\naccess_key = \"A\"\nsecret_key_file = \"s\"\n";
    check(keys).unwrap();
    assert!(check("region = \"eu-central-1\"\n").unwrap_err().contains("S3 needs region, access_key"));
    assert!(check(&format!("{keys}token_file = \"t\"\n")).unwrap_err().contains("not both"));
}

#[test]
fn metrics_are_shown_at_one_address_and_not_at_every_one() {
    let check = |listen: &str| parse(&format!("[metrics]\nlisten = \"{listen}\"\n")).unwrap().check();
    check("127.0.0.1:9464").unwrap();
    check("192.0.2.7:9464").unwrap();
    assert!(check("0.0.0.0:9464").unwrap_err().to_string().contains("every network"));
    assert!(check("[::]:9464").is_err());
}

#[test]
fn a_public_url_is_scheme_and_host() {
    let check = |url: &str| Config { public_url: Some(url.to_owned()), ..Config::default() }.check().is_ok();
    assert!(check("https://roster.example.com") && check("http://[::1]:8080/"));
    assert!(!check("roster.example.com") && !check("https://a.example/x") && !check("https://u:p@a.example"));
}
