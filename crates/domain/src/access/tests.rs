use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::law::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
use crate::refusal::Reason;
use crate::time::Timestamp;

use super::deferral::Deferrable;
use super::*;

const MATRIX: Matrix = Matrix::first_edition();

fn asker(roles: &[Role]) -> Asker {
    Asker {
        agency: "AGENCY".to_owned(),
        officer: "OFFICER".to_owned(),
        roles: roles.iter().copied().collect(),
        state: "IRN".to_owned(),
    }
}

/// The whole matrix: every role against every purpose, then every field group and method, open or closed.
fn golden_table() -> String {
    let mut text = MATRIX.canonical_text();
    text.push_str("\nmethods whose request states no purpose\n");
    for role in Role::ALL {
        let open: Vec<_> = Method::ALL
            .iter()
            .filter(|method| MATRIX.open_to(&asker(&[*role]), **method).is_ok())
            .map(|method| method.code())
            .collect();
        writeln!(text, "{:<24} {}", role.code(), open.join(" ")).unwrap();
    }
    for (title, codes) in [
        (
            "field groups",
            FieldGroup::ALL
                .iter()
                .map(|group| group.code())
                .collect::<Vec<_>>(),
        ),
        (
            "methods",
            Method::ALL.iter().map(|method| method.code()).collect(),
        ),
    ] {
        for role in Role::ALL {
            for purpose in Purpose::ALL {
                let Ok(permit) = MATRIX.permit(&asker(&[*role]), purpose.code(), "basis", "case")
                else {
                    continue;
                };
                writeln!(text, "\n{title} of {} for {}", role.code(), purpose.code()).unwrap();
                for code in &codes {
                    let open = FieldGroup::from_code(code).is_some_and(|g| permit.allows(g))
                        || Method::from_code(code).is_some_and(|m| permit.allows_method(m));
                    writeln!(text, "  {} {code}", if open { "yes" } else { " - " }).unwrap();
                }
            }
        }
    }
    text
}

#[test]
fn the_matrix_is_golden() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/access"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("matrix", golden_table());
    });
}

#[test]
fn rows_are_distinct_and_cite() {
    let mut seen = BTreeSet::new();
    for row in MATRIX.rows() {
        assert!(seen.insert((row.role, row.purpose)));
        assert!(!row.source.is_empty() && !row.methods.is_empty() && !row.groups.is_empty());
        assert_eq!(MATRIX.row(row.role, row.purpose), Some(row));
    }
    // Every role and every purpose of the edition is used.
    assert_eq!(
        seen.iter()
            .map(|(role, _)| role)
            .collect::<BTreeSet<_>>()
            .len(),
        Role::ALL.len()
    );
    for purpose in Purpose::ALL {
        assert!(seen.iter().any(|(_, used)| used == purpose));
        assert!(!purpose.source().is_empty());
    }
}

#[test]
fn a_claim_to_asylum_has_no_reader() {
    for row in MATRIX.rows() {
        assert!(!row.groups.contains(&FieldGroup::AsylumClaim), "{row:?}");
    }
    assert_eq!(
        FieldGroup::of_status(PersonStatus::AsylumSeeker),
        FieldGroup::AsylumClaim
    );
}

#[test]
fn police_get_a_verdict_and_nothing_else() {
    let permit = MATRIX
        .permit(&asker(&[Role::Police]), "STAY_CHECK", "law:art. 8(4)", "")
        .unwrap();
    assert_eq!(permit.groups().collect::<Vec<_>>(), [FieldGroup::Verdict]);
    assert!(permit.require(Method::VerifyStay).is_ok());
    for method in [
        Method::GetPerson,
        Method::FindPerson,
        Method::Follow,
        Method::GetFamily,
    ] {
        assert_eq!(
            permit.require(method).unwrap_err().reason(),
            Reason::MethodNotAllowed
        );
    }
    for purpose in Purpose::ALL
        .iter()
        .filter(|purpose| **purpose != Purpose::StayCheck)
    {
        let refusal = MATRIX
            .permit(&asker(&[Role::Police]), purpose.code(), "basis", "case")
            .unwrap_err();
        assert_eq!(refusal.reason(), Reason::PurposeNotAllowed);
    }
}

#[test]
fn protection_never_reaches_police_or_civil_registry() {
    for row in MATRIX.rows() {
        if matches!(
            row.role,
            Role::Police | Role::BorderPolice | Role::CivilRegistry
        ) {
            for group in [
                FieldGroup::Protection,
                FieldGroup::Status,
                FieldGroup::Address,
                FieldGroup::History,
                FieldGroup::Documents,
            ] {
                assert!(!row.groups.contains(&group), "{row:?}");
            }
        }
    }
    assert_eq!(
        FieldGroup::of_document(DocumentKind::RefugeeIdentityCard),
        FieldGroup::Protection
    );
    assert_eq!(
        FieldGroup::of_document(DocumentKind::Passport),
        FieldGroup::Documents
    );
    for (kind, basis, group) in [
        (
            ResidenceKind::Refugee,
            ResidenceBasis::Family,
            FieldGroup::Protection,
        ),
        (
            ResidenceKind::ThreeYear,
            ResidenceBasis::Refugee,
            FieldGroup::Protection,
        ),
        (
            ResidenceKind::GuestTown,
            ResidenceBasis::TraffickingVictim,
            FieldGroup::Protection,
        ),
        (
            ResidenceKind::Temporary,
            ResidenceBasis::General,
            FieldGroup::Residence,
        ),
    ] {
        assert_eq!(FieldGroup::of_residence(kind, basis), group);
    }
}

#[test]
fn an_agency_of_another_state_sees_no_protection() {
    let mut foreign = asker(&[Role::Registrar]);
    foreign.state = "AFG".to_owned();
    let permit = MATRIX
        .permit(&foreign, "REGISTRATION", "duty:12", "")
        .unwrap();
    assert!(!permit.allows(FieldGroup::Protection));
    assert!(permit.allows(FieldGroup::Identity));
    let home = MATRIX
        .permit(&asker(&[Role::Registrar]), "REGISTRATION", "duty:12", "")
        .unwrap();
    assert!(home.allows(FieldGroup::Protection));
}

#[test]
fn a_permit_needs_purpose_basis_and_case() {
    let refused = |roles: &[Role], purpose, basis, case| {
        MATRIX
            .permit(&asker(roles), purpose, basis, case)
            .unwrap_err()
            .reason()
    };
    let registrar = [Role::Registrar];
    assert_eq!(
        refused(&registrar, "", "basis", "case"),
        Reason::PurposeMissing
    );
    assert_eq!(
        refused(&registrar, "  ", "basis", "case"),
        Reason::PurposeMissing
    );
    assert_eq!(
        refused(&registrar, "registration", "basis", "case"),
        Reason::PurposeUnknown
    );
    assert_eq!(
        refused(&registrar, "AUDIT", "basis", "case"),
        Reason::PurposeNotAllowed
    );
    assert_eq!(
        refused(&[], "REGISTRATION", "basis", "case"),
        Reason::PurposeNotAllowed
    );
    assert_eq!(
        refused(&registrar, "REGISTRATION", " ", "case"),
        Reason::LegalBasisMissing
    );
    assert_eq!(
        refused(&registrar, "SUBJECT_ACCESS", "basis", ""),
        Reason::CaseReferenceMissing
    );
    let permit = MATRIX
        .permit(&asker(&registrar), "REGISTRATION", " duty:12 ", "")
        .unwrap();
    assert_eq!(permit.legal_basis(), "duty:12");
    assert_eq!(permit.edition(), MATRIX.edition());
    assert_eq!(
        (permit.role(), permit.purpose()),
        (Role::Registrar, Purpose::Registration)
    );
    assert_eq!(permit.asker().officer, "OFFICER");
    assert_eq!(permit.case_reference(), "");
}

#[test]
fn rights_of_several_roles_are_not_added_up() {
    let both = asker(&[Role::Police, Role::Registrar]);
    let permit = MATRIX
        .permit(&both, "STAY_CHECK", "law:art. 8(4)", "")
        .unwrap();
    assert_eq!(permit.role(), Role::Police);
    assert!(!permit.allows(FieldGroup::Identity));
}

#[test]
fn withheld_groups_do_not_tell_of_claims() {
    let permit = MATRIX
        .permit(&asker(&[Role::BorderPolice]), "BORDER_CONTROL", "x", "")
        .unwrap();
    let withheld: Vec<_> = permit.withheld().collect();
    assert!(!withheld.contains(&FieldGroup::AsylumClaim));
    assert!(withheld.contains(&FieldGroup::Address));
    assert_eq!(
        withheld.len() + permit.groups().count() + 1,
        FieldGroup::ALL.len()
    );
}

#[test]
fn methods_without_purpose_are_open_by_role() {
    assert!(
        MATRIX
            .open_to(&asker(&[Role::Auditor]), Method::ReadRecords)
            .is_ok()
    );
    assert!(
        MATRIX
            .open_to(&asker(&[Role::Registrar]), Method::SubmitAct)
            .is_ok()
    );
    for (roles, method) in [
        (&[Role::Registrar][..], Method::ReadRecords),
        (&[Role::Police], Method::SubmitAct),
        (&[Role::Auditor], Method::SubmitAct),
        // Open to the role, but only with a permit.
        (&[Role::Registrar], Method::GetPerson),
        (&[], Method::GetStatus),
    ] {
        let refusal = MATRIX.open_to(&asker(roles), method).unwrap_err();
        assert_eq!(refusal.reason(), Reason::MethodNotAllowed);
    }
}

#[test]
fn every_rpc_method_belongs_to_one_method() {
    let mut seen = BTreeSet::new();
    for method in Method::ALL {
        for path in method.paths() {
            assert!(seen.insert(*path));
            assert_eq!(Method::from_path(path), Some(*method));
            assert_eq!(Method::from_path(&format!("/{path}")), Some(*method));
        }
    }
    assert_eq!(Method::from_path("sabt.api.v1.Persons/DeletePerson"), None);
}

#[test]
fn editions_are_found_by_name() {
    assert_eq!(Matrix::from_edition(MATRIX.edition()), Some(MATRIX));
    assert_eq!(Matrix::from_edition("none"), None);
    assert!(
        MATRIX
            .canonical_text()
            .starts_with("sabt access matrix 1405-1\n")
    );
}

fn deferral(days: i64) -> DeferralRequest {
    DeferralRequest {
        until: NOW.plus_seconds(days * 86_400).unwrap(),
        reason: "telling would warn".into(),
        order_reference: "1405/31".into(),
    }
}

const NOW: Timestamp = Timestamp::from_micros(1_789_459_200_000_000);

#[test]
fn no_row_of_the_first_edition_defers() {
    for role in Role::ALL {
        for purpose in Purpose::ALL {
            let asker = asker(&[*role]);
            if let Ok(permit) = MATRIX.permit(&asker, purpose.code(), "basis", "case") {
                let refusal = permit.deferred(deferral(1), NOW).unwrap_err();
                assert_eq!(refusal.reason(), Reason::DeferralNotAllowed);
            }
        }
    }
}

#[test]
fn a_row_defers_with_reason_and_order_for_so_many_days_and_never_subject_access() {
    let row = |role, purpose, days_max| Deferrable {
        role,
        purpose,
        days_max,
    };
    let rows = [
        row(Role::Police, Purpose::StayCheck, 30),
        row(Role::BorderPolice, Purpose::BorderControl, u16::MAX),
        row(Role::Registrar, Purpose::SubjectAccess, 30),
    ];
    let ask = |role, purpose: Purpose, request| {
        let permit = MATRIX.permit(&asker(&[role]), purpose.code(), "basis", "case");
        permit.unwrap().deferred_by(&rows, request, NOW)
    };
    let police = |request| ask(Role::Police, Purpose::StayCheck, request);
    let permit = police(deferral(30)).unwrap();
    assert_eq!(permit.deferral(), Some(&deferral(30)));
    let refused = |request| police(request).unwrap_err().reason();
    assert_eq!(refused(deferral(31)), Reason::DeferralTooLong);
    assert_eq!(refused(deferral(0)), Reason::InvalidField);
    assert_eq!(refused(deferral(-1)), Reason::InvalidField);
    let mut without = deferral(1);
    without.order_reference = " ".into();
    assert_eq!(refused(without), Reason::DeferralOrderMissing);
    let mut without = deferral(1);
    without.reason = String::new();
    assert_eq!(refused(without), Reason::DeferralOrderMissing);
    // No row goes beyond the limit of the module.
    let border = |days| ask(Role::BorderPolice, Purpose::BorderControl, deferral(days));
    assert!(border(90).is_ok());
    assert_eq!(border(91).unwrap_err().reason(), Reason::DeferralTooLong);
    let subject = ask(Role::Registrar, Purpose::SubjectAccess, deferral(1));
    assert_eq!(subject.unwrap_err().reason(), Reason::DeferralNotAllowed);
    let other = ask(Role::Registrar, Purpose::Registration, deferral(1));
    assert_eq!(other.unwrap_err().reason(), Reason::DeferralNotAllowed);
}
