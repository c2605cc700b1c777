//! Hashing passwords beside the requests.
//!
//! Invariant: no more than two passwords are hashed or verified at once, on threads that answer no
//! requests: each takes 19 MiB and tens of milliseconds, and who asks for many waits.

use aval_domain::user::PasswordHash;
use aval_vault::VaultError;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::Error;

/// The turns for hashing.
pub struct Passwords {
    turns: Semaphore,
}

/// Passwords hashed at once.
const AT_ONCE: usize = 2;

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(AT_ONCE),
        }
    }
}

impl Passwords {
    /// A new password and its hash.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub async fn make(&self) -> Result<(Zeroizing<String>, PasswordHash), Error> {
        let made = self.beside(|| {
            let password = aval_vault::new_password()?;
            let hash = aval_vault::hash_password(&password)?;
            Ok::<_, VaultError>((password, PasswordHash(hash)))
        });
        Ok(made.await??)
    }

    /// The hash of a password that somebody chose.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<PasswordHash, Error> {
        let hashed = self.beside(move || aval_vault::hash_password(&password));
        Ok(PasswordHash(hashed.await??))
    }

    /// Whether a password is the one that was hashed.
    ///
    /// # Errors
    /// When the server is about to end.
    pub async fn fits(
        &self,
        hash: &PasswordHash,
        password: Zeroizing<String>,
    ) -> Result<bool, Error> {
        let hash = hash.clone();
        self.beside(move || aval_vault::verify_password(&hash.0, &password))
            .await
    }

    async fn beside<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let ended = |why: String| Error::Internal(why);
        let turn = self.turns.acquire().await;
        let _turn = turn.map_err(|error| ended(error.to_string()))?;
        let done = tokio::task::spawn_blocking(run).await;
        done.map_err(|error| ended(error.to_string()))
    }
}
