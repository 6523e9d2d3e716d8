use sabt_chain::Size;

use super::{Sealed, SegmentDigest};

fn sealed() -> Sealed {
    Sealed {
        digest: SegmentDigest([0xa5; 32]),
        size_after: Size::new(1_234),
    }
}

#[test]
fn the_file_has_one_form() {
    let text = sealed().encode();
    assert_eq!(
        text,
        format!("sabt segment digest v1\n{}\n1234\n", "a5".repeat(32))
    );
    assert_eq!(Sealed::decode(text.as_bytes()), Some(sealed()));
}

#[test]
fn every_other_form_is_refused() {
    let text = sealed().encode();
    for other in [
        text.replace("v1", "v2"),
        text.replace("a5", "A5"),
        text.replace("1234", "01234"),
        text.replace("1234", "+1234"),
        format!("{text}\n"),
        text.trim_end().to_owned(),
        String::new(),
    ] {
        assert_eq!(Sealed::decode(other.as_bytes()), None, "{other:?}");
    }
}
