//! The subject extract: asked for, recorded, written, verified offline.

use std::path::{Path, PathBuf};

use prost::Message as _;
use sabt_chain::LedgerName;
use sabt_chain::note::TrustedKeys;
use sabt_cli::args::{ConnectArgs, ExtractArgs, PurposeArgs};
use sabt_cli::cast::{CAST, DATA_PROTECTION, POLICE, Player, REGISTRAR};
use sabt_cli::commands::extract;
use sabt_cli::error::CliError;
use sabt_cli::keys::Keys;
use sabt_cli::out::Out;
use sabt_domain::refusal::Reason;
use sabt_extract::page;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{
    BiometricModality, DisclosureVerb, RecordBiometricReference, RequestService,
    ResidenceCondition, RevokeResidencePermit,
};
use sabt_proto::extract::v1::{Extract, SignedExtract};
use sabt_verifier::class::FaultClass;
use sabt_verifier::extract::{ExtractReport, ExtractRequest, verify_extract};
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use super::{Town, purpose};
use crate::support::{self, REGISTRY};

/// The purpose of a person's own request, stated by this player.
fn subject_access(player: Player) -> api::Purpose {
    api::Purpose {
        code: "SUBJECT_ACCESS".to_owned(),
        ..purpose(player)
    }
}

async fn ask(
    town: &Town,
    player: Player,
    purpose: api::Purpose,
    consent: &str,
) -> Result<Response<api::GetExtractResponse>, Status> {
    let request = api::GetExtractRequest {
        purpose: Some(purpose),
        person: town.woman.clone(),
        consent_reference: consent.to_owned(),
    };
    let client = town.registry.client(player).await;
    client.persons().get_extract(request).await
}

fn keys(directory: &Path) -> TrustedKeys {
    let vkey = std::fs::read_to_string(Keys::of(directory).log_key(LedgerName::Events)).unwrap();
    TrustedKeys::new([vkey.trim().parse().unwrap()]).unwrap()
}

fn verified(town: &Town, page: &[u8]) -> ExtractReport {
    verify_extract(&ExtractRequest {
        page: page.to_vec(),
        keys: keys(town.registry.dir()),
        policy: None,
    })
}

fn signed(answer: &api::GetExtractResponse) -> SignedExtract {
    SignedExtract {
        extract: answer.extract.clone(),
        note: answer.note.clone(),
    }
}

/// A decision against her, and what is held about her under keys of its own.
async fn fill(town: &Town) {
    let revoked = RevokeResidencePermit {
        person: town.woman.clone(),
        permit_number: "T-1".to_owned(),
        decision: Some(support::decision("1405-06-23")),
    };
    town.record("1405-06-23", Body::RevokeResidencePermit(revoked))
        .await;
    // A subject of its own, under a key of its own, and held about her all the same.
    let reference = RecordBiometricReference {
        person: town.woman.clone(),
        modality: BiometricModality::Fingerprints.into(),
        device: "SCAN-3".to_owned(),
        system: "ABIS-1".to_owned(),
        reference: "TEMPLATE-7".to_owned(),
        digest: vec![7; 32],
    };
    town.record("1405-06-23", Body::RecordBiometricReference(reference))
        .await;
    // What an officer attested of her, on another day than that of the act, and what the council did not ask of her.
    let classes = support::attest(
        &town.woman,
        ResidenceCondition::Classes,
        "COURSE-31",
        "1405-03-01",
    );
    town.record("1405-06-23", classes).await;
    let income = support::exempt(&town.woman, ResidenceCondition::Income);
    town.record("1405-06-23", income).await;
    // A service case is a subject of its own, too.
    let request = RequestService {
        request: "to see a sick mother in Saveh".to_owned(),
        ..support::request_service("12012154117", &town.woman)
    };
    town.record("1405-06-24", Body::RequestService(request))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_home_everything_held_about_them() {
    let town = Town::build().await;
    fill(&town).await;
    let answer = ask(&town, REGISTRAR, subject_access(REGISTRAR), "F-7")
        .await
        .unwrap()
        .into_inner();
    town.check_receipt(answer.info.as_ref());
    let extract = Extract::decode(answer.extract.as_slice()).unwrap();
    let removal = extract.removal.as_ref().unwrap();
    let decided = &removal.decisions[0];
    assert_eq!((&*decided.takes, &*decided.number), ("PERMIT", "T-1"));
    assert_eq!((&*decided.effect, &*decided.ended), ("IN_EFFECT", ""));
    let of_history = |position| extract.history.iter().any(|one| one.position == position);
    assert!(of_history(decided.position) && decided.served_on.is_some());
    let [case] = &extract.service_cases[..] else {
        panic!("{:?}", extract.service_cases);
    };
    assert_eq!((&*case.service, &*case.state), ("12012154117", "OPEN"));
    assert_eq!(extract.person, town.woman);
    assert_eq!(extract.registry, REGISTRY);
    assert!(extract.withheld.is_empty());
    assert_eq!(extract.request.as_ref().unwrap().consent_reference, "F-7");
    // Registered, married, a household, a child, a permit and its end, fingerprints.
    assert!(7 <= extract.history.len());
    let records = extract.history.len() as u64;
    assert_eq!(extract.identity.as_ref().unwrap().records, records);
    assert_eq!(extract.documents.len(), 1);
    assert_eq!(extract.family.len(), 2);
    assert_eq!(extract.household.as_ref().unwrap().code, town.household);
    let vital: Vec<&str> = extract.vital_events.iter().map(|one| &*one.event).collect();
    assert_eq!(vital, ["marriage_registered", "child_born"]);
    // Three days to object (TL-36), and to whom.
    let deadlines: Vec<&str> = extract.deadlines.iter().map(|one| &*one.limit).collect();
    assert_eq!(deadlines, ["TL-36"]);
    let contest = extract.contest.as_ref().unwrap();
    assert_eq!(contest.office, support::TEHRAN);
    assert_eq!(contest.objections[0].appeal_body, "organisation");

    let page = page::html(&signed(&answer)).unwrap();
    for words in [
        "to see a sick mother in Saveh",
        "Decisions against you, and what protects you",
        "Biometric template held elsewhere",
        "TEMPLATE-7",
        "Fingerprints",
        "Condition of residence attested",
        "Attendance at classes",
        "COURSE-31",
        "Exempted from a condition of residence",
        "resolution 9",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let report = verified(&town, page.as_bytes());
    assert_eq!(report.exit_code(), 0, "{report}");
    let proved = report.outcome().unwrap();
    assert_eq!(proved.records, records);
    // All but the two that others' acts brought about: her marriage as his wife, her child's birth.
    assert!(5 <= proved.in_words, "{report}");
    town.close().await;
}

/// Recorded before it leaves, under a verb of its own, for the person and for everybody in it; the next extract shows it.
#[tokio::test(flavor = "multi_thread")]
async fn an_extract_is_a_look_up_like_any_other() {
    let town = Town::build().await;
    fill(&town).await;
    let first = ask(&town, REGISTRAR, subject_access(REGISTRAR), "F-7").await;
    let first = first.unwrap().into_inner().info;
    let receipt = first.and_then(|info| info.disclosure).unwrap();
    let answer = support::until("the look-up", async || {
        let answer = ask(&town, DATA_PROTECTION, subject_access(DATA_PROTECTION), "").await;
        let extract = answer.unwrap().into_inner().extract;
        let extract = Extract::decode(extract.as_slice()).unwrap();
        let look_ups = extract.look_ups.unwrap().entries;
        let exported = i32::from(DisclosureVerb::Exported);
        let found = look_ups.into_iter().find(|one| one.verb == exported);
        found.filter(|one| one.agency == REGISTRAR.agency)
    })
    .await;
    assert_eq!(answer.method, "sabt.api.v1.Persons/GetExtract");
    assert_eq!(answer.consent_reference, "F-7");
    // The receipt is for the record that the person is shown, and for nobody else's in it.
    assert_eq!(answer.position, receipt.position);
    for group in ["IDENTITY", "HISTORY", "DISCLOSURES", "SHELTER_ADDRESS"] {
        assert!(
            answer.field_groups.iter().any(|one| one == group),
            "{group}"
        );
    }
    // Her husband stands in it too, and learns of it.
    let officer = town.registry.client(DATA_PROTECTION).await;
    let request = api::ListDisclosuresRequest {
        purpose: Some(purpose(DATA_PROTECTION)),
        person: town.man.clone(),
        consent_reference: String::new(),
    };
    let told = officer.audit().list_disclosures(request).await.unwrap();
    let told = told.into_inner().entries;
    assert!(told.iter().any(|entry| {
        let one = entry.disclosure.as_ref().unwrap();
        one.verb() == DisclosureVerb::Exported && one.subject == town.man
    }));
    drop(officer);
    town.close().await;
}

fn reason(status: &Status) -> Option<Reason> {
    let details = status.get_error_details();
    Reason::from_code(&details.error_info()?.reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_and_for_nothing_else() {
    let town = Town::build().await;
    // An office needs the person's consent.
    let status = ask(&town, REGISTRAR, subject_access(REGISTRAR), " ")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), Some(Reason::ConsentMissing));
    // A case is named.
    let mut caseless = subject_access(REGISTRAR);
    caseless.case_reference.clear();
    let status = ask(&town, REGISTRAR, caseless, "F-7").await.unwrap_err();
    assert_eq!(reason(&status), Some(Reason::CaseReferenceMissing));
    // The data-protection officer's own purpose is the person's.
    for player in CAST.into_iter().filter(|player| *player != DATA_PROTECTION) {
        let status = ask(&town, player, purpose(player), "F-7")
            .await
            .unwrap_err();
        let closed = [Reason::MethodNotAllowed, Reason::PurposeNotAllowed];
        assert!(
            closed.contains(&reason(&status).unwrap()),
            "{}",
            player.name
        );
    }
    let status = ask(&town, POLICE, subject_access(POLICE), "F-7")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), Some(Reason::PurposeNotAllowed));
    // A number that was never given.
    let client = town.registry.client(DATA_PROTECTION).await;
    let request = api::GetExtractRequest {
        purpose: Some(subject_access(DATA_PROTECTION)),
        person: "123456789012".to_owned(),
        consent_reference: String::new(),
    };
    let status = client.persons().get_extract(request).await.unwrap_err();
    let found = reason(&status);
    assert!(matches!(
        found,
        Some(Reason::UnknownPerson | Reason::InvalidField)
    ));
    drop(client);
    town.close().await;
}

fn args(town: &Town, out: PathBuf) -> ExtractArgs {
    ExtractArgs {
        number: town.woman.clone(),
        out,
        consent: "F-7".to_owned(),
        purpose: PurposeArgs::default(),
        connect: ConnectArgs {
            dir: town.registry.dir().to_owned(),
            server: Some(town.registry.server()),
            registry: Some(REGISTRY.to_owned()),
            caller: None,
        },
    }
}

/// The command writes a page, never over another one; the auditor's library verifies it, and names what was doctored.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_a_page_that_is_verified_offline() {
    let town = Town::build().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("extract.html");
    let mut out = Out::to(Box::new(std::io::sink()), false);
    extract::run(&args(&town, path.clone()), &mut out)
        .await
        .unwrap();
    let disclosures = town.registry.size(LedgerName::Disclosures);
    let again = extract::run(&args(&town, path.clone()), &mut out).await;
    assert!(matches!(again, Err(CliError::Usage { .. })));
    assert_eq!(town.registry.size(LedgerName::Disclosures), disclosures);

    let text = std::fs::read_to_string(&path).unwrap();
    let report = verified(&town, text.as_bytes());
    assert_eq!(report.exit_code(), 0, "{report}");
    // A number is changed on the page; a line is added; the signed document is put on another page.
    for (doctored, class) in [
        (text.replacen("T-1", "T-9", 1), FaultClass::PrintOut),
        (
            text.replacen("</h1>", "</h1><p>pardoned</p>", 1),
            FaultClass::PrintOut,
        ),
        (
            text.replacen("sabt-extract\">\n", "sabt-extract\">\nA", 1),
            FaultClass::Extract,
        ),
        (text.replace("template", "div"), FaultClass::Extract),
    ] {
        let report = verified(&town, doctored.as_bytes());
        assert_eq!(report.exit_code(), class.exit_code(), "{report}");
    }
    // A foreign key.
    let report = verify_extract(&ExtractRequest {
        page: text.into_bytes(),
        keys: TrustedKeys::default(),
        policy: None,
    });
    assert_eq!(report.exit_code(), FaultClass::ExtractSignature.exit_code());
    town.close().await;
}
