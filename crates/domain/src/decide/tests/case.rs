mod paper;

use std::sync::Arc;

use crate::act::*;
use crate::case::CaseState;
use crate::event::EventBody;
use crate::fact::*;
use crate::law::Catalogue;
use crate::life::At;
use crate::number::{CaseNumber, PersonNumber};
use crate::refusal::Reason;
use crate::testing::*;

fn opened(service: &str) -> (Registry, PersonNumber, CaseNumber) {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let case = registry.open_case("1400-01-01", service, person);
    (registry, person, case)
}

#[test]
fn a_request_opens_a_case_and_the_persons_life_leads_to_it() {
    let (registry, person, case) = opened(MOVEMENT);
    let known = &registry.person(person).cases;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].number, case);
    assert_eq!(known[0].service.as_str(), MOVEMENT);
    let case = registry.case(case);
    assert_eq!(case.state(), CaseState::Open);
    assert!(case.persons == [person] && !case.adverse);
}

#[test]
fn who_may_ask_for_what_stands_in_the_catalogue() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let (_, _, household) = registry.couple();
    let (date, of) = ("1400-01-01", Applicant::Person(person));
    let organisation = || {
        Applicant::Organisation(Organisation {
            name: "Aid".into(),
            registration_number: String::new(),
            international: true,
        })
    };
    let unknown = registry.refused(date, request("12012154116", of.clone()));
    assert_eq!(unknown, Reason::UnknownService);
    let gatherings = registry.refused(date, request("12012155101", of.clone()));
    assert_eq!(gatherings, Reason::ServiceOutOfScope);
    let project = registry.refused(date, request("12011076103", of.clone()));
    assert_eq!(project, Reason::ApplicantNotAllowed);
    let pass = registry.refused(date, request(MOVEMENT, organisation()));
    assert_eq!(pass, Reason::ApplicantNotAllowed);
    // A project for refugees names no refugee.
    let named = RequestService {
        concerned: vec![person],
        ..request("12011076103", organisation())
    };
    assert_eq!(registry.refused(date, named), Reason::ApplicantNotAllowed);
    let of_household = |concerned| RequestService {
        concerned,
        ..request(MOVEMENT, Applicant::Household(household))
    };
    assert_eq!(
        registry.refused(date, of_household(vec![])),
        Reason::ApplicantNotAllowed
    );
    assert_eq!(
        registry.refused(date, of_household(vec![person])),
        Reason::NotAMember
    );
    let twice = RequestService {
        concerned: vec![person],
        ..request(MOVEMENT, of)
    };
    assert_eq!(registry.refused(date, twice), Reason::SubjectsNotDistinct);
}

/// Whoever asks for refuge asks the asylum unit: no case tells of it, and the refusal is the same for everybody.
#[test]
fn the_card_of_refugees_is_for_those_to_whom_refuge_was_granted() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let card = || request("12011076106", Applicant::Person(person));
    assert_eq!(registry.refused("1400-01-01", card()), Reason::NotEligible);
    registry.as_office("THR-97");
    registry.ok("1400-01-01", lodge_claim(person));
    registry.as_office("THR-01");
    assert_eq!(registry.refused("1400-01-01", card()), Reason::NotEligible);
}

#[test]
fn nothing_is_served_before_it_is_decided_and_no_appeal_comes_before_service() {
    let (mut registry, _, case) = opened(MOVEMENT);
    let date = "1400-02-01";
    assert_eq!(
        registry.refuses(date, case, notice(date)),
        Reason::CaseNotDecided
    );
    assert_eq!(
        registry.refuses(date, case, appeal()),
        Reason::CaseNotDecided
    );
    registry.takes(date, case, refuse_service());
    assert_eq!(
        registry.refuses(date, case, appeal()),
        Reason::MissingNotice
    );
    assert_eq!(
        registry.refuses(date, case, closed(CaseOutcome::Refused)),
        Reason::MissingNotice
    );
    assert_eq!(
        registry.refuses(date, case, refuse_service()),
        Reason::CaseDecided
    );
    // A notice may not be older than what it tells of.
    assert_eq!(
        registry.refuses(date, case, notice("1400-01-30")),
        Reason::OutOfSequence
    );
    assert_eq!(
        registry.refuses(date, case, notice("1400-02-02")),
        Reason::OutOfSequence
    );
    registry.takes("1400-02-05", case, notice("1400-02-05"));
    assert_eq!(
        registry.refuses("1400-02-06", case, notice("1400-02-06")),
        Reason::StepRepeated
    );
}

#[test]
fn a_refusal_has_no_effect_before_service_nor_under_appeal() {
    let (mut registry, _, case) = opened(MOVEMENT);
    registry.takes("1400-02-01", case, refuse_service());
    assert_eq!(registry.case(case).state(), CaseState::NotServed);
    registry.takes("1400-02-05", case, notice("1400-02-05"));
    assert_eq!(registry.case(case).state(), CaseState::Refused);
    registry.takes("1400-03-01", case, appeal());
    assert_eq!(registry.case(case).state(), CaseState::UnderAppeal);
    assert!(!registry.case(case).decision().unwrap().is_in_effect());
    assert_eq!(
        registry.refuses("1400-03-02", case, appeal()),
        Reason::AppealOpen
    );
    let close = closed(CaseOutcome::Refused);
    assert_eq!(
        registry.refuses("1400-03-02", case, close.clone()),
        Reason::AppealOpen
    );
    let dismissed = appeal_decided(AppealOutcome::Rejected);
    registry.takes("1400-04-01", case, dismissed.clone());
    assert_eq!(registry.case(case).state(), CaseState::Refused);
    assert_eq!(
        registry.refuses("1400-04-02", case, dismissed),
        Reason::NoOpenAppeal
    );
    registry.takes("1400-05-01", case, close);
    assert_eq!(registry.case(case).state(), CaseState::Closed);
}

/// No time is set, so that no appeal is late, and a case that was put away opens again (AM-22).
#[test]
fn an_appeal_opens_a_closed_case_and_one_that_is_allowed_sets_the_decision_aside() {
    let (mut registry, _, case) = opened(MOVEMENT);
    registry.takes("1400-02-01", case, refuse_service());
    registry.takes("1400-02-05", case, notice("1400-02-05"));
    registry.takes("1400-02-06", case, closed(CaseOutcome::Refused));
    assert_eq!(
        registry.refuses("1400-02-07", case, evidence()),
        Reason::CaseClosed
    );
    registry.takes("1403-01-01", case, appeal());
    registry.takes("1403-02-01", case, appeal_decided(AppealOutcome::Accepted));
    assert_eq!(registry.case(case).state(), CaseState::Open);
    assert!(registry.case(case).decision().is_none());
    registry.takes("1403-03-01", case, grant_service());
    let decided = registry.case(case);
    assert_eq!(decided.state(), CaseState::Granted);
    assert_eq!(decided.decisions.len(), 2);
    registry.takes("1403-03-02", case, closed(CaseOutcome::Granted));
}

#[test]
fn a_decision_names_who_decided_and_a_refusal_its_ground_and_the_way_to_object() {
    let (mut registry, _, case) = opened(MOVEMENT);
    let date = "1400-02-01";
    let silent = ServiceGrant {
        decided_by: " ".into(),
        ..grant_service()
    };
    assert_eq!(registry.refuses(date, case, silent), Reason::DeciderMissing);
    for (refusal, reason) in [
        (
            ServiceRefusal {
                decided_by: String::new(),
                ..refuse_service()
            },
            Reason::DeciderMissing,
        ),
        (
            ServiceRefusal {
                ground: String::new(),
                ..refuse_service()
            },
            Reason::GroundMissing,
        ),
        (
            ServiceRefusal {
                appeal_body: String::new(),
                ..refuse_service()
            },
            Reason::AppealBodyMissing,
        ),
    ] {
        assert_eq!(registry.refuses(date, case, refusal), reason);
    }
}

/// Row 24: granting it takes something away, so that the grant is what needs ground, notice and appeal.
#[test]
fn granting_what_is_adverse_has_no_effect_before_service() {
    let (mut registry, _, case) = opened("12012154115");
    registry.takes("1400-01-02", case, evidence());
    assert_eq!(
        registry.refuses("1400-02-01", case, grant_service()),
        Reason::GroundMissing
    );
    let grant = ServiceGrant {
        ground: "violation".into(),
        appeal_body: "commission".into(),
        ..grant_service()
    };
    registry.takes("1400-02-01", case, grant);
    assert_eq!(registry.case(case).state(), CaseState::NotServed);
    let close = closed(CaseOutcome::Granted);
    assert_eq!(
        registry.refuses("1400-02-02", case, close.clone()),
        Reason::MissingNotice
    );
    registry.takes("1400-02-03", case, notice("1400-02-03"));
    registry.takes("1400-02-04", case, appeal());
    assert_eq!(registry.case(case).state(), CaseState::UnderAppeal);
    registry.takes("1400-02-05", case, appeal_decided(AppealOutcome::Withdrawn));
    registry.takes("1400-02-06", case, close);
}

fn consulted(registry: &mut Registry, case: CaseNumber, hours: i64) {
    let sent_at = registry.now().plus_seconds(-3600 * hours).unwrap();
    let members = vec![CommissionMember::Intelligence, CommissionMember::Labour];
    registry.takes("1405-05-01", case, Consultation { members, sent_at });
}

fn opinion(registry: &Registry, opinion: Opinion, hours_ago: i64) -> MemberOpinion {
    MemberOpinion {
        member: CommissionMember::Labour,
        opinion,
        reasons: String::new(),
        received_at: registry.now().plus_seconds(-3600 * hours_ago).unwrap(),
    }
}

#[test]
fn members_have_24_hours_and_silence_decides_nothing() {
    let (mut registry, _, case) = opened(RESIDENCE);
    consulted(&mut registry, case, 23);
    let date = "1405-06-01";
    assert_eq!(
        registry.refuses(date, case, grant_service()),
        Reason::OpinionsAwaited
    );
    assert_eq!(
        registry.refuses(date, case, refuse_service()),
        Reason::OpinionsAwaited
    );
    let (mut registry, _, case) = opened(RESIDENCE);
    consulted(&mut registry, case, 25);
    // Time alone has decided nothing, and whoever decides is named.
    assert_eq!(registry.case(case).state(), CaseState::Open);
    let nobody = ServiceGrant {
        decided_by: String::new(),
        ..grant_service()
    };
    assert_eq!(registry.refuses(date, case, nobody), Reason::DeciderMissing);
    registry.takes(date, case, grant_service());
    // A late opinion is kept as what it is, and changes nothing.
    let late = opinion(&registry, Opinion::Abstained, 0);
    registry.takes(date, case, late);
    assert_eq!(registry.case(case).state(), CaseState::Granted);
}

#[test]
fn an_opinion_against_has_reasons_and_answers_a_question() {
    let (mut registry, _, case) = opened(RESIDENCE);
    let date = "1405-06-01";
    let early = opinion(&registry, Opinion::Abstained, 1);
    assert_eq!(registry.refuses(date, case, early), Reason::OpinionNotAsked);
    consulted(&mut registry, case, 2);
    let against = opinion(&registry, Opinion::Unfavourable, 1);
    assert_eq!(registry.refuses(date, case, against), Reason::GroundMissing);
    let before = opinion(&registry, Opinion::Abstained, 3);
    assert_eq!(
        registry.refuses(date, case, before),
        Reason::OpinionNotAsked
    );
    let to_come = opinion(&registry, Opinion::Abstained, -1);
    assert_eq!(registry.refuses(date, case, to_come), Reason::FutureDate);
    let given = opinion(&registry, Opinion::Favourable, 1);
    registry.takes(date, case, given.clone());
    assert_eq!(registry.refuses(date, case, given), Reason::OpinionNotAsked);
}

#[test]
fn a_service_takes_the_steps_of_its_row_and_no_other() {
    let (mut registry, _, case) = opened(MOVEMENT);
    let (date, exam) = (
        "1400-02-01",
        Procedure {
            kind: ProcedureKind::Exam,
            result: ProcedureResult::Passed,
            reference: String::new(),
        },
    );
    assert_eq!(
        registry.refuses(date, case, exam.clone()),
        Reason::StepNotAllowed
    );
    let inquiry = Inquiry {
        inquiry: "7".into(),
        authority: "prosecutor".into(),
        question: "marriage".into(),
        due_on: None,
    };
    assert_eq!(
        registry.refuses(date, case, inquiry.clone()),
        Reason::StepNotAllowed
    );
    let (mut registry, _, case) = opened(NATIONALITY);
    assert_eq!(
        registry.refuses(date, case, grant_service()),
        Reason::StepMissing
    );
    registry.takes(date, case, evidence());
    registry.takes(
        date,
        case,
        Procedure {
            result: ProcedureResult::Failed,
            ..exam.clone()
        },
    );
    registry.takes(
        date,
        case,
        Procedure {
            kind: ProcedureKind::Oath,
            ..exam.clone()
        },
    );
    assert_eq!(
        registry.refuses(date, case, grant_service()),
        Reason::StepMissing
    );
    registry.takes(date, case, exam);
    let reply = InquiryReply {
        inquiry: "7".into(),
        reply: ReplyClass::NoRecord,
        reference: "r".into(),
    };
    assert_eq!(
        registry.refuses(date, case, reply.clone()),
        Reason::UnknownInquiry
    );
    registry.takes(date, case, inquiry.clone());
    assert_eq!(registry.refuses(date, case, inquiry), Reason::StepRepeated);
    registry.takes(date, case, reply.clone());
    assert_eq!(registry.refuses(date, case, reply), Reason::StepRepeated);
    registry.takes(date, case, grant_service());
}

#[test]
fn fees_and_endings_say_what_they_rest_on() {
    let (mut registry, person, case) = opened(MOVEMENT);
    let fee = |state| Fee {
        state,
        amount_rial: 0,
        receipt_number: String::new(),
        waiver_ground: String::new(),
    };
    let date = "1400-02-01";
    assert_eq!(
        registry.refuses(date, case, fee(FeeState::Paid)),
        Reason::InvalidField
    );
    assert_eq!(
        registry.refuses(date, case, fee(FeeState::Waived)),
        Reason::GroundMissing
    );
    registry.takes(date, case, fee(FeeState::NotDue));
    let withdrawn = closed(CaseOutcome::Withdrawn);
    assert_eq!(
        registry.refuses(date, case, withdrawn.clone()),
        Reason::ConsentMissing
    );
    assert_eq!(
        registry.refuses(date, case, closed(CaseOutcome::Granted)),
        Reason::CaseNotDecided
    );
    let died = closed(CaseOutcome::ApplicantDied);
    assert_eq!(
        registry.refuses(date, case, died.clone()),
        Reason::OutOfSequence
    );
    let signed = CaseClosure {
        declaration_reference: "d-1".into(),
        ..withdrawn
    };
    let closing = registry.takes(date, case, signed).id;
    registry.ok("1400-03-01", annul(closing));
    registry.ok("1400-04-01", death(person));
    registry.takes("1400-05-01", case, died);
}

#[test]
fn steps_of_a_case_that_is_not_there_or_not_yet_are_refused() {
    let (mut registry, _, case) = opened(MOVEMENT);
    assert_eq!(
        registry.refuses("1399-12-01", case, evidence()),
        Reason::OutOfSequence
    );
    let other = CaseNumber::from_serial(crate::number::SERIAL_MAX).unwrap();
    assert_eq!(
        registry.refuses("1400-02-01", other, evidence()),
        Reason::UnknownCase
    );
}

#[test]
fn annulling_a_step_restores_the_case_before_it_and_nothing_that_rests_on_it_is_lost() {
    let (mut registry, _, case) = opened(MOVEMENT);
    let before = registry.case(case);
    let refusal = registry.takes("1400-02-01", case, refuse_service()).id;
    let served = registry.takes("1400-02-02", case, notice("1400-02-02")).id;
    let stands = registry.refused("1400-03-01", annul(refusal));
    assert_eq!(stands, Reason::DependentActsStand);
    registry.ok("1400-03-01", annul(served));
    registry.ok("1400-03-02", annul(refusal));
    assert!(registry.case(case) == before);
}

#[test]
fn annulling_a_request_takes_the_case_out_of_the_life() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Female);
    let before = registry.person(person);
    let asked = request(MOVEMENT, Applicant::Person(person));
    let opened = registry.ok("1400-01-01", asked);
    registry.ok("1400-02-01", annul(opened.id));
    assert!(registry.person(person) == before);
    let case = opened.cases[0];
    assert!(registry.life(case).case(&At::END).is_none());
    assert_eq!(
        registry.refuses("1400-03-01", case, evidence()),
        Reason::UnknownCase
    );
}

#[test]
fn a_request_for_the_wrong_person_is_corrected_and_keeps_its_number() {
    let (mut registry, wrong, case) = opened(MOVEMENT);
    let target = registry.accepted.last().unwrap().id;
    let right = registry.register("1371-01-01", Sex::Female);
    let replacement = registry.act("1400-01-01", request(MOVEMENT, Applicant::Person(right)));
    registry.ok(
        "1400-02-01",
        CorrectAct {
            target,
            replacement: Box::new(replacement),
            reason: "the other sister".into(),
        },
    );
    assert!(registry.case(case).persons == [right]);
    assert!(registry.person(wrong).cases.is_empty());
    assert_eq!(registry.person(right).cases[0].number, case);
}

#[test]
fn a_refusal_does_not_become_a_grant_by_a_correction() {
    let (mut registry, _, case) = opened(MOVEMENT);
    let target = registry.takes("1400-02-01", case, refuse_service()).id;
    let correct = |registry: &mut Registry, with: CaseStep| CorrectAct {
        target,
        replacement: Box::new(registry.act("1400-02-01", step(case, with))),
        reason: "x".into(),
    };
    let turned = correct(&mut registry, grant_service().into());
    assert_eq!(registry.refused("1400-03-01", turned), Reason::NotSameKind);
    let other = ServiceRefusal {
        ground: "another".into(),
        ..refuse_service()
    };
    let corrected = correct(&mut registry, other.into());
    registry.ok("1400-03-01", corrected);
    assert_eq!(registry.case(case).decision().unwrap().ground, "another");
}

/// A service that needs no new rule is a row of the catalogue and nothing else.
#[test]
fn a_service_is_added_by_data_alone() {
    const ADDED: &str = "sabt services 1405-1
from 1405/01/01

service 12012154130
  fa          x
  en          Village pass
  level       PROVINCIAL
  unit        DG-FN
  recipients  foreign nationals
  scope       PERSON
  reason      events on a person
  subject     PERSON
  allows      INTERVIEW
  needs       EVIDENCE
  papers      TRAVEL_PASS
  group       SERVICE_CASES
  data        village
  source      a test
";
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let asked = || request("12012154130", Applicant::Person(person));
    assert_eq!(
        registry.refused("1400-01-01", asked()),
        Reason::UnknownService
    );
    registry.catalogue = Some(Arc::new(Catalogue::parse(ADDED).unwrap()));
    let case = registry.ok("1400-01-01", asked()).cases[0];
    assert_eq!(
        registry.refuses("1400-01-02", case, grant_service()),
        Reason::StepMissing
    );
    registry.takes("1400-01-02", case, evidence());
    registry.takes(
        "1400-01-03",
        case,
        Procedure {
            kind: ProcedureKind::Interview,
            result: ProcedureResult::Absent,
            reference: String::new(),
        },
    );
    registry.takes("1400-01-04", case, grant_service());
    let pass = TravelPass {
        destination: "the village".into(),
    };
    let issue = paper(vec![person], "V-1", ("1400-01-05", "1400-01-20"), pass);
    registry.takes("1400-01-05", case, issue);
    assert_eq!(registry.person(person).documents.len(), 1);
}

#[test]
fn events_of_a_case_say_nothing_to_the_person_but_that_there_is_one() {
    let (mut registry, person, case) = opened(MOVEMENT);
    let before = registry.life(person).version();
    registry.takes("1400-01-02", case, evidence());
    registry.takes("1400-02-01", case, refuse_service());
    assert_eq!(registry.life(person).version(), before);
    let linked = registry.life(person).records().last().unwrap();
    assert!(matches!(linked.event.body, EventBody::ServiceCaseOpened(_)));
}
