//! Orders of erasure: that what is recorded about a person is destroyed, which two officers approve.
//!
//! An order comes to hold in three steps, as a grant does: [`Proposal`] is what the bytes say, [`AuthenticOrder`] is what
//! the holders of both keys it names have signed, and [`AuthenticOrder::check`] tells whether it may be carried out now.
//! What was found of the person then decides ([`Standing::decide`]).
//!
//! # Readings taken here
//!
//! Law and bill say nothing of erasure (AM-63), so the reading that protects the person is taken:
//!
//! | question | reading |
//! |---|---|
//! | who orders | the data-protection officer, who answers for the rights of registered persons; of a claim to asylum the asylum unit, for nobody else may know that there is one (design 7.3) |
//! | who approves | the governance authority: destruction needs a permit of the ministry (manual 1-1, items 14 and 15) and an approver (manual 1-2, documents 6 and 8), and whoever orders does not approve: another officer, of another agency, with another key |
//! | what is erased | everything recorded about the person, or nothing: a life with holes could be read against its person. Facts with shorter clocks are subjects of their own and are erased as such: a claim to asylum, and a biometric reference, whose clocks are the shortest |
//! | a group alone | cannot be erased. All records of a life stand under one key, and one record tells of several groups (a registration names documents and an address): overwriting some would leave them readable in every older copy as long as the person's key lives. What may not be kept any more is listed with its clock ([`crate::retention`]), and an order names the whole life or waits |
//! | vital events | are kept (manual 1-1, items 14 and 15), so whoever has one is not erased because time is up. A court, or the finding that it was unlawful to record them, ends that |
//! | a household | stays while somebody who belongs to it is recorded; without one it is about nobody and only its address is left, so it is erased as a whole, by an order of its own: an order names the records of one subject, and nothing is erased that nobody approved |
//! | a person's biometric references | are erased before the person, each by an order of its own: afterwards nobody could tell whose they are. Whether a person has any is no secret of the compartment, so a refusal may say so |
//! | a service case | stays while somebody whom it concerns is recorded: it is a part of their life, and says no more of them than they may know. When nobody is left it is erased as a whole, by an order of its own; earlier only where it was unlawful to record it, or by order of a court. A case of an organisation or a vehicle concerns no registered person, and no clock ends it |
//! | a person's claims | do not keep the person from being erased, or a refusal would tell of them. A claim whose person was erased may not be kept any more |
//! | what stays | what is recorded about others: that they have a spouse, parent or child with this number is their own fact. Acts name others by number alone, so no particulars of the person stay with it |
//! | who looked | stays sealed for its own term (design 4): otherwise an erasure would destroy the evidence of who misused the data |
//! | when | at the end of every retention clock ([`crate::retention`]); earlier only where it was unlawful to record it, or by order of a court |
//! | disputes | what the person contests is not erased because its time is up: a pending matter stops destruction (manual, legal 9), and the record is the person's evidence as well |
//! | records since | an order names every record; one that came after it was signed makes it void, so nothing is erased that nobody approved, and nothing is left |
//!
//! The record of an erasure stands in the clear for auditors. It names positions and a commitment to the person, whose
//! nonce is thrown away with the order.

#[cfg(test)]
mod tests;

use sabt_proto::event::v1 as proto;

use crate::access::{FieldGroup, Role};
use crate::act::{ActId, KeyId, PublicKey, SubjectId};
use crate::fact::{AgencyCode, OfficerCode, redacted};
use crate::governance::Enrolment;
use crate::life::{At, Life};
use crate::number::{BiometricNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber};
use crate::refusal::{Reason, Refusal};
use crate::retention::{self, Retention};
use crate::time::{Day, Timestamp};

/// Source of the rules of this module.
pub(crate) const RULE: &str = "design:4 erasure; manual:1-1 items 14, 15";

/// Source of the rule that a pending matter stops destruction.
const HOLD: &str = "manual:legal 9; manual:1-1 items 14, 15";

/// Longest time for which an order waits to be carried out: 30 days.
pub const ORDER_VALIDITY_MAX_MICROS: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// Officers who sign an order.
pub const APPROVERS: usize = 2;

closed_enum! {
    /// Why what is recorded about a person is erased.
    pub enum ErasureGround = proto::ErasureGround {
        /// Every retention clock has run out.
        RetentionEnded = "RETENTION_ENDED",
        /// It should never have been recorded.
        UnlawfulStorage = "UNLAWFUL_STORAGE",
        /// A court has ordered it.
        CourtOrder = "COURT_ORDER",
    }
}

/// An officer who signs an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Agency; for a key of the governance authority itself `GOVERNANCE`.
    pub agency: AgencyCode,
    /// Code of the officer.
    pub officer: OfficerCode,
    /// The officer's key.
    pub key: KeyId,
}

impl core::fmt::Display for Approver {
    /// Agency, a slash, officer.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}/{}", self.agency, self.officer)
    }
}

/// What an order says. Who signed it is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Identifier, chosen by whoever proposes it; the act id of the record.
    pub id: ActId,
    /// Origin of the events ledger of the registry.
    pub origin: String,
    /// Positions of every record about the person, ascending.
    pub positions: Vec<u64>,
    /// Commitment to the [`Case`].
    pub subject: [u8; 32],
    /// Why.
    pub ground: ErasureGround,
    /// Article, judgment or rule it rests on; never empty. It stands in the clear.
    pub legal_basis: String,
    /// Number of the permit of destruction; never empty. It stands in the clear.
    pub permit_number: String,
    /// Last moment at which it may be carried out.
    pub not_after: Timestamp,
    /// The data-protection officer who orders, and the officer of the governance authority who approves.
    pub approvers: [Approver; APPROVERS],
}

/// What an order is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A person.
    Person(PersonNumber),
    /// A household to which nobody belongs who is still recorded.
    Household(HouseholdCode),
    /// A claim to asylum.
    Claim(ClaimNumber),
    /// A biometric reference.
    Biometric(BiometricNumber),
    /// A service case.
    ServiceCase(CaseNumber),
}

impl Target {
    /// The subject whose records are erased.
    pub const fn subject(self) -> SubjectId {
        match self {
            Self::Person(number) => SubjectId::Person(number),
            Self::Household(code) => SubjectId::Household(code),
            Self::Claim(number) => SubjectId::AsylumClaim(number),
            Self::Biometric(number) => SubjectId::Biometric(number),
            Self::ServiceCase(number) => SubjectId::Case(number),
        }
    }

    /// The role of whoever orders; the governance authority approves whatever is erased.
    pub const fn ordered_by(self) -> Role {
        match self {
            Self::Person(_) | Self::Household(_) | Self::Biometric(_) | Self::ServiceCase(_) => {
                Role::DataProtectionOfficer
            }
            Self::Claim(_) => Role::AsylumUnit,
        }
    }
}

/// What an order is about, and in which case. It is never recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    /// Whose records are erased.
    pub target: Target,
    /// Number of the case.
    pub case_reference: String,
}

redacted!(Target, Case, Proposal, AuthenticOrder);

impl Case {
    /// The commitment to this case that an order holds.
    pub fn commit(&self, nonce: &[u8; 32]) -> [u8; 32] {
        *blake3::keyed_hash(nonce, &self.encode()).as_bytes()
    }
}

/// An order and its case, as they were read.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The order.
    pub order: Order,
    /// Whom it is about.
    pub case: Case,
}

impl Proposal {
    /// Reads an order and its case, and checks that the case is the one that the order commits to.
    ///
    /// # Errors
    /// [`Reason::MalformedOrder`] or [`Reason::InvalidField`] for what is no order; [`Reason::OrderOfOtherPerson`] if the
    /// case does not open its commitment.
    pub fn read(signed: &proto::SignedErasureOrder) -> Result<Self, Refusal> {
        let order = Order::decode(&signed.order)?;
        let case = Case::decode(&signed.case)?;
        let nonce: [u8; 32] = signed
            .nonce
            .as_slice()
            .try_into()
            .map_err(|_length| Refusal::field("order.nonce", "is not 32 bytes long"))?;
        // The bytes that were committed to, and no other spelling of them.
        if *blake3::keyed_hash(&nonce, &signed.case).as_bytes() != order.subject {
            return Err(Refusal::new(Reason::OrderOfOtherPerson, RULE));
        }
        Ok(Self { order, case })
    }
}

/// An order for this registry that the holders of both keys it names have signed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticOrder {
    order: Order,
    case: Case,
    payload: Vec<u8>,
}

impl AuthenticOrder {
    /// Reads an order and has its signatures checked: `signed_by` tells whether the holder of this key signed the order's
    /// bytes for the ledger `origin`.
    ///
    /// # Errors
    /// As [`Proposal::read`]; [`Reason::OrderOfOtherRegistry`]; [`Reason::OrderNotApproved`] if a signature is missing,
    /// [`Reason::UnknownKey`], and [`Reason::OrderForged`] if one does not fit.
    pub fn read(
        signed: &proto::SignedErasureOrder,
        origin: &str,
        enrolment: &Enrolment,
        signed_by: impl Fn(&PublicKey, &[u8; 64]) -> bool,
    ) -> Result<Self, Refusal> {
        let Proposal { order, case } = Proposal::read(signed)?;
        if order.origin != origin {
            return Err(Refusal::new(Reason::OrderOfOtherRegistry, RULE));
        }
        let signatures = signatures(signed)?;
        for (approver, signature) in order.approvers.iter().zip(&signatures) {
            let Some(key) = enrolment.key(&approver.key) else {
                return Err(Refusal::new(Reason::UnknownKey, RULE));
            };
            if !signed_by(&key.public_key, signature) {
                return Err(Refusal::new(Reason::OrderForged, RULE));
            }
        }
        Ok(Self {
            payload: payload(signed),
            order,
            case,
        })
    }

    /// What was signed.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// What it is about.
    pub fn target(&self) -> Target {
        self.case.target
    }

    /// The payload of the record: the order and both signatures.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Checks that `by`, who hands it in, is one of the approvers, and that the order may be carried out now: both
    /// approvers may still sign in the roles they signed in, they are different officers of different agencies, and the
    /// order has neither expired nor a later end than an order may have.
    ///
    /// # Errors
    /// A reason of its own for each of these. [`Reason::RevokedKey`], [`Reason::ExpiredKey`] or
    /// [`Reason::RevokedAgency`] if an approver's key may sign no more.
    pub fn check(&self, by: &KeyId, enrolment: &Enrolment, now: Timestamp) -> Result<(), Refusal> {
        let refused = |reason| Err(Refusal::new(reason, RULE));
        let order = &self.order;
        let [first, second] = &order.approvers;
        if *by != first.key && *by != second.key {
            return refused(Reason::OrderNotByApprover);
        }
        let ordered_by = self.case.target.ordered_by();
        for (approver, role) in [(first, ordered_by), (second, Role::Governance)] {
            let author = enrolment.author(&approver.key, now)?;
            let signs = author.signs_as(approver.officer.as_str());
            if author.agency != approver.agency || !signs || !author.roles.contains(&role) {
                return Err(Refusal::new(Reason::OrderApproverNotAllowed, RULE)
                    .with("role_needed", role.code()));
            }
        }
        if first.agency == second.agency
            || first.officer == second.officer
            || first.key == second.key
        {
            return refused(Reason::OrderApproversSame);
        }
        if order.not_after < now {
            return refused(Reason::OrderExpired);
        }
        if ORDER_VALIDITY_MAX_MICROS < order.not_after.micros().saturating_sub(now.micros()) {
            return refused(Reason::OrderTooLong);
        }
        Ok(())
    }
}

/// Both signatures of a complete order.
fn signatures(signed: &proto::SignedErasureOrder) -> Result<[[u8; 64]; APPROVERS], Refusal> {
    let missing =
        signed.signatures.len() < APPROVERS || signed.signatures.iter().any(Vec::is_empty);
    if missing {
        return Err(Refusal::new(Reason::OrderNotApproved, RULE));
    }
    let signature = |index: usize| {
        let bytes = signed.signatures.get(index).map(Vec::as_slice);
        bytes.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
    };
    match (signature(0), signature(1), signed.signatures.len()) {
        (Some(first), Some(second), APPROVERS) => Ok([first, second]),
        _ => Err(Refusal::field(
            "order.signatures",
            "are not two of 64 bytes",
        )),
    }
}

/// What was found of whom an order is about.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Of what kind it is, and what of others decides.
    pub found: Found<'a>,
    /// Its life.
    pub life: &'a Life,
    /// Positions of every record about it, erased ones included, ascending.
    pub positions: &'a [u64],
    /// True if it was erased before.
    pub erased: bool,
    /// Today in Tehran.
    pub today: Day,
}

/// What an erasure depends on beside the life itself.
#[derive(Clone, Copy)]
pub enum Found<'a> {
    /// A person.
    Person {
        /// Whether a biometric reference of the person is recorded.
        referenced: bool,
    },
    /// A household.
    Household {
        /// Whether somebody who belongs to it is recorded.
        inhabited: bool,
    },
    /// A claim to asylum.
    Claim {
        /// The life of whoever lodged it; empty once that was erased.
        claimant: &'a Life,
    },
    /// A biometric reference.
    Biometric {
        /// The life of its person; empty once that was erased.
        owner: &'a Life,
    },
    /// A service case.
    ServiceCase {
        /// Whether it is kept: somebody whom it concerns is recorded, or it concerns no registered person.
        kept: bool,
    },
}

impl Found<'_> {
    /// The refusal where nothing is recorded that could be erased.
    pub fn unknown(&self) -> Refusal {
        let reason = match self {
            Self::Person { .. } => Reason::UnknownPerson,
            Self::Household { .. } => Reason::UnknownHousehold,
            Self::Claim { .. } => Reason::UnknownClaim,
            Self::Biometric { .. } => Reason::UnknownBiometricReference,
            Self::ServiceCase { .. } => Reason::UnknownCase,
        };
        Refusal::new(reason, RULE)
    }
}

impl Standing<'_> {
    /// Whether what an order names may be erased.
    ///
    /// # Errors
    /// [`Reason::SubjectErased`] if that was done before; [`Reason::UnknownPerson`], [`Reason::UnknownHousehold`],
    /// [`Reason::UnknownClaim`], [`Reason::UnknownBiometricReference`] or [`Reason::UnknownCase`]; [`Reason::OrderOutdated`] if the order does not name exactly the records there are;
    /// [`Reason::OrderNotDue`] if it rests on the end of retention and a clock has not run out, or if somebody belongs to
    /// the household.
    pub fn decide(&self, order: &Order) -> Result<(), Refusal> {
        if self.erased {
            return Err(Refusal::new(Reason::SubjectErased, RULE)
                .with_remedy("Nothing is left to be erased."));
        }
        if self.life.is_empty() {
            return Err(self.found.unknown());
        }
        if order.positions != self.positions {
            return Err(Refusal::new(Reason::OrderOutdated, RULE)
                .with("records_named", order.positions.len())
                .with("records_found", self.positions.len()));
        }
        let on_time = order.ground == ErasureGround::RetentionEnded;
        match self.found {
            // On whatever ground: nothing of the person may be left behind, and each reference has a key of its own.
            Found::Person { referenced: true } => Err(Refusal::new(Reason::OrderNotDue, RULE)
                .with("field_group", FieldGroup::BiometricReferences.code())
                .with_message("Biometric references of the person are recorded.")
                .with_remedy("Have each of them erased first, by an order of its own.")),
            Found::Person { referenced: false } if on_time => person_is_due(self.life, self.today),
            // On whatever ground: while somebody belongs to it, it is a part of their life.
            Found::Household { inhabited: true } => Err(Refusal::new(Reason::OrderNotDue, RULE)
                .with_message("Somebody who belongs to the household is recorded.")
                .with_remedy("Erase the household when nobody who belongs to it is left.")),
            Found::Claim { claimant } if on_time => {
                let rows = retention::claim_due(self.life, claimant, self.today);
                ended(rows, self.today)
            }
            Found::Biometric { owner } if on_time => {
                let rows = retention::biometric_due(self.life, owner, self.today);
                ended(rows, self.today)
            }
            Found::ServiceCase { kept: true } if on_time => Err(Refusal::new(
                Reason::OrderNotDue,
                RULE,
            )
            .with_message(
                "Somebody whom the case concerns is recorded, or it concerns no registered person.",
            )
            .with_remedy(
                "Erase the case when nobody whom it concerns is left, or by order of a court.",
            )),
            Found::Person { .. }
            | Found::Household { inhabited: false }
            | Found::Claim { .. }
            | Found::Biometric { .. }
            | Found::ServiceCase { .. } => Ok(()),
        }
    }
}

/// Whether a person may be erased because the time is up for everything that is recorded.
///
/// # Errors
/// [`Reason::OrderNotDue`] with the first rule by which something is kept.
pub fn person_is_due(life: &Life, today: Day) -> Result<(), Refusal> {
    let whole = life.person(&At::END);
    if whole.is_some_and(|person| person.open_disputes().next().is_some()) {
        return Err(Refusal::new(Reason::OrderNotDue, HOLD)
            .with_message("The person contests what is recorded, and that has not ended.")
            .with_remedy("Wait until the dispute is resolved: until then it is evidence."));
    }
    // A claim to asylum ends no later than identity under every start they share, so leaving it out changes no decision,
    // and no refusal can tell that there is one.
    let due = retention::due(life, today).into_iter();
    ended(
        due.filter(|row| row.group != FieldGroup::AsylumClaim),
        today,
    )
}

fn ended(rows: impl IntoIterator<Item = Retention>, today: Day) -> Result<(), Refusal> {
    match rows.into_iter().find(|row| !row.has_ended(today)) {
        None => Ok(()),
        Some(kept) => {
            Err(Refusal::new(Reason::OrderNotDue, kept.rule())
                .with("field_group", kept.group.code()))
        }
    }
}

/// The payload of the record of an erasure: the order that both approvers signed, and their signatures behind it. An order
/// that lacks one gives a payload that nobody accepts.
pub fn payload(signed: &proto::SignedErasureOrder) -> Vec<u8> {
    let behind = proto::Erasure {
        signatures: signed.signatures.clone(),
        ..proto::Erasure::default()
    };
    let mut payload = signed.order.clone();
    payload.extend(prost::Message::encode_to_vec(&behind));
    payload
}

/// The refusal of an act about somebody who was erased: a key that was destroyed is never made again.
pub(crate) fn erased() -> Refusal {
    Refusal::new(Reason::SubjectErased, RULE)
}
