//! The way of an erasure through the writer, alone between two groups of acts.

use sabt_chain::{Authorship, Kind, Part, Position};
use sabt_domain::act::SubjectId;
use sabt_domain::erasure::{AuthenticOrder, Found, Standing, Target};
use sabt_domain::life::{At, Life};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_vault::ordinal::SubjectOrdinal;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::{FAULT_RULE, Job, QUEUE_RULE, Stop, Submitter, Writer, answer, key_id};
use crate::erase::Hold;
use crate::ledger::{Draft, Sealing};
use crate::limits::ACT_QUEUE_MAX;
use crate::registry;

/// An order of erasure whose signatures have been verified, and who hands it in.
pub(crate) struct VerifiedErasure {
    pub(crate) order: AuthenticOrder,
    /// Of the record, by one of the approvers.
    pub(crate) authorship: Authorship,
}

/// Where to tell what became of an order.
pub(super) type ErasureReply = oneshot::Sender<Result<api::EraseResponse, Refusal>>;

impl Submitter {
    /// Has an order carried out; when this returns, nothing of the person is left in ledger, vault and views. Refused at
    /// once if too many acts wait.
    pub(crate) async fn erase(
        &self,
        erasure: VerifiedErasure,
    ) -> Result<api::EraseResponse, Refusal> {
        let (reply, outcome) = oneshot::channel();
        let erasure = Box::new(erasure);
        let sent = self.queue.try_send(Job::Erase { erasure, reply });
        sent.map_err(|err| match err {
            mpsc::error::TrySendError::Full(_) => {
                Refusal::new(Reason::QueueFull, QUEUE_RULE).with("queue_max", ACT_QUEUE_MAX)
            }
            mpsc::error::TrySendError::Closed(_) => Refusal::new(Reason::NotWritable, FAULT_RULE),
        })?;
        outcome.await.unwrap_or_else(|_stopped| {
            // The record may stand; then the next start carries the erasure out.
            Err(Refusal::new(Reason::NotWritable, FAULT_RULE)
                .with_message(
                    "The registry stopped before it could say whether the erasure is carried out.",
                )
                .with_remedy("Send the same order again: if it stands, its receipt comes back."))
        })
    }
}

impl Writer {
    /// Carries an order out and tells who handed it in. False: the first fault has latched.
    ///
    /// Crash before the append returns: nothing happened. Crash after it: opening finishes the erasure before anybody is
    /// served.
    pub(super) fn erase(&mut self, erasure: &VerifiedErasure, reply: ErasureReply) -> bool {
        match self.carry_out(erasure) {
            Ok(response) => answer(reply, Ok(response)),
            Err(Stop::Refused(refusal)) => answer(reply, Err(refusal)),
            Err(Stop::Fault(err)) => return self.stop("carrying an erasure out", &*err),
        }
        true
    }

    fn carry_out(&mut self, erasure: &VerifiedErasure) -> Result<api::EraseResponse, Stop> {
        let now = self.appender.now();
        if let Some(response) = self.erased_before(erasure)? {
            return Ok(response);
        }
        let (subject, positions) = self.standing(erasure, now)?;

        // Views that are folded beside ours hold the rows. Before the record, so that no start takes them up after a crash.
        self.discard_beside()?;

        // 1. The record, durably: from here on the erasure happens, whatever else does.
        let draft = record(erasure, subject);
        crate::crash::point("erase.before_record");
        let placed = self
            .appender
            .append(std::slice::from_ref(&draft), now)
            .map_err(|err| {
                if err.is_full() {
                    Stop::Refused(full())
                } else {
                    Stop::Fault(Box::new(err))
                }
            })?;

        // 2. The key, then the sealed bytes.
        let (journal, epoch) = self.appender.hold();
        let vault = &*self.vault;
        let hold = Hold {
            journal,
            epoch,
            vault,
        };
        hold.carry_out(subject, &positions)
            .map_err(|err| Stop::Fault(Box::new(err)))?;

        // 3. The views, and their files.
        self.folder
            .fold()
            .map_err(|err| Stop::Fault(Box::new(err)))?;
        crate::crash::point("erase.folded");
        self.views
            .forget()
            .map_err(|err| Stop::Fault(Box::new(err)))?;
        crate::crash::point("erase.forgotten");
        // Again: what was begun meanwhile may have read the payloads before they were overwritten.
        self.discard_beside()?;
        metrics::counter!("sabt_erasures_total").increment(1);
        metrics::counter!("sabt_records_total").increment(1);
        let last = placed.first();
        let last = last.ok_or_else(|| Stop::Fault("no record was placed".into()))?;
        Ok(api::EraseResponse {
            receipt: Some(api::Receipt {
                origin: self.appender.origin().as_str().to_owned(),
                act_id: erasure.order.order().id.as_bytes().to_vec(),
                position: last.position.get(),
                parts: 1,
                link: last.link.as_bytes().to_vec(),
                recorded_at: last.recorded_at.as_micros(),
                repeated: false,
                numbers: Vec::new(),
            }),
            erased: positions.len() as u64,
        })
    }

    fn discard_beside(&self) -> Result<(), Stop> {
        registry::discard_beside(&self.layout).map_err(|err| Stop::Fault(Box::new(err)))
    }

    /// The same order again gets its receipt again; its id under anything else is refused.
    fn erased_before(&self, erasure: &VerifiedErasure) -> Result<Option<api::EraseResponse>, Stop> {
        let order = erasure.order.order();
        let Some(reader) = self.folder.states()? else {
            return Ok(None);
        };
        let id = sabt_chain::ActId::from_bytes(*order.id.as_bytes());
        let Some(recorded) = reader.act(id)? else {
            return Ok(None);
        };
        if recorded.commitment != Some(erasure.authorship.commitment) {
            return Err(Refusal::new(Reason::ActIdReused, "design:1 act").into());
        }
        let receipt = api::Receipt {
            numbers: Vec::new(),
            ..self.receipt_again(order.id, &recorded)?
        };
        Ok(Some(api::EraseResponse {
            receipt: Some(receipt),
            erased: order.positions.len() as u64,
        }))
    }

    /// Whether the order may be carried out now: who is erased, and which records there are.
    fn standing(
        &self,
        erasure: &VerifiedErasure,
        now: i64,
    ) -> Result<(SubjectOrdinal, Vec<Position>), Stop> {
        let now = Timestamp::from_micros(now);
        let order = &erasure.order;
        // Again, by the enrolment at the moment at which it is recorded.
        order.check(&key_id(&erasure.authorship), &self.folder.enrolment(), now)?;
        let Some(reader) = self.folder.states()? else {
            return Err(Stop::Fault("the events ledger has no states".into()));
        };
        let subject = order.target().subject();
        let life = reader.life(&subject)?;
        let claimant = match life.claim(&At::END) {
            Some(claim) => reader.life(&SubjectId::Person(claim.person))?,
            None => Life::default(),
        };
        let owner = match life.biometric(&At::END) {
            Some(reference) => reader.life(&SubjectId::Person(reference.person))?,
            None => Life::default(),
        };
        let found = match order.target() {
            Target::Person(number) => Found::Person {
                referenced: !reader.biometrics_of(number)?.is_empty(),
            },
            Target::Household(_) => Found::Household {
                inhabited: reader.is_inhabited(&life)?,
            },
            Target::Claim(_) => Found::Claim {
                claimant: &claimant,
            },
            Target::Biometric(_) => Found::Biometric { owner: &owner },
            Target::ServiceCase(_) => Found::ServiceCase {
                kept: reader.is_case_kept(&life)?,
            },
        };
        let ordinal = reader.ordinal(&subject).ok_or_else(|| found.unknown())?;
        let positions = reader.positions(ordinal)?;
        let named: Vec<u64> = positions.iter().map(|position| position.get()).collect();
        Standing {
            found,
            life: &life,
            positions: &named,
            erased: reader.is_erased(&subject)?,
            today: now.day_in_tehran(),
        }
        .decide(order.order())?;
        Ok((ordinal, positions))
    }
}

fn full() -> Refusal {
    Refusal::new(Reason::NotWritable, FAULT_RULE)
        .with_message("The disk of the registry is full; nothing was erased.")
        .with_remedy("Retry when the operator has made space.")
}

/// The record of an erasure, which has no place yet.
fn record(erasure: &VerifiedErasure, subject: SubjectOrdinal) -> Draft {
    let order = &erasure.order;
    Draft {
        kind: Kind::Erasure,
        subject,
        act_id: sabt_chain::ActId::from_bytes(*order.order().id.as_bytes()),
        part: Part::ONLY,
        sealing: Sealing::Clear,
        payload: Zeroizing::new(order.payload().to_vec()),
        authorship: Some(erasure.authorship),
    }
}
