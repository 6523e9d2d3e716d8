use sabt_domain::access::{FieldGroup, Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::deadline::{self, Bearer, Deadline};
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::{At, Life};
use sabt_domain::number::PersonNumber;
use sabt_domain::person::{FileLocation, Person};
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Day;
use sabt_vault::ordinal::SubjectOrdinal;

use super::contest::Disputes;
use super::extract::{derived, running};
use super::{Answer, QueryError, Question, unknown_person};
use crate::blind::Blind;
use crate::error::ViewsError;
use crate::store::Table;
use crate::views::Views;

/// Persons and households that one page of deadlines looks at, at most: at some 50 us a life, a page takes 50 ms.
pub const DEADLINES_LOOKED_AT_MAX: usize = 1_000;

/// Persons and households that one page of deadlines lists, at most: each gets a disclosure of their own.
pub const DEADLINES_LISTED_MAX: usize = 100;

/// Months that a list of deadlines looks ahead, at most.
pub const DEADLINE_MONTHS_MAX: u32 = 12;

/// Bytes of a month in a bookmark.
const MONTH_BYTES: usize = 4;

/// Whose deadlines are asked for.
#[derive(Clone, Debug)]
pub struct DeadlineQuery {
    /// Those whose file is in this province.
    pub province: ProvinceCode,
    /// Who is to act; `None`: whoever.
    pub bearer: Option<Bearer>,
    /// Last day that is listed.
    pub until: Day,
    /// [`DeadlinesView::next`] of the page before; empty: from the beginning.
    pub after: Vec<u8>,
}

/// A page of time limits that run: first those that have passed and stay, then month by month.
#[derive(Clone, PartialEq)]
pub struct DeadlinesView {
    /// In the order of the first last day, then of the numbers, which tell nothing.
    pub listed: Vec<DeadlineEntry>,
    /// Where the next page begins; empty: everybody was looked at. It tells nothing to whoever carries it.
    pub next: Vec<u8>,
}

/// The time limits that run for somebody.
#[derive(Clone, PartialEq)]
pub struct DeadlineEntry {
    /// For whom: a person, or a household without a head.
    pub subject: SubjectId,
    /// Which.
    pub deadlines: Vec<Told<Deadline>>,
    /// Whether the person contests something that may be told.
    pub contested: bool,
}

/// How far a listing has come: a month, or before all months what has passed and stays; and the last who was looked at.
#[derive(Clone, Copy)]
struct Place {
    month: Option<u32>,
    last: Option<SubjectOrdinal>,
}

impl Views {
    /// Every time limit that runs for a person on `at.as_of`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn deadlines_of(
        &self,
        permit: &Permit,
        person: PersonNumber,
        bearer: Option<Bearer>,
        at: &At,
    ) -> Result<Answer<DeadlinesView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::ListDeadlines, person)?;
        question.require(FieldGroup::History)?;
        let subject = SubjectId::Person(person);
        let life = question.reader.life_of(&subject)?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let (mut deadlines, contested) = question.of_person(&life, &folded, at);
        let household = folded.household.map(|membership| membership.household);
        if let Some(household) = household.filter(|_| question.allows(FieldGroup::Household)) {
            let life = question.reader.life_of(&SubjectId::Household(household))?;
            let lost = deadline::of_household(&life, at).into_iter().collect();
            deadlines.extend(derived(permit, lost));
        }
        deadlines.retain(|told| bearer.is_none_or(|bearer| told.kind.bearer() == bearer));
        let entry = DeadlineEntry {
            subject: subject.clone(),
            deadlines,
            contested,
        };
        let view = DeadlinesView {
            listed: vec![entry],
            next: Vec::new(),
        };
        question.answer(vec![subject], view)
    }

    /// A page of the time limits that run for those whose file is in a province. The index tells in which months somebody's
    /// may end; whether one does is read from the life, so that nothing is listed that was annulled or corrected since.
    ///
    /// # Errors
    /// [`QueryError`]; a field `after` that no page gave, and one `until` that lies too far ahead, are refused.
    pub fn deadlines_due(
        &self,
        permit: &Permit,
        query: &DeadlineQuery,
        at: &At,
    ) -> Result<Answer<DeadlinesView>, QueryError> {
        let question = Question::begin(self, permit, Method::ListDeadlines)?;
        question.require(FieldGroup::History)?;
        let first = deadline::month_of(at.as_of);
        let until = deadline::month_of(query.until);
        if query.until < at.as_of || first.saturating_add(DEADLINE_MONTHS_MAX) < until {
            let problem =
                format!("is before the day asked about, or {DEADLINE_MONTHS_MAX} months ahead");
            return Err(Refusal::field("until", problem).into());
        }
        let mut place = question.place(&query.after)?;
        let mut listed: Vec<DeadlineEntry> = Vec::new();
        let mut looked = 0;
        let mut next = Vec::new();
        loop {
            let blind = question.reader.keys().blinder().clock(place.month);
            let found = question.next(&blind, place.last)?;
            if let Some(subject) = found {
                if looked == DEADLINES_LOOKED_AT_MAX || listed.len() == DEADLINES_LISTED_MAX {
                    next = question.bookmark(place);
                    break;
                }
                listed.extend(question.ending(subject, place.month, query, at)?);
                looked += 1;
                place.last = Some(subject);
                continue;
            }
            let month = place.month.map_or(first, |month| month.saturating_add(1));
            if until < month {
                break;
            }
            place = Place {
                month: Some(month),
                last: None,
            };
        }
        listed.sort_by_cached_key(|entry| {
            let first = entry.deadlines.first().map(|told| told.due);
            (first, entry.subject.to_string())
        });
        let about = listed.iter().map(|entry| entry.subject.clone()).collect();
        question.answer(about, DeadlinesView { listed, next })
    }
}

impl Question<'_> {
    fn next(
        &self,
        month: &Blind,
        after: Option<SubjectOrdinal>,
    ) -> Result<Option<SubjectOrdinal>, ViewsError> {
        self.reader.next_candidate(Table::Clocks, month, after)
    }

    /// What runs for a person, and whether something of it may be contested.
    fn of_person(&self, life: &Life, folded: &Person, at: &At) -> (Vec<Told<Deadline>>, bool) {
        let disputes = Disputes::of(life, at.known_at);
        let marks = disputes
            .as_ref()
            .map(|disputes| disputes.marks(self.permit, FieldGroup::ALL));
        let contested = marks.is_some_and(|marks| !marks.is_empty());
        let deadlines = running(self.permit, life, folded, disputes.as_ref(), at);
        (deadlines, contested)
    }

    /// What of somebody ends in a month; `None` if nothing does, or if the file is held elsewhere.
    fn ending(
        &self,
        subject: SubjectOrdinal,
        month: Option<u32>,
        query: &DeadlineQuery,
        at: &At,
    ) -> Result<Option<DeadlineEntry>, ViewsError> {
        let Some(origin) = self.reader.origin(subject)? else {
            return Ok(None);
        };
        let life = self.reader.life(subject)?;
        let (mut deadlines, contested) = match origin.subject {
            SubjectId::Person(_) => match life.person(at) {
                Some(person) if is_held(&person, query.province) => {
                    self.of_person(&life, &person, at)
                }
                _ => return Ok(None),
            },
            SubjectId::Household(_) => (self.of_household(&life, query, at)?, false),
            SubjectId::Registry
            | SubjectId::AsylumClaim(_)
            | SubjectId::Campaign(_)
            | SubjectId::Site(_)
            | SubjectId::Case(_)
            | SubjectId::Biometric(_)
            | SubjectId::Agency(_)
            | SubjectId::Office(_) => return Ok(None),
        };
        deadlines.retain(|told| {
            let stays = told.kind.stays_overdue();
            let here = match month {
                None => stays,
                Some(month) => !stays && deadline::month_of(told.due) == month,
            };
            let bearer = query.bearer;
            here && told.due <= query.until
                && bearer.is_none_or(|bearer| told.kind.bearer() == bearer)
        });
        Ok((!deadlines.is_empty()).then_some(DeadlineEntry {
            subject: origin.subject,
            deadlines,
            contested,
        }))
    }

    /// What runs for a household, if the file of one of its members is held in the province.
    fn of_household(
        &self,
        life: &Life,
        query: &DeadlineQuery,
        at: &At,
    ) -> Result<Vec<Told<Deadline>>, ViewsError> {
        let open = deadline::of_household(life, at);
        let Some(open) = open.filter(|_| self.allows(FieldGroup::Household)) else {
            return Ok(Vec::new());
        };
        let household = life.household(at);
        let members = household.map(|household| household.members);
        for member in members.unwrap_or_default() {
            let life = self.reader.life_of(&SubjectId::Person(member.person))?;
            let person = life.person(at);
            if person.is_some_and(|person| is_held(&person, query.province)) {
                return Ok(derived(self.permit, vec![open]));
            }
        }
        Ok(Vec::new())
    }

    fn bookmark(&self, place: Place) -> Vec<u8> {
        let last = place
            .last
            .map(|last| self.reader.keys().bookmark(last).to_vec());
        let month = place.month.unwrap_or(0).to_be_bytes();
        [month.to_vec(), last.unwrap_or_default()].concat()
    }

    /// The place that a bookmark names.
    fn place(&self, bookmark: &[u8]) -> Result<Place, Refusal> {
        let beginning = Place {
            month: None,
            last: None,
        };
        if bookmark.is_empty() {
            return Ok(beginning);
        }
        let wrong = || Refusal::field("after", "is not where a page of this list ended");
        let (month, last) = bookmark.split_at_checked(MONTH_BYTES).ok_or_else(wrong)?;
        let month = u32::from_be_bytes(month.try_into().map_err(|_other| wrong())?);
        let last = match last {
            [] => None,
            last => {
                let last = last.try_into().ok();
                let last = last.and_then(|last| self.reader.keys().bookmarked(last));
                Some(last.ok_or_else(wrong)?)
            }
        };
        Ok(Place {
            month: (month != 0).then_some(month),
            last,
        })
    }
}

fn is_held(person: &Person, province: ProvinceCode) -> bool {
    matches!(person.file, FileLocation::Held(held) if held == province)
}
