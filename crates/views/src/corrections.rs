//! Corrections, and who was told what they corrected. Pure: over the life of a subject and the disclosures about it, so that
//! it does not matter which of the two ledgers is read first.
//!
//! A correction changes what the registry tells of a subject under some field groups. A recipient is an agency for a
//! purpose; it was told the old content of a group if an answer gave it that group and reflects a record that stated the
//! content, but not yet the correction. A feed tells the records that it delivers, one by one. A notice is open until its
//! recipient acknowledges the correction, or its feed delivers it: a sync job goes on from where it ended, so that it takes
//! every record that was delivered.

use std::collections::{BTreeMap, BTreeSet};

use sabt_domain::access::FieldGroup;
use sabt_domain::act::ActId;
use sabt_domain::life::Life;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb};

use crate::blind::{Blind, Blinder};
use crate::cut;

/// A record that changed what is told of its subject.
pub(crate) struct Correction {
    /// Its position.
    pub(crate) position: u64,
    /// What changed, and which records had stated what was told before.
    pub(crate) changes: BTreeMap<FieldGroup, Stated>,
}

/// The records that stated what is told under a group.
#[derive(Clone)]
pub(crate) struct Stated {
    positions: BTreeSet<u64>,
}

impl Stated {
    /// True if an answer that reflects this many records told what these stated, and not what came at `corrected`.
    fn shows(&self, reflects: u64, corrected: u64) -> bool {
        let first = self.positions.first();
        first.is_some_and(|first| *first < reflects) && reflects <= corrected
    }
}

/// What an act comes to, by group: nothing but equal or not is asked of it.
type Content = BTreeMap<FieldGroup, Vec<u8>>;

/// What the history of one act has come to so far.
#[derive(Default)]
struct Thread {
    content: Content,
    /// Which records state it, by group; those of the act itself for groups of which nothing was changed.
    stated: BTreeMap<FieldGroup, Stated>,
    /// Records of the act itself.
    first: BTreeSet<u64>,
}

/// The corrections in a life, in the order of their records.
pub(crate) fn corrections(life: &Life) -> Vec<Correction> {
    let mut corrections = Vec::new();
    let mut so_far = Life::default();
    let mut targets: BTreeMap<ActId, ActId> = BTreeMap::new();
    let mut threads: BTreeMap<ActId, Thread> = BTreeMap::new();
    for recorded in life.records() {
        so_far.apply(recorded.clone());
        let Some(target) = cut::amended(&recorded.event) else {
            let thread = threads.entry(recorded.act_id).or_default();
            thread.first.insert(recorded.position);
            continue;
        };
        // An amendment of an amendment changes what the act at the root comes to.
        let root = targets.get(&target).copied().unwrap_or(target);
        targets.insert(recorded.act_id, root);
        let thread = threads.entry(root).or_default();
        if thread.content.is_empty() && thread.stated.is_empty() {
            thread.content = content(&life_before(life, recorded.position), root);
        }
        let after = content(&so_far, root);
        let changes = thread.change(after, recorded.position);
        if !changes.is_empty() {
            corrections.push(Correction {
                position: recorded.position,
                changes,
            });
        }
    }
    corrections
}

/// The life without what was recorded at a position or later.
fn life_before(life: &Life, position: u64) -> Life {
    let mut before = Life::default();
    let earlier = |recorded: &&sabt_domain::event::Recorded| recorded.position < position;
    for recorded in life.records().iter().filter(earlier) {
        before.apply(recorded.clone());
    }
    before
}

fn content(life: &Life, act: ActId) -> Content {
    let mut content = Content::new();
    let effective = life.effective(Timestamp::from_micros(i64::MAX));
    for effective in effective.iter().filter(|one| one.act_id == act) {
        for (group, part) in cut::parts(life, effective.event) {
            content.entry(group).or_default().extend(part);
        }
    }
    content
}

impl Thread {
    /// Takes what the act comes to from this position on, and gives what changed.
    fn change(&mut self, after: Content, position: u64) -> BTreeMap<FieldGroup, Stated> {
        let groups: BTreeSet<FieldGroup> =
            self.content.keys().chain(after.keys()).copied().collect();
        let mut changes = BTreeMap::new();
        for group in groups {
            if self.content.get(&group) == after.get(&group) {
                continue;
            }
            let now = Stated {
                positions: BTreeSet::from([position]),
            };
            let before = self.stated.insert(group, now).unwrap_or_else(|| Stated {
                positions: self.first.clone(),
            });
            // Where the act had recorded nothing about the subject, nobody was told anything that changed.
            if !before.positions.is_empty() {
                changes.insert(group, before);
            }
        }
        self.content = after;
        changes
    }
}

/// What a disclosure says of whom was told what.
pub(crate) struct Answered {
    /// Agency and purpose.
    pub(crate) recipient: Blind,
    /// The agency alone.
    pub(crate) agency: Blind,
    groups: BTreeSet<FieldGroup>,
    /// Number of events that the answer reflects.
    reflects: u64,
    /// Positions that a feed delivered, if it was a feed.
    delivered: Option<BTreeSet<u64>>,
    acknowledged: BTreeSet<u64>,
}

impl Answered {
    /// Reads a disclosure; `None` for one that neither told nor acknowledged anything.
    pub(crate) fn of(blinder: &Blinder, disclosure: &Disclosure) -> Option<Self> {
        let (tells, by_feed) = match disclosure.verb() {
            DisclosureVerb::Candidate
            | DisclosureVerb::Verified
            | DisclosureVerb::Opened
            | DisclosureVerb::Exported
            | DisclosureVerb::Corrected => (true, false),
            DisclosureVerb::Synchronised => (true, true),
            DisclosureVerb::Acknowledged => (false, false),
            DisclosureVerb::Unspecified | DisclosureVerb::Refused | DisclosureVerb::Alarmed => {
                return None;
            }
        };
        let codes = disclosure.field_groups.iter().filter(|_| tells);
        let acknowledges = disclosure.verb() == DisclosureVerb::Acknowledged;
        let corrections = disclosure.corrections.iter().filter(|_| acknowledges);
        Some(Self {
            recipient: blinder.recipient(&disclosure.agency, &disclosure.purpose),
            agency: blinder.agency(&disclosure.agency),
            groups: codes
                .filter_map(|code| FieldGroup::from_code(code))
                .collect(),
            reflects: disclosure.answered_at,
            delivered: by_feed.then(|| disclosure.delivered.iter().copied().collect()),
            acknowledged: corrections.copied().collect(),
        })
    }

    /// The groups under which the recipient was told what this correction changed. A verdict that rested on it was told
    /// as a verdict. What changed under a group to which the recipient is blind was not told, in no verdict either.
    pub(crate) fn outdated_by(
        &self,
        correction: &Correction,
        is_blind_to: impl Fn(FieldGroup) -> bool,
    ) -> BTreeSet<FieldGroup> {
        let was_told = |stated: &Stated| match &self.delivered {
            Some(delivered) => !stated.positions.is_disjoint(delivered),
            None => stated.shows(self.reflects, correction.position),
        };
        let changed: BTreeSet<FieldGroup> = correction
            .changes
            .iter()
            .filter(|(group, stated)| was_told(stated) && !is_blind_to(**group))
            .map(|(group, _)| *group)
            .collect();
        let mut told: BTreeSet<FieldGroup> = changed.intersection(&self.groups).copied().collect();
        if self.groups.contains(&FieldGroup::Verdict) && cut::bears_on_verdict(&changed) {
            told.insert(FieldGroup::Verdict);
        }
        told
    }

    /// True if the recipient acknowledged the correction, or its feed delivered it.
    pub(crate) fn closes(&self, correction: &Correction) -> bool {
        let delivered = self.delivered.iter().flatten();
        self.acknowledged
            .iter()
            .chain(delivered)
            .any(|position| *position == correction.position)
    }
}
