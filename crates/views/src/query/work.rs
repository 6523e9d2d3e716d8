//! The work list of an office: its open service cases.
//!
//! It names cases and services, and no person. But a case concerns persons, and whoever knows its number knows them; so each
//! of them finds in the list of who looked that the case was listed, as with every other list.

use sabt_domain::access::{FieldGroup, Filed, Method, Permit, Told};
use sabt_domain::act::{CaseStepKind, SubjectId};
use sabt_domain::case::{CaseState, OpinionState, ServiceCase};
use sabt_domain::event::EventBody;
use sabt_domain::fact::{CommissionMember, OfficeCode};
use sabt_domain::law::ServiceId;
use sabt_domain::life::{At, Life};
use sabt_domain::number::{CaseNumber, PersonNumber};
use sabt_domain::refusal::Refusal;
use sabt_domain::time::{PartialDate, Timestamp};
use sabt_vault::ordinal::SubjectOrdinal;

use super::case::{OF_CASES, groups};
use super::contest::Disputes;
use super::site::When;
use super::{Answer, QueryError, Question};
use crate::error::ViewsError;
use crate::store::Table;
use crate::views::Views;

/// Cases that one page of a work list shows, at most.
pub const OFFICE_CASES_LISTED_MAX: usize = 50;

/// Cases and persons that one page is about, at most, but for the persons of its last case: each gets a disclosure of
/// their own.
pub const OFFICE_CASES_TOLD_MAX: usize = 100;

/// Open cases that one page looks at, at most, those of services that the permit does not cover among them: at some 50 us a
/// life, a page takes 50 ms.
pub const OFFICE_CASES_LOOKED_AT_MAX: usize = 1_000;

/// Lives that are opened at most for the list of an earlier day, or as it was known earlier.
pub const OFFICE_CASES_OPENED_MAX: usize = 20_000;

/// An open case in the list of its office.
#[derive(Clone)]
pub struct OfficeCaseEntry {
    /// The case.
    pub number: CaseNumber,
    /// Which service.
    pub service: ServiceId,
    /// How it stands.
    pub state: CaseState,
    /// When it was opened.
    pub requested_on: PartialDate,
    /// The last step; `None` where none followed the request.
    pub last_step: Option<CaseStepKind>,
    /// When it happened, or the request.
    pub last_step_on: PartialDate,
    /// What is awaited.
    pub due: Vec<CaseDue>,
    /// Whether somebody whom it concerns contests something of their service cases that may be told.
    pub contested: bool,
}

/// Something that a case waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseDue {
    /// An opinion of a member of the commission.
    Opinion {
        /// Whose.
        member: CommissionMember,
        /// Last moment; `None` beyond the range of the calendar.
        due_at: Option<Timestamp>,
        /// It has passed.
        overdue: bool,
    },
    /// The reply to an inquiry.
    Reply {
        /// The office's number of the inquiry.
        inquiry: String,
        /// Last day; `None` where none was set.
        due_on: Option<PartialDate>,
        /// It has passed.
        overdue: bool,
    },
}

/// A page of the open cases of an office.
#[derive(Clone)]
pub struct OfficeCasesView {
    /// By the position of the newest record about each, oldest first.
    pub cases: Vec<Told<OfficeCaseEntry>>,
    /// Where the next page begins; empty: these are all.
    pub next: Vec<u8>,
}

/// What a page has gathered.
#[derive(Default)]
struct Page {
    cases: Vec<Told<OfficeCaseEntry>>,
    about: Vec<SubjectId>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.cases.len() == OFFICE_CASES_LISTED_MAX || OFFICE_CASES_TOLD_MAX <= self.about.len()
    }
}

impl Views {
    /// A page of the open cases that an office took, the one first of which the last record is oldest. Whose office it is,
    /// the caller has checked.
    ///
    /// # Errors
    /// [`QueryError`]; a field `after` that no page gave is refused, and an earlier day or knowledge of an office that took more
    /// than [`OFFICE_CASES_OPENED_MAX`] cases.
    pub fn office_cases(
        &self,
        permit: &Permit,
        office: &OfficeCode,
        after: &[u8],
        at: &At,
        when: When,
    ) -> Result<Answer<OfficeCasesView>, QueryError> {
        let question = Question::begin(self, permit, Method::ListOfficeCases)?;
        question.require(FieldGroup::ServiceCases)?;
        let after = place(after)?;
        let (page, next) = match when {
            When::Now => question.open_now(office, after, at)?,
            When::Then => question.open_then(office, after, at)?,
        };
        let next = next.map_or_else(Vec::new, |position| position.to_be_bytes().to_vec());
        let cases = page.cases;
        question.answer(page.about, OfficeCasesView { cases, next })
    }
}

impl Question<'_> {
    /// What is open by everything that is recorded; the index tells.
    fn open_now(
        &self,
        office: &OfficeCode,
        after: Option<u64>,
        at: &At,
    ) -> Result<(Page, Option<u64>), QueryError> {
        let mut page = Page::default();
        let mut after = after;
        for _looked in 0..OFFICE_CASES_LOOKED_AT_MAX {
            let Some((position, subject)) = self.reader.next_open(office, after)? else {
                return Ok((page, None));
            };
            if page.is_full() {
                return Ok((page, after));
            }
            after = Some(position);
            let life = self.reader.life(subject)?;
            self.list(&life, office, at, &mut page)?;
        }
        Ok((page, after))
    }

    /// What was open on a day, as it was known at a time, read from every case that the office ever took.
    fn open_then(
        &self,
        office: &OfficeCode,
        after: Option<u64>,
        at: &At,
    ) -> Result<(Page, Option<u64>), QueryError> {
        let taken = self.reader.keys().blinder().taken(office);
        let limit = OFFICE_CASES_OPENED_MAX;
        let (subjects, more) = self.reader.candidates(Table::Work, &taken, limit)?;
        if more {
            let problem = format!("asks for more than {limit} cases to be opened: ask for now");
            return Err(Refusal::field("at", problem).into());
        }
        let mut open: Vec<(u64, SubjectOrdinal)> = Vec::new();
        for subject in subjects {
            let life = self.reader.life(subject)?;
            let newest = newest(&life, at);
            let is_next = newest.filter(|newest| after.is_none_or(|after| after < *newest));
            if let Some(newest) = is_next
                && case_of(&life, office, at).is_some()
            {
                open.push((newest, subject));
            }
        }
        open.sort_unstable();
        let mut page = Page::default();
        let mut last = None;
        for (position, subject) in open {
            if page.is_full() {
                return Ok((page, last));
            }
            last = Some(position);
            let life = self.reader.life(subject)?;
            self.list(&life, office, at, &mut page)?;
        }
        Ok((page, None))
    }

    /// Lists a case, if it is open and may be told.
    fn list(
        &self,
        life: &Life,
        office: &OfficeCode,
        at: &At,
        page: &mut Page,
    ) -> Result<(), ViewsError> {
        let Some(case) = case_of(life, office, at) else {
            return Ok(());
        };
        let groups = groups(&case.service);
        if !groups.iter().all(|group| self.permit.allows(group)) {
            return Ok(());
        }
        let contested = self.is_contested(&case.persons, at)?;
        let (last_step, last_step_on) = last_step(life, &case, at);
        let about = [SubjectId::Case(case.number)].into_iter();
        let about = about.chain(case.persons.iter().copied().map(SubjectId::Person));
        let entry = OfficeCaseEntry {
            number: case.number,
            state: case.state(),
            requested_on: case.requested_on,
            last_step,
            last_step_on,
            due: due(&case, at),
            contested,
            service: case.service,
        };
        if let Some(told) = self.permit.tell(Filed::under(groups, entry)) {
            page.cases.push(told);
            page.about.extend(about);
        }
        Ok(())
    }

    fn is_contested(&self, persons: &[PersonNumber], at: &At) -> Result<bool, ViewsError> {
        for person in persons {
            let life = self.reader.life_of(&SubjectId::Person(*person))?;
            let disputes = Disputes::of(&life, at.known_at);
            let marks = disputes.map(|disputes| disputes.marks(self.permit, &OF_CASES));
            if marks.is_some_and(|marks| !marks.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The case, if it is the office's and open.
fn case_of(life: &Life, office: &OfficeCode, at: &At) -> Option<ServiceCase> {
    let case = life.case(at)?;
    (case.office == *office && case.closure.is_none()).then_some(case)
}

/// The position of the newest record that was known.
fn newest(life: &Life, at: &At) -> Option<u64> {
    let known = life.records().iter();
    let known = known.filter(|recorded| recorded.recorded_at <= at.known_at);
    known.map(|recorded| recorded.position).max()
}

/// The last step in the order of facts, and when it happened.
fn last_step(life: &Life, case: &ServiceCase, at: &At) -> (Option<CaseStepKind>, PartialDate) {
    let events = life.in_valid_order(at);
    let mut steps = events.iter().filter_map(|effective| {
        if let EventBody::CaseAdvanced(advance) = &effective.event.body {
            Some((advance.step.kind(), effective.event.occurred_on))
        } else {
            None
        }
    });
    let last = steps.next_back();
    (
        last.map(|(kind, _)| kind),
        last.map_or(case.requested_on, |(_, on)| on),
    )
}

/// What a case waits for: opinions that have not come while it is not decided, and replies.
fn due(case: &ServiceCase, at: &At) -> Vec<CaseDue> {
    let undecided = case.decision().is_none();
    let opinions = case.opinions.iter().filter(|asked| {
        undecided
            && matches!(
                asked.state(at.known_at),
                OpinionState::Awaited | OpinionState::Silent
            )
    });
    let opinions = opinions.map(|asked| CaseDue::Opinion {
        member: asked.member,
        due_at: asked.due_at(),
        overdue: asked.state(at.known_at) == OpinionState::Silent,
    });
    let replies = case.inquiries.iter().filter(|asked| asked.reply.is_none());
    let replies = replies.map(|asked| CaseDue::Reply {
        inquiry: asked.inquiry.inquiry.clone(),
        due_on: asked.inquiry.due_on,
        overdue: asked
            .inquiry
            .due_on
            .is_some_and(|due| due.latest() < at.as_of),
    });
    opinions.chain(replies).collect()
}

/// The position after which a page begins.
fn place(after: &[u8]) -> Result<Option<u64>, Refusal> {
    if after.is_empty() {
        return Ok(None);
    }
    let position = after.try_into().map(u64::from_be_bytes);
    position
        .map(Some)
        .map_err(|_other| Refusal::field("after", "is not where a page of this list ended"))
}
