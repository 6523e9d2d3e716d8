use super::*;

/// Payloads of this length that differ from each other.
fn payloads(bytes: usize, count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| {
            (0..bytes)
                .map(|place| u8::try_from((place * 7 + number * 31 + bytes) % 251).unwrap())
                .collect()
        })
        .collect()
}

fn batch<'a>(payloads: impl Iterator<Item = (&'a Vec<u8>, Digest)>) -> bool {
    let mut batch = DigestBatch::default();
    payloads.for_each(|(payload, digest)| batch.push(payload, digest));
    batch.finish()
}

#[test]
fn it_agrees_with_the_digest_of_each_at_every_length_and_number() {
    for bytes in 0..=1200 {
        let payloads = payloads(bytes, LANES + 1);
        assert!(
            batch(payloads.iter().map(|each| (each, Digest::of(each)))),
            "{bytes} bytes"
        );
    }
    for count in 0..=2 * LANES + 1 {
        let payloads = payloads(512, count);
        assert!(
            batch(payloads.iter().map(|each| (each, Digest::of(each)))),
            "{count} payloads"
        );
    }
}

#[test]
fn one_that_differs_is_noticed_wherever_it_stands() {
    for bytes in [0, 1, 63, 64, 65, 128, 512, 960, 1000, 1024, 1025, 4096] {
        for count in [1, LANES - 1, LANES, LANES + 1, 2 * LANES + 3] {
            let payloads = payloads(bytes, count);
            for wrong in 0..count {
                let digest = |number: usize, each: &[u8]| {
                    let mut digest = *Digest::of(each).as_bytes();
                    digest[31] ^= u8::from(number == wrong);
                    Digest::from_bytes(digest)
                };
                let pairs = payloads.iter().enumerate();
                assert!(
                    !batch(pairs.map(|(number, each)| (each, digest(number, each)))),
                    "{wrong} of {count} payloads of {bytes} bytes"
                );
            }
        }
    }
}

#[test]
fn lengths_may_be_mixed() {
    let lengths = [64, 512, 100, 1024, 2048, 64, 256, 0, 512];
    let mixed: Vec<Vec<u8>> = (0..50)
        .flat_map(|_| lengths)
        .flat_map(|bytes| payloads(bytes, 1))
        .collect();
    assert!(batch(mixed.iter().map(|each| (each, Digest::of(each)))));
    // Two of different lengths exchange their digests.
    let first = Digest::of(&mixed[1]);
    let exchanged = mixed.iter().enumerate().map(|(number, each)| {
        let digest = if number == 0 { first } else { Digest::of(each) };
        (each, digest)
    });
    assert!(!batch(exchanged));
}
