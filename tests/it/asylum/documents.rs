//! What is signed or proved: extracts, checkpoints and proofs.
//!
//! The two registries have other nonces, other ciphertext and so other hashes, which nobody can foretell whatever is
//! recorded. Left out of the comparison are these alone: roots, links and leaf hashes, signatures, commitments with their
//! nonces, and subject tags; of disclosures, which are asked for side by side, also their identifiers and lengths. How many hashes a proof has, which positions it is over, which sizes are signed by which keys,
//! every other field of every envelope, every payload and act that comes in the clear, and every word of an extract are
//! compared.

use prost::Message as _;
use sabt_chain::tlog_proof::TlogProof;
use sabt_chain::{Chain, Envelope, LedgerName, Origin};
use sabt_cli::cast::{AUDITOR, DATA_PROTECTION, REGISTRAR};
use sabt_cli::client::Client;
use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;
use sabt_proto::extract::v1::Extract;

use super::twins::{Side, Twins};
use super::{purpose, shown};
use crate::support::{self, REGISTRY};

/// Pairs of which extracts are compared: two of each kind of life.
const EXTRACTS: usize = 14;

/// Compares everything that is signed or proved; returns how many documents.
pub(super) async fn compare(twins: &Twins) -> usize {
    let mut compared = 0;
    for ledger in LedgerName::ALL {
        let told = [
            heads_and_proofs(twins, Side::With, ledger).await,
            heads_and_proofs(twins, Side::Without, ledger).await,
        ];
        assert_eq!(told[0], told[1]);
        compared += told[0].len();
    }
    for pair in 0..EXTRACTS {
        let told = [
            extract(twins, Side::With, pair).await,
            extract(twins, Side::Without, pair).await,
        ];
        assert!(told[0] == told[1], "pair {pair}");
        compared += 1;
    }
    compared
}

/// Which of the two it is in a request.
const fn asked(ledger: LedgerName) -> api::Ledger {
    match ledger {
        LedgerName::Events => api::Ledger::Events,
        LedgerName::Disclosures => api::Ledger::Disclosures,
    }
}

/// A note without root and signatures: origin, size, and who signed.
fn head(note: &str) -> String {
    let lines: Vec<&str> = note.lines().collect();
    let signers = lines
        .iter()
        .filter_map(|line| line.strip_prefix("\u{2014} "));
    let signers = signers.filter_map(|line| line.split_once(' '));
    let signers: Vec<&str> = signers.map(|(name, _signature)| name).collect();
    format!("{:?} {} {signers:?}", &lines[..2], lines.len())
}

/// The checkpoint over all that stands, once it is published.
async fn published(twins: &Twins, of: Side, auditor: &Client, ledger: LedgerName) -> String {
    let size = twins.registry(of).size(ledger);
    let wanted = asked(ledger).into();
    support::until("a checkpoint over everything", async || {
        let request = api::GetCheckpointRequest { ledger: wanted };
        let answer = auditor.audit().get_checkpoint(request).await.ok()?;
        let note = answer.into_inner().checkpoint;
        let covered: u64 = note.lines().nth(1)?.parse().ok()?;
        (covered == size).then_some(note)
    })
    .await
}

/// The checkpoint over all that stands, and proofs under it of records here and there.
async fn heads_and_proofs(twins: &Twins, of: Side, ledger: LedgerName) -> Vec<String> {
    let auditor = twins.client(of, AUDITOR).await;
    let size = twins.registry(of).size(ledger);
    let wanted = asked(ledger).into();
    let mut told = vec![head(&published(twins, of, &auditor, ledger).await)];
    for position in [0, 1, size / 3, size / 2, size - 1] {
        let request = api::GetInclusionProofRequest {
            ledger: wanted,
            position,
            size,
        };
        let proof = auditor.audit().get_inclusion_proof(request).await.unwrap();
        told.push(format!("{position} {}", proof.into_inner().hashes.len()));
        let request = api::GetConsistencyProofRequest {
            ledger: wanted,
            from_size: position + 1,
            to_size: size,
        };
        let proof = auditor.audit().get_consistency_proof(request).await;
        told.push(format!(
            "{position} {}",
            proof.unwrap().into_inner().hashes.len()
        ));
        told.push(awaited(twins, of, &auditor, ledger, position).await);
    }
    told
}

/// The proof file of a record, as its author would wait for it.
async fn awaited(
    twins: &Twins,
    side: Side,
    auditor: &Client,
    ledger: LedgerName,
    position: u64,
) -> String {
    let request = api::ReadRecordsRequest {
        ledger: asked(ledger).into(),
        from: position,
        until: position + 1,
    };
    let mut pages = auditor
        .audit()
        .read_records(request)
        .await
        .unwrap()
        .into_inner();
    let page = pages.message().await.unwrap().unwrap();
    let envelope = &page.records[0].envelope;
    let origin = Origin::new(REGISTRY, ledger).unwrap();
    let link = Chain::new(&origin).link(envelope);
    // That the auditor has read is a record of the disclosures: when it is signed, time alone decides.
    published(twins, side, auditor, ledger).await;
    let office = twins.client(side, REGISTRAR).await;
    let request = api::AwaitProofRequest {
        origin: origin.as_str().to_owned(),
        position,
        link: link.as_bytes().to_vec(),
        anchored: false,
    };
    let answer = office.registry().await_proof(request).await.unwrap();
    let proof = TlogProof::parse(answer.into_inner().proof.as_bytes()).unwrap();
    let extra = proof.extra.unwrap();
    let envelope = match ledger {
        LedgerName::Events => shown(&extra),
        LedgerName::Disclosures => kind_and_time(&extra),
    };
    format!(
        "{envelope} {} {} {}",
        proof.position.get(),
        proof.hashes.len(),
        head(&proof.checkpoint)
    )
}

/// What an envelope of a disclosure says whatever was asked at that place: the registry draws the identifiers of
/// disclosures at random, and the questions of both sides were asked side by side.
fn kind_and_time(envelope: &[u8]) -> String {
    let envelope = Envelope::decode(envelope).unwrap();
    let author = envelope.authorship.map(|author| author.key_id.to_bytes());
    format!(
        "{:?} {} {} {author:?}",
        envelope.kind,
        envelope.position.get(),
        envelope.recorded_at.as_micros(),
    )
}

/// An extract as the data-protection officer hands it out, without what is left out of the comparison.
async fn extract(twins: &Twins, side: Side, pair: usize) -> Vec<u8> {
    let officer = twins.client(side, DATA_PROTECTION).await;
    let request = api::GetExtractRequest {
        purpose: Some(purpose(Purpose::SubjectAccess)),
        person: twins.people[pair].clone(),
        consent_reference: String::new(),
    };
    let answer = officer.persons().get_extract(request).await.unwrap();
    let answer = answer.into_inner();
    let mut extract = Extract::decode(answer.extract.as_slice()).unwrap();
    assert_eq!(extract.person, twins.people[pair]);
    let provenance = extract.provenance.as_mut().unwrap();
    provenance.checkpoint = head(&provenance.checkpoint);
    for leaf in &mut provenance.leaves {
        leaf.envelope = shown(&leaf.envelope).into_bytes();
        leaf.nonce.clear();
        for hash in &mut leaf.hashes {
            hash.clear();
        }
        // Of what stands in the clear the nonce alone differs, which is a field of the event.
        if let Ok(mut event) = sabt_proto::event::v1::Event::decode(leaf.payload.as_slice()) {
            event.nonce.clear();
            leaf.payload = event.encode_to_vec();
        }
    }
    for one in extract.look_ups.iter_mut().flat_map(|ups| &mut ups.entries) {
        // Where it came to stand among the answers to others, which were asked side by side.
        one.position = 0;
    }
    let mut told = extract.encode_to_vec();
    told.extend(head(&answer.note).into_bytes());
    told
}
