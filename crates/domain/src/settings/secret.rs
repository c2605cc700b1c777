//! What is secret of settings, and how it is taken out of them to be sealed.
//!
//! Invariant: no secret is printed, and settings from which they were taken hold none.

use serde::{Deserialize, Serialize};

use super::Settings;

/// A text that is kept and used, and shown to nobody: not by `Debug` either. Empty while the
/// settings are sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub(super) String);

impl Secret {
    /// The text, for what it is the key to, and for nothing else; nothing while it is sealed.
    #[must_use]
    pub fn reveal(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

/// What is secret of settings, as it is sealed.
#[derive(Default, Serialize, Deserialize)]
struct Secrets {
    /// The notification secret.
    secret: Option<String>,
    /// The values of the headers, in their order.
    headers: Vec<String>,
}

impl Settings {
    /// Whether something secret stands in them in clear.
    #[must_use]
    pub fn has_clear_secrets(&self) -> bool {
        let secret = self.notification_secret.as_ref().and_then(Secret::reveal);
        let headers = &self.notification_headers;
        secret.is_some() || headers.iter().any(|(_, value)| !value.is_empty())
    }

    /// Takes out what is secret, to be sealed. That there is a secret stays, and so do the names of
    /// headers.
    ///
    /// # Errors
    /// Never: texts can be written as JSON.
    pub fn take_secrets(&mut self) -> serde_json::Result<Vec<u8>> {
        let secret = self.notification_secret.as_mut();
        let values = self.notification_headers.iter_mut();
        let secrets = Secrets {
            secret: secret.map(|secret| std::mem::take(&mut secret.0)),
            headers: values.map(|(_, value)| std::mem::take(value)).collect(),
        };
        serde_json::to_vec(&secrets)
    }

    /// Puts back what [`take_secrets`](Self::take_secrets) took out.
    ///
    /// # Errors
    /// When it is not that.
    pub fn put_secrets(&mut self, taken: &[u8]) -> serde_json::Result<()> {
        let secrets: Secrets = serde_json::from_slice(taken)?;
        self.notification_secret = secrets.secret.map(Secret);
        let headers = self.notification_headers.iter_mut();
        for ((_, value), taken) in headers.zip(secrets.headers) {
            *value = taken;
        }
        self.sealed = None;
        Ok(())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_of_sealed_settings_holds_no_secret_and_shows_the_same() {
        let mut settings = Settings::default();
        assert!(!settings.has_clear_secrets());
        settings.set("notification_secret", "s3cret").unwrap();
        let headers = r#"{"Authorization":"Bearer s3cret","X-Empty":""}"#;
        settings.set("notification_headers", headers).unwrap();
        assert!(settings.has_clear_secrets());
        let mut sealed = settings.clone();
        let secrets = sealed.take_secrets().unwrap();
        sealed.sealed = Some("…".to_owned());
        assert!(!sealed.has_clear_secrets());
        assert_eq!(sealed.list(), settings.list());
        let secret = sealed.notification_secret.as_ref();
        assert_eq!(secret.map(Secret::reveal), Some(None));
        let stored = serde_json::to_string(&sealed).unwrap();
        assert!(!stored.contains("s3cret"), "{stored}");
        let mut read: Settings = serde_json::from_str(&stored).unwrap();
        read.put_secrets(&secrets).unwrap();
        assert_eq!(read, settings);
        assert!(read.put_secrets(b"{}x").is_err());
        // As a store of an earlier version holds them.
        let clear = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&clear).unwrap(), settings);
    }
}
