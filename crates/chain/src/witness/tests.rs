use proptest::prelude::*;

use super::*;
use crate::note::{self, CosignatureTime, CosignerKey, SignatureLine, SignerKey};
use crate::proof::MemoryTree;
use crate::testing::origin;

/// What the witness tests of `transparency-dev/witness` use.
const MONKEYS: &str = "monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT";
const MONKEYS_SECRET: &str =
    "PRIVATE+KEY+monkeys+db4d9f7e+ATWIAF3yVBG+Hv1rZFQoNt/BaURkLPtOFMAM2HrEeIr6";
const BANANAS_SECRET: &str =
    "PRIVATE+KEY+bananas+cf639f13+AdjzytHoXdvn+1vG2UXXqFR3LZ+kvnmQZFretRaKfTIu";
const MONKEYS_5: &str = include_str!("../../testdata/checkpoint-monkeys-5.txt");
const MONKEYS_8: &str = include_str!("../../testdata/checkpoint-monkeys-8.txt");
const MONKEYS_PROOF: &str = include_str!("../../testdata/monkeys.txt");

fn keys() -> TrustedKeys {
    TrustedKeys::only(MONKEYS.parse().unwrap())
}

fn proof() -> Vec<Hash> {
    MONKEYS_PROOF
        .lines()
        .map(|hash| hash.parse().unwrap())
        .collect()
}

fn known(note: &str) -> TreeHead {
    let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
    checkpoint.verify(&keys()).unwrap().tree_head().clone()
}

fn head(origin: &str, size: u64, root: Hash) -> TreeHead {
    TreeHead {
        origin: origin.parse().unwrap(),
        size: Size::new(size),
        root,
    }
}

fn signed(secret: &str, head: &TreeHead) -> String {
    head.sign(&[&secret.parse::<SignerKey>().unwrap()]).unwrap()
}

fn ask(latest: Option<&TreeHead>, old_size: u64, proof: Vec<Hash>, note: &str) -> Decision {
    let request = AddCheckpoint {
        old_size: Size::new(old_size),
        proof,
        checkpoint: UnverifiedCheckpoint::parse(note.as_bytes()).unwrap(),
    };
    let keys = keys();
    let is_known = request.checkpoint.claimed_origin().as_str() == "monkeys";
    decide(latest, request, is_known.then_some(&keys))
}

fn status(decision: &Decision) -> u16 {
    match decision {
        Decision::Accept(_) => 200,
        Decision::Conflict { .. } => 409,
        Decision::Refuse(refusal) => refusal.status(),
    }
}

#[test]
fn cases_of_the_witness_tests_are_decided_as_there() {
    let five = known(MONKEYS_5);
    let empty = head("monkeys", 0, Hash::EMPTY_ROOT);
    let other_five = signed(MONKEYS_SECRET, &head("monkeys", 5, Hash::leaf(b"another")));
    let again_empty = signed(MONKEYS_SECRET, &empty);
    let case =
        |latest: &TreeHead, old, proof, note: &str| status(&ask(Some(latest), old, proof, note));
    assert_eq!(
        case(&five, 5, proof(), MONKEYS_8),
        200,
        "vanilla consistency happy path"
    );
    assert_eq!(
        case(&empty, 0, vec![], &again_empty),
        200,
        "valid zero size hash"
    );
    assert_eq!(
        case(&five, 2, proof(), MONKEYS_8),
        409,
        "oldSize doesn't match current state"
    );
    assert_eq!(
        case(&empty, 0, proof(), MONKEYS_5),
        422,
        "from tree size 0 with proof"
    );
    assert_eq!(
        case(&empty, 0, vec![], MONKEYS_5),
        200,
        "from tree size 0 without proof"
    );
    assert_eq!(
        case(&five, 5, vec![], MONKEYS_5),
        200,
        "vanilla resubmit known CP"
    );
    assert_eq!(
        case(&five, 5, vec![], &other_five),
        422,
        "resubmit known CP with changed root"
    );
    let four = head("monkeys", 4, five.root);
    assert_eq!(case(&four, 4, vec![], MONKEYS_5), 422, "missing proof");
    let eight = known(MONKEYS_8);
    assert_eq!(
        case(&eight, 8, proof(), MONKEYS_5),
        400,
        "submit smaller checkpoint"
    );
    let garbage = vec![Hash::from_bytes([0xaa; 32]); 4];
    assert_eq!(
        case(&five, 5, garbage, MONKEYS_8),
        422,
        "vanilla consistency garbage proof"
    );
}

#[test]
fn signatures_of_the_witness_tests_are_judged_as_there() {
    assert_eq!(status(&ask(None, 0, vec![], MONKEYS_5)), 200);
    let forged = MONKEYS_5
        .replace("EX9AY=", "EX9AZ=")
        .replace("x9AY=", "x9AM=");
    assert_ne!(forged, MONKEYS_5);
    assert_eq!(
        status(&ask(None, 0, vec![], &forged)),
        403,
        "a signature that fails"
    );
    let bananas: SignerKey = BANANAS_SECRET.parse().unwrap();
    let by_other = note::sign(&known(MONKEYS_5).to_text(), &[&bananas]).unwrap();
    assert_eq!(
        status(&ask(None, 0, vec![], &by_other)),
        403,
        "an untrusted key"
    );
    let unknown = signed(BANANAS_SECRET, &head("bananas", 5, Hash::leaf(b"root")));
    let decision = ask(None, 0, vec![], &unknown);
    assert_eq!(status(&decision), 404);
    let expected = Refusal::UnknownLog {
        origin: "bananas".parse().unwrap(),
    };
    assert_eq!(decision, Decision::Refuse(expected));
}

#[test]
fn what_is_no_checkpoint_is_no_request() {
    let monkeys: SignerKey = MONKEYS_SECRET.parse().unwrap();
    let body = note::sign("monkeys\nnot-a-size\nnot-a-hash\n", &[&monkeys]).unwrap();
    let empty = note::sign(
        &head("monkeys", 0, Hash::leaf(b"root")).to_text(),
        &[&monkeys],
    )
    .unwrap();
    let unsigned = "monkeys\n5\n41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=\n";
    let texts = [
        body.as_str(),
        &empty,
        unsigned,
        "monkeys\nthis is no checkpoint\n",
        "monkeys",
        "",
    ];
    for checkpoint in texts {
        let request = AddCheckpoint::parse(format!("old 0\n\n{checkpoint}").as_bytes());
        assert!(
            matches!(request, Err(RequestError::Checkpoint(_))),
            "{checkpoint}"
        );
    }
}

#[test]
fn a_conflict_tells_the_size_to_prove_from() {
    let five = known(MONKEYS_5);
    let told = |latest, old| match ask(latest, old, vec![], MONKEYS_8) {
        Decision::Conflict { size } => size.get(),
        other @ (Decision::Accept(_) | Decision::Refuse(_)) => panic!("{other:?}"),
    };
    assert_eq!(told(Some(&five), 0), 5);
    assert_eq!(told(Some(&five), 4), 5);
    assert_eq!(told(Some(&five), 8), 5);
    assert_eq!(told(None, 3), 0);
    // The size of an old checkpoint, as the spec asks for, before the proof is looked at.
    let eight = known(MONKEYS_8);
    assert_eq!(
        ask(Some(&eight), 5, proof(), MONKEYS_8),
        Decision::Conflict { size: eight.size }
    );
    assert_eq!(
        parse_size_body(size_body(Size::new(5)).as_bytes()),
        Some(Size::new(5))
    );
    for body in [
        "",
        "5",
        "05\n",
        "5\n\n",
        " 5\n",
        "-5\n",
        "5\r\n",
        "18446744073709551616\n",
    ] {
        assert_eq!(parse_size_body(body.as_bytes()), None, "{body:?}");
    }
    assert!(size_body(Size::new(u64::MAX)).len() == SIZE_BYTES_MAX);
}

#[test]
fn a_fork_is_named_with_both_roots() {
    let five = known(MONKEYS_5);
    let root = Hash::leaf(b"another");
    let forked = signed(MONKEYS_SECRET, &head("monkeys", 5, root));
    let expected = Refusal::Fork {
        size: five.size,
        root,
        known: five.root,
    };
    assert_eq!(
        ask(Some(&five), 5, vec![], &forked),
        Decision::Refuse(expected)
    );
    let rewritten = signed(MONKEYS_SECRET, &head("monkeys", 8, root));
    let refused = ask(Some(&five), 5, proof(), &rewritten);
    assert!(matches!(
        refused,
        Decision::Refuse(Refusal::Proof(ProofError::Root { .. }))
    ));
}

#[test]
fn requests_are_written_and_read() {
    let body = format!(
        "old 5\n{}\n\n{MONKEYS_8}",
        proof()
            .iter()
            .map(Hash::to_base64)
            .collect::<Vec<_>>()
            .join("\n")
    );
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    assert_eq!(request.old_size, Size::new(5));
    assert_eq!(request.proof, proof());
    assert_eq!(request.to_string(), body);
    let first = format!("old 0\n\n{MONKEYS_5}");
    assert_eq!(
        AddCheckpoint::parse(first.as_bytes()).unwrap().to_string(),
        first
    );
    // The request of the specification; its checkpoint has two signatures.
    let example = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n\
        example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        \u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let request = AddCheckpoint::parse(example.as_bytes()).unwrap();
    assert_eq!(request.proof.len(), 4);
    assert_eq!(
        request.checkpoint.claimed_origin().as_str(),
        "example.com/behind-the-sofa"
    );
    assert_eq!(request.to_string(), example);
}

#[test]
fn malformed_requests_are_refused() {
    let refused = |body: &str| AddCheckpoint::parse(body.as_bytes()).unwrap_err();
    let hash = Hash::EMPTY_ROOT.to_base64();
    assert_eq!(refused(""), RequestError::Layout);
    assert_eq!(refused("old 5\n"), RequestError::Layout);
    for first in [
        "", "old", "old ", "old 05", "old -5", "old  5", "old 5 ", "Old 5", "5",
    ] {
        assert_eq!(
            refused(&format!("{first}\n\n{MONKEYS_8}")),
            RequestError::OldSize,
            "{first}"
        );
    }
    for line in ["x", &hash[..43], &format!("{hash} "), &format!("{hash}\r")] {
        let body = format!("old 5\n{hash}\n{line}\n\n{MONKEYS_8}");
        assert_eq!(refused(&body), RequestError::Hash { line: 2 }, "{line}");
    }
    let many = |count| format!("old 5\n{}\n{MONKEYS_8}", format!("{hash}\n").repeat(count));
    assert_eq!(refused(&many(PROOF_HASHES_MAX + 1)), RequestError::Hashes);
    assert!(AddCheckpoint::parse(many(PROOF_HASHES_MAX).as_bytes()).is_ok());
    let long = "x".repeat(REQUEST_BYTES_MAX + 1);
    assert_eq!(refused(&long), RequestError::Length { bytes: long.len() });
    assert_eq!(
        AddCheckpoint::parse(b"old 0\n\n\xff"),
        Err(RequestError::Layout)
    );
    let longest = format!(
        "old {}\n{}\n",
        u64::MAX,
        format!("{hash}\n").repeat(PROOF_HASHES_MAX)
    );
    assert_eq!(longest.len() + NOTE_BYTES_MAX, REQUEST_BYTES_MAX);
}

#[test]
fn a_log_gets_its_cosignature() {
    let log = SignerKey::from_seed((&origin()).into(), [5; 32]);
    let witness = CosignerKey::from_seed("witness.example".parse().unwrap(), [6; 32]);
    let head = TreeHead::new(&origin(), Size::new(1), Hash::leaf(b"first"));
    let published = head.sign(&[&log]).unwrap();
    let request = AddCheckpoint {
        old_size: Size::EMPTY,
        proof: Vec::new(),
        checkpoint: UnverifiedCheckpoint::parse(published.as_bytes()).unwrap(),
    };
    // At the witness.
    let trusted = TrustedKeys::only(log.verifier().clone());
    let request = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
    let Decision::Accept(accepted) = decide(None, request, Some(&trusted)) else {
        panic!("it is the first of the log");
    };
    let time = CosignatureTime::new(1_800_000_000).unwrap();
    let answer = witness.cosign(&accepted, time).to_string();
    // Back at the log.
    let lines = SignatureLine::parse_all(answer.as_bytes()).unwrap();
    let merged = note::add_signatures(&published, &lines).unwrap();
    let checkpoint = UnverifiedCheckpoint::parse(merged.as_bytes())
        .unwrap()
        .verify(&trusted);
    let cosigners = checkpoint
        .unwrap()
        .note()
        .cosigners([witness.witness()])
        .unwrap();
    assert_eq!(cosigners.len(), 1);
    assert_eq!(cosigners[0].time, time);
}

proptest! {
    /// Whatever logs submit, in any order, a witness's checkpoints are all of one history.
    #[test]
    fn a_witness_never_cosigns_two_histories(
        steps in prop::collection::vec((any::<bool>(), 0_usize..12, 0_usize..12), 1..20),
    ) {
        let log = SignerKey::from_seed((&origin()).into(), [5; 32]);
        let trusted = TrustedKeys::only(log.verifier().clone());
        // Two histories that part after the fourth leaf.
        let tree = |fork: bool| -> MemoryTree {
            (0..12_u8).map(|leaf| Hash::leaf(&[leaf, u8::from(fork && leaf >= 4)])).collect()
        };
        let trees = [tree(false), tree(true)];
        let mut latest: Option<TreeHead> = None;
        let mut cosigned = Vec::new();
        for (fork, old, new) in steps {
            let tree = &trees[usize::from(fork)];
            let (old, new) = (Size::new(old as u64), Size::new(new as u64));
            let head = TreeHead::new(&origin(), new, tree.root(new).unwrap());
            let proof = tree.consistency(old.min(new), new).unwrap().hashes;
            let note = head.sign(&[&log]).unwrap();
            let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
            let request = AddCheckpoint { old_size: old, proof, checkpoint };
            match decide(latest.as_ref(), request, Some(&trusted)) {
                Decision::Accept(accepted) => {
                    prop_assert_eq!(accepted.tree_head(), &head);
                    latest = Some(head.clone());
                    cosigned.push(head);
                }
                Decision::Conflict { size } => {
                    prop_assert!(old <= new);
                    prop_assert_eq!(size, latest.as_ref().map_or(Size::EMPTY, |head| head.size));
                }
                Decision::Refuse(refusal) => {
                    prop_assert!(matches!(refusal.status(), 400 | 422));
                }
            }
        }
        let of_one = |tree: &MemoryTree| {
            cosigned.iter().all(|head| tree.root(head.size) == Some(head.root))
        };
        prop_assert!(of_one(&trees[0]) || of_one(&trees[1]));
        prop_assert!(cosigned.is_sorted_by_key(|head| head.size));
    }
}
