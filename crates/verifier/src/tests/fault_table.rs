//! The table of faults: each is named by its class and exit code, and is not when the check that names it is taken away.
//! So no row passes by accident, and none goes on passing when its check is lost.

use std::sync::Arc;

use sabt_chain::checkpoint::{Checkpoint, UnverifiedCheckpoint};
use sabt_chain::note::{CosignatureTime, CosignerKey, TrustedKeys, add_signatures};
use sabt_chain::policy::Policy;
use sabt_chain::proof::MemoryTree;
use sabt_chain::witness::{AddCheckpoint, Decision, decide};
use sabt_chain::{Commitment, Hash, Position, Size};
use sabt_proto::event::v1 as proto;

use super::support::{Ledger, REGISTRY, Registry, revoke_key};
use crate::class::FaultClass;
use crate::extract::tests as extract;
use crate::mutant::{Check, without};
use crate::proof::{ProofRequest, verify_proof};
use crate::{MemoryFiles, Source, verify};

/// One way to go wrong.
struct Row {
    fault: &'static str,
    /// The class that must be named first.
    class: FaultClass,
    /// The check that names it.
    check: Check,
    /// Makes the fault and runs the program; gives back its exit code.
    run: fn() -> u8,
}

type Files = Vec<(String, Arc<[u8]>)>;

const ROWS: &[Row] = &[
    Row {
        fault: "a flipped bit",
        class: FaultClass::Envelope,
        check: Check::Damage,
        run: || {
            let registry = Registry::complete();
            let mut files = registry.data_files();
            change(&mut files, "events/00000000000000000000.seg", |bytes| {
                // In the first envelope of the first frame, its act id.
                bytes[4096 + 72 + 2 + 70] ^= 8;
            });
            registry.verify_files(files).exit_code()
        },
    },
    Row {
        fault: "a ledger cut short",
        class: FaultClass::RecordsMissing,
        check: Check::RecordsMissing,
        run: || {
            let registry = Registry::complete();
            let last = registry.events.frames.last().unwrap().bytes.len();
            let mut files = registry.export_files();
            change(&mut files, "events/records.bin", |bytes| {
                bytes.truncate(bytes.len() - last);
            });
            registry.verify_files(files).exit_code()
        },
    },
    Row {
        fault: "two entries swapped",
        class: FaultClass::Position,
        check: Check::Position,
        run: || {
            let mut registry = Registry::complete();
            registry.disclose(&[64, 64]);
            let mut files = registry.tile_files();
            let length = registry.disclosures.frames[0].records[0].0.len() + 2;
            change(&mut files, "disclosures/tile/entries/000.p/7", |bytes| {
                let end = bytes.len();
                let (front, last) = bytes.split_at_mut(end - length);
                let before = front.len() - length;
                front[before..].swap_with_slice(last);
            });
            registry.verify_files(files).exit_code()
        },
    },
    Row {
        fault: "a missing tile",
        class: FaultClass::Tile,
        check: Check::TileMissing,
        run: || tile_changed("events/tile/0/000.p/14", None),
    },
    Row {
        fault: "a tile cut short",
        class: FaultClass::Tile,
        check: Check::TileForm,
        run: || tile_changed("events/tile/0/000.p/14", Some(|bytes| bytes.truncate(40))),
    },
    Row {
        fault: "a hash tile that lies",
        class: FaultClass::TileHash,
        check: Check::TileHash,
        run: || tile_changed("events/tile/0/000.p/14", Some(|bytes| bytes[33] ^= 1)),
    },
    Row {
        fault: "a stale checkpoint",
        class: FaultClass::StaleCheckpoint,
        check: Check::Stale,
        run: || {
            let mut registry = Registry::complete();
            let older = registry.data_files();
            registry.event(&[64]);
            let seen = registry.events.checkpoint();
            remembering(&registry, older, &[seen])
        },
    },
    Row {
        fault: "a history rewritten with all hashes right, under the checkpoint of the true one",
        class: FaultClass::Root,
        check: Check::Root,
        run: || {
            let registry = Registry::complete();
            let mut files = rewritten(&registry).data_files();
            change(&mut files, "events/checkpoint", |bytes| {
                *bytes = registry.events.checkpoint().into_bytes();
            });
            registry.verify_files(files).exit_code()
        },
    },
    Row {
        fault: "a history rewritten and signed anew",
        class: FaultClass::Fork,
        check: Check::Fork,
        run: || {
            let registry = Registry::complete();
            let seen = registry.events.checkpoint();
            remembering(&registry, rewritten(&registry).data_files(), &[seen])
        },
    },
    Row {
        fault: "forged authorship",
        class: FaultClass::Signature,
        check: Check::Signature,
        run: || {
            let mut registry = Registry::complete();
            let drafts = registry.event_drafts(&registry.registrar.clone(), &[64]);
            registry.events.append_edited(drafts, |envelope| {
                if let Some(authorship) = &mut envelope.authorship {
                    authorship.commitment = Commitment::from_bytes([0xcc; 32]);
                }
            });
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a revoked key used later",
        class: FaultClass::KeyNotInForce,
        check: Check::KeyInForce,
        run: || {
            let mut registry = Registry::founded();
            registry.govern(revoke_key(&registry.registrar.clone()));
            registry.event(&[64]);
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a payload erased without a record",
        class: FaultClass::Erasure,
        check: Check::Erasure,
        run: || {
            let mut registry = Registry::complete();
            registry.events.destroy(Position::new(4));
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "an erasure that nobody ordered",
        class: FaultClass::ErasureOrder,
        check: Check::ErasureOrder,
        run: || {
            let mut registry = Registry::complete();
            let draft = registry.bare_erasure_draft(&[Position::new(4)]);
            registry.events.destroy(Position::new(4));
            registry.events.append(vec![draft]);
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a forked disclosures ledger, its other branch remembered",
        class: FaultClass::Fork,
        check: Check::Fork,
        run: || {
            let (mut shown, mut seen) = (Registry::complete(), Registry::complete());
            seen.disclose(&[64]);
            shown.disclose(&[128]);
            shown.disclose(&[64]);
            let seen = seen.disclosures.checkpoint();
            let files = shown.data_files();
            remembering(&shown, files, &[seen])
        },
    },
    Row {
        fault: "a forked disclosures ledger, its other branch anchored",
        class: FaultClass::Anchor,
        check: Check::Anchor,
        run: || {
            let mut registry = Registry::complete();
            let mut other = registry.clone();
            other.disclose(&[64]);
            let anchor = registry.anchor_draft(other.disclosures.checkpoint());
            registry.events.append(vec![anchor]);
            registry.disclose(&[128]);
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a restored old copy that keeps signing, seen by an auditor",
        class: FaultClass::Fork,
        check: Check::Fork,
        run: || {
            let (restored, lost) = restored();
            let files = restored.data_files();
            remembering(&restored, files, &[lost.events.checkpoint()])
        },
    },
    Row {
        fault: "a forged cosignature",
        class: FaultClass::Cosignature,
        check: Check::Cosignature,
        run: || {
            let registry = Registry::complete();
            let elsewhere = verified(&registry.disclosures);
            let line = court().cosign(&elsewhere, CosignatureTime::new(1_770_000_100).unwrap());
            witnessed(&registry, |ledger| {
                add_signatures(&ledger.checkpoint(), std::slice::from_ref(&line)).unwrap()
            })
        },
    },
    Row {
        fault: "a checkpoint without its quorum",
        class: FaultClass::Quorum,
        check: Check::Quorum,
        run: || witnessed(&Registry::complete(), Ledger::checkpoint),
    },
    Row {
        fault: "a rotation that the old log key did not sign",
        class: FaultClass::LogKey,
        check: Check::Rotation,
        run: || {
            let mut registry = Registry::complete();
            let mut body = registry.rotation(sabt_chain::LedgerName::Events, 1_000_000);
            body.old_signature[5] ^= 1;
            registry.govern(proto::act::Body::RotateLogKey(body));
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a retired log key that goes on signing",
        class: FaultClass::LogKey,
        check: Check::RetiredLogKey,
        run: || {
            let mut registry = Registry::complete();
            registry.rotate(sabt_chain::LedgerName::Events, 1_000_000);
            registry.events.successor = None;
            registry.events.clock += 2_000_000;
            registry.event(&[64]);
            registry.verify().exit_code()
        },
    },
    Row {
        fault: "a succession that carries more than there was",
        class: FaultClass::Succession,
        check: Check::Succession,
        run: || {
            let old = Registry::founded();
            let mut new = old.succeeded(0);
            let carried = std::mem::take(&mut new.events.frames);
            new.events.state = sabt_chain::LedgerState::genesis(&new.events.chain);
            let succession = proto::Succession {
                registry: REGISTRY.to_owned(),
                carried: 3,
                known: 2,
            };
            new.begin_succession(
                sabt_chain::LedgerName::Events,
                old.events.checkpoint(),
                succession,
            );
            carried[1..]
                .iter()
                .for_each(|frame| new.events.carry(frame));
            new.verify().exit_code()
        },
    },
    Row {
        fault: "a proof of another record than the receipt is of",
        class: FaultClass::Proof,
        check: Check::ProofLink,
        run: || {
            let registry = Registry::complete();
            let other = &registry.events.frames[1].records[0].0;
            let request = ProofRequest {
                proof: crate::proof::tests::file(&registry.events, 0, registry.events.checkpoint()),
                keys: TrustedKeys::only(registry.events.signer.verifier().clone()),
                policy: None,
                link: Some(registry.events.chain.link(other)),
                anchor: None,
            };
            verify_proof(&request).exit_code()
        },
    },
    Row {
        fault: "an extract whose print-out was changed",
        class: FaultClass::PrintOut,
        check: Check::PrintOut,
        run: extract::doctored,
    },
    Row {
        fault: "an extract with the proof of another record",
        class: FaultClass::ExtractRecord,
        check: Check::ExtractLeaf,
        run: extract::proof_of_another,
    },
    Row {
        fault: "an extract from which a proof was removed",
        class: FaultClass::ExtractRecord,
        check: Check::ExtractComplete,
        run: extract::proof_removed,
    },
    Row {
        fault: "an extract with another act than was signed",
        class: FaultClass::ExtractRecord,
        check: Check::ExtractAct,
        run: extract::other_act,
    },
    Row {
        fault: "an extract that tells something else than was signed",
        class: FaultClass::ExtractRecord,
        check: Check::ExtractStated,
        run: extract::other_words,
    },
];

/// Whether a document is the one that was signed is checked by `sabt-extract`, whose tests show that.
const ELSEWHERE: [FaultClass; 2] = [FaultClass::Extract, FaultClass::ExtractSignature];

#[test]
fn each_fault_is_named_by_its_exit_code() {
    for row in ROWS {
        assert_eq!((row.run)(), row.class.exit_code(), "{}", row.fault);
    }
}

#[test]
fn no_fault_is_named_without_its_check() {
    for row in ROWS {
        let code = without(row.check, row.run);
        assert_ne!(
            code,
            row.class.exit_code(),
            "{} without {:?}",
            row.fault,
            row.check
        );
    }
}

#[test]
fn every_class_of_tiles_heads_and_proofs_has_a_row() {
    let from_tiles_on = FaultClass::ALL
        .iter()
        .filter(|class| FaultClass::Tile.exit_code() <= class.exit_code())
        .filter(|class| !ELSEWHERE.contains(class));
    for class in from_tiles_on {
        assert!(ROWS.iter().any(|row| row.class == *class), "{class}");
    }
}

/// The last row: a restored old copy that keeps signing is refused by the witness that has seen what was lost, with the
/// statuses of C2SP tlog-witness, and a witness without memory would cosign it.
#[test]
fn a_witness_refuses_a_restored_old_copy_that_keeps_signing() {
    let (restored, lost) = restored();
    let seen = lost.events.state.size();
    let keys = TrustedKeys::only(lost.events.signer.verifier().clone());
    let remembered = verified(&lost.events);
    let ask = |stored: Option<&Checkpoint>, old_size: Size| {
        let tree = tree(&restored.events);
        let size = restored.events.state.size();
        let proof = tree.consistency(old_size, size).map(|proof| proof.hashes);
        let request = AddCheckpoint {
            old_size,
            proof: proof.unwrap_or_default(),
            checkpoint: UnverifiedCheckpoint::parse(restored.events.checkpoint().as_bytes())
                .unwrap(),
        };
        match decide(stored.map(Checkpoint::tree_head), request, Some(&keys)) {
            Decision::Accept(_) => 200,
            Decision::Conflict { size } => {
                assert_eq!(size, seen);
                409
            }
            Decision::Refuse(refusal) => refusal.status(),
        }
    };
    // From what the copy remembers, from what the witness has seen, and with a proof from its own other history.
    let older = Size::new(14);
    assert_eq!(ask(Some(&remembered), older), 409);
    assert_eq!(ask(Some(&remembered), seen), 422);
    // The mutant: a witness that does not remember.
    assert_eq!(ask(None, Size::EMPTY), 200);
}

/// A copy of a registry restored from a backup that goes on, and the registry as it was when it was lost. The copy has
/// as many records again.
fn restored() -> (Registry, Registry) {
    let backup = Registry::complete();
    let (mut restored, mut lost) = (backup.clone(), backup);
    lost.event(&[64]);
    lost.event(&[64]);
    restored.event(&[128]);
    restored.event(&[128]);
    restored.event(&[128]);
    (restored, lost)
}

/// A registry with the same keys and another history, as long.
fn rewritten(registry: &Registry) -> Registry {
    let mut rewritten = registry.clone();
    rewritten.events = Registry::founded().events;
    while rewritten.events.state.size() < registry.events.state.size() {
        rewritten.event(&[64]);
    }
    rewritten
}

/// Changes one of several files.
fn change(files: &mut Files, path: &str, edit: impl FnOnce(&mut Vec<u8>)) {
    let file = files.iter_mut().find(|(name, _)| name == path);
    let (_, bytes) = file.unwrap_or_else(|| panic!("{path} is not there"));
    let mut changed = bytes.to_vec();
    edit(&mut changed);
    *bytes = changed.into();
}

/// The exit code when a tile is changed or, without an edit, missing.
fn tile_changed(path: &str, edit: Option<fn(&mut Vec<u8>)>) -> u8 {
    let registry = Registry::complete();
    let mut files = registry.tile_files();
    match edit {
        Some(edit) => change(&mut files, path, edit),
        None => files.retain(|(name, _)| name != path),
    }
    registry.verify_files(files).exit_code()
}

/// The exit code for somebody who has seen checkpoints before.
fn remembering(registry: &Registry, files: Files, seen: &[String]) -> u8 {
    let mut options = registry.options(Source::Memory(MemoryFiles::new(files)));
    options.remembered = seen.iter().map(|note| note.clone().into_bytes()).collect();
    verify(&options).unwrap().exit_code()
}

fn court() -> CosignerKey {
    CosignerKey::from_seed("court.example".parse().unwrap(), [61; 32])
}

/// The exit code for somebody whose policy wants the court, for checkpoints made in a certain way.
fn witnessed(registry: &Registry, checkpoint: impl Fn(&Ledger) -> String) -> u8 {
    let mut files = registry.data_files();
    for ledger in [&registry.events, &registry.disclosures] {
        change(
            &mut files,
            &format!("{}/checkpoint", ledger.name),
            |bytes| {
                *bytes = checkpoint(ledger).into_bytes();
            },
        );
    }
    let mut options = registry.options(Source::Memory(MemoryFiles::new(files)));
    let policy = format!("witness court {}\nquorum court\n", court().witness());
    options.policy = Some(Policy::parse(policy.as_bytes()).unwrap());
    verify(&options).unwrap().exit_code()
}

fn verified(ledger: &Ledger) -> Checkpoint {
    let keys = TrustedKeys::only(ledger.signer.verifier().clone());
    let checkpoint = UnverifiedCheckpoint::parse(ledger.checkpoint().as_bytes()).unwrap();
    checkpoint.verify(&keys).unwrap()
}

fn tree(ledger: &Ledger) -> MemoryTree {
    let records = ledger.frames.iter().flat_map(|frame| &frame.records);
    records.map(|(envelope, _)| Hash::leaf(envelope)).collect()
}
