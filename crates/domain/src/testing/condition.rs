//! Builders of acts about conditions of residence.

use super::*;
use crate::law::{ConditionRule, ResidenceCondition, ResidenceKind, ResidenceStep};

/// The paper of a condition that is met from a day on.
pub(crate) fn attest(
    person: PersonNumber,
    condition: ResidenceCondition,
    met_on: &str,
) -> AttestResidenceCondition {
    AttestResidenceCondition {
        person,
        condition,
        reference: format!("paper {}", condition.code()),
        met_on: on(met_on),
    }
}

/// A resolution of the council.
pub(crate) fn exempt(
    person: PersonNumber,
    condition: ResidenceCondition,
) -> ExemptFromResidenceCondition {
    ExemptFromResidenceCondition {
        person,
        condition,
        decided_by: ExemptionBody::Council,
        reference: "resolution 9".into(),
    }
}

/// Attests on a day whatever the law asks for on it, but for one condition.
pub(crate) fn show_all(
    registry: &mut Registry,
    person: PersonNumber,
    (kind, step): (ResidenceKind, ResidenceStep),
    date: &str,
    except: Option<ResidenceCondition>,
) {
    for rule in ConditionRule::asked(kind, step, day(date)) {
        if Some(rule.condition) != except {
            registry.ok(date, attest(person, rule.condition, date));
        }
    }
}
