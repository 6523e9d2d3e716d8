//! The one writer of the `events` ledger. [`Writer::commit`] is the way of every act; read it and you know
//! the system.

mod erase;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use sabt_chain::{Authorship, Kind, LedgerName, Part};
use sabt_domain::act::{Act, ActId, Allocation, SubjectId};
use sabt_domain::decide::{self, Decided, Facts, Need, RecordedAct, States};
use sabt_domain::event::{EventBody, Recorded};
use sabt_domain::fact::DocumentKey;
use sabt_domain::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, NumberError,
    PersonNumber, SiteNumber,
};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_vault::Vault;
use sabt_vault::numbers::{NumberKind, Numbering};
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_views::{LoadedAct, StateReader, Views, ViewsError};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use self::erase::ErasureReply;
pub(crate) use self::erase::VerifiedErasure;
use crate::fault::Fault;
use crate::folder::Folder;
use crate::ledger::{Appender, Draft, Placed, Sealing};
use crate::limits::{ACT_QUEUE_MAX, GROUP_ACTS_MAX, GROUP_BYTES_MAX, NEED_LIVES_MAX};
use crate::registry::Layout;

/// An act whose author's signature has been verified.
pub(crate) struct VerifiedAct {
    pub(crate) act: Act,
    /// The bytes that were signed, kept for ever.
    pub(crate) bytes: Vec<u8>,
    pub(crate) nonce: [u8; 32],
    pub(crate) authorship: Authorship,
}

enum Job {
    Act {
        act: Box<VerifiedAct>,
        reply: Reply,
    },
    /// An act that is decided, and not recorded.
    Check {
        act: Box<VerifiedAct>,
        reply: CheckReply,
    },
    /// A checkpoint of the disclosures ledger, to be anchored.
    Anchor(Vec<u8>),
    /// An order of erasure. It is carried out between two groups.
    Erase {
        erasure: Box<VerifiedErasure>,
        reply: ErasureReply,
    },
}

/// The way to the writer thread.
#[derive(Clone)]
pub(crate) struct Submitter {
    queue: mpsc::Sender<Job>,
}

impl Submitter {
    /// Submits an act; a receipt means that its records are durable. Refused at once if too many wait.
    pub(crate) async fn submit(&self, act: VerifiedAct) -> Result<api::Receipt, Refusal> {
        let (job, outcome) = Job::new(act);
        self.hand_over(job)?;
        outcome.wait().await
    }

    /// Has an act decided as if it were submitted. Nothing is recorded of it; refused at once if too many wait.
    pub(crate) async fn check(&self, act: VerifiedAct) -> Result<Checked, Refusal> {
        let (reply, checked) = oneshot::channel();
        let act = Box::new(act);
        self.hand_over(Job::Check { act, reply })?;
        let stopped = |_stopped| Refusal::new(Reason::NotWritable, FAULT_RULE);
        checked.await.map_err(stopped)?
    }

    /// Hands a job over, unless too many wait.
    fn hand_over(&self, job: Job) -> Result<(), Refusal> {
        self.queue.try_send(job).map_err(|err| match err {
            mpsc::error::TrySendError::Full(_) => {
                Refusal::new(Reason::QueueFull, QUEUE_RULE).with("queue_max", ACT_QUEUE_MAX)
            }
            mpsc::error::TrySendError::Closed(_) => Refusal::new(Reason::NotWritable, FAULT_RULE),
        })
    }

    /// Hands an act over in its place behind those handed over before, waiting while too many wait. A bulk
    /// stream so goes as fast as the writer, and its acts are decided in its order.
    pub(crate) async fn enqueue(&self, act: VerifiedAct) -> Result<Outcome, Refusal> {
        let (job, outcome) = Job::new(act);
        match self.queue.send(job).await {
            Ok(()) => Ok(outcome),
            Err(_closed) => Err(Refusal::new(Reason::NotWritable, FAULT_RULE)),
        }
    }

    /// The way for anchors of the disclosures ledger.
    pub(crate) fn anchorer(&self) -> EventAnchorer {
        EventAnchorer(self.queue.downgrade())
    }
}

/// The way to the writer thread for anchors of the disclosures ledger. It does not keep the thread running.
pub(crate) struct EventAnchorer(mpsc::WeakSender<Job>);

impl EventAnchorer {
    /// Hands an anchor over. Nobody is told whether it came to stand: who wants to know reads the ledger. A writer
    /// that is busy or has stopped does not take it.
    pub(crate) fn anchor(&self, payload: Vec<u8>) {
        let queue = self.0.upgrade();
        if queue.is_none_or(|queue| queue.try_send(Job::Anchor(payload)).is_err()) {
            tracing::debug!("the events ledger took no anchor");
        }
    }
}

impl Job {
    fn new(act: VerifiedAct) -> (Self, Outcome) {
        let (reply, outcome) = oneshot::channel();
        let act = Box::new(act);
        (Self::Act { act, reply }, Outcome(outcome))
    }
}

/// What will have become of an act.
pub(crate) struct Outcome(oneshot::Receiver<Result<api::Receipt, Refusal>>);

impl Outcome {
    /// Returns when the act is durable or refused.
    pub(crate) async fn wait(self) -> Result<api::Receipt, Refusal> {
        self.0.await.unwrap_or_else(|_stopped| {
            // The outcome is unknown: the act may stand. Sending it again tells, by its act id.
            Err(Refusal::new(Reason::NotWritable, FAULT_RULE)
                .with_message("The registry stopped before it could say whether the act stands.")
                .with_remedy("Send the same bytes again: the act id tells whether it stands."))
        })
    }
}

const QUEUE_RULE: &str = "design:limits ACT_QUEUE_MAX";
const FAULT_RULE: &str = "design:5.2";

/// What the writer works with.
pub(crate) struct Writer {
    pub(crate) appender: Appender,
    pub(crate) vault: Arc<Vault>,
    pub(crate) views: Arc<Views>,
    pub(crate) folder: Folder,
    pub(crate) fault: Arc<Fault>,
    pub(crate) layout: Layout,
}

/// Starts the writer thread. It ends when every [`Submitter`] is dropped, or on the first fault.
pub(crate) fn start(writer: Writer) -> std::io::Result<(Submitter, std::thread::JoinHandle<()>)> {
    let (queue, jobs) = mpsc::channel(ACT_QUEUE_MAX);
    let thread = std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || writer.run(jobs))?;
    Ok((Submitter { queue }, thread))
}

/// What one group commit has gathered so far.
struct Group {
    recorded_at: i64,
    /// States as the acts of this group have left them.
    states: States,
    ordinals: BTreeMap<SubjectId, SubjectOrdinal>,
    /// Documents that acts of this group have recorded.
    documents: BTreeMap<DocumentKey, BTreeSet<PersonNumber>>,
    /// Claims to asylum that acts of this group have lodged.
    claims: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    /// Biometric references that acts of the group recorded, by person.
    biometrics: BTreeMap<PersonNumber, BTreeSet<BiometricNumber>>,
    stays: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    /// Commitments of the acts of this group, to tell a repeated act from a reused id.
    commitments: BTreeMap<ActId, (Authorship, usize)>,
    drafts: Vec<Draft>,
    bytes: usize,
    accepted: Vec<Accepted>,
    replies: Vec<Waiting>,
    /// Highest ordinal of a person, household or case given out, by the ledger or by this group.
    highest: SubjectOrdinal,
    /// Highest ordinal of a claim to asylum given out.
    highest_claim: SubjectOrdinal,
}

/// A caller who waits for the sync.
struct Waiting {
    /// Which accepted act of the group.
    index: usize,
    /// Whether the act had been sent before in this group.
    repeated: bool,
    reply: Reply,
}

type Reply = oneshot::Sender<Result<api::Receipt, Refusal>>;

type CheckReply = oneshot::Sender<Result<Checked, Refusal>>;

/// What would be recorded of an act.
pub(crate) struct Checked {
    /// Whom it would be about, each once and without those whom it would bring into being: they are not there yet. Nobody if
    /// this very act is recorded already.
    pub(crate) subjects: BTreeSet<SubjectId>,
    /// Number of records.
    pub(crate) parts: u32,
    /// This very act is recorded already.
    pub(crate) recorded_before: bool,
}

struct Accepted {
    first_draft: usize,
    parts: usize,
    act_id: ActId,
    numbers: Vec<String>,
}

enum Verdict {
    New {
        decided: Vec<Decided>,
        ordinals: Vec<(SubjectId, SubjectOrdinal)>,
    },
    /// Recorded before this group.
    Recorded(api::Receipt),
    /// Accepted earlier in this group.
    InGroup(usize),
}

enum Stop {
    Refused(Refusal),
    Fault(Box<dyn Error + Send + Sync>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ViewsError> for Stop {
    fn from(err: ViewsError) -> Self {
        Self::Fault(Box::new(err))
    }
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut held = None;
        while let Some(first) = held.take().or_else(|| jobs.blocking_recv()) {
            let goes_on = !self.fault.is_latched()
                && match first {
                    Job::Erase { erasure, reply } => self.erase(&erasure, reply),
                    first @ (Job::Act { .. } | Job::Check { .. } | Job::Anchor(_)) => {
                        self.commit(first, &mut jobs, &mut held)
                    }
                };
            if !goes_on {
                // Callers who wait see their reply channel close: they are told nothing, which is the truth.
                return;
            }
        }
    }

    /// Takes what has queued while the last group was synced, decides it act by act, and writes it as one
    /// frame. Nobody waits for a group to fill: an idle writer takes one act, a busy one what there is.
    ///
    /// Crash before the append returns: nobody was told, and reopening finds the whole frame or none of it.
    /// Crash after it: the acts stand; a caller who asks again by act id gets the receipt. Crash while the
    /// views fold: they resume from their own position.
    ///
    /// An order of erasure ends the group and is `held` for the next turn.
    fn commit(
        &mut self,
        first: Job,
        jobs: &mut mpsc::Receiver<Job>,
        held: &mut Option<Job>,
    ) -> bool {
        metrics::gauge!("sabt_acts_waiting").set(gauge(jobs.len()));
        let mut group = self.begin();
        // Views stand still while a group is decided: this thread alone folds events, after the commit.
        let reader = match self.folder.states() {
            Ok(Some(reader)) => reader,
            Ok(None) => return true,
            Err(err) => return self.stop("reading the views", &err),
        };

        // 1. Decide each act against what the acts before it have left.
        let mut next = Some(first);
        let mut taken = 0_usize;
        while let Some(job) = next.take() {
            taken += 1;
            match job {
                Job::Act { act, reply } => {
                    if let Err(err) = self.answer(&mut group, &reader, &act, reply) {
                        return self.stop("reading the views", &*err);
                    }
                }
                Job::Check { act, reply } => {
                    if let Err(err) = self.check(&mut group, &reader, &act, reply) {
                        return self.stop("reading the views", &*err);
                    }
                }
                Job::Anchor(payload) => group.drafts.push(self.appender.anchor(payload)),
                erase @ Job::Erase { .. } => {
                    *held = Some(erase);
                    break;
                }
            }
            if taken < GROUP_ACTS_MAX && group.bytes < GROUP_BYTES_MAX {
                next = jobs.try_recv().ok();
            }
        }
        drop(reader);
        if group.drafts.is_empty() {
            return true;
        }

        // 2. Keys of new subjects are durable before the first record sealed with them is acknowledged.
        if let Err(err) = self.vault.ensure(group.highest) {
            return self.stop("providing keys", &err);
        }
        let lodged = group.highest_claim != self.views.marks().events.highest_claim;
        if lodged && let Err(err) = self.vault.ensure(group.highest_claim) {
            return self.stop("providing keys", &err);
        }

        // 3. Place, seal, link, append, sync.
        crate::crash::point("act.before_append");
        let placed = match self.appender.append(&group.drafts, group.recorded_at) {
            Ok(placed) => {
                self.fault.set_full(LedgerName::Events, false);
                placed
            }
            Err(err) if err.is_full() => {
                self.fault.set_full(LedgerName::Events, true);
                group.refuse();
                return true;
            }
            Err(err) => return self.stop("appending to the events ledger", &err),
        };
        crate::crash::point("act.after_append");

        // 4. Only now is anybody told.
        group.acknowledge(self.appender.origin().as_str(), &placed);
        crate::crash::point("act.before_fold");

        // 5. The views read the new frame from the ledger.
        match self.folder.fold() {
            Ok(()) => true,
            Err(err) => self.stop("folding the views", &err),
        }
    }

    /// Decides one act of the group, and answers at once whoever does not wait for the sync.
    fn answer(
        &self,
        group: &mut Group,
        reader: &StateReader<'_>,
        act: &VerifiedAct,
        reply: Reply,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.decide(group, reader, act) {
            Ok(Verdict::New { decided, ordinals }) => {
                let size = self.appender.head().size.get();
                group.take(act, decided, ordinals, reply, size);
            }
            Ok(Verdict::InGroup(index)) => group.replies.push(Waiting {
                index,
                repeated: true,
                reply,
            }),
            Ok(Verdict::Recorded(receipt)) => answer(reply, Ok(receipt)),
            Err(Stop::Refused(refusal)) => answer(reply, Err(refusal)),
            Err(Stop::Fault(err)) => return Err(err),
        }
        Ok(())
    }

    /// Decides an act as the one before it was, and takes nothing of it into the group: neither its records nor the numbers
    /// it would be given.
    fn check(
        &self,
        group: &mut Group,
        reader: &StateReader<'_>,
        act: &VerifiedAct,
        reply: CheckReply,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let parts = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let before = |parts| Checked {
            subjects: BTreeSet::new(),
            parts,
            recorded_before: true,
        };
        let checked = match self.decide(group, reader, act) {
            Ok(Verdict::New { decided, ordinals }) => {
                let is_new = |subject: &SubjectId| ordinals.iter().any(|(new, _)| new == subject);
                Ok(Checked {
                    parts: parts(decided.len()),
                    subjects: decided
                        .into_iter()
                        .map(|part| part.subject)
                        .filter(|subject| !is_new(subject))
                        .collect(),
                    recorded_before: false,
                })
            }
            Ok(Verdict::InGroup(index)) => {
                let accepted = group.accepted.get(index);
                Ok(before(parts(accepted.map_or(0, |accepted| accepted.parts))))
            }
            Ok(Verdict::Recorded(receipt)) => Ok(before(receipt.parts)),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Fault(err)) => return Err(err),
        };
        answer(reply, checked);
        Ok(())
    }

    fn begin(&self) -> Group {
        let marks = self.views.marks().events;
        Group {
            recorded_at: self.appender.now(),
            states: States {
                enrolment: self.folder.enrolment(),
                ..States::default()
            },
            ordinals: BTreeMap::new(),
            documents: BTreeMap::new(),
            claims: BTreeMap::new(),
            biometrics: BTreeMap::new(),
            stays: BTreeMap::new(),
            commitments: BTreeMap::new(),
            drafts: Vec::new(),
            bytes: 0,
            accepted: Vec::new(),
            replies: Vec::new(),
            highest: marks.highest_ordinal,
            highest_claim: marks.highest_claim,
        }
    }

    /// Decides one act: loads what the decision needs, asks the domain, gives new subjects their numbers.
    fn decide(
        &self,
        group: &mut Group,
        reader: &StateReader<'_>,
        act: &VerifiedAct,
    ) -> Result<Verdict, Stop> {
        if let Some(verdict) = self.repeated(group, reader, act)? {
            return Ok(verdict);
        }
        let now = Timestamp::from_micros(group.recorded_at);
        let author = match group.states.enrolment.founding() {
            Some(_) => group
                .states
                .enrolment
                .author(&key_id(&act.authorship), now)?,
            // The founding act is signed by the key that it names; the domain checks that it is the first.
            None => sabt_domain::governance::Author::governance(),
        };
        for _round in 0..decide::NEED_ROUNDS_MAX {
            let needs = decide::needs(&act.act, &author, &group.states);
            if needs.is_empty() {
                break;
            }
            if NEED_LIVES_MAX < needs.len() {
                return Err(
                    Refusal::new(Reason::ActTooLarge, "design:limits NEED_LIVES_MAX").into(),
                );
            }
            for need in needs {
                Self::load(group, reader, need)?;
            }
        }
        let allocation = act.act.body.allocates();
        let (facts, ordinals) = self.facts(group, allocation, now, author)?;
        let decided = decide::decide(&group.states, &act.act, &facts)?;
        Ok(Verdict::New { decided, ordinals })
    }

    /// The same act again gets its receipt again; another act under its id is refused.
    fn repeated(
        &self,
        group: &Group,
        reader: &StateReader<'_>,
        act: &VerifiedAct,
    ) -> Result<Option<Verdict>, Stop> {
        let reused = || Refusal::new(Reason::ActIdReused, "design:1 act");
        if let Some((authorship, index)) = group.commitments.get(&act.act.id) {
            if authorship.commitment != act.authorship.commitment {
                return Err(reused().into());
            }
            return Ok(Some(Verdict::InGroup(*index)));
        }
        let act_id = sabt_chain::ActId::from_bytes(*act.act.id.as_bytes());
        let Some(recorded) = reader.act(act_id)? else {
            return Ok(None);
        };
        if recorded.commitment != Some(act.authorship.commitment) {
            return Err(reused().into());
        }
        Ok(Some(Verdict::Recorded(
            self.receipt_again(act.act.id, &recorded)?,
        )))
    }

    /// Loads one thing into the group's states, with what earlier acts of the group add to it.
    fn load(group: &mut Group, reader: &StateReader<'_>, need: Need) -> Result<(), ViewsError> {
        match &need {
            Need::Life(subject) => {
                if let Some(ordinal) = reader.ordinal(subject) {
                    group.ordinals.insert(subject.clone(), ordinal);
                }
                reader.load(need, &mut group.states)
            }
            // Of a site, lives that acts of the group have changed prevail over what is loaded.
            Need::Act(_)
            | Need::Deferral(_)
            | Need::Drawn(_)
            | Need::Roster(_)
            | Need::Occupants(_) => reader.load(need, &mut group.states),
            Need::Claims(person) => {
                let person = *person;
                reader.load(need, &mut group.states)?;
                add_new(&group.claims, &mut group.states.claims, person);
                Ok(())
            }
            Need::Biometrics(person) => {
                let person = *person;
                reader.load(need, &mut group.states)?;
                add_new(&group.biometrics, &mut group.states.biometrics, person);
                Ok(())
            }
            Need::Stays(person) => {
                let person = *person;
                reader.load(need, &mut group.states)?;
                add_new(&group.stays, &mut group.states.stays, person);
                Ok(())
            }
            Need::Document(key) => {
                let key = key.clone();
                reader.load(need, &mut group.states)?;
                add_new(&group.documents, &mut group.states.documents, key);
                Ok(())
            }
        }
    }

    /// What only the shell knows. Numbers are given for ordinals that are used up only if the act passes.
    fn facts(
        &self,
        group: &Group,
        allocation: Allocation,
        now: Timestamp,
        author: sabt_domain::governance::Author,
    ) -> Result<(Facts, Vec<(SubjectId, SubjectOrdinal)>), Stop> {
        let numbering = self.vault.numbering();
        let mut open = Numbers::after(numbering, group.highest);
        let mut closed = Numbers::after(numbering, group.highest_claim);
        let facts = Facts {
            now,
            author,
            new_persons: open.give(
                allocation.persons,
                NumberKind::Person,
                PersonNumber::from_serial,
                SubjectId::Person,
            )?,
            new_households: open.give(
                allocation.households,
                NumberKind::Household,
                HouseholdCode::from_serial,
                SubjectId::Household,
            )?,
            new_campaigns: open.give(
                allocation.campaigns,
                NumberKind::Campaign,
                CampaignNumber::from_serial,
                SubjectId::Campaign,
            )?,
            new_cases: open.give(
                allocation.cases,
                NumberKind::Case,
                CaseNumber::from_serial,
                SubjectId::Case,
            )?,
            new_biometrics: open.give(
                allocation.biometrics,
                NumberKind::Biometric,
                BiometricNumber::from_serial,
                SubjectId::Biometric,
            )?,
            new_sites: open.give(
                allocation.sites,
                NumberKind::Site,
                SiteNumber::from_serial,
                SubjectId::Site,
            )?,
            new_claims: closed.give(
                allocation.claims,
                NumberKind::AsylumClaim,
                ClaimNumber::from_serial,
                SubjectId::AsylumClaim,
            )?,
        };
        let mut ordinals = open.given;
        ordinals.append(&mut closed.given);
        Ok((facts, ordinals))
    }

    /// The receipt that the act got when it was recorded.
    fn receipt_again(&self, id: ActId, recorded: &LoadedAct) -> Result<api::Receipt, Stop> {
        let parts = recorded.subjects.len();
        let last = recorded
            .position
            .get()
            .saturating_add(parts as u64)
            .saturating_sub(1);
        let link = self
            .folder
            .link_of(last)
            .map_err(|err| Stop::Fault(Box::new(err)))?;
        Ok(api::Receipt {
            origin: self.appender.origin().as_str().to_owned(),
            act_id: id.as_bytes().to_vec(),
            position: recorded.position.get(),
            parts: u32::try_from(parts).unwrap_or(u32::MAX),
            link: link.as_bytes().to_vec(),
            recorded_at: recorded.recorded_at.as_micros(),
            repeated: true,
            numbers: recorded
                .registered
                .iter()
                .map(ToString::to_string)
                .collect(),
        })
    }

    fn stop(&self, place: &str, cause: &(dyn Error + 'static)) -> bool {
        self.fault.latch(place, cause);
        false
    }
}

impl Group {
    /// Notes which ordinals new subjects have been given.
    fn give(&mut self, ordinals: Vec<(SubjectId, SubjectOrdinal)>) {
        for (_, ordinal) in &ordinals {
            if ordinal.is_compartment() {
                self.highest_claim = *ordinal;
            } else {
                self.highest = *ordinal;
            }
        }
        self.ordinals.extend(ordinals);
    }

    /// Takes a decided act into the group: later acts see what it did.
    fn take(
        &mut self,
        act: &VerifiedAct,
        decided: Vec<Decided>,
        ordinals: Vec<(SubjectId, SubjectOrdinal)>,
        reply: Reply,
        size: u64,
    ) {
        let numbers = ordinals
            .iter()
            .map(|(subject, _)| subject.to_string())
            .collect();
        self.give(ordinals);
        let first_draft = self.drafts.len();
        let parts = decided.len();
        let count = u8::try_from(parts).unwrap_or(u8::MAX);
        let mut subjects = Vec::with_capacity(parts);
        for (index, Decided { subject, event }) in (0..count).zip(decided) {
            let Some(part) = Part::new(index, count) else {
                continue;
            };
            let governance = act.act.body.kind().is_governance();
            let stored = part
                .is_first()
                .then_some((act.bytes.as_slice(), &act.nonce));
            let payload = Zeroizing::new(event.encode(stored));
            self.bytes += payload.len();
            self.drafts.push(Draft {
                kind: if governance {
                    Kind::Governance
                } else {
                    Kind::Event
                },
                subject: self
                    .ordinals
                    .get(&subject)
                    .copied()
                    .unwrap_or(SubjectOrdinal::REGISTRY),
                act_id: sabt_chain::ActId::from_bytes(*act.act.id.as_bytes()),
                part,
                sealing: if governance {
                    Sealing::Clear
                } else {
                    Sealing::Subject
                },
                payload,
                authorship: part.is_first().then_some(act.authorship),
            });
            let recorded = Recorded {
                position: size + (self.drafts.len() - 1) as u64,
                recorded_at: Timestamp::from_micros(self.recorded_at),
                act_id: act.act.id,
                part: index,
                event,
            };
            self.apply(&subject, recorded, governance);
            subjects.push(subject);
        }
        let position = size + first_draft as u64;
        self.states.follow_stays(&subjects);
        self.states
            .acts
            .insert(act.act.id, Some(RecordedAct { position, subjects }));
        self.commitments
            .insert(act.act.id, (act.authorship, self.accepted.len()));
        self.replies.push(Waiting {
            index: self.accepted.len(),
            repeated: false,
            reply,
        });
        self.accepted.push(Accepted {
            first_draft,
            parts,
            act_id: act.act.id,
            numbers,
        });
    }

    fn apply(&mut self, subject: &SubjectId, recorded: Recorded, governance: bool) {
        if governance {
            if let EventBody::LookupJustified(body) = &recorded.event.body
                && let Some(Some(drawn)) = self.states.drawn.get_mut(&body.disclosure)
            {
                drawn.justified = true;
            }
            Arc::make_mut(&mut self.states.enrolment).apply(&recorded);
            return;
        }
        if let SubjectId::Person(number) = subject {
            for key in recorded.event.documents() {
                let known = &mut self.states.documents;
                note(&mut self.documents, known, key, *number);
            }
        }
        let body = &recorded.event.body;
        if let EventBody::AsylumClaimLodged(lodged) = body {
            let known = &mut self.states.claims;
            note(&mut self.claims, known, lodged.person, lodged.number);
        } else if let EventBody::BiometricReferenceRecorded(taken) = body {
            let known = &mut self.states.biometrics;
            note(&mut self.biometrics, known, taken.person, taken.number);
        } else if let EventBody::StayOfRemovalPlaced(placed) = body {
            let known = &mut self.states.stays;
            note(&mut self.stays, known, placed.person, placed.number);
        }
        self.states
            .lives
            .entry(subject.clone())
            .or_default()
            .apply(recorded);
    }

    /// Tells every caller of the group; their records are durable.
    fn acknowledge(self, origin: &str, placed: &[Placed]) {
        metrics::counter!("sabt_acts_total").increment(self.accepted.len() as u64);
        metrics::counter!("sabt_records_total").increment(placed.len() as u64);
        metrics::histogram!("sabt_group_acts").record(gauge(self.accepted.len()));
        for Waiting {
            index,
            repeated,
            reply,
        } in self.replies
        {
            let receipt = self.accepted.get(index).and_then(|accepted| {
                let first = placed.get(accepted.first_draft)?;
                let last = placed.get(accepted.first_draft + accepted.parts - 1)?;
                Some(api::Receipt {
                    origin: origin.to_owned(),
                    act_id: accepted.act_id.as_bytes().to_vec(),
                    position: first.position.get(),
                    parts: u32::try_from(accepted.parts).unwrap_or(u32::MAX),
                    link: last.link.as_bytes().to_vec(),
                    recorded_at: last.recorded_at.as_micros(),
                    repeated,
                    numbers: accepted.numbers.clone(),
                })
            });
            if let Some(receipt) = receipt {
                answer(reply, Ok(receipt));
            }
        }
    }

    /// Refuses every caller of the group: nothing was written.
    fn refuse(self) {
        for Waiting { reply, .. } in self.replies {
            answer(
                reply,
                Err(Refusal::new(Reason::NotWritable, FAULT_RULE)
                    .with_message("The disk of the registry is full; nothing was recorded.")
                    .with_remedy("Retry when the operator has made space.")),
            );
        }
    }
}

/// Numbers for new subjects of one space of ordinals. They are used up only if the act passes.
struct Numbers<'vault> {
    numbering: &'vault Numbering,
    highest: SubjectOrdinal,
    given: Vec<(SubjectId, SubjectOrdinal)>,
}

impl<'vault> Numbers<'vault> {
    const fn after(numbering: &'vault Numbering, highest: SubjectOrdinal) -> Self {
        Self {
            numbering,
            highest,
            given: Vec::new(),
        }
    }

    /// Gives so many numbers of a kind, each to the next subject.
    fn give<N: Copy>(
        &mut self,
        count: usize,
        kind: NumberKind,
        number: fn(u64) -> Result<N, NumberError>,
        subject: fn(N) -> SubjectId,
    ) -> Result<Vec<N>, Stop> {
        let mut numbers = Vec::with_capacity(count);
        for _subject in 0..count {
            let next = self.highest.next();
            self.highest =
                next.ok_or_else(|| Stop::Fault("there are no more subject ordinals".into()))?;
            let serial = self.numbering.number(kind, self.highest);
            let number = number(serial).map_err(|err| Stop::Fault(err.into()))?;
            numbers.push(number);
            self.given.push((subject(number), self.highest));
        }
        Ok(numbers)
    }
}

/// Notes what an act of the group recorded, also with what is loaded already.
fn note<K: Ord, V: Ord + Copy>(
    new: &mut BTreeMap<K, BTreeSet<V>>,
    known: &mut BTreeMap<K, BTreeSet<V>>,
    key: K,
    value: V,
) {
    if let Some(known) = known.get_mut(&key) {
        known.insert(value);
    }
    new.entry(key).or_default().insert(value);
}

/// Adds what acts of the group recorded to what was loaded.
fn add_new<K: Ord, V: Ord + Copy>(
    new: &BTreeMap<K, BTreeSet<V>>,
    known: &mut BTreeMap<K, BTreeSet<V>>,
    key: K,
) {
    let new = new.get(&key).into_iter().flatten();
    known.entry(key).or_default().extend(new);
}

/// A count as a metric.
fn gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn key_id(authorship: &Authorship) -> sabt_domain::act::KeyId {
    sabt_domain::act::KeyId(authorship.key_id.to_bytes())
}

fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("a caller has gone before the answer");
    }
}
