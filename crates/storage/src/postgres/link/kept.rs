//! A connection that many share, made anew when it was lost.
//!
//! Invariant: one connects at a time, on the thread that the connection lives on. When that fails,
//! whoever waited is told so at once, and so is who asks soon after: while the server is away
//! nobody waits for more than one attempt.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;

use super::{Link, Source, Trouble};

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

/// How long a statement may take.
pub(in super::super) const LIMIT: Duration = Duration::from_secs(10);
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

    /// Uses the connection, for a limited time. One that no longer answers, or no longer knows what
    /// was prepared on it, is let go of.
    ///
    /// # Errors
    /// What went wrong, for the log.
    pub(in super::super) async fn with<T, F>(
        &self,
        run: impl FnOnce(Link) -> F,
    ) -> Result<T, String>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let link = self.link().await?;
        let Ok(done) = timeout(LIMIT, run(link.clone())).await else {
            self.discard(&link).await;
            return Err("it does not answer in time".to_owned());
        };
        if let Err(Trouble::Told(error)) = &done
            && error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
        {
            self.discard(&link).await;
        }
        done.map_err(|trouble| trouble.to_string())
    }

    /// Lets go of a connection that cannot be used any more; the next to ask makes another.
    pub(in super::super) async fn discard(&self, used: &Link) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Open(link) if link.is(used)) {
            *state = State::None;
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
