//! Questions about removal, and what of it a person's record tells.

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::codec::Value as _;
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::At;
use sabt_domain::person::{
    Appeal, CommissionSession, Decision, EntryBan, ExpulsionOrder, Holding, Protection, Suspension,
};
use sabt_domain::refusal::Refusal;
use sabt_domain::time::{Calendar, Day, PartialDate};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Date, DisclosureVerb};
use sabt_views::query::{RemovalVerdict, RemovalView};

use super::ask::Found;
use super::persons::{found, person_number, refuse};
use crate::limits::REFERENCE_BYTES_MAX;
use crate::registry::Registry;

/// Does something stand against carrying an order out?
pub(super) fn verify(
    registry: &Registry,
    permit: &Permit,
    question: &api::VerifyRemovalRequest,
    at: &At,
) -> Result<Found<api::VerifyRemovalResponse>, Refusal> {
    let number = person_number("person", &question.person)?;
    let order = question.order_number.as_str();
    if order.is_empty() || REFERENCE_BYTES_MAX < order.len() {
        let problem = format!("is empty or longer than {REFERENCE_BYTES_MAX} bytes");
        return Err(Refusal::field("order_number", problem));
    }
    let views = registry.views();
    let answer = views.verify_removal(permit, number, order, at);
    let groups = vec![FieldGroup::Verdict];
    Ok(found(
        registry,
        DisclosureVerb::Verified,
        groups,
        &answer.map_err(refuse)?,
        |content| {
            let verdict = match content.verdict {
                RemovalVerdict::NotYet => api::RemovalVerdict::NotYet,
                RemovalVerdict::NothingRecorded => api::RemovalVerdict::NothingRecorded,
                RemovalVerdict::NoOrder => api::RemovalVerdict::NoOrder,
            };
            let obstacles = content.obstacles.iter();
            api::VerifyRemovalResponse {
                verdict: verdict.into(),
                obstacles: obstacles.map(|class| class.code().to_owned()).collect(),
                held_until: date(content.held_until),
                ..api::VerifyRemovalResponse::default()
            }
        },
    ))
}

/// What stands about a person's removal; absent where there is nothing to tell.
pub(super) fn message(view: &RemovalView) -> Option<api::Removal> {
    if view.is_empty() {
        return None;
    }
    let orders = view.orders.iter();
    let protections = view.protections.iter();
    let bans = view.bans.iter();
    Some(api::Removal {
        orders: orders.map(|told| order(told, view.day)).collect(),
        decisions: view.decisions.iter().map(|told| decision(told)).collect(),
        protections: protections
            .map(|(told, stands)| protection(told, *stands))
            .collect(),
        bans: bans
            .map(|(told, in_effect)| ban(told, *in_effect))
            .collect(),
        holdings: view.holdings.iter().map(|told| holding(told)).collect(),
    })
}

fn order(order: &ExpulsionOrder, day: Day) -> api::ExpulsionOrder {
    let suspensions = order.suspensions.iter();
    let end = order.end;
    api::ExpulsionOrder {
        number: order.number.clone(),
        act_id: order.act_id.0.to_vec(),
        ground: order.ground.to_proto().into(),
        decided_by: order.decided_by.clone(),
        appeal_body: order.appeal_body.clone(),
        court_ruling: order.court_ruling.clone(),
        destination: order
            .destination
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        ordered_on: Some(order.ordered_on.to_message()),
        suspensions: suspensions.map(|one| suspension(one, day)).collect(),
        ended: end
            .map(|end| end.ground.code().to_owned())
            .unwrap_or_default(),
        ended_on: end.map(|end| end.on.to_message()),
    }
}

fn suspension(suspension: &Suspension, day: Day) -> api::Suspension {
    api::Suspension {
        act_id: suspension.act_id.0.to_vec(),
        court: suspension.court.clone(),
        ruling_number: suspension.ruling_number.clone(),
        cause: suspension.cause.to_proto().into(),
        ruled_on: Some(suspension.ruled_on.to_message()),
        term_ends: date(suspension.term_ends()),
        stands: suspension.stands(day),
    }
}

fn decision(decision: &Decision) -> api::AdverseAct {
    let (takes, number) = decision.effect.told();
    api::AdverseAct {
        act_id: decision.act_id.0.to_vec(),
        takes: takes.to_owned(),
        number: number.to_owned(),
        taken_on: Some(decision.taken_on.to_message()),
        served_on: partial(decision.served_on),
        appeal_until: date(decision.appeal_until()),
        in_effect: decision.is_in_effect(),
        appeal: decision.appeal.as_ref().map(appeal),
    }
}

fn appeal(appeal: &Appeal) -> api::Appeal {
    let end = appeal.end.as_ref();
    api::Appeal {
        act_id: appeal.act_id.0.to_vec(),
        number: appeal.number.clone(),
        lodged_on: Some(appeal.lodged_on.to_message()),
        lodged_by: appeal.lodged_by.to_proto().into(),
        body: appeal.body.clone(),
        sessions: appeal.sessions.iter().map(session).collect(),
        outcome: end
            .map(|end| end.outcome.to_proto().into())
            .unwrap_or_default(),
        decided_on: end.map(|end| end.on.to_message()),
        decided_by: end.map(|end| end.decided_by.clone()).unwrap_or_default(),
        ground: end.map(|end| end.ground.clone()).unwrap_or_default(),
    }
}

fn session(session: &CommissionSession) -> api::CommissionSession {
    let province = session.province.as_ref();
    api::CommissionSession {
        act_id: session.act_id.0.to_vec(),
        number: session.number.clone(),
        held_on: Some(session.held_on.to_message()),
        level: session.level.to_proto().into(),
        province: province.map(ProvinceCode::to_string).unwrap_or_default(),
    }
}

fn protection(protection: &Protection, stands: bool) -> api::Protection {
    api::Protection {
        act_id: protection.act_id.0.to_vec(),
        kind: protection.kind.to_proto().into(),
        since: Some(protection.since.to_message()),
        finding_reference: protection.finding_reference.clone(),
        stands,
    }
}

fn ban(ban: &EntryBan, in_effect: bool) -> api::EntryBan {
    api::EntryBan {
        number: ban.number.clone(),
        act_id: ban.act_id.0.to_vec(),
        ground: ban.ground.to_proto().into(),
        since: Some(ban.since.to_message()),
        review_on: Some(ban.review_on.to_message()),
        in_effect,
    }
}

fn holding(holding: &Holding) -> api::Holding {
    api::Holding {
        number: holding.number.clone(),
        act_id: holding.act_id.0.to_vec(),
        basis: holding.basis.to_proto().into(),
        place_kind: holding.place_kind.to_proto().into(),
        place: holding.place.clone(),
        ordered_by: holding.ordered_by.clone(),
        since: Some(holding.since.to_message()),
        until: date(holding.until()),
        notified_on: partial(holding.notified_on),
        ended_on: holding.ended.map(|(on, _)| on.to_message()),
        ending: holding
            .ended
            .map(|(_, ending)| ending.to_proto().into())
            .unwrap_or_default(),
    }
}

fn partial(on: Option<PartialDate>) -> Option<Date> {
    on.map(|on| on.to_message())
}

/// A day as the civil calendar of the country writes it.
fn date(day: Option<Day>) -> Option<Date> {
    let date = day.and_then(|day| day.date_in(Calendar::Jalali).ok());
    date.map(|date| date.to_message())
}
