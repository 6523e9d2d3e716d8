//! Which secret files are accepted.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use tempfile::TempDir;

use super::{ContentProblem, PrivateFileError, generate_secret, read_secret};

#[test]
fn reads_what_it_generated_and_never_overwrites_it() {
    let (_directory, path) = place();
    let secret = generate_secret(&path).unwrap();
    assert_eq!(read_secret(&path).unwrap().expose(), secret.expose());
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert!(matches!(
        generate_secret(&path),
        Err(PrivateFileError::Exists { .. })
    ));
    assert_eq!(read_secret(&path).unwrap().expose(), secret.expose());
}

#[test]
fn accepts_raw_bytes_and_hexadecimal() {
    let hexadecimal = "ab".repeat(32);
    for content in [
        vec![0xAB; 32],
        hexadecimal.clone().into_bytes(),
        format!("{hexadecimal}\n").into_bytes(),
        format!("{hexadecimal}\r\n").into_bytes(),
        hexadecimal.to_uppercase().into_bytes(),
    ] {
        let (_directory, path) = holding(&content, 0o600);
        assert_eq!(read_secret(&path).unwrap().expose(), &[0xAB; 32]);
    }
    let (_directory, path) = holding(&[0xAB; 32], 0o400);
    read_secret(&path).unwrap();
    // A raw key may end in what looks like a line ending.
    let mut raw = [0xAB; 32];
    raw[31] = b'\n';
    let (_directory, path) = holding(&raw, 0o600);
    assert_eq!(read_secret(&path).unwrap().expose(), &raw);
}

#[test]
fn refuses_a_file_others_may_read() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o700, 0o4600] {
        let (_directory, path) = holding(&[0xAB; 32], mode);
        let error = read_secret(&path).unwrap_err();
        assert!(
            matches!(error, PrivateFileError::Mode { mode: found, .. } if found == mode),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(&format!("{mode:04o}")),
            "{error}"
        );
    }
}

#[test]
fn refuses_what_is_not_a_key() {
    let check = |content: &[u8], expected| {
        let (_directory, path) = holding(content, 0o600);
        let error = read_secret(&path).unwrap_err();
        assert!(
            matches!(error, PrivateFileError::Content { problem, .. } if problem == expected),
            "{error:?}"
        );
    };
    check(b"", ContentProblem::Length);
    check(&[1; 31], ContentProblem::Length);
    check(&[1; 33], ContentProblem::Length);
    check(&[b'a'; 66], ContentProblem::Length);
    check(&[b'a'; 1000], ContentProblem::Length);
    check(&[b'g'; 64], ContentProblem::NotHexadecimal);
    check(&[b'a'; 32], ContentProblem::HalfHexadecimal);
    check(&[0; 32], ContentProblem::Zero);
    check(&[b'0'; 64], ContentProblem::Zero);
}

#[test]
fn names_a_missing_file_and_refuses_a_directory() {
    let (directory, path) = place();
    assert!(matches!(
        read_secret(&path),
        Err(PrivateFileError::Missing { .. })
    ));
    let error = read_secret(directory.path()).unwrap_err();
    assert!(
        matches!(error, PrivateFileError::NotRegular { .. }),
        "{error:?}"
    );
}

#[test]
fn errors_show_no_secret() {
    let (_directory, path) = holding(&[b'g'; 64], 0o600);
    let error = read_secret(&path).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("gggg"));
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret.key");
    (directory, path)
}

fn holding(content: &[u8], mode: u32) -> (TempDir, PathBuf) {
    let (directory, path) = place();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    file.write_all(content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (directory, path)
}
