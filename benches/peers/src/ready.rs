//! Waiting for a server that was just started.

use std::time::{Duration, Instant};

use sabt_benches::Outcome;

/// Longest wait for a server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Connects until the server answers; after a minute, what went wrong last.
pub async fn until_ready<C>(connect: impl AsyncFn() -> Outcome<C>) -> Outcome<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match connect().await {
            Ok(_client) => return Ok(()),
            Err(err) if deadline < Instant::now() => return Err(err),
            Err(_starting) => tokio::time::sleep(PAUSE).await,
        }
    }
}
