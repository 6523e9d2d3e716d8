//! Who takes part in a campaign, and who was called and did not come.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, NonParticipationReason, act::Body};

use super::Family;
use super::state::PersonIx;
use crate::campaigns::campaign;
use crate::institutions::Desk;

/// What offices rest the record of a participation on.
const BASIS: &str = "service:12012154100";

impl Family {
    /// The person came to a round, which stands on the permit it gave.
    pub(super) fn take_part(&mut self, day: Day, ix: PersonIx, round: usize) {
        let Some(campaign) = self.kept(round) else {
            return;
        };
        let permit = self.person(ix).permit.as_ref();
        let body = Body::RecordCampaignParticipation(proto::RecordCampaignParticipation {
            campaign,
            person: self.reference(ix),
            service_office: String::new(),
            card_number: permit
                .map(|permit| permit.number.clone())
                .unwrap_or_default(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, BASIS, body);
    }

    /// The person missed a round. Of three in five the office observed it, and mostly not why.
    pub(super) fn stay_away(&mut self, day: Day, ix: PersonIx, round: usize) {
        let Some(campaign) = self.kept(round) else {
            return;
        };
        if !self.draw.permille(600) {
            return;
        }
        let (reason, _) = *self.draw.weighted(
            &[
                (NonParticipationReason::Unknown, 500),
                (NonParticipationReason::NotReached, 280),
                (NonParticipationReason::UnableToCome, 120),
                (NonParticipationReason::Declined, 100),
            ],
            |row| row.1,
        );
        let body = Body::RecordCampaignNonParticipation(proto::RecordCampaignNonParticipation {
            campaign,
            person: self.reference(ix),
            reason: reason.into(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, BASIS, body);
    }

    /// The campaign that a round is kept as.
    fn kept(&self, round: usize) -> Option<String> {
        campaign(round)
            .filter(|_| self.terms.campaigns)
            .map(|campaign| campaign.to_string())
    }
}
