//! Where a person stays, if it is a site.

use super::Person;
use super::removal::Holding;
use crate::act::{ActId, RecordSiteAdmission, RecordSiteDischarge, RecordSiteTransfer};
use crate::fact::{AdmissionGround, HoldingPlace};
use crate::number::SiteNumber;
use crate::site::{SiteStay, StayEnd};
use crate::time::PartialDate;

impl Person {
    /// The stay that has not ended: one at most.
    pub fn site_stay(&self) -> Option<&SiteStay> {
        self.site_stays.last().filter(|stay| stay.is_open())
    }

    /// The site in which the person is.
    pub fn site(&self) -> Option<SiteNumber> {
        self.site_stay().map(|stay| stay.site)
    }

    /// The holding on which a stay may rest: one that stands, and not in a place of the prisons organisation, which is no
    /// site.
    pub(crate) fn holding_for_site(&self) -> Option<&Holding> {
        let mut holdings = self.removal.holdings.iter();
        holdings.find(|holding| holding.is_open() && holding.place_kind != HoldingPlace::Prison)
    }

    pub(super) fn admit(
        &mut self,
        admission: &RecordSiteAdmission,
        by: ActId,
        on: PartialDate,
    ) -> bool {
        if self.site_stay().is_some() {
            return false;
        }
        let holding = if admission.ground == AdmissionGround::Holding {
            let Some(holding) = self.holding_for_site() else {
                return false;
            };
            Some(holding.act_id)
        } else {
            None
        };
        self.site_stays.push(SiteStay {
            site: admission.site,
            act_id: by,
            ground: admission.ground,
            since: on,
            admitted_on: on,
            holding,
            over_capacity_reason: admission.over_capacity_reason.clone(),
            end: None,
        });
        true
    }

    pub(super) fn transfer(
        &mut self,
        transfer: &RecordSiteTransfer,
        by: ActId,
        on: PartialDate,
    ) -> bool {
        let open = self.site_stay();
        let Some(left) = open.filter(|stay| stay.site == transfer.from_site).cloned() else {
            return false;
        };
        self.end_stay(on, StayEnd::Transferred);
        self.site_stays.push(SiteStay {
            site: transfer.to_site,
            act_id: by,
            since: on,
            over_capacity_reason: transfer.over_capacity_reason.clone(),
            ..left
        });
        true
    }

    /// A discharge may be recorded of somebody of whom it is learnt later that they had gone before: what ended the stay first
    /// ended it, so that the late fact need not wait until somebody takes the discharge back.
    pub(super) fn discharge(&mut self, discharge: &RecordSiteDischarge, on: PartialDate) -> bool {
        let last = self.site_stays.last();
        let fits = last.is_some_and(|stay| {
            stay.site == discharge.site && !matches!(stay.end, Some((_, StayEnd::Discharged(_))))
        });
        if fits {
            self.end_stay(on, StayEnd::Discharged(discharge.reason));
        }
        fits
    }

    /// Ends the stay, if there is one that has not ended.
    pub(super) fn end_stay(&mut self, on: PartialDate, end: StayEnd) {
        if let Some(stay) = self.site_stays.last_mut()
            && stay.end.is_none()
        {
            stay.end = Some((on, end));
        }
    }

    /// A holding ended: nobody is kept anywhere by it.
    pub(super) fn release(&mut self, holding: ActId, on: PartialDate) {
        let rests = self
            .site_stay()
            .is_some_and(|stay| stay.holding == Some(holding));
        if rests {
            self.end_stay(on, StayEnd::Released);
        }
    }
}
