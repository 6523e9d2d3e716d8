//! Calls of every method of the contract, by its path.

use std::collections::BTreeMap;

use prost::Message;
use prost_reflect::DescriptorPool;
use sabt_cli::client::Client;
use sabt_domain::number::{CaseNumber, SiteNumber};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use tokio_stream::StreamExt as _;
use tonic::{Response, Status, Streaming};

use crate::support;

/// Whom and what the calls are about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) person: String,
    pub(crate) household: String,
    /// Number of a passport.
    pub(crate) document: &'static str,
    /// A service case.
    pub(crate) case: String,
    /// A site.
    pub(crate) site: String,
}

impl About {
    /// A person with a household, and a case and a site that there are not.
    pub(crate) fn person(person: &str, household: &str) -> Self {
        Self {
            person: person.to_owned(),
            household: household.to_owned(),
            document: "MKPASSPORT",
            case: CaseNumber::from_serial(99_000_000_000).unwrap().to_string(),
            site: SiteNumber::from_serial(99_000_000_000).unwrap().to_string(),
        }
    }
}

/// The contract as descriptors.
pub(crate) fn pool() -> DescriptorPool {
    DescriptorPool::decode(sabt_proto::DESCRIPTORS).unwrap()
}

/// Every method of the contract, as `service/method`.
pub(crate) fn contract() -> Vec<String> {
    let pool = pool();
    let methods = pool.services().flat_map(|service| {
        let name = service.full_name().to_owned();
        let methods: Vec<_> = service
            .methods()
            .map(|method| format!("{name}/{}", method.name()))
            .collect();
        methods
    });
    methods.collect()
}

/// What each method answers who asks about these: the bytes of all that came, or why nothing did.
#[expect(
    clippy::too_many_lines,
    reason = "a function that calls every method once"
)]
pub(crate) async fn call_each(
    client: &Client,
    purpose: &api::Purpose,
    about: &About,
) -> BTreeMap<String, Result<Vec<u8>, Status>> {
    let mut outcomes = BTreeMap::new();
    let mut put = |path: &str, outcome| {
        outcomes.insert(format!("sabt.api.v1.{path}"), outcome);
    };
    let asked = Some(purpose.clone());
    let events = i32::from(api::Ledger::Events);
    let (at, person) = (None, about.person.clone());

    let mut persons = client.persons();
    let request = api::VerifyDocumentRequest {
        purpose: asked.clone(),
        at,
        document: Some(support::reference(about.document)),
    };
    put(
        "Persons/VerifyDocument",
        one(persons.verify_document(request).await),
    );
    let request = api::VerifyStayRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put(
        "Persons/VerifyStay",
        one(persons.verify_stay(request).await),
    );
    let request = api::VerifyRightRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
        right: event::Right::Work.into(),
    };
    put(
        "Persons/VerifyRight",
        one(persons.verify_right(request).await),
    );
    let request = api::VerifyRemovalRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
        order_number: "E-1".to_owned(),
    };
    put(
        "Persons/VerifyRemoval",
        one(persons.verify_removal(request).await),
    );
    let request = api::GetResidenceConditionsRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
        kind: event::ResidenceKind::ThreeYear.into(),
        basis: event::ResidenceBasis::Work.into(),
        scope: event::PermitScope::Individual.into(),
        step: api::ResidenceStep::Issue.into(),
    };
    put(
        "Persons/GetResidenceConditions",
        one(persons.get_residence_conditions(request).await),
    );
    let request = api::GetCaseRequest {
        purpose: asked.clone(),
        at,
        case: about.case.clone(),
    };
    put("Persons/GetCase", one(persons.get_case(request).await));
    let request = api::ListCasesRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put("Persons/ListCases", one(persons.list_cases(request).await));
    let request = api::ListOfficeCasesRequest {
        purpose: asked.clone(),
        at,
        office: support::TEHRAN.to_owned(),
        after: Vec::new(),
    };
    put(
        "Persons/ListOfficeCases",
        one(persons.list_office_cases(request).await),
    );
    let request = api::ListDeadlinesRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
        ..api::ListDeadlinesRequest::default()
    };
    put(
        "Persons/ListDeadlines",
        one(persons.list_deadlines(request).await),
    );
    let request = api::FindPersonRequest {
        purpose: asked.clone(),
        document: Some(support::reference(about.document)),
        ..api::FindPersonRequest::default()
    };
    put(
        "Persons/FindPerson",
        one(persons.find_person(request).await),
    );
    let request = api::GetPersonRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put("Persons/GetPerson", one(persons.get_person(request).await));
    let request = api::GetFamilyRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put("Persons/GetFamily", one(persons.get_family(request).await));
    let request = api::GetHouseholdRequest {
        purpose: asked.clone(),
        at,
        household: about.household.clone(),
    };
    put(
        "Persons/GetHousehold",
        one(persons.get_household(request).await),
    );
    let request = api::GetHistoryRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put(
        "Persons/GetHistory",
        one(persons.get_history(request).await),
    );
    let request = api::GetRetentionRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
        household: String::new(),
        service_case: String::new(),
    };
    put(
        "Persons/GetRetention",
        one(persons.get_retention(request).await),
    );
    let request = api::ListRetentionsDueRequest {
        purpose: asked.clone(),
        ..api::ListRetentionsDueRequest::default()
    };
    put(
        "Persons/ListRetentionsDue",
        one(persons.list_retentions_due(request).await),
    );
    let request = api::GetClaimRetentionRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put(
        "Persons/GetClaimRetention",
        one(persons.get_claim_retention(request).await),
    );

    let request = api::GetExtractRequest {
        purpose: asked.clone(),
        person: person.clone(),
        consent_reference: "F-1".to_owned(),
    };
    put(
        "Persons/GetExtract",
        one(persons.get_extract(request).await),
    );
    let request = api::GetAsylumClaimsRequest {
        purpose: asked.clone(),
        at,
        person: person.clone(),
    };
    put(
        "Persons/GetAsylumClaims",
        one(persons.get_asylum_claims(request).await),
    );
    let request = api::ListCorrectionsRequest {
        purpose: asked.clone(),
    };
    put(
        "Persons/ListCorrections",
        one(persons.list_corrections(request).await),
    );
    let request = api::AcknowledgeCorrectionRequest {
        purpose: asked.clone(),
        position: 1,
    };
    put(
        "Persons/AcknowledgeCorrection",
        one(persons.acknowledge_correction(request).await),
    );

    let request = api::FollowRequest {
        purpose: asked.clone(),
        from: 0,
        stop_at_head: true,
    };
    put(
        "Feed/Follow",
        many(client.feed().follow(request).await).await,
    );

    let request = api::GetStatisticsRequest {
        purpose: asked.clone(),
        at,
        table: "births".to_owned(),
        cut_off: 0,
    };
    put(
        "Statistics/GetStatistics",
        one(client.statistics().get_statistics(request).await),
    );

    let mut audit = client.audit();
    let request = api::ListOpenCorrectionsRequest {
        purpose: asked.clone(),
    };
    put(
        "Audit/ListOpenCorrections",
        one(audit.list_open_corrections(request).await),
    );
    let request = api::ListLookupFlagsRequest {
        purpose: asked.clone(),
        ..api::ListLookupFlagsRequest::default()
    };
    put(
        "Audit/ListLookupFlags",
        one(audit.list_lookup_flags(request).await),
    );
    let request = api::ListDrawnLookupsRequest {
        purpose: asked.clone(),
        ..api::ListDrawnLookupsRequest::default()
    };
    put(
        "Audit/ListDrawnLookups",
        one(audit.list_drawn_lookups(request).await),
    );
    let request = api::ListGrantUsesRequest {
        purpose: asked.clone(),
        ..api::ListGrantUsesRequest::default()
    };
    put(
        "Audit/ListGrantUses",
        one(audit.list_grant_uses(request).await),
    );
    let request = api::ListDisclosuresRequest {
        purpose: asked,
        person,
        consent_reference: "F-1".to_owned(),
    };
    put(
        "Audit/ListDisclosures",
        one(audit.list_disclosures(request).await),
    );
    let request = api::GetCheckpointRequest { ledger: events };
    put(
        "Audit/GetCheckpoint",
        one(audit.get_checkpoint(request).await),
    );
    let request = api::ReadRecordsRequest {
        ledger: events,
        from: 0,
        until: 1,
    };
    put(
        "Audit/ReadRecords",
        many(audit.read_records(request).await).await,
    );
    let request = api::GetInclusionProofRequest {
        ledger: events,
        position: 0,
        size: 1,
    };
    put(
        "Audit/GetInclusionProof",
        one(audit.get_inclusion_proof(request).await),
    );
    let request = api::GetConsistencyProofRequest {
        ledger: events,
        from_size: 1,
        to_size: 2,
    };
    put(
        "Audit/GetConsistencyProof",
        one(audit.get_consistency_proof(request).await),
    );

    let request = api::GetCampaignRequest {
        purpose: Some(purpose.clone()),
        at,
        campaign: "123".to_owned(),
    };
    put(
        "Campaigns/GetCampaign",
        one(client.campaigns().get_campaign(request).await),
    );

    let request = api::GetSiteRequest {
        purpose: Some(purpose.clone()),
        at,
        site: about.site.clone(),
    };
    put("Sites/GetSite", one(client.sites().get_site(request).await));
    let request = api::ListSitesRequest {
        purpose: Some(purpose.clone()),
        at,
        province: String::new(),
    };
    put(
        "Sites/ListSites",
        one(client.sites().list_sites(request).await),
    );

    let status = client
        .operations()
        .get_status(api::GetStatusRequest {})
        .await;
    put("Operations/GetStatus", one(status));

    let mut registry = client.registry();
    let request = api::CheckActRequest {
        purpose: Some(purpose.clone()),
        signed_act: None,
    };
    put("Registry/CheckAct", one(registry.check_act(request).await));
    put(
        "Registry/SubmitAct",
        one(registry.submit_act(api::SubmitActRequest::default()).await),
    );
    let nothing = tokio_stream::empty::<api::SubmitActRequest>();
    put(
        "Registry/SubmitActs",
        many(registry.submit_acts(nothing).await).await,
    );
    put(
        "Registry/Erase",
        one(registry.erase(api::EraseRequest::default()).await),
    );
    let request = api::AwaitProofRequest {
        origin: "nowhere".to_owned(),
        ..api::AwaitProofRequest::default()
    };
    put(
        "Registry/AwaitProof",
        one(registry.await_proof(request).await),
    );
    outcomes
}

fn one<M: Message>(answer: Result<Response<M>, Status>) -> Result<Vec<u8>, Status> {
    answer.map(|answer| answer.into_inner().encode_to_vec())
}

/// Everything that a stream brings.
async fn many<M: Message>(
    answer: Result<Response<Streaming<M>>, Status>,
) -> Result<Vec<u8>, Status> {
    let mut stream = answer?.into_inner();
    let mut bytes = Vec::new();
    while let Some(page) = stream.next().await {
        bytes.extend(page?.encode_to_vec());
    }
    Ok(bytes)
}
