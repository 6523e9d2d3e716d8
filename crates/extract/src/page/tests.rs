use sabt_chain::note::TrustedKeys;

use super::*;
use crate::signed::sign;
use crate::testing::{extract, signer};

fn keys() -> TrustedKeys {
    TrustedKeys::only(signer().verifier().clone())
}

fn page() -> String {
    html(&sign(&extract(), &[&signer()]).unwrap()).unwrap()
}

#[test]
fn a_page_is_golden() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/extract"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("page", page());
    });
}

#[test]
fn a_page_carries_its_extract_and_shows_every_change() {
    let page = page();
    let verified = signed_in(page.as_bytes()).unwrap().verify(&keys()).unwrap();
    assert_eq!(first_difference(page.as_bytes(), &verified), Ok(None));
    // A value is doctored, a line is added, the end is cut.
    let doctored = page.replacen("T-1", "T-2", 1);
    let line = page.lines().position(|line| line.contains("T-1")).unwrap();
    assert_eq!(
        first_difference(doctored.as_bytes(), &verified),
        Ok(Some(line + 1))
    );
    let longer = format!("{page}<p>valid</p>\n");
    let lines = page.lines().count();
    let found = first_difference(longer.as_bytes(), &verified).unwrap();
    assert_eq!(found, Some(lines + 1));
    let cut = page.strip_suffix('\n').unwrap();
    assert!(
        first_difference(cut.as_bytes(), &verified)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_page_runs_nothing_and_loads_nothing() {
    let page = page();
    assert!(page.contains("default-src 'none'"));
    for active in [
        "<script", "<img", "<link", "<iframe", "<object", "<form", "<a ", "http:", "https:",
        "url(", " style=",
    ] {
        assert!(!page.contains(active), "{active}");
    }
}

#[test]
fn values_are_escaped() {
    let mut extract = extract();
    let name = &mut extract
        .identity
        .as_mut()
        .unwrap()
        .particulars
        .as_mut()
        .unwrap()
        .names[0];
    name.given = "</td><script>alert('x')</script>&\"\u{202e}\u{0}</template>".to_owned();
    let page = html(&sign(&extract, &[&signer()]).unwrap()).unwrap();
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    assert!(page.contains("[U+202E][U+0000]&lt;/template&gt;"));
    let verified = signed_in(page.as_bytes()).unwrap().verify(&keys()).unwrap();
    assert_eq!(first_difference(page.as_bytes(), &verified), Ok(None));
}

#[test]
fn what_is_no_page_is_refused() {
    let end = "\n</template>\n";
    for page in [
        "",
        "<html>",
        BEGIN,
        &format!("{BEGIN}!!!{end}"),
        &format!("{BEGIN}AAAA{end}"),
    ] {
        assert!(
            matches!(signed_in(page.as_bytes()), Err(ExtractError::Signed)),
            "{page}"
        );
    }
    assert!(matches!(
        signed_in(&[0xff, 0xfe]),
        Err(ExtractError::Signed)
    ));
}
