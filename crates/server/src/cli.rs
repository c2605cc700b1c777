//! The command line: every command, flag and variable, and what becomes of a wrong one.
//!
//! Invariant: the value of a setting is not judged here. Flags and `AVAL_…` variables arrive as
//! raw text and [`crate::config`] reads them as it reads the file, so that a wrong value is
//! refused in the same words whatever its origin. What may be secret appears neither in `Debug`,
//! nor in the help, nor in an error.

mod access;
mod duration;
mod exit;
mod fraud;
mod settings;

pub use access::{AuditCommand, UserCommand};
pub use exit::Exit;
pub use fraud::{FraudCommand, ListCommand, ReviewCommand, RulesCommand};
pub use settings::{GlobalArgs, SecretText, ServeArgs};

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;

use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Reads the arguments, the name of the program first, and the `AVAL_…` variables.
///
/// # Errors
/// What the program has to print instead of running a command: the help or the version with
/// exit code 0, or one line about what is wrong with exit code 2.
pub fn parse<I, T>(args: I) -> Result<Cli, Exit>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let refused = |error| exit::condensed(&error, Cli::command(), &args);
    let matches = Cli::command()
        .try_get_matches_from(&args)
        .map_err(refused)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(refused)?;
    cli.from_variable = settings_from_variables(&matches);
    Ok(cli)
}

/// What was asked for on the command line.
#[derive(Debug, Parser)]
#[command(
    name = "aval",
    bin_name = "aval",
    version,
    about = "A payment gateway speaking the e-Commerce API 3.0"
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
    /// The settings whose text came from a variable rather than from a flag.
    #[arg(skip)]
    pub from_variable: BTreeSet<String>,
}

/// The commands of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway
    Serve(Box<ServeArgs>),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Create, list and change merchants
    #[command(subcommand)]
    Merchant(MerchantCommand),
    /// Look after users of the back office
    #[command(subcommand)]
    User(UserCommand),
    /// Read the audit log of the back office and verify it
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Read and move the clock of the sandbox
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Show notifications as they happen, and forward them to an address near you
    Listen(ListenArgs),
    /// Look after fraud analysis: rules, lists, reviews
    #[command(subcommand)]
    Fraud(FraudCommand),
    /// Look at recurrences and charge those that are due
    #[command(subcommand)]
    Recurrence(RecurrenceCommand),
    /// Look after the keys of the card vault
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write a copy of an SQLite store to a new file, while servers run
    Backup(BackupArgs),
    /// Make certificates
    #[command(subcommand)]
    Cert(CertCommand),
}

/// `aval backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to make; it must not be there
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `aval config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings in force and where each comes from, secrets masked
    Check(Box<ConfigCheckArgs>),
}

/// The settings of `serve`, to be shown instead of served with.
#[derive(Debug, Args)]
pub struct ConfigCheckArgs {
    /// The settings of `serve`.
    #[command(flatten)]
    pub serve: ServeArgs,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `aval merchant …`
#[derive(Debug, Subcommand)]
pub enum MerchantCommand {
    /// Create a merchant and print its credentials
    Create {
        /// Name of the merchant
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Dialect of the merchant, manual or live [default: the setting `dialect`]
        #[arg(
            long,
            env = "AVAL_DIALECT",
            value_name = "DIALECT",
            hide_env_values = true
        )]
        dialect: Option<OsString>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the merchants
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show a merchant and its settings
    Show {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show what was changed of a merchant, when and by whom
    History {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Change settings of a merchant
    Set {
        /// MerchantId
        id: String,
        /// Setting and its new value
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = assignment)]
        settings: Vec<Assignment>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Refuse all requests of a merchant
    Block {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take requests of a blocked merchant again
    Unblock {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Replace the key of a merchant and print the new one, this once
    RollKey {
        /// MerchantId
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval clock …`
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Show the time of the sandbox
    Show {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Set the time of the sandbox
    Set {
        /// A time like 2027-01-31T10:00:00-03:00
        #[arg(value_name = "RFC3339")]
        time: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Move the time of the sandbox forward and do the work that falls due
    Advance {
        /// A duration like 31d, 12h, 30m, 45s or 1d12h
        #[arg(value_name = "DURATION", value_parser = duration::seconds)]
        seconds: u64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Go back to real time
    Reset {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval listen`
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// Address to post each notification to, such as http://127.0.0.1:3000/hook
    #[arg(long, value_name = "URL")]
    pub forward_to: Option<String>,
    /// MerchantId [default: all merchants]
    #[arg(long, value_name = "ID")]
    pub merchant: Option<String>,
    /// PEM of authorities that the certificate of an https address may come from
    #[arg(long, value_name = "FILE")]
    pub ca: Option<std::path::PathBuf>,
    /// Print JSON, one object a line
    #[arg(long)]
    pub json: bool,
}

/// `aval recurrence …`
#[derive(Debug, Subcommand)]
pub enum RecurrenceCommand {
    /// List recurrences, oldest first
    List {
        /// Of this merchant alone
        #[arg(long, value_name = "MERCHANT_ID")]
        merchant: Option<String>,
        /// So many at the most
        #[arg(long, value_name = "N", default_value_t = 1000)]
        limit: u32,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show a recurrence and its payments
    Show {
        /// RecurrentPaymentId
        id: String,
        /// Its merchant, which saves looking through all
        #[arg(long, value_name = "MERCHANT_ID")]
        merchant: Option<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Charge now what is due, instead of waiting for a server to do it
    RunDue {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval keys …`
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum KeysCommand {
    /// Make a new key and wrap all data keys with it
    Rotate {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show which keys are in use
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `aval cert …`
#[derive(Debug, Subcommand)]
pub enum CertCommand {
    /// Make a throw-away root, an intermediate and a server certificate
    Dev {
        /// Directory for the files
        #[arg(long, value_name = "DIR")]
        out: std::path::PathBuf,
        /// Names and addresses the certificate is for
        #[arg(long = "host", required = true, num_args = 1.., value_name = "NAME")]
        hosts: Vec<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// One `KEY=VALUE` of `merchant set`. The value may be secret.
#[derive(Clone)]
pub struct Assignment {
    /// Name of the setting.
    pub key: String,
    /// Its new value, as written.
    pub value: String,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=****", self.key)
    }
}

// The error does not repeat the text: without its `=` it may be the value alone.
fn assignment(text: &str) -> Result<Assignment, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Assignment {
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("each setting is written with its `=`".to_owned()),
    }
}

// Global options are repeated in the matches of every command, so the innermost ones are enough.
fn settings_from_variables(matches: &clap::ArgMatches) -> BTreeSet<String> {
    let mut matches = matches;
    while let Some((_, inner)) = matches.subcommand() {
        matches = inner;
    }
    matches
        .ids()
        .map(clap::Id::as_str)
        .filter(|id| matches.value_source(id) == Some(ValueSource::EnvVariable))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Cli, ClockCommand, Command, Exit, MerchantCommand};

    fn parse(line: &str) -> Result<Cli, Exit> {
        super::parse(line.split(' '))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in [
            "aval --data-dir here merchant list",
            "aval merchant --data-dir here list",
            "aval merchant list --data-dir=here",
        ] {
            let cli = parse(line).unwrap();
            assert_eq!(cli.global.data_dir.unwrap(), "here", "{line}");
        }
    }

    #[test]
    fn durations_are_read_as_seconds() {
        let cli = parse("aval clock advance 1d12h").unwrap();
        let Command::Clock(ClockCommand::Advance { seconds, .. }) = cli.command else {
            panic!("{cli:?}");
        };
        assert_eq!(seconds, 129_600);
    }

    #[test]
    fn settings_are_split_at_their_first_equals_sign() {
        let cli = parse("aval merchant set M notification_secret=a=b ip_allow_list=").unwrap();
        assert!(!format!("{cli:?}").contains("a=b"), "{cli:?}");
        let Command::Merchant(MerchantCommand::Set { id, settings, .. }) = cli.command else {
            panic!("{:?}", cli.command);
        };
        let settings: Vec<_> = settings
            .iter()
            .map(|s| (s.key.as_str(), s.value.as_str()))
            .collect();
        assert_eq!(id, "M");
        assert_eq!(
            settings,
            [("notification_secret", "a=b"), ("ip_allow_list", "")]
        );
    }

    #[test]
    fn help_and_version_are_no_errors() {
        for line in ["aval --help", "aval help serve", "aval merchant set --help"] {
            let exit = parse(line).unwrap_err();
            assert_eq!(exit.code(), 0, "{line}");
            assert!(exit.text().contains("Usage: aval"), "{}", exit.text());
        }
        assert!(
            parse("aval --version")
                .unwrap_err()
                .text()
                .starts_with("aval ")
        );
    }
}
