use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, FieldSet, Filed, Method, Permit, Recipient, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{
    Decision, DecisionEffect, EntryBan, ExpulsionOrder, Holding, Obstacle, Person, Protection,
};
use sabt_domain::time::Day;

use super::contest::Disputes;
use super::{Answer, QueryError, Question};
use crate::cut;
use crate::error::ViewsError;
use crate::views::Views;

/// Whether something stands against carrying an order of expulsion out; nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovalAnswer {
    /// Whether.
    pub verdict: RemovalVerdict,
    /// Classes of what stands against it; never what it is.
    pub obstacles: BTreeSet<Obstacle>,
    /// Last day on which the person may be held; `None` for whoever is not held.
    pub held_until: Option<Day>,
}

/// Whether something stands against carrying an order out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalVerdict {
    /// Something does.
    NotYet,
    /// Nothing is recorded that does. It is no duty to expel.
    NothingRecorded,
    /// There is no such order that stands.
    NoOrder,
}

/// What stands about a person's removal, cut to a permit. Stays of removal stand in the compartment, and not here.
#[derive(Clone, PartialEq)]
pub struct RemovalView {
    /// Orders of expulsion.
    pub orders: Vec<Told<ExpulsionOrder>>,
    /// Decisions, each with whether it is in effect.
    pub decisions: Vec<Told<Decision>>,
    /// Protections, each with whether it protects.
    pub protections: Vec<(Told<Protection>, bool)>,
    /// Entry bans, each with whether it is in effect.
    pub bans: Vec<(Told<EntryBan>, bool)>,
    /// Holdings.
    pub holdings: Vec<Told<Holding>>,
    /// The day on which it stands so.
    pub day: Day,
}

impl RemovalView {
    /// True if there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        self.orders.is_empty()
            && self.decisions.is_empty()
            && self.protections.is_empty()
            && self.bans.is_empty()
            && self.holdings.is_empty()
    }
}

impl Views {
    /// Does something stand against carrying this order out on `at.as_of`?
    ///
    /// What bars is told to nobody with this. Whether a stay of removal stands is looked up in the compartment for
    /// everybody, and shows as every other bar does: neither a claim to asylum, nor that there is none, follows from the
    /// answer (AM-43). Another State is answered as if there were no order.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn verify_removal(
        &self,
        permit: &Permit,
        person: PersonNumber,
        order_number: &str,
        at: &At,
    ) -> Result<Answer<RemovalAnswer>, QueryError> {
        let question = Question::begin_about(self, permit, Method::VerifyRemoval, person)?;
        question.require(FieldGroup::Verdict)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let stayed = question.is_stayed(person, at)?;
        let Some(folded) = life.person(at) else {
            return question.answer(Vec::new(), RemovalAnswer::no_order());
        };
        let content = match permit.recipient() {
            Recipient::Domestic(_) => verdict(&folded, order_number, stayed, at.as_of),
            Recipient::Foreign(_) => RemovalAnswer::no_order(),
        };
        let disputes = Disputes::of(&life, at.known_at);
        let contested =
            disputes.map(|disputes| disputes.marks_of_verdict(permit, cut::bears_on_removal));
        let answer = question.answer(vec![SubjectId::Person(person)], content)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}

impl Question<'_> {
    /// True if a stay of removal stands; which, is told to nobody.
    fn is_stayed(&self, person: PersonNumber, at: &At) -> Result<bool, ViewsError> {
        let whole = At {
            as_of: At::END.as_of,
            known_at: at.known_at,
        };
        let mut stayed = false;
        for ordinal in self.reader.stays_of(person)? {
            let stay = self.reader.life(ordinal)?.stay(&whole);
            // A stay may have been corrected since to be another person's.
            stayed |= stay.is_some_and(|stay| stay.person == person && stay.stands(at.as_of));
        }
        Ok(stayed)
    }
}

impl RemovalAnswer {
    const fn no_order() -> Self {
        Self {
            verdict: RemovalVerdict::NoOrder,
            obstacles: BTreeSet::new(),
            held_until: None,
        }
    }
}

fn verdict(person: &Person, order_number: &str, stayed: bool, day: Day) -> RemovalAnswer {
    let holdings = &person.removal.holdings;
    let held = holdings.iter().find(|holding| holding.is_open());
    let held_until = held.and_then(Holding::until);
    let order = person.removal.order(order_number);
    let Some(order) = order.filter(|order| order.stands()) else {
        return RemovalAnswer {
            held_until,
            ..RemovalAnswer::no_order()
        };
    };
    let obstacles = person.obstacles(order, stayed, day);
    let verdict = if obstacles.is_empty() {
        RemovalVerdict::NothingRecorded
    } else {
        RemovalVerdict::NotYet
    };
    RemovalAnswer {
        verdict,
        obstacles,
        held_until,
    }
}

/// What stands about the removal of a person, as far as the permit covers it.
pub(super) fn view(permit: &Permit, person: &Person, day: Day) -> RemovalView {
    let removal = &person.removal;
    let orders = removal.orders.iter().filter_map(|order| {
        let protection = order.ground.tells_of_protection();
        let protection = protection.then_some(FieldGroup::Protection);
        let groups = [FieldGroup::Removal].into_iter().chain(protection);
        tell(permit, groups, order.clone())
    });
    let decisions = removal.decisions.iter().filter_map(|decision| {
        let groups = groups_of(person, &decision.effect);
        tell(permit, groups, decision.clone())
    });
    let protections = removal.protections.iter().filter_map(|protection| {
        let group = FieldGroup::of_protection(protection.kind);
        let told = tell(permit, [group], protection.clone())?;
        Some((told, removal.protects(protection)))
    });
    let bans = removal.bans.iter().filter_map(|ban| {
        let told = tell(permit, [FieldGroup::Removal], ban.clone())?;
        Some((told, removal.bans_entry(ban)))
    });
    let holdings = removal.holdings.iter();
    let holdings =
        holdings.filter_map(|holding| tell(permit, [FieldGroup::Removal], holding.clone()));
    RemovalView {
        orders: orders.collect(),
        decisions: decisions.collect(),
        protections: protections.collect(),
        bans: bans.collect(),
        holdings: holdings.collect(),
        day,
    }
}

fn tell<T>(
    permit: &Permit,
    groups: impl IntoIterator<Item = FieldGroup>,
    value: T,
) -> Option<Told<T>> {
    let groups = groups.into_iter().fold(FieldSet::EMPTY, FieldSet::with);
    permit.tell(Filed::under(groups, value))
}

/// The groups of a decision: those of removal, and those of what it takes away.
fn groups_of(person: &Person, effect: &DecisionEffect) -> Vec<FieldGroup> {
    let mut groups = vec![FieldGroup::Removal];
    match effect {
        DecisionEffect::Expulsion(number) => {
            let order = person.removal.order(number);
            let protection = order.is_none_or(|order| order.ground.tells_of_protection());
            groups.extend(protection.then_some(FieldGroup::Protection));
        }
        DecisionEffect::EntryBan(_) => {}
        DecisionEffect::Permit(number) => {
            // Of a permit that is not there any more nobody knows what it told of.
            let group = person
                .permit(number)
                .map_or(FieldGroup::Protection, |held| {
                    FieldGroup::of_residence(held.kind, held.basis)
                });
            groups.push(group);
        }
        DecisionEffect::Visa(_) => groups.push(FieldGroup::Residence),
        DecisionEffect::Status { from, to } => {
            groups.extend([FieldGroup::of_status(*from), FieldGroup::of_status(*to)]);
        }
        DecisionEffect::Documents(keys) => {
            groups.push(FieldGroup::Documents);
            groups.extend(keys.iter().map(|key| FieldGroup::of_document(key.kind())));
        }
        DecisionEffect::Protection(act) => {
            let protection = person.removal.protection(*act);
            groups.push(protection.map_or(FieldGroup::Protection, |protection| {
                FieldGroup::of_protection(protection.kind)
            }));
        }
    }
    groups
}
