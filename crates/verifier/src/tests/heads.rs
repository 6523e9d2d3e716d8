//! Checkpoints seen before, and witnesses.

use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{CosignatureTime, CosignerKey, SignerKey, TrustedKeys, add_signatures};
use sabt_chain::policy::Policy;
use sabt_chain::{LedgerName, Size};

use super::altered::all;
use super::support::{Ledger, Registry};
use crate::class::FaultClass;
use crate::report::Report;
use crate::{MemoryFiles, Options, Source, verify};

fn options(registry: &Registry) -> Options {
    registry.options(Source::Memory(MemoryFiles::new(registry.data_files())))
}

/// Verifies for somebody who has seen these checkpoints.
fn remembering(registry: &Registry, seen: &[String]) -> Report {
    let mut options = options(registry);
    options.remembered = seen.iter().map(|note| note.clone().into_bytes()).collect();
    verify(&options).unwrap()
}

#[test]
fn a_ledger_continues_what_was_seen_of_it() {
    let mut registry = Registry::complete();
    let mut seen = vec![
        registry.events.checkpoint(),
        registry.disclosures.checkpoint(),
    ];
    seen.push(
        registry
            .events
            .checkpoint_at(Size::EMPTY, sabt_chain::Hash::EMPTY_ROOT),
    );
    registry.event(&[64]);
    registry.disclose(&[64]);
    seen.extend([
        registry.events.checkpoint(),
        registry.disclosures.checkpoint(),
    ]);
    let report = remembering(&registry, &seen);
    assert!(report.is_sound(), "{report}");
}

#[test]
fn an_older_checkpoint_is_stale_even_where_the_records_are_there() {
    let mut registry = Registry::complete();
    let older = registry.events.checkpoint();
    registry.event(&[64]);
    let seen = registry.events.checkpoint();
    let mut files = registry.data_files();
    for (path, bytes) in &mut files {
        if path == "events/checkpoint" {
            *bytes = older.clone().into_bytes().into();
        }
    }
    let mut options = registry.options(Source::Memory(MemoryFiles::new(files)));
    options.remembered = vec![seen.into_bytes()];
    let report = verify(&options).unwrap();
    let expected = [(LedgerName::Events, None, FaultClass::StaleCheckpoint)];
    assert_eq!(all(&report), expected, "{report}");
}

#[test]
fn a_checkpoint_that_nobody_trusted_signed_binds_nobody() {
    let registry = Registry::complete();
    let mut stranger = registry.clone();
    stranger.events.signer = SignerKey::from_seed(registry.events.chain.origin().into(), [5; 32]);
    let report = remembering(&registry, &[stranger.events.checkpoint()]);
    let expected = [(LedgerName::Events, None, FaultClass::CheckpointSignature)];
    assert_eq!(all(&report), expected, "{report}");
    assert!(
        report.to_string().contains("remembered checkpoint"),
        "{report}"
    );
}

#[test]
fn another_history_of_the_same_size_is_a_fork() {
    let mut registry = Registry::complete();
    let mut other = registry.clone();
    registry.event(&[64]);
    other.event(&[128]);
    let report = remembering(&registry, &[other.events.checkpoint()]);
    let expected = [(LedgerName::Events, None, FaultClass::Fork)];
    assert_eq!(all(&report), expected, "{report}");
}

fn witness(name: &str, seed: u8) -> CosignerKey {
    CosignerKey::from_seed(name.parse().unwrap(), [seed; 32])
}

/// The checkpoint of a ledger with cosignatures, each a minute after the one before.
fn cosigned(ledger: &Ledger, witnesses: &[&CosignerKey]) -> String {
    let keys = TrustedKeys::only(ledger.signer.verifier().clone());
    let note = ledger.checkpoint();
    let parsed = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
    let checkpoint = parsed.verify(&keys).unwrap();
    let lines: Vec<_> = (0..)
        .zip(witnesses)
        .map(|(index, witness)| {
            let time = CosignatureTime::new(1_770_000_100 + 60 * index).unwrap();
            witness.cosign(&checkpoint, time)
        })
        .collect();
    add_signatures(&note, &lines).unwrap()
}

/// Verifies with two of three witnesses wanted, of whom these have cosigned.
pub(super) fn witnessed(registry: &Registry, of: &[usize]) -> Report {
    let known = [
        witness("court.example", 61),
        witness("university.example", 62),
        witness("audit.example", 63),
    ];
    let names = ["court", "university", "audit"];
    let lines = names.iter().zip(&known).map(|(name, key)| {
        let key = key.witness();
        format!("witness {name} {key}\n")
    });
    let policy = lines.collect::<String>() + "group two 2 court university audit\nquorum two\n";
    let cosigners: Vec<&CosignerKey> = of.iter().map(|index| &known[*index]).collect();
    let mut files = registry.data_files();
    for (path, bytes) in &mut files {
        for ledger in [&registry.events, &registry.disclosures] {
            if *path == format!("{}/checkpoint", ledger.name) {
                *bytes = cosigned(ledger, &cosigners).into_bytes().into();
            }
        }
    }
    let mut options = registry.options(Source::Memory(MemoryFiles::new(files)));
    options.policy = Some(Policy::parse(policy.as_bytes()).unwrap());
    verify(&options).unwrap()
}

#[test]
fn the_report_names_who_cosigned_and_when() {
    let registry = Registry::complete();
    let report = witnessed(&registry, &[0, 2]);
    assert!(report.is_sound(), "{report}");
    let text = report.to_string();
    for line in [
        "  witnesses  2 of 3 cosigned, quorum met\n",
        "             court at 2026-02-02 02:41:40 UTC\n",
        "             audit at 2026-02-02 02:42:40 UTC\n",
        "             not by university\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let json = report.to_json();
    let member = "\"cosignatures\":{\"quorum\":true,\"witnesses\":[{\"name\":\"court\",\"cosigned_at_seconds\":1770000100}";
    assert!(json.contains(member), "{json}");
}

#[test]
fn one_of_two_is_no_quorum() {
    let report = witnessed(&Registry::complete(), &[1]);
    let expected = [
        (LedgerName::Events, None, FaultClass::Quorum),
        (LedgerName::Disclosures, None, FaultClass::Quorum),
    ];
    assert_eq!(all(&report), expected, "{report}");
    assert!(
        report
            .to_string()
            .contains("no cosignature of court, audit"),
        "{report}"
    );
    // Without a policy nobody asks.
    assert!(Registry::complete().verify().is_sound());
}
