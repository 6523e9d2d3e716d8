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
    /// The endpoint for auditors; absent: there is none.
    pub audit: Option<AuditConfig>,
    /// Checkpoints, witnesses and anchors.
    #[serde(default)]
    pub checkpoints: CheckpointsConfig,
    /// Reading stored records again.
    #[serde(default)]
    pub scrub: ScrubConfig,
    /// How much may be asked.
    #[serde(default)]
    pub questions: QuestionsConfig,
    /// Logging.
    #[serde(default)]
    pub log: LogConfig,
}

/// The read-only endpoint for auditors (C2SP tlog-tiles), HTTPS with the certificate of `[tls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// Address to listen on.
    pub listen: SocketAddr,
}

/// Checkpoints, witnesses and anchors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointsConfig {
    /// How often a checkpoint of one ledger is recorded in the other, seconds, 1 to 86,400.
    #[serde(deserialize_with = "anchor_seconds")]
    pub anchor_every_secs: u32,
    /// File in the form of C2SP tlog-policy, relative to the data directory: which witnesses cosign, and how many
    /// of them a checkpoint needs before it is published. Absent: it is published when it is signed.
    pub witness_policy: Option<PathBuf>,
    /// Authorities that vouch for the TLS certificates of witnesses, PEM, relative to the data directory. Absent:
    /// those that Mozilla trusts.
    pub witness_authority: Option<PathBuf>,
}

impl Default for CheckpointsConfig {
    fn default() -> Self {
        Self {
            anchor_every_secs: 60,
            witness_policy: None,
            witness_authority: None,
        }
    }
}

/// Reading stored records again, to find damage before it is needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScrubConfig {
    /// How much is read, bytes a second; at least [`ScrubConfig::BYTES_PER_SECOND_MIN`].
    #[serde(deserialize_with = "scrub_rate")]
    pub bytes_per_second: u64,
}

impl ScrubConfig {
    /// Below this a pass over one segment of 64 MiB takes more than 17 minutes.
    pub const BYTES_PER_SECOND_MIN: u64 = 64 * 1024;
}

impl Default for ScrubConfig {
    fn default() -> Self {
        Self {
            bytes_per_second: 8 * 1024 * 1024,
        }
    }
}

/// How many questions may be asked in a minute, whatever becomes of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuestionsConfig {
    /// By one officer or system, 1 to [`QuestionsConfig::PER_MINUTE_MAX`].
    #[serde(deserialize_with = "questions_a_minute")]
    pub officer_per_minute: u32,
    /// By all officers of one agency together, 1 to [`QuestionsConfig::PER_MINUTE_MAX`].
    #[serde(deserialize_with = "questions_a_minute")]
    pub agency_per_minute: u32,
}

impl QuestionsConfig {
    /// A million a minute is no limit any more.
    pub const PER_MINUTE_MAX: u32 = 1_000_000;
}

impl Default for QuestionsConfig {
    fn default() -> Self {
        Self {
            officer_per_minute: 1_200,
            agency_per_minute: 60_000,
        }
    }
}

fn questions_a_minute<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let questions = u32::deserialize(deserializer)?;
    if (1..=QuestionsConfig::PER_MINUTE_MAX).contains(&questions) {
        Ok(questions)
    } else {
        Err(serde::de::Error::custom(
            "must be 1 to 1000000 questions a minute",
        ))
    }
}

fn anchor_seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    if (1..=86_400).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(serde::de::Error::custom("must be 1 to 86400 seconds"))
    }
}

fn scrub_rate<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let rate = u64::deserialize(deserializer)?;
    if ScrubConfig::BYTES_PER_SECOND_MIN <= rate {
        Ok(rate)
    } else {
        Err(serde::de::Error::custom(
            "must be at least 65536 bytes a second",
        ))
    }
}

/// Where certificate, key and the authority of client certificates stand. The files are read again when they change.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificate chain of the server, PEM.
    #[serde(deserialize_with = "file")]
    pub certificate: PathBuf,
    /// Private key of the server, PEM, mode 0600.
    #[serde(deserialize_with = "file")]
    pub key: PathBuf,
    /// Authorities that sign client certificates, PEM.
    #[serde(deserialize_with = "file")]
    pub client_authority: PathBuf,
    /// Certificate revocation lists (RFC 5280), PEM: one of each client authority and of each authority between it and
    /// clients. Whoever no list in force speaks of is not let in. Absent: nobody's certificate is revoked.
    #[serde(default, deserialize_with = "optional_file")]
    pub client_revocations: Option<PathBuf>,
}

/// A path; not what should stand in the file, since the configuration is shown to people and kept in backups.
fn file<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.contains('\n') || text.contains("-----BEGIN") {
        return Err(serde::de::Error::custom(
            "names a file: keys and certificates do not stand in the configuration",
        ));
    }
    Ok(PathBuf::from(text))
}

fn optional_file<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    file(deserializer).map(Some)
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
    #[error("{path} is not a valid configuration: line {line}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line of the mistake, from 1.
        line: usize,
        /// The cause, without the text of the file: somebody may have put a secret there.
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
        Self::parse(&text).map_err(|mut source| {
            let before = source.span().and_then(|span| text.get(..span.start));
            source.set_input(None);
            ConfigError::Parse {
                path,
                line: before.map_or(1, |before| before.matches('\n').count() + 1),
                source: Box::new(source),
            }
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

# Files of TLS 1.3. They are read again when they change; one that cannot be used changes nothing.
[tls]
certificate = "keys/tls/server.pem"
key = "keys/tls/server.key"
# Authorities that sign the certificates of officers and agencies.
client_authority = "keys/tls/ca.pem"
# Their revocation lists: without one of each that is in force nobody is let in.
client_revocations = "keys/tls/ca.crl"

[ledger]
# Size of one segment file in bytes. Segments are filled with zeros ahead of use.
segment_bytes = 67108864

[views]
# "fjall" (default) or "sled" (only in a build with the feature `sled`).
engine = "fjall"

# Read-only endpoint for auditors (C2SP tlog-tiles), HTTPS. Checkpoints are public, records want a client
# certificate of an auditor.
# [audit]
# listen = "127.0.0.1:7444"

[checkpoints]
# How often a checkpoint of one ledger is recorded in the other, in seconds.
anchor_every_secs = 60
# Witnesses that cosign (C2SP tlog-policy); a checkpoint is published when the policy's quorum has cosigned it.
# witness_policy = "witness-policy"
# Authorities that vouch for the TLS certificates of witnesses; by default those that Mozilla trusts.
# witness_authority = "witness-ca.pem"

[scrub]
# Stored records are read again and again at this rate, to find damage before it is needed.
bytes_per_second = 8388608

[questions]
# How many questions one officer or system may ask in a minute, and all of one agency together. Beyond it they are told
# to come back later.
officer_per_minute = 1200
agency_per_minute = 60000

[log]
# "text" or "json"; no personal data in either.
format = "text"
# "error", "warn", "info", "debug" or "trace".
level = "info"
"#
        )
    }
}

#[cfg(test)]
mod tests;
