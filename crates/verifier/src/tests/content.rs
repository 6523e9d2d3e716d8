//! Ledgers whose chain is sound and whose records say what they must not.

use sabt_chain::authorship::AuthorSigningKey;
use sabt_chain::{Commitment, Hash, Kind, LedgerName, Position};
use sabt_proto::event::v1 as proto;

use super::altered::{all, check_event_fault};
use super::support::{Draft, Registry, enrol_agency, enrol_key, revoke_agency, revoke_key};
use crate::class::FaultClass;

#[test]
fn an_act_id_is_used_once() {
    let mut registry = Registry::founded();
    let key = registry.registrar.clone();
    let drafts = registry.event_drafts(&key, &[64]);
    let again = registry.event_drafts(&key, &[64]);
    let used = drafts[0].act_id;
    registry.events.append(drafts);
    // Signed for the id it carries, so that nothing else is wrong.
    let mut draft = again.into_iter().next().unwrap();
    draft.act_id = used;
    let nonce = sabt_chain::authorship::Nonce::from_bytes([3; 32]);
    draft.authorship = Some(key.sign_act(registry.events.chain.origin(), used, b"another", &nonce));
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::RepeatedAct);
}

#[test]
fn authorship_stands_where_it_must_and_nowhere_else() {
    let key = Registry::empty().registrar;
    let mut registry = Registry::founded();
    let drafts = registry.event_drafts(&key, &[64]);
    let position = registry
        .events
        .append_edited(drafts, |envelope| envelope.authorship = None);
    check_event_fault(&registry, position, FaultClass::Authorship);

    let mut registry = Registry::founded();
    let signed = registry.event_drafts(&key, &[64]);
    let draft = Draft {
        authorship: signed[0].authorship,
        ..registry.anchor_draft(registry.disclosures.checkpoint())
    };
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Authorship);

    let mut registry = Registry::founded();
    let drafts = registry.event_drafts(&key, &[64]);
    let position = registry.disclosures.append(drafts);
    let report = registry.verify();
    let expected = [(
        LedgerName::Disclosures,
        Some(position.get()),
        FaultClass::Authorship,
    )];
    assert_eq!(all(&report), expected);
}

#[test]
fn forged_signatures_are_named_among_many() {
    let mut registry = Registry::founded();
    let key = registry.registrar.clone();
    let mut forged = Vec::new();
    for number in 0..600 {
        let drafts = registry.event_drafts(&key, &[64]);
        let position = registry.events.append_edited(drafts, |envelope| {
            if let Some(authorship) = envelope.authorship.as_mut().filter(|_| number % 97 == 5) {
                authorship.commitment = Commitment::from_bytes([0xcc; 32]);
            }
        });
        if number % 97 == 5 {
            forged.push((
                LedgerName::Events,
                Some(position.get()),
                FaultClass::Signature,
            ));
        }
    }
    let report = registry.verify();
    assert_eq!(all(&report), forged);
    assert_eq!(report.events.signatures, 603);
}

#[test]
fn keys_must_be_in_force() {
    let stranger = AuthorSigningKey::from_seed([99; 32]);
    let mut registry = Registry::founded();
    let position = registry.event_by(&stranger, &[64]);
    check_event_fault(&registry, position, FaultClass::KeyUnknown);

    // The governance key signs governance, not events; a registrar signs events, not governance.
    let mut registry = Registry::founded();
    let governance = registry.governance.clone();
    let position = registry.event_by(&governance, &[64]);
    check_event_fault(&registry, position, FaultClass::KeyUnknown);
    let mut registry = Registry::founded();
    let registrar = registry.registrar.clone();
    let position = registry.govern_by(&registrar, enrol_agency("FAKE", proto::Role::Registrar));
    check_event_fault(&registry, position, FaultClass::KeyUnknown);

    // Before its enrolment, after its revocation, after its agency's, after its time.
    let mut registry = Registry::founded();
    let second = registry.second.clone();
    let early = registry.event_by(&second, &[64]);
    registry.govern(enrol_key("BAFIA", &second, 0));
    registry.event_by(&second, &[64]);
    check_event_fault(&registry, early, FaultClass::KeyUnknown);

    let mut registry = Registry::founded();
    let registrar = registry.registrar.clone();
    registry.event(&[64]);
    registry.govern(revoke_key(&registrar));
    let late = registry.event(&[64]);
    check_event_fault(&registry, late, FaultClass::KeyNotInForce);

    let mut registry = Registry::founded();
    registry.govern(revoke_agency("BAFIA"));
    let late = registry.event(&[64]);
    check_event_fault(&registry, late, FaultClass::KeyNotInForce);

    // An agency that comes back brings its keys along.
    registry.govern(enrol_agency("BAFIA", proto::Role::Registrar));
    registry.event(&[64]);
    check_event_fault(&registry, late, FaultClass::KeyNotInForce);

    let mut registry = Registry::founded();
    let end = registry.events.clock + 3_000;
    registry.govern(enrol_key("BAFIA", &second, end));
    registry.event_by(&second, &[64]);
    registry.event(&[64]);
    let late = registry.event_by(&second, &[64]);
    check_event_fault(&registry, late, FaultClass::KeyNotInForce);
}

#[test]
fn governance_can_be_handed_on() {
    let mut registry = Registry::founded();
    let (founder, second) = (registry.governance.clone(), registry.second.clone());
    registry.govern(enrol_agency("MOI", proto::Role::Governance));
    registry.govern(enrol_key("MOI", &second, 0));
    registry.govern_by(&second, revoke_key(&founder));
    registry.govern_by(&second, enrol_agency("POLICE", proto::Role::Police));
    assert!(registry.verify().is_sound());
    let position = registry.govern(enrol_agency("FAKE", proto::Role::Police));
    check_event_fault(&registry, position, FaultClass::KeyNotInForce);
}

#[test]
fn governance_is_founded_once_and_says_what_was_signed() {
    let mut registry = Registry::empty();
    registry.govern(enrol_agency("BAFIA", proto::Role::Registrar));
    let report = registry.verify();
    let governance = (LedgerName::Events, Some(0), FaultClass::Governance);
    assert!(all(&report).contains(&governance), "{report}");

    let mut registry = Registry::founded();
    let position = registry.govern(registry.founding());
    check_event_fault(&registry, position, FaultClass::Governance);

    let mut registry = Registry::founded();
    let position = registry.govern(revoke_agency("NOBODY"));
    check_event_fault(&registry, position, FaultClass::Governance);

    // A weak key, with which anything would verify.
    let mut registry = Registry::founded();
    let position = registry.govern(proto::act::Body::EnrolKey(proto::EnrolKey {
        agency: "BAFIA".to_owned(),
        public_key: vec![0; 32],
        ..Default::default()
    }));
    check_event_fault(&registry, position, FaultClass::Governance);

    // The record states another agency than the act that was signed.
    let mut registry = Registry::founded();
    let governance = registry.governance.clone();
    let signed =
        registry.governance_draft(&governance, enrol_agency("POLICE", proto::Role::Police));
    let mut event: proto::Event = prost::Message::decode(signed.payload.as_slice()).unwrap();
    event.body = Some(proto::event::Body::AgencyEnrolled(proto::EnrolAgency {
        agency: "OTHER".to_owned(),
        ..Default::default()
    }));
    let payload = prost::Message::encode_to_vec(&event);
    let position = registry.events.append(vec![Draft { payload, ..signed }]);
    check_event_fault(&registry, position, FaultClass::Governance);

    // The act inside is another than the one that was signed.
    let mut registry = Registry::founded();
    let signed =
        registry.governance_draft(&governance, enrol_agency("POLICE", proto::Role::Police));
    let other = registry.governance_draft(&governance, enrol_agency("OTHER", proto::Role::Police));
    let authorship = other.authorship;
    let position = registry.events.append(vec![Draft {
        authorship,
        ..signed
    }]);
    let report = registry.verify();
    let of_record = all(&report)
        .iter()
        .all(|fault| fault.1 == Some(position.get()));
    assert!(
        of_record && report.exit_code() == FaultClass::Signature.exit_code(),
        "{report}"
    );
}

#[test]
fn the_founding_must_name_the_keys_that_are_trusted() {
    let registry = Registry::complete();
    let mut impostor = Registry::empty();
    impostor.disclosures.signer = sabt_chain::note::SignerKey::from_seed(
        impostor.disclosures.chain.origin().into(),
        [77; 32],
    );
    impostor.govern(impostor.founding());
    impostor.disclosures.signer = registry.disclosures.signer.clone();
    let report = impostor.verify();
    assert_eq!(
        all(&report),
        [(LedgerName::Events, Some(0), FaultClass::Governance)],
        "{report}"
    );

    let mut options = registry.options(crate::Source::Memory(crate::MemoryFiles::new(
        registry.data_files(),
    )));
    let pin = |key: &AuthorSigningKey| {
        let hex: Vec<String> = key
            .public()
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        registry.trust().with_governance_key(&hex.concat()).unwrap()
    };
    options.trust = pin(&registry.governance);
    assert!(crate::verify(&options).unwrap().is_sound());
    options.trust = pin(&registry.registrar);
    let report = crate::verify(&options).unwrap();
    assert_eq!(
        all(&report),
        [(LedgerName::Events, Some(0), FaultClass::Governance)],
        "{report}"
    );
}

#[test]
fn erasures_and_their_records_belong_together() {
    let mut registry = Registry::complete();
    registry.events.destroy(Position::new(4));
    check_event_fault(&registry, Position::new(4), FaultClass::Erasure);

    let mut registry = Registry::complete();
    registry.record_erasure(&[Position::new(4)]);
    check_event_fault(&registry, Position::new(4), FaultClass::ErasureUndone);

    let mut registry = Registry::complete();
    registry.events.destroy(Position::FIRST);
    let report = registry.verify();
    assert_eq!(
        all(&report)[0].1.zip(Some(all(&report)[0].2)),
        Some((0, FaultClass::KeyUnknown)),
        "{report}"
    );
    assert!(all(&report).contains(&(LedgerName::Events, Some(0), FaultClass::Erasure)));
}

#[test]
fn an_erasure_record_must_be_lawful_on_its_face() {
    let lawful = Registry::complete().order(&[Position::new(4)]);
    let cases = [
        proto::Erasure {
            positions: vec![],
            ..lawful.clone()
        },
        proto::Erasure {
            positions: vec![4, 2],
            ..lawful.clone()
        },
        proto::Erasure {
            positions: vec![4, 500],
            ..lawful.clone()
        },
        proto::Erasure {
            legal_basis: " ".to_owned(),
            ..lawful.clone()
        },
        proto::Erasure {
            approvers: vec!["BAFIA/D5001".to_owned(), "BAFIA/D5001".to_owned()],
            ..lawful.clone()
        },
    ];
    for erasure in cases {
        let mut registry = Registry::complete();
        if erasure.positions.contains(&4) {
            registry.events.destroy(Position::new(4));
        }
        let draft = registry.erasure_draft(erasure);
        let position = registry.events.append(vec![draft]);
        let report = registry.verify();
        let mut found = all(&report);
        found.dedup();
        let expected = [(
            LedgerName::Events,
            Some(position.get()),
            FaultClass::ErasureRecord,
        )];
        assert_eq!(found, expected, "{report}");
    }
    // Signed over other positions than it names.
    let mut registry = Registry::complete();
    let other = registry.erasure_draft(proto::Erasure {
        positions: vec![5],
        ..lawful.clone()
    });
    let mut draft = registry.erasure_draft(lawful);
    let key = registry.governance.clone();
    let origin = registry.events.chain.origin();
    draft.authorship = Some(key.sign_erasure_record(origin, draft.act_id, &other.payload));
    registry.events.destroy(Position::new(4));
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Signature);
}

/// However lawful it looks and whoever signed the record: what no two officers ordered is no erasure.
#[test]
fn an_erasure_rests_on_an_order() {
    let mut registry = Registry::complete();
    let draft = registry.bare_erasure_draft(&[Position::new(4)]);
    registry.events.destroy(Position::new(4));
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::ErasureOrder);

    // One that was carried over from an old registry is one, too.
    let successor = registry.succeeded(0);
    let carried = Position::new(position.get() + 1);
    let report = successor.verify();
    let expected = (
        LedgerName::Events,
        Some(carried.get()),
        FaultClass::ErasureOrder,
    );
    assert!(all(&report).contains(&expected), "{report}");
}

/// Who looked is not erased by an order: neither by one of two officers, nor by a record that nobody signed.
#[test]
fn no_disclosure_is_erased_by_a_record() {
    for ordered in [true, false] {
        let mut registry = Registry::complete();
        let named = [Position::FIRST];
        let draft = if ordered {
            registry.erasure_draft(registry.order(&named))
        } else {
            registry.bare_erasure_draft(&named)
        };
        registry.disclosures.destroy(Position::FIRST);
        let position = registry.disclosures.append(vec![Draft {
            authorship: None,
            ..draft
        }]);
        let report = registry.verify();
        let fault = |position, class| (LedgerName::Disclosures, Some(position), class);
        let expected = [
            fault(0, FaultClass::Erasure),
            fault(position.get(), FaultClass::Kind),
        ];
        assert_eq!(all(&report), expected, "{report}");
    }
}

#[test]
fn anchors_agree_with_the_other_ledger() {
    let mut registry = Registry::complete();
    let size = registry.disclosures.state.size();
    let draft = registry.anchor_draft(registry.disclosures.checkpoint_at(size, Hash::EMPTY_ROOT));
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Anchor);

    let mut registry = Registry::complete();
    let draft = registry.anchor_draft(
        registry
            .disclosures
            .checkpoint_at(sabt_chain::Size::new(900), Hash::EMPTY_ROOT),
    );
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Anchor);

    let mut registry = Registry::complete();
    let draft = registry.anchor_draft(registry.events.checkpoint());
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Anchor);

    let mut registry = Registry::complete();
    let draft = registry.anchor_draft(
        registry
            .disclosures
            .checkpoint_at(sabt_chain::Size::EMPTY, Hash::EMPTY_ROOT),
    );
    let position = registry.events.append(vec![draft]);
    check_event_fault(&registry, position, FaultClass::Anchor);
}

#[test]
fn disclosures_hold_no_governance() {
    let mut registry = Registry::complete();
    let key = registry.governance.clone();
    let draft = registry.governance_draft(&key, enrol_agency("FAKE", proto::Role::Police));
    let position = registry.disclosures.append(vec![Draft {
        authorship: None,
        ..draft
    }]);
    let report = registry.verify();
    let expected = [(
        LedgerName::Disclosures,
        Some(position.get()),
        FaultClass::Kind,
    )];
    assert_eq!(all(&report), expected, "{report}");
}

#[test]
fn the_events_ledger_starts_with_the_founding() {
    let mut registry = Registry::empty();
    let mut drafts = registry.event_drafts(&registry.registrar.clone(), &[64]);
    drafts[0].kind = Kind::Event;
    registry.events.append(drafts);
    let report = registry.verify();
    assert!(
        all(&report).contains(&(LedgerName::Events, Some(0), FaultClass::Governance)),
        "{report}"
    );
}

/// A look-up is justified by an agency that looks, and not by the governance authority, which looks at nothing.
#[test]
fn a_look_up_is_justified_by_an_agency() {
    let justification = || {
        proto::act::Body::JustifyLookup(proto::JustifyLookup {
            disclosure: 3,
            ground: proto::LookupGround::CaseWork.into(),
        })
    };
    let police = AuthorSigningKey::from_seed([61; 32]);
    let founded = || {
        let mut registry = Registry::founded();
        registry.govern(enrol_agency("POLICE-2", proto::Role::Police));
        registry.govern(enrol_key("POLICE-2", &police, 0));
        registry
    };
    let mut registry = founded();
    registry.govern_by(&police, justification());
    registry.govern(enrol_agency("LATER", proto::Role::Police));
    assert_eq!(all(&registry.verify()), []);

    let mut registry = founded();
    let position = registry.govern(justification());
    check_event_fault(&registry, position, FaultClass::KeyUnknown);
}

/// A court's order to withhold a disclosure for longer is entered by the data-protection officer, and by nobody else; a
/// data-protection officer's key signs no other governance record.
#[test]
fn a_courts_order_is_signed_by_the_data_protection_officer() {
    let order = || {
        proto::act::Body::ExtendDeferral(proto::ExtendDeferral {
            disclosure: 3,
            until: 1_789_459_200_000_000,
            court: "Tehran 4".to_owned(),
            order_number: "1405/77".to_owned(),
        })
    };
    let protector = AuthorSigningKey::from_seed([61; 32]);
    let founded = || {
        let mut registry = Registry::founded();
        registry.govern(enrol_agency("DPO", proto::Role::DataProtectionOfficer));
        registry.govern(enrol_key("DPO", &protector, 0));
        registry
    };
    let mut registry = founded();
    registry.govern_by(&protector, order());
    registry.govern(enrol_agency("LATER", proto::Role::Police));
    let report = registry.verify();
    assert_eq!(all(&report), []);

    let mut registry = founded();
    let position = registry.govern(order());
    check_event_fault(&registry, position, FaultClass::KeyUnknown);

    let mut registry = founded();
    registry.govern_by(&protector, order());
    let other = enrol_agency("OTHER", proto::Role::Police);
    let position = registry.govern_by(&protector, other);
    check_event_fault(&registry, position, FaultClass::KeyUnknown);

    let mut registry = founded();
    let police = registry.second.clone();
    registry.govern(enrol_agency("POLICE", proto::Role::Police));
    registry.govern(enrol_key("POLICE", &police, 0));
    let position = registry.govern_by(&police, order());
    check_event_fault(&registry, position, FaultClass::KeyUnknown);
}
