use std::collections::BTreeSet;

use sabt_chain::{ActId, Commitment, LedgerName, Position, Size, Timestamp};
use sabt_domain::act::SubjectId;
use sabt_domain::case::ServiceCase;
use sabt_domain::decide::{Need, RecordedAct, States};
use sabt_domain::event::Recorded;
use sabt_domain::fact::DocumentKey;
use sabt_domain::governance::Enrolment;
use sabt_domain::life::Life;
use sabt_domain::number::{BiometricNumber, PersonNumber};
use sabt_vault::ordinal::SubjectOrdinal;

use crate::error::ViewsError;
use crate::keys::position_of;
use crate::query::{deferral_of, drawn_at};
use crate::reader::Reader;
use crate::registry_keys::decode_event;
use crate::roster;
use crate::store::{Entry, Table, visit_prefix};
use crate::value::{self, ActRow, GovernanceRow};
use crate::views::Views;

/// Persons one document may have been recorded with. Deciding refuses a second holder of a live document, so more than a few
/// are already strange; the limit only bounds memory.
pub const DOCUMENT_HOLDERS_LOADED_MAX: usize = 4_096;

/// Shows that its holder is the writer, which decides on whole states and so is bound to no permit. There is one for
/// each opened [`Views`]; it cannot be made or copied elsewhere, so query code has nothing to call [`Views::states`]
/// with.
#[derive(Debug)]
pub struct WriterAccess(());

impl WriterAccess {
    pub(crate) const fn only() -> Self {
        Self(())
    }
}

/// An act as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedAct {
    /// Position of part 0.
    pub position: Position,
    /// When the registry received it.
    pub recorded_at: Timestamp,
    /// What its author signed in its place: the same act sent again has the same. `None` for an act without authorship.
    pub commitment: Option<Commitment>,
    /// Subject of each part, in part order; `None` where it is erased.
    pub subjects: Vec<Option<SubjectId>>,
    /// Subjects that this act brought into being, in part order: whose numbers and codes its receipt states.
    pub registered: Vec<SubjectId>,
}

/// States read from one snapshot, for deciding on acts.
pub struct StateReader<'a> {
    reader: Reader<'a>,
}

impl Views {
    /// Opens a snapshot for the writer. To be dropped before the next fold.
    ///
    /// # Errors
    /// [`ViewsError::Store`].
    pub fn states(&self, _writer: &WriterAccess) -> Result<StateReader<'_>, ViewsError> {
        Ok(StateReader {
            reader: Reader::new(self)?,
        })
    }
}

impl StateReader<'_> {
    /// Number of events that the snapshot reflects. What was recorded since, the writer must add itself.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn position(&self) -> Result<Size, ViewsError> {
        self.reader.size(LedgerName::Events)
    }

    /// Loads what an act needs to be decided.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn load(&self, need: Need, states: &mut States) -> Result<(), ViewsError> {
        match need {
            Need::Life(subject) => {
                let life = self.life(&subject)?;
                if life.is_empty() && self.is_erased(&subject)? {
                    states.erased.insert(subject.clone());
                }
                states.lives.insert(subject, life);
            }
            Need::Act(id) => {
                let act = self.act(ActId::from_bytes(id.0))?;
                let act = act.map(|act| RecordedAct {
                    position: act.position.get(),
                    subjects: act.subjects.into_iter().flatten().collect(),
                });
                states.acts.insert(id, act);
            }
            Need::Document(document) => {
                let holders = self.document_holders(&document)?;
                states.documents.insert(document, holders);
            }
            Need::Claims(person) => {
                let reader = &self.reader;
                let claims = reader.claims_of(person)?.into_iter();
                let numbers = claims.filter_map(|claim| reader.keys().claim_number(claim));
                states.claims.insert(person, numbers.collect());
            }
            Need::Stays(person) => {
                let reader = &self.reader;
                let stays = reader.stays_of(person)?.into_iter();
                let numbers = stays.filter_map(|stay| reader.keys().claim_number(stay));
                states.stays.insert(person, numbers.collect());
            }
            Need::Biometrics(person) => {
                let references = self.biometrics_of(person)?;
                states.biometrics.insert(person, references);
            }
            Need::Deferral(disclosure) => {
                let deferral = deferral_of(&self.reader, Position::new(disclosure))?;
                states.deferrals.insert(disclosure, deferral);
            }
            Need::Roster(count) => {
                let found = roster::count(&self.reader, &count)?;
                states.rosters.insert(count, found);
            }
            Need::Occupants(site) => {
                let reader = &self.reader;
                let inside = reader.occupants(site)?.into_iter();
                let numbers = inside.filter_map(|person| reader.keys().person_number(person));
                states.count_occupants(site, numbers.collect());
            }
            Need::Drawn(disclosure) => {
                let drawn = drawn_at(&self.reader, Position::new(disclosure))?;
                states.drawn.insert(disclosure, drawn);
            }
        }
        Ok(())
    }

    /// The ordinal behind a subject's number, whether or not it has been given; `None` for agencies and offices.
    pub fn ordinal(&self, subject: &SubjectId) -> Option<SubjectOrdinal> {
        self.reader.keys().ordinal(subject)
    }

    /// The life of a subject; empty if there is none.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn life(&self, subject: &SubjectId) -> Result<Life, ViewsError> {
        self.reader.life_of(subject)
    }

    /// True if something was recorded about the subject, and all of it is erased.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn is_erased(&self, subject: &SubjectId) -> Result<bool, ViewsError> {
        match self.ordinal(subject) {
            Some(ordinal) if ordinal != SubjectOrdinal::REGISTRY => {
                let recorded = !self.reader.positions(ordinal)?.is_empty();
                Ok(recorded && self.reader.life(ordinal)?.is_empty())
            }
            Some(_) | None => Ok(false),
        }
    }

    /// Biometric references of a person that are not erased.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn biometrics_of(
        &self,
        person: PersonNumber,
    ) -> Result<BTreeSet<BiometricNumber>, ViewsError> {
        let references = self.reader.biometrics_of(person)?.into_iter();
        let keys = self.reader.keys();
        let numbers = references.filter_map(|reference| keys.biometric_number(reference));
        Ok(numbers.collect())
    }

    /// True if somebody who belongs to a household is recorded.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn is_inhabited(&self, household: &Life) -> Result<bool, ViewsError> {
        self.reader.is_inhabited(household, None)
    }

    /// True if a service case is kept: somebody whom it concerns is recorded, or it concerns no registered person.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn is_case_kept(&self, case: &Life) -> Result<bool, ViewsError> {
        match ServiceCase::named_in(case) {
            Some((_, persons)) => self.reader.is_case_kept(&persons, None),
            None => Ok(true),
        }
    }

    /// Positions of every record about a subject, erased ones included: what an erasure must name.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn positions(&self, subject: SubjectOrdinal) -> Result<Vec<Position>, ViewsError> {
        self.reader.positions(subject)
    }

    /// An act, if it has been recorded.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn act(&self, act: ActId) -> Result<Option<LoadedAct>, ViewsError> {
        let reader = &self.reader;
        let Some(bytes) = reader.snapshot().get(Table::Acts, act.as_bytes())? else {
            return Ok(None);
        };
        let row: ActRow = value::decode(Table::Acts, &bytes)?;
        let mut subjects = Vec::with_capacity(row.ordinals.len());
        let mut registered = Vec::new();
        for ordinal in row.ordinals {
            let damaged = ViewsError::Damaged { table: Table::Acts };
            let subject = SubjectOrdinal::new(ordinal).ok_or(damaged)?;
            let origin = reader.origin(subject)?;
            subjects.push(origin.as_ref().map(|origin| origin.subject.clone()));
            if let Some(origin) = origin
                && origin.act == Some(act)
                && !registered.contains(&origin.subject)
            {
                registered.push(origin.subject);
            }
        }
        Ok(Some(LoadedAct {
            position: Position::new(row.position),
            recorded_at: Timestamp::from_micros(row.recorded_at),
            commitment: row.commitment.map(Commitment::from_bytes),
            subjects,
            registered,
        }))
    }

    /// Persons with whom a document was ever recorded, also where that was corrected or annulled since.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn document_holders(
        &self,
        document: &DocumentKey,
    ) -> Result<BTreeSet<PersonNumber>, ViewsError> {
        let reader = &self.reader;
        let limit = DOCUMENT_HOLDERS_LOADED_MAX;
        let (subjects, more) = reader.document_candidates(document, limit)?;
        if more {
            return Err(ViewsError::TooManyHolders);
        }
        let numbers = subjects
            .into_iter()
            .filter_map(|subject| reader.keys().person_number(subject));
        Ok(numbers.collect())
    }

    /// Who may act: the fold of the governance records. To be kept by the caller, and led on with the records it appends.
    ///
    /// # Errors
    /// [`ViewsError`].
    pub fn enrolment(&self) -> Result<Enrolment, ViewsError> {
        let mut enrolment = Enrolment::default();
        visit_prefix(self.reader.snapshot(), Table::Governance, &[], |entry| {
            enrolment.apply(&governance_record(&entry)?);
            Ok::<_, ViewsError>(true)
        })?;
        Ok(enrolment)
    }
}

fn governance_record(entry: &Entry) -> Result<Recorded, ViewsError> {
    let damaged = ViewsError::Damaged {
        table: Table::Governance,
    };
    let position = position_of(&entry.key).ok_or(damaged)?;
    let row: GovernanceRow = value::decode(Table::Governance, &entry.value)?;
    Ok(Recorded {
        position,
        recorded_at: sabt_domain::time::Timestamp::from_micros(row.recorded_at),
        act_id: sabt_domain::act::ActId(row.act_id),
        part: row.part,
        event: decode_event(Position::new(position), &row.payload)?,
    })
}
