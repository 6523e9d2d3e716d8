//! What is written is what the tree says, at any size and however often writing was taken up again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sabt_chain::checkpoint::TreeHead;
use sabt_chain::note::SignerKey;
use sabt_chain::proof::{HashReader as _, MemoryTree};
use sabt_chain::tile::{BundleCoordinate, ClearPayload, TileCoordinate, TilePath};
use sabt_chain::tile::{encode_clear, encode_entries, encode_hashes};
use sabt_chain::{
    ActId, Chain, Digest, Envelope, Hash, Kind, LedgerName, Origin, Part, Position, Size,
    SubjectTag, Timestamp,
};
use tempfile::TempDir;

use super::{TileWriter, TilesError};

fn origin() -> Origin {
    Origin::new("tiles.example", LedgerName::Events).unwrap()
}

/// Records as a registry would give them: each seventh is governance, in the clear.
struct Records {
    records: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    tree: MemoryTree,
}

impl Records {
    fn new(count: u64, salt: u8) -> Self {
        let chain = Chain::new(&origin());
        let mut previous = chain.genesis();
        let mut records = Vec::new();
        let mut tree = MemoryTree::new();
        for position in 0..count {
            let clear = position % 7 == 0;
            let payload = [&position.to_be_bytes()[..], &[salt]].concat();
            let envelope = Envelope {
                kind: if clear { Kind::Governance } else { Kind::Event },
                position: Position::new(position),
                previous,
                recorded_at: Timestamp::from_micros(1),
                subject_tag: SubjectTag::from_bytes([1; 16]),
                act_id: ActId::from_bytes([2; 16]),
                part: Part::ONLY,
                sealed_len: u32::try_from(payload.len()).unwrap(),
                sealed_digest: Digest::of(&payload),
                authorship: None,
            };
            let encoded = envelope.encode().unwrap();
            previous = chain.link(encoded.as_bytes());
            tree.append(Hash::leaf(encoded.as_bytes()));
            records.push((encoded.as_bytes().to_vec(), clear.then_some(payload)));
        }
        Self { records, tree }
    }

    fn checkpoint(&self, size: u64) -> String {
        let size = Size::new(size);
        let key = SignerKey::from_seed((&origin()).into(), [3; 32]);
        let head = TreeHead::new(&origin(), size, self.tree.root(size).unwrap());
        head.sign(&[&key]).unwrap()
    }

    /// Writes up to `size` and ends with its checkpoint.
    fn export(&self, directory: &Path, size: u64) -> Result<(), TilesError> {
        let mut writer = TileWriter::open(directory, &origin())?;
        self.extend(&mut writer, size)?;
        writer.finish(&self.checkpoint(size))
    }

    fn extend(&self, writer: &mut TileWriter, size: u64) -> Result<(), TilesError> {
        let from = usize::try_from(writer.size().get()).unwrap();
        let until = usize::try_from(size).unwrap();
        writer.extend(self.records[from..until].iter().cloned())
    }

    /// Every file of a tile tree of this size.
    fn files(&self, size: u64) -> BTreeMap<PathBuf, Vec<u8>> {
        let size = Size::new(size);
        let mut files = BTreeMap::new();
        files.insert(
            PathBuf::from("checkpoint"),
            self.checkpoint(size.get()).into_bytes(),
        );
        for tile in TileCoordinate::all(size) {
            let level = u32::from(tile.level.get()) * 8;
            let first = tile.index * 256;
            let hashes = (first..first + u64::from(tile.width.get()))
                .map(|index| self.tree.subtree(level, index).unwrap());
            let hashes: Vec<Hash> = hashes.collect();
            files.insert(path(TilePath::Hashes(tile)), encode_hashes(&hashes));
        }
        for run in BundleCoordinate::all(size) {
            let first = usize::try_from(run.index * 256).unwrap();
            let records = &self.records[first..first + usize::from(run.width.get())];
            let entries = records.iter().map(|(envelope, _)| envelope.as_slice());
            files.insert(
                path(TilePath::Entries(run)),
                encode_entries(entries).unwrap(),
            );
            let clear = (0..=u8::MAX).zip(records);
            let clear = clear.filter_map(|(index, (_, payload))| {
                let bytes = payload.as_deref()?;
                Some(ClearPayload { index, bytes })
            });
            files.insert(path(TilePath::Clear(run)), encode_clear(clear).unwrap());
        }
        files
    }
}

fn path(tile: TilePath) -> PathBuf {
    PathBuf::from(tile.to_string())
}

/// Every file below a directory.
fn read(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                pending.push(entry);
            } else {
                let name = entry.strip_prefix(directory).unwrap().to_owned();
                files.insert(name, std::fs::read(&entry).unwrap());
            }
        }
    }
    files
}

#[track_caller]
fn assert_same(directory: &Path, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let found = read(directory);
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(expected));
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{} differs", name.display());
    }
}

#[test]
fn every_file_of_a_tree_is_written_and_no_other() {
    let records = Records::new(70_000, 0);
    for size in [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537, 70_000] {
        let directory = TempDir::new().unwrap();
        records.export(directory.path(), size).unwrap();
        assert_same(directory.path(), &records.files(size));
    }
}

#[test]
fn an_export_is_carried_on_and_leaves_what_one_of_that_size_leaves() {
    let records = Records::new(66_000, 0);
    let directory = TempDir::new().unwrap();
    for size in [0, 1, 200, 256, 256, 300, 5_000, 65_536, 65_900, 66_000] {
        let before = TileWriter::open(directory.path(), &origin()).unwrap();
        records.export(directory.path(), size).unwrap();
        assert!(before.size().get() <= size);
        assert_same(directory.path(), &records.files(size));
    }
}

#[test]
fn one_writer_takes_several_checkpoints() {
    let records = Records::new(1_000, 0);
    let directory = TempDir::new().unwrap();
    let mut writer = TileWriter::open(directory.path(), &origin()).unwrap();
    for size in [100, 100, 400, 1_000] {
        records.extend(&mut writer, size).unwrap();
        writer.finish(&records.checkpoint(size)).unwrap();
        assert_eq!(writer.covered().get(), size);
        assert_same(directory.path(), &records.files(size));
    }
}

#[test]
fn an_interrupted_export_goes_on_where_it_was_durable() {
    let records = Records::new(70_000, 0);
    let directory = TempDir::new().unwrap();
    records.export(directory.path(), 300).unwrap();
    let mut writer = TileWriter::open(directory.path(), &origin()).unwrap();
    assert_eq!(writer.size().get(), 300);
    records.extend(&mut writer, 69_000).unwrap();
    drop(writer);
    // The old checkpoint is still sound, with everything it needs.
    let kept = read(directory.path());
    for (name, bytes) in records.files(300) {
        assert!(kept[&name] == bytes, "{}", name.display());
    }
    let writer = TileWriter::open(directory.path(), &origin()).unwrap();
    assert_eq!((writer.size().get(), writer.covered().get()), (65_536, 300));
    drop(writer);
    records.export(directory.path(), 70_000).unwrap();
    assert_same(directory.path(), &records.files(70_000));
}

#[test]
fn another_history_is_not_mixed_with_what_is_there() {
    let (records, other) = (Records::new(600, 0), Records::new(600, 1));
    let directory = TempDir::new().unwrap();
    records.export(directory.path(), 300).unwrap();
    let outcome = other.export(directory.path(), 600);
    assert!(
        matches!(outcome, Err(TilesError::Checkpoint { .. })),
        "{outcome:?}"
    );
    let kept = std::fs::read_to_string(directory.path().join("checkpoint")).unwrap();
    assert_eq!(kept, records.checkpoint(300));
    // And the true one can still be carried on.
    records.export(directory.path(), 600).unwrap();
    assert_same(directory.path(), &records.files(600));
}

#[test]
fn a_checkpoint_of_other_records_is_refused() {
    let records = Records::new(600, 0);
    let directory = TempDir::new().unwrap();
    let mut writer = TileWriter::open(directory.path(), &origin()).unwrap();
    records.extend(&mut writer, 500).unwrap();
    for note in [
        records.checkpoint(499),
        records.checkpoint(501),
        Records::new(600, 1).checkpoint(500),
        records
            .checkpoint(500)
            .replace("tiles.example", "other.example"),
        String::new(),
        "tiles.example/events\n500\n".to_owned(),
    ] {
        let outcome = writer.finish(&note);
        assert!(
            matches!(outcome, Err(TilesError::Checkpoint { .. })),
            "{outcome:?}"
        );
    }
    assert!(!directory.path().join("checkpoint").exists());
    writer.finish(&records.checkpoint(500)).unwrap();
    assert_same(directory.path(), &records.files(500));
}

#[test]
fn only_the_next_record_with_its_own_payload_is_taken() {
    let records = Records::new(8, 0);
    let directory = TempDir::new().unwrap();
    let mut writer = TileWriter::open(directory.path(), &origin()).unwrap();
    let [(governance, clear), (event, _), ..] = records.records.as_slice() else {
        unreachable!("there are eight");
    };
    for (envelope, payload) in [
        (event.as_slice(), None),
        (governance, None),
        (governance, Some(&b"another"[..])),
        (&governance[1..], clear.as_deref()),
        (&[], None),
    ] {
        let outcome = writer.push(envelope, payload);
        assert!(
            matches!(outcome, Err(TilesError::Record { .. })),
            "{outcome:?}"
        );
    }
    writer.push(governance, clear.as_deref()).unwrap();
    assert!(writer.push(event, Some(b"sealed")).is_err());
    writer.push(event, None).unwrap();
    assert_eq!(writer.size().get(), 2);
}

#[test]
fn what_is_damaged_or_foreign_is_not_carried_on() {
    let records = Records::new(600, 0);
    let damage = |change: &dyn Fn(&Path)| {
        let directory = TempDir::new().unwrap();
        records.export(directory.path(), 300).unwrap();
        change(directory.path());
        TileWriter::open(directory.path(), &origin()).unwrap_err()
    };
    let flip = |name: &'static str| {
        move |directory: &Path| {
            let path = directory.join(name);
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[7] ^= 1;
            write(&path, &bytes);
        }
    };
    for name in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
        let err = damage(&flip(name));
        assert!(matches!(err, TilesError::Damaged { .. }), "{name}: {err}");
        let err = damage(&|directory| std::fs::remove_file(directory.join(name)).unwrap());
        assert!(matches!(err, TilesError::Damaged { .. }), "{name}: {err}");
    }
    let err = damage(&|directory| {
        let note = records
            .checkpoint(300)
            .replace("tiles.example", "other.example");
        write(&directory.join("checkpoint"), note.as_bytes());
    });
    assert!(matches!(err, TilesError::Foreign { .. }), "{err}");
    let err = damage(&|directory| write(&directory.join("checkpoint"), b"tiles.example/events\n"));
    assert!(matches!(err, TilesError::Damaged { .. }), "{err}");
}

fn write(path: &Path, bytes: &[u8]) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test damages a file on purpose"
    )]
    std::fs::write(path, bytes).unwrap();
}
