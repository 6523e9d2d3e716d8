use sabt_chain::checkpoint::UnverifiedCheckpoint;
use sabt_chain::note::{CosignatureTime, CosignerKey, SignatureLine, add_signatures};
use sabt_chain::proof::MemoryTree;
use sabt_chain::{Hash, Position};

use super::*;
use crate::tests::support::{Ledger, Registry};

fn tree(ledger: &Ledger) -> MemoryTree {
    let records = ledger.frames.iter().flat_map(|frame| &frame.records);
    records.map(|(envelope, _)| Hash::leaf(envelope)).collect()
}

fn record(ledger: &Ledger, position: u64) -> (Vec<u8>, Vec<u8>) {
    let mut records = ledger.frames.iter().flat_map(|frame| &frame.records);
    records
        .nth(usize::try_from(position).unwrap())
        .unwrap()
        .clone()
}

/// A file that proves a record in the ledger as it is, ending with `checkpoint`.
pub(crate) fn file(ledger: &Ledger, position: u64, checkpoint: String) -> Vec<u8> {
    let position = Position::new(position);
    let inclusion = tree(ledger)
        .inclusion(position, ledger.state.size())
        .unwrap();
    TlogProof {
        extra: Some(record(ledger, position.get()).0),
        position,
        hashes: inclusion.hashes,
        checkpoint,
    }
    .to_string()
    .into_bytes()
}

fn keys(registry: &Registry) -> TrustedKeys {
    let signers = [&registry.events.signer, &registry.disclosures.signer];
    TrustedKeys::new(signers.map(|signer| signer.verifier().clone())).unwrap()
}

fn cosignature(registry: &Registry, checkpoint: &str, witness: &CosignerKey) -> SignatureLine {
    let parsed = UnverifiedCheckpoint::parse(checkpoint.as_bytes()).unwrap();
    let parsed = parsed.verify(&keys(registry)).unwrap();
    witness.cosign(&parsed, CosignatureTime::new(1_770_000_100).unwrap())
}

fn witnessed(registry: &Registry, checkpoint: &str, witness: &CosignerKey) -> String {
    let line = cosignature(registry, checkpoint, witness);
    add_signatures(checkpoint, &[line]).unwrap()
}

fn policy(witness: &CosignerKey) -> Policy {
    let text = format!("witness court {}\nquorum court\n", witness.witness());
    Policy::parse(text.as_bytes()).unwrap()
}

fn court() -> CosignerKey {
    CosignerKey::from_seed("court.example".parse().unwrap(), [61; 32])
}

fn request(registry: &Registry, proof: Vec<u8>) -> ProofRequest {
    ProofRequest {
        proof,
        keys: keys(registry),
        policy: None,
        link: None,
        anchor: None,
    }
}

/// A disclosure, its ledger anchored in the events ledger, and that one witnessed.
fn anchored() -> (Registry, ProofRequest) {
    let mut registry = Registry::complete();
    let disclosed = registry.disclose(&[64]).get();
    let proof = file(
        &registry.disclosures,
        disclosed,
        registry.disclosures.checkpoint(),
    );
    let anchor = registry.anchor_disclosures().get();
    registry.event(&[64, 64]);
    let checkpoint = witnessed(&registry, &registry.events.checkpoint(), &court());
    let anchor = AnchorProof {
        proof: file(&registry.events, anchor, checkpoint),
        payload: record(&registry.events, anchor).1,
    };
    let request = ProofRequest {
        policy: Some(policy(&court())),
        anchor: Some(anchor),
        ..request(&registry, proof)
    };
    (registry, request)
}

#[track_caller]
fn check(request: &ProofRequest, class: FaultClass) -> String {
    let report = verify_proof(request);
    assert_eq!(report.exit_code(), class.exit_code(), "{report}");
    let text = report.to_string();
    assert!(
        text.starts_with(&format!("result       NOT PROVEN: {class} (")),
        "{text}"
    );
    assert!(report.to_json().contains(&format!("\"class\":\"{class}\"")));
    text
}

#[test]
fn a_record_is_proved_by_its_file_alone() {
    let registry = Registry::complete();
    let proof = file(&registry.events, 4, registry.events.checkpoint());
    let mut request = request(&registry, proof);
    request.link = Some(registry.events.chain.link(&record(&registry.events, 4).0));
    let report = verify_proof(&request);
    assert_eq!(report.exit_code(), 0, "{report}");
    let text = report.to_string();
    for line in [
        "record       registry.example.ir/events position 4\n",
        "  what       an event, part 1/3 of act ",
        "  recorded   2026-02-02 02:40:00 UTC\n",
        "  signed     tree of 14 records, root ",
        "result       proven: the record of the receipt is in the signed ledger",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(
        report
            .to_json()
            .contains("\"position\":4,\"kind\":\"an event\"")
    );
}

#[test]
fn a_disclosure_is_proved_through_its_anchor() {
    let (_, request) = anchored();
    let report = verify_proof(&request);
    assert_eq!(report.exit_code(), 0, "{report}");
    let text = report.to_string();
    assert!(
        text.contains("anchored in  registry.example.ir/events position 14\n"),
        "{text}"
    );
    assert!(
        text.contains("  witness    court at 2026-02-02 02:41:40 UTC\n"),
        "{text}"
    );
}

#[test]
fn what_proves_something_else_is_refused() {
    let registry = Registry::complete();
    let proof = file(&registry.events, 4, registry.events.checkpoint());
    let with = |proof: Vec<u8>| request(&registry, proof);

    let mut other = with(proof.clone());
    other.link = Some(registry.events.chain.link(&record(&registry.events, 5).0));
    assert!(check(&other, FaultClass::Proof).contains("it proves the record with link"));

    check(&with(b"nothing".to_vec()), FaultClass::Proof);
    check(
        &with(file(&registry.events, 4, registry.disclosures.checkpoint())),
        FaultClass::Proof,
    );
    let mut stranger = registry.clone();
    stranger.events.signer =
        sabt_chain::note::SignerKey::from_seed(registry.events.chain.origin().into(), [5; 32]);
    check(
        &with(file(&registry.events, 4, stranger.events.checkpoint())),
        FaultClass::CheckpointSignature,
    );
    let altered = String::from_utf8(proof.clone())
        .unwrap()
        .replace("index 4\n", "index 5\n");
    check(&with(altered.into_bytes()), FaultClass::Proof);

    let mut unwitnessed = with(proof);
    unwitnessed.policy = Some(policy(&court()));
    assert!(check(&unwitnessed, FaultClass::Quorum).contains("court"));
    // A line of the witness that it made for another checkpoint.
    let line = cosignature(&registry, &registry.disclosures.checkpoint(), &court());
    let renamed = add_signatures(&registry.events.checkpoint(), &[line]).unwrap();
    let mut forged = with(file(&registry.events, 4, renamed));
    forged.policy = Some(policy(&court()));
    check(&forged, FaultClass::Cosignature);
}

#[test]
fn an_anchor_must_be_that_of_the_checkpoint() {
    let (mut registry, _) = anchored();
    // The payload is another anchor's.
    let (_, mut request) = anchored();
    let payload = record(&registry.events, 7).1;
    request.anchor.as_mut().unwrap().payload = payload;
    check(&request, FaultClass::Proof);
    // An older anchor, of another checkpoint.
    let (_, mut request) = anchored();
    let checkpoint = witnessed(&registry, &registry.events.checkpoint(), &court());
    request.anchor = Some(AnchorProof {
        proof: file(&registry.events, 7, checkpoint.clone()),
        payload: record(&registry.events, 7).1,
    });
    assert!(check(&request, FaultClass::Proof).contains("another checkpoint"));
    // No anchor at all.
    request.anchor = Some(AnchorProof {
        proof: file(&registry.events, 8, checkpoint),
        payload: record(&registry.events, 8).1,
    });
    assert!(check(&request, FaultClass::Proof).contains("not of an anchor"));
    // The witnesses are asked for at the end of the chain.
    let (_, mut request) = anchored();
    registry.event(&[64]);
    let position = 14;
    request.anchor = Some(AnchorProof {
        proof: file(&registry.events, position, registry.events.checkpoint()),
        payload: record(&registry.events, position).1,
    });
    check(&request, FaultClass::Quorum);
}
