//! The settings in force: flags, variables, the file and defaults, merged and checked.
//!
//! Invariant: a [`Config`] holds valid values only, for each setting the one of the strongest
//! layer (flag > variable > file > default), and neither its `Debug` nor its report shows the
//! password of a database URL. Whatever is wrong is one line that names key and origin.
//!
//! Relative paths, those in the file too, start from the working directory. A variable that is
//! set but empty counts as not set.

mod database;
mod layers;
mod report;
mod values;

pub use database::Database;
pub(crate) use layers::known_variables;
pub use layers::{ConfigError, Origin};
pub use report::{Report, ReportLine};
pub use values::{Environment, LogFormat, WireDialect};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use aval_domain::network::Network;

use crate::cli::{Cli, Command, MerchantCommand, ServeArgs};
use layers::Layers;
use values::Listener;

/// Every setting, in the order of the report. Flags, variables and the keys of the file bear
/// these names: `--api-addr`, `AVAL_API_ADDR`, `api_addr`.
const KEYS: [&str; 24] = [
    "data_dir",
    "database_url",
    "environment",
    "api_addr",
    "query_addr",
    "backoffice_addr",
    "public_api_url",
    "public_query_url",
    "public_backoffice_url",
    "dialect",
    "seed",
    "strict_hosts",
    "trusted_proxies",
    "allow_private_notifications",
    "notification_ca",
    "request_log",
    "tls_cert",
    "tls_key",
    "log_format",
    "max_connections",
    "max_queue",
    "header_timeout_seconds",
    "read_timeout_seconds",
    "drain_seconds",
];

/// The settings of `aval serve`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The store and what kind of store it is.
    pub store: StoreConfig,
    /// Address of the transactional API and the buyer's pages.
    pub api_addr: SocketAddr,
    /// Address of the query API.
    pub query_addr: SocketAddr,
    /// Address of the back office, health, metrics and the sandbox API.
    pub backoffice_addr: SocketAddr,
    /// URL under which clients reach the transactional API, without a slash at the end.
    pub public_api_url: String,
    /// URL under which clients reach the query API, without a slash at the end.
    pub public_query_url: String,
    /// URL under which the back office is reached, without a slash at the end.
    pub public_backoffice_url: String,
    /// Seed of the sandbox's source of chance.
    pub seed: Option<u64>,
    /// Whether each API listener refuses the operations of the other.
    pub strict_hosts: bool,
    /// Networks of proxies that are believed who their clients are.
    pub trusted_proxies: Vec<Network>,
    /// Whether notifications may go to private, link-local and loopback addresses.
    pub allow_private_notifications: bool,
    /// Authorities in PEM that receivers' certificates may come from, beside the public ones.
    pub notification_ca: Option<PathBuf>,
    /// Whether the last requests of each merchant are kept.
    pub request_log: bool,
    /// The certificate and its key, when the listeners speak TLS.
    pub tls: Option<TlsFiles>,
    /// Form of the log lines.
    pub log_format: LogFormat,
    /// Open connections beyond which a new one waits.
    pub max_connections: usize,
    /// Change sets waiting for the store beyond which requests are answered 503.
    pub max_queue: usize,
    /// Time a client has to send the header of a request.
    pub header_timeout: Duration,
    /// Time a client has to send the body of a request.
    pub read_timeout: Duration,
    /// Time running requests have to end after SIGTERM.
    pub drain: Duration,
    file: Option<PathBuf>,
    origins: BTreeMap<&'static str, Origin>,
}

/// What every command needs to open the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// Directory of the store and its keys; it need not exist yet.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// Sandbox or production.
    pub environment: Environment,
    /// Dialect of new merchants.
    pub dialect: WireDialect,
}

/// The files of TLS. They exist; what is in them has not been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain in PEM.
    pub cert: PathBuf,
    /// Private key of the certificate in PEM.
    pub key: PathBuf,
}

impl Config {
    /// The settings of `serve`, also for `config check`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its key and origin.
    pub fn load(cli: &Cli, args: &ServeArgs) -> Result<Self, ConfigError> {
        let mut layers = Layers::open(cli, &args.texts())?;
        let store = StoreConfig::read(&mut layers)?;
        let tls = read_tls(&mut layers)?;
        let [api, query, backoffice] = read_listeners(&mut layers)?;
        let mut url = |key, listener: &Listener| match layers.value(key, values::public_url)? {
            Some(given) => Ok(given),
            None => Ok(layers.derived(key, listener.url(tls.is_some()))),
        };
        Ok(Self {
            public_api_url: url("public_api_url", &api)?,
            public_query_url: url("public_query_url", &query)?,
            public_backoffice_url: url("public_backoffice_url", &backoffice)?,
            api_addr: api.addr,
            query_addr: query.addr,
            backoffice_addr: backoffice.addr,
            seed: read_seed(&mut layers, store.environment)?,
            strict_hosts: layers
                .value("strict_hosts", values::boolean)?
                .unwrap_or(false),
            trusted_proxies: layers
                .value("trusted_proxies", values::networks)?
                .unwrap_or_default(),
            allow_private_notifications: layers
                .value("allow_private_notifications", values::boolean)?
                .unwrap_or(store.environment == Environment::Sandbox),
            notification_ca: layers.value("notification_ca", values::existing_file)?,
            request_log: layers
                .value("request_log", values::boolean)?
                .unwrap_or(true),
            log_format: layers
                .value("log_format", values::log_format)?
                .unwrap_or(LogFormat::Text),
            max_connections: layers
                .value("max_connections", values::limit)?
                .unwrap_or(4096),
            max_queue: layers.value("max_queue", values::limit)?.unwrap_or(4096),
            header_timeout: read_seconds(&mut layers, "header_timeout_seconds", 1..=60, 10)?,
            read_timeout: read_seconds(&mut layers, "read_timeout_seconds", 1..=60, 30)?,
            drain: read_seconds(&mut layers, "drain_seconds", 0..=300, 8)?,
            store,
            tls,
            file: layers.file_path(),
            origins: layers.origins(),
        })
    }

    /// What the commands beside `serve` need, from the same flags, variables and file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its key and origin.
    pub fn for_tools(cli: &Cli) -> Result<StoreConfig, ConfigError> {
        let mut dialect = None;
        if let Command::Merchant(MerchantCommand::Create { dialect: given, .. }) = &cli.command {
            dialect = given.as_deref();
        }
        StoreConfig::read(&mut Layers::open(cli, &[("dialect", dialect)])?)
    }

    /// Puts the addresses that were really bound, which differ for port 0, in place of those
    /// asked for, and adapts the public URLs that were derived from them.
    pub fn bound(&mut self, api: SocketAddr, query: SocketAddr, backoffice: SocketAddr) {
        self.api_addr = api;
        self.query_addr = query;
        self.backoffice_addr = backoffice;
        for (key, url, addr) in [
            ("public_api_url", &mut self.public_api_url, api),
            ("public_query_url", &mut self.public_query_url, query),
            (
                "public_backoffice_url",
                &mut self.public_backoffice_url,
                backoffice,
            ),
        ] {
            // A derived URL ends with its port.
            if let (Some(Origin::Derived), Some((host, _))) =
                (self.origins.get(key), url.rsplit_once(':'))
            {
                *url = format!("{host}:{}", addr.port());
            }
        }
    }
}

impl StoreConfig {
    fn read(layers: &mut Layers<'_>) -> Result<Self, ConfigError> {
        let data_dir = layers.value("data_dir", values::directory)?;
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from(layers::DATA_DIR));
        let database = match layers.value("database_url", Database::read)? {
            Some(given) => given,
            None => layers.derived("database_url", Database::Sqlite(data_dir.join("aval.db"))),
        };
        let environment = layers.value("environment", Environment::read)?;
        let dialect = layers.value("dialect", WireDialect::read)?;
        Ok(Self {
            data_dir,
            database,
            environment: environment.unwrap_or(Environment::Sandbox),
            dialect: dialect.unwrap_or(WireDialect::Manual),
        })
    }
}

fn read_tls(layers: &mut Layers<'_>) -> Result<Option<TlsFiles>, ConfigError> {
    let cert = layers.value("tls_cert", values::existing_file)?;
    let key = layers.value("tls_key", values::existing_file)?;
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(layers.wrong("tls_cert", "needs tls_key beside it")),
        (None, Some(_)) => Err(layers.wrong("tls_key", "needs tls_cert beside it")),
    }
}

fn read_listeners(layers: &mut Layers<'_>) -> Result<[Listener; 3], ConfigError> {
    let mut listener = |key, default_port| {
        let given = layers.value(key, Listener::read)?;
        Ok(given.unwrap_or_else(|| Listener::local(default_port)))
    };
    let api = listener("api_addr", 8080)?;
    let query = listener("query_addr", 8081)?;
    let backoffice = listener("backoffice_addr", 8082)?;
    for (key, listener, other_key, other) in [
        ("query_addr", &query, "api_addr", &api),
        ("backoffice_addr", &backoffice, "api_addr", &api),
        ("backoffice_addr", &backoffice, "query_addr", &query),
    ] {
        if listener.overlaps(other) {
            // Name the one that was chosen by somebody.
            let (key, other_key) = if layers.is_given(key) {
                (key, other_key)
            } else {
                (other_key, key)
            };
            let what = format!("{} is taken by {other_key} already", listener.addr);
            return Err(layers.wrong(key, &what));
        }
    }
    Ok([api, query, backoffice])
}

// With a known seed ids and receipts could be foreseen, and with them links.
fn read_seed(
    layers: &mut Layers<'_>,
    environment: Environment,
) -> Result<Option<u64>, ConfigError> {
    let seed = layers.value("seed", |text| values::whole(text, 0..=u64::MAX))?;
    match environment {
        Environment::Production if seed.is_some() => {
            Err(layers.wrong("seed", "is accepted in the sandbox only"))
        }
        Environment::Production | Environment::Sandbox => Ok(seed),
    }
}

fn read_seconds(
    layers: &mut Layers<'_>,
    key: &'static str,
    range: RangeInclusive<u64>,
    default: u64,
) -> Result<Duration, ConfigError> {
    let seconds = layers.value(key, |text| values::whole(text, range))?;
    Ok(Duration::from_secs(seconds.unwrap_or(default)))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::path::Path;
    use std::time::Duration;

    use clap::CommandFactory as _;

    use super::{Config, ConfigError, Database, Environment, KEYS, LogFormat, Origin, WireDialect};
    use crate::cli::{self, Cli, Command};

    fn load(args: &[&str]) -> Result<Config, ConfigError> {
        let cli = cli::parse(["aval", "serve"].iter().chain(args)).unwrap();
        let Command::Serve(serve) = &cli.command else {
            panic!("{cli:?}");
        };
        Config::load(&cli, serve)
    }

    // Away from any config.toml that may lie in ./aval-data.
    fn load_apart(args: &[&str]) -> Result<Config, ConfigError> {
        load(&[&["--data-dir", "/nonexistent/aval"], args].concat())
    }

    fn refusal(args: &[&str]) -> String {
        let text = load_apart(args).unwrap_err().to_string();
        assert!(!text.contains('\n'), "{text}");
        text
    }

    #[test]
    fn every_setting_has_a_flag_a_variable_and_a_line_in_the_report() {
        let mut command = Cli::command();
        command.build();
        let serve = command.find_subcommand("serve").unwrap();
        let report = load_apart(&[]).unwrap().report();
        let reported: Vec<_> = report.lines.iter().map(|line| line.key).collect();
        assert_eq!(reported, [&["config"], KEYS.as_slice()].concat());
        for key in reported {
            let arg = serve
                .get_arguments()
                .find(|arg| arg.get_id() == key)
                .unwrap();
            assert_eq!(arg.get_long(), Some(key.replace('_', "-").as_str()));
            let variable = format!("AVAL_{}", key.to_uppercase());
            assert_eq!(arg.get_env(), Some(variable.as_ref()));
            assert!(arg.is_hide_env_values_set(), "{key}");
        }
    }

    #[test]
    fn without_any_setting_the_defaults_hold() {
        let config = load_apart(&[]).unwrap();
        assert_eq!(config.store.environment, Environment::Sandbox);
        assert_eq!(config.store.dialect, WireDialect::Manual);
        let file = Path::new("/nonexistent/aval/aval.db").to_path_buf();
        assert_eq!(config.store.database, Database::Sqlite(file));
        assert_eq!(config.api_addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_query_url, "http://127.0.0.1:8081");
        assert_eq!(config.log_format, LogFormat::Text);
        assert_eq!((config.max_connections, config.max_queue), (4096, 4096));
        assert_eq!(config.header_timeout, Duration::from_secs(10));
        assert_eq!(config.read_timeout, Duration::from_secs(30));
        assert_eq!(config.drain, Duration::from_secs(8));
        assert!(config.tls.is_none() && config.seed.is_none() && !config.strict_hosts);
    }

    #[test]
    fn a_wrong_flag_is_named_with_what_is_accepted() {
        let cases = [
            (
                ["--api-addr", "foo"],
                "api_addr from --api-addr: \"foo\" is not an address like 127.0.0.1:8080",
            ),
            (
                ["--environment", "prod"],
                "environment from --environment: \"prod\" is not sandbox or production",
            ),
            (
                ["--max-queue", "0"],
                "max_queue from --max-queue: \"0\" is not a whole number from 1 to 1000000",
            ),
            (
                ["--strict-hosts=yes", "--seed=1"],
                "strict_hosts from --strict-hosts: \"yes\" is not true or false",
            ),
            (
                ["--data-dir=", "--seed=1"],
                "data_dir from --data-dir: must not be empty",
            ),
        ];
        for (args, expected) in cases {
            let found = load(&args).unwrap_err().to_string();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn settings_that_do_not_fit_together_are_refused() {
        let me = std::env::current_exe().unwrap();
        let me = me.to_str().unwrap();
        let cases = [
            (
                vec!["--query-addr", "0.0.0.0:8080"],
                "query_addr from --query-addr: 0.0.0.0:8080 is taken by api_addr",
            ),
            (
                vec!["--api-addr", "127.0.0.1:8082"],
                "api_addr from --api-addr: 127.0.0.1:8082 is taken by backoffice_addr",
            ),
            (
                vec!["--tls-cert", me],
                "tls_cert from --tls-cert: needs tls_key",
            ),
            (
                vec!["--tls-key", me],
                "tls_key from --tls-key: needs tls_cert",
            ),
            (
                vec!["--environment", "production", "--seed", "7"],
                "seed from --seed: is accepted in the sandbox only",
            ),
        ];
        for (args, expected) in cases {
            let found = refusal(&args);
            assert!(found.starts_with(expected), "{found}");
        }
        let any_port = ["--api-addr=127.0.0.1:0", "--query-addr=127.0.0.1:0"];
        assert!(load_apart(&any_port).is_ok());
    }

    #[test]
    fn derived_urls_follow_tls_and_the_bound_port_and_given_ones_stay() {
        let me = std::env::current_exe().unwrap();
        let me = me.to_str().unwrap();
        let args = [
            &[
                "--tls-cert",
                me,
                "--tls-key",
                me,
                "--api-addr",
                "localhost:0",
            ][..],
            &[
                "--query-addr",
                "[::]:0",
                "--public-backoffice-url",
                "http://b:1/",
            ],
        ];
        let mut config = load_apart(&args.concat()).unwrap();
        let addr = |text: &str| text.parse::<SocketAddr>().unwrap();
        config.bound(
            addr("127.0.0.1:1111"),
            addr("[::]:2222"),
            addr("127.0.0.1:3333"),
        );
        assert_eq!(config.public_api_url, "https://localhost:1111");
        assert_eq!(config.public_query_url, "https://[::1]:2222");
        assert_eq!(config.public_backoffice_url, "http://b:1");
        assert_eq!(config.query_addr.port(), 2222);
    }

    #[test]
    fn tools_read_the_store_and_leave_the_rest_alone() {
        let dir = tempfile::tempdir().unwrap();
        let text = "environment = 'production'\ndialect = 'live'\napi_addr = 'wrong'\n";
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let tools = |args: &[&str]| {
            let start = ["aval", "--data-dir", dir.path().to_str().unwrap()];
            Config::for_tools(&cli::parse(start.iter().chain(args)).unwrap())
        };
        let store = tools(&["keys", "status"]).unwrap();
        assert_eq!(store.data_dir, dir.path());
        assert_eq!(store.environment, Environment::Production);
        assert_eq!(store.dialect, WireDialect::Live);
        let create = ["merchant", "create", "--name", "A", "--dialect"];
        let store = tools(&[&create[..], &["manual"]].concat()).unwrap();
        assert_eq!(store.dialect, WireDialect::Manual);
        let wrong = tools(&[&create[..], &["dead"]].concat()).unwrap_err();
        let expected = "dialect from --dialect: \"dead\" is not manual or live";
        assert_eq!(wrong.to_string(), expected);
    }

    #[test]
    fn no_debug_output_shows_a_password() {
        let args = [
            "--database-url",
            "postgres://aval:hunter2@db/aval?sslpassword=hunter2",
        ];
        let config = load_apart(&args).unwrap();
        let text = format!("{config:?} {} {}", config.report(), config.store.database);
        assert!(text.contains("postgres://aval:****@db/aval?sslpassword=****"));
        assert!(!text.contains("hunter2"), "{text}");
        let cli = cli::parse(["aval", "serve"].iter().chain(&args)).unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"), "{cli:?}");
        assert_eq!(config.origins.get("database_url"), Some(&Origin::Flag));
    }
}
