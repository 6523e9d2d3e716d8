use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::case::ServiceCase;
use sabt_domain::erasure;
use sabt_domain::life::{At, Life};
use sabt_domain::number::{BiometricNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::retention::{self, Retention, RetentionState};
use sabt_domain::time::Day;
use sabt_vault::ordinal::SubjectOrdinal;

use super::contest::Disputes;
use super::{Answer, QueryError, Question, unknown_household, unknown_person};
use crate::error::ViewsError;
use crate::views::Views;

/// Persons, households and service cases that one page of what is due looks at, at most: at some 50 us a life, a page takes 50 ms.
pub const DUE_LOOKED_AT_MAX: usize = 1_000;

/// Persons, households and service cases that one page of what is due lists, at most: each gets a disclosure of their own.
pub const DUE_LISTED_MAX: usize = 100;

/// Until when what is recorded about a person may be kept, and what an order of erasure has to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionView {
    /// A row for each group of which something is recorded, as far as the permit covers it.
    pub retentions: Vec<Retention>,
    /// Positions of every record about the person, ascending.
    pub positions: Vec<u64>,
    /// Records found to be about the same human being; each is erased by an order of its own.
    pub same_as: BTreeSet<PersonNumber>,
    /// Households to which nobody belongs who is recorded once the person is erased; each is erased by an order of its own.
    pub households: Vec<HouseholdCode>,
    /// Biometric references of the person; each is erased by an order of its own, before the person.
    pub biometrics: Vec<BiometricRetentionView>,
    /// Service cases that concern nobody who is recorded once the person is erased; each is erased by an order of its own.
    pub service_cases: Vec<CaseNumber>,
}

/// Until when a biometric reference may be kept, and what an order of erasure has to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BiometricRetentionView {
    /// Its number.
    pub number: BiometricNumber,
    /// Until when.
    pub retention: Retention,
    /// Positions of every record about it, ascending.
    pub positions: Vec<u64>,
}

/// Until when a claim to asylum may be kept, and what an order of erasure has to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRetentionView {
    /// Its number.
    pub number: ClaimNumber,
    /// Until when.
    pub retention: Retention,
    /// Positions of every record about it, ascending.
    pub positions: Vec<u64>,
}

/// Which part of what is due is asked for.
#[derive(Clone, Debug, Default)]
pub struct DueQuery {
    /// This group alone; `None`: every group.
    pub group: Option<FieldGroup>,
    /// [`DueView::next`] of the page before; empty: from the beginning.
    pub after: Vec<u8>,
    /// How many are looked at; 0, or more than [`DUE_LOOKED_AT_MAX`]: that many.
    pub looked_at: usize,
}

/// A page of whom something may not be kept any more, or soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueView {
    /// In the order of their numbers, which tells nothing.
    pub due: Vec<DueEntry>,
    /// Where the next page begins; empty: everybody was looked at. It tells nothing to whoever carries it.
    pub next: Vec<u8>,
}

/// A person or household of whom something may not be kept any more, or soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEntry {
    /// Who.
    pub subject: SubjectId,
    /// Whose a biometric reference is.
    pub owner: Option<PersonNumber>,
    /// The groups whose end is announced or has come, as far as the permit covers them.
    pub retentions: Vec<Retention>,
    /// Whether an order would be carried out because the time is up.
    pub erasable: bool,
}

impl Views {
    /// Until when what is recorded about a person may be kept, as it stands on the day `at.as_of`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn retention(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<RetentionView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetRetention, person)?;
        question.require(FieldGroup::History)?;
        let reader = &question.reader;
        let subject = SubjectId::Person(person);
        let life = reader.life_of(&subject)?;
        let ordinal = reader
            .keys()
            .ordinal(&subject)
            .filter(|_| !life.is_empty())
            .ok_or_else(unknown_person)?;
        let mut retentions = retention::due(&life, at.as_of);
        retentions.retain(|row| permit.allows(row.group));
        let whole = life.person(&At::END);
        let home = whole.as_ref().and_then(|person| person.household.as_ref());
        let home = home.filter(|_| permit.allows(FieldGroup::Household));
        let mut households = Vec::new();
        if let Some(membership) = home {
            let code = membership.household;
            let household = reader.life_of(&SubjectId::Household(code))?;
            if !household.is_empty() && !reader.is_inhabited(&household, Some(person))? {
                households.push(code);
            }
        }
        let service_cases = question.cases_left(&life, person)?;
        let same_as = whole.filter(|_| permit.allows(FieldGroup::Identity));
        // When something ends rests on every date there is.
        let disputes = Disputes::of(&life, at.known_at);
        let marks = disputes.map(|disputes| disputes.marks(permit, FieldGroup::ALL));
        let view = RetentionView {
            retentions,
            positions: question.positions(ordinal)?,
            same_as: same_as.map(|person| person.same_as).unwrap_or_default(),
            households,
            biometrics: question.biometrics(person, &life, at.as_of)?,
            service_cases,
        };
        let answer = question.answer(vec![subject], view)?;
        Ok(answer.marked(marks.unwrap_or_default()))
    }

    /// The same of a household.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn household_retention(
        &self,
        permit: &Permit,
        household: HouseholdCode,
        at: &At,
    ) -> Result<Answer<RetentionView>, QueryError> {
        let question = Question::begin(self, permit, Method::GetRetention)?;
        question.require(FieldGroup::History)?;
        question.require(FieldGroup::Household)?;
        let reader = &question.reader;
        let subject = SubjectId::Household(household);
        let life = reader.life_of(&subject)?;
        let ordinal = reader
            .keys()
            .ordinal(&subject)
            .filter(|_| !life.is_empty())
            .ok_or_else(unknown_household)?;
        let rows = retention::household_due(reader.is_inhabited(&life, None)?, at.as_of);
        let rows = rows.into_iter().filter(|row| permit.allows(row.group));
        let view = RetentionView {
            retentions: rows.collect(),
            positions: question.positions(ordinal)?,
            same_as: BTreeSet::new(),
            households: Vec::new(),
            biometrics: Vec::new(),
            service_cases: Vec::new(),
        };
        question.answer(vec![subject], view)
    }

    /// The same of a service case. One of a service whose group is not given is answered about as one that never was.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn case_retention(
        &self,
        permit: &Permit,
        case: CaseNumber,
        at: &At,
    ) -> Result<Answer<RetentionView>, QueryError> {
        let question = Question::begin(self, permit, Method::GetRetention)?;
        question.require(FieldGroup::History)?;
        question.require(FieldGroup::ServiceCases)?;
        let reader = &question.reader;
        let subject = SubjectId::Case(case);
        let life = reader.life_of(&subject)?;
        let row = question.case_due(&life, at.as_of)?;
        let known = reader.keys().ordinal(&subject).zip(row);
        let Some((ordinal, row)) = known.filter(|(_, row)| permit.allows(row.group)) else {
            return Err(Refusal::new(Reason::UnknownCase, "design:7.1").into());
        };
        let view = RetentionView {
            retentions: vec![row],
            positions: question.positions(ordinal)?,
            same_as: BTreeSet::new(),
            households: Vec::new(),
            biometrics: Vec::new(),
            service_cases: Vec::new(),
        };
        question.answer(vec![subject], view)
    }

    /// Until when the claims to asylum of a person may be kept. No policy can give the group to another than the asylum
    /// unit. Claims of whoever was erased are told as well: they may not be kept any more, and nobody else can say so.
    ///
    /// # Errors
    /// [`QueryError`]; where there is neither a person nor a claim, that the person is unknown.
    pub fn claim_retention(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<Vec<ClaimRetentionView>>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetClaimRetention, person)?;
        question.require(FieldGroup::AsylumClaim)?;
        let reader = &question.reader;
        let subject = SubjectId::Person(person);
        let claimant = reader.life_of(&subject)?;
        let mut claims = Vec::new();
        for ordinal in reader.claims_of(person)? {
            let life = reader.life(ordinal)?;
            // The claim may have been corrected since to be another person's.
            let claim = life.claim(&At::END).filter(|claim| claim.person == person);
            let Some(claim) = claim else { continue };
            let retention = retention::claim_due(&life, &claimant, at.as_of);
            let positions = question.positions(ordinal)?;
            claims.extend(retention.map(|retention| ClaimRetentionView {
                number: claim.number,
                retention,
                positions,
            }));
        }
        if claims.is_empty() && claimant.is_empty() {
            return Err(unknown_person().into());
        }
        question.answer(vec![subject], claims)
    }

    /// A page of the persons and households of whom something may not be kept any more, or soon, as it stands on the day
    /// `at.as_of`. Claims to asylum are not among what is looked at.
    ///
    /// # Errors
    /// [`QueryError`]; a field `after` that no page gave is refused.
    pub fn retentions_due(
        &self,
        permit: &Permit,
        query: &DueQuery,
        at: &At,
    ) -> Result<Answer<DueView>, QueryError> {
        let question = Question::begin(self, permit, Method::ListRetentionsDue)?;
        question.require(FieldGroup::History)?;
        let keys = question.reader.keys();
        let mut last = match query.after.as_slice() {
            [] => None,
            bytes => {
                let bookmark = bytes.try_into().ok();
                let subject = bookmark.and_then(|bookmark| keys.bookmarked(bookmark));
                Some(subject.ok_or_else(|| {
                    Refusal::field("after", "is not where a page of this list ended")
                })?)
            }
        };
        let looked_at = match query.looked_at {
            0 => DUE_LOOKED_AT_MAX,
            some => some.min(DUE_LOOKED_AT_MAX),
        };
        let mut due: Vec<DueEntry> = Vec::new();
        let mut next = Vec::new();
        for looked in 0_usize.. {
            let Some(subject) = question.reader.next_subject(last)? else {
                break;
            };
            if looked == looked_at || due.len() == DUE_LISTED_MAX {
                next = last
                    .map(|last| keys.bookmark(last).to_vec())
                    .unwrap_or_default();
                break;
            }
            due.extend(question.due(subject, query.group, at.as_of)?);
            last = Some(subject);
        }
        // Not in the order in which they were registered, of which numbers tell nothing.
        due.sort_by_cached_key(|entry| entry.subject.to_string());
        // Whoever a reference is about finds the list among who looked.
        let about = due.iter().map(|entry| match entry.owner {
            Some(owner) => SubjectId::Person(owner),
            None => entry.subject.clone(),
        });
        let about = about.collect();
        question.answer(about, DueView { due, next })
    }
}

impl Question<'_> {
    fn positions(&self, subject: SubjectOrdinal) -> Result<Vec<u64>, ViewsError> {
        let positions = self.reader.positions(subject)?;
        Ok(positions.iter().map(|position| position.get()).collect())
    }

    /// Until when the biometric references of a person may be kept, as far as the permit covers them.
    fn biometrics(
        &self,
        person: PersonNumber,
        owner: &Life,
        today: Day,
    ) -> Result<Vec<BiometricRetentionView>, ViewsError> {
        let mut biometrics = Vec::new();
        if !self.allows(FieldGroup::BiometricReferences) {
            return Ok(biometrics);
        }
        for ordinal in self.reader.biometrics_of(person)? {
            let life = self.reader.life(ordinal)?;
            let retention = retention::biometric_due(&life, owner, today);
            if let (Some(reference), Some(retention)) = (life.biometric(&At::END), retention) {
                biometrics.push(BiometricRetentionView {
                    number: reference.number,
                    retention,
                    positions: self.positions(ordinal)?,
                });
            }
        }
        biometrics.sort_by_key(|one| one.number);
        Ok(biometrics)
    }

    /// What is due of a subject; `None` if nothing is, or if it is erased.
    fn due(
        &self,
        subject: SubjectOrdinal,
        group: Option<FieldGroup>,
        today: Day,
    ) -> Result<Option<DueEntry>, ViewsError> {
        let Some(origin) = self.reader.origin(subject)? else {
            return Ok(None);
        };
        let life = self.reader.life(subject)?;
        let mut owner = None;
        let (rows, erasable) = match origin.subject {
            SubjectId::Person(_) => {
                let erasable = erasure::person_is_due(&life, today).is_ok();
                (retention::due(&life, today), erasable)
            }
            SubjectId::Household(_) => self.household_due(&life, today)?,
            SubjectId::Biometric(_) => {
                let Some(reference) = life.biometric(&At::END) else {
                    return Ok(None);
                };
                owner = Some(reference.person);
                let person = self.reader.life_of(&SubjectId::Person(reference.person))?;
                let row = retention::biometric_due(&life, &person, today);
                let erasable = row.is_some_and(|row| row.has_ended(today));
                (row.into_iter().collect(), erasable)
            }
            SubjectId::Case(_) => {
                let rows = Vec::from_iter(self.case_due(&life, today)?);
                let erasable = rows.iter().any(|row| row.has_ended(today));
                (rows, erasable)
            }
            SubjectId::Registry
            | SubjectId::AsylumClaim(_)
            | SubjectId::Campaign(_)
            | SubjectId::Site(_)
            | SubjectId::Agency(_)
            | SubjectId::Office(_) => return Ok(None),
        };
        let told = |row: &Retention| {
            let state = row.state(today);
            matches!(state, RetentionState::Warned | RetentionState::Ended)
                && self.allows(row.group)
                && group.is_none_or(|group| group == row.group)
        };
        let retentions: Vec<Retention> = rows.into_iter().filter(told).collect();
        Ok((!retentions.is_empty()).then_some(DueEntry {
            subject: origin.subject,
            owner,
            retentions,
            erasable,
        }))
    }

    /// Cases of a person that nobody else who is recorded is concerned by.
    fn cases_left(&self, life: &Life, person: PersonNumber) -> Result<Vec<CaseNumber>, ViewsError> {
        let mut left = Vec::new();
        if !self.allows(FieldGroup::ServiceCases) {
            return Ok(left);
        }
        for number in ServiceCase::concerning(life) {
            let case = self.reader.life_of(&SubjectId::Case(number))?;
            let Some((service, persons)) = ServiceCase::named_in(&case) else {
                continue;
            };
            let told = self.allows(FieldGroup::of_service(&service));
            if told && !self.reader.is_case_kept(&persons, Some(person))? {
                left.push(number);
            }
        }
        Ok(left)
    }

    /// Until when a case is kept; `None` if nothing of it can be read.
    fn case_due(&self, life: &Life, today: Day) -> Result<Option<Retention>, ViewsError> {
        let Some((service, persons)) = ServiceCase::named_in(life) else {
            return Ok(None);
        };
        let kept = self.reader.is_case_kept(&persons, None)?;
        let group = FieldGroup::of_service(&service);
        Ok(Some(retention::case_due(group, kept, today)))
    }

    fn household_due(&self, life: &Life, today: Day) -> Result<(Vec<Retention>, bool), ViewsError> {
        let inhabited = self.reader.is_inhabited(life, None)?;
        let rows = retention::household_due(inhabited, today);
        Ok((rows.to_vec(), !inhabited))
    }
}
