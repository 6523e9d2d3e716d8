//! FF1 (NIST SP 800-38G, algorithms 7 and 8) with AES-256 over strings of [`NUMBER_DIGITS`](super::NUMBER_DIGITS) decimal
//! digits.
//!
//! A half of such a string is a number below a million, the tweak is fixed, and so a round is one AES block and arithmetic
//! of 64 bits. Names are those of the standard.

use aes::Aes256Enc;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

use crate::secret::SecretKey;

const RADIX: u8 = 10;
const ROUNDS: u8 = 10;

/// *u*: digits of the left half.
const LEFT_DIGITS: u8 = 5;
/// *v*: digits of the right half.
const RIGHT_DIGITS: u8 = 6;

/// 10 to the power of *u*.
const LEFT_MODULUS: u64 = 100_000;
/// 10 to the power of *v*.
const RIGHT_MODULUS: u64 = 1_000_000;

/// *b*: bytes that hold a number of *v* digits.
const HALF_BYTES: usize = 3;
/// *d*: bytes of a round's output that are taken.
const OUTPUT_BYTES: usize = 8;

const BLOCK_BYTES: usize = 16;
/// Where the round's own bytes stand in the last block: its number, and then the half.
const ROUND_AT: usize = BLOCK_BYTES - HALF_BYTES - 1;

const _: () = {
    assert!((LEFT_DIGITS + RIGHT_DIGITS) as usize == super::NUMBER_DIGITS);
    assert!(RIGHT_MODULUS <= 1 << (8 * HALF_BYTES));
    assert!(OUTPUT_BYTES == 4 * HALF_BYTES.div_ceil(4) + 4);
};

/// FF1 under one key.
pub(super) struct Ff1 {
    cipher: Aes256Enc,
}

/// A tweak under the key of an [`Ff1`]: with both, a permutation of the numbers below 10^11.
pub(super) struct Tweak {
    /// The last block of a round's input, chained to those before it, with nothing yet of the round.
    chained: [u8; BLOCK_BYTES],
}

impl Ff1 {
    pub(super) fn new(key: &SecretKey) -> Self {
        Self {
            cipher: Aes256Enc::new(key.expose().into()),
        }
    }

    /// A tweak under this key, which is of no use with another.
    pub(super) fn tweak(&self, tweak: &[u8]) -> Tweak {
        let chained = chained(&self.cipher, tweak);
        Tweak { chained }
    }

    /// The image of a number below 10^11.
    pub(super) fn encrypt(&self, tweak: &Tweak, number: u64) -> u64 {
        let (mut a, mut b) = (number / RIGHT_MODULUS, number % RIGHT_MODULUS);
        for round in 0..ROUNDS {
            let modulus = modulus(round);
            let c = (a + self.output(tweak, round, b) % modulus) % modulus;
            (a, b) = (b, c);
        }
        a * RIGHT_MODULUS + b
    }

    /// The number below 10^11 whose image this is.
    pub(super) fn decrypt(&self, tweak: &Tweak, image: u64) -> u64 {
        let (mut a, mut b) = (image / RIGHT_MODULUS, image % RIGHT_MODULUS);
        for round in (0..ROUNDS).rev() {
            let modulus = modulus(round);
            let c = (b + modulus - self.output(tweak, round, a) % modulus) % modulus;
            (a, b) = (c, a);
        }
        a * RIGHT_MODULUS + b
    }

    /// *y*: what a round makes of one half.
    fn output(&self, tweak: &Tweak, round: u8, half: u64) -> u64 {
        let mut block = tweak.chained;
        block[ROUND_AT] ^= round;
        let [.., high, middle, low] = half.to_be_bytes();
        for (byte, of_half) in block[ROUND_AT + 1..].iter_mut().zip([high, middle, low]) {
            *byte ^= of_half;
        }
        let mut block = Array::from(block);
        self.cipher.encrypt_block(&mut block);
        let [y, _rest] = words(block.into());
        y
    }
}

/// What the half that a round changes is reduced by.
const fn modulus(round: u8) -> u64 {
    if round.is_multiple_of(2) {
        LEFT_MODULUS
    } else {
        RIGHT_MODULUS
    }
}

/// *P* and *Q* under CBC-MAC up to where the rounds differ, which is in the last block.
fn chained(cipher: &Aes256Enc, tweak: &[u8]) -> [u8; BLOCK_BYTES] {
    let tweak_bytes = u32::try_from(tweak.len()).expect("a tweak is a few words");
    let mut input = vec![1, 2, 1, 0, 0, RADIX, ROUNDS, LEFT_DIGITS];
    input.extend_from_slice(&u32::from(LEFT_DIGITS + RIGHT_DIGITS).to_be_bytes());
    input.extend_from_slice(&tweak_bytes.to_be_bytes());
    input.extend_from_slice(tweak);
    // Zeros, the number of the round and the half fill the last block.
    let filled = (input.len() + 1 + HALF_BYTES).next_multiple_of(BLOCK_BYTES);
    input.resize(filled, 0);
    let (blocks, _none) = input.as_chunks::<BLOCK_BYTES>();
    let mut state = [0; BLOCK_BYTES];
    for (index, block) in blocks.iter().enumerate() {
        if index != 0 {
            let mut encrypted = Array::from(state);
            cipher.encrypt_block(&mut encrypted);
            state = encrypted.into();
        }
        for (byte, of_block) in state.iter_mut().zip(block) {
            *byte ^= of_block;
        }
    }
    state
}

fn words(block: [u8; BLOCK_BYTES]) -> [u64; 2] {
    let mut words = [[0; OUTPUT_BYTES]; 2];
    words.as_flattened_mut().copy_from_slice(&block);
    words.map(u64::from_be_bytes)
}
