//! Questions about service cases.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::case::CaseDecision;
use sabt_domain::codec::Value;
use sabt_domain::law::{Catalogue, ServiceId};
use sabt_domain::life::At;
use sabt_domain::number::{CaseNumber, NumberError};
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::{CaseDue, CaseEntry, CaseStepView, CaseView, OfficeCaseEntry};

use super::ask::Found;
use super::deadlines::own_office;
use super::persons::{found, person_number, refuse};
use super::reading;
use super::sites::when;
use crate::registry::Registry;

/// Groups that a case shows where the permit allows them.
const OPENED: [FieldGroup; 3] = [
    FieldGroup::ServiceCases,
    FieldGroup::Schooling,
    FieldGroup::Protection,
];

fn groups(permit: &Permit) -> Vec<FieldGroup> {
    permit
        .groups()
        .filter(|group| OPENED.contains(group))
        .collect()
}

/// Reads the number of a case that stands at `path`.
pub(super) fn case_number(path: &'static str, text: &str) -> Result<CaseNumber, Refusal> {
    text.parse()
        .map_err(|err: NumberError| Refusal::field(path, err.to_string()))
}

/// A case.
pub(super) fn get(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetCaseRequest,
    at: &At,
) -> Result<Found<api::GetCaseResponse>, Refusal> {
    let number = case_number("case", &question.case)?;
    let answer = registry.views().case(permit, number, at).map_err(refuse)?;
    let verb = DisclosureVerb::Opened;
    Ok(found(registry, verb, groups(permit), &answer, |view| {
        api::GetCaseResponse {
            case: Some(case(view, at.known_at)),
            ..api::GetCaseResponse::default()
        }
    }))
}

/// Cases that concern a person.
pub(super) fn list(
    registry: &Registry,
    permit: &Permit,
    question: &api::ListCasesRequest,
    at: &At,
) -> Result<Found<api::ListCasesResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry.views().cases(permit, number, at).map_err(refuse)?;
    let verb = DisclosureVerb::Opened;
    Ok(found(registry, verb, groups(permit), &answer, |cases| {
        api::ListCasesResponse {
            cases: cases.iter().map(|told| entry(told)).collect(),
            ..api::ListCasesResponse::default()
        }
    }))
}

/// Open cases of an office of the asking agency.
pub(super) async fn of_office(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListOfficeCasesRequest,
    at: &At,
) -> Result<Found<api::ListOfficeCasesResponse>, Refusal> {
    let office = own_office(registry, permit, &question.office)?.code;
    let (when, after) = (when(question.at.as_ref()), question.after.clone());
    let (work, asker, on) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let views = work.views();
        let listed = views.office_cases(&asker, &office, &after, &on, when);
        listed.map_err(refuse)
    })
    .await?;
    let verb = DisclosureVerb::Candidate;
    Ok(found(registry, verb, groups(permit), &answer, |page| {
        api::ListOfficeCasesResponse {
            info: None,
            cases: page.cases.iter().map(|told| of_work(told)).collect(),
            next: page.next.clone(),
        }
    }))
}

fn of_work(entry: &OfficeCaseEntry) -> api::OfficeCase {
    let (title_fa, title_en) = titles(&entry.service);
    api::OfficeCase {
        number: entry.number.to_string(),
        service: entry.service.to_string(),
        title_fa,
        title_en,
        state: entry.state.code().to_owned(),
        requested_on: Some(entry.requested_on.to_message()),
        last_step: entry.last_step.map_or("", |step| step.code()).to_owned(),
        last_step_on: Some(entry.last_step_on.to_message()),
        due: entry.due.iter().map(due).collect(),
        contested: entry.contested,
    }
}

fn due(due: &CaseDue) -> api::CaseDue {
    match due {
        CaseDue::Opinion {
            member,
            due_at,
            overdue,
        } => api::CaseDue {
            kind: "OPINION".to_owned(),
            of: member.code().to_owned(),
            due_at: due_at.map_or(0, Timestamp::micros),
            due_on: None,
            overdue: *overdue,
        },
        CaseDue::Reply {
            inquiry,
            due_on,
            overdue,
        } => api::CaseDue {
            kind: "REPLY".to_owned(),
            of: inquiry.clone(),
            due_at: 0,
            due_on: due_on.as_ref().map(Value::to_message),
            overdue: *overdue,
        },
    }
}

/// Titles of a service in the newest catalogue, Persian and English.
fn titles(service: &ServiceId) -> (String, String) {
    let service = Catalogue::newest().service(service);
    let titles = service.map(|service| (service.title_fa.clone(), service.title_en.clone()));
    titles.unwrap_or_default()
}

fn entry(entry: &CaseEntry) -> api::CaseEntry {
    let (title_fa, title_en) = titles(&entry.service);
    api::CaseEntry {
        number: entry.number.to_string(),
        service: entry.service.to_string(),
        title_fa,
        title_en,
        state: entry.state.code().to_owned(),
        requested_on: Some(entry.requested_on.to_message()),
    }
}

/// A case; `known_at` is the moment up to which the registry's knowledge was asked for, by which an opinion is late.
fn case(view: &CaseView, known_at: Timestamp) -> api::ServiceCase {
    let case = &view.case;
    let (title_fa, title_en) = titles(&case.service);
    let decision = case.decision();
    let notice = decision.and_then(|decision| decision.notice.as_ref());
    api::ServiceCase {
        number: case.number.to_string(),
        version: view.version,
        title_fa,
        title_en,
        state: case.state().code().to_owned(),
        requested_on: Some(case.requested_on.to_message()),
        office: case.office.to_string(),
        request: Some(view.request.to_message()),
        steps: view.steps.iter().map(step).collect(),
        opinions: case
            .opinions
            .iter()
            .map(|asked| api::CaseOpinion {
                member: asked.member.to_proto().into(),
                state: asked.state(known_at).code().to_owned(),
                due_at: asked.due_at().map_or(0, Timestamp::micros),
            })
            .collect(),
        served_at: notice.map_or(0, |notice| notice.at.micros()),
        in_effect: decision.is_some_and(CaseDecision::is_in_effect),
        papers: case
            .papers
            .iter()
            .map(|paper| api::CasePaper {
                kind: paper.issue.content.kind().to_proto().into(),
                number: paper.issue.number.clone(),
                valid_from: Some(paper.issue.valid_from.to_message()),
                valid_until: paper.valid_until.as_ref().map(Value::to_message),
                handed_over: paper.handed_over.is_some(),
                lapsed: paper.lapsed_on.is_some(),
            })
            .collect(),
    }
}

fn step(step: &CaseStepView) -> api::CaseStep {
    api::CaseStep {
        act_id: step.act_id.as_bytes().to_vec(),
        on: Some(step.on.to_message()),
        office: step.office.to_string(),
        legal_basis: step.legal_basis.clone(),
        law_edition: step.law_edition.clone(),
        step: Some(step.step.to_message()),
    }
}
