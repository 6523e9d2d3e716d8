//! Short builders of what acts are made of.

use crate::access::Role;
use crate::act::*;
use crate::fact::*;
use crate::law::*;
use crate::life::At;
use crate::name::{Name, NameKind, Script};
use crate::number::{CampaignNumber, ClaimNumber, IranianNationalNumber, PersonNumber};
use crate::time::{Calendar, Day, PartialDate, Timestamp};

/// A Jalali date.
pub(crate) fn on(text: &str) -> PartialDate {
    PartialDate::parse(text, Calendar::Jalali).unwrap()
}

/// A Jalali day.
pub(crate) fn day(text: &str) -> Day {
    on(text).earliest()
}

/// The whole life as of a Jalali day.
pub(crate) fn as_of(text: &str) -> At {
    At::day(day(text))
}

pub(crate) fn code<T: std::str::FromStr<Err = InvalidCode>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn iranian(serial: u64) -> Party {
    Party::Iranian(IranianNationalNumber::from_serial(serial).unwrap())
}

pub(crate) fn particulars(born: &str, sex: Sex) -> Particulars {
    Particulars {
        names: vec![Name {
            kind: NameKind::AsWritten,
            script: Script::Latin,
            given: "Maryam".into(),
            family: "Rezai".into(),
            father: "Ali".into(),
            grandfather: String::new(),
            language: "fa-AF".into(),
        }],
        sex,
        birth_date: (!born.is_empty()).then(|| on(born)),
        birth_place: Some(Place {
            country: Some(code("AFG")),
            province: "Herat".into(),
            locality: String::new(),
        }),
        nationalities: vec![Nationality {
            country: Some(code("AFG")),
            state: NationalityState::Confirmed,
        }],
    }
}

pub(crate) fn document(kind: DocumentKind, number: &str) -> Document {
    Document {
        kind,
        issuer: code("AFG"),
        number: number.into(),
        issued_on: Some(on("1395-01-01")),
        valid_until: Some(on("1404-12-29")),
        mrz: vec![],
    }
}

pub(crate) fn reference(kind: DocumentKind, number: &str) -> DocumentReference {
    DocumentReference {
        kind,
        issuer: code("AFG"),
        number: number.into(),
    }
}

pub(crate) fn address(street: &str) -> Address {
    Address {
        province: ProvinceCode::Tehran,
        county: "Tehran".into(),
        locality: "Tehran".into(),
        street: street.into(),
        postal_code: "1234567890".into(),
    }
}

pub(crate) fn member(person: PersonNumber, relation: Relation) -> MemberRelation {
    MemberRelation { person, relation }
}

pub(crate) fn decision() -> AdverseDecision {
    AdverseDecision {
        decided_by: "commission".into(),
        ground: "art. 20 note 1".into(),
        served_on: Some(on("1401-06-01")),
        appeal_body: "organisation".into(),
    }
}

pub(crate) fn founding() -> FoundRegistry {
    FoundRegistry {
        name: "registry.example".into(),
        events_log_key: "registry.example/events+00000000+AAAA".into(),
        disclosures_log_key: "registry.example/disclosures+00000000+AAAA".into(),
        governance_key: PublicKey([1; 32]),
    }
}

/// A key takes the place of another of the same log, which retires a century after the registry's clock.
pub(crate) fn rotate_log_key(old: &str, new: &str) -> RotateLogKey {
    let name = old.split('+').next().unwrap_or_default();
    RotateLogKey {
        old_log_key: old.into(),
        new_log_key: format!("{name}+00000001+{new}"),
        retire_at: Timestamp::start_of_day_in_tehran(day("1505-01-01")),
        old_signature: [1; 64],
        new_signature: [2; 64],
    }
}

pub(crate) fn enrol_agency(agency: &str, role: Role) -> EnrolAgency {
    EnrolAgency {
        agency: code(agency),
        name_fa: agency.into(),
        name_en: agency.into(),
        roles: vec![role],
        state: CountryCode::IRAN,
        rights: Vec::new(),
    }
}

pub(crate) fn enrol_office(office: &str, agency: &str, province: ProvinceCode) -> EnrolOffice {
    EnrolOffice {
        office: code(office),
        agency: code(agency),
        province,
        name_fa: office.into(),
        name_en: office.into(),
    }
}

pub(crate) fn register_person(born: &str, sex: Sex) -> RegisterPerson {
    RegisterPerson {
        particulars: particulars(born, sex),
        evidence: EvidenceState::NoDocument,
        documents: vec![],
        address: None,
    }
}

pub(crate) fn register_with(documents: Vec<Document>) -> RegisterPerson {
    RegisterPerson {
        evidence: EvidenceState::Document,
        documents,
        ..register_person("1370-01-01", Sex::Male)
    }
}

pub(crate) fn birth(
    date: &str,
    father: Option<PersonNumber>,
    mother: Option<PersonNumber>,
) -> RegisterBirth {
    RegisterBirth {
        child: particulars(date, Sex::Female),
        mother: mother.map(Party::Person),
        father: father.map(Party::Person),
        household: None,
        informant: Some(Informant {
            relation: InformantRelation::Parent,
            person: father.or(mother),
        }),
        certificate: None,
    }
}

pub(crate) fn death(person: PersonNumber) -> RegisterDeath {
    RegisterDeath {
        person,
        place: None,
        informant: None,
        certificate: None,
    }
}

pub(crate) fn marriage(husband: Party, wife: Party) -> RegisterMarriage {
    RegisterMarriage {
        husband,
        wife,
        kind: MarriageKind::Permanent,
        term_months: 0,
        form: MarriageForm::OfficialDeed,
        registered_with: Some(RegisteredWith::Iran),
        deed_number: "D-1".into(),
        licence_number: String::new(),
    }
}

pub(crate) fn divorce(husband: Party, wife: Party) -> RegisterDivorce {
    RegisterDivorce {
        husband,
        wife,
        kind: DivorceKind::Irrevocable,
        deed_number: "T-1".into(),
        custody: vec![],
    }
}

pub(crate) fn permit(
    person: PersonNumber,
    kind: ResidenceKind,
    number: &str,
    from: &str,
    until: &str,
) -> IssueResidencePermit {
    let basis = match kind {
        ResidenceKind::ThreeYear => ResidenceBasis::Investor,
        ResidenceKind::Amayesh => ResidenceBasis::Campaign,
        ResidenceKind::Refugee => ResidenceBasis::Refugee,
        ResidenceKind::Limited => ResidenceBasis::Stateless,
        ResidenceKind::GuestTown => ResidenceBasis::TraffickingVictim,
        ResidenceKind::Special => ResidenceBasis::OutstandingService,
        ResidenceKind::Temporary | ResidenceKind::SevenYear => ResidenceBasis::General,
    };
    IssueResidencePermit {
        person,
        kind,
        basis,
        scope: PermitScope::Individual,
        permit_number: number.into(),
        valid_from: on(from),
        valid_until: (!until.is_empty()).then(|| on(until)),
    }
}

/// A claim lodged at a border post.
pub(crate) fn lodge_claim(person: PersonNumber) -> LodgeAsylumClaim {
    LodgeAsylumClaim {
        person,
        lodged_at: AsylumLodging::BorderPost,
        place: "DOGHAROUN".into(),
        grounds: vec![AsylumGround::Religious, AsylumGround::FearForLife],
        interview_reference: "I-1".into(),
        shelter_address: Some(address("Second Street")),
    }
}

/// A claim decided without anything that its outcome needs.
pub(crate) fn decide_claim(claim: ClaimNumber, outcome: AsylumOutcome) -> DecideAsylumClaim {
    DecideAsylumClaim {
        claim,
        outcome,
        decided_by: String::new(),
        decision: None,
        declaration_reference: String::new(),
    }
}

/// A claim granted.
pub(crate) fn grant_claim(claim: ClaimNumber) -> DecideAsylumClaim {
    DecideAsylumClaim {
        decided_by: "council".into(),
        ..decide_claim(claim, AsylumOutcome::Granted)
    }
}

/// A claim refused, with notice served on this day.
pub(crate) fn refuse_claim(claim: ClaimNumber, served_on: &str) -> DecideAsylumClaim {
    DecideAsylumClaim {
        decision: Some(AdverseDecision {
            served_on: Some(on(served_on)),
            ..decision()
        }),
        ..decide_claim(claim, AsylumOutcome::Refused)
    }
}

/// A round of Amayesh for everybody, everywhere.
pub(crate) fn open_campaign(round: u32, opens_on: &str) -> OpenCampaign {
    OpenCampaign {
        kind: CampaignKind::Amayesh,
        round,
        opens_on: on(opens_on),
        closes_on: None,
        card: None,
        provinces: std::collections::BTreeSet::new(),
        nationalities: std::collections::BTreeSet::new(),
        statuses: std::collections::BTreeSet::new(),
    }
}

pub(crate) fn take_part(
    campaign: CampaignNumber,
    person: PersonNumber,
) -> RecordCampaignParticipation {
    RecordCampaignParticipation {
        campaign,
        person,
        service_office: None,
        card_number: String::new(),
    }
}
