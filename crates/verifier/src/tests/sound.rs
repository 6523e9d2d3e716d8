use std::num::NonZeroUsize;

use sabt_chain::Size;

use super::support::{REGISTRY, Registry};
use crate::report::KindCounts;
use crate::{MemoryFiles, Source, verify};

#[test]
fn a_whole_registry_is_sound() {
    let mut registry = Registry::complete();
    let report = registry.verify();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.exit_code(), 0);
    assert_eq!(report.registry, REGISTRY);
    assert_eq!(
        report.governance_key,
        Some(*registry.governance.public().as_bytes())
    );
    assert_eq!((report.agencies, report.keys), (1, 2));
    let events = &report.events;
    assert_eq!(
        events.kinds,
        KindCounts {
            events: 7,
            governance: 5,
            erasures: 1,
            anchors: 1
        }
    );
    assert_eq!((events.records, events.acts, events.erased), (14, 11, 1));
    assert_eq!(
        (events.signatures, events.segments, events.unsigned()),
        (10, 2, 0)
    );
    assert!(events.checkpoint_holds && report.disclosures.checkpoint_holds);
    assert_eq!(events.root, Some(registry.events.state.root()));
    assert_eq!(events.link, registry.events.state.link);

    // Records after the checkpoint are read and said to be unsigned.
    let checkpoint = registry.events.checkpoint();
    registry.event(&[64]);
    let mut files = registry.data_files();
    for (path, bytes) in &mut files {
        if path == "events/checkpoint" {
            *bytes = checkpoint.clone().into_bytes().into();
        }
    }
    let report = registry.verify_files(files);
    assert!(report.is_sound(), "{report}");
    assert_eq!(
        (report.events.signed, report.events.unsigned()),
        (Some(Size::new(14)), 1)
    );
}

#[test]
fn threads_make_no_difference() {
    let mut registry = Registry::complete();
    for _ in 0..300 {
        registry.event(&[64, 4096]);
    }
    let position = registry.event(&[64]);
    let forged = registry.event_drafts(&registry.registrar.clone(), &[64]);
    registry.events.append_edited(forged, |envelope| {
        if let Some(authorship) = &mut envelope.authorship {
            authorship.commitment = sabt_chain::Commitment::from_bytes([1; 32]);
        }
    });
    registry.anchor_events();
    let one = registry.verify();
    assert_eq!(one.faults.len(), 1, "{one}");
    assert_eq!(one.faults[0].position, position.next());
    let mut options = registry.options(Source::Memory(MemoryFiles::new(registry.data_files())));
    for threads in [2, 3, 8] {
        options.threads = NonZeroUsize::new(threads).unwrap();
        let many = verify(&options).unwrap();
        assert_eq!(many.faults, one.faults);
        assert_eq!(many.events.root, one.events.root);
        assert_eq!(many.events.signatures, one.events.signatures);
        assert_eq!(many.disclosures.root, one.disclosures.root);
    }
}

#[test]
fn an_export_is_sound_and_gives_the_same_roots() {
    let registry = Registry::complete();
    let from_data = registry.verify();
    let report = registry.verify_files(registry.export_files());
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.events.root, from_data.events.root);
    assert_eq!(report.events.segments, 0);
    assert_eq!(report.events.frames, from_data.events.frames);
}

#[test]
fn a_new_registry_is_sound_before_its_first_disclosure() {
    let report = Registry::founded().verify();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.disclosures.records, 0);
}
