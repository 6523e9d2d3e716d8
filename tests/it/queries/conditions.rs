//! Which conditions of residence are shown, to offices alone, as of a day and as known at a time.

use sabt_cli::cast::{BORDER_POLICE, DATA_PROTECTION, GOVERNANCE, POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{
    self as event, ResidenceBasis, ResidenceCondition as C, ResidenceKind, act::Body,
};
use tonic::Status;
use tonic_types::StatusExt as _;

use super::{Town, purpose};
use crate::support::{self, NOW, jalali};

fn request(person: &str, purpose: api::Purpose) -> api::GetResidenceConditionsRequest {
    api::GetResidenceConditionsRequest {
        purpose: Some(purpose),
        at: None,
        person: person.to_owned(),
        kind: ResidenceKind::SevenYear.into(),
        basis: ResidenceBasis::Work.into(),
        scope: event::PermitScope::Individual.into(),
        step: api::ResidenceStep::Issue.into(),
    }
}

async fn ask(
    client: &Client,
    request: api::GetResidenceConditionsRequest,
) -> Result<api::GetResidenceConditionsResponse, Status> {
    let answer = client.persons().get_residence_conditions(request).await?;
    Ok(answer.into_inner())
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

fn told(answer: &api::GetResidenceConditionsResponse) -> Vec<(C, &str, &str, Option<u64>)> {
    let conditions = answer.conditions.iter();
    conditions
        .map(|one| (one.condition(), &*one.state, &*one.shown_by, one.position))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_is_told_what_is_shown_by_what_and_what_is_missing() {
    let town = Town::build().await;
    let oath = support::attest(&town.woman, C::Oath, "OATH-9", "1405-05-01");
    let oath = town.record("1405-06-01", oath).await;
    town.registry.clock().set(NOW + 1_000_000);
    let income = support::exempt(&town.woman, C::Income);
    let income = town.record("1405-06-02", income).await;

    let of = || request(&town.woman, purpose(REGISTRAR));
    let answer = ask(&town.office, of()).await.unwrap();
    town.check_receipt(answer.info.as_ref());
    assert_eq!(answer.law_edition, "1405-1");
    let expected = [
        (C::Income, "SHOWN", "EXEMPTION", Some(income.position)),
        (C::CleanRecord, "MISSING", "", None),
        (C::Domicile, "SHOWN", "RECORD", None),
        (C::Interview, "MISSING", "", None),
        (C::Oath, "SHOWN", "ATTESTATION", Some(oath.position)),
        (C::Classes, "MISSING", "", None),
        (C::Literacy, "MISSING", "", None),
    ];
    assert_eq!(told(&answer), expected);
    let shown = &answer.conditions[4];
    assert_eq!(shown.source, "law:art. 23, 22(5)");
    assert_eq!(
        (&*shown.reference, shown.since),
        ("OATH-9", Some(jalali("1405-05-01")))
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_are_told_of_any_day_as_known_at_any_time() {
    let town = Town::build().await;
    let oath = support::attest(&town.woman, C::Oath, "OATH-9", "1405-05-01");
    let oath = town.record("1405-06-01", oath).await;
    town.registry.clock().set(NOW + 1_000_000);
    let income = support::exempt(&town.woman, C::Income);
    town.record("1405-06-02", income).await;
    let of = || request(&town.woman, purpose(REGISTRAR));

    // As of a day on which the oath was taken and the council had not decided; and before the oath.
    let on = |day: &str| api::GetResidenceConditionsRequest {
        at: Some(api::AsOf {
            as_of: Some(jalali(day)),
            ..api::AsOf::default()
        }),
        ..of()
    };
    let state = |answer: &api::GetResidenceConditionsResponse, at: usize| {
        answer.conditions[at].state.clone()
    };
    let answer = ask(&town.office, on("1405-05-02")).await.unwrap();
    assert_eq!(
        (&*state(&answer, 0), &*state(&answer, 4)),
        ("MISSING", "SHOWN")
    );
    let answer = ask(&town.office, on("1405-04-31")).await.unwrap();
    assert_eq!(state(&answer, 4), "MISSING");
    // Before the law nothing was asked for.
    let answer = ask(&town.office, on("1404-12-29")).await.unwrap();
    assert_eq!(told(&answer), []);
    // As known before the exemption was recorded.
    let known = api::GetResidenceConditionsRequest {
        at: Some(api::AsOf {
            known_at: NOW,
            ..api::AsOf::default()
        }),
        ..of()
    };
    let answer = ask(&town.office, known).await.unwrap();
    assert_eq!(
        (&*state(&answer, 0), &*state(&answer, 4)),
        ("MISSING", "SHOWN")
    );

    // Of whom nothing is asked, and why.
    let child = api::GetResidenceConditionsRequest {
        person: town.child.clone(),
        basis: ResidenceBasis::Family.into(),
        scope: event::PermitScope::Family.into(),
        ..of()
    };
    let answer = ask(&town.office, child).await.unwrap();
    for one in &answer.conditions {
        assert_eq!(
            (&*one.state, &*one.not_asked),
            ("NOT_ASKED", "FAMILY_PERMIT")
        );
        assert_eq!(one.reading, "law:art. 25 note 3 (AM-26)");
    }
    // It is taken back, and known to have been.
    let annulment = Body::AnnulAct(event::AnnulAct {
        target_act_id: oath.act_id,
        reason: "another person".to_owned(),
    });
    town.record("1405-06-03", annulment).await;
    let answer = ask(&town.office, of()).await.unwrap();
    assert_eq!(state(&answer, 4), "MISSING");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_contested_of_them_is_told_unasked() {
    let town = Town::build().await;
    let dispute = support::dispute(&town.woman, "ADDRESS");
    town.record("1405-06-01", Body::DisputeFact(dispute)).await;
    let asked = request(&town.woman, purpose(REGISTRAR));
    let answer = ask(&town.office, asked).await.unwrap();
    let [mark] = &answer.contested[..] else {
        panic!("{:?}", answer.contested);
    };
    assert_eq!(
        (&*mark.person, &*mark.field_group),
        (&*town.woman, "ADDRESS")
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn police_other_roles_and_other_states_are_told_nothing() {
    let town = Town::build().await;
    for player in [POLICE, BORDER_POLICE, DATA_PROTECTION] {
        let client = town.registry.client(player).await;
        let refused = ask(&client, request(&town.woman, purpose(player))).await;
        assert_eq!(
            reason(&refused.unwrap_err()),
            "METHOD_NOT_ALLOWED",
            "{}",
            player.name
        );
    }
    // A registrar of another State, with the same row of the policy.
    let enrolment = Body::EnrolAgency(event::EnrolAgency {
        agency: "CONSULATE".to_owned(),
        name_fa: "CONSULATE".to_owned(),
        name_en: "CONSULATE".to_owned(),
        roles: vec![event::Role::Registrar.into()],
        state: "AFG".to_owned(),
        rights: Vec::new(),
    });
    let governance = town.registry.client(GOVERNANCE).await;
    let author = town.registry.author(GOVERNANCE.name);
    let act = support::governance_act(enrolment);
    let submitted = town.registry.submit(&governance, &author, &act).await;
    submitted.unwrap();
    let abroad = town.registry.client_of("CONSULATE", "C1001").await;
    let refused = ask(&abroad, request(&town.woman, purpose(REGISTRAR))).await;
    assert_eq!(reason(&refused.unwrap_err()), "METHOD_NOT_ALLOWED");
    // What is asked has to be said.
    let vague = api::GetResidenceConditionsRequest {
        step: 0,
        ..request(&town.woman, purpose(REGISTRAR))
    };
    let refused = ask(&town.office, vague).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELD");
    drop((governance, abroad));
    town.close().await;
}
