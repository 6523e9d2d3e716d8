//! The way of every question: who asks and whether not too often, permit, views, record, answer. No step is left out and none runs
//! back; a handler only says what is asked of the views.

use std::pin::Pin;
use std::sync::Arc;

use prost::Message;
use sabt_domain::access::{Asker, DeferralRequest, FieldGroup, Method, Permit, Role};
use sabt_domain::codec::Value as _;
use sabt_domain::life::At;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::{PartialDate, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, Disclosure, DisclosureVerb};
use sabt_vault::ordinal::SubjectOrdinal;
use tonic::{Request, Response, Status};

use super::watch;
use crate::disclose::{Answered, DiscloseError, DisclosureReceipt};
use crate::grants;
use crate::identity::Caller;
use crate::limits::{MIN_POSITION_WAIT, REFERENCE_BYTES_MAX};
use crate::registry::{Registry, random};
use crate::status;

/// What a handler found, before it is recorded.
pub(crate) struct Found<A> {
    pub(crate) answer: A,
    pub(crate) verb: DisclosureVerb,
    /// Whom the answer is about; empty when nobody was found.
    pub(crate) subjects: Vec<(SubjectOrdinal, String)>,
    /// Groups that leave with the answer.
    pub(crate) groups: Vec<FieldGroup>,
    /// Number of events the answer reflects.
    pub(crate) position: u64,
    /// What differs from subject to subject, in their order; empty where nothing does.
    pub(crate) each: Vec<Particular>,
}

/// What the disclosure about one subject says beside what all of an answer have in common.
pub(crate) struct Particular {
    /// Groups that leave about this subject.
    pub(crate) groups: Vec<FieldGroup>,
    /// Corrections that are delivered or acknowledged.
    pub(crate) corrections: Vec<u64>,
    /// A disclosure that is withheld from its subject, as long as which this one is.
    pub(crate) withheld_as: Option<Box<Disclosure>>,
}

impl Particular {
    fn put_into(self, disclosure: &mut Disclosure) {
        disclosure.field_groups = codes(&self.groups);
        disclosure.corrections = self.corrections;
        if let Some(withheld) = self.withheld_as {
            disclosure.embargo_until = withheld.embargo_until;
            disclosure.deferral_reason = withheld.deferral_reason;
            disclosure.deferral_order = withheld.deferral_order;
        }
    }
}

/// Field groups as messages name them.
pub(crate) fn codes<'a>(groups: impl IntoIterator<Item = &'a FieldGroup>) -> Vec<String> {
    let codes = groups.into_iter().map(|group| group.code().to_owned());
    codes.collect()
}

/// An answer that carries its [`api::AnswerInfo`].
pub(crate) trait Informed {
    /// Sets it.
    fn inform(&mut self, info: api::AnswerInfo);
    /// Sets what of the answer is contested, where it tells facts about persons.
    fn mark(&mut self, contested: Vec<api::Contested>);
}

/// A request that says why it is made and about when.
pub(crate) trait Question: Message {
    /// Why it is asked.
    fn purpose(&self) -> Option<&api::Purpose>;
    /// Which state of the world is asked for.
    fn at(&self) -> Option<&api::AsOf>;
    /// The person's consent record that the asker names, where the question has a place for it.
    fn consent_reference(&self) -> Option<&str> {
        None
    }
}

/// A question: whether it is about a state of the world or about now alone, whether it has a place for a consent record,
/// and whether its answer tells facts that can be contested.
macro_rules! question {
    ($($request:ty, $response:ty: $at:ident, $consent:ident, $marks:ident;)+) => { $(
        impl Question for $request {
            fn purpose(&self) -> Option<&api::Purpose> { self.purpose.as_ref() }
            question!(@ $at);
            question!(@ $consent);
        }
        impl Informed for $response {
            fn inform(&mut self, info: api::AnswerInfo) { self.info = Some(info); }
            question!(@ $marks);
        }
    )+ };
    (@ at) => { fn at(&self) -> Option<&api::AsOf> { self.at.as_ref() } };
    (@ now) => { fn at(&self) -> Option<&api::AsOf> { None } };
    (@ consent) => {
        fn consent_reference(&self) -> Option<&str> { Some(&self.consent_reference) }
    };
    (@ alone) => {};
    (@ marked) => {
        fn mark(&mut self, contested: Vec<api::Contested>) { self.contested = contested; }
    };
    (@ unmarked) => {
        fn mark(&mut self, _contested: Vec<api::Contested>) {}
    };
}

question! {
    api::VerifyDocumentRequest, api::VerifyDocumentResponse: at, alone, marked;
    api::VerifyStayRequest, api::VerifyStayResponse: at, alone, marked;
    api::VerifyRightRequest, api::VerifyRightResponse: at, alone, marked;
    api::VerifyRemovalRequest, api::VerifyRemovalResponse: at, alone, marked;
    api::GetResidenceConditionsRequest, api::GetResidenceConditionsResponse: at, alone, marked;
    api::GetPersonRequest, api::GetPersonResponse: at, alone, marked;
    api::GetFamilyRequest, api::GetFamilyResponse: at, alone, marked;
    api::GetHouseholdRequest, api::GetHouseholdResponse: at, alone, marked;
    api::GetHistoryRequest, api::GetHistoryResponse: at, alone, marked;
    api::GetRetentionRequest, api::GetRetentionResponse: at, alone, marked;
    // Who may be erased, whatever is contested of it: what is contested makes nobody erasable.
    api::ListRetentionsDueRequest, api::ListRetentionsDueResponse: at, alone, unmarked;
    api::GetCaseRequest, api::GetCaseResponse: at, alone, marked;
    api::ListCasesRequest, api::ListCasesResponse: at, alone, marked;
    // So is a case somebody of whom contests something.
    api::ListOfficeCasesRequest, api::ListOfficeCasesResponse: at, alone, unmarked;
    // Who contests something is marked entry by entry.
    api::ListDeadlinesRequest, api::ListDeadlinesResponse: at, alone, unmarked;
    api::FindPersonRequest, api::FindPersonResponse: now, alone, marked;
    api::ListCorrectionsRequest, api::ListCorrectionsResponse: now, alone, marked;
    api::AcknowledgeCorrectionRequest, api::AcknowledgeCorrectionResponse: now, alone, unmarked;
    api::ListOpenCorrectionsRequest, api::ListOpenCorrectionsResponse: now, alone, unmarked;
    api::GetCampaignRequest, api::GetCampaignResponse: at, alone, unmarked;
    api::GetSiteRequest, api::GetSiteResponse: at, alone, unmarked;
    api::ListSitesRequest, api::ListSitesResponse: at, alone, unmarked;
    api::ListLookupFlagsRequest, api::ListLookupFlagsResponse: now, alone, unmarked;
    api::ListDrawnLookupsRequest, api::ListDrawnLookupsResponse: now, alone, unmarked;
    api::CheckActRequest, api::CheckActResponse: now, alone, unmarked;
    api::ListGrantUsesRequest, api::ListGrantUsesResponse: now, alone, unmarked;
    // A dispute stands in the person's life, where it would tell of the claim; a claim is corrected by its unit.
    api::GetAsylumClaimsRequest, api::GetAsylumClaimsResponse: at, alone, unmarked;
    api::GetClaimRetentionRequest, api::GetClaimRetentionResponse: at, alone, unmarked;
    // The marks stand in what is signed.
    api::GetExtractRequest, api::GetExtractResponse: now, consent, unmarked;
    // Figures are about nobody, so that nobody contests one.
    api::GetStatisticsRequest, api::GetStatisticsResponse: at, alone, unmarked;
    // Who has looked is what the registry did, which nobody contests as a fact about a person.
    api::ListDisclosuresRequest, api::ListDisclosuresResponse: now, consent, unmarked;
}

/// What a handler will have found.
pub(crate) type Finding<'a, A> =
    Pin<Box<dyn Future<Output = Result<Found<A>, Refusal>> + Send + 'a>>;

/// Asks: identity, permit, views, record, answer.
pub(crate) async fn ask<Q, A, F>(
    registry: &Arc<Registry>,
    method: Method,
    request: Request<Q>,
    find: F,
) -> Result<Response<A>, Status>
where
    Q: Question,
    A: Message + Informed + 'static,
    F: FnOnce(&Registry, &Permit, &Q, &At) -> Result<Found<A>, Refusal>,
{
    ask_at_length(
        registry,
        method,
        request,
        |registry, permit, question, at| {
            Box::pin(std::future::ready(find(registry, permit, question, at)))
        },
    )
    .await
}

/// The same for a handler that waits or reads much.
pub(crate) async fn ask_at_length<Q, A, F>(
    registry: &Arc<Registry>,
    method: Method,
    request: Request<Q>,
    find: F,
) -> Result<Response<A>, Status>
where
    Q: Question,
    A: Message + Informed + 'static,
    F: for<'a> FnOnce(&'a Arc<Registry>, &'a Permit, &'a Q, &'a At) -> Finding<'a, A>,
{
    let started = registry.clock().now_micros();
    let asker = identify(registry, &request);
    let question = request.into_inner();
    let outcome = match within_rates(registry, &asker) {
        Ok(asker) => answer(registry, method, asker, &question, find).await,
        Err(refusal) => Err(refusal),
    };
    let result = match outcome {
        Ok(response) => Ok(Response::new(response)),
        Err(refusal) => {
            let bytes = question.encode_to_vec();
            let (asker, purpose) = (asker.as_ref().ok(), question.purpose());
            match record_refusal(registry, asker, method, purpose, &bytes, &refusal).await {
                Ok(()) => Err(status::status(&refusal)),
                Err(err) => Err(not_recorded(err)),
            }
        }
    };
    observe(registry, method, started, result.is_ok());
    result
}

async fn answer<Q, A, F>(
    registry: &Arc<Registry>,
    method: Method,
    asker: &Asker,
    question: &Q,
    find: F,
) -> Result<A, Refusal>
where
    Q: Question,
    A: Message + Informed + 'static,
    F: for<'a> FnOnce(&'a Arc<Registry>, &'a Permit, &'a Q, &'a At) -> Finding<'a, A>,
{
    let permit = permit(registry, asker, method, question.purpose())?;
    let at = at(registry, question.at())?;
    let wanted = question.at().map_or(0, |at| at.min_position);
    let stale = !registry.wait_for(wanted, MIN_POSITION_WAIT).await;
    let found = find(registry, &permit, question, &at).await?;
    let mut response = found.answer;
    let consent = question.consent_reference().unwrap_or_default();
    crate::crash::point("answer.computed");
    let mut records = disclosures(
        &permit,
        method,
        &found.subjects,
        &Disclosure {
            verb: i32::from(found.verb),
            field_groups: codes(&found.groups),
            answered_at: found.position,
            consent_reference: consent.trim().to_owned(),
            ..digests(&question.encode_to_vec(), &response.encode_to_vec())?
        },
    );
    for ((_, disclosure), particular) in records.iter_mut().zip(found.each) {
        particular.put_into(disclosure);
    }
    let emergency = permit.purpose().is_emergency() && found.verb == DisclosureVerb::Opened;
    if emergency && let Some((_, answered)) = records.first() {
        records.push((SubjectOrdinal::REGISTRY, watch::alarm(answered)));
    }
    let answered = Answered { records };
    let receipt = registry
        .discloser()
        .record(registry.new_id(), answered)
        .await
        .map_err(unavailable)?;
    crate::crash::point("answer.recorded");
    if emergency {
        sound(method, &receipt);
    }
    response.inform(api::AnswerInfo {
        position: found.position,
        stale,
        disclosure: Some(receipt.into_message()),
    });
    Ok(response)
}

/// Whoever watches over the registry learns that a record is opened on an emergency grant, before it is: where the look-up
/// stands, and nothing of anybody.
fn sound(method: Method, receipt: &DisclosureReceipt) {
    metrics::counter!("sabt_emergency_openings_total", "method" => method.code()).increment(1);
    tracing::warn!(
        method = method.code(),
        disclosure = receipt.position(),
        "a record was opened on an emergency grant; it is to be justified"
    );
}

/// Who calls: the certificate, and what the enrolment says of its agency.
pub(crate) fn identify<T>(registry: &Registry, request: &Request<T>) -> Result<Asker, Refusal> {
    let caller = Caller::of(registry.name(), request).map_err(|err| {
        Refusal::new(Reason::NotIdentified, "design:7.1").with_message(err.to_string())
    })?;
    registry.asker(caller)
}

/// Whoever asks, unless they or their agency ask too often. Every question counts, whatever becomes of it.
pub(crate) fn within_rates<'asker>(
    registry: &Registry,
    asker: &'asker Result<Asker, Refusal>,
) -> Result<&'asker Asker, Refusal> {
    let known = asker.as_ref();
    registry
        .rates()
        .take(known.ok(), registry.clock().now_micros())?;
    known.map_err(Clone::clone)
}

/// The permit for a stated purpose, cut to the grant if there is one, which also opens the method.
pub(crate) fn permit(
    registry: &Registry,
    asker: &Asker,
    method: Method,
    purpose: Option<&api::Purpose>,
) -> Result<Permit, Refusal> {
    let empty = api::Purpose::default();
    let purpose = purpose.unwrap_or(&empty);
    for (path, value) in [
        ("purpose.code", &purpose.code),
        ("purpose.legal_basis", &purpose.legal_basis),
        ("purpose.case_reference", &purpose.case_reference),
    ] {
        check_reference(path, value)?;
    }
    let permit = registry.matrix()?.permit(
        asker,
        &purpose.code,
        &purpose.legal_basis,
        &purpose.case_reference,
    )?;
    let permit = match &purpose.grant {
        Some(signed) => permit.under(&grants::in_force(registry, asker, signed)?)?,
        None => permit,
    };
    permit.require(method)?;
    match &purpose.deferral {
        Some(deferral) => deferred(registry, permit, deferral),
        None => Ok(permit),
    }
}

/// The end of an embargo is fixed now, before anything is known of the answer.
fn deferred(
    registry: &Registry,
    permit: Permit,
    deferral: &api::Deferral,
) -> Result<Permit, Refusal> {
    for (path, value) in [
        ("purpose.deferral.reason", &deferral.reason),
        (
            "purpose.deferral.order_reference",
            &deferral.order_reference,
        ),
    ] {
        check_reference(path, value)?;
    }
    let request = DeferralRequest {
        until: Timestamp::from_micros(deferral.until),
        reason: deferral.reason.clone(),
        order_reference: deferral.order_reference.clone(),
    };
    let now = Timestamp::from_micros(registry.clock().now_micros());
    permit.deferred(request, now)
}

/// Refuses a reference that is too long or holds control characters.
pub(crate) fn check_reference(path: &'static str, value: &str) -> Result<(), Refusal> {
    if REFERENCE_BYTES_MAX < value.len() {
        return Err(Refusal::field(
            path,
            format!("is longer than {REFERENCE_BYTES_MAX} bytes"),
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(Refusal::field(path, "holds control characters"));
    }
    Ok(())
}

fn at(registry: &Registry, at: Option<&api::AsOf>) -> Result<At, Refusal> {
    let now = Timestamp::from_micros(registry.clock().now_micros());
    let known_at = match at.map_or(0, |at| at.known_at) {
        0 => now,
        micros if micros < 0 => return Err(Refusal::field("at.known_at", "lies before 1970")),
        micros => Timestamp::from_micros(micros),
    };
    let as_of = match at.and_then(|at| at.as_of.as_ref()) {
        None => now.day_in_tehran(),
        Some(date) => complete_date(date)?.earliest(),
    };
    Ok(At { as_of, known_at })
}

fn complete_date(date: &event::Date) -> Result<PartialDate, Refusal> {
    let path = "at.as_of";
    let parsed = PartialDate::from_message(path, date)?;
    if !parsed.is_complete() {
        return Err(Refusal::field(path, "is not a complete date"));
    }
    Ok(parsed)
}

/// One record for each subject; one about nobody when nobody was found. That the asylum unit asks about a person, claim or
/// no claim, is itself a matter of the compartment: the record is about what the person is there, under its keys, and is
/// neither told nor counted anywhere else.
pub(crate) fn disclosures(
    permit: &Permit,
    method: Method,
    subjects: &[(SubjectOrdinal, String)],
    common: &Disclosure,
) -> Vec<(SubjectOrdinal, Disclosure)> {
    let (asker, deferral) = (permit.asker(), permit.deferral());
    let common = Disclosure {
        agency: asker.agency.clone(),
        officer: asker.officer.clone(),
        role: i32::from(permit.role().to_proto()),
        purpose: permit.purpose().code().to_owned(),
        legal_basis: permit.legal_basis().to_owned(),
        case_reference: permit.case_reference().to_owned(),
        method: method
            .paths()
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned(),
        policy_edition: permit.edition().to_owned(),
        grant_id: permit
            .grant_id()
            .map(|id| id.0.to_vec())
            .unwrap_or_default(),
        embargo_until: deferral.map_or(0, |deferral| deferral.until.micros()),
        deferral_reason: deferral.map(|d| d.reason.clone()).unwrap_or_default(),
        deferral_order: deferral
            .map(|d| d.order_reference.clone())
            .unwrap_or_default(),
        ..common.clone()
    };
    if subjects.is_empty() {
        return vec![(SubjectOrdinal::REGISTRY, common)];
    }
    let unit = permit.role() == Role::AsylumUnit;
    subjects
        .iter()
        .map(|(ordinal, number)| {
            (
                if unit {
                    ordinal.in_compartment()
                } else {
                    *ordinal
                },
                Disclosure {
                    subject: number.clone(),
                    ..common.clone()
                },
            )
        })
        .collect()
}

/// Salted digests of question and answer, so that a dispute about either can be settled later.
pub(crate) fn digests(request: &[u8], answer: &[u8]) -> Result<Disclosure, Refusal> {
    let salt =
        random().map_err(|_no_randomness| Refusal::new(Reason::NotWritable, "design:7.2"))?;
    Ok(Disclosure {
        request_digest: blake3::keyed_hash(&salt, request).as_bytes().to_vec(),
        answer_digest: blake3::keyed_hash(&salt, answer).as_bytes().to_vec(),
        salt: salt.to_vec(),
        ..Disclosure::default()
    })
}

/// True if a refusal is recorded. All are, as long as they do not come faster than questions may: of those beyond, one a
/// minute for each officer, so that nobody can fill the ledger with them.
fn is_recorded(registry: &Registry, asker: Option<&Asker>, method: Method, reason: Reason) -> bool {
    let now = registry.clock().now_micros();
    // A question has been counted when it was asked.
    let recorded = if method.needs_permit() {
        reason != Reason::TooManyRequests || registry.rates().records_refusal(asker, now)
    } else {
        let rates = registry.refusal_rates();
        rates.take(asker, now).is_ok() || rates.records_refusal(asker, now)
    };
    if !recorded {
        metrics::counter!("sabt_refusals_unrecorded_total", "reason" => reason.code()).increment(1);
    }
    recorded
}

/// Records a refusal; nothing was told.
pub(crate) async fn record_refusal(
    registry: &Arc<Registry>,
    asker: Option<&Asker>,
    method: Method,
    purpose: Option<&api::Purpose>,
    request: &[u8],
    refusal: &Refusal,
) -> Result<(), DiscloseError> {
    metrics::counter!("sabt_refusals_total", "reason" => refusal.reason().code()).increment(1);
    if !is_recorded(registry, asker, method, refusal.reason()) {
        return Ok(());
    }
    let cut = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_control())
            .take(REFERENCE_BYTES_MAX)
            .collect()
    };
    let purpose = purpose.cloned().unwrap_or_default();
    let disclosure = Disclosure {
        verb: i32::from(DisclosureVerb::Refused),
        agency: asker.map(|asker| asker.agency.clone()).unwrap_or_default(),
        officer: asker.map(|asker| asker.officer.clone()).unwrap_or_default(),
        role: asker
            .and_then(|asker| asker.roles.first())
            .map_or(0, |role: &Role| i32::from(role.to_proto())),
        purpose: cut(&purpose.code),
        legal_basis: cut(&purpose.legal_basis),
        case_reference: cut(&purpose.case_reference),
        method: method
            .paths()
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned(),
        policy_edition: registry.edition(),
        refusal: refusal.reason().code().to_owned(),
        answered_at: registry.views_position(),
        ..digests(request, &[]).map_err(|_refusal| DiscloseError::NotWritable)?
    };
    let answered = Answered {
        records: vec![(SubjectOrdinal::REGISTRY, disclosure)],
    };
    registry
        .discloser()
        .record(registry.new_id(), answered)
        .await
        .map(drop)
}

/// What whoever asked is told where nothing could be recorded.
const UNRECORDED: &str = "The answer could not be recorded, so it was not given.";

/// An answer or refusal that could not be recorded does not leave.
pub(crate) fn not_recorded(err: DiscloseError) -> Status {
    status::status(&unavailable(err))
}

pub(crate) fn unavailable(err: DiscloseError) -> Refusal {
    let refuse = |reason| Refusal::new(reason, "design:7.2").with_message(UNRECORDED);
    match err {
        DiscloseError::QueueFull => refuse(Reason::QueueFull),
        DiscloseError::NotWritable => refuse(Reason::NotWritable),
        DiscloseError::Full => refuse(Reason::NotWritable)
            .with_message(
                "The disk of the registry is full: the answer could not be recorded, so it was not given.",
            )
            .with_remedy("Retry when the operator has made space."),
    }
}

/// Counts a call and how long it took.
pub(crate) fn observe(registry: &Registry, method: Method, started: i64, ok: bool) {
    let micros = registry.clock().now_micros().saturating_sub(started);
    #[expect(clippy::cast_precision_loss, reason = "a latency in a histogram")]
    let seconds = micros as f64 / 1e6;
    let outcome = if ok { "answered" } else { "refused" };
    metrics::histogram!("sabt_call_seconds", "method" => method.code(), "outcome" => outcome)
        .record(seconds);
}
