//! Deciding: whether an act may be recorded, and what is recorded of it about whom.
//!
//! [`decide`] is a pure function of what the registry knows ([`States`]), what is asked ([`Act`]) and what only the shell
//! can know ([`Facts`]). [`needs`] says what must be loaded first. A decided event is a fact: applying it cannot fail.
//!
//! # Readings taken here
//!
//! Where the sources are silent or contradict each other, the reading that protects the person is taken:
//!
//! | question | reading |
//! |---|---|
//! | papers | a person is registered with no document; a birth needs neither parent (duty 12, AM-03) |
//! | head of household | any member may become head, on any ground; a household may be without one (AM-54) |
//! | renewal | early or late requests are not refused (AM-19); an unstated length is no limit (AM-27, AM-28) |
//! | conditions of residence | shown by the record, by a named officer's word or by an exemption, as of the day of the permit; what is asked of whom is written at [`crate::law::ConditionRule`], and nothing of what was given before the law |
//! | presence | entries and exits need not alternate: a missing one is no fault of the person (AM-18) |
//! | marriages | a wife has one husband; the sources set no limit to a husband's marriages, and none is invented |
//! | statelessness | a claim with a status is enough for a limited permit (AM-62) |
//! | asylum | a claim is a subject of its own, which exists for the asylum unit alone; everybody may lodge one (AM-43, AM-51) |
//! | adverse acts | decider, ground, service and body of appeal are needed, and nothing takes effect before service (services row 24) |
//! | expulsion | recorded as carried out only against a served order, with no appeal open or in time, no suspension, no protection and no lawful basis; an appeal is suspensive (AM-36), and what stands against it is looked at however the record comes about |
//! | unaccompanied children | a minor without a household may hold an individual permit (AM-11) |
//! | watching | the agency that looked answers for a look-up that was drawn; a record opened on an emergency grant is justified by somebody else than who opened it (AM-10) |
//! | services | nothing is granted or refused by silence (AM-21); a refusal has no effect before notice, nor under appeal (module [`crate::case`]) |
//! | contested facts | whoever recorded a fact answers its person in ten days (FOI-08); until then it is delivered marked (AM-63) |
//! | death | facts dated before it may come late; children may be born and found after it |
//! | biometrics | the registry holds where a template is, as a subject of its own; who died is not taken any more, and a mistake is withdrawn, not corrected (module [`crate::biometric`]) |
//! | campaigns | whoever comes late is taken, and nothing follows from not coming (services section 6) |
//! | sites | one at a time; nobody is held without a holding and a free place, and nobody is refused shelter for want of one (module [`crate::site`]) |
//! | erasure | nothing is recorded about whoever was erased; relatives may still divorce, and the household may still let them go |
//!
//! # Order of facts
//!
//! Acts come in any order of time. An act is judged by the state on the day its fact began to hold, and then by what it does
//! to the rest: no event that was applied before may be passed over after (module `standing`). So a late fact cannot
//! contradict a later one, and nothing is annulled while other acts rest on it.

mod amend;
mod asylum;
mod author;
mod biometric;
mod campaign;
mod case;
mod condition;
mod contest;
mod document;
mod enrol;
mod family;
mod file;
mod household;
mod identity;
mod need;
mod registration;
mod removal;
mod residence;
mod scene;
mod site;
mod standing;
mod status;
mod vital;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::act::{Act, ActBody, ActId, SubjectId};
use crate::campaign::RosterCount;
use crate::deferral::Deferral;
use crate::erasure;
use crate::event::Event;
use crate::fact::limits::PARTS_MAX;
use crate::fact::{DocumentKey, redacted};
use crate::governance::{Author, Enrolment};
use crate::law::Catalogue;
use crate::life::Life;
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;
use crate::watch::DrawnLookup;

use self::scene::Scene;

pub use self::need::needs;

/// Rounds of [`needs`] and loading after which an act is decided or refused: an amendment needs its target, the target's
/// subjects, further corrections, their subjects, the replacement's subjects, and the subjects those name.
pub const NEED_ROUNDS_MAX: usize = 8;

/// What the registry knows, as far as an act needs it.
#[derive(Clone, Default)]
pub struct States {
    /// Lives of subjects. An empty life is a subject that does not exist; a missing one was not loaded.
    pub lives: BTreeMap<SubjectId, Life>,
    /// Subjects among these of which everything was erased: their lives are empty, but they were there.
    pub erased: BTreeSet<SubjectId>,
    /// Who may act.
    pub enrolment: Arc<Enrolment>,
    /// The catalogue of services, where it is not the one in force on the day of the decision.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Acts recorded before. `None` is an act that is not recorded; a missing one was not looked for.
    pub acts: BTreeMap<ActId, Option<RecordedAct>>,
    /// Persons with whom a document was ever recorded. An empty set is a document nobody has; a missing one was not looked
    /// for. Whether they still hold it is decided from their lives, so a set may be too large, never too small.
    pub documents: BTreeMap<DocumentKey, BTreeSet<PersonNumber>>,
    /// Claims to asylum that a person ever lodged. An empty set is a person without any; a missing one was not looked for,
    /// and never is for an author who is not the asylum unit.
    pub claims: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    /// Stays of removal that were ever placed for a person, in the compartment of the asylum unit. Looked for where an
    /// expulsion is to be recorded, or another stay; whether one stands is told by its life.
    pub stays: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    /// Biometric references that were ever recorded for a person and are not erased. An empty set is a person without any; a
    /// missing one was not looked for.
    pub biometrics: BTreeMap<PersonNumber, BTreeSet<BiometricNumber>>,
    /// Deferrals of disclosures as they were fixed when recorded, by position in the `disclosures` ledger. `None` is a
    /// disclosure that is not there or was never deferred; a missing one was not looked for.
    pub deferrals: BTreeMap<u64, Option<Deferral>>,
    /// How many took part in campaigns, counted in the lives of persons.
    pub rosters: BTreeMap<RosterCount, u64>,
    /// Who is in a site, the acts of this group included: [`States::count_occupants`], [`States::follow_stays`].
    pub occupants: BTreeMap<SiteNumber, BTreeSet<PersonNumber>>,
    /// Look-ups that were drawn to be justified, by position in the `disclosures` ledger. `None` is one that was not drawn;
    /// a missing one was not looked for.
    pub drawn: BTreeMap<u64, Option<DrawnLookup>>,
}

/// An act recorded before.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedAct {
    /// Position of its part 0.
    pub position: u64,
    /// Subject of each part, in order; a subject may stand more than once.
    pub subjects: Vec<SubjectId>,
}

/// Something that must be loaded into [`States`] before an act can be decided.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The life of a subject, empty if there is no such subject.
    Life(SubjectId),
    /// Where an act is recorded, if it is.
    Act(ActId),
    /// Who holds a document.
    Document(DocumentKey),
    /// Which claims to asylum a person lodged.
    Claims(PersonNumber),
    /// Which stays of removal were placed for a person.
    Stays(PersonNumber),
    /// Which biometric references were recorded for a person.
    Biometrics(PersonNumber),
    /// The deferral of the disclosure at this position of the `disclosures` ledger, if it was deferred.
    Deferral(u64),
    /// How many took part in a campaign.
    Roster(RosterCount),
    /// Who is in a site.
    Occupants(SiteNumber),
    /// The look-up at this position of the `disclosures` ledger, if it was drawn to be justified.
    Drawn(u64),
}

/// What only the shell can know.
#[derive(Clone)]
pub struct Facts {
    /// The time at which the act is decided and recorded.
    pub now: Timestamp,
    /// Who signed it.
    pub author: Author,
    /// New person numbers, as many as [`Act::allocates`] says.
    pub new_persons: Vec<PersonNumber>,
    /// New household codes, as many as [`Act::allocates`] says.
    pub new_households: Vec<HouseholdCode>,
    /// New numbers of claims to asylum, as many as [`Act::allocates`] says.
    pub new_claims: Vec<ClaimNumber>,
    /// New numbers of campaigns, as many as [`Act::allocates`] says.
    pub new_campaigns: Vec<CampaignNumber>,
    /// New numbers of service cases, as many as [`Act::allocates`] says.
    pub new_cases: Vec<CaseNumber>,
    /// New numbers of biometric references, as many as [`Act::allocates`] says.
    pub new_biometrics: Vec<BiometricNumber>,
    /// New numbers of sites, as many as [`Act::allocates`] says.
    pub new_sites: Vec<SiteNumber>,
}

/// An event about a subject. The shell adds the act and its nonce to the first one.
#[derive(Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whom it is about.
    pub subject: SubjectId,
    /// What is recorded.
    pub event: Event,
}

redacted!(States, RecordedAct, Need, Facts, Decided);

/// Decides an act: what is recorded of it, the part about its first subject first.
///
/// The act must have been read from the bytes that were signed ([`Act::decode`]), its signature checked, and everything that
/// [`needs`] asks for loaded.
///
/// # Errors
///
/// A [`Refusal`] that names the rule and what would make the act pass.
pub fn decide(states: &States, act: &Act, facts: &Facts) -> Result<Vec<Decided>, Refusal> {
    if states.acts.get(&act.id).is_some_and(Option::is_some) {
        return Err(Refusal::new(Reason::ActIdReused, "design:1 act"));
    }
    author::check(states, act, facts)?;
    if act.body.kind().is_governance() {
        return enrol::decide(states, act, facts);
    }
    check_expected_versions(states, act, &facts.author)?;
    let scene = Scene::new(states, act, facts)?;
    let decided = if let ActBody::CorrectAct(correction) = &act.body {
        amend::correct(&scene, correction)?
    } else if let ActBody::AnnulAct(annulment) = &act.body {
        amend::annul(&scene, annulment)?
    } else {
        decide_body(&scene)?
    };
    let decided = without_erased(states, decided)?;
    if PARTS_MAX < decided.len() {
        return Err(
            Refusal::new(Reason::ActTooLarge, "design:4 part, parts").with("parts_max", PARTS_MAX)
        );
    }
    removal::check_executions(&scene, &decided)?;
    standing::check(states, act, &decided)?;
    Ok(decided)
}

/// What is left to be recorded where a subject was erased. Nothing more is recorded about whoever was: an act that is about
/// them is refused, and where it is about somebody else it stands without them, so that nobody who is still registered
/// loses an act of their own by the erasure of a relative.
fn without_erased(states: &States, decided: Vec<Decided>) -> Result<Vec<Decided>, Refusal> {
    if decided
        .first()
        .is_some_and(|first| states.erased.contains(&first.subject))
    {
        return Err(erasure::erased());
    }
    let stays = |part: &Decided| !states.erased.contains(&part.subject);
    Ok(decided.into_iter().filter(stays).collect())
}

/// Decides what an act states by itself: everything but amendments and governance.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each act: divided, it would hide a missing one"
)]
fn decide_body(scene: &Scene<'_>) -> Result<Vec<Decided>, Refusal> {
    match &scene.act().body {
        ActBody::RegisterPerson(body) => registration::register_person(scene, body),
        ActBody::RegisterBirth(body) => registration::register_birth(scene, body),
        ActBody::RegisterDeath(body) => vital::register_death(scene, body),
        ActBody::IssueMarriageLicence(body) => family::issue_marriage_licence(scene, body),
        ActBody::RegisterMarriage(body) => family::register_marriage(scene, body),
        ActBody::RegisterDivorce(body) => family::register_divorce(scene, body),
        ActBody::ConfirmParentage(body) => vital::confirm_parentage(scene, body),
        ActBody::AppointGuardian(body) => vital::appoint_guardian(scene, body),
        ActBody::RecordEntry(body) => residence::record_entry(scene, body),
        ActBody::RecordExit(body) => residence::record_exit(scene, body),
        ActBody::IssueVisa(body) => residence::issue_visa(scene, body),
        ActBody::IssueResidencePermit(body) => residence::issue_permit(scene, body),
        ActBody::RenewResidencePermit(body) => residence::renew_permit(scene, body),
        ActBody::ReplaceResidencePermit(body) => residence::replace_permit(scene, body),
        ActBody::ConvertResidencePermit(body) => residence::convert_permit(scene, body),
        ActBody::RevokeResidencePermit(body) => residence::revoke_permit(scene, body),
        ActBody::RecordResidencePermitLapse(body) => residence::record_lapse(scene, body),
        ActBody::AttestResidenceCondition(body) => condition::attest(scene, body),
        ActBody::ExemptFromResidenceCondition(body) => condition::exempt(scene, body),
        ActBody::GrantStatus(body) => status::grant(scene, body),
        ActBody::ChangeStatus(body) => status::change(scene, body),
        ActBody::IssueDocument(body) => document::issue(scene, body),
        ActBody::ReportDocumentLost(body) => document::report_lost(scene, body),
        ActBody::VoidDocument(body) => document::void(scene, body),
        ActBody::FormHousehold(body) => household::form(scene, body),
        ActBody::SplitHousehold(body) => household::split(scene, body),
        ActBody::AddHouseholdMember(body) => household::add_member(scene, body),
        ActBody::RemoveHouseholdMember(body) => household::remove_member(scene, body),
        ActBody::MoveHouseholdMember(body) => household::move_member(scene, body),
        ActBody::ChangeHouseholdHead(body) => household::change_head(scene, body),
        ActBody::ChangeAddress(body) => household::change_address(scene, body),
        ActBody::SendFileTransfer(body) => file::send(scene, body),
        ActBody::ReceiveFileTransfer(body) => file::receive(scene, body),
        ActBody::ConfirmSamePerson(body) => identity::confirm_same(scene, body),
        ActBody::ConfirmDistinctPersons(body) => identity::confirm_distinct(scene, body),
        ActBody::WithdrawIdentityLink(body) => identity::withdraw(scene, body),
        ActBody::DisputeFact(body) => contest::dispute(scene, body),
        ActBody::ResolveDispute(body) => contest::resolve(scene, body),
        ActBody::DeclareOfficer(body) => identity::declare_officer(scene, body),
        ActBody::LodgeAsylumClaim(body) => asylum::lodge(scene, body),
        ActBody::RecordAsylumInterview(body) => asylum::record_interview(scene, body),
        ActBody::DecideAsylumClaim(body) => asylum::decide(scene, body),
        ActBody::OpenCampaign(body) => campaign::open(scene, body),
        ActBody::FixCampaignTargetList(body) => campaign::fix_target_list(scene, body),
        ActBody::RecordCampaignParticipation(body) => campaign::participate(scene, body),
        ActBody::RecordCampaignNonParticipation(body) => campaign::stay_away(scene, body),
        ActBody::ReportCampaignCoverage(body) => campaign::report_coverage(scene, body),
        ActBody::CloseCampaign(body) => campaign::close(scene, body),
        ActBody::OpenSite(body) => site::open(scene, body),
        ActBody::ChangeSiteCapacity(body) => site::change_capacity(scene, body),
        ActBody::RecordSiteAdmission(body) => site::admit(scene, body),
        ActBody::RecordSiteTransfer(body) => site::transfer(scene, body),
        ActBody::RecordSiteDischarge(body) => site::discharge(scene, body),
        ActBody::InspectSite(body) => site::inspect(scene, body),
        ActBody::CloseSite(body) => site::close(scene, body),
        ActBody::RecordBiometricReference(body) => biometric::record(scene, body),
        ActBody::WithdrawBiometricReference(body) => biometric::withdraw(scene, body),
        ActBody::OrderExpulsion(body) => removal::order(scene, body),
        ActBody::ServeDecision(body) => removal::serve(scene, body),
        ActBody::LodgeAppeal(body) => removal::lodge_appeal(scene, body),
        ActBody::HoldCommissionSession(body) => removal::hold_session(scene, body),
        ActBody::DecideAppeal(body) => removal::decide_appeal(scene, body),
        ActBody::SuspendExpulsion(body) => removal::suspend(scene, body),
        ActBody::ExtendExpulsionSuspension(body) => removal::extend_suspension(scene, body),
        ActBody::EndExpulsionSuspension(body) => removal::end_suspension(scene, body),
        ActBody::WithdrawExpulsionOrder(body) => removal::withdraw(scene, body),
        ActBody::ExecuteExpulsion(body) => removal::execute(scene, body),
        ActBody::RecordProtection(body) => removal::record_protection(scene, body),
        ActBody::EndProtection(body) => removal::end_protection(scene, body),
        ActBody::PlaceStayOfRemoval(body) => removal::place_stay(scene, body),
        ActBody::LiftStayOfRemoval(body) => removal::lift_stay(scene, body),
        ActBody::ImposeEntryBan(body) => removal::impose_ban(scene, body),
        ActBody::LiftEntryBan(body) => removal::lift_ban(scene, body),
        ActBody::RevokeVisa(body) => removal::revoke_visa(scene, body),
        ActBody::RecordViolationDecision(body) => removal::record_violation(scene, body),
        ActBody::BeginHolding(body) => removal::begin_holding(scene, body),
        ActBody::ExtendHolding(body) => removal::extend_holding(scene, body),
        ActBody::NotifyOfHolding(body) => removal::notify_of_holding(scene, body),
        ActBody::EndHolding(body) => removal::end_holding(scene, body),
        ActBody::RecordVoluntaryReturn(body) => removal::voluntary_return(scene, body),
        ActBody::RecordThirdCountryDeparture(body) => removal::third_country(scene, body),
        ActBody::RequestService(body) => case::request(scene, body),
        ActBody::AdvanceCase(body) => case::advance(scene, body),
        ActBody::CorrectAct(_)
        | ActBody::AnnulAct(_)
        | ActBody::FoundRegistry(_)
        | ActBody::EnrolAgency(_)
        | ActBody::RevokeAgency(_)
        | ActBody::EnrolKey(_)
        | ActBody::RevokeKey(_)
        | ActBody::EnrolOffice(_)
        | ActBody::AdoptPolicy(_)
        | ActBody::RotateLogKey(_)
        | ActBody::ExtendDeferral(_)
        | ActBody::RevokeGrant(_)
        | ActBody::JustifyLookup(_) => Err(Refusal::new(Reason::NotSameKind, "design:6")),
    }
}

/// The author may say which versions were seen; a subject that has changed since is a conflict.
fn check_expected_versions(states: &States, act: &Act, author: &Author) -> Result<(), Refusal> {
    for expected in &act.expected {
        let life = states.lives.get(&expected.subject);
        let seen = life.filter(|_| asylum::sees(author, &expected.subject));
        let current = seen.map_or(0, Life::version);
        if current != expected.version {
            return Err(
                Refusal::new(Reason::VersionConflict, "design:6 expected versions")
                    .with("expected_version", expected.version)
                    .with("current_version", current),
            );
        }
    }
    Ok(())
}
