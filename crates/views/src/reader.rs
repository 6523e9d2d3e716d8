//! Reading from one snapshot: what all loading and all queries are made of.

use std::collections::BTreeSet;

use sabt_chain::{ActId, LedgerName, Position, Size};
use sabt_domain::act::SubjectId;
use sabt_domain::event::{EventBody, Recorded, StoredAct};
use sabt_domain::fact::limits::{BIOMETRIC_REFERENCES_MAX, SITE_OCCUPANTS_MAX};
use sabt_domain::fact::{DocumentKey, OfficeCode};
use sabt_domain::household::Household;
use sabt_domain::life::Life;
use sabt_domain::number::{PersonNumber, SiteNumber};
use sabt_domain::time::Timestamp;
use sabt_vault::ordinal::SubjectOrdinal;

use crate::blind::{Blind, Blinder};
use crate::error::ViewsError;
use crate::keys::{
    index_key, index_subject, life_key, life_position, life_prefix, life_subject, ordered,
    ordered_key,
};
use crate::meta::Mark;
use crate::registry_keys::RegistryKeys;
use crate::store::{Snapshot, StoreError, Table, visit_prefix};
use crate::value::{self, HistoryRow, HistoryView};
use crate::views::Views;

/// Records of one subject that are read at most. A hundred events a year for 160 years are 16,000; at a usual record of
/// 500 bytes a life is then 8 MiB in memory.
pub const LIFE_RECORDS_MAX: usize = 16_384;

/// Claims to asylum indexed under one person that are read at most: more than a person may lodge, with those that were
/// lodged for the wrong person and corrected.
pub(crate) const CLAIMS_LOADED_MAX: usize = 4 * sabt_domain::fact::limits::CLAIMS_MAX;

/// Persons in one site that are read at most: more than deciding admits, with those whom an amendment brings back.
pub(crate) const OCCUPANTS_LOADED_MAX: usize = 2 * SITE_OCCUPANTS_MAX;

/// What a subject is, as its first record tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SubjectKind {
    Person,
    Household,
    Case,
    Claim,
    Campaign,
    Biometric,
    Site,
}

/// Where a subject comes from.
pub(crate) struct Origin {
    pub(crate) subject: SubjectId,
    /// The act that registered or formed it; none for the registry itself.
    pub(crate) act: Option<ActId>,
}

/// A snapshot of the views with the keys to read it.
pub(crate) struct Reader<'a> {
    keys: &'a RegistryKeys,
    snapshot: Box<dyn Snapshot + 'a>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(views: &'a Views) -> Result<Self, StoreError> {
        Ok(Self {
            keys: &views.keys,
            snapshot: views.store.snapshot()?,
        })
    }

    pub(crate) const fn keys(&self) -> &'a RegistryKeys {
        self.keys
    }

    pub(crate) fn snapshot(&self) -> &dyn Snapshot {
        &*self.snapshot
    }

    /// Number of records of a ledger that the snapshot reflects.
    pub(crate) fn size(&self, ledger: LedgerName) -> Result<Size, ViewsError> {
        Ok(Mark::read(self.snapshot(), ledger)?.size)
    }

    /// The life of a subject, whatever it is; empty if nothing is recorded or all of it is erased.
    pub(crate) fn life(&self, subject: SubjectOrdinal) -> Result<Life, ViewsError> {
        let mut life = Life::default();
        let mut rows = 0;
        let prefix = life_prefix(subject);
        visit_prefix(self.snapshot(), life_table(subject), &prefix, |entry| {
            rows += 1;
            if LIFE_RECORDS_MAX < rows {
                return Err(ViewsError::LifeTooLong);
            }
            if let Some(recorded) = recorded(self.keys, subject, &entry.key, &entry.value)? {
                life.apply(recorded);
            }
            Ok(true)
        })?;
        Ok(life)
    }

    /// True if a subject ever contested something.
    pub(crate) fn has_disputes(&self, subject: SubjectOrdinal) -> Result<bool, ViewsError> {
        let prefix = life_prefix(subject);
        let first = self
            .snapshot
            .scan_prefix(Table::Disputed, &prefix, &[], 1)?;
        Ok(!first.is_empty())
    }

    /// The life of the subject with this number or code. Empty if there is none, also where the number belongs to a
    /// subject of another kind.
    pub(crate) fn life_of(&self, subject: &SubjectId) -> Result<Life, ViewsError> {
        let expected = match subject {
            SubjectId::Person(_) => SubjectKind::Person,
            SubjectId::Household(_) => SubjectKind::Household,
            SubjectId::AsylumClaim(_) => SubjectKind::Claim,
            SubjectId::Campaign(_) => SubjectKind::Campaign,
            SubjectId::Case(_) => SubjectKind::Case,
            SubjectId::Biometric(_) => SubjectKind::Biometric,
            SubjectId::Site(_) => SubjectKind::Site,
            // These live in the governance records.
            SubjectId::Registry | SubjectId::Agency(_) | SubjectId::Office(_) => {
                return Ok(Life::default());
            }
        };
        let Some(ordinal) = self.keys.ordinal(subject) else {
            return Ok(Life::default());
        };
        let life = self.life(ordinal)?;
        let found = life.records().first().and_then(kind_of);
        Ok(if found == Some(expected) {
            life
        } else {
            Life::default()
        })
    }

    /// True if something is recorded about a person and can be read.
    pub(crate) fn is_recorded(&self, person: PersonNumber) -> Result<bool, ViewsError> {
        Ok(!self.life_of(&SubjectId::Person(person))?.is_empty())
    }

    /// True if somebody other than `but` who belongs to a household is recorded.
    pub(crate) fn is_inhabited(
        &self,
        household: &Life,
        but: Option<PersonNumber>,
    ) -> Result<bool, ViewsError> {
        for member in Household::members_of(household) {
            if Some(member) != but && self.is_recorded(member)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True if a service case is kept: somebody other than `but` whom it concerns is recorded, or it concerns no
    /// registered person at all.
    pub(crate) fn is_case_kept(
        &self,
        persons: &BTreeSet<PersonNumber>,
        but: Option<PersonNumber>,
    ) -> Result<bool, ViewsError> {
        for person in persons {
            if Some(*person) != but && self.is_recorded(*person)? {
                return Ok(true);
            }
        }
        Ok(persons.is_empty())
    }

    /// The first subject of persons, households and service cases behind `after`, or the first of all.
    pub(crate) fn next_subject(
        &self,
        after: Option<SubjectOrdinal>,
    ) -> Result<Option<SubjectOrdinal>, ViewsError> {
        let table = Table::History;
        let from = match after {
            None => Vec::new(),
            Some(after) => match after.next() {
                None => return Ok(None),
                Some(next) => life_prefix(next).to_vec(),
            },
        };
        let found = self.snapshot.scan_prefix(table, &[], &from, 1)?;
        let Some(entry) = found.first() else {
            return Ok(None);
        };
        let subject = life_subject(&entry.key).ok_or(ViewsError::Damaged { table })?;
        Ok(Some(subject))
    }

    /// The act exactly as its author signed it, where the record is its part 0 and can be opened.
    pub(crate) fn stored_act(
        &self,
        subject: SubjectOrdinal,
        position: Position,
    ) -> Result<Option<StoredAct>, ViewsError> {
        let key = life_key(subject, position.get());
        let Some(value) = self.snapshot().get(Table::History, &key)? else {
            return Ok(None);
        };
        let row: HistoryRow = value::decode(Table::History, &value)?;
        if row.sealed.is_empty() {
            return Ok(None);
        }
        let act_id = ActId::from_bytes(row.act_id);
        self.keys.open_act(subject, position, act_id, &row.sealed)
    }

    /// Positions of every record about a subject, erased ones included.
    pub(crate) fn positions(&self, subject: SubjectOrdinal) -> Result<Vec<Position>, ViewsError> {
        let mut positions = Vec::new();
        let (table, prefix) = (life_table(subject), life_prefix(subject));
        visit_prefix(self.snapshot(), table, &prefix, |entry| {
            let damaged = ViewsError::Damaged { table };
            positions.push(Position::new(life_position(&entry.key).ok_or(damaged)?));
            Ok::<_, ViewsError>(true)
        })?;
        Ok(positions)
    }

    /// Who a subject is and which act brought it into being; `None` if nothing is recorded of it or its first record is
    /// erased.
    pub(crate) fn origin(&self, subject: SubjectOrdinal) -> Result<Option<Origin>, ViewsError> {
        if subject == SubjectOrdinal::REGISTRY {
            return Ok(Some(Origin {
                subject: SubjectId::Registry,
                act: None,
            }));
        }
        let prefix = life_prefix(subject);
        let table = life_table(subject);
        let first = self.snapshot.scan_prefix(table, &prefix, &[], 1)?;
        let Some(entry) = first.first() else {
            return Ok(None);
        };
        if subject.is_compartment() {
            // A claim begins with its lodging, so that it need not be opened for this.
            let row: HistoryRow = value::decode(table, &entry.value)?;
            let number = self.keys.claim_number(subject);
            let number = number.filter(|_| !row.sealed.is_empty());
            return Ok(number.map(|number| Origin {
                subject: SubjectId::AsylumClaim(number),
                act: Some(ActId::from_bytes(row.act_id)),
            }));
        }
        let Some(first) = recorded(self.keys, subject, &entry.key, &entry.value)? else {
            return Ok(None);
        };
        let id = match kind_of(&first) {
            None | Some(SubjectKind::Claim) => None,
            Some(SubjectKind::Person) => self.keys.person_number(subject).map(SubjectId::Person),
            Some(SubjectKind::Household) => {
                self.keys.household_code(subject).map(SubjectId::Household)
            }
            Some(SubjectKind::Campaign) => {
                self.keys.campaign_number(subject).map(SubjectId::Campaign)
            }
            Some(SubjectKind::Case) => self.keys.case_number(subject).map(SubjectId::Case),
            Some(SubjectKind::Site) => self.keys.site_number(subject).map(SubjectId::Site),
            Some(SubjectKind::Biometric) => self
                .keys
                .biometric_number(subject)
                .map(SubjectId::Biometric),
        };
        Ok(id.map(|subject| Origin {
            subject,
            act: Some(ActId::from_bytes(first.act_id.0)),
        }))
    }

    /// Subjects with an entry under a blinded value, in ascending order, at most `limit`; the flag tells whether there
    /// are more. They are candidates: what the entry stood for may have been corrected since.
    pub(crate) fn candidates(
        &self,
        table: Table,
        blind: &Blind,
        limit: usize,
    ) -> Result<(BTreeSet<SubjectOrdinal>, bool), ViewsError> {
        let mut subjects = BTreeSet::new();
        let mut more = false;
        visit_prefix(self.snapshot(), table, blind, |entry| {
            let Some(subject) = index_subject(&entry.key) else {
                return Err(ViewsError::Damaged { table });
            };
            more = subjects.len() == limit && !subjects.contains(&subject);
            if !more {
                subjects.insert(subject);
            }
            Ok(!more)
        })?;
        Ok((subjects, more))
    }

    /// The open case of an office whose newest record stands next behind a position, with that position.
    pub(crate) fn next_open(
        &self,
        office: &OfficeCode,
        after: Option<u64>,
    ) -> Result<Option<(u64, SubjectOrdinal)>, ViewsError> {
        let table = Table::Work;
        let blind = self.keys.blinder().open(office);
        let from = match after.map(|after| after.checked_add(1)) {
            None => Vec::new(),
            Some(None) => return Ok(None),
            Some(Some(next)) => ordered_key(&blind, next, SubjectOrdinal::REGISTRY),
        };
        let found = self.snapshot.scan_prefix(table, &blind, &from, 1)?;
        let found = found.first();
        found
            .map(|entry| ordered(&entry.key).ok_or(ViewsError::Damaged { table }))
            .transpose()
    }

    /// The first subject behind `after` with an entry under a blinded value.
    pub(crate) fn next_candidate(
        &self,
        table: Table,
        blind: &Blind,
        after: Option<SubjectOrdinal>,
    ) -> Result<Option<SubjectOrdinal>, ViewsError> {
        let from = match after.map(SubjectOrdinal::next) {
            None => Vec::new(),
            Some(None) => return Ok(None),
            Some(Some(next)) => index_key(blind, next, 0),
        };
        let found = self.snapshot.scan_prefix(table, blind, &from, 1)?;
        found
            .first()
            .map(|entry| index_subject(&entry.key).ok_or(ViewsError::Damaged { table }))
            .transpose()
    }

    /// Subjects under whose name this document was ever recorded.
    pub(crate) fn document_candidates(
        &self,
        document: &DocumentKey,
        limit: usize,
    ) -> Result<(BTreeSet<SubjectOrdinal>, bool), ViewsError> {
        let blind = self.keys.blinder().document(document);
        self.candidates(Table::Documents, &blind, limit)
    }

    /// Claims to asylum that a person lodged, as far as the index knows: one may have been corrected since.
    pub(crate) fn claims_of(
        &self,
        person: PersonNumber,
    ) -> Result<BTreeSet<SubjectOrdinal>, ViewsError> {
        self.in_compartment(person, Blinder::claimant)
    }

    /// Stays of removal that were placed for a person, as far as the index knows: one may have been corrected since.
    pub(crate) fn stays_of(
        &self,
        person: PersonNumber,
    ) -> Result<BTreeSet<SubjectOrdinal>, ViewsError> {
        self.in_compartment(person, Blinder::stayed)
    }

    /// Biometric references that were recorded for a person and are not erased.
    pub(crate) fn biometrics_of(
        &self,
        person: PersonNumber,
    ) -> Result<BTreeSet<SubjectOrdinal>, ViewsError> {
        let Some(person) = self.keys.ordinal(&SubjectId::Person(person)) else {
            return Ok(BTreeSet::new());
        };
        let blind = self.keys.blinder().referenced(person);
        let (subjects, more) =
            self.candidates(Table::Biometrics, &blind, BIOMETRIC_REFERENCES_MAX)?;
        if more {
            return Err(ViewsError::TooManyReferences);
        }
        Ok(subjects)
    }

    /// Who is in a site, as far as everything recorded tells.
    pub(crate) fn occupants(
        &self,
        site: SiteNumber,
    ) -> Result<BTreeSet<SubjectOrdinal>, ViewsError> {
        let Some(site) = self.keys.ordinal(&SubjectId::Site(site)) else {
            return Ok(BTreeSet::new());
        };
        let blind = self.keys.blinder().inside(site);
        let (subjects, more) = self.candidates(Table::Sites, &blind, OCCUPANTS_LOADED_MAX)?;
        if more {
            return Err(ViewsError::TooManyOccupants);
        }
        Ok(subjects)
    }

    /// Subjects of the compartment that stand under a person.
    fn in_compartment(
        &self,
        person: PersonNumber,
        blind: impl Fn(&Blinder, SubjectOrdinal) -> Blind,
    ) -> Result<BTreeSet<SubjectOrdinal>, ViewsError> {
        let Some(person) = self.keys.ordinal(&SubjectId::Person(person)) else {
            return Ok(BTreeSet::new());
        };
        let blind = blind(&self.keys.asylum_blinder()?, person);
        let (subjects, more) = self.candidates(Table::Claimants, &blind, CLAIMS_LOADED_MAX)?;
        if more {
            return Err(ViewsError::TooManyClaims);
        }
        Ok(subjects)
    }
}

/// The record in a row of a subject's life; `None` if nobody can read it any more.
pub(crate) fn recorded(
    keys: &RegistryKeys,
    subject: SubjectOrdinal,
    key: &[u8],
    row: &[u8],
) -> Result<Option<Recorded>, ViewsError> {
    let table = life_table(subject);
    let position = life_position(key).ok_or(ViewsError::Damaged { table })?;
    let row = HistoryView::of(table, row)?;
    if row.sealed.is_empty() {
        return Ok(None);
    }
    let act_id = ActId::from_bytes(row.act_id);
    let opened = keys.open_event(subject, Position::new(position), act_id, row.sealed)?;
    Ok(opened.map(|event| Recorded {
        position,
        recorded_at: Timestamp::from_micros(row.recorded_at),
        act_id: sabt_domain::act::ActId(row.act_id),
        part: row.part,
        event,
    }))
}

/// Where the events of a subject stand.
pub(crate) const fn life_table(subject: SubjectOrdinal) -> Table {
    if subject.is_compartment() {
        Table::Claims
    } else {
        Table::History
    }
}

/// What a subject is, told by its first event: a life begins with a registration, with the forming of a
/// household, or with the request of a service.
fn kind_of(first: &Recorded) -> Option<SubjectKind> {
    let body = &first.event.body;
    if matches!(
        body,
        EventBody::PersonRegistered(_) | EventBody::BirthRegistered(_)
    ) {
        Some(SubjectKind::Person)
    } else if matches!(body, EventBody::HouseholdFormed(_)) {
        Some(SubjectKind::Household)
    } else if matches!(
        body,
        EventBody::AsylumClaimLodged(_) | EventBody::StayOfRemovalPlaced(_)
    ) {
        Some(SubjectKind::Claim)
    } else if matches!(body, EventBody::CampaignOpened(_)) {
        Some(SubjectKind::Campaign)
    } else if matches!(body, EventBody::ServiceRequested(_)) {
        Some(SubjectKind::Case)
    } else if matches!(body, EventBody::BiometricReferenceRecorded(_)) {
        Some(SubjectKind::Biometric)
    } else if matches!(body, EventBody::SiteOpened(_)) {
        Some(SubjectKind::Site)
    } else {
        None
    }
}
