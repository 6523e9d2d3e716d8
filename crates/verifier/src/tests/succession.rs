//! A registry that takes the place of one that lost records.

use sabt_chain::{Kind, LedgerName, Position, Timestamp};
use sabt_proto::event::v1 as proto;

use super::altered::all;
use super::support::{REGISTRY, Registry, enrol_agency};
use crate::class::FaultClass;
use crate::report::Report;
use crate::{MemoryFiles, Source, TrustedLogs, verify};

fn with_old_keys(old: &Registry, new: &Registry) -> Report {
    let mut options = new.options(Source::Memory(MemoryFiles::new(new.data_files())));
    let vkeys = [new, old].map(|registry| [registry.events.vkey(), registry.disclosures.vkey()]);
    options.trust = TrustedLogs::from_vkeys(vkeys.iter().flatten().map(String::as_str)).unwrap();
    verify(&options).unwrap()
}

#[test]
fn what_is_left_of_the_old_ledger_is_verified_under_its_own_name() {
    let old = Registry::complete();
    let mut new = old.succeeded(1);
    let report = new.verify();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.registry, "registry2.example.ir");
    assert_eq!(report.keys, 2, "the agencies' keys stay enrolled");
    let text = report.to_string();
    for line in [
        "  succeeds   registry.example.ir: 12 of its 14 known records carried over\n",
        "             LOST: old positions 12 to 13\n",
        "             its last checkpoint, of 14 records: not verified, no old log key was given\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let json = report.to_json();
    let succession = "\"successions\":[{\"registry\":\"registry.example.ir\",\"carried\":12,\"known\":14,\"signed\":14,\"checkpoint_verified\":false}";
    assert!(json.contains(succession), "{json}");

    // It goes on under its own name: acts, governance, erasures, anchors.
    new.event(&[64]);
    new.govern(enrol_agency("POLICE", proto::Role::Police));
    new.disclose(&[64]);
    new.anchor_disclosures();
    new.anchor_events();
    let erased = Position::new(5);
    new.erase(&[erased]);
    let report = with_old_keys(&old, &new);
    assert!(report.is_sound(), "{report}");
    assert!(
        report.to_string().contains("of 14 records: verified\n"),
        "{report}"
    );
    assert!(new.verify_files(new.tile_files()).is_sound());
}

#[test]
fn carried_authors_signed_for_the_old_registry_and_new_ones_for_the_new() {
    let old = Registry::complete();
    let mut new = old.succeeded(1);
    // An act signed for the old registry does not count any more.
    let mut stale = old.clone();
    let drafts = stale.event_drafts(&old.registrar, &[64]);
    let mut again = new.event_drafts(&old.registrar, &[64]);
    again[0].authorship = drafts[0].authorship;
    let position = new.events.append(again);
    let report = new.verify();
    let expected = [(
        LedgerName::Events,
        Some(position.get()),
        FaultClass::Signature,
    )];
    assert_eq!(all(&report), expected, "{report}");
}

/// A successor of a founded registry whose first record says this.
fn beginning(checkpoint: &str, succession: proto::Succession) -> Report {
    let old = Registry::founded();
    let mut new = old.succeeded(0);
    let carried = new.clone();
    new.events.frames.clear();
    new.events.state = sabt_chain::LedgerState::genesis(&new.events.chain);
    new.begin_succession(LedgerName::Events, checkpoint.to_owned(), succession);
    for frame in &carried.events.frames[1..] {
        new.events.carry(frame);
    }
    new.verify()
}

#[test]
fn a_succession_that_cannot_stand() {
    let old = Registry::founded();
    let note = old.events.checkpoint();
    let sound = proto::Succession {
        registry: REGISTRY.to_owned(),
        carried: 3,
        known: 3,
    };
    assert!(beginning(&note, sound.clone()).is_sound());
    let check = |note: &str, succession: proto::Succession| {
        let report = beginning(note, succession);
        let first = all(&report)[0];
        assert_eq!(
            first,
            (LedgerName::Events, Some(0), FaultClass::Succession),
            "{report}"
        );
    };
    let with = |registry: &str, carried, known| proto::Succession {
        registry: registry.to_owned(),
        carried,
        known,
    };
    check(&note, with(REGISTRY, 3, 2));
    check(&note, with(REGISTRY, 2, 2));
    check(&note, with(REGISTRY, 4, 4));
    check(&note, with("registry2.example.ir", 3, 3));
    check(&note, with("", 3, 3));
    check("nothing", sound.clone());
    check(&old.disclosures.checkpoint(), sound);
}

#[test]
fn both_ledgers_succeed_the_same_registry() {
    let old = Registry::complete();
    let mut new = old.succeeded(0);
    new.disclosures = Registry::empty().succeeded(0).disclosures;
    new.disclosures.frames.clear();
    new.disclosures.state = sabt_chain::LedgerState::genesis(&new.disclosures.chain);
    let report = new.verify();
    assert!(
        all(&report).contains(&(LedgerName::Disclosures, Some(0), FaultClass::Succession)),
        "{report}"
    );
}

#[test]
fn a_succession_stands_in_the_first_record_alone() {
    let old = Registry::complete();
    let mut new = old.succeeded(0);
    let succession = proto::Succession {
        registry: REGISTRY.to_owned(),
        carried: 0,
        known: 14,
    };
    let mut draft = new.anchor_draft(old.events.checkpoint());
    draft.payload = prost::Message::encode_to_vec(&proto::Anchor {
        checkpoint: old.events.checkpoint(),
        succession: Some(succession),
    });
    assert_eq!(draft.kind, Kind::Anchor);
    let position = new.events.append(vec![draft]);
    let report = new.verify();
    let expected = [(
        LedgerName::Events,
        Some(position.get()),
        FaultClass::Succession,
    )];
    assert_eq!(all(&report), expected, "{report}");
    assert!(Timestamp::from_micros(0) < report.events.last_recorded_at.unwrap());
}

#[test]
fn another_old_key_than_the_one_given_is_told() {
    let old = Registry::complete();
    let mut stranger = old.clone();
    for ledger in [&mut stranger.events, &mut stranger.disclosures] {
        ledger.signer =
            sabt_chain::note::SignerKey::from_seed(ledger.chain.origin().into(), [66; 32]);
    }
    let report = with_old_keys(&stranger, &old.succeeded(1));
    assert_eq!(report.faults[0].class(), FaultClass::Succession, "{report}");
}

#[test]
fn a_successor_may_be_succeeded() {
    let old = Registry::complete();
    let mut second = old.succeeded(1);
    second.event(&[64]);
    second.disclose(&[64]);
    second.anchor_disclosures();
    second.anchor_events();
    let erased = Position::new(5);
    second.erase(&[erased]);
    let mut third = second.succeeded(0);
    third.event(&[64]);
    let report = third.verify();
    assert!(report.is_sound(), "{report}");
    let registries: Vec<&str> = report
        .events
        .successions
        .iter()
        .map(|succession| succession.registry.as_str())
        .collect();
    assert_eq!(registries, ["registry2.example.ir", REGISTRY]);
}
