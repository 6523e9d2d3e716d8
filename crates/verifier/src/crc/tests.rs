use super::*;

#[test]
fn every_single_flip_is_located() {
    let bytes: Vec<u8> = (0..300u32)
        .map(|n| u8::try_from(n * 7 % 251).unwrap())
        .collect();
    let stored = crc32c::crc32c(&bytes);
    for byte in 0..bytes.len() {
        for bit in 0..8u8 {
            let mut damaged = bytes.clone();
            damaged[byte] ^= 1 << bit;
            let found = locate_flip(damaged.len(), stored, crc32c::crc32c(&damaged));
            assert_eq!(found, Some(Flip::Covered { byte, bit }));
        }
    }
    for bit in 0..32 {
        assert_eq!(
            locate_flip(bytes.len(), stored ^ (1 << bit), stored),
            Some(Flip::Checksum)
        );
    }
    assert_eq!(locate_flip(bytes.len(), stored, stored), None);
}

#[test]
fn two_flips_are_not_taken_for_one() {
    let bytes = vec![0x5a; 500];
    let stored = crc32c::crc32c(&bytes);
    for (first, second) in [(0, 499), (3, 4), (100, 350), (7, 7)] {
        let mut damaged = bytes.clone();
        damaged[first] ^= 0x01;
        damaged[second] ^= 0x80;
        assert_eq!(
            locate_flip(damaged.len(), stored, crc32c::crc32c(&damaged)),
            None
        );
    }
}
