//! Making people and saying who they are.

use sabt_domain::time::{Calendar, Day};
use sabt_proto::event::v1::{
    self as proto, NameKind, NationalityState, Relation, Script, Sex as ProtoSex,
};

use super::Family;
use super::state::{Birthplace, Course, HomeIx, Names, Person, PersonIx, Spouse, relation};
use crate::tables::{Language, NameForm, PROVINCES, STREETS, Sex, family_names, given_names};
use crate::when::{DayMath, Precision, stated};

/// What makes a new person.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewPerson {
    pub(super) sex: Sex,
    pub(super) names: Names,
    pub(super) birth: Day,
    pub(super) birthplace: Birthplace,
    pub(super) country: &'static str,
    pub(super) course: Course,
    pub(super) province: usize,
}

impl Family {
    /// Adds a person to the family; the caller registers them.
    pub(super) fn make_person(&mut self, new: NewPerson) -> PersonIx {
        let reference = self.next_person_ref().to_string();
        let birth_precision = self.birth_precision(&new);
        let ix = PersonIx(self.people.len());
        self.people.push(Person {
            reference,
            sex: new.sex,
            names: new.names,
            birth: new.birth,
            birth_precision,
            birthplace: new.birthplace,
            country: new.country,
            course: new.course,
            province: new.province,
            registered_on: new.birth,
            alive: true,
            in_iran: true,
            closed: false,
            home: None,
            spouse: Spouse::None,
            mother: None,
            father: None,
            last_birth: None,
            status: None,
            papers: Vec::new(),
            permit: None,
            visa: None,
            biometric: None,
            stay: None,
            registered_by: [0; 16],
        });
        ix
    }

    /// How exactly a birth is known: to the day for those born in Iran or with a passport; of the others, half know
    /// only the year, and one in five states it in the Hijri calendar.
    fn birth_precision(&mut self, new: &NewPerson) -> Precision {
        let gregorian = matches!(new.names.language, Language::Arabic | Language::Urdu);
        let home = if gregorian {
            Calendar::Gregorian
        } else {
            Calendar::Jalali
        };
        match new.birthplace {
            Birthplace::Iran(..) => Precision::Day(Calendar::Jalali),
            Birthplace::Origin(_) if new.course == Course::Passport => {
                Precision::Day(Calendar::Gregorian)
            }
            Birthplace::Origin(_) => match self.draw.below(10) {
                0..5 => Precision::Year(home),
                5 => Precision::Month(home),
                6..8 => Precision::Day(Calendar::Hijri),
                _ => Precision::Day(home),
            },
        }
    }

    /// The message that says who somebody is. `slip` is a misspelling to make in the given name.
    pub(super) fn particulars(&self, ix: PersonIx, slip: Slip) -> proto::Particulars {
        let person = self.person(ix);
        let given = match slip {
            Slip::Name => misspelt(person.names.given.written),
            Slip::None | Slip::BirthDate => person.names.given.written.to_owned(),
        };
        let birth = match slip {
            // A digit of the year misread in a handwritten paper.
            Slip::BirthDate => person.birth.plus_jalali_years(-3),
            Slip::None | Slip::Name => person.birth,
        };
        let mut names = vec![written_name(&person.names, given)];
        // Two in three files also hold the name in Latin letters: those whose papers show it.
        if ix.0 % 3 != 2 {
            names.push(latin_name(&person.names));
        }
        proto::Particulars {
            names,
            sex: match person.sex {
                Sex::Female => ProtoSex::Female,
                Sex::Male => ProtoSex::Male,
            }
            .into(),
            birth_date: Some(stated(birth, person.birth_precision)),
            birth_place: Some(birth_place(person)),
            nationalities: nationalities(person),
        }
    }

    /// A given name of the language and sex.
    pub(super) fn given_name(&mut self, language: Language, sex: Sex) -> NameForm {
        *self.draw.pick(given_names(language, sex))
    }

    /// A family name of the language.
    pub(super) fn family_name(&mut self, language: Language) -> NameForm {
        *self.draw.pick(family_names(language))
    }

    /// An address in a town.
    pub(super) fn address_in(&mut self, province: usize, town: usize) -> proto::Address {
        let row = &PROVINCES[province];
        let (county, locality) = row.towns[town];
        let street = *self.draw.pick(&STREETS);
        let house = self.draw.between(1, 240);
        proto::Address {
            province: row.code.to_owned(),
            county: county.to_owned(),
            locality: locality.to_owned(),
            // U+067E, U+0644 and so on spell "pelak", the Persian word for a house number.
            street: format!("{street}\u{60c} \u{67e}\u{644}\u{627}\u{6a9} {house}"),
            postal_code: if self.draw.permille(600) {
                self.draw.digits(10)
            } else {
                String::new()
            },
        }
    }

    /// What `member` is to `head`.
    pub(super) fn relation(&self, member: PersonIx, head: PersonIx) -> Relation {
        relation(&self.people, member, head)
    }

    /// A member with the relation to `head`.
    pub(super) fn member(&self, member: PersonIx, head: PersonIx) -> proto::MemberRelation {
        proto::MemberRelation {
            person: self.reference(member),
            relation: self.relation(member, head).into(),
        }
    }

    /// The members of a household who are alive and here, in order.
    pub(super) fn members(&self, home: HomeIx) -> Vec<PersonIx> {
        self.homes[home.0].members.clone()
    }
}

/// A mistake an office makes when it registers somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// None.
    None,
    /// The given name is misspelt.
    Name,
    /// The birth date is three years early.
    BirthDate,
}

/// The name with its last letter doubled or, in a longer name, dropped: still a name, but the wrong one.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    match letters.pop() {
        Some(last) if letters.len() < 4 => {
            letters.push(last);
            letters.push(last);
        }
        Some(_) | None => {}
    }
    letters.into_iter().collect::<String>().trim().to_owned()
}

fn written_name(names: &Names, given: String) -> proto::Name {
    let written =
        |form: Option<NameForm>| form.map(|form| form.written.to_owned()).unwrap_or_default();
    proto::Name {
        kind: NameKind::AsWritten.into(),
        script: Script::Arabic.into(),
        given,
        family: written(names.family),
        father: names.father.written.to_owned(),
        grandfather: written(names.grandfather),
        language: names.language.tag().to_owned(),
    }
}

fn latin_name(names: &Names) -> proto::Name {
    let latin = |form: Option<NameForm>| form.map(|form| form.latin.to_owned()).unwrap_or_default();
    proto::Name {
        kind: NameKind::Transliteration.into(),
        script: Script::Latin.into(),
        given: names.given.latin.to_owned(),
        family: latin(names.family),
        father: names.father.latin.to_owned(),
        grandfather: latin(names.grandfather),
        language: names.language.tag().to_owned(),
    }
}

fn birth_place(person: &Person) -> proto::Place {
    match person.birthplace {
        Birthplace::Origin(place) => proto::Place {
            country: person.country.to_owned(),
            province: place.province.to_owned(),
            locality: place.locality.to_owned(),
        },
        Birthplace::Iran(province, town) => proto::Place {
            country: "IRN".to_owned(),
            province: PROVINCES[province].code.to_owned(),
            locality: PROVINCES[province].towns[town].1.to_owned(),
        },
    }
}

/// Stateless courses have no State; papers confirm a nationality, without them it is claimed.
fn nationalities(person: &Person) -> Vec<proto::Nationality> {
    let (country, state) = match person.course {
        Course::Stateless => ("", NationalityState::Stateless),
        Course::Passport => (person.country, NationalityState::Confirmed),
        Course::Amayesh | Course::Refugee | Course::Irregular => {
            (person.country, NationalityState::Claimed)
        }
    };
    vec![proto::Nationality {
        country: country.to_owned(),
        state: state.into(),
    }]
}
