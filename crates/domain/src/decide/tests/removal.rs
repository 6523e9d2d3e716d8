mod holding;
mod random;

use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, ExpulsionGround, PersonStatus, ResidenceKind, transition};
use crate::life::At;
use crate::number::PersonNumber;
use crate::person::{Obstacle, OrderEndGround, Verdict};
use crate::refusal::Reason;
use crate::testing::*;

pub(super) const UNIT: &str = "THR-97";
pub(super) const REGISTRAR: &str = "THR-01";
pub(super) const POLICE: &str = "THR-66";

/// A person without papers, whose expulsion was ordered and served on the first days of 1402.
fn ordered(born: &str) -> (Registry, PersonNumber, ActId) {
    let mut registry = Registry::new();
    with_police(&mut registry);
    let person = registry.register(born, Sex::Female);
    let order = registry.ok("1402-01-01", order_expulsion(person, "E-1")).id;
    registry.ok("1402-01-02", serve_on(person, order, "1402-01-02"));
    (registry, person, order)
}

fn refused_execution(registry: &mut Registry, person: PersonNumber, date: &str) -> Reason {
    registry.as_office(POLICE);
    let reason = registry.refused(date, execute(person, "E-1"));
    registry.as_office(REGISTRAR);
    reason
}

fn executed(registry: &mut Registry, person: PersonNumber, date: &str) -> ActId {
    registry.as_office(POLICE);
    let id = registry.ok(date, execute(person, "E-1")).id;
    registry.as_office(REGISTRAR);
    id
}

fn annul(target: ActId) -> AnnulAct {
    AnnulAct {
        target,
        reason: "wrong".into(),
    }
}

#[test]
fn an_order_names_who_decided_and_to_whom_the_person_may_turn() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let without = OrderExpulsion {
        decided_by: " ".into(),
        ..order_expulsion(person, "E-1")
    };
    assert_eq!(
        registry.refused("1402-01-01", without),
        Reason::DeciderMissing
    );
    let without = OrderExpulsion {
        appeal_body: String::new(),
        ..order_expulsion(person, "E-1")
    };
    assert_eq!(
        registry.refused("1402-01-01", without),
        Reason::AppealBodyMissing
    );
    registry.ok("1402-01-01", order_expulsion(person, "E-1"));
    assert_eq!(
        registry.refused("1402-01-02", order_expulsion(person, "E-1")),
        Reason::NumberInUse
    );
}

#[test]
fn nothing_is_carried_out_before_service_and_before_the_time_for_an_appeal_has_passed() {
    let mut registry = Registry::new();
    with_police(&mut registry);
    let person = registry.register("1370-01-01", Sex::Male);
    let unknown = refused_execution(&mut registry, person, "1402-01-01");
    assert_eq!(unknown, Reason::UnknownOrder);
    let order = registry.ok("1402-01-01", order_expulsion(person, "E-1")).id;
    let early = refused_execution(&mut registry, person, "1402-06-01");
    assert_eq!(early, Reason::ExpulsionNotServed);

    // Service is dated with the day on which both the SMS and the notice are out, and happens once.
    let service = |date| serve_on(person, order, date);
    assert_eq!(
        registry.refused("1402-01-02", service("1402-01-03")),
        Reason::MissingNotice
    );
    let nowhere = serve_on(person, ActId([9; 16]), "1402-01-02");
    assert_eq!(
        registry.refused("1402-01-02", nowhere),
        Reason::DecisionUnknown
    );
    registry.ok("1402-01-02", service("1402-01-02"));
    assert_eq!(
        registry.refused("1402-01-02", service("1402-01-02")),
        Reason::DecisionServedBefore
    );
    let held = registry.person(person);
    let until = held.removal.decision(order).unwrap().appeal_until();
    assert_eq!(until, Some(day("1402-01-09")));
    for early in ["1402-01-02", "1402-01-09"] {
        let reason = refused_execution(&mut registry, person, early);
        assert_eq!(reason, Reason::AppealTimeRunning);
    }
    executed(&mut registry, person, "1402-01-10");
    let held = registry.person(person);
    let end = held.removal.order("E-1").unwrap().end.unwrap();
    assert_eq!(end.ground, OrderEndGround::Executed);
    assert!(!held.in_country());
    let again = refused_execution(&mut registry, person, "1402-01-11");
    assert_eq!(again, Reason::ExpulsionOrderEnded);
}

#[test]
fn service_before_the_office_recorded_it_is_refused() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let order = registry.ok("1405-06-01", order_expulsion(person, "E-1")).id;
    let mut late = serve_on(person, order, "1405-06-01");
    late.notice_placed_at = registry.now().plus_seconds(3_600).unwrap();
    assert_eq!(registry.refused("1405-06-01", late), Reason::FutureDate);
}

#[test]
fn the_legal_basis_selects_the_time_for_an_appeal() {
    let mut registry = Registry::new();
    let person = registry.register("1370-01-01", Sex::Male);
    let until = |registry: &mut Registry, number: &str, ground| {
        let body = OrderExpulsion {
            ground,
            ..order_expulsion(person, number)
        };
        let order = registry.ok("1402-01-30", body).id;
        registry.ok("1402-01-31", serve_on(person, order, "1402-01-31"));
        let held = registry.person(person);
        held.removal.decision(order).unwrap().appeal_until()
    };
    let seven = until(&mut registry, "E-1", ExpulsionGround::VisaTermBroken);
    assert_eq!(seven, Some(day("1402-02-07")));
    let month = until(&mut registry, "E-2", ExpulsionGround::VisaRevoked);
    assert_eq!(month, Some(day("1402-02-31")));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from the decision to its end"
)]
fn an_appeal_is_suspensive_is_lodged_once_and_is_decided_by_the_commission() {
    let (mut registry, person, order) = ordered("1370-01-01");
    // Late by the law; whether it is heard is for the commission.
    let appeal = registry
        .ok("1402-01-15", lodge_appeal(person, order, "A-1"))
        .id;
    let again = lodge_appeal(person, order, "A-2");
    assert_eq!(
        registry.refused("1402-01-16", again),
        Reason::AppealLodgedBefore
    );
    let open = refused_execution(&mut registry, person, "1402-03-01");
    assert_eq!(open, Reason::AppealOpen);
    // Also one that was lodged after the day on which the expulsion is said to have taken place.
    let open = refused_execution(&mut registry, person, "1402-01-12");
    assert_eq!(open, Reason::AppealOpen);

    let decide = |outcome| decide_appeal(person, appeal, outcome, "1402-03-01");
    let rejected = decide(AppealOutcome::Rejected);
    assert_eq!(
        registry.refused("1402-03-01", rejected.clone()),
        Reason::CommissionSessionMissing
    );
    let central = HoldCommissionSession {
        level: CommissionLevel::Central,
        ..hold_session(person, appeal)
    };
    assert_eq!(
        registry.refused("1402-02-01", central),
        Reason::InvalidField
    );
    let session = registry.ok("1402-02-01", hold_session(person, appeal)).id;
    let rejected = DecideAppeal {
        session: Some(session),
        ..rejected
    };
    for (wrong, reason) in [
        (
            DecideAppeal {
                decided_by: String::new(),
                ..rejected.clone()
            },
            Reason::DeciderMissing,
        ),
        (
            DecideAppeal {
                ground: String::new(),
                ..rejected.clone()
            },
            Reason::GroundMissing,
        ),
        (
            DecideAppeal {
                served_on: None,
                ..rejected.clone()
            },
            Reason::MissingNotice,
        ),
        (
            DecideAppeal {
                appeal: order,
                ..rejected.clone()
            },
            Reason::AppealUnknown,
        ),
        (
            DecideAppeal {
                outcome: AppealOutcome::Withdrawn,
                declaration_reference: String::new(),
                ..rejected.clone()
            },
            Reason::ConsentMissing,
        ),
    ] {
        assert_eq!(registry.refused("1402-03-01", wrong), reason);
    }
    registry.ok("1402-03-01", rejected);
    executed(&mut registry, person, "1402-03-02");
}

#[test]
fn an_order_voided_on_appeal_or_withdrawn_is_not_carried_out() {
    let (mut registry, person, order) = ordered("1370-01-01");
    let appeal = registry
        .ok("1402-01-05", lodge_appeal(person, order, "A-1"))
        .id;
    let session = registry.ok("1402-02-01", hold_session(person, appeal)).id;
    let accepted = DecideAppeal {
        session: Some(session),
        ..decide_appeal(person, appeal, AppealOutcome::Accepted, "1402-02-02")
    };
    registry.ok("1402-02-02", accepted);
    let voided = refused_execution(&mut registry, person, "1402-06-01");
    assert_eq!(voided, Reason::ExpulsionOrderEnded);

    let second = registry.ok("1402-07-01", order_expulsion(person, "E-2")).id;
    registry.ok("1402-07-02", serve_on(person, second, "1402-07-02"));
    let withdrawn = WithdrawExpulsionOrder {
        person,
        order_number: "E-2".into(),
        decided_by: "directorate".into(),
        reason: "a mistake".into(),
    };
    registry.ok("1402-08-01", withdrawn.clone());
    assert_eq!(
        registry.refused("1402-08-02", withdrawn),
        Reason::ExpulsionOrderEnded
    );
    registry.as_office(POLICE);
    assert_eq!(
        registry.refused("1402-09-01", execute(person, "E-2")),
        Reason::ExpulsionOrderEnded
    );
    registry.as_office(REGISTRAR);
    assert_eq!(
        registry.refused("1402-09-01", lodge_appeal(person, second, "A-2")),
        Reason::ExpulsionOrderEnded
    );
}

#[test]
fn a_suspension_stands_until_its_year_and_its_cause_have_ended() {
    let (mut registry, person, _) = ordered("1370-01-01");
    let suspension = registry.ok("1402-02-01", suspend(person, "E-1")).id;
    let suspended = |registry: &mut Registry, date| {
        let reason = refused_execution(registry, person, date);
        assert_eq!(reason, Reason::ExpulsionIsSuspended, "{date}");
    };
    // More than a year, and nobody has said that the cause ended.
    suspended(&mut registry, "1403-08-01");
    let cause = end_suspension(person, suspension, SuspensionEnding::CauseEnded);
    let ended = registry.ok("1402-04-01", cause.clone()).id;
    assert_eq!(
        registry.refused("1402-04-02", cause),
        Reason::SuspensionUnknown
    );
    // The cause has ended, the year has not.
    suspended(&mut registry, "1403-02-01");
    registry.ok(
        "1402-05-01",
        extend_suspension(person, suspension, "1403-06-01"),
    );
    suspended(&mut registry, "1403-06-01");
    let shorter = extend_suspension(person, suspension, "1403-05-01");
    assert_eq!(
        registry.refused("1402-06-01", shorter),
        Reason::TermReversed
    );
    let lift = end_suspension(person, suspension, SuspensionEnding::LiftedByCourt);
    let without_ruling = EndExpulsionSuspension {
        ruling_number: String::new(),
        ..lift.clone()
    };
    assert_eq!(
        registry.refused("1402-07-01", without_ruling),
        Reason::GroundMissing
    );
    let lifted = registry.ok("1402-07-01", lift).id;
    suspended(&mut registry, "1402-06-31");
    executed(&mut registry, person, "1402-07-01");
    // What an expulsion was recorded on goes on standing beside it; the suspension is told as it was.
    registry.ok("1402-08-01", annul(lifted));
    registry.ok("1402-08-02", annul(ended));
    assert!(
        registry
            .person(person)
            .removal
            .suspension(suspension)
            .is_some()
    );
}

#[test]
fn protections_of_the_law_stand_against_every_order() {
    for kind in ProtectionKind::ALL.iter().copied() {
        let (mut registry, person, _) = ordered("");
        let protection = registry.ok("1402-02-01", protect(person, kind)).id;
        assert_eq!(
            registry.refused("1402-02-02", protect(person, kind)),
            Reason::ProtectionStands
        );
        let barred = refused_execution(&mut registry, person, "1402-06-01");
        assert_eq!(barred, Reason::RemovalBarred);
        let security = EndProtection {
            person,
            protection,
            ending: ProtectionEnding::Security,
            decision: None,
        };
        assert_eq!(
            registry.refused("1402-06-02", security.clone()),
            Reason::DeciderMissing
        );
        let found = EndProtection {
            decision: Some(decision()),
            ..security.clone()
        };
        let end = registry.ok("1402-06-02", found).id;
        assert_eq!(
            registry.refused("1402-06-03", security),
            Reason::ProtectionUnknown
        );
        // The finding of a security problem can be appealed against, and until then nothing has ended.
        registry.ok("1402-06-03", lodge_appeal(person, end, "A-9"));
        let held = registry.person(person);
        assert!(held.is_protected(day("1402-06-04")));
        let barred = refused_execution(&mut registry, person, "1402-06-04");
        assert_eq!(barred, Reason::AppealOpen);
    }
}

#[test]
fn protected_ages_are_read_in_favour_of_the_person() {
    // Born in a year of which the day is not known: eighty from the first day, a child until the last.
    for (born, protected, free) in [
        ("1322", "1402-01-05", None),
        ("1322-06-15", "1402-06-15", Some("1402-06-14")),
        ("1384-06-15", "1402-06-14", Some("1402-06-15")),
        ("1384", "1402-12-28", Some("1403-01-01")),
    ] {
        let (registry, person, _) = ordered(born);
        let held = registry.person(person);
        assert!(held.is_protected(day(protected)), "{born}");
        if let Some(free) = free {
            assert!(!held.is_protected(day(free)), "{born}");
        }
    }
    // A child with a guardian is no unaccompanied child.
    let (mut registry, child, _) = ordered("1395-01-01");
    let appointed = AppointGuardian {
        child,
        guardian: Party::Named("aunt".into()),
        kind: GuardianKind::Appointed,
        instrument: "ruling 3".into(),
    };
    assert!(registry.person(child).is_protected(day("1402-06-01")));
    registry.ok("1402-02-01", appointed);
    assert!(!registry.person(child).is_protected(day("1402-06-01")));
}

#[test]
fn refuge_and_every_other_lawful_basis_stand_against_an_order_and_look_alike() {
    type Basis = (&'static str, fn(PersonNumber) -> ActBody);
    let bases: [Basis; 4] = [
        ("1402-02-01", |person| {
            permit(
                person,
                ResidenceKind::Temporary,
                "T-1",
                "1402-02-01",
                "1402-12-29",
            )
            .into()
        }),
        ("1402-02-01", |person| visa(person, "V-1").into()),
        ("1402-02-01", |person| {
            super::residence::grant(person, PersonStatus::Refugee).into()
        }),
        ("1402-02-01", |person| {
            super::residence::grant(person, PersonStatus::VisaFreeEntrant).into()
        }),
    ];
    for (date, basis) in bases {
        let (mut registry, person, _) = ordered("1370-01-01");
        registry.ok(date, basis(person));
        let barred = refused_execution(&mut registry, person, "1402-06-01");
        assert_eq!(barred, Reason::RemovalBarred);
    }
}

#[test]
fn a_former_refugee_has_time_to_leave_and_is_a_refugee_while_an_appeal_is_open() {
    let (mut registry, person, _) = ordered("1370-01-01");
    registry.ok(
        "1402-02-01",
        super::residence::grant(person, PersonStatus::Refugee),
    );
    let change = ChangeStatus {
        person,
        from: PersonStatus::Refugee,
        to: PersonStatus::FormerRefugee,
        decided_by: String::new(),
        decision: Some(AdverseDecision {
            served_on: Some(on("1402-03-01")),
            ..decision()
        }),
    };
    let ceased = registry.ok("1402-03-01", change).id;
    let barred = refused_execution(&mut registry, person, "1402-04-14");
    assert_eq!(barred, Reason::RemovalBarred);
    let appeal = registry
        .ok("1402-04-15", lodge_appeal(person, ceased, "A-1"))
        .id;
    let held = registry.person(person);
    assert!(held.holds(PersonStatus::Refugee) && !held.holds(PersonStatus::FormerRefugee));
    let at_the_time = registry.life(person).person(&as_of("1402-04-01")).unwrap();
    assert!(at_the_time.holds(PersonStatus::FormerRefugee));
    registry.ok(
        "1402-05-01",
        decide_appeal(person, appeal, AppealOutcome::Rejected, "1402-05-01"),
    );
    let held = registry.person(person);
    assert!(!held.holds(PersonStatus::Refugee) && held.holds(PersonStatus::FormerRefugee));
    executed(&mut registry, person, "1402-05-02");
}

/// From a status to another; with a decision where it is taken away.
fn becomes(person: PersonNumber, from: PersonStatus, to: PersonStatus, day: &str) -> ChangeStatus {
    let adverse = transition(Some(from), to).unwrap().adverse;
    ChangeStatus {
        person,
        from,
        to,
        decided_by: "council".into(),
        decision: adverse.then(|| AdverseDecision {
            served_on: Some(on(day)),
            ..decision()
        }),
    }
}

#[test]
fn an_earlier_decision_takes_nothing_of_what_was_granted_anew() {
    use PersonStatus::{IrregularMigrant, Migrant};

    let (mut registry, person, _) = ordered("1370-01-01");
    registry.ok("1402-02-01", super::residence::grant(person, Migrant));
    let lost = becomes(person, Migrant, IrregularMigrant, "1402-02-02");
    registry.ok("1402-02-02", lost);
    let regained = becomes(person, IrregularMigrant, Migrant, "1402-02-03");
    registry.ok("1402-02-03", regained);
    let again = becomes(person, Migrant, IrregularMigrant, "1402-02-04");
    let again = registry.ok("1402-02-04", again).id;
    assert!(registry.person(person).holds(IrregularMigrant));
    // The first decision was never appealed against, and stands: it took what the second one was not about.
    registry.ok("1402-02-05", lodge_appeal(person, again, "A-1"));
    let held = registry.person(person);
    assert!(held.holds(Migrant) && !held.holds(IrregularMigrant));
}

#[test]
fn what_an_appeal_gave_back_stays_away_when_that_appeal_has_failed() {
    use PersonStatus::{IrregularMigrant, Migrant};

    let (mut registry, person, _) = ordered("1370-01-01");
    registry.ok("1402-02-01", super::residence::grant(person, Migrant));
    let first = becomes(person, Migrant, IrregularMigrant, "1402-02-02");
    let first = registry.ok("1402-02-02", first).id;
    let of_first = registry.ok("1402-02-03", lodge_appeal(person, first, "A-1"));
    let second = becomes(person, Migrant, IrregularMigrant, "1402-02-04");
    let second = registry.ok("1402-02-04", second).id;
    registry.ok(
        "1402-02-05",
        decide_appeal(person, of_first.id, AppealOutcome::Rejected, "1402-02-05"),
    );
    // She held it only while the first appeal was open.
    registry.ok("1402-02-06", lodge_appeal(person, second, "A-2"));
    let held = registry.person(person);
    assert!(held.holds(IrregularMigrant) && !held.holds(Migrant));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from the decision to its end"
)]
fn what_a_decision_takes_away_is_there_again_while_an_appeal_is_open() {
    let mut registry = Registry::new();
    let card = document(DocumentKind::Passport, "P1");
    let person = registry.ok("1395-01-01", register_with(vec![card])).persons[0];
    registry.ok("1402-01-01", visa(person, "V-1"));
    let revocation = RevokeVisa {
        person,
        visa_number: "V-1".into(),
        decision: Some(decision()),
    };
    let unserved = RevokeVisa {
        decision: Some(AdverseDecision {
            served_on: None,
            ..decision()
        }),
        ..revocation.clone()
    };
    assert_eq!(
        registry.refused("1402-02-01", unserved),
        Reason::MissingNotice
    );
    let unknown = RevokeVisa {
        visa_number: "V-2".into(),
        ..revocation.clone()
    };
    assert_eq!(
        registry.refused("1402-02-01", unknown),
        Reason::UnknownPermit
    );
    let revoked = registry.ok("1402-02-01", revocation.clone()).id;
    assert_eq!(
        registry.refused("1402-02-02", revocation),
        Reason::PermitNotInForce
    );
    let passport = || reference(DocumentKind::Passport, "P1");
    let violation = RecordViolationDecision {
        person,
        documents: vec![passport()],
        decision: Some(decision()),
    };
    let nothing = RecordViolationDecision {
        documents: vec![],
        ..violation.clone()
    };
    assert_eq!(
        registry.refused("1402-02-01", nothing),
        Reason::InvalidField
    );
    let voided = registry.ok("1402-02-01", violation).id;
    let valid = |registry: &Registry, date: &str| {
        let held = registry.life(person).person(&as_of(date)).unwrap();
        let stay = held.residence(day(date)).verdict == Verdict::Valid;
        (stay, held.live_document(&passport().key()).is_some())
    };
    assert_eq!(valid(&registry, "1402-02-10"), (false, false));
    let of_visa = registry
        .ok("1402-02-15", lodge_appeal(person, revoked, "A-1"))
        .id;
    let of_papers = registry
        .ok("1402-02-15", lodge_appeal(person, voided, "A-2"))
        .id;
    assert_eq!(valid(&registry, "1402-02-20"), (true, true));
    let session = registry.ok("1402-03-01", hold_session(person, of_visa)).id;
    let rejected = DecideAppeal {
        session: Some(session),
        ..decide_appeal(person, of_visa, AppealOutcome::Rejected, "1402-03-02")
    };
    registry.ok("1402-03-02", rejected);
    registry.ok(
        "1402-03-02",
        decide_appeal(person, of_papers, AppealOutcome::Accepted, "1402-03-02"),
    );
    assert_eq!(valid(&registry, "1402-03-01"), (true, true));
    assert_eq!(valid(&registry, "1402-03-02"), (false, true));
}

#[test]
fn an_entry_ban_has_a_review_and_ends_with_the_costs_paid() {
    let (mut registry, person, _) = ordered("1370-01-01");
    let early = ImposeEntryBan {
        review_on: on("1402-01-01"),
        ..ban(person, "B-1")
    };
    assert_eq!(registry.refused("1402-02-01", early), Reason::TermReversed);
    registry.ok("1402-02-01", ban(person, "B-1"));
    let political = ImposeEntryBan {
        ground: EntryBanGround::PoliticalOrSecurity,
        ..ban(person, "B-2")
    };
    let second = registry.ok("1402-02-01", political).id;
    let lift = |number: &str, ground| LiftEntryBan {
        person,
        ban_number: number.into(),
        ground,
        reference: "R-1".into(),
    };
    assert_eq!(
        registry.refused("1402-03-01", lift("B-2", EntryBanLifting::CostsPaid)),
        Reason::NotEligible
    );
    registry.ok("1402-03-01", lift("B-1", EntryBanLifting::CostsPaid));
    assert_eq!(
        registry.refused("1402-03-01", lift("B-1", EntryBanLifting::Reviewed)),
        Reason::EntryBanUnknown
    );
    let stands = |registry: &Registry| {
        let removal = registry.person(person).removal;
        let ban = removal.ban("B-2").unwrap();
        removal.bans_entry(ban)
    };
    assert!(stands(&registry));
    registry.ok("1402-04-01", lodge_appeal(person, second, "A-1"));
    assert!(!stands(&registry));
}

#[test]
fn a_stay_of_removal_leaves_no_trace_but_the_bar() {
    let (mut registry, person, _) = ordered("1370-01-01");
    let before = registry.life(person).clone();
    registry.as_office(UNIT);
    let of_unit = PlaceStayOfRemoval {
        ground: StayGround::AsylumProcedure,
        ..place_stay(person)
    };
    // Neither author places the other's.
    assert_eq!(
        registry.refused("1402-02-01", place_stay(person)),
        Reason::RoleNotAllowed
    );
    let placed = registry.ok("1402-02-01", of_unit.clone());
    registry.as_office(REGISTRAR);
    assert_eq!(
        registry.refused("1402-02-01", of_unit),
        Reason::RoleNotAllowed
    );
    let found = registry.ok("1402-02-01", place_stay(person));
    assert!(*registry.life(person) == before);
    let barred = refused_execution(&mut registry, person, "1402-06-01");
    assert_eq!(barred, Reason::RemovalBarred);

    // Whoever placed it, for everybody but the unit there is none: not to lift, not to amend.
    for stay in [&placed, &found] {
        let lift = lift_stay(stay.claims[0]);
        assert_eq!(registry.refused("1402-07-01", lift), Reason::RoleNotAllowed);
        assert_eq!(
            registry.refused("1402-07-01", annul(stay.id)),
            Reason::TargetUnknown
        );
    }
    registry.as_office(UNIT);
    registry.ok("1402-07-01", lift_stay(placed.claims[0]));
    assert_eq!(
        registry.refused("1402-07-02", lift_stay(placed.claims[0])),
        Reason::StayUnknown
    );
    let barred = refused_execution(&mut registry, person, "1402-08-01");
    assert_eq!(barred, Reason::RemovalBarred);
    registry.as_office(UNIT);
    registry.ok("1402-08-01", lift_stay(found.claims[0]));
    registry.as_office(REGISTRAR);
    let barred = refused_execution(&mut registry, person, "1402-07-15");
    assert_eq!(barred, Reason::RemovalBarred);
    executed(&mut registry, person, "1402-08-01");
}

#[test]
fn stays_are_counted_by_ground() {
    let (mut registry, person, _) = ordered("1370-01-01");
    for _ in 0..crate::fact::limits::STAYS_MAX {
        registry.ok("1402-02-01", place_stay(person));
    }
    assert_eq!(
        registry.refused("1402-02-01", place_stay(person)),
        Reason::TooManyStays
    );
    registry.as_office(UNIT);
    let of_unit = PlaceStayOfRemoval {
        ground: StayGround::AsylumProcedure,
        ..place_stay(person)
    };
    registry.ok("1402-02-01", of_unit);
}

#[test]
fn a_claim_by_itself_changes_nothing_about_an_order() {
    let (mut registry, person, _) = ordered("1370-01-01");
    registry.as_office(UNIT);
    registry.ok("1402-01-05", lodge_claim(person));
    registry.loaded_claims = 0;
    executed(&mut registry, person, "1402-02-01");
    assert_eq!(registry.loaded_claims, 0);
}

#[test]
fn an_annulled_expulsion_is_not_put_in_force_again_against_what_stands_by_then() {
    let (mut registry, person, order) = ordered("1370-01-01");
    let expulsion = executed(&mut registry, person, "1402-02-01");
    registry.as_office(POLICE);
    let annulment = registry.ok("1402-02-02", annul(expulsion)).id;
    registry.as_office(REGISTRAR);
    assert!(
        registry
            .person(person)
            .removal
            .order("E-1")
            .unwrap()
            .stands()
    );
    let appeal = registry
        .ok("1402-02-03", lodge_appeal(person, order, "A-1"))
        .id;
    for office in [REGISTRAR, POLICE] {
        registry.as_office(office);
        assert_eq!(
            registry.refused("1402-02-04", annul(annulment)),
            Reason::AppealOpen
        );
    }
    registry.as_office(UNIT);
    let stay = PlaceStayOfRemoval {
        ground: StayGround::AsylumProcedure,
        ..place_stay(person)
    };
    registry.ok("1402-02-03", stay);
    registry.as_office(REGISTRAR);
    registry.ok("1402-02-05", annul(appeal));
    assert_eq!(
        registry.refused("1402-02-06", annul(annulment)),
        Reason::RemovalBarred
    );
    // An expulsion under an order that was never served does not outlive the service.
    let (mut registry, person, _) = ordered("1370-01-01");
    let service = registry.accepted.last().unwrap().id;
    executed(&mut registry, person, "1402-02-01");
    assert_eq!(
        registry.refused("1402-02-02", annul(service)),
        Reason::DependentActsStand
    );
}

#[test]
fn a_correction_of_an_expulsion_is_looked_at_as_an_expulsion() {
    let (mut registry, person, _) = ordered("1370-01-01");
    let expulsion = executed(&mut registry, person, "1402-02-01");
    registry.as_office(POLICE);
    let mut correct = |date: &str| {
        let mut replacement = registry.act(date, execute(person, "E-1"));
        replacement.id = ActId([0; 16]);
        let body = CorrectAct {
            target: expulsion,
            replacement: Box::new(replacement),
            reason: "misread".into(),
        };
        let act = registry.act("1402-03-01", body);
        registry.submit(&act).map(|_| ()).map_err(|r| r.reason())
    };
    assert_eq!(correct("1402-01-09"), Err(Reason::AppealTimeRunning));
    assert_eq!(correct("1402-01-10"), Ok(()));
}

#[test]
fn obstacles_are_listed_together_and_an_order_alone_makes_nobody_removable() {
    let (mut registry, person, order) = ordered("1370-01-01");
    registry.ok("1402-01-03", lodge_appeal(person, order, "A-1"));
    registry.ok("1402-01-04", suspend(person, "E-1"));
    registry.ok("1402-01-05", protect(person, ProtectionKind::Pregnancy));
    let held = registry.life(person).person(&At::END).unwrap();
    let order = held.removal.order("E-1").unwrap();
    let on_day = |date: &str| -> Vec<_> {
        let obstacles = held.obstacles(order, false, day(date));
        obstacles.into_iter().collect()
    };
    assert_eq!(
        on_day("1402-06-01"),
        [Obstacle::Appeal, Obstacle::Suspended, Obstacle::Barred]
    );
    assert_eq!(on_day("1402-01-01")[0], Obstacle::NotServed);
}
