//! The two hashes that are not links: SHA-256 of the Merkle tree, and BLAKE3 of a payload.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use crate::ids::{byte_string, hex_text};

byte_string! {
    /// A SHA-256 hash of the Merkle tree: of a leaf, of a node, or a root (RFC 6962 section 2.1).
    Hash, 32
}
hex_text!(Hash);

impl Hash {
    /// Root of the tree without leaves: SHA-256 of the empty string.
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Of a leaf: SHA-256(0x00 || entry). The leading byte keeps a leaf from ever standing for a node.
    pub fn leaf(entry: &[u8]) -> Self {
        Self(
            Sha256::new_with_prefix([0x00])
                .chain_update(entry)
                .finalize()
                .into(),
        )
    }

    /// Of a node over two subtrees: SHA-256(0x01 || left || right).
    pub fn node(left: &Self, right: &Self) -> Self {
        let sha = Sha256::new_with_prefix([0x01]);
        Self(
            sha.chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// In standard base64 with padding, as checkpoints and proofs write it (RFC 4648 section 4).
    pub fn to_base64(&self) -> String {
        BASE64.encode(self.0)
    }

    /// From the one spelling that [`Self::to_base64`] gives it; `None` of any other text.
    pub fn from_base64(text: &str) -> Option<Self> {
        // Checked before decoding, which would set memory aside for as much as there is.
        (text.len() == Self::BASE64_BYTES).then_some(())?;
        let bytes = BASE64.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Length of the base64 form: 4 characters for every 3 bytes begun, 11 x 4.
    const BASE64_BYTES: usize = 44;
}

byte_string! {
    /// BLAKE3 of a payload as it stands in the segment.
    Digest, 32
}
hex_text!(Digest);

impl Digest {
    /// Of these bytes.
    pub fn of(payload: &[u8]) -> Self {
        Self(*blake3::hash(payload).as_bytes())
    }
}
