//! One year of one life: what may happen, and how likely it is.
//!
//! All rates are round figures of the right order of magnitude, not estimates of any real population.

use sabt_domain::time::Day;
use sabt_proto::event::v1::DocumentKind;

use super::case::FIRST_YEAR as FIRST_CASES;
use super::state::{Course, PersonIx, Spouse};
use super::{Family, Step};
use crate::tables::Sex;
use crate::when::DayMath;

/// Deaths per hundred thousand and year by age, of men; of women three quarters of it.
const MORTALITY: [(u32, u32); 8] = [
    (0, 1800),
    (1, 150),
    (5, 50),
    (15, 130),
    (45, 600),
    (60, 1900),
    (70, 5200),
    (80, 14_000),
];

/// Births per mille and year of married women by age, before 1370; less later.
const FERTILITY: [(u32, u32); 7] = [
    (15, 180),
    (20, 300),
    (25, 280),
    (30, 210),
    (35, 130),
    (40, 50),
    (45, 0),
];

impl Family {
    /// Draws what the coming year brings and plans it.
    pub(super) fn year(&mut self, day: Day, ix: PersonIx) {
        let person = self.person(ix);
        if !person.alive || person.closed {
            return;
        }
        self.plan(day.plus(365), Step::Year(ix));
        let age = self.person(ix).age(day);
        if self.dies(ix, age) {
            self.plan_within(day, 365, Step::Die(ix));
        }
        self.family_life(day, ix, age);
        self.papers_and_journeys(day, ix);
        if self
            .person(ix)
            .home
            .is_some_and(|home| self.homes[home.0].head == Some(ix))
        {
            self.housing(day, ix);
        }
        self.with_offices(day, ix, age);
        self.perhaps_shelter(day, ix, age);
        self.perhaps_amend(day, ix);
    }

    /// What people ask of offices and contest, and what offices order.
    fn with_offices(&mut self, day: Day, ix: PersonIx, age: u32) {
        let year = day.jalali_year();
        let asks = match (year, age) {
            (..FIRST_CASES, _) => 0,
            (_, ..18) if self.has_iranian_mother(ix) => 90,
            (_, 0..6) => 0,
            (_, 6..18) if self.person(ix).valid_permit(day).is_none() => 60,
            (_, 6..18) => 6,
            (_, 18..) => 24,
        };
        if self.draw.permille(asks) {
            self.plan_within(day, 365, Step::Ask(ix));
        }
        if 18 <= age && self.draw.permille(2) {
            self.plan_within(day, 365, Step::Dispute(ix));
        }
        if self.person(ix).course == Course::Irregular && self.draw.permille(90) {
            self.plan_within(day, 365, Step::Order(ix));
        }
    }

    fn dies(&mut self, ix: PersonIx, age: u32) -> bool {
        let rate = at_age(&MORTALITY, age);
        match self.person(ix).sex {
            Sex::Female => self.draw.per_lakh(rate * 3 / 4),
            Sex::Male => self.draw.per_lakh(rate),
        }
    }

    fn family_life(&mut self, day: Day, ix: PersonIx, age: u32) {
        match (self.person(ix).sex, self.person(ix).spouse.clone()) {
            (sex, Spouse::None) => {
                let rate = match (sex, age) {
                    (Sex::Female, 18..30) => 95,
                    (Sex::Male, 20..35) => 85,
                    (_, 30..45) => 25,
                    (Sex::Female | Sex::Male, _) => 0,
                };
                if self.draw.permille(rate) {
                    self.plan_within(day, 365, Step::Wed(ix));
                }
            }
            (Sex::Female, Spouse::Person(_)) | (Sex::Male, Spouse::Iranian(_)) => {
                let rate = at_age(&FERTILITY, age) * fertility_percent(day.jalali_year()) / 100;
                if self.draw.permille(rate) {
                    self.plan_within(day, 365, Step::Bear(ix));
                }
                if self.draw.permille(4) {
                    self.plan_within(day, 365, Step::Divorce(ix));
                }
            }
            (Sex::Male, Spouse::Person(_)) => {
                // A grown son who lives with his parents moves out at some time.
                if age >= 20 && self.draw.permille(120) {
                    self.plan_within(day, 365, Step::Split(ix));
                }
            }
            (Sex::Female, Spouse::Iranian(_)) => {}
        }
    }

    fn papers_and_journeys(&mut self, day: Day, ix: PersonIx) {
        if self.draw.permille(16) {
            self.plan_within(day, 365, Step::Lose(ix));
        }
        let travels = self.person(ix).paper(DocumentKind::Passport).is_some();
        if travels && self.draw.permille(220) {
            self.plan_within(day, 365, Step::Travel(ix));
        }
        if self.draw.permille(2) {
            self.plan_within(day, 365, Step::Revoke(ix));
        }
        let course = self.person(ix).course;
        match course {
            Course::Refugee if self.draw.permille(8) => {
                self.plan_within(day, 365, Step::Cease(ix));
            }
            Course::Irregular if self.draw.permille(25) => {
                self.plan_within(day, 365, Step::Regularise(ix));
            }
            Course::Amayesh
            | Course::Refugee
            | Course::Passport
            | Course::Irregular
            | Course::Stateless => {}
        }
    }

    fn housing(&mut self, day: Day, head: PersonIx) {
        let Some(home) = self.person(head).home else {
            return;
        };
        if self.draw.permille(90) {
            self.plan_within(day, 365, Step::MoveHouse(home));
        }
        if self.draw.permille(10) {
            self.plan_within(day, 365, Step::Transfer(home));
        }
        let year = day.jalali_year();
        let course = self.person(head).course;
        if course == Course::Amayesh && year >= 1388 && self.draw.permille(9) {
            self.plan_within(day, 365, Step::Convert(home));
        }
        let leaves = match (course, year) {
            // The years of voluntary return, and of the returns of 1404.
            (Course::Amayesh, 1381..=1385) => 22,
            (Course::Irregular, 1403..=1405) => 160,
            (Course::Irregular, _) => 60,
            (Course::Passport, _) => 30,
            (Course::Amayesh | Course::Refugee | Course::Stateless, _) => 4,
        };
        if self.draw.permille(leaves) {
            self.plan_within(day, 365, Step::Depart(head));
        }
    }
}

fn at_age(table: &[(u32, u32)], age: u32) -> u32 {
    table
        .iter()
        .take_while(|row| row.0 <= age)
        .last()
        .map_or(0, |row| row.1)
}

/// Fertility falls from 1370 to 1400 by half.
fn fertility_percent(year: i32) -> u32 {
    match year {
        ..1370 => 100,
        1370..1380 => 85,
        1380..1390 => 68,
        1390..1400 => 55,
        _ => 48,
    }
}
