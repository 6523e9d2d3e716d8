use std::collections::BTreeMap;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::campaign::{Campaign, Roster, RosterCount};
use sabt_domain::fact::{NonParticipationReason, OfficeCode};
use sabt_domain::governance::Enrolment;
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::At;
use sabt_domain::number::CampaignNumber;
use sabt_domain::refusal::{Reason, Refusal};

use super::{Answer, QueryError, Question};
use crate::blind::Blind;
use crate::roster;
use crate::views::Views;

/// A campaign on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignView {
    /// What it is and what was reported of it.
    pub campaign: Campaign,
    /// Number of its events.
    pub version: u64,
    /// How far it reaches, counted now; only for the agency that organises it, because small counts can tell of persons.
    pub reach: Option<CampaignReach>,
}

/// How far a campaign reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignReach {
    /// How many took part.
    pub participants: u64,
    /// How many of them are on the target list; `None` where its number was stated from outside.
    pub listed: Option<u64>,
    /// How many took part at each enrolled office, in the order of the codes.
    pub offices: Vec<OfficeReach>,
    /// How many were observed not to take part and have not come since, for each reason.
    pub absences: BTreeMap<NonParticipationReason, u64>,
}

/// How many took part at an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeReach {
    /// The office.
    pub office: OfficeCode,
    /// The province in which it works.
    pub province: ProvinceCode,
    /// How many.
    pub participants: u64,
}

impl Views {
    /// A campaign as of a day, and as it was known at a time.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn campaign(
        &self,
        permit: &Permit,
        number: CampaignNumber,
        enrolment: &Enrolment,
        at: &At,
    ) -> Result<Answer<CampaignView>, QueryError> {
        let question = Question::begin(self, permit, Method::GetCampaign)?;
        question.require(FieldGroup::Campaign)?;
        let unknown = || Refusal::new(Reason::UnknownCampaign, "design:7.1");
        let life = question.reader.life_of(&SubjectId::Campaign(number))?;
        let campaign = life.campaign(at).ok_or_else(unknown)?;
        let reach = if question.is_own(&campaign.organiser, enrolment) {
            Some(reach(&question, &campaign, enrolment, at)?)
        } else {
            None
        };
        question.answer(
            Vec::new(),
            CampaignView {
                campaign,
                version: life.version(),
                reach,
            },
        )
    }
}

/// Counts a campaign.
fn reach(
    question: &Question<'_>,
    campaign: &Campaign,
    enrolment: &Enrolment,
    at: &At,
) -> Result<CampaignReach, QueryError> {
    let reader = &question.reader;
    let of = Roster {
        campaign: campaign.number,
        as_of: at.as_of,
        known_at: at.known_at,
    };
    let mut reach = CampaignReach::default();
    let mut offices: BTreeMap<Blind, u64> = BTreeMap::new();
    let mut absent = Vec::new();
    roster::visit(reader, &of, |part| match (part.office, part.absent) {
        (Some(office), _) => {
            reach.participants += 1;
            *offices.entry(office).or_default() += 1;
        }
        (None, true) => absent.push(part.subject),
        (None, false) => {}
    })?;
    for subject in absent {
        if let Some(reason) = roster::absence(reader, &of, subject)? {
            *reach.absences.entry(reason).or_default() += 1;
        }
    }
    let listed = campaign
        .target
        .as_ref()
        .and_then(|list| list.definition.roster());
    if let Some(among) = listed {
        let among = Some(among);
        reach.listed = Some(roster::count(reader, &RosterCount { of, among })?);
    }
    let blinder = reader.keys().blinder();
    reach.offices = enrolment
        .offices()
        .filter_map(|office| {
            let participants = *offices.get(&blinder.office(&office.code))?;
            Some(OfficeReach {
                office: office.code.clone(),
                province: office.province,
                participants,
            })
        })
        .collect();
    Ok(reach)
}
