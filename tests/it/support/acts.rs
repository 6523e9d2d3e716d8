//! Acts as offices write them.

use sabt_domain::number::IranianNationalNumber;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act};
use sabt_server::clock::Clock;

use super::NOW;

/// An office of the directorate in Tehran; its keys are those of the registrar.
pub(crate) const TEHRAN: &str = "THR-01";
/// An office of the directorate in Razavi Khorasan.
pub(crate) const KHORASAN: &str = "RKH-01";
/// An office of the border police in Razavi Khorasan.
pub(crate) const BORDER: &str = "RKH-81";

/// The office of the asylum unit.
pub(crate) const UNIT: &str = "THR-97";
/// The office that organises campaigns.
pub(crate) const ORGANISING: &str = "THR-96";

/// A Jalali date: `1402-03-05`, `1402-03` or `1402`.
pub(crate) fn jalali(text: &str) -> event::Date {
    date(text, event::Calendar::Jalali)
}

/// A Gregorian date.
pub(crate) fn gregorian(text: &str) -> event::Date {
    date(text, event::Calendar::Gregorian)
}

fn date(text: &str, calendar: event::Calendar) -> event::Date {
    let mut parts = text.split('-').map(|part| part.parse::<u16>().unwrap());
    event::Date {
        calendar: calendar.into(),
        year: parts.next().unwrap().into(),
        month: parts.next().unwrap_or_default().into(),
        day: parts.next().unwrap_or_default().into(),
    }
}

/// An act of the office in Tehran about a fact of this Jalali date, with a new identifier.
pub(crate) fn act(on: &str, body: Body) -> Act {
    Act {
        act_id: sabt_cli::sign::new_act_id(&Clock::fixed(NOW)).to_vec(),
        office: TEHRAN.to_owned(),
        officer: "K1001".to_owned(),
        occurred_on: Some(jalali(on)),
        recorded_at: NOW,
        legal_basis: "duty:12".to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(body),
    }
}

/// The same act by another office.
pub(crate) fn by_office(office: &str, act: Act) -> Act {
    Act {
        office: office.to_owned(),
        ..act
    }
}

/// A governance act.
pub(crate) fn governance_act(body: Body) -> Act {
    Act {
        office: "MOI".to_owned(),
        officer: "G6001".to_owned(),
        legal_basis: "design:4 governance records".to_owned(),
        ..act("1405-06-24", body)
    }
}

/// Enrols an agency.
pub(crate) fn enrol_agency(agency: &str, role: event::Role) -> Body {
    Body::EnrolAgency(event::EnrolAgency {
        agency: agency.to_owned(),
        name_fa: agency.to_owned(),
        name_en: agency.to_owned(),
        roles: vec![role.into()],
        state: "IRN".to_owned(),
        rights: Vec::new(),
    })
}

/// Enrols an office.
pub(crate) fn enrol_office(office: &str, agency: &str, province: &str) -> Body {
    Body::EnrolOffice(event::EnrolOffice {
        office: office.to_owned(),
        agency: agency.to_owned(),
        province: province.to_owned(),
        name_fa: office.to_owned(),
        name_en: office.to_owned(),
    })
}

/// Enrols a key; without an office it signs for every office of the agency.
pub(crate) fn enrol_key(agency: &str, key: &[u8; 32], office: &str, not_after: i64) -> Body {
    Body::EnrolKey(event::EnrolKey {
        agency: agency.to_owned(),
        public_key: key.to_vec(),
        office: office.to_owned(),
        not_after,
        supervisor: String::new(),
        emergency_officer: String::new(),
    })
}

/// An Iranian national.
pub(crate) fn iranian(serial: u64) -> event::Party {
    let number = IranianNationalNumber::from_serial(serial).unwrap();
    let who = event::party::Who::IranianNationalNumber(number.to_string());
    event::Party { who: Some(who) }
}

/// A registered person in a legal relation.
pub(crate) fn party(person: &str) -> event::Party {
    let who = event::party::Who::Person(person.to_owned());
    event::Party { who: Some(who) }
}

/// Particulars of somebody who is called the same as everybody else.
pub(crate) fn particulars(sex: event::Sex, born: &str) -> event::Particulars {
    event::Particulars {
        names: vec![event::Name {
            kind: event::NameKind::AsWritten.into(),
            script: event::Script::Arabic.into(),
            given: "\u{632}\u{6cc}\u{646}\u{628}".to_owned(),
            family: "\u{631}\u{636}\u{627}\u{6cc}\u{6cc}".to_owned(),
            language: "fa-AF".to_owned(),
            ..event::Name::default()
        }],
        sex: sex.into(),
        birth_date: Some(jalali(born)),
        birth_place: None,
        nationalities: vec![event::Nationality {
            country: "AFG".to_owned(),
            state: event::NationalityState::Claimed.into(),
        }],
    }
}

/// The registration of a person without papers.
pub(crate) fn register(sex: event::Sex, born: &str) -> event::RegisterPerson {
    event::RegisterPerson {
        particulars: Some(particulars(sex, born)),
        evidence: event::EvidenceState::NoDocument.into(),
        documents: Vec::new(),
        address: Some(address("IR-23")),
    }
}

/// The registration of a person who shows a passport of this number.
pub(crate) fn register_with(sex: event::Sex, born: &str, passport: &str) -> event::RegisterPerson {
    event::RegisterPerson {
        evidence: event::EvidenceState::Document.into(),
        documents: vec![document(passport)],
        ..register(sex, born)
    }
}

/// An address in a province.
pub(crate) fn address(province: &str) -> event::Address {
    event::Address {
        province: province.to_owned(),
        ..event::Address::default()
    }
}

/// An Afghan passport, valid from 1400 to 1409.
pub(crate) fn document(number: &str) -> event::Document {
    event::Document {
        kind: event::DocumentKind::Passport.into(),
        issuer: "AFG".to_owned(),
        number: number.to_owned(),
        issued_on: Some(jalali("1400-01-01")),
        valid_until: Some(jalali("1409-12-29")),
        mrz: Vec::new(),
    }
}

/// The passport by its number.
pub(crate) fn reference(number: &str) -> event::DocumentReference {
    event::DocumentReference {
        kind: event::DocumentKind::Passport.into(),
        issuer: "AFG".to_owned(),
        number: number.to_owned(),
    }
}

/// The birth of a girl on this date.
pub(crate) fn birth(on: &str, mother: Option<&str>, father: Option<&str>) -> event::RegisterBirth {
    event::RegisterBirth {
        child: Some(particulars(event::Sex::Female, on)),
        mother: mother.map(party),
        father: father.map(party),
        ..event::RegisterBirth::default()
    }
}

/// A death without further particulars.
pub(crate) fn death(person: &str) -> event::RegisterDeath {
    event::RegisterDeath {
        person: person.to_owned(),
        ..event::RegisterDeath::default()
    }
}

/// A permanent marriage by religious form.
pub(crate) fn marriage(husband: event::Party, wife: event::Party) -> event::RegisterMarriage {
    event::RegisterMarriage {
        husband: Some(husband),
        wife: Some(wife),
        kind: event::MarriageKind::Permanent.into(),
        form: event::MarriageForm::Religious.into(),
        ..event::RegisterMarriage::default()
    }
}

/// A residence permit for one person.
pub(crate) fn permit(
    person: &str,
    kind: event::ResidenceKind,
    basis: event::ResidenceBasis,
    number: &str,
    term: (&str, &str),
) -> event::IssueResidencePermit {
    event::IssueResidencePermit {
        person: person.to_owned(),
        kind: kind.into(),
        basis: basis.into(),
        scope: event::PermitScope::Individual.into(),
        permit_number: number.to_owned(),
        valid_from: Some(jalali(term.0)),
        valid_until: (!term.1.is_empty()).then(|| jalali(term.1)),
    }
}

/// A temporary permit on no special ground.
pub(crate) fn temporary(person: &str, number: &str, term: (&str, &str)) -> Body {
    Body::IssueResidencePermit(permit(
        person,
        event::ResidenceKind::Temporary,
        event::ResidenceBasis::General,
        number,
        term,
    ))
}

/// An officer attests a condition of residence, met from this day on, by a paper with this reference.
pub(crate) fn attest(
    person: &str,
    condition: event::ResidenceCondition,
    reference: &str,
    met_on: &str,
) -> Body {
    Body::AttestResidenceCondition(event::AttestResidenceCondition {
        person: person.to_owned(),
        condition: condition.into(),
        reference: reference.to_owned(),
        met_on: Some(jalali(met_on)),
    })
}

/// The council exempts somebody from a condition of residence.
pub(crate) fn exempt(person: &str, condition: event::ResidenceCondition) -> Body {
    Body::ExemptFromResidenceCondition(event::ExemptFromResidenceCondition {
        person: person.to_owned(),
        condition: condition.into(),
        decided_by: event::ExemptionBody::Council.into(),
        reference: "resolution 9".to_owned(),
    })
}

/// A decision that takes something away, served on this date.
pub(crate) fn decision(served_on: &str) -> event::AdverseDecision {
    event::AdverseDecision {
        decided_by: "commission".to_owned(),
        ground: "art. 20 note 1".to_owned(),
        served_on: Some(jalali(served_on)),
        appeal_body: "organisation".to_owned(),
    }
}

/// A person contests what is told of them under a field group.
pub(crate) fn dispute(person: &str, field_group: &str) -> event::DisputeFact {
    event::DisputeFact {
        person: person.to_owned(),
        field_group: field_group.to_owned(),
        ground: event::DisputeGround::Inaccurate.into(),
        statement_reference: "S-7".to_owned(),
        ..event::DisputeFact::default()
    }
}

/// A member of a household.
pub(crate) fn member(person: &str, relation: event::Relation) -> event::MemberRelation {
    event::MemberRelation {
        person: person.to_owned(),
        relation: relation.into(),
    }
}

/// A claim to asylum lodged at the border.
pub(crate) fn lodge(person: &str) -> Body {
    Body::LodgeAsylumClaim(event::LodgeAsylumClaim {
        person: person.to_owned(),
        lodged_at: event::AsylumLodging::BorderPost.into(),
        place: "DOGHAROUN".to_owned(),
        grounds: vec![
            event::AsylumGround::Religious.into(),
            event::AsylumGround::FearForLife.into(),
        ],
        interview_reference: "I-1".to_owned(),
        shelter_address: Some(address("IR-23")),
    })
}

/// An interview about a claim.
pub(crate) fn interview(claim: &str) -> Body {
    Body::RecordAsylumInterview(event::RecordAsylumInterview {
        claim: claim.to_owned(),
        interview_reference: "I-2".to_owned(),
        shelter_address: None,
    })
}

/// A claim refused, with notice served on this date.
pub(crate) fn refuse(claim: &str, served_on: &str) -> Body {
    Body::DecideAsylumClaim(event::DecideAsylumClaim {
        claim: claim.to_owned(),
        outcome: event::AsylumOutcome::Refused.into(),
        decision: Some(decision(served_on)),
        ..event::DecideAsylumClaim::default()
    })
}

/// A claim granted.
pub(crate) fn recognise(claim: &str) -> Body {
    Body::DecideAsylumClaim(event::DecideAsylumClaim {
        claim: claim.to_owned(),
        outcome: event::AsylumOutcome::Granted.into(),
        decided_by: "council".to_owned(),
        ..event::DecideAsylumClaim::default()
    })
}

/// A claim withdrawn by the person.
pub(crate) fn withdraw(claim: &str) -> Body {
    Body::DecideAsylumClaim(event::DecideAsylumClaim {
        claim: claim.to_owned(),
        outcome: event::AsylumOutcome::Withdrawn.into(),
        declaration_reference: "D-1".to_owned(),
        ..event::DecideAsylumClaim::default()
    })
}

/// A person asks for a service at the counter.
pub(crate) fn request_service(service: &str, person: &str) -> event::RequestService {
    event::RequestService {
        service: service.to_owned(),
        applicant: Some(event::Applicant {
            who: Some(event::applicant::Who::Person(person.to_owned())),
        }),
        channel: event::RequestChannel::Counter.into(),
        ..event::RequestService::default()
    }
}

/// An act did not happen.
pub(crate) fn annulment(target: &[u8]) -> Body {
    Body::AnnulAct(event::AnnulAct {
        target_act_id: target.to_vec(),
        reason: "entered by mistake".to_owned(),
    })
}

/// An order of expulsion, of somebody without visa or card.
pub(crate) fn expulsion(person: &str, number: &str) -> Body {
    Body::OrderExpulsion(event::OrderExpulsion {
        person: person.to_owned(),
        order_number: number.to_owned(),
        decided_by: "directorate".to_owned(),
        ground: event::ExpulsionGround::NoVisaOrCard.into(),
        appeal_body: "commission of Article 12".to_owned(),
        court_ruling: String::new(),
        destination: "AFG".to_owned(),
    })
}

/// A holding in a care camp, a month at most.
pub(crate) fn holding(person: &str, number: &str) -> Body {
    Body::BeginHolding(event::BeginHolding {
        person: person.to_owned(),
        holding_number: number.to_owned(),
        basis: event::HoldingBasis::DisplacedOrIrregular.into(),
        place_kind: event::HoldingPlace::CareCamp.into(),
        place: "camp 3".to_owned(),
        ordered_by: "police, Tehran".to_owned(),
    })
}

/// A face, of which the template is held elsewhere under a reference.
pub(crate) fn template(person: &str, reference: &str) -> Body {
    Body::RecordBiometricReference(event::RecordBiometricReference {
        person: person.to_owned(),
        modality: event::BiometricModality::Face.into(),
        device: String::new(),
        system: "ABIS-1".to_owned(),
        reference: reference.to_owned(),
        digest: vec![7; 32],
    })
}
