//! Service cases: subjects of their own, told under the group of cases and that of their service.

use sabt_domain::access::{FieldGroup, Method, Permit, Purpose, Role};
use sabt_domain::act::{
    AdvanceCase, Applicant, CaseClosure, CaseStep, IssueDocument, Organisation, PaperContent,
    PaperIssue, ProjectPermit, RequestService, SchoolingCertificate, ServiceGrant, SubjectId,
};
use sabt_domain::case::CaseState;
use sabt_domain::decide::{Need, States};
use sabt_domain::event::{ActAnnulled, Event, EventBody, ServiceCaseOpened, ServiceRequested};
use sabt_domain::fact::{CaseOutcome, CountryCode, Document, DocumentKey, RequestChannel};
use sabt_domain::law::{DocumentKind, ProvinceCode};
use sabt_domain::life::At;
use sabt_domain::number::CaseNumber;
use sabt_domain::person::Verdict;
use sabt_domain::refusal::Reason;
use sabt_vault::ordinal::SubjectOrdinal;

use super::reason;
use super::world::now;
use crate::Views;
use crate::query::{OFFICE_CASES_LISTED_MAX, When};
use crate::reader::Reader;
use crate::store::Table;
use crate::testing::{TestRegistry, all_permits, date, event, folded, permit};

const MOVEMENT: &str = "12012154101";
const SCHOOLING: &str = "12012154120";
const PROJECT: &str = "12011076103";

fn registrar() -> Permit {
    permit(Role::Registrar, Purpose::Registration)
}

fn requested(number: CaseNumber, service: &str, applicant: Applicant) -> Event {
    let body = ServiceRequested {
        number,
        request: RequestService {
            service: service.parse().unwrap(),
            applicant,
            concerned: Vec::new(),
            channel: RequestChannel::Counter,
            representative: String::new(),
            request: String::new(),
        },
        adverse: false,
    };
    event("2025-06-01", EventBody::ServiceRequested(body))
}

/// Opens a case of a service about a person.
fn open(registry: &mut TestRegistry, service: &str, person: SubjectOrdinal) -> CaseNumber {
    let case = registry.subject();
    let number = registry.case(case);
    let applicant = Applicant::Person(registry.number(person));
    let opened = ServiceCaseOpened {
        case: number,
        service: service.parse().unwrap(),
    };
    let opened = event("2025-06-01", EventBody::ServiceCaseOpened(opened));
    registry.act(&[
        (case, requested(number, service, applicant)),
        (person, opened),
    ]);
    number
}

fn step(registry: &mut TestRegistry, number: CaseNumber, on: &str, step: impl Into<CaseStep>) {
    let case = registry.ordinal_of(number);
    let body = AdvanceCase {
        case: number,
        step: step.into(),
    };
    registry.act(&[(case, event(on, EventBody::CaseAdvanced(body)))]);
}

fn grant() -> ServiceGrant {
    ServiceGrant {
        decided_by: "directorate".to_owned(),
        ground: String::new(),
        effective_from: None,
        conditions: String::new(),
        appeal_body: String::new(),
    }
}

fn paper(number: &str, content: impl Into<PaperContent>) -> PaperIssue {
    PaperIssue {
        holders: Vec::new(),
        number: number.to_owned(),
        valid_from: date("2025-07-01"),
        valid_until: Some(date("2026-07-01")),
        replaces: String::new(),
        content: content.into(),
    }
}

#[test]
fn a_case_is_told_with_its_steps_to_whom_its_groups_are_given() {
    let mut registry = TestRegistry::new();
    let person = registry.register("Maryam", "Karimi", "P1");
    let pass = open(&mut registry, MOVEMENT, person);
    let school = open(&mut registry, SCHOOLING, person);
    step(&mut registry, pass, "2025-06-10", grant());
    let (views, _) = folded(&registry);
    let mut told = 0;
    for permit in all_permits() {
        let given = permit.allows_method(Method::GetCase);
        for (case, group) in [
            (pass, FieldGroup::ServiceCases),
            (school, FieldGroup::Schooling),
        ] {
            match views.case(&permit, case, &now()) {
                Ok(answer) => {
                    assert!(given && permit.allows(group));
                    assert_eq!(
                        answer.about,
                        [
                            SubjectId::Case(case),
                            SubjectId::Person(registry.number(person))
                        ]
                    );
                    told += 1;
                }
                Err(error) if given => assert_eq!(reason(error), Reason::UnknownCase),
                Err(error) => assert_eq!(reason(error), Reason::MethodNotAllowed),
            }
        }
    }
    // A registrar who serves, and whoever answers the person, each with both.
    assert_eq!(told, 6);
    let answer = views.case(&registrar(), pass, &now()).unwrap();
    assert_eq!(answer.content.case.state(), CaseState::Granted);
    assert_eq!(answer.content.version, 2);
    assert_eq!(answer.content.steps.len(), 1);
    let before = sabt_domain::life::At {
        as_of: date("2025-06-05").earliest(),
        ..now()
    };
    let answer = views.case(&registrar(), pass, &before).unwrap();
    assert_eq!(answer.content.case.state(), CaseState::Open);
    assert!(answer.content.steps.is_empty());
}

#[test]
fn the_cases_of_a_person_are_listed_as_far_as_their_groups_are_given() {
    let mut registry = TestRegistry::new();
    let person = registry.register("Maryam", "Karimi", "P1");
    let other = registry.register("Zahra", "Karimi", "P2");
    let pass = open(&mut registry, MOVEMENT, person);
    let school = open(&mut registry, SCHOOLING, person);
    let (views, _) = folded(&registry);
    let number = registry.number(person);
    let listed = |permit: &Permit| {
        let answer = views.cases(permit, number, &now()).unwrap();
        let numbers = answer.content.iter().map(|entry| entry.number);
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(listed(&registrar()), [pass, school]);
    let cut = registrar().narrowed(&[FieldGroup::ServiceCases].into());
    assert_eq!(listed(&cut), [pass]);
    let none = views.cases(&registrar(), registry.number(other), &now());
    assert!(none.unwrap().content.is_empty());
    let police = permit(Role::Police, Purpose::StayCheck);
    let refused = views.cases(&police, number, &now()).err().unwrap();
    assert_eq!(reason(refused), Reason::MethodNotAllowed);
    // A number of another kind, and one that was never given.
    let nobody = registry.subject();
    let unknown = views.case(&registrar(), registry.case(nobody), &now());
    assert_eq!(reason(unknown.err().unwrap()), Reason::UnknownCase);
}

/// Row 28: enforcement is answered about a certificate of schooling as about one that never was.
#[test]
fn a_certificate_of_schooling_is_unknown_to_enforcement() {
    let mut registry = TestRegistry::new();
    let person = registry.register("Maryam", "Karimi", "P1");
    let certificate = Document {
        kind: DocumentKind::SchoolingCertificate,
        issuer: CountryCode::IRAN,
        number: "S-1".to_owned(),
        issued_on: Some(date("2025-07-01")),
        valid_until: Some(date("2026-07-01")),
        mrz: Vec::new(),
    };
    let key = certificate.key();
    let issued = IssueDocument {
        person: registry.number(person),
        document: certificate,
        replaces: None,
    };
    registry.act(&[(
        person,
        event("2025-07-01", EventBody::DocumentIssued(issued)),
    )]);
    let (views, _) = folded(&registry);
    let verdict = |role, purpose, key: &DocumentKey| {
        let answer = views.verify_document(&permit(role, purpose), key, &now());
        let answer = answer.unwrap();
        (answer.content.verdict, answer.about.len())
    };
    let office = verdict(Role::Registrar, Purpose::Registration, &key);
    assert_eq!(office, (Verdict::Valid, 1));
    let never = DocumentKey::new(DocumentKind::SchoolingCertificate, CountryCode::IRAN, "S-2");
    for (role, purpose) in [
        (Role::Police, Purpose::StayCheck),
        (Role::BorderPolice, Purpose::BorderControl),
    ] {
        assert_eq!(verdict(role, purpose, &key), (Verdict::Unknown, 0));
        assert_eq!(verdict(role, purpose, &never), (Verdict::Unknown, 0));
    }
    // Nor is it among the documents of whoever is told of documents alone.
    let number = registry.number(person);
    let documents = |groups: &[FieldGroup]| {
        let cut = registrar().narrowed(&groups.iter().copied().collect());
        views
            .person(&cut, number, &now())
            .unwrap()
            .content
            .documents
            .len()
    };
    let both = [
        FieldGroup::Identity,
        FieldGroup::Documents,
        FieldGroup::Schooling,
    ];
    // The passport of the registration, and the certificate.
    assert_eq!((documents(&both), documents(&both[..2])), (2, 1));
}

#[test]
fn a_paper_of_an_organisation_is_verified_by_its_number_and_leads_to_nobody() {
    let mut registry = TestRegistry::new();
    let case = registry.subject();
    let number = registry.case(case);
    let applicant = Applicant::Organisation(Organisation {
        name: "Aid".to_owned(),
        registration_number: String::new(),
        international: true,
    });
    registry.act(&[(case, requested(number, PROJECT, applicant))]);
    step(&mut registry, number, "2025-06-10", grant());
    let project = ProjectPermit {
        title: "Wells".to_owned(),
        province: ProvinceCode::Kerman,
        target_category: "families".to_owned(),
        target_number: 40,
        funder: String::new(),
    };
    step(&mut registry, number, "2025-07-01", paper("N-1", project));
    let (views, _) = folded(&registry);
    let police = permit(Role::Police, Purpose::StayCheck);
    let key = DocumentKey::new(DocumentKind::ProjectPermit, CountryCode::IRAN, "n-1");
    let verdict = |day: &str| {
        let at = sabt_domain::life::At {
            as_of: date(day).earliest(),
            ..now()
        };
        let answer = views.verify_document(&police, &key, &at).unwrap();
        (answer.content.verdict, answer.about)
    };
    let about = vec![SubjectId::Case(number)];
    assert_eq!(verdict("2025-07-02"), (Verdict::Valid, about.clone()));
    assert_eq!(verdict("2026-07-02"), (Verdict::NotValid, about));
    assert_eq!(verdict("2025-06-30"), (Verdict::Unknown, Vec::new()));
}

#[test]
fn a_number_is_that_of_one_kind_and_the_writer_loads_the_life_behind_it() {
    let mut registry = TestRegistry::new();
    let person = registry.register("Maryam", "Karimi", "P1");
    let number = open(&mut registry, MOVEMENT, person);
    let certificate = paper(
        "S-9",
        SchoolingCertificate {
            county: "C".to_owned(),
            level: "3".to_owned(),
            year: "1404".to_owned(),
        },
    );
    step(&mut registry, number, "2025-06-10", certificate);
    let (views, writer) = folded(&registry);
    let reader = views.states(&writer).unwrap();
    let mut states = States::default();
    let case = SubjectId::Case(number);
    // The number that the same ordinal would have as a person's is nobody's.
    let same = registry.number(registry.ordinal_of(number));
    reader.load(Need::Life(case.clone()), &mut states).unwrap();
    reader.load(Need::Life(same.into()), &mut states).unwrap();
    assert_eq!(states.lives[&case].version(), 2);
    assert!(states.lives[&same.into()].is_empty());
    let act = reader.act(sabt_chain::ActId::from_bytes(
        states.lives[&case].records()[0].act_id.0,
    ));
    let act = act.unwrap().unwrap();
    assert_eq!(act.registered, [case]);
    assert_eq!(act.subjects.len(), 2);
}

/// The numbers of an office's open cases, page after page, and whom the pages are about.
fn worked(views: &Views, at: &At, when: When) -> (Vec<CaseNumber>, Vec<SubjectId>) {
    let office = "THR-01".parse().unwrap();
    let (mut numbers, mut about, mut after) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let answer = views.office_cases(&registrar(), &office, &after, at, when);
        let answer = answer.unwrap();
        assert!(answer.content.cases.len() <= OFFICE_CASES_LISTED_MAX);
        numbers.extend(answer.content.cases.iter().map(|entry| entry.number));
        about.extend(answer.about);
        after = answer.content.next;
        if after.is_empty() {
            return (numbers, about);
        }
    }
}

fn closed() -> CaseClosure {
    CaseClosure {
        outcome: CaseOutcome::Withdrawn,
        declaration_reference: "D-1".to_owned(),
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "the index from the first case to the erasure of one"
)]
fn the_index_of_open_cases_is_what_the_lives_of_cases_tell() {
    let mut registry = TestRegistry::new();
    let person = registry.register("Maryam", "Karimi", "P1");
    let mut cases = Vec::new();
    for _ in 0..70 {
        cases.push(open(&mut registry, MOVEMENT, person));
    }
    // Steps move some behind the others; some end, one of them only by mistake.
    for nth in [3, 5, 60] {
        step(&mut registry, cases[nth], "2025-06-10", grant());
    }
    let mut closing = Vec::new();
    for nth in [8, 7, 9] {
        let case = registry.ordinal_of(cases[nth]);
        let body = AdvanceCase {
            case: cases[nth],
            step: closed().into(),
        };
        let advanced = event("2025-06-11", EventBody::CaseAdvanced(body));
        closing.push(registry.act(&[(case, advanced)]));
    }
    let (views, _writer) = folded(&registry);
    let expected = |moved: &[usize], gone: &[usize]| {
        let stays = |nth: &usize| !moved.contains(nth) && !gone.contains(nth);
        let order = (0..cases.len()).filter(stays).chain(moved.iter().copied());
        order.map(|nth| cases[nth]).collect::<Vec<_>>()
    };
    let (numbers, about) = worked(&views, &now(), When::Now);
    assert_eq!(numbers, expected(&[3, 5, 60], &[7, 8, 9]));
    assert_eq!(about.len(), 2 * numbers.len());
    assert_eq!(worked(&views, &now(), When::Then).0, numbers);

    let case = registry.ordinal_of(cases[7]);
    let annulled = EventBody::ActAnnulled(ActAnnulled {
        target: sabt_domain::act::ActId(closing[1].to_bytes()),
        reason: "x".to_owned(),
    });
    registry.act(&[(case, event("2025-06-12", annulled))]);
    views.fold_events(registry.events.records()).unwrap();
    let (numbers, _) = worked(&views, &now(), When::Now);
    assert_eq!(numbers, expected(&[3, 5, 60, 7], &[8, 9]));
    assert_eq!(worked(&views, &now(), When::Then).0, numbers);

    // Of another office, and for whoever is not given the group of the service, there is nothing.
    let other = "RKH-01".parse().unwrap();
    for when in [When::Now, When::Then] {
        let answer = views.office_cases(&registrar(), &other, &[], &now(), when);
        assert!(answer.unwrap().content.cases.is_empty());
    }
    let school = open(&mut registry, SCHOOLING, person);
    views.fold_events(registry.events.records()).unwrap();
    assert!(worked(&views, &now(), When::Now).0.contains(&school));
    let cut = registrar().narrowed(&[FieldGroup::ServiceCases].into());
    let office = "THR-01".parse().unwrap();
    let mut after = Vec::new();
    loop {
        let page = views.office_cases(&cut, &office, &after, &now(), When::Now);
        let page = page.unwrap().content;
        assert!(page.cases.iter().all(|entry| entry.number != school));
        after = page.next;
        if after.is_empty() {
            break;
        }
    }

    // Of what was erased no row is left, whether it had been folded before or not.
    let erased = registry.ordinal_of(cases[0]);
    registry.erase(erased);
    views.fold_events(registry.events.records()).unwrap();
    assert!(!worked(&views, &now(), When::Now).0.contains(&cases[0]));
    let anew = folded(&registry).0;
    assert_eq!(views.digest().unwrap(), anew.digest().unwrap());
    let reader = Reader::new(&views).unwrap();
    let rows = reader.snapshot();
    let rows = rows.scan_prefix(Table::Work, &[], &[], 10_000).unwrap();
    let ordinal = erased.get().to_be_bytes();
    assert!(!rows.is_empty());
    for row in rows {
        let named = row.key.windows(ordinal.len()).step_by(8);
        assert!(named.clone().all(|part| part != ordinal), "{:?}", row.key);
    }
}
