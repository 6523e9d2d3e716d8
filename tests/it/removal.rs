//! Removal over gRPC: what stands against an expulsion, flow by flow, from the order to its end.

mod deadlines;
mod questions;

use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, Player, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::refusal::Reason;
use sabt_domain::time::{Calendar, PartialDate, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Sex};
use tonic_types::StatusExt as _;

use crate::support::{self, BORDER, TEHRAN, TestRegistry, UNIT};

/// A registry, and connections of those who act.
struct World {
    registry: TestRegistry,
    clients: Vec<(Player, Client, &'static str)>,
}

impl World {
    async fn start() -> Self {
        let registry = TestRegistry::start().await;
        let mut clients = Vec::new();
        for (player, office) in [
            (REGISTRAR, TEHRAN),
            (BORDER_POLICE, BORDER),
            (ASYLUM_UNIT, UNIT),
        ] {
            clients.push((player, registry.client(player).await, office));
        }
        Self { registry, clients }
    }

    async fn submit(
        &self,
        who: Player,
        on: &str,
        body: Body,
    ) -> Result<api::Receipt, tonic::Status> {
        let of_player = self.clients.iter().find(|(player, ..)| *player == who);
        let (_, client, office) = of_player.unwrap();
        let act = support::by_office(office, support::act(on, body));
        let author = self.registry.author(who.name);
        self.registry.submit(client, &author, &act).await
    }

    async fn ok(&self, on: &str, body: Body) -> api::Receipt {
        self.submit(REGISTRAR, on, body).await.unwrap()
    }

    async fn refused(&self, who: Player, on: &str, body: Body, reason: Reason) {
        let status = self.submit(who, on, body).await.unwrap_err();
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, reason.code(), "{}", status.message());
        assert!(!info.metadata["rule"].is_empty() && !info.metadata["remedy"].is_empty());
    }

    async fn person(&self) -> String {
        let body = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        self.ok("1398-01-01", body).await.numbers[0].clone()
    }

    /// A person whose expulsion was ordered on 1 Farvardin 1404 and served the day after.
    async fn ordered(&self) -> (String, Vec<u8>) {
        let person = self.person().await;
        let order = self
            .ok("1404-01-01", support::expulsion(&person, "E-1"))
            .await
            .act_id;
        self.ok("1404-01-02", service(&person, &order, "1404-01-02"))
            .await;
        (person, order)
    }

    async fn not_carried_out(&self, person: &str, on: &str, reason: Reason) {
        self.refused(BORDER_POLICE, on, execution(person), reason)
            .await;
    }

    async fn carried_out(&self, person: &str, on: &str) -> api::Receipt {
        self.submit(BORDER_POLICE, on, execution(person))
            .await
            .unwrap()
    }
}

/// Both ways of service in the morning of a day.
fn service(person: &str, decision: &[u8], on: &str) -> Body {
    let day = PartialDate::parse(on, Calendar::Jalali).unwrap().earliest();
    let morning = Timestamp::start_of_day_in_tehran(day).plus_seconds(28_800);
    let sms_sent_at = morning.unwrap().micros();
    Body::ServeDecision(event::ServeDecision {
        person: person.to_owned(),
        decision_act_id: decision.to_vec(),
        sms_sent_at,
        notice_placed_at: sms_sent_at + 1_000_000,
    })
}

fn appeal(person: &str, decision: &[u8], number: &str) -> Body {
    Body::LodgeAppeal(event::LodgeAppeal {
        person: person.to_owned(),
        decision_act_id: decision.to_vec(),
        appeal_number: number.to_owned(),
        lodged_by: event::AppealBy::Representative.into(),
        body: "commission of Article 12".to_owned(),
    })
}

fn session(person: &str, appeal: &[u8]) -> Body {
    Body::HoldCommissionSession(event::HoldCommissionSession {
        person: person.to_owned(),
        appeal_act_id: appeal.to_vec(),
        session_number: "1404/9".to_owned(),
        level: event::CommissionLevel::Provincial.into(),
        province: "IR-23".to_owned(),
    })
}

fn ruling(
    person: &str,
    appeal: &[u8],
    session: &[u8],
    outcome: event::AppealOutcome,
    on: &str,
) -> Body {
    Body::DecideAppeal(event::DecideAppeal {
        person: person.to_owned(),
        appeal_act_id: appeal.to_vec(),
        outcome: outcome.into(),
        decided_by: "commission of Article 12".to_owned(),
        ground: "art. 12 note 4".to_owned(),
        served_on: Some(support::jalali(on)),
        session_act_id: session.to_vec(),
        declaration_reference: String::new(),
    })
}

fn execution(person: &str) -> Body {
    Body::ExecuteExpulsion(event::ExecuteExpulsion {
        person: person.to_owned(),
        order_number: "E-1".to_owned(),
        border_point: "DOGHAROUN".to_owned(),
        destination: "AFG".to_owned(),
    })
}

fn suspension(person: &str) -> Body {
    Body::SuspendExpulsion(event::SuspendExpulsion {
        person: person.to_owned(),
        order_number: "E-1".to_owned(),
        court: "Tehran 4".to_owned(),
        ruling_number: "1404/77".to_owned(),
        cause: event::SuspensionCause::CourtResult.into(),
    })
}

fn lifting(person: &str, suspension: &[u8]) -> Body {
    Body::EndExpulsionSuspension(event::EndExpulsionSuspension {
        person: person.to_owned(),
        suspension_act_id: suspension.to_vec(),
        ending: event::SuspensionEnding::LiftedByCourt.into(),
        ruling_number: "1404/78".to_owned(),
    })
}

fn protection(person: &str) -> Body {
    Body::RecordProtection(event::RecordProtection {
        person: person.to_owned(),
        kind: event::ProtectionKind::Illness.into(),
        finding_reference: "forensic medicine 1404/3".to_owned(),
    })
}

fn recovery(person: &str, protection: &[u8]) -> Body {
    Body::EndProtection(event::EndProtection {
        person: person.to_owned(),
        protection_act_id: protection.to_vec(),
        ending: event::ProtectionEnding::CauseEnded.into(),
        decision: None,
    })
}

fn stay(person: &str, ground: event::StayGround) -> Body {
    Body::PlaceStayOfRemoval(event::PlaceStayOfRemoval {
        person: person.to_owned(),
        ground: ground.into(),
        decided_by: "commission".to_owned(),
        reference: "1404/5".to_owned(),
    })
}

fn lifted_stay(stay: &str) -> Body {
    Body::LiftStayOfRemoval(event::LiftStayOfRemoval {
        stay: stay.to_owned(),
        reason: "nothing is to be feared any more".to_owned(),
    })
}

fn ban(person: &str) -> Body {
    Body::ImposeEntryBan(event::ImposeEntryBan {
        person: person.to_owned(),
        ban_number: "B-1".to_owned(),
        ground: event::EntryBanGround::CostsUnpaid.into(),
        review_on: Some(support::jalali("1406-01-01")),
        decision: Some(support::decision("1404-02-02")),
    })
}

fn lifted_ban(person: &str) -> Body {
    Body::LiftEntryBan(event::LiftEntryBan {
        person: person.to_owned(),
        ban_number: "B-1".to_owned(),
        ground: event::EntryBanLifting::CostsPaid.into(),
        reference: "receipt 7".to_owned(),
    })
}

/// Nobody appeals, nothing stands against it: the order is carried out once the time has passed, and once only.
async fn an_order_that_nobody_contests(world: &World) {
    let person = world.person().await;
    world
        .not_carried_out(&person, "1404-01-01", Reason::UnknownOrder)
        .await;
    let order = world
        .ok("1404-01-01", support::expulsion(&person, "E-1"))
        .await
        .act_id;
    let again = support::expulsion(&person, "E-1");
    world
        .refused(REGISTRAR, "1404-01-01", again, Reason::NumberInUse)
        .await;
    world
        .not_carried_out(&person, "1404-06-01", Reason::ExpulsionNotServed)
        .await;
    let served = service(&person, &order, "1404-01-02");
    world.ok("1404-01-02", served.clone()).await;
    let reason = Reason::DecisionServedBefore;
    world.refused(REGISTRAR, "1404-01-02", served, reason).await;
    world
        .not_carried_out(&person, "1404-01-09", Reason::AppealTimeRunning)
        .await;
    world.carried_out(&person, "1404-01-10").await;
    world
        .not_carried_out(&person, "1404-01-11", Reason::ExpulsionOrderEnded)
        .await;
}

async fn an_appeal_that_is_rejected(world: &World) {
    let (person, order) = world.ordered().await;
    let lodged = appeal(&person, &order, "A-1");
    let lodged = world.ok("1404-01-05", lodged).await.act_id;
    let second = appeal(&person, &order, "A-2");
    let reason = Reason::AppealLodgedBefore;
    world.refused(REGISTRAR, "1404-01-06", second, reason).await;
    world
        .not_carried_out(&person, "1404-03-01", Reason::AppealOpen)
        .await;
    let rejected = event::AppealOutcome::Rejected;
    let without_session = ruling(&person, &lodged, &[], rejected, "1404-02-02");
    let reason = Reason::CommissionSessionMissing;
    world
        .refused(REGISTRAR, "1404-02-02", without_session, reason)
        .await;
    let held = world.ok("1404-02-01", session(&person, &lodged)).await;
    let decided = ruling(&person, &lodged, &held.act_id, rejected, "1404-02-02");
    world.ok("1404-02-02", decided.clone()).await;
    world
        .refused(REGISTRAR, "1404-02-03", decided, Reason::AppealUnknown)
        .await;
    world.carried_out(&person, "1404-02-03").await;
}

async fn an_appeal_that_is_accepted(world: &World) {
    let (person, order) = world.ordered().await;
    let nothing = appeal(&person, &[7; 16], "A-1");
    world
        .refused(REGISTRAR, "1404-01-05", nothing, Reason::DecisionUnknown)
        .await;
    let lodged = appeal(&person, &order, "A-1");
    let lodged = world.ok("1404-01-05", lodged).await.act_id;
    let held = world.ok("1404-02-01", session(&person, &lodged)).await;
    let accepted = event::AppealOutcome::Accepted;
    let decided = ruling(&person, &lodged, &held.act_id, accepted, "1404-02-02");
    let decided = world.ok("1404-02-02", decided).await.act_id;
    world
        .not_carried_out(&person, "1404-06-01", Reason::ExpulsionOrderEnded)
        .await;
    // Taken back, the appeal is open again.
    world.ok("1404-02-03", support::annulment(&decided)).await;
    world
        .not_carried_out(&person, "1404-06-01", Reason::AppealOpen)
        .await;
}

async fn an_order_that_is_withdrawn(world: &World) {
    let (person, _) = world.ordered().await;
    let withdrawn = Body::WithdrawExpulsionOrder(event::WithdrawExpulsionOrder {
        person: person.clone(),
        order_number: "E-1".to_owned(),
        decided_by: "directorate".to_owned(),
        reason: "the person was another".to_owned(),
    });
    let withdrawn = world.ok("1404-02-01", withdrawn).await.act_id;
    world
        .not_carried_out(&person, "1404-02-02", Reason::ExpulsionOrderEnded)
        .await;
    world.ok("1404-02-02", support::annulment(&withdrawn)).await;
    world.carried_out(&person, "1404-02-03").await;
}

async fn a_suspension_by_a_court(world: &World) {
    let (person, _) = world.ordered().await;
    let suspended = world.ok("1404-01-05", suspension(&person)).await.act_id;
    world
        .not_carried_out(&person, "1405-03-01", Reason::ExpulsionIsSuspended)
        .await;
    let extension = Body::ExtendExpulsionSuspension(event::ExtendExpulsionSuspension {
        person: person.clone(),
        suspension_act_id: suspended.clone(),
        court: "Tehran 4".to_owned(),
        ruling_number: "1404/79".to_owned(),
        until: Some(support::jalali("1406-01-01")),
    });
    world.ok("1404-12-01", extension).await;
    world.ok("1405-04-01", lifting(&person, &suspended)).await;
    let twice = lifting(&person, &suspended);
    let reason = Reason::SuspensionUnknown;
    world.refused(REGISTRAR, "1405-04-02", twice, reason).await;
    world.carried_out(&person, "1405-04-02").await;
}

async fn an_illness_until_treatment_has_ended(world: &World) {
    let (person, _) = world.ordered().await;
    let found = world.ok("1404-01-05", protection(&person)).await.act_id;
    let twice = protection(&person);
    let reason = Reason::ProtectionStands;
    world.refused(REGISTRAR, "1404-01-06", twice, reason).await;
    world
        .not_carried_out(&person, "1404-06-01", Reason::RemovalBarred)
        .await;
    world.ok("1404-07-01", recovery(&person, &found)).await;
    let twice = recovery(&person, &found);
    let reason = Reason::ProtectionUnknown;
    world.refused(REGISTRAR, "1404-07-02", twice, reason).await;
    world.carried_out(&person, "1404-07-02").await;
}

/// The commission's finding and the asylum unit's stay look alike to everybody but the unit.
async fn stays_of_removal(world: &World) {
    let mut told = Vec::new();
    for (placing, ground) in [
        (REGISTRAR, event::StayGround::CommissionFinding),
        (ASYLUM_UNIT, event::StayGround::AsylumProcedure),
    ] {
        let (person, _) = world.ordered().await;
        let placed = world.submit(placing, "1404-01-05", stay(&person, ground));
        let placed = placed.await.unwrap();
        let refusal = world
            .submit(BORDER_POLICE, "1404-06-01", execution(&person))
            .await
            .unwrap_err();
        told.push((refusal.code(), refusal.message().to_owned()));
        for body in [
            lifted_stay(&placed.numbers[0]),
            support::annulment(&placed.act_id),
        ] {
            let refusal = world.submit(REGISTRAR, "1404-07-01", body).await;
            let refusal = refusal.unwrap_err();
            told.push((refusal.code(), refusal.message().to_owned()));
        }
        let lift = || lifted_stay(&placed.numbers[0]);
        world
            .submit(ASYLUM_UNIT, "1404-07-01", lift())
            .await
            .unwrap();
        world
            .refused(ASYLUM_UNIT, "1404-07-02", lift(), Reason::StayUnknown)
            .await;
        world.carried_out(&person, "1404-07-02").await;
    }
    assert_eq!(told[..3], told[3..]);
}

async fn as_many_stays_as_are_kept_apart(world: &World) {
    let (person, _) = world.ordered().await;
    let finding = event::StayGround::CommissionFinding;
    for _ in 0..sabt_domain::fact::limits::STAYS_MAX {
        world.ok("1404-01-05", stay(&person, finding)).await;
    }
    let reason = Reason::TooManyStays;
    let another = stay(&person, finding);
    world
        .refused(REGISTRAR, "1404-01-05", another, reason)
        .await;
    let of_unit = stay(&person, event::StayGround::AsylumProcedure);
    let placed = world.submit(ASYLUM_UNIT, "1404-01-05", of_unit).await;
    placed.unwrap();
}

async fn a_refugee_is_not_expelled_while_an_appeal_against_the_end_of_refuge_is_open(
    world: &World,
) {
    let (person, _) = world.ordered().await;
    let granted = Body::GrantStatus(event::GrantStatus {
        person: person.clone(),
        status: event::PersonStatus::Refugee.into(),
        decided_by: String::new(),
    });
    world.ok("1404-01-05", granted).await;
    world
        .not_carried_out(&person, "1404-02-01", Reason::RemovalBarred)
        .await;
    let ceased = Body::ChangeStatus(event::ChangeStatus {
        person: person.clone(),
        from: event::PersonStatus::Refugee.into(),
        to: event::PersonStatus::FormerRefugee.into(),
        decided_by: String::new(),
        decision: Some(support::decision("1404-02-01")),
    });
    let ceased = world.ok("1404-02-01", ceased).await.act_id;
    // Forty-five days to leave.
    world
        .not_carried_out(&person, "1404-03-15", Reason::RemovalBarred)
        .await;
    let lodged = appeal(&person, &ceased, "A-1");
    let lodged = world.ok("1404-03-20", lodged).await.act_id;
    world
        .not_carried_out(&person, "1404-04-15", Reason::AppealOpen)
        .await;
    let rejected = event::AppealOutcome::Rejected;
    let decided = ruling(&person, &lodged, &[], rejected, "1404-05-01");
    world.ok("1404-05-01", decided).await;
    world.carried_out(&person, "1404-05-02").await;
}

async fn a_revoked_visa_stays_valid_while_an_appeal_is_open(world: &World) {
    let (person, _) = world.ordered().await;
    let visa = Body::IssueVisa(event::IssueVisa {
        person: person.clone(),
        kind: event::VisaKind::Tourist.into(),
        visa_number: "V-1".to_owned(),
        valid_from: Some(support::jalali("1404-01-10")),
        valid_until: Some(support::jalali("1404-12-01")),
        ..event::IssueVisa::default()
    });
    world.ok("1404-01-10", visa).await;
    let revocation = Body::RevokeVisa(event::RevokeVisa {
        person: person.clone(),
        visa_number: "V-1".to_owned(),
        decision: Some(support::decision("1404-02-01")),
    });
    let revoked = world.ok("1404-02-01", revocation).await.act_id;
    world
        .not_carried_out(&person, "1404-02-20", Reason::AppealTimeRunning)
        .await;
    let lodged = appeal(&person, &revoked, "A-1");
    let lodged = world.ok("1404-02-20", lodged).await.act_id;
    let held = world.ok("1404-03-01", session(&person, &lodged)).await;
    let accepted = event::AppealOutcome::Accepted;
    let decided = ruling(&person, &lodged, &held.act_id, accepted, "1404-03-02");
    world.ok("1404-03-02", decided).await;
    // The visa is there again, and is a lawful basis.
    world
        .not_carried_out(&person, "1404-06-01", Reason::RemovalBarred)
        .await;
    world.carried_out(&person, "1404-12-02").await;
}

async fn documents_voided_for_a_violation(world: &World) {
    let body = support::register_with(Sex::Male, "1370-01-01", "PV-1");
    let body = Body::RegisterPerson(body);
    let person = world.ok("1398-01-01", body).await.numbers[0].clone();
    let violation = |number: &str| {
        Body::RecordViolationDecision(event::RecordViolationDecision {
            person: person.clone(),
            documents: vec![support::reference(number)],
            decision: Some(support::decision("1404-02-01")),
        })
    };
    let unknown = Reason::UnknownDocument;
    world
        .refused(REGISTRAR, "1404-02-01", violation("PV-2"), unknown)
        .await;
    let voided = world.ok("1404-02-01", violation("PV-1")).await.act_id;
    let dead = Reason::DocumentNotLive;
    world
        .refused(REGISTRAR, "1404-02-02", violation("PV-1"), dead)
        .await;
    let lodged = appeal(&person, &voided, "A-1");
    world.ok("1404-02-03", lodged).await;
    // While the appeal is open the document is live, so that it could be voided by another decision.
    world.ok("1404-02-04", violation("PV-1")).await;
}

async fn an_entry_ban_ends_with_the_costs(world: &World) {
    let (person, _) = world.ordered().await;
    world.carried_out(&person, "1404-02-01").await;
    world.ok("1404-02-02", ban(&person)).await;
    world.ok("1404-03-01", lifted_ban(&person)).await;
    let twice = lifted_ban(&person);
    let reason = Reason::EntryBanUnknown;
    world.refused(REGISTRAR, "1404-03-02", twice, reason).await;
}

/// An expulsion that was recorded by mistake is taken back, and does not come back against what stands by then.
async fn an_expulsion_taken_back(world: &World) {
    let (person, order) = world.ordered().await;
    let carried_out = world.carried_out(&person, "1404-02-01").await;
    let taken_back = support::annulment(&carried_out.act_id);
    let taken_back = world.submit(BORDER_POLICE, "1404-02-02", taken_back).await;
    let taken_back = taken_back.unwrap().act_id;
    let lodged = appeal(&person, &order, "A-1");
    let lodged = world.ok("1404-02-03", lodged).await.act_id;
    for who in [REGISTRAR, BORDER_POLICE] {
        let again = support::annulment(&taken_back);
        world
            .refused(who, "1404-02-04", again, Reason::AppealOpen)
            .await;
    }
    world.ok("1404-02-05", support::annulment(&lodged)).await;
    world
        .ok("1404-02-06", support::annulment(&taken_back))
        .await;
    world
        .not_carried_out(&person, "1404-02-07", Reason::ExpulsionOrderEnded)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expulsion_is_recorded_only_when_nothing_stands_against_it() {
    let world = World::start().await;
    an_order_that_nobody_contests(&world).await;
    an_appeal_that_is_rejected(&world).await;
    an_appeal_that_is_accepted(&world).await;
    an_order_that_is_withdrawn(&world).await;
    a_suspension_by_a_court(&world).await;
    an_illness_until_treatment_has_ended(&world).await;
    an_expulsion_taken_back(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_of_removal_shows_as_a_bar_and_as_nothing_else() {
    let world = World::start().await;
    stays_of_removal(&world).await;
    as_many_stays_as_are_kept_apart(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_has_no_effect_while_an_appeal_against_it_is_open() {
    let world = World::start().await;
    a_refugee_is_not_expelled_while_an_appeal_against_the_end_of_refuge_is_open(&world).await;
    a_revoked_visa_stays_valid_while_an_appeal_is_open(&world).await;
    documents_voided_for_a_violation(&world).await;
    an_entry_ban_ends_with_the_costs(&world).await;
}
