//! Looking up the names of receivers.
//!
//! Invariant: a name server that does not answer holds up nobody but the names it is asked for. The
//! system's look-up takes a thread until it ends, which nobody can hasten: so each name is looked
//! up once at a time, however many posts wait for it, and a name that took long last time shares
//! its places with its like only.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The addresses of a name.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Finds the addresses of names.
pub trait Resolve: Send + Sync {
    /// Looks a name up.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// From when on a look-up is late: it gives its place back and goes on without.
const QUICK: Duration = Duration::from_secs(1);
/// Look-ups under way at once of names that are not known to be late.
const PLACES: usize = 128;
/// Look-ups under way at once of names that were late.
const LATE_PLACES: usize = 32;
/// Threads that look up at once, of the 512 that the runtime has for what blocks.
const THREADS: usize = 384;
/// Late names remembered at the most; beyond it all begin anew.
const MOST: usize = 10_000;

/// The look-up of the system, which blocks.
type LookUp = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;
/// What a look-up found, as many may be told it.
type Found = Result<Vec<IpAddr>, (io::ErrorKind, String)>;
/// Tells what a look-up found, once it is over.
type Telling = watch::Receiver<Option<Found>>;

/// The resolver of the system.
#[derive(Clone)]
pub struct SystemResolver {
    look_up: LookUp,
    shared: Arc<Shared>,
}

struct Shared {
    under_way: Mutex<HashMap<String, Telling>>,
    late: Mutex<HashSet<String>>,
    places: Arc<Semaphore>,
    late_places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::asking(Arc::new(|host: &str| {
            let found = (host, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        }))
    }
}

impl SystemResolver {
    fn asking(look_up: LookUp) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            look_up,
            shared: Arc::new(Shared {
                under_way: Mutex::default(),
                late: Mutex::default(),
                places: places(PLACES),
                late_places: places(LATE_PLACES),
                threads: places(THREADS),
            }),
        }
    }

    /// The look-up of a name that is under way, or a new one.
    fn asked(&self, host: &str) -> Telling {
        let under_way = self.shared.under_way.lock();
        let mut under_way = under_way.unwrap_or_else(PoisonError::into_inner);
        // One whose task ended without a word tells nobody anything.
        let known = under_way
            .get(host)
            .filter(|known| known.has_changed().is_ok());
        if let Some(known) = known {
            return known.clone();
        }
        let (tell, telling) = watch::channel(None);
        under_way.insert(host.to_owned(), telling.clone());
        let (look_up, shared) = (Arc::clone(&self.look_up), Arc::clone(&self.shared));
        let host = host.to_owned();
        tokio::spawn(async move {
            let found = shared.look_up(look_up, &host).await;
            let found = found.map_err(|error| (error.kind(), error.to_string()));
            let under_way = shared.under_way.lock();
            under_way
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&host);
            // Whoever asked may have gone.
            let _ = tell.send(Some(found));
        });
        telling
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move {
            if let Ok(address) = host.parse::<IpAddr>() {
                return Ok(vec![SocketAddr::new(address, port)]);
            }
            let mut telling = self.asked(host);
            let told = telling.wait_for(Option::is_some).await;
            let told = told.map_err(io::Error::other)?.clone();
            match told {
                Some(Ok(found)) => {
                    let addresses = found.into_iter();
                    Ok(addresses.map(|ip| SocketAddr::new(ip, port)).collect())
                }
                Some(Err((kind, why))) => Err(io::Error::new(kind, why)),
                None => Err(io::Error::other("the look-up ended")),
            }
        })
    }
}

impl Shared {
    /// Looks a name up when there is a place for it.
    async fn look_up(&self, look_up: LookUp, host: &str) -> io::Result<Vec<IpAddr>> {
        let was_late = self.late().contains(host);
        let places = if was_late {
            &self.late_places
        } else {
            &self.places
        };
        let mut place = Some(take(places).await?);
        let thread = take(&self.threads).await?;
        let name = host.to_owned();
        let mut looking = spawn_blocking(move || {
            let found = look_up(&name);
            drop(thread);
            found
        });
        let mut found = timeout(QUICK, &mut looking).await;
        let is_late = found.is_err();
        self.note(host, is_late);
        if is_late {
            if !was_late {
                place = None;
            }
            found = Ok(looking.await);
        }
        drop(place);
        found.map_err(io::Error::other)?.map_err(io::Error::other)?
    }

    fn note(&self, host: &str, is_late: bool) {
        let mut late = self.late();
        if !is_late {
            late.remove(host);
            return;
        }
        if late.len() >= MOST {
            late.clear();
        }
        late.insert(host.to_owned());
    }

    fn late(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place; an error never comes, as places are not taken away.
async fn take(of: &Arc<Semaphore>) -> io::Result<OwnedSemaphorePermit> {
    let taken = Arc::clone(of).acquire_owned().await;
    taken.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// Looks up names of which those that begin with `hangs` are not answered until it is over.
    struct Server {
        asked: AtomicUsize,
        is_over: Mutex<bool>,
        over: Condvar,
    }

    impl Server {
        fn start() -> (Arc<Self>, SystemResolver) {
            let server = Arc::new(Self {
                asked: AtomicUsize::new(0),
                is_over: Mutex::new(false),
                over: Condvar::new(),
            });
            let asked = Arc::clone(&server);
            let resolver = SystemResolver::asking(Arc::new(move |host| asked.answer(host)));
            (server, resolver)
        }

        fn answer(&self, host: &str) -> io::Result<Vec<IpAddr>> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if host == "unknown" {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no such name"));
            }
            let mut is_over = self.is_over.lock().unwrap();
            while host.starts_with("hangs") && !*is_over {
                is_over = self.over.wait(is_over).unwrap();
            }
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        }

        fn end(&self) {
            *self.is_over.lock().unwrap() = true;
            self.over.notify_all();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn names_whose_server_hangs_hold_up_no_other_however_many_posts_wait() {
        const NAMES: usize = 300;
        let (server, resolver) = Server::start();
        let names: Vec<String> = (0..NAMES).map(|number| format!("hangs-{number}")).collect();
        let of_each = names.iter().flat_map(|name| [name; 3]);
        let waiting = join_all(of_each.map(|name| resolver.resolve(name, 80)));
        let others = async {
            // Told in the words of the system, and beside those that hang.
            let well = timeout(Duration::from_secs(8), resolver.resolve("well", 443)).await;
            let well = well.expect("held up by names that hang").unwrap();
            assert_eq!(well, [SocketAddr::from(([127, 0, 0, 1], 443))]);
            let unknown = resolver.resolve("unknown", 80).await.unwrap_err();
            assert_eq!(unknown.to_string(), "no such name");
            while resolver.shared.late().len() < NAMES {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server.end();
        };
        let (found, ()) = tokio::join!(waiting, others);
        assert!(found.iter().all(Result::is_ok));
        let asked = server.asked.load(Ordering::SeqCst);
        assert_eq!(asked, NAMES + 2, "one look-up for all who wait for a name");
        // An answer in time makes a name like any other again.
        resolver.resolve("hangs-7", 80).await.unwrap();
        assert_eq!(resolver.shared.late().len(), NAMES - 1);
    }

    #[tokio::test]
    async fn an_address_is_looked_up_nowhere() {
        let (server, resolver) = Server::start();
        for (host, expected) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
            let found = resolver.resolve(host, 80).await.unwrap();
            assert_eq!(found, [expected.parse::<SocketAddr>().unwrap()]);
        }
        assert_eq!(server.asked.load(Ordering::SeqCst), 0);
    }
}
