//! Which services people ask for, and how often: the mix of the population.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{DocumentKind, PersonStatus};

use crate::life::Family;
use crate::life::state::{Course, PersonIx, Spouse};
use crate::tables::Sex;
use crate::when::DayMath;

/// A service that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    /// Identifier in the catalogue.
    pub(super) service: &'static str,
    /// In whose name somebody asks.
    pub(super) asks: Asks,
    /// To whom it is open.
    open: Open,
    /// How often it is asked for, among those open to somebody.
    pub(super) weight: u32,
}

/// In whose name somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Person,
    Household,
    Organisation,
    Vehicle,
}

/// To whom a service is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Adult,
    Head,
    CardHolder,
    CardHolders,
    Refugee,
    Resident,
    Young,
    Pupil,
    ChildOfIranianMother,
    UnmarriedMan,
    UnmarriedWoman,
    Married,
    Traveller,
    Settled,
    Never,
}

const fn offer(service: &'static str, asks: Asks, open: Open, weight: u32) -> Offer {
    Offer {
        service,
        asks,
        open,
        weight,
    }
}

/// Documents of the deceased (row 18), asked for by those they leave behind.
pub(super) const OF_THE_DEAD: Offer = offer("10032154109", Asks::Person, Open::Never, 1);

/// Every service that is drawn, in the order of the printed table. What people need every month is frequent: passes,
/// travel slips, insurance, residence papers; what changes a life is not; what takes something away is rare.
pub(super) const OFFERS: [Offer; 25] = [
    offer("12011076103", Asks::Organisation, Open::Head, 6),
    offer("12011076105", Asks::Organisation, Open::Head, 6),
    offer("12011076106", Asks::Person, Open::Refugee, 250),
    offer("10031076100", Asks::Person, Open::UnmarriedMan, 6),
    offer("10031076101", Asks::Person, Open::ChildOfIranianMother, 300),
    offer("12012154100", Asks::Person, Open::Resident, 130),
    offer("12012154101", Asks::Household, Open::CardHolders, 170),
    offer("10012154102", Asks::Person, Open::Settled, 12),
    offer("10032154103", Asks::Person, Open::UnmarriedWoman, 25),
    offer("10032154104", Asks::Person, Open::CardHolder, 25),
    offer("10032154105", Asks::Person, Open::UnmarriedMan, 12),
    offer("12012154106", Asks::Person, Open::ChildOfIranianMother, 300),
    offer("10032154107", Asks::Household, Open::Married, 35),
    offer("12012154108", Asks::Household, Open::CardHolders, 15),
    offer("12012154110", Asks::Person, Open::Young, 60),
    offer("12012154111", Asks::Household, Open::CardHolders, 150),
    offer("12012154112", Asks::Person, Open::ChildOfIranianMother, 200),
    offer("12012154113", Asks::Household, Open::CardHolders, 45),
    offer("12012154114", Asks::Person, Open::Traveller, 60),
    offer("12012154115", Asks::Person, Open::CardHolder, 4),
    offer("12012154117", Asks::Person, Open::CardHolder, 190),
    offer("12012154118", Asks::Person, Open::Adult, 8),
    offer("12012154119", Asks::Vehicle, Open::Adult, 8),
    offer("12012154120", Asks::Person, Open::Pupil, 900),
    offer("DUTY-17", Asks::Person, Open::Resident, 6),
];

impl Family {
    /// True if the service is open to somebody who is here.
    pub(super) fn is_open_to(&self, offer: &Offer, day: Day, ix: PersonIx) -> bool {
        let person = self.person(ix);
        let age = person.age(day);
        let adult = 18 <= age;
        let card = person.course == Course::Amayesh && person.valid_permit(day).is_some();
        let heads = person
            .home
            .is_some_and(|home| self.homes[home.0].head == Some(ix));
        match offer.open {
            Open::Never => false,
            Open::Adult => adult,
            Open::Head => adult && heads,
            Open::CardHolder => adult && card,
            Open::CardHolders => adult && card && heads,
            Open::Refugee => adult && person.status == Some(PersonStatus::Refugee),
            Open::Resident => {
                adult && person.course == Course::Passport && person.valid_permit(day).is_some()
            }
            Open::Young => (18..30).contains(&age) && person.valid_permit(day).is_some(),
            Open::Pupil => (6..18).contains(&age) && person.valid_permit(day).is_none(),
            Open::ChildOfIranianMother => self.has_iranian_mother(ix) && age < 18,
            Open::UnmarriedMan | Open::UnmarriedWoman => {
                let woman = person.sex == Sex::Female;
                adult
                    && person.spouse == Spouse::None
                    && woman == (offer.open == Open::UnmarriedWoman)
            }
            Open::Married => adult && heads && matches!(person.spouse, Spouse::Person(_)),
            Open::Traveller => adult && person.paper(DocumentKind::Passport).is_some(),
            Open::Settled => adult && self.is_settled(day, ix),
        }
    }

    /// The mother is Iranian, so that she stands in another register.
    pub(in crate::life) fn has_iranian_mother(&self, ix: PersonIx) -> bool {
        let person = self.person(ix);
        let father = person.father.map(|father| &self.person(father).spouse);
        person.mother.is_none() && matches!(father, Some(Spouse::Iranian(_)))
    }

    /// Long in the country and bound to nobody whom another nationality would leave behind: those of whom the population
    /// lets the record be closed without further ado.
    pub(super) fn is_settled(&self, day: Day, ix: PersonIx) -> bool {
        let person = self.person(ix);
        let heads_others = person.home.is_some_and(|home| {
            let home = &self.homes[home.0];
            home.head == Some(ix) && 1 < home.members.len()
        });
        5 <= person.registered_on.age(day)
            && !matches!(person.spouse, Spouse::Person(_))
            && !heads_others
    }
}
