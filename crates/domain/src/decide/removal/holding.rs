use super::super::Decided;
use super::super::scene::Scene;
use super::check_new_number;
use crate::act::{ActId, BeginHolding, EndHolding, ExtendHolding, NotifyOfHolding};
use crate::event::EventBody;
use crate::fact::HoldingBasis;
use crate::person::{Holding, Person};
use crate::refusal::{Reason, Refusal};

const RULE: &str = "law:art. 8(4), 16, 20 note 2, 33 (AM-41)";
const EXTENSION_RULE: &str = "law:art. 33(3) (TL-57)";

/// A holding names its legal basis, its place and whose order it is; one at a time.
pub(in crate::decide) fn begin_holding(
    scene: &Scene<'_>,
    body: &BeginHolding,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    if person.removal.holdings.iter().any(Holding::is_open) {
        return Err(Refusal::new(Reason::HoldingStands, RULE));
    }
    check_new_number(scene, body.person, &body.holding_number)?;
    if body.ordered_by.trim().is_empty() {
        return Err(Refusal::new(Reason::DeciderMissing, RULE));
    }
    Ok(vec![
        scene.about(body.person, EventBody::HoldingBegan(body.clone())),
    ])
}

/// The holding that this act recorded, which has not ended.
fn open_holding(person: &Person, act: ActId) -> Result<&Holding, Refusal> {
    let holding = person.removal.holding(act);
    holding
        .filter(|holding| holding.is_open())
        .ok_or_else(|| Refusal::new(Reason::HoldingUnknown, RULE))
}

/// The commission may agree to a longer holding, a month at a time: the law sets no bound to it, so it is to agree anew
/// (AM-41). The month of art. 16 is the court's, and is not extended.
pub(in crate::decide) fn extend_holding(
    scene: &Scene<'_>,
    body: &ExtendHolding,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let holding = open_holding(&person, body.holding)?;
    if holding.basis == HoldingBasis::ProsecutorOrder {
        return Err(
            Refusal::new(Reason::NotEligible, "law:art. 16 note 1 (TL-27)")
                .with_message("A holding by a prosecutor's order lasts a month at most.")
                .with_remedy("End the holding; the court must settle the case within the month."),
        );
    }
    if body.consent_reference.trim().is_empty() {
        return Err(Refusal::new(Reason::ConsentMissing, EXTENSION_RULE)
            .with_message("No consent of the commission is named.")
            .with_remedy("Refer to the minute in which the commission agreed."));
    }
    let Some(until) = holding.until() else {
        return Err(Refusal::new(Reason::InvalidDate, EXTENSION_RULE));
    };
    if body.until.earliest() <= until {
        return Err(Refusal::new(Reason::TermReversed, EXTENSION_RULE)
            .with_remedy("State a last day after the one that the holding has."));
    }
    let longest = holding.limit().due(until).ok().flatten();
    if longest.is_none_or(|longest| longest < body.until.latest()) {
        return Err(Refusal::new(Reason::TermTooLong, EXTENSION_RULE).with("months_max", 1));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::HoldingExtended(body.clone()),
    )])
}

/// The foreign ministry is told once, in time or late.
pub(in crate::decide) fn notify_of_holding(
    scene: &Scene<'_>,
    body: &NotifyOfHolding,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let holding = person.removal.holding(body.holding);
    if holding.is_none_or(|holding| holding.notified_on.is_some()) {
        return Err(Refusal::new(
            Reason::HoldingUnknown,
            "law:art. 16 note 2 (TL-29)",
        ));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::HoldingNotified(body.clone()),
    )])
}

/// A holding ends.
pub(in crate::decide) fn end_holding(
    scene: &Scene<'_>,
    body: &EndHolding,
) -> Result<Vec<Decided>, Refusal> {
    open_holding(&scene.living(body.person)?, body.holding)?;
    Ok(vec![
        scene.about(body.person, EventBody::HoldingEnded(body.clone())),
    ])
}
