use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;

use crate::data;
use crate::json::{enum_words, from_str, member, to_value};

const ACT: &str = "sabt.event.v1.Act";

#[test]
fn an_act_comes_back_as_it_went() {
    let act = data::without_papers().unwrap();
    let text = to_value(ACT, &act).unwrap().to_string();
    assert_eq!(from_str::<event::Act>(ACT, &text).unwrap(), act);
}

#[test]
fn the_sample_acts_differ_in_the_name_alone() {
    let misheard = to_value(ACT, &data::without_papers().unwrap()).unwrap();
    let right = to_value(ACT, &data::without_papers_corrected().unwrap()).unwrap();
    assert_ne!(misheard, right);
    let names = |value: &serde_json::Value| {
        value["register_person"]["particulars"]["names"]
            .as_array()
            .unwrap()
            .clone()
    };
    let mut mended = misheard.clone();
    mended["register_person"]["particulars"]["names"] = names(&right).into();
    assert_eq!(mended, right);
    assert!(
        names(&misheard)
            .iter()
            .zip(names(&right))
            .all(|(one, other)| *one != other)
    );
}

#[test]
fn both_spellings_of_a_field_are_read_and_unknown_ones_refused() {
    let camel: event::Act = from_str(ACT, r#"{"legalBasis": "duty:12"}"#).unwrap();
    let snake: event::Act = from_str(ACT, r#"{"legal_basis": "duty:12"}"#).unwrap();
    assert_eq!(camel, snake);
    assert!(from_str::<event::Act>(ACT, r#"{"legal_bases": "duty:12"}"#).is_err());
    assert!(from_str::<event::Act>(ACT, r#"{"office": "THR-01"} {}"#).is_err());
}

#[test]
fn large_numbers_stay_numbers() {
    let status = api::GetStatusResponse {
        events: 1 << 40,
        ..api::GetStatusResponse::default()
    };
    let value = to_value("sabt.api.v1.GetStatusResponse", &status).unwrap();
    assert_eq!(value["events"].as_u64(), Some(1 << 40));
}

#[test]
fn every_message_that_is_shown_is_in_the_contract() {
    // `to_value` panics on a name that is not.
    to_value(
        "sabt.api.v1.VerifyDocumentResponse",
        &api::VerifyDocumentResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.VerifyStayResponse",
        &api::VerifyStayResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.VerifyRightResponse",
        &api::VerifyRightResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.VerifyRemovalResponse",
        &api::VerifyRemovalResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetResidenceConditionsResponse",
        &api::GetResidenceConditionsResponse::default(),
    )
    .unwrap();
    to_value("sabt.api.v1.DeadlinesOf", &api::DeadlinesOf::default()).unwrap();
    to_value(
        "sabt.api.v1.FindPersonResponse",
        &api::FindPersonResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetPersonResponse",
        &api::GetPersonResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetFamilyResponse",
        &api::GetFamilyResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetHistoryResponse",
        &api::GetHistoryResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetAsylumClaimsResponse",
        &api::GetAsylumClaimsResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.GetCaseResponse",
        &api::GetCaseResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.ListCasesResponse",
        &api::ListCasesResponse::default(),
    )
    .unwrap();
    to_value(
        "sabt.api.v1.ListDisclosuresResponse",
        &api::ListDisclosuresResponse::default(),
    )
    .unwrap();
    to_value("sabt.api.v1.Receipt", &api::Receipt::default()).unwrap();
    to_value("sabt.event.v1.Event", &event::Event::default()).unwrap();
}

#[test]
fn the_set_member_of_a_oneof_is_named() {
    let act = data::without_papers().unwrap();
    assert_eq!(
        member(ACT, "body", &act).as_deref(),
        Some("register_person")
    );
    assert_eq!(member(ACT, "body", &event::Act::default()), None);
}

#[test]
fn words_of_an_enum_leave_out_the_one_that_says_nothing() {
    let words = enum_words("sabt.event.v1.Sex", "SEX_");
    assert_eq!(words, "female, male, unknown");
}
