//! Many payloads held against their digests, several at once.
//!
//! BLAKE3 works on up to sixteen independent inputs side by side, one in each lane of a vector register. The library does
//! so within one long input; payloads are short, and there are many of them. Each payload of up to one chunk (1024 bytes)
//! in whole blocks (64 bytes), which is what sealing pads to, is such an input. The library's function for it is public but
//! not documented for others, so it is used in this module alone, nothing that is stored or signed rests on it, and tests
//! hold it against [`Digest::of`] at every length. Without it, [`Digest::of`] for each payload does the same.

use blake3::IncrementCounter;
use blake3::platform::{MAX_SIMD_DEGREE, Platform};

use crate::Digest;

/// Bytes of a block of BLAKE3.
const BLOCK_BYTES: usize = 64;

/// Blocks of a chunk of BLAKE3; a payload of one chunk is its own root.
const CHUNK_BLOCKS: usize = 16;

/// Payloads side by side.
const LANES: usize = MAX_SIMD_DEGREE;

/// Bytes of a digest.
const DIGEST_BYTES: usize = 32;

/// The initial chaining value of BLAKE3 without a key (BLAKE3 specification, section 2.2; that of SHA-256).
const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Flag of the first block of a chunk (BLAKE3 specification, table 3).
const CHUNK_START: u8 = 1 << 0;

/// Flag of the last block of a chunk.
const CHUNK_END: u8 = 1 << 1;

/// Flag of the last block of the root.
const ROOT: u8 = 1 << 3;

/// Payloads waiting to be held against the digests that their envelopes state.
///
/// It tells whether all of them match; which one does not, only [`Digest::of`] each of them tells.
pub struct DigestBatch<'a> {
    platform: Platform,
    /// By number of blocks, less one: fewer than [`LANES`] payloads each.
    waiting: [Vec<(&'a [u8], Digest)>; CHUNK_BLOCKS],
    all_match: bool,
}

impl Default for DigestBatch<'_> {
    fn default() -> Self {
        Self {
            platform: Platform::detect(),
            waiting: Default::default(),
            all_match: true,
        }
    }
}

impl<'a> DigestBatch<'a> {
    /// Adds a payload and the digest that it should have.
    pub fn push(&mut self, payload: &'a [u8], digest: Digest) {
        let whole = payload.len().is_multiple_of(BLOCK_BYTES);
        let blocks = payload.len().div_euclid(BLOCK_BYTES);
        let place = blocks.checked_sub(1).filter(|_| whole);
        let waiting = place.and_then(|place| self.waiting.get_mut(place));
        let Some(waiting) = waiting else {
            self.all_match &= Digest::of(payload) == digest;
            return;
        };
        waiting.push((payload, digest));
        if waiting.len() == LANES {
            self.all_match &= all_match(self.platform, blocks, waiting);
            waiting.clear();
        }
    }

    /// Whether every payload has its digest.
    #[must_use]
    pub fn finish(self) -> bool {
        let mut rest = (1..).zip(&self.waiting);
        self.all_match && rest.all(|(blocks, waiting)| all_match(self.platform, blocks, waiting))
    }
}

/// Whether payloads of so many blocks, at most [`LANES`], have their digests.
fn all_match(platform: Platform, blocks: usize, pairs: &[(&[u8], Digest)]) -> bool {
    macro_rules! of_length {
        ($($blocks:literal)+) => {
            match blocks {
                $($blocks => of_bytes::<{ $blocks * BLOCK_BYTES }>(platform, pairs),)+
                _ => pairs.iter().all(|(payload, digest)| Digest::of(payload) == *digest),
            }
        };
    }
    of_length!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}

/// The same, of so many bytes.
fn of_bytes<const BYTES: usize>(platform: Platform, pairs: &[(&[u8], Digest)]) -> bool {
    let mut inputs: [&[u8; BYTES]; LANES] = [&[0; BYTES]; LANES];
    let mut count = 0_usize;
    for (input, (payload, _)) in inputs.iter_mut().zip(pairs) {
        let Ok(payload) = <&[u8; BYTES]>::try_from(*payload) else {
            return false;
        };
        *input = payload;
        count = count.saturating_add(1);
    }
    let mut digests = [0; LANES * DIGEST_BYTES];
    let Some(inputs) = inputs.get(..count).filter(|_| count == pairs.len()) else {
        return false;
    };
    platform.hash_many(
        inputs,
        &IV,
        0,
        IncrementCounter::No,
        0,
        CHUNK_START,
        CHUNK_END | ROOT,
        &mut digests,
    );
    let (digests, _) = digests.as_chunks::<DIGEST_BYTES>();
    let mut stated = digests.iter().zip(pairs);
    stated.all(|(digest, (_, stated))| digest == stated.as_bytes())
}

#[cfg(test)]
mod tests;
