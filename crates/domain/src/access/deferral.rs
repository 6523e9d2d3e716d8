//! Questions of which their subject is told later.

use crate::deferral::{DEFERRAL_DAYS_MAX, RULE, days_after};
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

use super::{Permit, Purpose, Role};

/// What an asker states who wants the subject to be told later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferralRequest {
    /// End of the embargo.
    pub until: Timestamp,
    /// Why telling the subject now would defeat the purpose.
    pub reason: String,
    /// Number of the order that permits it.
    pub order_reference: String,
}

/// A row of the matrix that may defer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deferrable {
    pub(super) role: Role,
    pub(super) purpose: Purpose,
    /// Days at most, never more than [`DEFERRAL_DAYS_MAX`].
    pub(super) days_max: u16,
}

/// Rows that may defer, in every edition of the matrix: none. The bill lets security bodies have data (art. 5 note) and lets nobody
/// have them behind the person's back; where it is silent, the reading that protects the person holds (AM-10, AM-63).
pub(super) const EVERY_EDITION: &[Deferrable] = &[];

impl Permit {
    /// The same permit for a question of which its subject is told later.
    ///
    /// # Errors
    /// [`Reason::DeferralNotAllowed`] if the matrix does not let this purpose do so, always when a person asks about
    /// themselves, and always in an emergency; [`Reason::DeferralOrderMissing`] without reason and order; [`Reason::DeferralTooLong`] and
    /// [`Reason::InvalidField`] for an end that is too late or past.
    pub fn deferred(self, request: DeferralRequest, now: Timestamp) -> Result<Self, Refusal> {
        self.deferred_by(EVERY_EDITION, request, now)
    }

    pub(super) fn deferred_by(
        mut self,
        rows: &[Deferrable],
        request: DeferralRequest,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (role, purpose) = (self.role(), self.purpose());
        let row = rows
            .iter()
            .filter(|row| row.purpose != Purpose::SubjectAccess && !row.purpose.is_emergency())
            .find(|row| row.role == role && row.purpose == purpose);
        let Some(row) = row else {
            let refusal = Refusal::new(Reason::DeferralNotAllowed, RULE);
            return Err(refusal.with("purpose", purpose.code()));
        };
        if request.reason.trim().is_empty() || request.order_reference.trim().is_empty() {
            return Err(Refusal::new(Reason::DeferralOrderMissing, RULE));
        }
        if request.until <= now {
            return Err(Refusal::field(
                "purpose.deferral.until",
                "does not lie in the future",
            ));
        }
        let latest = days_after(now, row.days_max.min(DEFERRAL_DAYS_MAX));
        if latest < request.until {
            return Err(Refusal::new(Reason::DeferralTooLong, RULE).with("latest", latest));
        }
        self.deferral = Some(request);
        Ok(self)
    }

    /// The deferral under which the answer is recorded, if there is one.
    pub fn deferral(&self) -> Option<&DeferralRequest> {
        self.deferral.as_ref()
    }
}
