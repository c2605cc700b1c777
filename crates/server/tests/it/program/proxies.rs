//! Clients that come through a proxy.
//!
//! Invariant: only a proxy that the operator trusts is believed who its client is.

use super::support::home::Home;
use super::support::server::Server;

#[test]
fn who_its_client_is_a_proxy_is_believed_only_when_it_is_trusted() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let allowed = "ip_allow_list=198.51.100.7";
    home.run(&["merchant", "set", &merchant.id, allowed]).ok();
    for (flags, is_believed) in [(&[][..], false), (&["--trusted-proxies=127.0.0.0/8"], true)] {
        let server = Server::start(&home, flags);
        for (client, is_allowed) in [
            ("198.51.100.7", is_believed),
            ("203.0.113.5, 198.51.100.7", is_believed),
            ("198.51.100.7, 203.0.113.5", false),
        ] {
            let sale = merchant.sale("Pedido1", 15_700);
            let answer = server.ask(&sale.header("X-Forwarded-For", client));
            if is_allowed {
                answer.expect(201);
            } else {
                assert_eq!(answer.json()[0]["Code"], 120, "{flags:?} {client}");
            }
        }
        server.stop();
    }
}
