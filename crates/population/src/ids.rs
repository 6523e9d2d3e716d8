//! Identifiers and keys derived from the seed. For synthetic data only: whoever knows the seed knows them all.

use crate::Seed;

/// The `UUIDv7` of the act number `sequence` of `lane`, recorded at `recorded_at_us`.
pub(crate) fn act_id(seed: Seed, lane: u32, sequence: u32, recorded_at_us: i64) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(&seed.key());
    hasher.update(b"act id");
    hasher.update(&lane.to_be_bytes());
    hasher.update(&sequence.to_be_bytes());
    let mut random = [0; 10];
    hasher.finalize_xof().fill(&mut random);
    // Every simulated act lies after 1970, where UUIDv7 begins.
    let millis = u64::try_from(recorded_at_us / 1000).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .into_bytes()
}

/// The nonce of an act's commitment.
pub(crate) fn nonce(seed: Seed, act_id: &[u8; 16]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(&seed.key());
    hasher.update(b"commitment nonce");
    hasher.update(act_id);
    *hasher.finalize().as_bytes()
}

/// The Ed25519 secret seed of the key with which an office signs.
pub(crate) fn author_key(seed: Seed, agency: &str, office: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(&seed.key());
    hasher.update(b"author key");
    // Codes hold no zero byte, so the pair is unambiguous.
    hasher.update(agency.as_bytes());
    hasher.update(&[0]);
    hasher.update(office.as_bytes());
    *hasher.finalize().as_bytes()
}

/// What stands for the subject of a record about nobody.
pub(crate) fn tag(act_id: &[u8; 16]) -> [u8; 16] {
    let mut tag = [0; 16];
    blake3::Hasher::new_derive_key("sabt synthetic subject tag v1")
        .update(act_id)
        .finalize_xof()
        .fill(&mut tag);
    tag
}
