use super::*;

fn parse(path: &str) -> Option<TilePath> {
    path.parse().ok()
}

fn hashes(level: u8, index: u64, width: u16) -> TilePath {
    TilePath::Hashes(TileCoordinate {
        level: TileLevel::new(level).unwrap(),
        index,
        width: TileWidth::new(width).unwrap(),
    })
}

fn run(index: u64, width: u16) -> BundleCoordinate {
    BundleCoordinate {
        index,
        width: TileWidth::new(width).unwrap(),
    }
}

#[test]
fn paths_are_those_of_the_specification() {
    let cases = [
        ("tile/0/x001/x234/067", hashes(0, 1_234_067, 256)),
        ("tile/0/000", hashes(0, 0, 256)),
        ("tile/0/273.p/112", hashes(0, 273, 112)),
        ("tile/1/001.p/17", hashes(1, 1, 17)),
        ("tile/2/000.p/1", hashes(2, 0, 1)),
        ("tile/63/999.p/255", hashes(63, 999, 255)),
        ("tile/0/x001/000", hashes(0, 1_000, 256)),
        (
            "tile/0/x018/x446/x744/x073/x709/x551/615",
            hashes(0, u64::MAX, 256),
        ),
        ("tile/entries/000.p/1", TilePath::Entries(run(0, 1))),
        (
            "tile/entries/x273/112",
            TilePath::Entries(run(273_112, 256)),
        ),
        (
            "tile/clear/x001/x234/067.p/9",
            TilePath::Clear(run(1_234_067, 9)),
        ),
        (
            "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255",
            TilePath::Entries(run(u64::MAX, 255)),
        ),
    ];
    for (path, expected) in cases {
        assert_eq!(parse(path), Some(expected), "{path}");
        assert_eq!(expected.to_string(), path);
        assert!(path.len() <= TILE_PATH_BYTES_MAX);
    }
}

#[test]
fn every_other_spelling_is_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "/tile/0/000",
        "tile/0",
        "tile/0/",
        "tile//000",
        "tile/0//000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x00/000",
        "tile/0/x0001/000",
        "tile/0/x000/000",
        "tile/0/x000/067",
        "tile/0/x000/x001/067",
        "tile/0/x001/x000",
        "tile/0/x001",
        "tile/0/001/067",
        "tile/0/x001/067/",
        "tile/0/X001/067",
        "tile/0/x-01/067",
        "tile/0/+01",
        "tile/0/ 01",
        "tile/0/01a",
        "tile/0/\u{660}\u{661}\u{662}",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/65537",
        "tile/0/000.p/-1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.P/1",
        "tile/0/x001.p/1/067",
        "tile/entries",
        "tile/entries/",
        "tile/Entries/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/../000",
        "tile/0/../../etc",
        "tile/0/000?",
        "tile/0/000%2e",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "checkpoint",
        "tile/0/000\n",
        "tile/0/000.p/1\n",
    ] {
        assert_eq!(parse(path), None, "{path}");
    }
}

#[test]
fn runs_know_their_positions() {
    let size = Size::new(600);
    let all: Vec<_> = BundleCoordinate::all(size).collect();
    assert_eq!(all, [run(0, 256), run(1, 256), run(2, 88)]);
    assert_eq!(
        BundleCoordinate::holding(Position::new(511), size),
        Some(all[1])
    );
    assert_eq!(
        BundleCoordinate::holding(Position::new(599), size),
        Some(all[2])
    );
    assert_eq!(BundleCoordinate::holding(Position::new(600), size), None);
    assert_eq!(all[2].first(), Some(Position::new(512)));
    assert_eq!(all[2].size_min(), Some(size));
    assert_eq!(all[2].full(), run(2, 256));
    assert_eq!(run(u64::MAX, 1).first(), None);
    assert_eq!(run(u64::MAX / 256, 256).size_min(), None);
    assert_eq!(
        run(u64::MAX / 256, 255).size_min(),
        Some(Size::new(u64::MAX))
    );
    assert_eq!(TilePath::Clear(all[2]).size_min(), Some(size));
    assert_eq!(hashes(1, 0, 2).size_min(), Some(Size::new(512)));
    assert_eq!(hashes(8, 0, 1).size_min(), None);
    assert_eq!(BundleCoordinate::all(Size::EMPTY).count(), 0);
}

#[test]
fn widths_and_levels_have_their_ranges() {
    assert_eq!(TileWidth::new(0), None);
    assert_eq!(TileWidth::new(256), Some(TileWidth::FULL));
    assert_eq!(TileWidth::new(257), None);
    assert_eq!(TileLevel::new(64), None);
    assert_eq!(TileLevel::new(63).and_then(TileLevel::above), None);
    assert_eq!(TileLevel::new(63).unwrap().hashes(Size::new(u64::MAX)), 0);
    assert_eq!(TileLevel::new(7).unwrap().hashes(Size::new(u64::MAX)), 255);
    assert_eq!(
        TileCoordinate::in_tree(TileLevel::LEAVES, u64::MAX, Size::new(u64::MAX)),
        None
    );
}

proptest! {
    #[test]
    fn paths_come_back(kind in 0..3, level in 0_u8..64, index: u64, width in 1_u16..=256) {
        let path = match kind {
            0 => hashes(level, index, width),
            1 => TilePath::Entries(run(index, width)),
            _ => TilePath::Clear(run(index, width)),
        };
        prop_assert_eq!(parse(&path.to_string()), Some(path));
    }

    #[test]
    fn a_path_has_one_spelling(text in "tile/([0-9]{1,2}|entries|clear)/(x[0-9]{2,3}/){0,3}[0-9]{2,4}(\\.p/[0-9]{0,3})?") {
        if let Some(path) = parse(&text) {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
