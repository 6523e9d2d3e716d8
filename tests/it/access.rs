//! The access policy at work: every method of the contract asked by every role for every purpose, and a registry that
//! moves from one edition to the next.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sabt_cli::args::{AccessAdoptArgs, AccessArgs, AccessCommand, ConnectArgs};
use sabt_cli::cast::{CAST, CIVIL_REGISTRY, DATA_PROTECTION, Player, REGISTRAR};
use sabt_cli::client::Credentials;
use sabt_cli::commands::access;
use sabt_cli::error::CliError;
use sabt_cli::out::Out;
use sabt_domain::access::{FIELDS, Matrix, Method, Purpose, Role};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::Sex;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use tempfile::TempDir;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::calls::{contract, pool};
use crate::support::{self, NOW, REGISTRY, SEGMENT_BYTES, TestRegistry};

/// Methods that no role opens: whoever shows a receipt is answered, and nobody else.
const BY_RECEIPT: [&str; 1] = ["sabt.api.v1.Registry/AwaitProof"];

/// Reasons that come from the matrix alone.
const CLOSED: [Reason; 2] = [Reason::MethodNotAllowed, Reason::PurposeNotAllowed];

async fn channel(registry: &TestRegistry, player: Player) -> Channel {
    let credentials = Credentials::from_directory(registry.dir(), player.name).unwrap();
    support::channel(&registry.server(), &credentials).await
}

/// Calls a method by its name with a request that states a purpose, if it states one, and nothing else; the reason why
/// it is refused, if it is.
async fn reason(channel: &Channel, path: &str, purpose: Option<&api::Purpose>) -> Option<Reason> {
    // Requests about persons have their purpose in the same field; to the others an empty message is sent.
    let request = Request::new(api::FindPersonRequest {
        purpose: purpose.cloned(),
        ..api::FindPersonRequest::default()
    });
    let path = format!("/{path}").parse().unwrap();
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    // The answer to a stream of acts carries its refusal; other answers are not read.
    let codec: ProstCodec<api::FindPersonRequest, api::SubmitActsResponse> = ProstCodec::default();
    let bulk = path == "/sabt.api.v1.Registry/SubmitActs";
    let answered = async {
        let mut stream = grpc
            .server_streaming(request, path, codec)
            .await?
            .into_inner();
        if bulk {
            return stream.message().await;
        }
        // Headers of an answer: it was not refused. A refused call has none.
        Ok(None)
    };
    let status: Status = match answered.await {
        Err(status) => status,
        Ok(Some(api::SubmitActsResponse {
            result: Some(api::submit_acts_response::Result::Refusal(refusal)),
            ..
        })) => return Reason::from_code(&refusal.reason),
        Ok(_) => return None,
    };
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("{status}"));
    Reason::from_code(&info.reason)
}

fn stated(purpose: Purpose) -> api::Purpose {
    api::Purpose {
        code: purpose.code().to_owned(),
        legal_basis: "duty:12".to_owned(),
        case_reference: "C-1".to_owned(),
        ..api::Purpose::default()
    }
}

#[test]
fn no_method_of_the_contract_is_without_a_rule() {
    let uncovered: Vec<String> = contract()
        .into_iter()
        .filter(|path| Method::from_path(path).is_none() && !BY_RECEIPT.contains(&path.as_str()))
        .collect();
    assert!(uncovered.is_empty(), "no access test covers {uncovered:?}");
    let known: BTreeSet<String> = contract().into_iter().collect();
    for path in Method::ALL.iter().flat_map(|method| method.paths()) {
        assert!(known.contains(*path), "{path} is no method of the contract");
    }
    assert!(BY_RECEIPT.iter().all(|path| known.contains(*path)));
}

/// Group queries are rare by construction where there are none: whatever is asked is asked about one person, or about one
/// document or household. Lists of several persons are answered to those who supervise alone.
#[test]
fn no_question_is_about_several_persons() {
    let pool = pool();
    let mut asked = 0;
    for method in Method::ALL.iter().filter(|method| method.needs_permit()) {
        if *method == Method::ListRetentionsDue {
            let mut rows = Matrix::editions().iter().flat_map(Matrix::rows);
            let supervised = |role| role == Role::DataProtectionOfficer;
            assert!(rows.all(|row| !row.methods.contains(*method) || supervised(row.role)));
        }
        for path in method.paths() {
            let (service, name) = path.split_once('/').unwrap();
            let service = pool.get_service_by_name(service).unwrap();
            let method = service.methods().find(|method| method.name() == name);
            let request = method.unwrap().input();
            let repeated: Vec<_> = request
                .fields()
                .filter(|field| field.is_list() || field.is_map())
                .map(|field| field.full_name().to_owned())
                .collect();
            assert!(repeated.is_empty(), "{repeated:?}");
            let persons = ["person", "household", "document", "case"];
            let named = request
                .fields()
                .filter(|field| persons.contains(&field.name()));
            // Until when something may be kept is asked of a person or a household; who names both is refused.
            let alternatives = usize::from(path.ends_with("/GetRetention"));
            assert!(named.count() <= 1 + alternatives, "{path}");
            asked += 1;
        }
    }
    assert!(0 < asked);
}

/// Fields of answers that tell nothing about a person: they are the same whoever is asked about.
const OF_THE_ANSWER: [&str; 28] = [
    "getextractresponse.info",
    "getasylumclaimsresponse.info",
    "listdisclosuresresponse.info",
    "listdisclosuresresponse.entries",
    "person.withheld",
    "getfamilyresponse.info",
    "getcampaignresponse.info",
    "getsiteresponse.info",
    "listsitesresponse.info",
    "listsitesresponse.more",
    "checkactresponse.info",
    "getretentionresponse.info",
    "verifydocumentresponse.info",
    "verifystayresponse.info",
    "verifyrightresponse.info",
    "verifyremovalresponse.info",
    "getresidenceconditionsresponse.info",
    "getresidenceconditionsresponse.contested",
    // Lists of what has fields of its own.
    "getfamilyresponse.contested",
    "verifydocumentresponse.contested",
    "verifystayresponse.contested",
    "verifyrightresponse.contested",
    "verifyremovalresponse.contested",
    "getretentionresponse.contested",
    "getcaseresponse.info",
    "getcaseresponse.contested",
    "listcasesresponse.info",
    "listcasesresponse.contested",
];

#[test]
fn every_field_of_an_answer_belongs_to_a_group() {
    let mut expected = BTreeSet::new();
    for message in [
        "VerifyDocumentResponse",
        "VerifyStayResponse",
        "VerifyRightResponse",
        "VerifyRemovalResponse",
        "GetResidenceConditionsResponse",
        "ResidenceConditionState",
        "Candidate",
        "Person",
        "PersonDocument",
        "Residence",
        "Permission",
        "Presence",
        "GetFamilyResponse",
        "Relative",
        "Household",
        "Contested",
        "Correction",
        "OpenNotice",
        "HistoryEntry",
        "GetRetentionResponse",
        "Retention",
        "RetentionDue",
        "DeadlinesOf",
        "ClaimRetention",
        "GetExtractResponse",
        "ListDisclosuresResponse",
        "DisclosureEntry",
        "GetCheckpointResponse",
        "RawRecord",
        "GetInclusionProofResponse",
        "GetConsistencyProofResponse",
        "GetAsylumClaimsResponse",
        "GetCampaignResponse",
        "GetSiteResponse",
        "ListSitesResponse",
        "CheckActResponse",
        "AsylumClaim",
        "AsylumInterview",
        "AsylumDecision",
        "StatisticsCell",
        "LookupFlag",
        "DrawnLookup",
        "GrantUse",
        "GetCaseResponse",
        "ServiceCase",
        "CaseStep",
        "CaseOpinion",
        "CasePaper",
        "ListCasesResponse",
        "CaseEntry",
        "BiometricReference",
        "BiometricRetention",
    ] {
        let descriptor = pool()
            .get_message_by_name(&format!("sabt.api.v1.{message}"))
            .unwrap();
        for field in descriptor.fields() {
            expected.insert(format!("{}.{}", message.to_lowercase(), field.name()));
        }
    }
    // Beside its cells an answer of statistics says what the table is.
    expected.insert("getstatisticsresponse.cells".to_owned());
    for field in OF_THE_ANSWER {
        assert!(expected.remove(field), "{field}");
    }
    let known: BTreeSet<String> = FIELDS.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(known, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_is_refused_every_method_that_the_policy_does_not_open() {
    let registry = TestRegistry::start().await;
    let matrix = Matrix::newest();
    let mut table = String::new();
    for path in contract() {
        writeln!(table, "{path}").unwrap();
        for player in CAST {
            let channel = channel(&registry, player).await;
            let told = match Method::from_path(&path) {
                Some(method) if method.needs_permit() => {
                    let mut open = Vec::new();
                    for purpose in Purpose::ALL {
                        let row = matrix.row(player.role, *purpose);
                        let opened = row.is_some_and(|row| row.methods.contains(method));
                        let found = reason(&channel, &path, Some(&stated(*purpose))).await;
                        check(&path, player, found, opened);
                        open.extend(opened.then(|| purpose.code()));
                    }
                    // Without a purpose nobody is answered.
                    let found = reason(&channel, &path, None).await;
                    assert_eq!(found, Some(Reason::PurposeMissing), "{path}");
                    open.join(" ")
                }
                Some(method) => {
                    let mut rows = matrix.rows().iter().filter(|row| row.role == player.role);
                    let opened = rows.any(|row| row.methods.contains(method));
                    check(&path, player, reason(&channel, &path, None).await, opened);
                    if opened { "open" } else { "" }.to_owned()
                }
                None => {
                    // An empty request shows no receipt.
                    let found = reason(&channel, &path, None).await;
                    assert_eq!(found, Some(Reason::InvalidField), "{path}");
                    "with a receipt".to_owned()
                }
            };
            let told = if told.is_empty() { "-" } else { &told };
            writeln!(table, "  {:<24} {told}", player.role.code()).unwrap();
        }
    }
    insta::with_settings!({
        snapshot_path => "../../snapshots/access",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("methods", table) });
    let report = support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}

/// What the policy does not open is refused because of that; what it opens is not.
fn check(path: &str, player: Player, found: Option<Reason>, opened: bool) {
    let closed = found.is_some_and(|reason| CLOSED.contains(&reason));
    assert_eq!(closed, !opened, "{path} by {}: {found:?}", player.name);
}

async fn adopt(registry: &TestRegistry, edition: &str) -> Result<(), CliError> {
    let args = AccessArgs {
        command: AccessCommand::Adopt(AccessAdoptArgs {
            edition: edition.to_owned(),
            governance_key: None,
            connect: ConnectArgs {
                dir: registry.dir().to_owned(),
                server: Some(registry.server()),
                registry: Some(REGISTRY.to_owned()),
                caller: None,
            },
        }),
    };
    access::run(&args, &mut Out::to(Box::new(std::io::sink()), false)).await
}

/// Editions under which a person's disclosures were decided, oldest first.
async fn editions(registry: &TestRegistry, person: &str) -> Vec<String> {
    let officer = registry.client(DATA_PROTECTION).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(stated(Purpose::DataProtection)),
        person: person.to_owned(),
        consent_reference: String::new(),
    };
    let mut told = support::until("the disclosures", async || {
        let answer = officer.audit().list_disclosures(request.clone()).await;
        let entries = answer.unwrap().into_inner().entries;
        let opened = entries
            .into_iter()
            .filter(|entry| entry.disclosure.as_ref().unwrap().agency == REGISTRAR.agency);
        let opened: Vec<_> = opened.collect();
        (opened.len() == 2).then_some(opened)
    })
    .await;
    told.sort_by_key(|entry| entry.position);
    let disclosures = told.into_iter().filter_map(|entry| entry.disclosure);
    disclosures.map(|one| one.policy_edition).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_moves_to_the_next_edition_and_not_back() {
    let directory = TempDir::new().unwrap();
    let (first, newest) = (Matrix::first_edition(), Matrix::newest());
    let clock = Clock::system();
    support::establish_under(first, directory.path(), REGISTRY, SEGMENT_BYTES, clock).await;
    let registry = TestRegistry::serve(directory, Clock::system()).await;
    assert_eq!(registry.registry().matrix().unwrap(), first);

    let office = registry.client(REGISTRAR).await;
    let act = support::act(
        "1405-01-01",
        Body::RegisterPerson(support::register(Sex::Female, "1370-01-01")),
    );
    let author = registry.author("registrar");
    let receipt = registry.submit(&office, &author, &act).await.unwrap();
    let person = receipt.numbers[0].clone();
    let open = async || {
        let request = api::GetPersonRequest {
            purpose: Some(stated(Purpose::Registration)),
            at: Some(api::AsOf {
                min_position: receipt.position + 1,
                ..api::AsOf::default()
            }),
            person: person.clone(),
        };
        office.persons().get_person(request).await.unwrap();
    };
    open().await;
    let feed = registry.client(CIVIL_REGISTRY).await;
    let request = api::FollowRequest {
        purpose: Some(stated(Purpose::CivilRegistrationSync)),
        from: 0,
        stop_at_head: false,
    };
    let mut stream = feed.feed().follow(request).await.unwrap().into_inner();
    assert!(!stream.message().await.unwrap().unwrap().entries.is_empty());

    adopt(&registry, newest.edition()).await.unwrap();
    assert_eq!(registry.registry().matrix().unwrap(), newest);
    open().await;
    assert_eq!(
        editions(&registry, &person).await,
        [first.edition(), newest.edition()]
    );
    // What was permitted under the first edition has ended; nothing that came later was delivered under it.
    let status = loop {
        match stream.message().await {
            Ok(page) => assert!(page.is_some(), "the feed ended without a word"),
            Err(status) => break status,
        }
    };
    let details = status.get_error_details();
    let reason = &details.error_info().unwrap().reason;
    assert_eq!(reason, Reason::PolicySuperseded.code());

    let Err(CliError::Refused(refused)) = adopt(&registry, first.edition()).await else {
        panic!("an edition came back");
    };
    assert_eq!(refused.reason, Reason::PolicySuperseded.code());
    assert!(matches!(
        adopt(&registry, "1500-1").await,
        Err(CliError::Usage { .. })
    ));
    // Opened anew, it knows the edition from its ledger.
    let directory = registry.stop().await;
    let registry = TestRegistry::serve(directory, Clock::fixed(NOW)).await;
    assert_eq!(registry.registry().matrix().unwrap(), newest);
    let report = support::verify(registry.stop().await.path());
    assert_eq!(report.exit_code(), 0, "{}", report.to_json());
}
