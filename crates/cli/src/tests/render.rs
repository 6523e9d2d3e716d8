use comfy_table::Table;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, act::Body, event::Body as EventBody};
use unicode_width::UnicodeWidthStr as _;

use super::{Paper, golden};
use crate::{data, render};

const PERSON: &str = "367662731569";

/// A table as it stands on paper.
fn printed(table: Table) -> String {
    let paper = Paper::default();
    paper.out(false).table(table, "nothing").unwrap();
    let text = paper.text();
    for line in text.lines() {
        assert!(line.width() <= 100, "{line}");
    }
    text
}

fn jalali(year: i32, month: u32, day: u32) -> event::Date {
    event::Date {
        calendar: event::Calendar::Jalali.into(),
        year,
        month,
        day,
    }
}

fn registration() -> event::RegisterPerson {
    let Some(Body::RegisterPerson(body)) = data::without_papers().unwrap().body else {
        panic!("the sample registers nobody");
    };
    body
}

fn person() -> api::Person {
    let registration = registration();
    api::Person {
        number: PERSON.to_owned(),
        version: 7,
        particulars: registration.particulars,
        documents: vec![api::PersonDocument {
            document: Some(event::Document {
                kind: event::DocumentKind::AmayeshCard.into(),
                issuer: "IRN".to_owned(),
                number: "A283033489981".to_owned(),
                valid_until: Some(jalali(1405, 10, 9)),
                ..event::Document::default()
            }),
            verdict: api::Verdict::NotValid.into(),
            reason_class: "VOIDED".to_owned(),
        }],
        residence: Some(api::Residence {
            kind: event::ResidenceKind::Amayesh.into(),
            permit_number: "R284033489988".to_owned(),
            valid_until: Some(jalali(1405, 10, 9)),
            legal_basis: "service:12012154100".to_owned(),
            verdict: api::Verdict::Valid.into(),
            ..api::Residence::default()
        }),
        address: registration.address,
        file_in_transit: true,
        died_on: Some(jalali(1405, 9, 0)),
        household: "869105093368".to_owned(),
        statuses: vec![event::PersonStatus::Displaced.into()],
        presence: Some(api::Presence {
            in_country: false,
            last_border_point: "DOGHAROUN".to_owned(),
            since: Some(jalali(1400, 1, 2)),
        }),
        same_as: vec!["121618629528".to_owned()],
        withheld: vec!["DISCLOSURES".to_owned()],
        ..api::Person::default()
    }
}

#[test]
fn a_person() {
    golden("person", &printed(render::person(&person())));
}

#[test]
fn a_person_of_whom_little_is_told() {
    let person = api::Person {
        number: PERSON.to_owned(),
        residence: Some(api::Residence {
            verdict: api::Verdict::Unknown.into(),
            reason_class: "NO_RECORD".to_owned(),
            ..api::Residence::default()
        }),
        presence: Some(api::Presence {
            in_country: true,
            ..api::Presence::default()
        }),
        ..api::Person::default()
    };
    golden("person-little", &printed(render::person(&person)));
}

#[test]
fn a_family_and_a_household() {
    let name = registration().particulars.unwrap().names.swap_remove(0);
    let relative = |relation: &str, who| api::Relative {
        who: Some(event::Party { who: Some(who) }),
        relation: relation.to_owned(),
        since: Some(jalali(1368, 5, 28)),
        ..api::Relative::default()
    };
    let family = api::GetFamilyResponse {
        relatives: vec![
            api::Relative {
                name: Some(name.clone()),
                ..relative(
                    "spouse",
                    event::party::Who::Person("121618629528".to_owned()),
                )
            },
            relative(
                "mother",
                event::party::Who::IranianNationalNumber("0012345679".to_owned()),
            ),
            relative("father", event::party::Who::Named(name.given)),
            api::Relative {
                who: None,
                ..relative("guardian", event::party::Who::Named(String::new()))
            },
        ],
        ..api::GetFamilyResponse::default()
    };
    let household = api::Household {
        code: "869105093368".to_owned(),
        head: PERSON.to_owned(),
        members: vec![event::MemberRelation {
            person: PERSON.to_owned(),
            relation: event::Relation::Head.into(),
        }],
        address: registration().address,
        ..api::Household::default()
    };
    let family = printed(render::family(&family));
    assert!(
        !family.contains("0012345679"),
        "numbers of Iranians are not for the screen"
    );
    let line = render::household_line(&household);
    golden(
        "family",
        &format!(
            "{family}\n{line}\n{}",
            printed(render::household(&household))
        ),
    );
}

#[test]
fn a_history() {
    let entry = |position, body| api::HistoryEntry {
        position,
        recorded_at: 1_789_459_200_000_000,
        event: Some(event::Event {
            occurred_on: Some(jalali(1405, 6, 24)),
            office: "THR-01".to_owned(),
            body: Some(body),
            ..event::Event::default()
        }),
        state: "IN_FORCE".to_owned(),
        ..api::HistoryEntry::default()
    };
    let entries = [
        api::HistoryEntry {
            state: "CORRECTED".to_owned(),
            amended_by: vec![vec![1; 16], vec![2; 16]],
            ..entry(
                48_628,
                EventBody::PersonRegistered(event::PersonRegistered::default()),
            )
        },
        entry(
            48_629,
            EventBody::ActCorrected(event::ActCorrected::default()),
        ),
        api::HistoryEntry {
            event: None,
            ..entry(
                48_640,
                EventBody::ActAnnulled(event::ActAnnulled::default()),
            )
        },
    ];
    golden("history", &printed(render::history(&entries)));
}

#[test]
fn disclosures() {
    let entry = |disclosure| api::DisclosureEntry {
        position: 3,
        recorded_at: 1_789_459_200_000_000,
        disclosure: Some(disclosure),
        ..api::DisclosureEntry::default()
    };
    let look = event::Disclosure {
        verb: event::DisclosureVerb::Verified.into(),
        agency: "POLICE".to_owned(),
        officer: "P2001".to_owned(),
        purpose: "STAY_CHECK".to_owned(),
        legal_basis: "law:art. 8(4); duty:14".to_owned(),
        method: "sabt.api.v1.Persons/VerifyStay".to_owned(),
        field_groups: vec!["VERDICT".to_owned()],
        ..event::Disclosure::default()
    };
    let refused = event::Disclosure {
        verb: event::DisclosureVerb::Refused.into(),
        case_reference: "1405/7".to_owned(),
        method: "sabt.api.v1.Persons/GetPerson".to_owned(),
        refusal: "METHOD_NOT_ALLOWED".to_owned(),
        ..look.clone()
    };
    golden(
        "disclosures",
        &printed(render::disclosures(&[entry(look), entry(refused)])),
    );
}

#[test]
fn a_receipt_a_state_and_candidates() {
    let receipt = api::Receipt {
        act_id: vec![1; 16],
        position: 48_628,
        parts: 3,
        link: vec![0xab; 32],
        recorded_at: 1_789_459_200_000_000,
        repeated: true,
        numbers: vec![PERSON.to_owned()],
        ..api::Receipt::default()
    };
    let status = api::GetStatusResponse {
        registry: "demo.example/sabt".to_owned(),
        events: 48_631,
        disclosures: 7_502,
        views_position: 48_600,
        problem: "appending to the events ledger: no space".to_owned(),
        version: "0.1.0".to_owned(),
        ledgers: vec![api::LedgerStatus {
            ledger: api::Ledger::Events.into(),
            size: 48_631,
            signed: 48_631,
            published: 48_600,
            anchored: 48_512,
            witnesses: vec![api::WitnessStatus {
                name: "witness.example.org".to_owned(),
                cosigned: 48_600,
                problem: "no answer".to_owned(),
            }],
            scrub: Some(api::ScrubStatus::default()),
        }],
        ..api::GetStatusResponse::default()
    };
    let name = registration().particulars.unwrap().names.swap_remove(0);
    let candidates = [
        api::Candidate {
            person: PERSON.to_owned(),
            name: Some(name),
            birth_year: 1996,
        },
        api::Candidate {
            person: "121618629528".to_owned(),
            ..api::Candidate::default()
        },
    ];
    let info = api::AnswerInfo {
        position: 48_631,
        stale: true,
        disclosure: Some(api::DisclosureReceipt {
            origin: "demo.example/sabt/disclosures".to_owned(),
            position: 7_502,
            ..api::DisclosureReceipt::default()
        }),
    };
    golden(
        "receipt-status-candidates",
        &[
            printed(render::receipt(&receipt)),
            printed(render::status(&status)),
            printed(render::candidates(&candidates)),
            render::info(&info),
        ]
        .join("\n"),
    );
}

#[test]
fn a_table_without_rows_is_a_sentence() {
    assert_eq!(printed(render::candidates(&[])), "nothing\n");
}

#[test]
fn machines_get_no_tables() {
    let paper = Paper::default();
    let mut out = paper.out(true);
    out.table(render::person(&person()), "").unwrap();
    out.say("hello").unwrap();
    out.json(&serde_json::json!({"one": 1})).unwrap();
    assert_eq!(paper.text(), "{\"one\":1}\n");
}

#[test]
fn claims_to_asylum() {
    let pending = api::AsylumClaim {
        number: "123456789012".to_owned(),
        version: 2,
        lodged_on: Some(jalali(1405, 1, 10)),
        lodged_at: event::AsylumLodging::BorderPost.into(),
        place: "DOGHAROUN".to_owned(),
        grounds: vec![
            event::AsylumGround::Religious.into(),
            event::AsylumGround::FearForLife.into(),
        ],
        interviews: vec![api::AsylumInterview {
            on: Some(jalali(1405, 2, 1)),
            reference: "I-2".to_owned(),
        }],
        shelter_address: Some(event::Address {
            province: "IR-23".to_owned(),
            street: "Second Street".to_owned(),
            ..event::Address::default()
        }),
        decision: None,
    };
    let refused = api::AsylumClaim {
        decision: Some(api::AsylumDecision {
            on: Some(jalali(1405, 3, 1)),
            outcome: event::AsylumOutcome::Refused.into(),
            adverse: Some(event::AdverseDecision {
                decided_by: "commission".to_owned(),
                ground: "art. 35 note 1".to_owned(),
                served_on: Some(jalali(1405, 3, 1)),
                appeal_body: "council".to_owned(),
            }),
            ..api::AsylumDecision::default()
        }),
        place: String::new(),
        ..pending.clone()
    };
    let text = [pending, refused].map(|claim| printed(render::claim(&claim)));
    golden("claims", &text.join("\n"));
}

/// A case with everything in it.
fn whole_case() -> api::ServiceCase {
    let request = event::RequestService {
        service: "12012154101".to_owned(),
        applicant: Some(event::Applicant {
            who: Some(event::applicant::Who::Person("123456789012".to_owned())),
        }),
        ..event::RequestService::default()
    };
    let step = |month, step| api::CaseStep {
        on: Some(jalali(1405, month, 10)),
        office: "THR-01".to_owned(),
        legal_basis: "service:12012154101".to_owned(),
        law_edition: "1405-1".to_owned(),
        step: Some(event::AdvanceCase {
            case: "345678901234".to_owned(),
            step: Some(step),
        }),
        ..api::CaseStep::default()
    };
    let opinion = |member: event::CommissionMember, state: &str| api::CaseOpinion {
        member: member.into(),
        state: state.to_owned(),
        due_at: 1_780_000_000_000_000,
    };
    api::ServiceCase {
        number: "345678901234".to_owned(),
        title_en: "90-day movement pass".to_owned(),
        state: "GRANTED".to_owned(),
        requested_on: Some(jalali(1405, 1, 10)),
        office: "THR-01".to_owned(),
        request: Some(request),
        steps: vec![
            step(
                1,
                event::advance_case::Step::FeeRecorded(event::Fee::default()),
            ),
            step(
                2,
                event::advance_case::Step::ServiceGranted(event::ServiceGrant::default()),
            ),
        ],
        opinions: vec![
            opinion(event::CommissionMember::Labour, "GIVEN"),
            opinion(event::CommissionMember::Police, "SILENT"),
        ],
        served_at: 1_780_000_000_000_000,
        in_effect: true,
        papers: vec![api::CasePaper {
            kind: event::DocumentKind::MovementPass.into(),
            number: "M-1".to_owned(),
            valid_from: Some(jalali(1405, 2, 11)),
            valid_until: Some(jalali(1405, 5, 8)),
            handed_over: true,
            lapsed: false,
        }],
        ..api::ServiceCase::default()
    }
}

#[test]
fn service_cases() {
    use crate::render::case;
    let whole = whole_case();
    let entry = api::CaseEntry {
        number: whole.number.clone(),
        service: "12012154101".to_owned(),
        state: "UNDER_APPEAL".to_owned(),
        requested_on: whole.requested_on,
        ..api::CaseEntry::default()
    };
    let text = [
        case::head(&whole),
        case::steps(&whole),
        case::opinions(&whole),
        case::papers(&whole),
        case::list(&[entry]),
    ];
    golden("case", &text.map(printed).join("\n"));
    let waiting = api::OfficeCase {
        number: whole.number.clone(),
        service: "12012154101".to_owned(),
        title_en: whole.title_en.clone(),
        state: "OPEN".to_owned(),
        requested_on: whole.requested_on,
        last_step: "COMMISSION_CONSULTED".to_owned(),
        last_step_on: Some(jalali(1405, 2, 10)),
        due: vec![
            api::CaseDue {
                kind: "OPINION".to_owned(),
                of: "LABOUR".to_owned(),
                due_at: 1_780_000_000_000_000,
                due_on: None,
                overdue: true,
            },
            api::CaseDue {
                kind: "REPLY".to_owned(),
                of: "7".to_owned(),
                due_at: 0,
                due_on: Some(jalali(1405, 3, 1)),
                overdue: false,
            },
        ],
        ..api::OfficeCase::default()
    };
    let asked = api::OfficeCase {
        last_step: String::new(),
        last_step_on: whole.requested_on,
        due: Vec::new(),
        contested: true,
        ..waiting.clone()
    };
    golden("case-work", &printed(case::work(&[asked, waiting])));
}

/// A camp as the office that runs it sees it, and a guest town that has closed, as another agency does.
#[test]
fn sites() {
    use crate::commands::site;
    let camp = api::Site {
        number: "260000000045".to_owned(),
        terms: Some(event::OpenSite {
            kind: event::SiteKind::CareCamp.into(),
            name: "Sepid".to_owned(),
            province: "IR-09".to_owned(),
            capacity: 2500,
        }),
        opened_on: Some(jalali(1370, 2, 1)),
        run_by: "RKH-01".to_owned(),
        capacity: 2500,
        inspections: vec![api::SiteInspection {
            on: Some(jalali(1404, 9, 3)),
            office: "THR-02".to_owned(),
            inspected_by: "General Inspection Organisation".to_owned(),
            findings: vec![
                event::InspectionFinding::Hygiene.into(),
                event::InspectionFinding::HealthCare.into(),
            ],
            report_reference: "1404/4471".to_owned(),
            next_on: Some(jalali(1405, 8, 28)),
        }],
        inspection_due: Some(jalali(1405, 8, 28)),
        inspection_overdue: true,
        occupancy: Some(api::SiteOccupancy {
            persons: 2503,
            free: 0,
            over_capacity: 3,
        }),
        ..api::Site::default()
    };
    let closed = api::Site {
        number: "260000000052".to_owned(),
        closed_on: Some(jalali(1402, 2, 1)),
        inspection_due: None,
        inspection_overdue: false,
        occupancy: None,
        inspections: Vec::new(),
        terms: Some(event::OpenSite {
            kind: event::SiteKind::ReturnCentre.into(),
            name: "Niatak".to_owned(),
            province: "IR-11".to_owned(),
            capacity: 1200,
        }),
        capacity: 1200,
        ..camp.clone()
    };
    let text = [
        site::render_sites(&[camp.clone(), closed]),
        site::render_site(&camp),
        site::render_inspections(&camp.inspections),
    ];
    golden("site", &text.map(printed).join("\n"));
}

#[test]
fn the_catalogue_of_services() {
    use crate::args::Language;
    use crate::commands::services::{listed, one};
    use sabt_domain::law::Catalogue;
    let catalogue = Catalogue::newest();
    let card = catalogue.service(&"12011076106".parse().unwrap()).unwrap();
    let text = [
        listed(catalogue, Language::Fa),
        listed(catalogue, Language::En),
        one(card),
    ];
    golden("services", &text.map(printed).join("\n"));
}
