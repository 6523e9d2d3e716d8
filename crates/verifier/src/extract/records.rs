//! The records of an extract: each in the ledger, each signed by its author, each told as it was signed.

use std::collections::BTreeMap;
use std::fmt;

use prost::Message as _;
use sabt_chain::authorship::{AuthorKey, Nonce};
use sabt_chain::checkpoint::Checkpoint;
use sabt_chain::proof::InclusionProof;
use sabt_chain::{Authorship, Digest, Envelope, Hash, KeyId, Kind, LedgerName, Origin, Position};
use sabt_extract::stated;
use sabt_proto::event::v1::{Act, Anchor, EnrolKey, Event, event::Body};
use sabt_proto::extract::v1::{Extract, Leaf, Record};

use super::ExtractFault;
use crate::class::FaultClass;
use crate::mutant::{Check, removed};

/// Code of the authority that signs governance acts.
const GOVERNANCE: &str = "GOVERNANCE";

/// What is wrong with a record of an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// Its envelope is none, or the records are not in order.
    Malformed,
    /// It is not in the tree of the checkpoint, or not shown to be.
    NotProved,
    /// It is told, and nothing proves it.
    Missing,
    /// Its payload does not match the digest in its envelope.
    Payload,
    /// It does not found the registry, or is no record of what comes before that.
    Founding,
    /// What the extract tells of it is not what its envelope says.
    Envelope,
    /// It is the first record of an act and carries no authorship.
    Authorship,
    /// Its author's signature is forged.
    Signature,
    /// Its author's key is not shown to be enrolled for it.
    KeyUnknown,
    /// Its author's key had expired.
    KeyExpired,
    /// The act beside it is not the one that its author signed.
    Act,
    /// It tells something else than the act that its author signed.
    Stated,
}

impl RecordFault {
    /// The class it belongs to.
    pub const fn class(self) -> FaultClass {
        match self {
            Self::Authorship => FaultClass::Authorship,
            Self::Signature => FaultClass::Signature,
            Self::KeyUnknown => FaultClass::KeyUnknown,
            Self::KeyExpired => FaultClass::KeyNotInForce,
            Self::Malformed
            | Self::NotProved
            | Self::Missing
            | Self::Payload
            | Self::Founding
            | Self::Envelope
            | Self::Act
            | Self::Stated => FaultClass::ExtractRecord,
        }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is malformed, or out of order",
            Self::NotProved => "is not shown to be in the ledger",
            Self::Missing => "is told, and nothing proves it",
            Self::Payload => "has a payload that does not match the digest in its envelope",
            Self::Founding => "does not found the registry",
            Self::Envelope => "is told otherwise than its envelope says",
            Self::Authorship => "carries no author's signature",
            Self::Signature => "carries a forged author's signature",
            Self::KeyUnknown => "is signed by a key that is not shown to be enrolled for it",
            Self::KeyExpired => "is signed by a key that had expired",
            Self::Act => "comes with another act than its author signed",
            Self::Stated => "tells something else than its author signed",
        })
    }
}

/// What the records have shown.
pub(super) struct ProvedRecords {
    pub(super) governance_key: [u8; 32],
    pub(super) in_words: u64,
}

/// A record that is in the tree.
struct Proven<'a> {
    envelope: Envelope,
    leaf: &'a Leaf,
}

/// A key that was enrolled.
struct Enrolled {
    key: AuthorKey,
    at: Position,
    terms: EnrolKey,
}

/// Everything that is in the tree, and whom it names as authors.
struct Ledger<'a> {
    origin: &'a Origin,
    proven: BTreeMap<Position, Proven<'a>>,
    /// Of each registry that this one succeeds: how many records follow its first one, and its events ledger.
    carried: Vec<(u64, Origin)>,
    governance: AuthorKey,
    keys: BTreeMap<KeyId, Enrolled>,
}

/// Proves the records of an extract whose signature was verified.
pub(super) fn prove(
    extract: &Extract,
    origin: &Origin,
    checkpoint: &Checkpoint,
) -> Result<ProvedRecords, ExtractFault> {
    let leaves = extract.provenance.as_ref().map(|from| &*from.leaves);
    let proven = in_tree(leaves.unwrap_or_default(), checkpoint)?;
    let ledger = Ledger::found(origin, proven)?;
    let mut in_words = 0;
    let mut last = None;
    for record in &extract.history {
        let position = Position::new(record.position);
        if last.is_some_and(|last| position <= last) {
            return Err(at(position, RecordFault::Malformed));
        }
        last = Some(position);
        // An act that could tell what is withheld does not come along.
        let told = ledger.check(record, extract.withheld.is_empty());
        let told = told.map_err(|fault| at(position, fault))?;
        in_words += u64::from(told);
    }
    Ok(ProvedRecords {
        governance_key: *ledger.governance.as_bytes(),
        in_words,
    })
}

const fn at(position: Position, fault: RecordFault) -> ExtractFault {
    ExtractFault::Record { position, fault }
}

/// Proves each leaf in the tree of the checkpoint. They ascend, so that none stands twice.
fn in_tree<'a>(
    leaves: &'a [Leaf],
    checkpoint: &Checkpoint,
) -> Result<BTreeMap<Position, Proven<'a>>, ExtractFault> {
    let mut proven: BTreeMap<Position, Proven<'a>> = BTreeMap::new();
    for leaf in leaves {
        let last = proven.last_key_value().map(|(position, _)| *position);
        let malformed = || at(last.unwrap_or(Position::FIRST), RecordFault::Malformed);
        let envelope = Envelope::decode(&leaf.envelope).map_err(|_not_one| malformed())?;
        let position = envelope.position;
        if last.is_some_and(|last| position <= last) {
            return Err(at(position, RecordFault::Malformed));
        }
        let hashes = leaf.hashes.iter().map(|hash| {
            let bytes: Option<[u8; 32]> = hash.as_slice().try_into().ok();
            bytes.map(Hash::from_bytes)
        });
        let proof = InclusionProof {
            position,
            size: checkpoint.size(),
            hashes: hashes
                .collect::<Option<_>>()
                .ok_or(at(position, RecordFault::NotProved))?,
        };
        let included = proof.verify(&Hash::leaf(&leaf.envelope), &checkpoint.root());
        if included.is_err() && !removed(Check::ExtractLeaf) {
            return Err(at(position, RecordFault::NotProved));
        }
        if !leaf.payload.is_empty() && Digest::of(&leaf.payload) != envelope.sealed_digest {
            return Err(at(position, RecordFault::Payload));
        }
        proven.insert(position, Proven { envelope, leaf });
    }
    Ok(proven)
}

impl<'a> Ledger<'a> {
    /// Reads who founded the registry, which ones it succeeds, and who was enrolled.
    fn found(
        origin: &'a Origin,
        proven: BTreeMap<Position, Proven<'a>>,
    ) -> Result<Self, ExtractFault> {
        let mut carried = Vec::new();
        let mut founding = Position::FIRST;
        while let Some(succession) = proven.get(&founding).and_then(Proven::succession) {
            carried.push(succession);
            founding = founding.next().ok_or(at(founding, RecordFault::Founding))?;
        }
        let key = proven.get(&founding).and_then(Proven::founding_key);
        let governance = key.ok_or(at(founding, RecordFault::Founding))?;
        let mut ledger = Self {
            origin,
            proven,
            carried,
            governance,
            keys: BTreeMap::new(),
        };
        ledger.check_governance(founding)?;
        let enrolling = ledger.proven.values().filter_map(Proven::enrolment);
        let enrolled: Vec<Enrolled> = enrolling.collect();
        for enrolled in enrolled {
            ledger.check_governance(enrolled.at)?;
            ledger.keys.entry(enrolled.key.id()).or_insert(enrolled);
        }
        Ok(ledger)
    }

    /// The origin for which the author of a record signed: of the ledger in which it was first recorded.
    fn signed_for(&self, position: Position) -> &Origin {
        let layers = (0_u64..).zip(&self.carried);
        let holding = layers.filter(|(begin, (records, _))| {
            *begin < position.get() && position.get() - begin <= *records
        });
        let innermost = holding.last();
        innermost.map_or(self.origin, |(_, (_, origin))| origin)
    }

    /// The governance authority signed this record.
    fn check_governance(&self, position: Position) -> Result<(), ExtractFault> {
        let record = self.proven.get(&position);
        let authorship = record.and_then(|record| record.envelope.authorship);
        let authorship = authorship.ok_or(at(position, RecordFault::Authorship))?;
        if authorship.key_id != self.governance.id() {
            return Err(at(position, RecordFault::KeyUnknown));
        }
        let act_id = record.map(|record| record.envelope.act_id);
        let act_id = act_id.ok_or(at(position, RecordFault::Missing))?;
        let verified = self
            .governance
            .verify(self.signed_for(position), act_id, &authorship);
        verified.map_err(|_forged| at(position, RecordFault::Signature))
    }

    /// Checks a record that is told; true if it is told in the words that its author signed.
    fn check(&self, record: &Record, whole: bool) -> Result<bool, RecordFault> {
        let position = Position::new(record.position);
        let Some(proven) = self.proven.get(&position) else {
            if removed(Check::ExtractComplete) {
                return Ok(false);
            }
            return Err(RecordFault::Missing);
        };
        let envelope = &proven.envelope;
        let as_told = envelope.kind == Kind::Event
            && envelope.act_id.as_bytes().as_slice() == record.act_id
            && envelope.recorded_at.as_micros() == record.recorded_at;
        if !as_told {
            return Err(RecordFault::Envelope);
        }
        let part = u64::from(envelope.part.index());
        let first = record.position.checked_sub(part).map(Position::new);
        let first = first.and_then(|first| self.proven.get(&first));
        let first = first.ok_or(RecordFault::Missing)?;
        let (act, part) = (first.envelope.act_id, first.envelope.part.index());
        if act != envelope.act_id || part != 0 {
            return Err(RecordFault::Envelope);
        }
        let authorship = first.envelope.authorship.ok_or(RecordFault::Authorship)?;
        let event = record.event.as_ref().ok_or(RecordFault::Envelope)?;
        self.check_author(record, event, first, &authorship)?;
        if envelope.part.index() != 0 {
            return Ok(false);
        }
        check_act(event, proven.leaf, &authorship, whole)
    }

    fn check_author(
        &self,
        record: &Record,
        event: &Event,
        first: &Proven<'_>,
        authorship: &Authorship,
    ) -> Result<(), RecordFault> {
        let envelope = &first.envelope;
        let (key, agency) = if authorship.key_id == self.governance.id() {
            (&self.governance, GOVERNANCE)
        } else {
            let enrolled = self.keys.get(&authorship.key_id);
            let enrolled = enrolled.filter(|enrolled| enrolled.at < envelope.position);
            let enrolled = enrolled.ok_or(RecordFault::KeyUnknown)?;
            let terms = &enrolled.terms;
            if !terms.office.is_empty() && terms.office != event.office {
                return Err(RecordFault::KeyUnknown);
            }
            let until = terms.not_after;
            if until != 0 && until < envelope.recorded_at.as_micros() {
                return Err(RecordFault::KeyExpired);
            }
            (&enrolled.key, terms.agency.as_str())
        };
        if agency != record.agency {
            return Err(RecordFault::Envelope);
        }
        let signed_for = self.signed_for(envelope.position);
        let verified = key.verify(signed_for, envelope.act_id, authorship);
        if verified.is_err() && !removed(Check::Signature) {
            return Err(RecordFault::Signature);
        }
        Ok(())
    }
}

/// The act beside a record is the one that was signed, and the record tells what it states.
fn check_act(
    event: &Event,
    leaf: &Leaf,
    authorship: &Authorship,
    whole: bool,
) -> Result<bool, RecordFault> {
    if leaf.act.is_empty() {
        return if whole {
            Err(RecordFault::Act)
        } else {
            Ok(false)
        };
    }
    let nonce: Option<[u8; 32]> = leaf.nonce.as_slice().try_into().ok();
    let nonce = Nonce::from_bytes(nonce.ok_or(RecordFault::Act)?);
    if nonce.commit(&leaf.act) != authorship.commitment && !removed(Check::ExtractAct) {
        return Err(RecordFault::Act);
    }
    let act = Act::decode(leaf.act.as_slice()).map_err(|_undecodable| RecordFault::Act)?;
    if !stated::agrees(event, &act) && !removed(Check::ExtractStated) {
        return Err(RecordFault::Stated);
    }
    Ok(true)
}

impl Proven<'_> {
    /// What a record that begins a ledger says of the one it succeeds.
    fn succession(&self) -> Option<(u64, Origin)> {
        if self.envelope.kind != Kind::Anchor {
            return None;
        }
        let anchor = Anchor::decode(self.leaf.payload.as_slice()).ok()?;
        let succession = anchor.succession?;
        let origin = Origin::new(&succession.registry, LedgerName::Events).ok()?;
        Some((succession.carried, origin))
    }

    /// The event of a governance record.
    fn governance(&self) -> Option<Body> {
        if self.envelope.kind != Kind::Governance || self.leaf.payload.is_empty() {
            return None;
        }
        Event::decode(self.leaf.payload.as_slice()).ok()?.body
    }

    /// The governance key, if the record founds a registry.
    fn founding_key(&self) -> Option<AuthorKey> {
        let Body::RegistryFounded(founding) = self.governance()? else {
            return None;
        };
        let key: [u8; 32] = founding.governance_key.as_slice().try_into().ok()?;
        AuthorKey::from_bytes(&key).ok()
    }

    /// The key that the record enrols, if it enrols one.
    fn enrolment(&self) -> Option<Enrolled> {
        let Body::KeyEnrolled(terms) = self.governance()? else {
            return None;
        };
        let key: [u8; 32] = terms.public_key.as_slice().try_into().ok()?;
        Some(Enrolled {
            key: AuthorKey::from_bytes(&key).ok()?,
            at: self.envelope.position,
            terms,
        })
    }
}
