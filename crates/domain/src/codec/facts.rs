use core::num::TryFromIntError;

use sabt_proto::event::v1 as proto;

use super::field::{Field, Wire, wire};
use super::reader::Reader;
use crate::act::{ExpectedVersion, SubjectId};
use crate::fact::limits::{
    CUSTODIES_MAX, DOCUMENTS_MAX, EXPECTED_MAX, HOUSEHOLD_MEMBERS_MAX, NAMES_MAX, NATIONALITIES_MAX,
};
use crate::fact::{
    Address, AdverseDecision, Custody, Document, DocumentReference, Informant, MemberRelation,
    Nationality, Particulars, Party, Place, is_comparable,
};
use crate::name::Name;
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};
use crate::time::{Calendar, PartialDate};

wire! {
    Name [NAMES_MAX] {
        kind, script,
        given: name_part, family: name_part, father: name_part, grandfather: name_part,
        language: optional_reference,
    }
    Nationality [NATIONALITIES_MAX] { country, state }
    Place { country, province: optional_text, locality: optional_text }
    Address {
        province, county: optional_text, locality: optional_text, street: optional_text,
        postal_code: postal_code,
    }
    Informant { relation, person }
    Custody [CUSTODIES_MAX] { child, custodian }
    AdverseDecision {
        decided_by: optional_text, ground: optional_text, served_on, appeal_body: optional_text,
    }
    MemberRelation [HOUSEHOLD_MEMBERS_MAX] { person, relation }
}

impl Wire for PartialDate {
    type Proto = proto::Date;

    fn read(message: &proto::Date, reader: &mut Reader) -> Option<Self> {
        let calendar = reader.at("calendar", |reader| {
            <Calendar as Field<i32>>::read(&message.calendar, reader)
        })?;
        let (Ok(month), Ok(day)) = (part(message.month), part(message.day)) else {
            return reader.reject("is not a date");
        };
        match PartialDate::new(calendar, message.year, month, day) {
            Ok(date) => Some(date),
            Err(error) => reader.reject(error.to_string()),
        }
    }

    fn write(&self) -> proto::Date {
        proto::Date {
            calendar: self.calendar().to_proto().into(),
            year: self.year(),
            month: self.month().map_or(0, u32::from),
            day: self.day().map_or(0, u32::from),
        }
    }
}

/// Month or day; `None` if it is not stated.
fn part(number: u32) -> Result<Option<u8>, TryFromIntError> {
    u8::try_from(number).map(|number| (number != 0).then_some(number))
}

impl Wire for Particulars {
    type Proto = proto::Particulars;

    fn read(message: &proto::Particulars, reader: &mut Reader) -> Option<Self> {
        let names: Option<Vec<Name>> = reader.at("names", |reader| {
            match Field::read(&message.names, reader) {
                Some(names) => at_least_one_written(names, reader),
                None => None,
            }
        });
        let sex = reader.at("sex", |reader| Field::read(&message.sex, reader));
        let birth_date = reader.at("birth_date", |reader| {
            Field::read(&message.birth_date, reader)
        });
        let birth_place = reader.at("birth_place", |reader| {
            Field::read(&message.birth_place, reader)
        });
        let nationalities = reader.at("nationalities", |reader| {
            Field::read(&message.nationalities, reader)
        });
        Some(Self {
            names: names?,
            sex: sex?,
            birth_date: birth_date?,
            birth_place: birth_place?,
            nationalities: nationalities?,
        })
    }

    fn write(&self) -> proto::Particulars {
        proto::Particulars {
            names: Field::write(&self.names),
            sex: Field::write(&self.sex),
            birth_date: Field::write(&self.birth_date),
            birth_place: Field::write(&self.birth_place),
            nationalities: Field::write(&self.nationalities),
        }
    }
}

/// A person has at least one name, and each name has a given name or a family name.
fn at_least_one_written(names: Vec<Name>, reader: &mut Reader) -> Option<Vec<Name>> {
    if names.is_empty() {
        return reader.reject("is missing");
    }
    for (index, name) in names.iter().enumerate() {
        if name.given.trim().is_empty() && name.family.trim().is_empty() {
            return reader.at_index(index, |reader| {
                reader.reject("has neither a given name nor a family name")
            });
        }
    }
    Some(names)
}

/// Reads the number of a document: given, and with something left in the form in which numbers are compared.
pub(super) fn document_number(number: &str, reader: &mut Reader) -> Option<String> {
    let number = super::text::reference::read(number, reader)?;
    if !is_comparable(&number) {
        return reader.reject("has neither letters nor digits");
    }
    Some(number)
}

impl Wire for Document {
    type Proto = proto::Document;

    const LIST_MAX: usize = DOCUMENTS_MAX;

    fn read(message: &proto::Document, reader: &mut Reader) -> Option<Self> {
        let kind = reader.at("kind", |reader| Field::read(&message.kind, reader));
        let issuer = reader.at("issuer", |reader| Field::read(&message.issuer, reader));
        let number = reader.at("number", |reader| document_number(&message.number, reader));
        let issued_on = reader.at("issued_on", |reader| {
            Field::read(&message.issued_on, reader)
        });
        let valid_until = reader.at("valid_until", |reader| {
            Field::read(&message.valid_until, reader)
        });
        let mrz = reader.at("mrz", |reader| Field::read(&message.mrz, reader));
        Some(Self {
            kind: kind?,
            issuer: issuer?,
            number: number?,
            issued_on: issued_on?,
            valid_until: valid_until?,
            mrz: mrz?,
        })
    }

    fn write(&self) -> proto::Document {
        proto::Document {
            kind: Field::write(&self.kind),
            issuer: Field::write(&self.issuer),
            number: self.number.clone(),
            issued_on: Field::write(&self.issued_on),
            valid_until: Field::write(&self.valid_until),
            mrz: Field::write(&self.mrz),
        }
    }
}

impl Wire for DocumentReference {
    type Proto = proto::DocumentReference;

    fn read(message: &proto::DocumentReference, reader: &mut Reader) -> Option<Self> {
        let kind = reader.at("kind", |reader| Field::read(&message.kind, reader));
        let issuer = reader.at("issuer", |reader| Field::read(&message.issuer, reader));
        let number = reader.at("number", |reader| document_number(&message.number, reader));
        Some(Self {
            kind: kind?,
            issuer: issuer?,
            number: number?,
        })
    }

    fn write(&self) -> proto::DocumentReference {
        proto::DocumentReference {
            kind: Field::write(&self.kind),
            issuer: Field::write(&self.issuer),
            number: self.number.clone(),
        }
    }
}

impl Wire for Party {
    type Proto = proto::Party;

    fn read(message: &proto::Party, reader: &mut Reader) -> Option<Self> {
        use proto::party::Who;
        match &message.who {
            Some(Who::Person(number)) => reader
                .at("person", |reader| Field::read(number, reader))
                .map(Self::Person),
            Some(Who::IranianNationalNumber(number)) => reader
                .at("iranian_national_number", |reader| {
                    Field::read(number, reader)
                })
                .map(Self::Iranian),
            Some(Who::Named(name)) => reader
                .at("named", |reader| super::text::text::read(name, reader))
                .map(Self::Named),
            None => reader.reject("is missing"),
        }
    }

    fn write(&self) -> proto::Party {
        use proto::party::Who;
        proto::Party {
            who: Some(match self {
                Self::Person(number) => Who::Person(number.to_string()),
                Self::Iranian(number) => Who::IranianNationalNumber(number.to_string()),
                Self::Named(name) => Who::Named(name.clone()),
            }),
        }
    }
}

impl Wire for ExpectedVersion {
    type Proto = proto::ExpectedVersion;

    const LIST_MAX: usize = EXPECTED_MAX;

    fn read(message: &proto::ExpectedVersion, reader: &mut Reader) -> Option<Self> {
        let subject = reader.at("subject", |reader| subject(&message.subject, reader))?;
        Some(Self {
            subject,
            version: message.version,
        })
    }

    fn write(&self) -> proto::ExpectedVersion {
        proto::ExpectedVersion {
            subject: self.subject.to_string(),
            version: self.version,
        }
    }
}

/// A person number, a household code, the number of a case, of a campaign, of a site, of a biometric reference
/// or of a claim; their check digits tell them apart.
fn subject(text: &str, reader: &mut Reader) -> Option<SubjectId> {
    if text.is_empty() {
        return reader.reject("is missing");
    }
    if let Ok(number) = text.parse::<PersonNumber>() {
        return Some(SubjectId::Person(number));
    }
    if let Ok(code) = text.parse::<HouseholdCode>() {
        return Some(SubjectId::Household(code));
    }
    if let Ok(number) = text.parse::<CampaignNumber>() {
        return Some(SubjectId::Campaign(number));
    }
    if let Ok(number) = text.parse::<CaseNumber>() {
        return Some(SubjectId::Case(number));
    }
    if let Ok(number) = text.parse::<BiometricNumber>() {
        return Some(SubjectId::Biometric(number));
    }
    if let Ok(number) = text.parse::<SiteNumber>() {
        return Some(SubjectId::Site(number));
    }
    match text.parse::<ClaimNumber>() {
        Ok(number) => Some(SubjectId::AsylumClaim(number)),
        Err(_neither) => {
            reader.reject("is neither a person number, a household code nor the number of a case")
        }
    }
}
