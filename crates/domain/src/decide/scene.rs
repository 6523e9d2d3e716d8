use super::{Decided, Facts, States};
use crate::act::{Act, SubjectId};
use crate::erasure;
use crate::event::{Event, EventBody};
use crate::fact::Party;
use crate::governance::Office;
use crate::household::Household;
use crate::law::{Catalogue, Edition};
use crate::life::{At, Life};
use crate::number::{HouseholdCode, PersonNumber};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::time::{Calendar, Day, PartialDate};

/// Seconds by which an office's clock may be ahead of the registry's.
const OFFICE_CLOCK_AHEAD_SECONDS_MAX: i64 = 600;

/// An act before the registry: everything a rule looks at.
pub(super) struct Scene<'a> {
    states: &'a States,
    act: &'a Act,
    facts: &'a Facts,
    day: Day,
    law_edition: &'static str,
    catalogue: &'a Catalogue,
    /// What the act would stand in the place of, if it corrects another.
    in_place_of: Option<&'a Event>,
}

impl<'a> Scene<'a> {
    /// Sets the scene; refuses an act whose fact or whose record lies in the future.
    pub(super) fn new(states: &'a States, act: &'a Act, facts: &'a Facts) -> Result<Self, Refusal> {
        let today = facts.now.day_in_tehran();
        let day = act.occurred_on.earliest();
        let latest_record = facts.now.plus_seconds(OFFICE_CLOCK_AHEAD_SECONDS_MAX);
        if today < day || latest_record.is_some_and(|latest| latest < act.office_recorded_at) {
            return Err(
                Refusal::new(Reason::FutureDate, "design:6 three clocks").with("today", today)
            );
        }
        Ok(Self {
            states,
            act,
            facts,
            day,
            law_edition: Edition::in_force(today).code,
            catalogue: states
                .catalogue
                .as_deref()
                .unwrap_or_else(|| Catalogue::in_force(today)),
            in_place_of: None,
        })
    }

    /// The same for an act that would stand in the place of what another one states.
    pub(super) fn in_place_of(self, event: Option<&'a Event>) -> Self {
        Self {
            in_place_of: event,
            ..self
        }
    }

    /// True if the act stands in the place of one of the same day that said the same, as far as `same` looks.
    pub(super) fn restates(&self, same: impl FnOnce(&EventBody) -> bool) -> bool {
        self.in_place_of
            .is_some_and(|event| event.occurred_on == self.act.occurred_on && same(&event.body))
    }

    pub(super) fn states(&self) -> &'a States {
        self.states
    }

    pub(super) fn act(&self) -> &'a Act {
        self.act
    }

    pub(super) fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// The catalogue of services under which is decided.
    pub(super) fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// The day on which the fact began to hold.
    pub(super) fn day(&self) -> Day {
        self.day
    }

    pub(super) fn life(&self, subject: impl Into<SubjectId>) -> Option<&'a Life> {
        self.states.lives.get(&subject.into())
    }

    /// The person on the day of the fact.
    pub(super) fn person(&self, number: PersonNumber) -> Result<Person, Refusal> {
        self.person_at(number, &At::day(self.day))
    }

    /// The whole life of the person, whatever the day.
    pub(super) fn whole_person(&self, number: PersonNumber) -> Result<Person, Refusal> {
        self.person_at(number, &At::END)
    }

    /// True if everything about the subject was erased.
    pub(super) fn is_erased(&self, subject: impl Into<SubjectId>) -> bool {
        self.states.erased.contains(&subject.into())
    }

    fn person_at(&self, number: PersonNumber, at: &At) -> Result<Person, Refusal> {
        if self.is_erased(number) {
            return Err(erasure::erased());
        }
        let life = self.life(number).filter(|life| !life.is_empty());
        let Some(whole) = life.and_then(|life| life.person(&At::END)) else {
            return Err(Refusal::new(Reason::UnknownPerson, "law:art. 1(16)"));
        };
        if *at == At::END {
            return Ok(whole);
        }
        let unborn = || Refusal::new(Reason::BeforeBirth, "design:6 three clocks");
        let birth = whole.particulars.birth_date;
        if birth.is_some_and(|birth| self.act.occurred_on.latest() < birth.earliest()) {
            return Err(unborn());
        }
        // A date of birth may be partial and reach beyond the day of the fact; then the person is taken to be born.
        life.and_then(|life| {
            let from = birth.map_or(at.as_of, |birth| at.as_of.max(birth.earliest()));
            life.person(&At { as_of: from, ..*at })
        })
        .ok_or_else(unborn)
    }

    /// The person on the day of the fact, alive and not become Iranian.
    pub(super) fn living(&self, number: PersonNumber) -> Result<Person, Refusal> {
        let person = self.person(number)?;
        if person.death.is_some() {
            return Err(Refusal::new(Reason::PersonDeceased, "service:10032154109"));
        }
        if person.closure.is_some() {
            return Err(Refusal::new(Reason::RecordClosed, "services.md row 11"));
        }
        Ok(person)
    }

    /// The person behind a party on the day of the fact, alive; `None` for those outside the registry.
    pub(super) fn living_party(&self, party: &Party) -> Result<Option<Person>, Refusal> {
        party.person().map(|number| self.living(number)).transpose()
    }

    /// The same where the fact ends what the party had with somebody else: who was erased or became Iranian is as one outside
    /// the registry, so that whoever is left is not bound to them for ever.
    pub(super) fn remaining_party(&self, party: &Party) -> Result<Option<Person>, Refusal> {
        match party.person() {
            Some(number) if self.is_erased(number) => Ok(None),
            Some(number) if self.person(number)?.closure.is_some() => Ok(None),
            _ => self.living_party(party),
        }
    }

    /// The household on the day of the fact.
    pub(super) fn household(&self, code: HouseholdCode) -> Result<Household, Refusal> {
        self.household_on(code, self.day)
    }

    /// The household on a day.
    pub(super) fn household_on(&self, code: HouseholdCode, day: Day) -> Result<Household, Refusal> {
        if self.is_erased(code) {
            return Err(erasure::erased());
        }
        self.life(code)
            .and_then(|life| life.household(&At::day(day)))
            .ok_or_else(|| Refusal::new(Reason::UnknownHousehold, "service:10032154107"))
    }

    /// The office that recorded the act, if it is enrolled.
    pub(super) fn office(&self) -> Option<&'a Office> {
        self.states.enrolment.office(&self.act.office)
    }

    /// The day on which the office recorded the act, as a date of the calendar of the office.
    pub(super) fn recorded_on(&self) -> PartialDate {
        self.act
            .office_recorded_at
            .day_in_tehran()
            .date_in(Calendar::Jalali)
            .unwrap_or(self.act.occurred_on)
    }

    /// An event about a subject, dated as the act.
    pub(super) fn about(&self, subject: impl Into<SubjectId>, body: EventBody) -> Decided {
        self.about_on(subject, self.act.occurred_on, body)
    }

    /// An event about a subject, dated otherwise.
    pub(super) fn about_on(
        &self,
        subject: impl Into<SubjectId>,
        occurred_on: PartialDate,
        body: EventBody,
    ) -> Decided {
        Decided {
            subject: subject.into(),
            event: Event {
                occurred_on,
                office_recorded_at: self.act.office_recorded_at,
                office: self.act.office.clone(),
                legal_basis: self.act.legal_basis.clone(),
                law_edition: self.law_edition.to_owned(),
                body,
            },
        }
    }
}

/// Refuses a term whose last day lies before its first.
pub(super) fn check_term(
    from: PartialDate,
    until: Option<PartialDate>,
    rule: &'static str,
) -> Result<(), Refusal> {
    if until.is_some_and(|until| until.latest() < from.earliest()) {
        return Err(Refusal::new(Reason::TermReversed, rule));
    }
    Ok(())
}
