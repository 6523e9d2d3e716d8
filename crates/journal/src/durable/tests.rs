use super::*;

#[test]
fn replaces_a_file_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint");
    write_atomically(&path, b"first").unwrap();
    write_atomically(&path, b"2nd").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"2nd");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // A leftover of a crash does no harm, however long it is.
    let leftover = directory.path().join(".checkpoint.tmp");
    fs::write(&leftover, [b'x'; 100]).unwrap();
    write_atomically(&path, b"third").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"third");
    assert!(!leftover.exists());
    write_atomically(Path::new("/"), b"").unwrap_err();
}

#[test]
fn creates_and_removes() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("events");
    create_directory(&directory).unwrap();
    create_directory(&directory).unwrap();
    let path = directory.join("a");
    create_file(&path, b"a").unwrap();
    let again = create_file(&path, b"b").unwrap_err();
    assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    create_directory(&path).unwrap_err();
    remove_file(&path).unwrap();
    assert_eq!(
        remove_file(&path).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}

#[test]
fn creates_what_is_missing_above() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b/c");
    create_directories(&directory).unwrap();
    create_directories(&directory).unwrap();
    assert!(directory.is_dir());
    create_file(&parent.path().join("file"), b"a").unwrap();
    let refused = create_directories(&parent.path().join("file/d")).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
}

#[test]
fn a_directory_is_held_by_one() {
    let parent = tempfile::tempdir().unwrap();
    let held = Directory::open(parent.path()).unwrap();
    let refused = Directory::open(parent.path()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    drop(held);
    Directory::open(parent.path()).unwrap();
}

#[test]
fn a_directory_behaves_as_storage() {
    let parent = tempfile::tempdir().unwrap();
    let directory = Directory::open(parent.path()).unwrap();
    let file = directory.open_or_create("a").unwrap();
    file.allocate(10_000).unwrap();
    assert_eq!(file.len().unwrap(), 0);
    file.write_all_at(b"abc", 5).unwrap();
    file.sync_data().unwrap();
    file.drop_cache().unwrap();
    let mut bytes = [9; 4];
    file.read_exact_at(&mut bytes, 4).unwrap();
    assert_eq!(&bytes, b"\0abc");
    file.read_exact_at(&mut bytes, 5).unwrap_err();
    file.set_len(6).unwrap();
    assert_eq!(file.len().unwrap(), 6);
    directory.rename("a", "b").unwrap();
    assert_eq!(directory.list().unwrap(), ["b"]);
    directory.sync().unwrap();
    assert!(directory.open("a").is_err());
    directory.remove("b").unwrap();
    directory.remove("b").unwrap_err();
}
