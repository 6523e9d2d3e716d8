use super::ActId;
use crate::fact::{
    AdverseDecision, AppealBy, AppealOutcome, CommissionLevel, CountryCode, DocumentReference,
    EntryBanGround, EntryBanLifting, HoldingBasis, HoldingEnding, HoldingPlace, ProtectionEnding,
    ProtectionKind, StayGround, SuspensionCause, SuspensionEnding, redacted,
};
use crate::law::{ExpulsionGround, ProvinceCode};
use crate::number::{ClaimNumber, PersonNumber};
use crate::time::{PartialDate, Timestamp};

/// An expulsion is ordered. An order is no expulsion: [`ExecuteExpulsion`] is another act, by others.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderExpulsion {
    /// Who is to be expelled.
    pub person: PersonNumber,
    /// Number of the order.
    pub order_number: String,
    /// Body that decided; deciding asks for it.
    pub decided_by: String,
    /// On what ground.
    pub ground: ExpulsionGround,
    /// Body to which the person may turn; deciding asks for it.
    pub appeal_body: String,
    /// Ruling of a court on which the order rests; may be empty, because it is open which grounds need one (AM-34).
    pub court_ruling: String,
    /// State of destination, where the order names one.
    pub destination: Option<CountryCode>,
}

/// A decision is served: by SMS and by notice in the electronic box (TL-09).
#[derive(Clone, PartialEq, Eq)]
pub struct ServeDecision {
    /// On whom.
    pub person: PersonNumber,
    /// The act that took the decision.
    pub decision: ActId,
    /// When the SMS was sent.
    pub sms_sent_at: Timestamp,
    /// When the notice was placed.
    pub notice_placed_at: Timestamp,
}

impl ServeDecision {
    /// The moment of service: the law asks for both ways, so it is the later one.
    pub fn moment(&self) -> Timestamp {
        self.sms_sent_at.max(self.notice_placed_at)
    }
}

/// The person asks that a decision be taken back: an objection, or the request not to be expelled (art. 12 note 4).
#[derive(Clone, PartialEq, Eq)]
pub struct LodgeAppeal {
    /// Who asks.
    pub person: PersonNumber,
    /// The act that took the decision.
    pub decision: ActId,
    /// Number of the appeal.
    pub appeal_number: String,
    /// By whose hand.
    pub lodged_by: AppealBy,
    /// Body to which it was addressed.
    pub body: String,
}

/// A commission sat on an appeal.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldCommissionSession {
    /// Whose appeal.
    pub person: PersonNumber,
    /// The act that recorded the appeal.
    pub appeal: ActId,
    /// Number of the session.
    pub session_number: String,
    /// Central or provincial: which commission decides is open, so which one did is recorded (AM-32).
    pub level: CommissionLevel,
    /// Province of a provincial commission.
    pub province: Option<ProvinceCode>,
}

/// How an appeal ended. The parts are read as they come, so that deciding can say which of them is missing.
#[derive(Clone, PartialEq, Eq)]
pub struct DecideAppeal {
    /// Whose appeal.
    pub person: PersonNumber,
    /// The act that recorded the appeal.
    pub appeal: ActId,
    /// How it ended.
    pub outcome: AppealOutcome,
    /// Body that decided.
    pub decided_by: String,
    /// Article and reasons.
    pub ground: String,
    /// Rejected or inadmissible: when the person was told.
    pub served_on: Option<PartialDate>,
    /// The session of the commission that decided; `None` where no commission does.
    pub session: Option<ActId>,
    /// Withdrawn: the declaration that the person signed.
    pub declaration_reference: String,
}

/// A court suspends an expulsion (art. 18).
#[derive(Clone, PartialEq, Eq)]
pub struct SuspendExpulsion {
    /// Whose.
    pub person: PersonNumber,
    /// Number of the order.
    pub order_number: String,
    /// The court.
    pub court: String,
    /// Number of its ruling.
    pub ruling_number: String,
    /// Why.
    pub cause: SuspensionCause,
}

/// A court extends a suspension (art. 18 note 1).
#[derive(Clone, PartialEq, Eq)]
pub struct ExtendExpulsionSuspension {
    /// Whose.
    pub person: PersonNumber,
    /// The act that suspended the expulsion.
    pub suspension: ActId,
    /// The court.
    pub court: String,
    /// Number of its ruling.
    pub ruling_number: String,
    /// Last day.
    pub until: PartialDate,
}

/// A suspension, or its cause, ends.
#[derive(Clone, PartialEq, Eq)]
pub struct EndExpulsionSuspension {
    /// Whose.
    pub person: PersonNumber,
    /// The act that suspended the expulsion.
    pub suspension: ActId,
    /// Which of the two.
    pub ending: SuspensionEnding,
    /// Ruling of the court that lifted it; may be empty where the cause ended.
    pub ruling_number: String,
}

/// Whoever ordered an expulsion takes the order back.
#[derive(Clone, PartialEq, Eq)]
pub struct WithdrawExpulsionOrder {
    /// Whose.
    pub person: PersonNumber,
    /// Number of the order.
    pub order_number: String,
    /// Body that decided.
    pub decided_by: String,
    /// Why.
    pub reason: String,
}

/// An expulsion was carried out.
#[derive(Clone, PartialEq, Eq)]
pub struct ExecuteExpulsion {
    /// Who was expelled.
    pub person: PersonNumber,
    /// Number of the order.
    pub order_number: String,
    /// Code of the border point.
    pub border_point: String,
    /// State to which the person was expelled.
    pub destination: CountryCode,
}

/// A protection of art. 13(1) is found.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordProtection {
    /// Who is protected.
    pub person: PersonNumber,
    /// Which protection.
    pub kind: ProtectionKind,
    /// The finding it rests on, as the office keeps it.
    pub finding_reference: String,
}

/// A protection ends.
#[derive(Clone, PartialEq, Eq)]
pub struct EndProtection {
    /// Who was protected.
    pub person: PersonNumber,
    /// The act that recorded the protection.
    pub protection: ActId,
    /// Why.
    pub ending: ProtectionEnding,
    /// Required where a security problem is found.
    pub decision: Option<AdverseDecision>,
}

/// A stay of removal: nothing of it stands in the person's life ([`crate::stay`]).
#[derive(Clone, PartialEq, Eq)]
pub struct PlaceStayOfRemoval {
    /// Who may not be removed.
    pub person: PersonNumber,
    /// Why.
    pub ground: StayGround,
    /// Body that decided.
    pub decided_by: String,
    /// The finding or case it rests on.
    pub reference: String,
}

/// A stay of removal is lifted.
#[derive(Clone, PartialEq, Eq)]
pub struct LiftStayOfRemoval {
    /// Number of the stay.
    pub stay: ClaimNumber,
    /// Why.
    pub reason: String,
}

/// An entry ban. The law gives it no end, so it is open-ended and has a day of review (AM-48).
#[derive(Clone, PartialEq, Eq)]
pub struct ImposeEntryBan {
    /// Who is banned.
    pub person: PersonNumber,
    /// Number of the ban.
    pub ban_number: String,
    /// Why.
    pub ground: EntryBanGround,
    /// Day by which the ban is to be looked at again.
    pub review_on: PartialDate,
    /// The decision; deciding asks for it and for each of its parts.
    pub decision: Option<AdverseDecision>,
}

/// An entry ban is lifted.
#[derive(Clone, PartialEq, Eq)]
pub struct LiftEntryBan {
    /// Who was banned.
    pub person: PersonNumber,
    /// Number of the ban.
    pub ban_number: String,
    /// Why.
    pub ground: EntryBanLifting,
    /// Receipt or minute it rests on.
    pub reference: String,
}

/// A visa is taken away (art. 11).
#[derive(Clone, PartialEq, Eq)]
pub struct RevokeVisa {
    /// Whose visa.
    pub person: PersonNumber,
    /// Number of the visa.
    pub visa_number: String,
    /// The decision; deciding asks for it and for each of its parts.
    pub decision: Option<AdverseDecision>,
}

/// A violation is found and documents lose their validity (services row 24). Every member of a household has an act of
/// their own, because every one of them may object. So a marriage that somebody finds to be a sham touches nothing of the
/// children (AM-56).
#[derive(Clone, PartialEq, Eq)]
pub struct RecordViolationDecision {
    /// Who is found to have offended.
    pub person: PersonNumber,
    /// Documents that lose their validity; deciding asks for at least one.
    pub documents: Vec<DocumentReference>,
    /// The decision; deciding asks for it and for each of its parts.
    pub decision: Option<AdverseDecision>,
}

/// A person is held.
#[derive(Clone, PartialEq, Eq)]
pub struct BeginHolding {
    /// Who.
    pub person: PersonNumber,
    /// Number of the holding.
    pub holding_number: String,
    /// On what legal basis.
    pub basis: HoldingBasis,
    /// In what kind of place.
    pub place_kind: HoldingPlace,
    /// Which place.
    pub place: String,
    /// On whose order; deciding asks for it.
    pub ordered_by: String,
}

/// A holding goes on with the consent of the commission (art. 33(3)).
#[derive(Clone, PartialEq, Eq)]
pub struct ExtendHolding {
    /// Who is held.
    pub person: PersonNumber,
    /// The act that recorded the holding.
    pub holding: ActId,
    /// Last day.
    pub until: PartialDate,
    /// Minute of the commission that agreed; deciding asks for it.
    pub consent_reference: String,
}

/// The foreign ministry is told of reasons and length of a holding (art. 16 note 2).
#[derive(Clone, PartialEq, Eq)]
pub struct NotifyOfHolding {
    /// Who is held.
    pub person: PersonNumber,
    /// The act that recorded the holding.
    pub holding: ActId,
    /// Number of the letter.
    pub letter_number: String,
}

/// A holding ends.
#[derive(Clone, PartialEq, Eq)]
pub struct EndHolding {
    /// Who was held.
    pub person: PersonNumber,
    /// The act that recorded the holding.
    pub holding: ActId,
    /// How it ended.
    pub ending: HoldingEnding,
}

/// A person returns of their own will: never an expulsion, and with its own evidence that it is voluntary. The parts are
/// read as they come, so that deciding can say which of them is missing.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordVoluntaryReturn {
    /// Who returns.
    pub person: PersonNumber,
    /// Code of the border point.
    pub border_point: String,
    /// State to which the person returns.
    pub destination: CountryCode,
    /// Who interviewed the person, by code or office; never a name.
    pub interviewed_by: String,
    /// In which language, BCP 47.
    pub language: String,
    /// Which information the person was given, as the office keeps it.
    pub information_reference: String,
    /// The declaration that the person signed.
    pub declaration_reference: String,
    /// True if the person was held when they declared it.
    pub declared_while_held: bool,
}

/// A person leaves for a country that is not their own.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordThirdCountryDeparture {
    /// Who leaves.
    pub person: PersonNumber,
    /// Code of the border point.
    pub border_point: String,
    /// Which country.
    pub destination: CountryCode,
    /// Programme or case of resettlement; may be empty.
    pub programme_reference: String,
}

redacted!(
    BeginHolding,
    ExtendHolding,
    NotifyOfHolding,
    EndHolding,
    RecordVoluntaryReturn,
    RecordThirdCountryDeparture,
    OrderExpulsion,
    ServeDecision,
    LodgeAppeal,
    HoldCommissionSession,
    DecideAppeal,
    SuspendExpulsion,
    ExtendExpulsionSuspension,
    EndExpulsionSuspension,
    WithdrawExpulsionOrder,
    ExecuteExpulsion,
    RecordProtection,
    EndProtection,
    PlaceStayOfRemoval,
    LiftStayOfRemoval,
    ImposeEntryBan,
    LiftEntryBan,
    RevokeVisa,
    RecordViolationDecision,
);
