use super::*;
use crate::proof::MemoryTree;

/// The Merkle tree hash as RFC 6962 section 2.1 defines it.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Hash::node(&naive_root(left), &naive_root(right))
        }
    }
}

fn leaves(count: u32) -> Vec<Hash> {
    (0..count)
        .map(|leaf| Hash::leaf(&leaf.to_be_bytes()))
        .collect()
}

#[test]
fn hashes_are_separated_by_domain() {
    assert_eq!(
        Hash::EMPTY_ROOT.to_string(),
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b""))
    );
    let (left, right) = (Hash::leaf(b"left"), Hash::leaf(b"right"));
    let joined = [left.as_bytes().as_slice(), right.as_bytes()].concat();
    assert_ne!(Hash::node(&left, &right), Hash::leaf(&joined));
    assert_ne!(Hash::node(&left, &right), Hash::node(&right, &left));
}

#[test]
fn roots_are_those_of_the_definition_for_every_size() {
    let leaves = leaves(1100);
    let (mut frontier, mut tree) = (Frontier::new(), MemoryTree::new());
    for size in 0..=leaves.len() {
        let expected = naive_root(&leaves[..size]);
        assert_eq!(frontier.root(), expected, "frontier of size {size}");
        assert_eq!(
            tree.root(tree.size()),
            Some(expected),
            "tree of size {size}"
        );
        assert_eq!(frontier.size(), tree.size());
        assert_eq!(Frontier::decode(&frontier.encode()), Ok(frontier.clone()));
        if let Some(leaf) = leaves.get(size) {
            frontier.append(*leaf);
            tree.append(*leaf);
        }
    }
    // Roots of the past stay computable.
    for size in (0..=1100_u32).step_by(37) {
        let expected = naive_root(&leaves[..wire::index(size)]);
        assert_eq!(tree.root(Size::new(u64::from(size))), Some(expected));
    }
    assert_eq!(tree.root(Size::new(1101)), None);
}

#[test]
fn only_whole_frontiers_decode() {
    let mut frontier = Frontier::new();
    for leaf in leaves(11) {
        frontier.append(leaf);
    }
    let bytes = frontier.encode();
    assert_eq!(bytes.len(), frontier.encoded_len());
    for length in 0..bytes.len() {
        assert_eq!(
            Frontier::decode(&bytes[..length]),
            Err(FrontierError::Length { bytes: length })
        );
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        Frontier::decode(&longer),
        Err(FrontierError::Length {
            bytes: longer.len()
        })
    );
    let size = Size::new(11);
    let hashes = frontier.hashes().to_vec();
    assert_eq!(Frontier::from_hashes(size, hashes.clone()), Ok(frontier));
    assert_eq!(
        Frontier::from_hashes(Size::new(12), hashes),
        Err(FrontierError::Hashes {
            size: Size::new(12),
            hashes: 3
        })
    );
}
