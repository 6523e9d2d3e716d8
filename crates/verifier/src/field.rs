//! The fields of the three stored structures, so that a damaged byte can be named.

use std::fmt;
use std::ops::Range;

use sabt_chain::ENVELOPE_BYTES_MAX;

/// Defines a field enum with its words.
macro_rules! fields {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident => $words:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $field,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$field => $words,)*
                })
            }
        }
    };
}

fields! {
    /// A field of an envelope (design: the record, format v1).
    EnvelopeField {
        /// Version of the format.
        Version => "version",
        /// Kind of record.
        Kind => "kind",
        /// Position.
        Position => "position",
        /// Link of the record before.
        Previous => "previous",
        /// Time of receipt.
        RecordedAt => "recorded_at",
        /// Enciphered subject.
        SubjectTag => "subject_tag",
        /// Act id.
        ActId => "act_id",
        /// Part of the act.
        Part => "part",
        /// Number of parts.
        Parts => "parts",
        /// Length of the payload.
        SealedLength => "sealed_len",
        /// Digest of the payload.
        SealedDigest => "sealed_digest",
        /// Key of the author.
        KeyId => "authorship key id",
        /// Commitment to the act.
        Commitment => "authorship commitment",
        /// Signature of the author.
        Signature => "authorship signature",
    }
}

fields! {
    /// A field of a frame header.
    FrameField {
        /// Magic.
        Magic => "the magic",
        /// Epoch of the writer.
        Epoch => "the epoch",
        /// Position of the first record.
        FirstPosition => "the first position",
        /// Number of records.
        Count => "the number of records",
        /// Length of the envelope section.
        EnvelopesLength => "the length of the envelopes",
        /// Length of the sealed section.
        SealedLength => "the length of the payloads",
        /// Link of the record before the frame.
        Previous => "the link before it",
        /// Zeros.
        Reserved => "the reserved bytes",
    }
}

fields! {
    /// A field of a segment header.
    SegmentField {
        /// Magic.
        Magic => "the magic",
        /// Version of the format.
        Version => "the version",
        /// The ledger's origin.
        Origin => "the origin",
        /// Epoch of the writer.
        Epoch => "the epoch",
        /// Position of the first record.
        FirstPosition => "the first position",
        /// Link of the record before.
        Link => "the link before it",
        /// Time of the record before.
        RecordedAt => "the time before it",
        /// The Merkle tree before it.
        Tree => "the tree before it",
        /// Length of the file.
        SegmentBytes => "the file length",
        /// Zeros up to the checksum.
        Padding => "the padding",
        /// Checksum.
        Checksum => "the checksum",
    }
}

/// Widths of the envelope's fields, in their order.
const ENVELOPE: [(EnvelopeField, usize); 14] = [
    (EnvelopeField::Version, 1),
    (EnvelopeField::Kind, 1),
    (EnvelopeField::Position, 8),
    (EnvelopeField::Previous, 32),
    (EnvelopeField::RecordedAt, 8),
    (EnvelopeField::SubjectTag, 16),
    (EnvelopeField::ActId, 16),
    (EnvelopeField::Part, 1),
    (EnvelopeField::Parts, 1),
    (EnvelopeField::SealedLength, 4),
    (EnvelopeField::SealedDigest, 32),
    (EnvelopeField::KeyId, 8),
    (EnvelopeField::Commitment, 32),
    (EnvelopeField::Signature, 64),
];

const _: () = {
    let mut sum = 0;
    let mut index = 0;
    while index < ENVELOPE.len() {
        sum += ENVELOPE[index].1;
        index += 1;
    }
    assert!(sum == ENVELOPE_BYTES_MAX);
};

impl EnvelopeField {
    /// The field that holds the byte at `offset` of an envelope; `None` past its longest form.
    pub fn at(offset: usize) -> Option<Self> {
        locate(ENVELOPE, offset)
    }
}

impl SegmentField {
    /// The field that holds the byte at `offset` of a segment header whose origin has `origin_bytes` bytes and whose
    /// tree has `hashes` hashes.
    pub(crate) fn at(offset: usize, origin_bytes: usize, hashes: usize) -> Self {
        let fields = [
            (Self::Magic, 8),
            (Self::Version, 2),
            (Self::Origin, 2 + origin_bytes),
            (Self::Epoch, 8),
            (Self::FirstPosition, 8),
            (Self::Link, 32),
            (Self::RecordedAt, 8),
            (Self::Tree, 8 + 32 * hashes),
            (Self::SegmentBytes, 8),
        ];
        locate(fields, offset).unwrap_or(Self::Padding)
    }
}

/// The field of a sequence of fields that holds the byte at `offset`.
fn locate<F>(fields: impl IntoIterator<Item = (F, usize)>, offset: usize) -> Option<F> {
    let mut range = Range { start: 0, end: 0 };
    fields.into_iter().find_map(|(field, width)| {
        range = range.end..range.end + width;
        range.contains(&offset).then_some(field)
    })
}
