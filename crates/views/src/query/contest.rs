use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::act::{ActId, DisputedFact};
use sabt_domain::event::{Event, Recorded};
use sabt_domain::fact::DisputeGround;
use sabt_domain::life::{At, Life};
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{Dispute, Person};
use sabt_domain::time::{Day, PartialDate, Timestamp};

use crate::cut;

/// A fact that stands in an answer and that its person contests. It is told unasked, and only under a field group that
/// the permit gives (design 7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contested {
    /// Whose fact it is; `None` with a verdict, which does not tell whose it is.
    pub person: Option<PersonNumber>,
    /// Field group of what is told.
    pub group: FieldGroup,
    /// Field of the answer, where the person named one.
    pub field: Option<&'static str>,
    /// From which day on.
    pub since: PartialDate,
    /// Since when the registry knows.
    pub recorded_at: Timestamp,
    /// Why.
    pub ground: DisputeGround,
    /// Last day of an answer in time.
    pub answer_by: Option<Day>,
}

/// What a person contests, with the groups under which it may be told.
pub(super) struct Disputes {
    person: PersonNumber,
    open: Vec<(Dispute, BTreeSet<FieldGroup>)>,
}

impl Disputes {
    /// What is contested of a life, now or at the time whose knowledge is asked for. `None` for most lives.
    pub(super) fn of(life: &Life, known_at: Timestamp) -> Option<Self> {
        let open = life.disputes(known_at);
        if open.is_empty() {
            return None;
        }
        let whole = life.person(&At::END)?;
        let with_groups = |dispute: Dispute| {
            let groups = groups(life, &whole, dispute.fact);
            (dispute, groups)
        };
        Some(Self {
            person: whole.number,
            open: open.into_iter().map(with_groups).collect(),
        })
    }

    /// Marks of what is told under these groups, as far as the permit gives them.
    pub(super) fn marks(&self, permit: &Permit, told: &[FieldGroup]) -> Vec<Contested> {
        let mut marks = Vec::new();
        for (dispute, groups) in self.shown_to(permit) {
            let told = groups.iter().filter(|group| told.contains(group));
            marks.extend(
                told.filter(|group| permit.allows(**group))
                    .map(|group| self.mark(dispute, *group)),
            );
        }
        marks
    }

    /// Marks of an event, as far as the permit gives the groups of what is contested of it.
    pub(super) fn marks_of_event(
        &self,
        permit: &Permit,
        life: &Life,
        act: ActId,
        event: &Event,
    ) -> Vec<Contested> {
        let stated = cut::stated(life, event);
        let mut marks = Vec::new();
        for (dispute, groups) in self.shown_to(permit) {
            let meant = match dispute.fact {
                DisputedFact::Act(disputed) => disputed == act,
                DisputedFact::Group { .. } => true,
            };
            let told = groups.intersection(&stated).filter(|_| meant);
            marks.extend(
                told.filter(|group| permit.allows(**group))
                    .map(|group| self.mark(dispute, *group)),
            );
        }
        marks
    }

    /// Marks of a verdict that rests on facts of some groups. The verdict tells none of them, and neither does its mark.
    pub(super) fn marks_of_verdict(
        &self,
        permit: &Permit,
        rests_on: impl Fn(&BTreeSet<FieldGroup>) -> bool,
    ) -> Vec<Contested> {
        let shown = self.shown_to(permit);
        let contested = shown.filter(|(_, groups)| rests_on(groups));
        contested
            .map(|(dispute, _)| Contested {
                person: None,
                field: None,
                ..self.mark(dispute, FieldGroup::Verdict)
            })
            .collect()
    }

    /// Those of which the recipient may know: a dispute about a fact of protection tells another State of the fact.
    fn shown_to(&self, permit: &Permit) -> impl Iterator<Item = &(Dispute, BTreeSet<FieldGroup>)> {
        self.open
            .iter()
            .filter(|(_, groups)| !groups.iter().any(|group| permit.is_blind_to(*group)))
    }

    fn mark(&self, dispute: &Dispute, group: FieldGroup) -> Contested {
        let named = match dispute.fact {
            DisputedFact::Act(_) => None,
            DisputedFact::Group { field, .. } => field,
        };
        Contested {
            person: Some(self.person),
            group,
            field: named.map(|field| field.name),
            since: dispute.since,
            recorded_at: dispute.recorded_at,
            ground: dispute.ground,
            answer_by: dispute.answer_by(),
        }
    }
}

/// The groups under which what is contested may be told. An address leaves under the group that the person's address
/// leaves under.
fn groups(life: &Life, person: &Person, fact: DisputedFact) -> BTreeSet<FieldGroup> {
    match fact {
        DisputedFact::Group {
            group: FieldGroup::Address | FieldGroup::ShelterAddress,
            ..
        } => BTreeSet::from([FieldGroup::of_address(person)]),
        DisputedFact::Group { group, .. } => BTreeSet::from([group]),
        DisputedFact::Act(act) => {
            let of_act = |recorded: &&Recorded| {
                recorded.act_id == act || cut::amended(&recorded.event) == Some(act)
            };
            let records = life.records().iter().filter(of_act);
            records
                .flat_map(|recorded| cut::stated(life, &recorded.event))
                .collect()
        }
    }
}
