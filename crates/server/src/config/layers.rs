//! The four layers of the settings, from which one text per key is picked.
//!
//! Invariant: the strongest layer that has a key gives its value, and every complaint about the
//! value says where that text was written.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::Serialize;
use toml::{Spanned, Value};

use super::KEYS;
use super::values::directory;
use crate::cli::{Cli, Exit};

/// The data directory when none is given.
pub(super) const DATA_DIR: &str = "./aval-data";

const FILE_NAME: &str = "config.toml";

/// What the names of all our variables begin with.
const PREFIX: &str = "AVAL_";
/// Variables that are no settings, after the prefix.
const NO_SETTINGS: [&str; 2] = ["CONFIG", "VAULT_KEY"];
/// Variables of the tests, the checks and the benchmark, and how those begin that come in families.
const OF_TOOLS: [&str; 2] = ["BIN", "BLESS"];
const FAMILIES_OF_TOOLS: [&str; 3] = ["TEST_", "CI_", "PG_"];

/// Refuses a variable that looks like ours and is not: a mistyped `AVAL_ENVIRONMENT` must not run
/// a sandbox in silence. An empty one counts as not set.
pub(crate) fn known_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), ConfigError> {
    let settings = KEYS.map(str::to_uppercase);
    let mut known: Vec<&str> = settings.iter().map(String::as_str).collect();
    known.extend(NO_SETTINGS);
    for (name, value) in variables {
        let name = name.to_string_lossy();
        let Some(key) = name.strip_prefix(PREFIX).filter(|_| !value.is_empty()) else {
            continue;
        };
        let of_tools = OF_TOOLS.contains(&key)
            || FAMILIES_OF_TOOLS
                .iter()
                .any(|family| key.starts_with(family));
        if !of_tools && !known.contains(&key) {
            let known: Vec<String> = known.iter().map(|key| format!("{PREFIX}{key}")).collect();
            let known = known.join(", ");
            let what = format!("unknown variable {name}; known are {known}");
            return Err(ConfigError(what));
        }
    }
    Ok(())
}

/// Where a setting in force comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// An `AVAL_…` variable.
    Variable,
    /// The TOML file.
    File,
    /// Nobody gave it.
    Default,
    /// Nobody gave it, and it follows from another setting.
    Derived,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flag => "flag",
            Self::Variable => "variable",
            Self::File => "file",
            Self::Default => "default",
            Self::Derived => "derived",
        })
    }
}

/// What is wrong with the settings, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::usage(&error.0)
    }
}

/// The layers, and for each key read so far the place its text came from.
pub(super) struct Layers<'a> {
    given: BTreeMap<&'static str, (Place, &'a OsStr)>,
    file: Option<File>,
    places: BTreeMap<&'static str, Place>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Flag,
    Variable,
    FileLine(usize),
    Derived,
}

struct File {
    path: PathBuf,
    entries: BTreeMap<String, (usize, Value)>,
}

impl<'a> Layers<'a> {
    /// Takes the flags of the command beside the global ones, and reads the file.
    pub(super) fn open(
        cli: &'a Cli,
        flags: &[(&'static str, Option<&'a OsStr>)],
    ) -> Result<Self, ConfigError> {
        let place_of = |key: &str, text: &OsStr| match cli.from_variable.contains(key) {
            true if text.is_empty() => None,
            true => Some(Place::Variable),
            false => Some(Place::Flag),
        };
        let texts = cli.global.texts();
        let given = texts.iter().chain(flags).filter_map(|&(key, text)| {
            let text = text?;
            Some((key, (place_of(key, text)?, text)))
        });
        let mut layers = Self {
            given: given.collect(),
            file: None,
            places: BTreeMap::new(),
        };
        layers.file = layers.read_file()?;
        Ok(layers)
    }

    /// The value of a key, unless no layer has it.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((place, text)) = self.strongest(key) else {
            return Ok(None);
        };
        self.places.insert(key, place);
        let value = text.and_then(|text| match text.is_empty() {
            true => Err("must not be empty".to_owned()),
            false => read(&text),
        });
        value.map(Some).map_err(|what| self.wrong(key, &what))
    }

    /// Notes that the value of a key follows from other settings.
    pub(super) fn derived<T>(&mut self, key: &'static str, value: T) -> T {
        self.places.insert(key, Place::Derived);
        value
    }

    /// Whether some layer has the key, once it has been read.
    pub(super) fn is_given(&self, key: &str) -> bool {
        !matches!(self.places.get(key), None | Some(Place::Derived))
    }

    /// A complaint about a key that has been read.
    pub(super) fn wrong(&self, key: &str, what: &str) -> ConfigError {
        let place = match (self.places.get(key), &self.file) {
            (Some(Place::Flag), _) => format!("from --{}", key.replace('_', "-")),
            (Some(Place::Variable), _) => format!("from AVAL_{}", key.to_uppercase()),
            (Some(Place::FileLine(line)), Some(file)) => format!("in {}:{line}", file.name()),
            (Some(Place::FileLine(_) | Place::Derived) | None, _) => "by default".to_owned(),
        };
        ConfigError(format!("{key} {place}: {what}"))
    }

    /// The file that was read.
    pub(super) fn file_path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|file| file.path.clone())
    }

    /// The origin of each key read so far; a key that is absent has its default.
    pub(super) fn origins(&self) -> BTreeMap<&'static str, Origin> {
        let origin = |place: &Place| match place {
            Place::Flag => Origin::Flag,
            Place::Variable => Origin::Variable,
            Place::FileLine(_) => Origin::File,
            Place::Derived => Origin::Derived,
        };
        self.places
            .iter()
            .map(|(key, place)| (*key, origin(place)))
            .collect()
    }

    fn strongest(&self, key: &str) -> Option<(Place, Result<String, String>)> {
        if let Some((place, text)) = self.given.get(key) {
            let text = text.to_str().map(str::to_owned);
            return Some((*place, text.ok_or_else(|| "is not UTF-8".to_owned())));
        }
        let (line, value) = self.file.as_ref()?.entries.get(key)?;
        Some((Place::FileLine(*line), plain_text(value)))
    }

    // The file decides about nothing that is needed to find it: a data_dir in it moves the data
    // directory, but no second file is looked for there.
    fn read_file(&mut self) -> Result<Option<File>, ConfigError> {
        let explicit = self.value("config", |text| Ok(PathBuf::from(text)))?;
        let data_dir = self.value("data_dir", directory)?;
        let path = match &explicit {
            Some(path) => path.clone(),
            None => data_dir
                .unwrap_or_else(|| PathBuf::from(DATA_DIR))
                .join(FILE_NAME),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => File::read(path, &text).map(Some),
            Err(error) if explicit.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if explicit.is_some() => {
                let what = format!("{} cannot be read: {error}", path.display());
                Err(self.wrong("config", &what))
            }
            Err(error) => Err(ConfigError(format!(
                "{} cannot be read: {error}",
                path.display()
            ))),
        }
    }
}

impl File {
    fn read(path: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let name = path.display();
        let line_of = |offset| line_at(text, offset);
        let entries: BTreeMap<String, Spanned<Value>> = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(span.start));
            ConfigError(format!("{name}:{line} is not TOML: {}", error.message()))
        })?;
        let mut file = Self {
            path: path.clone(),
            entries: BTreeMap::new(),
        };
        for (key, value) in entries {
            let line = line_of(value.span().start);
            if !KEYS.contains(&key.as_str()) {
                let known = KEYS.join(", ");
                let what = format!("unknown key {key} in {name}:{line}; known are {known}");
                return Err(ConfigError(what));
            }
            file.entries.insert(key, (line, value.into_inner()));
        }
        Ok(file)
    }

    fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .map_or(1, |before| before.split('\n').count())
}

// Like flags and variables, the file gives texts, so that one reader serves all layers.
fn plain_text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(truth.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err("must be a text, a whole number, true or false".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, ConfigError, Report};
    use crate::cli::{self, Command};

    // A process cannot set variables for itself without unsafe code: they are tested from outside,
    // in tests/it/program/configuration.rs.
    fn report(args: &[&str]) -> Result<Report, ConfigError> {
        let cli = cli::parse(["aval", "serve"].iter().chain(args)).unwrap();
        let Command::Serve(serve) = &cli.command else {
            panic!("{cli:?}");
        };
        Ok(Config::load(&cli, serve)?.report())
    }

    fn data_dir(file: &str) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), file).unwrap();
        let flag = format!("--data-dir={}", dir.path().display());
        (dir, flag)
    }

    #[test]
    fn what_is_wrong_in_the_file_is_named_with_its_line() {
        let cases = [
            (
                "\napi_addr = 'foo'",
                "api_addr in FILE:2: \"foo\" is not an address like 127.0.0.1:8080",
            ),
            (
                "seed = 1\ncolour = 'red'",
                "unknown key colour in FILE:2; known are data_dir, ",
            ),
            ("[api]\naddr = 'x'", "unknown key api in FILE:1; known are "),
            (
                "max_queue = [1]",
                "max_queue in FILE:1: must be a text, a whole number, true or false",
            ),
            (
                "seed = -1",
                "seed in FILE:1: \"-1\" is not a whole number from 0 to ",
            ),
            ("seed = 1\nseed = 2", "FILE:2 is not TOML: duplicate key"),
            ("\n\nseed", "FILE:3 is not TOML: "),
            (
                "database_url = 'postgres://u:hunter2@h/d",
                "FILE:1 is not TOML: ",
            ),
            (
                "database_url = ['postgres://u:hunter2@h/d']",
                "database_url in FILE:1: must be ",
            ),
        ];
        for (file, expected) in cases {
            let (dir, data_dir) = data_dir(file);
            let path = dir.path().join("config.toml");
            let found = report(&[&data_dir]).unwrap_err().to_string();
            let found = found.replace(path.to_str().unwrap(), "FILE");
            assert!(found.starts_with(expected), "{found}");
            assert!(
                !found.contains('\n') && !found.contains("hunter2"),
                "{found}"
            );
        }
    }

    #[test]
    fn a_file_that_was_asked_for_must_exist() {
        let found = report(&["--config", "/nonexistent/x.toml"]).unwrap_err();
        let expected = "config from --config: /nonexistent/x.toml cannot be read: No such file";
        assert!(found.to_string().starts_with(expected), "{found}");
        let exit = cli::Exit::from(found);
        assert_eq!(exit.code(), 2);
        assert!(exit.text().starts_with("aval: config from --config: "));
    }

    #[test]
    fn a_file_in_the_data_directory_is_found_and_may_name_another_directory() {
        let (dir, data_dir) = data_dir("data_dir = '/nonexistent/other'\nstrict_hosts = true\n");
        let report_of = |args: &[&str]| report(args).unwrap().to_string();
        let file = format!("--data-dir={}", dir.path().join("config.toml").display());
        let refused = report(&[&file]).unwrap_err().to_string();
        assert!(
            refused.starts_with("data_dir from --data-dir: "),
            "{refused}"
        );
        let config = format!("--config={}", dir.path().join("config.toml").display());
        assert!(report_of(&[&data_dir]).contains(dir.path().to_str().unwrap()));
        let other = Path::new("/nonexistent/other/aval.db");
        assert!(report_of(&[&config]).contains(other.to_str().unwrap()));
    }
}
