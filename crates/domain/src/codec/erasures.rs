//! Orders of erasure as bytes.

use prost::Message as _;
use sabt_proto::event::v1 as proto;

use super::field::{Field, list};
use super::reader::Reader;
use super::text;
use crate::act::KeyId;
use crate::erasure::{APPROVERS, Approver, Case, Order, Target};
use crate::fact::limits::{ERASURE_BYTES_MAX, ERASURE_POSITIONS_MAX};
use crate::fact::{AgencyCode, OfficerCode};
use crate::refusal::{Reason, Refusal};

const CONTRACT: &str = "contract:sabt.event.v1";

impl Order {
    /// Reads an order from the bytes that its approvers signed. They may hold nothing that this version of the contract does
    /// not know, and no signatures: those stand behind them.
    ///
    /// # Errors
    /// [`Reason::MalformedOrder`] if the bytes are no order or longer than [`ERASURE_BYTES_MAX`];
    /// [`Reason::InvalidField`] with every field that is missing or malformed, below `order`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        if ERASURE_BYTES_MAX < bytes.len() {
            return Err(malformed().with("bytes_max", ERASURE_BYTES_MAX));
        }
        let message = proto::Erasure::decode(bytes).map_err(|_no_order| malformed())?;
        // The same bytes again: nothing unknown, nothing twice, no order of fields but the one of the contract.
        if message.encode_to_vec() != bytes || !message.signatures.is_empty() {
            return Err(malformed());
        }
        read("order", |reader| order(&message, reader))
    }

    /// The order as bytes, ready to be signed.
    pub fn encode(&self) -> Vec<u8> {
        proto::Erasure {
            positions: self.positions.clone(),
            legal_basis: self.legal_basis.clone(),
            approvers: self.approvers.iter().map(Approver::to_string).collect(),
            order_id: Field::write(&self.id),
            origin: self.origin.clone(),
            subject: Field::write(&self.subject),
            not_after: Field::write(&self.not_after),
            ground: Field::write(&self.ground),
            permit_number: self.permit_number.clone(),
            approver_keys: self
                .approvers
                .iter()
                .map(|one| Field::write(&one.key))
                .collect(),
            signatures: Vec::new(),
        }
        .encode_to_vec()
    }
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// [`Reason::MalformedOrder`] if the bytes are no case; [`Reason::InvalidField`] as [`Order::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        if ERASURE_BYTES_MAX < bytes.len() {
            return Err(malformed());
        }
        let message = proto::ErasureCase::decode(bytes).map_err(|_no_case| malformed())?;
        if message.encode_to_vec() != bytes {
            return Err(malformed());
        }
        read("case", |reader| {
            let target = target(&message, reader);
            let case_reference = reader.at("case_reference", |reader| {
                text::reference::read(&message.case_reference, reader)
            });
            Some(Self {
                target: target?,
                case_reference: case_reference?,
            })
        })
    }

    /// The case as bytes, ready to be committed to.
    pub fn encode(&self) -> Vec<u8> {
        let mut case = proto::ErasureCase {
            case_reference: self.case_reference.clone(),
            ..proto::ErasureCase::default()
        };
        match self.target {
            Target::Person(number) => case.person = Field::write(&number),
            Target::Household(code) => case.household = Field::write(&code),
            Target::Claim(number) => case.asylum_claim = Field::write(&number),
            Target::Biometric(number) => case.biometric = Field::write(&number),
            Target::ServiceCase(number) => case.service_case = Field::write(&number),
        }
        case.encode_to_vec()
    }
}

fn malformed() -> Refusal {
    Refusal::new(Reason::MalformedOrder, CONTRACT)
}

/// Reads what stands at `path`, and refuses it with everything that is wrong.
fn read<T>(path: &'static str, read: impl FnOnce(&mut Reader) -> Option<T>) -> Result<T, Refusal> {
    let mut reader = Reader::default();
    let value = reader.at(path, read);
    let violations = reader.finish();
    match value {
        Some(value) if violations.is_empty() => Ok(value),
        Some(_) | None => {
            let mut refusal = Refusal::new(Reason::InvalidField, CONTRACT);
            for violation in violations {
                refusal.push_violation(violation.path, violation.problem);
            }
            Err(refusal)
        }
    }
}

/// What a case is about: one thing, and one alone.
fn target(message: &proto::ErasureCase, reader: &mut Reader) -> Option<Target> {
    match (
        message.person.as_str(),
        message.household.as_str(),
        message.asylum_claim.as_str(),
        message.biometric.as_str(),
        message.service_case.as_str(),
    ) {
        (_, "", "", "", "") => {
            let number = reader.at("person", |reader| Field::read(&message.person, reader));
            number.map(Target::Person)
        }
        ("", _, "", "", "") => {
            let code = reader.at("household", |reader| {
                Field::read(&message.household, reader)
            });
            code.map(Target::Household)
        }
        ("", "", _, "", "") => {
            let number = reader.at("asylum_claim", |reader| {
                Field::read(&message.asylum_claim, reader)
            });
            number.map(Target::Claim)
        }
        ("", "", "", _, "") => {
            let number = reader.at("biometric", |reader| {
                Field::read(&message.biometric, reader)
            });
            number.map(Target::Biometric)
        }
        ("", "", "", "", _) => {
            let number = reader.at("service_case", |reader| {
                Field::read(&message.service_case, reader)
            });
            number.map(Target::ServiceCase)
        }
        _ => reader.reject("is about more than one subject"),
    }
}

fn order(message: &proto::Erasure, reader: &mut Reader) -> Option<Order> {
    let id = reader.at("order_id", |reader| Field::read(&message.order_id, reader));
    let origin = reader.at("origin", |reader| text::text::read(&message.origin, reader));
    let positions = reader.at("positions", |reader| positions(&message.positions, reader));
    let subject = reader.at("subject", |reader| Field::read(&message.subject, reader));
    let ground = reader.at("ground", |reader| Field::read(&message.ground, reader));
    let legal_basis = reader.at("legal_basis", |reader| {
        text::text::read(&message.legal_basis, reader)
    });
    let permit_number = reader.at("permit_number", |reader| {
        text::reference::read(&message.permit_number, reader)
    });
    let not_after = reader.at("not_after", |reader| {
        Field::read(&message.not_after, reader)
    });
    let approvers = approvers(message, reader);
    Some(Order {
        id: id?,
        origin: origin?,
        positions: positions?,
        subject: subject?,
        ground: ground?,
        legal_basis: legal_basis?,
        permit_number: permit_number?,
        not_after: not_after?,
        approvers: approvers?,
    })
}

/// Positions: at least one, each once, ascending.
fn positions(positions: &[u64], reader: &mut Reader) -> Option<Vec<u64>> {
    if positions.is_empty() {
        return reader.reject("is missing");
    }
    if ERASURE_POSITIONS_MAX < positions.len() {
        return reader.reject(format!("has more than {ERASURE_POSITIONS_MAX} elements"));
    }
    if !positions.is_sorted_by(|before, after| before < after) {
        return reader.reject("is not in ascending order");
    }
    Some(positions.to_vec())
}

/// The approvers: exactly two, each with the key it signs with.
fn approvers(message: &proto::Erasure, reader: &mut Reader) -> Option<[Approver; APPROVERS]> {
    let officers = reader.at("approvers", |reader| {
        list(&message.approvers, APPROVERS, reader, |text, reader| {
            let (agency, officer) = text.split_once('/').unwrap_or((text, ""));
            let agency: Option<AgencyCode> = Field::read(&agency.to_owned(), reader);
            let officer: Option<OfficerCode> = Field::read(&officer.to_owned(), reader);
            agency.zip(officer)
        })
    });
    let keys: Option<Vec<KeyId>> = reader.at("approver_keys", |reader| {
        list(&message.approver_keys, APPROVERS, reader, Field::read)
    });
    let approvers = officers?.into_iter().zip(keys?);
    let approvers: Vec<Approver> = approvers
        .map(|((agency, officer), key)| Approver {
            agency,
            officer,
            key,
        })
        .collect();
    match approvers.try_into() {
        Ok(approvers) => Some(approvers),
        Err(_other_number) => reader.at("approvers", |reader| {
            reader.reject("are not two, each with a key")
        }),
    }
}
