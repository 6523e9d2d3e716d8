//! The server in a process of its own: this test binary started again, told by an environment variable to serve a
//! directory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use sabt_cli::error::CliError;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::processes;

/// Directory that a child serves.
const SERVE_DIRECTORY: &str = "SABT_TEST_SERVE";
/// Where a child kills itself; read by the server's feature `crash-points`.
pub(crate) const CRASH_AT: &str = "SABT_CRASH_AT";
/// What a child's disk does; read by the same feature.
pub(crate) const DISK_FAULT: &str = "SABT_DISK_FAULT";
/// Time at which a child's clock stands still, microseconds; a child that is told logs as its configuration says.
const LOGGED_AT: &str = "SABT_TEST_LOGGED_AT";
/// What a child says before its address.
const ANNOUNCEMENT: &str = "serving ";
/// Longest that a child may take to be up or to die.
const CHILD_PATIENCE: Duration = Duration::from_secs(30);

/// Not a test by itself: the process that the tests of crashes kill.
#[test]
#[ignore = "started by the tests of crashes"]
fn child_server() {
    let Some(directory) = std::env::var_os(SERVE_DIRECTORY) else {
        return;
    };
    let directory = PathBuf::from(directory);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let config = Config::load(&directory).unwrap();
        let clock = std::env::var_os(LOGGED_AT).map_or_else(Clock::system, |micros| {
            sabt_server::telemetry::start_logging(&config.log);
            Clock::fixed(micros.to_str().unwrap().parse().unwrap())
        });
        let serving = sabt_server::serve::start(&directory, &config, clock)
            .await
            .unwrap();
        println!("{ANNOUNCEMENT}{}", serving.addr());
        if let Err(err) = serving.ended().await {
            // As `sabt serve` ends.
            let err = CliError::from(err);
            eprintln!("{err}");
            std::process::exit(err.exit() as i32);
        }
    });
}

/// A server in a process of its own.
pub(crate) struct Server {
    process: Child,
    /// Where it listens.
    pub(crate) addr: SocketAddr,
}

impl Server {
    /// Starts a child, which may be killed before it serves.
    pub(crate) fn spawn(directory: &Path, crash_at: Option<&str>) -> Child {
        Self::spawn_told(directory, crash_at.map(|at| (CRASH_AT, at)))
    }

    /// A child that serves a directory.
    fn child(directory: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["crash::process::child_server", "--exact", "--ignored"])
            .args(["--nocapture", "--test-threads=1"])
            .env(SERVE_DIRECTORY, directory)
            .env_remove(CRASH_AT)
            .env_remove(DISK_FAULT)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts a child that is told something by its environment.
    fn spawn_told(directory: &Path, told: Option<(&str, &str)>) -> Child {
        let mut command = Self::child(directory);
        if let Some((variable, value)) = told {
            command.env(variable, value).stderr(Stdio::piped());
        }
        processes::spawn(&mut command).unwrap()
    }

    /// Starts a child and waits until it serves.
    pub(crate) async fn start(directory: &Path, crash_at: Option<&str>) -> Self {
        Self::start_told(directory, crash_at.map(|at| (CRASH_AT, at))).await
    }

    /// The same told something by its environment.
    pub(crate) async fn start_told(directory: &Path, told: Option<(&str, &str)>) -> Self {
        Self::up(Self::spawn_told(directory, told)).await
    }

    /// Starts a child whose clock stands still, and which logs into a file.
    pub(crate) async fn start_logged(directory: &Path, now: i64, log: &Path) -> Self {
        let mut command = Self::child(directory);
        command
            .env(LOGGED_AT, now.to_string())
            .stderr(std::fs::File::create(log).unwrap());
        Self::up(processes::spawn(&mut command).unwrap()).await
    }

    /// Waits until a child serves.
    async fn up(mut process: Child) -> Self {
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let announced = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, addr)) = line.split_once(ANNOUNCEMENT) {
                    return addr.trim().parse().unwrap();
                }
            }
            panic!("the server ended before it served");
        };
        let addr = timeout(CHILD_PATIENCE, announced).await.unwrap();
        Self { process, addr }
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Waits until the process has ended by itself; how it did, and what it said last.
    pub(crate) async fn ended(self) -> (ExitStatus, String) {
        let output = timeout(CHILD_PATIENCE, self.process.wait_with_output()).await;
        let output = output.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status, said)
    }

    /// Waits until the process has killed itself.
    pub(crate) async fn died(mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let status = timeout(CHILD_PATIENCE, self.process.wait()).await;
        assert_eq!(status.unwrap().unwrap().signal(), Some(9));
    }
}
