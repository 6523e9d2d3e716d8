use super::*;

fn leaf(index: u64) -> Hash {
    Hash::leaf(&index.to_be_bytes())
}

fn range(start: u64, end: u64) -> LeafRange {
    let mut range = LeafRange::starting_at(Size::new(start));
    for index in start..end {
        range.append(leaf(index));
    }
    range
}

fn tree(size: u64) -> Frontier {
    let mut tree = Frontier::new();
    for index in 0..size {
        tree.append(leaf(index));
    }
    tree
}

#[test]
fn a_tree_extended_by_ranges_is_the_tree_of_all_leaves() {
    for middle in 0..70 {
        for end in middle..140 {
            let mut joined = tree(middle);
            joined.extend(&range(middle, end)).unwrap();
            assert_eq!(joined, tree(end), "{middle}..{end}");
        }
    }
}

#[test]
fn many_ranges_join_from_left_to_right() {
    let cuts = [0, 1, 2, 7, 8, 256, 300, 512, 513, 1023, 1024, 1500];
    let mut joined = Frontier::new();
    for pair in cuts.windows(2) {
        joined.extend(&range(pair[0], pair[1])).unwrap();
    }
    assert_eq!(joined, tree(1500));
}

#[test]
fn a_range_holds_few_hashes() {
    assert_eq!(range(256, 512).hashes().len(), 1);
    assert_eq!(range(0, 512).hashes().len(), 1);
    assert_eq!(range(5, 5).hashes().len(), 0);
    for start in 0..40 {
        for length in 1..200_u64 {
            let hashes = range(start, start + length).hashes().len();
            let bits = usize::try_from(length.ilog2() + 1).unwrap();
            assert!(hashes <= 2 * bits, "{start}, {length}: {hashes}");
        }
    }
}

#[test]
fn a_range_elsewhere_is_refused_and_changes_nothing() {
    let mut tree = tree(7);
    let before = tree.clone();
    let refused = RangeError {
        size: Size::new(7),
        start: Size::new(8),
    };
    assert_eq!(tree.extend(&range(8, 9)), Err(refused));
    assert_eq!(tree, before);
    assert!(range(8, 8).is_empty());
    assert_eq!(range(8, 10).end(), Size::new(10));
}
