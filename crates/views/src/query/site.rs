use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::governance::Enrolment;
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::{At, Life};
use sabt_domain::number::SiteNumber;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::site::Site;
use sabt_vault::ordinal::SubjectOrdinal;

use super::{Answer, QueryError, Question};
use crate::store::Table;
use crate::views::Views;

/// Sites that are listed at most.
pub const SITES_LISTED_MAX: usize = 1_000;

/// Sites that are looked at at most for one list.
pub const SITES_LOOKED_AT_MAX: usize = 20_000;

/// Lives that are opened at most for one question, to count who was in a site on an earlier day, or as it was known earlier.
pub const SITE_LIVES_OPENED_MAX: usize = 20_000;

/// A site on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteView {
    /// What it is, its capacity, and its inspections.
    pub site: Site,
    /// Number of its events.
    pub version: u64,
    /// How many stay there; only for the agency that runs the site, because small counts can tell of persons. Who they are is
    /// told to nobody: a list of names is no question.
    pub persons: Option<u64>,
}

/// Sites on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitesView {
    /// In the order of their numbers, of which the order tells nothing.
    pub sites: Vec<SiteView>,
    /// True if there are more than are listed.
    pub more: bool,
}

/// About when it is asked who is in a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now, as everything recorded tells: counted by an index.
    Now,
    /// On another day, or as it was known at another time: counted in the lives of whoever ever was there.
    Then,
}

impl Views {
    /// A site as of a day, and as it was known at a time.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn site(
        &self,
        permit: &Permit,
        number: SiteNumber,
        enrolment: &Enrolment,
        at: &At,
        when: When,
    ) -> Result<Answer<SiteView>, QueryError> {
        let question = Question::begin(self, permit, Method::GetSite)?;
        question.require(FieldGroup::Site)?;
        let mut lives = SITE_LIVES_OPENED_MAX;
        let site = question.reader.life_of(&SubjectId::Site(number))?;
        let view = question.site(&site, enrolment, at, when, &mut lives)?;
        let view = view.ok_or_else(|| Refusal::new(Reason::UnknownSite, "design:7.1"))?;
        question.answer(Vec::new(), view)
    }

    /// The sites of a province, or of all. Those of other provinces count for none of the limits but that of the sites looked at.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn sites(
        &self,
        permit: &Permit,
        province: Option<ProvinceCode>,
        enrolment: &Enrolment,
        at: &At,
        when: When,
    ) -> Result<Answer<SitesView>, QueryError> {
        let question = Question::begin(self, permit, Method::ListSites)?;
        question.require(FieldGroup::Site)?;
        let keys = question.reader.keys();
        let all = keys.blinder().site(SubjectOrdinal::REGISTRY);
        let mut sites = Vec::new();
        let mut lives = SITE_LIVES_OPENED_MAX;
        let (mut last, mut looked_at) = (None, 0);
        let more = loop {
            let next = question.reader.next_candidate(Table::Sites, &all, last)?;
            let Some(subject) = next else {
                break false;
            };
            if looked_at == SITES_LOOKED_AT_MAX {
                break true;
            }
            (last, looked_at) = (next, looked_at + 1);
            let life = question.reader.life(subject)?;
            let here = life.site(at).is_some_and(|site| {
                province.is_none_or(|province| site.terms.province == province)
            });
            if !here {
                continue;
            }
            if sites.len() == SITES_LISTED_MAX {
                break true;
            }
            sites.extend(question.site(&life, enrolment, at, when, &mut lives)?);
        };
        // Not in the order in which they were opened, of which numbers tell nothing.
        sites.sort_by_key(|view| view.site.number);
        question.answer(Vec::new(), SitesView { sites, more })
    }
}

impl Question<'_> {
    /// A site of which the life is known; `lives` are how many may still be opened to count who was there.
    fn site(
        &self,
        life: &Life,
        enrolment: &Enrolment,
        at: &At,
        when: When,
        lives: &mut usize,
    ) -> Result<Option<SiteView>, QueryError> {
        let Some(site) = life.site(at) else {
            return Ok(None);
        };
        let number = site.number;
        let persons = match when {
            _ if !self.is_own(&site.run_by, enrolment) => None,
            When::Now => Some(self.reader.occupants(number)?.len()),
            When::Then => Some(self.occupants_then(number, at, lives)?),
        };
        Ok(Some(SiteView {
            site,
            version: life.version(),
            // A number of persons always fits in 64 bits.
            persons: persons.map(|persons| u64::try_from(persons).unwrap_or(u64::MAX)),
        }))
    }

    /// Who was in a site on a day, as it was known at a time, counted in lives. Whoever was erased is not counted any more.
    fn occupants_then(
        &self,
        number: SiteNumber,
        at: &At,
        lives: &mut usize,
    ) -> Result<usize, QueryError> {
        let keys = self.reader.keys();
        let Some(site) = keys.ordinal(&SubjectId::Site(number)) else {
            return Ok(0);
        };
        let ever = keys.blinder().site(site);
        let (subjects, more) = self.reader.candidates(Table::Sites, &ever, *lives)?;
        if more {
            let limit = SITE_LIVES_OPENED_MAX;
            let problem = format!("asks for more than {limit} lives to be counted: ask for now");
            return Err(Refusal::field("at", problem).into());
        }
        *lives = lives.saturating_sub(subjects.len());
        let mut inside = 0;
        for subject in subjects {
            let person = self.reader.life(subject)?.person(at);
            let stays = person.is_some_and(|person| person.site() == Some(number));
            inside += usize::from(stays);
        }
        Ok(inside)
    }
}
