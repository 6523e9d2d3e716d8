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

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sabt_chain::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use sabt_chain::note::{SignatureLine, TrustedKeys, add_signatures};
use sabt_chain::policy::{Policy, PolicyName};
use sabt_chain::{LedgerName, Size};
use sabt_proto::api::v1 as api;
use sabt_witness::client::WitnessError;

use super::{CheckpointError, Published, index};
use crate::limits::{
    CANDIDATE_AGE_MAX, QUORUM_MISSING_MAX, WITNESS_CONFLICTS_MAX, WITNESS_PAUSE_FIRST,
    WITNESS_PAUSE_MAX,
};

/// The ledgers, in the order in which witnesses are asked about them.
const LEDGERS: [LedgerName; 2] = [LedgerName::Events, LedgerName::Disclosures];

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

/// One witness.
struct Member {
    name: PolicyName,
    /// Whether it is being asked.
    busy: bool,
    /// Not asked before.
    rested: Instant,
    /// Failures in a row.
    failures: u32,
    /// Conflicts in a row, over one ledger.
    conflicts: u32,
    /// What stands between it and a cosignature.
    problem: String,
    /// What it is thought to remember of each ledger.
    known: [Size; 2],
    /// What its newest cosignatures cover.
    cosigned: [Size; 2],
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
        let members = members.map(|witness| Member {
            name: witness.name().clone(),
            busy: false,
            rested: now,
            failures: 0,
            conflicts: 0,
            problem: match witness.url() {
                Some(_) => String::new(),
                None => "the policy names no URL for it".to_owned(),
            },
            known: [Size::EMPTY; 2],
            cosigned: [Size::EMPTY; 2],
        });
        let members = members.collect();
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
        let round = &mut self.rounds[index(ledger)];
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
                member.known[index(ledger)] = published.size;
                member.cosigned[index(ledger)] = published.size;
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
        let round = &mut self.rounds[index(ledger)];
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
        let round = &self.rounds[index(ledger)];
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
        for ledger in LEDGERS {
            let quorum = self.is_quorum(&self.rounds[index(ledger)].lines);
            let overtaken = |size: Size| {
                let known = |member: &Member| size < member.known[index(ledger)];
                self.members.iter().any(known)
            };
            let round = &self.rounds[index(ledger)];
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
            let round = &mut self.rounds[index(ledger)];
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
        let reachable: Vec<bool> = match &self.policy {
            Some(policy) => policy.witnesses().map(|one| one.url().is_some()).collect(),
            None => Vec::new(),
        };
        for ((place, member), reachable) in self.members.iter_mut().enumerate().zip(reachable) {
            if member.busy || !reachable || now < member.rested {
                continue;
            }
            let witness = WitnessIndex(place);
            let open = LEDGERS.into_iter().find_map(|ledger| {
                let round = &self.rounds[index(ledger)];
                let candidate = round.candidate.as_ref()?;
                let size = candidate.signed.size;
                // The empty tree is nothing to witness: every tree continues it.
                let asks = size != Size::EMPTY
                    && !round.lines.contains_key(&witness)
                    && member.known[index(ledger)] <= size;
                asks.then(|| (ledger, candidate.checkpoint.clone()))
            });
            if let Some((ledger, checkpoint)) = open {
                member.busy = true;
                let old = member.known[index(ledger)];
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

    /// Takes what a witness answered to a question.
    ///
    /// # Errors
    /// [`CheckpointError::WitnessAhead`] and [`CheckpointError::WitnessFork`], if a witness has seen more than was
    /// signed here, or another history: this may be an older copy.
    pub(crate) fn answer(
        &mut self,
        question: &Question,
        answer: Result<SignatureLine, WitnessError>,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        let (ledger, at) = (question.ledger, index(question.ledger));
        let signed = self.rounds[at]
            .newest
            .as_ref()
            .map(|newest| newest.signed.size);
        let signed = signed.unwrap_or(Size::EMPTY);
        let member = &mut self.members[question.witness.0];
        member.busy = false;
        match answer {
            Ok(line) => {
                let size = question.checkpoint.size();
                member.cosigned(ledger, size);
                self.rounds[at].cosigned(question, &line);
                Ok(())
            }
            Err(WitnessError::Conflict { size }) if signed < size => {
                Err(CheckpointError::WitnessAhead {
                    witness: member.name.to_string(),
                    ledger,
                    seen: size,
                    signed,
                })
            }
            Err(WitnessError::Fork { text }) => Err(CheckpointError::WitnessFork {
                witness: member.name.to_string(),
                ledger,
                size: question.old.min(question.checkpoint.size()),
                text,
            }),
            Err(WitnessError::Conflict { size })
                if size != question.old && member.conflicts < WITNESS_CONFLICTS_MAX =>
            {
                member.conflicts += 1;
                member.known[at] = size;
                Ok(())
            }
            Err(err) => {
                member.failed(&err, now);
                Ok(())
            }
        }
    }

    /// Takes note of what was published: what waits no longer.
    pub(crate) fn published(&mut self, ledger: LedgerName, published: &Published, now: Instant) {
        let round = &mut self.rounds[index(ledger)];
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
        for ledger in LEDGERS {
            let round = &mut self.rounds[index(ledger)];
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
            cosigned: member.cosigned[index(ledger)].get(),
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

impl Member {
    fn cosigned(&mut self, ledger: LedgerName, size: Size) {
        (self.failures, self.conflicts) = (0, 0);
        self.problem.clear();
        self.known[index(ledger)] = size;
        self.cosigned[index(ledger)] = self.cosigned[index(ledger)].max(size);
        metrics::gauge!(
            "sabt_witness_cosigned",
            "witness" => self.name.to_string(),
            "ledger" => ledger.as_str()
        )
        .set(super::count(size.get()));
    }

    /// Lets the witness rest, the longer the more often it failed.
    fn failed(&mut self, err: &WitnessError, now: Instant) {
        let asked_for = if let WitnessError::Busy { retry_after, .. } = err {
            retry_after.unwrap_or_default()
        } else {
            Duration::ZERO
        };
        let pause = WITNESS_PAUSE_FIRST
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.rested = now + pause.max(asked_for).min(WITNESS_PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        self.conflicts = 0;
        let problem = err.to_string();
        if self.problem != problem {
            tracing::warn!(witness = %self.name, problem, "a witness gives no cosignature");
        }
        self.problem = problem;
        metrics::counter!(
            "sabt_witness_failures_total",
            "witness" => self.name.to_string(),
            "kind" => kind(err)
        )
        .increment(1);
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

/// A failure as the label of a metric.
const fn kind(err: &WitnessError) -> &'static str {
    match err {
        WitnessError::Conflict { .. } | WitnessError::ConflictUnsized { .. } => "conflict",
        WitnessError::Fork { .. } => "fork",
        WitnessError::UnknownLog => "unknown_log",
        WitnessError::Busy { .. } => "busy",
        WitnessError::TooLarge | WitnessError::Refused { .. } => "refused",
        WitnessError::Transport(_) => "transport",
        WitnessError::AnswerTooLarge { .. } | WitnessError::Lines(_) => "malformed",
        WitnessError::BadSignature(_)
        | WitnessError::NoCosignature { .. }
        | WitnessError::Checkpoint(_)
        | WitnessError::Origin { .. } => "signature",
    }
}
