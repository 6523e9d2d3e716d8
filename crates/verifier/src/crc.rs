//! Finding the one flipped bit behind a checksum that does not match.
//!
//! CRC-32C is linear: flipping one bit of the covered bytes changes the checksum by a value that depends on the
//! bit's distance from the end alone. No two bits within 2^31 - 1 of each other have the same value, and none has a
//! value of weight one, so the difference between the stored and the computed checksum names the bit.
//! (Koopman, "32-Bit Cyclic Redundancy Codes for Internet Applications", DSN 2002: CRC-32C keeps Hamming distance 4
//! up to 2^31 - 1 bits.)

/// The CRC-32C (Castagnoli) polynomial, reflected, as in RFC 3720 appendix B.4.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// Where one flipped bit explains the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flip {
    /// The stored checksum itself has one wrong bit.
    Checksum,
    /// Bit `bit` (0 = least significant) of the covered byte at `byte`.
    Covered {
        /// Offset into the covered bytes.
        byte: usize,
        /// Bit within the byte, 0 to 7.
        bit: u8,
    },
}

/// Names the single bit whose flip turns the stored checksum into the computed one, if there is one.
///
/// `covered_bytes` is the length of what the checksum covers. The search steps a 32-bit register once per covered
/// bit: 0.1 s for the largest frame.
pub(crate) fn locate_flip(covered_bytes: usize, stored: u32, computed: u32) -> Option<Flip> {
    let difference = stored ^ computed;
    if difference == 0 {
        return None;
    }
    if difference.is_power_of_two() {
        return Some(Flip::Checksum);
    }
    // Bits enter the register least significant first, so the last bit to enter is bit 7 of the last byte.
    let mut effect = 1;
    for byte in (0..covered_bytes).rev() {
        for bit in (0..8).rev() {
            effect = step(effect);
            if effect == difference {
                return Some(Flip::Covered { byte, bit });
            }
        }
    }
    None
}

/// One step of the reflected shift register.
const fn step(register: u32) -> u32 {
    if register & 1 == 1 {
        (register >> 1) ^ POLYNOMIAL
    } else {
        register >> 1
    }
}

#[cfg(test)]
mod tests;
