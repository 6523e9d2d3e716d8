//! What people and programs see, in `snapshots/verify`.

use std::time::Duration;

use sabt_chain::{LedgerName, Position};

use super::heads::witnessed;
use super::support::Registry;
use crate::report::Report;
use crate::{MemoryFiles, Source, verify};

fn golden(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/verify"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// The report, as if it had taken a second and a half.
fn timed(mut report: Report) -> Report {
    report.elapsed = Duration::from_millis(1500);
    report
}

#[test]
fn a_witnessed_registry_after_a_rotation() {
    let mut registry = Registry::complete();
    registry.rotate(LedgerName::Events, 1_000_000);
    let report = timed(witnessed(&registry, &[0, 2]));
    golden("report", &report.to_string());
    golden("report-json", &report.to_json());
}

#[test]
fn tiles_of_a_successor() {
    let registry = Registry::complete().succeeded(1);
    let report = timed(registry.verify_files(registry.tile_files()));
    golden("report-successor-tiles", &report.to_string());
}

#[test]
fn what_came_since_the_last_time() {
    let directory = tempfile::tempdir().unwrap();
    let mut registry = Registry::complete();
    let audit = |registry: &Registry| {
        let files = MemoryFiles::new(registry.data_files());
        let mut options = registry.options(Source::Memory(files));
        options.state = Some(directory.path().join("state"));
        timed(verify(&options).unwrap())
    };
    assert!(audit(&registry).is_sound());
    registry.event(&[64]);
    golden("report-since", &audit(&registry).to_string());
}

#[test]
fn faults() {
    let mut registry = Registry::complete();
    registry.events.destroy(Position::new(4));
    let report = timed(witnessed(&registry, &[1]));
    golden("report-faults", &report.to_string());
}
