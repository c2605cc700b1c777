//! `aval serve`
//!
//! Invariant: the first signal to end lets every request in flight finish and writes what waits;
//! then the program ends with 0, within the drain limit. It never runs on without serving: what
//! cannot be started, or ends before its time, ends the program with 1.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aval_api::idempotency::InFlight;
use aval_api::notifications::outbox;
use aval_api::rate_limit::RateLimits;
use aval_api::request_log::RequestLog;
use aval_api::server::{Role, Urls};
use aval_api::telemetry::{self, Lines, Telemetry};
use aval_gateway::app::{App, Environment};
use aval_gateway::operations::merchant;
use aval_listener::{self as listener, ConnectionSlots, Drain, Limits, Serving, Site};
use aval_vault::AdminToken;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{print, store};
use crate::backoffice::{Certificates, Office};
use crate::cli::Exit;
use crate::config::Config;
use crate::notifications::{Client, SystemResolver};
use crate::pages::register::Registrations;
use crate::server::Server;
use crate::{backoffice, entrance, tasks};

/// Runs a server until a signal ends it.
pub(super) fn run(config: Config) -> Result<(), Exit> {
    let (lines, _logs) = telemetry::start_logging(config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Exit::failure(&error.to_string()))?;
    let served = runtime.block_on(serve(config, lines));
    // Nothing that still runs is needed: all listeners are closed and the store is.
    runtime.shutdown_timeout(Duration::from_millis(200));
    served
}

async fn serve(mut config: Config, lines: Lines) -> Result<(), Exit> {
    let tls = match &config.tls {
        None => None,
        Some(files) => {
            let tls = listener::tls_config(&files.cert, &files.key);
            Some(tls.map_err(|error| Exit::usage(&error.to_string()))?)
        }
    };
    let listeners = Listeners::bind(&config)?;
    let [api, query, backoffice] = listeners.addresses()?;
    config.bound(api, query, backoffice);
    let app = store::open(&config.store, config.max_queue, config.seed).await?;
    store::warn_of_an_open_key(&app);
    let admin_token = match app.environment {
        Environment::Sandbox => Some(prepare_sandbox(&app, &config).await?),
        Environment::Production => None,
    };
    let server = Arc::new(server(app, &config, lines, admin_token)?);
    store::remember_urls(&server.app, &server.urls).await?;
    let drain = Drain::default();
    let ending = Ending::watch()?;
    // Noted before the first sale: whoever finds this server killed looks for what it left.
    let begun = aval_gateway::search::begin(&server.app).await;
    begun.map_err(|error| Exit::failure(&error.to_string()))?;
    let tasks = tasks::start(&server);
    let limits = Limits {
        connections: config.max_connections,
        header_timeout: config.header_timeout,
        read_timeout: config.read_timeout,
    };
    let slots = ConnectionSlots::behind(limits, &config.trusted_proxies);
    let serving = listeners.serve(&server, tls, &slots, &drain);
    let mut serving = serving.map_err(|error| Exit::failure(&error.to_string()))?;
    if server.admin_token.is_some() {
        let page = format!("{}/register", config.public_backoffice_url);
        tracing::info!(page, "merchants can be made");
    }
    tracing::info!(%api, %query, %backoffice, "ready");
    let asked = ended_by(ending.asked(), &mut serving).await;
    tracing::info!("draining");
    server.ready.stop();
    drain.start(config.drain);
    let told = told(&server, config.drain);
    let (drained, ()) = tokio::join!(drained(&mut serving), told);
    serving.stop().await;
    end(&server, tasks).await;
    server.app.storage.close().await;
    let cut_off = asked.and(drained)?;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

/// Lets posts to receivers end that are under way, so long at the most: one that is cut off is sent
/// again, although it may have been received.
async fn told(server: &Server, within: Duration) {
    let Some(outbox) = &server.app.outbox else {
        return;
    };
    if !outbox.end(within).await {
        tracing::warn!("posts of notifications were cut off; they will be sent again");
    }
}

/// How long what is searched may take to come to the end of a step.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends the tasks, so that another server takes over what they were at.
async fn end(server: &Server, mut tasks: JoinSet<()>) {
    let pause = timeout(PAUSE, aval_gateway::search::pause(&server.app)).await;
    tasks.shutdown().await;
    drop(pause);
    if let Err(error) = aval_gateway::tasks::notifications::let_go(&server.app).await {
        tracing::warn!(%error, "others deliver notifications half a minute later");
    }
    if let Err(error) = aval_gateway::tasks::jobs::let_go(&server.app).await {
        tracing::warn!(%error, "leases of jobs could not be given back");
    }
    if let Err(error) = aval_gateway::tasks::recurrences::let_go(&server.app).await {
        tracing::warn!(%error, "others charge recurrences some seconds later");
    }
    if let Err(error) = aval_gateway::search::end(&server.app).await {
        tracing::warn!(%error, "others make searchable what is left");
    }
}

/// Waits for the signal to end; an error when serving ends before it.
async fn ended_by(asked: impl Future<Output = ()>, serving: &mut Serving) -> Result<(), Exit> {
    let ended = tokio::select! {
        () = asked => return Ok(()),
        ended = serving.ended() => ended,
    };
    let why = match ended {
        Ok(_cut_off) => "all listeners have ended".to_owned(),
        Err(error) => error.to_string(),
    };
    tracing::error!(why, "cannot go on");
    Err(Exit::failure(&why))
}

/// Waits until nothing is served any more; answers how many connections were cut off, or the first
/// of the errors on the way.
async fn drained(serving: &mut Serving) -> Result<usize, Exit> {
    let mut failed = None;
    loop {
        match serving.ended().await {
            Ok(cut_off) => return failed.map_or(Ok(cut_off), Err),
            Err(error) => {
                failed.get_or_insert(Exit::failure(&error.to_string()));
            }
        }
    }
}

/// The client that posts to receivers.
pub(super) fn receivers(allow_private: bool, ca: Option<&Path>) -> Result<Client, Exit> {
    let authorities = match ca {
        None => Vec::new(),
        Some(path) => {
            let read = listener::read_chain(path);
            read.map_err(|error| Exit::usage(&format!("notification_ca: {error}")))?
        }
    };
    let client = Client::new(allow_private, authorities, Box::<SystemResolver>::default());
    client.map_err(|error| Exit::usage(&format!("notification_ca: {error}")))
}

fn server(
    mut app: App,
    config: &Config,
    lines: Lines,
    admin_token: Option<AdminToken>,
) -> Result<Server, Exit> {
    let urls = Urls {
        api: config.public_api_url.clone(),
        query: config.public_query_url.clone(),
    };
    let client = receivers(
        config.allow_private_notifications,
        config.notification_ca.as_deref(),
    )?;
    app.outbox = Some(outbox(&urls, Some(Box::new(client)), &app.chance));
    let api = aval_api::server::Server {
        app,
        urls,
        dialect: store::dialect(config.store.dialect),
        strict_hosts: config.strict_hosts,
        in_flight: InFlight::default(),
        rate_limits: RateLimits::default(),
        request_log: RequestLog::new(config.request_log),
        telemetry: Telemetry::new(Some(lines)),
    };
    Ok(Server {
        api: Arc::new(api),
        registrations: Registrations::new(config.tls.is_some()),
        office: Office::new(
            &config.public_backoffice_url,
            config.tls.is_some(),
            config.store.data_dir.clone(),
        ),
        certificates: config
            .tls
            .as_ref()
            .map(|files| Certificates::read(&files.cert))
            .unwrap_or_default(),
        ready: backoffice::Ready::default(),
        admin_token,
    })
}

/// Makes the admin token, and on an empty store a merchant to try things with.
async fn prepare_sandbox(app: &App, config: &Config) -> Result<AdminToken, Exit> {
    let token = aval_vault::new_admin_token().map_err(|e| Exit::failure(&e.to_string()))?;
    let file = config.store.data_dir.join("admin-token");
    let token = AdminToken::new(&store::write_secret_once(&file, &token)?);
    let any = app.storage.merchants(None, 1).await;
    if !any
        .map_err(|error| Exit::failure(&error.to_string()))?
        .is_empty()
    {
        return Ok(token);
    }
    let dialect = store::dialect(config.store.dialect);
    let made = merchant::create(app, "Loja de demonstração", dialect).await;
    let made = made.map_err(|error| Exit::failure(&error.to_string()))?;
    let (id, key, url) = (made.merchant.id, &*made.key, &config.public_api_url);
    let register = format!("{}/register", config.public_backoffice_url);
    let office = &config.public_backoffice_url;
    let establishment = &made.merchant.establishment;
    let user = made.user.as_ref();
    let password = user.map_or("", |user| user.password.as_str());
    let user = user.map_or("", |user| user.login.as_str());
    print(&format!(
        r#"A demonstration merchant was made; its key and password are shown this once:

  MerchantId   {id}
  MerchantKey  {key}

and for the back office, {office}

  Establishment  {establishment}
  User           {user}
  Password       {password}

Others are made by a form, {register}

A first sale:

curl -i {url}/1/sales/ -H 'Content-Type: application/json' \
  -H 'MerchantId: {id}' \
  -H 'MerchantKey: {key}' \
  -d '{{"MerchantOrderId":"2014111703","Customer":{{"Name":"Comprador"}},
       "Payment":{{"Type":"CreditCard","Amount":15700,"Installments":1,
         "CreditCard":{{"CardNumber":"4024007153761191","Holder":"Teste Holder",
           "ExpirationDate":"12/2030","SecurityCode":"123","Brand":"Visa"}}}}}}'

"#
    ))?;
    Ok(token)
}

/// The three listeners, bound and not yet served.
struct Listeners {
    api: TcpListener,
    query: TcpListener,
    backoffice: TcpListener,
}

impl Listeners {
    fn bind(config: &Config) -> Result<Self, Exit> {
        Ok(Self {
            api: bind("api_addr", config.api_addr)?,
            query: bind("query_addr", config.query_addr)?,
            backoffice: bind("backoffice_addr", config.backoffice_addr)?,
        })
    }

    fn addresses(&self) -> Result<[SocketAddr; 3], Exit> {
        let of = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| Exit::failure(&error.to_string()))
        };
        Ok([of(&self.api)?, of(&self.query)?, of(&self.backoffice)?])
    }

    /// Starts to serve, until the drain is over.
    fn serve(
        self,
        server: &Arc<Server>,
        tls: Option<Arc<rustls::ServerConfig>>,
        slots: &Arc<ConnectionSlots>,
        drain: &Drain,
    ) -> std::io::Result<Serving> {
        let api = |role| entrance::router(Arc::clone(&server.api), role);
        let sites = vec![
            Site {
                listener: self.api,
                router: api(Role::Transactional),
            },
            Site {
                listener: self.query,
                router: api(Role::Query),
            },
            Site {
                listener: self.backoffice,
                router: backoffice::router(Arc::clone(server)),
            },
        ];
        Serving::start(sites, tls.as_ref(), slots, drain)
    }
}

fn bind(key: &str, address: SocketAddr) -> Result<TcpListener, Exit> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| Exit::usage(&format!("{key} {address}: {error}")))
}

/// The signals that ask for an end.
pub(super) struct Ending {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Ending {
    pub(super) fn watch() -> Result<Self, Exit> {
        let fail = |error: std::io::Error| Exit::failure(&error.to_string());
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(fail)?,
            interrupt: signal(SignalKind::interrupt()).map_err(fail)?,
        })
    }

    pub(super) async fn asked(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serving_nothing() -> Serving {
        let limits = Limits {
            connections: 1,
            header_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(1),
        };
        let slots = ConnectionSlots::new(limits);
        Serving::start(Vec::new(), None, &slots, &Drain::default()).unwrap()
    }

    #[tokio::test]
    async fn what_ends_before_the_signal_is_a_failure() {
        let never = std::future::pending();
        let exit = ended_by(never, &mut serving_nothing()).await.unwrap_err();
        assert_eq!(
            (exit.code(), exit.text()),
            (1, "aval: all listeners have ended\n")
        );
    }
}
