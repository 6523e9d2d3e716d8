//! An auditor whose code is not ours: Go's own `note` and `tlog` packages verify exported ledgers.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::Output;

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{self, CosignatureTime, CosignerKey, TrustedKeys};
use sabt_chain::proof::MemoryTree;
use sabt_chain::tlog_proof::TlogProof;
use sabt_chain::{Hash, LedgerName, Origin, Position, Size};
use sabt_cli::files::{self, Mode};
use sabt_cli::tiles::TileWriter;
use sabt_journal::{Backend as _, FileJournal, Options};
use sabt_population::Seed;
use sabt_population::ledger::{LedgerPlan, SyntheticRegistry};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::{processes, support};

/// Name of the registry.
const REGISTRY: &str = "interop.example";

/// Records of the large ledger: two levels of full hash tiles, and partial ones on three.
const EVENTS: u64 = 70_000;

/// Where Debian puts the sources of Go packages.
const GOPATH: &str = "/usr/share/gocode";

/// The Go program, built once.
async fn auditor() -> &'static Path {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    let build = async || {
        let target = support::root().join("target/go");
        std::fs::create_dir_all(&target).unwrap();
        let program = target.join("auditor");
        let mut command = Command::new("go");
        command
            .current_dir(support::root().join("tests/go"))
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .env("GO111MODULE", "off")
            .env("GOPATH", GOPATH)
            .env("GOFLAGS", "")
            .env("GOCACHE", target.join("cache"));
        let built = processes::output(&mut command).await.unwrap_or_else(|err| {
            panic!("go: {err}; tests/run installs golang-go and golang-golang-x-mod-dev")
        });
        assert!(built.status.success(), "{}", text(&built.stderr));
        program
    };
    PROGRAM.get_or_init(build).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Both ledgers of a registry, exported as tiles, with a cosignature on each checkpoint.
struct Export {
    directory: TempDir,
    log_keys: [String; 2],
    witness: String,
    /// What the auditor is given beside the tiles: proofs, earlier checkpoints.
    given: Vec<(&'static str, PathBuf)>,
}

impl Export {
    /// Writes `events` records and a few disclosures, the first tenth of them under an earlier checkpoint.
    fn write(events: u64) -> Self {
        let directory = TempDir::new().unwrap();
        let records = directory.path().join("records");
        let plan = LedgerPlan {
            anchor_every: NonZeroU64::MIN,
            ..LedgerPlan::new(REGISTRY, Seed(3), events)
        };
        let mut registry = SyntheticRegistry::create(&records, &plan).unwrap();
        let first = registry.append_events(events / 10).unwrap();
        registry.append_disclosures(300).unwrap();
        registry.anchor().unwrap();
        let earlier = registry.publish().unwrap();
        registry.append_events(events - events / 10).unwrap();
        registry.append_disclosures(events / 100).unwrap();
        registry.erase(&[first]).unwrap();
        registry.anchor().unwrap();
        let newest = registry.publish().unwrap();
        let log_keys = registry.log_keys();
        drop(registry);

        let witness = CosignerKey::from_seed("witness.example/w1".parse().unwrap(), [5; 32]);
        let mut export = Self {
            log_keys,
            witness: witness.witness().to_string(),
            given: Vec::new(),
            directory,
        };
        let ledgers = LedgerName::ALL.into_iter().zip(earlier).zip(newest);
        for ((ledger, earlier), newest) in ledgers {
            export.add(&records, ledger, &witness, [&earlier, &newest]);
        }
        export
    }

    /// Exports a ledger, and proves some of its records.
    fn add(
        &mut self,
        records: &Path,
        ledger: LedgerName,
        witness: &CosignerKey,
        checkpoints: [&str; 2],
    ) {
        let origin = Origin::new(REGISTRY, ledger).unwrap();
        let [earlier, newest] = checkpoints.map(|note| self.cosign(ledger, note, witness));
        crate::processes::settle();
        let directory = records.join(ledger.as_str());
        let journal = FileJournal::open(&directory, &origin, &Options::default()).unwrap();
        let tiles = self.tiles().join(ledger.as_str());
        std::fs::create_dir_all(self.tiles()).unwrap();
        let mut writer = TileWriter::open(&tiles, &origin).unwrap();
        let mut tree = MemoryTree::default();
        let mut envelopes = Vec::new();
        let mut reader = journal.read(Position::FIRST).unwrap();
        while let Some(stored) = reader.next_frame().unwrap() {
            for record in stored.frame().records() {
                let clear = record.envelope.kind.is_clear();
                writer
                    .push(record.envelope_bytes, clear.then_some(record.sealed))
                    .unwrap();
                tree.append(Hash::leaf(record.envelope_bytes));
                envelopes.push(record.envelope_bytes.to_vec());
            }
        }
        writer.finish(&newest).unwrap();
        self.give("-earlier", &format!("{ledger}-earlier"), &earlier);
        let size = Size::new(envelopes.len() as u64);
        for position in [0, 255, 256, size.get() - 1] {
            let proof = TlogProof {
                extra: envelopes.get(usize::try_from(position).unwrap()).cloned(),
                position: Position::new(position),
                hashes: tree
                    .inclusion(Position::new(position), size)
                    .unwrap()
                    .hashes,
                checkpoint: newest.clone(),
            };
            let name = format!("{ledger}-{position}.tlog-proof");
            self.give("-proof", &name, &proof.to_string());
        }
    }

    /// The checkpoint with the witness's cosignature.
    fn cosign(&self, ledger: LedgerName, note: &str, witness: &CosignerKey) -> String {
        let place = LedgerName::ALL
            .iter()
            .position(|name| *name == ledger)
            .unwrap();
        let trusted = TrustedKeys::only(self.log_keys[place].parse().unwrap());
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        let checkpoint = checkpoint.verify(&trusted).unwrap();
        let time = CosignatureTime::new(1_770_000_000).unwrap();
        note::add_signatures(note, &[witness.cosign(&checkpoint, time)]).unwrap()
    }

    fn give(&mut self, option: &'static str, name: &str, content: &str) {
        let path = self.directory.path().join(name);
        files::create(&path, content.as_bytes(), Mode::Public).unwrap();
        self.given.push((option, path));
    }

    fn tiles(&self) -> PathBuf {
        self.directory.path().join("tiles")
    }

    async fn audit(&self) -> Output {
        let mut command = Command::new(auditor().await);
        command.arg("-tiles").arg(self.tiles());
        command.args(["-witness", &self.witness]);
        command.args([
            "-sizes",
            "1,2,3,128,255,256,257,1000,65535,65536,65537,70000",
        ]);
        for key in &self.log_keys {
            command.args(["-key", key]);
        }
        for (option, path) in &self.given {
            command.arg(option).arg(path);
        }
        processes::output(&mut command).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn go_verifies_every_leaf_and_proof_of_seventy_thousand_records() {
    let export = tokio::task::spawn_blocking(|| Export::write(EVENTS));
    let export = export.await.unwrap();
    let told = export.audit().await;
    assert!(told.status.success(), "{}", text(&told.stderr));

    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["proofs"], 8);
    for ledger in LedgerName::ALL {
        let counts = &told["ledgers"][ledger.as_str()];
        let count = |name: &str| counts[name].as_u64().unwrap();
        let size = count("size");
        let least = match ledger {
            LedgerName::Events => EVENTS,
            LedgerName::Disclosures => 1_000,
        };
        assert!(least <= size, "{ledger}: {counts}");
        assert_eq!(count("leaves"), size);
        assert_eq!(count("inclusions"), size);
        assert!(size / 16 <= count("inclusions_from_tiles"), "{counts}");
        assert_eq!(count("signatures"), 1);
        assert_eq!(count("cosignatures"), 1);
        assert_eq!(count("earlier_checkpoints"), 1);
        // Those of the sizes that fit, one for the earlier checkpoint, one for each proof file.
        let sizes = match ledger {
            LedgerName::Events => 12,
            LedgerName::Disclosures => 8,
        };
        assert_eq!(count("consistency"), sizes + 1 + 4, "{counts}");
    }
}

/// Something in an export that is made wrong, and what the auditor then says.
struct Damage {
    path: &'static str,
    /// Which byte is changed; counted from the end if negative.
    at: i64,
    said: &'static str,
}

#[tokio::test(flavor = "multi_thread")]
async fn go_finds_what_is_wrong_with_an_export() {
    let export = tokio::task::spawn_blocking(|| Export::write(600));
    let export = export.await.unwrap();
    let told = export.audit().await;
    assert!(told.status.success(), "{}", text(&told.stderr));
    let cases = [
        (
            "tiles/events/tile/0/000",
            40,
            "does not have the hash that its tile states",
        ),
        (
            "tiles/events/tile/1/000.p/3",
            5,
            "is not that of the tile below",
        ),
        (
            "tiles/events/tile/entries/001",
            100,
            "does not have the hash that its tile states",
        ),
        ("tiles/events/tile/entries/001", 0, "cut off"),
        ("tiles/disclosures/checkpoint", 30, "checkpoint: "),
        ("events-256.tlog-proof", -20, "checkpoint: "),
        ("events-256.tlog-proof", 60, "invalid transparency proof"),
        ("events-earlier", 30, "checkpoint: "),
    ]
    .map(|(path, at, said)| Damage { path, at, said });
    for Damage { path, at, said } in cases {
        let file = export.directory.path().join(path);
        let sound = std::fs::read(&file).unwrap();
        let mut damaged = sound.clone();
        let length = i64::try_from(sound.len()).unwrap();
        let place = usize::try_from(if at < 0 { length + at } else { at }).unwrap();
        // Text stays text, so that what is wrong with it is not its characters.
        damaged[place] = if damaged[place] == b'2' { b'3' } else { b'2' };
        replace(&file, &damaged);
        let told = export.audit().await;
        let reason = text(&told.stderr);
        assert!(!told.status.success(), "{path} at {at} passed");
        assert!(reason.contains(said), "{path} at {at}: {reason}");
        replace(&file, &sound);
    }

    let tile = export.tiles().join("events/tile/0/001");
    let sound = std::fs::read(&tile).unwrap();
    std::fs::remove_file(&tile).unwrap();
    let told = text(&export.audit().await.stderr);
    assert!(told.contains("no such file"), "{told}");
    files::create(&tile, &sound, Mode::Public).unwrap();
    let stray = export.tiles().join("events/tile/0/000.p");
    std::fs::create_dir(&stray).unwrap();
    files::create(&stray.join("9"), &sound[..288], Mode::Public).unwrap();
    let told = text(&export.audit().await.stderr);
    assert!(told.contains("does not belong to a tree"), "{told}");
}

fn replace(path: &Path, content: &[u8]) {
    std::fs::remove_file(path).unwrap();
    files::create(path, content, Mode::Public).unwrap();
}
