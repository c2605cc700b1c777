//! A connection that many share, made anew when it was lost.
//!
//! Invariant: one connects at a time, on the thread that the connection lives on. When that fails,
//! whoever waited is told so at once, and so is who asks soon after: while the server is away
//! nobody waits for more than one attempt.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Link, Source};

/// A connection that many share.
#[derive(Clone)]
pub(in super::super) struct Kept {
    source: Source,
    home: Handle,
    state: Arc<Mutex<State>>,
}

enum State {
    None,
    Open(Link),
    Failed(Instant, String),
}

/// How long a failed attempt stands for all.
const STANDS: Duration = Duration::from_millis(250);

impl Kept {
    /// None yet; it will live on `home`.
    pub(in super::super) fn new(source: Source, home: Handle) -> Self {
        Self {
            source,
            home,
            state: Arc::new(Mutex::new(State::None)),
        }
    }

    /// The connection.
    pub(in super::super) async fn link(&self) -> Result<Link, String> {
        let mut state = self.state.lock().await;
        match &*state {
            State::Open(link) if !link.is_closed() => return Ok(link.clone()),
            State::Failed(at, why) if at.elapsed() < STANDS => return Err(why.clone()),
            State::None | State::Open(_) | State::Failed(..) => {}
        }
        let source = self.source.clone();
        let connecting = self.home.spawn(async move { source.connect().await });
        let connected = connecting.await.map_err(|error| error.to_string())?;
        *state = match &connected {
            Ok(link) => State::Open(link.clone()),
            Err(why) => State::Failed(Instant::now(), why.clone()),
        };
        connected
    }
}
