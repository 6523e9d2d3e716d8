//! One fault: what is wrong, with which record, and where the bytes stand.

use std::fmt;
use std::sync::Arc;

use sabt_chain::frame::FrameError;
use sabt_chain::segment::SegmentError;
use sabt_chain::{ActFault, EnvelopeError, Epoch, KeyId, Kind, LedgerName, Position, Size};

use crate::class::FaultClass;
use crate::field::{EnvelopeField, FrameField, SegmentField};

/// A fault of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The ledger.
    pub ledger: LedgerName,
    /// The record it concerns; `None` when it concerns the ledger as a whole.
    pub position: Option<Position>,
    /// Where the bytes stand; `None` when it is not one place, or the records came over the network.
    pub place: Option<Place>,
    /// What is wrong.
    pub finding: Finding,
}

impl Fault {
    /// Of a ledger as a whole.
    pub(crate) const fn of_ledger(ledger: LedgerName, finding: Finding) -> Self {
        Self {
            ledger,
            position: None,
            place: None,
            finding,
        }
    }

    /// Of one record.
    pub(crate) const fn at(
        ledger: LedgerName,
        position: Position,
        place: Option<Place>,
        finding: Finding,
    ) -> Self {
        Self {
            ledger,
            position: Some(position),
            place,
            finding,
        }
    }

    /// Its class, which decides the exit code.
    pub fn class(&self) -> FaultClass {
        self.finding.class()
    }

    /// The order of precedence: by ledger, by position (faults of a whole ledger last), by class.
    pub(crate) fn rank(&self) -> (LedgerName, Position, u8) {
        (
            self.ledger,
            self.position.unwrap_or(Position::new(u64::MAX)),
            self.class().precedence(),
        )
    }
}

/// A byte of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the directory that is verified.
    pub file: Arc<str>,
    /// Offset in bytes.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} byte {}", self.file, self.offset)
    }
}

/// What is wrong, in full.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// One bit of a segment header is flipped.
    #[error("one bit of the segment header is flipped, in {0}")]
    SegmentBit(SegmentField),
    /// A segment header cannot be read.
    #[error("{0}")]
    Segment(SegmentError),
    /// A field of a segment header disagrees with the records before it or with the file.
    #[error("the segment header states another {0} than the records before it give")]
    SegmentDisagrees(SegmentField),
    /// A segment file is shorter or longer than its header says.
    #[error("the segment file has {actual} bytes, its header says {stated}")]
    SegmentLength {
        /// Length in the header, bytes.
        stated: u64,
        /// Length of the file, bytes.
        actual: u64,
    },
    /// A file that looks like a segment and is none.
    #[error("a file ends in .seg whose name is not 20 digits: a stray copy")]
    StraySegment,

    /// One bit of a frame header is flipped.
    #[error("one bit of the frame header is flipped, in {0}")]
    FrameBit(FrameField),
    /// A field of a frame header is wrong in more than one bit.
    #[error("the frame header is damaged; with {0} as expected its checksum holds")]
    FrameField(FrameField),
    /// One bit of the length that stands before an envelope is flipped.
    #[error("one bit of the length before the envelope is flipped")]
    EnvelopeLengthBit,
    /// What stands where a frame should cannot be read.
    #[error("no frame can be read here: {0}")]
    FrameUnreadable(FrameError),
    /// An epoch lower than one before it.
    #[error("the frame was written in epoch {found}, after epoch {before}")]
    EpochWentBack {
        /// Epoch of the frame.
        found: Epoch,
        /// Highest epoch before it.
        before: Epoch,
    },
    /// The frame header's link is not the one in its first envelope.
    #[error("the frame header and its first envelope name different links before them")]
    FrameLink,
    /// One bit of the stored checksum is flipped.
    #[error("one bit of the stored frame checksum is flipped; header and envelopes are whole")]
    ChecksumBit,
    /// The checksum is wrong and nothing it covers is.
    #[error("the stored frame checksum is wrong; header and envelopes hold together")]
    ChecksumField,

    /// One bit of an envelope is flipped.
    #[error("one bit of the envelope is flipped, in {0}")]
    EnvelopeBit(EnvelopeField),
    /// The record after it, or the frame after it, names another link.
    #[error("the envelope was altered: the record after it links to something else")]
    EnvelopeAltered,
    /// An envelope that breaks the format's rules.
    #[error("{0}")]
    EnvelopeMalformed(EnvelopeError),
    /// The `previous` field was altered, everything around it was not.
    #[error("the link to the record before was altered")]
    PreviousAltered,

    /// Records are missing.
    #[error("records are missing: position {found} stands where {expected} should")]
    Gap {
        /// Position found.
        found: Position,
        /// Position that should stand here.
        expected: Position,
    },
    /// Records stand twice or out of order.
    #[error("position {found} stands where {expected} should: repeated or out of order")]
    OutOfOrder {
        /// Position found.
        found: Position,
        /// Position that should stand here.
        expected: Position,
    },

    /// The time went back.
    #[error("recorded {micros} microseconds before the record it follows")]
    TimeWentBack {
        /// By how much, microseconds.
        micros: u64,
    },
    /// The parts of an act do not stand together.
    #[error("{0}")]
    Act(ActFault),
    /// The payload does not match.
    #[error("the payload does not match the digest in the envelope")]
    PayloadAltered,
    /// A payload was destroyed and nothing says so.
    #[error("the payload is all zeros and no erasure record names it")]
    ErasedWithoutRecord,
    /// A payload was destroyed, and what may have said so cannot be read.
    #[error(
        "the payload at position {erased} is all zeros, and only what cannot be read here may have named it"
    )]
    ErasureUnproven {
        /// Position of the payload.
        erased: Position,
    },
    /// A payload in the clear was destroyed.
    #[error("the payload of {0} is all zeros; only sealed payloads may be erased")]
    ClearPayloadErased(KindName),
    /// Erased on paper only.
    #[error("the erasure record at position {erasure} names it, but the payload is still there")]
    StillThere {
        /// Position of the erasure record.
        erasure: Position,
    },
    /// An erasure that its author alone signed.
    #[error("the erasure record holds no order: two officers of two agencies must sign one")]
    ErasureWithoutOrder,
    /// An erasure record that cannot stand.
    #[error("{0}")]
    ErasureRecord(ErasureFault),

    /// Padding after a frame.
    #[error("the padding after the frame is not zero")]
    FramePadding,
    /// The unused end of a segment.
    #[error("the unused end of the segment is not zero")]
    SegmentTail,
    /// A frame that stops.
    #[error("the last frame is torn: {missing_bytes} bytes are missing")]
    TornFrame {
        /// Bytes that its header promises and that are not there, or are zero.
        missing_bytes: u64,
    },
    /// The last segment stops before its length.
    #[error("the file ends after {actual} bytes, its header says {stated}")]
    TornFile {
        /// Length in the header, bytes.
        stated: u64,
        /// Length of the file, bytes.
        actual: u64,
    },

    /// No checkpoint.
    #[error("no signed checkpoint stands beside the records")]
    CheckpointMissing,
    /// A checkpoint that is not to be trusted.
    #[error("the checkpoint is not valid: {0}")]
    Checkpoint(CheckpointFault),
    /// Fewer records than signed.
    #[error("the checkpoint signs {signed} records, only {found} are there")]
    RecordsMissing {
        /// Size in the checkpoint.
        signed: Size,
        /// Records found.
        found: Size,
    },
    /// Another root than signed.
    #[error("the first {size} records do not give the root that the checkpoint signs")]
    RootDiffers {
        /// Size in the checkpoint.
        size: Size,
    },

    /// No author.
    #[error("{0} carries no authorship")]
    AuthorshipMissing(KindName),
    /// An author where none may be.
    #[error("{0} carries authorship; none may stand here")]
    AuthorshipUnexpected(KindName),
    /// A signature that does not verify.
    #[error("the signature is not one of key {key}")]
    SignatureForged {
        /// The key named.
        key: KeyId,
    },
    /// The signature is over something else than the payload in the clear.
    #[error("the author signed another content than the record states")]
    CommitmentDiffers,
    /// A key nobody enrolled.
    #[error("key {key} was never enrolled")]
    KeyUnknown {
        /// The key named.
        key: KeyId,
    },
    /// A key that may not sign this kind of record.
    #[error("key {key} may not sign {kind}")]
    KeyNotEntitled {
        /// The key named.
        key: KeyId,
        /// What it signed.
        kind: KindName,
    },
    /// A key revoked before.
    #[error("key {key} was revoked at position {revoked}")]
    KeyRevoked {
        /// The key named.
        key: KeyId,
        /// Position of the revocation of the key or its agency.
        revoked: Position,
    },
    /// A key past its time.
    #[error("key {key} had expired")]
    KeyExpired {
        /// The key named.
        key: KeyId,
    },

    /// An anchor that cannot stand.
    #[error("{0}")]
    Anchor(AnchorFault),
    /// An act id used twice.
    #[error("the act id was used before")]
    RepeatedAct,
    /// A governance record that cannot stand.
    #[error("{0}")]
    Governance(GovernanceFault),
    /// A kind out of place.
    #[error("{0} does not belong into this ledger")]
    KindOutOfPlace(KindName),

    /// A tile that is not there or not whole.
    #[error("{path}: {fault}")]
    Tile {
        /// Path of the tile, below the directory or address that is verified.
        path: Arc<str>,
        /// What is wrong with it.
        fault: TileFault,
    },
    /// A hash tile that does not follow from the entries.
    #[error("{path}: hash {index} of the tile is not that of the entries under it")]
    TileHash {
        /// Path of the tile.
        path: Arc<str>,
        /// Index of the first wrong hash in the tile.
        index: usize,
    },

    /// A checkpoint smaller than one that was seen before.
    #[error("the checkpoint signs {found} records, a remembered one {remembered}")]
    CheckpointStale {
        /// Size of the checkpoint beside the records.
        found: Size,
        /// Size of the remembered checkpoint.
        remembered: Size,
    },
    /// Another history than was seen before.
    #[error("the first {size} records do not give the root of a remembered checkpoint")]
    Forked {
        /// Size of the remembered checkpoint.
        size: Size,
    },
    /// A line of a trusted witness that does not verify.
    #[error("a line that names witness {witness} is not its cosignature")]
    CosignatureForged {
        /// Name of the witness's key.
        witness: String,
    },
    /// Too few witnesses.
    #[error("the checkpoint does not have the quorum of the policy; no cosignature of {}", .missing.join(", "))]
    QuorumMissing {
        /// Names of the policy's witnesses whose cosignature is not there.
        missing: Vec<String>,
    },
    /// A log key out of its time.
    #[error("{0}")]
    LogKey(LogKeyFault),
    /// A succession that cannot stand.
    #[error("{0}")]
    Succession(SuccessionFault),
}

impl Finding {
    /// The class it belongs to.
    pub fn class(&self) -> FaultClass {
        match self {
            Self::SegmentBit(_)
            | Self::Segment(_)
            | Self::SegmentDisagrees(_)
            | Self::SegmentLength { .. }
            | Self::StraySegment => FaultClass::SegmentHeader,
            Self::FrameBit(_)
            | Self::FrameField(_)
            | Self::EnvelopeLengthBit
            | Self::FrameUnreadable(_)
            | Self::EpochWentBack { .. }
            | Self::FrameLink => FaultClass::FrameStructure,
            Self::ChecksumBit | Self::ChecksumField => FaultClass::FrameChecksum,
            Self::EnvelopeBit(EnvelopeField::Previous) | Self::PreviousAltered => FaultClass::Link,
            Self::EnvelopeBit(EnvelopeField::Position)
            | Self::Gap { .. }
            | Self::OutOfOrder { .. } => FaultClass::Position,
            Self::EnvelopeBit(_) | Self::EnvelopeAltered | Self::EnvelopeMalformed(_) => {
                FaultClass::Envelope
            }
            Self::TimeWentBack { .. } => FaultClass::Time,
            Self::Act(_) => FaultClass::Act,
            Self::PayloadAltered => FaultClass::Payload,
            Self::ErasedWithoutRecord
            | Self::ErasureUnproven { .. }
            | Self::ClearPayloadErased(_) => FaultClass::Erasure,
            Self::StillThere { .. } => FaultClass::ErasureUndone,
            Self::ErasureWithoutOrder => FaultClass::ErasureOrder,
            Self::ErasureRecord(_) => FaultClass::ErasureRecord,
            Self::FramePadding | Self::SegmentTail => FaultClass::Padding,
            Self::TornFrame { .. } | Self::TornFile { .. } => FaultClass::TornTail,
            Self::CheckpointMissing => FaultClass::CheckpointMissing,
            Self::Checkpoint(_) => FaultClass::CheckpointSignature,
            Self::RecordsMissing { .. } => FaultClass::RecordsMissing,
            Self::RootDiffers { .. } => FaultClass::Root,
            Self::AuthorshipMissing(_) | Self::AuthorshipUnexpected(_) => FaultClass::Authorship,
            Self::SignatureForged { .. } | Self::CommitmentDiffers => FaultClass::Signature,
            Self::KeyUnknown { .. } | Self::KeyNotEntitled { .. } => FaultClass::KeyUnknown,
            Self::KeyRevoked { .. } | Self::KeyExpired { .. } => FaultClass::KeyNotInForce,
            Self::Anchor(_) => FaultClass::Anchor,
            Self::RepeatedAct => FaultClass::RepeatedAct,
            Self::Governance(_) => FaultClass::Governance,
            Self::KindOutOfPlace(_) => FaultClass::Kind,
            Self::Tile { .. } => FaultClass::Tile,
            Self::TileHash { .. } => FaultClass::TileHash,
            Self::CheckpointStale { .. } => FaultClass::StaleCheckpoint,
            Self::Forked { .. } => FaultClass::Fork,
            Self::CosignatureForged { .. } => FaultClass::Cosignature,
            Self::QuorumMissing { .. } => FaultClass::Quorum,
            Self::LogKey(_) => FaultClass::LogKey,
            Self::Succession(_) => FaultClass::Succession,
        }
    }
}

/// A kind of record, as it is written in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindName(pub Kind);

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Event => "an event",
            Kind::Governance => "a governance record",
            Kind::Erasure => "an erasure record",
            Kind::Anchor => "an anchor",
        })
    }
}

/// Why a checkpoint proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// Not a C2SP signed note over a tree head.
    #[error("it is not a C2SP checkpoint")]
    Malformed,
    /// It names another log.
    #[error("it belongs to another log")]
    OtherOrigin,
    /// No signature of a trusted key.
    #[error("no signature of a trusted log key is on it")]
    NoTrustedSignature,
    /// A signature that names a trusted key and does not verify.
    #[error("the signature that names a trusted log key is forged")]
    Forged,
    /// A checkpoint that was given to compare with.
    #[error("no trusted log key signed the remembered checkpoint that was given")]
    Remembered,
}

/// What is wrong with a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileFault {
    /// It is not there.
    #[error("the tile is missing")]
    Missing,
    /// It ends before its last entry, or holds less than its name says.
    #[error("the tile is cut short")]
    Short,
    /// It goes on after its last entry, or is longer than a tile may be.
    #[error("the tile is longer than its name allows")]
    Long,
    /// What it holds cannot be read.
    #[error("the tile cannot be read")]
    Malformed,
    /// The payload of a record in the clear is not there.
    #[error("the payload of position {position}, which is in the clear, is missing")]
    ClearMissing {
        /// The record.
        position: Position,
    },
    /// A payload is given as if it were in the clear, and its record is sealed.
    #[error("it holds a payload of position {position}, which is sealed")]
    ClearUnexpected {
        /// The record.
        position: Position,
    },
}

/// Why the rotation of a log key cannot stand, or a signature came at the wrong time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogKeyFault {
    /// A key in the record is no vkey, the two are the same, or they are not of one ledger of this registry.
    #[error("the rotation does not name two log keys of one ledger of this registry")]
    Keys,
    /// The key that retires is not one that signs now.
    #[error("the rotation retires a key that does not sign the {0} ledger")]
    NotInForce(LedgerName),
    /// The new key was used before.
    #[error("the rotation brings back a key of the {0} ledger")]
    KnownKey(LedgerName),
    /// The old or the new key did not sign the rotation.
    #[error("the {which} key did not sign the rotation")]
    Signature {
        /// Which of the two keys.
        which: &'static str,
    },
    /// The key retires before the rotation is recorded.
    #[error("the old key retires before the rotation was recorded")]
    RetiresBefore,
    /// A checkpoint over records of after a retirement that only a retired key signed.
    #[error(
        "only a retired key signed the checkpoint, which covers records of after its retirement"
    )]
    Retired,
}

/// Why a succession cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionFault {
    /// It stands neither in record 0 nor in what was record 0 of a ledger carried over.
    #[error("a succession stands elsewhere than in the first record")]
    OutOfPlace,
    /// The name of the old registry is no name, or that of this one.
    #[error("the succession does not name another registry")]
    Registry,
    /// More records carried than the old ledger had, or the checkpoint covers more than it is said to have had.
    #[error(
        "the succession carries {carried} of {known} known records, its checkpoint signs {signed}"
    )]
    Counts {
        /// Records carried over.
        carried: u64,
        /// Records the old ledger is known to have had.
        known: u64,
        /// Records that the old ledger's last checkpoint signs.
        signed: Size,
    },
    /// A succession inside another that carries no more than it.
    #[error("the succession carries {carried} records, inside one that carries {outer}")]
    NotWithin {
        /// Records carried over.
        carried: u64,
        /// Records that the outer one carries.
        outer: u64,
    },
    /// The old checkpoint proves nothing.
    #[error("the last checkpoint of the ledger succeeded is not valid: {0}")]
    Checkpoint(CheckpointFault),
    /// Fewer records than it says it carries.
    #[error("the succession carries {carried} records, only {found} follow")]
    Cut {
        /// Records it says it carries.
        carried: u64,
        /// Records that follow.
        found: u64,
    },
    /// The two ledgers do not succeed the same registry, or only one of them succeeds.
    #[error("the two ledgers do not succeed the same registry")]
    OtherLedger,
}

/// Why an erasure record cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErasureFault {
    /// Its payload is not the message it should be.
    #[error("the erasure record cannot be decoded")]
    Malformed,
    /// It names nothing.
    #[error("the erasure record names no position")]
    NoPosition,
    /// It names itself or what came after it.
    #[error("the erasure record names position {named}, which is not before it")]
    NotBefore {
        /// Position named.
        named: Position,
    },
    /// It names a record whose payload is in the clear.
    #[error("the erasure record names position {named}, whose payload is not sealed")]
    NotSealed {
        /// Position named.
        named: Position,
    },
    /// It rests on nothing.
    #[error("the erasure record states no legal basis")]
    NoLegalBasis,
    /// Fewer than two approvers.
    #[error("the erasure record has fewer than two different approvers")]
    Approvers,
    /// It holds another order than one for this record, or more than an order.
    #[error("the order in the erasure record is not for this record, ledger and time")]
    Order,
    /// An approver did not sign it, or may not approve it.
    #[error(
        "an approver of the erasure did not sign it as an officer of the data protection or governance agency named"
    )]
    Approval,
}

/// Why an anchor cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorFault {
    /// Its payload is not the message it should be.
    #[error("the anchor cannot be decoded")]
    Malformed,
    /// Its checkpoint is not to be trusted.
    #[error("the anchored checkpoint is not valid: {0}")]
    Checkpoint(CheckpointFault),
    /// The other ledger is shorter.
    #[error("it anchors {anchored} records of the other ledger, only {found} are there")]
    OtherLedgerShorter {
        /// Size anchored.
        anchored: Size,
        /// Records found in the other ledger.
        found: Size,
    },
    /// The other ledger is another.
    #[error("the first {size} records of the other ledger do not give the root anchored here")]
    OtherLedgerDiffers {
        /// Size anchored.
        size: Size,
    },
    /// An earlier anchor covers more.
    #[error("it anchors {anchored} records, an earlier anchor {before}")]
    WentBack {
        /// Size anchored.
        anchored: Size,
        /// Size of an earlier anchor.
        before: Size,
    },
}

/// Why a governance record cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GovernanceFault {
    /// Its payload is not the message it should be.
    #[error("the governance record cannot be decoded")]
    Malformed,
    /// Its body is none of governance.
    #[error("the record states no governance fact")]
    NotGovernance,
    /// The ledger does not start with the founding of the registry.
    #[error("the ledger does not start with the founding of the registry")]
    NotFounded,
    /// The registry is founded twice.
    #[error("the registry is founded a second time")]
    FoundedAgain,
    /// The act inside carries another id than the envelope.
    #[error("the act inside carries another act id than the envelope")]
    OtherAct,
    /// The event says something else than the act.
    #[error("the record states something else than the act its author signed")]
    OtherContent,
    /// The registry's name is not that of the trusted logs.
    #[error("the registry founded here has another name than the trusted log keys")]
    OtherRegistry,
    /// A log key stated is not trusted.
    #[error("the log key of {0} stated here is not the one you trust")]
    OtherLogKey(LedgerName),
    /// The governance key is not the pinned one.
    #[error("the governance key stated here is not the one you trust")]
    OtherGovernanceKey,
    /// A key that is no Ed25519 public key, or a weak one.
    #[error("a public key stated here is not a usable Ed25519 key")]
    PublicKey,
    /// An agency nobody enrolled, or revoked.
    #[error("it names an agency that is not enrolled")]
    UnknownAgency,
    /// The agency is enrolled already.
    #[error("the agency is enrolled already")]
    AgencyEnrolled,
    /// A key nobody enrolled, or revoked.
    #[error("it names a key that is not in force")]
    UnknownKey,
    /// The key is enrolled already, or was.
    #[error("the key was enrolled before")]
    KeyEnrolled,
}
