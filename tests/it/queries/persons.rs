//! What each method tells about a person, cut to what the asker may know.

use sabt_cli::cast::{BORDER_POLICE, DATA_PROTECTION, POLICE, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::Verdict;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, DisclosureVerb};

use super::{Town, get_person, purpose};
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn an_office_sees_the_whole_person() {
    let town = Town::build().await;
    let mut persons = town.office.persons();
    let request = get_person(REGISTRAR, &town.woman, None);
    let answer = persons.get_person(request).await.unwrap().into_inner();
    town.check_receipt(answer.info.as_ref());
    let person = answer.person.unwrap();
    assert_eq!(person.number, town.woman);
    assert_eq!(person.particulars.unwrap().sex(), event::Sex::Female);
    assert_eq!(person.household, town.household);
    assert_eq!(person.file_province, "IR-23");
    assert_eq!(person.documents[0].verdict(), Verdict::Valid);
    let residence = person.residence.unwrap();
    assert_eq!(residence.permit_number, "T-1");
    assert_eq!(residence.verdict(), Verdict::Valid);
    assert_eq!(residence.kind(), event::ResidenceKind::Temporary);
    assert!(!person.withheld.iter().any(|group| group == "ASYLUM_CLAIM"));

    let request = api::GetFamilyRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        person: town.child.clone(),
    };
    let answer = persons.get_family(request).await.unwrap().into_inner();
    town.check_receipt(answer.info.as_ref());
    let mut relatives: Vec<_> = answer
        .relatives
        .iter()
        .map(|relative| (relative.relation.as_str(), relative.who.clone().unwrap()))
        .collect();
    relatives.sort_by_key(|(relation, _)| *relation);
    assert!(relatives.contains(&("father", support::party(&town.man))));
    assert!(relatives.contains(&("mother", support::party(&town.woman))));

    let request = api::GetHouseholdRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        household: town.household.clone(),
    };
    let answer = persons.get_household(request).await.unwrap().into_inner();
    town.check_receipt(answer.info.as_ref());
    let household = answer.household.unwrap();
    assert_eq!(household.head, town.woman);
    assert_eq!(household.members.len(), 3);
    drop(persons);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_keeps_what_was_annulled() {
    let town = Town::build().await;
    let moved = event::ChangeAddress {
        subject: town.man.clone(),
        address: Some(support::address("IR-09")),
    };
    let moved = town.record("1404-06-01", Body::ChangeAddress(moved)).await;
    let annulment = event::AnnulAct {
        target_act_id: moved.act_id.clone(),
        reason: "entered for the wrong person".to_owned(),
    };
    let annulment = town.record("1404-06-02", Body::AnnulAct(annulment)).await;
    let request = api::GetHistoryRequest {
        purpose: Some(purpose(REGISTRAR)),
        at: None,
        person: town.man.clone(),
    };
    let answer = town
        .office
        .persons()
        .get_history(request)
        .await
        .unwrap()
        .into_inner();
    town.check_receipt(answer.info.as_ref());
    let positions: Vec<_> = answer.entries.iter().map(|entry| entry.position).collect();
    assert!(positions.is_sorted());
    let entry = answer
        .entries
        .iter()
        .find(|entry| entry.act_id == moved.act_id)
        .unwrap();
    assert_eq!(entry.state, "ANNULLED");
    assert_eq!(entry.amended_by, [annulment.act_id]);
    for entry in &answer.entries {
        let event = entry.event.as_ref().unwrap();
        assert!(event.act.is_empty() && event.nonce.is_empty());
    }
    let request = get_person(REGISTRAR, &town.man, None);
    let answer = town
        .office
        .persons()
        .get_person(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.person.unwrap().address.unwrap().province, "IR-23");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_police_get_a_verdict_and_no_more() {
    let town = Town::build().await;
    let police = town.registry.client(POLICE).await;
    let mut persons = police.persons();
    for (person, verdict, reason_class) in [
        (&town.woman, Verdict::Valid, ""),
        (&town.man, Verdict::Unknown, "NO_RECORD"),
    ] {
        let request = api::VerifyStayRequest {
            purpose: Some(purpose(POLICE)),
            at: None,
            person: person.clone(),
        };
        let answer = persons.verify_stay(request).await.unwrap().into_inner();
        town.check_receipt(answer.info.as_ref());
        assert_eq!(answer.verdict(), verdict);
        assert_eq!(answer.reason_class, reason_class);
    }
    for (number, verdict, reason_class) in [
        ("P-1", Verdict::Valid, ""),
        ("p 1", Verdict::Valid, ""),
        ("P-9", Verdict::Unknown, ""),
    ] {
        let request = api::VerifyDocumentRequest {
            purpose: Some(purpose(POLICE)),
            at: None,
            document: Some(support::reference(number)),
        };
        let answer = persons.verify_document(request).await.unwrap().into_inner();
        town.check_receipt(answer.info.as_ref());
        assert_eq!(answer.verdict(), verdict, "{number}");
        assert_eq!(answer.reason_class, reason_class, "{number}");
    }
    drop((persons, police));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_border_sees_who_it_is_and_where_they_crossed() {
    let town = Town::build().await;
    let border = town.registry.client(BORDER_POLICE).await;
    let entry = event::RecordEntry {
        person: town.man.clone(),
        border_point: "DOGHAROUN".to_owned(),
        kind: event::EntryKind::Resident.into(),
        document: None,
    };
    let act = support::by_office(
        support::BORDER,
        support::act("1405-02-01", Body::RecordEntry(entry)),
    );
    let author = town.registry.author("border-police");
    let receipt = town.registry.submit(&border, &author, &act).await.unwrap();
    let at = api::AsOf {
        min_position: receipt.position + 1,
        ..api::AsOf::default()
    };
    let grant = town.registry.border_grant(&[&town.man]);
    let request = api::GetPersonRequest {
        purpose: Some(support::under(&grant, town.registry.issue(&grant))),
        ..get_person(BORDER_POLICE, &town.man, Some(at))
    };
    let answer = border
        .persons()
        .get_person(request)
        .await
        .unwrap()
        .into_inner();
    town.check_receipt(answer.info.as_ref());
    let person = answer.person.unwrap();
    let presence = person.presence.unwrap();
    assert!(presence.in_country);
    assert_eq!(presence.last_border_point, "DOGHAROUN");
    assert_eq!(presence.since, Some(support::jalali("1405-02-01")));
    assert!(person.particulars.is_some());
    assert!(person.address.is_none() && person.household.is_empty());
    assert!(person.documents.is_empty() && person.statuses.is_empty());
    assert!(person.residence.is_none());
    for group in ["ADDRESS", "HOUSEHOLD", "FAMILY", "RESIDENCE", "DOCUMENTS"] {
        assert!(
            person.withheld.iter().any(|withheld| withheld == group),
            "{group}"
        );
    }
    drop(border);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_by_paper_or_by_name_and_year() {
    let town = Town::build().await;
    let by_document = api::FindPersonRequest {
        purpose: Some(purpose(REGISTRAR)),
        document: Some(support::reference("P-1")),
        ..api::FindPersonRequest::default()
    };
    let name = support::particulars(event::Sex::Male, "1368-01-01")
        .names
        .remove(0);
    let by_name = |birth_year| api::FindPersonRequest {
        purpose: Some(purpose(REGISTRAR)),
        given_name: name.given.clone(),
        family_name: name.family.clone(),
        birth_year,
        ..api::FindPersonRequest::default()
    };
    let mut couple = vec![town.woman.clone(), town.man.clone()];
    couple.sort();
    for (request, expected) in [
        (by_document, vec![town.woman.clone()]),
        // 1368-01-01 is 1989-03-21 and 1370-02-03 is 1991-04-23: a year on either side matches both.
        (by_name(1990), couple),
        (by_name(1988), vec![town.man.clone()]),
        (by_name(1960), vec![]),
    ] {
        let answer = town
            .office
            .persons()
            .find_person(request)
            .await
            .unwrap()
            .into_inner();
        town.check_receipt(answer.info.as_ref());
        let mut found: Vec<_> = answer
            .candidates
            .into_iter()
            .map(|one| one.person)
            .collect();
        found.sort();
        assert_eq!(found, expected);
        assert!(!answer.more);
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_learns_who_has_looked() {
    let town = Town::build().await;
    let police = town.registry.client(POLICE).await;
    let officer = town.registry.client(DATA_PROTECTION).await;
    let stay = api::VerifyStayRequest {
        purpose: Some(purpose(POLICE)),
        at: None,
        person: town.woman.clone(),
    };
    let checked = police
        .persons()
        .verify_stay(stay)
        .await
        .unwrap()
        .into_inner();
    let request = get_person(REGISTRAR, &town.woman, None);
    let opened = town
        .office
        .persons()
        .get_person(request)
        .await
        .unwrap()
        .into_inner();
    let request = get_person(REGISTRAR, &town.man, None);
    town.office.persons().get_person(request).await.unwrap();
    let receipts = [checked.info, opened.info].map(|info| info.unwrap().disclosure.unwrap());

    let request = looked(DATA_PROTECTION.purpose, &town.woman);
    let entries = list_disclosures(&town, &officer, &request, receipts.len()).await;
    for (receipt, (verb, agency, purpose, groups)) in receipts.iter().zip([
        (DisclosureVerb::Verified, "POLICE", "STAY_CHECK", 1),
        (DisclosureVerb::Opened, "BAFIA", "REGISTRATION", 14),
    ]) {
        let entry = entries
            .iter()
            .find(|entry| entry.position == receipt.position)
            .unwrap();
        assert_eq!(entry.recorded_at, receipt.recorded_at);
        let disclosure = entry.disclosure.as_ref().unwrap();
        assert_eq!(disclosure.verb(), verb);
        assert_eq!(disclosure.agency, agency);
        assert_eq!(disclosure.purpose, purpose);
        assert_eq!(disclosure.case_reference, "C-1");
        assert_eq!(disclosure.field_groups.len(), groups);
        assert_eq!(disclosure.subject, town.woman);
    }
    let of_others =
        |entry: &&api::DisclosureEntry| entry.disclosure.as_ref().unwrap().subject != town.woman;
    assert_eq!(entries.iter().filter(of_others).count(), 0);

    // The office asks on the person's behalf, with consent, and sees the officer's question too.
    let request = looked(Purpose::SubjectAccess, &town.woman);
    let entries = list_disclosures(&town, &town.office, &request, receipts.len() + 1).await;
    let mut disclosures = entries.iter().filter_map(|entry| entry.disclosure.as_ref());
    let question = disclosures
        .find(|disclosure| disclosure.agency == DATA_PROTECTION.agency)
        .unwrap();
    assert_eq!(question.consent_reference, "F-1");
    drop((police, officer));
    town.close().await;
}

fn looked(purpose: Purpose, person: &str) -> api::ListDisclosuresRequest {
    api::ListDisclosuresRequest {
        purpose: Some(api::Purpose {
            code: purpose.code().to_owned(),
            legal_basis: "design:7.5".to_owned(),
            case_reference: "S-1".to_owned(),
            ..api::Purpose::default()
        }),
        person: person.to_owned(),
        consent_reference: "F-1".to_owned(),
    }
}

/// Asks until at least so many entries are told: the views of the disclosures follow the ledger within moments.
async fn list_disclosures(
    town: &Town,
    client: &Client,
    request: &api::ListDisclosuresRequest,
    least: usize,
) -> Vec<api::DisclosureEntry> {
    for _attempt in 0..100 {
        let answer = client.audit().list_disclosures(request.clone()).await;
        let answer = answer.unwrap().into_inner();
        town.check_receipt(answer.info.as_ref());
        assert_eq!(answer.withheld, 0);
        if least <= answer.entries.len() {
            return answer.entries;
        }
    }
    panic!("fewer than {least} disclosures are told");
}
