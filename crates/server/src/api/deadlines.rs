//! Time limits that run: of a person, or of those whose file an office holds.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::codec::Value as _;
use sabt_domain::deadline::{Bearer, Deadline};
use sabt_domain::governance::Office;
use sabt_domain::life::At;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::{Calendar, Day, PartialDate};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Date, DisclosureVerb};
use sabt_views::query::{DeadlineEntry, DeadlineQuery};

use super::ask::Found;
use super::persons::{found, person_number, refuse};
use super::reading;
use crate::registry::Registry;

/// How far a list looks ahead where nothing else is asked for.
const MONTHS_AHEAD: i32 = 1;

/// Lists them.
pub(super) async fn list(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListDeadlinesRequest,
    at: &At,
) -> Result<Found<api::ListDeadlinesResponse>, Refusal> {
    let bearer = match question.bearer.as_str() {
        "" => None,
        code => {
            let bearer = Bearer::from_code(code);
            Some(bearer.ok_or_else(|| Refusal::field("bearer", "is nobody who has to act"))?)
        }
    };
    let groups = vec![FieldGroup::History];
    let day = at.as_of;
    if question.office.is_empty() {
        let number = person_number("person", &question.person)?;
        let views = registry.views();
        let answer = views.deadlines_of(permit, number, bearer, at);
        let answer = answer.map_err(refuse)?;
        return Ok(found(
            registry,
            DisclosureVerb::Opened,
            groups,
            &answer,
            |page| response(&page.listed, &page.next, day),
        ));
    }
    if !question.person.is_empty() {
        let problem = "is stated beside a person: ask about one of the two";
        return Err(Refusal::field("office", problem));
    }
    let query = DeadlineQuery {
        province: own_office(registry, permit, &question.office)?.province,
        bearer,
        until: until(question.until.as_ref(), day)?,
        after: question.after.clone(),
    };
    let (work, permit, asked) = (Arc::clone(registry), permit.clone(), *at);
    let answer = reading(move || {
        let views = work.views();
        views.deadlines_due(&permit, &query, &asked).map_err(refuse)
    })
    .await?;
    Ok(found(
        registry,
        DisclosureVerb::Candidate,
        groups,
        &answer,
        |page| response(&page.listed, &page.next, day),
    ))
}

/// An office of the agency that asks: it holds no file of another province, and has no work of another office. In which of
/// them an officer sits the registry does not know.
pub(super) fn own_office(
    registry: &Registry,
    permit: &Permit,
    office: &str,
) -> Result<Office, Refusal> {
    let enrolment = registry.enrolment();
    let mut offices = enrolment.offices();
    let own = offices.find(|known| {
        known.code.as_str() == office && known.agency.as_str() == permit.asker().agency
    });
    own.cloned()
        .ok_or_else(|| Refusal::field("office", "is no office of your agency"))
}

fn until(stated: Option<&Date>, day: Day) -> Result<Day, Refusal> {
    let Some(stated) = stated else {
        let ahead = day.plus_months(Calendar::Jalali, MONTHS_AHEAD);
        return ahead.map_err(|_error| Refusal::field("until", "is missing"));
    };
    Ok(PartialDate::from_message("until", stated)?.latest())
}

fn response(listed: &[DeadlineEntry], next: &[u8], day: Day) -> api::ListDeadlinesResponse {
    let entry = |entry: &DeadlineEntry| {
        let (person, household) = match &entry.subject {
            SubjectId::Person(number) => (number.to_string(), String::new()),
            SubjectId::Household(code) => (String::new(), code.to_string()),
            SubjectId::Registry
            | SubjectId::AsylumClaim(_)
            | SubjectId::Campaign(_)
            | SubjectId::Site(_)
            | SubjectId::Case(_)
            | SubjectId::Biometric(_)
            | SubjectId::Agency(_)
            | SubjectId::Office(_) => (String::new(), String::new()),
        };
        let deadlines = entry.deadlines.iter();
        api::DeadlinesOf {
            person,
            household,
            deadlines: deadlines.map(|told| deadline(told, day)).collect(),
            contested: entry.contested,
        }
    };
    api::ListDeadlinesResponse {
        listed: listed.iter().map(entry).collect(),
        next: next.to_vec(),
        ..api::ListDeadlinesResponse::default()
    }
}

fn deadline(deadline: &Deadline, day: Day) -> api::Deadline {
    let due = deadline.due.date_in(Calendar::Jalali).ok();
    api::Deadline {
        kind: deadline.kind.code().to_owned(),
        due: due.map(|due| due.to_message()),
        limit: deadline
            .limit
            .map(|limit| limit.id.to_owned())
            .unwrap_or_default(),
        article: deadline.article.clone(),
        number: deadline.number.clone(),
        bearer: deadline.kind.bearer().code().to_owned(),
        reading: deadline.kind.reading().unwrap_or_default().to_owned(),
        on_lapse: deadline.on_lapse().to_owned(),
        overdue: deadline.due < day,
    }
}
