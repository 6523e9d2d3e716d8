use super::scene::{Scene, check_term};
use super::{Decided, Need, States};
use crate::act::{
    ActBody, ActKind, CloseCampaign, FixCampaignTargetList, OpenCampaign,
    RecordCampaignNonParticipation, RecordCampaignParticipation, ReportCampaignCoverage,
};
use crate::campaign::{CAMPAIGN_REPORTS_MAX, Campaign, Roster, RosterCount};
use crate::event::{CampaignOpened, EventBody};
use crate::fact::{CoverageDefinition, comparable};
use crate::law::PersonStatus;
use crate::life::At;
use crate::number::CampaignNumber;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::time::{Day, Timestamp};

const RULE: &str = "services section 6";
const CARD_RULE: &str = "service:12012154100";

/// True for acts by which a campaign is organised. They are about no person.
pub(super) fn is_organising(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::OpenCampaign
            | ActKind::FixCampaignTargetList
            | ActKind::ReportCampaignCoverage
            | ActKind::CloseCampaign
    )
}

/// The campaign that an act names.
pub(super) fn campaign_of(body: &ActBody) -> Option<CampaignNumber> {
    if let ActBody::FixCampaignTargetList(body) = body {
        Some(body.campaign)
    } else if let ActBody::RecordCampaignParticipation(body) = body {
        Some(body.campaign)
    } else if let ActBody::RecordCampaignNonParticipation(body) = body {
        Some(body.campaign)
    } else if let ActBody::ReportCampaignCoverage(body) = body {
        Some(body.campaign)
    } else if let ActBody::CloseCampaign(body) = body {
        Some(body.campaign)
    } else {
        None
    }
}

/// The count that an act states of persons, which the registry counts again before it takes the act.
pub(super) fn count_needed(body: &ActBody, states: &States) -> Option<Need> {
    let count = if let ActBody::FixCampaignTargetList(list) = body {
        list.definition
            .roster()
            .map(|of| RosterCount { of, among: None })?
    } else if let ActBody::ReportCampaignCoverage(report) = body {
        let life = states.lives.get(&report.campaign.into())?;
        numerator(&life.campaign(&At::END)?, report)?
    } else {
        return None;
    };
    (!states.rosters.contains_key(&count)).then_some(Need::Roster(count))
}

/// The other campaign that an act names: the one whose participants are to be reached.
pub(super) fn previous_of(body: &ActBody) -> Option<CampaignNumber> {
    if let ActBody::FixCampaignTargetList(list) = body {
        list.definition.roster().map(|roster| roster.campaign)
    } else {
        None
    }
}

/// Who is counted above the line of a report; `None` where the target list cannot be told person by person.
fn numerator(campaign: &Campaign, report: &ReportCampaignCoverage) -> Option<RosterCount> {
    let of = Roster {
        campaign: report.campaign,
        as_of: report.as_of.latest(),
        known_at: report.known_at,
    };
    match report.definition {
        CoverageDefinition::AllParticipants => Some(RosterCount { of, among: None }),
        CoverageDefinition::ListedParticipants => {
            let among = campaign.target.as_ref()?.definition.roster()?;
            Some(RosterCount {
                of,
                among: Some(among),
            })
        }
    }
}

/// A campaign begins, on a directive that orders it.
pub(super) fn open(scene: &Scene<'_>, body: &OpenCampaign) -> Result<Vec<Decided>, Refusal> {
    check_term(body.opens_on, body.closes_on, RULE)?;
    if let Some(card) = &body.card {
        check_term(card.valid_from, Some(card.valid_until), CARD_RULE)?;
    }
    // Who asks for asylum is nobody's but the asylum unit's to know; a round that is for them would tell (design 7.3).
    if body.statuses.contains(&PersonStatus::AsylumSeeker) {
        return Err(Refusal::new(Reason::AsylumUnitOnly, "design:7.3"));
    }
    let number = *scene
        .facts()
        .new_campaigns
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))?;
    let opened = CampaignOpened {
        number,
        terms: body.clone(),
    };
    Ok(vec![scene.about(number, EventBody::CampaignOpened(opened))])
}

/// A target list is a definition with a cut-off. Where the registry can count, the number must be what it counts.
pub(super) fn fix_target_list(
    scene: &Scene<'_>,
    body: &FixCampaignTargetList,
) -> Result<Vec<Decided>, Refusal> {
    let campaign = organised(scene, body.campaign)?;
    check_runs(&campaign)?;
    if campaign.target.is_some() {
        return Err(Refusal::new(Reason::TargetListFixed, RULE));
    }
    if let Some(of) = body.definition.roster() {
        if of.campaign == body.campaign {
            return Err(Refusal::new(Reason::SubjectsNotDistinct, RULE)
                .with_message(
                    "The target list is to be those who took part in the campaign itself.",
                )
                .with_remedy("Name an earlier campaign."));
        }
        self::campaign(scene, of.campaign)?;
        check_past(scene, of.as_of, of.known_at)?;
        check_count(scene, RosterCount { of, among: None }, body.count)?;
    }
    Ok(vec![scene.about(
        body.campaign,
        EventBody::CampaignTargetListFixed(body.clone()),
    )])
}

/// Somebody took part. Whoever comes after the last day, or after the campaign has ended, is taken.
pub(super) fn participate(
    scene: &Scene<'_>,
    body: &RecordCampaignParticipation,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let campaign = campaign(scene, body.campaign)?;
    check_begun(scene, &campaign)?;
    check_is_for(scene, &campaign, &person)?;
    let enrolled = |office| scene.states().enrolment.office(office).is_some();
    if body
        .service_office
        .as_ref()
        .is_some_and(|office| !enrolled(office))
    {
        return Err(Refusal::new(Reason::UnknownOffice, RULE));
    }
    let whole = scene.whole_person(body.person)?;
    let record = whole.campaign(body.campaign);
    if record.is_some_and(|record| record.participation.is_some()) {
        return Err(Refusal::new(Reason::TookPart, RULE));
    }
    if !body.card_number.is_empty() && !holds_card(&whole, &campaign, &body.card_number) {
        return Err(Refusal::new(Reason::UnknownPermit, CARD_RULE)
            .with_message("The person was issued no permit or card of this round with that number.")
            .with_remedy("Record the issue first, or leave the number out."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::CampaignParticipationRecorded(body.clone()),
    )])
}

/// True if the person was ever issued a permit with this number, or a card of the kind of the round.
fn holds_card(person: &Person, campaign: &Campaign, number: &str) -> bool {
    let permit = person
        .permits
        .iter()
        .any(|held| comparable(&held.number) == comparable(number));
    let card = campaign.terms.card.is_some_and(|card| {
        person.documents.iter().any(|held| {
            held.document.kind == card.kind
                && comparable(&held.document.number) == comparable(number)
        })
    });
    permit || card
}

/// Somebody was observed not to take part. No status, permit or right changes by it; the dead are observed too, so that
/// nobody has to guess why they did not come.
pub(super) fn stay_away(
    scene: &Scene<'_>,
    body: &RecordCampaignNonParticipation,
) -> Result<Vec<Decided>, Refusal> {
    scene.person(body.person)?;
    let campaign = campaign(scene, body.campaign)?;
    check_begun(scene, &campaign)?;
    let whole = scene.whole_person(body.person)?;
    if let Some(record) = whole.campaign(body.campaign) {
        let reason = if record.participation.is_some() {
            Reason::TookPart
        } else {
            Reason::AbsenceRecorded
        };
        return Err(Refusal::new(reason, RULE));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::CampaignNonParticipationRecorded(body.clone()),
    )])
}

/// A coverage is taken only if both numbers are what the ledger tells.
pub(super) fn report_coverage(
    scene: &Scene<'_>,
    body: &ReportCampaignCoverage,
) -> Result<Vec<Decided>, Refusal> {
    let campaign = organised(scene, body.campaign)?;
    let Some(list) = &campaign.target else {
        return Err(Refusal::new(Reason::TargetListMissing, RULE));
    };
    if CAMPAIGN_REPORTS_MAX <= campaign.reports.len() {
        return Err(
            Refusal::new(Reason::ActTooLarge, "design:limits CAMPAIGN_REPORTS_MAX")
                .with_message("The campaign has as many reports as the registry keeps apart.")
                .with_remedy("Annul a report that is out of date.")
                .with("reports_max", CAMPAIGN_REPORTS_MAX),
        );
    }
    check_past(scene, body.as_of.latest(), body.known_at)?;
    if body.target != list.count {
        return Err(differs(list.count)
            .with_message("The denominator is not the number of the target list."));
    }
    let Some(count) = numerator(&campaign, body) else {
        return Err(Refusal::new(Reason::TargetListMissing, RULE)
            .with_message("The number of the target list was stated from outside, so the registry cannot tell who is on it.")
            .with_remedy("Report the coverage of all participants."));
    };
    check_count(scene, count, body.participants)?;
    Ok(vec![scene.about(
        body.campaign,
        EventBody::CampaignCoverageReported(body.clone()),
    )])
}

/// A campaign ends.
pub(super) fn close(scene: &Scene<'_>, body: &CloseCampaign) -> Result<Vec<Decided>, Refusal> {
    check_runs(&organised(scene, body.campaign)?)?;
    Ok(vec![scene.about(
        body.campaign,
        EventBody::CampaignClosed(body.clone()),
    )])
}

/// The opening of a campaign is corrected, never annulled: participations in the lives of persons name it.
pub(super) fn check_annullable(kind: ActKind) -> Result<(), Refusal> {
    if kind == ActKind::OpenCampaign {
        return Err(Refusal::new(Reason::TargetNotAmendable, RULE)
            .with_message("Persons may have taken part in the campaign, and what they took part in does not vanish.")
            .with_remedy("Correct what is wrong of it, or close the campaign."));
    }
    Ok(())
}

/// The whole life of a campaign, whatever the day.
fn campaign(scene: &Scene<'_>, number: CampaignNumber) -> Result<Campaign, Refusal> {
    scene
        .life(number)
        .and_then(|life| life.campaign(&At::END))
        .ok_or_else(|| Refusal::new(Reason::UnknownCampaign, RULE))
}

/// A campaign of the author's own agency.
fn organised(scene: &Scene<'_>, number: CampaignNumber) -> Result<Campaign, Refusal> {
    let campaign = campaign(scene, number)?;
    let organiser = scene.states().enrolment.office(&campaign.organiser);
    let own = organiser.is_some_and(|office| office.agency == scene.facts().author.agency);
    if own {
        Ok(campaign)
    } else {
        Err(Refusal::new(Reason::OfficeNotAllowed, RULE)
            .with_message("Another agency organises the campaign.")
            .with_remedy("Have the agency that opened it submit the act."))
    }
}

fn check_runs(campaign: &Campaign) -> Result<(), Refusal> {
    match campaign.closed_on {
        Some(_) => Err(Refusal::new(Reason::CampaignEnded, RULE)),
        None => Ok(()),
    }
}

fn check_begun(scene: &Scene<'_>, campaign: &Campaign) -> Result<(), Refusal> {
    let opens_on = campaign.terms.opens_on;
    // The act may state its day in part; then it may mean a day after the opening.
    if scene.act().occurred_on.latest() < opens_on.earliest() {
        return Err(
            Refusal::new(Reason::CampaignNotOpen, RULE).with("opens_on", opens_on.earliest())
        );
    }
    Ok(())
}

/// Whom a campaign is for, by province of the office, nationality and status. Where nothing is recorded of the person, they
/// are taken: what the registry does not know is no ground to send somebody away (AM-03).
fn check_is_for(scene: &Scene<'_>, campaign: &Campaign, person: &Person) -> Result<(), Refusal> {
    let terms = &campaign.terms;
    let refuse = |message| {
        Err(Refusal::new(Reason::NotEligible, RULE)
            .with_message(message)
            .with_remedy("Read whom the campaign is for with `sabt campaign show`."))
    };
    let here = scene
        .office()
        .is_some_and(|office| terms.provinces.contains(&office.province));
    if !terms.provinces.is_empty() && !here {
        return refuse("The campaign is not held in the province of the office.");
    }
    let nationalities = &person.particulars.nationalities;
    let of_nationality = nationalities.is_empty()
        || nationalities.iter().any(|nationality| {
            nationality
                .country
                .as_ref()
                .is_none_or(|country| terms.nationalities.contains(country))
        });
    if !terms.nationalities.is_empty() && !of_nationality {
        return refuse("The campaign is for other nationalities.");
    }
    let mut statuses = person.current_statuses().peekable();
    let of_status =
        statuses.peek().is_none() || statuses.any(|status| terms.statuses.contains(&status));
    if !terms.statuses.is_empty() && !of_status {
        return refuse("The campaign is for persons of another status.");
    }
    Ok(())
}

/// What is counted must lie in the past on both axes, so that it can be counted again at any time with the same result.
fn check_past(scene: &Scene<'_>, as_of: Day, known_at: Timestamp) -> Result<(), Refusal> {
    let now = scene.facts().now;
    if now.day_in_tehran() < as_of || now <= known_at {
        return Err(Refusal::new(Reason::FutureDate, "design:6 as_of, known_at")
            .with("today", now.day_in_tehran()));
    }
    Ok(())
}

fn check_count(scene: &Scene<'_>, count: RosterCount, stated: u64) -> Result<(), Refusal> {
    match scene.states().rosters.get(&count) {
        Some(derived) if *derived == stated => Ok(()),
        Some(derived) => Err(differs(*derived)),
        None => Err(Refusal::new(Reason::NotWritable, RULE)),
    }
}

fn differs(derived: u64) -> Refusal {
    Refusal::new(Reason::CountDiffers, RULE).with("count", derived)
}
