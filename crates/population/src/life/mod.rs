//! The life of one family, told as the acts that offices recorded of it.
//!
//! A queue of steps, ordered by day, drives the family forward. A step that no longer applies (its person has died or
//! left) does nothing, so steps can be planned ahead without care.

mod amend;
mod arrival;
mod biometric;
mod birth;
mod campaign;
mod case;
mod condition;
mod death;
mod departure;
mod dispute;
mod household;
mod marriage;
mod mistake;
mod papers;
mod people;
mod permit;
mod removal;
mod site;
mod state;
mod status;
mod year;

use std::collections::BTreeMap;

use sabt_domain::law::BorderPoint;
use sabt_domain::refusal::Reason;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, GuardianKind, act::Body, party::Who};

use crate::draw::Draw;
use crate::institutions::{Desk, author};
use crate::plan::{Expectation, Lane, LocalRef, PlannedAct, SubjectSort};
use crate::when::{DayMath, FIRST_YEAR, jalali, next_in_line, office_hour, stated_jalali};
use crate::{Mistakes, Seed, ids};
use state::{Home, HomeIx, PersonIx};

pub(crate) use state::Person;

/// What a family is simulated with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) seed: Seed,
    pub(crate) mistakes: Mistakes,
    /// Nothing is dated later.
    pub(crate) last_day: Day,
    /// Whether rounds of Amayesh are campaigns.
    pub(crate) campaigns: bool,
    /// Whether people stay in sites.
    pub(crate) sites: bool,
    /// Most persons that may be registered.
    pub(crate) budget: u32,
}

/// Most people registered in one family; bounds the memory of a lane at about a megabyte of acts.
pub(crate) const FAMILY_PERSONS_MAX: u32 = 40;

/// Runs one family through time.
pub(crate) fn family(terms: Terms, lane: Lane) -> Vec<PlannedAct> {
    let mut family = Family::new(terms, lane);
    family.found();
    while let Some(((day, _), step)) = family.queue.pop_first() {
        if day > family.end {
            break;
        }
        if day < family.busy_until {
            // An office is still at work on an earlier step; this one waits, so that facts come in their order.
            family.plan(family.busy_until, step);
            continue;
        }
        let before = family.acts.len();
        family.step(day, step);
        for _ in before..family.acts.len() {
            family.perhaps_slip_up();
        }
    }
    family.acts
}

/// Something that will happen to the family.
#[derive(Debug, Clone)]
enum Step {
    Arrive(arrival::Party),
    Year(PersonIx),
    Die(PersonIx),
    NameHead(HomeIx),
    Wed(PersonIx),
    Bear(PersonIx),
    Divorce(PersonIx),
    Split(PersonIx),
    MoveHouse(HomeIx),
    Transfer(HomeIx),
    Travel(PersonIx),
    Return(PersonIx, BorderPoint),
    FindFather(PersonIx, PersonIx),
    Guard(PersonIx, PersonIx, GuardianKind),
    Correct(PersonIx),
    Link(PersonIx, PersonIx),
    Unlink(PersonIx, PersonIx),
    Lose(PersonIx),
    Round(PersonIx, usize),
    Reside(PersonIx),
    Renew(PersonIx),
    Expire(PersonIx),
    Recognise(PersonIx),
    Convert(HomeIx),
    Revoke(PersonIx),
    Cease(PersonIx),
    Regularise(PersonIx),
    Depart(PersonIx),
    Slip(PersonIx),
    Ask(PersonIx),
    Case(case::CaseIx),
    Order(PersonIx),
    RevokeVisa(PersonIx),
    Matter(removal::MatterIx),
    Dispute(PersonIx),
    Answer(PersonIx, [u8; 16]),
    Shelter(PersonIx),
    MoveTown(Vec<PersonIx>),
    LeaveSite(Vec<PersonIx>),
}

struct Family {
    terms: Terms,
    lane: Lane,
    end: Day,
    draw: Draw,
    /// Chance of what happens about sites.
    chance: Draw,
    queue: BTreeMap<(Day, u32), Step>,
    planned_steps: u32,
    people: Vec<Person>,
    homes: Vec<Home>,
    acts: Vec<PlannedAct>,
    /// When the last act was recorded.
    clock_us: i64,
    /// The day of the last fact: no fact of the family is dated before it.
    busy_until: Day,
    passports: u64,
    serials: u64,
    /// Who lodged each claim to asylum, in order.
    claimants: Vec<PersonIx>,
    cases: Vec<case::Case>,
    matters: Vec<removal::Matter>,
    /// Biometric references taken so far.
    biometrics: usize,
}

impl Family {
    fn new(terms: Terms, lane: Lane) -> Family {
        Family {
            terms,
            lane,
            end: terms.last_day,
            draw: Draw::new(terms.seed, "family", lane.0),
            chance: Draw::new(terms.seed, "family sites", lane.0),
            queue: BTreeMap::new(),
            planned_steps: 0,
            people: Vec::new(),
            homes: Vec::new(),
            acts: Vec::new(),
            clock_us: 0,
            busy_until: jalali(FIRST_YEAR, 1, 1),
            passports: 0,
            serials: 0,
            claimants: Vec::new(),
            cases: Vec::new(),
            matters: Vec::new(),
            biometrics: 0,
        }
    }

    fn step(&mut self, day: Day, step: Step) {
        match step {
            Step::Arrive(party) => self.arrive(day, &party),
            Step::Year(person) => self.year(day, person),
            Step::Die(person) => self.die(day, person),
            Step::NameHead(home) => self.name_head(day, home),
            Step::Wed(person) => self.wed(day, person),
            Step::Bear(mother) => self.bear(day, mother),
            Step::Divorce(person) => self.divorce(day, person),
            Step::Split(person) => self.split(day, person),
            Step::MoveHouse(home) => self.move_house(day, home),
            Step::Transfer(home) => self.transfer(day, home),
            Step::Travel(person) => self.travel(day, person),
            Step::Lose(person) => self.lose(day, person),
            Step::Round(person, round) => self.round(day, person, round),
            Step::Reside(person) => self.first_residence(day, person),
            Step::Renew(person) => self.renew(day, person),
            Step::Expire(person) => self.expire(day, person),
            Step::Recognise(person) => self.recognise(day, person),
            Step::Convert(home) => self.convert(day, home),
            Step::Revoke(person) => self.revoke(day, person),
            Step::Cease(person) => self.cease(day, person),
            Step::Regularise(person) => self.regularise(day, person),
            Step::Depart(person) => self.depart(day, person),
            Step::Slip(person) => self.headcount_slip(day, person),
            Step::Ask(person) => self.ask(day, person),
            Step::Case(case) => self.advance(day, case),
            Step::Order(person) => self.order_expulsion(day, person),
            Step::RevokeVisa(person) => self.revoke_visa(day, person),
            Step::Matter(matter) => self.go_on(day, matter),
            Step::Dispute(person) => self.contest(day, person),
            Step::Answer(person, dispute) => self.answer_dispute(day, person, dispute),
            Step::Return(person, point) => self.come_back(day, person, point),
            Step::FindFather(child, father) => self.confirm_father(day, child, father),
            Step::Guard(child, guardian, kind) => self.guard(day, child, guardian, kind),
            Step::Correct(person) => self.correct_registration(day, person),
            Step::Link(person, other) => self.link(day, person, other),
            Step::Unlink(person, other) => self.unlink(day, person, other),
            Step::Shelter(person) => self.shelter(day, person),
            Step::MoveTown(family) => self.move_town(day, &family),
            Step::LeaveSite(family) => self.leave_site(day, &family),
        }
    }

    fn plan(&mut self, day: Day, step: Step) {
        self.planned_steps += 1;
        self.queue.insert((day, self.planned_steps), step);
    }

    fn plan_within(&mut self, day: Day, days: i32, step: Step) {
        let later = day.plus(self.draw.between(1, days));
        self.plan(later, step);
    }

    fn has_room(&self) -> bool {
        self.people.len() < usize::try_from(self.terms.budget).unwrap_or(usize::MAX)
    }

    fn person(&self, ix: PersonIx) -> &Person {
        &self.people[ix.0]
    }

    fn person_mut(&mut self, ix: PersonIx) -> &mut Person {
        &mut self.people[ix.0]
    }

    fn reference(&self, ix: PersonIx) -> String {
        self.people[ix.0].reference.clone()
    }

    fn party(&self, ix: PersonIx) -> proto::Party {
        proto::Party {
            who: Some(Who::Person(self.reference(ix))),
        }
    }

    /// A step has reached beyond the last simulated day: nothing of the family is recorded any more.
    fn is_over(&self) -> bool {
        self.busy_until > self.end
    }

    fn person_ref(&self, ix: PersonIx) -> LocalRef {
        self.local(SubjectSort::Person, ix.0)
    }

    fn next_person_ref(&self) -> LocalRef {
        self.local(SubjectSort::Person, self.people.len())
    }

    fn next_home_ref(&self) -> LocalRef {
        self.local(SubjectSort::Household, self.homes.len())
    }

    fn local(&self, sort: SubjectSort, before: usize) -> LocalRef {
        let ordinal = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        LocalRef {
            lane: self.lane,
            sort,
            ordinal,
        }
    }

    /// An act that the registry should record.
    fn accept(&mut self, desk: Desk, day: Day, basis: &str, body: Body) -> [u8; 16] {
        self.emit(
            desk,
            day,
            basis,
            body,
            Expectation::Accepted {
                numbers: Vec::new(),
            },
        )
    }

    /// An act that the registry should record and that brings a subject into being.
    fn accept_new(
        &mut self,
        desk: Desk,
        day: Day,
        basis: &str,
        body: Body,
        new: LocalRef,
    ) -> [u8; 16] {
        self.emit(
            desk,
            day,
            basis,
            body,
            Expectation::Accepted { numbers: vec![new] },
        )
    }

    /// An act that the registry should refuse.
    fn refuse(
        &mut self,
        desk: Desk,
        day: Day,
        basis: &str,
        body: Body,
        reason: Reason,
    ) -> [u8; 16] {
        self.emit(desk, day, basis, body, Expectation::Refused { reason })
    }

    fn emit(
        &mut self,
        desk: Desk,
        day: Day,
        basis: &str,
        body: Body,
        expect: Expectation,
    ) -> [u8; 16] {
        let office_hour = office_hour(day, &mut self.draw);
        let in_line = next_in_line(self.clock_us, &mut self.draw);
        // Offices record what happened that day, or later if the family is still being served.
        debug_assert!(
            self.busy_until <= day,
            "facts of a family come in their order"
        );
        self.clock_us = office_hour.max(in_line);
        self.busy_until = self.busy_until.max(day);
        self.push(desk, stated_jalali(day), basis, body, expect)
    }

    /// Emits with a date that has nothing to do with the time of recording.
    fn emit_dated(
        &mut self,
        desk: Desk,
        occurred_on: proto::Date,
        basis: &str,
        body: Body,
        expect: Expectation,
    ) -> [u8; 16] {
        self.clock_us = next_in_line(self.clock_us, &mut self.draw);
        self.push(desk, occurred_on, basis, body, expect)
    }

    fn push(
        &mut self,
        desk: Desk,
        occurred_on: proto::Date,
        basis: &str,
        body: Body,
        expect: Expectation,
    ) -> [u8; 16] {
        let sequence = u32::try_from(self.acts.len()).unwrap_or(u32::MAX);
        let act_id = ids::act_id(self.terms.seed, self.lane.0, sequence, self.clock_us);
        if self.is_over() {
            // What would be dated after the last day has not happened yet; nor has anything that follows from it.
            return act_id;
        }
        let author = author(desk, self.lane.0);
        let case_reference = if self.draw.permille(250) {
            format!("{}/{}", occurred_on.year, self.draw.digits(5))
        } else {
            String::new()
        };
        let act = proto::Act {
            act_id: act_id.to_vec(),
            office: author.office.clone(),
            officer: format!("K{}", 1000 + self.draw.below(40)),
            occurred_on: Some(occurred_on),
            recorded_at: self.clock_us,
            legal_basis: basis.to_owned(),
            case_reference,
            batch_id: Vec::new(),
            expected: Vec::new(),
            body: Some(body),
        };
        let nonce = ids::nonce(self.terms.seed, &act_id);
        self.acts.push(PlannedAct {
            lane: self.lane,
            author,
            act,
            nonce,
            expect,
        });
        act_id
    }
}
