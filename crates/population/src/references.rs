//! Every field of an act that holds the number of a subject.

use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::advance_case::Step;
use sabt_proto::event::v1::{
    Act, AdvanceCase, Applicant, Custody, Informant, MemberRelation, Party, RequestService,
    applicant, party::Who,
};

/// Calls `visit` on every number field that is not empty, in the order of the message, until it fails.
pub(crate) fn for_each<E>(
    act: &mut Act,
    visit: &mut dyn FnMut(&mut String) -> Result<(), E>,
) -> Result<(), E> {
    for expected in &mut act.expected {
        number(&mut expected.subject, visit)?;
    }
    match &mut act.body {
        Some(Body::CorrectAct(correction)) => match &mut correction.replacement {
            Some(replacement) => for_each(replacement, visit),
            None => Ok(()),
        },
        Some(body) => in_body(body, visit),
        None => Ok(()),
    }
}

type Visit<'a, E> = &'a mut dyn FnMut(&mut String) -> Result<(), E>;

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each act: divided, it would hide a missing one"
)]
fn in_body<E>(body: &mut Body, visit: Visit<'_, E>) -> Result<(), E> {
    match body {
        Body::RegisterBirth(b) => {
            party(&mut b.mother, visit)?;
            party(&mut b.father, visit)?;
            number(&mut b.household, visit)?;
            informant(&mut b.informant, visit)
        }
        Body::RegisterDeath(b) => {
            number(&mut b.person, visit)?;
            informant(&mut b.informant, visit)
        }
        Body::IssueMarriageLicence(b) => couple(&mut b.wife, &mut b.husband, visit),
        Body::RegisterMarriage(b) => couple(&mut b.husband, &mut b.wife, visit),
        Body::RegisterDivorce(b) => {
            couple(&mut b.husband, &mut b.wife, visit)?;
            b.custody
                .iter_mut()
                .try_for_each(|each| custody(each, visit))
        }
        Body::ConfirmParentage(b) => {
            number(&mut b.child, visit)?;
            party(&mut b.parent, visit)
        }
        Body::AppointGuardian(b) => {
            number(&mut b.child, visit)?;
            party(&mut b.guardian, visit)
        }
        Body::RecordEntry(b) => number(&mut b.person, visit),
        Body::RecordExit(b) => number(&mut b.person, visit),
        Body::IssueVisa(b) => number(&mut b.person, visit),
        Body::IssueResidencePermit(b) => number(&mut b.person, visit),
        Body::RenewResidencePermit(b) => number(&mut b.person, visit),
        Body::ReplaceResidencePermit(b) => number(&mut b.person, visit),
        Body::ConvertResidencePermit(b) => number(&mut b.person, visit),
        Body::RevokeResidencePermit(b) => number(&mut b.person, visit),
        Body::RecordResidencePermitLapse(b) => number(&mut b.person, visit),
        Body::GrantStatus(b) => number(&mut b.person, visit),
        Body::ChangeStatus(b) => number(&mut b.person, visit),
        Body::IssueDocument(b) => number(&mut b.person, visit),
        Body::ReportDocumentLost(b) => number(&mut b.person, visit),
        Body::VoidDocument(b) => number(&mut b.person, visit),
        Body::ChangeAddress(b) => number(&mut b.subject, visit),
        Body::SendFileTransfer(b) => number(&mut b.person, visit),
        Body::ReceiveFileTransfer(b) => number(&mut b.person, visit),
        Body::DeclareOfficer(b) => number(&mut b.person, visit),
        Body::ConfirmSamePerson(b) => pair(&mut b.person, &mut b.other, visit),
        Body::ConfirmDistinctPersons(b) => pair(&mut b.person, &mut b.other, visit),
        Body::WithdrawIdentityLink(b) => pair(&mut b.person, &mut b.other, visit),
        Body::DisputeFact(b) => number(&mut b.person, visit),
        Body::ResolveDispute(b) => number(&mut b.person, visit),
        Body::LodgeAsylumClaim(b) => number(&mut b.person, visit),
        Body::RecordAsylumInterview(b) => number(&mut b.claim, visit),
        Body::DecideAsylumClaim(b) => number(&mut b.claim, visit),
        Body::FixCampaignTargetList(b) => pair(&mut b.campaign, &mut b.previous_campaign, visit),
        Body::RecordCampaignParticipation(b) => pair(&mut b.campaign, &mut b.person, visit),
        Body::RecordCampaignNonParticipation(b) => pair(&mut b.campaign, &mut b.person, visit),
        Body::ReportCampaignCoverage(b) => number(&mut b.campaign, visit),
        Body::CloseCampaign(b) => number(&mut b.campaign, visit),
        Body::RecordBiometricReference(b) => number(&mut b.person, visit),
        Body::WithdrawBiometricReference(b) => number(&mut b.biometric, visit),
        Body::ChangeSiteCapacity(b) => number(&mut b.site, visit),
        Body::RecordSiteAdmission(b) => pair(&mut b.site, &mut b.person, visit),
        Body::RecordSiteTransfer(b) => {
            number(&mut b.person, visit)?;
            pair(&mut b.from_site, &mut b.to_site, visit)
        }
        Body::RecordSiteDischarge(b) => pair(&mut b.site, &mut b.person, visit),
        Body::InspectSite(b) => number(&mut b.site, visit),
        Body::CloseSite(b) => number(&mut b.site, visit),
        Body::AttestResidenceCondition(b) => number(&mut b.person, visit),
        Body::ExemptFromResidenceCondition(b) => number(&mut b.person, visit),
        Body::OrderExpulsion(b) => number(&mut b.person, visit),
        Body::ServeDecision(b) => number(&mut b.person, visit),
        Body::LodgeAppeal(b) => number(&mut b.person, visit),
        Body::HoldCommissionSession(b) => number(&mut b.person, visit),
        Body::DecideAppeal(b) => number(&mut b.person, visit),
        Body::SuspendExpulsion(b) => number(&mut b.person, visit),
        Body::ExtendExpulsionSuspension(b) => number(&mut b.person, visit),
        Body::EndExpulsionSuspension(b) => number(&mut b.person, visit),
        Body::WithdrawExpulsionOrder(b) => number(&mut b.person, visit),
        Body::ExecuteExpulsion(b) => number(&mut b.person, visit),
        Body::RecordProtection(b) => number(&mut b.person, visit),
        Body::EndProtection(b) => number(&mut b.person, visit),
        Body::PlaceStayOfRemoval(b) => number(&mut b.person, visit),
        Body::LiftStayOfRemoval(b) => number(&mut b.stay, visit),
        Body::ImposeEntryBan(b) => number(&mut b.person, visit),
        Body::LiftEntryBan(b) => number(&mut b.person, visit),
        Body::RevokeVisa(b) => number(&mut b.person, visit),
        Body::RecordViolationDecision(b) => number(&mut b.person, visit),
        Body::BeginHolding(b) => number(&mut b.person, visit),
        Body::ExtendHolding(b) => number(&mut b.person, visit),
        Body::NotifyOfHolding(b) => number(&mut b.person, visit),
        Body::EndHolding(b) => number(&mut b.person, visit),
        Body::RecordVoluntaryReturn(b) => number(&mut b.person, visit),
        Body::RecordThirdCountryDeparture(b) => number(&mut b.person, visit),
        Body::RequestService(b) => in_request(b, visit),
        Body::AdvanceCase(b) => in_step(b, visit),
        Body::FormHousehold(_)
        | Body::SplitHousehold(_)
        | Body::AddHouseholdMember(_)
        | Body::RemoveHouseholdMember(_)
        | Body::MoveHouseholdMember(_)
        | Body::ChangeHouseholdHead(_) => in_household_body(body, visit),
        // These name no person or household, or (a correction) were met by the caller.
        Body::RegisterPerson(_)
        | Body::CorrectAct(_)
        | Body::AnnulAct(_)
        | Body::FoundRegistry(_)
        | Body::EnrolAgency(_)
        | Body::RevokeAgency(_)
        | Body::EnrolKey(_)
        | Body::RevokeKey(_)
        | Body::EnrolOffice(_)
        | Body::AdoptPolicy(_)
        | Body::RotateLogKey(_)
        | Body::ExtendDeferral(_)
        | Body::RevokeGrant(_)
        | Body::OpenCampaign(_)
        | Body::OpenSite(_)
        | Body::JustifyLookup(_) => Ok(()),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the caller names the household bodies one by one"
)]
fn in_household_body<E>(body: &mut Body, visit: Visit<'_, E>) -> Result<(), E> {
    match body {
        Body::FormHousehold(b) => {
            number(&mut b.head, visit)?;
            members(&mut b.members, visit)
        }
        Body::SplitHousehold(b) => {
            pair(&mut b.household, &mut b.new_head, visit)?;
            members(&mut b.leaving, visit)
        }
        Body::AddHouseholdMember(b) => {
            number(&mut b.household, visit)?;
            members(b.member.as_mut_slice(), visit)
        }
        Body::RemoveHouseholdMember(b) => pair(&mut b.household, &mut b.person, visit),
        Body::MoveHouseholdMember(b) => {
            pair(&mut b.from_household, &mut b.to_household, visit)?;
            members(b.member.as_mut_slice(), visit)
        }
        Body::ChangeHouseholdHead(b) => {
            pair(&mut b.household, &mut b.new_head, visit)?;
            members(&mut b.relations, visit)
        }
        _ => Ok(()),
    }
}

fn in_request<E>(body: &mut RequestService, visit: Visit<'_, E>) -> Result<(), E> {
    match &mut body.applicant {
        Some(Applicant {
            who: Some(applicant::Who::Person(field) | applicant::Who::Household(field)),
        }) => number(field, visit)?,
        Some(Applicant {
            who: Some(applicant::Who::Organisation(_) | applicant::Who::Vehicle(_)) | None,
        })
        | None => {}
    }
    body.concerned
        .iter_mut()
        .try_for_each(|each| number(each, visit))
}

fn in_step<E>(body: &mut AdvanceCase, visit: Visit<'_, E>) -> Result<(), E> {
    number(&mut body.case, visit)?;
    if let Some(Step::PaperIssued(issue)) = &mut body.step {
        let mut holders = issue.holders.iter_mut();
        holders.try_for_each(|each| number(each, visit))
    } else if let Some(Step::NationalityGranted(grant)) = &mut body.step {
        number(&mut grant.person, visit)
    } else {
        Ok(())
    }
}

fn number<E>(field: &mut String, visit: Visit<'_, E>) -> Result<(), E> {
    if field.is_empty() {
        Ok(())
    } else {
        visit(field)
    }
}

fn pair<E>(one: &mut String, other: &mut String, visit: Visit<'_, E>) -> Result<(), E> {
    number(one, visit)?;
    number(other, visit)
}

fn party<E>(party: &mut Option<Party>, visit: Visit<'_, E>) -> Result<(), E> {
    match party {
        Some(Party {
            who: Some(Who::Person(field)),
        }) => number(field, visit),
        Some(Party {
            who: Some(Who::IranianNationalNumber(_) | Who::Named(_)) | None,
        })
        | None => Ok(()),
    }
}

fn couple<E>(
    one: &mut Option<Party>,
    other: &mut Option<Party>,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    party(one, visit)?;
    party(other, visit)
}

fn informant<E>(informant: &mut Option<Informant>, visit: Visit<'_, E>) -> Result<(), E> {
    match informant {
        Some(informant) => number(&mut informant.person, visit),
        None => Ok(()),
    }
}

fn custody<E>(custody: &mut Custody, visit: Visit<'_, E>) -> Result<(), E> {
    number(&mut custody.child, visit)?;
    party(&mut custody.custodian, visit)
}

fn members<E>(members: &mut [MemberRelation], visit: Visit<'_, E>) -> Result<(), E> {
    members
        .iter_mut()
        .try_for_each(|member| number(&mut member.person, visit))
}
