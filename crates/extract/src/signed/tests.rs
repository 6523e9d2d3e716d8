use prost::Message as _;

use super::*;
use crate::testing::{REGISTRY, extract, signer};

fn keys() -> TrustedKeys {
    TrustedKeys::only(signer().verifier().clone())
}

fn verify(signed: &SignedExtract) -> Result<VerifiedExtract, ExtractError> {
    UnverifiedExtract::parse(&signed.encode_to_vec())?.verify(&keys())
}

#[test]
fn what_was_signed_is_read_back() {
    let signed = sign(&extract(), &[&signer()]).unwrap();
    let verified = verify(&signed).unwrap();
    assert_eq!(verified.extract(), &extract());
    assert_eq!(verified.origin().registry(), REGISTRY);
    assert_eq!(verified.signed(), &signed);
}

#[test]
fn another_document_and_another_key_are_told_apart() {
    let signed = sign(&extract(), &[&signer()]).unwrap();
    let mut other = extract();
    other.person = "999999999999".to_owned();
    let swapped = SignedExtract {
        extract: other.encode_to_vec(),
        ..signed.clone()
    };
    assert_eq!(verify(&swapped).unwrap_err(), ExtractError::OtherDocument);

    let origin = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    let foreign = SignerKey::from_seed((&origin).into(), [6; 32]);
    let foreign = sign(&extract(), &[&foreign]).unwrap();
    let untrusted = ExtractError::Note(NoteError::Untrusted);
    assert_eq!(verify(&foreign).unwrap_err(), untrusted);

    let mut forged = signed;
    forged.note = forged
        .note
        .replacen("sabt extract v1", "sabt extract v2", 1);
    assert!(matches!(
        verify(&forged),
        Err(ExtractError::Note(NoteError::Signature { .. }))
    ));
}

/// A checkpoint or the key of another ledger signs no extract.
#[test]
fn only_the_events_log_signs_and_only_extracts() {
    let disclosures = Origin::new(REGISTRY, LedgerName::Disclosures).unwrap();
    let other = SignerKey::from_seed((&disclosures).into(), [5; 32]);
    assert!(matches!(
        sign(&extract(), &[&other]),
        Err(ExtractError::NotByLog { .. })
    ));
    let bytes = extract().encode_to_vec();
    let events = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    for text in [
        note_text(&disclosures, &bytes),
        note_text(&events, &bytes).replacen("sabt ", "", 1),
        format!("{}\n7\n{}\n", events.as_str(), BASE64.encode([0; 32])),
    ] {
        let signed = SignedExtract {
            extract: bytes.clone(),
            note: note::sign(&text, &[&signer()]).unwrap(),
        };
        assert_eq!(verify(&signed).unwrap_err(), ExtractError::OtherDocument);
    }
}

#[test]
fn the_form_is_canonical_and_known() {
    let mut bytes = extract().encode_to_vec();
    let sign_bytes = |bytes: &[u8]| SignedExtract {
        extract: bytes.to_vec(),
        note: note::sign(
            &note_text(&Origin::new(REGISTRY, LedgerName::Events).unwrap(), bytes),
            &[&signer()],
        )
        .unwrap(),
    };
    // A field that this program does not know.
    bytes.extend([0xa8, 0x3f, 0x01]);
    let unknown = verify(&sign_bytes(&bytes)).unwrap_err();
    assert_eq!(unknown, ExtractError::NotCanonical);
    assert_eq!(
        verify(&sign_bytes(&[0xff])).unwrap_err(),
        ExtractError::Document
    );
    let other = Extract {
        form: 2,
        ..extract()
    };
    let form = verify(&sign_bytes(&other.encode_to_vec())).unwrap_err();
    assert_eq!(form, ExtractError::Form { form: 2 });
    let mut signed = sign(&extract(), &[&signer()]).unwrap().encode_to_vec();
    signed.push(0);
    assert!(matches!(
        UnverifiedExtract::parse(&signed),
        Err(ExtractError::Signed)
    ));
}
