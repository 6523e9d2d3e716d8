//! Campaigns as messages: a card is given whole or not at all, and what belongs to one definition of a target list stands
//! with no other.

use std::collections::BTreeSet;

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, list, wire};
use super::reader::Reader;
use super::text;
use crate::act::{
    CampaignCard, CloseCampaign, FixCampaignTargetList, OpenCampaign,
    RecordCampaignNonParticipation, RecordCampaignParticipation, ReportCampaignCoverage,
    TargetDefinition,
};
use crate::event::CampaignOpened;
use crate::fact::limits::CAMPAIGN_CATEGORIES_MAX;

wire! {
    RecordCampaignParticipation {
        campaign, person, service_office, card_number: optional_reference,
    }
    RecordCampaignNonParticipation { campaign, person, reason }
    ReportCampaignCoverage { campaign, definition, as_of, known_at, participants, target }
    CloseCampaign { campaign }
    CampaignOpened { number, terms }
}

impl Wire for OpenCampaign {
    type Proto = proto::OpenCampaign;

    fn read(message: &proto::OpenCampaign, reader: &mut Reader) -> Option<Self> {
        let kind = reader.at("kind", |reader| Field::read(&message.kind, reader));
        let round = reader.at("round", |reader| match message.round {
            0 => reader.reject("is missing"),
            round => Some(round),
        });
        let opens_on = reader.at("opens_on", |reader| Field::read(&message.opens_on, reader));
        let closes_on = reader.at("closes_on", |reader| {
            Field::read(&message.closes_on, reader)
        });
        let card = if has_card(message) {
            card(message, reader).map(Some)
        } else {
            Some(None)
        };
        let provinces = reader.at("provinces", |reader| categories(&message.provinces, reader));
        let nationalities = reader.at("nationalities", |reader| {
            categories(&message.nationalities, reader)
        });
        let statuses = reader.at("statuses", |reader| categories(&message.statuses, reader));
        Some(Self {
            kind: kind?,
            round: round?,
            opens_on: opens_on?,
            closes_on: closes_on?,
            card: card?,
            provinces: provinces?,
            nationalities: nationalities?,
            statuses: statuses?,
        })
    }

    fn write(&self) -> proto::OpenCampaign {
        let mut message = proto::OpenCampaign {
            kind: Field::write(&self.kind),
            round: self.round,
            opens_on: Field::write(&self.opens_on),
            closes_on: Field::write(&self.closes_on),
            provinces: self.provinces.iter().map(Field::write).collect(),
            nationalities: self.nationalities.iter().map(Field::write).collect(),
            statuses: self.statuses.iter().map(Field::write).collect(),
            ..proto::OpenCampaign::default()
        };
        if let Some(card) = &self.card {
            message.card_kind = Field::write(&card.kind);
            message.card_valid_from = Field::write(&card.valid_from);
            message.card_valid_until = Field::write(&card.valid_until);
        }
        message
    }
}

/// True if anything about a card is said.
fn has_card(message: &proto::OpenCampaign) -> bool {
    message.card_kind != 0
        || message.card_valid_from.is_some()
        || message.card_valid_until.is_some()
}

fn card(message: &proto::OpenCampaign, reader: &mut Reader) -> Option<CampaignCard> {
    let kind = reader.at("card_kind", |reader| {
        Field::read(&message.card_kind, reader)
    });
    let valid_from = reader.at("card_valid_from", |reader| {
        Field::read(&message.card_valid_from, reader)
    });
    let valid_until = reader.at("card_valid_until", |reader| {
        Field::read(&message.card_valid_until, reader)
    });
    Some(CampaignCard {
        kind: kind?,
        valid_from: valid_from?,
        valid_until: valid_until?,
    })
}

/// Reads categories, each once; none means all.
fn categories<P, T: Field<P> + Ord>(field: &[P], reader: &mut Reader) -> Option<BTreeSet<T>> {
    let values = list(field, CAMPAIGN_CATEGORIES_MAX, reader, T::read)?;
    let count = values.len();
    let distinct: BTreeSet<T> = values.into_iter().collect();
    if distinct.len() < count {
        return reader.reject("names one of them twice");
    }
    Some(distinct)
}

impl Wire for FixCampaignTargetList {
    type Proto = proto::FixCampaignTargetList;

    fn read(message: &proto::FixCampaignTargetList, reader: &mut Reader) -> Option<Self> {
        let campaign = reader.at("campaign", |reader| Field::read(&message.campaign, reader));
        let definition = definition(message, reader);
        Some(Self {
            campaign: campaign?,
            definition: definition?,
            count: message.count,
        })
    }

    fn write(&self) -> proto::FixCampaignTargetList {
        let mut message = proto::FixCampaignTargetList {
            campaign: Field::write(&self.campaign),
            count: self.count,
            ..proto::FixCampaignTargetList::default()
        };
        match &self.definition {
            TargetDefinition::ParticipantsOf {
                campaign,
                cut_off,
                known_at,
            } => {
                message.definition = proto::TargetDefinition::ParticipantsOf.into();
                message.previous_campaign = Field::write(campaign);
                message.cut_off = Field::write(cut_off);
                message.known_at = Field::write(known_at);
            }
            TargetDefinition::Stated { source } => {
                message.definition = proto::TargetDefinition::Stated.into();
                message.source.clone_from(source);
            }
        }
        message
    }
}

fn definition(
    message: &proto::FixCampaignTargetList,
    reader: &mut Reader,
) -> Option<TargetDefinition> {
    let counted =
        !message.previous_campaign.is_empty() || message.cut_off.is_some() || message.known_at != 0;
    match proto::TargetDefinition::try_from(message.definition) {
        Ok(proto::TargetDefinition::ParticipantsOf) => {
            if !message.source.is_empty() {
                return reader.at("source", |reader| {
                    reader.reject("belongs to a number that is stated from outside")
                });
            }
            let campaign = reader.at("previous_campaign", |reader| {
                Field::read(&message.previous_campaign, reader)
            });
            let cut_off = reader.at("cut_off", |reader| Field::read(&message.cut_off, reader));
            let known_at = reader.at("known_at", |reader| Field::read(&message.known_at, reader));
            Some(TargetDefinition::ParticipantsOf {
                campaign: campaign?,
                cut_off: cut_off?,
                known_at: known_at?,
            })
        }
        Ok(proto::TargetDefinition::Stated) => {
            if counted {
                return reader.at("previous_campaign", |reader| {
                    reader.reject(
                        "belongs, with the cut-off, to the participants of an earlier campaign",
                    )
                });
            }
            let source = reader.at("source", |reader| text::text::read(&message.source, reader));
            Some(TargetDefinition::Stated { source: source? })
        }
        Ok(proto::TargetDefinition::Unspecified) => {
            reader.at("definition", |reader| reader.reject("is missing"))
        }
        Err(_unknown) => reader.at("definition", |reader| {
            reader.reject("is not a value this registry knows")
        }),
    }
}
