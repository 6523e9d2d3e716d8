//! Permits and their conditions: what offices record, and what they are answered.

use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;

use super::acts::constant;
use super::answers::purpose;
use super::read::gaps;
use super::stage::Stage;
use crate::support::{self, jalali};

/// A condition, from plain words: `clean record`.
fn condition(words: &str) -> Option<event::ResidenceCondition> {
    event::ResidenceCondition::from_str_name(&constant("RESIDENCE_CONDITION", words))
}

fn kind(words: &str) -> Option<event::ResidenceKind> {
    event::ResidenceKind::from_str_name(&constant("RESIDENCE_KIND", words))
}

/// Ground and scope: `family member` stands on the permit of the head.
fn ground(words: &str) -> Option<(event::ResidenceBasis, event::PermitScope)> {
    if words == "family member" {
        return Some((event::ResidenceBasis::Family, event::PermitScope::Family));
    }
    let basis = event::ResidenceBasis::from_str_name(&constant("RESIDENCE_BASIS", words))?;
    Some((basis, event::PermitScope::Individual))
}

impl Stage {
    /// What is recorded of permits and conditions.
    pub(super) fn of_residence(&self, date: &str, text: &str) -> Option<Body> {
        if let Some([met, name, paper]) = gaps("the {} of {} is attested by \"{}\"", text) {
            let person = self.person(name);
            return Some(support::attest(&person, condition(met)?, paper, date));
        }
        if let Some([name, from]) = gaps("the council exempts {} from {}", text) {
            return Some(support::exempt(&self.person(name), condition(from)?));
        }
        if let Some([of, number, name, basis, until]) =
            gaps("the {} permit \"{}\" is given to {} as {}, until {}", text)
        {
            let (basis, scope) = ground(basis)?;
            let term = (date, until);
            let permit = support::permit(&self.person(name), kind(of)?, basis, number, term);
            return Some(Body::IssueResidencePermit(event::IssueResidencePermit {
                scope: scope.into(),
                ..permit
            }));
        }
        let [number, name, until] = gaps("the permit \"{}\" of {} is renewed until {}", text)?;
        Some(Body::RenewResidencePermit(event::RenewResidencePermit {
            person: self.person(name),
            permit_number: number.to_owned(),
            valid_until: Some(jalali(until)),
        }))
    }

    /// Which conditions the office is told are missing: all of them, or `nothing`.
    pub(super) async fn conditions(&self, text: &str, place: &str) -> Option<()> {
        let given = gaps("{} lacks for {} residence as {}: {}", text);
        let renewed = gaps("{} lacks for a renewal of {} residence as {}: {}", text);
        let (step, [name, of, basis, lacks]) = match (renewed, given) {
            (Some(asked), _) => (api::ResidenceStep::Renew, asked),
            (None, asked) => (api::ResidenceStep::Issue, asked?),
        };
        let (basis, scope) = ground(basis)?;
        let request = api::GetResidenceConditionsRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(self.at(None)),
            person: self.person(name),
            kind: kind(of)?.into(),
            basis: basis.into(),
            scope: scope.into(),
            step: step.into(),
        };
        let mut persons = self.office.persons();
        let answer = persons.get_residence_conditions(request).await.unwrap();
        let answer = answer.into_inner();
        let missing = answer
            .conditions
            .iter()
            .filter(|one| one.state == "MISSING");
        let missing: Vec<_> = missing
            .map(api::ResidenceConditionState::condition)
            .collect();
        let expected: Option<Vec<_>> = match lacks {
            "nothing" => Some(Vec::new()),
            some => some.split(", ").map(condition).collect(),
        };
        assert_eq!(missing, expected?, "{place}");
        Some(())
    }
}
