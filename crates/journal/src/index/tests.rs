use super::*;

#[test]
fn answers_with_the_nearest_frame_known() {
    let mut index = SparseIndex::default();
    assert_eq!(index.floor(Position::new(7)), None);
    index.note(Position::new(10), 4_096);
    index.note(Position::new(11), 4_200);
    index.note(Position::new(500), 4_096 + STRIDE_BYTES);
    index.note(Position::new(90), 5_000);
    assert_eq!(index.floor(Position::new(9)), None);
    assert_eq!(index.floor(Position::new(10)), Some(4_096));
    assert_eq!(index.floor(Position::new(499)), Some(4_096));
    assert_eq!(index.floor(Position::new(500)), Some(4_096 + STRIDE_BYTES));
    assert_eq!(
        index.floor(Position::new(u64::MAX)),
        Some(4_096 + STRIDE_BYTES)
    );
}
