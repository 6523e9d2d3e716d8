//! Service cases: every step and every paper, each once.

use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, PersonStatus, ProvinceCode};
use crate::number::{CaseNumber, PersonNumber};
use crate::testing::*;

/// Every step of a case and every paper, each once.
pub(super) fn everything(registry: &mut Registry) {
    registry.as_office("THR-01");
    let person = registry.register("1370-01-01", Sex::Female);
    steps(registry, person);
    papers_of_persons(registry, person);
    papers_of_others(registry);
    becoming_iranian(registry, person);
}

fn steps(registry: &mut Registry, person: PersonNumber) {
    let case = registry.open_case("1400-01-01", RESIDENCE, person);
    registry.takes("1400-01-02", case, evidence());
    registry.takes(
        "1400-01-02",
        case,
        Fee {
            state: FeeState::Paid,
            amount_rial: 150_000,
            receipt_number: "R-1".into(),
            waiver_ground: String::new(),
        },
    );
    let sent_at = registry.now().plus_seconds(-7_200).unwrap();
    let member = CommissionMember::Labour;
    let members = vec![member];
    registry.takes("1400-01-03", case, Consultation { members, sent_at });
    let received_at = registry.now().plus_seconds(-3_600).unwrap();
    registry.takes(
        "1400-01-04",
        case,
        MemberOpinion {
            member,
            opinion: Opinion::Unfavourable,
            reasons: "quota".into(),
            received_at,
        },
    );
    registry.takes("1400-01-05", case, refuse_service());
    registry.takes("1400-01-06", case, notice("1400-01-06"));
    registry.takes("1400-01-07", case, appeal());
    registry.takes("1400-01-08", case, appeal_decided(AppealOutcome::Rejected));
    registry.takes("1400-01-09", case, closed(CaseOutcome::Refused));
}

fn granted(registry: &mut Registry, service: &str, person: PersonNumber) -> CaseNumber {
    let case = registry.open_case("1400-02-01", service, person);
    registry.takes("1400-02-02", case, evidence());
    registry.takes("1400-02-03", case, grant_service());
    case
}

fn papers_of_persons(registry: &mut Registry, person: PersonNumber) {
    let status = PersonStatus::Refugee;
    registry.recorded_before(
        "1400-01-01",
        person,
        crate::event::EventBody::StatusGranted(GrantStatus {
            person,
            status,
            decided_by: "x".into(),
        }),
    );
    for (index, (service, content)) in contents().into_iter().enumerate() {
        let case = granted(registry, service, person);
        let number = format!("W-{index}");
        let issue = paper(vec![person], &number, ("1400-02-04", "1400-03-01"), content);
        let (kind, paper_number) = (issue.content.kind(), issue.number.clone());
        registry.takes("1400-02-04", case, issue);
        if kind == DocumentKind::MovementPass {
            registry.takes(
                "1400-02-05",
                case,
                HandOver {
                    paper_number: paper_number.clone(),
                    receiver: "holder".into(),
                },
            );
            let valid_until = on("1400-04-01");
            registry.takes(
                "1400-03-01",
                case,
                PaperExtension {
                    paper_number,
                    valid_until,
                },
            );
        } else if kind == DocumentKind::ExitPermit {
            registry.takes("1400-03-02", case, PaperLapse { paper_number });
        }
    }
}

/// A service for each paper of a person, and what the paper says.
fn contents() -> [(&'static str, PaperContent); 10] {
    let (text, year) = (|text: &str| text.to_owned(), || "1400".to_owned());
    let permit = StudyPermit {
        institution: text("T"),
        level: text("BSc"),
        year: year(),
    };
    let confirmation = StudyConfirmation {
        institution: text("S"),
        level: text("3"),
        year: year(),
    };
    let certificate = SchoolingCertificate {
        county: text("C"),
        level: text("3"),
        year: year(),
    };
    [
        (MOVEMENT, movement_pass().into()),
        (
            "12012154117",
            TravelPass {
                destination: text("Qom"),
            }
            .into(),
        ),
        (
            "12012154114",
            ExitPermit {
                kind: DepartureKind::VoluntaryReturn,
                border_point: text("DOGHAROUN"),
                declaration_reference: text("D-1"),
            }
            .into(),
        ),
        (
            "12012154113",
            RelocationPermit {
                from_province: ProvinceCode::Tehran,
                to_province: ProvinceCode::Qom,
            }
            .into(),
        ),
        ("12012154110", permit.into()),
        ("12012154112", confirmation.into()),
        ("12012154120", certificate.into()),
        (
            "12012154111",
            InsuranceBooklet {
                entitlement: InsuranceEntitlement::Free,
            }
            .into(),
        ),
        (
            "12011076106",
            RefugeeCard {
                decision_reference: text("x"),
            }
            .into(),
        ),
        (
            "DUTY-17",
            PropertyPermit {
                property: text("7/12"),
            }
            .into(),
        ),
    ]
}

fn papers_of_others(registry: &mut Registry) {
    let text = |text: &str| text.to_owned();
    let organisation = || {
        Applicant::Organisation(Organisation {
            name: text("Aid"),
            registration_number: text("7"),
            international: true,
        })
    };
    let vehicle = Applicant::Vehicle(Vehicle {
        plate: text("12A345"),
        owner: text("owner"),
    });
    let project = ProjectPermit {
        title: text("Wells"),
        province: ProvinceCode::Kerman,
        target_category: text("families"),
        target_number: 40,
        funder: text("UN"),
    };
    let activity = ActivityPermit {
        host_authority: text("DG"),
        province: None,
    };
    let programme = ProgrammePermit {
        title: text("Cup"),
        place: text("hall"),
        expected_number: 90,
    };
    let release = VehicleRelease {
        impound_order: text("9"),
        ruling: text("10"),
    };
    let cases: [(&str, Applicant, PaperContent); 4] = [
        ("12011076103", organisation(), project.into()),
        ("12011076105", organisation(), activity.into()),
        ("12012154118", organisation(), programme.into()),
        ("12012154119", vehicle, release.into()),
    ];
    for (index, (service, applicant, content)) in cases.into_iter().enumerate() {
        let case = registry.ok("1400-02-01", request(service, applicant)).cases[0];
        registry.takes("1400-02-02", case, evidence());
        registry.takes("1400-02-03", case, grant_service());
        let number = format!("X-{index}");
        registry.takes(
            "1400-02-04",
            case,
            paper(vec![], &number, ("1400-02-04", "1401-02-04"), content),
        );
        if index == 0 {
            let report = ActivityReport {
                reference: text("r"),
                period: text("1400"),
            };
            registry.takes("1400-08-01", case, report);
        }
    }
}

fn becoming_iranian(registry: &mut Registry, person: PersonNumber) {
    let case = registry.open_case("1401-01-01", NATIONALITY, person);
    registry.takes("1401-01-02", case, evidence());
    let inquiry = "7".to_owned();
    registry.takes(
        "1401-01-02",
        case,
        Inquiry {
            inquiry: inquiry.clone(),
            authority: "civil registration".into(),
            question: "spouse".into(),
            due_on: Some(on("1401-02-01")),
        },
    );
    let (reply, reference) = (ReplyClass::Confirmed, "c-7".to_owned());
    registry.takes(
        "1401-01-03",
        case,
        InquiryReply {
            inquiry,
            reply,
            reference,
        },
    );
    for kind in [ProcedureKind::Exam, ProcedureKind::Oath] {
        let (result, reference) = (ProcedureResult::Passed, String::new());
        registry.takes(
            "1401-02-01",
            case,
            Procedure {
                kind,
                result,
                reference,
            },
        );
    }
    registry.takes("1401-03-01", case, grant_service());
    registry.takes(
        "1401-04-01",
        case,
        NationalityGrant {
            person,
            basis: NationalityBasis::Residence,
            certificate_number: "MFA-1".into(),
            certificate_date: Some(on("1401-03-20")),
            national_number: crate::number::IranianNationalNumber::from_serial(78).unwrap(),
        },
    );
}
