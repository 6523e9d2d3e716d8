//! The header page of a key file: what the file is, and how far it is provisioned.
//!
//! ```text
//!    0  identity, 512 bytes, written once
//!         0 magic "SABTKEYS" | 8 version u16 | 10 kind u8 | 11 zero | 12 block slots u32
//!        16 registry digest 32 | 48 wrapped check key 60 | 108 routing fingerprint 16
//!       124 numbers fingerprint 16 | 140 zeros | 508 CRC32C of 0..508
//!  512  mark A, 512 bytes;  1024  mark B, 512 bytes, written in turn
//!         0 sequence u64 | 8 provisioned slots u64 | 16 zeros | 508 CRC32C of 0..508
//! 1536  zeros to 4096
//! ```
//!
//! Integers are big-endian. Each part fills one 512-byte sector, so that none is ever half
//! written; the two marks are for the sector that a dying disk spoils all the same.

use crate::kek::{WRAPPED_BYTES, WrappedKey};
use crate::secrets::Fingerprints;
use crate::slots::{BLOCK_SLOTS, KeyFileError, KeyFileKind};

/// Length of the header page; slot 0 begins here.
pub(crate) const HEADER_BYTES: u64 = 4096;

/// Length of the identity and of each mark.
pub(crate) const SECTOR_BYTES: usize = 512;

/// One sector of the header page.
pub(crate) type Sector = [u8; SECTOR_BYTES];

const MAGIC: &[u8; 8] = b"SABTKEYS";
const VERSION: u16 = 1;
const CRC_AT: usize = SECTOR_BYTES - size_of::<u32>();
const CHECK_AT: usize = 48;
const ROUTING_AT: usize = CHECK_AT + WRAPPED_BYTES;
const NUMBERS_AT: usize = ROUTING_AT + 16;
const IDENTITY_END: usize = NUMBERS_AT + 16;

/// What a key file is and what it belongs to. Never changes after creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) kind: KeyFileKind,
    pub(crate) registry_digest: [u8; 32],
    /// A known key under the key-encryption key: unwraps only with the right one.
    pub(crate) check: WrappedKey,
    pub(crate) fingerprints: Fingerprints,
}

impl Identity {
    pub(crate) fn encode(&self) -> Sector {
        let mut sector = [0; SECTOR_BYTES];
        sector[..8].copy_from_slice(MAGIC);
        sector[8..10].copy_from_slice(&VERSION.to_be_bytes());
        sector[10] = self.kind.code();
        sector[12..16].copy_from_slice(&BLOCK_SLOTS.to_be_bytes());
        sector[16..CHECK_AT].copy_from_slice(&self.registry_digest);
        sector[CHECK_AT..ROUTING_AT].copy_from_slice(self.check.as_bytes());
        sector[ROUTING_AT..NUMBERS_AT].copy_from_slice(&self.fingerprints.routing);
        sector[NUMBERS_AT..IDENTITY_END].copy_from_slice(&self.fingerprints.numbers);
        write_crc(&mut sector);
        sector
    }

    pub(crate) fn decode(sector: &Sector) -> Result<Self, KeyFileError> {
        if sector[..8] != MAGIC[..] {
            return Err(KeyFileError::NotAKeyFile);
        }
        // The version is read before the checksum: a later version may place the checksum elsewhere.
        let found = u16::from_be_bytes(chunk(sector, 8));
        if found != VERSION {
            return Err(KeyFileError::UnsupportedVersion { found });
        }
        let kind = KeyFileKind::from_code(sector[10]);
        let (Some(kind), true, true, true) = (
            kind,
            has_crc(sector),
            u32::from_be_bytes(chunk(sector, 12)) == BLOCK_SLOTS,
            sector[11] == 0 && sector[IDENTITY_END..CRC_AT].iter().all(|byte| *byte == 0),
        ) else {
            return Err(KeyFileError::HeaderCorrupt);
        };
        Ok(Self {
            kind,
            registry_digest: chunk(sector, 16),
            check: WrappedKey::from_bytes(chunk(sector, CHECK_AT)),
            fingerprints: Fingerprints {
                routing: chunk(sector, ROUTING_AT),
                numbers: chunk(sector, NUMBERS_AT),
            },
        })
    }
}

/// How many slots are provisioned and durable. The valid mark of the higher sequence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sequence: u64,
    pub(crate) provisioned: u64,
}

impl Mark {
    /// Where this mark stands: even sequences in A, odd ones in B, so that a mark never
    /// overwrites the one before it.
    pub(crate) fn offset(self) -> u64 {
        if self.sequence.is_multiple_of(2) {
            512
        } else {
            1024
        }
    }

    pub(crate) fn encode(self) -> Sector {
        let mut sector = [0; SECTOR_BYTES];
        sector[..8].copy_from_slice(&self.sequence.to_be_bytes());
        sector[8..16].copy_from_slice(&self.provisioned.to_be_bytes());
        write_crc(&mut sector);
        sector
    }

    /// The mark in this sector, or `None` if it is not one. All zeros are not one: the checksum of
    /// zeros is not zero.
    pub(crate) fn decode(sector: &Sector) -> Option<Self> {
        let mark = Self {
            sequence: u64::from_be_bytes(chunk(sector, 0)),
            provisioned: u64::from_be_bytes(chunk(sector, 8)),
        };
        let whole_blocks = mark.provisioned.is_multiple_of(u64::from(BLOCK_SLOTS));
        (has_crc(sector) && whole_blocks && mark.provisioned != 0).then_some(mark)
    }

    /// The mark that counts among those of the header page.
    pub(crate) fn latest(a: &Sector, b: &Sector) -> Option<Self> {
        [Self::decode(a), Self::decode(b)]
            .into_iter()
            .flatten()
            .max_by_key(|mark| mark.sequence)
    }
}

fn write_crc(sector: &mut Sector) {
    let crc = crc32c::crc32c(&sector[..CRC_AT]);
    sector[CRC_AT..].copy_from_slice(&crc.to_be_bytes());
}

fn has_crc(sector: &Sector) -> bool {
    crc32c::crc32c(&sector[..CRC_AT]) == u32::from_be_bytes(chunk(sector, CRC_AT))
}

fn chunk<const N: usize>(sector: &Sector, at: usize) -> [u8; N] {
    let mut chunk = [0; N];
    chunk.copy_from_slice(&sector[at..at + N]);
    chunk
}
