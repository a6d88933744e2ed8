//! A PostgreSQL of another machine is spoken to by TLS, and by no other server than the one that is meant.

use super::{Place, run};
use crate::support::cluster::{self, Cluster};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/authority.pem");
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/other-authority.pem");

#[test]
fn a_database_that_asks_for_tls_is_reached_by_it_where_its_authority_and_name_are_right_and_not_otherwise() {
    if !cluster::wanted() {
        return;
    }
    let cluster = Cluster::with_tls();
    let owner = cluster.url("postgres");
    cluster::execute_at(&owner, "CREATE ROLE rota LOGIN PASSWORD 'hunter2'");
    cluster::execute_at(&owner, "CREATE DATABASE rota OWNER rota");
    let place = Place::empty();
    let folder = place.data();
    let data = folder.to_str().expect("UTF-8");
    let ask = |line: &str, host: &str, query: &str| {
        let url = format!("postgres://rota:hunter2@{host}:{}/rota?{query}", cluster.port());
        let mut arguments: Vec<&str> = line.split(' ').collect();
        arguments.extend(["--data", data]);
        run(&arguments, &[("DOGWATCH_DATABASE", &url)])
    };

    let verified = format!("sslmode=verify-full&sslrootcert={AUTHORITY}");
    ask("migrate", "localhost", &verified).well();
    ask("user list", "127.0.0.1", &format!("sslmode=require&sslrootcert={AUTHORITY}")).well();
    for (host, query, why) in [
        // Nobody vouches for it; somebody else does; its name is another; and clear text, which it refuses.
        ("localhost", "sslmode=require", "UnknownIssuer"),
        ("localhost", &format!("sslmode=require&sslrootcert={OTHER}"), "UnknownIssuer"),
        ("127.0.0.2", &verified, "not valid for name"),
        ("localhost", "sslmode=disable", "no encryption"),
    ] {
        let done = ask("user list", host, query);
        assert_eq!(done.code, Some(1), "{host} {query}: {done:?}");
        assert!(done.err.contains(why) && !done.err.contains("hunter2"), "{host} {query}: {}", done.err);
    }
}
