//! The logs that a witness knows.

use std::collections::BTreeMap;

use sabt_chain::note::{KeyName, TrustedKeys, VerifierKey};

use super::error::LogsError;

/// Longest file of logs, bytes: 5,000 keys of 200.
const LOGS_BYTES_MAX: usize = 1_000_000;

/// The verifier keys that a witness trusts, by the log whose origin is their name. A log has several keys while it
/// changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownLogs(BTreeMap<KeyName, TrustedKeys>);

impl KnownLogs {
    /// Parses a list: one verifier key of type 0x01 a line; empty lines and lines that begin with `#` say nothing.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogsError> {
        if LOGS_BYTES_MAX < bytes.len() {
            return Err(LogsError::Length {
                bytes: bytes.len(),
                max: LOGS_BYTES_MAX,
            });
        }
        let text = str::from_utf8(bytes).ok().ok_or(LogsError::Text)?;
        let mut keys: BTreeMap<KeyName, Vec<VerifierKey>> = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key: VerifierKey = line.parse().map_err(|source| LogsError::Key {
                line: index + 1,
                source,
            })?;
            keys.entry(key.name().clone()).or_default().push(key);
        }
        let trusted = keys.into_iter().map(|(origin, keys)| {
            TrustedKeys::new(keys)
                .map(|keys| (origin.clone(), keys))
                .map_err(|source| LogsError::Ambiguous { origin, source })
        });
        trusted.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn into_logs(self) -> impl Iterator<Item = (KeyName, TrustedKeys)> {
        self.0.into_iter()
    }
}
