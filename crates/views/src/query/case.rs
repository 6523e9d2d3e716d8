use sabt_domain::access::{FieldGroup, FieldSet, Filed, Method, Permit, Told};
use sabt_domain::act::{ActId, AdvanceCase, RequestService, SubjectId};
use sabt_domain::case::{CaseState, ServiceCase};
use sabt_domain::event::EventBody;
use sabt_domain::fact::OfficeCode;
use sabt_domain::law::ServiceId;
use sabt_domain::life::{At, Life};
use sabt_domain::number::{CaseNumber, PersonNumber};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::PartialDate;

use super::contest::Disputes;
use super::{Answer, QueryError, Question, unknown_person};
use crate::views::Views;

/// A service case on a day.
#[derive(Clone)]
pub struct CaseView {
    /// The case.
    pub case: ServiceCase,
    /// What was asked for.
    pub request: RequestService,
    /// Number of its events.
    pub version: u64,
    /// Its steps, in the order in which they happened, as corrected.
    pub steps: Vec<CaseStepView>,
}

/// A step, and under what it was taken.
#[derive(Clone)]
pub struct CaseStepView {
    /// The act that recorded it.
    pub act_id: ActId,
    /// When.
    pub on: PartialDate,
    /// The office that recorded it.
    pub office: OfficeCode,
    /// What it rests on.
    pub legal_basis: String,
    /// Edition of the law tables.
    pub law_edition: String,
    /// What happened.
    pub step: AdvanceCase,
}

/// A case in the list of a person's.
#[derive(Clone)]
pub struct CaseEntry {
    /// The case.
    pub number: CaseNumber,
    /// Which service.
    pub service: ServiceId,
    /// How it stands.
    pub state: CaseState,
    /// When it was opened.
    pub requested_on: PartialDate,
}

/// Groups of which a list of cases can be contested.
pub(super) const OF_CASES: [FieldGroup; 3] = [
    FieldGroup::ServiceCases,
    FieldGroup::Schooling,
    FieldGroup::Protection,
];

impl Views {
    /// A service case. One of a service whose group is not given is answered about as one that never was: that there is one
    /// would tell of it.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn case(
        &self,
        permit: &Permit,
        number: CaseNumber,
        at: &At,
    ) -> Result<Answer<Told<CaseView>>, QueryError> {
        let question = Question::begin(self, permit, Method::GetCase)?;
        question.require(FieldGroup::ServiceCases)?;
        let life = question.reader.life_of(&SubjectId::Case(number))?;
        let told = view(&life, at).and_then(|view| tell(permit, view));
        let Some(told) = told else {
            return Err(Refusal::new(Reason::UnknownCase, "design:7.1").into());
        };
        let mut about = vec![SubjectId::Case(number)];
        let mut contested = Vec::new();
        for person in &told.case.persons {
            let subject = SubjectId::Person(*person);
            let life = question.reader.life_of(&subject)?;
            let disputes = Disputes::of(&life, at.known_at);
            let marks = disputes.map(|disputes| disputes.marks(permit, &OF_CASES));
            contested.extend(marks.into_iter().flatten());
            about.push(subject);
        }
        Ok(question.answer(about, told)?.marked(contested))
    }

    /// Service cases that concern a person, in the order in which they were opened; none is an answer too.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn cases(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<Vec<Told<CaseEntry>>>, QueryError> {
        let question = Question::begin_about(self, permit, Method::ListCases, person)?;
        question.require(FieldGroup::ServiceCases)?;
        let subject = SubjectId::Person(person);
        let life = question.reader.life_of(&subject)?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let mut cases = Vec::new();
        for known in &folded.cases {
            let life = question.reader.life_of(&SubjectId::Case(known.number))?;
            cases.extend(entry(permit, &life, at));
        }
        let disputes = Disputes::of(&life, at.known_at);
        let contested = disputes.map(|disputes| disputes.marks(permit, &OF_CASES));
        let answer = question.answer(vec![subject], cases)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}

/// A case as a list shows it, if it may be told.
pub(super) fn entry(permit: &Permit, life: &Life, at: &At) -> Option<Told<CaseEntry>> {
    let case = life.case(at)?;
    let groups = groups(&case.service);
    let entry = CaseEntry {
        number: case.number,
        state: case.state(),
        requested_on: case.requested_on,
        service: case.service,
    };
    permit.tell(Filed::under(groups, entry))
}

pub(super) fn groups(service: &ServiceId) -> FieldSet {
    FieldSet::of(&[FieldGroup::ServiceCases, FieldGroup::of_service(service)])
}

fn tell(permit: &Permit, view: CaseView) -> Option<Told<CaseView>> {
    permit.tell(Filed::under(groups(&view.case.service), view))
}

fn view(life: &Life, at: &At) -> Option<CaseView> {
    let case = life.case(at)?;
    let mut request = None;
    let mut steps = Vec::new();
    for effective in life.in_valid_order(at) {
        let event = effective.event;
        if let EventBody::ServiceRequested(requested) = &event.body {
            request = Some(requested.request.clone());
        } else if let EventBody::CaseAdvanced(step) = &event.body {
            steps.push(CaseStepView {
                act_id: effective.act_id,
                on: event.occurred_on,
                office: event.office.clone(),
                legal_basis: event.legal_basis.clone(),
                law_edition: event.law_edition.clone(),
                step: step.clone(),
            });
        }
    }
    Some(CaseView {
        case,
        request: request?,
        version: life.version(),
        steps,
    })
}
