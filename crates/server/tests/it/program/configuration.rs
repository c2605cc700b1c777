//! Settings from flags, variables, the file and defaults.
//!
//! Invariant: the strongest layer wins, a mistake is one line with exit code 2, and no password is
//! ever shown.

use std::process::Command;

use super::support::home::{Ran, program};

/// `aval config check` in an empty folder, with these arguments, variables and this file.
struct Check {
    folder: tempfile::TempDir,
    command: Command,
}

impl Check {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(&["config", "check"]);
        command.args(arguments).current_dir(folder.path());
        Self { folder, command }
    }

    fn variables(mut self, variables: &[(&str, &str)]) -> Self {
        self.command.envs(variables.iter().copied());
        self
    }

    /// The file that is found by itself.
    fn file(self, text: &str) -> Self {
        let folder = self.folder.path().join("aval-data");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
        self
    }

    fn run(mut self) -> Ran {
        Ran::of(&mut self.command)
    }
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let file = "api_addr = '127.0.0.1:1001'\nquery_addr = '127.0.0.1:1002'\nseed = 3\n";
    let variables = [
        ("AVAL_API_ADDR", "127.0.0.1:2001"),
        ("AVAL_QUERY_ADDR", "127.0.0.1:2002"),
        ("AVAL_ENVIRONMENT", "sandbox"),
        ("AVAL_STRICT_HOSTS", "1"),
        ("AVAL_TRUSTED_PROXIES", "192.0.2.7, 10.0.0.0/8"),
        ("AVAL_SEED", ""),
    ];
    let check = Check::new(&["--json", "--api-addr=127.0.0.1:3001"]);
    let found = check.file(file).variables(&variables).run().json();
    let expected = [
        ("api_addr", "127.0.0.1:3001", "flag"),
        ("query_addr", "127.0.0.1:2002", "variable"),
        ("environment", "sandbox", "variable"),
        ("strict_hosts", "true", "variable"),
        ("trusted_proxies", "192.0.2.7/32,10.0.0.0/8", "variable"),
        ("seed", "3", "file"),
        ("max_queue", "4096", "default"),
        ("public_query_url", "http://127.0.0.1:2002", "derived"),
    ];
    for (key, value, origin) in expected {
        assert_eq!(found[key]["value"], value, "{key}");
        assert_eq!(found[key]["origin"], origin, "{key}");
    }
}

#[test]
fn a_wrong_variable_is_named() {
    let check = Check::new(&[]).variables(&[("AVAL_STRICT_HOSTS", "maybe")]);
    let expected = "aval: strict_hosts from AVAL_STRICT_HOSTS: \"maybe\" is not true or false";
    assert_eq!(check.run().refused(), expected);
}

#[test]
fn a_network_that_is_none_or_everybodys_is_refused() {
    for (written, wrong) in [("10.0.0.0/8,proxy", "proxy"), ("0.0.0.0/0", "0.0.0.0/0")] {
        let flag = format!("--trusted-proxies={written}");
        let expected = format!(
            "aval: trusted_proxies from --trusted-proxies: \"{wrong}\" is not a network like \
             192.0.2.8/31"
        );
        assert_eq!(Check::new(&[&flag]).run().refused(), expected);
    }
}

#[test]
fn an_unknown_variable_is_named_and_nothing_runs() {
    let variables = [("AVAL_ENVIROMENT", "production")];
    let line = Check::new(&[]).variables(&variables).run().refused();
    let expected = "aval: unknown variable AVAL_ENVIROMENT; known are AVAL_DATA_DIR, ";
    assert!(line.starts_with(expected), "{line}");
    assert!(!line.contains("production"), "{line}");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut serve = program(&["serve", "--data-dir", data.to_str().unwrap()]);
    Ran::of(serve.envs(variables)).refused();
    assert!(!data.exists());
    let harmless = [
        ("AVAL_ENVIROMENT", ""),
        ("AVAL_VAULT_KEY", "x"),
        ("AVAL_TEST_SEED", "1"),
        ("AVAL_BIN", "aval"),
        ("AVAL_CI_ADVISORIES", "required"),
    ];
    Check::new(&[]).variables(&harmless).run().ok();
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    std::fs::write(&path, "max_queue = 7\n").unwrap();
    let variables = [("AVAL_CONFIG", path.to_str().unwrap())];
    let found = Check::new(&["--json"]).variables(&variables).run().json();
    assert_eq!(found["max_queue"]["value"], "7");
    assert_eq!(found["max_queue"]["origin"], "file");
    assert_eq!(found["config"]["origin"], "variable");
}

#[test]
fn every_mistake_is_one_line_and_exit_code_2() {
    for (arguments, expected) in [
        (
            &["--api-addr", "nowhere"][..],
            "api_addr from --api-addr: \"nowhere\" is not an addr",
        ),
        (
            &["--api-addr", "127.0.0.1:99999"],
            "api_addr from --api-addr: ",
        ),
        (
            &["--query-addr", "127.0.0.1:8080"],
            "query_addr from --query-addr: 127.0.0.1:8080 is ",
        ),
        (
            &["--config", "/nonexistent/x.toml"],
            "config from --config: /nonexistent/x.toml cannot",
        ),
        (
            &["--tls-cert", "/nonexistent/x.crt"],
            "tls_cert from --tls-cert: ",
        ),
        (&["--colour", "red"], "unknown flag --colour"),
        (&["--seed"], "--seed needs a value"),
        (
            &["--environment", "prod"],
            "environment from --environment: \"prod\" is not ",
        ),
    ] {
        for line in [
            Check::new(arguments).run().refused(),
            serve(arguments).refused(),
        ] {
            assert!(line.starts_with(&format!("aval: {expected}")), "{line}");
        }
    }
    let line = Check::new(&[])
        .file("seed = 1\ncolour = 'red'\n")
        .run()
        .refused();
    assert!(
        line.contains("unknown key colour in ") && line.contains(":2"),
        "{line}"
    );
    for arguments in [&["sell"][..], &[], &["clock"], &["merchant", "create"]] {
        Ran::of(&mut program(arguments)).refused();
    }
}

fn serve(arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["serve"]);
    Ran::of(command.args(arguments).current_dir(folder.path()))
}

#[test]
fn a_port_that_is_taken_is_one_line_and_exit_code_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = serve(&["--api-addr", &address]).refused();
    assert!(
        line.starts_with(&format!("aval: api_addr {address}: ")),
        "{line}"
    );
}

#[test]
fn passwords_are_masked_wherever_they_come_from() {
    let url = "postgres://aval:hunter2@127.0.0.1:1/aval?sslpassword=hunter2";
    let masked = "postgres://aval:****@127.0.0.1:1/aval?sslpassword=****";
    let file = format!("database_url = '{url}'\n");
    let vault = ("AVAL_VAULT_KEY", "1:hunter2");
    for json in [&[][..], &["--json"]] {
        let flag = Check::new(&[json, &["--database-url", url]].concat());
        let variable = Check::new(json).variables(&[("AVAL_DATABASE_URL", url)]);
        for check in [flag, variable, Check::new(json).file(&file)] {
            let shown = check.variables(&[vault]).run().ok();
            assert!(
                shown.contains(masked) && !shown.contains("hunter2"),
                "{shown}"
            );
        }
    }
    // The database that is out of reach is named without them too.
    let ran = Ran::of(&mut program(&["merchant", "list", "--database-url", url]));
    let text = format!("{ran:?}");
    assert!(ran.code != 0 && !text.contains("hunter2"), "{text}");
}
