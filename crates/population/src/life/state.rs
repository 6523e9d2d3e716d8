//! What the simulation knows of a family: its people and households.

use sabt_domain::time::{Calendar, Day, PartialDate};
use sabt_proto::event::v1::{
    AdmissionGround, DocumentKind, PersonStatus, Relation, ResidenceBasis, ResidenceKind,
};

use crate::sites::SiteIx;
use crate::tables::{Language, NameForm, OriginPlace, Sex};
use crate::when::{DayMath, Precision};

/// A person of the family, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonIx(pub(crate) usize);

/// A household of the family, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HomeIx(pub(crate) usize);

/// The course a life takes towards the authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// Displaced, admitted as a group; an Amayesh card since the first round.
    Amayesh,
    /// Asked for asylum and was recognised.
    Refugee,
    /// Came with passport and visa.
    Passport,
    /// Came without papers and has none.
    Irregular,
    /// Without nationality.
    Stateless,
}

/// To whom somebody is married.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spouse {
    /// Not married.
    None,
    /// A person of the registry.
    Person(PersonIx),
    /// An Iranian, by national number.
    Iranian(String),
}

/// The names of a person, as forms of the name tables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    pub(crate) language: Language,
    pub(crate) given: NameForm,
    pub(crate) family: Option<NameForm>,
    pub(crate) father: NameForm,
    pub(crate) grandfather: Option<NameForm>,
}

/// Where somebody was born.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Birthplace {
    /// Abroad.
    Origin(&'static OriginPlace),
    /// In a province of Iran, by index of the province table, and a town of it.
    Iran(usize, usize),
}

/// A live document.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    pub(crate) kind: DocumentKind,
    pub(crate) issuer: &'static str,
    pub(crate) number: String,
}

/// The residence permit in force, or the last one.
#[derive(Debug, Clone)]
pub(crate) struct Permit {
    pub(crate) kind: ResidenceKind,
    pub(crate) basis: ResidenceBasis,
    pub(crate) number: String,
    /// First valid day.
    pub(crate) from: Day,
    pub(crate) until: Day,
    pub(crate) renewals: u32,
}

/// A stay in a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) site: SiteIx,
    pub(crate) ground: AdmissionGround,
}

/// A person of the family.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// Reference in the plan.
    pub(crate) reference: String,
    pub(crate) sex: Sex,
    pub(crate) names: Names,
    pub(crate) birth: Day,
    pub(crate) birth_precision: Precision,
    pub(crate) birthplace: Birthplace,
    /// ISO 3166-1 alpha-3 of the country of origin.
    pub(crate) country: &'static str,
    pub(crate) course: Course,
    /// Index of the province that holds the file.
    pub(crate) province: usize,
    pub(crate) registered_on: Day,
    pub(crate) alive: bool,
    pub(crate) in_iran: bool,
    /// The life is not simulated further: departed for good, or a second record of somebody.
    pub(crate) closed: bool,
    pub(crate) home: Option<HomeIx>,
    pub(crate) spouse: Spouse,
    pub(crate) mother: Option<PersonIx>,
    pub(crate) father: Option<PersonIx>,
    pub(crate) last_birth: Option<Day>,
    pub(crate) status: Option<PersonStatus>,
    pub(crate) papers: Vec<Paper>,
    pub(crate) permit: Option<Permit>,
    /// Number of the visa with which the person came.
    pub(crate) visa: Option<String>,
    /// Reference of the biometric reference that stands.
    pub(crate) biometric: Option<String>,
    /// The site in which the person is.
    pub(crate) stay: Option<Stay>,
    /// Identifier of the act that registered the person.
    pub(crate) registered_by: [u8; 16],
}

impl Person {
    /// Completed years of age on `day` as the registry counts them: a partial date from its last day, in doubt younger.
    pub(crate) fn age(&self, day: Day) -> u32 {
        let stated = match self.birth_precision {
            Precision::Day(_) => self.birth,
            Precision::Month(calendar) => last_of(self.birth, calendar, true),
            Precision::Year(calendar) => last_of(self.birth, calendar, false),
        };
        stated.age(day)
    }

    /// Alive, in the country and still followed.
    pub(crate) fn is_here(&self) -> bool {
        self.alive && self.in_iran && !self.closed
    }

    /// The live document of a kind.
    pub(crate) fn paper(&self, kind: DocumentKind) -> Option<&Paper> {
        self.papers.iter().find(|paper| paper.kind == kind)
    }

    /// Born outside Iran.
    pub(crate) fn birthplace_is_abroad(&self) -> bool {
        matches!(self.birthplace, Birthplace::Origin(_))
    }

    /// The permit if it is valid on `day`.
    pub(crate) fn valid_permit(&self, day: Day) -> Option<&Permit> {
        self.permit.as_ref().filter(|permit| day <= permit.until)
    }
}

/// The last day of the month or year of a day.
fn last_of(day: Day, calendar: Calendar, keep_month: bool) -> Day {
    day.date_in(calendar)
        .and_then(|date| {
            PartialDate::new(
                calendar,
                date.year(),
                date.month().filter(|_| keep_month),
                None,
            )
        })
        .map_or(day, PartialDate::latest)
}

/// A household of the family.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// Reference in the plan.
    pub(crate) reference: String,
    pub(crate) head: Option<PersonIx>,
    /// Every member, the head included.
    pub(crate) members: Vec<PersonIx>,
    /// Index of the province, and of the town in it.
    pub(crate) province: usize,
    pub(crate) town: usize,
}

/// The female and the male of a couple, if there is one.
pub(crate) fn as_couple(a: (PersonIx, Sex), b: (PersonIx, Sex)) -> Option<(PersonIx, PersonIx)> {
    match (a.1, b.1) {
        (Sex::Female, Sex::Male) => Some((a.0, b.0)),
        (Sex::Male, Sex::Female) => Some((b.0, a.0)),
        (Sex::Female, Sex::Female) | (Sex::Male, Sex::Male) => None,
    }
}

/// What `member` is to `head`, from the kinship the simulation knows.
pub(crate) fn relation(people: &[Person], member: PersonIx, head: PersonIx) -> Relation {
    let (m, h) = (&people[member.0], &people[head.0]);
    let is_parent = |child: &Person, parent: PersonIx| {
        child.mother == Some(parent) || child.father == Some(parent)
    };
    let grandchild = |young: &Person, old: PersonIx| {
        [young.mother, young.father]
            .into_iter()
            .flatten()
            .any(|p| is_parent(&people[p.0], old))
    };
    let shared = (m.mother.is_some() && m.mother == h.mother)
        || (m.father.is_some() && m.father == h.father);
    if member == head {
        Relation::Head
    } else if m.spouse == Spouse::Person(head) {
        Relation::Spouse
    } else if is_parent(m, head) {
        Relation::Child
    } else if is_parent(h, member) {
        Relation::Parent
    } else if shared {
        Relation::Sibling
    } else if grandchild(m, head) {
        Relation::Grandchild
    } else if grandchild(h, member) {
        Relation::Grandparent
    } else {
        Relation::OtherRelative
    }
}
