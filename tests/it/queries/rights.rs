//! Whether a person has a right: by offices, and by public services that are enrolled to ask about it.

use sabt_cli::cast::{GOVERNANCE, POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::law::{Edition, Right};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1::{self as api, Verdict};
use sabt_proto::event::v1::{self as event, act::Body};
use tonic::Status;
use tonic_types::StatusExt as _;

use super::Town;
use crate::support;

fn request(person: &str, right: Right) -> api::VerifyRightRequest {
    api::VerifyRightRequest {
        purpose: Some(api::Purpose {
            code: "RIGHT_CHECK".to_owned(),
            legal_basis: "law:art. 32".to_owned(),
            ..api::Purpose::default()
        }),
        at: None,
        person: person.to_owned(),
        right: right.to_proto().into(),
    }
}

async fn ask(
    client: &Client,
    person: &str,
    right: Right,
) -> Result<api::VerifyRightResponse, Status> {
    let answer = client.persons().verify_right(request(person, right)).await;
    Ok(answer?.into_inner())
}

fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

/// Enrols a public service, and connects as an officer of it.
async fn enrol(town: &Town, agency: &str, rights: &[Right]) -> Client {
    let enrolment = Body::EnrolAgency(event::EnrolAgency {
        agency: agency.to_owned(),
        name_fa: agency.to_owned(),
        name_en: agency.to_owned(),
        roles: vec![event::Role::PublicService.into()],
        state: "IRN".to_owned(),
        rights: rights.iter().map(|right| right.to_proto().into()).collect(),
    });
    let governance = town.registry.client(GOVERNANCE).await;
    let author = town.registry.author(GOVERNANCE.name);
    let act = support::governance_act(enrolment);
    town.registry
        .submit(&governance, &author, &act)
        .await
        .unwrap();
    town.registry.client_of(agency, "S-1").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_learns_each_right_of_whom_it_serves() {
    let town = Town::build().await;
    for right in Right::ALL {
        // The woman holds a temporary permit, of the man nothing is recorded.
        for (person, settled) in [(&town.woman, Verdict::Valid), (&town.man, Verdict::Unknown)] {
            let answer = ask(&town.office, person, *right).await.unwrap();
            let open = matches!(right, Right::Movables | Right::Immovables);
            let expected = if !right.rests_on_residence() {
                Verdict::Valid
            } else if open {
                Verdict::Unknown
            } else {
                settled
            };
            assert_eq!(answer.verdict(), expected, "{}", right.code());
            // The same articles for both: they tell nothing of a permit.
            assert_eq!(answer.source, right.source());
            assert_eq!(answer.law_edition, Edition::FIRST.code);
            town.check_receipt(answer.info.as_ref());
        }
    }
    // Nobody can tell of a number that nobody has.
    let nobody = sabt_domain::number::PersonNumber::from_serial(99_000_000_000).unwrap();
    let answer = ask(&town.office, &nobody.to_string(), Right::Education)
        .await
        .unwrap();
    assert_eq!(answer.verdict(), Verdict::Unknown);
    assert_eq!(answer.reason_class, "NOT_SETTLED");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_service_asks_about_what_it_is_enrolled_for_and_nothing_else() {
    let town = Town::build().await;
    let school = enrol(&town, "SCHOOLS", &[Right::Education]).await;
    let labour = enrol(&town, "LABOUR", &[Right::Work, Right::Education]).await;
    let none = enrol(&town, "NONE", &[]).await;
    for right in Right::ALL {
        for (client, rights) in [
            (&school, &[Right::Education][..]),
            (&labour, &[Right::Work, Right::Education]),
            (&none, &[]),
        ] {
            match ask(client, &town.woman, *right).await {
                Ok(answer) => {
                    assert!(rights.contains(right), "{}", right.code());
                    assert_eq!(answer.verdict(), Verdict::Valid);
                }
                Err(status) => {
                    assert!(!rights.contains(right), "{}", right.code());
                    assert_eq!(reason(&status), Reason::RightNotEnrolled.code());
                }
            }
        }
    }
    // It opens nothing else, and whoever is no public service does not ask for the purpose.
    let stay = api::VerifyStayRequest {
        purpose: request(&town.woman, Right::Work).purpose,
        at: None,
        person: town.woman.clone(),
    };
    let refused = labour.persons().verify_stay(stay).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::MethodNotAllowed.code());
    let police = town.registry.client(POLICE).await;
    let refused = ask(&police, &town.woman, Right::Work).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::PurposeNotAllowed.code());
    let mut unnamed = request(&town.woman, Right::Work);
    unnamed.right = 0;
    let refused = labour.persons().verify_right(unnamed).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::InvalidField.code());
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_learns_that_it_was_asked() {
    let town = Town::build().await;
    let labour = enrol(&town, "LABOUR", &[Right::Work]).await;
    ask(&labour, &town.woman, Right::Work).await.unwrap();
    let request = api::ListDisclosuresRequest {
        purpose: Some(api::Purpose {
            code: "SUBJECT_ACCESS".to_owned(),
            legal_basis: "design:7.5".to_owned(),
            case_reference: "C-1".to_owned(),
            ..api::Purpose::default()
        }),
        person: town.woman.clone(),
        consent_reference: "F-1".to_owned(),
    };
    let office = town.registry.client(REGISTRAR).await;
    // The views fold who has looked a moment after the answer.
    support::until("the look-up among those of the person", async || {
        let listed = office.audit().list_disclosures(request.clone()).await;
        let mut entries = listed.unwrap().into_inner().entries.into_iter();
        let asked = entries.any(|entry| {
            let told = entry.disclosure.unwrap();
            told.agency == "LABOUR" && told.method == "sabt.api.v1.Persons/VerifyRight"
        });
        asked.then_some(())
    })
    .await;
    town.close().await;
}
