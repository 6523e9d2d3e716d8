use std::io::Write as _;

use super::*;

#[test]
fn zeros_that_were_never_written_are_passed_over_and_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sparse");
    let mut file = File::create(&path).unwrap();
    let (hole, length) = (8 * 1024 * 1024, 16 * 1024 * 1024);
    file.write_all(&[1; 4096]).unwrap();
    file.seek(SeekFrom::Start(hole)).unwrap();
    file.write_all(&[2; 4096]).unwrap();
    file.set_len(length).unwrap();
    let files = Files::on_disk(directory.path());
    let rest = |offset: u64, most: u64| {
        let (mut file, of) = files.open("sparse", offset).unwrap();
        assert_eq!(of, length);
        let passed = file.pass_zeros(most).unwrap();
        let mut rest = Vec::new();
        file.read_to_end(&mut rest).unwrap();
        assert_eq!(offset + passed + rest.len() as u64, length);
        (passed, rest)
    };
    assert_eq!(rest(0, u64::MAX).0, 0);
    // However much the file system knows, what follows is the same.
    let (passed, tail) = rest(4096, u64::MAX);
    assert!(passed <= hole - 4096);
    let written = usize::try_from(length - hole).unwrap();
    assert!(tail[..tail.len() - written].iter().all(|byte| *byte == 0));
    assert_eq!(tail[tail.len() - written], 2);
    assert!(rest(4096, 100).0 <= 100);
    let (_, tail) = rest(hole + 4096, u64::MAX);
    assert!(tail.iter().all(|byte| *byte == 0));
    // Past the end there is nothing.
    let (mut file, _) = files.open("sparse", length + 1).unwrap();
    assert_eq!(file.pass_zeros(u64::MAX).unwrap(), 0);
}
