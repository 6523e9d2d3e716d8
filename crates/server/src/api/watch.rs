//! Watching those who look: what draws attention, and what waits to be justified. Nothing here names a person who was looked
//! up, so that its disclosures are about nobody.

use std::sync::Arc;

use sabt_chain::Position;
use sabt_domain::access::Permit;
use sabt_domain::life::At;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb, LookupGround};
use sabt_views::query::{DrawnEntry, FlagsFrom, GrantUse, LookupFlag};

use super::ask::Found;
use super::persons::{found, refuse};
use super::reading;
use crate::registry::Registry;

/// Look-ups of officers that a rule draws attention to.
pub(super) async fn flags(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListLookupFlagsRequest,
    at: &At,
) -> Result<Found<api::ListLookupFlagsResponse>, Refusal> {
    let from = FlagsFrom {
        position: Position::new(question.from),
        since: Timestamp::from_micros(question.since),
    };
    let (work, permit, now) = (Arc::clone(registry), permit.clone(), at.known_at);
    let answer = reading(move || {
        let enrolment = work.enrolment();
        let views = work.views();
        views
            .lookup_flags(&permit, from, &enrolment, now)
            .map_err(refuse)
    })
    .await?;
    let opened = DisclosureVerb::Opened;
    Ok(found(registry, opened, Vec::new(), &answer, |content| {
        api::ListLookupFlagsResponse {
            info: None,
            flags: content.flags.iter().map(flag).collect(),
            next: content.next.map_or(0, Position::get),
        }
    }))
}

/// Look-ups that wait to be justified, or were.
pub(super) async fn drawn(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListDrawnLookupsRequest,
    at: &At,
) -> Result<Found<api::ListDrawnLookupsResponse>, Refusal> {
    let (from, justified) = (Position::new(question.from), question.justified);
    let (work, permit, now) = (Arc::clone(registry), permit.clone(), at.known_at);
    let answer = reading(move || {
        let views = work.views();
        views
            .drawn_lookups(&permit, from, justified, now)
            .map_err(refuse)
    })
    .await?;
    let opened = DisclosureVerb::Opened;
    Ok(found(registry, opened, Vec::new(), &answer, |content| {
        api::ListDrawnLookupsResponse {
            info: None,
            lookups: content.lookups.iter().map(lookup).collect(),
            next: content.next.map_or(0, Position::get),
        }
    }))
}

/// How many answers were given under each grant.
pub(super) async fn uses(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::ListGrantUsesRequest,
) -> Result<Found<api::ListGrantUsesResponse>, Refusal> {
    let from = FlagsFrom {
        position: Position::new(question.from),
        since: Timestamp::from_micros(question.since),
    };
    let (work, permit) = (Arc::clone(registry), permit.clone());
    let answer = reading(move || work.views().grant_uses(&permit, from).map_err(refuse)).await?;
    let opened = DisclosureVerb::Opened;
    Ok(found(registry, opened, Vec::new(), &answer, |content| {
        api::ListGrantUsesResponse {
            info: None,
            uses: content.uses.iter().map(grant_use).collect(),
            next: content.next.map_or(0, Position::get),
        }
    }))
}

/// The alarm of an answer that rests on an emergency grant: the same disclosure without anybody it could be about.
pub(super) fn alarm(answered: &Disclosure) -> Disclosure {
    Disclosure {
        verb: i32::from(DisclosureVerb::Alarmed),
        subject: String::new(),
        field_groups: Vec::new(),
        ..answered.clone()
    }
}

fn flag(flag: &LookupFlag) -> api::LookupFlag {
    api::LookupFlag {
        rule: flag.rule.code().to_owned(),
        agency: flag.agency.clone(),
        officer: flag.officer.clone(),
        position: flag.position.get(),
        recorded_at: flag.recorded_at.micros(),
        source: flag.rule.source().to_owned(),
    }
}

fn grant_use(one: &GrantUse) -> api::GrantUse {
    api::GrantUse {
        agency: one.agency.clone(),
        grant_id: one.grant.0.to_vec(),
        answers: one.answers,
        last_at: one.last_at.micros(),
    }
}

fn lookup(entry: &DrawnEntry) -> api::DrawnLookup {
    let justification = entry.justification;
    let ground = justification.map_or(LookupGround::Unspecified, |one| one.ground.to_proto());
    api::DrawnLookup {
        agency: entry.agency.clone(),
        officer: entry.officer.clone(),
        position: entry.position.get(),
        recorded_at: entry.recorded_at.micros(),
        emergency: entry.emergency,
        due_at: entry.due_at.map_or(0, Timestamp::micros),
        time_limit: entry.limit.id.to_owned(),
        overdue: entry.overdue,
        justified_at: justification.map_or(0, |one| one.recorded_at.micros()),
        justification: justification.map_or(0, |one| one.position.get()),
        ground: i32::from(ground),
    }
}
