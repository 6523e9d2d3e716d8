//! On a real file system.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::support::Registry;
use crate::class::FaultClass;
use crate::{Source, SourceError, VerifyError, verify};

#[expect(clippy::disallowed_methods, reason = "a test's files need not last")]
fn write(root: &Path, files: &[(String, Arc<[u8]>)]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn data_and_export_directories_are_read() {
    let registry = Registry::complete();
    for files in [registry.data_files(), registry.export_files()] {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &files);
        let options = registry.options(Source::Directory(directory.path().to_owned()));
        let report = verify(&options).unwrap();
        // The erased payload is not in the last frame, so nothing is read twice.
        assert!(report.is_sound(), "{report}");
    }
}

#[test]
fn a_frame_that_stays_torn_is_a_fault() {
    let registry = Registry::complete();
    let directory = tempfile::tempdir().unwrap();
    let mut files = registry.data_files();
    let path = registry
        .events
        .segment_path(registry.events.segments()[1].0);
    let (_, bytes) = files.iter_mut().find(|(name, _)| *name == path).unwrap();
    let mut torn = bytes.to_vec();
    let written = torn.iter().rposition(|byte| *byte != 0).unwrap();
    torn[written - 300..].fill(0);
    *bytes = torn.into();
    write(directory.path(), &files);
    let options = registry.options(Source::Directory(directory.path().to_owned()));
    let report = verify(&options).unwrap();
    assert_eq!(report.faults[0].class(), FaultClass::TornTail, "{report}");
}

#[test]
fn a_directory_without_ledgers_is_an_error_not_a_fault() {
    let registry = Registry::complete();
    let directory = tempfile::tempdir().unwrap();
    let options = registry.options(Source::Directory(directory.path().to_owned()));
    assert!(matches!(
        verify(&options),
        Err(VerifyError::Source(SourceError::File { .. }))
    ));
    fs::create_dir_all(directory.path().join("events")).unwrap();
    assert!(matches!(
        verify(&options),
        Err(VerifyError::Source(SourceError::NoLedger { .. }))
    ));
}
