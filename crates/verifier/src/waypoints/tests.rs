use sabt_chain::Hash;

use super::*;

#[test]
fn waypoints_thin_out_and_stay_in_order() {
    let mut waypoints = Waypoints::new();
    let mut tree = Frontier::new();
    assert!(waypoints.before(Size::EMPTY).is_none());
    for number in 0..20_000_u64 {
        waypoints.pass(|| Waypoint {
            tree: tree.clone(),
            recorded_at: None,
            place: None,
        });
        assert!(waypoints.kept.len() < WAYPOINTS_MAX);
        tree.append(Hash::leaf(&number.to_be_bytes()));
    }
    assert_eq!(waypoints.stride, 16);
    for size in [0, 1, 15, 16, 17, 5_000, 19_999, 90_000] {
        let before = waypoints.before(Size::new(size)).unwrap();
        let expected = size.min(19_999) / 16 * 16;
        assert_eq!(before.tree.size(), Size::new(expected));
    }
}
