//! What came of a verification, for people and for programs.

use std::fmt;
use std::time::Duration;

use sabt_chain::{Hash, Kind, LedgerName, Link, Size, Timestamp};

use crate::class::EXIT_SOUND;
use crate::fault::Fault;
use crate::json::Json;

/// The result of verifying a registry's two ledgers.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the registry, from the trusted log keys.
    pub registry: String,
    /// The events ledger.
    pub events: LedgerReport,
    /// The disclosures ledger.
    pub disclosures: LedgerReport,
    /// The key of the authority that signs governance acts, from the first record; to be compared with what the
    /// authority published, unless it was pinned.
    pub governance_key: Option<[u8; 32]>,
    /// Whether the governance key was given beforehand.
    pub governance_key_pinned: bool,
    /// How many agencies were ever enrolled.
    pub agencies: u64,
    /// How many authors' keys were ever enrolled.
    pub keys: u64,
    /// The faults, first by ledger and position, at most as many as were asked for.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub faults_total: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// The result for one ledger.
#[derive(Clone, Debug)]
pub struct LedgerReport {
    /// Which ledger.
    pub ledger: LedgerName,
    /// Its origin.
    pub origin: String,
    /// How many records there are.
    pub records: u64,
    /// How many of them were verified before, by the auditor's state file, and not read again: their payloads and their
    /// act ids were not compared with anything this time.
    pub remembered: Size,
    /// How many of them the checkpoint signs; `None` without a valid checkpoint.
    pub signed: Option<Size>,
    /// Whether the root in the checkpoint is that of the records.
    pub checkpoint_holds: bool,
    /// Who cosigned the checkpoint; `None` if no policy was given, or it cannot be told.
    pub cosignatures: Option<Cosignatures>,
    /// How many times its log key was replaced.
    pub rotations: u64,
    /// The ledgers it succeeds, the last one first: as its first record says, and the first record of that one.
    pub successions: Vec<SuccessionReport>,
    /// Root of the Merkle tree over all records; `None` if records are lost.
    pub root: Option<Hash>,
    /// Link of the last record.
    pub link: Link,
    /// When the first record was recorded.
    pub first_recorded_at: Option<Timestamp>,
    /// When the last record was recorded.
    pub last_recorded_at: Option<Timestamp>,
    /// How many records of each kind there are.
    pub kinds: KindCounts,
    /// How many acts.
    pub acts: u64,
    /// How many authors' signatures were verified.
    pub signatures: u64,
    /// How many payloads are erased.
    pub erased: u64,
    /// How many payloads the source does not hold, so that they were not compared with their digests.
    pub payloads_unread: u64,
    /// Segment files read; 0 for other sources.
    pub segments: u64,
    /// Frames read; 0 for other sources.
    pub frames: u64,
    /// Bytes read: of envelopes, and of the payloads that the source holds.
    pub bytes: u64,
}

/// Who cosigned a checkpoint, by the policy that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cosignatures {
    /// Whether the policy's quorum is met.
    pub quorum: bool,
    /// The witnesses that cosigned, in the order of the policy.
    pub witnesses: Vec<Witness>,
    /// Names of the policy's witnesses that did not.
    pub missing: Vec<String>,
}

/// A witness that cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name in the policy.
    pub name: String,
    /// When, by its own clock, seconds since 1970 UTC.
    pub cosigned_at_seconds: u64,
}

/// What a ledger says about the one it succeeds, because that lost records that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessionReport {
    /// Name of the old registry.
    pub registry: String,
    /// How many of its records follow the first one here.
    pub carried: u64,
    /// How many it is known to have had.
    pub known: u64,
    /// How many its last checkpoint signs.
    pub signed: Size,
    /// Whether that checkpoint was verified with an old log key that was given.
    pub checkpoint_verified: bool,
}

/// How many records of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Events.
    pub events: u64,
    /// Governance records.
    pub governance: u64,
    /// Erasure records.
    pub erasures: u64,
    /// Anchors.
    pub anchors: u64,
}

impl KindCounts {
    pub(crate) const fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Event => self.events += 1,
            Kind::Governance => self.governance += 1,
            Kind::Erasure => self.erasures += 1,
            Kind::Anchor => self.anchors += 1,
        }
    }
}

impl Report {
    /// Exit code of the program: 0, or that of the first fault by ledger and position.
    pub fn exit_code(&self) -> u8 {
        self.faults
            .first()
            .map_or(EXIT_SOUND, |fault| fault.class().exit_code())
    }

    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.faults_total == 0
    }

    /// Both ledgers.
    pub const fn ledgers(&self) -> [&LedgerReport; 2] {
        [&self.events, &self.disclosures]
    }

    /// Records verified in a second.
    pub fn records_per_second(&self) -> u64 {
        per_second(
            self.ledgers().iter().map(|ledger| ledger.read()).sum(),
            self.elapsed,
        )
    }

    /// Bytes verified in a second.
    pub fn bytes_per_second(&self) -> u64 {
        per_second(
            self.ledgers().iter().map(|ledger| ledger.bytes).sum(),
            self.elapsed,
        )
    }

    /// The report as one JSON object. Members are added, never renamed or removed.
    pub fn to_json(&self) -> String {
        let milliseconds = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        let ledgers = self.ledgers().map(LedgerReport::json).to_vec();
        Json::Object(vec![
            ("registry", Json::text(&self.registry)),
            ("sound", Json::Bool(self.is_sound())),
            ("exit_code", Json::Number(self.exit_code().into())),
            (
                "governance_key",
                Json::optional(self.governance_key, |key| Json::text(Hex(&key))),
            ),
            (
                "governance_key_pinned",
                Json::Bool(self.governance_key_pinned),
            ),
            ("agencies", Json::Number(self.agencies)),
            ("keys", Json::Number(self.keys)),
            ("ledgers", Json::Array(ledgers)),
            ("faults_total", Json::Number(self.faults_total)),
            (
                "faults",
                Json::Array(self.faults.iter().map(fault_json).collect()),
            ),
            ("elapsed_ms", Json::Number(milliseconds)),
            (
                "records_per_second",
                Json::Number(self.records_per_second()),
            ),
            ("bytes_per_second", Json::Number(self.bytes_per_second())),
        ])
        .to_string()
    }
}

impl LedgerReport {
    /// Records read this time.
    pub fn read(&self) -> u64 {
        self.records.saturating_sub(self.remembered.get())
    }

    /// Records that no checkpoint signs yet.
    pub fn unsigned(&self) -> u64 {
        self.records
            .saturating_sub(self.signed.map_or(0, Size::get))
    }

    /// What was examined of the payloads.
    fn write_payloads(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if 0 < self.payloads_unread {
            return writeln!(
                f,
                "  payloads   {} sealed ones NOT EXAMINED: tiles do not hold them",
                self.payloads_unread
            );
        }
        let others = if self.remembered == Size::EMPTY {
            "all others"
        } else {
            "all others read"
        };
        writeln!(
            f,
            "  payloads   {} erased, {others} as recorded unless listed",
            self.erased
        )
    }

    fn json(&self) -> Json {
        let time =
            |time: Option<Timestamp>| Json::optional(time, |time| Json::Signed(time.as_micros()));
        Json::Object(vec![
            ("origin", Json::text(&self.origin)),
            ("records", Json::Number(self.records)),
            ("remembered", Json::Number(self.remembered.get())),
            (
                "signed",
                Json::optional(self.signed, |size| Json::Number(size.get())),
            ),
            ("unsigned", Json::Number(self.unsigned())),
            ("checkpoint_holds", Json::Bool(self.checkpoint_holds)),
            ("root", Json::optional(self.root, Json::text)),
            ("link", Json::text(self.link)),
            ("first_recorded_at", time(self.first_recorded_at)),
            ("last_recorded_at", time(self.last_recorded_at)),
            ("events", Json::Number(self.kinds.events)),
            ("governance", Json::Number(self.kinds.governance)),
            ("erasures", Json::Number(self.kinds.erasures)),
            ("anchors", Json::Number(self.kinds.anchors)),
            ("acts", Json::Number(self.acts)),
            ("signatures", Json::Number(self.signatures)),
            ("erased", Json::Number(self.erased)),
            ("payloads_unread", Json::Number(self.payloads_unread)),
            (
                "cosignatures",
                Json::optional(self.cosignatures.as_ref(), Cosignatures::json),
            ),
            ("rotations", Json::Number(self.rotations)),
            (
                "successions",
                Json::Array(
                    self.successions
                        .iter()
                        .map(SuccessionReport::json)
                        .collect(),
                ),
            ),
            ("segments", Json::Number(self.segments)),
            ("frames", Json::Number(self.frames)),
            ("bytes", Json::Number(self.bytes)),
        ])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "registry     {}", self.registry)?;
        match &self.governance_key {
            Some(key) if self.governance_key_pinned => {
                writeln!(f, "governance   {} (as given)", Hex(key))?;
            }
            Some(key) => writeln!(
                f,
                "governance   {} (compare with the published key)",
                Hex(key)
            )?,
            None => writeln!(f, "governance   no key found")?,
        }
        writeln!(
            f,
            "authors      {} agencies, {} keys",
            self.agencies, self.keys
        )?;
        for ledger in self.ledgers() {
            writeln!(f, "\n{ledger}")?;
        }
        let seconds = self.elapsed.as_secs_f64();
        writeln!(
            f,
            "\ntime         {seconds:.1} s, {} records/s, {}/s",
            self.records_per_second(),
            Bytes(self.bytes_per_second())
        )?;
        if self.is_sound() {
            return write!(f, "result       sound: everything that was checked holds");
        }
        write!(
            f,
            "result       NOT SOUND: {} {}",
            self.faults_total,
            faults(self.faults_total)
        )?;
        let listed = self.faults.len() as u64;
        if listed < self.faults_total {
            write!(f, ", the first {listed} listed")?;
        }
        for fault in &self.faults {
            write!(f, "\n\n{fault}")?;
        }
        Ok(())
    }
}

impl fmt::Display for LedgerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kinds, .. } = self;
        writeln!(f, "ledger       {}", self.origin)?;
        write!(f, "  records    {}", self.records)?;
        writeln!(
            f,
            " ({} events, {} governance, {} erasures, {} anchors; {} acts)",
            kinds.events, kinds.governance, kinds.erasures, kinds.anchors, self.acts
        )?;
        if Size::EMPTY < self.remembered {
            writeln!(
                f,
                "  resumed    after {} records verified before; NOT SEEN: their payloads as they are now, later acts with \
                 an id of theirs",
                self.remembered
            )?;
        }
        match self.signed {
            Some(size) if self.checkpoint_holds => {
                writeln!(
                    f,
                    "  signed     {size}, root as signed; {} not yet signed",
                    self.unsigned()
                )?;
            }
            Some(size) => writeln!(f, "  signed     {size}, ROOT NOT CONFIRMED")?,
            None => writeln!(f, "  signed     NO VALID CHECKPOINT")?,
        }
        match self.root {
            Some(root) => writeln!(f, "  root       {root}")?,
            None => writeln!(f, "  root       not known, records are lost")?,
        }
        writeln!(f, "  head link  {}", self.link)?;
        if let (Some(first), Some(last)) = (self.first_recorded_at, self.last_recorded_at) {
            writeln!(f, "  recorded   {} to {}", Utc(first), Utc(last))?;
        }
        if let Some(cosignatures) = &self.cosignatures {
            write!(f, "{cosignatures}")?;
        }
        if 0 < self.rotations {
            let times = match self.rotations {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            writeln!(f, "  log key    replaced {times}")?;
        }
        for succession in &self.successions {
            write!(f, "{succession}")?;
        }
        self.write_payloads(f)?;
        writeln!(f, "  signatures {} checked", self.signatures)?;
        write!(f, "  read       {}", Bytes(self.bytes))?;
        if 0 < self.frames {
            write!(f, " in {} frames, {} segments", self.frames, self.segments)?;
        }
        Ok(())
    }
}

impl Cosignatures {
    fn json(&self) -> Json {
        let witnesses = self.witnesses.iter().map(|witness| {
            Json::Object(vec![
                ("name", Json::text(&witness.name)),
                (
                    "cosigned_at_seconds",
                    Json::Number(witness.cosigned_at_seconds),
                ),
            ])
        });
        Json::Object(vec![
            ("quorum", Json::Bool(self.quorum)),
            ("witnesses", Json::Array(witnesses.collect())),
            (
                "missing",
                Json::Array(self.missing.iter().map(Json::text).collect()),
            ),
        ])
    }
}

impl SuccessionReport {
    fn json(&self) -> Json {
        Json::Object(vec![
            ("registry", Json::text(&self.registry)),
            ("carried", Json::Number(self.carried)),
            ("known", Json::Number(self.known)),
            ("signed", Json::Number(self.signed.get())),
            ("checkpoint_verified", Json::Bool(self.checkpoint_verified)),
        ])
    }
}

impl fmt::Display for Cosignatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quorum = if self.quorum {
            "quorum met"
        } else {
            "NO QUORUM"
        };
        let (cosigned, known) = (self.witnesses.len(), self.missing.len());
        writeln!(
            f,
            "  witnesses  {cosigned} of {} cosigned, {quorum}",
            cosigned + known
        )?;
        for witness in &self.witnesses {
            writeln!(f, "             {witness}")?;
        }
        if !self.missing.is_empty() {
            writeln!(f, "             not by {}", self.missing.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.cosigned_at_seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000_000));
        match micros.map(Timestamp::from_micros) {
            Some(time) => write!(f, "{} at {}", self.name, Utc(time)),
            None => write!(f, "{} at {} s", self.name, self.cosigned_at_seconds),
        }
    }
}

impl fmt::Display for SuccessionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            registry,
            carried,
            known,
            signed,
            checkpoint_verified,
        } = self;
        writeln!(
            f,
            "  succeeds   {registry}: {carried} of its {known} known records carried over"
        )?;
        if carried < known {
            let last = known - 1;
            if *carried == last {
                writeln!(f, "             LOST: old position {last}")?;
            } else {
                writeln!(f, "             LOST: old positions {carried} to {last}")?;
            }
        }
        let verified = if *checkpoint_verified {
            "verified"
        } else {
            "not verified, no old log key was given"
        };
        writeln!(
            f,
            "             its last checkpoint, of {signed} records: {verified}"
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class();
        write!(f, "{}", self.ledger)?;
        if let Some(position) = self.position {
            write!(f, " position {position}")?;
        }
        writeln!(f, ": {class} ({})", class.exit_code())?;
        writeln!(f, "  what       {}", self.finding)?;
        if let Some(place) = &self.place {
            writeln!(f, "  where      {place}")?;
        }
        write!(f, "  remedy     {}", class.remedy())
    }
}

fn fault_json(fault: &Fault) -> Json {
    let place = fault.place.as_ref();
    Json::Object(vec![
        ("ledger", Json::text(fault.ledger)),
        (
            "position",
            Json::optional(fault.position, |position| Json::Number(position.get())),
        ),
        ("class", Json::text(fault.class())),
        ("exit_code", Json::Number(fault.class().exit_code().into())),
        ("what", Json::text(&fault.finding)),
        (
            "file",
            Json::optional(place, |place| Json::text(&place.file)),
        ),
        (
            "offset",
            Json::optional(place, |place| Json::Number(place.offset)),
        ),
        ("remedy", Json::text(fault.class().remedy())),
    ])
}

const fn faults(count: u64) -> &'static str {
    if count == 1 { "fault" } else { "faults" }
}

fn per_second(amount: u64, elapsed: Duration) -> u64 {
    let micros = elapsed.as_micros().max(1);
    u64::try_from(u128::from(amount) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

/// Lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A number of bytes in a unit that people read.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match units.into_iter().find(|(unit, _)| *unit <= self.0) {
            Some((unit, name)) => {
                write!(f, "{}.{} {name}", self.0 / unit, self.0 % unit * 10 / unit)
            }
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// A moment as `2026-03-21 04:05:06 UTC`.
pub(crate) struct Utc(pub(crate) Timestamp);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY_SECONDS: i64 = 86_400;
        let seconds = self.0.as_micros().div_euclid(1_000_000);
        let (day, time) = (
            seconds.div_euclid(DAY_SECONDS),
            seconds.rem_euclid(DAY_SECONDS),
        );
        let (year, month, day) = civil_date(day);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"
        )
    }
}

/// Year, month and day of a day counted from 1970-01-01 in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is a year's last (Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
const fn civil_date(day: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    let shifted = day + 719_468;
    let era = shifted.div_euclid(ERA_DAYS);
    let day_of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests;
