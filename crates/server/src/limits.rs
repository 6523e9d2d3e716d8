//! Every limit of the server, named, with its arithmetic.

use std::time::Duration;

/// Largest request message, bytes. An act is at most 24 KiB ([`ACT_BYTES_MAX`]); the rest is envelope.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Largest serialised act, bytes. Sealed with its event it must stay below the 64 KiB of a sealed payload.
pub const ACT_BYTES_MAX: usize = 24 * 1024;
/// Connections held at once. At 64 KiB of buffers each that is 64 MiB.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Requests in flight on one connection.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 256;
/// Pause after a connection could not be accepted.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// A TLS handshake that takes longer is dropped.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often certificate, key, client authority and revocation lists are looked at. What has changed counts when two
/// looks in a row saw the same bytes: within three seconds with the time that reading takes. A stream on which nothing
/// comes is judged as often.
pub const TLS_POLL: Duration = Duration::from_secs(1);
/// Longest of these files, bytes: revocation lists of some 400,000 certificates at 40 bytes each. Reading and hashing it
/// at every look takes some milliseconds.
pub const TLS_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// So long before a revocation list or the server's certificate ends the status tells of it.
pub const TLS_EXPIRY_WARNING: Duration = Duration::from_hours(7 * 24);
/// A unary call that takes longer is ended.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for calls in flight to end after SIGTERM.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// How often an ending server looks whether the last call has let go of the registry.
pub const SHUTDOWN_POLL: Duration = Duration::from_millis(5);
/// Acts waiting for the writer. Beyond it a caller is told to come back: at 10,000 acts a second the
/// queue is less than half a second of work.
pub const ACT_QUEUE_MAX: usize = 4_096;
/// Acts in one group commit. One frame holds at most 16 MiB; 512 acts of 24 KiB are 12 MiB.
pub const GROUP_ACTS_MAX: usize = 512;
/// Bytes of payload in one group commit; leaves room for padding and envelopes in a 16 MiB frame.
pub const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Answers waiting for their disclosure record.
pub const DISCLOSURE_QUEUE_MAX: usize = 8_192;
/// Disclosure records in one group commit.
pub const GROUP_DISCLOSURES_MAX: usize = 4_096;
/// Disclosure records after which the views fold them, however many answers wait: at 10,000 answers a second their access
/// records lag by 50 ms at most. When nobody waits they are folded at once.
pub const DISCLOSURES_UNFOLDED_MAX: usize = 512;
/// Records of one answer that share one act id: `parts` of an envelope is one byte.
pub const PARTS_MAX: usize = 255;
/// Subjects one act may need to be decided; bounds the work of a single act.
pub const NEED_LIVES_MAX: usize = 1_024;
/// Acts of one bulk stream that may be undecided at once.
pub const BULK_WINDOW: usize = 256;
/// How long a query waits for `min_position`.
pub const MIN_POSITION_WAIT: Duration = Duration::from_secs(2);
/// Entries of one feed page.
pub const FEED_PAGE_MAX: usize = 1_000;
/// Records read at once when an auditor reads a ledger; 256 of 64 KiB are 16 MiB at most.
pub const AUDIT_PAGE_MAX: usize = 256;
/// How long whoever needs a hash of a tree that is being built waits for it; less than [`CALL_TIMEOUT`].
pub const TREE_WAIT: Duration = Duration::from_secs(10);
/// Runs of 256 records that are kept at hand after they were read, for each ledger: those that stand in the frames of
/// the longest group commit, for each of [`AUDIT_READS_MAX`] readers. Envelopes and hashes of a run are at most 80 KiB,
/// so that is 5 MiB and what stands in the clear.
pub const TREE_RUNS_CACHED_MAX: usize = 64;
/// Bytes in the clear of a run that is kept at hand although nobody asked for it.
pub const RUN_CLEAR_KEPT_MAX: usize = 64 * 1024;
/// Connections of auditors held at once. The largest response, what stands in the clear of 256 governance records of
/// 64 KiB, is 16 MiB; an ordinary one is 8 to 57 KiB, so that the buffers of all are some megabytes.
pub const AUDIT_CONNECTIONS_MAX: usize = 128;
/// Tiles read from segments at once, over all connections: 256 records each. More would only wait for the disk.
pub const AUDIT_READS_MAX: usize = 4;
/// An auditor's connection on which no whole request comes for so long is closed.
pub const AUDIT_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// An auditor's connection that takes nothing of a response for so long is closed.
pub const AUDIT_WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that is older is closed after its next response: whoever reads on does so under a new record of it.
pub const AUDIT_CONNECTION_AGE_MAX: Duration = Duration::from_hours(1);
/// Header lines of one request.
pub const AUDIT_HEADERS_MAX: usize = 32;
/// Bytes of the head of one request, and of what is read ahead.
pub const AUDIT_HEAD_BYTES_MAX: usize = 16 * 1024;
/// Longest path that is looked at, bytes; the longest that exists is `/disclosures/` and one of
/// [`TILE_PATH_BYTES_MAX`](sabt_chain::tile::TILE_PATH_BYTES_MAX).
pub const AUDIT_PATH_BYTES_MAX: usize = 13 + sabt_chain::tile::TILE_PATH_BYTES_MAX;
/// How long [`AwaitProof`](sabt_proto::api::v1::AwaitProofRequest) waits for a checkpoint or an anchor; less than
/// [`CALL_TIMEOUT`] by what making two proofs may take. Whoever still wants to wait asks again.
pub const AWAIT_PROOF_WAIT: Duration = Duration::from_secs(20);
/// How long a question for statistics waits for figures that are being counted; less than [`CALL_TIMEOUT`]. One edition is
/// counted at a time, whoever waits, by a thread that reads and opens every life two or three times.
pub const STATISTICS_WAIT: Duration = Duration::from_secs(20);
/// Editions of statistics that are kept after they were counted: with at most some 10,000 cells of 150 bytes each, 12 MB.
pub const STATISTICS_EDITIONS_KEPT_MAX: usize = 8;
/// Cut-offs of which the periods are kept; 16 bytes for each month since the first.
pub const STATISTICS_CUT_OFFS_KEPT_MAX: usize = 32;
/// Anchors that are remembered of a ledger: those of the last hour at one a minute. Older ones are not needed, since
/// every later one covers what they cover.
pub const ANCHORS_REMEMBERED_MAX: usize = 64;
/// How far below the lock the newest anchor is looked for when the registry opens: a minute's records at a hundred a second,
/// read within 20 ms. A busier registry makes one anchor more after its start than it would need.
pub const ANCHOR_LOOK_BACK_RECORDS: u64 = 8_192;
/// How long a feed or audit stream sleeps at the head before it looks again.
pub const TAIL_WAIT: Duration = Duration::from_millis(500);
/// At most this long after a record is durable stands a checkpoint over it.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(500);
/// A witness that failed is left alone for this long, twice as long after each further failure in a row.
pub const WITNESS_PAUSE_FIRST: Duration = Duration::from_secs(1);
/// A witness that failed is left alone for at most this long: a minute after it is back, it cosigns again.
pub const WITNESS_PAUSE_MAX: Duration = Duration::from_mins(1);
/// How often in a row a witness may correct what it is thought to remember before it counts as failing.
pub const WITNESS_CONFLICTS_MAX: u32 = 3;
/// A checkpoint without its quorum is given up for a newer one after this long: three calls of a witness that uses
/// all its time (10 seconds).
pub const CANDIDATE_AGE_MAX: Duration = Duration::from_secs(30);
/// A signed checkpoint that has waited this long for its quorum is complained of.
pub const QUORUM_MISSING_MAX: Duration = Duration::from_mins(1);
/// How long opening waits for the witnesses to say what they have seen.
pub const WITNESSES_AT_OPEN_WAIT: Duration = Duration::from_secs(3);
/// How long closing waits for the quorum of the last checkpoint; without it that is published on the next start.
pub const WITNESSES_AT_CLOSE_WAIT: Duration = Duration::from_secs(2);
/// After this much of the ledgers was read again the scrubber waits as long as its rate demands: 31 ms at 8 MiB/s, 4 s
/// at the least rate.
pub const SCRUB_GRANULE_BYTES: u64 = 256 * 1024;
/// Pause between two passes of the scrubber over both ledgers, so that a small registry is not read all the time.
pub const SCRUB_PAUSE: Duration = Duration::from_secs(10);
/// Places of damage that the scrubber remembers, so that each is told once: at 100 bytes each 1 MB. Beyond it damage is
/// neither told nor counted: each pass would find the same places again.
pub const SCRUB_PLACES_MAX: usize = 10_000;
/// How often a backup looks for the other end of an anchor. Ledgers anchor each other once a second at most, and every
/// round but the first reads the newest segment, 64 MiB, and what came since: a fraction of a second.
pub const BACKUP_ROUNDS_MAX: u32 = 16;
/// Longest frame of records carried over from a ledger that is succeeded, bytes, unless a single act is longer: at one
/// sync each some thousand records a frame.
pub const CARRIED_FRAME_BYTES: usize = 1024 * 1024;
/// Longest purpose, legal basis, case reference or consent reference, bytes.
pub const REFERENCE_BYTES_MAX: usize = 256;
/// Grants whose signature need not be verified again. At 8 KiB at most that is 32 MiB, at the usual half a kilobyte 2 MiB:
/// the officers of a country on duty at once. Beyond it the oldest is verified anew when it comes.
pub const GRANTS_CACHED_MAX: usize = 4_096;
/// Keys of authors that need not be read again, which costs more than verifying a signature: at some 400 bytes each 26 MB,
/// the officers of a country. Beyond it the oldest is read anew when it comes.
pub const AUTHOR_KEYS_KEPT_MAX: usize = 65_536;
/// Buckets of officers and agencies that are remembered at once: at some hundred bytes each 3 MB, the officers of a
/// country on duty. Beyond it those are forgotten, and so full, from whom nothing was heard longest.
pub const RATE_BUCKETS_MAX: usize = 32_768;
/// Of the refusals of questions that come too fast one is recorded for each officer in this time, microseconds: at a
/// kilobyte each an officer who never stops fills 1.5 MB a day.
pub const RATE_REFUSAL_RECORDED_EVERY_MICROS: i64 = 60_000_000;
/// Longest name in a search, bytes.
pub const SEARCH_NAME_BYTES_MAX: usize = 128;

/// How often a rebuild beside a served registry folds what was recorded while it folded.
pub const REBUILD_ROUNDS_MAX: u32 = 16;
/// When less than so many records were folded in a round, the rest is left to the next start: a second of it.
pub const REBUILD_REST_RECORDS: u64 = 10_000;
/// Records folded into the views in one batch while catching up: some megabytes of rows.
pub const FOLD_RECORDS_MAX: u32 = 4_096;

/// Records after which a portion of a rebuild ends with a frame: some milliseconds of work for the thread that prepares it.
pub const REBUILD_PORTION_RECORDS: u32 = 1_024;

/// Bytes of frames after which it ends: each thread holds a few portions.
pub const REBUILD_PORTION_BYTES: usize = 2 * 1024 * 1024;

const _: () = assert!(
    CHECKPOINT_INTERVAL.as_millis() * 2 <= 1_000,
    "a checkpoint at most a second after the records it covers, half of it for reading back and syncing"
);
const _: () = assert!(GROUP_ACTS_MAX * ACT_BYTES_MAX <= 16 * 1024 * 1024);
const _: () = assert!(
    ACT_BYTES_MAX * 2 < 64 * 1024,
    "act and event in one sealed payload"
);
