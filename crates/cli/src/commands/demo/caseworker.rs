//! The caseworker: a paper from request to hand-over, how far a campaign reached, how many stay in the sites, and an order of
//! expulsion that nobody can carry out while an appeal is open.

use std::time::Duration;

use sabt_domain::law::BorderPoint;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::advance_case::Step;
use sabt_proto::event::v1::{self as event, Act};

use super::load::Load;
use super::registrar::{dated, submit, submit_as};
use super::site;
use super::stage::{Asking, Stage, purpose_of, timed};
use crate::cast::{BORDER_POLICE, ORGANISER, REGISTRAR};
use crate::commands::submit::receipt_json;
use crate::commands::{campaign, deadlines, removal};
use crate::error::CliError;
use crate::{data, json, render, text};

/// The 90-day movement pass (services row 10).
const MOVEMENT_PASS: &str = "12012154101";
/// What the steps of the case rest on.
const CASE_BASIS: &str = "service:12012154101";
/// Where she lives.
const PROVINCE: &str = "IR-23";
const PAPER: &str = "P-1405-0001";
const ORDER: &str = "E-1405-0001";
const COMMISSION: &str = "Commission for Organising Foreign Nationals";

/// Plays the scene about the person whom the first scene registered, and the campaign and the sites of the load, if there
/// are any.
pub(crate) async fn play(stage: &mut Stage<'_>, person: &str, load: &Load) -> Result<(), CliError> {
    stage.begin(
        5,
        "caseworker",
        "The woman of the first scene comes back for a pass. What a case takes is said in the catalogue of services; \
         each step is a signed act, and nothing is granted by silence.",
    )?;
    paper(stage, person).await?;
    if let Some(campaign) = &load.campaign {
        coverage(stage, campaign).await?;
    }
    if load.sites {
        site::play(stage, person).await?;
    }
    appeal(stage, person).await
}

/// A case from the request to the paper in her hand.
async fn paper(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    let request = event::RequestService {
        service: MOVEMENT_PASS.to_owned(),
        applicant: Some(event::Applicant {
            who: Some(event::applicant::Who::Person(person.to_owned())),
        }),
        channel: event::RequestChannel::Counter.into(),
        ..event::RequestService::default()
    };
    let (receipt, took) = record(stage, CASE_BASIS, Body::RequestService(request)).await?;
    let none = || CliError::Otherwise("the receipt names no case".to_owned());
    let case = receipt.numbers.first().cloned().ok_or_else(none)?;
    let what = format!("opens case {case}: a 90-day movement pass");
    stage.tell(
        &Asking::new(REGISTRAR, &what, took),
        &receipt_json(&receipt)?,
        None,
    )?;
    let mut last = receipt;
    let mut spent = Duration::ZERO;
    let steps = steps(stage, person);
    let count = steps.len();
    for step in steps {
        let case = case.clone();
        let advance = event::AdvanceCase {
            case,
            step: Some(step),
        };
        let took;
        (last, took) = record(stage, CASE_BASIS, Body::AdvanceCase(advance)).await?;
        spent += took;
    }
    let what = format!("records {count} steps, from the evidence to the closed case");
    stage.tell(
        &Asking::new(REGISTRAR, &what, spent),
        &receipt_json(&last)?,
        None,
    )?;
    show_case(stage, &case, &last).await
}

/// What happens in the case.
fn steps(stage: &Stage<'_>, person: &str) -> Vec<Step> {
    let today = data::today(&stage.clock);
    vec![
        Step::EvidenceAttached(event::Evidence {
            kind: event::EvidenceKind::Photo.into(),
            original: true,
            checked_by: REGISTRAR.officer.to_owned(),
            ..event::Evidence::default()
        }),
        Step::FeeRecorded(event::Fee {
            state: event::FeeState::Waived.into(),
            waiver_ground: "without means".to_owned(),
            ..event::Fee::default()
        }),
        Step::ServiceGranted(event::ServiceGrant {
            decided_by: "BAFIA".to_owned(),
            effective_from: Some(today),
            ..event::ServiceGrant::default()
        }),
        Step::PaperIssued(event::PaperIssue {
            holders: vec![person.to_owned()],
            number: PAPER.to_owned(),
            valid_from: Some(today),
            valid_until: Some(data::days_from_today(&stage.clock, 90)),
            replaces: String::new(),
            content: Some(event::paper_issue::Content::MovementPass(
                event::MovementPass {
                    province: PROVINCE.to_owned(),
                    ground: "until her status is decided".to_owned(),
                },
            )),
        }),
        Step::DocumentHandedOver(event::HandOver {
            paper_number: PAPER.to_owned(),
            receiver: "the applicant".to_owned(),
        }),
        Step::CaseClosed(event::CaseClosure {
            outcome: event::CaseOutcome::Granted.into(),
            declaration_reference: String::new(),
        }),
    ]
}

async fn show_case(
    stage: &mut Stage<'_>,
    case: &str,
    after: &api::Receipt,
) -> Result<(), CliError> {
    let request = api::GetCaseRequest {
        purpose: purpose_of(REGISTRAR)?,
        at: Some(behind(after)),
        case: case.to_owned(),
    };
    let mut persons = stage.client(REGISTRAR)?.persons();
    let (answer, took) = timed(persons.get_case(request)).await;
    let answer = answer?.into_inner();
    let shown = json::to_value("sabt.api.v1.GetCaseResponse", &answer)?;
    let case = answer.case.unwrap_or_default();
    let steps = render::case::steps(&case);
    stage.tell(
        &Asking::new(REGISTRAR, "opens the case", took),
        &shown,
        Some(steps),
    )?;
    stage.out.say("")?;
    stage.out.table(render::case::papers(&case), "  no paper")?;
    if case.papers.iter().any(|paper| paper.handed_over) {
        return Ok(());
    }
    Err(CliError::Unsound(
        "the paper was not handed over".to_owned(),
    ))
}

/// How far a round of Amayesh reached.
async fn coverage(stage: &mut Stage<'_>, number: &str) -> Result<(), CliError> {
    let request = api::GetCampaignRequest {
        purpose: purpose_of(ORGANISER)?,
        at: None,
        campaign: number.to_owned(),
    };
    let mut campaigns = stage.client(ORGANISER)?.campaigns();
    let (answer, took) = timed(campaigns.get_campaign(request)).await;
    let answer = answer?.into_inner();
    let shown = json::to_value("sabt.api.v1.GetCampaignResponse", &answer)?;
    let found = answer.campaign.unwrap_or_default();
    let round = found.terms.as_ref().map_or(0, |terms| terms.round);
    let what = format!("asks how far round {round} of Amayesh reached, campaign {number}");
    let reports = campaign::render_reports(&found);
    stage.tell(&Asking::new(ORGANISER, &what, took), &shown, Some(reports))?;
    stage.note(
        "Numerator, denominator and definition; the registry counted both before it took the report. The organiser is told \
         numbers alone, and nobody's data.",
    )?;
    stage.note(sabt_statistics::YARDSTICK)
}

/// An order, its service, an appeal; and the border police, who ask first and try all the same.
async fn appeal(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    stage.out.say("")?;
    stage.note(
        "Another unit orders her to leave: she has neither visa nor card. From service on she has seven days in \
         which to ask the commission not to be expelled.",
    )?;
    let (order, served) = ordered(stage, person).await?;
    due(stage, person, &served).await?;
    let last = lodged(stage, person, order).await?;
    let request = api::VerifyRemovalRequest {
        purpose: purpose_of(BORDER_POLICE)?,
        at: Some(behind(&last)),
        person: person.to_owned(),
        order_number: ORDER.to_owned(),
    };
    let mut persons = stage.client(BORDER_POLICE)?.persons();
    let (answer, took) = timed(persons.verify_removal(request)).await;
    let answer = answer?.into_inner();
    let what = format!("asks what stands against order {ORDER}");
    let shown = json::to_value("sabt.api.v1.VerifyRemovalResponse", &answer)?;
    stage.tell(&Asking::new(BORDER_POLICE, &what, took), &shown, None)?;
    stage.note(&removal::told(&answer))?;
    if answer.verdict() != api::RemovalVerdict::NotYet {
        return Err(CliError::Unsound(
            "nothing stands against an order under appeal".to_owned(),
        ));
    }
    attempt(stage, person).await
}

/// The order and its service: the act of the one, the receipt of the other.
async fn ordered(stage: &mut Stage<'_>, person: &str) -> Result<(Vec<u8>, api::Receipt), CliError> {
    let order = event::OrderExpulsion {
        person: person.to_owned(),
        order_number: ORDER.to_owned(),
        decided_by: "BAFIA".to_owned(),
        ground: event::ExpulsionGround::NoVisaOrCard.into(),
        appeal_body: COMMISSION.to_owned(),
        court_ruling: String::new(),
        destination: "AFG".to_owned(),
    };
    let (receipt, took) = record(stage, "law:art. 12", Body::OrderExpulsion(order)).await?;
    let what = format!("records order {ORDER}");
    tell_receipt(stage, &what, &receipt, took)?;
    let decision = receipt.act_id;
    let now = stage.clock.now_micros();
    let service = event::ServeDecision {
        person: person.to_owned(),
        decision_act_id: decision.clone(),
        sms_sent_at: now,
        notice_placed_at: now,
    };
    let basis = "law:art. 3 note 3";
    let (receipt, took) = record(stage, basis, Body::ServeDecision(service)).await?;
    tell_receipt(stage, "records its service", &receipt, took)?;
    Ok((decision, receipt))
}

/// Her appeal.
async fn lodged(
    stage: &mut Stage<'_>,
    person: &str,
    decision: Vec<u8>,
) -> Result<api::Receipt, CliError> {
    let appeal = event::LodgeAppeal {
        person: person.to_owned(),
        decision_act_id: decision,
        appeal_number: "Q-1405-0001".to_owned(),
        lodged_by: event::AppealBy::Person.into(),
        body: COMMISSION.to_owned(),
    };
    let basis = "law:art. 12 note 4";
    let (receipt, took) = record(stage, basis, Body::LodgeAppeal(appeal)).await?;
    tell_receipt(stage, "records her appeal", &receipt, took)?;
    Ok(receipt)
}

/// The record that it was carried out is refused.
async fn attempt(stage: &mut Stage<'_>, person: &str) -> Result<(), CliError> {
    let mut offices = sabt_population::offices().into_iter();
    let office = offices
        .find(|office| office.agency == BORDER_POLICE.agency)
        .map(|office| office.code)
        .unwrap_or_default();
    let point = BorderPoint::ALL.first().map_or("", |point| point.code());
    let body = event::ExecuteExpulsion {
        person: person.to_owned(),
        order_number: ORDER.to_owned(),
        border_point: point.to_owned(),
        destination: "AFG".to_owned(),
    };
    let act = Act {
        office,
        officer: BORDER_POLICE.officer.to_owned(),
        legal_basis: "law:art. 12".to_owned(),
        body: Some(Body::ExecuteExpulsion(body)),
        ..Act::default()
    };
    let (answer, took) = submit_as(stage, BORDER_POLICE, &dated(stage, act)).await?;
    let what = "records all the same that the order was carried out";
    stage.tell_refused(&Asking::new(BORDER_POLICE, what, took), answer)
}

/// What ends when, on whose side.
async fn due(stage: &mut Stage<'_>, person: &str, after: &api::Receipt) -> Result<(), CliError> {
    let request = api::ListDeadlinesRequest {
        purpose: purpose_of(REGISTRAR)?,
        at: Some(behind(after)),
        person: person.to_owned(),
        ..api::ListDeadlinesRequest::default()
    };
    let mut persons = stage.client(REGISTRAR)?.persons();
    let (answer, took) = timed(persons.list_deadlines(request)).await;
    let answer = answer?.into_inner();
    let shown = json::to_value("sabt.api.v1.ListDeadlinesResponse", &answer)?;
    let mut table = deadlines::table();
    for listed in &answer.listed {
        deadlines::add(listed, &mut table);
    }
    let what = format!("asks which time limits run for {person}");
    stage.tell(&Asking::new(REGISTRAR, &what, took), &shown, Some(table))
}

/// Signs with the registrar's key and submits an act of today.
async fn record(
    stage: &Stage<'_>,
    basis: &str,
    body: Body,
) -> Result<(api::Receipt, Duration), CliError> {
    let act = Act {
        office: "THR-01".to_owned(),
        officer: REGISTRAR.officer.to_owned(),
        legal_basis: basis.to_owned(),
        body: Some(body),
        ..Act::default()
    };
    submit(stage, &dated(stage, act)).await
}

fn tell_receipt(
    stage: &mut Stage<'_>,
    what: &str,
    receipt: &api::Receipt,
    took: Duration,
) -> Result<(), CliError> {
    let what = format!("{what} (record {})", text::count(receipt.position));
    let asking = Asking::new(REGISTRAR, &what, took);
    stage.tell(&asking, &receipt_json(receipt)?, None)
}

/// A question that sees the act.
fn behind(receipt: &api::Receipt) -> api::AsOf {
    api::AsOf {
        min_position: receipt.position + u64::from(receipt.parts),
        ..api::AsOf::default()
    }
}
