//! A server in a process of its own, so that its processor time and memory can be told from those of its callers.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{self, Command, Stdio};

use sabt_benches::Outcome;
use sabt_server::clock::Clock;
use sabt_server::config::{Config, QuestionsConfig};
use sabt_server::serve;
use tokio::io::AsyncReadExt as _;

/// A running server. It ends when this is dropped.
pub(crate) struct Child {
    process: process::Child,
    pub(crate) address: String,
}

impl Child {
    /// Starts this program again, as a server of the kind `flag` asks for, and waits until it serves.
    pub(crate) fn start(flag: &str, directory: &Path) -> Outcome<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg(flag)
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        if address.trim().is_empty() {
            return Err(format!("the server has not started: {}", process.wait()?).into());
        }
        Ok(Self {
            process,
            address: address.trim().to_owned(),
        })
    }

    /// The number of the process.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        drop(self.process.stdin.take());
        let status = self.process.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }

    /// Ends it as a loss of power would.
    pub(crate) fn kill(mut self) -> Outcome<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Tells the parent the address, and returns when the parent closes this program's input or ends.
pub(crate) async fn serve_until_told(address: SocketAddr) {
    println!("{address}");
    let mut rest = Vec::new();
    // An input that cannot be read has ended, too.
    drop(tokio::io::stdin().read_to_end(&mut rest).await);
}

/// Serves a registry with everything it promises; only that nobody is slowed down for asking much.
pub(crate) async fn serve_registry(directory: &Path, clock: Clock) -> Outcome<()> {
    let mut config = Config::load(directory)?;
    config.listen.set_port(0);
    config.questions.officer_per_minute = QuestionsConfig::PER_MINUTE_MAX;
    config.questions.agency_per_minute = QuestionsConfig::PER_MINUTE_MAX;
    let serving = serve::start(directory, &config, clock).await?;
    serve_until_told(serving.addr()).await;
    serving.stop().await?;
    Ok(())
}
