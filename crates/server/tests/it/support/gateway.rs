//! The real server, in process: its router on its listeners, on a store of the test's own.
//!
//! Invariant: nothing is mocked. Time is moved by the product's clock, chance is seeded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aval_api::notifications::outbox;
use aval_api::server::{Role, Urls};
use aval_domain::id::MerchantId;
use aval_domain::merchant::{Dialect, Merchant};
use aval_gateway::app::{App, Environment};
use aval_gateway::audit::By;
use aval_gateway::chance::Chance;
use aval_gateway::keys::{KeySource, Keys};
use aval_gateway::operations::merchant;
use aval_listener::{self as listener, ConnectionSlots, Drain, Limits};
use aval_server::notifications::{Client, SystemResolver};
use aval_server::server::Server;
use aval_server::{backoffice, entrance};
use aval_vault::AdminToken;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::caller::Caller;
use super::http::{Answer, Request};
use super::store::{Store, unique};

/// The admin token of every server here.
pub const ADMIN_TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// How a server shall be.
#[derive(Clone)]
pub struct Setup {
    /// The dialect of the server and of its first merchant.
    pub dialect: Dialect,
    /// Sandbox or production.
    pub environment: Environment,
    /// Whether each listener refuses the other's operations.
    pub strict_hosts: bool,
    /// How many change sets may wait to be written.
    pub queue: usize,
    /// Public addresses; those of the listeners when absent.
    pub urls: Option<Urls>,
    /// Public address of the back office; empty when it was not told.
    pub office: &'static str,
}

/// A running server with a merchant.
pub struct Gateway {
    /// The server.
    pub server: Arc<Server>,
    /// Calls it as its first merchant.
    pub caller: Caller,
    /// The back-office listener.
    pub backoffice: SocketAddr,
    /// Where its store is.
    pub store: Arc<Store>,
    setup: Setup,
    drain: Drain,
    serving: JoinSet<usize>,
}

impl std::ops::Deref for Gateway {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            dialect: Dialect::Manual,
            environment: Environment::Sandbox,
            strict_hosts: false,
            queue: 10_000,
            urls: None,
            office: "",
        }
    }
}

impl Gateway {
    /// A server as the program starts it, on SQLite.
    pub async fn sqlite() -> Self {
        Self::start(Store::sqlite().await, Setup::default()).await
    }

    /// The same, speaking a dialect.
    pub async fn speaking(dialect: Dialect) -> Self {
        Self::with(Setup {
            dialect,
            ..Setup::default()
        })
        .await
    }

    /// A server on SQLite.
    pub async fn with(setup: Setup) -> Self {
        Self::start(Store::sqlite().await, setup).await
    }

    /// A server on a new store, with a merchant.
    pub async fn start(store: Store, setup: Setup) -> Self {
        let mut gateway = Self::on(Arc::new(store), setup, None).await;
        gateway.caller = gateway.merchant(&[]).await;
        gateway
    }

    /// Another server on the same store, for the same merchant.
    pub async fn beside(&self) -> Self {
        self.beside_as(self.setup.clone()).await
    }

    /// Another server on the same store, for the same merchant, that is as it is told.
    pub async fn beside_as(&self, setup: Setup) -> Self {
        Self::on(Arc::clone(&self.store), setup, Some(&self.caller)).await
    }

    /// Ends the server as a signal does and starts one on the same store.
    pub async fn restarted(self) -> Self {
        let Self {
            server,
            caller,
            store,
            setup,
            drain,
            serving,
            ..
        } = self;
        drain.start(Duration::from_secs(10));
        let cut_off = serving.join_all().await;
        assert_eq!(cut_off, [0, 0, 0], "a request was cut off");
        server.app.storage.close().await;
        Self::on(store, setup, Some(&caller)).await
    }

    async fn on(store: Arc<Store>, setup: Setup, caller: Option<&Caller>) -> Self {
        let source = KeySource::File(store.vault_key());
        let ring = source.read_or_make(true).unwrap();
        let keys = Keys::new(source, ring);
        // A seed of its own for each server, as two on one store must not draw the same ids.
        let chance = Chance::seeded(unique().into());
        let mut app = App::new(
            setup.environment,
            store.open(setup.queue).await,
            keys,
            chance,
        );
        app.clock.refresh(&app.storage).await.unwrap();
        let [api, query, office] = [bind().await, bind().await, bind().await];
        let backoffice = office.local_addr().unwrap();
        let addresses = [api.local_addr().unwrap(), query.local_addr().unwrap()];
        let urls = setup.urls.clone().unwrap_or_else(|| Urls {
            api: format!("http://{}", addresses[0]),
            query: format!("http://{}", addresses[1]),
        });
        let allowed = setup.environment == Environment::Sandbox;
        let client = Client::new(allowed, Vec::new(), Box::<SystemResolver>::default());
        app.outbox = Some(outbox(&urls, Some(Box::new(client.unwrap())), &app.chance));
        let shared = aval_api::server::Server {
            app,
            urls,
            dialect: setup.dialect,
            strict_hosts: setup.strict_hosts,
            in_flight: aval_api::idempotency::InFlight::default(),
            rate_limits: aval_api::rate_limit::RateLimits::default(),
            request_log: aval_api::request_log::RequestLog::default(),
            telemetry: aval_api::telemetry::Telemetry::new(None),
        };
        let server = Arc::new(Server {
            api: Arc::new(shared),
            registrations: aval_server::pages::register::Registrations::default(),
            office: backoffice::Office::new(setup.office, false, std::env::temp_dir()),
            certificates: backoffice::Certificates::default(),
            ready: backoffice::Ready::default(),
            admin_token: (setup.environment == Environment::Sandbox)
                .then(|| AdminToken::new(ADMIN_TOKEN)),
        });
        let drain = Drain::default();
        let serving = serve(&server, [api, query, office], &drain);
        let caller = caller.cloned().unwrap_or_default();
        Self {
            caller: caller.at(addresses),
            backoffice,
            server,
            store,
            setup,
            drain,
            serving,
        }
    }

    /// A merchant with settings, as `aval merchant set` takes them.
    pub async fn merchant(&self, settings: &[(&str, &str)]) -> Caller {
        let app = &self.server.app;
        let made = merchant::create(app, "Loja", self.setup.dialect).await;
        let made = made.unwrap_or_else(|error| panic!("{error}"));
        self.set(made.merchant.id, settings).await;
        let addresses = [self.caller.api, self.caller.query];
        Caller::new(&made.merchant.id.to_string(), &made.key).at(addresses)
    }

    /// Changes settings of a merchant.
    pub async fn set(&self, id: MerchantId, settings: &[(&str, &str)]) {
        if settings.is_empty() {
            return;
        }
        self.change(id, |merchant| {
            for (key, value) in settings {
                let set = merchant.settings.set(key, value);
                set.unwrap_or_else(|error| panic!("{error}"));
            }
        })
        .await;
    }

    /// Changes a merchant.
    pub async fn change(&self, id: MerchantId, change: impl Fn(&mut Merchant)) {
        let changed = merchant::change(&self.server.app, id, By::COMMAND_LINE, |merchant| {
            change(merchant);
            Ok::<(), std::convert::Infallible>(())
        });
        assert!(changed.await.unwrap().is_some(), "no such merchant");
    }

    /// A call of the sandbox API, with the admin token and a body.
    pub async fn sandbox(&self, method: &str, path: &str, body: &str) -> Answer {
        self.sandbox_request(method, path, body).send().await
    }

    /// A call of the sandbox API to be made.
    pub fn sandbox_request(&self, method: &str, path: &str, body: &str) -> Request {
        Request::new(self.backoffice, method, path)
            .header("Authorization", format!("Bearer {ADMIN_TOKEN}"))
            .body(body)
    }

    /// Lets real time pass, by which people sign in and out.
    pub fn pass(&self, micros: i64) {
        self.server.app.clock.pass(micros);
    }

    /// Moves the clock forward.
    pub async fn advance(&self, micros: i64) {
        let app = &self.server.app;
        app.clock.advance(&app.storage, micros).await.unwrap();
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn serve(server: &Arc<Server>, listeners: [TcpListener; 3], drain: &Drain) -> JoinSet<usize> {
    let minute = Duration::from_secs(60);
    let slots = ConnectionSlots::new(Limits {
        connections: 1_000,
        header_timeout: minute,
        read_timeout: minute,
    });
    let mut serving = JoinSet::new();
    let routers = [
        entrance::router(Arc::clone(&server.api), Role::Transactional),
        entrance::router(Arc::clone(&server.api), Role::Query),
        backoffice::router(Arc::clone(server)),
    ];
    for (listener, router) in listeners.into_iter().zip(routers) {
        let slots = Arc::clone(&slots);
        serving.spawn(listener::serve(
            listener,
            None,
            router,
            slots,
            drain.clone(),
        ));
    }
    serving
}

/// An address where nobody needs to listen.
pub const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
