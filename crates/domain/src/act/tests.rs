use super::*;

#[test]
fn an_act_identifier_is_written_as_a_uuid() {
    let id = ActId([
        0x01, 0x90, 0x16, 0x3d, 0x86, 0x94, 0x73, 0x9b, 0xae, 0xa5, 0x96, 0x6c, 0x26, 0xf8, 0xad,
        0x91,
    ]);
    assert_eq!(id.to_string(), "0190163d-8694-739b-aea5-966c26f8ad91");
    assert_eq!(
        format!("{id:?}"),
        "ActId(0190163d-8694-739b-aea5-966c26f8ad91)"
    );
}

#[test]
fn a_key_is_named_by_its_digest() {
    // First 8 bytes of SHA-256("sabt author key v1" || 32 zeros), computed with sha256sum.
    assert_eq!(PublicKey([0; 32]).id().to_string(), "9dca080912efd35a");
}

#[test]
fn numbers_are_allocated_to_those_who_bring_somebody_in() {
    use crate::testing::{birth, register_person};
    let one = Allocation {
        persons: 1,
        ..Allocation::default()
    };
    let body = ActBody::from(register_person("1370-01-01", crate::fact::Sex::Male));
    assert_eq!(body.allocates(), one);
    assert_eq!(
        ActBody::from(birth("1400-01-01", None, None)).allocates(),
        one
    );
    let annul = AnnulAct {
        target: ActId([0; 16]),
        reason: "x".into(),
    };
    assert_eq!(ActBody::from(annul).allocates(), Allocation::default());
}
