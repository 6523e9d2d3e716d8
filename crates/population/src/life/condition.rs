//! Conditions of residence: what the law asks for is shown before the permit is given or renewed.

use sabt_domain::law::{ConditionRule, ResidenceCondition, ResidenceKind as Kind, ResidenceStep};
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, ExemptionBody, ResidenceBasis, ResidenceKind, act::Body,
};

use super::Family;
use super::state::PersonIx;
use crate::institutions::Desk;
use crate::when::{DayMath, stated_jalali};

/// Of a thousand incomes that have to be shown, so many are exempted by the council (art. 22 note 3).
const EXEMPTED_PER_MILLE: u32 = 150;

impl Family {
    /// Attests what is asked of somebody for a step about a permit; `law_of` is the day whose law says what.
    pub(super) fn show_conditions(
        &mut self,
        day: Day,
        ix: PersonIx,
        (kind, basis): (ResidenceKind, ResidenceBasis),
        step: ResidenceStep,
        law_of: Day,
    ) {
        let rests_on_others = matches!(basis, ResidenceBasis::Family | ResidenceBasis::Refugee);
        let grown = 18 <= self.person(ix).age(day);
        let Some(kind) = Kind::from_proto(kind.into()).filter(|_| grown) else {
            return;
        };
        for rule in ConditionRule::asked(kind, step, law_of) {
            if rests_on_others && rule.condition != ResidenceCondition::Literacy {
                continue;
            }
            self.show_condition(day, ix, rule);
        }
    }

    fn show_condition(&mut self, day: Day, ix: PersonIx, rule: &ConditionRule) {
        let condition = rule.condition;
        if condition == ResidenceCondition::Domicile && self.person(ix).home.is_some() {
            return;
        }
        let person = self.reference(ix);
        let exempted =
            condition == ResidenceCondition::Income && self.draw.permille(EXEMPTED_PER_MILLE);
        let body = if exempted {
            Body::ExemptFromResidenceCondition(proto::ExemptFromResidenceCondition {
                person,
                condition: condition.to_proto().into(),
                decided_by: ExemptionBody::Council.into(),
                reference: format!("council:{}", self.draw.digits(6)),
            })
        } else {
            let met = day.plus(-self.draw.between(0, 20));
            Body::AttestResidenceCondition(proto::AttestResidenceCondition {
                person,
                condition: condition.to_proto().into(),
                reference: format!("paper:{}", self.draw.digits(8)),
                met_on: Some(stated_jalali(met.max(self.person(ix).registered_on))),
            })
        };
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, rule.source, body);
    }
}
