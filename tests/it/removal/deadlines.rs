//! Time limits that run, by person and by office.

use sabt_chain::LedgerName;
use sabt_cli::cast::{ASYLUM_UNIT, REGISTRAR};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::Sex;
use sabt_proto::event::v1::act::Body;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::{World, suspension};
use crate::support::{self, TEHRAN};

impl World {
    fn deadlines(&self, on: &str) -> api::ListDeadlinesRequest {
        api::ListDeadlinesRequest {
            purpose: Some(api::Purpose {
                code: "REGISTRATION".to_owned(),
                legal_basis: "law:art. 4(8)".to_owned(),
                ..api::Purpose::default()
            }),
            at: Some(api::AsOf {
                as_of: Some(support::jalali(on)),
                min_position: self.registry.size(LedgerName::Events),
                ..api::AsOf::default()
            }),
            ..api::ListDeadlinesRequest::default()
        }
    }

    async fn list(
        &self,
        request: api::ListDeadlinesRequest,
    ) -> Result<api::ListDeadlinesResponse, Status> {
        let of_player = self
            .clients
            .iter()
            .find(|(player, ..)| *player == REGISTRAR);
        let mut persons = of_player.unwrap().1.persons();
        Ok(persons.list_deadlines(request).await?.into_inner())
    }

    /// Kinds that run for a person, in order.
    async fn of(&self, person: &str, on: &str, bearer: &str) -> Vec<String> {
        let request = api::ListDeadlinesRequest {
            person: person.to_owned(),
            bearer: bearer.to_owned(),
            ..self.deadlines(on)
        };
        let answer = self.list(request).await.unwrap();
        assert_eq!(answer.listed.len(), 1);
        kinds(&answer.listed[0])
    }

    /// Everybody who is listed at an office, page by page.
    async fn at_office(&self, on: &str, until: &str) -> Vec<api::DeadlinesOf> {
        let mut request = api::ListDeadlinesRequest {
            office: TEHRAN.to_owned(),
            until: Some(support::jalali(until)),
            ..self.deadlines(on)
        };
        let mut listed = Vec::new();
        loop {
            let answer = self.list(request.clone()).await.unwrap();
            listed.extend(answer.listed);
            if answer.next.is_empty() {
                return listed;
            }
            request.after = answer.next;
        }
    }
}

fn kinds(of: &api::DeadlinesOf) -> Vec<String> {
    let deadlines = of.deadlines.iter();
    deadlines.map(|one| one.kind.clone()).collect()
}

fn refused(status: &Status, reason: Reason, field: &str) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, reason.code());
    assert!(format!("{details:?}").contains(field), "{details:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_the_clocks_of_their_order_their_holding_and_the_court() {
    let world = World::start().await;
    let (person, _) = world.ordered().await;
    assert_eq!(world.of(&person, "1404-01-05", "").await, ["OBJECTION"]);
    assert!(world.of(&person, "1404-01-10", "").await.is_empty());
    world.ok("1404-01-05", suspension(&person)).await;
    world
        .ok("1404-01-06", support::holding(&person, "H-1"))
        .await;
    let all = world.of(&person, "1404-01-07", "").await;
    assert_eq!(
        all,
        [
            "OBJECTION",
            "HOLDING_NOTICE",
            "HOLDING_ENDS",
            "SUSPENSION_TERM_ENDS"
        ]
    );
    for (bearer, runs) in [
        ("PERSON", vec!["OBJECTION"]),
        ("COURT", vec!["SUSPENSION_TERM_ENDS"]),
        ("HOLDING_AUTHORITY", vec!["HOLDING_NOTICE", "HOLDING_ENDS"]),
        ("ORGANISATION", vec![]),
    ] {
        assert_eq!(world.of(&person, "1404-01-07", bearer).await, runs);
    }
    let request = api::ListDeadlinesRequest {
        person: person.clone(),
        ..world.deadlines("1404-06-01")
    };
    let answer = world.list(request).await.unwrap();
    let ends = &answer.listed[0].deadlines[1];
    assert_eq!(ends.kind, "HOLDING_ENDS");
    assert_eq!(
        (ends.limit.as_str(), ends.reading.as_str()),
        ("TL-57", "AM-41")
    );
    assert!(ends.overdue);
    assert_eq!(ends.due, Some(support::jalali("1404-02-06")));
    // What a court decides on lapse is in the words of the law.
    let court = answer.listed[0].deadlines.last().unwrap();
    assert_eq!(court.on_lapse, "the police expel unless the court extends");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_lists_those_whose_file_it_holds_month_by_month() {
    let world = World::start().await;
    let mut people = Vec::new();
    for index in 0..130 {
        let body = support::register(Sex::Female, "1370-01-01");
        let person = world.ok("1398-01-01", Body::RegisterPerson(body)).await;
        let person = person.numbers[0].clone();
        let (from, until) = if index % 2 == 0 {
            ("1404-01-01", "1404-03-10")
        } else {
            ("1404-01-01", "1404-04-20")
        };
        let number = format!("T-{index:05}");
        let permit = support::temporary(&person, &number, (from, until));
        world.ok("1404-01-01", permit).await;
        people.push(person);
    }
    let held = world
        .ok("1404-01-03", support::holding(&people[0], "H-1"))
        .await;
    let listed = world.at_office("1404-03-01", "1404-04-31").await;
    // First what has passed and stays, then the third month, then the fourth; each deadline once.
    assert_eq!(listed[0].person, people[0]);
    assert_eq!(kinds(&listed[0]), ["HOLDING_NOTICE", "HOLDING_ENDS"]);
    assert!(listed[0].deadlines.iter().all(|one| one.overdue));
    let mut found: Vec<_> = listed[1..].iter().map(|of| of.person.clone()).collect();
    let months: Vec<_> = listed[1..]
        .iter()
        .map(|of| of.deadlines[0].due.unwrap().month)
        .collect();
    assert!(months.is_sorted());
    found.sort();
    people.sort();
    assert_eq!(found, people);
    // A month is a month: nobody of the fourth is listed in the third.
    assert_eq!(world.at_office("1404-03-01", "1404-03-31").await.len(), 66);
    // What was annulled ends nowhere.
    world
        .ok("1404-02-01", support::annulment(&held.act_id))
        .await;
    assert_eq!(world.at_office("1404-03-01", "1404-03-31").await.len(), 65);

    // A file that is held elsewhere is listed there alone.
    let sent = Body::SendFileTransfer(event::SendFileTransfer {
        person: listed[1].person.clone(),
        from_province: "IR-23".to_owned(),
        to_province: "IR-09".to_owned(),
    });
    world.ok("1404-02-20", sent).await;
    assert_eq!(world.at_office("1404-03-01", "1404-03-31").await.len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_of_another_agency_and_other_wrong_questions_are_refused() {
    let world = World::start().await;
    let (person, _) = world.ordered().await;
    let field = Reason::InvalidField;
    let asked = world.deadlines("1404-01-05");
    let cases = [
        (
            api::ListDeadlinesRequest {
                office: support::BORDER.to_owned(),
                ..asked.clone()
            },
            "office",
        ),
        (
            api::ListDeadlinesRequest {
                office: TEHRAN.to_owned(),
                person: person.clone(),
                ..asked.clone()
            },
            "office",
        ),
        (
            api::ListDeadlinesRequest {
                office: TEHRAN.to_owned(),
                until: Some(support::jalali("1406-01-01")),
                ..asked.clone()
            },
            "until",
        ),
        (
            api::ListDeadlinesRequest {
                office: TEHRAN.to_owned(),
                after: vec![7; 20],
                ..asked.clone()
            },
            "after",
        ),
        (
            api::ListDeadlinesRequest {
                person: person.clone(),
                bearer: "NOBODY".to_owned(),
                ..asked.clone()
            },
            "bearer",
        ),
    ];
    for (request, named) in cases {
        refused(&world.list(request).await.unwrap_err(), field, named);
    }
    // The compartment lists nobody's clocks, and nobody asks for it.
    let unit = world.registry.client(ASYLUM_UNIT).await;
    let request = api::ListDeadlinesRequest {
        person,
        purpose: Some(api::Purpose {
            code: "ASYLUM_PROCEDURE".to_owned(),
            legal_basis: "law:art. 35".to_owned(),
            case_reference: "C-1".to_owned(),
            ..api::Purpose::default()
        }),
        ..asked
    };
    let status = unit.persons().list_deadlines(request).await.unwrap_err();
    refused(&status, Reason::MethodNotAllowed, "");
}
