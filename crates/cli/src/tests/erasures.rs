//! Orders of erasure in a directory.

use std::path::Path;

use sabt_domain::act::{ActId, KeyId};
use sabt_domain::erasure::{Approver, Case, ErasureGround, Order, Target};
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use tempfile::TempDir;

use crate::erasures::{self, State};
use crate::papers::LISTED_MAX;

fn keep(dir: &Path, id: u8, not_after: i64) {
    let approver = |agency: &str, key: u8| Approver {
        agency: agency.parse().unwrap(),
        officer: "X1".parse().unwrap(),
        key: KeyId([key; 8]),
    };
    let order = Order {
        id: ActId([id; 16]),
        origin: "test.example/sabt/events".to_owned(),
        positions: vec![1],
        subject: [0; 32],
        ground: ErasureGround::CourtOrder,
        legal_basis: "judgment 12/1405".to_owned(),
        permit_number: "P-12".to_owned(),
        not_after: Timestamp::from_micros(not_after),
        approvers: [approver("DPO", 1), approver("MOI", 2)],
    };
    let case = Case {
        target: Target::Person(PersonNumber::from_serial(99_000_000_000).unwrap()),
        case_reference: "E-7".to_owned(),
    };
    let signed = erasures::propose(order.clone(), &case).unwrap();
    erasures::keep(dir, &order, &signed).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "receipts for a test")]
fn receipts_of_orders_carried_out_hide_no_order_that_waits() {
    let home = TempDir::new().unwrap();
    keep(home.path(), 1, 1_000);
    keep(home.path(), 2, 10);
    for receipt in 0..LISTED_MAX {
        let name = format!("ffffffff-0000-7000-8000-{receipt:012}.erased");
        std::fs::write(home.path().join("erasures").join(name), b"{}").unwrap();
    }
    // The list is full of receipts, and says so; what stands open is counted all the same.
    let (listed, more) = erasures::list(home.path()).unwrap();
    assert!(more && listed.iter().all(|one| one.order.is_none()));
    let (standing, more) = erasures::standing(home.path(), 100).unwrap();
    assert!(!more);
    let expected = [
        (State::WaitsForApproval, 1),
        (State::Approved, 0),
        (State::Expired, 1),
    ];
    assert_eq!(standing, expected);
    let first = home
        .path()
        .join("erasures")
        .join(format!("{}.order", ActId([1; 16])));
    for copy in 0..LISTED_MAX {
        let name = format!("ffffffff-0000-7000-8000-{copy:012}.order");
        std::fs::copy(&first, home.path().join("erasures").join(name)).unwrap();
    }
    let (standing, more) = erasures::standing(home.path(), 100).unwrap();
    assert!(more);
    assert_eq!(standing[0], (State::WaitsForApproval, LISTED_MAX as u64));
}
