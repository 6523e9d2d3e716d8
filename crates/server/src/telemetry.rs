//! Logs and metrics. Neither ever carries personal data: codes of agencies, reason codes, counts, sizes.

use std::net::SocketAddr;

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing::level_filters::LevelFilter;

use crate::config::{LogConfig, LogFormat, LogLevel};

/// Why metrics cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be served on {addr}: {source}")]
pub struct MetricsError {
    addr: SocketAddr,
    #[source]
    source: metrics_exporter_prometheus::BuildError,
}

/// Starts logging to standard error. A second call in one process changes nothing.
pub fn start_logging(config: &LogConfig) {
    let level = match config.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false);
    let started = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// Serves `/metrics` for Prometheus; must be called inside the runtime.
pub fn serve_metrics(addr: SocketAddr) -> Result<(), MetricsError> {
    PrometheusBuilder::new()
        .set_buckets(&LATENCY_BUCKETS_SECONDS)
        .and_then(|builder| builder.with_http_listener(addr).install())
        .map_err(|source| MetricsError { addr, source })
}

/// From a tenth of a millisecond to ten seconds.
const LATENCY_BUCKETS_SECONDS: [f64; 16] = [
    0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
    10.0,
];

/// A count as a metric: exact below 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "beyond 2^53 records a gauge may be inexact"
)]
pub(crate) fn count(records: u64) -> f64 {
    records as f64
}
