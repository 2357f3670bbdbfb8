//! The local AWS stand-in of `tests/aws`: one server a test binary, one account a test.
//!
//! ```ignore
//! let account = StandIn::shared().account();
//! let truth = account.seed(&["--calls", "500", "--end", "2026-10-15T00:00:00Z"]);
//! let desk = Desk::new();
//! account.run(&desk, &["fetch", "metrics"]).expect(0);
//! assert_eq!(account.calls().count("cloudwatch.GetMetricData"), 1);
//! ```
//! The controls are listed in tests/aws/control.py, the options of `seed` in tests/aws/seed.py.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Desk, Run};

const START_LIMIT: Duration = Duration::from_secs(30);

/// The running server. It ends when this process does: its standard input closes then.
pub(crate) struct StandIn {
    port: u16,
    accounts: AtomicU64,
    _child: Child,
}

/// An account that belongs to one test alone.
pub(crate) struct Account {
    stand_in: &'static StandIn,
    number: String,
}

/// The calls that an account has made.
#[derive(Debug)]
pub(crate) struct Calls(Value);

impl StandIn {
    /// The server of this test binary, started by whoever asks first.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<StandIn> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port_file = folder.path().join("port");
        let mut child = Command::new(python())
            .arg(scripts().join("stand_in.py"))
            .args(["--port", "0", "--port-file"])
            .arg(&port_file)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let port = loop {
            if let Ok(port) = std::fs::read_to_string(&port_file) {
                break port.parse().unwrap();
            }
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < START_LIMIT,
                "the stand-in did not start within {START_LIMIT:?} (end: {ended:?}); see what it printed above"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        Self {
            port,
            accounts: AtomicU64::new(1),
            _child: child,
        }
    }

    /// A fresh account.
    pub(crate) fn account(&'static self) -> Account {
        let next = self.accounts.fetch_add(1, Ordering::Relaxed);
        Account {
            stand_in: self,
            number: format!("{:012}", 100_000_000_000 + next),
        }
    }

    fn endpoint(&self) -> String {
        // By number: with a name, S3 would put the bucket before it.
        format!("http://127.0.0.1:{}", self.port)
    }

    /// One request, one answer, as JSON.
    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 "), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap()
    }
}

impl Account {
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// Loads a history with `seed.py` and gives its truth.
    #[track_caller]
    pub(crate) fn seed(&self, arguments: &[&str]) -> Value {
        let output = Command::new(python())
            .arg(scripts().join("seed.py"))
            .args(["--endpoint", &self.stand_in.endpoint()])
            .args(["--account", &self.number, "--truth", "-"])
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "seed.py {arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Sends a control, with this account in its body.
    #[track_caller]
    pub(crate) fn control(&self, name: &str, mut body: Value) -> Value {
        body["account"] = json!(self.number);
        let path = format!("/stand-in/{name}");
        self.stand_in.ask("POST", &path, &body.to_string())
    }

    /// The calls made with this account's credentials, or in a role of it.
    pub(crate) fn calls(&self) -> Calls {
        let path = format!("/stand-in/calls?account={}", self.number);
        Calls(self.stand_in.ask("GET", &path, ""))
    }

    /// How often the ordered faults have fired, in the order of their orders.
    pub(crate) fn fired(&self) -> Vec<u64> {
        let path = format!("/stand-in/faults?account={}", self.number);
        let answer = self.stand_in.ask("GET", &path, "");
        let rules = answer["faults"].as_array().unwrap();
        let counts = rules.iter().map(|rule| rule["fired"].as_u64().unwrap());
        counts.collect()
    }

    /// What the program needs to reach this account and nothing else.
    pub(crate) fn environment(&self, desk: &Desk) -> Vec<(&'static str, String)> {
        desk.put(".aws/empty", "");
        let nothing = desk.path(".aws/empty").to_string_lossy().into_owned();
        vec![
            ("AWS_ENDPOINT_URL", self.stand_in.endpoint()),
            ("AWS_ACCESS_KEY_ID", format!("AKIA{}TEST", self.number)),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", nothing.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", nothing),
            // Failures at once; a test of retries sets more.
            ("AWS_MAX_ATTEMPTS", "1".to_owned()),
        ]
    }

    /// Runs the program with the environment of this account only.
    pub(crate) fn run(&self, desk: &Desk, arguments: &[&str]) -> Run {
        self.run_with(desk, &[], arguments)
    }

    /// The same with variables of the test's own on top.
    pub(crate) fn run_with(&self, desk: &Desk, extra: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = desk.command_alone(arguments);
        command
            .envs(self.environment(desk))
            .envs(extra.iter().copied());
        desk.finish(command, b"")
    }
}

impl Calls {
    /// How often an operation was called, as in `logs.FilterLogEvents`, in all Regions; with
    /// `@us-east-1` behind it, in one.
    pub(crate) fn count(&self, operation: &str) -> u64 {
        self.0["counts"][operation].as_u64().unwrap_or(0)
    }

    /// How many metrics all GetMetricData calls have asked for, which is what AWS bills.
    pub(crate) fn metric_queries(&self) -> u64 {
        self.0["metric_queries"].as_u64().unwrap()
    }

    /// Every call in order: service, operation, region, status, error, input of small ones.
    pub(crate) fn all(&self) -> &[Value] {
        self.0["calls"].as_array().unwrap()
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws")
}

/// The Python that tests/run has made: named by it, or found beside the build.
fn python() -> PathBuf {
    if let Some(named) = std::env::var_os("EOLCAST_TEST_PYTHON") {
        return named.into();
    }
    let built = Path::new(env!("CARGO_BIN_EXE_eolcast"));
    let beside = built.ancestors().nth(2).unwrap();
    let found = beside.join("test-python/bin/python");
    assert!(
        found.exists(),
        "run tests/run: the stand-in's Python environment is missing"
    );
    found
}

#[test]
fn a_seeded_account_is_served_and_its_calls_are_counted() {
    let account = StandIn::shared().account();
    let truth = account.seed(&["--calls", "50", "--end", "2026-10-15T00:00:00Z"]);
    assert_eq!(truth["total"]["calls"], 50);
    assert_eq!(truth["account"], account.number());
    assert!(account.calls().all().is_empty());
    assert_eq!(account.calls().count("logs.FilterLogEvents"), 0);
    assert_eq!(account.calls().metric_queries(), 0);
    account.control(
        "fault",
        json!({"service": "logs", "kind": "throttled", "times": 1}),
    );
    assert_eq!(account.fired(), [0]);
}

#[test]
fn the_program_runs_with_the_environment_of_its_account_only() {
    let account = StandIn::shared().account();
    let desk = Desk::new();
    let run = account.run(&desk, &["--version"]).expect(0);
    assert!(run.out.starts_with("eolcast "), "{run:?}");
    let extra = [("AWS_MAX_ATTEMPTS", "3")];
    account.run_with(&desk, &extra, &["--version"]).expect(0);
}
