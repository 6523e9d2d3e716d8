//! Log keys that take the place of others. Auditors hold the first ones.

use sabt_chain::note::SignerKey;
use sabt_chain::{LedgerName, Position};
use sabt_proto::event::v1 as proto;

use super::altered::{all, check_event_fault};
use super::support::{Draft, Registry};
use crate::class::FaultClass;
use crate::report::Report;
use crate::{MemoryFiles, Source, verify};

const SECOND: i64 = 1_000_000;

#[test]
fn the_first_key_leads_to_the_next() {
    for ledger in LedgerName::ALL {
        let mut registry = Registry::complete();
        registry.rotate(ledger, SECOND);
        registry.event(&[64]);
        registry.anchor_disclosures();
        registry.anchor_events();
        let both = registry.verify();
        assert!(both.is_sound(), "both keys sign: {both}");
        assert_eq!(both.events.rotations + both.disclosures.rotations, 1);
        assert!(
            both.to_string().contains("  log key    replaced once\n"),
            "{both}"
        );

        registry.events.retired = ledger == LedgerName::Events;
        registry.disclosures.retired = ledger == LedgerName::Disclosures;
        registry.events.clock += 2 * SECOND;
        registry.disclosures.clock += 2 * SECOND;
        registry.event(&[64]);
        registry.disclose(&[64]);
        registry.anchor_disclosures();
        registry.anchor_events();
        let new_alone = registry.verify();
        assert!(new_alone.is_sound(), "the new key signs alone: {new_alone}");
        assert!(registry.verify_files(registry.tile_files()).is_sound());
    }
}

#[test]
fn a_key_that_nobody_rotated_to_is_not_trusted() {
    let mut registry = Registry::complete();
    registry.events.successor = Some(registry.successor_key(LedgerName::Events));
    registry.events.retired = true;
    let report = registry.verify();
    let expected = [(LedgerName::Events, None, FaultClass::CheckpointSignature)];
    assert_eq!(all(&report), expected, "{report}");
    // What is not signed is not said to be.
    assert_eq!(report.events.signed, None);
    assert!(
        report
            .to_string()
            .contains("  signed     NO VALID CHECKPOINT\n"),
        "{report}"
    );
}

#[test]
fn a_retired_key_signs_nothing_new() {
    let mut registry = Registry::complete();
    registry.rotate(LedgerName::Events, SECOND);
    registry.events.successor = None;
    // Before it retires, the old key alone is enough.
    assert!(registry.verify().is_sound());
    registry.events.clock += 2 * SECOND;
    registry.event(&[64]);
    let report = registry.verify();
    let expected = [(LedgerName::Events, None, FaultClass::LogKey)];
    assert_eq!(all(&report), expected, "{report}");

    let mut registry = Registry::complete();
    registry.rotate(LedgerName::Disclosures, SECOND);
    registry.disclosures.clock += 2 * SECOND;
    registry.disclose(&[64]);
    let successor = registry.disclosures.successor.take();
    let anchor = registry.anchor_disclosures();
    registry.disclosures.successor = successor;
    check_event_fault(&registry, anchor, FaultClass::LogKey);
}

/// A registry whose first key of the events log has retired, with an anchor that it alone signed, not yet in its ledger.
fn with_retired_anchor(recorded_after_micros: i64) -> (Registry, Draft) {
    let mut registry = Registry::complete();
    registry.rotate(LedgerName::Events, SECOND);
    registry.events.clock += recorded_after_micros;
    registry.event(&[64]);
    let successor = registry.events.successor.take();
    let anchor = registry.anchor_draft(registry.events.checkpoint());
    registry.events.successor = successor;
    (registry, anchor)
}

#[test]
fn an_anchor_of_the_events_by_a_retired_key_is_found_however_it_is_come_to() {
    let check = |registry: &Registry, report: &Report, anchor: Position| {
        let fault = (
            LedgerName::Disclosures,
            Some(anchor.get()),
            FaultClass::LogKey,
        );
        assert_eq!(all(report), [fault], "{report}");
        assert_eq!(report.events.records, registry.events.state.size().get());
    };
    // From the start: the records are compared from a waypoint before the anchored size, or at it.
    for later in [false, true] {
        let (mut registry, draft) = with_retired_anchor(2 * SECOND);
        if later {
            registry.event(&[64]);
        }
        let anchor = registry.disclosures.append(vec![draft]);
        check(&registry, &registry.verify(), anchor);
        let tiles = registry.verify_files(registry.tile_files());
        check(&registry, &tiles, anchor);
    }
    // Going on from what is remembered, which ends at the anchored size or after it.
    for later in [false, true] {
        let (mut registry, draft) = with_retired_anchor(2 * SECOND);
        if later {
            registry.event(&[64]);
        }
        let directory = tempfile::tempdir().unwrap();
        let audit = |registry: &Registry| {
            let files = MemoryFiles::new(registry.data_files());
            let mut options = registry.options(Source::Memory(files));
            options.state = Some(directory.path().join("state"));
            verify(&options).unwrap()
        };
        assert!(audit(&registry).is_sound());
        let anchor = registry.disclosures.append(vec![draft]);
        let report = audit(&registry);
        assert_eq!(report.events.remembered, registry.events.state.size());
        check(&registry, &report, anchor);
    }
    // What was recorded before the key retired may be signed by it alone.
    let (mut registry, draft) = with_retired_anchor(0);
    registry.disclosures.append(vec![draft]);
    assert!(registry.verify().is_sound());
}

#[test]
fn a_rotation_is_signed_by_both_keys_of_one_ledger() {
    let sound = Registry::complete().rotation(LedgerName::Events, SECOND);
    let stranger = SignerKey::from_seed(
        Registry::empty().disclosures.chain.origin().into(),
        [77; 32],
    );
    let disclosures = Registry::complete().rotation(LedgerName::Disclosures, SECOND);
    let cases = [
        proto::RotateLogKey {
            old_signature: vec![7; 64],
            ..sound.clone()
        },
        proto::RotateLogKey {
            new_signature: sound.old_signature.clone(),
            ..sound.clone()
        },
        proto::RotateLogKey {
            old_signature: Vec::new(),
            ..sound.clone()
        },
        proto::RotateLogKey {
            new_log_key: sound.old_log_key.clone(),
            ..sound.clone()
        },
        proto::RotateLogKey {
            new_log_key: stranger.verifier().to_string(),
            ..sound.clone()
        },
        proto::RotateLogKey {
            new_log_key: disclosures.new_log_key,
            ..sound.clone()
        },
        proto::RotateLogKey {
            retire_at: sound.retire_at + 1,
            ..sound.clone()
        },
    ];
    for body in cases {
        let mut registry = Registry::complete();
        let position = registry.govern(proto::act::Body::RotateLogKey(body));
        check_event_fault(&registry, position, FaultClass::LogKey);
    }
}

#[test]
fn a_key_retires_once_and_never_comes_back() {
    let mut registry = Registry::complete();
    registry.rotate(LedgerName::Events, SECOND);
    let again = registry.rotate(LedgerName::Events, SECOND);
    check_event_fault(&registry, again, FaultClass::LogKey);

    let mut registry = Registry::complete();
    let late = registry.rotate(LedgerName::Events, -SECOND);
    let report = registry.verify();
    let expected = (LedgerName::Events, Some(late.get()), FaultClass::LogKey);
    assert_eq!(all(&report)[0], expected, "{report}");
    assert!(Position::FIRST < late);
}
