//! Serving on every core: a thread each, with a runtime of its own.
//!
//! Invariant: a connection stays on the thread it was given to, in turn. Nothing of a request
//! crosses to another thread but what it asks of the store, so that threads do not wake each other
//! for every request, which costs as much as answering a query does. A thread or a listener that
//! ends before its time is told at once, for what was given to it would wait for ever.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{ConnectionSlots, Drain, serve_spread};

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

/// How long a thread may take to end; nothing on it should block.
const STOP: Duration = Duration::from_millis(500);

/// The threads, one for each core.
struct Cores {
    /// A thread ends when its sender is dropped, and otherwise never.
    threads: Vec<oneshot::Sender<()>>,
    /// Who tells that its thread has ended.
    ended: mpsc::UnboundedReceiver<usize>,
}

/// Tells that the thread of a core has ended, by a panic too.
struct Thread {
    core: usize,
    ended: mpsc::UnboundedSender<usize>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Nobody listens any more once the others have ended.
        let _ = self.ended.send(self.core);
    }
}

impl Cores {
    fn start() -> io::Result<(Self, Spread)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut threads = Vec::with_capacity(cores);
        let mut runtimes = Vec::with_capacity(cores);
        let (ends, ended) = mpsc::unbounded_channel();
        for core in 0..cores {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtimes.push(runtime.handle().clone());
            let (thread, stopped) = oneshot::channel::<()>();
            threads.push(thread);
            let ended = ends.clone();
            std::thread::Builder::new()
                .name(format!("http-{core}"))
                .spawn(move || {
                    let _thread = Thread { core, ended };
                    // Dropped before it, with all that still runs on it.
                    let runtime = runtime;
                    runtime.block_on(stopped)
                })?;
        }
        let turn = AtomicUsize::new(0);
        Ok((Self { threads, ended }, Spread { runtimes, turn }))
    }

    /// Ends them, and waits until what still ran on them has been given up.
    async fn stop(mut self) {
        self.threads.clear();
        let ended = async { while self.ended.recv().await.is_some() {} };
        if timeout(STOP, ended).await.is_err() {
            tracing::warn!("a thread does not end");
        }
    }
}

/// All sites being served, on a thread for each core.
pub struct Serving {
    sites: JoinSet<usize>,
    cut_off: usize,
    cores: Cores,
}

impl Serving {
    /// Starts to serve all sites, until the drain is over.
    ///
    /// # Errors
    /// When a thread or its runtime cannot be started, or a socket cannot be watched.
    pub fn start(
        sites: Vec<Site>,
        tls: Option<&Arc<ServerConfig>>,
        slots: &Arc<ConnectionSlots>,
        drain: &Drain,
    ) -> io::Result<Self> {
        let (cores, spread) = Cores::start()?;
        let spread = Arc::new(spread);
        let mut serving = JoinSet::new();
        for site in sites {
            let listener = tokio::net::TcpListener::from_std(site.listener)?;
            let (tls, slots, drain) = (tls.cloned(), Arc::clone(slots), drain.clone());
            let spread = Arc::clone(&spread);
            serving.spawn(async move {
                serve_spread(listener, tls, site.router, slots, drain, &spread).await
            });
        }
        Ok(Self {
            sites: serving,
            cut_off: 0,
            cores,
        })
    }

    /// Waits until the drain is over; answers how many connections were cut off amid a request. May
    /// be dropped and called again. After an error the rest goes on being served.
    ///
    /// # Errors
    /// When a listener or a thread has ended that should not have: who connects may wait for ever.
    pub async fn ended(&mut self) -> io::Result<usize> {
        loop {
            let site = tokio::select! {
                biased;
                site = self.sites.join_next() => site,
                Some(core) = self.cores.ended.recv() => {
                    return Err(io::Error::other(format!("the thread http-{core} has ended")));
                }
            };
            match site {
                None => return Ok(self.cut_off),
                Some(Ok(cut_off)) => self.cut_off = self.cut_off.saturating_add(cut_off),
                Some(Err(error)) => {
                    return Err(io::Error::other(format!("a listener has failed: {error}")));
                }
            }
        }
    }

    /// Ends the threads, and waits until what was cut off on them has been given up.
    pub async fn stop(self) {
        self.cores.stop().await;
    }
}

/// Serves all sites, on a thread for each core, until the drain is over. Answers how many
/// connections were cut off amid a request.
///
/// # Errors
/// When something cannot be started, or ends that should not.
pub async fn serve_on_cores(
    sites: Vec<Site>,
    tls: Option<Arc<ServerConfig>>,
    slots: Arc<ConnectionSlots>,
    drain: Drain,
) -> io::Result<usize> {
    let mut serving = Serving::start(sites, tls.as_ref(), &slots, &drain)?;
    serving.ended().await
}

#[cfg(test)]
mod tests {
    use axum::routing::get;

    use super::*;
    use crate::tests::{LONG, limits};

    fn started(drain: &Drain) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let router = Router::new().route("/", get(async || "hello"));
        let sites = vec![Site { listener, router }];
        Serving::start(sites, None, &ConnectionSlots::new(limits(LONG)), drain).unwrap()
    }

    #[tokio::test]
    async fn serving_ends_with_the_drain_and_not_before() {
        let drain = Drain::default();
        let mut serving = started(&drain);
        let early = timeout(Duration::from_millis(50), serving.ended()).await;
        assert!(early.is_err(), "{early:?}");
        drain.start(LONG);
        assert_eq!(serving.ended().await.unwrap(), 0);
        serving.stop().await;
    }

    #[tokio::test]
    async fn a_thread_that_ends_is_noticed_and_the_rest_can_be_drained() {
        let drain = Drain::default();
        let mut serving = started(&drain);
        let last = serving.cores.threads.len() - 1;
        drop(serving.cores.threads.pop());
        let error = serving.ended().await.unwrap_err().to_string();
        assert_eq!(error, format!("the thread http-{last} has ended"));
        drain.start(LONG);
        assert_eq!(serving.ended().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_listener_that_fails_is_noticed() {
        let mut serving = started(&Drain::default());
        serving.sites.spawn(async { panic!("as a fault of ours") });
        let error = serving.ended().await.unwrap_err().to_string();
        assert!(error.starts_with("a listener has failed: "), "{error}");
    }

    #[tokio::test]
    async fn what_still_runs_is_given_up_before_the_threads_have_ended() {
        struct GivenUp(mpsc::UnboundedSender<()>);
        impl Drop for GivenUp {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        let (cores, spread) = Cores::start().unwrap();
        let (told, mut tells) = mpsc::unbounded_channel();
        let running = GivenUp(told);
        spread.next().spawn(async move {
            let _running = running;
            std::future::pending::<()>().await;
        });
        cores.stop().await;
        assert_eq!(tells.try_recv(), Ok(()));
    }
}
