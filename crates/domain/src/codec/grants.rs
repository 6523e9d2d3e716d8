//! Grants as bytes.

use std::collections::BTreeSet;

use prost::Message as _;
use sabt_proto::event::v1 as proto;

use super::field::{Field, list};
use super::reader::Reader;
use super::text;
use crate::access::{FieldGroup, Grant, Purpose};
use crate::fact::limits::{GRANT_BYTES_MAX, GRANT_PERSONS_MAX};
use crate::number::PersonNumber;
use crate::refusal::{Reason, Refusal};

const CONTRACT: &str = "contract:sabt.event.v1";

impl Grant {
    /// Reads a grant from the bytes that its issuer signed. Like an act it may carry nothing that this version of the
    /// contract does not know: what a supervisor signs may not be passed over.
    ///
    /// # Errors
    /// [`Reason::MalformedGrant`] if the bytes are no grant or longer than [`GRANT_BYTES_MAX`];
    /// [`Reason::InvalidField`] with every field that is missing or malformed, below `purpose.grant`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = || Refusal::new(Reason::MalformedGrant, CONTRACT);
        if GRANT_BYTES_MAX < bytes.len() {
            return Err(malformed().with("bytes_max", GRANT_BYTES_MAX));
        }
        let message = proto::Grant::decode(bytes).map_err(|_no_grant| malformed())?;
        if message.encoded_len() != bytes.len() {
            return Err(malformed());
        }
        let mut reader = Reader::default();
        let grant = reader.at("purpose", |reader| {
            reader.at("grant", |reader| read(&message, reader))
        });
        let violations = reader.finish();
        match grant {
            Some(grant) if violations.is_empty() => Ok(grant),
            Some(_) | None => {
                let mut refusal = Refusal::new(Reason::InvalidField, CONTRACT);
                for violation in violations {
                    refusal.push_violation(violation.path, violation.problem);
                }
                Err(refusal)
            }
        }
    }

    /// The grant as bytes, ready to be signed.
    pub fn encode(&self) -> Vec<u8> {
        proto::Grant {
            grant_id: Field::write(&self.id),
            origin: self.origin.clone(),
            agency: Field::write(&self.agency),
            officer: Field::write(&self.officer),
            purpose: self.purpose.code().to_owned(),
            legal_basis: self.legal_basis.clone(),
            case_reference: self.case_reference.clone(),
            field_groups: Field::write(&self.groups),
            persons: Field::write(&self.persons),
            not_before: Field::write(&self.not_before),
            not_after: Field::write(&self.not_after),
            issuer_key_id: Field::write(&self.issuer),
        }
        .encode_to_vec()
    }
}

fn read(message: &proto::Grant, reader: &mut Reader) -> Option<Grant> {
    let id = reader.at("grant_id", |reader| Field::read(&message.grant_id, reader));
    let origin = reader.at("origin", |reader| text::text::read(&message.origin, reader));
    let agency = reader.at("agency", |reader| Field::read(&message.agency, reader));
    let officer = reader.at("officer", |reader| Field::read(&message.officer, reader));
    let purpose = reader.at("purpose", |reader| purpose(&message.purpose, reader));
    let legal_basis = reader.at("legal_basis", |reader| {
        text::text::read(&message.legal_basis, reader)
    });
    let case_reference = reader.at("case_reference", |reader| {
        text::reference::read(&message.case_reference, reader)
    });
    let groups = reader.at("field_groups", |reader| {
        Field::read(&message.field_groups, reader)
    });
    let persons = reader.at("persons", |reader| Field::read(&message.persons, reader));
    let not_before = reader.at("not_before", |reader| {
        Field::read(&message.not_before, reader)
    });
    let not_after = reader.at("not_after", |reader| {
        Field::read(&message.not_after, reader)
    });
    let issuer = reader.at("issuer_key_id", |reader| {
        Field::read(&message.issuer_key_id, reader)
    });
    let (not_before, not_after) = (not_before?, not_after?);
    if not_after < not_before {
        return reader.at("not_after", |reader| {
            reader.reject("lies before not_before")
        });
    }
    Some(Grant {
        id: id?,
        origin: origin?,
        agency: agency?,
        officer: officer?,
        purpose: purpose?,
        legal_basis: legal_basis?,
        case_reference: case_reference?,
        groups: groups?,
        persons: persons?,
        not_before,
        not_after,
        issuer: issuer?,
    })
}

fn purpose(code: &str, reader: &mut Reader) -> Option<Purpose> {
    match Purpose::from_code(code) {
        Some(purpose) => Some(purpose),
        None if code.is_empty() => reader.reject("is missing"),
        None => reader.reject("is not a purpose code of the access matrix"),
    }
}

/// Field groups: at least one, each once.
impl Field<Vec<String>> for BTreeSet<FieldGroup> {
    fn read(field: &Vec<String>, reader: &mut Reader) -> Option<Self> {
        let groups =
            list(
                field,
                FieldGroup::ALL.len(),
                reader,
                |code, reader| match FieldGroup::from_code(code) {
                    Some(group) => Some(group),
                    None => reader.reject("is not a field group of the access matrix"),
                },
            )?;
        if groups.is_empty() {
            return reader.reject("is missing");
        }
        distinct(groups, reader)
    }

    fn write(&self) -> Vec<String> {
        self.iter().map(|group| group.code().to_owned()).collect()
    }
}

/// Persons whom a grant names, each once.
impl Field<Vec<String>> for BTreeSet<PersonNumber> {
    fn read(field: &Vec<String>, reader: &mut Reader) -> Option<Self> {
        let persons = list(field, GRANT_PERSONS_MAX, reader, |number, reader| {
            <PersonNumber as Field<String>>::read(number, reader)
        })?;
        distinct(persons, reader)
    }

    fn write(&self) -> Vec<String> {
        self.iter().map(Field::<String>::write).collect()
    }
}

fn distinct<T: Ord>(values: Vec<T>, reader: &mut Reader) -> Option<BTreeSet<T>> {
    let len = values.len();
    let set: BTreeSet<T> = values.into_iter().collect();
    if set.len() == len {
        Some(set)
    } else {
        reader.reject("names one twice")
    }
}
