use proptest::prelude::*;

use super::*;
use crate::checkpoint::{TreeHead, UnverifiedCheckpoint};
use crate::note::{self, CosignatureTime, CosignerKey, SignerKey};
use crate::testing::origin;
use crate::{Hash, Size};

fn cosigner(number: u8) -> CosignerKey {
    CosignerKey::from_seed(format!("Wit{number}").parse().unwrap(), [number; 32])
}

fn log() -> SignerKey {
    SignerKey::from_seed((&origin()).into(), [99; 32])
}

/// The cases of `transparency-dev/formats` `policy/tlog_policy_test.go` in our own keys: `{1}` to `{6}` are the keys of
/// witnesses, `{log}` that of a log, `{plain}` a log's key of the first witness.
fn filled(text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    for number in 1..=6 {
        let key = cosigner(number).witness().to_string();
        text = text.replace(&format!("{{{number}}}"), &key);
    }
    let plain = SignerKey::from_seed("Wit1".parse().unwrap(), [1; 32]);
    text = text.replace("{plain}", &plain.verifier().to_string());
    text.replace("{log}", &log().verifier().to_string())
        .into_bytes()
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&filled(text))
}

fn name(text: &str) -> PolicyName {
    PolicyName(text.as_bytes().into())
}

fn is_quorum(policy: &Policy, names: &[&str]) -> bool {
    let names: Vec<_> = names.iter().copied().map(name).collect();
    policy.is_quorum(&names)
}

const SPEC: &str = "log {log}\n\n\
    witness X1 {1}\nwitness X2 {2}\nwitness X3 {3}\ngroup X-witnesses 2 X1 X2 X3\n\n\
    witness Y1 {4}\nwitness Y2 {5}\nwitness Y3 {6}\ngroup Y-witnesses any Y1 Y2 Y3\n\n\
    group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

#[test]
fn the_example_of_the_specification() {
    let policy = parse(SPEC).unwrap();
    assert_eq!(policy.logs().count(), 1);
    assert_eq!(policy.log_keys().keys(), [log().verifier().clone()]);
    let names: Vec<_> = policy
        .witnesses()
        .map(|witness| witness.name().to_string())
        .collect();
    assert_eq!(names, ["X1", "X2", "X3", "Y1", "Y2", "Y3"]);
    assert!(policy.needs_cosignatures());
    for quorum in [
        &["X1", "X2", "Y1"][..],
        &["X3", "Y3", "X1"],
        &["X1", "X2", "X3", "Y1", "Y2", "Y3"],
    ] {
        assert!(is_quorum(&policy, quorum), "{quorum:?}");
    }
    for fewer in [
        &[][..],
        &["X1", "X2", "X3"],
        &["Y1", "Y2", "Y3", "X1"],
        &["X1", "X1", "Y1"],
        &["X-and-Y"],
    ] {
        assert!(!is_quorum(&policy, fewer), "{fewer:?}");
    }
}

#[test]
fn what_the_formats_tests_accept_is_accepted() {
    let none = parse("quorum none\n").unwrap();
    assert!(!none.needs_cosignatures());
    assert!(is_quorum(&none, &[]));
    let spaced = "\n# comment\n\t # another comment\n\twitness \t w1  {1}   https://w1.example.com/  \n\n  quorum\tw1";
    let spaced = parse(spaced).unwrap();
    let witness = spaced.witnesses().next().unwrap();
    assert_eq!(witness.url(), Some("https://w1.example.com/"));
    assert_eq!(witness.key(), cosigner(1).witness());
    let urls = parse("log {log} https://log.example.com/\nwitness w1 {1}\nquorum w1\n").unwrap();
    assert_eq!(
        urls.logs().next().unwrap().url(),
        Some("https://log.example.com/")
    );
    assert_eq!(urls.witnesses().next().unwrap().url(), None);
    let keywords = "witness all {1}\nwitness any {2}\ngroup group 2 all any\nquorum group\n";
    assert!(is_quorum(&parse(keywords).unwrap(), &["all", "any"]));
    // Names are bytes, not text.
    let mut opaque = filled("witness KKlvin-w# {1}\nquorum KKlvin-w#\n");
    opaque
        .iter_mut()
        .filter(|byte| **byte == b'#')
        .for_each(|byte| *byte = 0x80);
    let opaque = Policy::parse(&opaque).unwrap();
    let name = opaque.witnesses().next().unwrap().name();
    assert_eq!(name.as_bytes(), b"KKlvin-w\x80");
    assert!(opaque.is_quorum([name]));
}

#[test]
fn what_the_witness_policy_tests_accept_is_accepted() {
    // `witness/witness_policy_test.go`, which is older than the specification: its witnesses have keys of type 0x01,
    // and a comment may end a line. Neither holds any more.
    let tidy = "\nwitness w1 {1} https://sigsum.org/witness/\nwitness w2 {2} https://example.com/witness/\n\
        group g1 all w1 w2\nquorum g1\n";
    assert!(is_quorum(&parse(tidy).unwrap(), &["w1", "w2"]));
    let wide = "\n\n# comment\nwitness   w1      {1}     https://sigsum.org/witness/    \n\
        \x20 witness w2            {2}    https://example.com/witness/\n\n\n\t\t\t     #comment\n\
        group      g1    all     w1  w2\n\n\t\t quorum      g1\n";
    assert!(!is_quorum(&parse(wide).unwrap(), &["w1"]));
    for (threshold, quorum) in [("2", 2), ("all", 4), ("any", 1)] {
        let text = format!(
            "witness w1 {{1}}\nwitness w2 {{2}}\nwitness w3 {{3}}\nwitness w4 {{4}}\n\
            group g1 {threshold} w1 w2 w3 w4\nquorum g1\n"
        );
        let policy = parse(&text).unwrap();
        let names = ["w1", "w2", "w3", "w4"];
        for count in 0..=4 {
            assert_eq!(is_quorum(&policy, &names[..count]), count >= quorum);
        }
    }
    // A key that other software takes: type 0x04, made by others.
    let remora = "witness w4 remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2 https://example.com/remora\nquorum w4\n";
    assert!(is_quorum(&parse(remora).unwrap(), &["w4"]));
}

/// `TestUnmarshal_Errors` there: a policy on one line, `\n` for its line feeds, and what we say of it.
const REFUSED: &str = include_str!("../../testdata/policies-refused.txt");

#[test]
fn what_the_formats_tests_refuse_is_refused() {
    let escapes = [
        ("\\n", "\n"),
        ("\\r", "\r"),
        ("\\1", "\u{1}"),
        ("\\7f", "\u{7f}"),
    ];
    let mut cases = 0;
    for line in REFUSED.lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once(" => ").unwrap();
        let text = escapes
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let error = parse(&text).unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        assert_eq!(
            format!("{error}{}", source.unwrap_or_default()),
            expected,
            "{text}"
        );
        cases += 1;
    }
    assert_eq!(cases, 33);
}

#[test]
fn one_key_under_two_names_is_one_witness() {
    let impostor = CosignerKey::from_seed("impostor.example.com".parse().unwrap(), [1; 32]);
    let text = format!(
        "witness w1 {{1}}\nwitness w2 {}\nquorum w1\n",
        impostor.witness()
    );
    assert_eq!(parse(&text), Err(PolicyError::DuplicateKey { line: 2 }));
    let twin = SignerKey::from_seed("elsewhere.example".parse().unwrap(), [99; 32]);
    let text = format!("log {{log}}\nlog {}\nquorum none\n", twin.verifier());
    assert_eq!(parse(&text), Err(PolicyError::DuplicateKey { line: 2 }));
    // A log rotates its key: two keys of one name.
    let next = SignerKey::from_seed((&origin()).into(), [98; 32]);
    let text = format!("log {{log}}\nlog {}\nquorum none\n", next.verifier());
    assert_eq!(parse(&text).unwrap().log_keys().keys().len(), 2);
}

#[test]
fn policies_are_bounded() {
    let long = vec![b'#'; POLICY_BYTES_MAX + 1];
    assert_eq!(
        Policy::parse(&long),
        Err(PolicyError::Length { bytes: long.len() })
    );
    let witnesses = |count: usize| -> String {
        let key = |number: usize| {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&number.to_be_bytes());
            CosignerKey::from_seed(format!("w{number}").parse().unwrap(), seed)
        };
        let lines =
            (0..count).map(|number| format!("witness w{number} {}\n", key(number).witness()));
        lines.collect::<Vec<_>>().concat()
    };
    let most = witnesses(POLICY_WITNESSES_MAX);
    assert!(Policy::parse(format!("{most}quorum none").as_bytes()).is_ok());
    let more = witnesses(POLICY_WITNESSES_MAX + 1);
    assert_eq!(
        Policy::parse(format!("{more}quorum none").as_bytes()),
        Err(PolicyError::TooMany)
    );
    // Groups of groups, as deep as there may be.
    let groups = |count: usize| -> String {
        let chain = (1..count).map(|number| format!("group g{number} 1 g{}\n", number - 1));
        format!(
            "witness w {{1}}\ngroup g0 all w\n{}",
            chain.collect::<Vec<_>>().concat()
        )
    };
    let deep = format!(
        "{}quorum g{}\n",
        groups(POLICY_GROUPS_MAX),
        POLICY_GROUPS_MAX - 1
    );
    let deep = parse(&deep).unwrap();
    assert!(is_quorum(&deep, &["w"]));
    assert!(!is_quorum(&deep, &[]));
    assert_eq!(
        parse(&groups(POLICY_GROUPS_MAX + 1)),
        Err(PolicyError::TooMany)
    );
}

fn cosigned(by: &[u8]) -> Checkpoint {
    let head = TreeHead::new(&origin(), Size::new(42), Hash::leaf(b"a root"));
    let keys = TrustedKeys::only(log().verifier().clone());
    let verified = |note: &str| {
        UnverifiedCheckpoint::parse(note.as_bytes())
            .unwrap()
            .verify(&keys)
            .unwrap()
    };
    let published = head.sign(&[&log()]).unwrap();
    let plain = verified(&published);
    let time = |number: &u8| CosignatureTime::new(u64::from(*number)).unwrap();
    let lines: Vec<_> = by
        .iter()
        .map(|number| cosigner(*number).cosign(&plain, time(number)))
        .collect();
    verified(&note::add_signatures(&published, &lines).unwrap())
}

#[test]
fn a_checkpoint_is_weighed_by_its_cosigners() {
    // `TestSatisfied` of the formats tests.
    let policy = parse(
        "witness w1 {1}\nwitness w2 {2}\nwitness w3 {3}\n\
        group inner any w2 w3\ngroup outer all w1 inner\nquorum outer\n",
    )
    .unwrap();
    for (by, quorum) in [
        (&[1, 2, 3][..], true),
        (&[1, 3], true),
        (&[1], false),
        (&[2, 3], false),
        (&[], false),
        (&[4, 5, 6], false),
    ] {
        let evaluation = policy.evaluate(&cosigned(by)).unwrap();
        assert_eq!(evaluation.has_quorum(), quorum, "{by:?}");
    }
    let evaluation = policy.evaluate(&cosigned(&[5, 3, 1])).unwrap();
    let cosigners: Vec<_> = evaluation
        .cosigners()
        .iter()
        .map(|(name, cosigner)| {
            (
                name.to_string(),
                cosigner.name.as_str(),
                cosigner.time.as_seconds(),
            )
        })
        .collect();
    assert_eq!(
        cosigners,
        [("w1".to_owned(), "Wit1", 1), ("w3".to_owned(), "Wit3", 3)]
    );
    assert_eq!(evaluation.missing(), [name("w2")]);
    assert!(
        parse("quorum none")
            .unwrap()
            .evaluate(&cosigned(&[]))
            .unwrap()
            .has_quorum()
    );
}

#[test]
fn a_forged_cosignature_is_never_weighed() {
    let policy =
        parse("witness w1 {1}\nwitness w2 {2}\ngroup any any w1 w2\nquorum any\n").unwrap();
    let good = cosigned(&[1]);
    let other = {
        let head = TreeHead::new(&origin(), Size::new(43), Hash::leaf(b"another"));
        let keys = TrustedKeys::only(log().verifier().clone());
        let note = head.sign(&[&log()]).unwrap();
        UnverifiedCheckpoint::parse(note.as_bytes())
            .unwrap()
            .verify(&keys)
            .unwrap()
    };
    let forged = cosigner(2).cosign(&other, CosignatureTime::new(2).unwrap());
    let merged = note::add_signatures(&good.to_string(), &[forged]).unwrap();
    let keys = TrustedKeys::only(log().verifier().clone());
    let merged = UnverifiedCheckpoint::parse(merged.as_bytes())
        .unwrap()
        .verify(&keys)
        .unwrap();
    assert!(policy.evaluate(&good).unwrap().has_quorum());
    let refused = NoteError::Signature {
        name: "Wit2".parse().unwrap(),
    };
    assert_eq!(policy.evaluate(&merged), Err(refused));
}

#[test]
fn witnesses_that_were_not_asked_may_have_a_quorum() {
    // Two of three: whoever has heard two knows that the third alone has cosigned nothing that counts.
    let policy =
        parse("witness w1 {1}\nwitness w2 {2}\nwitness w3 {3}\ngroup g 2 w1 w2 w3\nquorum g\n")
            .unwrap();
    assert!(!is_quorum(&policy, &["w3"]));
    assert!(is_quorum(&policy, &["w2", "w3"]));
}

proptest! {
    #[test]
    fn arbitrary_policies_never_panic(
        text in "(log|witness|group|quorum|#| |a|b|c|none|any|all|[0-9]|\\{1\\}|\\{2\\}|\n|\t){0,60}",
    ) {
        let _unread = parse(&text).is_ok();
    }

    /// More cosigners never make a quorum undone.
    #[test]
    fn quorums_grow(names in prop::collection::btree_set(0_usize..6, 0..6), more in 0_usize..6) {
        let policy = parse(SPEC).unwrap();
        let all = ["X1", "X2", "X3", "Y1", "Y2", "Y3"];
        let of = |set: &BTreeSet<usize>| {
            is_quorum(&policy, &set.iter().map(|index| all[*index]).collect::<Vec<_>>())
        };
        let mut larger = names.clone();
        larger.insert(more);
        prop_assert!(!of(&names) || of(&larger));
        let (x, y) = (names.iter().filter(|index| **index < 3).count(), names.iter().any(|index| *index >= 3));
        prop_assert_eq!(of(&names), x >= 2 && y);
    }
}
