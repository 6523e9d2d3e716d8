use super::{Deadline, DeadlineKind, of_limit};
use crate::act::OrderExpulsion;
use crate::fact::AdverseDecision;
use crate::law::TimeLimit;
use crate::person::{Holding, Person};
use crate::time::Day;

/// Time limits about a person's removal and holding.
pub(super) fn of(person: &Person, day: Day, open: &mut Vec<Deadline>) {
    let removal = &person.removal;
    for order in removal.orders.iter().filter(|order| order.stands()) {
        let standing = order
            .suspensions
            .iter()
            .filter(|suspension| suspension.stands(day));
        let terms = standing.filter_map(crate::person::Suspension::term_ends);
        open.extend(terms.map(|due| Deadline {
            kind: DeadlineKind::SuspensionTermEnds,
            number: order.number.clone(),
            ..of_limit(&TimeLimit::EXPULSION_SUSPENSION, due)
        }));
    }
    let reviewed = removal.bans.iter().filter(|ban| removal.bans_entry(ban));
    open.extend(reviewed.map(|ban| Deadline {
        kind: DeadlineKind::EntryBanReview,
        due: ban.review_on.latest(),
        limit: None,
        article: "law:art. 9(5), 12 note 2 (AM-48)".to_owned(),
        number: ban.number.clone(),
    }));
    for holding in &removal.holdings {
        of_holding(holding, open);
    }
}

fn of_holding(holding: &Holding, open: &mut Vec<Deadline>) {
    let until = holding.until().filter(|_| holding.is_open());
    open.extend(until.map(|due| Deadline {
        kind: DeadlineKind::HoldingEnds,
        number: holding.number.clone(),
        ..of_limit(holding.limit(), due)
    }));
    let notice = holding
        .notice_due()
        .filter(|_| holding.notified_on.is_none());
    open.extend(notice.map(|due| Deadline {
        kind: DeadlineKind::HoldingNotice,
        number: holding.number.clone(),
        ..of_limit(&TimeLimit::DETENTION_NOTICE, due)
    }));
}

/// What an order decided, with the service that followed it, and the time for the request not to be expelled.
pub(super) fn of_order(
    person: &Person,
    order: &OrderExpulsion,
) -> (AdverseDecision, Option<&'static TimeLimit>) {
    let removal = &person.removal;
    let decision = removal
        .order(&order.order_number)
        .and_then(|order| removal.decision(order.act_id));
    let decided = AdverseDecision {
        decided_by: order.decided_by.clone(),
        ground: order.ground.source().to_owned(),
        served_on: decision.and_then(|decision| decision.served_on),
        appeal_body: order.appeal_body.clone(),
    };
    (decided, Some(order.ground.appeal_limit()))
}
