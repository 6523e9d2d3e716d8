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
        // Most lives hold none, and then nothing is asked of what is noted here.
        let mut targets = records.iter().map(|record| amendment_target(&record.event));
        if !targets.any(|target| target.is_some()) {
            return amendments;
        }
        for recorded in records.iter().rev() {
            let Some(target) = amendment_target(&recorded.event) else {
                amendments.firsts.insert(recorded.act_id, recorded.position);
                continue;
            };
            amendments.note(target, recorded.act_id);
            if amendments.annulled.contains(&recorded.act_id) {
                continue;
            }
            if let EventBody::ActCorrected(corrected) = &recorded.event.body {
                amendments
                    .corrections
                    .entry(target)
                    .or_insert((recorded, corrected));
            } else {
                amendments.annulled.insert(target);
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
        if let Some(target) = amendment_target(&recorded.event) {
            // A correction of an act that recorded nothing about this subject stands at its own place.
            let stands_alone =
                !self.firsts.contains_key(&target) && !self.annulled.contains(&target);
            if let Some((newest, corrected)) = self.corrections.get(&target)
                && stands_alone
                && newest.position == recorded.position
            {
                replace(target, recorded, newest, corrected, effective);
            }
            return;
        }
        let act = recorded.act_id;
        if self.annulled.contains(&act) {
            return;
        }
        match self.corrections.get(&act) {
            None => effective.push(Effective {
                position: recorded.position,
                index: 0,
                act_id: act,
                recorded_at: recorded.recorded_at,
                event: &recorded.event,
                corrected_by: None,
            }),
            // All events of the target give way to the correction, which stands where the first of them stood.
            Some((by, corrected)) => {
                if self.firsts.get(&act) == Some(&recorded.position) {
                    replace(act, recorded, by, corrected, effective);
                }
            }
        }
    }
}

fn replace<'life>(
    target: ActId,
    stands_at: &Recorded,
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
                position: stands_at.position,
                index,
                act_id: target,
                recorded_at: stands_at.recorded_at,
                event,
                corrected_by: Some(by.act_id),
            }),
    );
}
