//! The firewall towards the State of origin, swept over the wire: an agency of another State that holds every role calls
//! every method for every purpose.

use sabt_cli::cast::{CIVIL_REGISTRY, GOVERNANCE};
use sabt_domain::access::Role;

use super::*;

/// What would tell of protection, or of where to find the person. It stands in her record.
const PROTECTED: [&str; 3] = ["MKREFBODY", "MKREFCARD", "MkStreet"];

fn card() -> event::DocumentReference {
    event::DocumentReference {
        kind: event::DocumentKind::RefugeeIdentityCard.into(),
        ..support::reference("MKREFCARD")
    }
}

impl Town {
    /// The person is granted refuge, with a card.
    async fn grant_refuge(&self) {
        let office = self.registry.client(REGISTRAR).await;
        let author = self.registry.author(REGISTRAR.name);
        let status = event::GrantStatus {
            person: self.person.clone(),
            status: event::PersonStatus::Refugee.into(),
            decided_by: "MKREFBODY".to_owned(),
        };
        let issued = event::IssueDocument {
            person: self.person.clone(),
            document: Some(event::Document {
                kind: event::DocumentKind::RefugeeIdentityCard.into(),
                ..support::document("MKREFCARD")
            }),
            replaces: None,
        };
        for body in [Body::GrantStatus(status), Body::IssueDocument(issued)] {
            let act = support::act("1404-11-01", body);
            let receipt = self.registry.submit(&office, &author, &act).await.unwrap();
            let folded = receipt.position + u64::from(receipt.parts);
            let at_most = Duration::from_secs(10);
            assert!(self.registry.registry().wait_for(folded, at_most).await);
        }
    }

    /// Enrols an agency that answers to this State, with every role but that of the asylum unit, which stands beside no
    /// other and answers to no other State; connects as an officer of it.
    async fn enrol(&self, agency: &str, state: &str) -> Client {
        let roles = Role::ALL
            .iter()
            .filter(|role| **role != Role::AsylumUnit)
            .map(|role| i32::from(role.to_proto()));
        let enrolment = Body::EnrolAgency(event::EnrolAgency {
            agency: agency.to_owned(),
            name_fa: agency.to_owned(),
            name_en: agency.to_owned(),
            roles: roles.collect(),
            state: state.to_owned(),
            rights: Vec::new(),
        });
        let governance = self.registry.client(GOVERNANCE).await;
        let author = self.registry.author(GOVERNANCE.name);
        let act = support::governance_act(enrolment);
        self.registry
            .submit(&governance, &author, &act)
            .await
            .unwrap();
        self.registry.client_of(agency, "K-1").await
    }

    /// Everything that this client is told for any purpose, and whether the card of refuge is known to it.
    async fn told(&self, client: &Client) -> (String, bool) {
        let mut told = String::new();
        let mut knows_card = false;
        for purpose in Purpose::ALL {
            let purpose = api::Purpose {
                code: purpose.code().to_owned(),
                legal_basis: "duty:12".to_owned(),
                case_reference: "C-1".to_owned(),
                ..api::Purpose::default()
            };
            for outcome in call_each(
                client,
                &purpose,
                &About::person(&self.person, &self.household),
            )
            .await
            .into_values()
            {
                match outcome {
                    Ok(bytes) => told.push_str(&String::from_utf8_lossy(&bytes)),
                    Err(status) => {
                        told.push_str(status.message());
                        told.push_str(&String::from_utf8_lossy(status.details()));
                    }
                }
            }
            let request = api::VerifyDocumentRequest {
                purpose: Some(purpose.clone()),
                document: Some(card()),
                at: None,
            };
            if let Ok(answer) = client.persons().verify_document(request).await {
                knows_card |= answer.into_inner().verdict != i32::from(api::Verdict::Unknown);
            }
            let request = api::FindPersonRequest {
                purpose: Some(purpose),
                document: Some(card()),
                ..api::FindPersonRequest::default()
            };
            if let Ok(answer) = client.persons().find_person(request).await {
                knows_card |= !answer.into_inner().candidates.is_empty();
            }
        }
        (told, knows_card)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_method_tells_another_state_of_protection() {
    let town = Town::build().await;
    town.grant_refuge().await;
    for (agency, state, protected) in [("HOME", "IRN", true), ("KBL", "AFG", false)] {
        let client = town.enrol(agency, state).await;
        let (told, knows_card) = town.told(&client).await;
        assert!(told.contains("MkGiven"), "{agency} is told nothing at all");
        for mark in PROTECTED {
            assert_eq!(told.contains(mark), protected, "{agency}: {mark}");
        }
        assert_eq!(knows_card, protected, "{agency}");
    }
    let report = support::verify(town.registry.stop().await.path());
    assert!(report.is_sound(), "{}", report.to_json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_ends_with_the_enrolment_of_its_reader() {
    let town = Town::build().await;
    let job = town.registry.client(CIVIL_REGISTRY).await;
    let request = api::FollowRequest {
        purpose: Some(Town::purpose(CIVIL_REGISTRY)),
        from: 0,
        stop_at_head: false,
    };
    let mut pages = job.feed().follow(request).await.unwrap().into_inner();
    let head = town.registry.size(LedgerName::Events);
    while pages.message().await.unwrap().unwrap().next < head {}

    let governance = town.registry.client(GOVERNANCE).await;
    let author = town.registry.author(GOVERNANCE.name);
    let act = support::governance_act(Body::RevokeAgency(event::RevokeAgency {
        agency: CIVIL_REGISTRY.agency.to_owned(),
        reason: "dissolved".to_owned(),
    }));
    town.registry
        .submit(&governance, &author, &act)
        .await
        .unwrap();
    let status = pages.message().await.unwrap_err();
    assert_eq!(reason(&status), Reason::RevokedAgency, "{status}");
    drop((pages, job, governance));
    drop(town.registry.stop().await);
}
