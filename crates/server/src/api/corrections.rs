//! Corrections: what an agency was told and is told anew, that it has taken notice, and who has not.

use sabt_chain::Position;
use sabt_domain::access::Permit;
use sabt_domain::life::At;
use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::DisclosureVerb;
use sabt_views::query::{Notice, OpenNotice, OpenRecipient};

use super::ask::{Found, Informed as _, Particular, codes};
use super::convert;
use super::persons::{named, refuse};
use crate::registry::Registry;

/// What waits for the asker's agency: one disclosure for each correction, of its own groups.
pub(super) fn list(
    registry: &Registry,
    permit: &Permit,
    _question: &api::ListCorrectionsRequest,
    at: &At,
) -> Result<Found<api::ListCorrectionsResponse>, Refusal> {
    let views = registry.views();
    let answer = views
        .corrections(permit, &registry.enrolment(), at)
        .map_err(refuse)?;
    let content = &answer.content;
    let mut response = api::ListCorrectionsResponse {
        corrections: content.notices.iter().map(correction).collect(),
        more: content.more,
        ..api::ListCorrectionsResponse::default()
    };
    response.mark(convert::contested(&answer.contested));
    let mut found = Found {
        answer: response,
        verb: DisclosureVerb::Corrected,
        subjects: Vec::with_capacity(content.notices.len()),
        groups: Vec::new(),
        position: answer.position.get(),
        each: Vec::with_capacity(content.notices.len()),
    };
    for notice in &content.notices {
        add(registry, &mut found, notice);
    }
    Ok(found)
}

/// The asker's agency has taken notice of a correction. Nothing is told, and that is recorded.
pub(super) fn acknowledge(
    registry: &Registry,
    permit: &Permit,
    question: &api::AcknowledgeCorrectionRequest,
    at: &At,
) -> Result<Found<api::AcknowledgeCorrectionResponse>, Refusal> {
    let position = Position::new(question.position);
    let views = registry.views();
    let answer = views
        .correction(permit, position, &registry.enrolment(), at)
        .map_err(refuse)?;
    let mut found = Found {
        answer: api::AcknowledgeCorrectionResponse::default(),
        verb: DisclosureVerb::Acknowledged,
        subjects: Vec::new(),
        groups: Vec::new(),
        position: answer.position.get(),
        each: Vec::new(),
    };
    add(registry, &mut found, &answer.content);
    for particular in &mut found.each {
        particular.groups.clear();
    }
    Ok(found)
}

/// Who has not acknowledged what. It names no person, so that it is about nobody.
pub(super) fn open(
    registry: &Registry,
    permit: &Permit,
    _question: &api::ListOpenCorrectionsRequest,
    at: &At,
) -> Result<Found<api::ListOpenCorrectionsResponse>, Refusal> {
    let views = registry.views();
    let answer = views
        .open_corrections(permit, &registry.enrolment(), at)
        .map_err(refuse)?;
    let content = &answer.content;
    Ok(Found {
        answer: api::ListOpenCorrectionsResponse {
            info: None,
            recipients: content.recipients.iter().map(open_recipient).collect(),
            notices: content.notices.iter().map(open_notice).collect(),
            withheld: content.withheld,
            more: content.more,
        },
        verb: DisclosureVerb::Opened,
        subjects: Vec::new(),
        groups: Vec::new(),
        position: answer.position.get(),
        each: Vec::new(),
    })
}

/// Adds the disclosure of one notice.
fn add<A>(registry: &Registry, found: &mut Found<A>, notice: &Notice) {
    if let Some(subject) = named(registry, &notice.about) {
        found.subjects.push(subject);
        found.each.push(Particular {
            groups: notice.groups.iter().copied().collect(),
            corrections: vec![notice.correction.get()],
            withheld_as: notice.withheld_as.clone(),
        });
    }
}

fn correction(notice: &Notice) -> api::Correction {
    let (first, last) = notice.disclosures;
    let subject = notice.subject.as_ref();
    api::Correction {
        position: notice.correction.get(),
        recorded_at: notice.recorded_at.micros(),
        field_groups: codes(&notice.groups),
        first_disclosure: first.get(),
        last_disclosure: last.get(),
        subject: subject.map(ToString::to_string).unwrap_or_default(),
        person: notice.person.as_ref().map(|person| {
            api::Person {
                // What the matrix withholds is not the matter here: of a correction only these groups are told.
                withheld: Vec::new(),
                ..convert::person(person)
            }
        }),
        relatives: notice.relatives.iter().map(convert::relative).collect(),
        event: notice.event.as_ref().map(|event| event.to_proto()),
    }
}

fn open_recipient(recipient: &OpenRecipient) -> api::OpenRecipient {
    api::OpenRecipient {
        agency: recipient.agency.to_string(),
        purpose: recipient.purpose.code().to_owned(),
        open: recipient.open,
        since: recipient.since.micros(),
    }
}

fn open_notice(notice: &OpenNotice) -> api::OpenNotice {
    let (first, last) = notice.disclosures;
    api::OpenNotice {
        agency: notice.agency.to_string(),
        purpose: notice.purpose.code().to_owned(),
        position: notice.correction.get(),
        recorded_at: notice.recorded_at.micros(),
        first_disclosure: first.get(),
        last_disclosure: last.get(),
    }
}
