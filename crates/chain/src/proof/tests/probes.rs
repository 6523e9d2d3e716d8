//! The probes of `transparency-dev/merkle` `testdata/`: proofs, and every way in which they are wrong there.

use std::collections::BTreeMap;

use super::*;

const PROBES: &str = include_str!("../../../testdata/merkle-probes.txt");

/// One line of the file.
struct Probe {
    kind: String,
    good: bool,
    numbers: Vec<u64>,
    /// Two hashes and the proof, as published: some have not the length of a hash.
    hashes: Vec<Vec<u8>>,
    file: String,
}

fn probes() -> Vec<Probe> {
    let mut names = BTreeMap::new();
    let mut probes = Vec::new();
    for line in PROBES.lines().filter(|line| !line.starts_with('#')) {
        let (kind, rest) = line.split_once(' ').unwrap();
        if kind == "hash" {
            let (name, hash) = rest.split_once(' ').unwrap();
            names.insert(name, hex::decode(hash.trim_start_matches('-')).unwrap());
            continue;
        }
        let count = if kind == "subtree" { 3 } else { 2 };
        let words: Vec<&str> = rest.splitn(count + 5, ' ').collect();
        let [verdict, numbers @ .., first, second, proof, file] = words.as_slice() else {
            panic!("malformed line {line}");
        };
        let proof = proof.split(',').filter(|name| *name != "-");
        probes.push(Probe {
            kind: kind.to_owned(),
            good: *verdict == "good",
            numbers: numbers
                .iter()
                .map(|number| number.parse().unwrap())
                .collect(),
            hashes: [*first, *second]
                .into_iter()
                .chain(proof)
                .map(|name| names[name].clone())
                .collect(),
            file: (*file).to_owned(),
        });
    }
    probes
}

/// The hash, if it has the length of one.
fn exact(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok().map(Hash::from_bytes)
}

/// Checks a proof of inclusion; what is no hash is refused by the types.
fn includes(position: u64, size: u64, hashes: &[Vec<u8>]) -> bool {
    let hashes: Option<Vec<Hash>> = hashes.iter().map(|hash| exact(hash)).collect();
    let Some(hashes) = hashes else {
        return false;
    };
    let proof = InclusionProof {
        position: Position::new(position),
        size: Size::new(size),
        hashes: hashes[2..].to_vec(),
    };
    proof.verify(&hashes[1], &hashes[0]).is_ok()
}

/// Whether `start..end` is a subtree: the draft of Merkle tree certificates wants `start` to be a multiple of the
/// smallest power of two that is not below its length.
fn is_subtree(start: u64, end: u64) -> bool {
    let length = end.checked_sub(start).filter(|length| *length != 0);
    let width = length.and_then(u64::checked_next_power_of_two);
    width.is_some_and(|width| start.is_multiple_of(width))
}

#[test]
fn every_probe_of_inclusion_is_judged_as_published() {
    let probes: Vec<_> = probes()
        .into_iter()
        .filter(|probe| probe.kind == "inclusion")
        .collect();
    assert_eq!(probes.len(), 98);
    for probe in probes {
        let [position, size] = probe.numbers[..] else {
            panic!("{}", probe.file)
        };
        assert_eq!(
            includes(position, size, &probe.hashes),
            probe.good,
            "{}",
            probe.file
        );
    }
}

#[test]
fn every_probe_of_inclusion_in_a_subtree_is_judged_as_published() {
    // A proof that a leaf is in a subtree is one that it is in a tree of the subtree's leaves.
    let probes: Vec<_> = probes()
        .into_iter()
        .filter(|probe| probe.kind == "subtree")
        .collect();
    assert_eq!(probes.len(), 204);
    for probe in probes {
        let [position, start, end] = probe.numbers[..] else {
            panic!("{}", probe.file)
        };
        let good = is_subtree(start, end)
            && start <= position
            && includes(position - start, end - start, &probe.hashes);
        assert_eq!(good, probe.good, "{}", probe.file);
    }
}

#[test]
fn every_probe_of_consistency_is_judged_as_published() {
    let probes: Vec<_> = probes()
        .into_iter()
        .filter(|probe| probe.kind == "consistency")
        .collect();
    assert_eq!(probes.len(), 98);
    for probe in probes {
        let [old, new] = probe.numbers[..] else {
            panic!("{}", probe.file)
        };
        // What is no hash there stands for one that nothing leads to.
        let stand_in = |bytes: &Vec<u8>| exact(bytes).unwrap_or_else(|| Hash::leaf(bytes));
        let hashes: Vec<_> = probe.hashes.iter().map(stand_in).collect();
        let proof = ConsistencyProof {
            old_size: Size::new(old),
            new_size: Size::new(new),
            hashes: hashes[2..].to_vec(),
        };
        let good = proof.verify(&hashes[0], &hashes[1]).is_ok();
        // There, a proof that starts from the empty tree is an error of the caller. C2SP tlog-witness wants the empty
        // proof for it.
        let expected = match probe.file.as_str() {
            "additional/size1 is zero and size2 is not zero" => true,
            _ => probe.good,
        };
        assert_eq!(good, expected, "{}", probe.file);
    }
}
