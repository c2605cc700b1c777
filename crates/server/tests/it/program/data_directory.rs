//! The data directory: what a first start makes there, what a command needs to find, whose it is.
//!
//! Invariant: nothing is made of a mistake, and what is a secret there is for its owner alone.

use std::os::unix::fs::PermissionsExt as _;

use super::support::home::{Home, Ran};
use super::support::server::Server;

#[test]
fn a_start_in_production_without_a_key_leaves_the_folder_to_the_sandbox() {
    let home = Home::sqlite();
    let production = ["--environment", "production"];
    let create = ["merchant", "create", "--name", "Padaria"];
    let in_production = [&create[..], &production].concat();
    let line = home.run(&in_production).refused();
    assert!(line.contains("vault.key"), "{line}");
    home.run(&create).ok();
    let line = home.run(&in_production).refused();
    assert!(line.contains("belongs to sandbox"), "{line}");
    let other = Home::sqlite();
    let key = format!("1:{}=", "A".repeat(43));
    let mut claims = other.command(&in_production);
    Ran::of(claims.env("AVAL_VAULT_KEY", &key)).ok();
    let line = other.run(&["merchant", "list"]).refused();
    assert!(line.contains("belongs to production"), "{line}");
    assert!(
        !other.data().join("vault.key").exists(),
        "no key for a store of others"
    );
}

#[test]
fn a_command_that_looks_into_a_store_makes_none() {
    let home = Home::sqlite();
    for arguments in [
        &["merchant", "list"][..],
        &["backup", "copy.db"],
        &["keys", "rotate"],
        &["audit", "verify"],
        &["listen"],
        &["recurrence", "run-due"],
        &["clock", "show"],
    ] {
        let line = home.run(arguments).refused();
        assert!(line.contains("there is no store at "), "{line}");
        assert!(!home.data().exists(), "{arguments:?}");
    }
    let early = Home::sqlite();
    early
        .run(&["clock", "set", "2031-01-31T10:00:00-03:00"])
        .ok();
    let key = ["AVAL_VAULT_KEY", "abc"];
    let mut create = home.command(&["merchant", "create", "--name", "Padaria"]);
    let line = Ran::of(create.env(key[0], key[1])).refused();
    assert!(!line.contains("was made with"), "{line}");
}

#[test]
fn a_start_with_another_vault_key_than_the_stores_is_refused() {
    let home = Home::sqlite();
    home.merchant(&[]);
    let key = home.data().join("vault.key");
    let right = std::fs::read(&key).unwrap();
    let serve = [
        "serve",
        "--api-addr=127.0.0.1:0",
        "--query-addr=127.0.0.1:0",
        "--backoffice-addr=127.0.0.1:0",
    ];
    let refused = |expected: &str| {
        for command in [&serve[..], &["merchant", "list"]] {
            let line = home.run(command).refused();
            let told = line.contains("vault.key") && line.contains("the vault key it was made");
            assert!(told && line.contains(expected), "{line}");
        }
    };
    std::fs::remove_file(&key).unwrap();
    refused("vault.key");
    assert!(!key.exists(), "a new key for a store that has merchants");
    std::fs::write(&key, format!("1:{}=", "A".repeat(43))).unwrap();
    refused("sealed data could not be opened");
    std::fs::write(&key, format!("2:{}=", "A".repeat(43))).unwrap();
    refused("version 1 is not in the key ring");
    std::fs::write(&key, right).unwrap();
    home.run(&["merchant", "list"]).ok();
}

#[test]
fn in_production_the_clock_stands_and_the_vaults_key_must_be_given() {
    let home = Home::sqlite();
    let production = ["--environment", "production"];
    // A port that is surely free: the key, not an address, is what is wrong.
    let serve = [
        "serve",
        "--api-addr=127.0.0.1:0",
        "--query-addr=127.0.0.1:0",
    ];
    let serve = [&serve[..], &["--backoffice-addr=127.0.0.1:0"]].concat();
    let create = ["merchant", "create", "--name", "Padaria"];
    for command in [&serve[..], &create] {
        let line = home.run(&[command, &production].concat()).refused();
        assert!(line.contains("vault.key"), "{line}");
    }
    let key = format!("1:{}=", "A".repeat(43));
    for clock in [
        &["show"][..],
        &["set", "2031-01-31T10:00:00-03:00"],
        &["advance", "1d"],
        &["reset"],
    ] {
        let mut command = home.command(&[&["clock"], clock, &production].concat());
        Ran::of(command.env("AVAL_VAULT_KEY", &key)).refused();
    }
    let server = Server::start_with(&home, &production, |command| {
        command.env("AVAL_VAULT_KEY", &key);
    });
    server.look("/readyz").expect(200);
    assert_eq!(server.out(), "");
    for made_in_the_sandbox in ["admin-token", "vault.key"] {
        assert!(!home.data().join(made_in_the_sandbox).exists());
    }
}

#[test]
fn files_with_secrets_are_for_their_owner_alone() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    home.run(&["keys", "rotate"]).ok();
    for file in ["admin-token", "vault.key"] {
        let mode = home
            .data()
            .join(file)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let mode = home.data().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "the data directory");
    assert!(!server.log().contains("every user of this machine"));
    let token = || std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let before = token();
    assert!(before.len() >= 32, "{before}");
    server.stop();
    std::fs::set_permissions(
        home.data().join("vault.key"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let server = Server::start(&home, &[]);
    assert_eq!(token(), before, "a restart keeps it");
    assert!(server.log().contains("every user of this machine"));
}

#[test]
fn an_admin_token_that_a_crash_left_empty_is_made_anew() {
    let home = Home::sqlite();
    let path = home.data().join("admin-token");
    std::fs::create_dir(home.data()).unwrap();
    std::fs::write(&path, "").unwrap();
    let server = Server::start(&home, &[]);
    let token = std::fs::read_to_string(&path).unwrap();
    assert!(token.len() >= 32, "{token}");
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.stop();
    Server::start(&home, &[]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), token);
}
