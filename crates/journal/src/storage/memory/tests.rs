use super::*;

fn written(disk: &MemoryDisk) -> Arc<dyn StorageFile> {
    let file = disk.open_or_create("a").unwrap();
    file.write_all_at(&[1; 100], 0).unwrap();
    file.sync_data().unwrap();
    disk.sync().unwrap();
    file
}

#[test]
fn keeps_what_was_synced_and_no_more() {
    let disk = MemoryDisk::new();
    let file = written(&disk);
    file.write_all_at(&[2; 100], 50).unwrap();
    disk.rename("a", "b").unwrap();
    let lost = disk.crash(Crash::LoseUnsynced);
    assert_eq!(lost.contents("a").unwrap(), [1; 100]);
    let kept = disk.crash(Crash::KeepUnsynced).contents("b").unwrap();
    assert_eq!(kept, [[1; 50].as_slice(), &[2; 100]].concat());
}

#[test]
fn tears_between_granules_only() {
    let disk = MemoryDisk::new();
    let file = disk.open_or_create("a").unwrap();
    file.set_len(640).unwrap();
    file.sync_data().unwrap();
    disk.sync().unwrap();
    file.write_all_at(&[7; 600], 8).unwrap();
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let torn = disk.crash(Crash::Random(seed)).contents("a").unwrap();
        for granule in torn[64..576].chunks(64) {
            assert!(granule == [0; 64] || granule == [7; 64]);
        }
        outcomes.insert(torn);
    }
    assert!(40 < outcomes.len());
}

#[test]
fn a_failed_sync_loses_what_it_should_have_kept() {
    let disk = MemoryDisk::new();
    let file = written(&disk);
    file.write_all_at(&[2; 100], 0).unwrap();
    disk.fail_at(disk.steps(), Fault::Error);
    file.sync_data().unwrap_err();
    file.sync_data().unwrap();
    assert_eq!(disk.contents("a").unwrap(), [2; 100]);
    assert_eq!(
        disk.crash(Crash::KeepUnsynced).contents("a").unwrap(),
        [1; 100]
    );
    file.drop_cache().unwrap();
    assert_eq!(disk.contents("a").unwrap(), [1; 100]);
}

#[test]
fn fails_after_a_power_cut_and_when_full() {
    let disk = MemoryDisk::new();
    let file = written(&disk);
    disk.set_capacity(Some(120));
    let error = file.write_all_at(&[2; 30], 100).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    file.write_all_at(&[2; 30], 90).unwrap();
    disk.fail_at(disk.steps(), Fault::PowerCut);
    file.sync_data().unwrap_err();
    file.len().unwrap_err();
    disk.list().unwrap_err();
    assert_eq!(
        disk.crash(Crash::LoseUnsynced).contents("a").unwrap(),
        [1; 100]
    );
}
