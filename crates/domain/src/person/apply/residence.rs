use super::super::{
    HeldPermit, HeldStatus, HeldVisa, PermitEnd, PermitEndGround, Person, StatedCondition,
};
use crate::act::{
    AttestResidenceCondition, ChangeStatus, ConvertResidencePermit, ExemptFromResidenceCondition,
    IssueResidencePermit, IssueVisa, RenewResidencePermit, ReplaceResidencePermit,
};
use crate::fact::{PermitScope, VoidReason};
use crate::law::{DocumentKind, PersonStatus, ResidenceKind};
use crate::life::Effective;
use crate::time::PartialDate;

impl Person {
    pub(super) fn add_visa(&mut self, visa: &IssueVisa, legal_basis: &str) -> bool {
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
                end: None,
            });
        }
        fits
    }

    pub(super) fn add_permit(&mut self, permit: &IssueResidencePermit, legal_basis: &str) -> bool {
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

    pub(super) fn renew_permit(
        &mut self,
        renewal: &RenewResidencePermit,
        legal_basis: &str,
    ) -> bool {
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

    pub(super) fn replace_permit(
        &mut self,
        replacement: &ReplaceResidencePermit,
        on: PartialDate,
    ) -> bool {
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
    pub(super) fn convert_permit(
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

    pub(super) fn end_permit(
        &mut self,
        number: &str,
        on: PartialDate,
        ground: PermitEndGround,
    ) -> bool {
        match self.open_permit_mut(number) {
            Some(permit) => {
                permit.end = Some(PermitEnd { on, ground });
                true
            }
            None => false,
        }
    }

    /// Each counts by itself, so that their order does not matter and nothing rests on one.
    pub(super) fn attest(
        &mut self,
        stated: &AttestResidenceCondition,
        effective: &Effective<'_>,
    ) -> bool {
        self.conditions.push(StatedCondition {
            condition: stated.condition,
            exempted_by: None,
            reference: stated.reference.clone(),
            on: stated.met_on,
            position: effective.position,
        });
        true
    }

    pub(super) fn exempt(
        &mut self,
        stated: &ExemptFromResidenceCondition,
        effective: &Effective<'_>,
    ) -> bool {
        self.conditions.push(StatedCondition {
            condition: stated.condition,
            exempted_by: Some(stated.decided_by),
            reference: stated.reference.clone(),
            on: effective.event.occurred_on,
            position: effective.position,
        });
        true
    }

    pub(super) fn add_status(&mut self, status: PersonStatus, since: PartialDate) -> bool {
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

    pub(super) fn change_status(&mut self, change: &ChangeStatus, on: PartialDate) -> bool {
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
}
