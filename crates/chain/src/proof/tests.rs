mod probes;

use proptest::prelude::*;

use super::*;

const VECTORS: &str = include_str!("../../testdata/merkle.txt");

/// `PATH` as RFC 6962 section 2.1.1 defines it.
fn naive_path(position: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    let (mut path, sibling) = if position < middle {
        (naive_path(position, left), right)
    } else {
        (naive_path(position - middle, right), left)
    };
    path.push(root_of(sibling));
    path
}

/// `SUBPROOF` as RFC 6962 section 2.1.2 defines it.
fn naive_subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root_of(leaves)]
        };
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    let (mut proof, sibling) = if old <= middle {
        (naive_subproof(old, left, whole), right)
    } else {
        (naive_subproof(old - middle, right, false), left)
    };
    proof.push(root_of(sibling));
    proof
}

fn root_of(leaves: &[Hash]) -> Hash {
    let tree: MemoryTree = leaves.iter().copied().collect();
    tree.root(tree.size()).unwrap()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count)
        .map(|leaf| Hash::leaf(&leaf.to_be_bytes()))
        .collect()
}

fn size(count: usize) -> Size {
    Size::new(u64::try_from(count).unwrap())
}

fn check_inclusion(tree: &MemoryTree, leaves: &[Hash], position: usize) {
    let proof = tree
        .inclusion(size(position).next_position(), size(leaves.len()))
        .unwrap();
    assert_eq!(proof.hashes, naive_path(position, leaves));
    assert!(proof.hashes.len() <= INCLUSION_HASHES_MAX);
    let root = tree.root(size(leaves.len())).unwrap();
    assert_eq!(proof.verify(&leaves[position], &root), Ok(()));
}

fn check_consistency(tree: &MemoryTree, leaves: &[Hash], old: usize) {
    let proof = tree.consistency(size(old), size(leaves.len())).unwrap();
    if old > 0 {
        assert_eq!(proof.hashes, naive_subproof(old, leaves, true));
    }
    assert!(proof.hashes.len() <= CONSISTENCY_HASHES_MAX);
    let (old_root, new_root) = (
        tree.root(size(old)).unwrap(),
        tree.root(size(leaves.len())).unwrap(),
    );
    assert_eq!(proof.verify(&old_root, &new_root), Ok(()));
}

#[test]
fn proofs_are_those_of_the_definition() {
    let leaves = leaves(1100);
    let tree: MemoryTree = leaves.iter().copied().collect();
    for count in 1..=40 {
        for position in 0..count {
            check_inclusion(&tree, &leaves[..count], position);
        }
        for old in 0..=count {
            check_consistency(&tree, &leaves[..count], old);
        }
    }
    // The definition hashes the whole tree for each proof, so larger ones are compared with it now and then and
    // verified always.
    for count in (67..=1100).step_by(101) {
        for position in [0, count / 3, count - 1] {
            check_inclusion(&tree, &leaves[..count], position);
        }
        check_consistency(&tree, &leaves[..count], count / 2);
    }
    for count in 41..=1100 {
        let root = tree.root(size(count)).unwrap();
        for position in [0, 1, 31, count / 3, count / 2, count - 2, count - 1] {
            let proof = tree
                .inclusion(size(position).next_position(), size(count))
                .unwrap();
            assert_eq!(
                proof.verify(&leaves[position], &root),
                Ok(()),
                "{position} in {count}"
            );
        }
        for old in [1, 32, 33, count / 2, count - 1] {
            let proof = tree.consistency(size(old), size(count)).unwrap();
            let old_root = tree.root(size(old)).unwrap();
            assert_eq!(proof.verify(&old_root, &root), Ok(()), "{old} to {count}");
        }
    }
}

#[test]
fn a_slice_of_leaves_proves_the_same() {
    let leaves = leaves(21);
    let tree: MemoryTree = leaves.iter().copied().collect();
    let (position, size) = (Position::new(13), Size::new(21));
    let from_slice = inclusion(&leaves.as_slice(), position, size).unwrap();
    assert_eq!(Some(from_slice), tree.inclusion(position, size));
    let from_slice = consistency(&leaves.as_slice(), Size::new(6), size).unwrap();
    assert_eq!(Some(from_slice), tree.consistency(Size::new(6), size));
    let missing = inclusion(&leaves.as_slice(), position, Size::new(22)).unwrap_err();
    assert!(
        matches!(missing, ProofGenerationError::Read(NotInTree { .. })),
        "{missing}"
    );
}

#[test]
fn nothing_is_proved_beyond_the_tree() {
    let tree: MemoryTree = leaves(5).into_iter().collect();
    assert_eq!(tree.inclusion(Position::new(5), Size::new(5)), None);
    assert_eq!(tree.inclusion(Position::new(0), Size::new(6)), None);
    assert_eq!(tree.consistency(Size::new(5), Size::new(4)), None);
    assert_eq!(tree.consistency(Size::new(0), Size::new(6)), None);
    assert_eq!(tree.consistency(Size::new(6), Size::new(6)), None);
}

#[test]
fn every_tree_starts_with_the_empty_one() {
    let some = Hash::leaf(b"some");
    let proof = |old, new, hashes: &[Hash]| ConsistencyProof {
        old_size: Size::new(old),
        new_size: Size::new(new),
        hashes: hashes.to_vec(),
    };
    let empty = Hash::EMPTY_ROOT;
    assert_eq!(proof(0, 0, &[]).verify(&empty, &empty), Ok(()));
    assert_eq!(proof(0, 0, &[]).verify(&empty, &empty), Ok(()));
    assert!(proof(0, 0, &[]).verify(&empty, &some).is_err());
    assert!(proof(0, 0, &[]).verify(&some, &some).is_err());
    assert!(proof(0, 0, &[empty]).verify(&empty, &empty).is_err());
    assert!(proof(0, 1, &[empty]).verify(&empty, &some).is_err());
    assert!(proof(1, 0, &[]).verify(&some, &empty).is_err());
    assert!(proof(1, 1, &[empty]).verify(&some, &some).is_err());
    assert!(proof(1, 2, &[]).verify(&some, &some).is_err());
}

/// The vectors of `transparency-dev/merkle`.
struct Vectors {
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
    inclusions: Vec<InclusionProof>,
    consistencies: Vec<ConsistencyProof>,
}

impl Vectors {
    fn read() -> Self {
        let mut vectors = Self {
            leaves: Vec::new(),
            roots: Vec::new(),
            inclusions: Vec::new(),
            consistencies: Vec::new(),
        };
        for line in VECTORS.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |index: usize| words[index].parse::<u64>().unwrap();
            let hashes = |from: usize| {
                words[from..]
                    .iter()
                    .map(|hash| hash.parse().unwrap())
                    .collect()
            };
            match words[0] {
                "leaf" => {
                    let entry = hex::decode(words.get(1).copied().unwrap_or_default()).unwrap();
                    vectors.leaves.push(Hash::leaf(&entry));
                }
                "root" => vectors.roots.push(words[1].parse().unwrap()),
                "inclusion" => vectors.inclusions.push(InclusionProof {
                    position: Position::new(number(1)),
                    size: Size::new(number(2)),
                    hashes: hashes(3),
                }),
                "consistency" => vectors.consistencies.push(ConsistencyProof {
                    old_size: Size::new(number(1)),
                    new_size: Size::new(number(2)),
                    hashes: hashes(3),
                }),
                _ => {}
            }
        }
        vectors
    }

    fn root(&self, size: Size) -> Hash {
        self.roots[usize::try_from(size.get()).unwrap() - 1]
    }
}

/// A hash that is in no tree.
fn stranger() -> Hash {
    Hash::leaf(b"a stranger")
}

/// The ways in which the hashes of a proof can be wrong.
fn corrupt_hashes(hashes: &[Hash], roots: &[Hash]) -> Vec<Vec<Hash>> {
    let mut corrupt = Vec::new();
    for extra in roots
        .iter()
        .copied()
        .chain([stranger(), Hash::from_bytes([0; 32])])
    {
        corrupt.push([hashes, &[extra]].concat());
        corrupt.push([&[extra], hashes].concat());
    }
    if let [first, rest @ ..] = hashes {
        corrupt.push(hashes[..hashes.len() - 1].to_vec());
        corrupt.push(rest.to_vec());
        corrupt.push([&[*first], hashes].concat());
        corrupt.push([&[*first, stranger()], rest].concat());
        corrupt.push(Vec::new());
    }
    for index in 0..hashes.len() {
        for bit in 0..256 {
            let mut flipped = hashes.to_vec();
            let mut bytes = flipped[index].to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            flipped[index] = Hash::from_bytes(bytes);
            corrupt.push(flipped);
        }
    }
    corrupt
}

#[test]
fn public_roots_are_reproduced() {
    let vectors = Vectors::read();
    assert_eq!(vectors.roots.len(), 8);
    for (index, root) in vectors.roots.iter().enumerate() {
        assert_eq!(root_of(&vectors.leaves[..=index]), *root);
    }
}

#[test]
fn public_inclusion_proofs_verify_and_their_mutations_fail() {
    let vectors = Vectors::read();
    let tree: MemoryTree = vectors.leaves.iter().copied().collect();
    for proof in &vectors.inclusions {
        assert_eq!(
            tree.inclusion(proof.position, proof.size).as_ref(),
            Some(proof)
        );
        let root = vectors.root(proof.size);
        let leaf = vectors.leaves[usize::try_from(proof.position.get()).unwrap()];
        assert_eq!(proof.verify(&leaf, &root), Ok(()));
        let (position, size) = (proof.position.get(), proof.size.get());
        for position in [position.wrapping_sub(1), position + 1, position ^ 2] {
            let moved = InclusionProof {
                position: Position::new(position),
                ..proof.clone()
            };
            assert!(moved.verify(&leaf, &root).is_err());
        }
        for size in [size * 2, size / 2] {
            let resized = InclusionProof {
                size: Size::new(size),
                ..proof.clone()
            };
            assert!(resized.verify(&leaf, &root).is_err());
        }
        assert!(proof.verify(&stranger(), &root).is_err());
        assert!(proof.verify(&leaf, &stranger()).is_err());
        assert!(proof.verify(&leaf, &Hash::EMPTY_ROOT).is_err());
        for hashes in corrupt_hashes(&proof.hashes, &[root]) {
            let corrupt = InclusionProof {
                hashes,
                ..proof.clone()
            };
            assert!(corrupt.verify(&leaf, &root).is_err(), "{corrupt:?}");
        }
    }
}

#[test]
fn public_consistency_proofs_verify_and_their_mutations_fail() {
    let vectors = Vectors::read();
    let tree: MemoryTree = vectors.leaves.iter().copied().collect();
    for proof in &vectors.consistencies {
        assert_eq!(
            tree.consistency(proof.old_size, proof.new_size).as_ref(),
            Some(proof)
        );
        let (old_root, new_root) = (vectors.root(proof.old_size), vectors.root(proof.new_size));
        assert_eq!(proof.verify(&old_root, &new_root), Ok(()));
        if proof.hashes.is_empty() {
            continue;
        }
        let (old, new) = (proof.old_size.get(), proof.new_size.get());
        for old in [old - 1, old + 1, old ^ 2] {
            let moved = ConsistencyProof {
                old_size: Size::new(old),
                ..proof.clone()
            };
            assert!(moved.verify(&old_root, &new_root).is_err());
        }
        for new in [new * 2, new / 2] {
            let resized = ConsistencyProof {
                new_size: Size::new(new),
                ..proof.clone()
            };
            assert!(resized.verify(&old_root, &new_root).is_err());
        }
        assert!(proof.verify(&stranger(), &new_root).is_err());
        assert!(proof.verify(&old_root, &stranger()).is_err());
        assert!(proof.verify(&new_root, &old_root).is_err());
        for hashes in corrupt_hashes(&proof.hashes, &[old_root, new_root]) {
            let corrupt = ConsistencyProof {
                hashes,
                ..proof.clone()
            };
            assert!(corrupt.verify(&old_root, &new_root).is_err(), "{corrupt:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_proof_proves_one_leaf_at_one_place(
        (count, position, other) in (2_usize..300).prop_flat_map(|count| (Just(count), 0..count, 0..count)),
    ) {
        let leaves = leaves(count);
        let tree: MemoryTree = leaves.iter().copied().collect();
        let root = tree.root(tree.size()).unwrap();
        let proof = tree.inclusion(size(position).next_position(), tree.size()).unwrap();
        prop_assert_eq!(proof.verify(&leaves[other], &root).is_ok(), position == other);
        let moved = InclusionProof { position: size(other).next_position(), ..proof };
        prop_assert_eq!(moved.verify(&leaves[position], &root).is_ok(), position == other);
    }

    #[test]
    fn a_rewritten_past_is_never_consistent(
        (count, old, changed) in (2_usize..300)
            .prop_flat_map(|count| (Just(count), 1..count))
            .prop_flat_map(|(count, old)| (Just(count), Just(old), 0..old)),
    ) {
        let honest = leaves(count);
        let mut rewritten = honest.clone();
        rewritten[changed] = stranger();
        let old_root = root_of(&honest[..old]);
        let tree: MemoryTree = rewritten.iter().copied().collect();
        let proof = tree.consistency(size(old), tree.size()).unwrap();
        prop_assert!(proof.verify(&old_root, &root_of(&rewritten)).is_err());
    }

    #[test]
    fn arbitrary_proofs_never_panic(
        old: u64,
        new: u64,
        hashes in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash::from_bytes), 0..70),
    ) {
        let (leaf, root) = (stranger(), Hash::EMPTY_ROOT);
        let inclusion = InclusionProof {
            position: Position::new(old),
            size: Size::new(new),
            hashes: hashes.clone(),
        };
        prop_assert!(inclusion.verify(&leaf, &root).is_err());
        let consistency =
            ConsistencyProof { old_size: Size::new(old), new_size: Size::new(new), hashes };
        let _unread = consistency.verify(&leaf, &root).is_ok();
    }
}
