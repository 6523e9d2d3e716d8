use super::Person;
use crate::act::{RecordCampaignNonParticipation, RecordCampaignParticipation};
use crate::campaign::{Absence, CampaignRecord, Participation};
use crate::event::Event;
use crate::number::CampaignNumber;

impl Person {
    /// What the person has to do with a campaign, if anything is recorded.
    pub fn campaign(&self, number: CampaignNumber) -> Option<&CampaignRecord> {
        self.campaigns
            .iter()
            .find(|record| record.campaign == number)
    }

    /// That the person took part, once in a campaign.
    pub(super) fn take_part(
        &mut self,
        stated: &RecordCampaignParticipation,
        event: &Event,
    ) -> bool {
        let record = self.campaign_mut(stated.campaign);
        let fits = record.participation.is_none();
        if fits {
            record.participation = Some(Participation {
                on: event.occurred_on,
                office: stated
                    .service_office
                    .clone()
                    .unwrap_or_else(|| event.office.clone()),
                card_number: stated.card_number.clone(),
            });
        }
        fits
    }

    /// That the person was observed not to take part, once in a campaign. It stands beside a participation: who comes late
    /// is taken, on whatever day the office dates it.
    pub(super) fn stay_away(
        &mut self,
        stated: &RecordCampaignNonParticipation,
        event: &Event,
    ) -> bool {
        let record = self.campaign_mut(stated.campaign);
        let fits = record.absence.is_none();
        if fits {
            record.absence = Some(Absence {
                on: event.occurred_on,
                reason: stated.reason,
            });
        }
        fits
    }

    fn campaign_mut(&mut self, number: CampaignNumber) -> &mut CampaignRecord {
        let known = self
            .campaigns
            .iter()
            .position(|record| record.campaign == number);
        let place = known.unwrap_or_else(|| {
            self.campaigns.push(CampaignRecord {
                campaign: number,
                participation: None,
                absence: None,
            });
            self.campaigns.len().saturating_sub(1)
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "the place of a record that was found or has just been added"
        )]
        &mut self.campaigns[place]
    }
}
