//! Records before they have a place in a ledger, made on all cores.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use sabt_chain::authorship::{AuthorSigningKey, Nonce};
use sabt_chain::{ActId, Authorship, Digest, Kind, LedgerName, Origin, Part, SubjectTag};

use crate::draw::Draw;
use crate::{Seed, ids};

/// Most parts of an act.
const PARTS_MAX: u64 = 3;

/// Lengths of sealed payloads in bytes and their weights. All are lengths that sealing gives: multiples of 64. The first
/// part holds the act as its author signed it besides the event, so it is longer.
const FIRST_PART_BYTES: [(usize, u32); 6] =
    [(256, 1), (320, 4), (384, 6), (448, 5), (576, 2), (1024, 1)];
const OTHER_PART_BYTES: [(usize, u32); 3] = [(192, 2), (256, 5), (320, 3)];
const DISCLOSURE_BYTES: [(usize, u32); 3] = [(192, 3), (256, 5), (320, 2)];

/// Time between two records, microseconds: about a thousand records a second.
const PAUSE_US_MAX: u64 = 2_000;

/// Batches that wait for the writer, for each thread: enough that no thread waits for a sync, a few megabytes.
const BATCHES_AHEAD: usize = 4;

/// When the first act was signed, milliseconds since 1970: 2 February 2026. It is only part of act ids.
const FIRST_ACT_MS: u64 = 1_770_000_000_000;

/// A record without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) act_id: ActId,
    pub(super) part: Part,
    pub(super) subject_tag: SubjectTag,
    /// Time since the record before it, microseconds.
    pub(super) pause_us: i64,
    pub(super) sealed: Vec<u8>,
    pub(super) sealed_digest: Digest,
    pub(super) authorship: Option<Authorship>,
}

impl Draft {
    /// The one record of an act that stands in the clear.
    pub(super) fn clear(
        kind: Kind,
        act_id: ActId,
        payload: Vec<u8>,
        authorship: Option<Authorship>,
    ) -> Self {
        Self {
            kind,
            act_id,
            part: Part::ONLY,
            subject_tag: SubjectTag::from_bytes(ids::tag(act_id.as_bytes())),
            pause_us: 1_000,
            sealed_digest: Digest::of(&payload),
            sealed: payload,
            authorship,
        }
    }
}

/// Makes the sealed records of one ledger.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    seed: Seed,
    events: Origin,
    ledger: LedgerName,
    /// The offices that sign; none sign disclosures.
    authors: Arc<[AuthorSigningKey]>,
}

/// One batch that is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// Which batch of its ledger.
    pub(super) number: u32,
    /// How many records.
    pub(super) records: u64,
}

impl Maker {
    pub(super) fn new(
        seed: Seed,
        events: Origin,
        ledger: LedgerName,
        authors: Arc<[AuthorSigningKey]>,
    ) -> Self {
        Self {
            seed,
            events,
            ledger,
            authors,
        }
    }

    /// Makes these batches on all cores and hands them to `take` in order.
    pub(super) fn make<E>(
        &self,
        orders: &[Order],
        mut take: impl FnMut(Vec<Draft>) -> Result<(), E>,
    ) -> Result<(), E> {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        thread::scope(|scope| {
            let batches: Vec<_> = (0..threads)
                .map(|worker| {
                    let (done, batches) = sync_channel(BATCHES_AHEAD);
                    let mine = orders.iter().skip(worker).step_by(threads);
                    scope.spawn(move || {
                        for order in mine {
                            // The writer has given up, so nobody wants the rest.
                            if done.send(self.batch(*order)).is_err() {
                                return;
                            }
                        }
                    });
                    batches
                })
                .collect();
            for from in batches.iter().cycle().take(orders.len()) {
                // A worker ends early only by a panic, which the scope passes on.
                let Ok(batch) = from.recv() else { break };
                take(batch)?;
            }
            Ok(())
        })
    }

    /// The records of one batch: whole acts.
    fn batch(&self, order: Order) -> Vec<Draft> {
        let mut draw = Draw::new(self.seed, self.ledger.as_str(), order.number);
        let mut drafts = Vec::new();
        let mut left = order.records;
        let mut act = 0;
        while left > 0 {
            let parts = match self.ledger {
                LedgerName::Events => 1 + draw.below(PARTS_MAX.min(left)),
                LedgerName::Disclosures => 1,
            };
            left -= parts;
            let act_id = act_id(order.number, act, &mut draw);
            act += 1;
            self.act(act_id, parts, &mut draw, &mut drafts);
        }
        drafts
    }

    fn act(&self, act_id: ActId, parts: u64, draw: &mut Draw, drafts: &mut Vec<Draft>) {
        let count = u8::try_from(parts).unwrap_or(u8::MAX);
        let authorship = self.sign(act_id, draw);
        let mut part = Part::new(0, count);
        while let Some(current) = part {
            let lengths: &[(usize, u32)] = match (self.ledger, current.is_first()) {
                (LedgerName::Disclosures, _) => &DISCLOSURE_BYTES,
                (LedgerName::Events, true) => &FIRST_PART_BYTES,
                (LedgerName::Events, false) => &OTHER_PART_BYTES,
            };
            let mut sealed = vec![0; draw.weighted(lengths, |(_, weight)| *weight).0];
            draw.fill(&mut sealed);
            let mut tag = [0; 16];
            draw.fill(&mut tag);
            drafts.push(Draft {
                kind: Kind::Event,
                act_id,
                part: current,
                subject_tag: SubjectTag::from_bytes(tag),
                pause_us: i64::try_from(draw.below(PAUSE_US_MAX)).unwrap_or(0),
                sealed_digest: Digest::of(&sealed),
                sealed,
                authorship: authorship.filter(|_| current.is_first()),
            });
            part = current.next();
        }
    }

    /// Nobody signs a disclosure: it is the registry's own word.
    fn sign(&self, act_id: ActId, draw: &mut Draw) -> Option<Authorship> {
        if self.ledger == LedgerName::Disclosures {
            return None;
        }
        let mut nonce = [0; 32];
        draw.fill(&mut nonce);
        let author = draw.pick(&self.authors);
        // The act itself is nowhere to be read, so its id may stand for it.
        let nonce = Nonce::from_bytes(nonce);
        Some(author.sign_act(&self.events, act_id, act_id.as_bytes(), &nonce))
    }
}

/// A `UUIDv7`: a millisecond for each batch, the number of the act in it, and chance.
fn act_id(batch: u32, act: u64, draw: &mut Draw) -> ActId {
    let mut random = [0; 10];
    draw.fill(&mut random);
    let [.., high, low] = act.to_be_bytes();
    random[0] = high;
    random[1] = low;
    let millis = FIRST_ACT_MS + u64::from(batch);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    ActId::from_bytes(id.into_bytes())
}
