use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::class::FaultClass;
use crate::fault::Finding;
use crate::report::Report;
use crate::tests::altered::all;
use crate::tests::support::Registry;
use crate::{MemoryFiles, Options, Source, VerifyError, verify};

/// An auditor with a state file.
struct Auditor {
    directory: TempDir,
}

impl Auditor {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn options(&self, registry: &Registry, files: Vec<(String, Arc<[u8]>)>) -> Options {
        Options {
            state: Some(self.state()),
            ..registry.options(Source::Memory(MemoryFiles::new(files)))
        }
    }

    fn audit(&self, registry: &Registry) -> Report {
        verify(&self.options(registry, registry.data_files())).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.state()).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "a test's files need not last")]
    fn tamper(&self, text: &str) {
        fs::write(self.state(), text).unwrap();
    }
}

/// What both audits must agree on.
fn summary(report: &Report) -> Vec<String> {
    let ledgers = report.ledgers().into_iter();
    let mut lines: Vec<String> = ledgers
        .map(|ledger| {
            format!(
                "{} {:?} {:?} {} {:?} {} {} {} {}",
                ledger.records,
                ledger.signed,
                ledger.root,
                ledger.link,
                ledger.kinds,
                ledger.acts,
                ledger.signatures,
                ledger.erased,
                ledger.checkpoint_holds,
            )
        })
        .collect();
    lines.push(format!("{} {}", report.agencies, report.keys));
    lines
}

/// A registry, and what it is later.
fn growing() -> Vec<Registry> {
    let first = Registry::complete();
    let mut second = first.clone();
    second.event(&[64, 64]);
    second.events.new_segment();
    second.disclose(&[64, 64, 64]);
    second.anchor_events();
    second.anchor_disclosures();
    let mut third = second.clone();
    third.govern(crate::tests::support::enrol_agency(
        "POLICE",
        sabt_proto::event::v1::Role::Police,
    ));
    let erased = third.event(&[128]);
    third.erase(&[erased]);
    third.anchor_events();
    vec![first, second, third]
}

#[test]
fn what_was_verified_before_is_not_read_again() {
    let auditor = Auditor::new();
    let mut before = [Size::EMPTY; 2];
    for registry in growing() {
        for files in [registry.data_files(), registry.data_files()] {
            let report = verify(&auditor.options(&registry, files)).unwrap();
            assert!(report.is_sound(), "{report}");
            assert_eq!(summary(&report), summary(&registry.verify()));
            assert_eq!(report.ledgers().map(|ledger| ledger.remembered), before);
            before = report.ledgers().map(|ledger| ledger.signed.unwrap());
        }
    }
}

#[test]
fn tiles_and_exports_are_gone_on_with_too() {
    for files_of in [Registry::export_files, Registry::tile_files] {
        let auditor = Auditor::new();
        for registry in growing() {
            let report = verify(&auditor.options(&registry, files_of(&registry))).unwrap();
            assert!(report.is_sound(), "{report}");
            let mut other = registry.options(Source::Memory(MemoryFiles::new(files_of(&registry))));
            other.state = None;
            assert_eq!(summary(&report), summary(&verify(&other).unwrap()));
        }
    }
}

#[test]
fn an_interrupted_audit_goes_on_where_it_stopped() {
    let registry = growing().pop().unwrap();
    let whole = summary(&registry.verify());
    let mut resumed = 0;
    for stop in 1..40 {
        let auditor = Auditor::new();
        let left = std::cell::Cell::new(stop);
        let mut options = auditor.options(&registry, registry.data_files());
        options.progress = Some(Box::new(move |_| {
            left.set(left.get() - 1);
            assert_ne!(left.get(), 0, "interrupted");
        }));
        let interrupted = catch_unwind(AssertUnwindSafe(|| verify(&options))).is_err();
        let report = auditor.audit(&registry);
        assert!(report.is_sound(), "stopped at {stop}: {report}");
        assert_eq!(summary(&report), whole, "stopped at {stop}");
        resumed += u64::from(interrupted && report.events.remembered != Size::EMPTY);
        if !interrupted {
            return assert!(1 < resumed, "{resumed}");
        }
    }
    panic!("never ends");
}

#[test]
fn another_history_is_a_fork() {
    let mut stages = growing().into_iter();
    let (first, second) = (stages.next().unwrap(), stages.next().unwrap());
    let auditor = Auditor::new();
    assert!(auditor.audit(&first).is_sound());
    // One disclosure is another; everything after it is linked and signed anew.
    let mut forked = Registry::founded();
    forked.event(&[120]);
    forked.event(&[64, 128, 64]);
    forked.disclose(&[72]);
    while forked.disclosures.state.size() <= second.disclosures.state.size() {
        forked.disclose(&[64]);
    }
    while forked.events.state.size() <= second.events.state.size() {
        forked.event(&[80]);
    }
    assert!(forked.verify().is_sound());
    let report = auditor.audit(&forked);
    let classes: Vec<FaultClass> = all(&report).iter().map(|fault| fault.2).collect();
    assert!(classes.contains(&FaultClass::Fork), "{report}");
    assert_eq!(report.exit_code(), FaultClass::Fork.exit_code(), "{report}");
    // What was remembered stays remembered.
    assert!(auditor.audit(&second).is_sound());
}

#[test]
fn an_older_copy_is_stale() {
    let mut stages = growing().into_iter();
    let (first, second) = (stages.next().unwrap(), stages.next().unwrap());
    let auditor = Auditor::new();
    assert!(auditor.audit(&second).is_sound());
    let report = auditor.audit(&first);
    let code = FaultClass::StaleCheckpoint.exit_code();
    assert_eq!(report.exit_code(), code, "{report}");
    assert!(auditor.audit(&second).is_sound());
}

#[test]
fn records_gone_under_a_checkpoint_that_is_remembered_are_missing() {
    let first = growing().swap_remove(0);
    let auditor = Auditor::new();
    assert!(auditor.audit(&first).is_sound());
    let last = first.events.segments().pop().unwrap().0;
    let (signed, left) = (first.events.state.size(), last.size_before());
    let path = first.events.segment_path(last);
    let mut files = first.data_files();
    files.retain(|(name, _)| *name != path);
    let report = verify(&auditor.options(&first, files)).unwrap();
    let code = FaultClass::RecordsMissing.exit_code();
    assert_eq!(report.exit_code(), code, "{report}");
    let finding = Finding::RecordsMissing {
        signed,
        found: left,
    };
    assert_eq!(report.faults[0].finding, finding, "{report}");
}

/// An auditor who verified a registry as it was when no trusted key was known yet to have signed its checkpoint.
fn without_checkpoint(registry: &Registry) -> Auditor {
    let auditor = Auditor::new();
    assert!(auditor.audit(registry).is_sound());
    let text = auditor.text();
    let lines = text.lines().map(|line| {
        if line.starts_with("checkpoint ") {
            "checkpoint -"
        } else {
            line
        }
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    auditor.tamper(&text);
    auditor
}

#[test]
fn an_older_copy_is_noticed_without_a_checkpoint_that_is_remembered() {
    for files_of in [
        Registry::data_files,
        Registry::export_files,
        Registry::tile_files,
    ] {
        let mut stages = growing().into_iter();
        let (first, second) = (stages.next().unwrap(), stages.next().unwrap());
        let auditor = without_checkpoint(&second);
        let before = auditor.text();
        let report = verify(&auditor.options(&first, files_of(&first))).unwrap();
        let expected = LedgerName::ALL.map(|ledger| (ledger, None, FaultClass::Fork));
        assert_eq!(all(&report), expected, "{report}");
        // What was remembered stays remembered.
        assert_eq!(auditor.text(), before);
        assert!(auditor.audit(&second).is_sound());
    }
}

#[test]
fn a_smaller_checkpoint_is_compared_without_one_that_is_remembered() {
    let registry = growing().swap_remove(1);
    for root in [
        registry.events.frames[4].before.root(),
        sabt_chain::Hash::from_bytes([7; 32]),
    ] {
        let size = registry.events.frames[4].before.size();
        let smaller = registry.events.checkpoint_at(size, root);
        let auditor = without_checkpoint(&registry);
        let before = auditor.text();
        let mut files = registry.data_files();
        for (path, bytes) in &mut files {
            if path == "events/checkpoint" {
                *bytes = Arc::from(smaller.clone().into_bytes());
            }
        }
        let report = verify(&auditor.options(&registry, files)).unwrap();
        let expected: &[_] = if root == registry.events.frames[4].before.root() {
            // All that was verified is still there.
            &[]
        } else {
            &[(LedgerName::Events, None, FaultClass::Root)]
        };
        assert_eq!(all(&report), expected, "{report}");
        assert_eq!(auditor.text(), before);
    }
}

#[test]
fn records_gone_after_the_last_that_is_remembered_are_counted() {
    let mut stages = growing().into_iter();
    let (first, second) = (stages.next().unwrap(), stages.next().unwrap());
    let auditor = Auditor::new();
    assert!(auditor.audit(&first).is_sound());
    let mut files = first.data_files();
    files.retain(|(path, _)| path != "events/checkpoint");
    let checkpoint = second.events.checkpoint().into_bytes();
    files.push(("events/checkpoint".to_owned(), Arc::from(checkpoint)));
    let report = verify(&auditor.options(&second, files)).unwrap();
    let finding = Finding::RecordsMissing {
        signed: second.events.state.size(),
        found: first.events.state.size(),
    };
    assert_eq!(report.faults[0].finding, finding, "{report}");
    assert_eq!(report.events.remembered, first.events.state.size());
}

#[test]
fn a_payload_erased_before_its_record_is_remembered_as_unexplained() {
    let mut registry = Registry::complete();
    let position = registry.event(&[64]);
    let checkpoint = registry.events.checkpoint();
    registry.erase(&[position]);
    // The erasure record stands after what the checkpoint signs.
    let mut files = registry.data_files();
    for (path, bytes) in &mut files {
        if path == "events/checkpoint" {
            *bytes = Arc::from(checkpoint.clone().into_bytes());
        }
    }
    let auditor = Auditor::new();
    let report = verify(&auditor.options(&registry, files)).unwrap();
    assert!(report.is_sound(), "{report}");
    assert!(
        auditor
            .text()
            .contains(&format!("unexplained {position}\n"))
    );
    let report = auditor.audit(&registry);
    assert!(report.is_sound(), "{report}");
    assert_eq!(summary(&report), summary(&registry.verify()));
}

#[test]
fn an_anchor_of_what_was_verified_before_is_compared_all_the_same() {
    for forged in [false, true] {
        let mut stages = growing().into_iter();
        let (first, mut second) = (stages.next().unwrap(), stages.next().unwrap());
        let auditor = Auditor::new();
        assert!(auditor.audit(&first).is_sound());
        // Read after the state was written, but naming a size before it.
        let size = first.events.state.size();
        let older = Size::new(size.get() - 1);
        let mut tree = sabt_chain::tree::Frontier::new();
        let records = first.events.frames.iter().flat_map(|frame| &frame.records);
        for (envelope, _) in records.take(usize::try_from(older.get()).unwrap()) {
            tree.append(sabt_chain::Hash::leaf(envelope));
        }
        let root = if forged {
            sabt_chain::Hash::from_bytes([7; 32])
        } else {
            tree.root()
        };
        second.disclosures = first.disclosures.clone();
        second.events = first.events.clone();
        let draft = second.anchor_draft(second.events.checkpoint_at(older, root));
        let position = second.disclosures.append(vec![draft]);
        let report = auditor.audit(&second);
        if forged {
            assert_eq!(
                all(&report),
                [(
                    LedgerName::Disclosures,
                    Some(position.get()),
                    FaultClass::Anchor
                )],
                "{report}"
            );
        } else {
            assert!(report.is_sound(), "{report}");
        }
    }
}

#[test]
fn a_state_file_is_read_as_it_was_written_or_not_at_all() {
    let registry = Registry::complete();
    let auditor = Auditor::new();
    assert!(auditor.audit(&registry).is_sound());
    let text = auditor.text();
    let file = StateFile::new(&auditor.state());
    let memory = file.read(&registry.trust()).unwrap();
    file.write(&memory, &registry.trust()).unwrap();
    assert_eq!(auditor.text(), text);
    let lines: Vec<&str> = text.lines().collect();
    for index in 0..lines.len() {
        let mut altered = lines.clone();
        altered.remove(index);
        auditor.tamper(&(altered.join("\n") + "\n"));
        let read = file.read(&registry.trust());
        // Fewer keys, records or anchors are a state too; that one is missing shows elsewhere.
        let optional = ["log-key", "record", "anchor "];
        if !optional.iter().any(|name| lines[index].starts_with(name)) {
            assert!(
                matches!(read, Err(StateError::Malformed { .. })),
                "{}",
                lines[index]
            );
        }
    }
    for altered in [
        text.clone() + "\n",
        text.replace("sabt-verify state v1", "sabt-verify state v2"),
        text.replace("acts ", "acts 0"),
        text.trim_end().to_owned(),
    ] {
        auditor.tamper(&altered);
        let read = verify(&auditor.options(&registry, registry.data_files()));
        assert!(
            matches!(read, Err(VerifyError::State(StateError::Malformed { .. }))),
            "{read:?}"
        );
    }
    // A governance record less: the founding, which everything rests on.
    let founding = lines.iter().position(|line| line.starts_with("record "));
    let mut altered = lines.clone();
    altered.remove(founding.unwrap());
    auditor.tamper(&(altered.join("\n") + "\n"));
    let read = verify(&auditor.options(&registry, registry.data_files()));
    assert!(
        matches!(
            read,
            Err(VerifyError::State(StateError::Contradiction { .. }))
        ),
        "{read:?}"
    );
}

#[test]
fn a_state_file_of_other_keys_is_refused() {
    let registry = Registry::complete();
    let auditor = Auditor::new();
    assert!(auditor.audit(&registry).is_sound());
    let mut other = registry.clone();
    other.disclosures.signer =
        sabt_chain::note::SignerKey::from_seed(other.disclosures.chain.origin().into(), [99; 32]);
    let read = StateFile::new(&auditor.state()).read(&other.trust());
    assert!(
        matches!(read, Err(StateError::OtherKeys { .. })),
        "{read:?}"
    );
    let missing = StateFile::new(Path::new("/nonexistent/state"));
    assert_eq!(missing.read(&registry.trust()).unwrap(), Memory::default());
    let error = missing.write(&Memory::default(), &registry.trust());
    assert!(matches!(error, Err(StateError::File { .. })), "{error:?}");
}
