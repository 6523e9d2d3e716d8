use sabt_domain::access::{Matrix, Purpose};

use crate::args::PurposeArgs;
use crate::cast::{AUTHORS, CAST, player};
use crate::purpose::{Asked, purpose};

#[test]
fn everybody_has_a_purpose_that_the_matrix_gives_them() {
    for player in CAST {
        let stated = purpose(&PurposeArgs::default(), player.name, Asked::Data).unwrap();
        let code = Purpose::from_code(&stated.code).unwrap();
        assert!(
            Matrix::newest().row(player.role, code).is_some(),
            "{}",
            player.name
        );
        assert!(!stated.legal_basis.is_empty());
        assert!(stated.case_reference.is_empty(), "a case is never invented");
    }
}

#[test]
fn who_looked_is_asked_for_the_subject_or_for_supervision() {
    let code = |name| {
        purpose(&PurposeArgs::default(), name, Asked::Disclosures)
            .unwrap()
            .code
    };
    assert_eq!(code("registrar"), "SUBJECT_ACCESS");
    assert_eq!(code("data-protection"), "DATA_PROTECTION");
}

#[test]
fn what_is_given_goes_before_what_is_usual() {
    let args = PurposeArgs {
        purpose: Some("subject-access".to_owned()),
        legal_basis: Some("ruling 12".to_owned()),
        case: Some("1405/7".to_owned()),
        grant: None,
    };
    let stated = purpose(&args, "registrar", Asked::Data).unwrap();
    assert_eq!(stated.code, "SUBJECT_ACCESS");
    assert_eq!(stated.legal_basis, "ruling 12");
    assert_eq!(stated.case_reference, "1405/7");
}

#[test]
fn a_stranger_must_state_a_purpose() {
    assert!(purpose(&PurposeArgs::default(), "stranger", Asked::Data).is_err());
    let args = PurposeArgs {
        purpose: Some("AUDIT".to_owned()),
        ..PurposeArgs::default()
    };
    assert_eq!(
        purpose(&args, "stranger", Asked::Data).unwrap().code,
        "AUDIT"
    );
}

#[test]
fn the_cast_is_enrolled_with_the_roles_it_plays() {
    let agencies = sabt_population::agencies();
    for player in CAST {
        assert_eq!(crate::cast::player(player.name), Some(player));
        let Some(agency) = agencies.iter().find(|agency| agency.code == player.agency) else {
            assert_eq!(player.name, "governance");
            continue;
        };
        assert_eq!(agency.role, player.role.to_proto(), "{}", player.name);
    }
    assert!(
        AUTHORS
            .iter()
            .all(|author| player(author.name) == Some(*author))
    );
}
