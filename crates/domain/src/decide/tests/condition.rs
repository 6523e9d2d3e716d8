use proptest::prelude::*;

use crate::act::*;
use crate::event::EventBody;
use crate::fact::limits::RESIDENCE_CONDITIONS_MAX;
use crate::fact::*;
use crate::law::{
    ConditionRule, NotAsked, PersonStatus, ResidenceBasis, ResidenceCondition, ResidenceKind,
    ResidenceStep,
};
use crate::number::PersonNumber;
use crate::person::{ConditionState, PermitAsked, Verdict};
use crate::refusal::Reason;
use crate::testing::*;

use ResidenceBasis as B;
use ResidenceCondition as C;
use ResidenceKind as K;
use ResidenceStep as S;

/// The day of the permits of these tests, in the first edition.
const DAY: &str = "1405-03-01";

/// A permit as it is given to an adult alone.
fn wanted(person: PersonNumber, kind: ResidenceKind, number: &str) -> IssueResidencePermit {
    permit(person, kind, number, DAY, "1406-02-31")
}

fn renewal(person: PersonNumber, number: &str) -> RenewResidencePermit {
    RenewResidencePermit {
        person,
        permit_number: number.into(),
        valid_until: on("1408-01-01"),
    }
}

fn conversion(person: PersonNumber, kind: ResidenceKind, from: &str) -> ConvertResidencePermit {
    let new = wanted(person, kind, "N-1");
    ConvertResidencePermit {
        person,
        permit_number: from.into(),
        kind,
        basis: new.basis,
        new_permit_number: new.permit_number,
        valid_from: new.valid_from,
        valid_until: new.valid_until,
        consent_reference: "form 12".into(),
    }
}

/// An adult who has had three years of residence before the law, so that seven can follow.
fn resident(registry: &mut Registry) -> PersonNumber {
    let person = registry.register("1370-01-01", Sex::Male);
    let before = permit(person, K::ThreeYear, "OLD", "1401-01-01", "1403-12-29");
    registry.ok("1401-01-01", before);
    person
}

/// The act of a step, with everything recorded that it rests on but the conditions.
fn ready(
    registry: &mut Registry,
    kind: ResidenceKind,
    step: ResidenceStep,
) -> (PersonNumber, ActBody) {
    let person = resident(registry);
    let body = match step {
        S::Issue => wanted(person, kind, "N-1").into(),
        S::Convert => {
            let held = permit(person, K::Temporary, "T-1", "1404-06-01", "1405-05-31");
            registry.ok("1404-06-01", held);
            conversion(person, kind, "T-1").into()
        }
        S::Renew => {
            let given = permit(person, kind, "T-1", "1405-01-10", "1405-12-29");
            show_all(registry, person, (kind, S::Issue), "1405-01-10", None);
            registry.ok("1405-01-10", given);
            renewal(person, "T-1").into()
        }
    };
    (person, body)
}

/// What a refusal says is missing.
fn missing(registry: &mut Registry, body: impl Into<ActBody>) -> String {
    let act = registry.act(DAY, body);
    let refusal = registry.submit(&act).map(|_| ()).unwrap_err();
    assert_eq!(refusal.reason(), Reason::ConditionNotShown);
    assert!(refusal.remedy().contains("attest_residence_condition"));
    refusal.metadata()["missing"].clone()
}

/// The state of each condition of a permit on a day.
fn states(
    registry: &Registry,
    person: PersonNumber,
    asked: PermitAsked,
    date: &str,
) -> Vec<(ResidenceCondition, String)> {
    let folded = registry.life(person).person(&as_of(date)).unwrap();
    let stated = registry.person(person).conditions;
    let answers = folded.residence_conditions(asked, &stated, day(date));
    let told = answers.into_iter().map(|answer| {
        let state = match &answer.state {
            ConditionState::Shown(by) => by.code().to_owned(),
            ConditionState::NotAsked(ground) => ground.code().to_owned(),
            ConditionState::Missing => "MISSING".to_owned(),
        };
        (answer.rule.condition, state)
    });
    told.collect()
}

fn asked(kind: ResidenceKind, basis: ResidenceBasis) -> PermitAsked {
    PermitAsked {
        kind,
        basis,
        scope: PermitScope::Individual,
        step: S::Issue,
        law_of: day(DAY),
    }
}

#[test]
fn every_row_of_the_table_is_asked_for_and_named_with_its_article() {
    for rule in ConditionRule::ALL {
        for step in rule.steps {
            let mut registry = Registry::new();
            let (person, body) = ready(&mut registry, rule.kind, *step);
            let of_step = (rule.kind, *step);
            // A renewal finds what was shown when the permit was given.
            show_all(&mut registry, person, of_step, DAY, Some(rule.condition));
            let expected = format!("{} ({})", rule.condition.code(), rule.source);
            assert_eq!(missing(&mut registry, body.clone()), expected);
            registry.ok(DAY, attest(person, rule.condition, DAY));
            registry.ok(DAY, body);
        }
    }
}

#[test]
fn all_that_is_missing_is_named_in_the_order_of_the_law() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.ok(DAY, attest(person, C::Oath, DAY));
    registry.ok(DAY, attest(person, C::CleanRecord, "1404-01-01"));
    assert_eq!(
        missing(&mut registry, wanted(person, K::ThreeYear, "N-1")),
        "INCOME (law:art. 22(1)), DOMICILE (law:art. 22(3)), INTERVIEW (law:art. 22(4)), \
         CLASSES (law:art. 22(6))"
    );
    // Kinds for which the law states none are given as before.
    registry.ok(DAY, wanted(person, K::Temporary, "N-1"));
}

#[test]
fn a_domicile_is_shown_by_the_address_of_the_day_or_by_a_paper() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    show_all(
        &mut registry,
        person,
        (K::ThreeYear, S::Issue),
        DAY,
        Some(C::Domicile),
    );
    let moves = |street: &str| ChangeAddress {
        subject: Resident::Person(person),
        address: address(street),
    };
    registry.ok("1405-03-05", moves("First Street"));
    // It is known now, and did not hold on the day of the permit.
    let body = wanted(person, K::ThreeYear, "N-1");
    assert_eq!(
        missing(&mut registry, body.clone()),
        "DOMICILE (law:art. 22(3))"
    );
    let of = asked(K::ThreeYear, B::Investor);
    assert!(states(&registry, person, of, DAY).contains(&(C::Domicile, "MISSING".into())));
    assert!(states(&registry, person, of, "1405-03-05").contains(&(C::Domicile, "RECORD".into())));
    registry.ok("1405-02-20", moves("Second Street"));
    registry.ok(DAY, body);
}

#[test]
fn an_exemption_shows_a_condition_and_none_is_open_from_the_commission() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    show_all(
        &mut registry,
        person,
        (K::ThreeYear, S::Issue),
        DAY,
        Some(C::Income),
    );
    // It counts from the day of the decision on.
    registry.ok("1405-03-02", exempt(person, C::Income));
    let body = wanted(person, K::ThreeYear, "N-1");
    assert_eq!(
        missing(&mut registry, body.clone()),
        "INCOME (law:art. 22(1))"
    );
    registry.ok(DAY, exempt(person, C::Income));
    registry.ok(DAY, body);
    for condition in C::ALL {
        let body = exempt(person, *condition);
        if *condition == C::CommissionApproval {
            assert_eq!(registry.refused(DAY, body), Reason::ExemptionNotAllowed);
        } else {
            registry.ok(DAY, body);
        }
    }
}

#[test]
fn a_refugee_is_asked_for_nothing_of_article_22() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let refuge = GrantStatus {
        person,
        status: PersonStatus::Refugee,
        decided_by: String::new(),
    };
    registry.ok("1403-01-01", refuge);
    let of_refuge = IssueResidencePermit {
        basis: B::Refugee,
        ..wanted(person, K::ThreeYear, "N-1")
    };
    registry.ok(DAY, of_refuge);
    registry.ok(DAY, renewal(person, "N-1"));
    // Seven years ask for what art. 23 itself adds.
    let seven = IssueResidencePermit {
        basis: B::Refugee,
        ..permit(person, K::SevenYear, "N-2", "1408-01-02", "1410-01-01")
    };
    assert_eq!(
        missing(&mut registry, seven.clone()),
        "LITERACY (law:art. 23)"
    );
    registry.ok(DAY, attest(person, C::Literacy, DAY));
    registry.ok(DAY, seven);
}

#[test]
fn a_member_of_a_family_permit_rests_on_the_conditions_of_the_head() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let child = registry.child("1393-01-01", husband, wife);
    let family = |person, number| IssueResidencePermit {
        scope: PermitScope::Family,
        ..wanted(person, K::ThreeYear, number)
    };
    registry.ok(DAY, family(wife, "W-1"));
    registry.ok(DAY, family(child, "C-1"));
    registry.ok(DAY, renewal(wife, "W-1"));
    // The head is asked, on a family permit as well; the couple's address shows the domicile.
    assert_eq!(
        missing(&mut registry, family(husband, "H-1")),
        "INCOME (law:art. 22(1)), CLEAN_RECORD (law:art. 22(2)), INTERVIEW (law:art. 22(4)), \
         OATH (law:art. 22(5)), CLASSES (law:art. 22(6))"
    );
    // Family of a holder on a permit of one's own rests on the holder as well.
    let adult = registry.register("1370-01-01", Sex::Female);
    let of_holder = IssueResidencePermit {
        basis: B::Family,
        ..wanted(adult, K::ThreeYear, "A-1")
    };
    registry.ok(DAY, of_holder);
}

#[test]
fn a_child_is_asked_for_nothing_that_an_adult_does_in_person() {
    // Eighteen on the day, and the day before.
    for (born, children) in [("1387-03-01", false), ("1387-03-02", true)] {
        let mut registry = Registry::new();
        let person = registry.register(born, Sex::Male);
        let told = states(&registry, person, asked(K::SevenYear, B::General), DAY);
        let spared: Vec<_> = told
            .iter()
            .filter(|(_, state)| state == NotAsked::Child.code())
            .map(|(condition, _)| *condition)
            .collect();
        let expected: &[_] = if children {
            &[C::Interview, C::Oath, C::Classes, C::Literacy]
        } else {
            &[]
        };
        assert_eq!(spared, expected, "{born}");
        for condition in [C::Income, C::CleanRecord, C::Domicile] {
            assert!(told.contains(&(condition, "MISSING".into())));
        }
    }
    let mut registry = Registry::new();
    let person = registry.register("1390-01-01", Sex::Male);
    let renews = PermitAsked {
        step: S::Renew,
        ..asked(K::ThreeYear, B::Work)
    };
    let told = states(&registry, person, renews, DAY);
    assert!(told.iter().all(|(_, state)| state == "CHILD") && told.len() == 2);
}

#[test]
fn the_family_of_an_iranian_woman_needs_nothing_that_article_22_does_not_name() {
    let mut registry = Registry::new();
    let person = resident(&mut registry);
    for basis in [B::SpouseOfIranian, B::IranianMother] {
        let told = states(&registry, person, asked(K::SevenYear, basis), DAY);
        let spared = told.iter().filter(|(_, state)| state == "IRANIAN_FAMILY");
        let spared: Vec<_> = spared.map(|(condition, _)| *condition).collect();
        assert_eq!(spared, [C::Literacy], "{basis:?}");
    }
    // No marriage is registered anywhere, and none is asked for (AM-53).
    show_all(&mut registry, person, (K::ThreeYear, S::Issue), DAY, None);
    let of_wife = IssueResidencePermit {
        basis: B::SpouseOfIranian,
        ..wanted(person, K::ThreeYear, "N-1")
    };
    registry.ok(DAY, of_wife);
    // Special residence is decided by the central commission for everybody.
    let told = states(&registry, person, asked(K::Special, B::IranianMother), DAY);
    assert_eq!(told, [(C::CommissionApproval, "MISSING".to_owned())]);
}

#[test]
fn work_and_insurance_are_asked_of_heads_and_of_who_lives_alone() {
    let mut registry = Registry::new();
    let (husband, wife, _) = registry.couple();
    let alone = registry.register("1370-01-01", Sex::Male);
    let renews = PermitAsked {
        step: S::Renew,
        ..asked(K::ThreeYear, B::Work)
    };
    for (person, state) in [(husband, "MISSING"), (wife, "NOT_HEAD"), (alone, "MISSING")] {
        let told = states(&registry, person, renews, DAY);
        let expected = [
            (C::Work, state.to_owned()),
            (C::SocialInsurance, state.to_owned()),
        ];
        assert_eq!(told, expected);
    }
}

#[test]
fn what_was_given_before_the_law_is_recorded_and_renewed_as_it_was() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let old = permit(person, K::ThreeYear, "P-1", "1403-01-01", "1405-12-29");
    registry.ok("1403-01-01", old);
    // The last day before the law, recorded today, and its first day.
    let last = permit(person, K::Special, "P-2", "1409-01-01", "");
    let first = permit(person, K::Special, "P-3", "1409-01-01", "");
    assert_eq!(
        registry.refused("1405-01-01", first),
        Reason::ConditionNotShown
    );
    registry.ok("1404-12-29", last);
    registry.ok(
        DAY,
        RenewResidencePermit {
            valid_until: on("1408-12-29"),
            ..renewal(person, "P-1")
        },
    );
}

#[test]
fn an_attestation_counts_from_the_day_it_states_whenever_it_is_recorded() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let body = wanted(person, K::Special, "N-1");
    registry.ok(
        "1405-04-01",
        attest(person, C::CommissionApproval, "1405-03-02"),
    );
    assert_eq!(
        missing(&mut registry, body.clone()),
        "COMMISSION_APPROVAL (law:art. 24)"
    );
    let outcome = registry.ok("1405-04-01", attest(person, C::CommissionApproval, DAY));
    // The record is dated as its act is, so that what was signed and what is told agree.
    assert_eq!(outcome.decided[0].event.occurred_on, on("1405-04-01"));
    registry.ok(DAY, body);
    let cases = [
        ("1405-04-01", "1405-04-02", Reason::FutureDate),
        ("1405", "1405-06-02", Reason::FutureDate),
        ("1405-04-01", "1369-12-29", Reason::BeforeBirth),
    ];
    for (date, met, reason) in cases {
        let body = attest(person, C::Oath, met);
        assert_eq!(registry.refused(date, body), reason, "{met}");
    }
    // Known by its month, it is met from the first day that it may mean.
    registry.ok("1405-04-01", attest(person, C::Oath, "1405-04"));
    registry.ok("1405-05-01", death(person));
    assert_eq!(
        registry.refused("1405-05-02", attest(person, C::Oath, DAY)),
        Reason::PersonDeceased
    );
}

#[test]
fn a_permit_stays_given_when_its_attestation_is_annulled() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let approval = registry.ok(DAY, attest(person, C::CommissionApproval, DAY));
    registry.ok(DAY, permit(person, K::Special, "N-1", DAY, "1405-12-29"));
    let before = registry.person(person).permits;
    let annulment = AnnulAct {
        target: approval.id,
        reason: "another person".into(),
    };
    let annulled = registry.ok("1405-04-01", annulment);
    let now = registry.person(person);
    assert!(now.permits == before);
    assert_eq!(now.residence(day("1405-05-01")).verdict, Verdict::Valid);
    // The next one asks again, until the annulment is itself annulled.
    let next = permit(person, K::Special, "N-2", "1406-01-01", "");
    assert_eq!(
        registry.refused("1405-05-01", next.clone()),
        Reason::ConditionNotShown
    );
    let back = AnnulAct {
        target: annulled.id,
        reason: "this person".into(),
    };
    registry.ok("1405-05-01", back);
    registry.ok("1405-05-01", next);
}

/// A permit that was given or renewed on papers that are all gone since, and the act that gave it.
fn given_on_papers_that_are_gone(step: ResidenceStep) -> (Registry, ActId, ActBody) {
    let mut registry = Registry::new();
    let (person, body) = ready(&mut registry, K::ThreeYear, step);
    show_all(&mut registry, person, (K::ThreeYear, step), DAY, None);
    let given = registry.ok(DAY, body.clone()).id;
    for target in registry.acts_of(person) {
        let parts: Vec<_> = registry.life(person).of_act(target).collect();
        let is_paper = parts
            .iter()
            .any(|part| matches!(part.event.body, EventBody::ResidenceConditionAttested(_)));
        if is_paper {
            let reason = "of another person".into();
            registry.ok("1405-04-01", AnnulAct { target, reason });
        }
    }
    assert!(registry.person(person).conditions.is_empty());
    (registry, given, body)
}

/// Puts a body in the place of what an act said.
fn corrected(
    registry: &mut Registry,
    target: ActId,
    date: &str,
    body: impl Into<ActBody>,
) -> Result<(), Reason> {
    let replacement = Box::new(registry.act(date, body));
    let correction = CorrectAct {
        target,
        replacement,
        reason: "misread".into(),
    };
    let act = registry.act("1405-04-02", correction);
    let submitted = registry.submit(&act).map(|_| ());
    submitted.map_err(|refusal| refusal.reason())
}

/// What was given before the program asked for conditions, or on papers that are gone, can be put right as it was given; what it
/// was not given as is asked for.
#[test]
fn a_correction_asks_for_what_was_not_given() {
    let refused = Err(Reason::ConditionNotShown);

    let (mut registry, given, body) = given_on_papers_that_are_gone(S::Issue);
    let ActBody::IssueResidencePermit(of) = body else {
        unreachable!("a permit is issued");
    };
    let number = IssueResidencePermit {
        permit_number: "N-2".into(),
        ..of.clone()
    };
    assert_eq!(corrected(&mut registry, given, DAY, number), Ok(()));
    let basis = IssueResidencePermit {
        basis: B::Work,
        ..of.clone()
    };
    assert_eq!(corrected(&mut registry, given, DAY, basis), refused);
    assert_eq!(corrected(&mut registry, given, "1405-03-02", of), refused);

    let (mut registry, given, body) = given_on_papers_that_are_gone(S::Convert);
    let ActBody::ConvertResidencePermit(of) = body else {
        unreachable!("a permit is converted");
    };
    let number = ConvertResidencePermit {
        new_permit_number: "N-2".into(),
        ..of.clone()
    };
    assert_eq!(corrected(&mut registry, given, DAY, number), Ok(()));
    let basis = ConvertResidencePermit {
        basis: B::Work,
        ..of
    };
    assert_eq!(corrected(&mut registry, given, DAY, basis), refused);

    let (mut registry, given, body) = given_on_papers_that_are_gone(S::Renew);
    let ActBody::RenewResidencePermit(of) = body else {
        unreachable!("a permit is renewed");
    };
    let until = RenewResidencePermit {
        valid_until: on("1408-02-01"),
        ..of.clone()
    };
    assert_eq!(corrected(&mut registry, given, DAY, until), Ok(()));
    assert_eq!(corrected(&mut registry, given, "1405-03-02", of), refused);
}

#[test]
fn a_correction_moves_an_attestation() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let wrong = registry.ok(
        "1405-04-01",
        attest(person, C::CommissionApproval, "1405-04-01"),
    );
    let body = wanted(person, K::Special, "N-1");
    assert_eq!(
        registry.refused(DAY, body.clone()),
        Reason::ConditionNotShown
    );
    let right = registry.act("1405-04-01", attest(person, C::CommissionApproval, DAY));
    registry.ok(
        "1405-04-02",
        CorrectAct {
            target: wrong.id,
            replacement: Box::new(right),
            reason: "misread".into(),
        },
    );
    registry.ok(DAY, body);
}

#[test]
fn no_more_is_attested_than_the_registry_keeps() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    for _ in 0..RESIDENCE_CONDITIONS_MAX {
        registry.ok(DAY, attest(person, C::Oath, DAY));
    }
    let another = attest(person, C::Income, DAY);
    assert_eq!(
        registry.refused(DAY, another),
        Reason::ResidenceConditionsFull
    );
    assert_eq!(
        registry.refused(DAY, exempt(person, C::Income)),
        Reason::ResidenceConditionsFull
    );
}

#[test]
fn registrars_alone_attest_and_exempt() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    registry.as_office("DOG-01");
    assert_eq!(
        registry.refused(DAY, attest(person, C::Oath, DAY)),
        Reason::RoleNotAllowed
    );
    assert_eq!(
        registry.refused(DAY, exempt(person, C::Oath)),
        Reason::RoleNotAllowed
    );
}

/// A statement of random lives: which condition, from which day on, an exemption or not, and whether it is annulled.
type Statement = (usize, u32, bool, bool);

fn statements() -> impl Strategy<Value = (Vec<Statement>, Vec<Statement>)> {
    let one = (0_usize..9, 1_u32..28, any::<bool>(), any::<bool>());
    let all = proptest::collection::vec(one, 0..12);
    all.prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

/// A registry in which these were recorded in this order; those to be annulled are annulled at once, or all at the end.
fn recorded(statements: &[Statement], at_once: bool) -> (Registry, PersonNumber) {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let mut later = Vec::new();
    for (condition, on_day, exempts, annulled) in statements {
        let condition = C::ALL[*condition];
        let date = format!("1405-02-{on_day:02}");
        let outcome = if *exempts {
            registry.ok(&date, exempt(person, condition))
        } else {
            registry.ok("1405-02-30", attest(person, condition, &date))
        };
        let annulment = AnnulAct {
            target: outcome.id,
            reason: "recorded by mistake".into(),
        };
        if *annulled && at_once {
            registry.ok("1405-02-30", annulment);
        } else if *annulled {
            later.push(annulment);
        }
    }
    for annulment in later {
        registry.ok("1405-02-30", annulment);
    }
    (registry, person)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// What is shown on a day is what was stated for it and not annulled, in whatever order it was recorded.
    #[test]
    fn the_order_of_attestations_and_annulments_does_not_matter(
        (statements, shuffled) in statements(),
        day_of in 1_u32..31,
    ) {
        let date = format!("1405-02-{day_of:02}");
        let of = asked(K::SevenYear, B::General);
        let stated = |condition: C, exemption: bool| {
            statements.iter().any(|(at, from, exempts, annulled)| {
                C::ALL[*at] == condition && *from <= day_of && *exempts == exemption && !annulled
            })
        };
        let expected: Vec<_> = ConditionRule::asked(K::SevenYear, S::Issue, day(DAY))
            .map(|rule| {
                let state = if stated(rule.condition, false) {
                    "ATTESTATION"
                } else if stated(rule.condition, true) {
                    "EXEMPTION"
                } else {
                    "MISSING"
                };
                (rule.condition, state.to_owned())
            })
            .collect();
        for (order, at_once) in [(&statements, true), (&statements, false), (&shuffled, true)] {
            let (registry, person) = recorded(order, at_once);
            prop_assert_eq!(states(&registry, person, of, &date), expected.clone());
        }
    }
}
