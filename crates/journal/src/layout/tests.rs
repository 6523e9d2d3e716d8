use super::*;

#[test]
fn names_sort_as_positions_do_and_parse_back() {
    let positions = [0, 9, 10, u64::MAX].map(Position::new);
    let names = positions.map(segment_name);
    assert!(names.is_sorted());
    for (position, name) in positions.into_iter().zip(&names) {
        assert_eq!(FileName::parse(name), FileName::Segment(position));
    }
    assert_eq!(names[0], "00000000000000000000.seg");
}

#[test]
fn tells_strays_from_other_files() {
    for stray in [
        ".seg",
        "1.seg",
        "0000000000000000000x.seg",
        "+0000000000000000001.seg",
        "99999999999999999999.seg",
    ] {
        assert_eq!(FileName::parse(stray), FileName::Stray, "{stray}");
    }
    for other in [
        "checkpoint",
        "spare",
        "reserve",
        "00000000000000000000.seg.bak",
    ] {
        assert_eq!(FileName::parse(other), FileName::Other, "{other}");
    }
}
