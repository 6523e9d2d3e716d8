//! Orders of erasure that both officers sign.

use std::path::Path;

use sabt_cli::cast::{DATA_PROTECTION, GOVERNANCE, Player};
use sabt_cli::erasures;
use sabt_cli::keys::Keys;
use sabt_domain::act::{ActId, KeyId};
use sabt_domain::erasure::{Approver, Case, ErasureGround, Order, Target};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;

use super::REGISTRY;

/// A week, microseconds.
pub(crate) const WEEK: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// The case in which these orders are made.
pub(crate) const ERASURE_CASE: &str = "CASE-ERASE-4411";

/// An order over these records, as the data-protection officer proposes it.
pub(crate) fn order(dir: &Path, person: &str, positions: &[u64], now: i64) -> (Order, Case) {
    let keys = Keys::of(dir);
    let id = |name: &str| KeyId(keys.author(name).unwrap().public().id().to_bytes());
    let approver = |agency: &str, officer: &str, name: &str| Approver {
        agency: agency.parse().unwrap(),
        officer: officer.parse().unwrap(),
        key: id(name),
    };
    let order = Order {
        id: ActId(*uuid::Uuid::now_v7().as_bytes()),
        origin: format!("{REGISTRY}/events"),
        positions: positions.to_vec(),
        subject: [0; 32],
        ground: ErasureGround::CourtOrder,
        legal_basis: "judgment 12/1405".to_owned(),
        permit_number: "P-12".to_owned(),
        not_after: Timestamp::from_micros(now + WEEK),
        approvers: [
            approver(
                DATA_PROTECTION.agency,
                DATA_PROTECTION.officer,
                DATA_PROTECTION.name,
            ),
            approver("GOVERNANCE", GOVERNANCE.officer, GOVERNANCE.name),
        ],
    };
    let case = Case {
        target: Target::Person(person.parse().unwrap()),
        case_reference: ERASURE_CASE.to_owned(),
    };
    (order, case)
}

/// The order, signed by both officers, as the data-protection officer hands it in.
pub(crate) fn approved(dir: &Path, order: &Order, case: &Case) -> api::EraseRequest {
    approved_by(DATA_PROTECTION, dir, order, case)
}

/// The order, signed by this player and the governance authority, as the player hands it in.
pub(crate) fn approved_by(
    player: Player,
    dir: &Path,
    order: &Order,
    case: &Case,
) -> api::EraseRequest {
    let keys = Keys::of(dir);
    let mut signed = erasures::propose(order.clone(), case).unwrap();
    for name in [player.name, GOVERNANCE.name] {
        erasures::sign(&mut signed, order, &keys.author(name).unwrap()).unwrap();
    }
    let by = keys.author(player.name).unwrap();
    erasures::request(signed, order, &by).unwrap()
}

/// The same order about something else, as this player proposes it.
pub(crate) fn order_over(
    target: Target,
    player: Player,
    dir: &Path,
    positions: &[u64],
    now: i64,
) -> (Order, Case) {
    let nobody = sabt_domain::number::PersonNumber::from_serial(99_000_000_000).unwrap();
    let (mut order, case) = order(dir, &nobody.to_string(), positions, now);
    let key = Keys::of(dir).author(player.name).unwrap();
    order.approvers[0] = Approver {
        agency: player.agency.parse().unwrap(),
        officer: player.officer.parse().unwrap(),
        key: KeyId(key.public().id().to_bytes()),
    };
    (order, Case { target, ..case })
}
