//! What others have seen, against what a copy holds.

use super::*;

const RECORDS: u64 = 5;

/// A copy of so many records that was read.
fn copy() -> Copy {
    let origin = Origin::new("copy.example", LedgerName::Events).unwrap();
    let mut tree = Frontier::new();
    for record in 0..RECORDS {
        tree.append(Hash::leaf(&record.to_be_bytes()));
    }
    Copy {
        name: LedgerName::Events,
        origin,
        directory: PathBuf::new(),
        vkeys: Vec::new(),
        trusted: TrustedKeys::new(Vec::new()).unwrap(),
        tree,
        published: None,
    }
}

fn claim(ledger: LedgerName, size: u64, root: Option<Hash>) -> Claim {
    Claim {
        ledger,
        who: format!("a witness of {size}"),
        size: Size::new(size),
        root,
        note: None,
    }
}

#[test]
fn a_size_without_a_root_proves_nothing_about_a_copy_that_has_it() {
    let copy = copy();
    let root = Some(copy.tree.root());
    let claims = [
        claim(LedgerName::Events, RECORDS, None),
        claim(LedgerName::Events, RECORDS - 1, None),
        // Shown, of another ledger, or more than the copy has, which is told as missing.
        claim(LedgerName::Events, RECORDS, root),
        claim(LedgerName::Disclosures, RECORDS, None),
        claim(LedgerName::Events, RECORDS + 1, None),
    ];
    let unproved = copy.unproved(&claims);
    let who: Vec<&str> = unproved.iter().map(|one| one.who.as_str()).collect();
    assert_eq!(who, ["a witness of 5", "a witness of 4"]);
    assert!(
        unproved[0].why.contains("does not show"),
        "{}",
        unproved[0].why
    );
}

#[test]
fn another_root_of_the_same_size_is_a_fork_and_no_root_is_none() {
    let copy = copy();
    let mut gaps = Vec::new();
    let claims = [
        claim(LedgerName::Events, RECORDS, Some(copy.tree.root())),
        claim(LedgerName::Events, RECORDS, None),
        claim(LedgerName::Events, RECORDS, Some(Hash::EMPTY_ROOT)),
    ];
    check_at(&copy.tree, copy.name, &claims, &mut gaps);
    assert_eq!(gaps.len(), 1);
    assert!(matches!(gaps[0], Gap::Fork { size, .. } if size.get() == RECORDS));
}
