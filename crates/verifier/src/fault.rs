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
    /// Its class, which decides the exit code.
    pub fn class(&self) -> FaultClass {
        self.finding.class()
    }

    /// The order of precedence: by ledger, by position (faults of a whole ledger last), by class.
    pub(crate) fn rank(&self) -> (LedgerName, Position, FaultClass) {
        (
            self.ledger,
            self.position.unwrap_or(Position::new(u64::MAX)),
            self.class(),
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
