//! One ledger, checked in order. What needs no order was computed before, on all cores.

mod damage;
mod remembered;
mod segments;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use sabt_chain::frame::FrameHeader;
use sabt_chain::verify::{FaultClass as RuleClass, Finding as RuleFinding, LedgerVerifier};
use sabt_chain::{Chain, Epoch, LedgerName, LedgerState, Link, Position, Size, Timestamp};

use crate::act_ids::ScratchError;
use crate::content::{Content, ContentEnd};
use crate::examine::{Batch, Record, examine_raw};
use crate::fault::{Fault, Finding, Place};
use crate::faults::{Faults, Suspended};
use crate::head::HeadOutcome;
use crate::mutant::{Check, removed};
use crate::roots::Roots;
use crate::signatures::Claim;
use crate::source::Piece;
use crate::survey::Survey;
use crate::suspect::Suspect;
use crate::trust::TrustedLogs;
use crate::walk::FrameRun;
use crate::waypoints::{Waypoint, Waypoints};
use crate::work::Part;
use remembered::Resumption;
use segments::OpenSegment;

/// Checks one ledger.
pub(crate) struct LedgerCheck {
    ledger: LedgerName,
    chain: Chain,
    verifier: LedgerVerifier,
    /// Highest epoch so far.
    epoch: Epoch,
    /// The position that comes next. The verifier's own state counts records instead, which differs after a gap.
    next: Position,
    /// Whether the tree stands over all records before `next`.
    tree_known: bool,
    /// Whether records were just lost to damage already reported, so that a gap is no news.
    lost: bool,
    /// The record before, if it stood directly before `next`.
    before: Option<(Position, Option<Place>)>,
    suspect: Option<Suspect>,
    suspended: Vec<Suspended>,
    segment: Option<OpenSegment>,
    content: Content,
    roots: Roots,
    faults: Faults,
    tally: Tally,
    waypoints: Waypoints,
    /// Where it went on from, if anything was remembered.
    resumption: Option<Resumption>,
    /// How many records the checkpoint states.
    stated: Option<Size>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Records.
    pub(crate) records: u64,
    /// Frames; 0 if the records came without.
    pub(crate) frames: u64,
    /// Segment files; 0 if the records came without.
    pub(crate) segments: u64,
    /// Bytes of envelopes, and of the payloads that the source serves.
    pub(crate) bytes: u64,
    /// Records whose payload the source does not serve, so that it was not compared with its digest.
    pub(crate) payloads_unread: u64,
    /// Whether anything could not be read as it stands, or records are missing.
    pub(crate) damaged: bool,
    /// Authors' signatures verified.
    pub(crate) signatures: u64,
    /// When the first record was recorded.
    pub(crate) first_recorded_at: Option<Timestamp>,
}

/// What a ledger leaves behind.
pub(crate) struct LedgerEnd {
    /// Everything that is wrong.
    pub(crate) faults: Faults,
    /// What was read.
    pub(crate) tally: Tally,
    /// Where the chain and the tree end.
    pub(crate) state: LedgerState,
    /// Whether the tree stands over all records.
    pub(crate) tree_known: bool,
    /// How many records there are, lost ones counted.
    pub(crate) found: Size,
    /// How many of them were verified before and not read again.
    pub(crate) remembered: Size,
    /// How the tree compared with the checkpoints, in order of their index.
    pub(crate) heads: Vec<HeadOutcome>,
    /// What the content leaves behind.
    pub(crate) content: ContentEnd,
    /// From where the tree can be gone on with.
    pub(crate) waypoints: Waypoints,
}

/// Records have to be gone through one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Odd;

impl LedgerCheck {
    /// Of a ledger without records, which must have these `roots` at their sizes.
    pub(crate) fn new(
        ledger: LedgerName,
        trust: &TrustedLogs,
        roots: Roots,
        faults: Faults,
        scratch: Option<&Path>,
    ) -> Self {
        let chain = Chain::new(trust.origin(ledger));
        let mut check = Self {
            ledger,
            verifier: LedgerVerifier::new(chain.clone()),
            chain,
            epoch: Epoch::ZERO,
            next: Position::FIRST,
            tree_known: true,
            lost: false,
            before: None,
            suspect: None,
            suspended: Vec::new(),
            segment: None,
            content: Content::new(ledger, trust, scratch),
            roots,
            faults,
            tally: Tally::default(),
            waypoints: Waypoints::new(),
            resumption: None,
            stated: None,
        };
        check.compare_roots();
        check
    }

    /// Takes the next piece that was read, if it is one that needs no hashing.
    pub(crate) fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Segment(start) => self.begin_segment(&start),
            Piece::SegmentEnd { last } => self.end_segment(last),
            Piece::Stray { file } => {
                self.fault(None, Some(Place { file, offset: 0 }), Finding::StraySegment);
            }
            Piece::Damage(damage) => self.damage(&damage),
            Piece::Part(part) => self.part(&part),
            Piece::Finding { position, finding } => self.fault(position, None, finding),
            Piece::Lost => self.lose(),
        }
    }

    /// Takes the next records.
    pub(crate) fn batch(&mut self, mut batch: Batch) {
        self.drop_remembered(&mut batch);
        if let Some(header) = &batch.header {
            self.begin_frame(header, batch.place.as_ref(), batch.records.first());
        }
        for record in batch.records {
            self.record(&record, batch.place.as_ref());
        }
        if batch.header.is_some() {
            self.end_act();
        }
        if let Some((position, error)) = batch.malformed {
            self.fault(
                Some(position),
                batch.place,
                Finding::EnvelopeMalformed(error),
            );
            self.lose();
        }
    }

    /// Takes the next records all at once.
    ///
    /// # Errors
    /// [`Odd`] if they do not simply follow what was read before; nothing has changed then.
    pub(crate) fn survey(&mut self, survey: Survey, run: Option<&FrameRun>) -> Result<(), Odd> {
        let stretch = &survey.stretch;
        if self.is_remembered(stretch.end()) {
            let last = stretch.end().get().saturating_sub(1);
            let link = stretch.link();
            self.see_again(Position::new(last), link);
            return Ok(());
        }
        let file = run.map(|run| &run.file);
        let in_epoch = stretch
            .epochs()
            .is_none_or(|(first, _)| self.epoch <= first);
        let known = self.tree_known && !self.lost && self.suspect.is_none() && in_epoch;
        if !known || stretch.first() != self.next {
            return Err(Odd);
        }
        let before = self.verifier.state().clone();
        let (roots, faults) = (&mut self.roots, &mut self.faults);
        let extended = self.verifier.extend(stretch, &mut |tree, recorded_at| {
            if roots.is_due(tree.size()) {
                faults.extend(roots.compare(tree, Some(recorded_at)));
            }
        });
        if !extended {
            return Err(Odd);
        }
        self.waypoints.pass(|| Waypoint {
            tree: before.frontier,
            recorded_at: before.recorded_at,
            place: run.and_then(|run| Survey::place(file, run.offset)),
        });
        self.next = stretch.end();
        self.epoch = stretch.epochs().map_or(self.epoch, |(_, last)| last);
        self.before = stretch
            .end()
            .get()
            .checked_sub(1)
            .map(|last| (Position::new(last), Survey::place(file, survey.last_offset)));
        self.tally.frames += survey.frames;
        self.tally.records += stretch.count();
        self.tally.bytes += survey.bytes;
        self.tally.payloads_unread += survey.payloads_unread;
        self.tally
            .first_recorded_at
            .get_or_insert(stretch.first_recorded_at());
        let (ledger, faults) = (self.ledger, &mut self.faults);
        self.content
            .survey(survey, file, |position, place, finding| {
                faults.add(Fault::at(ledger, position, place, finding));
            });
        Ok(())
    }

    /// Takes records that were read and not computed, or are odd, one by one.
    pub(crate) fn part(&mut self, part: &Part) {
        match part {
            Part::Run(run) => self.run(run),
            Part::Raw(raw) => self.batch(examine_raw(&self.chain, raw)),
        }
    }

    /// Claims of authorship not handed out yet, if there are at least `least`.
    pub(crate) fn take_claims(&mut self, least: usize) -> Option<Vec<Claim>> {
        let claims = self.content.take_claims(least)?;
        self.tally.signatures += claims.len() as u64;
        Some(claims)
    }

    /// Takes claims whose signature is forged.
    pub(crate) fn forged(&mut self, claims: Vec<Claim>) {
        for Claim {
            position,
            place,
            authorship,
            ..
        } in claims
        {
            if removed(Check::Signature) {
                continue;
            }
            let finding = Finding::SignatureForged {
                key: authorship.key_id,
            };
            self.fault(Some(position), place, finding);
        }
    }

    /// How many records the checkpoint states, verified or not.
    pub(crate) const fn set_stated(&mut self, stated: Option<Size>) {
        self.stated = stated;
    }

    /// How many records the checkpoint states, verified or not.
    pub(crate) const fn stated(&self) -> Option<Size> {
        self.stated
    }

    /// The log keys trusted so far.
    pub(crate) const fn trust(&self) -> &TrustedLogs {
        self.content.trust()
    }

    /// How many records the chain and the tree stand over.
    pub(crate) const fn size(&self) -> Size {
        self.next.size_before()
    }

    /// The sizes at which the root of the tree is wanted.
    pub(crate) fn awaited_sizes(&self) -> Arc<[Size]> {
        self.roots.sizes()
    }

    /// Whether the tree stands over all records so far.
    pub(crate) const fn tree_is_known(&self) -> bool {
        self.tree_known
    }

    /// How many records were read.
    pub(crate) const fn records(&self) -> u64 {
        self.tally.records
    }

    /// Ends the ledger. What was left to the end is done on this many threads.
    ///
    /// # Errors
    /// [`ScratchError`], if act ids could not be compared for want of a temporary file.
    pub(crate) fn finish(mut self, threads: NonZeroUsize) -> Result<LedgerEnd, ScratchError> {
        self.end_act();
        self.settle_suspect();
        self.check_reached();
        let next = self.next;
        let found = next.size_before();
        if self.roots.is_awaited_beyond(found) {
            self.content.lost(next);
        }
        self.faults.extend(self.roots.finish(found));
        for position in self.content.take_act_ids().finish(threads)? {
            self.fault(Some(position), None, Finding::RepeatedAct);
        }
        // Of what was verified before, no payload was read again.
        let from = self
            .resumption
            .map_or(Position::FIRST, Resumption::position);
        let content = self
            .content
            .finish(|position| from <= position && position < next);
        for (position, place, finding) in &content.findings {
            let (place, finding) = (place.clone(), finding.clone());
            let fault = Fault::at(self.ledger, *position, place, finding);
            self.faults.add(fault);
        }
        for suspended in self.suspended {
            suspended.settle(&mut self.faults);
        }
        Ok(LedgerEnd {
            faults: self.faults,
            tally: self.tally,
            found,
            remembered: self.resumption.map_or(Size::EMPTY, Resumption::size),
            heads: self.roots.into_heads(),
            state: self.verifier.into_state(),
            tree_known: self.tree_known,
            content,
            waypoints: self.waypoints,
        })
    }

    fn fault(&mut self, position: Option<Position>, place: Option<Place>, finding: Finding) {
        self.faults.add(Fault {
            ledger: self.ledger,
            position,
            place,
            finding,
        });
    }

    fn begin_frame(&mut self, header: &FrameHeader, place: Option<&Place>, first: Option<&Record>) {
        self.tally.frames += 1;
        self.check_epoch(header.epoch(), place);
        // The envelope's own link is checked like any other; here, only whether the header is the odd one.
        let disagrees = first.is_some_and(|record| record.envelope.previous != header.previous());
        let unlike_before = header.previous() != self.verifier.state().link;
        if disagrees && (unlike_before || self.lost) {
            self.fault(
                Some(header.first_position()),
                place.cloned(),
                Finding::FrameLink,
            );
        }
    }

    fn check_epoch(&mut self, found: Epoch, place: Option<&Place>) {
        let before = self.epoch;
        if found < before {
            let finding = Finding::EpochWentBack { found, before };
            self.fault(Some(self.next), place.cloned(), finding);
        }
        self.epoch = before.max(found);
    }

    fn record(&mut self, record: &Record, place: Option<&Place>) {
        let envelope = &record.envelope;
        let position = envelope.position;
        let expected_link = self.verifier.state().link;
        let jumped = position != self.next;
        if jumped {
            self.jump(position, place.cloned());
        }
        let mut findings = Vec::new();
        self.verifier
            .record(&record.examined, &mut |finding| findings.push(finding));
        for finding in findings {
            if let Some((finding, place)) = rule_finding(&finding, record, place, jumped) {
                self.fault(Some(position), place, finding);
            }
        }
        if !jumped {
            self.check_link(record, place, expected_link);
        }
        for finding in self.content.accept(record, place) {
            self.fault(Some(position), place.cloned(), finding);
        }
        self.before = Some((position, place.cloned()));
        // No ledger reaches the last number there is.
        self.next = position.next().unwrap_or(position);
        self.tally.records += 1;
        self.tally.payloads_unread += u64::from(!record.payload_read);
        let payload_len = if record.payload_read {
            envelope.sealed_len
        } else {
            0
        };
        self.tally.bytes += envelope.encoded_len() as u64 + u64::from(payload_len);
        self.tally
            .first_recorded_at
            .get_or_insert(envelope.recorded_at);
        self.compare_roots();
    }

    /// Another position stands where `self.next` should.
    fn jump(&mut self, found: Position, place: Option<Place>) {
        let expected = self.next;
        let known = self.lost && expected < found;
        self.lose();
        self.lost = false;
        if !known && !removed(Check::Position) {
            let finding = if expected < found {
                Finding::Gap { found, expected }
            } else {
                Finding::OutOfOrder { found, expected }
            };
            self.fault(Some(expected.min(found)), place, finding);
        }
    }

    /// Records are lost: neither the chain nor the tree reaches across.
    fn lose(&mut self) {
        self.settle_suspect();
        self.content.lost(self.next);
        self.tally.damaged = true;
        self.tree_known = false;
        self.before = None;
        self.lost = true;
    }

    fn check_link(&mut self, record: &Record, place: Option<&Place>, expected: Link) {
        let previous = record.envelope.previous;
        let cleared = self.suspect.take().is_some_and(|suspect| {
            let own_link = suspect.is_cleared_by(previous);
            let (position, place, finding) = suspect.settle(own_link);
            self.fault(Some(position), place, finding);
            own_link
        });
        // After a loss, nothing is known about the record before.
        if previous != expected && !cleared && !self.lost {
            let before = self.before.take();
            self.suspect = Some(Suspect::new(
                &self.chain,
                &record.envelope,
                place,
                expected,
                before,
            ));
        }
        self.lost = false;
    }

    fn settle_suspect(&mut self) {
        if let Some(suspect) = self.suspect.take() {
            let (position, place, finding) = suspect.settle(false);
            self.fault(Some(position), place, finding);
        }
    }

    /// No act may be open here.
    fn end_act(&mut self) {
        let mut findings = Vec::new();
        self.verifier
            .end_frame(&mut |finding| findings.push(finding));
        for finding in findings {
            if let RuleFinding::Fault(fault) = finding
                && let RuleClass::Act(act) = fault.class
            {
                self.fault(Some(self.next), None, Finding::Act(act));
            }
        }
    }

    fn compare_roots(&mut self) {
        if self.tree_known && self.roots.is_due(self.next.size_before()) {
            let state = self.verifier.state();
            self.faults
                .extend(self.roots.compare(&state.frontier, state.recorded_at));
        }
    }
}

/// What a broken rule of the chain means here. Positions and links are judged by this module itself.
fn rule_finding(
    finding: &RuleFinding,
    record: &Record,
    place: Option<&Place>,
    jumped: bool,
) -> Option<(Finding, Option<Place>)> {
    let RuleFinding::Fault(fault) = finding else {
        return None;
    };
    match fault.class {
        RuleClass::Time { previous, found } if !jumped => {
            let micros = previous.as_micros().abs_diff(found.as_micros());
            Some((Finding::TimeWentBack { micros }, place.cloned()))
        }
        RuleClass::Act(act) if !jumped => Some((Finding::Act(act), place.cloned())),
        RuleClass::Payload => {
            let place = place.map(|place| Place {
                offset: record.payload_offset,
                ..place.clone()
            });
            Some((Finding::PayloadAltered, place))
        }
        RuleClass::Time { .. }
        | RuleClass::Act(_)
        | RuleClass::Frame(_)
        | RuleClass::Segment(_)
        | RuleClass::Epoch { .. }
        | RuleClass::FrameLink { .. }
        | RuleClass::Position { .. }
        | RuleClass::Link { .. } => None,
    }
}
