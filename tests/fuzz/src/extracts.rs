//! Subject extracts: the page that a person shows, and the signed document in it.

use sabt_chain::note::TrustedKeys;
use sabt_extract::page;
use sabt_extract::signed::UnverifiedExtract;
use sabt_proto::extract::v1::SignedExtract;

/// Nothing is verified without a trusted key. What is printed carries what was printed, runs nothing, and differs from
/// every other page.
pub fn extract(bytes: &[u8]) {
    for found in [page::signed_in(bytes), UnverifiedExtract::parse(bytes)] {
        let verified = found.and_then(|found| found.verify(&TrustedKeys::default()));
        assert!(verified.is_err());
    }
    let signed = SignedExtract {
        extract: bytes.to_vec(),
        note: String::new(),
    };
    let Ok(printed) = page::html(&signed) else {
        return;
    };
    for active in ["<script", "<img", "<iframe", "<link"] {
        assert!(!printed.contains(active), "{active}");
    }
    page::signed_in(printed.as_bytes()).expect("a page ends with its signed document");
    let again = page::html(&signed).expect("it was printed");
    assert_eq!(again, printed);
}
