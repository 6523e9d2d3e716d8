use super::*;

fn id(number: u64) -> ActId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    ActId::from_bytes(bytes)
}

/// The positions of repeated ids among these, each at the position of its index.
fn repeated(numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let directory = tempfile::tempdir().unwrap();
    let mut ids = ActIds::new(Some(directory.path()));
    let mut added = 0;
    for number in numbers {
        ids.add(id(number), Position::new(added));
        added += 1;
    }
    assert_eq!(ids.count(), added);
    // The temporary file has no name.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    let threads = NonZeroUsize::new(3).unwrap();
    let found = ids.finish(threads).unwrap();
    found.into_iter().map(Position::get).collect()
}

#[test]
fn repeated_ids_are_found_in_memory() {
    assert_eq!(repeated([]), [0; 0]);
    assert_eq!(repeated(0..1000), [0; 0]);
    assert_eq!(repeated([7, 8, 7, 9, 8, 7]), [2, 4, 5]);
}

#[test]
fn repeated_ids_are_found_in_the_file() {
    let all = 400_000;
    // Each bucket holds several times what the table of a test does.
    const { assert!(3 * TABLE_ENTRIES * BUCKETS < 800_000) };
    let numbers = (0..all).chain([3]).chain(all..2 * all).chain([all, 3]);
    let expected = [all, 2 * all + 1, 2 * all + 2];
    assert_eq!(repeated(numbers), expected);
}

#[test]
fn many_of_one_id_take_no_more_memory_than_one() {
    let found = repeated(std::iter::repeat_n(5, 20_000));
    assert_eq!(found.len(), 19_999);
    assert_eq!(found[0], 1);
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let mut ids = ActIds::new(Some(Path::new("/nonexistent/scratch")));
    for number in 0..600_000 {
        ids.add(id(number), Position::new(number));
    }
    let error = ids.finish(NonZeroUsize::MIN).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/scratch"));
}

#[test]
fn ids_in_a_row_spread_over_buckets_and_slots() {
    let hasher = Multilinear::new();
    let mut buckets = [0_u32; BUCKETS];
    for number in 0..100 * BUCKETS as u64 {
        buckets[bucket_of(hasher.hash(id(number)))] += 1;
    }
    // A hundred are expected, give or take ten.
    let fullest = buckets.iter().max().unwrap();
    assert!(*fullest < 200, "{fullest}");
    // Every bit of an id counts.
    let zero = hasher.hash(ActId::from_bytes([0; 16]));
    for bit in 0..128 {
        let other = ActId::from_bytes((1_u128 << bit).to_le_bytes());
        assert_ne!(hasher.hash(other), zero, "bit {bit}");
    }
}
