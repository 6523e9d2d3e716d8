//! How `sabt` ends.

use std::process::ExitCode;

/// Exit codes. They are part of the contract: scripts branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// The registry refused, or something came out otherwise than it should.
    Refused = 1,
    /// The command line or the input is wrong; nothing was sent.
    Usage = 2,
    /// A file or directory cannot be read or written, or is not what it should be.
    Files = 3,
    /// The registry cannot be reached.
    Unreachable = 4,
    /// A fault: the registry stopped, or a ledger does not hold what it should.
    Fault = 5,
}

impl Exit {
    /// The table that `--help` shows.
    pub const TABLE: &str = "\
Exit codes:
  0  done
  1  refused by the registry, or something came out otherwise than it should
  2  wrong usage or malformed input; nothing was sent
  3  a file or directory cannot be used
  4  the registry cannot be reached
  5  a fault: the registry stopped, or a ledger does not hold what it should";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // The discriminants are the codes.
        Self::from(exit as u8)
    }
}
