use std::collections::BTreeSet;

use super::{Need, States, amend, asylum, campaign, document, removal, site};
use crate::access::Role;
use crate::act::{
    Act, ActBody, AdvanceCase, Applicant, CaseStep, RequestService, Resident, SubjectId,
};
use crate::fact::{Document, DocumentKey, MemberRelation, Party};
use crate::governance::Author;
use crate::life::At;
use crate::number::{HouseholdCode, PersonNumber};
use crate::person::Person;

/// What is still missing to decide an act. The shell loads it and asks again until nothing is missing, at most
/// [`super::NEED_ROUNDS_MAX`] times. For an author who is not the asylum unit, nothing about a claim is ever asked for.
pub fn needs(act: &Act, author: &Author, states: &States) -> Vec<Need> {
    if let ActBody::ExtendDeferral(extension) = &act.body
        && !states.deferrals.contains_key(&extension.disclosure)
    {
        return vec![Need::Deferral(extension.disclosure)];
    }
    if let ActBody::JustifyLookup(justification) = &act.body
        && !states.drawn.contains_key(&justification.disclosure)
    {
        return vec![Need::Drawn(justification.disclosure)];
    }
    let kind = act.body.kind();
    if kind.is_governance() || (asylum::is_asylum(kind) && !asylum::sees_claims(author)) {
        return Vec::new();
    }
    let mut wanted = Wanted::default();
    let expected = act.expected.iter().map(|expected| &expected.subject);
    for subject in expected.filter(|subject| asylum::sees(author, subject)) {
        wanted.subjects.insert(subject.clone());
    }
    if let ActBody::AnnulAct(annulment) = &act.body {
        wanted
            .needs
            .extend(amend::needs_of_target(states, annulment.target, author));
        wanted.stayed = removal::executed(states);
    } else if let ActBody::CorrectAct(correction) = &act.body {
        let of_target = amend::needs_of_target(states, correction.target, author);
        let reduced = amend::states_without(states, correction.target);
        if let Some(reduced) = reduced.filter(|_| of_target.is_empty()) {
            let replacement = &correction.replacement;
            if asylum::sees_claims(author) || !asylum::is_asylum(replacement.body.kind()) {
                wanted.mention(replacement, &reduced);
            }
        }
        wanted.needs.extend(of_target);
        wanted.stayed.extend(removal::executed(states));
    } else {
        wanted.mention(act, states);
    }
    // Counting is dear, and whoever may not organise is refused without it.
    if !author.roles.contains(&Role::CampaignOrganiser) {
        wanted.needs.retain(|need| !matches!(need, Need::Roster(_)));
    }
    if !author.roles.contains(&Role::Registrar) {
        let of_site = |need: &Need| matches!(need, Need::Occupants(_));
        wanted.needs.retain(|need| !of_site(need));
    }
    wanted.missing(states)
}

/// What an act asks for, loaded or not.
#[derive(Default)]
struct Wanted {
    subjects: BTreeSet<SubjectId>,
    documents: BTreeSet<DocumentKey>,
    /// Persons whose claims to asylum are wanted.
    claimants: BTreeSet<PersonNumber>,
    /// Persons whose stays of removal are wanted.
    stayed: BTreeSet<PersonNumber>,
    needs: BTreeSet<Need>,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an act that is not met here names nobody; a test decides every kind of act after loading what it needs"
)]
impl Wanted {
    fn missing(self, states: &States) -> Vec<Need> {
        let mut needs = self.needs;
        for key in self.documents {
            match states.documents.get(&key) {
                Some(holders) => needs.extend(
                    holders
                        .iter()
                        .map(|holder| SubjectId::Person(*holder))
                        .filter(|holder| !states.lives.contains_key(holder))
                        .map(Need::Life),
                ),
                None => {
                    needs.insert(Need::Document(key));
                }
            }
        }
        for person in self.claimants {
            match states.claims.get(&person) {
                Some(claims) => needs.extend(
                    claims
                        .iter()
                        .map(|claim| SubjectId::AsylumClaim(*claim))
                        .filter(|claim| !states.lives.contains_key(claim))
                        .map(Need::Life),
                ),
                None => {
                    needs.insert(Need::Claims(person));
                }
            }
        }
        for person in self.stayed {
            match states.stays.get(&person) {
                Some(stays) => needs.extend(
                    stays
                        .iter()
                        .map(|stay| SubjectId::AsylumClaim(*stay))
                        .filter(|stay| !states.lives.contains_key(stay))
                        .map(Need::Life),
                ),
                None => {
                    needs.insert(Need::Stays(person));
                }
            }
        }
        needs.extend(
            self.subjects
                .into_iter()
                .filter(|subject| !states.lives.contains_key(subject))
                .map(Need::Life),
        );
        needs.into_iter().collect()
    }

    fn person(&mut self, number: PersonNumber) {
        self.subjects.insert(number.into());
    }

    fn household(&mut self, code: HouseholdCode) {
        self.subjects.insert(code.into());
    }

    fn party(&mut self, party: &Party) {
        if let Some(number) = party.person() {
            self.person(number);
        }
    }

    fn documents(&mut self, documents: &[Document]) {
        let keys = documents.iter().map(Document::key);
        self.documents
            .extend(keys.filter(|key| document::is_personal(key.kind())));
    }

    /// Everything an act names, and everything that follows from the lives of those it names.
    fn mention(&mut self, act: &Act, states: &States) {
        match &act.body {
            ActBody::RegisterPerson(body) => self.documents(&body.documents),
            ActBody::RegisterBirth(body) => {
                self.documents(body.certificate.as_slice());
                if let Some(informant) = body.informant.and_then(|informant| informant.person) {
                    self.person(informant);
                }
                if let Some(code) = body.household {
                    self.household(code);
                }
                for parent in [&body.mother, &body.father].into_iter().flatten() {
                    self.party(parent);
                    self.household_of(parent.person(), act, states);
                }
            }
            ActBody::RegisterDeath(body) => {
                self.person(body.person);
                self.documents(body.certificate.as_slice());
                if let Some(informant) = body.informant.and_then(|informant| informant.person) {
                    self.person(informant);
                }
                self.household_of(Some(body.person), act, states);
                self.spouses_of(body.person, act, states);
            }
            ActBody::IssueMarriageLicence(body) => self.parties(&[&body.wife, &body.husband]),
            ActBody::RegisterMarriage(body) => self.parties(&[&body.husband, &body.wife]),
            ActBody::RegisterDivorce(body) => {
                self.parties(&[&body.husband, &body.wife]);
                for custody in &body.custody {
                    self.person(custody.child);
                    self.party(&custody.custodian);
                }
            }
            ActBody::ConfirmParentage(body) => {
                self.person(body.child);
                self.party(&body.parent);
            }
            ActBody::AppointGuardian(body) => {
                self.person(body.child);
                self.party(&body.guardian);
            }
            ActBody::IssueDocument(body) => {
                self.person(body.person);
                self.documents(core::slice::from_ref(&body.document));
            }
            ActBody::ConfirmSamePerson(body) => self.persons(&[body.person, body.other]),
            ActBody::ConfirmDistinctPersons(body) => self.persons(&[body.person, body.other]),
            ActBody::WithdrawIdentityLink(body) => self.persons(&[body.person, body.other]),
            ActBody::LodgeAsylumClaim(body) => {
                self.person(body.person);
                self.claimants.insert(body.person);
            }
            ActBody::RecordAsylumInterview(_) | ActBody::DecideAsylumClaim(_) => {
                if let Some(claim) = asylum::claim_of(act) {
                    self.subjects.insert(claim.into());
                    if let Some(person) = asylum::claimant(states, claim) {
                        self.person(person);
                    }
                }
            }
            ActBody::RequestService(body) => self.mention_request(body),
            ActBody::AdvanceCase(body) => self.mention_case(body, states),
            body => {
                self.mention_one(body);
                self.mention_round_or_site(body, states);
                self.mention_stays(body);
                self.mention_biometrics(body, states);
                self.mention_household(act, states);
            }
        }
    }

    fn mention_request(&mut self, body: &RequestService) {
        self.persons(&body.persons());
        if let Applicant::Household(code) = body.applicant {
            self.household(code);
        }
    }

    /// A step that is recorded about persons, or that their deaths allow, needs the lives of all whom the case concerns.
    fn mention_case(&mut self, body: &AdvanceCase, states: &States) {
        self.subjects.insert(body.case.into());
        if let CaseStep::PaperIssued(issue) = &body.step {
            self.persons(&issue.holders);
            if document::is_personal(issue.content.kind()) {
                self.documents.insert(issue.key());
            }
        }
        let reaches_persons = matches!(
            body.step,
            CaseStep::PaperExtended(_) | CaseStep::NationalityGranted(_) | CaseStep::CaseClosed(_)
        );
        let life = states.lives.get(&body.case.into());
        let case = life.and_then(|life| life.case(&At::END));
        if let Some(case) = case.filter(|_| reaches_persons) {
            self.persons(&case.persons);
        }
    }

    fn parties(&mut self, parties: &[&Party]) {
        for party in parties {
            self.party(party);
        }
    }

    fn persons(&mut self, persons: &[PersonNumber]) {
        for person in persons {
            self.person(*person);
        }
    }

    fn members(&mut self, members: &[MemberRelation]) {
        for member in members {
            self.person(member.person);
        }
    }

    /// Acts about one person.
    fn mention_one(&mut self, body: &ActBody) {
        let number = match body {
            ActBody::RecordEntry(body) => body.person,
            ActBody::RecordExit(body) => body.person,
            ActBody::IssueVisa(body) => body.person,
            ActBody::IssueResidencePermit(body) => body.person,
            ActBody::RenewResidencePermit(body) => body.person,
            ActBody::ReplaceResidencePermit(body) => body.person,
            ActBody::ConvertResidencePermit(body) => body.person,
            ActBody::RevokeResidencePermit(body) => body.person,
            ActBody::RecordResidencePermitLapse(body) => body.person,
            ActBody::AttestResidenceCondition(body) => body.person,
            ActBody::ExemptFromResidenceCondition(body) => body.person,
            ActBody::GrantStatus(body) => body.person,
            ActBody::ChangeStatus(body) => body.person,
            ActBody::ReportDocumentLost(body) => body.person,
            ActBody::VoidDocument(body) => body.person,
            ActBody::SendFileTransfer(body) => body.person,
            ActBody::ReceiveFileTransfer(body) => body.person,
            ActBody::DisputeFact(body) => body.person,
            ActBody::ResolveDispute(body) => body.person,
            ActBody::DeclareOfficer(body) => body.person,
            ActBody::RecordCampaignParticipation(body) => body.person,
            ActBody::RecordCampaignNonParticipation(body) => body.person,
            ActBody::OrderExpulsion(body) => body.person,
            ActBody::ServeDecision(body) => body.person,
            ActBody::LodgeAppeal(body) => body.person,
            ActBody::HoldCommissionSession(body) => body.person,
            ActBody::DecideAppeal(body) => body.person,
            ActBody::SuspendExpulsion(body) => body.person,
            ActBody::ExtendExpulsionSuspension(body) => body.person,
            ActBody::EndExpulsionSuspension(body) => body.person,
            ActBody::WithdrawExpulsionOrder(body) => body.person,
            ActBody::ExecuteExpulsion(body) => body.person,
            ActBody::PlaceStayOfRemoval(body) => body.person,
            ActBody::RecordProtection(body) => body.person,
            ActBody::EndProtection(body) => body.person,
            ActBody::ImposeEntryBan(body) => body.person,
            ActBody::LiftEntryBan(body) => body.person,
            ActBody::RevokeVisa(body) => body.person,
            ActBody::RecordViolationDecision(body) => body.person,
            ActBody::BeginHolding(body) => body.person,
            ActBody::ExtendHolding(body) => body.person,
            ActBody::NotifyOfHolding(body) => body.person,
            ActBody::EndHolding(body) => body.person,
            ActBody::RecordVoluntaryReturn(body) => body.person,
            ActBody::RecordThirdCountryDeparture(body) => body.person,
            ActBody::RecordSiteAdmission(body) => body.person,
            ActBody::RecordSiteTransfer(body) => body.person,
            ActBody::RecordSiteDischarge(body) => body.person,
            _ => return,
        };
        self.person(number);
    }

    /// Acts about campaigns and sites.
    fn mention_round_or_site(&mut self, body: &ActBody, states: &States) {
        let named = [campaign::campaign_of(body), campaign::previous_of(body)];
        self.subjects
            .extend(named.into_iter().flatten().map(SubjectId::from));
        self.needs.extend(campaign::count_needed(body, states));
        let sites = site::sites_of(body).into_iter();
        self.subjects.extend(sites.map(SubjectId::from));
        self.needs.extend(site::occupants_needed(body, states));
    }

    /// Acts that place a stay of removal, lift one, or would be kept back by one.
    fn mention_stays(&mut self, body: &ActBody) {
        match body {
            ActBody::PlaceStayOfRemoval(body) => {
                self.stayed.insert(body.person);
            }
            ActBody::ExecuteExpulsion(body) => {
                self.stayed.insert(body.person);
            }
            ActBody::LiftStayOfRemoval(body) => {
                self.subjects.insert(body.stay.into());
            }
            _ => {}
        }
    }

    /// Acts about biometric references.
    fn mention_biometrics(&mut self, body: &ActBody, states: &States) {
        match body {
            ActBody::RecordBiometricReference(body) => {
                self.person(body.person);
                if !states.biometrics.contains_key(&body.person) {
                    self.needs.insert(Need::Biometrics(body.person));
                }
            }
            ActBody::WithdrawBiometricReference(body) => {
                self.subjects.insert(body.biometric.into());
            }
            _ => {}
        }
    }

    /// Acts about households.
    fn mention_household(&mut self, act: &Act, states: &States) {
        match &act.body {
            ActBody::FormHousehold(body) => {
                self.person(body.head);
                self.members(&body.members);
            }
            ActBody::SplitHousehold(body) => {
                self.household(body.household);
                self.person(body.new_head);
                self.members(&body.leaving);
            }
            ActBody::AddHouseholdMember(body) => {
                self.household(body.household);
                self.person(body.member.person);
            }
            ActBody::RemoveHouseholdMember(body) => {
                self.household(body.household);
                self.person(body.person);
            }
            ActBody::MoveHouseholdMember(body) => {
                self.household(body.from_household);
                self.household(body.to_household);
                self.person(body.member.person);
            }
            ActBody::ChangeHouseholdHead(body) => {
                self.household(body.household);
                self.person(body.new_head);
                self.members(&body.relations);
                self.members_of(body.household, act, states);
            }
            ActBody::ChangeAddress(body) => match body.subject {
                Resident::Person(number) => self.person(number),
                Resident::Household(code) => {
                    self.household(code);
                    self.members_of(code, act, states);
                }
            },
            _ => {}
        }
    }

    /// The household of a person, on the day of the fact and now.
    fn household_of(&mut self, number: Option<PersonNumber>, act: &Act, states: &States) {
        for person in number
            .into_iter()
            .flat_map(|number| on_both_days(number, act, states))
        {
            if let Some(membership) = person.household {
                self.household(membership.household);
            }
        }
    }

    fn spouses_of(&mut self, number: PersonNumber, act: &Act, states: &States) {
        for person in on_both_days(number, act, states) {
            person
                .spouses
                .iter()
                .for_each(|spouse| self.party(&spouse.who));
        }
    }

    fn members_of(&mut self, code: HouseholdCode, act: &Act, states: &States) {
        let household = states
            .lives
            .get(&code.into())
            .and_then(|life| life.household(&At::day(act.occurred_on.earliest())));
        for member in household
            .into_iter()
            .flat_map(|household| household.members)
        {
            self.person(member.person);
        }
    }
}

/// A person on the day of an act's fact, and at the end of what is recorded.
fn on_both_days(
    number: PersonNumber,
    act: &Act,
    states: &States,
) -> impl Iterator<Item = Person> + use<> {
    let life = states.lives.get(&number.into());
    let days = [At::day(act.occurred_on.earliest()), At::END];
    let persons = days.map(|at| life.and_then(|life| life.person(&at)));
    persons.into_iter().flatten()
}
