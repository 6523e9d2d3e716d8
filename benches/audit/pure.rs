//! The work that no audit can do without, and nothing else.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use prost::Message as _;
use sabt_chain::authorship::{AuthorKey, SignedAct, verify_batch};
use sabt_chain::frame::Frame;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::tree::LeafRange;
use sabt_chain::{
    Authorship, Chain, Digest, Envelope, Hash, KeyId, Kind, LedgerName, Origin, Size,
};
use sabt_proto::event::v1 as proto;

use super::{Outcome, REGISTRY};

/// Bytes of segments taken of each ledger: enough for a steady rate, little enough for any memory.
const SAMPLE_BYTES: usize = 256 * 1024 * 1024;

/// Signatures in a batch, as in the program.
const BATCH: usize = 256;

/// Records as they are in the files of a registry.
pub(crate) struct Sample {
    ledgers: Vec<LedgerSample>,
    keys: HashMap<KeyId, AuthorKey>,
}

/// Of one ledger.
struct LedgerSample {
    chain: Chain,
    records: Vec<Stored>,
    /// How many records the ledger has for each in the sample.
    weight: f64,
}

/// One record.
struct Stored {
    envelope: Vec<u8>,
    payload: Vec<u8>,
    signed: Option<(sabt_chain::ActId, Authorship)>,
}

impl Sample {
    /// Reads the first segments of both ledgers.
    pub(crate) fn read(directory: &Path) -> Outcome<Self> {
        let mut keys = HashMap::new();
        let mut ledgers = Vec::new();
        for ledger in LedgerName::ALL {
            let mut names: Vec<_> = fs::read_dir(directory.join(ledger.as_str()))?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<_, _>>()?;
            names.retain(|path| path.extension().is_some_and(|suffix| suffix == "seg"));
            names.sort_unstable();
            let (mut records, mut taken, mut of) = (Vec::new(), 0, 0);
            for path in names {
                let bytes = fs::metadata(&path)?.len();
                of += bytes;
                if taken < SAMPLE_BYTES as u64 {
                    taken += bytes;
                    frames(&fs::read(&path)?, &mut records, &mut keys);
                }
            }
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            ledgers.push(LedgerSample {
                chain: Chain::new(&Origin::new(REGISTRY, ledger)?),
                records,
                weight: of as f64 / taken.max(1) as f64,
            });
        }
        Ok(Self { ledgers, keys })
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.ledgers.iter().map(|ledger| ledger.records.len()).sum()
    }

    /// Records in a second, if all the sample stands for took so long.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(crate) fn records_per_second(&self, elapsed: Duration) -> f64 {
        let weighted = |ledger: &LedgerSample| ledger.weight * ledger.records.len() as f64;
        let records: f64 = self.ledgers.iter().map(weighted).sum();
        records / elapsed.as_secs_f64()
    }

    /// Does the work on so many threads; how long it took, weighted by what the sample stands for.
    pub(crate) fn work(&self, threads: usize) -> Duration {
        self.timed(threads, |chain, records| self.share(chain, records))
    }

    /// The part of it that is about envelopes alone: links, leaves and nodes.
    pub(crate) fn envelopes(&self, threads: usize) -> Duration {
        self.timed(threads, |chain, records| {
            let mut leaves = LeafRange::starting_at(Size::EMPTY);
            for record in records {
                std::hint::black_box(chain.link(&record.envelope));
                leaves.append(Hash::leaf(&record.envelope));
            }
            std::hint::black_box(leaves);
        })
    }

    fn timed(&self, threads: usize, work: impl Fn(&Chain, &[Stored]) + Sync) -> Duration {
        let of_ledger = |ledger: &LedgerSample| {
            let share = ledger.records.len().div_ceil(threads).max(1);
            let start = Instant::now();
            thread::scope(|scope| {
                for records in ledger.records.chunks(share) {
                    scope.spawn(|| work(&ledger.chain, records));
                }
            });
            start.elapsed().mul_f64(ledger.weight)
        };
        self.ledgers.iter().map(of_ledger).sum()
    }

    fn share(&self, chain: &Chain, records: &[Stored]) {
        let mut leaves = LeafRange::starting_at(Size::EMPTY);
        let mut claims = Vec::with_capacity(BATCH);
        let origin = chain.origin();
        for record in records {
            std::hint::black_box(chain.link(&record.envelope));
            std::hint::black_box(Digest::of(&record.payload));
            leaves.append(Hash::leaf(&record.envelope));
            if let Some((act_id, authorship)) = &record.signed
                && let Some(key) = self.keys.get(&authorship.key_id)
            {
                claims.push(SignedAct {
                    key,
                    act_id: *act_id,
                    authorship,
                });
            }
            if claims.len() == BATCH {
                assert!(
                    verify_batch(origin, &claims).is_empty(),
                    "a forged signature"
                );
                claims.clear();
            }
        }
        assert!(
            verify_batch(origin, &claims).is_empty(),
            "a forged signature"
        );
        std::hint::black_box(leaves);
    }
}

/// Takes the records of a segment, and the keys that its governance records enrol.
fn frames(segment: &[u8], records: &mut Vec<Stored>, keys: &mut HashMap<KeyId, AuthorKey>) {
    let mut rest = segment.get(SEGMENT_HEADER_BYTES..).unwrap_or_default();
    while let Ok(frame) = Frame::parse(rest) {
        for record in frame.records() {
            let Envelope {
                act_id,
                authorship,
                kind,
                ..
            } = record.envelope;
            if kind == Kind::Governance {
                let key = enrolled(record.sealed);
                keys.extend(key.map(|key| (key.id(), key)));
            }
            records.push(Stored {
                envelope: record.envelope_bytes.to_vec(),
                payload: record.sealed.to_vec(),
                signed: authorship.map(|authorship| (act_id, authorship)),
            });
        }
        rest = &rest[frame.bytes().len()..];
    }
}

/// The key that a governance record enrols.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other bodies enrol no key"
)]
fn enrolled(payload: &[u8]) -> Option<AuthorKey> {
    let event = proto::Event::decode(payload).ok()?;
    let bytes = match event.body? {
        proto::event::Body::RegistryFounded(body) => body.governance_key,
        proto::event::Body::KeyEnrolled(body) => body.public_key,
        _ => return None,
    };
    AuthorKey::from_bytes(bytes.as_slice().try_into().ok()?).ok()
}
