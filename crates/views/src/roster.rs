//! Who took part in a campaign, counted person by person without opening lives where that is not needed.
//!
//! An index entry says what one record states of a person's part in a campaign. Where nothing about the person was ever
//! amended, the entries say it all; else the life does, since an amendment of some other act can change what counts. So a
//! count is exact on both axes of time, and a round of a million costs one scan of short entries.
//!
//! Whoever was erased is on no roster any more, whatever the day asked for: a number that was reported stands as it was
//! reported.

use sabt_domain::campaign::{CampaignRecord, Roster, RosterCount};
use sabt_domain::fact::NonParticipationReason;
use sabt_domain::life::At;
use sabt_vault::ordinal::SubjectOrdinal;

use crate::blind::Blind;
use crate::error::ViewsError;
use crate::keys::{index_subject, life_prefix};
use crate::reader::Reader;
use crate::store::{Table, visit_prefix};
use crate::value::{self, RosterRow};

/// What a person has to do with a campaign.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) subject: SubjectOrdinal,
    /// The office where the person took part, blinded; `None`: did not.
    pub(crate) office: Option<Blind>,
    /// Whether the person was observed not to take part. Why, is sealed in their life: see [`absence`].
    pub(crate) absent: bool,
}

/// How many took part, of all or of those on another roster.
pub(crate) fn count(reader: &Reader<'_>, count: &RosterCount) -> Result<u64, ViewsError> {
    let mut listed = Vec::new();
    if let Some(among) = &count.among {
        visit(reader, among, |part| {
            if part.office.is_some() {
                listed.push(part.subject);
            }
        })?;
    }
    let mut found = 0;
    visit(reader, &count.of, |part| {
        // Entries stand in the order of ordinals.
        let counts = count.among.is_none() || listed.binary_search(&part.subject).is_ok();
        found += u64::from(part.office.is_some() && counts);
    })?;
    Ok(found)
}

/// Calls `visit` with everybody who has something to do with a campaign, in the order of their ordinals.
pub(crate) fn visit(
    reader: &Reader<'_>,
    roster: &Roster,
    mut visit: impl FnMut(Part),
) -> Result<(), ViewsError> {
    let Some(campaign) = reader.keys().ordinal(&roster.campaign.into()) else {
        return Ok(());
    };
    let table = Table::Rosters;
    let prefix = reader.keys().blinder().campaign(campaign);
    let mut rows: Vec<RosterRow> = Vec::new();
    let mut of = None;
    visit_prefix(reader.snapshot(), table, &prefix, |entry| {
        let subject = index_subject(&entry.key).ok_or(ViewsError::Damaged { table })?;
        if of != Some(subject)
            && let Some(before) = of.replace(subject)
        {
            visit(part(reader, roster, before, &rows)?);
            rows.clear();
        }
        rows.push(value::decode(table, &entry.value)?);
        Ok::<_, ViewsError>(true)
    })?;
    if let Some(last) = of {
        visit(part(reader, roster, last, &rows)?);
    }
    Ok(())
}

/// What the entries of one person come to.
fn part(
    reader: &Reader<'_>,
    roster: &Roster,
    subject: SubjectOrdinal,
    rows: &[RosterRow],
) -> Result<Part, ViewsError> {
    let amended =
        reader
            .snapshot()
            .scan_prefix(Table::Corrections, &life_prefix(subject), &[], 1)?;
    if !amended.is_empty() {
        return of_life(reader, roster, subject);
    }
    let mut part = Part {
        subject,
        office: None,
        absent: false,
    };
    for row in rows {
        let counts =
            row.recorded_at <= roster.known_at.micros() && row.day <= roster.as_of.epoch_days();
        match row.absent {
            _ if !counts => {}
            true => part.absent = true,
            false => part.office = Some(row.office),
        }
    }
    Ok(part)
}

/// The same, of a person about whom something was amended.
fn of_life(
    reader: &Reader<'_>,
    roster: &Roster,
    subject: SubjectOrdinal,
) -> Result<Part, ViewsError> {
    let record = record(reader, roster, subject)?;
    let participation = record
        .as_ref()
        .and_then(|record| record.participation.as_ref());
    Ok(Part {
        subject,
        office: participation.map(|part| reader.keys().blinder().office(&part.office)),
        absent: record.is_some_and(|record| record.absence.is_some()),
    })
}

/// Why a person was observed not to take part, as their life tells.
pub(crate) fn absence(
    reader: &Reader<'_>,
    roster: &Roster,
    subject: SubjectOrdinal,
) -> Result<Option<NonParticipationReason>, ViewsError> {
    let absence = record(reader, roster, subject)?.and_then(|record| record.absence);
    Ok(absence.map(|absence| absence.reason))
}

fn record(
    reader: &Reader<'_>,
    roster: &Roster,
    subject: SubjectOrdinal,
) -> Result<Option<CampaignRecord>, ViewsError> {
    let person = reader.life(subject)?.person(&At {
        as_of: roster.as_of,
        known_at: roster.known_at,
    });
    Ok(person.and_then(|person| person.campaign(roster.campaign).cloned()))
}
