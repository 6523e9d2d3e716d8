//! What records say, as far as an auditor may read it: kinds, authors, governance, erasures, anchors, act ids.

mod remembered;

use std::path::Path;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::authorship::{ERASURE_NONCE, Nonce};
use sabt_chain::frame::PayloadState;
use sabt_chain::{Authorship, Kind, LedgerName, Origin, Position, Size};
use sabt_proto::event::v1::Anchor;

use crate::act_ids::ActIds;
use crate::approvals;
use crate::authors::{Authors, GovernanceRecord, revokes_grant_of};
use crate::erasures::Erasures;
use crate::examine::Record;
use crate::fault::{AnchorFault, Finding, GovernanceFault, KindName, Place};
use crate::report::KindCounts;
use crate::roots::AnchoredRoot;
use crate::signatures::Claim;
use crate::succession::{Succession, Successions};
use crate::survey::{Special, Survey, Unchecked};
use crate::trust::TrustedLogs;

/// The content of one ledger, read in order.
pub(crate) struct Content {
    ledger: LedgerName,
    /// The keys trusted so far: rotations add to them.
    trust: TrustedLogs,
    authors: Authors,
    /// The ledgers that this one succeeds.
    successions: Successions,
    erasures: Erasures,
    act_ids: ActIds,
    anchors: Vec<AnchoredRoot>,
    claims: Vec<Claim>,
    kinds: KindCounts,
    /// How many acts, once all are there; before, how many are remembered.
    acts: u64,
    /// How many payloads are remembered to be destroyed, besides those not explained yet.
    erased: u64,
    /// How many records of the other ledger the last anchor covers.
    anchored: Size,
    /// The records that decide who may sign, if they are to be remembered.
    decisive: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

/// What the content leaves behind at the end of its ledger.
pub(crate) struct ContentEnd {
    /// Erasures without record, records without erasure.
    pub(crate) findings: Vec<(Position, Option<Place>, Finding)>,
    /// Roots of the other ledger that this one anchors.
    pub(crate) anchors: Vec<AnchoredRoot>,
    /// How many records of each kind there are.
    pub(crate) kinds: KindCounts,
    /// How many acts.
    pub(crate) acts: u64,
    /// How many payloads were destroyed.
    pub(crate) erased: u64,
    /// The authors enrolled.
    pub(crate) authors: Authors,
    /// The ledgers that this one succeeds.
    pub(crate) successions: Successions,
    /// The log keys trusted in the end.
    pub(crate) trust: TrustedLogs,
}

impl Content {
    /// Of a ledger without records.
    pub(crate) fn new(ledger: LedgerName, trust: &TrustedLogs, scratch: Option<&Path>) -> Self {
        Self {
            ledger,
            trust: trust.clone(),
            authors: Authors::default(),
            successions: Successions::default(),
            erasures: Erasures::default(),
            act_ids: ActIds::new(scratch),
            anchors: Vec::new(),
            claims: Vec::new(),
            kinds: KindCounts::default(),
            acts: 0,
            erased: 0,
            anchored: Size::EMPTY,
            decisive: None,
        }
    }

    /// Takes the next record and returns what is wrong with it.
    pub(crate) fn accept(&mut self, record: &Record, place: Option<&Place>) -> Vec<Finding> {
        let envelope = &record.envelope;
        let (position, kind) = (envelope.position, envelope.kind);
        let mut findings = Vec::new();
        self.kinds.count(kind);
        self.keep_decisive(record);
        if envelope.part.is_first() {
            self.act_ids.add(envelope.act_id, position);
        }
        if kind.is_clear() {
            self.erasures.clear(position);
        }
        if kind == Kind::Event && !record.payload_read {
            self.erasures.unread();
        }
        self.payload(record, place, &mut findings);
        if kind == Kind::Anchor {
            findings.extend(self.succeed(record));
        }
        match (self.ledger, kind) {
            (LedgerName::Disclosures, Kind::Governance) => {
                findings.push(Finding::KindOutOfPlace(KindName(kind)));
            }
            // Who looked stays until its month ends; no order names a disclosure, so what this one names is not explained.
            (LedgerName::Disclosures, Kind::Erasure) => {
                findings.push(Finding::KindOutOfPlace(KindName(kind)));
                return findings;
            }
            (LedgerName::Events, Kind::Governance) => {
                self.governance(record, place, &mut findings);
                return findings;
            }
            (LedgerName::Events, Kind::Event | Kind::Erasure | Kind::Anchor) => {
                if position == Position::FIRST && self.successions.is_empty() {
                    findings.push(Finding::Governance(GovernanceFault::NotFounded));
                }
            }
            (LedgerName::Disclosures, Kind::Event | Kind::Anchor) => {}
        }
        self.authorship(record, place, &mut findings);
        match (kind, record.clear.as_deref()) {
            (Kind::Erasure, Some(payload)) => self.erasure(record, payload, &mut findings),
            (Kind::Erasure, None) => self.erasures.unreadable(position),
            (Kind::Anchor, Some(payload)) => self.anchor(position, place, payload, &mut findings),
            (Kind::Event | Kind::Governance | Kind::Anchor, _) => {}
        }
        findings
    }

    /// Takes the records of a survey, which stand in `file`; `found` is called with what is wrong with them.
    pub(crate) fn survey(
        &mut self,
        survey: Survey,
        file: Option<&Arc<str>>,
        mut found: impl FnMut(Position, Option<Place>, Finding),
    ) {
        self.kinds.events += survey.events;
        if survey.payloads_unread != 0 {
            self.erasures.unread();
        }
        for (act_id, position) in survey.acts {
            self.act_ids.add(act_id, position);
        }
        let mut claims = survey.claims.into_iter().peekable();
        for Special { record, offset } in survey.specials {
            let position = record.envelope.position;
            // A governance record decides which keys are in force after it, not before.
            while let Some(claim) = claims.next_if(|claim| claim.position < position) {
                self.unchecked(&claim, file, &mut found);
            }
            let place = Survey::place(file, offset);
            for finding in self.accept(&record, place.as_ref()) {
                found(position, place.clone(), finding);
            }
        }
        for claim in claims {
            self.unchecked(&claim, file, &mut found);
        }
    }

    /// Looks up the key of an ordinary event.
    fn unchecked(
        &mut self,
        claim: &Unchecked,
        file: Option<&Arc<str>>,
        found: &mut impl FnMut(Position, Option<Place>, Finding),
    ) {
        let Unchecked {
            position,
            offset,
            act_id,
            recorded_at,
            authorship,
        } = *claim;
        let place = Survey::place(file, offset);
        match self
            .authors
            .key_in_force(authorship.key_id, Kind::Event, None, recorded_at)
        {
            Err(finding) => found(position, place, finding),
            Ok(key) => {
                let signed_for = self.successions.of(position).map(Succession::events_origin);
                let signed_for = signed_for.cloned();
                self.claims.push(Claim {
                    position,
                    place,
                    key,
                    act_id,
                    signed_for,
                    authorship,
                });
            }
        }
    }

    /// The log keys trusted so far.
    pub(crate) const fn trust(&self) -> &TrustedLogs {
        &self.trust
    }

    /// Whether all claims were handed out.
    pub(crate) const fn has_no_claims(&self) -> bool {
        self.claims.is_empty()
    }

    /// Takes the act ids away, to be compared; how many acts there are, is known before.
    pub(crate) fn take_act_ids(&mut self) -> ActIds {
        self.acts += self.act_ids.count();
        std::mem::replace(&mut self.act_ids, ActIds::new(None))
    }

    /// From `position` on, records are lost.
    pub(crate) fn lost(&mut self, position: Position) {
        self.erasures.unreadable(position);
    }

    /// The claims whose signature has not been handed out yet, if there are at least `least`.
    pub(crate) fn take_claims(&mut self, least: usize) -> Option<Vec<Claim>> {
        let enough = !self.claims.is_empty() && least <= self.claims.len();
        enough.then(|| std::mem::take(&mut self.claims))
    }

    /// Ends the ledger. `read` says whether the record at a position was read.
    pub(crate) fn finish(self, read: impl Fn(Position) -> bool) -> ContentEnd {
        ContentEnd {
            erased: self.erased + self.erasures.count(),
            findings: self.erasures.finish(read),
            anchors: self.anchors,
            kinds: self.kinds,
            acts: self.acts,
            authors: self.authors,
            successions: self.successions,
            trust: self.trust,
        }
    }

    /// A destroyed payload is lawful only where it was sealed. (An altered one is found by the rules of the chain.)
    fn payload(&mut self, record: &Record, place: Option<&Place>, findings: &mut Vec<Finding>) {
        let envelope = &record.envelope;
        match (record.examined.payload, envelope.kind) {
            (PayloadState::Intact | PayloadState::Altered, _) => {}
            (PayloadState::Erased, Kind::Event) => {
                let place = place.map(|place| Place {
                    offset: record.payload_offset,
                    ..place.clone()
                });
                self.erasures.destroyed(envelope.position, place);
            }
            (PayloadState::Erased, kind @ (Kind::Governance | Kind::Erasure | Kind::Anchor)) => {
                findings.push(Finding::ClearPayloadErased(KindName(kind)));
            }
        }
    }

    /// A governance record is signed by a key that was in force before it; only the founding brings its own key.
    fn governance(&mut self, record: &Record, place: Option<&Place>, findings: &mut Vec<Finding>) {
        self.authors.announce(record.clear.as_deref());
        let founded = self.authors.is_founded();
        if founded {
            self.authorship(record, place, findings);
        }
        if let Some(payload) = record.clear.as_deref() {
            let position = record.envelope.position;
            let carried = self.successions.of(position);
            let governance = GovernanceRecord {
                position: record.envelope.position,
                recorded_at: record.envelope.recorded_at,
                act_id: record.envelope.act_id,
                is_first_part: record.envelope.part.is_first(),
                commitment: record
                    .envelope
                    .authorship
                    .map(|authorship| authorship.commitment),
                carried_from: carried.map(Succession::registry),
                payload,
            };
            findings.extend(self.authors.accept(governance, &mut self.trust));
        }
        if !founded {
            self.authorship(record, place, findings);
        }
    }

    /// Authorship stands in the first part of every act of the events ledger, and nowhere else.
    fn authorship(&mut self, record: &Record, place: Option<&Place>, findings: &mut Vec<Finding>) {
        let envelope = &record.envelope;
        let kind = envelope.kind;
        let signed = match kind {
            Kind::Event | Kind::Governance | Kind::Erasure => self.ledger == LedgerName::Events,
            Kind::Anchor => false,
        };
        match (signed && envelope.part.is_first(), envelope.authorship) {
            (false, None) => {}
            (false, Some(_)) => findings.push(Finding::AuthorshipUnexpected(KindName(kind))),
            (true, None) => findings.push(Finding::AuthorshipMissing(KindName(kind))),
            (true, Some(authorship)) => match self.claim(record, place, authorship) {
                Ok(claim) => self.claims.push(claim),
                Err(finding) => findings.push(finding),
            },
        }
    }

    /// What an anchor says about a ledger that this one succeeds.
    fn succeed(&mut self, record: &Record) -> Option<Finding> {
        let anchor = Anchor::decode(record.clear.as_deref()?).ok()?;
        let position = record.envelope.position;
        let fault = self
            .successions
            .take(self.ledger, position, &anchor, &self.trust);
        fault.map(Finding::Succession)
    }

    fn claim(
        &self,
        record: &Record,
        place: Option<&Place>,
        authorship: Authorship,
    ) -> Result<Claim, Finding> {
        let envelope = &record.envelope;
        let governance = record
            .clear
            .as_deref()
            .filter(|_| envelope.kind == Kind::Governance);
        let revokes = governance.and_then(revokes_grant_of);
        let key = self.authors.key_in_force(
            authorship.key_id,
            envelope.kind,
            revokes.as_deref(),
            envelope.recorded_at,
        )?;
        Ok(Claim {
            position: envelope.position,
            place: place.cloned(),
            key,
            act_id: envelope.act_id,
            signed_for: self
                .successions
                .of(envelope.position)
                .map(Succession::events_origin)
                .cloned(),
            authorship,
        })
    }

    fn erasure(&mut self, record: &Record, payload: &[u8], findings: &mut Vec<Finding>) {
        let envelope = &record.envelope;
        let signed = envelope.authorship.map(|authorship| authorship.commitment);
        let stated = Nonce::from_bytes(ERASURE_NONCE).commit(payload);
        if signed.is_some_and(|signed| signed != stated) {
            findings.push(Finding::CommitmentDiffers);
        }
        let own = || Origin::new(self.trust.registry(), LedgerName::Events).ok();
        let signed_for = self.successions.of(envelope.position);
        let signed_for = signed_for.map(Succession::events_origin).cloned();
        if let Some(origin) = signed_for.or_else(own) {
            findings.extend(approvals::check(envelope, payload, &origin, &self.authors));
        }
        let shift = self.successions.shift(envelope.position);
        let faults = self.erasures.record(envelope.position, payload, shift);
        findings.extend(faults.into_iter().map(Finding::ErasureRecord));
    }

    fn anchor(
        &mut self,
        position: Position,
        place: Option<&Place>,
        payload: &[u8],
        findings: &mut Vec<Finding>,
    ) {
        let Ok(anchor) = Anchor::decode(payload) else {
            findings.push(Finding::Anchor(AnchorFault::Malformed));
            return;
        };
        // Looked at before everything else.
        if anchor.succession.is_some() {
            return;
        }
        // What it anchors is a ledger that is not here.
        if self.successions.of(position).is_some() {
            return;
        }
        match self
            .trust
            .checkpoint(self.ledger.other(), anchor.checkpoint.as_bytes())
        {
            Err(fault) => findings.push(Finding::Anchor(AnchorFault::Checkpoint(fault))),
            Ok(checkpoint) => {
                let (size, root) = (checkpoint.size(), checkpoint.root());
                let before = self.anchored;
                if size < before {
                    let fault = AnchorFault::WentBack {
                        anchored: size,
                        before,
                    };
                    findings.push(Finding::Anchor(fault));
                }
                self.anchored = size;
                self.anchors.push(AnchoredRoot {
                    size,
                    root,
                    position,
                    place: place.cloned(),
                    retired_at: self.trust.retired_at(self.ledger.other(), &checkpoint),
                });
            }
        }
    }
}
