//! Questions about persons.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::codec::Value as _;
use sabt_domain::fact::DocumentReference;
use sabt_domain::law::Right;
use sabt_domain::life::At;
use sabt_domain::number::{HouseholdCode, PersonNumber};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_views::query::{Answer, FindQuery, QueryError};
use tonic::{Request, Response, Status};

use super::ask::{Found, Informed, ask, ask_at_length, check_reference};
use super::extract::extract;
use super::{cases, conditions, convert, corrections, deadlines, removal, retention};
use crate::limits::SEARCH_NAME_BYTES_MAX;
use crate::registry::Registry;

/// `sabt.api.v1.Persons`.
pub(crate) struct PersonsService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::persons_server::Persons for PersonsService {
    async fn verify_document(
        &self,
        request: Request<api::VerifyDocumentRequest>,
    ) -> Result<Response<api::VerifyDocumentResponse>, Status> {
        ask(&self.0, Method::VerifyDocument, request, verify_document).await
    }

    async fn verify_stay(
        &self,
        request: Request<api::VerifyStayRequest>,
    ) -> Result<Response<api::VerifyStayResponse>, Status> {
        ask(&self.0, Method::VerifyStay, request, verify_stay).await
    }

    async fn verify_right(
        &self,
        request: Request<api::VerifyRightRequest>,
    ) -> Result<Response<api::VerifyRightResponse>, Status> {
        ask(&self.0, Method::VerifyRight, request, verify_right).await
    }

    async fn get_residence_conditions(
        &self,
        request: Request<api::GetResidenceConditionsRequest>,
    ) -> Result<Response<api::GetResidenceConditionsResponse>, Status> {
        let method = Method::GetResidenceConditions;
        ask(&self.0, method, request, conditions::get).await
    }

    async fn verify_removal(
        &self,
        request: Request<api::VerifyRemovalRequest>,
    ) -> Result<Response<api::VerifyRemovalResponse>, Status> {
        ask(&self.0, Method::VerifyRemoval, request, removal::verify).await
    }

    async fn find_person(
        &self,
        request: Request<api::FindPersonRequest>,
    ) -> Result<Response<api::FindPersonResponse>, Status> {
        ask(&self.0, Method::FindPerson, request, find_person).await
    }

    async fn get_person(
        &self,
        request: Request<api::GetPersonRequest>,
    ) -> Result<Response<api::GetPersonResponse>, Status> {
        ask(&self.0, Method::GetPerson, request, get_person).await
    }

    async fn get_family(
        &self,
        request: Request<api::GetFamilyRequest>,
    ) -> Result<Response<api::GetFamilyResponse>, Status> {
        ask(&self.0, Method::GetFamily, request, get_family).await
    }

    async fn get_history(
        &self,
        request: Request<api::GetHistoryRequest>,
    ) -> Result<Response<api::GetHistoryResponse>, Status> {
        ask(&self.0, Method::GetHistory, request, get_history).await
    }

    async fn get_household(
        &self,
        request: Request<api::GetHouseholdRequest>,
    ) -> Result<Response<api::GetHouseholdResponse>, Status> {
        ask(&self.0, Method::GetHousehold, request, get_household).await
    }

    async fn get_retention(
        &self,
        request: Request<api::GetRetentionRequest>,
    ) -> Result<Response<api::GetRetentionResponse>, Status> {
        let of = retention::get_retention;
        ask(&self.0, Method::GetRetention, request, of).await
    }

    async fn list_deadlines(
        &self,
        request: Request<api::ListDeadlinesRequest>,
    ) -> Result<Response<api::ListDeadlinesResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::ListDeadlines,
            request,
            |registry, permit, question, at| {
                Box::pin(deadlines::list(registry, permit, question, at))
            },
        )
        .await
    }

    async fn list_retentions_due(
        &self,
        request: Request<api::ListRetentionsDueRequest>,
    ) -> Result<Response<api::ListRetentionsDueResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::ListRetentionsDue,
            request,
            |registry, permit, question, at| {
                Box::pin(retention::list_due(registry, permit, question, at))
            },
        )
        .await
    }

    async fn get_claim_retention(
        &self,
        request: Request<api::GetClaimRetentionRequest>,
    ) -> Result<Response<api::GetClaimRetentionResponse>, Status> {
        let of = retention::get_claim_retention;
        ask(&self.0, Method::GetClaimRetention, request, of).await
    }

    async fn get_extract(
        &self,
        request: Request<api::GetExtractRequest>,
    ) -> Result<Response<api::GetExtractResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::GetExtract,
            request,
            |registry, permit, question, at| Box::pin(extract(registry, permit, question, at)),
        )
        .await
    }

    async fn get_asylum_claims(
        &self,
        request: Request<api::GetAsylumClaimsRequest>,
    ) -> Result<Response<api::GetAsylumClaimsResponse>, Status> {
        ask(&self.0, Method::GetAsylumClaims, request, get_asylum_claims).await
    }

    async fn get_case(
        &self,
        request: Request<api::GetCaseRequest>,
    ) -> Result<Response<api::GetCaseResponse>, Status> {
        ask(&self.0, Method::GetCase, request, cases::get).await
    }

    async fn list_cases(
        &self,
        request: Request<api::ListCasesRequest>,
    ) -> Result<Response<api::ListCasesResponse>, Status> {
        ask(&self.0, Method::ListCases, request, cases::list).await
    }

    async fn list_office_cases(
        &self,
        request: Request<api::ListOfficeCasesRequest>,
    ) -> Result<Response<api::ListOfficeCasesResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::ListOfficeCases,
            request,
            |registry, permit, question, at| {
                Box::pin(cases::of_office(registry, permit, question, at))
            },
        )
        .await
    }

    async fn list_corrections(
        &self,
        request: Request<api::ListCorrectionsRequest>,
    ) -> Result<Response<api::ListCorrectionsResponse>, Status> {
        let list = corrections::list;
        ask(&self.0, Method::ListCorrections, request, list).await
    }

    async fn acknowledge_correction(
        &self,
        request: Request<api::AcknowledgeCorrectionRequest>,
    ) -> Result<Response<api::AcknowledgeCorrectionResponse>, Status> {
        let acknowledge = corrections::acknowledge;
        ask(&self.0, Method::AcknowledgeCorrection, request, acknowledge).await
    }
}

fn verify_document(
    registry: &Registry,
    permit: &Permit,
    question: &api::VerifyDocumentRequest,
    at: &At,
) -> Result<Found<api::VerifyDocumentResponse>, Refusal> {
    let document = document("document", question.document.as_ref())?;
    let answer = registry
        .views()
        .verify_document(permit, &document.key(), at)
        .map_err(refuse)?;
    let groups = vec![FieldGroup::Verdict];
    Ok(found(
        registry,
        DisclosureVerb::Verified,
        groups,
        &answer,
        |content| convert::document_verdict(*content),
    ))
}

fn verify_stay(
    registry: &Registry,
    permit: &Permit,
    question: &api::VerifyStayRequest,
    at: &At,
) -> Result<Found<api::VerifyStayResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry
        .views()
        .verify_stay(permit, number, at)
        .map_err(refuse)?;
    let groups = vec![FieldGroup::Verdict];
    Ok(found(
        registry,
        DisclosureVerb::Verified,
        groups,
        &answer,
        |content| api::VerifyStayResponse {
            verdict: convert::verdict(content.verdict),
            reason_class: convert::reason(content.reason),
            ..api::VerifyStayResponse::default()
        },
    ))
}

fn verify_right(
    registry: &Registry,
    permit: &Permit,
    question: &api::VerifyRightRequest,
    at: &At,
) -> Result<Found<api::VerifyRightResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let right = Right::from_proto(question.right)
        .ok_or_else(|| Refusal::field("right", "is missing or not known"))?;
    let answer = registry
        .views()
        .verify_right(permit, number, right, at)
        .map_err(refuse)?;
    let groups = vec![FieldGroup::Verdict];
    Ok(found(
        registry,
        DisclosureVerb::Verified,
        groups,
        &answer,
        |content| api::VerifyRightResponse {
            verdict: convert::verdict(content.verdict),
            reason_class: content.reason.code().to_owned(),
            source: content.source.to_owned(),
            law_edition: content.edition.to_owned(),
            ..api::VerifyRightResponse::default()
        },
    ))
}

fn find_person(
    registry: &Registry,
    permit: &Permit,
    question: &api::FindPersonRequest,
    at: &At,
) -> Result<Found<api::FindPersonResponse>, Refusal> {
    for (path, name) in [
        ("given_name", &question.given_name),
        ("family_name", &question.family_name),
    ] {
        if SEARCH_NAME_BYTES_MAX < name.len() || name.chars().any(char::is_control) {
            return Err(Refusal::field(
                path,
                format!("is longer than {SEARCH_NAME_BYTES_MAX} bytes or holds control characters"),
            ));
        }
    }
    let named = !(question.given_name.trim().is_empty() && question.family_name.trim().is_empty());
    let query = match (&question.document, named, question.birth_year) {
        (Some(_), false, 0) => {
            FindQuery::Document(document("document", question.document.as_ref())?.key())
        }
        (None, true, birth_year) if birth_year != 0 => FindQuery::Name {
            given: question.given_name.clone(),
            family: question.family_name.clone(),
            birth_year,
        },
        _ => return Err(Refusal::new(Reason::SearchTooWide, "design:7 searches")),
    };
    let answer = registry.views().find(permit, &query, at).map_err(refuse)?;
    let groups = vec![FieldGroup::Identity];
    Ok(found(
        registry,
        DisclosureVerb::Candidate,
        groups,
        &answer,
        convert::candidates,
    ))
}

fn get_person(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetPersonRequest,
    at: &At,
) -> Result<Found<api::GetPersonResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry
        .views()
        .person(permit, number, at)
        .map_err(refuse)?;
    let groups = permit
        .groups()
        .filter(|group| OPENED.contains(group))
        .collect();
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |view| api::GetPersonResponse {
            person: Some(convert::person(view)),
            ..api::GetPersonResponse::default()
        },
    ))
}

/// Groups that a person's record shows where the permit allows them.
const OPENED: [FieldGroup; 14] = [
    FieldGroup::Identity,
    FieldGroup::Documents,
    FieldGroup::Residence,
    FieldGroup::Status,
    FieldGroup::Protection,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::ShelterAddress,
    FieldGroup::VitalEvents,
    FieldGroup::Presence,
    FieldGroup::History,
    FieldGroup::Schooling,
    FieldGroup::Removal,
    FieldGroup::Health,
];

fn get_family(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetFamilyRequest,
    at: &At,
) -> Result<Found<api::GetFamilyResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry
        .views()
        .family(permit, number, at)
        .map_err(refuse)?;
    let told = [
        FieldGroup::Identity,
        FieldGroup::Family,
        FieldGroup::Household,
        FieldGroup::Address,
        FieldGroup::ShelterAddress,
    ];
    let groups = permit
        .groups()
        .filter(|group| told.contains(group))
        .collect();
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        convert::family,
    ))
}

fn get_household(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetHouseholdRequest,
    at: &At,
) -> Result<Found<api::GetHouseholdResponse>, Refusal> {
    let code = household_code("household", &question.household)?;
    let answer = registry
        .views()
        .household(permit, code, at)
        .map_err(refuse)?;
    let told = [
        FieldGroup::Household,
        FieldGroup::Address,
        FieldGroup::ShelterAddress,
    ];
    let groups = permit
        .groups()
        .filter(|group| told.contains(group))
        .collect();
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |view| api::GetHouseholdResponse {
            household: Some(convert::household(view)),
            ..api::GetHouseholdResponse::default()
        },
    ))
}

fn get_history(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetHistoryRequest,
    at: &At,
) -> Result<Found<api::GetHistoryResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry
        .views()
        .history(permit, number, at)
        .map_err(refuse)?;
    let groups = permit
        .groups()
        .filter(|group| *group != FieldGroup::Disclosures)
        .collect();
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |entries| convert::history(entries),
    ))
}

fn get_asylum_claims(
    registry: &Registry,
    permit: &Permit,
    question: &api::GetAsylumClaimsRequest,
    at: &At,
) -> Result<Found<api::GetAsylumClaimsResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let answer = registry
        .views()
        .asylum_claims(permit, number, at)
        .map_err(refuse)?;
    let groups = vec![FieldGroup::AsylumClaim];
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |claims| convert::claims(claims),
    ))
}

/// Who has looked: for the person through an office with consent, or for the data-protection officer.
pub(super) fn list_disclosures(
    registry: &Registry,
    permit: &Permit,
    question: &api::ListDisclosuresRequest,
    at: &At,
) -> Result<Found<api::ListDisclosuresResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    check_consent(permit, &question.consent_reference)?;
    let answer = registry
        .views()
        .disclosures_about(permit, number, &registry.enrolment(), at.known_at)
        .map_err(refuse)?;
    let groups = vec![FieldGroup::Disclosures];
    Ok(found(
        registry,
        DisclosureVerb::Opened,
        groups,
        &answer,
        |content| api::ListDisclosuresResponse {
            info: None,
            entries: content.entries.iter().map(convert::disclosure).collect(),
            withheld: content.withheld,
            earlier: content.earlier,
        },
    ))
}

/// An office asks on behalf of a person only with their signed consent.
pub(super) fn check_consent(permit: &Permit, reference: &str) -> Result<(), Refusal> {
    use sabt_domain::access::Role;

    check_reference("consent_reference", reference)?;
    let office = matches!(permit.role(), Role::Registrar | Role::AsylumUnit);
    if office && reference.trim().is_empty() {
        return Err(Refusal::new(Reason::ConsentMissing, "design:7.5"));
    }
    Ok(())
}

pub(super) fn found<T, A: Informed>(
    registry: &Registry,
    verb: DisclosureVerb,
    groups: Vec<FieldGroup>,
    answer: &Answer<T>,
    tell: impl FnOnce(&T) -> A,
) -> Found<A> {
    let named = |subject| named(registry, subject);
    let subjects = answer.about.iter().filter_map(named).collect();
    let mut response = tell(&answer.content);
    response.mark(convert::contested(&answer.contested));
    Found {
        answer: response,
        verb,
        subjects,
        groups,
        position: answer.position.get(),
        each: Vec::new(),
    }
}

/// A subject as its disclosure names it.
pub(super) fn named(registry: &Registry, subject: &SubjectId) -> Option<(SubjectOrdinal, String)> {
    let number = match subject {
        SubjectId::Person(number) => number.to_string(),
        SubjectId::Household(code) => code.to_string(),
        SubjectId::Case(number) => number.to_string(),
        SubjectId::AsylumClaim(_)
        | SubjectId::Campaign(_)
        | SubjectId::Site(_)
        | SubjectId::Biometric(_)
        | SubjectId::Registry
        | SubjectId::Agency(_)
        | SubjectId::Office(_) => return None,
    };
    Some((registry.ordinal(subject)?, number))
}

fn document(
    path: &'static str,
    reference: Option<&sabt_proto::event::v1::DocumentReference>,
) -> Result<DocumentReference, Refusal> {
    let reference = reference.ok_or_else(|| Refusal::field(path, "is missing"))?;
    DocumentReference::from_message(path, reference)
}

pub(super) fn person_number(path: &'static str, text: &str) -> Result<PersonNumber, Refusal> {
    text.parse()
        .map_err(|err: sabt_domain::number::NumberError| Refusal::field(path, err.to_string()))
}

pub(super) fn household_code(path: &'static str, text: &str) -> Result<HouseholdCode, Refusal> {
    text.parse()
        .map_err(|err: sabt_domain::number::NumberError| Refusal::field(path, err.to_string()))
}

pub(super) fn refuse(err: QueryError) -> Refusal {
    if let QueryError::Refused(refusal) = err {
        refusal
    } else {
        failed(&err)
    }
}

/// The registry failed, not the asker; the log says why.
pub(super) fn failed(err: &dyn std::error::Error) -> Refusal {
    tracing::error!(error = %err, "a question could not be answered");
    Refusal::new(Reason::NotWritable, "design:5.2")
        .with_message("The registry could not read what was asked for.")
        .with_remedy("Retry; if it persists, the operator finds the reason in the log.")
}
