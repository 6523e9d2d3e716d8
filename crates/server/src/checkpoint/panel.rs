//! Who has cosigned what: the witnesses of the policy, whom to ask next, and when a checkpoint has its quorum.
//!
//! Nothing is sent, waited for or written here, and no clock is read: the thread that signs carries the questions to
//! the witnesses and the answers back.
//!
//! All witnesses are asked about one checkpoint at a time, the *candidate* of its ledger, until their quorum has
//! cosigned it; the next candidate is then the newest signed checkpoint. Were each asked about the newest one, slow
//! witnesses would cosign different checkpoints under load, and none would ever have its quorum. Without a quorum the
//! candidate still moves on after [`CANDIDATE_AGE_MAX`], so that the witnesses that do answer remember how far the
//! log has come.
//!
//! A witness stops the log only with proof: a checkpoint that a key of this log signed, over more than was signed here
//! or of another history. Who merely claims to have seen such a thing gives no cosignature, and that is all: it is
//! reported, and the others make the quorum or do not.

use std::collections::BTreeMap;
use std::time::Instant;

use sabt_chain::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use sabt_chain::note::{SignatureLine, TrustedKeys, add_signatures};
use sabt_chain::policy::Policy;
use sabt_chain::{Hash, LedgerName, Size};
use sabt_proto::api::v1 as api;
use sabt_witness::client::WitnessError;

use super::member::Member;
use super::witnesses::{Declined, compare};
use super::{CheckpointError, Published};
use crate::limits::{
    CANDIDATE_AGE_MAX, QUORUM_MISSING_MAX, WITNESS_CONFLICTS_MAX, WITNESS_PAUSE_FIRST,
};

/// Which witness of the policy, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WitnessIndex(pub(crate) usize);

/// What a witness is to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) witness: WitnessIndex,
    pub(crate) ledger: LedgerName,
    /// What it is thought to remember; the proof starts from there.
    pub(crate) old: Size,
    pub(crate) checkpoint: Checkpoint,
}

/// The witnesses of a policy, and how far they have come.
pub(crate) struct Panel {
    /// Without a policy a checkpoint is published when it is signed.
    policy: Option<Policy>,
    members: Vec<Member>,
    rounds: [Round; 2],
}

/// One ledger.
struct Round {
    newest: Option<Candidate>,
    candidate: Option<Candidate>,
    /// When the candidate was taken up.
    since: Instant,
    lines: BTreeMap<WitnessIndex, SignatureLine>,
    /// The newest checkpoint that had its quorum, when another is the candidate: later cosignatures still count.
    witnessed: Option<(Candidate, BTreeMap<WitnessIndex, SignatureLine>)>,
    /// How many records the newest published checkpoint covers.
    shown: Option<Size>,
    /// Since when a signed checkpoint waits for its quorum, and whether that was complained of.
    waiting: Option<(Instant, bool)>,
}

#[derive(Clone)]
struct Candidate {
    signed: Published,
    checkpoint: Checkpoint,
}

impl Panel {
    /// The panel of a policy.
    pub(crate) fn new(policy: Option<Policy>, now: Instant) -> Self {
        let members = policy.iter().flat_map(Policy::witnesses);
        let members = members.map(|witness| Member::new(witness, now)).collect();
        let round = || Round {
            newest: None,
            candidate: None,
            since: now,
            lines: BTreeMap::new(),
            witnessed: None,
            shown: None,
            waiting: None,
        };
        Self {
            policy,
            members,
            rounds: [round(), round()],
        }
    }

    /// Whether a checkpoint waits for cosignatures before it is published.
    pub(crate) fn needs_cosignatures(&self) -> bool {
        let policy = self.policy.as_ref();
        policy.is_some_and(Policy::needs_cosignatures)
    }

    /// Takes over a checkpoint published earlier: what its cosigners remember. Whether it has its quorum; `None` if it is
    /// no checkpoint of these keys, or a cosignature in it does not verify.
    pub(crate) fn resume(
        &mut self,
        ledger: LedgerName,
        published: &Published,
        trusted: &TrustedKeys,
    ) -> Option<bool> {
        let round = &mut self.rounds[ledger.index()];
        let Some(policy) = &self.policy else {
            round.shown = Some(published.size);
            return Some(true);
        };
        let checkpoint = UnverifiedCheckpoint::parse(published.note.as_bytes()).ok()?;
        let evaluation = policy.evaluate(&checkpoint.verify(trusted).ok()?).ok()?;
        if evaluation.has_quorum() {
            round.shown = Some(published.size);
        }
        for (name, _) in evaluation.cosigners() {
            for member in self
                .members
                .iter_mut()
                .filter(|member| member.name == *name)
            {
                member.known[ledger.index()] = published.size;
                member.cosigned[ledger.index()] = published.size;
            }
        }
        Some(evaluation.has_quorum())
    }

    /// Takes note of a checkpoint that stands in the lock.
    ///
    /// # Errors
    /// [`CheckpointError::Sign`] if the note is not signed by these keys.
    pub(crate) fn signed(
        &mut self,
        ledger: LedgerName,
        signed: &Published,
        trusted: &TrustedKeys,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        let round = &mut self.rounds[ledger.index()];
        let is_known = |newest: &Candidate| newest.signed == *signed;
        if round.newest.as_ref().is_some_and(is_known) {
            return Ok(());
        }
        let checkpoint = UnverifiedCheckpoint::parse(signed.note.as_bytes())?.verify(trusted)?;
        round.newest = Some(Candidate {
            signed: signed.clone(),
            checkpoint,
        });
        if round.waiting.is_none() && round.shown < Some(signed.size) {
            round.waiting = Some((now, false));
        }
        Ok(())
    }

    /// What is to be published of a ledger, with the cosignatures of its witnesses in the order of the policy: the
    /// newest checkpoint that has its quorum.
    ///
    /// # Errors
    /// [`CheckpointError::Cosignatures`].
    pub(crate) fn ready(&self, ledger: LedgerName) -> Result<Option<Published>, CheckpointError> {
        let round = &self.rounds[ledger.index()];
        let witnessed = round.witnessed.as_ref();
        let (candidate, lines) = match &round.candidate {
            Some(candidate) if self.is_quorum(&round.lines) => (candidate, &round.lines),
            Some(_) | None => match witnessed {
                Some((candidate, lines)) => (candidate, lines),
                None => return Ok(None),
            },
        };
        let lines: Vec<SignatureLine> = lines.values().cloned().collect();
        let note = add_signatures(&candidate.signed.note, &lines)
            .map_err(|source| CheckpointError::Cosignatures { source })?;
        Ok(Some(Published {
            note: note.into(),
            ..candidate.signed.clone()
        }))
    }

    /// Moves each ledger on to its next candidate where the time has come; `at_once`: whether the present one has its
    /// quorum or not. To be called when what is ready has been published.
    pub(crate) fn turn(&mut self, now: Instant, at_once: bool) {
        for ledger in LedgerName::ALL {
            let quorum = self.is_quorum(&self.rounds[ledger.index()].lines);
            let overtaken = |size: Size| {
                let known = |member: &Member| size < member.known[ledger.index()];
                self.members.iter().any(known)
            };
            let round = &self.rounds[ledger.index()];
            let Some(newest) = round.newest.clone() else {
                continue;
            };
            let moves_on = match &round.candidate {
                None => true,
                Some(candidate) if candidate.signed == newest.signed => false,
                Some(candidate) => {
                    quorum
                        || at_once
                        || CANDIDATE_AGE_MAX <= now.saturating_duration_since(round.since)
                        || overtaken(candidate.signed.size)
                }
            };
            if !moves_on {
                continue;
            }
            let round = &mut self.rounds[ledger.index()];
            let lines = std::mem::take(&mut round.lines);
            if let Some(candidate) = round.candidate.take()
                && quorum
            {
                round.witnessed = Some((candidate, lines));
            }
            round.candidate = Some(newest);
            round.since = now;
        }
    }

    /// Whom to ask now. Each witness is asked one question at a time; the questions count as asked from here on.
    pub(crate) fn questions(&mut self, now: Instant) -> Vec<Question> {
        let mut questions = Vec::new();
        for (place, member) in self.members.iter_mut().enumerate() {
            if member.busy || !member.reachable || now < member.rested {
                continue;
            }
            let witness = WitnessIndex(place);
            let open = LedgerName::ALL.into_iter().find_map(|ledger| {
                let round = &self.rounds[ledger.index()];
                let candidate = round.candidate.as_ref()?;
                let size = candidate.signed.size;
                // The empty tree is nothing to witness: every tree continues it.
                let asks = size != Size::EMPTY
                    && !round.lines.contains_key(&witness)
                    && member.known[ledger.index()] <= size;
                asks.then(|| (ledger, candidate.checkpoint.clone()))
            });
            if let Some((ledger, checkpoint)) = open {
                member.busy = true;
                let old = member.known[ledger.index()];
                questions.push(Question {
                    witness,
                    ledger,
                    old,
                    checkpoint,
                });
            }
        }
        questions
    }

    /// Takes back a question that could not be asked yet.
    pub(crate) fn postpone(&mut self, question: &Question, now: Instant) {
        let member = &mut self.members[question.witness.0];
        member.busy = false;
        member.rested = now + WITNESS_PAUSE_FIRST;
    }

    /// Takes what a witness answered to a question. `root_at` gives the root that the ledger's own tree has at a size,
    /// or `None` while that is not known.
    ///
    /// # Errors
    /// [`CheckpointError::WitnessAhead`] and [`CheckpointError::WitnessFork`], if a witness shows that a key of this log
    /// signed more than was signed here, or another history: this may be an older copy. What `root_at` says.
    pub(crate) fn answer(
        &mut self,
        question: &Question,
        answer: Result<SignatureLine, Declined>,
        root_at: &dyn Fn(Size) -> Result<Option<Hash>, CheckpointError>,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        let (ledger, at) = (question.ledger, question.ledger.index());
        let member = &mut self.members[question.witness.0];
        member.busy = false;
        let Declined { error, shown } = match answer {
            Ok(line) => {
                member.cosigned(ledger, question.checkpoint.size());
                self.rounds[at].cosigned(question, &line);
                return Ok(());
            }
            Err(declined) => declined,
        };
        let newest = self.rounds[at].newest.as_ref();
        let signed = newest.map_or(Size::EMPTY, |newest| newest.signed.size);
        let mut seen = None;
        if let Some(shown) = shown
            && compare(&member.name, ledger, signed, &shown.checkpoint, root_at)?
        {
            seen = Some(shown.checkpoint.size());
        }
        let asked = question.checkpoint.size();
        if let WitnessError::Conflict { size } = error
            && size != question.old
            // It was never shown more than it is asked about now: of more it has to give proof.
            && (size <= asked || seen == Some(size))
            && member.conflicts < WITNESS_CONFLICTS_MAX
        {
            member.conflicts += 1;
            member.known[at] = size;
        } else if let WitnessError::Conflict { size } = error
            && asked < size
            && seen != Some(size)
        {
            member.claimed_more(size, now);
        } else if let WitnessError::Fork { text } = &error {
            member.claimed_fork(text, now);
        } else {
            member.failed(&error, now);
        }
        Ok(())
    }

    /// Takes note of what was published: what waits no longer.
    pub(crate) fn published(&mut self, ledger: LedgerName, published: &Published, now: Instant) {
        let round = &mut self.rounds[ledger.index()];
        let newest = round.newest.as_ref().map(|newest| newest.signed.size);
        if let Some((_, true)) = round.waiting {
            let ledger = ledger.as_str();
            tracing::info!(ledger, size = %published.size, "the witnesses have their quorum again");
        }
        let waits = newest.is_some_and(|newest| published.size < newest);
        round.shown = Some(published.size);
        round.waiting = waits.then_some((now, false));
    }

    /// Says so, once, when a signed checkpoint has waited too long for its quorum.
    pub(crate) fn complain(&mut self, now: Instant) {
        if !self.needs_cosignatures() {
            return;
        }
        for ledger in LedgerName::ALL {
            let round = &mut self.rounds[ledger.index()];
            let Some((since, complained @ false)) = &mut round.waiting else {
                continue;
            };
            let waited = now.saturating_duration_since(*since);
            let is_empty = |newest: &Candidate| newest.signed.size == Size::EMPTY;
            if waited < QUORUM_MISSING_MAX || round.newest.as_ref().is_some_and(is_empty) {
                continue;
            }
            *complained = true;
            let missing: Vec<String> = self
                .members
                .iter()
                .enumerate()
                .filter(|(place, _)| !round.lines.contains_key(&WitnessIndex(*place)))
                .map(|(_, member)| member.name.to_string())
                .collect();
            tracing::warn!(
                ledger = ledger.as_str(),
                missing = missing.join(", "),
                seconds = waited.as_secs(),
                "no checkpoint is published: the witnesses have no quorum"
            );
        }
    }

    /// How the witnesses stand with a ledger.
    pub(crate) fn status(&self, ledger: LedgerName) -> Vec<api::WitnessStatus> {
        let members = self.members.iter().map(|member| api::WitnessStatus {
            name: member.name.to_string(),
            cosigned: member.cosigned[ledger.index()].get(),
            problem: member.problem.clone(),
        });
        members.collect()
    }

    fn is_quorum(&self, lines: &BTreeMap<WitnessIndex, SignatureLine>) -> bool {
        let Some(policy) = &self.policy else {
            return true;
        };
        let cosigners = lines
            .keys()
            .filter_map(|witness| self.members.get(witness.0));
        policy.is_quorum(cosigners.map(|member| &member.name))
    }
}

impl Round {
    fn cosigned(&mut self, question: &Question, line: &SignatureLine) {
        let same = |candidate: &Candidate| candidate.checkpoint == question.checkpoint;
        if self.candidate.as_ref().is_some_and(same) {
            self.lines.insert(question.witness, line.clone());
        } else if let Some((witnessed, lines)) = &mut self.witnessed
            && same(witnessed)
        {
            lines.insert(question.witness, line.clone());
        }
    }
}
