use std::collections::{BTreeMap, BTreeSet};

use super::{Effective, EntryState, amendment_target};
use crate::act::ActId;
use crate::event::{ActCorrected, EventBody, Recorded};

/// What the amendments among some records come to.
pub(super) struct Amendments<'life> {
    /// Acts that are annulled.
    annulled: BTreeSet<ActId>,
    /// For each corrected act, the newest correction in force.
    corrections: BTreeMap<ActId, (&'life Recorded, &'life ActCorrected)>,
    /// For each amended act, the acts that amend it, in the order of their records.
    amenders: BTreeMap<ActId, Vec<ActId>>,
    /// Position of the first record of each act that is not an amendment.
    firsts: BTreeMap<ActId, u64>,
}

impl<'life> Amendments<'life> {
    /// Reads the records from the newest to the oldest: an amendment points back, so whether it is itself annulled is
    /// known when it is met.
    pub(super) fn of(records: &'life [Recorded]) -> Self {
        let mut amendments = Self {
            annulled: BTreeSet::new(),
            corrections: BTreeMap::new(),
            amenders: BTreeMap::new(),
            firsts: BTreeMap::new(),
        };
        for recorded in records.iter().rev() {
            let in_force = !amendments.annulled.contains(&recorded.act_id);
            match &recorded.event.body {
                EventBody::ActAnnulled(annulled) => {
                    if in_force {
                        amendments.annulled.insert(annulled.target);
                    }
                    amendments.note(annulled.target, recorded.act_id);
                }
                EventBody::ActCorrected(corrected) => {
                    if in_force {
                        amendments
                            .corrections
                            .entry(corrected.target)
                            .or_insert((recorded, corrected));
                    }
                    amendments.note(corrected.target, recorded.act_id);
                }
                _ => {
                    amendments.firsts.insert(recorded.act_id, recorded.position);
                }
            }
        }
        for amenders in amendments.amenders.values_mut() {
            amenders.reverse();
        }
        amendments
    }

    /// Notes who amends an act; an act with several events about one subject amends once.
    fn note(&mut self, target: ActId, amender: ActId) {
        let amenders = self.amenders.entry(target).or_default();
        if !amenders.contains(&amender) {
            amenders.push(amender);
        }
    }

    pub(super) fn is_annulled(&self, act: ActId) -> bool {
        self.annulled.contains(&act)
    }

    pub(super) fn of_act(&self, act: ActId) -> Vec<ActId> {
        self.amenders.get(&act).cloned().unwrap_or_default()
    }

    pub(super) fn state(&self, recorded: &Recorded) -> EntryState {
        if self.annulled.contains(&recorded.act_id) {
            return EntryState::Annulled;
        }
        let is_amendment = amendment_target(&recorded.event).is_some();
        if !is_amendment && self.corrections.contains_key(&recorded.act_id) {
            return EntryState::Corrected;
        }
        EntryState::InForce
    }

    /// Adds what counts of one record.
    pub(super) fn emit(&self, recorded: &'life Recorded, effective: &mut Vec<Effective<'life>>) {
        match &recorded.event.body {
            EventBody::ActAnnulled(_) => {}
            EventBody::ActCorrected(corrected) => {
                let target = corrected.target;
                let stands_alone =
                    !self.firsts.contains_key(&target) && !self.annulled.contains(&target);
                if stands_alone && self.is_newest_correction(target, recorded) {
                    replace(target, recorded.position, recorded, corrected, effective);
                }
            }
            _ if self.annulled.contains(&recorded.act_id) => {}
            _ => match self.corrections.get(&recorded.act_id) {
                None => effective.push(Effective {
                    position: recorded.position,
                    index: 0,
                    act_id: recorded.act_id,
                    event: &recorded.event,
                    corrected_by: None,
                }),
                // All events of the target give way to the correction, which stands where the first of them stood.
                Some((by, corrected)) => {
                    if self.firsts.get(&recorded.act_id) == Some(&recorded.position) {
                        replace(recorded.act_id, recorded.position, by, corrected, effective);
                    }
                }
            },
        }
    }

    fn is_newest_correction(&self, target: ActId, recorded: &Recorded) -> bool {
        self.corrections
            .get(&target)
            .is_some_and(|(newest, _)| newest.position == recorded.position)
    }
}

fn replace<'life>(
    target: ActId,
    position: u64,
    by: &Recorded,
    corrected: &'life ActCorrected,
    effective: &mut Vec<Effective<'life>>,
) {
    effective.extend(
        corrected
            .replacement
            .iter()
            .enumerate()
            .map(|(index, event)| Effective {
                position,
                index,
                act_id: target,
                event,
                corrected_by: Some(by.act_id),
            }),
    );
}
