//! A thread with a runtime of its own, for connections and the tasks that use them.
//!
//! Invariant: what is spawned on it stays on it, so that a task and its connection hand each other
//! work without waking another thread.

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread; it ends when this is dropped.
pub(super) struct Thread {
    handle: Handle,
    _ends: oneshot::Sender<()>,
}

impl Thread {
    pub(super) fn start(name: &str) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (ends, ended) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(ended))?;
        Ok(Self {
            handle,
            _ends: ends,
        })
    }

    /// Where to spawn.
    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }
}
