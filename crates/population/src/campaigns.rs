//! The rounds of Amayesh as campaigns: how their organiser opens them, whom they are to reach, how far they reached.
//!
//! The registry keeps campaigns from the thirteenth round on, so that the fifteenth, of which a coverage was reported, can
//! be held against those who took part in the thirteenth: holders of a card come to every second round. The thirteenth
//! and the fourteenth have no earlier one to be held against, so that their target is stated by the organiser.

use std::collections::BTreeMap;

use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_proto::event::v1::{
    self as proto, CampaignKind, CoverageDefinition, DocumentKind, PersonStatus, TargetDefinition,
    act::Body,
};

use crate::draw::Draw;
use crate::institutions::{Desk, author};
use crate::plan::{Expectation, Lane, LocalRef, PlannedAct, SubjectSort};
use crate::rounds::{GRACE_DAYS, ROUNDS, ROUNDS_PER_CARD, card_end, first_day};
use crate::when::{DayMath, office_hour, stated_jalali};
use crate::{Seed, ids};

/// Index of the first round that is kept as a campaign.
const FIRST_KEPT: usize = 12;
/// Days before a round on which it is ordered.
const ORDERED_DAYS_BEFORE: i32 = 10;
/// Days after the start of a round on which its coverage is counted: everybody who was called has come by then.
const COUNTED_DAYS_AFTER: i32 = GRACE_DAYS + 30;
/// Acts of the lane before those by which campaigns end, so that no two have one identifier.
const CLOSING_SEQUENCE: u32 = 1000;
/// What the organiser rests its acts on.
const BASIS: &str = "service:12012154100";

/// The campaign of a round by index; `None` if the registry keeps none.
pub(crate) fn campaign(round: usize) -> Option<LocalRef> {
    let ordinal = u32::try_from(round.checked_sub(FIRST_KEPT)?).ok()? + 1;
    (round < ROUNDS.len()).then_some(LocalRef {
        lane: Lane::CAMPAIGNS,
        sort: SubjectSort::Campaign,
        ordinal,
    })
}

/// The round of a campaign.
fn round_of(campaign: LocalRef) -> usize {
    FIRST_KEPT + usize::try_from(campaign.ordinal).unwrap_or_default() - 1
}

/// The round whose participants a round is to reach again, if it is kept as well.
fn round_before(round: usize) -> Option<usize> {
    round
        .checked_sub(ROUNDS_PER_CARD)
        .filter(|before| FIRST_KEPT <= *before)
}

fn counted_on(round: usize) -> Option<Day> {
    first_day(round).map(|start| start.plus(COUNTED_DAYS_AFTER))
}

/// How many took part, so that coverage can be reported.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    rounds: BTreeMap<usize, Counts>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Took part until the day on which it is counted.
    participants: u64,
    /// Of those, who are on the target list.
    listed: u64,
    /// On the target list: took part in the round before the last until this one began.
    target: u64,
    /// Who came, or was observed not to.
    called: u64,
}

impl Tally {
    /// Takes in the acts of a family.
    pub(crate) fn add(&mut self, acts: &[PlannedAct]) {
        let mut came: BTreeMap<&str, BTreeMap<usize, Day>> = BTreeMap::new();
        for planned in acts.iter().filter(|planned| planned.is_accepted()) {
            let body = planned.act.body.as_ref();
            if let Some(Body::RecordCampaignParticipation(body)) = body {
                let day = planned.act.occurred_on.and_then(|date| day_of(&date));
                if let (Some(round), Some(day)) = (round_named(&body.campaign), day) {
                    came.entry(&body.person).or_default().insert(round, day);
                    self.counts(round).called += 1;
                }
            } else if let Some(Body::RecordCampaignNonParticipation(body)) = body
                && let Some(round) = round_named(&body.campaign)
            {
                self.counts(round).called += 1;
            }
        }
        for days in came.values() {
            self.add_person(days);
        }
    }

    fn add_person(&mut self, came: &BTreeMap<usize, Day>) {
        for (&round, &day) in came {
            let in_time = counted_on(round).is_some_and(|last| day <= last);
            let listed = round_before(round).is_some_and(|before| is_listed(came, before, round));
            let counts = self.counts(round);
            counts.participants += u64::from(in_time);
            counts.listed += u64::from(in_time && listed);
            let next = round + ROUNDS_PER_CARD;
            if is_listed(came, round, next) {
                self.counts(next).target += 1;
            }
        }
    }

    fn counts(&mut self, round: usize) -> &mut Counts {
        self.rounds.entry(round).or_default()
    }
}

/// True if whoever came on these days had taken part in a round when a later one began.
fn is_listed(came: &BTreeMap<usize, Day>, before: usize, round: usize) -> bool {
    let cut_off = first_day(round);
    came.get(&before)
        .is_some_and(|day| cut_off.is_some_and(|cut_off| *day <= cut_off))
}

fn round_named(campaign: &str) -> Option<usize> {
    campaign.parse().ok().map(round_of)
}

fn day_of(date: &proto::Date) -> Option<Day> {
    let part = |part: u32| u8::try_from(part).ok();
    Day::from_date(
        Calendar::Jalali,
        date.year,
        part(date.month)?,
        part(date.day)?,
    )
    .ok()
}

/// The acts by which campaigns begin that were ordered until `last`.
pub(crate) fn opening(seed: Seed, last: Day) -> Vec<PlannedAct> {
    let mut organiser = Organiser::new(seed, "campaigns opened", last, 0);
    for round in FIRST_KEPT..ROUNDS.len() {
        organiser.open(round);
    }
    organiser.acts
}

/// The acts by which target lists are fixed, coverage is reported and campaigns end, until `last`. `known_at`: what was
/// recorded by then is counted; `None`: each campaign counts what was recorded when it did.
pub(crate) fn closing(
    seed: Seed,
    last: Day,
    tally: &Tally,
    known_at: Option<Timestamp>,
) -> Vec<PlannedAct> {
    let mut organiser = Organiser::new(seed, "campaigns closed", last, CLOSING_SEQUENCE);
    for round in FIRST_KEPT..ROUNDS.len() {
        let counts = tally.rounds.get(&round).copied().unwrap_or_default();
        organiser.report(round, counts, known_at);
    }
    organiser.acts
}

struct Organiser {
    seed: Seed,
    draw: Draw,
    last: Day,
    sequence: u32,
    acts: Vec<PlannedAct>,
}

impl Organiser {
    fn new(seed: Seed, purpose: &'static str, last: Day, sequence: u32) -> Organiser {
        Organiser {
            seed,
            draw: Draw::new(seed, purpose, Lane::CAMPAIGNS.0),
            last,
            sequence,
            acts: Vec::new(),
        }
    }

    fn open(&mut self, round: usize) {
        let (Some(start), Some(campaign)) = (first_day(round), campaign(round)) else {
            return;
        };
        let body = Body::OpenCampaign(proto::OpenCampaign {
            kind: CampaignKind::Amayesh.into(),
            round: u32::try_from(round).unwrap_or_default() + 1,
            opens_on: Some(stated_jalali(start)),
            closes_on: Some(stated_jalali(start.plus(GRACE_DAYS))),
            card_kind: DocumentKind::AmayeshCard.into(),
            card_valid_from: Some(stated_jalali(start)),
            card_valid_until: Some(stated_jalali(card_end(round, start))),
            provinces: Vec::new(),
            nationalities: Vec::new(),
            statuses: vec![PersonStatus::Displaced.into()],
        });
        let numbers = vec![campaign];
        self.record(start.plus(-ORDERED_DAYS_BEFORE), body, |_, _| {}, numbers);
    }

    fn report(&mut self, round: usize, counts: Counts, known_at: Option<Timestamp>) {
        let (Some(start), Some(counted), Some(campaign)) =
            (first_day(round), counted_on(round), campaign(round))
        else {
            return;
        };
        let number = campaign.to_string();
        let known = known_at.map(Timestamp::micros);
        let before = round_before(round).and_then(self::campaign);
        let target = if before.is_some() {
            counts.target
        } else {
            counts.called
        };
        let list = Body::FixCampaignTargetList(match before {
            Some(before) => proto::FixCampaignTargetList {
                campaign: number.clone(),
                definition: TargetDefinition::ParticipantsOf.into(),
                previous_campaign: before.to_string(),
                cut_off: Some(stated_jalali(start)),
                known_at: 0,
                source: String::new(),
                count: target,
            },
            None => proto::FixCampaignTargetList {
                campaign: number.clone(),
                definition: TargetDefinition::Stated.into(),
                source: "cards of the round before the last".to_owned(),
                count: target,
                ..proto::FixCampaignTargetList::default()
            },
        });
        self.record(start.plus(1), list, knowing(known), Vec::new());
        let (definition, participants) = match before {
            Some(_) => (CoverageDefinition::ListedParticipants, counts.listed),
            None => (CoverageDefinition::AllParticipants, counts.participants),
        };
        let coverage = Body::ReportCampaignCoverage(proto::ReportCampaignCoverage {
            campaign: number.clone(),
            definition: definition.into(),
            as_of: Some(stated_jalali(counted)),
            known_at: 0,
            participants,
            target,
        });
        self.record(counted.plus(5), coverage, knowing(known), Vec::new());
        let close = Body::CloseCampaign(proto::CloseCampaign { campaign: number });
        self.record(counted.plus(6), close, |_, _| {}, Vec::new());
    }

    /// Records an act on a day, in office hours; `finish` completes it once the moment is known.
    fn record(
        &mut self,
        day: Day,
        mut body: Body,
        finish: impl FnOnce(&mut Body, i64),
        numbers: Vec<LocalRef>,
    ) {
        let recorded_at = office_hour(day, &mut self.draw);
        let sequence = self.sequence;
        self.sequence += 1;
        if self.last < day {
            return;
        }
        finish(&mut body, recorded_at);
        let act_id = ids::act_id(self.seed, Lane::CAMPAIGNS.0, sequence, recorded_at);
        let author = author(Desk::Organiser, 0);
        let act = proto::Act {
            act_id: act_id.to_vec(),
            office: author.office.clone(),
            officer: "N9601".to_owned(),
            occurred_on: Some(stated_jalali(day)),
            recorded_at,
            legal_basis: BASIS.to_owned(),
            case_reference: String::new(),
            batch_id: Vec::new(),
            expected: Vec::new(),
            body: Some(body),
        };
        self.acts.push(PlannedAct {
            lane: Lane::CAMPAIGNS,
            author,
            nonce: ids::nonce(self.seed, &act_id),
            act,
            expect: Expectation::Accepted { numbers },
        });
    }
}

/// States up to when the organiser counts: what was known at a moment, or when the act is recorded.
fn knowing(known_at_us: Option<i64>) -> impl FnOnce(&mut Body, i64) {
    move |body, recorded_at| {
        // What is counted lies in the past of the act.
        let known = known_at_us.unwrap_or(recorded_at - 1);
        if let Body::ReportCampaignCoverage(report) = body {
            report.known_at = known;
        } else if let Body::FixCampaignTargetList(list) = body
            && !list.previous_campaign.is_empty()
        {
            list.known_at = known;
        }
    }
}
