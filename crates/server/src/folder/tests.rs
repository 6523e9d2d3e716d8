use std::path::Path;

use prost::Message as _;
use sabt_chain::{ActId, Origin, Part};
use sabt_journal::{FileJournal, Options};
use sabt_proto::event::v1::{Anchor, Erasure};
use sabt_vault::Vault;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::secrets::KeyRing;
use sabt_views::store::MemoryStore;
use zeroize::Zeroizing;

use super::*;
use crate::clock::Clock;
use crate::ledger::{Appender, Draft, Sealing};
use crate::registry::owner;

const REGISTRY: &str = "folder.example";

/// An empty ledger of disclosures, who writes it, and who folds it.
fn ledger(directory: &Path) -> (Appender, Folder) {
    let ring = KeyRing::create(&directory.join("keys")).unwrap();
    let vault = Vault::create(&directory.join("vault"), REGISTRY, ring).unwrap();
    let vault = Arc::new(vault);
    let origin = Origin::new(REGISTRY, LedgerName::Disclosures).unwrap();
    let options = Options {
        segment_bytes: 64 * 1024,
        reserve_bytes: 0,
        ..Options::default()
    };
    let journal = FileJournal::create(&directory.join("disclosures"), &origin, &options).unwrap();
    let ledger = Ledger::of(&Arc::new(journal));
    let store = Box::<MemoryStore>::default();
    let (views, _access) = Views::open(store, Arc::clone(&vault), REGISTRY).unwrap();
    let folder = Folder::new(
        LedgerName::Disclosures,
        &ledger,
        &Arc::new(views),
        &Arc::default(),
    );
    let clock = Clock::fixed(1_790_000_000_000_000);
    let appender = Appender::open(ledger, vault, clock, &owner()).unwrap();
    (appender, folder)
}

fn append(appender: &mut Appender, kind: Kind, payload: Vec<u8>) {
    let draft = Draft {
        kind,
        subject: SubjectOrdinal::REGISTRY,
        act_id: ActId::from_bytes([1; 16]),
        part: Part::ONLY,
        sealing: Sealing::Clear,
        payload: Zeroizing::new(payload),
        authorship: None,
    };
    appender.append(&[draft], appender.now()).unwrap();
}

fn anchor() -> Vec<u8> {
    // Long enough for a few of them to fill a segment.
    let checkpoint = "x".repeat(20_000);
    Anchor {
        checkpoint,
        succession: None,
    }
    .encode_to_vec()
}

#[test]
fn folding_goes_on_where_it_ended() {
    let directory = tempfile::tempdir().unwrap();
    let (mut appender, mut folder) = ledger(directory.path());
    for folded in 1..=10 {
        append(&mut appender, Kind::Anchor, anchor());
        folder.fold().unwrap();
        assert_eq!(folder.views.marks().disclosures.size.get(), folded);
        let reader = folder.reader.as_ref().unwrap();
        assert_eq!(reader.position().get(), folded);
    }
    // A reader that stands elsewhere is not gone on with.
    folder.reader = Some(folder.journal.read(Position::FIRST).unwrap());
    append(&mut appender, Kind::Anchor, anchor());
    folder.fold().unwrap();
    assert_eq!(folder.views.marks().disclosures.size.get(), 11);
}

#[test]
fn what_was_read_is_let_go_of_when_something_is_erased() {
    let directory = tempfile::tempdir().unwrap();
    let (mut appender, mut folder) = ledger(directory.path());
    append(&mut appender, Kind::Anchor, anchor());
    folder.fold().unwrap();
    assert!(folder.reader.is_some());
    append(
        &mut appender,
        Kind::Erasure,
        Erasure {
            legal_basis: "law:art. 1".to_owned(),
            ..Erasure::default()
        }
        .encode_to_vec(),
    );
    folder.fold().unwrap();
    assert!(folder.reader.is_none());
    append(&mut appender, Kind::Anchor, anchor());
    folder.fold().unwrap();
    assert_eq!(folder.views.marks().disclosures.size.get(), 3);
}
