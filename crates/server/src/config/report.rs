//! What `aval config check` shows.
//!
//! Invariant: there is one line per setting, and none of them shows a password.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{Config, Origin};

/// The settings in force, for people by `Display`, for programs as one JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file that was read, then every setting.
    pub lines: Vec<ReportLine>,
}

/// One setting in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    /// Name of the setting, as in the file.
    #[serde(skip)]
    pub key: &'static str,
    /// Its value with passwords masked, unless it has none.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl Config {
    /// The settings in force and where each comes from.
    pub fn report(&self) -> Report {
        let lines = self.shown().into_iter().map(|(key, value)| {
            let origin = self.origins.get(key).copied().unwrap_or(Origin::Default);
            ReportLine { key, value, origin }
        });
        Report {
            lines: lines.collect(),
        }
    }

    fn shown_proxies(&self) -> Option<String> {
        let networks: Vec<String> = self
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        (!networks.is_empty()).then(|| networks.join(","))
    }

    fn shown(&self) -> [(&'static str, Option<String>); 25] {
        let path = |path: &Path| path.display().to_string();
        let seconds = |time: Duration| time.as_secs().to_string();
        let tls = self.tls.as_ref();
        [
            ("config", self.file.as_deref().map(path)),
            ("data_dir", Some(path(&self.store.data_dir))),
            ("database_url", Some(self.store.database.to_string())),
            (
                "environment",
                Some(self.store.environment.as_str().to_owned()),
            ),
            ("api_addr", Some(self.api_addr.to_string())),
            ("query_addr", Some(self.query_addr.to_string())),
            ("backoffice_addr", Some(self.backoffice_addr.to_string())),
            ("public_api_url", Some(self.public_api_url.clone())),
            ("public_query_url", Some(self.public_query_url.clone())),
            (
                "public_backoffice_url",
                Some(self.public_backoffice_url.clone()),
            ),
            ("dialect", Some(self.store.dialect.as_str().to_owned())),
            ("seed", self.seed.map(|seed| seed.to_string())),
            ("strict_hosts", Some(self.strict_hosts.to_string())),
            ("trusted_proxies", self.shown_proxies()),
            (
                "allow_private_notifications",
                Some(self.allow_private_notifications.to_string()),
            ),
            ("notification_ca", self.notification_ca.as_deref().map(path)),
            ("request_log", Some(self.request_log.to_string())),
            ("tls_cert", tls.map(|tls| path(&tls.cert))),
            ("tls_key", tls.map(|tls| path(&tls.key))),
            ("log_format", Some(self.log_format.as_str().to_owned())),
            ("max_connections", Some(self.max_connections.to_string())),
            ("max_queue", Some(self.max_queue.to_string())),
            ("header_timeout_seconds", Some(seconds(self.header_timeout))),
            ("read_timeout_seconds", Some(seconds(self.read_timeout))),
            ("drain_seconds", Some(seconds(self.drain))),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = |texts: &mut dyn Iterator<Item = &str>| {
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let key_chars = longest(&mut self.lines.iter().map(|line| line.key));
        let value_chars = longest(&mut self.lines.iter().map(ReportLine::shown));
        for line in &self.lines {
            let (key, value, origin) = (line.key, line.shown(), line.origin);
            writeln!(f, "{key:key_chars$}  {value:value_chars$}  {origin}")?;
        }
        Ok(())
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.lines.iter().map(|line| (line.key, line)))
    }
}

impl ReportLine {
    fn shown(&self) -> &str {
        self.value.as_deref().unwrap_or("-")
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Report, ReportLine};

    fn report() -> Report {
        let line = |key, value: Option<&str>, origin| ReportLine {
            key,
            value: value.map(str::to_owned),
            origin,
        };
        Report {
            lines: vec![
                line("seed", None, Origin::Default),
                line("data_dir", Some("/x"), Origin::File),
            ],
        }
    }

    #[test]
    fn people_get_aligned_columns() {
        assert_eq!(
            report().to_string(),
            "seed      -   default\ndata_dir  /x  file\n"
        );
    }

    #[test]
    fn programs_get_one_object() {
        let expected = concat!(
            r#"{"seed":{"value":null,"origin":"default"},"#,
            r#""data_dir":{"value":"/x","origin":"file"}}"#
        );
        assert_eq!(serde_json::to_string(&report()).unwrap(), expected);
    }
}
