use super::{
    Child, Crossing, Death, Direction, FileLocation, Guardian, HeldDocument, HeldLicence,
    HeldPermit, HeldStatus, HeldVisa, MarriageEnd, MarriageEndGround, Membership, Parent,
    PermitEnd, PermitEndGround, Person, Spouse, Ward,
};
use crate::act::{
    AppointGuardian, ChangeHouseholdHead, ChangeStatus, ConfirmParentage, ConvertResidencePermit,
    IssueDocument, IssueMarriageLicence, IssueResidencePermit, IssueVisa, RegisterDeath,
    RegisterDivorce, RegisterMarriage, RenewResidencePermit, ReplaceResidencePermit,
    SendFileTransfer, VoidDocument,
};
use crate::event::{BirthRegistered, Event, EventBody, EventKind, PersonRegistered};
use crate::fact::{
    EvidenceState, MarriageKind, ParentRole, Party, PermitScope, Relation, VoidReason,
};
use crate::law::{DocumentKind, PersonStatus, ResidenceKind};
use crate::life::Effective;
use crate::number::PersonNumber;
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
                Some(person) => person.apply(effective.event),
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
    fn apply(&mut self, event: &Event) -> bool {
        if self.death.is_some() && !may_follow_death(event.body.kind()) {
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
                self.end_permit(&revocation.permit_number, on, PermitEndGround::Revoked)
            }
            EventBody::ResidencePermitLapsed(lapse) => {
                self.end_permit(&lapse.permit_number, on, PermitEndGround::Lapsed)
            }
            EventBody::StatusGranted(grant) => self.add_status(grant.status, on),
            EventBody::StatusChanged(change) => self.change_status(change, on),
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
            | EventBody::PolicyAdopted(_) => false,
        }
    }

    /// Of two records, the one that is not this person's.
    fn other(&self, one: PersonNumber, other: PersonNumber) -> PersonNumber {
        if one == self.number { other } else { one }
    }

    fn add_child(&mut self, child: PersonNumber, role: ParentRole, since: PartialDate) -> bool {
        let fits = !self.children.iter().any(|known| known.child == child);
        if fits {
            self.children.push(Child { child, role, since });
        }
        fits
    }

    /// A death ends every document, permit, marriage, status and membership.
    fn die(&mut self, death: &RegisterDeath, on: PartialDate) -> bool {
        self.death = Some(Death {
            on,
            place: death.place.clone(),
        });
        self.end_documents(VoidReason::HolderDeceased, on, |_| true);
        for permit in self
            .permits
            .iter_mut()
            .filter(|permit| permit.end.is_none())
        {
            permit.end = Some(PermitEnd {
                on,
                ground: PermitEndGround::HolderDeceased,
            });
        }
        for spouse in self
            .spouses
            .iter_mut()
            .filter(|spouse| spouse.end.is_none())
        {
            spouse.end = Some(MarriageEnd {
                on,
                ground: MarriageEndGround::Death,
            });
        }
        for held in self.statuses.iter_mut().filter(|held| held.until.is_none()) {
            held.until = Some(on);
        }
        self.household = None;
        true
    }

    fn add_licence(&mut self, licence: &IssueMarriageLicence, on: PartialDate) -> bool {
        let fits = self.licence(&licence.licence_number).is_none();
        if fits {
            self.licences.push(HeldLicence {
                number: licence.licence_number.clone(),
                wife: licence.wife.clone(),
                husband: licence.husband.clone(),
                issued_on: on,
                valid_until: licence.valid_until,
                used: false,
            });
        }
        fits
    }

    fn marry(&mut self, marriage: &RegisterMarriage, on: PartialDate) -> bool {
        let person_is_wife = marriage.wife == Party::Person(self.number);
        let who = if person_is_wife {
            &marriage.husband
        } else {
            &marriage.wife
        };
        let fits = self.may_marry(who, person_is_wife, on.earliest());
        if fits {
            let licence = self
                .licences
                .iter_mut()
                .find(|licence| licence.number == marriage.licence_number);
            if let Some(licence) = licence {
                licence.used = true;
            }
            self.spouses.push(Spouse {
                who: who.clone(),
                person_is_wife,
                kind: marriage.kind,
                term_months: match marriage.kind {
                    MarriageKind::Permanent => 0,
                    MarriageKind::Temporary => marriage.term_months,
                },
                since: on,
                end: None,
            });
        }
        fits
    }

    /// A divorce is also recorded about each child on whose custody it ruled.
    fn divorce(&mut self, divorce: &RegisterDivorce, on: PartialDate) -> bool {
        let own = Party::Person(self.number);
        let spouse = match (divorce.wife == own, divorce.husband == own) {
            (true, _) => &divorce.husband,
            (_, true) => &divorce.wife,
            (false, false) => {
                let custody = divorce
                    .custody
                    .iter()
                    .find(|custody| custody.child == self.number);
                if let Some(custody) = custody {
                    self.custodian = Some(custody.custodian.clone());
                }
                return custody.is_some();
            }
        };
        let ground = MarriageEndGround::Divorce(divorce.kind);
        self.end_marriage(spouse, MarriageEnd { on, ground })
    }

    fn confirm_parentage(&mut self, finding: &ConfirmParentage, on: PartialDate) -> bool {
        if finding.child != self.number {
            return self.add_child(finding.child, finding.role, on);
        }
        let fits = self.parent(finding.role).is_none();
        if fits {
            self.parents.push(Parent {
                who: finding.parent.clone(),
                role: finding.role,
            });
        }
        fits
    }

    fn appoint_guardian(&mut self, appointed: &AppointGuardian, since: PartialDate) -> bool {
        let kind = appointed.kind;
        if appointed.child == self.number {
            self.guardians.push(Guardian {
                who: appointed.guardian.clone(),
                kind,
                since,
            });
        } else {
            self.wards.push(Ward {
                child: appointed.child,
                kind,
                since,
            });
        }
        true
    }

    fn cross(&mut self, direction: Direction, border_point: &str, on: PartialDate) -> bool {
        self.last_crossing = Some(Crossing {
            direction,
            border_point: border_point.to_owned(),
            on,
        });
        true
    }

    fn add_visa(&mut self, visa: &IssueVisa, legal_basis: &str) -> bool {
        let fits = !self.has_permission_number(&visa.visa_number);
        if fits {
            self.visas.push(HeldVisa {
                number: visa.visa_number.clone(),
                kind: visa.kind,
                from: visa.valid_from,
                until: visa.valid_until,
                stay_days: visa.stay_days,
                multiple_entry: visa.multiple_entry,
                legal_basis: legal_basis.to_owned(),
            });
        }
        fits
    }

    fn add_permit(&mut self, permit: &IssueResidencePermit, legal_basis: &str) -> bool {
        let fits = !self.has_permission_number(&permit.permit_number)
            && !self.has_overlap(permit.valid_from, permit.valid_until, None);
        if fits {
            self.permits.push(HeldPermit {
                number: permit.permit_number.clone(),
                kind: permit.kind,
                basis: permit.basis,
                scope: permit.scope,
                from: permit.valid_from,
                until: permit.valid_until,
                renewals: 0,
                legal_basis: legal_basis.to_owned(),
                end: None,
            });
        }
        fits
    }

    fn renew_permit(&mut self, renewal: &RenewResidencePermit, legal_basis: &str) -> bool {
        let number = renewal.permit_number.as_str();
        let Some(from) = self.permit(number).map(|permit| permit.from) else {
            return false;
        };
        if self.has_overlap(from, Some(renewal.valid_until), Some(number)) {
            return false;
        }
        let Some(permit) = self.open_permit_mut(number) else {
            return false;
        };
        permit.until = Some(renewal.valid_until);
        permit.renewals = permit.renewals.saturating_add(1);
        legal_basis.clone_into(&mut permit.legal_basis);
        true
    }

    fn replace_permit(&mut self, replacement: &ReplaceResidencePermit, on: PartialDate) -> bool {
        if self.has_permission_number(&replacement.new_permit_number) {
            return false;
        }
        let Some(old) = self.open_permit_mut(&replacement.permit_number) else {
            return false;
        };
        let new = HeldPermit {
            number: replacement.new_permit_number.clone(),
            ..old.clone()
        };
        old.end = Some(PermitEnd {
            on,
            ground: PermitEndGround::Replaced,
        });
        self.permits.push(new);
        true
    }

    /// A conversion from an Amayesh card ends the card (services row 17).
    fn convert_permit(
        &mut self,
        conversion: &ConvertResidencePermit,
        on: PartialDate,
        legal_basis: &str,
    ) -> bool {
        let (from, until) = (conversion.valid_from, conversion.valid_until);
        let old_number = conversion.permit_number.as_str();
        if self.has_permission_number(&conversion.new_permit_number)
            || self.has_overlap(from, until, Some(old_number))
        {
            return false;
        }
        let Some(old) = self.open_permit_mut(old_number) else {
            return false;
        };
        old.end = Some(PermitEnd {
            on,
            ground: PermitEndGround::Converted,
        });
        let (old_kind, scope): (ResidenceKind, PermitScope) = (old.kind, old.scope);
        self.permits.push(HeldPermit {
            number: conversion.new_permit_number.clone(),
            kind: conversion.kind,
            basis: conversion.basis,
            scope,
            from,
            until,
            renewals: 0,
            legal_basis: legal_basis.to_owned(),
            end: None,
        });
        if old_kind == ResidenceKind::Amayesh {
            self.end_documents(VoidReason::StatusConverted, on, |document| {
                document.kind == DocumentKind::AmayeshCard
            });
        }
        true
    }

    fn end_permit(&mut self, number: &str, on: PartialDate, ground: PermitEndGround) -> bool {
        match self.open_permit_mut(number) {
            Some(permit) => {
                permit.end = Some(PermitEnd { on, ground });
                true
            }
            None => false,
        }
    }

    fn add_status(&mut self, status: PersonStatus, since: PartialDate) -> bool {
        let fits = !self.holds(status);
        if fits {
            self.statuses.push(HeldStatus {
                status,
                since,
                until: None,
            });
        }
        fits
    }

    fn change_status(&mut self, change: &ChangeStatus, on: PartialDate) -> bool {
        if !self.holds(change.from) || self.holds(change.to) {
            return false;
        }
        let held = self
            .statuses
            .iter_mut()
            .find(|held| held.status == change.from && held.until.is_none());
        if let Some(held) = held {
            held.until = Some(on);
        }
        self.add_status(change.to, on)
    }

    fn add_document(&mut self, issue: &IssueDocument, on: PartialDate) -> bool {
        if self.live_document(&issue.document.key()).is_some() {
            return false;
        }
        if let Some(replaces) = &issue.replaces {
            match self.document_mut(&replaces.key()) {
                // A lost document may be replaced, a voided one may not.
                Some(held) if held.end.is_none() => {
                    held.end = Some(super::DocumentEnd {
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
                held.end = Some(super::DocumentEnd {
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

/// Events that may be dated after a death: what others do, what becomes of papers and files, and findings about identity
/// and descent.
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
    )
}
