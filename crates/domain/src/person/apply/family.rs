use super::super::{
    Child, Death, Guardian, HeldLicence, MarriageEnd, MarriageEndGround, Parent, PermitEnd,
    PermitEndGround, Person, Spouse, Ward,
};
use crate::act::{
    AppointGuardian, ConfirmParentage, IssueMarriageLicence, RegisterDeath, RegisterDivorce,
    RegisterMarriage,
};
use crate::fact::{MarriageKind, ParentRole, Party, VoidReason};
use crate::number::PersonNumber;
use crate::site::StayEnd;
use crate::time::PartialDate;

impl Person {
    pub(super) fn add_child(
        &mut self,
        child: PersonNumber,
        role: ParentRole,
        since: PartialDate,
    ) -> bool {
        let fits = !self.children.iter().any(|known| known.child == child);
        if fits {
            self.children.push(Child { child, role, since });
        }
        fits
    }

    /// A death ends every document, permit, marriage, status and membership; the death certificate is the last document.
    pub(super) fn die(&mut self, death: &RegisterDeath, on: PartialDate) -> bool {
        self.death = Some(Death {
            on,
            place: death.place.clone(),
        });
        self.end_documents(VoidReason::HolderDeceased, on, |_| true);
        self.show_documents(death.certificate.as_slice(), on);
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
        self.end_stay(on, StayEnd::Died);
        true
    }

    pub(super) fn add_licence(&mut self, licence: &IssueMarriageLicence, on: PartialDate) -> bool {
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

    pub(super) fn marry(&mut self, marriage: &RegisterMarriage, on: PartialDate) -> bool {
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
    pub(super) fn divorce(&mut self, divorce: &RegisterDivorce, on: PartialDate) -> bool {
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

    pub(super) fn confirm_parentage(
        &mut self,
        finding: &ConfirmParentage,
        on: PartialDate,
    ) -> bool {
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

    pub(super) fn appoint_guardian(
        &mut self,
        appointed: &AppointGuardian,
        since: PartialDate,
    ) -> bool {
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
}
