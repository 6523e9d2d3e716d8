mod case;
mod family;
mod removal;
mod residence;

use super::{
    Crossing, Direction, DocumentEnd, FileLocation, HeldDocument, MarriageEnd, MarriageEndGround,
    Membership, OfficerPost, Parent, PermitEndGround, Person,
};
use crate::act::{
    ChangeHouseholdHead, DeclareOfficer, IssueDocument, SendFileTransfer, VoidDocument,
};
use crate::event::{BirthRegistered, Event, EventBody, EventKind, PersonRegistered};
use crate::fact::{EvidenceState, ParentRole, Party, Relation, VoidReason};
use crate::life::Effective;
use crate::number::PersonNumber;
use crate::site::StayEnd;
use crate::time::PartialDate;

impl Person {
    /// Folds events in valid order into a person, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut person: Option<Self> = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let applied = match &mut person {
                Some(person) => person.apply(effective),
                none => {
                    *none = Self::first(effective.event);
                    none.is_some()
                }
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (person, passed_over)
    }

    /// The person that a registration brings about.
    fn first(event: &Event) -> Option<Self> {
        let on = event.occurred_on;
        if let EventBody::PersonRegistered(registered) = &event.body {
            return Some(Self::of_registration(registered, on));
        }
        if let EventBody::BirthRegistered(birth) = &event.body {
            return Some(Self::of_birth(birth, on));
        }
        None
    }

    fn of_registration(registered: &PersonRegistered, on: PartialDate) -> Self {
        let mut person = Self::registered(
            registered.number,
            registered.particulars.clone(),
            registered.evidence,
            on,
            registered.file_province,
        );
        person.show_documents(&registered.documents, on);
        person.address.clone_from(&registered.address);
        person
    }

    fn of_birth(birth: &BirthRegistered, on: PartialDate) -> Self {
        let mut particulars = birth.child.clone();
        // A birth is dated; the particulars need not repeat it.
        particulars.birth_date = particulars.birth_date.or(Some(on));
        let evidence = if birth.certificate.is_some() {
            EvidenceState::Document
        } else {
            EvidenceState::NoDocument
        };
        let mut person =
            Self::registered(birth.number, particulars, evidence, on, birth.file_province);
        person.show_documents(birth.certificate.as_slice(), on);
        let parents = [
            (&birth.mother, ParentRole::Mother),
            (&birth.father, ParentRole::Father),
        ];
        for (who, role) in parents {
            if let Some(who) = who {
                person.parents.push(Parent {
                    who: who.clone(),
                    role,
                });
            }
        }
        person
    }

    /// Applies an event; false if it finds nothing to act on.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each event: divided, it would hide a missing one"
    )]
    fn apply(&mut self, effective: &Effective<'_>) -> bool {
        let event = effective.event;
        let ended = self.death.is_some() || self.closure.is_some();
        if ended && !may_follow_death(event.body.kind()) {
            return false;
        }
        let on = event.occurred_on;
        match &event.body {
            EventBody::ChildBorn(born) => self.add_child(born.child, born.role, on),
            EventBody::DeathRegistered(death) => self.die(death, on),
            EventBody::SpouseDied(died) => self.end_marriage(
                &Party::Person(died.spouse),
                MarriageEnd {
                    on,
                    ground: MarriageEndGround::Death,
                },
            ),
            EventBody::MarriageLicenceIssued(licence) => self.add_licence(licence, on),
            EventBody::MarriageRegistered(marriage) => self.marry(marriage, on),
            EventBody::DivorceRegistered(divorce) => self.divorce(divorce, on),
            EventBody::ParentageConfirmed(finding) => self.confirm_parentage(finding, on),
            EventBody::GuardianAppointed(appointed) => self.appoint_guardian(appointed, on),
            EventBody::EntryRecorded(entry) => {
                self.cross(Direction::In(entry.kind), &entry.border_point, on)
            }
            EventBody::ExitRecorded(exit) => {
                self.cross(Direction::Out(exit.kind), &exit.border_point, on)
            }
            EventBody::VisaIssued(visa) => self.add_visa(visa, &event.legal_basis),
            EventBody::ResidencePermitIssued(permit) => self.add_permit(permit, &event.legal_basis),
            EventBody::ResidencePermitRenewed(renewal) => {
                self.renew_permit(renewal, &event.legal_basis)
            }
            EventBody::ResidencePermitReplaced(replacement) => self.replace_permit(replacement, on),
            EventBody::ResidenceStatusConverted(conversion) => {
                self.convert_permit(conversion, on, &event.legal_basis)
            }
            EventBody::ResidencePermitRevoked(revocation) => {
                self.revoke_permit(revocation, effective)
            }
            EventBody::ResidencePermitLapsed(lapse) => {
                self.end_permit(&lapse.permit_number, on, PermitEndGround::Lapsed)
            }
            EventBody::ResidenceConditionAttested(stated) => self.attest(stated, effective),
            EventBody::ResidenceConditionExempted(stated) => self.exempt(stated, effective),
            EventBody::StatusGranted(grant) => self.add_status(grant.status, on),
            EventBody::StatusChanged(change) => self.change_status_by(change, effective),
            EventBody::DocumentIssued(issue) => self.add_document(issue, on),
            EventBody::DocumentLossReported(loss) => {
                match self.document_mut(&loss.document.key()) {
                    Some(held) if held.is_live() => {
                        held.lost_on = Some(on);
                        true
                    }
                    _ => false,
                }
            }
            EventBody::DocumentVoided(voided) => self.void_document(voided, on),
            EventBody::HouseholdHeadChanged(change) => self.change_head(change),
            EventBody::HouseholdJoined(joined) => {
                let fits = self.household.is_none();
                if fits {
                    self.household = Some(Membership {
                        household: joined.household,
                        relation: joined.relation,
                        since: on,
                    });
                }
                fits
            }
            EventBody::HouseholdLeft(left) => self
                .household
                .take_if(|membership| membership.household == left.household)
                .is_some(),
            EventBody::AddressChanged(change) => {
                self.address = Some(change.address.clone());
                true
            }
            EventBody::FileTransferSent(transfer) => self.send_file(transfer),
            EventBody::FileTransferReceived(receipt) => {
                let fits = matches!(self.file, FileLocation::InTransit { to, .. } if to == receipt.province);
                if fits {
                    self.file = FileLocation::Held(receipt.province);
                }
                fits
            }
            EventBody::SamePersonConfirmed(finding) => {
                let other = self.other(finding.person, finding.other);
                !self.distinct_from.contains(&other) && self.same_as.insert(other)
            }
            EventBody::DistinctPersonsConfirmed(finding) => {
                let other = self.other(finding.person, finding.other);
                !self.same_as.contains(&other) && self.distinct_from.insert(other)
            }
            EventBody::IdentityLinkWithdrawn(withdrawal) => {
                let other = self.other(withdrawal.person, withdrawal.other);
                let was_same = self.same_as.remove(&other);
                self.distinct_from.remove(&other) || was_same
            }
            EventBody::OfficerDeclared(declared) => self.take_post(declared, effective),
            EventBody::ServiceCaseOpened(opened) => self.open_case(opened, on),
            EventBody::DocumentExtended(extended) => self.extend_document(extended),
            EventBody::PersonRecordClosed(closed) => self.close_record(closed, on),
            EventBody::FactDisputed(disputed) => self.dispute(disputed, effective),
            EventBody::DisputeResolved(resolved) => {
                self.resolve_dispute(resolved.dispute, &resolved.resolution)
            }
            EventBody::CampaignParticipationRecorded(stated) => self.take_part(stated, event),
            EventBody::CampaignNonParticipationRecorded(stated) => self.stay_away(stated, event),
            EventBody::SiteAdmissionRecorded(stated) => self.admit(stated, effective.act_id, on),
            EventBody::SiteTransferRecorded(stated) => self.transfer(stated, effective.act_id, on),
            EventBody::SiteDischargeRecorded(stated) => self.discharge(stated, on),
            EventBody::ExpulsionOrdered(_)
            | EventBody::DecisionServed(_)
            | EventBody::AppealLodged(_)
            | EventBody::CommissionSessionHeld(_)
            | EventBody::AppealDecided(_)
            | EventBody::ExpulsionSuspended(_)
            | EventBody::ExpulsionSuspensionExtended(_)
            | EventBody::ExpulsionSuspensionEnded(_)
            | EventBody::ExpulsionOrderWithdrawn(_)
            | EventBody::ExpulsionExecuted(_)
            | EventBody::ProtectionRecorded(_)
            | EventBody::ProtectionEnded(_)
            | EventBody::EntryBanImposed(_)
            | EventBody::EntryBanLifted(_)
            | EventBody::VisaRevoked(_)
            | EventBody::ViolationDecisionRecorded(_)
            | EventBody::HoldingBegan(_)
            | EventBody::HoldingExtended(_)
            | EventBody::HoldingNotified(_)
            | EventBody::HoldingEnded(_)
            | EventBody::VoluntaryReturnRecorded(_)
            | EventBody::ThirdCountryDepartureRecorded(_) => {
                self.apply_removal(effective).unwrap_or(false)
            }
            // A person is registered once, amendments are resolved before, and the rest is about other subjects.
            EventBody::PersonRegistered(_)
            | EventBody::BirthRegistered(_)
            | EventBody::HouseholdFormed(_)
            | EventBody::HouseholdSplit(_)
            | EventBody::HouseholdMemberAdded(_)
            | EventBody::HouseholdMemberRemoved(_)
            | EventBody::ActCorrected(_)
            | EventBody::ActAnnulled(_)
            | EventBody::RegistryFounded(_)
            | EventBody::AgencyEnrolled(_)
            | EventBody::AgencyRevoked(_)
            | EventBody::KeyEnrolled(_)
            | EventBody::KeyRevoked(_)
            | EventBody::OfficeEnrolled(_)
            | EventBody::PolicyAdopted(_)
            | EventBody::LogKeyRotated(_)
            | EventBody::DeferralExtended(_)
            | EventBody::GrantRevoked(_)
            | EventBody::LookupJustified(_)
            | EventBody::BiometricReferenceRecorded(_)
            | EventBody::BiometricReferenceWithdrawn(_)
            | EventBody::AsylumClaimLodged(_)
            | EventBody::AsylumInterviewRecorded(_)
            | EventBody::AsylumClaimDecided(_)
            | EventBody::CampaignOpened(_)
            | EventBody::CampaignTargetListFixed(_)
            | EventBody::CampaignCoverageReported(_)
            | EventBody::CampaignClosed(_)
            | EventBody::SiteOpened(_)
            | EventBody::SiteCapacityChanged(_)
            | EventBody::SiteInspected(_)
            | EventBody::SiteClosed(_)
            | EventBody::StayOfRemovalPlaced(_)
            | EventBody::StayOfRemovalLifted(_)
            | EventBody::ServiceRequested(_)
            | EventBody::CaseAdvanced(_) => false,
        }
    }

    /// Of two records, the one that is not this person's.
    fn other(&self, one: PersonNumber, other: PersonNumber) -> PersonNumber {
        if one == self.number { other } else { one }
    }

    /// Declared twice is declared once.
    fn take_post(&mut self, declared: &DeclareOfficer, effective: &Effective<'_>) -> bool {
        let is_new = !self.is_officer(&declared.agency, declared.officer.as_str());
        if is_new {
            self.officer_posts.push(OfficerPost {
                agency: declared.agency.clone(),
                officer: declared.officer.clone(),
                since: effective.event.occurred_on,
                position: effective.position,
            });
        }
        is_new
    }

    fn cross(&mut self, direction: Direction, border_point: &str, on: PartialDate) -> bool {
        if matches!(direction, Direction::Out(_)) {
            self.end_stay(on, StayEnd::LeftTheCountry);
        }
        self.last_crossing = Some(Crossing {
            direction,
            border_point: border_point.to_owned(),
            on,
        });
        true
    }

    fn add_document(&mut self, issue: &IssueDocument, on: PartialDate) -> bool {
        if self.live_document(&issue.document.key()).is_some() {
            return false;
        }
        if let Some(replaces) = &issue.replaces {
            match self.document_mut(&replaces.key()) {
                // A lost document may be replaced, a voided one may not.
                Some(held) if held.end.is_none() => {
                    held.end = Some(DocumentEnd {
                        reason: VoidReason::Replaced,
                        on,
                    });
                }
                _ => return false,
            }
        }
        self.documents
            .push(HeldDocument::new(issue.document.clone(), on));
        true
    }

    fn void_document(&mut self, voided: &VoidDocument, on: PartialDate) -> bool {
        match self.document_mut(&voided.document.key()) {
            Some(held) if held.end.is_none() => {
                held.end = Some(DocumentEnd {
                    reason: voided.reason,
                    on,
                });
                true
            }
            _ => false,
        }
    }

    /// The head of the person's household changed; the relation follows where it is stated.
    fn change_head(&mut self, change: &ChangeHouseholdHead) -> bool {
        let number = self.number;
        let Some(membership) = self
            .household
            .as_mut()
            .filter(|membership| membership.household == change.household)
        else {
            return false;
        };
        let stated = change
            .relations
            .iter()
            .find(|stated| stated.person == number);
        if change.new_head == number {
            membership.relation = Relation::Head;
        } else if let Some(stated) = stated {
            membership.relation = stated.relation;
        } else if membership.relation == Relation::Head {
            membership.relation = Relation::OtherRelative;
        }
        true
    }

    fn send_file(&mut self, transfer: &SendFileTransfer) -> bool {
        let fits = match self.file {
            FileLocation::Held(province) => province == transfer.from_province,
            FileLocation::Unknown => true,
            FileLocation::InTransit { .. } => false,
        };
        if fits {
            self.file = FileLocation::InTransit {
                from: transfer.from_province,
                to: transfer.to_province,
            };
        }
        fits
    }
}

/// Events that may be dated after a death, or after the person became Iranian: what others do, what becomes of papers and
/// files, requests about papers, findings about identity and descent, and a discharge that was recorded before the death was
/// known.
fn may_follow_death(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::ChildBorn
            | EventKind::ParentageConfirmed
            | EventKind::SpouseDied
            | EventKind::DocumentLossReported
            | EventKind::DocumentVoided
            | EventKind::FileTransferSent
            | EventKind::FileTransferReceived
            | EventKind::SamePersonConfirmed
            | EventKind::DistinctPersonsConfirmed
            | EventKind::IdentityLinkWithdrawn
            | EventKind::FactDisputed
            | EventKind::DisputeResolved
            | EventKind::CampaignNonParticipationRecorded
            | EventKind::ServiceCaseOpened
            | EventKind::SiteDischargeRecorded
    )
}
