//! The settings as flags and variables, in raw text.
//!
//! Invariant: a setting `api_addr` of the file is the flag `--api-addr`, the variable
//! `AVAL_API_ADDR` and the field `api_addr`, and the help shows the value of no variable.

use std::ffi::{OsStr, OsString};
use std::fmt;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

// The doc comment of a flattened struct would replace the text of its parent in the help, so the
// structs below that are flattened say `about = None`.

/// The options of every command.
#[derive(Debug, Args)]
#[command(about = None, long_about = None, next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Directory of the store and its keys [default: ./aval-data]
    #[arg(long, global = true, env = "AVAL_DATA_DIR", value_name = "DIR")]
    #[arg(hide_env_values = true)]
    pub data_dir: Option<OsString>,
    /// postgres://…, or an SQLite file as sqlite:PATH [default: aval.db in the data directory]
    #[arg(long, global = true, env = "AVAL_DATABASE_URL", value_name = "URL")]
    #[arg(hide_env_values = true)]
    #[arg(value_parser = OsStringValueParser::new().map(SecretText))]
    pub database_url: Option<SecretText>,
    /// TOML file of settings [default: config.toml in the data directory, if it exists]
    #[arg(long, global = true, env = "AVAL_CONFIG", value_name = "FILE")]
    #[arg(hide_env_values = true)]
    pub config: Option<OsString>,
    /// sandbox or production [default: sandbox]
    #[arg(
        long,
        global = true,
        env = "AVAL_ENVIRONMENT",
        value_name = "ENVIRONMENT"
    )]
    #[arg(hide_env_values = true)]
    pub environment: Option<OsString>,
}

impl GlobalArgs {
    /// The text given for each setting, by the key it has in the file.
    pub(crate) fn texts(&self) -> [(&'static str, Option<&OsStr>); 4] {
        [
            ("config", self.config.as_deref()),
            ("data_dir", self.data_dir.as_deref()),
            (
                "database_url",
                self.database_url.as_ref().map(SecretText::expose),
            ),
            ("environment", self.environment.as_deref()),
        ]
    }
}

/// The settings of `serve` beside the global options.
#[derive(Debug, Args)]
#[command(about = None, long_about = None)]
pub struct ServeArgs {
    /// Address of the transactional API and the buyer's pages [default: 127.0.0.1:8080]
    #[arg(
        long,
        env = "AVAL_API_ADDR",
        value_name = "HOST:PORT",
        hide_env_values = true
    )]
    pub api_addr: Option<OsString>,
    /// Address of the query API [default: 127.0.0.1:8081]
    #[arg(
        long,
        env = "AVAL_QUERY_ADDR",
        value_name = "HOST:PORT",
        hide_env_values = true
    )]
    pub query_addr: Option<OsString>,
    /// Address of the back office, health, metrics and the sandbox API [default: 127.0.0.1:8082]
    #[arg(
        long,
        env = "AVAL_BACKOFFICE_ADDR",
        value_name = "HOST:PORT",
        hide_env_values = true
    )]
    pub backoffice_addr: Option<OsString>,
    /// URL under which clients reach the transactional API [default: from its address]
    #[arg(
        long,
        env = "AVAL_PUBLIC_API_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub public_api_url: Option<OsString>,
    /// URL under which clients reach the query API [default: from its address]
    #[arg(
        long,
        env = "AVAL_PUBLIC_QUERY_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub public_query_url: Option<OsString>,
    /// URL under which the back office is reached [default: from its address]
    #[arg(
        long,
        env = "AVAL_PUBLIC_BACKOFFICE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub public_backoffice_url: Option<OsString>,
    /// Dialect of new merchants, manual or live [default: manual]
    #[arg(
        long,
        env = "AVAL_DIALECT",
        value_name = "DIALECT",
        hide_env_values = true
    )]
    pub dialect: Option<OsString>,
    /// Seed of the sandbox's source of chance, for runs that repeat
    #[arg(long, env = "AVAL_SEED", value_name = "N", hide_env_values = true)]
    pub seed: Option<OsString>,
    /// Make each API listener refuse the operations of the other
    #[arg(
        long,
        env = "AVAL_STRICT_HOSTS",
        value_name = "BOOL",
        hide_env_values = true
    )]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub strict_hosts: Option<OsString>,
    /// Networks of proxies whose X-Forwarded-For is believed, as 192.0.2.7,192.0.2.8
    #[arg(
        long,
        env = "AVAL_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        hide_env_values = true
    )]
    pub trusted_proxies: Option<OsString>,
    /// Deliver notifications to private addresses too [default: true in the sandbox, else false]
    #[arg(
        long,
        env = "AVAL_ALLOW_PRIVATE_NOTIFICATIONS",
        value_name = "BOOL",
        hide_env_values = true
    )]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub allow_private_notifications: Option<OsString>,
    /// PEM of authorities that receivers of notifications may have their certificates from, beside
    /// the public ones
    #[arg(
        long,
        env = "AVAL_NOTIFICATION_CA",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub notification_ca: Option<OsString>,
    /// Keep the last requests of each merchant, masked, in memory [default: true]
    #[arg(
        long,
        env = "AVAL_REQUEST_LOG",
        value_name = "BOOL",
        hide_env_values = true
    )]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub request_log: Option<OsString>,
    /// Certificate chain in PEM; turns TLS on, together with --tls-key
    #[arg(
        long,
        env = "AVAL_TLS_CERT",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub tls_cert: Option<OsString>,
    /// Private key of the certificate in PEM
    #[arg(
        long,
        env = "AVAL_TLS_KEY",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub tls_key: Option<OsString>,
    /// Form of the log lines, text or json [default: text]
    #[arg(
        long,
        env = "AVAL_LOG_FORMAT",
        value_name = "FORMAT",
        hide_env_values = true
    )]
    pub log_format: Option<OsString>,
    /// Open connections beyond which a new one waits [default: 4096]
    #[arg(
        long,
        env = "AVAL_MAX_CONNECTIONS",
        value_name = "N",
        hide_env_values = true
    )]
    pub max_connections: Option<OsString>,
    /// Changes waiting for the store beyond which requests are answered 503 [default: 4096]
    #[arg(long, env = "AVAL_MAX_QUEUE", value_name = "N", hide_env_values = true)]
    pub max_queue: Option<OsString>,
    /// Time a client has to send the header of a request, 1 to 60 [default: 10]
    #[arg(
        long,
        env = "AVAL_HEADER_TIMEOUT_SECONDS",
        value_name = "N",
        hide_env_values = true
    )]
    pub header_timeout_seconds: Option<OsString>,
    /// Time a client has to send the body of a request, 1 to 60 [default: 30]
    #[arg(
        long,
        env = "AVAL_READ_TIMEOUT_SECONDS",
        value_name = "N",
        hide_env_values = true
    )]
    pub read_timeout_seconds: Option<OsString>,
    /// Time running requests have to end after SIGTERM, 0 to 300 [default: 8]
    #[arg(
        long,
        env = "AVAL_DRAIN_SECONDS",
        value_name = "N",
        hide_env_values = true
    )]
    pub drain_seconds: Option<OsString>,
}

impl ServeArgs {
    /// The text given for each setting, by the key it has in the file.
    pub(crate) fn texts(&self) -> [(&'static str, Option<&OsStr>); 21] {
        [
            ("api_addr", self.api_addr.as_deref()),
            ("query_addr", self.query_addr.as_deref()),
            ("backoffice_addr", self.backoffice_addr.as_deref()),
            ("public_api_url", self.public_api_url.as_deref()),
            ("public_query_url", self.public_query_url.as_deref()),
            (
                "public_backoffice_url",
                self.public_backoffice_url.as_deref(),
            ),
            ("dialect", self.dialect.as_deref()),
            ("seed", self.seed.as_deref()),
            ("strict_hosts", self.strict_hosts.as_deref()),
            ("trusted_proxies", self.trusted_proxies.as_deref()),
            (
                "allow_private_notifications",
                self.allow_private_notifications.as_deref(),
            ),
            ("notification_ca", self.notification_ca.as_deref()),
            ("request_log", self.request_log.as_deref()),
            ("tls_cert", self.tls_cert.as_deref()),
            ("tls_key", self.tls_key.as_deref()),
            ("log_format", self.log_format.as_deref()),
            ("max_connections", self.max_connections.as_deref()),
            ("max_queue", self.max_queue.as_deref()),
            (
                "header_timeout_seconds",
                self.header_timeout_seconds.as_deref(),
            ),
            ("read_timeout_seconds", self.read_timeout_seconds.as_deref()),
            ("drain_seconds", self.drain_seconds.as_deref()),
        ]
    }
}

/// A text that may hold a password, so that `Debug` does not show it.
#[derive(Clone)]
pub struct SecretText(OsString);

impl SecretText {
    /// The text itself, to be read but not shown.
    pub fn expose(&self) -> &OsStr {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}
