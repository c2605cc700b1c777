//! Serving on every core: a thread each, with a runtime of its own.
//!
//! Invariant: a connection stays on the thread it was given to, in turn. Nothing of a request
//! crosses to another thread but what it asks of the store, so that threads do not wake each other
//! for every request, which costs as much as answering a query does.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use rustls::ServerConfig;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{ConnectionSlots, Drain, serve_spread};

/// A listening socket and what is served on it.
pub struct Site {
    /// The socket, bound and not blocking.
    pub listener: TcpListener,
    /// What is served.
    pub router: Router,
}

/// The runtimes that connections are given to, in turn.
pub(super) struct Spread {
    runtimes: Vec<Handle>,
    turn: AtomicUsize,
}

impl Spread {
    /// All on the runtime that calls.
    pub(super) fn here() -> Self {
        Self {
            runtimes: vec![Handle::current()],
            turn: AtomicUsize::new(0),
        }
    }

    /// The runtime whose turn it is.
    pub(super) fn next(&self) -> Handle {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let at = turn.checked_rem(self.runtimes.len()).unwrap_or(0);
        self.runtimes
            .get(at)
            .cloned()
            .unwrap_or_else(Handle::current)
    }
}

/// Serves all sites, on a thread for each core, until the drain is over. Answers how many
/// connections were cut off amid a request.
///
/// # Errors
/// When a thread or its runtime cannot be started, or a socket cannot be watched.
pub async fn serve_on_cores(
    sites: Vec<Site>,
    tls: Option<Arc<ServerConfig>>,
    slots: Arc<ConnectionSlots>,
    drain: Drain,
) -> io::Result<usize> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtimes = Vec::with_capacity(cores);
    // Dropped when all is served: then the threads end.
    let mut threads = Vec::with_capacity(cores);
    for core in 0..cores {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtimes.push(runtime.handle().clone());
        let (thread, ended) = oneshot::channel::<()>();
        threads.push(thread);
        std::thread::Builder::new()
            .name(format!("http-{core}"))
            .spawn(move || runtime.block_on(ended))?;
    }
    let spread = Arc::new(Spread {
        runtimes,
        turn: AtomicUsize::new(0),
    });
    let mut serving = JoinSet::new();
    for site in sites {
        let listener = tokio::net::TcpListener::from_std(site.listener)?;
        let (tls, slots, drain) = (tls.clone(), Arc::clone(&slots), drain.clone());
        let spread = Arc::clone(&spread);
        serving.spawn(async move {
            serve_spread(listener, tls, site.router, slots, drain, &spread).await
        });
    }
    let cut_off = serving.join_all().await.into_iter().sum();
    drop(threads);
    Ok(cut_off)
}
