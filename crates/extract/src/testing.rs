//! An extract of a person who does not exist.

use sabt_chain::note::SignerKey;
use sabt_chain::{LedgerName, Origin};
use sabt_proto::event::v1::{self as event, event::Body};
use sabt_proto::extract::v1 as extract;

use crate::label::{self, Labels};

/// Name of the registry.
pub(crate) const REGISTRY: &str = "registry.example/sabt";

/// A key of the events log.
pub(crate) fn signer() -> SignerKey {
    let origin = Origin::new(REGISTRY, LedgerName::Events).unwrap();
    SignerKey::from_seed((&origin).into(), [5; 32])
}

pub(crate) fn jalali(year: i32, month: u32, day: u32) -> event::Date {
    event::Date {
        calendar: event::Calendar::Jalali.into(),
        year,
        month,
        day,
    }
}

/// Zeinab Rezaei, born in Herat.
pub(crate) fn particulars() -> event::Particulars {
    event::Particulars {
        names: vec![
            event::Name {
                kind: event::NameKind::AsWritten.into(),
                script: event::Script::Arabic.into(),
                given: "\u{632}\u{6cc}\u{646}\u{628}".to_owned(),
                family: "\u{631}\u{636}\u{627}\u{6cc}\u{6cc}".to_owned(),
                father: "\u{645}\u{62d}\u{645}\u{62f} \u{62d}\u{633}\u{6cc}\u{646}".to_owned(),
                language: "fa-AF".to_owned(),
                ..event::Name::default()
            },
            event::Name {
                kind: event::NameKind::Transliteration.into(),
                script: event::Script::Latin.into(),
                given: "Zeinab".to_owned(),
                family: "Rezaei".to_owned(),
                ..event::Name::default()
            },
        ],
        sex: event::Sex::Female.into(),
        birth_date: Some(jalali(1370, 0, 0)),
        birth_place: Some(event::Place {
            country: "AFG".to_owned(),
            locality: "\u{647}\u{631}\u{627}\u{62a}".to_owned(),
            ..event::Place::default()
        }),
        nationalities: vec![event::Nationality {
            country: "AFG".to_owned(),
            state: event::NationalityState::Claimed.into(),
        }],
    }
}

fn record(position: u64, state: &str, body: Body) -> extract::Record {
    extract::Record {
        position,
        act_id: vec![7; 16],
        recorded_at: 1_789_459_200_000_000,
        agency: "BAFIA".to_owned(),
        state: state.to_owned(),
        amended_by: Vec::new(),
        contested: false,
        event: Some(event::Event {
            act: Vec::new(),
            nonce: Vec::new(),
            occurred_on: Some(jalali(1402, 3, 5)),
            office_recorded_at: 1_789_459_200_000_000,
            office: "THR-01".to_owned(),
            legal_basis: "duty:12".to_owned(),
            law_edition: "1405-1".to_owned(),
            body: Some(body),
        }),
    }
}

fn look_ups() -> extract::LookUps {
    extract::LookUps {
        entries: vec![extract::LookUp {
            position: 9,
            recorded_at: 1_789_459_200_000_000,
            verb: event::DisclosureVerb::Verified.into(),
            agency: "POLICE".to_owned(),
            officer: "P3001".to_owned(),
            role: event::Role::Police.into(),
            purpose: "STAY_CHECK".to_owned(),
            legal_basis: "law:art. 8(4)".to_owned(),
            method: "sabt.api.v1.Persons/VerifyStay".to_owned(),
            field_groups: vec!["VERDICT".to_owned()],
            policy_edition: "1405-3".to_owned(),
            ..extract::LookUp::default()
        }],
        deferred: 2,
        earlier: 0,
    }
}

fn history() -> Vec<extract::Record> {
    let registered = event::PersonRegistered {
        number: "123456789012".to_owned(),
        particulars: Some(particulars()),
        evidence: event::EvidenceState::NoDocument.into(),
        documents: Vec::new(),
        address: None,
        file_province: "IR-23".to_owned(),
    };
    let permit = event::IssueResidencePermit {
        person: "123456789012".to_owned(),
        kind: event::ResidenceKind::Temporary.into(),
        basis: event::ResidenceBasis::General.into(),
        scope: event::PermitScope::Individual.into(),
        permit_number: "T-1".to_owned(),
        valid_from: Some(jalali(1405, 1, 1)),
        valid_until: Some(jalali(1405, 12, 29)),
    };
    vec![
        record(21, "IN_FORCE", Body::PersonRegistered(registered)),
        record(23, "CORRECTED", Body::ResidencePermitIssued(permit)),
    ]
}

/// A whole extract with its words.
pub(crate) fn extract() -> extract::Extract {
    let mut whole = extract::Extract {
        form: crate::FORM,
        registry: REGISTRY.to_owned(),
        person: "123456789012".to_owned(),
        made_at: 1_789_459_200_000_000,
        reflects: 31,
        request: Some(extract::Request {
            agency: "BAFIA".to_owned(),
            officer: "K1001".to_owned(),
            role: event::Role::Registrar.into(),
            purpose: "SUBJECT_ACCESS".to_owned(),
            legal_basis: "design:7.5".to_owned(),
            case_reference: "C-1".to_owned(),
            consent_reference: "R-17".to_owned(),
            policy_edition: "1405-3".to_owned(),
        }),
        identity: Some(extract::Identity {
            number: "123456789012".to_owned(),
            particulars: Some(particulars()),
            same_as: Vec::new(),
            records: 2,
        }),
        statuses: vec![event::PersonStatus::Migrant.into()],
        residence: Some(extract::Residence {
            verdict: "VALID".to_owned(),
            reason: String::new(),
            permissions: vec![extract::Permission {
                form: "PERMIT".to_owned(),
                number: "T-1".to_owned(),
                residence_kind: event::ResidenceKind::Temporary.into(),
                valid_from: Some(jalali(1405, 1, 1)),
                valid_until: Some(jalali(1405, 12, 29)),
                state: "VALID".to_owned(),
                ..extract::Permission::default()
            }],
        }),
        presence: Some(extract::Presence {
            presence: "IN_COUNTRY".to_owned(),
            ..extract::Presence::default()
        }),
        deadlines: vec![extract::Deadline {
            deadline: "PERMIT_ENDS".to_owned(),
            due: Some(jalali(1405, 12, 29)),
            article: "law:art. 19".to_owned(),
            limit: "TL-32".to_owned(),
            number: "T-1".to_owned(),
        }],
        contest: Some(extract::Contest {
            agency: "BAFIA".to_owned(),
            office: "THR-01".to_owned(),
            file_province: "IR-23".to_owned(),
            objections: Vec::new(),
        }),
        look_ups: Some(look_ups()),
        history: history(),
        provenance: Some(extract::Provenance::default()),
        ..extract::Extract::default()
    };
    let mut labels = Labels::known();
    labels.add_code(
        "office",
        "THR-01",
        "Tehran office 1",
        "\u{62f}\u{641}\u{62a}\u{631} \u{6f1} \u{62a}\u{647}\u{631}\u{627}\u{646}",
    );
    label::name(&mut whole, &labels).unwrap();
    whole
}
