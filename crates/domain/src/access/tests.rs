use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::law::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind, Right};
use crate::refusal::Reason;
use crate::time::Timestamp;

use super::deferral::Deferrable;
use super::*;

mod document;
mod everything;

/// The edition under test, where it does not matter which.
fn newest() -> &'static Matrix {
    Matrix::newest()
}

fn asker(roles: &[Role]) -> Asker {
    Asker {
        agency: "AGENCY".to_owned(),
        officer: "OFFICER".to_owned(),
        roles: roles.iter().copied().collect(),
        state: "IRN".to_owned(),
        rights: Right::ALL.iter().copied().collect(),
    }
}

#[test]
fn a_public_service_asks_about_the_rights_it_is_enrolled_with() {
    let code = Purpose::RightCheck.code();
    let school = Asker {
        rights: [Right::Education].into(),
        ..asker(&[Role::PublicService])
    };
    let permit = newest().permit(&school, code, "basis", "").unwrap();
    let office = newest()
        .permit(&asker(&[Role::Registrar]), code, "basis", "")
        .unwrap();
    for right in Right::ALL {
        let refused = permit
            .require_right(*right)
            .map_err(|refusal| refusal.reason());
        let expected = if *right == Right::Education {
            Ok(())
        } else {
            Err(Reason::RightNotEnrolled)
        };
        assert_eq!(refused, expected, "{}", right.code());
        assert!(office.require_right(*right).is_ok());
    }
    // An edition that does not know the purpose opens nothing.
    for matrix in Matrix::editions() {
        let known = matrix
            .row(Role::PublicService, Purpose::RightCheck)
            .is_some();
        assert_eq!(matrix.permit(&school, code, "basis", "").is_ok(), known);
        assert_eq!(
            known,
            matches!(matrix.edition(), "1405-4" | "1405-5" | "1405-6" | "1405-7")
        );
    }
}

/// A whole matrix: every role and purpose with every field group and method, open or closed.
fn golden_table(matrix: &Matrix) -> String {
    let mut text = format!("edition {}\nBLAKE3  ", matrix.edition());
    for byte in matrix.digest() {
        write!(text, "{byte:02x}").unwrap();
    }
    text.push_str("\n\nmethods whose request states no purpose\n");
    for role in Role::ALL {
        let open: Vec<_> = Method::ALL
            .iter()
            .filter(|method| matrix.open_to(&asker(&[*role]), **method).is_ok())
            .map(|method| method.code())
            .collect();
        writeln!(text, "{:<24} {}", role.code(), open.join(" ")).unwrap();
    }
    for role in Role::ALL {
        for purpose in Purpose::ALL {
            let (role_code, purpose_code) = (role.code(), purpose.code());
            let permit = matrix.permit(&asker(&[*role]), purpose_code, "basis", "case");
            let Ok(permit) = permit else {
                writeln!(text, "\n{role_code} for {purpose_code}: closed").unwrap();
                continue;
            };
            let row = matrix.row(*role, *purpose).unwrap();
            let needs = if row.case_reference {
                "case"
            } else {
                "no case"
            };
            writeln!(text, "\n{role_code} for {purpose_code}: {needs}").unwrap();
            writeln!(text, "  source: {}", row.source).unwrap();
            for method in Method::ALL {
                let refused = permit.require(*method).map_err(|refusal| refusal.reason());
                let how = match refused {
                    Err(Reason::GrantRequired) => "under a grant",
                    open => mark(open.is_ok()),
                };
                writeln!(text, "  {how} {}", method.code()).unwrap();
            }
            for group in FieldGroup::ALL {
                writeln!(text, "  {} {}", mark(permit.allows(*group)), group.code()).unwrap();
            }
        }
    }
    text
}

fn mark(open: bool) -> &'static str {
    if open { "yes" } else { " - " }
}

#[test]
fn every_edition_is_golden() {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/access"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for matrix in Matrix::editions() {
            let name = format!("matrix-{}", matrix.edition());
            insta::assert_snapshot!(name, golden_table(matrix));
        }
    });
}

#[test]
fn rows_are_distinct_and_cite() {
    for matrix in Matrix::editions() {
        rows_of(matrix);
    }
    for purpose in Purpose::ALL {
        assert!(!purpose.source().is_empty());
    }
}

fn rows_of(matrix: &Matrix) {
    let mut seen = BTreeSet::new();
    for row in matrix.rows() {
        assert!(seen.insert((row.role, row.purpose)));
        assert!(!row.source.is_empty() && !row.methods.is_empty() && !row.groups.is_empty());
        assert_eq!(matrix.row(row.role, row.purpose), Some(row));
    }
    // Every role and every purpose that the edition knows is used; the newest knows all of them.
    for role in Role::ALL {
        let known = matrix.role(*role).is_some();
        assert!(!known || seen.iter().any(|(used, _)| used == role));
        assert!(known || *matrix != *newest());
    }
    for purpose in Purpose::ALL {
        let known = matrix.purpose(*purpose).is_some();
        assert!(!known || seen.iter().any(|(_, used)| used == purpose));
        assert!(known || *matrix != *newest());
    }
}

#[test]
fn a_claim_to_asylum_has_one_reader() {
    for row in Matrix::editions().iter().flat_map(Matrix::rows) {
        let told = row.groups.contains(FieldGroup::AsylumClaim);
        let asked = row.methods.contains(Method::GetAsylumClaims)
            || row.methods.contains(Method::GetClaimRetention);
        assert_eq!(
            (told, asked),
            [(row.role == Role::AsylumUnit); 2].into(),
            "{row:?}"
        );
    }
    // It opens nothing else about claims, and not everything about persons.
    let unit = |purpose: Purpose| {
        let permit = newest().permit(&asker(&[Role::AsylumUnit]), purpose.code(), "x", "C-1");
        permit.unwrap()
    };
    let procedure = unit(Purpose::AsylumProcedure);
    assert!(procedure.allows(FieldGroup::ShelterAddress));
    for group in [FieldGroup::Address, FieldGroup::Family, FieldGroup::History] {
        assert!(!procedure.allows(group));
    }
    let caseless = newest().permit(
        &asker(&[Role::AsylumUnit]),
        Purpose::AsylumProcedure.code(),
        "x",
        "",
    );
    assert_eq!(caseless.unwrap_err().reason(), Reason::CaseReferenceMissing);
    let request = unit(Purpose::SubjectAccess);
    assert!(request.allows_method(Method::ListDisclosures));
    assert!(!request.allows_method(Method::GetPerson));
    assert_eq!(
        FieldGroup::of_status(PersonStatus::AsylumSeeker),
        FieldGroup::AsylumClaim
    );
}

#[test]
fn police_get_a_verdict_and_nothing_else() {
    let permit = newest()
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
    for purpose in Purpose::ALL.iter().filter(|purpose| {
        // Their own officers they watch over; in an emergency they open a record on a grant that alarms.
        let other = [Purpose::Supervision, Purpose::VitalEmergency];
        **purpose != Purpose::StayCheck && !other.contains(purpose)
    }) {
        let refusal = newest()
            .permit(&asker(&[Role::Police]), purpose.code(), "basis", "case")
            .unwrap_err();
        assert_eq!(refusal.reason(), Reason::PurposeNotAllowed);
    }
    let watching = newest()
        .permit(&asker(&[Role::Police]), "SUPERVISION", "basis", "")
        .unwrap();
    let groups: Vec<_> = watching.groups().collect();
    assert_eq!(groups, [FieldGroup::Oversight]);
    // In an emergency a record opens on a grant alone, and tells who somebody is and who is next of kin.
    let emergency = newest()
        .permit(&asker(&[Role::Police]), "VITAL_EMERGENCY", "basis", "case")
        .unwrap();
    let groups: Vec<_> = emergency.groups().collect();
    assert_eq!(groups, [FieldGroup::Identity, FieldGroup::Family]);
    assert_eq!(
        emergency.require(Method::GetPerson).unwrap_err().reason(),
        Reason::GrantRequired
    );
}

#[test]
fn protection_never_reaches_police_or_civil_registry() {
    for row in Matrix::editions().iter().flat_map(Matrix::rows) {
        if matches!(
            row.role,
            Role::Police | Role::BorderPolice | Role::CivilRegistry | Role::ImmigrationPolice
        ) {
            for group in [
                FieldGroup::Protection,
                FieldGroup::Health,
                FieldGroup::ShelterAddress,
                FieldGroup::Status,
                FieldGroup::Address,
                FieldGroup::History,
                FieldGroup::Documents,
            ] {
                assert!(!row.groups.contains(group), "{row:?}");
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
    let permit = newest()
        .permit(&foreign, "REGISTRATION", "duty:12", "")
        .unwrap();
    assert!(!permit.allows(FieldGroup::Protection));
    assert!(!permit.allows(FieldGroup::ShelterAddress));
    assert!(permit.allows(FieldGroup::Identity));
    let home = newest()
        .permit(&asker(&[Role::Registrar]), "REGISTRATION", "duty:12", "")
        .unwrap();
    assert!(home.allows(FieldGroup::Protection));
    // Nor is it told which conditions of residence somebody meets.
    let conditions = Method::GetResidenceConditions;
    let refused = permit.require(conditions).unwrap_err();
    assert_eq!(refused.reason(), Reason::MethodNotAllowed);
    assert!(home.require(conditions).is_ok());
}

#[test]
fn a_permit_needs_purpose_basis_and_case() {
    let refused = |roles: &[Role], purpose, basis, case| {
        newest()
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
    let permit = newest()
        .permit(&asker(&registrar), "REGISTRATION", " duty:12 ", "")
        .unwrap();
    assert_eq!(permit.legal_basis(), "duty:12");
    assert_eq!(permit.edition(), newest().edition());
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
    let permit = newest()
        .permit(&both, "STAY_CHECK", "law:art. 8(4)", "")
        .unwrap();
    assert_eq!(permit.role(), Role::Police);
    assert!(!permit.allows(FieldGroup::Identity));
}

#[test]
fn withheld_groups_do_not_tell_of_claims() {
    let permit = newest()
        .permit(&asker(&[Role::BorderPolice]), "BORDER_CONTROL", "x", "")
        .unwrap();
    let withheld: Vec<_> = permit.withheld().collect();
    assert!(!withheld.contains(&FieldGroup::AsylumClaim));
    assert!(withheld.contains(&FieldGroup::Address));
    // Figures are about nobody from whom they could be withheld.
    assert!(!withheld.contains(&FieldGroup::Aggregates));
    // What is told of officers and of sites stands in no record of a person.
    for group in [FieldGroup::Officer, FieldGroup::Oversight, FieldGroup::Site] {
        assert!(!withheld.contains(&group));
    }
    assert_eq!(
        withheld.len() + permit.groups().count() + 6,
        FieldGroup::ALL.len()
    );
}

#[test]
fn methods_without_purpose_are_open_by_role() {
    assert!(
        newest()
            .open_to(&asker(&[Role::Auditor]), Method::ReadRecords)
            .is_ok()
    );
    assert!(
        newest()
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
        let refusal = newest().open_to(&asker(roles), method).unwrap_err();
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
    for matrix in Matrix::editions() {
        assert_eq!(Matrix::from_edition(matrix.edition()), Some(matrix));
        assert_eq!(
            Matrix::adopted(matrix.edition(), matrix.digest()),
            Some(matrix)
        );
        assert_eq!(Matrix::adopted(matrix.edition(), &[0; 32]), None);
    }
    assert_eq!(Matrix::from_edition("none"), None);
    for (earlier, later) in Matrix::editions().iter().zip(&Matrix::editions()[1..]) {
        assert!(earlier.is_before(later) && !later.is_before(earlier));
        assert!(!later.is_before(later));
        assert_eq!(later.replaces(), Some(earlier.edition()));
    }
    let (first, newest) = (Matrix::first_edition(), Matrix::newest());
    assert_eq!(first.edition(), "1405-1");
    assert_eq!(newest.edition(), "1405-7");
    assert!(first.document().starts_with("sabt access matrix 1405-1\n"));
    assert_eq!(first.replaces(), None);
}

#[test]
fn where_a_protected_person_lives_is_a_group_of_its_own() {
    let newest = newest();
    let row = newest.row(Role::Registrar, Purpose::Registration).unwrap();
    assert!(row.groups.contains(FieldGroup::ShelterAddress));
    // The first edition knew one group of addresses, and gave both.
    for row in Matrix::first_edition().rows() {
        assert_eq!(
            row.groups.contains(FieldGroup::Address),
            row.groups.contains(FieldGroup::ShelterAddress)
        );
    }
}

#[test]
fn fields_are_distinct_and_belong_to_groups() {
    let mut seen = BTreeSet::new();
    for field in FIELDS {
        assert!(seen.insert(field.name), "{}", field.name);
        assert!(!field.groups.is_empty());
        assert_eq!(Field::named(field.name), Some(field));
        assert_eq!(field.name, field.name.to_lowercase());
    }
    assert_eq!(Field::named("person.religion"), None);
    for group in FieldGroup::ALL {
        let told = FIELDS.iter().any(|field| field.groups.contains(group));
        assert!(told, "{} holds nothing", group.code());
    }
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
fn no_row_of_any_edition_defers() {
    for role in Role::ALL {
        for purpose in Purpose::ALL {
            let asker = asker(&[*role]);
            for matrix in Matrix::editions() {
                let permit = matrix.permit(&asker, purpose.code(), "basis", "case");
                let Ok(permit) = permit else {
                    continue;
                };
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
        let permit = newest().permit(&asker(&[role]), purpose.code(), "basis", "case");
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
