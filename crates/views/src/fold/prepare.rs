use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::thread::{self, ScopedJoinHandle};

use prost::Message;
use sabt_chain::frame::{PayloadState, RecordView};
use sabt_chain::{Envelope, Kind, LedgerName, Link};
use sabt_domain::access::Purpose;
use sabt_domain::event::EventBody;
use sabt_domain::fact::{AgencyCode, OfficeCode};
use sabt_domain::watch;
use sabt_proto::event::v1::{Anchor, DisclosureVerb, Erasure};
use sabt_vault::ordinal::SubjectOrdinal;

use super::postings;
use super::sites::Moves;
use super::work::Works;
use crate::cut;
use crate::error::{FoldError, ViewsError};
use crate::keys::{blind_position_key, life_key, position_key};
use crate::reader::life_table;
use crate::registry_keys::{RegistryKeys, decode_event};
use crate::store::Table;
use crate::value::{self, AnswerRow, DrawnRow, GovernanceRow, HistoryRow};

use super::{posting_key, posting_value};

/// Threads that prepare records at most; more than one that takes over what they prepare can follow.
const THREADS_MAX: usize = 8;

/// Threads that prepare records. The system is asked once: it reads files to answer.
pub(crate) static THREADS: LazyLock<usize> = LazyLock::new(|| {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cores.min(THREADS_MAX)
});

/// Records a thread must have for itself to be worth starting: at about 10 us a record, 1 ms of work against some
/// 50 us to start it.
const RECORDS_PER_THREAD_MIN: usize = 128;

/// A record of which everything is known that does not depend on the records before it.
pub(crate) struct Prepared {
    pub(super) envelope: Envelope,
    pub(super) link: Link,
    pub(super) subject: SubjectOrdinal,
    /// What it puts into the tables, whatever stands there.
    pub(super) rows: Vec<Row>,
    pub(super) content: Content,
}

/// An entry of a table.
pub(super) struct Row {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

/// What of a record other rows depend on.
pub(super) enum Content {
    /// An event of the subject's life; if it amends what was recorded before, the office that says so; and whether it may
    /// change in which site the subject is, or where it stands among the work of an office.
    Event(Option<OfficeCode>, Moves, Works),
    /// A governance record.
    Governance(Option<Noted>),
    /// Positions whose payloads are destroyed.
    Erasure(Vec<u64>),
    /// A disclosure; if it is drawn to be justified, the row of that.
    Answer(Option<DrawnRow>),
    /// Which ledger this one succeeds, if it is the anchor that says so.
    Anchor(Box<Anchor>),
}

/// What a governance record says that other rows depend on.
pub(super) enum Noted {
    /// An office is enrolled, of this agency.
    Office(OfficeCode, AgencyCode),
    /// The look-up at this position of the disclosures ledger is justified.
    Justified(u64),
}

/// Prepares records in their order, on several threads where there are many.
pub(super) fn prepare_all(
    keys: &RegistryKeys,
    ledger: LedgerName,
    records: &[RecordView<'_>],
) -> Result<Vec<Prepared>, FoldError> {
    let threads = (records.len() / RECORDS_PER_THREAD_MIN).clamp(1, *THREADS);
    if threads == 1 {
        return prepare_here(keys, ledger, records);
    }
    thread::scope(|scope| {
        let workers: Vec<_> = records
            .chunks(records.len().div_ceil(threads))
            .map(|chunk| scope.spawn(move || prepare_here(keys, ledger, chunk)))
            .collect();
        let mut all = Vec::with_capacity(records.len());
        for worker in workers {
            all.append(&mut joined(worker)?);
        }
        Ok(all)
    })
}

/// What a thread of a scope comes to; its panic goes on here.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Prepares records in their order on this thread.
pub(crate) fn prepare_here(
    keys: &RegistryKeys,
    ledger: LedgerName,
    records: &[RecordView<'_>],
) -> Result<Vec<Prepared>, FoldError> {
    let mut prepared = Vec::with_capacity(records.len());
    for record in records {
        prepared.push(prepare(keys, ledger, record)?);
    }
    Ok(prepared)
}

fn prepare(
    keys: &RegistryKeys,
    ledger: LedgerName,
    record: &RecordView<'_>,
) -> Result<Prepared, FoldError> {
    let envelope = &record.envelope;
    let position = envelope.position;
    let subject = keys
        .of(ledger)
        .subject(position, &envelope.subject_tag)
        .map_err(|_foreign| ViewsError::ForeignTag { ledger, position })?;
    let mut rows = Vec::new();
    let content = match (ledger, envelope.kind) {
        (LedgerName::Events, Kind::Event) => history_rows(keys, subject, record, &mut rows)?,
        (LedgerName::Events, Kind::Governance) => governance_row(ledger, record, &mut rows)?,
        (LedgerName::Disclosures, Kind::Event) => answer_rows(keys, subject, record, &mut rows)?,
        (_, Kind::Erasure) => Content::Erasure(decoded::<Erasure>(ledger, record)?.positions),
        (_, Kind::Anchor) => Content::Anchor(Box::new(decoded::<Anchor>(ledger, record)?)),
        (LedgerName::Disclosures, Kind::Governance) => {
            return Err(FoldError::Kind { ledger, position });
        }
    };
    Ok(Prepared {
        envelope: envelope.clone(),
        link: keys.of(ledger).chain().link(record.envelope_bytes),
        subject,
        rows,
        content,
    })
}

/// The rows of an event. Where its payload can never be opened again, because it was overwritten or its key
/// destroyed, the row is blank, exactly as erasure leaves a row that had been folded before.
fn history_rows(
    keys: &RegistryKeys,
    subject: SubjectOrdinal,
    record: &RecordView<'_>,
    rows: &mut Vec<Row>,
) -> Result<Content, FoldError> {
    let envelope = &record.envelope;
    let (position, act_id) = (envelope.position, envelope.act_id);
    let blank = HistoryRow::blank(
        envelope.recorded_at,
        act_id.to_bytes(),
        envelope.part.index(),
    );
    let event = keys.open_event(subject, position, act_id, record.sealed)?;
    let row = match &event {
        None => blank,
        Some(event) => HistoryRow {
            sealed: record.sealed.to_vec(),
            postings: postings::of_event(keys, event, envelope.recorded_at)?,
            ..blank
        },
    };
    let position = position.get();
    rows.reserve_exact(row.postings.len() + 1);
    for posting in &row.postings {
        let (table, key) = posting_key(posting, subject, position);
        let value = posting_value(posting);
        rows.push(Row { table, key, value });
    }
    rows.push(Row {
        table: life_table(subject),
        key: life_key(subject, position).to_vec(),
        value: value::encode(&row),
    });
    // What amends a claim is news to nobody outside the compartment.
    let moves = event
        .as_ref()
        .map_or(Moves::Nobody, |event| Moves::of(subject, event));
    let works = event
        .as_ref()
        .map_or(Works::No, |event| Works::of(subject, event));
    let amending = event.filter(|event| !subject.is_compartment() && cut::amended(event).is_some());
    Ok(Content::Event(
        amending.map(|event| event.office),
        moves,
        works,
    ))
}

fn governance_row(
    ledger: LedgerName,
    record: &RecordView<'_>,
    rows: &mut Vec<Row>,
) -> Result<Content, FoldError> {
    let envelope = &record.envelope;
    let payload = clear(ledger, record)?;
    let row = GovernanceRow {
        recorded_at: envelope.recorded_at.as_micros(),
        act_id: envelope.act_id.to_bytes(),
        part: envelope.part.index(),
        payload: payload.to_vec(),
    };
    rows.push(Row {
        table: Table::Governance,
        key: position_key(envelope.position.get()).to_vec(),
        value: value::encode(&row),
    });
    // What cannot be read enrols nothing; whoever loads the enrolment says so.
    let event = decode_event(envelope.position, payload).ok();
    let noted = event.and_then(|event| {
        if let EventBody::OfficeEnrolled(body) = event.body {
            Some(Noted::Office(body.office, body.agency))
        } else if let EventBody::LookupJustified(body) = event.body {
            Some(Noted::Justified(body.disclosure))
        } else {
            None
        }
    });
    Ok(Content::Governance(noted))
}

/// The rows of a disclosure, sealed as it is: it is opened only where something about its subject was corrected, and where
/// it may be drawn.
fn answer_rows(
    keys: &RegistryKeys,
    subject: SubjectOrdinal,
    record: &RecordView<'_>,
    rows: &mut Vec<Row>,
) -> Result<Content, FoldError> {
    let row = AnswerRow {
        recorded_at: record.envelope.recorded_at.as_micros(),
        act_id: record.envelope.act_id.to_bytes(),
        // Where the asylum unit asked, the row does not say about whom.
        subject: if subject.is_compartment() {
            SubjectOrdinal::REGISTRY.get()
        } else {
            subject.get()
        },
        sealed: if sabt_vault::seal::is_overwritten(record.sealed) {
            Vec::new()
        } else {
            record.sealed.to_vec()
        },
        compartment: subject.is_compartment(),
    };
    let position = record.envelope.position.get();
    rows.push(Row {
        table: Table::Answers,
        key: position_key(position).to_vec(),
        value: value::encode(&row),
    });
    let (table, key) = if subject.is_compartment() {
        let blind = keys.asylum_blinder()?.asylum_looked(subject);
        (Table::AsylumLooked, blind_position_key(&blind, position))
    } else {
        (Table::Looked, life_key(subject, position).to_vec())
    };
    let value = Vec::new();
    rows.push(Row { table, key, value });
    Ok(Content::Answer(drawn_row(keys, &row, record)?))
}

/// The row of a look-up that is to be justified: by lot, one record opened in a hundred, and every alarm of an emergency.
/// Alarms are about nobody, so everything about nobody is opened. What the asylum unit looks at is not drawn; of an answer
/// about several persons the first record alone is, which is about the one asked about.
fn drawn_row(
    keys: &RegistryKeys,
    row: &AnswerRow,
    record: &RecordView<'_>,
) -> Result<Option<DrawnRow>, FoldError> {
    let by_lot = row.subject != SubjectOrdinal::REGISTRY.get()
        && record.envelope.part.is_first()
        && watch::is_drawn(keys.blinder().lot(row.act_id, row.recorded_at));
    let of_nobody = row.subject == SubjectOrdinal::REGISTRY.get();
    if row.compartment || row.sealed.is_empty() || !(by_lot || of_nobody) {
        return Ok(None);
    }
    let position = record.envelope.position;
    let act_id = record.envelope.act_id;
    let opened = keys.open_disclosure(row.recorded_at, false, position, act_id, &row.sealed)?;
    let Some(disclosure) = opened else {
        return Ok(None);
    };
    let verb = disclosure.verb();
    let emergency = of_nobody && verb == DisclosureVerb::Alarmed;
    // An emergency has its alarm, which is always drawn.
    let by_lot = by_lot
        && matches!(verb, DisclosureVerb::Opened | DisclosureVerb::Exported)
        && disclosure.purpose != Purpose::VitalEmergency.code();
    Ok((emergency || by_lot).then(|| DrawnRow {
        recorded_at: row.recorded_at,
        agency: keys.blinder().agency(&disclosure.agency),
        emergency,
    }))
}

/// The message in a payload in the clear.
fn decoded<M: Message + Default>(
    ledger: LedgerName,
    record: &RecordView<'_>,
) -> Result<M, FoldError> {
    let position = record.envelope.position;
    M::decode(clear(ledger, record)?).map_err(|source| {
        let content = ViewsError::Content {
            ledger,
            position,
            source: source.into(),
        };
        content.into()
    })
}

/// A payload in the clear, checked against its envelope. (A sealed one authenticates itself when it is opened.)
fn clear<'a>(ledger: LedgerName, record: &RecordView<'a>) -> Result<&'a [u8], FoldError> {
    match record.payload_state() {
        PayloadState::Intact => Ok(record.sealed),
        PayloadState::Erased | PayloadState::Altered => Err(FoldError::Altered {
            ledger,
            position: record.envelope.position,
        }),
    }
}
