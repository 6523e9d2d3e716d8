//! What a request asks for.

use http::Uri;
use sabt_chain::LedgerName;
use sabt_chain::tile::TilePath;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) ledger: LedgerName,
    pub(super) what: What,
}

/// What is asked for of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Checkpoint,
    Tile(TilePath),
}

impl Target {
    /// Reads the one spelling that a target has; `None` of everything else, of a path with a query too. Nothing is
    /// decoded or simplified: `%2e` and `..` are in no path that exists.
    pub(super) fn parse(uri: &Uri) -> Option<Self> {
        if uri.query().is_some() {
            return None;
        }
        let (ledger, rest) = uri.path().strip_prefix('/')?.split_once('/')?;
        let ledger = LedgerName::ALL
            .into_iter()
            .find(|name| name.as_str() == ledger)?;
        let what = if rest == "checkpoint" {
            What::Checkpoint
        } else {
            What::Tile(rest.parse().ok()?)
        };
        Some(Self { ledger, what })
    }

    /// Name of the kind, for metrics.
    pub(super) const fn kind(target: Option<Self>) -> &'static str {
        match target {
            None => "other",
            Some(Self { what, .. }) => match what {
                What::Checkpoint => "checkpoint",
                What::Tile(TilePath::Hashes(_)) => "hashes",
                What::Tile(TilePath::Entries(_)) => "entries",
                What::Tile(TilePath::Clear(_)) => "clear",
            },
        }
    }
}
