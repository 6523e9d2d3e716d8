//! What the views say of themselves: version, key, and how far each ledger has been folded.

use sabt_chain::{Chain, LedgerName, Link, Size};
use sabt_vault::ordinal::SubjectOrdinal;

use crate::VIEW_VERSION;
use crate::error::{OpenError, ResumeError, ViewsError};
use crate::keys::{META_DISCLOSURES, META_EVENTS, META_INDEX_KEY, META_LOADING, META_VERSION};
use crate::store::{Batch, Snapshot, Table};
use crate::value::{self, MarkRow};

/// How far one ledger has been folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Number of records folded; the next one wanted stands at this position.
    pub size: Size,
    /// Link of the last of them; of none, what the chain derives from the origin.
    pub link: Link,
    /// Largest ordinal of a person or household met so far; new ones get ordinals above it.
    pub highest_ordinal: SubjectOrdinal,
    /// Largest ordinal of a claim to asylum met so far; new ones get ordinals above it.
    pub highest_claim: SubjectOrdinal,
}

/// How far both ledgers have been folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The ledger of events.
    pub events: Mark,
    /// The ledger of disclosures.
    pub disclosures: Mark,
}

impl Marks {
    /// The mark of one ledger.
    pub const fn of(&self, ledger: LedgerName) -> &Mark {
        match ledger {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }

    pub(crate) const fn of_mut(&mut self, ledger: LedgerName) -> &mut Mark {
        match ledger {
            LedgerName::Events => &mut self.events,
            LedgerName::Disclosures => &mut self.disclosures,
        }
    }

    /// Checks that the views can go on from a ledger: `link` must be the link of that ledger's record before
    /// [`Mark::size`] (of an empty mark, what its chain derives from the origin).
    ///
    /// # Errors
    /// [`ResumeError`] where they differ: the ledger is another one, was restored from an older copy and written
    /// again, or forked. The views must be rebuilt, after it is known why.
    pub fn check_resume(&self, ledger: LedgerName, link: Link) -> Result<(), ResumeError> {
        let mark = self.of(ledger);
        if mark.link == link {
            Ok(())
        } else {
            Err(ResumeError {
                ledger,
                size: mark.size,
            })
        }
    }
}

impl Mark {
    /// Before the first record of a ledger.
    pub(crate) fn genesis(chain: &Chain) -> Self {
        Self {
            size: Size::EMPTY,
            link: chain.genesis(),
            highest_ordinal: SubjectOrdinal::REGISTRY,
            highest_claim: SubjectOrdinal::NO_CLAIM,
        }
    }

    pub(crate) fn put(&self, ledger: LedgerName, batch: &mut Batch) {
        let row = MarkRow {
            size: self.size.get(),
            link: self.link.to_bytes(),
            highest_ordinal: self.highest_ordinal.get(),
            highest_claim: self.highest_claim.get(),
        };
        batch.put(Table::Meta, mark_key(ledger), value::encode(&row));
    }

    pub(crate) fn read(snapshot: &dyn Snapshot, ledger: LedgerName) -> Result<Self, ViewsError> {
        let key = mark_key(ledger);
        let damaged = || ViewsError::Damaged { table: Table::Meta };
        let Some(bytes) = snapshot.get(Table::Meta, key)? else {
            return Err(damaged());
        };
        let row: MarkRow = value::decode(Table::Meta, &bytes)?;
        Ok(Self {
            size: Size::new(row.size),
            link: Link::from_bytes(row.link),
            highest_ordinal: SubjectOrdinal::new(row.highest_ordinal).ok_or_else(damaged)?,
            highest_claim: SubjectOrdinal::new(row.highest_claim).ok_or_else(damaged)?,
        })
    }
}

/// What a store was found to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// Nothing in it.
    Empty,
    /// Views of this version and key, whole.
    Whole,
    /// A rebuild of this version and key that has not come to its end.
    Loading,
}

/// Looks whether a store holds views that this program and these keys can read.
pub(crate) fn inspect(
    snapshot: &dyn Snapshot,
    index_fingerprint: &[u8; 16],
) -> Result<Found, OpenError> {
    let Some(version) = snapshot.get(Table::Meta, META_VERSION)? else {
        // A version stands in the very first batch, so a store without one must have nothing else.
        for table in Table::ALL {
            if !snapshot.scan_prefix(table, &[], &[], 1)?.is_empty() {
                return Err(OpenError::Foreign);
            }
        }
        return Ok(Found::Empty);
    };
    let found = version.as_slice().try_into().map(u32::from_be_bytes).ok();
    if found != Some(VIEW_VERSION) {
        return Err(OpenError::Version { found });
    }
    if snapshot.get(Table::Meta, META_INDEX_KEY)?.as_deref() != Some(index_fingerprint.as_slice()) {
        return Err(OpenError::IndexKey);
    }
    match snapshot.get(Table::Meta, META_LOADING)? {
        None => Ok(Found::Whole),
        Some(_) => Ok(Found::Loading),
    }
}

/// The first batch of a new store.
pub(crate) fn first_batch(marks: &Marks, index_fingerprint: &[u8; 16], loading: bool) -> Batch {
    let mut batch = Batch::new();
    batch.put(Table::Meta, META_VERSION, VIEW_VERSION.to_be_bytes());
    batch.put(Table::Meta, META_INDEX_KEY, *index_fingerprint);
    marks.events.put(LedgerName::Events, &mut batch);
    marks.disclosures.put(LedgerName::Disclosures, &mut batch);
    if loading {
        batch.put(Table::Meta, META_LOADING, []);
    }
    batch
}

const fn mark_key(ledger: LedgerName) -> &'static [u8] {
    match ledger {
        LedgerName::Events => META_EVENTS,
        LedgerName::Disclosures => META_DISCLOSURES,
    }
}
