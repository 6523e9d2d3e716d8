//! Service cases: what they say about whoever is erased goes as well.

use sabt_cli::cast::DATA_PROTECTION;
use sabt_domain::erasure::Target;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::advance_case::Step;
use sabt_server::clock::Clock;

use super::scan::Needles;
use super::{assert_nothing_found, assert_sound, office, started};
use crate::support::{NOW, approved, order, order_over, request_service};
use crate::synthetic::refusal_reason;

const ASKED: &str = "to see a sick mother in Saveh";
const DECIDED: &str = "no lodging in Saveh was named";
const SHOWN: &str = "LETTER-OF-A-CLINIC-77";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_case_says_of_a_person_is_erased_by_an_order_of_its_own() {
    let registry = started(Clock::fixed(NOW)).await;
    let desk = office(&registry).await;
    let person = desk.somebody().await;
    let request = event::RequestService {
        request: ASKED.to_owned(),
        ..request_service("12012154117", &person)
    };
    let opened = desk.submit("1402-05-01", Body::RequestService(request));
    let case = opened.await.unwrap().numbers[0].clone();
    let step = |step| {
        Body::AdvanceCase(event::AdvanceCase {
            case: case.clone(),
            step: Some(step),
        })
    };
    let evidence = step(Step::EvidenceAttached(event::Evidence {
        kind: event::EvidenceKind::Other.into(),
        number: SHOWN.to_owned(),
        checked_by: "K1001".to_owned(),
        ..event::Evidence::default()
    }));
    desk.submit("1402-05-02", evidence.clone()).await.unwrap();
    let refusal = step(Step::ServiceRefused(event::ServiceRefusal {
        decided_by: "directorate".to_owned(),
        ground: DECIDED.to_owned(),
        appeal_body: "Administrative Justice Court".to_owned(),
    }));
    desk.submit("1402-05-03", refusal).await.unwrap();

    // While the person is recorded the case is a part of their life.
    let kept = desk.case_retention(&case).await.unwrap();
    assert_eq!(kept.retentions[0].state, "NOT_STARTED");
    assert_eq!(kept.positions.len(), 3);
    let told = desk.retention(&person).await.unwrap();
    assert_eq!(told.service_cases, std::slice::from_ref(&case));
    let (orders, of) = order(registry.dir(), &person, &told.positions, NOW);
    desk.erase(approved(registry.dir(), &orders, &of))
        .await
        .unwrap();

    // Afterwards it is listed, and goes by an order of its own.
    let left = desk.case_retention(&case).await.unwrap();
    assert_eq!(left.retentions[0].state, "ENDED");
    let due = desk.due(sabt_proto::api::v1::ListRetentionsDueRequest::default());
    let due = due.await.unwrap().due;
    let of_case: Vec<_> = due.iter().filter(|due| due.service_case == case).collect();
    assert!(
        matches!(of_case.as_slice(), [due] if due.erasable),
        "{due:?}"
    );
    let target = Target::ServiceCase(case.parse().unwrap());
    let dir = registry.dir();
    let (orders, of) = order_over(target, DATA_PROTECTION, dir, &left.positions, NOW);
    let erased = desk.erase(approved(dir, &orders, &of)).await.unwrap();
    assert_eq!(erased.erased, 3);
    let gone = desk.case_retention(&case).await.unwrap_err();
    assert_eq!(refusal_reason(&gone).as_deref(), Some("UNKNOWN_CASE"));
    // Nothing makes its key again.
    let late = desk.submit("1402-05-04", evidence).await.unwrap_err();
    assert_eq!(refusal_reason(&late).as_deref(), Some("SUBJECT_ERASED"));

    let mut needles = Needles::default();
    for text in [ASKED, DECIDED, SHOWN] {
        needles.add(text, text.as_bytes());
    }
    needles.add("number of the case", case.as_bytes());
    let directory = registry.stop().await;
    assert_nothing_found(&needles, directory.path());
    super::assert_views_are_a_rebuild(directory.path());
    assert_sound(directory.path());
}
