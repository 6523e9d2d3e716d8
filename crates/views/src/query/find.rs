use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::{DocumentKey, Particulars};
use sabt_domain::life::At;
use sabt_domain::name::{Name, NameKind, Script};
use sabt_domain::number::PersonNumber;
use sabt_domain::person::Person;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Calendar;
use sabt_vault::ordinal::SubjectOrdinal;

use super::contest::{Contested, Disputes};
use super::{Answer, QueryError, Question};
use crate::error::ViewsError;
use crate::store::Table;
use crate::views::Views;

/// Candidates listed at most; who has more must ask more narrowly. A list is for finding one person, not for browsing.
pub const CANDIDATES_MAX: usize = 20;

/// Lives opened for one search. At some 20 us each a search stays below 10 ms.
const LIVES_OPENED_MAX: usize = 400;

/// Search keys of a name that are looked up; a name has a few.
const SEARCH_KEYS_MAX: usize = 32;

/// Years on either side of the year of birth that still match.
const BIRTH_YEAR_TOLERANCE: i32 = 1;

/// What to search for.
#[derive(Clone)]
pub enum FindQuery {
    /// Exactly this document.
    Document(DocumentKey),
    /// A name, spelt one way or another, and a year of birth.
    Name {
        /// Given name; may be empty if the family name is not.
        given: String,
        /// Family name; may be empty if the given name is not.
        family: String,
        /// Gregorian year; one year on either side matches, and so does a birth date nobody knows.
        birth_year: i32,
    },
}

/// Persons who match, in the order of their numbers, which says nothing. Nothing ranks them.
#[derive(Clone, PartialEq)]
pub struct Candidates {
    /// At most [`CANDIDATES_MAX`].
    pub candidates: Vec<Candidate>,
    /// True if more persons may match than are listed.
    pub more: bool,
}

/// A person who matches.
#[derive(Clone, PartialEq)]
pub struct Candidate {
    /// Person number.
    pub person: PersonNumber,
    /// The first name recorded.
    pub name: Option<Name>,
    /// Gregorian year of birth, the first it may be; `None` if nobody knows.
    pub birth_year: Option<i32>,
}

impl Views {
    /// Searches for persons by a document, or by a name and a year of birth.
    ///
    /// # Errors
    /// [`QueryError`]; [`Reason::SearchTooWide`] for an empty name.
    pub fn find(
        &self,
        permit: &Permit,
        query: &FindQuery,
        at: &At,
    ) -> Result<Answer<Candidates>, QueryError> {
        let question = Question::begin(self, permit, Method::FindPerson)?;
        question.require(FieldGroup::Identity)?;
        let criterion = Criterion::of(query)?;
        let (subjects, mut more) = question.subjects(&criterion)?;
        let mut candidates = Vec::new();
        let mut contested = Vec::new();
        for subject in subjects {
            let life = question.reader.life(subject)?;
            let Some(person) = life.person(at) else {
                continue;
            };
            if criterion.matches(&person) {
                candidates.push(candidate(&person));
                let disputes = Disputes::of(&life, at.known_at);
                let marks = disputes.map(|one| one.marks(permit, &[FieldGroup::Identity]));
                contested.extend(marks.into_iter().flatten());
            }
        }
        candidates.sort_unstable_by_key(|candidate| candidate.person);
        more |= CANDIDATES_MAX < candidates.len();
        candidates.truncate(CANDIDATES_MAX);
        let listed: BTreeSet<_> = candidates.iter().map(|listed| listed.person).collect();
        contested.retain(|mark: &Contested| mark.person.is_some_and(|who| listed.contains(&who)));
        contested.sort_by_key(|mark| mark.person);
        let about = candidates
            .iter()
            .map(|candidate| SubjectId::Person(candidate.person));
        let about = about.collect();
        let answer = question.answer(about, Candidates { candidates, more })?;
        Ok(answer.marked(contested))
    }
}

/// A query in the form in which it is compared.
enum Criterion<'a> {
    Document(&'a DocumentKey),
    Name { keys: BTreeSet<String>, year: i32 },
}

impl<'a> Criterion<'a> {
    fn of(query: &'a FindQuery) -> Result<Self, Refusal> {
        match query {
            FindQuery::Document(document) => Ok(Self::Document(document)),
            FindQuery::Name {
                given,
                family,
                birth_year,
            } => {
                // Keys do not depend on kind, script and language.
                let name = Name {
                    kind: NameKind::AsWritten,
                    script: Script::Arabic,
                    given: given.clone(),
                    family: family.clone(),
                    father: String::new(),
                    grandfather: String::new(),
                    language: String::new(),
                };
                let keys = name.search_keys();
                if keys.is_empty() {
                    return Err(Refusal::new(Reason::SearchTooWide, "design:10"));
                }
                let keys = keys.into_iter().take(SEARCH_KEYS_MAX).collect();
                Ok(Self::Name {
                    keys,
                    year: *birth_year,
                })
            }
        }
    }

    fn matches(&self, person: &Person) -> bool {
        match self {
            Self::Document(document) => person.document(document).is_some(),
            Self::Name { keys, year } => {
                let particulars = &person.particulars;
                birth_fits(particulars, *year)
                    && particulars
                        .names
                        .iter()
                        .any(|name| !name.search_keys().is_disjoint(keys))
            }
        }
    }
}

impl Question<'_> {
    /// Subjects that may match, and whether there are more than are looked at.
    fn subjects(
        &self,
        criterion: &Criterion<'_>,
    ) -> Result<(BTreeSet<SubjectOrdinal>, bool), ViewsError> {
        let reader = &self.reader;
        match criterion {
            Criterion::Document(document)
                if self
                    .permit
                    .is_blind_to(FieldGroup::of_document(document.kind())) =>
            {
                Ok((BTreeSet::new(), false))
            }
            Criterion::Document(document) => reader.document_candidates(document, LIVES_OPENED_MAX),
            Criterion::Name { keys, year } => {
                let mut subjects = BTreeSet::new();
                let mut more = false;
                // A birth is filed under the first year it may fall into, and a year of another calendar touches two.
                let first = year.saturating_sub(BIRTH_YEAR_TOLERANCE + 1);
                let last = year.saturating_add(BIRTH_YEAR_TOLERANCE);
                let years = (first..=last).map(Some).chain([None]);
                for year in years {
                    for key in keys {
                        let blind = reader.keys().blinder().name(key, year);
                        let (found, cut) =
                            reader.candidates(Table::Names, &blind, LIVES_OPENED_MAX)?;
                        subjects.extend(found);
                        more |= cut;
                    }
                }
                more |= LIVES_OPENED_MAX < subjects.len();
                Ok((subjects.into_iter().take(LIVES_OPENED_MAX).collect(), more))
            }
        }
    }
}

fn birth_fits(particulars: &Particulars, year: i32) -> bool {
    particulars.birth_date.is_none_or(|date| {
        let first = date.earliest().year_in(Calendar::Gregorian);
        let last = date.latest().year_in(Calendar::Gregorian);
        first <= year.saturating_add(BIRTH_YEAR_TOLERANCE)
            && year.saturating_sub(BIRTH_YEAR_TOLERANCE) <= last
    })
}

fn candidate(person: &Person) -> Candidate {
    let particulars = &person.particulars;
    Candidate {
        person: person.number,
        name: particulars.names.first().cloned(),
        birth_year: particulars
            .birth_date
            .map(|date| date.earliest().year_in(Calendar::Gregorian)),
    }
}
