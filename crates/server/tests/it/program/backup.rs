//! `aval backup`: a copy of the store while a server runs.
//!
//! Invariant: only its owner reads the copy, and a store is made of it again with its key.

use std::os::unix::fs::PermissionsExt as _;

use super::support::home::Home;
use super::support::server::Server;

#[test]
fn a_backup_of_a_running_server_is_private_and_can_be_restored() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    server.ask(&merchant.sale("Pedido1", 15_700)).expect(201);
    let file = home.beside().join("copy.db");
    let path = file.to_str().unwrap();
    let told = home.run(&["backup", path, "--json"]).json();
    let about = std::fs::metadata(&file).unwrap();
    assert_eq!(told["Bytes"], about.len());
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let refused = home.run(&["backup", path]).refused();
    assert!(
        refused.contains("there is a file of that name"),
        "{refused}"
    );
    server.stop();
    let restored = Home::sqlite();
    std::fs::create_dir(restored.data()).unwrap();
    std::fs::copy(&file, restored.data().join("aval.db")).unwrap();
    let key = "vault.key";
    std::fs::copy(home.data().join(key), restored.data().join(key)).unwrap();
    let server = Server::start(&restored, &[]);
    let found = server.ask(&merchant.request("GET", "/1/sales?merchantOrderId=Pedido1"));
    assert!(found.expect(200).json()["Payment"].is_array());
    server.stop();
}

#[test]
fn postgres_is_backed_up_by_its_own_tool() {
    let home = Home::postgres();
    let refused = home.run(&["backup", "copy.db"]).refused();
    assert!(refused.contains("pg_dump"), "{refused}");
    assert!(!home.beside().join("copy.db").exists());
}
