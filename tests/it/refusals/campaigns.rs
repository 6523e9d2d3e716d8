//! Acts about campaigns that do not pass.

use sabt_cli::cast::ORGANISER;
use sabt_domain::number::CampaignNumber;
use sabt_domain::refusal::Reason;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use tonic::Code;

use super::Row;
use super::world::World;
use crate::support::{self, HOUR, NOW};

/// A serial of a number that no campaign has.
const UNUSED: u64 = 12_345_678_901;

pub(super) fn taking_part(campaign: &str, person: &str) -> Body {
    Body::RecordCampaignParticipation(event::RecordCampaignParticipation {
        campaign: campaign.to_owned(),
        person: person.to_owned(),
        ..event::RecordCampaignParticipation::default()
    })
}

pub(super) fn staying_away(campaign: &str, person: &str) -> Body {
    Body::RecordCampaignNonParticipation(event::RecordCampaignNonParticipation {
        campaign: campaign.to_owned(),
        person: person.to_owned(),
        reason: event::NonParticipationReason::NotReached.into(),
    })
}

pub(super) fn list(campaign: &str) -> Body {
    Body::FixCampaignTargetList(event::FixCampaignTargetList {
        campaign: campaign.to_owned(),
        definition: event::TargetDefinition::Stated.into(),
        source: "letter 1405-12".to_owned(),
        count: 10,
        ..event::FixCampaignTargetList::default()
    })
}

fn report(campaign: &str, participants: u64) -> Body {
    Body::ReportCampaignCoverage(event::ReportCampaignCoverage {
        campaign: campaign.to_owned(),
        definition: event::CoverageDefinition::AllParticipants.into(),
        as_of: Some(support::jalali("1405-06-01")),
        known_at: NOW - HOUR,
        participants,
        target: 10,
    })
}

pub(super) fn rows(world: &World) -> Vec<Row> {
    let [running, ended] = &world.campaigns;
    let people = &world.people;
    let office = |body| world.act("1405-04-01", body);
    let organise = |body| {
        let act = support::by_office(support::ORGANISING, support::act("1405-06-01", body));
        let author = world.registry.author(ORGANISER.name);
        author.sign(&act).unwrap()
    };
    // Of a number that the registry has given to no campaign.
    let unknown = CampaignNumber::from_serial(UNUSED).unwrap().to_string();
    let nowhere = office(taking_part(&unknown, &people.wife));
    let early = world.act("1404-01-01", taking_part(running, &people.husband));
    vec![
        Row::new(
            "participation in no campaign",
            nowhere,
            Code::NotFound,
            Reason::UnknownCampaign,
        ),
        Row::new(
            "participation before the campaign began",
            early,
            Code::FailedPrecondition,
            Reason::CampaignNotOpen,
        ),
        Row::new(
            "participation a second time",
            office(taking_part(running, &people.wife)),
            Code::AlreadyExists,
            Reason::TookPart,
        ),
        Row::new(
            "absence a second time",
            office(staying_away(running, &people.man)),
            Code::AlreadyExists,
            Reason::AbsenceRecorded,
        ),
        Row::new(
            "closing of a campaign that has ended",
            organise(Body::CloseCampaign(event::CloseCampaign {
                campaign: ended.clone(),
            })),
            Code::FailedPrecondition,
            Reason::CampaignEnded,
        )
        .by(ORGANISER.name),
        Row::new(
            "target list a second time",
            organise(list(running)),
            Code::AlreadyExists,
            Reason::TargetListFixed,
        )
        .by(ORGANISER.name),
        Row::new(
            "coverage of a campaign without a target list",
            organise(report(ended, 0)),
            Code::FailedPrecondition,
            Reason::TargetListMissing,
        )
        .by(ORGANISER.name),
        Row::new(
            "coverage with a number that nobody counts",
            organise(report(running, 9)),
            Code::FailedPrecondition,
            Reason::CountDiffers,
        )
        .by(ORGANISER.name),
    ]
}
