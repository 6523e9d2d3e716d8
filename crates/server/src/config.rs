//! Configuration: one commented TOML file in the data directory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What `sabt.toml` says. Unknown keys are refused, so that a typing mistake is found.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the registry: a schema-less URL without spaces or `+`. Origins and log keys carry it, so
    /// it never changes.
    pub registry: String,
    /// Address for gRPC with mutual TLS.
    pub listen: SocketAddr,
    /// Address for Prometheus metrics (`/metrics`), plain HTTP; keep it on loopback or a private network.
    pub metrics: Option<SocketAddr>,
    /// TLS files, relative to the data directory.
    pub tls: TlsConfig,
    /// Ledger files.
    #[serde(default)]
    pub ledger: LedgerConfig,
    /// Read models.
    #[serde(default)]
    pub views: ViewsConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

/// Where certificate, key and the authority of client certificates stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain of the server, PEM.
    pub certificate: PathBuf,
    /// Private key of the server, PEM, mode 0600.
    pub key: PathBuf,
    /// Authority that signs client certificates, PEM.
    pub client_authority: PathBuf,
}

/// Ledger files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// Size of a segment file, bytes.
    pub segment_bytes: u64,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Which store holds the views.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewsConfig {
    /// The store.
    pub engine: Engine,
}

/// Store engines of the views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// fjall, the default.
    #[default]
    Fjall,
    /// sled 0.34; only in a build with the feature `sled`.
    Sled,
}

/// Logging.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: LogLevel,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
        }
    }
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one JSON object a line.
    Json,
}

/// Least level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something is broken.
    Error,
    /// Something needs attention.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: is this a directory made by `sabt init`?")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is not a valid configuration: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// The cause, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
}

impl Config {
    /// Name of the file in the data directory.
    pub const FILE: &str = "sabt.toml";

    /// Reads `sabt.toml` of a data directory.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(Self::FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&text).map_err(|source| ConfigError::Parse {
            path,
            source: Box::new(source),
        })
    }

    /// Parses the text of a configuration.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The commented configuration that `sabt init` writes.
    pub fn template(registry: &str, listen: SocketAddr, metrics: Option<SocketAddr>) -> String {
        let metrics = match metrics {
            Some(addr) => format!("metrics = \"{addr}\""),
            None => "# metrics = \"127.0.0.1:9464\"".to_owned(),
        };
        format!(
            r#"# Configuration of a Sabt registry. The data directory holds everything else.

# Name of the registry. It stands in the origins of both ledgers and in their keys: never change it.
registry = "{registry}"

# gRPC with mutual TLS.
listen = "{listen}"

# Prometheus metrics at /metrics, plain HTTP: keep it on loopback or a private network.
{metrics}

[tls]
certificate = "keys/tls/server.pem"
key = "keys/tls/server.key"
# Authority that signs the certificates of officers and agencies.
client_authority = "keys/tls/ca.pem"

[ledger]
# Size of one segment file in bytes. Segments are filled with zeros ahead of use.
segment_bytes = 67108864

[views]
# "fjall" (default) or "sled" (only in a build with the feature `sled`).
engine = "fjall"

[log]
# "text" or "json"; no personal data in either.
format = "text"
# "error", "warn", "info", "debug" or "trace".
level = "info"
"#
        )
    }
}
