mod cosignature;
mod lines;

use proptest::prelude::*;

use super::*;

const SPEC_NOTE: &str = include_str!("../../testdata/note-example.txt");
const SPEC_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const GO_NOTE: &str = include_str!("../../testdata/note-go.txt");
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

fn trust(keys: &[&str]) -> TrustedKeys {
    TrustedKeys::new(keys.iter().map(|key| key.parse().unwrap())).unwrap()
}

fn open(note: &str, keys: &[&str]) -> Result<Note, NoteError> {
    UnverifiedNote::parse(note.as_bytes())?.verify(&trust(keys))
}

fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

/// The text and the two signature lines of the Go note.
fn go_parts() -> (String, String, String) {
    let (text, signatures) = GO_NOTE.split_once("\n\n").unwrap();
    let (peter, enoch) = signatures.split_once('\n').unwrap();
    (format!("{text}\n"), format!("{peter}\n"), enoch.to_owned())
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key: VerifierKey = SPEC_KEY.parse().unwrap();
    assert_eq!(key.to_string(), SPEC_KEY);
    assert_eq!(key.id().to_string(), "530d903a");
    let note = open(SPEC_NOTE, &[SPEC_KEY]).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.signers(), [(name("example.com/foo"), key.id())]);
}

#[test]
fn signing_gives_the_bytes_of_the_go_implementation() {
    let signer: SignerKey = PETER_SECRET.parse().unwrap();
    assert_eq!(signer.to_text().as_str(), PETER_SECRET);
    assert_eq!(signer.verifier().to_string(), PETER);
    let (text, peter, _) = go_parts();
    assert_eq!(sign(&text, &[&signer]), Ok(format!("{text}\n{peter}")));
}

#[test]
fn secrets_are_not_shown() {
    let signer: SignerKey = PETER_SECRET.parse().unwrap();
    assert_eq!(format!("{signer:?}"), format!("SignerKey({PETER})"));
}

#[test]
fn signatures_of_trusted_keys_count_and_others_do_not() {
    let signers = |keys: &[&str]| {
        open(GO_NOTE, keys).map(|note| {
            note.signers()
                .iter()
                .map(|(name, _)| name.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    assert_eq!(signers(&[PETER]).as_deref(), Ok("PeterNeumann"));
    assert_eq!(
        signers(&[ENOCH, PETER]).as_deref(),
        Ok("PeterNeumann EnochRoot")
    );
    assert_eq!(signers(&[SPEC_KEY]), Err(NoteError::Untrusted));
    assert_eq!(signers(&[]), Err(NoteError::Untrusted));
    // A second line of the same key is not looked at.
    let (text, peter, enoch) = go_parts();
    let repeated = open(&format!("{text}\n{peter}{peter}{enoch}{enoch}"), &[PETER]).unwrap();
    assert_eq!(repeated.signers().len(), 1);
}

#[test]
fn a_forged_signature_of_a_trusted_key_rejects_the_note() {
    let forged = GO_NOTE.replace("problem is.", "problem was.");
    assert_eq!(
        open(&forged, &[ENOCH]),
        Err(NoteError::Signature {
            name: name("EnochRoot")
        })
    );
    assert_eq!(open(&forged, &[SPEC_KEY]), Err(NoteError::Untrusted));
    // One good signature does not make up for it.
    let (text, peter, enoch) = go_parts();
    let bad_enoch = enoch.replace("5n2tiO", "5n2tiP");
    assert_eq!(
        open(&format!("{text}\n{peter}{bad_enoch}"), &[PETER, ENOCH]),
        Err(NoteError::Signature {
            name: name("EnochRoot")
        })
    );
    // A signature of another length is a failing one.
    let long = peter.replace("FYC2pZSN", "FYC2pZSNABCD");
    let failed = open(&format!("{text}\n{long}"), &[PETER]);
    assert_eq!(
        failed,
        Err(NoteError::Signature {
            name: name("PeterNeumann")
        })
    );
}

#[test]
fn malformed_notes_are_refused() {
    let (text, peter, _) = go_parts();
    let refused = |note: String| open(&note, &[PETER]).unwrap_err();
    assert_eq!(refused(String::new()), NoteError::Layout);
    assert_eq!(refused(text.clone()), NoteError::Layout);
    assert_eq!(refused(format!("{text}\n")), NoteError::Layout);
    assert_eq!(
        refused(format!("{text}\n{}", peter.trim_end())),
        NoteError::Layout
    );
    assert_eq!(refused(format!("\u{1}{text}\n{peter}")), NoteError::Text);
    assert_eq!(
        refused(format!("{text}\n{peter}").replace("think", "think\r")),
        NoteError::Text
    );
    let unexpected = format!("{text}\n{peter}Unexpected line.\n");
    assert_eq!(refused(unexpected), NoteError::SignatureLine { line: 2 });
    let bad_name = format!("{text}\n{}", peter.replace("PeterNeumann", "Bad Name"));
    assert_eq!(refused(bad_name), NoteError::SignatureLine { line: 1 });
    let no_dash = format!("{text}\n{}", peter.replace('\u{2014}', "-"));
    assert_eq!(refused(no_dash), NoteError::SignatureLine { line: 1 });
    let key_id_alone = format!("{text}\n\u{2014} PeterNeumann x08gow==\n");
    assert_eq!(refused(key_id_alone), NoteError::SignatureLine { line: 1 });
    let crowd = format!("{text}\n{}", peter.repeat(NOTE_SIGNATURES_MAX));
    assert!(open(&crowd, &[PETER]).is_ok());
    assert_eq!(refused(format!("{crowd}{peter}")), NoteError::Signatures);
    let bytes = [b"\xff", text.as_bytes(), b"\n", peter.as_bytes()].concat();
    assert_eq!(UnverifiedNote::parse(&bytes), Err(NoteError::Text));
    let long = "x".repeat(NOTE_BYTES_MAX + 1);
    assert_eq!(
        refused(long),
        NoteError::Length {
            bytes: NOTE_BYTES_MAX + 1
        }
    );
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let signer: SignerKey = PETER_SECRET.parse().unwrap();
    let text = "one\n\ntwo\n\n\nthree\n";
    let note = open(&sign(text, &[&signer]).unwrap(), &[PETER]).unwrap();
    assert_eq!(note.text(), text);
}

#[test]
fn what_would_not_parse_is_not_signed() {
    let signer: SignerKey = PETER_SECRET.parse().unwrap();
    assert_eq!(sign("no end of line", &[&signer]), Err(NoteError::Layout));
    assert_eq!(sign("tab\t\n", &[&signer]), Err(NoteError::Text));
    assert_eq!(sign("text\n", &[]), Err(NoteError::Signatures));
    let twice = sign("text\n", &[&signer, &signer]);
    assert_eq!(
        twice,
        Err(NoteError::DuplicateSigner {
            name: name("PeterNeumann")
        })
    );
}

#[test]
fn malformed_keys_are_refused() {
    let parse = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(parse(""), NoteKeyError::Layout);
    assert_eq!(parse("PeterNeumann"), NoteKeyError::Layout);
    assert_eq!(
        parse(&PETER.replace("PeterNeumann", "")),
        NoteKeyError::Name(KeyNameError)
    );
    assert_eq!(
        parse(&PETER.replace("erN", "er N")),
        NoteKeyError::Name(KeyNameError)
    );
    assert_eq!(
        parse(&PETER.replace("c74f20a3", "c74f20A3")),
        NoteKeyError::Layout
    );
    assert_eq!(parse(&PETER.replace("TW", "T")), NoteKeyError::Layout);
    let stated = "c74f20a4".parse().unwrap();
    let computed = "c74f20a3".parse().unwrap();
    assert_eq!(
        parse(&PETER.replace("20a3", "20a4")),
        NoteKeyError::Id { stated, computed }
    );
    assert!(matches!(
        parse(&PETER.replace("Peter", "peter")),
        NoteKeyError::Id { .. }
    ));
    // From the tests of the Go implementation: a key too long, and one of an unknown type.
    let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert_eq!(parse(long), NoteKeyError::Layout);
    let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(
        parse(unknown),
        NoteKeyError::Type {
            code: 0x65,
            expected: 0x01
        }
    );
    assert_eq!(
        VerifierKey::new(name("weak"), &[0; 32]),
        Err(NoteKeyError::Key)
    );
    let public = PETER_SECRET.trim_start_matches("PRIVATE+KEY+");
    assert_eq!(
        public.parse::<SignerKey>().unwrap_err(),
        NoteKeyError::Layout
    );
    let renamed = PETER_SECRET.replace("Neumann", "Newmann");
    assert!(matches!(
        renamed.parse::<SignerKey>(),
        Err(NoteKeyError::Id { .. })
    ));
}

#[test]
fn a_key_trusted_twice_counts_once() {
    assert_eq!(trust(&[PETER, PETER, ENOCH]).keys().len(), 2);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _unread = UnverifiedNote::parse(&bytes).is_ok();
    }

    #[test]
    fn arbitrary_texts_never_panic(text in "\\PC{0,20}(\n\n)?(\u{2014} \\PC{0,40}\n?){0,3}") {
        let _unread = UnverifiedNote::parse(text.as_bytes()).is_ok();
        let _unread = text.parse::<VerifierKey>().is_ok();
        let _unread = text.parse::<SignerKey>().is_ok();
    }

    #[test]
    fn what_is_signed_verifies(lines in prop::collection::vec("[^\\x00-\\x1f]{0,30}", 1..5), seed: [u8; 32]) {
        let signer = SignerKey::from_seed(name("log.example/events"), seed);
        let text = format!("{}\n", lines.join("\n"));
        let note = sign(&text, &[&signer]).unwrap();
        let opened = open(&note, &[&signer.verifier().to_string()]).unwrap();
        prop_assert_eq!(opened.text(), text);
    }
}
