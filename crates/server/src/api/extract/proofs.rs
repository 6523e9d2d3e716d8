//! The records an extract rests on, each with its proof.

use std::collections::{BTreeMap, BTreeSet};

use sabt_chain::{Envelope, KeyId, LedgerName, Position};
use sabt_domain::event::StoredAct;
use sabt_domain::governance::Enrolment;
use sabt_domain::refusal::Refusal;
use sabt_proto::extract::v1::{Leaf, Provenance};
use sabt_views::query::ExtractEntry;

use super::super::persons::failed;
use super::super::prove::{Head, proved, record_at, told};
use crate::registry::Registry;

/// Code of the authority that signs governance acts.
const GOVERNANCE: &str = "GOVERNANCE";

/// Which records have to be proved for a history.
pub(super) struct Plan {
    /// Position of every record, and of the first one of its act.
    records: Vec<(u64, u64)>,
    acts: BTreeMap<u64, StoredAct>,
}

/// What has been proved.
pub(super) struct Proved {
    pub(super) provenance: Provenance,
    /// Agency whose key signed the act of the record at a position.
    pub(super) agencies: BTreeMap<u64, String>,
}

impl Plan {
    pub(super) fn of(history: &[ExtractEntry]) -> Self {
        let record = |entry: &ExtractEntry| {
            let position = entry.entry.position.get();
            // The records of an act stand together.
            (position, position.saturating_sub(entry.part.into()))
        };
        let act = |entry: &ExtractEntry| {
            let act = entry.act.clone()?.into_inner();
            Some((entry.entry.position.get(), act))
        };
        Self {
            records: history.iter().map(record).collect(),
            acts: history.iter().filter_map(act).collect(),
        }
    }

    /// The last record that has to be proved; what it rests on stands before it.
    pub(super) fn last(&self) -> Position {
        let last = self
            .records
            .iter()
            .map(|(position, _first)| *position)
            .max();
        Position::new(last.unwrap_or(0))
    }
}

/// Proves every record of a plan, the enrolment of each author's key, and the founding with what precedes it.
pub(super) fn prove(
    registry: &Registry,
    enrolment: &Enrolment,
    plan: Plan,
    head: &Head,
) -> Result<Proved, Refusal> {
    let mut prover = Prover {
        registry,
        head,
        leaves: BTreeMap::new(),
        acts: plan.acts,
    };
    let founding = enrolment
        .founding()
        .map_or(0, |founding| founding.at.position);
    let mut needed: BTreeSet<u64> = (0..=founding).collect();
    let mut agencies = BTreeMap::new();
    for (position, first) in plan.records {
        prover.leaf(position)?;
        let signed = prover.leaf(first)?;
        let Some(authorship) = signed.authorship else {
            continue;
        };
        if let Some((agency, enrolled)) = author(enrolment, authorship.key_id) {
            agencies.insert(position, agency);
            needed.insert(enrolled);
        }
    }
    for position in needed {
        prover.leaf(position)?;
    }
    Ok(Proved {
        provenance: Provenance {
            checkpoint: head.note.to_string(),
            leaves: prover.leaves.into_values().collect(),
        },
        agencies,
    })
}

/// Whose key it is, and the record that enrolled it.
fn author(enrolment: &Enrolment, id: KeyId) -> Option<(String, u64)> {
    let key = enrolment.key(&sabt_domain::act::KeyId(id.to_bytes()))?;
    let agency = key.agency.as_ref();
    let agency = agency.map_or_else(|| GOVERNANCE.to_owned(), ToString::to_string);
    Some((agency, key.term.from.position))
}

struct Prover<'a> {
    registry: &'a Registry,
    head: &'a Head,
    leaves: BTreeMap<u64, Leaf>,
    acts: BTreeMap<u64, StoredAct>,
}

impl Prover<'_> {
    /// Proves the record at a position, if it is not proved yet.
    fn leaf(&mut self, position: u64) -> Result<Envelope, Refusal> {
        if let Some(known) = self.leaves.get(&position) {
            return Envelope::decode(&known.envelope).map_err(|err| failed(&err));
        }
        let tree = self.registry.tree(LedgerName::Events);
        let at = Position::new(position);
        let record = record_at(tree, at).map_err(|err| told(&err))?;
        let envelope = Envelope::decode(&record.envelope).map_err(|err| failed(&err))?;
        let hashes = proved(tree, at, &record.envelope, self.head)?;
        let act = self.acts.remove(&position);
        let (act, nonce) = act.map_or_else(Default::default, |act| (act.bytes, act.nonce.to_vec()));
        self.leaves.insert(
            position,
            Leaf {
                envelope: record.envelope,
                hashes: hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
                payload: record.clear.unwrap_or_default(),
                act,
                nonce,
            },
        );
        Ok(envelope)
    }
}
