//! What the parser and the checker of policy documents refuse.

use std::fmt::Write as _;

use super::super::*;

/// A whole document that may stand.
const SMALL: &str = "\
sabt access policy 1500-1
# For tests.
role POLICE
  means   Police.

role AUDITOR
  means   Auditor.

purpose STAY_CHECK
  means   Checking a stay.
  source  law:art. 8(4)

purpose AUDIT
  means   Verifying.
  source  design:4

group VERDICT
  means   Valid or not.

group INTEGRITY
  means   No personal data.

row POLICE for STAY_CHECK
  methods VerifyStay
  methods VerifyDocument
  groups  VERDICT
  needs   CASE
  source  law:art. 8(4)

row AUDITOR for AUDIT
  methods ReadRecords
  groups  INTEGRITY
  source  design:4
";

fn fault(document: &str) -> PolicyFault {
    Matrix::parse(document).unwrap_err().fault
}

/// The fault after some text of the small document was replaced by another.
fn fault_with(text: &str, other: &str) -> PolicyFault {
    assert!(SMALL.contains(text), "{text}");
    fault(&SMALL.replacen(text, other, 1))
}

fn line_of(text: &str, other: &str) -> usize {
    Matrix::parse(&SMALL.replacen(text, other, 1))
        .unwrap_err()
        .line
}

#[test]
fn a_document_says_what_it_says() {
    let matrix = Matrix::parse(SMALL).unwrap();
    assert_eq!(matrix.edition(), "1500-1");
    assert_eq!(matrix.replaces(), None);
    assert_eq!(matrix.document(), SMALL);
    assert_eq!(matrix.role(Role::Police), Some("Police."));
    assert_eq!(matrix.role(Role::Registrar), None);
    assert_eq!(matrix.group(FieldGroup::Verdict), Some("Valid or not."));
    let ground = matrix.purpose(Purpose::StayCheck).unwrap();
    assert_eq!(ground.source, "law:art. 8(4)");
    let row = matrix.row(Role::Police, Purpose::StayCheck).unwrap();
    assert!(row.case_reference);
    assert_eq!(
        row.methods.iter().collect::<Vec<_>>(),
        [Method::VerifyDocument, Method::VerifyStay]
    );
    assert_eq!(row.groups.iter().collect::<Vec<_>>(), [FieldGroup::Verdict]);
    assert!(!matrix.rows()[1].case_reference);
}

#[test]
fn what_is_not_known_is_refused() {
    let code = || "CLERK".to_owned();
    for (text, other, expected) in [
        (
            "row POLICE",
            "row CLERK",
            PolicyFault::UnknownRole { code: code() },
        ),
        (
            "role POLICE",
            "role CLERK",
            PolicyFault::UnknownRole { code: code() },
        ),
        (
            "for STAY_CHECK",
            "for CLERK",
            PolicyFault::UnknownPurpose { code: code() },
        ),
        (
            "purpose AUDIT",
            "purpose CLERK",
            PolicyFault::UnknownPurpose { code: code() },
        ),
        (
            "methods VerifyStay",
            "methods CLERK",
            PolicyFault::UnknownMethod { code: code() },
        ),
        (
            "groups  VERDICT",
            "groups  VERDICT CLERK",
            PolicyFault::UnknownGroup { code: code() },
        ),
        (
            "group VERDICT",
            "group CLERK",
            PolicyFault::UnknownGroup { code: code() },
        ),
        (
            "needs   CASE",
            "needs   CLERK",
            PolicyFault::UnknownNeed { code: code() },
        ),
        ("needs ", "CLERK ", PolicyFault::UnknownKey { key: code() }),
        (
            "row POLICE for STAY_CHECK",
            "row POLICE STAY_CHECK",
            PolicyFault::UnknownStatement {
                statement: "row POLICE STAY_CHECK".to_owned(),
            },
        ),
        // Codes are spelt one way.
        (
            "row POLICE",
            "row police",
            PolicyFault::UnknownRole {
                code: "police".to_owned(),
            },
        ),
    ] {
        assert_eq!(fault_with(text, other), expected, "{other}");
    }
}

#[test]
fn what_is_missing_or_said_twice_is_refused() {
    let missing = |key| PolicyFault::Missing { key };
    let repeated = |key: &str| PolicyFault::Repeated {
        key: key.to_owned(),
    };
    for (text, other, expected) in [
        (
            "  source  law:art. 8(4)\n\npurpose",
            "\npurpose",
            missing("source"),
        ),
        (
            "  source  design:4\n\ngroup",
            "  source\n\ngroup",
            missing("source"),
        ),
        ("  means   Police.\n", "", missing("means")),
        ("  groups  VERDICT\n", "", missing("groups")),
        ("  groups  VERDICT\n", "  groups\n", missing("groups")),
        ("  methods ReadRecords\n", "", missing("methods")),
        (
            "  means   Police.\n",
            "  means   Police.\n  means   Army.\n",
            repeated("means"),
        ),
        (
            "methods VerifyDocument",
            "methods VerifyStay",
            repeated("VerifyStay"),
        ),
        (
            "groups  VERDICT",
            "groups  VERDICT VERDICT",
            repeated("VERDICT"),
        ),
        ("role AUDITOR", "role POLICE", repeated("role POLICE")),
        (
            "purpose AUDIT\n",
            "purpose STAY_CHECK\n",
            repeated("purpose STAY_CHECK"),
        ),
        (
            "group INTEGRITY",
            "group VERDICT",
            repeated("group VERDICT"),
        ),
        (
            "# For tests.",
            "replaces 1499-1\nreplaces 1499-2",
            repeated("replaces 1499-2"),
        ),
    ] {
        assert_eq!(fault_with(text, other), expected, "{other}");
    }
}

#[test]
fn rows_and_declarations_belong_together() {
    let no_row = PolicyFault::Missing { key: "row" };
    assert_eq!(fault("sabt access policy 1500-1\n"), no_row);
    assert_eq!(
        fault_with("row AUDITOR for AUDIT", "row POLICE for STAY_CHECK"),
        PolicyFault::RowRepeated {
            role: Role::Police,
            purpose: Purpose::StayCheck
        }
    );
    assert_eq!(
        fault_with("group INTEGRITY\n  means   No personal data.\n", ""),
        PolicyFault::Undeclared { code: "INTEGRITY" }
    );
    assert_eq!(
        fault_with("role AUDITOR\n  means   Auditor.\n", ""),
        PolicyFault::Undeclared { code: "AUDITOR" }
    );
    assert_eq!(
        fault_with("# For tests.\n", "role REGISTRAR\n  means   Office.\n"),
        PolicyFault::Unused { code: "REGISTRAR" }
    );
}

#[test]
fn the_form_is_strict() {
    for (text, other, expected) in [
        ("sabt access policy", "sabt policy", PolicyFault::NotAPolicy),
        (
            "1500-1",
            "1500",
            PolicyFault::Edition {
                name: "1500".to_owned(),
            },
        ),
        (
            "1500-1",
            "1500-",
            PolicyFault::Edition {
                name: "1500-".to_owned(),
            },
        ),
        (
            "1500-1",
            "now-1",
            PolicyFault::Edition {
                name: "now-1".to_owned(),
            },
        ),
        (
            "  means   Police.",
            " means   Police.",
            PolicyFault::Indentation,
        ),
        (
            "  means   Police.",
            "   means   Police.",
            PolicyFault::Indentation,
        ),
        (
            "  means   Police.",
            "  means   Police. ",
            PolicyFault::Indentation,
        ),
        (
            "# For tests.",
            "  means   Nothing.",
            PolicyFault::Indentation,
        ),
        (
            "  means   Police.",
            "\tmeans   Police.",
            PolicyFault::NotAscii,
        ),
        // A Cyrillic letter that looks like a Latin one.
        (
            "group VERDICT",
            "group V\u{415}RDICT",
            PolicyFault::NotAscii,
        ),
        (
            "\n# For",
            "\r\n# For",
            PolicyFault::Edition {
                name: "1500-1\r".to_owned(),
            },
        ),
    ] {
        assert_eq!(fault_with(text, other), expected, "{other:?}");
    }
}

#[test]
fn lengths_are_bounded() {
    let long = format!("# {}", "x".repeat(200));
    assert_eq!(
        fault_with("# For tests.", &long),
        PolicyFault::LineTooLong { max: 120 }
    );
    let huge = format!("{SMALL}{}", "#\n".repeat(40_000));
    assert_eq!(fault(&huge), PolicyFault::DocumentTooLong { max: 65_536 });
    assert_eq!(fault(""), PolicyFault::NotAPolicy);
}

#[test]
fn errors_tell_where_and_why() {
    assert_eq!(line_of("role POLICE", "role CLERK"), 3);
    assert_eq!(line_of("methods VerifyDocument", "methods Peek"), 25);
    let error =
        Matrix::parse(&SMALL.replace("groups  VERDICT", "groups  VERDICT PROTECTION")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 23: POLICE may not be given PROTECTION (design:7.4): Facts of protection and of health, and shelter \
         addresses, are for the registrar and the asylum unit, and for the data protection officer on behalf of the \
         person."
    );
}

/// A document of one row, with everything declared.
fn row(role: Role, purpose: Purpose, methods: &str, groups: &str, rest: &str) -> String {
    let mut text = format!(
        "sabt access policy 1500-1\nrole {}\n  means   x\npurpose {}\n  means   x\n  source  y\n",
        role.code(),
        purpose.code()
    );
    for group in FieldGroup::ALL {
        write!(text, "group {}\n  means   x\n", group.code()).unwrap();
    }
    write!(
        text,
        "row {} for {}\n  methods {methods}\n  groups  {groups}\n{rest}  source  z\n",
        role.code(),
        purpose.code()
    )
    .unwrap();
    text
}

#[test]
fn no_document_gives_what_a_bar_keeps() {
    for role in Role::ALL {
        for group in FieldGroup::ALL {
            let text = row(*role, Purpose::Audit, "GetStatus", group.code(), "");
            let parsed = Matrix::parse(&text);
            match Bar::between(*role, *group) {
                None => assert!(parsed.is_ok(), "{} {}", role.code(), group.code()),
                Some(bar) => assert_eq!(
                    parsed.unwrap_err().fault,
                    PolicyFault::Barred {
                        role: *role,
                        group: *group,
                        bar
                    }
                ),
            }
        }
    }
    for role in Role::ALL {
        let unit = *role == Role::AsylumUnit;
        assert_eq!(Bar::between(*role, FieldGroup::AsylumClaim).is_none(), unit);
        let served = matches!(
            role,
            Role::Registrar | Role::AsylumUnit | Role::DataProtectionOfficer
        );
        for group in [FieldGroup::Protection, FieldGroup::ShelterAddress] {
            assert_eq!(Bar::between(*role, group).is_none(), served);
        }
    }
    assert!(Bar::between(Role::Auditor, FieldGroup::Verdict).is_some());
    assert!(Bar::between(Role::Governance, FieldGroup::Identity).is_some());
    assert!(Bar::between(Role::Auditor, FieldGroup::Integrity).is_none());
    for group in FieldGroup::ALL {
        let told = matches!(
            group,
            FieldGroup::Verdict
                | FieldGroup::Integrity
                | FieldGroup::Aggregates
                | FieldGroup::Campaign
                | FieldGroup::Site
        );
        assert_eq!(Bar::between(Role::PublicService, *group).is_none(), told);
    }
}

#[test]
fn no_edition_tells_more_in_an_emergency_and_who_officers_are_to_one_role_alone() {
    for group in FieldGroup::ALL {
        let text = row(
            Role::Registrar,
            Purpose::VitalEmergency,
            "GetStatus",
            group.code(),
            "  needs   CASE\n",
        );
        let allowed = matches!(group, FieldGroup::Identity | FieldGroup::Family);
        let fault = Matrix::parse(&text).err().map(|error| error.fault);
        assert_eq!(fault.is_none(), allowed, "{group:?}");
        let barred = matches!(fault, Some(PolicyFault::Barred { .. }));
        assert_eq!(barred, !allowed, "{group:?}");
    }
    for role in Role::ALL {
        let barred = Bar::between(*role, FieldGroup::Officer).is_some();
        assert_eq!(barred, *role != Role::DataProtectionOfficer, "{role:?}");
    }
}

#[test]
fn conditions_of_residence_are_for_registrars_whatever_a_row_says() {
    for role in Role::ALL {
        let method = Method::GetResidenceConditions;
        let text = row(*role, Purpose::Registration, method.code(), "RESIDENCE", "");
        let fault = Matrix::parse(&text).err().map(|error| error.fault);
        match (Bar::of_method(*role, method), role) {
            (None, Role::Registrar) => assert_eq!(fault, None),
            (Some(bar), _) if Bar::between(*role, FieldGroup::Residence).is_none() => {
                let role = *role;
                assert_eq!(fault, Some(PolicyFault::MethodBarred { role, method, bar }));
            }
            // Who reads nothing of persons is refused the group already.
            (bar, _) => assert!(bar.is_some() && matches!(fault, Some(PolicyFault::Barred { .. }))),
        }
    }
    let refused = Matrix::parse(&row(
        Role::Police,
        Purpose::StayCheck,
        Method::GetResidenceConditions.code(),
        "RESIDENCE",
        "",
    ));
    assert_eq!(
        refused.unwrap_err().fault.to_string(),
        "POLICE may not call GetResidenceConditions (law:art. 22): Which conditions of residence somebody meets is for \
         the registrar, who gives the permit."
    );
}

#[test]
fn a_method_comes_with_what_it_tells_and_a_request_with_its_case() {
    for method in Method::ALL {
        let text = row(
            Role::Registrar,
            Purpose::Registration,
            method.code(),
            "STATUS",
            "",
        );
        let fault = method.tells().map(|group| PolicyFault::NothingToTell {
            method: *method,
            group,
        });
        assert_eq!(Matrix::parse(&text).err().map(|error| error.fault), fault);
    }
    for purpose in Purpose::ALL {
        let group = if purpose.is_emergency() {
            "IDENTITY"
        } else {
            "STATUS"
        };
        let caseless = row(Role::Registrar, *purpose, "GetStatus", group, "");
        let needed = matches!(
            purpose,
            Purpose::SubjectAccess
                | Purpose::DataProtection
                | Purpose::Erasure
                | Purpose::VitalEmergency
        );
        let fault = needed.then_some(PolicyFault::CaseNotNeeded { purpose: *purpose });
        assert_eq!(
            Matrix::parse(&caseless).err().map(|error| error.fault),
            fault
        );
        let case = row(
            Role::Registrar,
            *purpose,
            "GetStatus",
            group,
            "  needs   CASE\n",
        );
        assert!(Matrix::parse(&case).is_ok());
    }
}

#[test]
fn the_first_form_is_read_as_strictly() {
    let first = Matrix::first_edition().document();
    let fault_with = |text: &str, other: &str| fault(&first.replacen(text, other, 1));
    assert_eq!(
        fault_with("\nPOLICE|", "\nCLERK|"),
        PolicyFault::UnknownRole {
            code: "CLERK".to_owned()
        }
    );
    assert_eq!(
        fault_with("|VERDICT|", "|VERDICT,ALL|"),
        PolicyFault::UnknownGroup {
            code: "ALL".to_owned()
        }
    );
    assert_eq!(
        fault_with("|case optional|law:art. 8", "|law:art. 8"),
        PolicyFault::UnknownStatement {
            statement: first
                .lines()
                .find(|line| line.starts_with("POLICE|"))
                .unwrap()
                .replace("|case optional|", "|")
        }
    );
    assert_eq!(
        fault_with("case required", "case maybe"),
        PolicyFault::UnknownNeed {
            code: "case maybe".to_owned()
        }
    );
    assert!(matches!(
        fault_with("|VERDICT|", "|VERDICT,PROTECTION|"),
        PolicyFault::Barred {
            role: Role::Police,
            group: FieldGroup::Protection,
            ..
        }
    ));
}
