use prost::Message as _;
use sabt_chain::authorship::Nonce;
use sabt_chain::note::{CosignatureTime, CosignerKey, SignerKey, TrustedKeys, add_signatures};
use sabt_chain::proof::MemoryTree;
use sabt_chain::{ActId, Envelope, Hash, Kind, Part, Position};
use sabt_extract::label::{self, Labels};
use sabt_extract::{FORM, signed};
use sabt_proto::event::v1::{self as proto, act, event};
use sabt_proto::extract::v1 as told;

use super::*;
use crate::tests::support::{Draft, Registry, enrol_key};

const NONCE: [u8; 32] = [9; 32];
const ACT_ID: [u8; 16] = [0x55; 16];

fn permit() -> proto::IssueResidencePermit {
    proto::IssueResidencePermit {
        person: "123456789012".to_owned(),
        kind: proto::ResidenceKind::Temporary.into(),
        permit_number: "T-1".to_owned(),
        ..proto::IssueResidencePermit::default()
    }
}

/// A registry with one act of two parts, of which the second is about the person too.
fn registry() -> (Registry, Vec<u8>, Position) {
    let mut registry = Registry::founded();
    registry.event(&[64]);
    let act = proto::Act {
        act_id: ACT_ID.to_vec(),
        office: "THR-01".to_owned(),
        legal_basis: "law:art. 19".to_owned(),
        recorded_at: 7,
        body: Some(act::Body::IssueResidencePermit(permit())),
        ..proto::Act::default()
    };
    let (act, id) = (act.encode_to_vec(), ActId::from_bytes(ACT_ID));
    let origin = registry.events.chain.origin().clone();
    let nonce = Nonce::from_bytes(NONCE);
    let authorship = registry.registrar.sign_act(&origin, id, &act, &nonce);
    let part = |index: u8| Draft {
        kind: Kind::Event,
        act_id: id,
        part: Part::new(index, 2).unwrap(),
        payload: vec![1; 64],
        authorship: (index == 0).then_some(authorship),
    };
    let first = registry.events.append(vec![part(0), part(1)]);
    (registry, act, first)
}

fn leaf(registry: &Registry, position: u64) -> told::Leaf {
    let records = registry
        .events
        .frames
        .iter()
        .flat_map(|frame| &frame.records);
    let records: Vec<&(Vec<u8>, Vec<u8>)> = records.collect();
    let tree: MemoryTree = records
        .iter()
        .map(|(envelope, _)| Hash::leaf(envelope))
        .collect();
    let (envelope, payload) = records[usize::try_from(position).unwrap()];
    let size = registry.events.state.size();
    let proof = tree.inclusion(Position::new(position), size).unwrap();
    let clear = Envelope::decode(envelope).unwrap().kind.is_clear();
    told::Leaf {
        envelope: envelope.clone(),
        hashes: proof
            .hashes
            .iter()
            .map(|hash| hash.as_bytes().to_vec())
            .collect(),
        payload: if clear { payload.clone() } else { Vec::new() },
        ..told::Leaf::default()
    }
}

fn record(registry: &Registry, position: u64, body: event::Body) -> told::Record {
    let envelope = Envelope::decode(&leaf(registry, position).envelope).unwrap();
    told::Record {
        position,
        act_id: ACT_ID.to_vec(),
        recorded_at: envelope.recorded_at.as_micros(),
        agency: "BAFIA".to_owned(),
        state: "IN_FORCE".to_owned(),
        amended_by: Vec::new(),
        contested: false,
        event: Some(proto::Event {
            office: "THR-01".to_owned(),
            legal_basis: "law:art. 19".to_owned(),
            office_recorded_at: 7,
            law_edition: "1405-1".to_owned(),
            body: Some(body),
            ..proto::Event::default()
        }),
    }
}

/// A sound extract, with `edit` done to it before the registry signs.
pub(crate) fn request(edit: fn(&mut told::Extract)) -> ExtractRequest {
    let (registry, act, first) = registry();
    let first = first.get();
    let mut leaves: Vec<_> = [0, 2, first, first + 1]
        .map(|position| leaf(&registry, position))
        .into();
    leaves[2].act = act;
    leaves[2].nonce = NONCE.to_vec();
    let joined = proto::HouseholdJoined::default();
    let mut extract = told::Extract {
        form: FORM,
        registry: registry.events.chain.origin().registry().to_owned(),
        person: "123456789012".to_owned(),
        made_at: 1_770_000_000_000_000,
        history: vec![
            record(
                &registry,
                first,
                event::Body::ResidencePermitIssued(permit()),
            ),
            record(&registry, first + 1, event::Body::HouseholdJoined(joined)),
        ],
        look_ups: Some(told::LookUps {
            deferred: 3,
            ..told::LookUps::default()
        }),
        provenance: Some(told::Provenance {
            checkpoint: registry.events.checkpoint(),
            leaves,
        }),
        ..told::Extract::default()
    };
    edit(&mut extract);
    label::name(&mut extract, &Labels::known()).unwrap();
    let signed = signed::sign(&extract, &[&registry.events.signer]).unwrap();
    ExtractRequest {
        page: page::html(&signed).unwrap().into_bytes(),
        keys: TrustedKeys::only(registry.events.signer.verifier().clone()),
        policy: None,
    }
}

fn provenance(extract: &mut told::Extract) -> &mut told::Provenance {
    extract.provenance.as_mut().unwrap()
}

/// Exit code for a page on which a number was changed with an editor.
pub(crate) fn doctored() -> u8 {
    let mut request = request(|_| ());
    let page = String::from_utf8(request.page).unwrap();
    request.page = page.replacen("T-1", "T-9", 1).into_bytes();
    verify_extract(&request).exit_code()
}

/// Exit code for a record whose proof leads elsewhere.
pub(crate) fn proof_of_another() -> u8 {
    let edit = |extract: &mut told::Extract| provenance(extract).leaves[2].hashes[0][0] ^= 1;
    verify_extract(&request(edit)).exit_code()
}

/// Exit code for a record that is told without a proof.
pub(crate) fn proof_removed() -> u8 {
    let edit = |extract: &mut told::Extract| {
        provenance(extract).leaves.pop();
    };
    verify_extract(&request(edit)).exit_code()
}

/// Exit code for an act with a word changed.
pub(crate) fn other_act() -> u8 {
    let edit = |extract: &mut told::Extract| provenance(extract).leaves[2].nonce[0] ^= 1;
    verify_extract(&request(edit)).exit_code()
}

/// Exit code for a record that tells another permit than its act.
pub(crate) fn other_words() -> u8 {
    let edit = |extract: &mut told::Extract| {
        let event = extract.history[0].event.as_mut().unwrap();
        let mut permit = permit();
        permit.permit_number = "T-2".to_owned();
        event.body = Some(event::Body::ResidencePermitIssued(permit));
    };
    verify_extract(&request(edit)).exit_code()
}

#[track_caller]
fn check(edit: fn(&mut told::Extract), class: FaultClass) {
    let report = verify_extract(&request(edit));
    assert_eq!(report.exit_code(), class.exit_code(), "{report}");
    let text = report.to_string();
    assert!(text.starts_with(&format!("result       NOT SOUND: {class} (")));
    assert!(report.to_json().contains(&format!("\"class\":\"{class}\"")));
}

#[test]
fn a_sound_extract_shows_what_it_rests_on() {
    let report = verify_extract(&request(|_| ()));
    assert_eq!(report.exit_code(), 0, "{report}");
    let proved = report.outcome().unwrap();
    assert_eq!(
        (proved.records, proved.in_words, proved.deferred),
        (2, 1, 3)
    );
    let text = report.to_string();
    for line in [
        "extract      signed by registry.example.ir/events\n",
        "  printed    as it was signed\n",
        "  records    2, each in the ledger and signed by an enrolled author; 1 of them in the words that were signed\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(report.to_json().contains("\"sound\":true"));
}

#[test]
fn a_document_that_was_changed_or_signed_by_another_is_named() {
    let mut changed = request(|_| ());
    let page = String::from_utf8(changed.page).unwrap();
    let (before, after) = page.split_once("<template id=\"sabt-extract\">\n").unwrap();
    // One character of the signed document.
    let middle = after.len() / 3;
    let other = if after.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let after = format!("{}{other}{}", &after[..middle], &after[middle + 1..]);
    changed.page = format!("{before}<template id=\"sabt-extract\">\n{after}").into_bytes();
    let code = verify_extract(&changed).exit_code();
    assert_eq!(code, FaultClass::Extract.exit_code());

    let mut foreign = request(|_| ());
    let name = foreign.keys.keys()[0].name().clone();
    foreign.keys = TrustedKeys::only(SignerKey::from_seed(name, [99; 32]).verifier().clone());
    let code = verify_extract(&foreign).exit_code();
    assert_eq!(code, FaultClass::ExtractSignature.exit_code());

    foreign.page = b"<html>".to_vec();
    let code = verify_extract(&foreign).exit_code();
    assert_eq!(code, FaultClass::Extract.exit_code());
}

#[test]
fn records_are_told_as_they_stand() {
    use FaultClass as C;
    check(|extract| extract.history.swap(0, 1), C::ExtractRecord);
    check(
        |extract| extract.history[0].act_id[0] ^= 1,
        C::ExtractRecord,
    );
    check(
        |extract| extract.history[0].recorded_at += 1,
        C::ExtractRecord,
    );
    check(
        |extract| extract.history[0].agency.clear(),
        C::ExtractRecord,
    );
    check(
        |extract| provenance(extract).leaves.swap(0, 1),
        C::ExtractRecord,
    );
    check(
        |extract| provenance(extract).leaves[2].act.clear(),
        C::ExtractRecord,
    );
    check(
        |extract| provenance(extract).leaves[1].payload[9] ^= 1,
        C::ExtractRecord,
    );
    check(
        |extract| provenance(extract).leaves[3].envelope.clear(),
        C::ExtractRecord,
    );
    // The enrolment of the author is left out; the founding is.
    check(
        |extract| {
            provenance(extract).leaves.remove(1);
        },
        C::KeyUnknown,
    );
    check(
        |extract| {
            provenance(extract).leaves.remove(0);
        },
        C::ExtractRecord,
    );
    check(
        |extract| provenance(extract).checkpoint.clear(),
        C::CheckpointSignature,
    );
    // The second record of an act is nothing without the first, which its author signed.
    check(
        |extract| {
            extract.history.remove(0);
            provenance(extract).leaves.remove(2);
        },
        C::ExtractRecord,
    );
}

/// What is withheld may stay in the act, which then does not come along; that a record is left out, nobody can see.
#[test]
fn completeness_is_the_registrys_word() {
    let withheld = |extract: &mut told::Extract| {
        provenance(extract).leaves[2].act.clear();
        provenance(extract).leaves[2].nonce.clear();
        extract.withheld.push("PROTECTION".to_owned());
    };
    let report = verify_extract(&request(withheld));
    assert_eq!(report.outcome().unwrap().in_words, 0);
    let left_out = |extract: &mut told::Extract| {
        extract.history.pop();
    };
    let report = verify_extract(&request(left_out));
    assert_eq!(report.exit_code(), 0);
    assert!(report.to_string().ends_with("the registry's word alone"));
}

#[test]
fn a_policy_wants_its_witnesses() {
    let court = CosignerKey::from_seed("court.example".parse().unwrap(), [61; 32]);
    let policy = format!("witness court {}\nquorum court\n", court.witness());
    let policy = || Some(Policy::parse(policy.as_bytes()).unwrap());
    let mut bare = request(|_| ());
    bare.policy = policy();
    let code = verify_extract(&bare).exit_code();
    assert_eq!(code, FaultClass::Quorum.exit_code());

    let mut cosigned = request(|extract| {
        let court = CosignerKey::from_seed("court.example".parse().unwrap(), [61; 32]);
        let keys = TrustedKeys::only(registry().0.events.signer.verifier().clone());
        let note = &mut provenance(extract).checkpoint;
        let parsed = UnverifiedCheckpoint::parse(note.as_bytes()).unwrap();
        let parsed = parsed.verify(&keys).unwrap();
        let line = court.cosign(&parsed, CosignatureTime::new(1_770_000_100).unwrap());
        *note = add_signatures(note, &[line]).unwrap();
    });
    cosigned.policy = policy();
    let report = verify_extract(&cosigned);
    assert_eq!(report.outcome().unwrap().witnesses.len(), 1, "{report}");
}

/// A key that is enrolled after the act, for another office, or had expired signs nothing.
#[test]
fn authors_are_those_who_were_enrolled() {
    let with = |terms: fn(&mut act::Body), class: FaultClass| {
        let mut registry = Registry::empty();
        registry.govern(registry.founding());
        let mut body = enrol_key("BAFIA", &registry.registrar.clone(), 0);
        terms(&mut body);
        registry.govern(body);
        let act = proto::Act {
            office: "THR-01".to_owned(),
            ..proto::Act::default()
        };
        let (act, id) = (act.encode_to_vec(), ActId::from_bytes(ACT_ID));
        let origin = registry.events.chain.origin().clone();
        let authorship = registry
            .registrar
            .sign_act(&origin, id, &act, &Nonce::from_bytes(NONCE));
        let first = registry.events.append(vec![Draft {
            kind: Kind::Event,
            act_id: id,
            part: Part::ONLY,
            payload: vec![1; 64],
            authorship: Some(authorship),
        }]);
        let joined = event::Body::HouseholdJoined(proto::HouseholdJoined::default());
        let extract = told::Extract {
            form: FORM,
            registry: origin.registry().to_owned(),
            withheld: vec!["PROTECTION".to_owned()],
            history: vec![record(&registry, first.get(), joined)],
            provenance: Some(told::Provenance {
                checkpoint: registry.events.checkpoint(),
                leaves: [0, 1, first.get()]
                    .map(|position| leaf(&registry, position))
                    .into(),
            }),
            ..told::Extract::default()
        };
        let signed = signed::sign(&extract, &[&registry.events.signer]).unwrap();
        let report = verify_extract(&ExtractRequest {
            page: page::html(&signed).unwrap().into_bytes(),
            keys: TrustedKeys::only(registry.events.signer.verifier().clone()),
            policy: None,
        });
        assert_eq!(report.exit_code(), class.exit_code(), "{report}");
    };
    with(
        |body| {
            if let act::Body::EnrolKey(terms) = body {
                terms.office = "RKH-01".to_owned();
            }
        },
        FaultClass::KeyUnknown,
    );
    with(
        |body| {
            if let act::Body::EnrolKey(terms) = body {
                terms.not_after = 1;
            }
        },
        FaultClass::KeyNotInForce,
    );
    with(
        |body| {
            if let act::Body::EnrolKey(terms) = body {
                terms.agency = "POLICE".to_owned();
            }
        },
        FaultClass::ExtractRecord,
    );
}

/// A registry that succeeds another: carried records were signed for the old one.
#[test]
fn carried_records_were_signed_for_the_old_registry() {
    let (old, act, first) = registry();
    let new = old.succeeded(0);
    let first = first.get() + 1;
    let mut leaves: Vec<_> = [0, 1, 3, first].map(|position| leaf(&new, position)).into();
    leaves[3].act = act;
    leaves[3].nonce = NONCE.to_vec();
    let body = event::Body::ResidencePermitIssued(permit());
    let extract = told::Extract {
        form: FORM,
        registry: new.events.chain.origin().registry().to_owned(),
        history: vec![record(&new, first, body)],
        provenance: Some(told::Provenance {
            checkpoint: new.events.checkpoint(),
            leaves,
        }),
        ..told::Extract::default()
    };
    let signed = signed::sign(&extract, &[&new.events.signer]).unwrap();
    let report = verify_extract(&ExtractRequest {
        page: page::html(&signed).unwrap().into_bytes(),
        keys: TrustedKeys::only(new.events.signer.verifier().clone()),
        policy: None,
    });
    assert_eq!(report.exit_code(), 0, "{report}");
}
