//! Conditions of residence in random lives: what is shown on a day, and what a permit lacks, computed from the facts alone and
//! from the articles as they read, without the table of the law.

use std::collections::BTreeSet;

use super::naive::{Fact, Naive, facts};
use super::{BORN, Run, whole};
use crate::act::*;
use crate::event::EventBody;
use crate::fact::{PermitScope, Relation};
use crate::law::{ResidenceBasis, ResidenceCondition as C, ResidenceKind, ResidenceStep};
use crate::life::At;
use crate::number::PersonNumber;
use crate::person::{ConditionState, PermitAsked};
use crate::testing::*;
use crate::time::{Calendar, Day};

/// Conditions that are drawn.
const DRAWN: [C; 10] = [
    C::Income,
    C::CleanRecord,
    C::Domicile,
    C::Interview,
    C::Oath,
    C::Classes,
    C::Literacy,
    C::Work,
    C::SocialInsurance,
    C::CommissionApproval,
];

/// What shows a condition on a day, by all the facts of a person.
fn shown(all: &[Fact<'_>], condition: C, day: Day) -> Option<&'static str> {
    let lives = |(on, _, event): &Fact<'_>| {
        *on <= day && matches!(event.body, EventBody::AddressChanged(_))
    };
    if condition == C::Domicile && all.iter().any(lives) {
        return Some("RECORD");
    }
    // An attestation counts from the day it states, whenever it was given.
    let attested = all.iter().any(|(.., event)| {
        matches!(&event.body, EventBody::ResidenceConditionAttested(of)
            if of.condition == condition && of.met_on.earliest() <= day)
    });
    let exempted = all.iter().any(|(on, _, event)| {
        *on <= day
            && matches!(&event.body, EventBody::ResidenceConditionExempted(of)
                if of.condition == condition)
    });
    match (attested, exempted) {
        (true, _) => Some("ATTESTATION"),
        (false, true) => Some("EXEMPTION"),
        (false, false) => None,
    }
}

/// A permit that is to be given or renewed, and the day whose law counts.
struct Wanted {
    person: PersonNumber,
    kind: ResidenceKind,
    scope: PermitScope,
    renews: bool,
    law_of: Day,
}

impl Run {
    /// An act about conditions; they are met some days before or after.
    pub(super) fn draw_condition(&self, kind: usize, seed: usize, on: Day) -> ActBody {
        let person = self.persons[seed % self.persons.len()];
        let condition = DRAWN[seed / 5 % DRAWN.len()];
        match kind {
            50 => {
                let met = on.plus_days(i32::try_from(seed / 50 % 9).unwrap() - 7);
                AttestResidenceCondition {
                    met_on: whole(met.unwrap()),
                    ..attest(person, condition, "1404-01-01")
                }
                .into()
            }
            51 => exempt(person, condition).into(),
            _ => ChangeAddress {
                subject: Resident::Person(person),
                address: address("Third Street"),
            }
            .into(),
        }
    }

    /// What a permit lacks that this act would give or renew; `None` for other acts, and where there is no such permit.
    pub(super) fn lacks(&self, body: &ActBody, on: Day) -> Option<BTreeSet<C>> {
        let held = |person: PersonNumber, number: &str| {
            let facts = facts(self.registry.life(person), None);
            let naive = Naive::of(&facts, on);
            naive.permits().get(number).cloned()
        };
        let wanted = match body {
            ActBody::IssueResidencePermit(of) => Wanted {
                person: of.person,
                kind: of.kind,
                scope: of.scope,
                renews: false,
                law_of: on,
            },
            ActBody::ConvertResidencePermit(of) => Wanted {
                person: of.person,
                kind: of.kind,
                scope: held(of.person, &of.permit_number)?.scope,
                renews: false,
                law_of: on,
            },
            ActBody::RenewResidencePermit(of) => {
                let term = held(of.person, &of.permit_number)?;
                Wanted {
                    person: of.person,
                    kind: term.kind?,
                    scope: term.scope,
                    renews: true,
                    law_of: term.from,
                }
            }
            _ => return None,
        };
        Some(self.lacked(&wanted, on))
    }

    fn lacked(&self, wanted: &Wanted, on: Day) -> BTreeSet<C> {
        let facts = facts(self.registry.life(wanted.person), None);
        let at = self.persons.iter().position(|of| *of == wanted.person);
        let born = day(BORN[at.unwrap()]);
        let family = Naive::of(&facts, on).household(wanted.person);
        let heads = matches!(family, Some((_, Relation::Head)));
        if wanted.law_of < day("1405-01-01") || (wanted.scope == PermitScope::Family && !heads) {
            return BTreeSet::new();
        }
        let six = [
            C::Income,
            C::CleanRecord,
            C::Domicile,
            C::Interview,
            C::Oath,
            C::Classes,
        ];
        let mut asked: BTreeSet<C> = match (wanted.kind, wanted.renews) {
            (ResidenceKind::ThreeYear, false) => six.into(),
            (ResidenceKind::ThreeYear, true) => [C::Work, C::SocialInsurance].into(),
            (ResidenceKind::SevenYear, false) => six.into_iter().chain([C::Literacy]).collect(),
            (ResidenceKind::Special, false) => [C::CommissionApproval].into(),
            _ => BTreeSet::new(),
        };
        if born.completed_years(Calendar::Jalali, on) < 18 {
            asked.retain(|of| {
                let of_papers = [C::Income, C::CleanRecord, C::Domicile];
                of_papers.contains(of) || *of == C::CommissionApproval
            });
        }
        if family.is_some() && !heads {
            asked.remove(&C::Work);
            asked.remove(&C::SocialInsurance);
        }
        asked.retain(|of| shown(&facts, *of, on).is_none());
        asked
    }

    /// The conditions of seven years on a day are shown by what the facts say shows them.
    pub(super) fn check_conditions(&self, number: PersonNumber, on: Day) {
        let life = self.registry.life(number);
        let Some(person) = life.person(&At::day(on)) else {
            return;
        };
        let facts = facts(life, None);
        let asked = PermitAsked {
            kind: ResidenceKind::SevenYear,
            basis: ResidenceBasis::General,
            scope: PermitScope::Individual,
            step: ResidenceStep::Issue,
            law_of: day("1405-01-01"),
        };
        let stated = life.person(&At::END).unwrap().conditions;
        for answer in person.residence_conditions(asked, &stated, on) {
            let expected = shown(&facts, answer.rule.condition, on);
            match &answer.state {
                ConditionState::Shown(by) => assert_eq!(Some(by.code()), expected, "{on}"),
                ConditionState::Missing => assert_eq!(None, expected, "{on}"),
                ConditionState::NotAsked(_) => assert!(answer.rule.condition.is_for_adults()),
            }
        }
    }
}
