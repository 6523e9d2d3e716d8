//! The classes of fault and their exit codes: one table for the program, its help page and the README.

use std::fmt;

/// Exit code when nothing is wrong.
pub const EXIT_SOUND: u8 = 0;
/// Exit code when the arguments could not be understood.
pub const EXIT_USAGE: u8 = 2;
/// Exit code when the ledger could not be read to its end.
pub const EXIT_IO: u8 = 3;

/// What kind of fault was found.
///
/// At one position causes go before the symptoms they bring along, mostly in the order of the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FaultClass {
    /// A segment's header is damaged or disagrees with the records before it.
    SegmentHeader = 10,
    /// A frame's header (magic, epoch, position, counts, lengths, previous link) is damaged.
    FrameStructure = 11,
    /// Only the stored checksum of a frame is wrong; the records under it are whole.
    FrameChecksum = 12,
    /// An envelope was altered after its record was linked.
    Envelope = 13,
    /// The `previous` field of an envelope does not name the record before it.
    Link = 14,
    /// A position is missing, repeated or out of order.
    Position = 15,
    /// A record is dated before the record it follows.
    Time = 16,
    /// The parts of an act do not stand together.
    Act = 17,
    /// A payload does not match the digest in its envelope.
    Payload = 18,
    /// Bytes that must be zero are not.
    Padding = 19,
    /// The last frame was not written to its end.
    TornTail = 20,
    /// There is no signed checkpoint.
    CheckpointMissing = 21,
    /// The checkpoint cannot be parsed or carries no valid signature of the trusted log key.
    CheckpointSignature = 22,
    /// There are fewer records than the checkpoint signs.
    RecordsMissing = 23,
    /// The records do not give the root that was signed.
    Root = 24,
    /// Authorship is missing where it must stand, or stands where none may.
    Authorship = 25,
    /// The author's signature is forged.
    Signature = 26,
    /// The author's key was never enrolled for such a record.
    KeyUnknown = 27,
    /// The author's key was revoked or had expired.
    KeyNotInForce = 28,
    /// A payload was destroyed and no erasure record says so.
    Erasure = 29,
    /// An erasure was recorded and the payload is still there.
    ErasureUndone = 30,
    /// An erasure record is malformed or unlawful on its face.
    ErasureRecord = 31,
    /// An anchor is malformed or disagrees with the other ledger.
    Anchor = 32,
    /// Two acts carry the same act id.
    RepeatedAct = 33,
    /// A governance record is malformed or contradicts the keys that are trusted.
    Governance = 34,
    /// A record of a kind that does not belong into this ledger.
    Kind = 35,
    /// A tile is missing, or is not what a tile of its name must be.
    Tile = 36,
    /// A hash tile disagrees with the entries under it.
    TileHash = 37,
    /// The checkpoint is smaller than one that is remembered.
    StaleCheckpoint = 38,
    /// The ledger does not continue a checkpoint that is remembered.
    Fork = 39,
    /// A line that names a trusted witness is not its cosignature.
    Cosignature = 40,
    /// Fewer witnesses cosigned than the policy demands.
    Quorum = 41,
    /// The rotation of a log key is malformed, or a key signed outside its time.
    LogKey = 42,
    /// What a ledger states about the one it succeeds cannot stand.
    Succession = 43,
    /// A proof does not prove what it is offered for.
    Proof = 44,
    /// A subject extract is damaged, or is another document than the one that was signed.
    Extract = 45,
    /// No trusted log key signed the extract.
    ExtractSignature = 46,
    /// What is printed is not what was signed.
    PrintOut = 47,
    /// A record of an extract is not proved by what comes with it.
    ExtractRecord = 48,
    /// An erasure that no two officers ordered.
    ErasureOrder = 49,
}

impl FaultClass {
    /// Every class, in the order of the exit codes.
    pub const ALL: [Self; 40] = [
        Self::SegmentHeader,
        Self::FrameStructure,
        Self::FrameChecksum,
        Self::Envelope,
        Self::Link,
        Self::Position,
        Self::Time,
        Self::Act,
        Self::Payload,
        Self::Padding,
        Self::TornTail,
        Self::CheckpointMissing,
        Self::CheckpointSignature,
        Self::RecordsMissing,
        Self::Root,
        Self::Authorship,
        Self::Signature,
        Self::KeyUnknown,
        Self::KeyNotInForce,
        Self::Erasure,
        Self::ErasureUndone,
        Self::ErasureRecord,
        Self::Anchor,
        Self::RepeatedAct,
        Self::Governance,
        Self::Kind,
        Self::Tile,
        Self::TileHash,
        Self::StaleCheckpoint,
        Self::Fork,
        Self::Cosignature,
        Self::Quorum,
        Self::LogKey,
        Self::Succession,
        Self::Proof,
        Self::Extract,
        Self::ExtractSignature,
        Self::PrintOut,
        Self::ExtractRecord,
        Self::ErasureOrder,
    ];

    /// Exit code of the program when a fault of this class comes first.
    pub const fn exit_code(self) -> u8 {
        self as u8
    }

    /// Which of several faults at one position comes first: the lowest. Without its tile a record cannot be read, and
    /// without its succession a carried record is one of another registry.
    pub(crate) const fn precedence(self) -> u8 {
        if matches!(self, Self::Tile) {
            0
        } else if matches!(self, Self::Succession) {
            1
        } else {
            self.exit_code()
        }
    }

    /// Stable name, for JSON and scripts.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// What it means, in one line.
    pub const fn meaning(self) -> &'static str {
        self.row().1
    }

    /// What an operator or auditor does next, in one line.
    pub const fn remedy(self) -> &'static str {
        self.row().2
    }

    /// Name, meaning, remedy.
    #[expect(clippy::too_many_lines, reason = "one row for each class")]
    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SegmentHeader => (
                "segment-header",
                "a segment header is damaged or disagrees with the records before it",
                RESTORE_SEGMENT,
            ),
            Self::FrameStructure => (
                "frame-structure",
                "a frame header (magic, epoch, position, counts, lengths) is damaged",
                RESTORE_SEGMENT,
            ),
            Self::FrameChecksum => (
                "frame-checksum",
                "a frame checksum is wrong, the records under it are whole",
                RESTORE_SEGMENT,
            ),
            Self::Envelope => (
                "envelope",
                "an envelope was altered after it was linked",
                COMPARE_COPIES,
            ),
            Self::Link => (
                "link",
                "the `previous` field of an envelope does not name the record before it",
                COMPARE_COPIES,
            ),
            Self::Position => (
                "position",
                "a position is missing, repeated or out of order",
                COMPARE_COPIES,
            ),
            Self::Time => (
                "time",
                "a record is dated before the record it follows",
                "ask the operator for the clock log of that moment",
            ),
            Self::Act => (
                "act",
                "the parts of an act do not stand together",
                COMPARE_COPIES,
            ),
            Self::Payload => (
                "payload",
                "a payload does not match the digest in its envelope",
                RESTORE_SEGMENT,
            ),
            Self::Padding => (
                "padding",
                "bytes that must be zero are not",
                RESTORE_SEGMENT,
            ),
            Self::TornTail => (
                "torn-tail",
                "the last frame was not written to its end",
                "after a crash: start the registry once, it cuts the tail; otherwise restore the segment",
            ),
            Self::CheckpointMissing => (
                "checkpoint-missing",
                "there is no signed checkpoint",
                "ask the operator for the newest checkpoint",
            ),
            Self::CheckpointSignature => (
                "checkpoint-signature",
                "the checkpoint carries no valid signature of the trusted log key",
                "check that the log key is the published one; if it is, do not trust this copy",
            ),
            Self::RecordsMissing => (
                "records-missing",
                "there are fewer records than the checkpoint signs",
                "the copy was cut short or rolled back: ask for the missing records",
            ),
            Self::Root => (
                "root",
                "the records do not give the root that was signed",
                "history differs from what was signed: compare with a witness and an earlier copy",
            ),
            Self::Authorship => (
                "authorship",
                "authorship is missing where it must stand, or stands where none may",
                "ask who recorded the act; a registry cannot invent one",
            ),
            Self::Signature => (
                "signature",
                "an author's signature is forged",
                "ask the agency whose key is named whether it signed the act",
            ),
            Self::KeyUnknown => (
                "key-unknown",
                "an author's key was never enrolled for such a record",
                "ask who recorded the act and with which key",
            ),
            Self::KeyNotInForce => (
                "key-not-in-force",
                "an author's key was revoked or had expired",
                "ask why the registry accepted the act",
            ),
            Self::Erasure => (
                "erasure",
                "a payload was destroyed and no erasure record says so",
                "loss or hidden erasure: restore the payload or ask for the legal basis; if the registry is \
                 running, an erasure may be under way: verify again",
            ),
            Self::ErasureUndone => (
                "erasure-undone",
                "an erasure was recorded and the payload is still there",
                "ask the operator to carry the erasure out, in every copy",
            ),
            Self::ErasureRecord => (
                "erasure-record",
                "an erasure record is malformed or lacks legal basis or two approvers",
                "ask for the decision the erasure rests on",
            ),
            Self::Anchor => (
                "anchor",
                "an anchor is malformed or disagrees with the other ledger",
                "one of the ledgers was rewritten or cut: compare both with a witness",
            ),
            Self::RepeatedAct => (
                "repeated-act",
                "two acts carry the same act id",
                "ask which of the two was signed first",
            ),
            Self::Governance => (
                "governance",
                "a governance record is malformed or contradicts the trusted keys",
                "compare the keys with those the authority published",
            ),
            Self::Kind => (
                "kind",
                "a record of a kind that does not belong into this ledger",
                "ask the operator which program wrote it",
            ),
            Self::Tile => (
                "tile",
                "a tile is missing, or is not what a tile of its name must be",
                "fetch or export the tile again; if it stays so, the copy is not complete",
            ),
            Self::TileHash => (
                "tile-hash",
                "a hash tile disagrees with the entries under it",
                "fetch or export the tile again; proofs made from this copy are worth nothing",
            ),
            Self::StaleCheckpoint => (
                "stale-checkpoint",
                "the checkpoint is smaller than one that is remembered",
                "an older copy is shown: ask for the records that the remembered checkpoint covers",
            ),
            Self::Fork => (
                "fork",
                "the ledger does not continue a checkpoint that is remembered",
                "two histories were signed: keep both checkpoints, they prove it, and tell the witnesses",
            ),
            Self::Cosignature => (
                "cosignature",
                "a line that names a trusted witness is not its cosignature",
                "check that the policy has the witness's published key; if it has, do not trust this copy",
            ),
            Self::Quorum => (
                "quorum",
                "fewer witnesses cosigned than the policy demands",
                "ask for a checkpoint with its cosignatures, or ask the witnesses what they have seen",
            ),
            Self::LogKey => (
                "log-key",
                "a log key's rotation is malformed, or a log key signed outside its time",
                "compare the log keys with those the authority published",
            ),
            Self::Succession => (
                "succession",
                "what a ledger states about the one it succeeds cannot stand",
                "compare with the last checkpoint of the old ledger and with a copy of it",
            ),
            Self::Proof => (
                "proof",
                "a proof does not prove what it is offered for",
                "ask the registry for the proof again; if it stays so, keep it and the receipt",
            ),
            Self::Extract => (
                "extract",
                "a subject extract is damaged, or is another document than the one that was signed",
                "ask for the extract again; one that a newer registry made needs a newer sabt-verify",
            ),
            Self::ExtractSignature => (
                "extract-signature",
                "no trusted log key signed the extract",
                "check that the log key is the published one; if it is, the extract is not the registry's",
            ),
            Self::PrintOut => (
                "print-out",
                "what is printed is not what was signed",
                "do not trust the print-out: the signed document in the file prints the right one",
            ),
            Self::ExtractRecord => (
                "extract-record",
                "a record of an extract is not proved by what comes with it",
                "ask for the extract again; if it stays so, keep it: the registry signed what it cannot show",
            ),
            Self::ErasureOrder => (
                "erasure-order",
                "an erasure record holds no order that two officers signed",
                "ask for the signed order; without one the destruction was unlawful, whoever recorded it",
            ),
        }
    }
}

/// The remedy when bytes were damaged in place.
const RESTORE_SEGMENT: &str =
    "restore the file from a copy whose checkpoint agrees, then verify again";
/// The remedy when a record was changed.
const COMPARE_COPIES: &str =
    "compare the record with an earlier copy or a mirror; never repair it by hand";

impl fmt::Display for FaultClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The table of exit codes, one line each, as `--help` prints it.
pub fn exit_code_table() -> String {
    use fmt::Write as _;

    let mut table = String::new();
    let general = [
        (EXIT_SOUND, "ok", "everything that was checked holds"),
        (EXIT_USAGE, "usage", "the arguments could not be understood"),
        (EXIT_IO, "io", "the ledger could not be read to its end"),
    ];
    let faults = FaultClass::ALL
        .iter()
        .map(|class| (class.exit_code(), class.name(), class.meaning()));
    for (code, name, meaning) in general.into_iter().chain(faults) {
        // Writing into a String cannot fail.
        writeln!(table, "  {code:>3}  {name:<21} {meaning}").expect("a String takes every write");
    }
    table
}

#[cfg(test)]
mod tests;
